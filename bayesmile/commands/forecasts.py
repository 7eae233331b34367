"""Commands on the forecast log: log, resolve and score."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bayesmile.commands.shared import AsJson, Changes, Moments, Seed, Where, app, check_moments, load_changed

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__: list[str] = []

File = Annotated[Path, typer.Option("--file", metavar="FILE", help="The log.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")]
Note = Annotated[str, typer.Option(help="Anything worth keeping beside it.")]
_LOG = Path("forecasts.csv")


def _show(part: object, page: Iterable[RenderableType], *, as_json: bool) -> None:
    from bayesmile.output import json_text, show_blocks
    from bayesmile.report import to_json

    if as_json:
        sys.stdout.write(json_text(to_json(part)))
    else:
        show_blocks(page)


@app.command("log")
def _log(
    where: Where,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar=Moments, help="What was public by then; today (UTC) if left out.")
    ] = None,
    milestones: Annotated[
        list[str] | None,
        typer.Option("--milestone", metavar="M", help="Several times; the headline milestones if left out."),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="DATE", help="Deadline, several times; each milestone's own if left out."),
    ] = None,
    draws: Annotated[
        int, typer.Option(metavar="N", help="Draws of the uncertain numbers, 100 or more: adds mean and interval.")
    ] = 0,
    seed: Seed = 0,
    file: File = _LOG,
    note: Note = "",
    changes: Changes = None,
    dry_run: DryRun = False,
    json: AsJson = False,
) -> None:
    """Put forecasts into a log that only ever grows, to be resolved and scored later."""
    from bayesmile.forecasts.making import log_forecasts
    from bayesmile.pages.forecastlog import made_page
    from bayesmile.sections.forecastlog import told_forecasts

    check_moments("--as-of", () if as_of is None else (as_of,))
    dossier = load_changed(where, changes)
    made = log_forecasts(
        dossier,
        as_of,
        milestones=milestones or (),
        by=by or (),
        draws=draws,
        seed=seed,
        path=file,
        note=note,
        dry_run=dry_run,
    )
    part = told_forecasts(made)
    _show(part, made_page(part), as_json=json)


@app.command("resolve")
def _resolve(
    target: Annotated[str, typer.Argument(metavar="ID|NAME", help="A forecast in the log, or the name of a dossier.")],
    happened: Annotated[
        Literal["yes", "no", "unknown"], typer.Option(help="Unknown only takes back a wrong resolution.")
    ],
    on: Annotated[
        str, typer.Option(metavar="DATE", help="With yes, when it happened; else the day on which that was known.")
    ],
    source: Annotated[str, typer.Option(help="Where it was read.")],
    milestone: Annotated[str | None, typer.Option(metavar="M", help="With the name of a dossier.")] = None,
    by: Annotated[str | None, typer.Option(metavar="DATE", help="Deadline; that of the forecast if left out.")] = None,
    supersede: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Wrong resolution that this one corrects; several times.")
    ] = None,
    file: File = _LOG,
    note: Note = "",
    dry_run: DryRun = False,
    json: AsJson = False,
) -> None:
    """Put into the log what happened; every forecast that follows from it is resolved."""
    from bayesmile.forecasts.resolving import resolve
    from bayesmile.pages.forecastlog import resolved_page
    from bayesmile.sections.forecastlog import told_resolution

    found = resolve(
        target,
        milestone=milestone,
        by=by,
        happened=happened,
        on=on,
        source=source,
        path=file,
        supersedes=supersede or (),
        note=note,
        dry_run=dry_run,
    )
    part = told_resolution(found)
    _show(part, resolved_page(part), as_json=json)


@app.command("score")
def _score(
    file: File = _LOG,
    published: Annotated[
        list[str] | None,
        typer.Option(metavar="HASH", help="Hash of a record, kept elsewhere, that the log must still hold."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Score the resolved forecasts of a log, and name those that are overdue."""
    from bayesmile.forecasts.scores import score_log
    from bayesmile.pages.forecastlog import scores_page
    from bayesmile.sections.forecastlog import told_scores

    part = told_scores(score_log(file, published=published or ()))
    _show(part, scores_page(part), as_json=json)

"""Command on prices through time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayesmile.commands.shared import AsJson, Changes, Moments, Out, Seed, Where, app, check_moments, load_changed

if TYPE_CHECKING:
    from bayesmile.sections.history import HistoryPart

__all__: list[str] = []


@app.command("history")
def _history(
    where: Where,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar=Moments, help="First day; the longest stretch of daily closes if left out."),
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar=Moments, help="Last day; a month to its end.")] = None,
    through: Annotated[
        str | None,
        typer.Option(metavar=Moments, help="After it a day stands in the appendix; the end of the news if left out."),
    ] = None,
    draws: Annotated[
        int | None, typer.Option(metavar="N", help="Draws of the uncertain numbers, 100 or more: adds intervals.")
    ] = None,
    seed: Seed = 0,
    changes: Changes = None,
    json: AsJson = False,
    out: Out = None,
) -> None:
    """Ours and the market's probability at every date with a price, from what was known on the day."""
    from bayesmile.output import progress
    from bayesmile.sections.history import told_history

    for option, text in (("--from", first), ("--to", last), ("--through", through)):
        check_moments(option, () if text is None else (text,))
    dossier = load_changed(where, changes)
    with progress(quiet=json) as tell:
        part = told_history(dossier, first, last, through=through, draws=draws, seed=seed, tell=tell)
    _show(part, as_json=json, folder=out)


def _show(part: HistoryPart, *, as_json: bool, folder: Path | None) -> None:
    """Print the history, or write it to files."""
    from bayesmile.output import json_text, save_texts, show_blocks
    from bayesmile.pages.history import history_csv, history_page
    from bayesmile.pages.layout import as_text
    from bayesmile.report import to_json

    if folder is not None:
        files = {"history.csv": history_csv(part), "history.json": json_text(to_json(part))}
        save_texts(folder, {**files, "history.txt": as_text(history_page(part))}, quiet=as_json)
    if as_json:
        sys.stdout.write(json_text(to_json(part)))
    elif folder is None:
        show_blocks(history_page(part))

"""Commands that compute: report, fit and replay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bayesmile.commands.shared import (
    UNCONVERGED,
    AsJson,
    Changes,
    Draws,
    Moments,
    Out,
    Price,
    Seed,
    Where,
    app,
    check_moments,
    load_changed,
)
from bayesmile.errors import InvalidInput

if TYPE_CHECKING:
    from bayesmile.dossier import Dossier
    from bayesmile.sections.basis import Basis
    from bayesmile.sections.replay import DrawnPart

__all__: list[str] = []


@app.command("report")
def _report(
    where: Where,
    as_of: Annotated[
        list[str] | None,
        typer.Option("--as-of", metavar=Moments, help="What was public by then; the dossier's own dates if left out."),
    ] = None,
    price: Price = None,
    draws: Draws = 2000,
    seed: Seed = 0,
    parity: Annotated[
        bool, typer.Option(help="Compare with a short run of the no-U-turn sampler at the last date: about 40 s.")
    ] = False,
    changes: Changes = None,
    suppose: Annotated[
        list[str] | None,
        typer.Option(
            "--suppose",
            metavar="NEWS",
            help="What if: 'KIND on MILESTONE in 2026-12' or 'MILESTONE reached by 2028'; several times.",
        ),
    ] = None,
    catalyst: Annotated[
        list[str] | None,
        typer.Option("--catalyst", metavar="DAY=WORDS", help="A day ahead, such as that of an earnings call."),
    ] = None,
    json: AsJson = False,
    out: Out = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write one page that opens from a disk as well.")
    ] = None,
) -> None:
    """Report on a dossier: what we believe, what the price assumes, and why they differ."""
    from bayesmile.output import interruptible, progress, show_report
    from bayesmile.page.building import build_page
    from bayesmile.report import build_report

    check_moments("--as-of", as_of or ())
    if html is not None:
        from bayesmile.page.writing import check_file

        check_file(html, "--html")
    dossier, days = load_changed(where, changes), _days(catalyst or ())
    behind: list[Basis] = []
    with interruptible(), progress(quiet=json) as tell:
        report = build_report(
            dossier,
            as_of or (),
            price=price,
            draws=draws,
            seed=seed,
            parity=parity,
            explore=True,
            suppositions=suppose or (),
            catalysts=days,
            keep=behind.append,
            progress=tell,
        )
        page = None if html is None else build_page(report, behind[-1], tell=tell)
    show_report(report, as_json=json, folder=out)
    if html is not None and page is not None:
        _write_page(html, page, quiet=json)


def _days(texts: Sequence[str]) -> dict[str, str]:
    """Words by day of the option for catalysts."""
    days = {}
    for text in texts:
        day, equals, words = (part.strip() for part in text.partition("="))
        if not equals or not words:
            raise InvalidInput(f"--catalyst: received {text!r}; allowed is DAY=WORDS, as in '2026-10-21=earnings call'")
        check_moments("--catalyst", [day])
        days[day] = words
    return days


def _write_page(path: Path, text: str, *, quiet: bool) -> None:
    from bayesmile.files.folder import write_whole
    from bayesmile.output import tell_done
    from bayesmile.wording import plain

    write_whole(path, text.encode())
    if not quiet:
        tell_done(f"wrote {plain(str(path))}")


@app.command("fit")
def _fit(
    where: Where,
    as_of: Annotated[str, typer.Option("--as-of", metavar=Moments, help="What was public by then.")],
    draws: Annotated[int, typer.Option(metavar="N", min=4, help="Kept draws of each chain.")] = 1000,
    tune: Annotated[int, typer.Option(metavar="N", min=1, help="Warm-up steps of each chain.")] = 500,
    chains: Annotated[int, typer.Option(metavar="N", min=2, help="Chains.")] = 4,
    sampler: Annotated[Literal["nutpie", "pymc"], typer.Option(help="Whose no-U-turn sampler.")] = "nutpie",
    seed: Seed = 0,
    allow_unconverged: Annotated[
        bool, typer.Option("--allow-unconverged", help="Answer even if the chains do not agree.")
    ] = False,
    changes: Changes = None,
    json: AsJson = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Save the fit too, as FILE.nc or FILE.zarr.")
    ] = None,
) -> int:
    """Fit the uncertain numbers of a dossier by sampling. Exit code 3 if the chains do not agree."""
    from bayesmile.model.archive import check_place, save_whole
    from bayesmile.model.fitting import Unconverged, fit
    from bayesmile.output import complain, interruptible, progress, show_fit
    from bayesmile.sections.fitted import fitted

    check_moments("--as-of", [as_of])
    if out is not None:
        check_place(out, "--out")
    dossier = load_changed(where, changes)
    try:
        with interruptible(), progress(quiet=json) as tell:
            tree = fit(
                dossier,
                as_of,
                draws=draws,
                tune=tune,
                chains=chains,
                sampler=sampler,
                seed=seed,
                items=out is not None,
                allow_unconverged=allow_unconverged,
                tell=tell,
            )
            part = fitted(tree, dossier, as_of)
            if out is not None:
                tell("saving")
                save_whole(tree, out)
    except Unconverged as error:
        complain(f"{error}, or --allow-unconverged")
        return UNCONVERGED
    show_fit(part, as_json=json)
    return 0


@app.command("replay")
def _replay(
    where: Where,
    first: Annotated[str | None, typer.Option("--from", metavar=Moments, help="First as-of date.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar=Moments, help="Last as-of date.")] = None,
    every: Annotated[str, typer.Option(help="month, quarter, year or a number of months.")] = "quarter",
    dates: Annotated[str | None, typer.Option(metavar=f"{Moments},...", help="As-of dates, one by one.")] = None,
    draws: Annotated[
        int | None, typer.Option(metavar="N", help="Draws of the uncertain numbers: adds intervals; 100 or more.")
    ] = None,
    seed: Seed = 0,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Save the answer of --draws as .nc or .zarr too.")
    ] = None,
    changes: Changes = None,
    json: AsJson = False,
    out: Out = None,
) -> None:
    """Replay the belief as of a series of dates: what would have been forecast then."""
    from bayesmile.output import progress, show_replay
    from bayesmile.sections.replay import every as between
    from bayesmile.sections.replay import replayed

    if (dates is None) == (first is None or last is None) or (dates is not None and (first or last)):
        raise InvalidInput("replay: allowed are --from and --to, or --dates, and one of them is needed")
    if save is not None and draws is None:
        raise InvalidInput("--save: allowed with --draws only")
    parts = [] if dates is None else [part.strip() for part in dates.split(",")]
    check_moments("--dates", parts)
    if first is not None and last is not None:
        check_moments("--from", [first])
        check_moments("--to", [last])
    chosen = between(str(first), str(last), every) if dates is None else parts
    dossier = load_changed(where, changes)
    with progress(quiet=json) as tell:
        tell("replay")
        part = replayed(dossier, chosen) if draws is None else _drawn(dossier, chosen, draws, seed, save, tell)
    show_replay(part, as_json=json, folder=out)


def _drawn(
    dossier: Dossier, dates: Sequence[str], draws: int, seed: int, save: Path | None, tell: Callable[[str], None]
) -> DrawnPart:
    """Replay under uncertain parameters, saved where that is asked for."""
    from bayesmile.model.archive import check_place, save_replay
    from bayesmile.model.replaying import replay_draws
    from bayesmile.sections.replay import drawn

    if save is not None:
        check_place(save, "--save")
    beliefs = replay_draws(dossier, dates, draws=draws, seed=seed, tell=tell)
    if save is not None:
        save_replay(beliefs, save)
    return drawn(dossier, beliefs)

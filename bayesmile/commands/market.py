"""Command on all that a price says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayesmile.commands.shared import (
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
    from bayesmile.pricing.trace import Trace

__all__: list[str] = []


@app.command("market")
def _market(
    where: Where,
    as_of: Annotated[
        list[str] | None,
        typer.Option("--as-of", metavar=Moments, help="What was public by then; the dossier's last date if left out."),
    ] = None,
    price: Price = None,
    draws: Draws = 2000,
    seed: Seed = 0,
    changes: Changes = None,
    xlsx: Annotated[
        Path | None,
        typer.Option("--xlsx", metavar="FILE", help="Write a spreadsheet too, whose formulas work the answer out."),
    ] = None,
    traced: Annotated[
        bool, typer.Option("--trace", help="Show where every number comes from: its file and line, or its formula.")
    ] = False,
    json: AsJson = False,
    out: Out = None,
) -> None:
    """Say what a price assumes, how sure that is, and what would justify it: every market section in full."""
    from bayesmile.market_report import market_report_of, market_view
    from bayesmile.output import interruptible, progress, show_market
    from bayesmile.pricing.workbook import check_target
    from bayesmile.sections.trace import trace

    date = _only(as_of)
    if xlsx is not None:
        check_target(xlsx, made=out)
    dossier = load_changed(where, changes)
    with interruptible(), progress(quiet=json) as tell:
        view = market_view(dossier, date, price=price, draws=draws, seed=seed, progress=tell)
        report = market_report_of(view)
        origins = trace(view, sure=report.assumed) if (traced or xlsx is not None) and not report.silent else None
    if xlsx is not None and origins is None:
        raise InvalidInput(f"--xlsx: there is nothing to work out. {report.silent}")
    shown = origins if traced else None
    if out is not None:  # first: the spreadsheet may go into the new folder
        show_market(report, as_json=json, folder=out, trace=shown)
    if xlsx is not None and origins is not None:
        _spreadsheet(origins, xlsx, quiet=json)
    if out is None:
        show_market(report, as_json=json, folder=out, trace=shown)


def _only(dates: list[str] | None) -> str | None:
    """Return the one date of ``--as-of``; a second one would otherwise be read in place of the first, in silence."""
    check_moments("--as-of", dates or ())
    if dates and len(dates) > 1:
        raise InvalidInput(f"--as-of: received {len(dates)} dates; allowed is one (history shows many)")
    return dates[0] if dates else None


def _spreadsheet(origins: Trace, path: Path, *, quiet: bool) -> None:
    from bayesmile.output import tell_done
    from bayesmile.pricing.workbook import write_workbook
    from bayesmile.wording import plain

    write_workbook(origins, path)
    if not quiet:
        tell_done(f"wrote {plain(str(path))}")

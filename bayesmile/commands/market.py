"""Command on all that a price says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayesmile.commands.shared import AsJson, Changes, Moments, Out, Seed, Where, app, check_moments, load_changed

if TYPE_CHECKING:
    from bayesmile.pricing.trace import Trace

__all__: list[str] = []


@app.command("market")
def _market(
    where: Where,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar=Moments, help="What was public by then; the dossier's last date if left out."),
    ] = None,
    price: Annotated[
        str | None,
        typer.Option("--price", metavar="X", help="Market value such as 9e9, or a price per share: 17.85/share."),
    ] = None,
    draws: Annotated[
        int, typer.Option(metavar="N", help="Draws of the uncertain numbers behind the intervals; 0 for none.")
    ] = 2000,
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
    from bayesmile.sections.trace import trace

    check_moments("--as-of", () if as_of is None else (as_of,))
    dossier = load_changed(where, changes)
    with interruptible(), progress(quiet=json) as tell:
        view = market_view(dossier, as_of, price=price, draws=draws, seed=seed, progress=tell)
        report = market_report_of(view)
        origins = trace(view, sure=report.assumed) if (traced or xlsx is not None) and not report.silent else None
    if xlsx is not None:
        _spreadsheet(origins, xlsx, report.silent, quiet=json)
    show_market(report, as_json=json, folder=out, trace=origins if traced else None)


def _spreadsheet(origins: Trace | None, path: Path, silent: str, *, quiet: bool) -> None:
    from bayesmile.errors import InvalidInput
    from bayesmile.output import tell_done
    from bayesmile.pricing.workbook import write_workbook
    from bayesmile.wording import plain

    if origins is None:
        raise InvalidInput(f"--xlsx: there is nothing to work out. {silent}")
    write_workbook(origins, path)
    if not quiet:
        tell_done(f"wrote {plain(str(path))}")

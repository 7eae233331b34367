"""Command on all that a price says."""

from __future__ import annotations

from typing import Annotated

import typer

from bayesmile.commands.shared import AsJson, Changes, Moments, Out, Seed, Where, app, check_moments, load_changed

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
    json: AsJson = False,
    out: Out = None,
) -> None:
    """Say what a price assumes, how sure that is, and what would justify it: every market section in full."""
    from bayesmile.market_report import build_market_report
    from bayesmile.output import interruptible, progress, show_market

    check_moments("--as-of", () if as_of is None else (as_of,))
    dossier = load_changed(where, changes)
    with interruptible(), progress(quiet=json) as tell:
        report = build_market_report(dossier, as_of, price=price, draws=draws, seed=seed, progress=tell)
    show_market(report, as_json=json, folder=out)

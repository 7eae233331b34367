"""The command on option chains: options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayesmile.commands.shared import AsJson, app
from bayesmile.errors import InvalidInput

if TYPE_CHECKING:
    import datetime as dt
    from typing import Literal

    from rich.console import RenderableType

    from bayesmile.options.findings import Finding
    from bayesmile.options.summary import BoundsLine, OptionsPart

__all__: list[str] = []

_SHOWN = 12  # findings of one sort; all of them are in the JSON


@app.command("options")
def _options(
    file: Annotated[Path, typer.Argument(metavar="CHAIN.csv", help="Quotes: bayesmile's columns, or as from Yahoo.")],
    chain: Annotated[str | None, typer.Option(metavar="NAME", help="Which chain, where the file has several.")] = None,
    expiry: Annotated[str | None, typer.Option(metavar="DAY", help="Which expiry, where it has several.")] = None,
    offer: Annotated[float | None, typer.Option(metavar="X", help="Price at expiry of success: an offer.")] = None,
    downside: Annotated[float | None, typer.Option(metavar="Y", help="Price at expiry of failure.")] = None,
    above: Annotated[list[float] | None, typer.Option(metavar="K", help="A price: how likely is more?")] = None,
    rate: Annotated[float, typer.Option(metavar="R", help="Yearly rate, continuously compounded, such as 0.04.")] = 0.0,
    spot: Annotated[float | None, typer.Option(metavar="S", help="Price of the underlying, if not the file's.")] = None,
    forward: Annotated[str, typer.Option(metavar="F", help="A price, spot (for spot / discount) or free.")] = "spot",
    american: Annotated[bool, typer.Option("--american", help="The options may be exercised early.")] = False,
    widen: Annotated[float, typer.Option(metavar="W", help="Money by which each quote is widened on each side.")] = 0.0,
    leave_out: Annotated[str, typer.Option(metavar="LINE,...", help="Lines of quotes to set aside.")] = "",
    fitted: Annotated[bool, typer.Option("--fitted", help="Compare with a fitted curve (extra: options).")] = False,
    json: AsJson = False,
) -> None:
    """Check an option chain, and bound what it says of a probability without fitting a curve to it."""
    import sys
    from dataclasses import replace

    from bayesmile.options.reading import chosen, read_chains
    from bayesmile.options.summary import Question, options_part
    from bayesmile.options.terms import terms_of

    chains = read_chains(file)
    found = chosen(chains, chain, _day(expiry))
    found = found if spot is None else replace(found, spot=spot)
    part = options_part(
        found,
        terms_of(found, rate=rate, forward=_forward(forward), american=american, widen=widen),
        Question(offer=offer, downside=downside, above=tuple(above or ()), fitted=fitted),
        file=str(file),
        others=chains,
        leave_out=_lines(leave_out),
    )
    sys.stdout.write(_json(part) if json else _text(part))


def _json(part: OptionsPart) -> str:
    from bayesmile.output import json_text
    from bayesmile.report import to_json

    return json_text(to_json(part))


def _text(part: OptionsPart) -> str:
    from bayesmile.pages.layout import as_text

    return as_text(_page(part))


def _day(text: str | None) -> dt.date | None:
    import datetime as dt

    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"--expiry: received {text!r}; allowed is a day such as 2025-12-19") from None


def _forward(text: str) -> float | Literal["spot", "free"]:
    if text == "spot":
        return "spot"
    if text == "free":
        return "free"
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(f"--forward: received {text!r}; allowed is a price, spot or free") from None


def _lines(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise InvalidInput(f"--leave-out: received {text!r}; allowed are line numbers such as 12,17") from None


def _page(part: OptionsPart) -> list[RenderableType]:
    from bayesmile.pages.layout import bullets, heading, paragraph, section

    blocks: list[RenderableType] = [
        heading(f"Options: {part.chain}"),
        paragraph(part.lead),
        paragraph(part.basis),
        section(1, "What is wrong with the quotes", *_findings(part)),
        section(2, "What the quotes allow", paragraph(part.bounds_lead), *_bounds(part.bounds)),
    ]
    more: list[tuple[str, list[RenderableType]]] = []
    if part.sides_lead:
        more.append(("Beside the share price", [paragraph(part.sides_lead), *_sweep(part)]))
    leads = [text for text in (part.fit_lead, part.density_lead) if text]
    if leads:
        more.append(("Beside fitted curves", [bullets(leads)]))
    more.append(("Notes", [bullets(part.notes)]))
    return [*blocks, *(section(number, title, *parts) for number, (title, parts) in enumerate(more, start=3))]


def _findings(part: OptionsPart) -> list[RenderableType]:
    from bayesmile.pages.layout import bullets, paragraph, table

    if not part.findings:
        return [paragraph("Nothing was found.")]
    blocks: list[RenderableType] = []
    for level, title in (
        ("set aside", "Set aside"),
        ("arbitrage", "Contradictions of used quotes: money could be locked in"),
        ("note", "To be known"),
    ):
        mine = [one for one in part.findings if one.level == level]
        if not mine:
            continue
        mine.sort(key=lambda one: -one.amount)
        rows = [_finding(one) for one in mine[:_SHOWN]]
        rest = f"; the {_SHOWN} largest" if len(mine) > _SHOWN else ""
        blocks.append(table((">Line", "<Option", "What", ">By"), rows, title=f"{title}: {len(mine)}{rest}"))
    if part.trade:
        trade = [
            f"{'buy' if one.share > 0.0 else 'sell'} {abs(one.share):.3g} x {one.option} at {one.price:,.6g}"
            for one in part.trade
        ]
        blocks.append(
            paragraph(
                "With cash and, where it is known, the forward, this locks in"
                f" {part.widening:,.4g} today for each option traded, whatever the price at expiry:"
            )
        )
        blocks.append(bullets(trade))
    return blocks


def _finding(one: Finding) -> tuple[str, ...]:
    return str(one.line) if one.line else "", one.option, one.what, f"{one.amount:,.4g}" if one.amount else ""


def _bounds(lines: Sequence[BoundsLine]) -> list[RenderableType]:
    from bayesmile.options.summary import event
    from bayesmile.pages.layout import table

    rows = [
        (
            event(line.bounds),
            _span(line.bounds.low, line.bounds.high),
            _span(line.dropped_low, line.dropped_high),
        )
        for line in lines
    ]
    columns = ("Price at expiry", ">Probability", ">Leaving out any one strike")
    return [table(columns, rows)] if rows else []


def _span(low: float | None, high: float | None) -> str:
    from bayesmile.wording import interval

    return "no law fits" if low is None or high is None else interval(low, high)


def _sweep(part: OptionsPart) -> list[RenderableType]:
    from bayesmile.pages.layout import paragraph, table
    from bayesmile.wording import implied

    rows = [
        (
            f"{line.downside:,.6g}",
            "" if line.by_spot is None else implied(line.by_spot),
            "" if line.by_forward is None else implied(line.by_forward),
            _span(line.low, line.high),
        )
        for line in part.sweep
    ]
    title = (
        "By downside: the two-state answer of the spot and of the forward, and what the options allow for at least the"
        " offer if no price strictly between downside and offer is possible."
    )
    blocks: list[RenderableType] = [
        table((">Downside", ">By spot", ">By forward", ">Options, nothing between"), rows, title=title)
    ]
    return [*blocks, paragraph(part.least_lead)] if part.least_lead else blocks

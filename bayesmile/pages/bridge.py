"""Tables of the bridge between price and payoffs."""

from __future__ import annotations

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.pricing.bridge_lines import BridgeLine
from bayesmile.pricing.sharegrowth import Growth, ShareGrowth
from bayesmile.sections.bridge import Bridged
from bayesmile.wording import listed, money, points, sentence

__all__ = ["bridge_page"]

_LARGE = 1e5  # from here on cents do not matter

_TITLES = {
    "market": "What must be explained:",
    "payoffs": "What the payoffs are worth (net cash left out):",
    "reading": "The two compared:",
}


def bridge_page(part: Bridged, currency: str) -> list[RenderableType]:
    """Both sides line by line, then spending against dilution."""
    blocks: list[RenderableType] = [paragraph(part.lead)]
    for side, title in _TITLES.items():
        rows = [_row(line) for line in part.lines if line.side == side]
        if rows:
            blocks.append(table(("<Line", ">Value", "What it is", "From"), rows, title=title))
    spent, periods = _spent(part.growth, currency), _periods(part.growth)
    if periods:
        blocks.append(table(("<Growth of the share count", "<From", "<To", ">Years", ">A year"), periods, title=spent))
    elif spent:
        blocks.append(paragraph(spent))
    return [*blocks, bullets([part.growth.sentence, *(sentence(f"{note}.") for note in part.notes)])]


def _row(line: BridgeLine) -> tuple[str, str, str, str]:
    # The field after file and line is the line's own key, and too long a word for a narrow column.
    origin = f"= {line.formula}" if line.formula else line.source.partition(", payoffs.")[0]
    return line.key, number(line), line.label, origin


def number(line: BridgeLine) -> str:
    """Value of a line with the digits that a recomputation needs.

    Examples
    --------
    >>> about = {"key": "x", "side": "market", "label": "", "formula": "", "unit": "", "source": ""}
    >>> [number(BridgeLine(value=value, **about)) for value in (8739785360.0, 15.46, 0.284483908)]
    ['8,739,785,360', '15.46', '0.284483908']
    """
    return f"{line.value:,.0f}" if abs(line.value) >= _LARGE else f"{line.value:.9g}"


def _spent(growth: ShareGrowth, currency: str) -> str:
    """Say what is spent a year, as a share of the market value."""
    named = [("burn", growth.burn), ("stock compensation", growth.stock_compensation)]
    spent = [f"{name} of {money(amount, currency)}" for name, amount in named if amount is not None]
    if growth.spending_rate is None or growth.market_value is None:
        return ""
    return (
        f"{sentence(listed(spent))} a year: {100.0 * growth.spending_rate:.1f}% of the market value of"
        f" {money(growth.market_value, currency)}."
    )


def _periods(growth: ShareGrowth) -> list[tuple[str, ...]]:
    return [(_kind(one), one.first, one.last, f"{one.years:.2f}", f"{points(one.rate)}%") for one in growth.periods]


def _kind(one: Growth) -> str:
    return "implied" if one.kind == "implied" else "filed, over all" if one.whole else "filed"

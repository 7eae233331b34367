"""Tables of what if."""

from __future__ import annotations

import math

from rich.console import RenderableType

from bayesmile.pages.layout import paragraph, table
from bayesmile.sections.basis import phrase
from bayesmile.sections.supposed import Supposed, SupposedLine
from bayesmile.wording import bits, implied, money, percent, points, sentence

__all__ = ["supposed_page"]


def supposed_page(part: Supposed, currency: str) -> list[RenderableType]:
    """Every probability now and if, with its month at even odds; then what the market numbers become."""
    lines = dict.fromkeys([*part.headline, *part.lines])
    columns = ["Probability of", ">Now", ">If", ">Points", ">Bits", "<Even odds now", "<If"]
    rows = [_row(one) for one in lines]
    if not math.isnan(part.value_now):
        rows.append(("Model value", money(part.value_now, currency), money(part.value_then, currency), "", "", "", ""))
    if not math.isnan(part.implied_now):
        rows.append(("What the price implies", implied(part.implied_now), implied(part.implied_then), "", "", "", ""))
    return [paragraph(part.lead), table(columns, rows)]


def _row(one: SupposedLine) -> tuple[str, ...]:
    ends = (percent(one.now), percent(one.then), points(one.then - one.now), bits(one.bits))
    return (sentence(phrase(one.target)), *ends, one.month_now, one.month_then)

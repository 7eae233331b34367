"""Tables of what if."""

from __future__ import annotations

import math

from rich.console import RenderableType

from bayesmile.pages.layout import IF_SO, bullets, paragraph, table
from bayesmile.sections.basis import phrase
from bayesmile.sections.supposed import Supposed, SupposedLine
from bayesmile.wording import bits, implied, money, percent, points, sentence

__all__ = ["supposed_page"]

_KEY = (
    "Means over the uncertain numbers, with 90% intervals; central: at the dossier's own numbers, where the bits are of"
    " the log-odds. In the sections below, 'if so' stands for the same."
)


def supposed_page(part: Supposed, currency: str) -> list[RenderableType]:
    """Every headline and deadline now and if; then what the market numbers become."""
    lines = [one for one in dict.fromkeys([*part.headline, *part.lines]) if not math.isnan(one.bits)]
    notes = [sentence(text) for text in (part.warning, part.settled and f"{IF_SO}: {part.settled}") if text]
    end = [bullets(notes)] if notes else []
    if all(one.chance_now is None for one in lines):
        columns = ["Probability of", ">Now", f">{IF_SO}", ">Points", ">Bits", "<Even odds now", f"<{IF_SO}"]
        rows = [_row(one) for one in lines] + _money(part, currency, 4)
        return [paragraph(part.lead), table(columns, rows), *end]
    columns = ["Probability of", ">Now", f">{IF_SO}", ">Central", f">{IF_SO}", ">Bits"]
    rows = [_drawn(one) for one in lines] + _money(part, currency, 3)
    return [paragraph(part.lead), table(columns, rows, title=_KEY), *end]


def _money(part: Supposed, currency: str, blanks: int) -> list[tuple[str, ...]]:
    rest, rows = ("",) * blanks, list[tuple[str, ...]]()
    if not math.isnan(part.value_now):
        rows.append(("Model value", money(part.value_now, currency), money(part.value_then, currency), *rest))
    if not math.isnan(part.implied_now):
        rows.append(("What the price implies", implied(part.implied_now), implied(part.implied_then), *rest))
    return rows


def _row(one: SupposedLine) -> tuple[str, ...]:
    ends = (percent(one.now), percent(one.then), points(one.then - one.now), bits(one.bits))
    return (sentence(phrase(one.target)), *ends, one.month_now, one.month_then)


def _drawn(one: SupposedLine) -> tuple[str, ...]:
    now, then = ("-" if chance is None else chance.cell for chance in (one.chance_now, one.chance_then))
    return (sentence(phrase(one.target)), now, then, percent(one.now), percent(one.then), bits(one.bits))

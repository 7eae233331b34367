"""Table of the assumptions that matter most."""

from __future__ import annotations

import math

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.sections.basis import phrase
from bayesmile.sections.weights import Weights, amount
from bayesmile.sensitivity import Reading, Sensitivity
from bayesmile.wording import implied, percent, sentence, words

__all__ = ["weights_page"]


def weights_page(part: Weights, currency: str) -> list[RenderableType]:
    """Value, interval, both probabilities at its ends, and the break-even of each assumption."""
    if not part.top:
        return [paragraph(part.lead)]
    priced = not math.isnan(part.top[0].now.gap)
    columns = [
        "From the low to the high end of",
        ">Ours goes",
        *([">The price's goes", ">Price right at"] if priced else []),
    ]
    rows = [_row(one, currency, priced) for one in part.top]
    notes = [
        f"{words(one.assumption.label)}: {one.assumption.convention} (--set {one.assumption.field}=...)"
        for one in part.top
    ]
    title = f"Ours is of {phrase(part.target)}{"; the price's is what it implies for that" if priced else ''}."
    return [paragraph(part.lead), table(columns, rows, title=title), paragraph(""), bullets(map(sentence, notes))]


def _row(one: Sensitivity, currency: str, priced: bool) -> tuple[str, ...]:
    about = one.assumption
    value, low, high = (amount(about.field, number, currency) for number in (about.value, about.low, about.high))
    ours = f"{percent(_ours(one.low, priced))} to {percent(_ours(one.high, priced))}"
    name = f"{sentence(words(about.label))}: {value} ({low} to {high})"
    if not priced:
        return name, ours
    theirs = f"{implied(one.low.implied)} to {implied(one.high.implied)}"
    return name, ours, theirs, "no value" if one.break_even is None else amount(about.field, one.break_even, currency)


def _ours(reading: Reading, priced: bool) -> float:
    return reading.reached if priced else reading.ours

"""Tables about the price."""

from __future__ import annotations

import math

from rich.console import RenderableType

from bayesmile.pages.layout import IF_SO, bullets, paragraph, table
from bayesmile.sections.basis import Price
from bayesmile.sections.compared import Compared, ComparedLine
from bayesmile.sections.price import Levels, PriceLevel, Valuation
from bayesmile.sections.supposed import Supposed
from bayesmile.wording import bits, interval, money, percent, words

__all__ = ["compared_page", "levels_page", "price_line", "valuation_page"]


def price_line(price: Price | None) -> str:
    """Bridge from a price per share to the market value."""
    if price is None:
        return "No price: the sections about the market are left out."
    value = money(price.value, price.currency)
    if price.per_share is None or price.shares is None:
        return f"Market value of the equity: {value} (given)."
    day = f"close of {price.date}" if price.date else "given"
    bridge = (
        f"Market value of the equity: {money(price.per_share, price.currency)} a share ({day}) x"
        f" {price.shares / 1e6:,.1f} million shares ({price.shares_kind}, as of {price.shares_as_of}, public"
        f" {price.shares_filed}) = {value}."
    )
    if price.later_shares is None or price.later_value is None:
        return bridge
    return (
        f"{bridge} A later count, {price.later_shares / 1e6:,.1f} million as of {price.later_as_of}, is implied by"
        f" other figures and not filed; with it the value would be {money(price.later_value, price.currency)}."
    )


def levels_page(part: Levels, currency: str, then: Levels | None = None) -> list[RenderableType]:
    """Say what the price and round prices near it assume; `then`: the same, if so."""
    if then is not None:
        return _levels_if_so(part, then, currency)
    inverse = part.success < part.failure  # there a price below both values is one that p* puts above 1
    rows = [
        (
            money(line.price, currency) + (" (the price)" if line.actual else ""),
            _implied(line.implied, inverse=inverse),
            "" if line.implied > 1.0 or (inverse and line.implied < 0.0) else _points_above(line, part),
            "-" if math.isinf(line.bits) else bits(line.bits),
        )
        for line in part.lines
    ]
    columns = ("Market value", ">Implied probability", ">Points above ours", ">Bits above ours")
    return [paragraph(part.lead), table(columns, rows)]


def _levels_if_so(part: Levels, then: Levels, currency: str) -> list[RenderableType]:
    rows = [
        (
            money(line.price, currency) + (" (the price)" if line.actual else ""),
            *(_implied(one.implied, inverse=of.success < of.failure) for one, of in ((line, part), (other, then))),
            *("-" if math.isinf(one.bits) else bits(one.bits) for one in (line, other)),
        )
        for line, other in zip(part.lines, then.lines, strict=True)
    ]
    columns = ("Market value", ">Implied", f">{IF_SO}", ">Bits above ours", f">{IF_SO}")
    values = f"If so, the two values are {money(then.failure, currency)} and {money(then.success, currency)}."
    return [paragraph(f"{part.lead} {values}"), table(columns, rows)]


def compared_page(
    part: Compared, horizon: str, deadlines: dict[str, str], then: Supposed | None = None
) -> list[RenderableType]:
    """Ours against the market's, for every open milestone at its deadline and at the horizon; `then`: if so."""
    lines = [line for line in part.lines if line.by in (horizon, deadlines[line.milestone])]
    rows = [_compared_row(line) for line in lines]
    columns = ["<Milestone", "<By", ">Ours", ">Reach", ">Exp.", "Any price, at our dates"]
    if then is not None:
        rows = [_beside(row, line, then) for row, line in zip(rows, lines, strict=True)]
        columns = [*columns[:2], ">Ours", f">{IF_SO}", ">Reach", f">{IF_SO}", ">Exp.", f">{IF_SO}", columns[-1]]
    notes = [part.reach_note, part.exponential_note, *(f"{note[:1].upper()}{note[1:]}." for note in part.notes)]
    key = (
        "Reach: what the price implies if it changes only whether the priced milestone happens. Exp.: if it makes the"
        " smallest change of belief that meets it, which moves dates as well. The last column: from the lowest price"
        " to the highest, with the dates given success left as ours."
    )
    return [paragraph(part.lead), table(columns, rows, title=key), bullets(notes)]


def _beside(row: tuple[str, ...], line: ComparedLine, then: Supposed) -> tuple[str, ...]:
    """Put what each number would be beside it; the market's is none where the price could not be read, if so."""
    others = {(one.milestone, one.by): one for one in (() if then.compared is None else then.compared.lines)}
    ours = percent(then.prob(line.milestone, line.by))
    other = others.get((line.milestone, line.by))
    reach, tilt = ("-", "-") if other is None else _compared_row(other)[3:5]
    return (*row[:3], ours, row[3], reach, row[4], tilt, row[5])


def _compared_row(line: ComparedLine) -> tuple[str, ...]:
    none = "none"
    span = "" if line.low is None or line.high is None else interval(line.low, line.high)
    return (
        words(line.milestone),
        line.by,
        percent(line.ours),
        none if line.reach is None else percent(line.reach),
        none if line.exponential is None else percent(line.exponential),
        f"{span}; nearly silent" if line.silent else span,
    )


def _points_above(line: PriceLevel, part: Levels) -> str:
    return f"{100.0 * (line.implied - part.ours):+.0f}"


def _implied(probability: float, *, inverse: bool) -> str:
    if inverse and not 0.0 <= probability <= 1.0:
        return "none is enough" if probability < 0.0 else "none is low enough"
    return percent(probability) if probability <= 1.0 else "none is enough"


def valuation_page(part: Valuation, currency: str, then: Valuation | None = None) -> list[RenderableType]:
    """Success value, required return and date at which the price would be right; `then`: the same, if so."""
    rows, others = (_break_evens(one, currency) if one else {} for one in (part, then))
    lead = part.lead if then is None else f"{part.lead} If so, model value is {money(then.model_value, currency)}."
    shown = []
    for label, row in rows.items():
        shown.append(row)
        if label in others:
            name, *rest = others[label]
            shown.append((f"{IF_SO}, {name}", *rest))
    columns = ("If success has", ">Success value", ">or required return", ">or success by")
    return [paragraph(lead), table(columns, shown)] if shown else [paragraph(lead)]


def _break_evens(part: Valuation, currency: str) -> dict[str, tuple[str, ...]]:
    """Rows by question."""
    rows = dict[str, tuple[str, ...]]()
    for label, answer in part.break_evens.items():
        rate = f"{100.0 * answer.required_return:.1f}%"
        if math.isnan(answer.required_return):  # the value stays on one side of the price at every return
            above = part.success_value is not None and answer.success_value < part.success_value
            rate = "none is high enough" if above else "none is low enough"
        value = money(answer.success_value, currency) if answer.success_value >= 0.0 else "none is low enough"
        rows[label] = (f"{label} ({percent(answer.probability)})", value, rate, answer.arrival)
    return rows

"""Tables of days on which news met the market."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.sections.event import EventDay
from bayesmile.wording import bits, percent, points, sentence

__all__ = ["events_page"]


def events_page(parts: tuple[EventDay, ...]) -> list[RenderableType]:
    """Return of the day in bits by every account, beside what the announcement meant to the model."""
    if not parts:
        return [paragraph("No day is on record, by this date, on which news met the market.")]
    return [block for part in parts for block in _event(part)]


def _event(part: EventDay) -> Iterator[RenderableType]:
    yield paragraph(part.lead)
    rows = [
        (
            move.source,
            f"{100.0 * move.simple_return:+.2f}%",
            f"{move.bound_bits:.2f}",
            "undefined" if math.isnan(move.bits) else bits(move.bits),
            *("undefined" if math.isnan(value) else bits(value) for value in list(move.bits_by_share.values())[:-1]),
        )
        for move in part.moves
    ]
    shares = list(part.moves[0].bits_by_share)[:-1]
    columns = (
        "Account of the day",
        ">Return",
        ">At least",
        ">At our payoffs",
        *(f">{share} of it" for share in shares),
    )
    yield table(columns, rows, title="Bits if all of the move is about it, and if only a part is:")
    yield paragraph("")
    yield bullets(_event_notes(part))


def _event_notes(part: EventDay) -> Iterator[str]:
    effects = "; ".join(
        f"{name} {percent(move.before)} to {percent(move.after)} ({points(move.points / 100.0)} points,"
        f" {bits(move.bits)} bits)"
        for name, move in part.effects.items()
    )
    yield f"What the announcement meant to the model, with against without it on {part.date}: {effects}."
    first = part.moves[0]
    yield part.used
    yield part.timing
    yield f"{sentence(part.benchmark.note)}."
    yield from _ordinary_day(part)
    if not math.isnan(first.study.success_value_change):
        change = 100.0 * first.study.success_value_change
        yield (
            f"The same day is explained with no change of probability if it made success worth {abs(change):.0f}%"
            f" {'more' if change >= 0.0 else 'less'}."
        )
    if part.overlaps:
        yield f"Also public around that return, so that it may be about them: {'; '.join(part.overlaps)}."
    if part.note:
        yield part.note


def _ordinary_day(part: EventDay) -> Iterator[str]:
    """Every account of the day against what a day without news gives."""
    low, high = part.moves[0].noise_bits
    told = [move for move in part.moves if not math.isnan(move.bits)]
    if math.isnan(low) or math.isnan(high) or not told:
        return
    places = [
        f"the account of {100.0 * move.simple_return:+.2f}% ({bits(move.bits)} bits) lies"
        f" {'inside' if low <= move.bits <= high else 'outside'} that"
        for move in told
    ]
    yield (
        f"An ordinary day of this share, by its volatility before, reads as {bits(low)} to {bits(high)} bits (95%):"
        f" {', '.join(places)}."
    )

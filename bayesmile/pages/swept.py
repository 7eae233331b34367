"""Tables of sensitivity."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from bayesmile.pages.layout import paragraph, table
from bayesmile.sections.basis import Target, phrase
from bayesmile.sections.swept import Swept, Threshold, distance
from bayesmile.sections.weights import amount
from bayesmile.swings import Tornado
from bayesmile.wording import percent, points, sentence, words

__all__ = ["swept_page"]

_SHOWN, _NEAREST = 6, 8
_LEAST = 0.05  # points: less prints as nothing


def swept_page(part: Swept, currency: str) -> list[RenderableType]:
    """Widest swings of each headline probability; then the nearest thresholds."""
    blocks: list[RenderableType] = [paragraph(part.lead)]
    blocks += [_tornado(one, currency) for one in part.tornadoes if any(_wide(one))]
    shown = [one for one in part.thresholds if one.meets is not None][:_NEAREST]
    shown += [one for one in part.thresholds if one.meets is None][: _NEAREST - len(shown)]
    if shown:
        columns = ["To close the gap with the market, move", ">From", ">To", ">By, prior sd", "Which is"]
        blocks.append(table(columns, [_row(one, currency) for one in shown]))
    return blocks


def _wide(tornado: Tornado) -> Iterator[bool]:
    return (abs(one.points) >= _LEAST for one in tornado.swings)


def _tornado(tornado: Tornado, currency: str) -> RenderableType:
    rows = []
    for one in (one for one in tornado.swings[:_SHOWN] if abs(one.points) >= _LEAST):
        about = one.assumption
        value, low, high = (amount(about.field, number, currency) for number in (about.value, about.low, about.high))
        name = f"{sentence(words(about.label))}: {value} ({low} to {high})"
        rows.append((name, percent(one.low), percent(one.high), points(one.points / 100.0)))
    about_it = phrase(Target(tornado.target.milestone, tornado.target.by))
    title = f"{sentence(about_it)}, now {percent(tornado.now)}, at either end of:"
    return table(["Assumption (90% interval)", ">Low", ">High", ">Points"], rows, title=title)


def _row(one: Threshold, currency: str) -> tuple[str, ...]:
    now = amount(one.field, one.value, currency)
    to = "-" if one.meets is None else amount(one.field, one.meets, currency)
    sds = "-" if one.move_sd is None or one.move_sd != one.move_sd else f"{one.move_sd:+.2f}"
    return sentence(words(one.label)), now, to, sds, distance(one, currency)

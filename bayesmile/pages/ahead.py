"""Tables of what to watch for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.console import RenderableType

from bayesmile.catalysts import Catalyst
from bayesmile.pages.layout import IF_SO, bullets, doubled, paragraph, table
from bayesmile.sections.ahead import Ahead, named
from bayesmile.sections.basis import phrase
from bayesmile.watched import Watched
from bayesmile.wording import percent, sentence, words

__all__ = ["ahead_page"]

_SHOWN, _ANSWERS = 10, 6


def ahead_page(part: Ahead, then: Sequence[Watched] = ()) -> list[RenderableType]:
    """Next announcements, answers that matter, and the dates ahead; `then`: further announcements, if so."""
    if not part.entries:
        return [paragraph(part.lead)]
    letters = [chr(ord("A") + number) for number in range(len(part.targets))]
    pairs = zip(letters, part.targets, part.now, strict=True)
    key = "; ".join(f"{letter} is {phrase(target)}, now {percent(now)}" for letter, target, now in pairs)
    columns = [
        "What may become public",
        *(f">{months} mo" for months in part.months),
        *(f">{letter} {when}" for letter in letters for when in ("seen", "not")),
        ">bits",
    ]
    others = [_row(one, part.titles) for one in then]
    whole = doubled([_row(one, part.titles) for one in part.entries if not one.answer][:_SHOWN], others)
    answers = doubled([_row(one, part.titles) for one in part.entries if one.answer][:_ANSWERS], others)
    title = (
        f"{key}. Chance of at least one in so many months; each probability if one comes next month, and if none comes"
        f" in {part.months[-1]}; information expected by then."
    )
    title += f" Rows '{IF_SO}': what would come besides what is supposed." if then else ""
    blocks: list[RenderableType] = [paragraph(part.lead), table(columns, whole, title=title)]
    if answers:
        blocks.append(table(columns, answers, title="By what it says:"))
    if part.catalysts:
        blocks.append(_dates(part.catalysts, letters))
    if part.left_out:
        blocks += [paragraph("Not watched:"), bullets(map(sentence, part.left_out))]
    return blocks


def _row(one: Watched, titles: Mapping[str, str]) -> tuple[str, ...]:
    last = one.spans[-1]
    moved = [_told(value) for pair in zip(one.seen, last.unseen, strict=True) for value in pair]
    chances = [percent(span.probability) for span in one.spans]
    return (sentence(named(titles, one)), *chances, *moved, _bits(one.gain))


def _told(probability: float) -> str:
    return "-" if math.isnan(probability) else percent(probability)


def _bits(gain: float) -> str:
    return f"{gain:.3f}" if gain >= 0.0005 else "<0.001"


def _dates(catalysts: Sequence[Catalyst], letters: Sequence[str]) -> RenderableType:
    columns = [
        "<Date",
        "What falls due",
        ">Met",
        *(f">{letter} {way}" for letter in letters for way in ("met", "no")),
        *(f">{letter} move" for letter in letters),
    ]
    rows = []
    for one in catalysts:
        ways = [cell for pair in zip(one.met, one.missed, strict=True) for cell in map(_told, pair)]
        moves = [
            f"{points:.1f}{f'±{error:.1f}' if error else ''}"
            for points, error in zip(one.movements, one.errors, strict=True)
        ]
        rows.append((one.date, sentence(words(one.label)), _told(one.probability), *ways, *moves))
    title = (
        "Dates ahead: stated targets, and all news up to a day. Moves are expected absolute movements in percentage"
        " points (± the Monte Carlo standard error)."
    )
    return table(columns, rows, title=title)

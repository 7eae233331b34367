"""Tables of news: what moved the belief, and what moved nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.sections.basis import phrase
from bayesmile.sections.chain import ChainPart, Inert
from bayesmile.steps import Move, Step
from bayesmile.wording import bits, count, percent, points

__all__ = ["chain_page", "inert_page"]

_SEEN = 0.05  # points: a smaller move prints as nothing
_HEADLINES = 4


def chain_page(part: ChainPart) -> list[RenderableType]:
    """Announcements that moved a target, time and silence by year, and the reasons why the others moved nothing."""
    letters = [chr(ord("A") + number) for number in range(len(part.targets))]
    named = "; ".join(f"{letter} is {phrase(target)}" for letter, target in zip(letters, part.targets, strict=True))
    columns = [
        "<Date",
        "What became public",
        *(f">{letter} {unit}" for letter in letters for unit in ("points", "bits")),
    ]
    first = [f"{percent(move.before)}" for move in part.total]
    rows = [(part.since, "belief at the start", *(cell for start in first for cell in (start, "")))]
    rows += [_row(when, what, moves) for when, what, moves in _compact(part.steps)]
    last = [cell for move in part.total for cell in (percent(move.after), bits(move.bits))]
    rows.append((part.as_of, "belief at the end, and the sum of the bits", *last))
    blocks: list[RenderableType] = [paragraph(part.lead), table(columns, rows, title=f"{named}.")]
    if part.still:
        reasons = [f"{count(number, 'item')}: {reason}." for reason, number in part.still.items()]
        blocks += [paragraph("What moved neither, and why:"), bullets(reasons)]
    return blocks


def _row(when: str, what: str, moves: Sequence[Move]) -> tuple[str, ...]:
    cells = [cell for move in moves for cell in (points(move.points / 100.0), bits(move.bits))]
    return (when, what, *cells)


def _compact(steps: Iterable[Step]) -> Iterator[tuple[str, str, list[Move]]]:
    """News that shows, in order, and at the end of each year all the rest of that year in one line."""
    for year, group in groupby(steps, key=lambda step: step.date[:4]):
        rest, small = list[Step](), 0
        for step in group:
            if step.kind != "time" and any(abs(move.points) >= _SEEN for move in step.moves):
                withdrawn = "withdrawn: " if step.kind == "withdrawal" else ""
                yield step.date, f"{withdrawn}{step.headline or step.label}", list(step.moves)
            else:
                rest.append(step)
                small += step.moved and step.kind != "time"
        if any(step.moved for step in rest):
            also = f" and {count(small, 'item')} of little effect" if small else ""
            yield year, f"time and silence{also}", [_sum(moves) for moves in zip(*(s.moves for s in rest), strict=True)]


def _sum(moves: Sequence[Move]) -> Move:
    return Move(
        before=moves[0].before,
        after=moves[-1].after,
        points=math.fsum(move.points for move in moves),
        bits=sum(move.bits for move in moves),  # not math.fsum, which refuses to add infinities of both signs
    )


def inert_page(part: Inert) -> list[RenderableType]:
    """Kinds of news that move nothing, with the reason given in the dossier."""
    texts = []
    for kind in part.kinds:
        shown = "; ".join(kind.headlines[-_HEADLINES:])
        more = len(kind.headlines) - _HEADLINES
        texts.append(f"{kind.title}: {shown}{f'; and {more} more' if more > 0 else ''}. {kind.rationale}")
    return [paragraph(part.lead), bullets(texts)] if texts else [paragraph(part.lead)]

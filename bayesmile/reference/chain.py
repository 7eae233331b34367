"""From dates and statuses of one entity to the periods in which it reached each milestone of a chain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

__all__ = ["Reach", "filled", "first_shown"]


@dataclass(frozen=True, slots=True)
class Reach:
    """Periods between which a milestone was reached (`first` -inf: at or before entry) and at whose end that was known.

    `line` is the line of the row that says so.
    """

    first: float
    last: int
    known: int
    line: int | None


def first_shown(
    stages: Sequence[tuple[int, int, int | None]], entered: int, through: int, milestones: int
) -> list[Reach | None]:
    """Return when statuses first showed each milestone; a status never goes back.

    Parameters
    ----------
    stages : sequence of (period, stage, line)
        Listings in order; stage k shows milestones 1..k.
    entered, through : int
    milestones : int

    Examples
    --------
    >>> first_shown([(10, 1, 2), (12, 3, 3), (14, 2, 4)], 10, 20, 3)[:2]
    [Reach(first=-inf, last=10, known=10, line=2), Reach(first=12, last=12, known=12, line=3)]
    """
    found: list[Reach | None] = [None] * milestones
    furthest = 0
    for period, stage, line in stages:
        if period > through:
            break
        early = period <= entered
        reach = Reach(-math.inf if early else period, max(period, entered), max(period, entered), line)
        for number in range(furthest, stage):
            found[number] = reach
        furthest = max(furthest, stage)
    return found


def filled(
    own: Sequence[Reach | None], spread: Sequence[bool], entered: int, unseen: Reach | None = None, shown: int = 0
) -> list[Reach | None]:
    """Return the chain without holes: what comes before a reached milestone has been reached too.

    Parameters
    ----------
    own : sequence of Reach or None
        What dates each milestone.
    spread : sequence of bool
        Whether one that nothing dates lies anywhere between the one before it (or entry) and the next; else it counts
        as reached together with the next.
    entered : int
    unseen : Reach, optional
        When the first `shown` milestones were reached at the latest, if nothing dates the last of them.
    shown : int

    Examples
    --------
    >>> dated = [None, Reach(9, 9, 9, 2)]
    >>> filled(dated, [True, True], 5)[0], filled(dated, [False, False], 5)[0]
    (Reach(first=5.0, last=9, known=9, line=2), Reach(first=9, last=9, known=9, line=2))
    """
    chain: list[Reach | None] = list(own)
    if unseen is not None and shown and not any(chain[shown - 1 :]):
        chain[shown - 1] = replace(unseen, first=_OPEN)
    after = None
    for number in range(len(chain) - 1, -1, -1):
        chain[number] = _before(chain[number], after, spread[number])
        after = chain[number] or after
    return _after_entry(chain, entered)


_OPEN = -1e18  # earlier than any period, unlike -inf, which means "at or before entry"


def _before(own: Reach | None, after: Reach | None, spread: bool) -> Reach | None:
    """Reach of a milestone, given that of the next one that has any."""
    if own is None and after is not None:
        return replace(after, first=_OPEN) if spread and not math.isinf(after.first) else after
    if own is None or after is None or own.last <= after.last:
        return own
    return after  # listed late: it was reached when the next one was


def _after_entry(chain: Sequence[Reach | None], entered: int) -> list[Reach | None]:
    """Return the chain with no milestone earlier than the one before it, or than entry."""
    raised, floor = list[Reach | None](), float(entered)
    for reach in chain:
        if reach is not None and not math.isinf(reach.first):
            floor = min(max(reach.first, floor), float(reach.last))
            reach = replace(reach, first=floor)
        raised.append(reach)
    return raised

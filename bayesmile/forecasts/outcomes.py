"""What the resolutions that stand say about each deadline: reached, not reached, or not known yet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bayesmile.errors import InvalidInput
from bayesmile.forecasts.logbook import Log, Logged
from bayesmile.forecasts.records import LogRow
from bayesmile.grid import parse_deadline
from bayesmile.periods import parse_period

__all__ = ["Outcomes", "Window", "decides", "named_ids", "window"]


@dataclass(frozen=True, slots=True)
class Window:
    """Months in which a milestone may have happened, as far as resolutions say, counted as in `parse_month`.

    Attributes
    ----------
    first, last : float
        Both included; without bounds they are infinite.
    """

    first: float = -math.inf
    last: float = math.inf

    def by(self, deadline: str) -> bool | None:
        """Whether it has happened by the end of a month; None where that is not known."""
        month = parse_deadline(deadline)
        return True if self.last <= month else False if self.first > month else None

    def met(self, other: Window) -> Window:
        """Months that both allow."""
        return Window(max(self.first, other.first), min(self.last, other.last))

    @property
    def empty(self) -> bool:
        """Whether no month is left."""
        return self.first > self.last


def window(row: LogRow) -> Window:
    """Months that one resolution allows.

    *Yes* on a day or in a period: the months of that period, up to the one in which the record was made. *No* by a
    deadline: the months after it. *Unknown*: all months.
    """
    if row.happened == "no":
        return Window(first=parse_deadline(row.month) + 1)
    if row.happened == "yes" and row.on is not None:
        period = parse_period(row.on)
        first = 12 * period.first.year + period.first.month - 1
        return Window(first, min(period.ordinal, parse_deadline(row.made[:7])))
    return Window()


def decides(rows: Iterable[LogRow]) -> Window:
    """Months that all of these resolutions allow."""
    found = Window()
    for row in rows:
        found = found.met(window(row))
    return found


def named_ids(text: str | None) -> tuple[str, ...]:
    """Ids in the cell that says what a resolution supersedes."""
    return () if text is None else tuple(text.split())


@dataclass(frozen=True)
class Outcomes:
    """Resolutions of a log that stand, and what follows from them.

    Attributes
    ----------
    log : Log
    """

    log: Log

    @cached_property
    def superseded(self) -> frozenset[str]:
        """Ids of resolutions that a later one supersedes."""
        return frozenset(one for record in self.log.of("resolution") for one in named_ids(record.row.supersedes))

    @cached_property
    def _by_question(self) -> dict[tuple[str, str, str], tuple[Logged, ...]]:
        found: dict[tuple[str, str, str], tuple[Logged, ...]] = {}
        for record in self.log.of("resolution"):
            if record.row.id not in self.superseded:
                found[record.row.question] = (*found.get(record.row.question, ()), record)
        return found

    @cached_property
    def _windows(self) -> dict[tuple[str, str, str], Window]:
        return {question: _window_of(records) for question, records in self._by_question.items()}

    def standing(self, question: tuple[str, str, str]) -> tuple[Logged, ...]:
        """Resolutions of a question that stand."""
        return self._by_question.get(question, ())

    def of(self, question: tuple[str, str, str], deadline: str) -> bool | None:
        """Whether a milestone was reached by a deadline; None while that is open."""
        return self._windows.get(question, Window()).by(deadline)


def _window_of(records: Sequence[Logged]) -> Window:
    found = Window()
    for record in records:
        found = found.met(window(record.row))
        if found.empty:
            raise InvalidInput(f"{record.place}: contradicts the resolutions before it")
    return found

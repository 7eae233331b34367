"""Which close-to-close return holds the market's answer to an announcement."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesmile.errors import InvalidInput
from bayesmile.files.rows import PriceRow

__all__ = ["LONGEST_GAP", "SESSIONS", "DayReturn", "Reaction", "TradingDays", "reaction_to"]

Array = NDArray[np.float64]

SESSIONS = ("before", "during", "after", None)
"""When on a trading day something became public: before trading, during it, after it, or not known."""

LONGEST_GAP = 6
"""Most calendar days between two closes of neighbouring trading days: a long weekend, and a day lost."""

_QUIET_DAYS, _FEWEST_DAYS = 120, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class DayReturn:
    """Return from one close to the next.

    Attributes
    ----------
    previous, date : str
        Days of both closes.
    log_return : float
        From adjusted closes where both have one.
    """

    previous: str
    date: str
    log_return: float

    @property
    def simple_return(self) -> float:
        """The same as a fraction."""
        return math.expm1(self.log_return)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """The closes between which the market answered an announcement.

    Attributes
    ----------
    announced : str
        Day on which it became public.
    session : str or None
        When on it; None if not known.
    parts : tuple of DayReturn
        One, or two where the session is not known: either may hold the answer.
    why : str
        Why these, as a clause.
    """

    announced: str
    session: str | None
    parts: tuple[DayReturn, ...]
    why: str

    @property
    def previous(self) -> str:
        """Last close before the answer."""
        return self.parts[0].previous

    @property
    def date(self) -> str:
        """First close that holds it."""
        return self.parts[-1].date

    @property
    def log_return(self) -> float:
        """Log return between them."""
        return math.fsum(part.log_return for part in self.parts)


@dataclass(frozen=True)
class TradingDays:
    """Closes in order, and the returns between neighbouring trading days.

    Parameters
    ----------
    closes : sequence of PriceRow
        Rows of prices.csv, by date, each date once.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> days = TradingDays.of(load("quantumscape").market.prices)
    >>> days.longest()
    ('2025-05-30', '2026-07-02')
    """

    closes: tuple[PriceRow, ...]

    @classmethod
    def of(cls, closes: Sequence[PriceRow], until: str | None = None) -> TradingDays:
        """Keep the closes up to a day, that day included."""
        return cls(tuple(row for row in closes if until is None or row.date <= until))

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """Days of the closes."""
        return tuple(row.date for row in self.closes)

    @cached_property
    def ordinals(self) -> NDArray[np.int64]:
        """The same as numbers of days."""
        return np.array([dt.date.fromisoformat(date).toordinal() for date in self.dates], dtype=np.int64)

    @cached_property
    def log_returns(self) -> Array:
        """Log return that ends with each close; NaN where the close before is missing or too far away."""
        out = np.full(len(self.closes), math.nan)
        for at in range(1, len(self.closes)):
            if self.ordinals[at] - self.ordinals[at - 1] <= LONGEST_GAP:
                out[at] = _log_return(self.closes[at - 1], self.closes[at])
        return out

    def part(self, at: int) -> DayReturn | None:
        """Return that ends with close number `at`; None where there is none from the trading day before."""
        if not 0 < at < len(self.closes) or math.isnan(self.log_returns[at]):
            return None
        return DayReturn(
            previous=self.dates[at - 1], date=self.dates[at], log_return=float(self.log_returns[at])
        )

    def between(self, previous: str, date: str) -> float | None:
        """Log return between two days, whatever lies between them; None unless both have a close."""
        first, last = self._rows.get(previous), self._rows.get(date)
        return None if first is None or last is None else _log_return(first, last)

    @cached_property
    def _rows(self) -> dict[str, PriceRow]:
        return {row.date: row for row in self.closes}

    def longest(self) -> tuple[str, str] | None:
        """First and last close of the longest stretch of neighbouring trading days, the latest of equals."""
        best, start = None, 0
        for at in range(len(self.closes)):
            if math.isnan(self.log_returns[at]):
                start = at
            if at > start and (best is None or at - start >= best[1] - best[0]):
                best = (start, at)
        return None if best is None else (self.dates[best[0]], self.dates[best[1]])

    def quiet(self, previous: str) -> tuple[DayReturn, ...]:
        """Daily returns before an event, up to the close of `previous`: at most 120, none if fewer than 30."""
        last = bisect_right(self.dates, previous) - 1
        found: list[DayReturn] = []
        for at in range(last, 0, -1):
            part = self.part(at)
            if part is None or len(found) == _QUIET_DAYS:
                break
            found.append(part)
        return tuple(found[::-1]) if len(found) >= _FEWEST_DAYS else ()


def _log_return(before: PriceRow, after: PriceRow) -> float:
    return math.log(after.for_returns / before.for_returns)


def reaction_to(days: TradingDays, announced: str, session: str | None = None) -> Reaction | None:
    """Find the closes between which the market answered an announcement.

    What became public before or during trading of day t is answered by the close of t, what came after it by the next
    close. Where the session is not known both returns count together, from the close before t to the close after it:
    to take the larger of the two would take noise for an answer.

    Parameters
    ----------
    days : TradingDays
    announced : str
        Day on which it became public.
    session : {"before", "during", "after"}, optional
        When on that day.

    Returns
    -------
    Reaction or None
        None where the closes around it are not those of neighbouring trading days, or not all public yet.

    Raises
    ------
    InvalidInput
        If the session is none of these.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> days = TradingDays.of(load("quantumscape").market.prices)
    >>> [(reaction_to(days, "2025-10-13", session).previous, reaction_to(days, "2025-10-13", session).date)
    ...  for session in SESSIONS]  # doctest: +NORMALIZE_WHITESPACE
    [('2025-10-10', '2025-10-13'), ('2025-10-10', '2025-10-13'), ('2025-10-13', '2025-10-14'),
     ('2025-10-10', '2025-10-14')]
    """
    if session not in SESSIONS:
        raise InvalidInput(f"session: received {session!r}; allowed are before, during and after")
    at = bisect_left(days.dates, announced)
    if at == len(days.dates):
        return None
    if days.dates[at] > announced:
        numbers, why = [at], f"no trading on {announced}: the next close is the first to hold it"
    elif session == "after":
        numbers, why = [at + 1], "announced after trading: the next close is the first to hold it"
    elif session:
        numbers, why = [at], f"announced {session} trading: the close of the same day is the first to hold it"
    else:
        numbers, why = [at, at + 1], "session not known: both days together, since either may hold the answer"
    parts = [days.part(number) for number in numbers]
    found = tuple(part for part in parts if part is not None)
    return Reaction(announced=announced, session=session, parts=found, why=why) if len(found) == len(parts) else None

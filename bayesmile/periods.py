"""Dates as people write them, kept with the days that they cover."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bayesmile.errors import InvalidInput
from bayesmile.grid import When, parse_deadline

_YEARS = (1900, 2200)  # a date outside them is a slip of the pen; the files allow the same

__all__ = ["Period", "month_label", "parse_period"]


@dataclass(frozen=True, slots=True)
class Period:
    """A day, month, quarter or year.

    Attributes
    ----------
    text : str
        The date in one spelling: ``"2025-10-15"``, ``"2025-10"``, ``"2025-Q3"`` or ``"2025"``.
    first, last : datetime.date
        First and last day.
    """

    text: str
    first: dt.date
    last: dt.date

    @property
    def ordinal(self) -> int:
        """Calendar month of the last day, counted as ``12 * year + month - 1``."""
        return 12 * self.last.year + self.last.month - 1


def month_label(ordinal: int) -> str:
    """Return a calendar month, counted as ``12 * year + month - 1``, as ``"YYYY-MM"``.

    Examples
    --------
    >>> month_label(parse_period("2025-Q3").ordinal)
    '2025-09'
    """
    return f"{ordinal // 12:04d}-{ordinal % 12 + 1:02d}"


def _spelling(field: str, when: When) -> str:
    if isinstance(when, str):
        text = when.strip()
        return text if len(text) != 6 or "Q" not in text else f"{text[:4]}-{text[4:]}"
    if isinstance(when, dt.date) and when == when:  # a missing pandas date is not equal to itself
        return when.isoformat()[:10]
    if isinstance(when, np.datetime64) and not np.isnat(when):
        return str(when.astype("datetime64[D]"))
    raise InvalidInput(f"received {when!r}; allowed is a day, month, quarter or year, such as '2025-10-15'")


def parse_period(when: When, field: str = "a date") -> Period:
    """Days covered by a date that may be imprecise.

    Parameters
    ----------
    when : str or date
        ``"YYYY-MM-DD"``, ``"YYYY-MM"``, ``"YYYY-Qn"``, ``"YYYY"`` or a date.
    field : str
        What the date is, for the message.

    Raises
    ------
    InvalidInput
        If it is none of these, or its year not one of 1900 to 2200.

    Examples
    --------
    >>> parse_period("2025-Q3").last.isoformat()
    '2025-09-30'
    """
    try:
        return _period(_spelling(field, when))
    except ValueError as error:
        raise InvalidInput(f"{field}: {error}") from None


@lru_cache(maxsize=4096)
def _period(text: str) -> Period:
    last_month = parse_deadline(text)
    if not _YEARS[0] <= last_month // 12 <= _YEARS[1]:
        raise InvalidInput(f"received {text!r}; allowed are the years {_YEARS[0]} to {_YEARS[1]}")
    if len(text) == 10:
        day = dt.date.fromisoformat(text)
        return Period(text, day, day)
    months = 12 if len(text) == 4 else 3 if "Q" in text else 1
    return Period(text, _first(last_month - months + 1), _last(last_month))


def _first(ordinal: int) -> dt.date:
    return dt.date(ordinal // 12, ordinal % 12 + 1, 1)


def _last(ordinal: int) -> dt.date:
    year, month = ordinal // 12, ordinal % 12 + 1
    return dt.date(year, month, calendar.monthrange(year, month)[1])

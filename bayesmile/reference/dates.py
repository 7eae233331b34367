"""Dates of a reference class: the days that a cell covers, and the whole periods in which they lie."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from bayesmile.errors import InvalidInput
from bayesmile.periods import month_label, parse_period

__all__ = ["Span", "Unit", "followed_through", "period_label", "period_of", "read_span", "single_period"]

Unit = Literal["month", "week"]

_EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The days that a date covers: one, or all those of a month, quarter or year.

    Attributes
    ----------
    first, last : datetime.date
        `first` is ``date.min`` where it is known only that it was by `last`.
    """

    first: dt.date
    last: dt.date

    def __str__(self) -> str:
        """Text such as ``2024-03`` or ``2024-03-12``."""
        if self.first == dt.date.min:
            return f"by {self.last}"
        if self.first == self.last:
            return str(self.last)
        whole = self.first.day == 1 and (self.last + dt.timedelta(days=1)).day == 1
        return f"{self.last:%Y-%m}" if whole and self.first.month == self.last.month else f"{self.first} to {self.last}"


def read_span(text: str, field: str) -> Span:
    """Return the days that a cell covers.

    Raises
    ------
    InvalidInput
        If the text is no date.

    Examples
    --------
    >>> str(read_span("2024-03", "announced")), str(read_span("2024-03-12", "announced"))
    ('2024-03', '2024-03-12')
    """
    try:
        period = parse_period(text, field)
    except InvalidInput as error:
        reason = str(error).removeprefix(f"{field}: ").removeprefix("a date: ").removeprefix("a deadline: ")
        raise InvalidInput(f"{field}: {reason}") from None
    return Span(period.first, period.last)


def period_of(day: dt.date, unit: Unit) -> int:
    """Return the period of a day: months as ``12 * year + month - 1``, weeks since 1970-01-01.

    Examples
    --------
    >>> import datetime as dt
    >>> period_of(dt.date(2024, 3, 12), "month") == 12 * 2024 + 2, period_of(dt.date(1970, 1, 8), "week")
    (True, 1)
    """
    if unit == "month":
        return 12 * day.year + day.month - 1
    return (day.toordinal() - _EPOCH) // 7


def period_label(period: int, unit: Unit) -> str:
    """Return a period as people read it: ``2024-03``, or the first day of a week.

    Examples
    --------
    >>> period_label(12 * 2024 + 2, "month"), period_label(1, "week")
    ('2024-03', 'the week from 1970-01-08')
    """
    if unit == "month":
        return month_label(period)
    return f"the week from {dt.date.fromordinal(7 * period + _EPOCH)}"


def single_period(span: Span, unit: Unit, field: str) -> int:
    """Return the one period in which a date lies.

    Raises
    ------
    InvalidInput
        If the date is less precise than a period.
    """
    first, last = period_of(span.first, unit), period_of(span.last, unit)
    if first != last:
        allowed = "a day or a month" if unit == "month" else "a day"
        raise InvalidInput(f"{field}: received '{span}'; allowed is {allowed}")
    return last


def followed_through(span: Span, unit: Unit) -> int:
    """Return the last period that is over when a day, or the last day of a month, is over.

    Examples
    --------
    >>> [followed_through(read_span(text, "through"), "month") - 12 * 2024 for text in ("2024-04", "2024-04-12")]
    [3, 2]
    """
    return period_of(span.last + dt.timedelta(days=1), unit) - 1

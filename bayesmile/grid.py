"""Calendar months as grid indices: the only place where dates become numbers."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass, field

import numpy as np

from bayesmile.errors import InvalidInput

__all__ = ["Moment", "MonthGrid", "When", "parse_deadline", "parse_moment", "parse_month"]

When = str | dt.date | np.datetime64
"""A date as users give it: ``"2026-07-15"``, ``"2026-07"``, a ``datetime.date``, Timestamp or ``datetime64``."""

_FIRST, _END = 12 * 1678, 12 * 2262 + 3  # what datetime64[ns] can hold

_YEAR = re.compile(r"(\d{4})")
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Moment:
    """An as-of moment: what was public by the end of `day`.

    Attributes
    ----------
    day : datetime.date
        Last day whose news is included.
    ordinal : int
        Calendar month of the moment, counted as ``12 * year + month - 1``.
    fraction : float
        Fraction of that month elapsed, in [0, 1].
    """

    day: dt.date
    ordinal: int
    fraction: float


def _text(when: When) -> str:
    if isinstance(when, str):
        return when.strip()
    if isinstance(when, np.datetime64):
        return str(when.astype("datetime64[D]"))
    if isinstance(when, dt.datetime):
        return when.date().isoformat()
    if isinstance(when, dt.date):
        return when.isoformat()
    raise InvalidInput(f"a date: received {when!r}; allowed is text such as '2026-07' or '2026-07-15', or a date")


def _ordinal(year: int, month: int, received: str) -> int:
    if not 1 <= month <= 12:
        raise InvalidInput(f"a date: received {received!r}; its month must be 01 to 12")
    return 12 * year + month - 1


def _day(text: str) -> dt.date | None:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    try:
        return dt.date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise InvalidInput(f"a date: received {text!r}, which is not a day of the calendar ({error})") from None


def parse_month(when: When) -> int:
    """Calendar month of a date, counted as ``12 * year + month - 1``.

    Parameters
    ----------
    when : str or date
        ``"YYYY-MM"``, ``"YYYY-MM-DD"`` or a date object.

    Raises
    ------
    InvalidInput
        If it is not a single calendar month.

    Examples
    --------
    >>> parse_month("2026-07") - parse_month("2026-01-31")
    6
    """
    text = _text(when)
    day = _day(text)
    if day is not None:
        return 12 * day.year + day.month - 1
    match = _MONTH.fullmatch(text)
    if match is None:
        raise InvalidInput(f"a month: received {text!r}; allowed is 'YYYY-MM' or 'YYYY-MM-DD'")
    return _ordinal(int(match[1]), int(match[2]), text)


def parse_deadline(by: When) -> int:
    """Last calendar month of a period: a year, a quarter, a month or a day.

    Parameters
    ----------
    by : str or date
        ``"2026"``, ``"2026-Q3"``, ``"2026-12"`` or a date.

    Raises
    ------
    InvalidInput
        If it is none of these.

    Examples
    --------
    >>> parse_deadline("2026") == parse_month("2026-12")
    True
    >>> parse_deadline("2026-Q3") == parse_month("2026-09")
    True
    """
    text = _text(by)
    if (match := _YEAR.fullmatch(text)) is not None:
        return _ordinal(int(match[1]), 12, text)
    if (match := _QUARTER.fullmatch(text)) is not None:
        return _ordinal(int(match[1]), 3 * int(match[2]), text)
    try:
        return parse_month(text)
    except InvalidInput as error:
        if "calendar" in str(error) or "01 to 12" in str(error):
            raise
        raise InvalidInput(
            f"a deadline: received {text!r}; allowed is 'YYYY', 'YYYY-Qn', 'YYYY-MM' or 'YYYY-MM-DD'"
        ) from None


def parse_moment(as_of: When) -> Moment:
    """As-of moment of a date: a day counts to its end, a bare month is its first moment.

    Parameters
    ----------
    as_of : str or date
        ``"YYYY-MM-DD"`` includes the news of that day; ``"YYYY-MM"`` is the start of that month,
        with none of the month elapsed and none of its news seen.

    Raises
    ------
    InvalidInput
        If it is neither.

    Examples
    --------
    >>> parse_moment("2025-10-15").fraction == 15 / 31
    True
    >>> parse_moment("2025-10").day.isoformat()
    '2025-09-30'
    """
    text = _text(as_of)
    day = _day(text)
    if day is not None:
        length = calendar.monthrange(day.year, day.month)[1]
        return Moment(day=day, ordinal=12 * day.year + day.month - 1, fraction=day.day / length)
    ordinal = parse_month(text)
    first = dt.date(ordinal // 12, ordinal % 12 + 1, 1)
    return Moment(day=first - dt.timedelta(days=1), ordinal=ordinal, fraction=0.0)


@dataclass(frozen=True, slots=True)
class MonthGrid:
    """Months 0 to ``months - 1`` from `start`; index ``months`` means *beyond*.

    Parameters
    ----------
    start : str or date
        First month of the roadmap, ``"YYYY-MM"``.
    months : int
        Number of calendar months on the grid, H, at least 1.

    Raises
    ------
    InvalidInput
        If `start` is not a month or `months` not a positive whole number.

    Examples
    --------
    >>> grid = MonthGrid("2026-01", 24)
    >>> grid.index("2026-03-09"), grid.deadline("2026-Q4"), grid.label(11)
    (2, 11, '2026-12')
    """

    start: When
    months: int
    origin: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the fields and count the first month."""
        if isinstance(self.months, bool) or not isinstance(self.months, (int, np.integer)) or self.months < 1:
            raise InvalidInput(f"MonthGrid months: received {self.months!r}; allowed is a whole number of at least 1")
        object.__setattr__(self, "origin", parse_month(self.start))
        if self.origin < _FIRST or self.origin + self.months > _END:
            raise InvalidInput(
                f"MonthGrid: received {self.months} months from {self.start!r};"
                " allowed are months from 1678-01 to 2262-03, for which labelled arrays have dates"
            )

    def index(self, when: When) -> int:
        """Index of the month that holds `when`; below 0 or at least `months` where it lies off the grid."""
        return parse_month(when) - self.origin

    def deadline(self, by: When) -> int:
        """Index of the last month of the period `by` (see `parse_deadline`); it may lie off the grid."""
        return parse_deadline(by) - self.origin

    def moment(self, as_of: When) -> tuple[int, float]:
        """Index of the as-of month and the fraction of it elapsed (see `parse_moment`)."""
        moment = parse_moment(as_of)
        return moment.ordinal - self.origin, moment.fraction

    def label(self, index: int) -> str:
        """Month as ``"YYYY-MM"``; the word ``"beyond"`` from index `months` on."""
        if index >= self.months:
            return "beyond"
        ordinal = self.origin + index
        return f"{ordinal // 12:04d}-{ordinal % 12 + 1:02d}"

    @property
    def last(self) -> str:
        """Last month on the grid, the horizon, as ``"YYYY-MM"``."""
        return self.label(self.months - 1)

    def starts(self) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
        """First day of each month on the grid, ``datetime64[ns]``, shape (months,)."""
        months = np.arange(self.months, dtype=np.int64) + (self.origin - 1970 * 12)
        return months.astype("datetime64[M]").astype("datetime64[ns]")

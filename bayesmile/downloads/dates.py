"""Days as price sites write them, and which of two numbers is the month."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from bayesmile.errors import InvalidInput

__all__ = ["ORDERS", "Order", "WrittenDay", "day_order", "read_day"]

Order = Literal["dmy", "mdy"]
"""Day before month, or month before day."""

ORDERS = get_args(Order)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november")
_NAMES = {name: number for names in (_MONTHS, (*_FULL, "december")) for number, name in enumerate(names, start=1)}
_NAMES["sept"] = 9
_TIME = r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AP]M)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?)?"
_ISO = re.compile(rf"(\d{{4}})([-/.]?)(\d{{2}})\2(\d{{2}})({_TIME})", re.ASCII | re.IGNORECASE)
_NUMBERS = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}})({_TIME})", re.ASCII | re.IGNORECASE)
_SHORT = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2}(?: .*)?", re.ASCII)
_NAMED = re.compile(rf"([A-Za-z]{{3,9}})\.?[ -](\d{{1,2}}),?[ -](\d{{4}})({_TIME})", re.ASCII)
_NAMED_LATER = re.compile(rf"(\d{{1,2}})[ -]([A-Za-z]{{3,9}})\.?,?[ -](\d{{4}})({_TIME})", re.ASCII)
_ALLOWED = "allowed is a day such as 2025-05-01, 05/01/2025 or May 1, 2025"


@dataclass(frozen=True, slots=True)
class WrittenDay:
    """A day as it was written: two numbers whose order may be open, and the year.

    Attributes
    ----------
    first, second, year : int
        In the order of the text; month and day where `order` is None and the text was ISO or had the month's name.
    order : "dmy", "mdy" or None
        The order where the text itself says it; None if it is open.
    timed : bool
        Whether a time of day followed.
    """

    first: int
    second: int
    year: int
    order: Order | None
    timed: bool

    def date(self, order: Order | None = None) -> dt.date:
        """Return the day, in the given order where the text leaves it open.

        Raises
        ------
        InvalidInput
            If it is no day of the calendar in that order.
        """
        chosen = self.order or order
        month, day = (self.first, self.second) if chosen == "mdy" else (self.second, self.first)
        try:
            return dt.date(self.year, month, day)
        except ValueError:
            text = f"'{self.first}/{self.second}/{self.year}', read as {chosen}"
            if self.order == "mdy":  # ISO, or the month by its name: there was nothing to choose
                text = f"'{self.year:04}-{self.first:02}-{self.second:02}'"
            raise InvalidInput(f"received {text}, which is no day; {_ALLOWED}") from None


def read_day(text: str) -> WrittenDay:
    """Read a day; a time of day behind it is left out.

    Raises
    ------
    InvalidInput
        If the text is no day, or gives its year with two digits.

    Examples
    --------
    >>> read_day("2025-05-01T00:00:00.000Z").date().isoformat(), read_day("May 01, 2025").date().isoformat()
    ('2025-05-01', '2025-05-01')
    >>> read_day("05/01/2025").order is None, read_day("01.05.2025").order
    (True, 'dmy')
    """
    text = " ".join(text.split())
    if found := _ISO.fullmatch(text):
        return WrittenDay(int(found[3]), int(found[4]), int(found[1]), "mdy", bool(found[5]))
    if found := _NUMBERS.fullmatch(text):
        order: Order | None = "dmy" if found[2] == "." else None  # points are written where the day comes first
        return WrittenDay(int(found[1]), int(found[3]), int(found[4]), order, bool(found[5]))
    if (found := _NAMED.fullmatch(text)) and (month := _NAMES.get(found[1].lower())):
        return WrittenDay(month, int(found[2]), int(found[3]), "mdy", bool(found[4]))
    if (found := _NAMED_LATER.fullmatch(text)) and (month := _NAMES.get(found[2].lower())):
        return WrittenDay(month, int(found[1]), int(found[3]), "mdy", bool(found[4]))
    if _SHORT.fullmatch(text):
        raise InvalidInput(f"received {text[:40]!r}, a year of two digits; {_ALLOWED}")
    raise InvalidInput(f"received {text[:40]!r}; {_ALLOWED}")


def day_order(days: Sequence[WrittenDay], *, given: Order | None, usual: Order | None, where: str) -> Order | None:
    """Order of day and month in days of one column; None where every day says it itself.

    What is given decides; then a number above 12; then what the layout writes; then the calendar: only one order leaves
    the rows in sequence and without weekends.

    Raises
    ------
    InvalidInput
        If the days contradict each other, or all of them can be read both ways.

    Examples
    --------
    >>> day_order([read_day("05/01/2025"), read_day("05/13/2025")], given=None, usual=None, where="QS.csv")
    'mdy'
    """
    open_days = [day for day in days if day.order is None]
    if given is not None or not open_days:
        return given
    proven = _proven(open_days, where)
    if proven or usual:
        return proven or usual
    likely: list[Order] = [order for order in ORDERS if _plausible(open_days, order)]
    if len(likely) == 1:
        return likely[0]
    example = open_days[0]
    raise InvalidInput(
        f"{where}: days such as {example.first}/{example.second}/{example.year} can be read as day/month or month/day,"
        " and nothing says which; say it with --dates dmy or --dates mdy"
    )


def _proven(days: Sequence[WrittenDay], where: str) -> Order | None:
    proofs: dict[Order, WrittenDay] = {}
    for day in days:
        if (day.first > 12) != (day.second > 12):
            proofs.setdefault("dmy" if day.first > 12 else "mdy", day)
    if len(proofs) > 1:
        shown = " and ".join(f"{day.first}/{day.second}/{day.year}" for day in proofs.values())
        raise InvalidInput(f"{where}: days with the day first and with the month first: {shown}; allowed is one order")
    return next(iter(proofs), None)


def _plausible(days: Sequence[WrittenDay], order: Order) -> bool:
    """Whether the days, in this order, follow each other one way and leave out weekends."""
    if len(days) < 3:
        return False
    dates = [day.date(order) for day in days]
    steps = [(after - before).days for before, after in itertools.pairwise(dates)]
    one_way = all(step >= 0 for step in steps) or all(step <= 0 for step in steps)
    return one_way and all(date.weekday() < 5 for date in dates)

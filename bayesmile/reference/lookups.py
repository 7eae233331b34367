"""Tables that date names, such as versions: what a name meant when it was said."""

from __future__ import annotations

import datetime as dt
import statistics
from dataclasses import dataclass
from itertools import pairwise

from bayesmile.errors import InvalidInput
from bayesmile.files.problems import Problem
from bayesmile.files.text import Table, nearest
from bayesmile.reference.classfile import LookupEntry
from bayesmile.reference.dates import Span, read_span

__all__ = ["Lookup", "make_lookup"]


@dataclass(frozen=True, slots=True)
class Lookup:
    """Names in the order in which they come, the earliest first, and the day of each.

    Attributes
    ----------
    names : tuple of str
        Such as ``("v1.16", "v1.17")``.
    days : tuple of datetime.date
    extrapolate : bool
        Whether a stated name without a date at the time is dated by the median gap between those before it.
    """

    names: tuple[str, ...]
    days: tuple[dt.date, ...]
    extrapolate: bool

    def happened(self, name: str, field: str) -> Span:
        """Return the day of a name; of a name before the first one: by the day of that one.

        Raises
        ------
        InvalidInput
            If the name is not in the table, nor before its first one.
        """
        if name in self.names:
            day = self.days[self.names.index(name)]
            return Span(day, day)
        if self._number(name, field) < 0:
            return Span(dt.date.min, self.days[0])
        raise InvalidInput(f"{field}: received {name!r}, which has no date{nearest(name, self.names)}")

    def expected(self, name: str, issued: dt.date, field: str) -> dt.date | None:
        """Return the day on which a name was to be expected when it was said: from the dates known by then alone.

        A name whose day was over by then has that day; a later one counts on from the last day that was over, by the
        median gap of those over. None for one that comes before the whole table.

        Raises
        ------
        InvalidInput
            If the table cannot date it.
        """
        known = [day for day in self.days if day <= issued]
        number = self._number(name, field)
        if number < len(known):
            return known[number] if number >= 0 else None
        if not self.extrapolate:
            return self.happened(name, field).last
        if len(known) < 2:
            raise InvalidInput(f"{field}: received {name!r}, which nothing known by {issued} can date")
        gap = statistics.median((after - before).days for before, after in pairwise(known))
        return known[-1] + dt.timedelta(days=round(gap * (number - len(known) + 1)))

    def _number(self, name: str, field: str) -> int:
        """Place in the order of the table; names that it does not hold are counted by the number that they end with."""
        if name in self.names:
            return self.names.index(name)
        first, received = _counted(self.names[0]), _counted(name)
        if first is None or received is None or first[0] != received[0]:
            raise InvalidInput(f"{field}: received {name!r}, which is unknown{nearest(name, self.names)}")
        return received[1] - first[1]


def _counted(name: str) -> tuple[str, int] | None:
    """Split a name into its text and the number that it ends with."""
    digits = len(name) - len(name.rstrip("0123456789"))
    return (name[:-digits], int(name[-digits:])) if 0 < digits < 10 else None


def make_lookup(table: Table, broken: list[Problem], entry: LookupEntry) -> Lookup:
    """Return the lookup of a table.

    Raises
    ------
    InvalidInput
        If a row is broken, a name stands twice, or the days are not in the order of the names.
    """
    if broken:
        raise InvalidInput(str(broken[0]))
    names, days = list[str](), list[dt.date]()
    for record in table.records:
        name, here = record.cells[entry.key], f"{record.place}: {entry.date}"
        day = read_span(record.cells[entry.date], here).last
        if not name or name in names:
            raise InvalidInput(f"{record.place}: {entry.key}: received {name!r}; allowed is each name once")
        if days and day <= days[-1]:
            raise InvalidInput(f"{here}: received '{day}'; allowed is a day after the one of the row before")
        names.append(name)
        days.append(day)
    return Lookup(tuple(names), tuple(days), entry.undated == "extrapolate")

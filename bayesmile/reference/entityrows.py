"""A row of a table of entities while it is read: its dates, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field

from bayesmile.errors import InvalidInput
from bayesmile.files.text import Record
from bayesmile.reference.dates import Span, Unit, followed_through, read_span, single_period

__all__ = ["EntityRow", "row_of"]


@dataclass(slots=True)
class EntityRow:
    """A row while it is read.

    Attributes
    ----------
    record : Record
    entered, through : Span
        Days that the cells cover.
    start, stop : int
        Period of entry, and the last one that was over when the following ended.
    dates : list of Span or None
        One a milestone: None without a date.
    faults : list of str
        What is wrong with it.
    cut : int
        Dates in the period after `stop`, in which the following ended: they are not used.
    """

    record: Record
    entered: Span
    through: Span
    start: int
    stop: int
    dates: list[Span | None] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    cut: int = 0

    def usable(self, day: Span, period: int, what: str) -> bool:
        """Whether a date can be used; one that lies after all that is followed is a fault."""
        if period <= self.stop:
            return True
        if day.first > self.through.last:
            self.faults.append(f"{what} '{day}' is after '{self.through}', through which it was followed")
        self.cut += 1
        return False


def row_of(record: Record, entered: str, through: str, unit: Unit) -> EntityRow:
    """Return a row with its entry and the end of its following.

    Parameters
    ----------
    record : Record
    entered : str
        Column.
    through : str
        Column, or a date.
    unit : "month" or "week"

    Raises
    ------
    InvalidInput
        If a date is missing or cannot be read, or if nothing was followed after entry.
    """
    first = _span(record, entered)
    last = _span(record, through) if through in record.cells else read_span(through, "through")
    row = EntityRow(record, first, last, single_period(first, unit, entered), followed_through(last, unit))
    if row.start > row.stop:
        raise InvalidInput(f"{entered} '{first}' is after the last whole {unit} that was followed (through '{last}')")
    return row


def _span(record: Record, column: str) -> Span:
    if not record.cells[column]:
        raise InvalidInput(f"{column}: the cell is empty; allowed is a date")
    return read_span(record.cells[column], column)

"""How an entity ended: given up in a period, by some period, or not."""

from __future__ import annotations

from collections.abc import Sequence

from bayesmile.errors import InvalidInput
from bayesmile.files.text import nearest
from bayesmile.reference.chain import Reach
from bayesmile.reference.classfile import ClassFile, EndedEntry
from bayesmile.reference.dates import Span, period_label, period_of, read_span
from bayesmile.reference.entityrows import EntityRow

__all__ = ["End", "check_end", "end_of"]

End = tuple[int | None, int]
"""Period of the end (None: undated), and the period at whose end it was known."""


def end_of(row: EntityRow, spec: ClassFile, *, there: bool) -> End | None:
    """Return when the entity was given up and when that was known; None if it was not, or after a fault.

    Parameters
    ----------
    row : EntityRow
        Faults are added to it.
    spec : ClassFile
    there : bool
        Whether anything says that the last milestone was reached, which is then a fault.
    """
    if spec.ended is None or not _is_ended(row, spec.ended, there):
        return None
    try:
        return _end(row, spec.ended, spec)
    except InvalidInput as error:
        row.faults.append(str(error))
        return None


def check_end(row: EntityRow, spec: ClassFile, reached: Sequence[Reach | None], end: End | None) -> None:
    """Add a fault for each milestone reached after the end."""
    unit = spec.reference.period
    for milestone, reach in zip(spec.milestone, reached, strict=True):
        if end is not None and reach is not None and reach.first > end[1]:
            when, over = period_label(int(reach.first), unit), period_label(end[1], unit)
            row.faults.append(f"{milestone.date or milestone.name} '{when}' is after it ended, '{over}'")


def _is_ended(row: EntityRow, ended: EndedEntry, there: bool) -> bool:
    """Whether the outcome is an end; one that is unknown, or contradicts the last milestone, is a fault."""
    value = row.record.cells[ended.column]
    known = [*ended.values, *(ended.reached or ()), *(ended.pending or ()), *(ended.silent or ())]
    said = f"{ended.column}: received {value!r}"
    if len(known) > len(ended.values) and value not in known:
        row.faults.append(f"{said}, which is unknown{nearest(value, known)}")
    if there and value in (*ended.values, *(ended.pending or ())):
        row.faults.append(f"{said}, but the last milestone was reached")
    if not there and value in (ended.reached or ()):
        row.faults.append(f"{said}, but nothing says when the last milestone was reached")
    return value in ended.values


def _end(row: EntityRow, ended: EndedEntry, spec: ClassFile) -> End | None:
    """End of an entity: dated, or by the later column of its bracket, or by the last period followed."""
    unit, cells = spec.reference.period, row.record.cells
    if ended.date and cells[ended.date]:
        day = _end_day(row, ended.date, spec)
        period = period_of(day.last, unit) + ended.offset
        if ended.offset and period > period_of(row.through.last, unit):
            raise InvalidInput(f"{ended.date} '{day}' is after '{row.through}', through which it was followed")
        seen = row.through if ended.offset else day
        return (period, period) if row.usable(seen, period, ended.date) else None
    if ended.bracket and cells[ended.bracket[1]]:
        before, by = ended.bracket
        day = _end_day(row, by, spec)
        period = period_of(day.last, unit)
        if cells[before] and _end_day(row, before, spec).first > day.last:
            raise InvalidInput(f"{before} '{cells[before]}' is after {by} '{day}'")
        return (None, period) if row.usable(day, period, by) else None
    return (None, row.stop)


def _end_day(row: EntityRow, column: str, spec: ClassFile) -> Span:
    """Date of an end, which must not lie before entry."""
    day = read_span(row.record.cells[column], column)
    if day.last < row.entered.first:
        raise InvalidInput(f"{column} '{day}' is before {spec.entity.entered} '{row.entered}'")
    return day

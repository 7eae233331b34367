"""Dated events of entities: the statuses that were listed and the dates that were stated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bayesmile.errors import InvalidInput
from bayesmile.files.problems import Place, Problem
from bayesmile.files.text import Record, Table, nearest
from bayesmile.reference.classfile import ClassFile, EventsEntry
from bayesmile.reference.columns import entity_of
from bayesmile.reference.dates import Span, period_of, read_span, single_period
from bayesmile.reference.faults import Faults
from bayesmile.reference.lookups import Lookup

__all__ = ["Statement", "Statements", "Target", "event_columns", "statements_of", "target_of"]


@dataclass(frozen=True, slots=True)
class Target:
    """A stated date of the last milestone: periods of the statement and of the date."""

    issued: int
    target: int
    place: Place


@dataclass(frozen=True, slots=True)
class Statement:
    """An event of an entity.

    Attributes
    ----------
    announced : Span
    period : int
    stage : int
        Milestones of the chain that its status shows to be reached; 0: none, or it says nothing of them.
    target : Target or None
    place : Place
    """

    announced: Span
    period: int
    stage: int
    target: Target | None
    place: Place


def event_columns(entry: EventsEntry) -> list[str]:
    """Columns that a table of events must have."""
    where = [entry.target_where.column] if entry.target_where else []
    return [*entry.entity, entry.announced, *(c for c in (entry.status, entry.target) if c), *where]


@dataclass(frozen=True, slots=True)
class Statements:
    """The events of a class.

    Attributes
    ----------
    of : dict
        By entity, its events in order of announcement.
    others : int
        Events of entities that the table does not hold, left out on purpose.
    past : int
        Stated dates that were over when they were stated, left out on purpose.
    """

    of: dict[str, list[Statement]]
    others: int = 0
    past: int = 0


def statements_of(
    events: tuple[Table, list[Problem]],
    spec: ClassFile,
    known: Callable[[str], bool],
    faults: Faults,
    lookup: Lookup | None,
) -> Statements:
    """Return the events by entity; what is wrong with one is a fault of its entity."""
    entry = spec.events
    assert entry is not None
    (table, broken), reader = events, _Reader(entry, spec, _stages(spec, entry), lookup)
    found, others = dict[str, list[Statement]](), 0
    for problem in broken:
        faults.add(problem.place, problem.message)
    for record in table.records:
        entity = entity_of(record, entry.entity)
        if known(entity):
            try:
                found.setdefault(entity, []).append(reader.read(record))
            except InvalidInput as error:
                faults.add(record.place, str(error), entity)
        elif entry.others == "leave_out" and entity:
            others += 1
        else:
            columns = " and ".join(entry.entity)
            faults.add(record.place, f"{columns}: received {entity!r}, which the table of entities does not hold")
    for statements in found.values():
        statements.sort(key=lambda one: one.announced.last)  # stable: of one day, in the order of the file
    return Statements(found, others, reader.past)


def _stages(spec: ClassFile, entry: EventsEntry) -> dict[str, int]:
    """Milestones that each status code shows to be reached."""
    codes = {code: number for number, one in enumerate(spec.milestone, start=1) for code in one.status or ()}
    return codes | dict.fromkeys(entry.no_stage, 0)


@dataclass(slots=True)
class _Reader:
    """Reads rows of a table of events."""

    entry: EventsEntry
    spec: ClassFile
    stages: dict[str, int]
    lookup: Lookup | None
    past: int = 0

    def read(self, record: Record) -> Statement:
        """Return the event of a row."""
        entry = self.entry
        announced = read_span(record.cells[entry.announced], entry.announced)
        period = single_period(announced, self.spec.reference.period, entry.announced)
        return Statement(announced, period, self._stage(record), self._target(record, announced), record.place)

    def _stage(self, record: Record) -> int:
        column = self.entry.status
        code = record.cells[column] if column and self.stages else ""
        if not code:
            return 0
        if code not in self.stages:
            raise InvalidInput(f"{column}: received {code!r}, which is unknown{nearest(code, self.stages)}")
        return self.stages[code]

    def _target(self, record: Record, announced: Span) -> Target | None:
        entry, where = self.entry, self.entry.target_where
        if entry.target is None or not record.cells[entry.target]:
            return None
        if where is not None and record.cells[where.column] not in where.values:
            return None
        lookup = self.lookup if entry.target_lookup else None
        target = target_of(record, (entry.announced, entry.target), announced, self.spec, lookup)
        if target is None and entry.target_past == "refuse":
            received = f"received {record.cells[entry.target]!r}, before it was stated"
            raise InvalidInput(f"{entry.target}: {received} ({entry.announced} '{announced}')")
        self.past += target is None
        return target


def target_of(
    record: Record, columns: tuple[str, str], issued: Span, spec: ClassFile, lookup: Lookup | None = None
) -> Target | None:
    """Return the stated date of a row; None for one that was over when it was stated.

    Raises
    ------
    InvalidInput
        If it cannot be read.
    """
    unit, column = spec.reference.period, columns[1]
    text = record.cells[column]
    last = read_span(text, column).last if lookup is None else lookup.expected(text, issued.last, column)
    if last is None or last < issued.first:
        return None
    return Target(period_of(issued.last, unit), period_of(last, unit), record.place)

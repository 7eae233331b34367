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

__all__ = ["Statement", "Target", "event_columns", "statements_of", "target_of"]


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


def statements_of(
    events: tuple[Table, list[Problem]],
    spec: ClassFile,
    known: Callable[[str], bool],
    faults: Faults,
    lookup: Lookup | None,
) -> tuple[dict[str, list[Statement]], int]:
    """Return the events by entity, in order of announcement, and how many are of entities left out on purpose."""
    entry = spec.events
    assert entry is not None
    table, broken = events
    stages = _stages(spec, entry)
    found, others = dict[str, list[Statement]](), 0
    for problem in broken:
        faults.add(problem.place, problem.message)
    for record in table.records:
        entity = entity_of(record, entry.entity)
        if known(entity):
            try:
                found.setdefault(entity, []).append(_statement(record, entry, spec, stages, lookup))
            except InvalidInput as error:
                faults.add(record.place, str(error), entity)
        elif entry.others == "leave_out" and entity:
            others += 1
        else:
            columns = " and ".join(entry.entity)
            faults.add(record.place, f"{columns}: received {entity!r}, which the table of entities does not hold")
    for statements in found.values():
        statements.sort(key=lambda one: one.announced.last)  # stable: of one day, in the order of the file
    return found, others


def _stages(spec: ClassFile, entry: EventsEntry) -> dict[str, int]:
    """Milestones that each status code shows to be reached."""
    codes = {code: number for number, one in enumerate(spec.milestone, start=1) for code in one.status or ()}
    return codes | dict.fromkeys(entry.no_stage, 0)


def _statement(
    record: Record, entry: EventsEntry, spec: ClassFile, stages: dict[str, int], lookup: Lookup | None
) -> Statement:
    announced = read_span(record.cells[entry.announced], entry.announced)
    period = single_period(announced, spec.reference.period, entry.announced)
    target = None
    where = entry.target_where
    if entry.target and record.cells[entry.target] and (where is None or record.cells[where.column] in where.values):
        dates = lookup if entry.target_lookup else None
        names = entry.announced, entry.target
        target = target_of(record, names, announced, spec, dates)
    return Statement(announced, period, _stage(record, entry, stages), target, record.place)


def _stage(record: Record, entry: EventsEntry, stages: dict[str, int]) -> int:
    if entry.status is None or not stages or not record.cells[entry.status]:
        return 0
    code = record.cells[entry.status]
    if code not in stages:
        raise InvalidInput(f"{entry.status}: received {code!r}, which is unknown{nearest(code, stages)}")
    return stages[code]


def target_of(
    record: Record, columns: tuple[str, str], issued: Span, spec: ClassFile, lookup: Lookup | None
) -> Target:
    """Return the stated date of a row.

    Raises
    ------
    InvalidInput
        If it cannot be read, or lies before the statement.
    """
    unit, (at, column) = spec.reference.period, columns
    text = record.cells[column]
    if lookup is None:
        last = read_span(text, column).last
    else:
        last = lookup.expected(text, issued.last, column)
    if last < issued.first:
        raise InvalidInput(f"{column}: received {text!r}, before it was stated ({at} '{issued}')")
    return Target(period_of(issued.last, unit), period_of(last, unit), record.place)

"""Rows of a table of entities: when each entered, what it reached, and how it ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bayesmile.errors import InvalidInput
from bayesmile.files.text import Record
from bayesmile.reference.chain import Reach, filled, first_shown
from bayesmile.reference.classfile import ClassFile
from bayesmile.reference.dates import Span, period_label, period_of, read_span, single_period
from bayesmile.reference.ends import End, end_of
from bayesmile.reference.entityrows import EntityRow, row_of
from bayesmile.reference.groups import level_of
from bayesmile.reference.lookups import Lookup
from bayesmile.reference.statements import Statement, Target, target_of

__all__ = ["History", "RowReader", "entity_columns"]

Complain = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class History:
    """What a row, and the events of its entity, say.

    Attributes
    ----------
    cluster : str
    entered, through : int
    reached : list of Reach or None
        One a milestone.
    targets : list of Target
    ended : (int or None, int) or None
        Period in which it was given up (None: undated), and at whose end that was known; None if it was not.
    levels : tuple of str
        One a factor.
    cut : int
        Dates in the last period, which is not over, and is not used.
    """

    cluster: str
    entered: int
    through: int
    reached: list[Reach | None]
    targets: list[Target]
    ended: End | None
    levels: tuple[str, ...]
    cut: int = 0


def entity_columns(spec: ClassFile, header: Sequence[str]) -> list[str]:
    """Columns that a table of entities must have; `through` may be a date instead of one."""
    entity, ended = spec.entity, spec.ended
    through = entity.through if entity.through in header or not _is_date(entity.through) else None
    columns = [*entity.id, entity.cluster, entity.entered, through, entity.furthest]
    columns += [factor.column or factor.year_of for factor in spec.factor]
    columns += [milestone.date for milestone in spec.milestone]
    columns += [ended.column, ended.date, *(ended.bracket or ())] if ended else []
    columns += [column for stated in spec.target for column in (stated.issued, stated.target)]
    return [column for column in columns if column]


def _is_date(text: str) -> bool:
    try:
        read_span(text, "through")
    except InvalidInput:
        return False
    return True


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads rows by a class file."""

    spec: ClassFile
    lookup: Lookup | None

    def read(self, record: Record, statements: Sequence[Statement], complain: Complain) -> History | None:
        """Return the history of an entity (None without usable dates); each fault is handed to `complain`."""
        spec, entity = self.spec, self.spec.entity
        try:
            row = row_of(record, entity.entered, entity.through, spec.reference.period)
        except InvalidInput as error:
            complain(str(error))
            return None
        row.dates += [self._date(row, one.date, one.lookup) for one in spec.milestone]
        levels = self._levels(row)
        self._check_order(row)
        self._check_statements(row, statements)
        reached = self._reached(row, statements)
        ended = end_of(row, spec, reached, shown=self._shown(row))
        if not row.faults:  # otherwise it says again what is said already
            self._check_pending(row, reached, ended)
        cluster = record.cells[entity.cluster or entity.id[0]]
        if not cluster:
            row.faults.append(f"{entity.cluster}: the cell is empty; allowed is the name of a cluster")
        targets = self._targets(row, statements)
        for message in row.faults:
            complain(message)
        return History(
            cluster=cluster if entity.cluster else "",
            entered=row.start,
            through=row.stop,
            reached=reached,
            targets=targets,
            ended=ended,
            levels=levels,
            cut=row.cut,
        )

    def _date(self, row: EntityRow, column: str | None, lookup: bool) -> Span | None:
        """Date of a milestone; None without one, or if it cannot be read."""
        text = row.record.cells[column] if column else ""
        if not column or not text:
            return None
        try:
            return self.lookup.happened(text, column) if lookup and self.lookup else read_span(text, column)
        except InvalidInput as error:
            row.faults.append(str(error))
            return None

    def _levels(self, row: EntityRow) -> tuple[str, ...]:
        levels = []
        for factor in self.spec.factor:
            try:
                levels.append(level_of(row.record.cells, factor))
            except InvalidInput as error:
                row.faults.append(str(error))
        return tuple(levels)

    def _check_order(self, row: EntityRow) -> None:
        """Complain of dates before entry, or before a milestone that comes first."""
        entity = self.spec.entity
        before, name = row.entered, f"{entity.entered}"
        for milestone, day in zip(self.spec.milestone, row.dates, strict=True):
            if day is None or (entity.before_entry == "keep" and day.last < row.entered.first):
                continue
            if day.last < before.first:
                row.faults.append(f"{milestone.date} '{day}' is before {name} '{before}'")
            if day.first >= before.first:
                before, name = day, f"{milestone.date}"

    def _check_statements(self, row: EntityRow, statements: Sequence[Statement]) -> None:
        for one in statements:
            if one.announced.last < row.entered.first:
                what = f"announced '{one.announced}', before {self.spec.entity.entered} '{row.entered}'"
                row.faults.append(f"{one.place}: {what}")
            row.usable(one.announced, one.period, f"{one.place}: announced")

    def _reached(self, row: EntityRow, statements: Sequence[Statement]) -> list[Reach | None]:
        unit, spec, line = self.spec.reference.period, self.spec, row.record.place.line
        stages = [(one.period, one.stage, one.place.line) for one in statements]
        own = first_shown(stages, row.start, row.stop, len(spec.milestone))
        whole = True
        for number, (milestone, day) in enumerate(zip(spec.milestone, row.dates, strict=True)):
            if milestone.date is not None:
                own[number] = None
            if day is None:
                continue
            first, last = period_of(day.first, unit), period_of(day.last, unit)
            if row.usable(day, last, f"{milestone.date}"):
                early = last < row.start or (first < row.start and last <= row.start)
                last = max(last, row.start)
                own[number] = Reach(-math.inf if early else first, last, last, line)
            else:
                whole = False
        spread = [spec.entity.undated == "between" and one.status is None for one in spec.milestone]
        unseen = Reach(row.start, row.stop, row.stop, line)
        return filled(own, spread, row.start, unseen, self._shown(row) if whole else 0)

    def _shown(self, row: EntityRow) -> int:
        """Milestones that the column of the furthest stage says were reached in the end."""
        if self.spec.entity.furthest is None:
            return 0
        value = row.record.cells[self.spec.entity.furthest]
        numbers = [k for k, one in enumerate(self.spec.milestone, start=1) if value in (one.furthest or ())]
        return numbers[0] if numbers else 0

    def _check_pending(self, row: EntityRow, reached: list[Reach | None], ended: End | None) -> None:
        """Complain of an entity that was over by the end of the period in which it entered."""
        over = reached[-1].last if reached[-1] is not None else ended[1] if ended else None
        if over is not None and over <= row.start:
            how = "reached its last milestone" if reached[-1] is not None else "ended"
            label = period_label(row.start, self.spec.reference.period)
            row.faults.append(f"{how} by the end of {label}, in which it entered: it was never known to be pending")

    def _targets(self, row: EntityRow, statements: Sequence[Statement]) -> list[Target]:
        """Stated dates from events and columns, by period of statement; one said twice in a period counts once."""
        found = [one.target for one in statements if one.target is not None]
        for stated in self.spec.target:
            if row.record.cells[stated.issued] and row.record.cells[stated.target]:
                try:
                    issued = read_span(row.record.cells[stated.issued], stated.issued)
                    single_period(issued, self.spec.reference.period, stated.issued)
                    found.append(target_of(row.record, (stated.issued, stated.target), issued, self.spec, None))
                except InvalidInput as error:
                    row.faults.append(str(error))
        found = sorted((one for one in found if one.issued <= row.stop), key=lambda one: one.issued)
        return [
            one
            for one, before in zip(found, [None, *found], strict=False)
            if before is None or (one.issued, one.target) != (before.issued, before.target)
        ]

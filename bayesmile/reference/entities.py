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
from bayesmile.reference.ends import End, check_end, end_of
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
        entity = self.spec.entity
        try:
            row = row_of(record, entity.entered, entity.through, self.spec.reference.period)
        except InvalidInput as error:
            complain(str(error))
            return None
        row.dates += [self._date(row, one.date, one.lookup) for one in self.spec.milestone]
        history = self._history(row, statements)
        for message in row.faults:
            complain(message)
        return history

    def _history(self, row: EntityRow, statements: Sequence[Statement]) -> History:
        """History of a row whose dates have been read; what is wrong with it is added to its faults."""
        self._check_order(row)
        self._check_statements(row, statements)
        shown, last = self._shown(row), len(self.spec.milestone)
        there = row.dates[-1] is not None or shown == last or any(one.stage == last for one in statements)
        ended = end_of(row, self.spec, there=there)
        by = row.stop if ended is None else ended[1]
        reached = self._reached(row, statements, shown, Reach(row.start, by, by, row.record.place.line))
        check_end(row, self.spec, reached, ended)
        if not row.faults:  # otherwise it says again what is said already
            self._check_pending(row, reached, ended)
        return History(
            cluster=self._cluster(row),
            entered=row.start,
            through=row.stop,
            reached=reached,
            targets=self._targets(row, statements),
            ended=ended,
            levels=self._levels(row),
            cut=row.cut,
        )

    def _cluster(self, row: EntityRow) -> str:
        """Cluster of an entity; empty where each is its own."""
        column = self.spec.entity.cluster
        if column and not row.record.cells[column]:
            row.faults.append(f"{column}: the cell is empty; allowed is the name of a cluster")
        return row.record.cells[column] if column else ""

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

    def _reached(
        self, row: EntityRow, statements: Sequence[Statement], shown: int, unseen: Reach
    ) -> list[Reach | None]:
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
        return filled(own, spread, row.start, unseen, shown if whole else 0)

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
                    found.append(self._column_target(row, stated.issued, stated.target))
                except InvalidInput as error:
                    row.faults.append(str(error))
        found = sorted((one for one in found if one.issued <= row.stop), key=lambda one: one.issued)
        return [
            one
            for one, before in zip(found, [None, *found], strict=False)
            if before is None or (one.issued, one.target) != (before.issued, before.target)
        ]

    def _column_target(self, row: EntityRow, at: str, column: str) -> Target:
        """Stated date of two columns of the row itself."""
        issued = read_span(row.record.cells[at], at)
        if single_period(issued, self.spec.reference.period, at) < row.start:
            raise InvalidInput(f"{at} '{issued}' is before {self.spec.entity.entered} '{row.entered}'")
        target = target_of(row.record, (at, column), issued, self.spec)
        if target is None:
            received = row.record.cells[column]
            raise InvalidInput(f"{column}: received {received!r}, before it was stated ({at} '{issued}')")
        return target

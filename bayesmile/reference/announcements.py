"""Announcements of the entities of a reference class, from a CSV file."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bayesmile.errors import InvalidInput
from bayesmile.files.problems import Place, Problem
from bayesmile.files.text import Record
from bayesmile.reference.columns import read_columns
from bayesmile.reference.dates import Span, read_span, single_period
from bayesmile.reference.faults import Faults
from bayesmile.wording import count, plain

if TYPE_CHECKING:
    import pandas as pd

    from bayesmile.reference.table import ReferenceClass

__all__ = ["AnnouncementTable", "read_announcements"]

NEEDED = ("entity", "announced", "kind")
FREE = ("id", "headline", "counterparty", "source", "note")
"""Columns for people, as in a dossier: not looked at."""
_STORY = "story"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_ANSWERS = {"yes": True, "no": False, "": None, "unknown": None}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AnnouncementTable:
    """Announcements of entities, each one arrival.

    Attributes
    ----------
    table : DataFrame
        One row an arrival: `entity`, `announced` (period, counted as in the class), `kind`, `line` of the file,
        `answered` (period of its last answer; may be left out), and a column for each attribute: True, False, or None
        for unknown.
    attributes : tuple of str
        Names of these columns.
    incomplete : frozenset of str
        Entities of which a row was set aside: their silence is not known, so nothing is learned from them.
    set_aside : tuple of str
        One line for each row that was set aside, with its file, line and reason.
    notes : tuple of str
        What else was put together or left out.

    Raises
    ------
    InvalidInput
        If a column is missing.
    """

    table: pd.DataFrame
    attributes: tuple[str, ...] = ()
    incomplete: frozenset[str] = frozenset()
    set_aside: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that every column is there."""
        needed = (*NEEDED, *self.attributes)
        if missing := [name for name in needed if name not in self.table.columns]:
            raise InvalidInput(f"announcements: received no column {missing[0]!r}; allowed is a table with {needed}")

    def __len__(self) -> int:
        """Return the number of arrivals."""
        return len(self.table)

    def subset(self, entities: Collection[str]) -> AnnouncementTable:
        """Return the announcements of these entities only."""
        return replace(self, table=self.table[self.table["entity"].isin(list(entities))])

    def known_at(self, period: int) -> AnnouncementTable:
        """Return what was announced by the end of a period: nothing later is in it, by construction.

        Of a story whose last answer came later all answers are left out.
        """
        kept = self.table[self.table["announced"] <= period].copy()
        if "answered" in kept.columns:
            for name in self.attributes:
                kept[name] = kept[name].astype(object).where(kept["answered"] <= period, None)
        return replace(self, table=kept)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the file that could be read."""

    entity: str
    announced: Span
    period: int
    kind: str
    story: str
    answers: tuple[bool | None, ...]
    place: Place
    answered: int


def read_announcements(
    path: str | os.PathLike[str], klass: ReferenceClass, *, set_aside: bool = False
) -> AnnouncementTable:
    r"""Read the announcements of a class: columns `entity`, `announced`, `kind`, and attributes.

    A column `story` may tie rows of one entity and kind together: they are one arrival, dated by the first. So are rows
    that repeat each other word for word. The columns id, headline, counterparty, source and note are for people; every
    other column is an attribute, whose cells are yes, no, or empty where it is not known.

    Parameters
    ----------
    path : path
        CSV file, one row an announcement.
    klass : ReferenceClass
        Whose entities they are about.
    set_aside : bool
        Whether entities with a row that cannot be used, and rows of entities that the class does not hold, are left
        out, counted and listed, rather than refused.

    Returns
    -------
    AnnouncementTable

    Raises
    ------
    InvalidInput
        If the file cannot be read or lacks a column; unless `set_aside`, if any row has a fault: one error that counts
        them and lists the first ten, each with file, line and what was received.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from bayesmile.reference.simulated import simulated_class
    >>> klass = simulated_class(entities=50, seed=3)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "news.csv"
    >>> _ = path.write_text(
    ...     f"entity,announced,kind,binding\n{klass.entities.index[0]},2019-04-12,deal,yes\n", encoding="utf-8")
    >>> news = read_announcements(path, klass)
    >>> news.table[["kind", "announced", "binding"]].to_numpy().tolist(), news.attributes
    ([['deal', 24231, True]], ('binding',))
    """
    where = Path(path)
    table, broken = read_columns(where, NEEDED, "a table of announcements")
    attributes = _attributes(table.columns, table.file)
    faults, rows = Faults(), list[_Row]()
    for problem in broken:
        faults.add(problem.place, problem.message)
    for record in table.records:
        entity = record.cells["entity"]
        if entity not in klass.entities.index:
            known = "a cell is empty" if not entity else f"received {entity!r}, which the class does not hold"
            faults.add(record.place, f"entity: {known}; allowed are its {len(klass):,} entities")
            continue
        try:
            rows.append(_read(record, klass, attributes))
        except InvalidInput as error:
            faults.add(record.place, str(error), entity)
    arrivals, notes = _arrivals(rows, attributes, faults)
    if not set_aside:
        faults.refuse(str(where))
    kept = [row for row in arrivals if row.entity not in faults.of]
    lines = _lines(faults, [row for row in rows if row.entity in faults.of])
    return AnnouncementTable(
        table=_frame(kept, attributes),
        attributes=attributes,
        incomplete=frozenset(faults.of),
        set_aside=lines,
        notes=notes,
    )


def _attributes(columns: Sequence[str], file: str) -> tuple[str, ...]:
    """Return the columns that are attributes."""
    found = tuple(name for name in columns if name not in (*NEEDED, *FREE, _STORY))
    for name in found:
        if not _NAME.fullmatch(name):
            raise InvalidInput(
                f"{file}:1: column {plain(name)!r} cannot name an attribute; allowed are a letter, then letters,"
                f" digits, _ and -; columns for people are {', '.join(FREE)}"
            )
    return found


def _read(record: Record, klass: ReferenceClass, attributes: Iterable[str]) -> _Row:
    """Return one row; raise what is wrong with it."""
    cells = record.cells
    announced = read_span(cells["announced"], "announced")
    period = single_period(announced, klass.period, "announced")
    if not _NAME.fullmatch(cells["kind"]):
        raise InvalidInput(
            f"kind: received {cells['kind']!r}; allowed is a name: a letter, then letters, digits, _ and -"
        )
    answers = list[bool | None]()
    for name in attributes:
        if cells[name] not in _ANSWERS:
            raise InvalidInput(f"{name}: received {cells[name]!r}; allowed are yes, no, and unknown or empty")
        answers.append(_ANSWERS[cells[name]])
    story = cells.get(_STORY, "")
    return _Row(cells["entity"], announced, period, cells["kind"], story, tuple(answers), record.place, period)


def _arrivals(rows: list[_Row], attributes: Sequence[str], faults: Faults) -> tuple[list[_Row], tuple[str, ...]]:
    """Put the rows of each story, and rows that repeat each other, together."""
    groups: dict[object, list[_Row]] = {}
    for row in sorted(rows, key=lambda row: (row.announced.first, row.place.line or 0)):
        own = (row.announced, row.answers) if not row.story else ("story", row.story)
        groups.setdefault((row.entity, row.kind, own), []).append(row)
    found = [_told_once(group, attributes, faults) for group in groups.values()]
    found.sort(key=lambda row: row.place.line or 0)
    repeats = sum(len(group) - 1 for group in groups.values() if not group[0].story)
    stories = sum(len(group) - 1 for group in groups.values() if group[0].story)
    notes = [f"{count(repeats, 'announcement')} left out: word for word the same as another"] if repeats else []
    notes += [f"{count(stories, 'announcement')} counted with the first of their story"] if stories else []
    return found, tuple(notes)


def _told_once(group: list[_Row], attributes: Sequence[str], faults: Faults) -> _Row:
    """Return the one arrival of a story, with all its answers."""
    first, answers, answered = group[0], list(group[0].answers), group[0].period
    for row in group[1:]:
        for column, answer in enumerate(row.answers):
            if answers[column] is None and answer is not None:
                answers[column], answered = answer, row.period
            elif answer is not None and answer != answers[column]:
                now, before = ("yes", "no") if answer else ("no", "yes")
                message = f"{attributes[column]}: received {now}, but the story said {before} before"
                faults.add(row.place, f"{message}; an answer goes only from unknown to yes or no", row.entity)
    return replace(first, answers=tuple(answers), answered=answered)


def _lines(faults: Faults, rows: Iterable[_Row]) -> tuple[str, ...]:
    """One line for each row that is set aside: by its own fault, or by that of another row of its entity."""
    found = {str(fault.place): fault for fault in faults.loose}
    for problems in faults.of.values():
        found |= {str(problem.place): problem for problem in problems}
    for row in rows:
        why = f"another row of {plain(row.entity)!r} cannot be used"
        found.setdefault(str(row.place), Problem("error", why, row.place))
    return tuple(str(one) for one in sorted(found.values(), key=lambda one: one.place.line or 0))


def _frame(rows: list[_Row], attributes: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "entity": pd.Series([row.entity for row in rows], dtype=object),
            "announced": pd.Series([row.period for row in rows], dtype="int64"),
            "kind": pd.Series([row.kind for row in rows], dtype=object),
            "line": pd.Series([row.place.line or 0 for row in rows], dtype="int64"),
            "answered": pd.Series([row.answered for row in rows], dtype="int64"),
        }
    )
    for column, name in enumerate(attributes):
        frame[name] = pd.Series([row.answers[column] for row in rows], dtype=object)
    return frame

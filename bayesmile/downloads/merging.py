"""Rows put into a CSV file of a dossier: what is new, what is there already, and what contradicts it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bayesmile.errors import InvalidInput
from bayesmile.files.folder import decode
from bayesmile.files.problems import Place, Problems
from bayesmile.files.read import COLUMNS, OPTIONAL_COLUMNS
from bayesmile.files.text import Record, Table, read_csv

__all__ = ["Cells", "Change", "Draft", "Merge", "Verdict", "merged_bytes", "plan_merge", "table_of"]

Cells = Mapping[str, str]
Verdict = Literal["other", "same", "contradiction"]
"""How a new row stands to one that is there: about something else, the same, or the same thing with another value."""


@dataclass(frozen=True, slots=True)
class Change:
    """A new row, and the row of the file that it meets, if there is one."""

    cells: Cells
    record: Record | None = None

    @property
    def line(self) -> int | None:
        """Line of the row that is there."""
        return self.record.place.line if self.record is not None else None


@dataclass(frozen=True, slots=True)
class Merge:
    """What putting rows into a file would do.

    Attributes
    ----------
    added, kept, contradicting : tuple of Change
        Rows that are new, rows that are there already (what is there stays), and rows that say something else.
    """

    added: tuple[Change, ...]
    kept: tuple[Change, ...]
    contradicting: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A file as it would be, what that takes, and what a reader should know."""

    data: bytes
    merge: Merge
    notes: tuple[str, ...] = ()


def table_of(name: str, place: Place, data: bytes) -> Table:
    """Rows of one CSV file of a dossier.

    Raises
    ------
    InvalidInput
        If it is no such file.
    """
    problems = Problems()
    text, table = decode(data, place, problems), None
    if text is not None:
        table = read_csv(text, place, COLUMNS[name], problems, optional=OPTIONAL_COLUMNS.get(name, ()))
    problems.raise_first()
    if table is None:
        raise InvalidInput(f"{place}: cannot be read")
    return table


def plan_merge(
    table: Table, rows: Sequence[Cells], key: str, compare: Callable[[Cells, Cells], Verdict]
) -> Merge:
    """Sort new rows by how they stand to those of a file.

    Parameters
    ----------
    table : Table
        The file.
    rows : sequence of mapping
        New rows, each by column.
    key : str
        Column in which rows must be equal to be about the same thing at all.
    compare : callable
        How a row of the file with the same key stands to a new one.
    """
    there: dict[str, list[Record]] = {}
    for record in table.records:
        there.setdefault(record.cells[key], []).append(record)
    added, kept, contradicting = list[Change](), list[Change](), list[Change]()
    for cells in rows:
        verdicts = [(compare(record.cells, cells), record) for record in there.get(cells[key], ())]
        same = next((record for verdict, record in verdicts if verdict == "same"), None)
        other = next((record for verdict, record in verdicts if verdict == "contradiction"), None)
        if same is not None:
            kept.append(Change(cells, same))
        elif other is not None:
            contradicting.append(Change(cells, other))
        else:
            added.append(Change(cells))
    return Merge(tuple(added), tuple(kept), tuple(contradicting))


def merged_bytes(data: bytes, table: Table, merge: Merge, order: str) -> bytes:
    """Bytes of the file with the new rows; rows that contradict take the place of those they meet.

    What stays in the file stays byte for byte. New rows go where their date belongs in a file that is in the order of
    its dates, else to its end.

    Parameters
    ----------
    data : bytes
        The file, in UTF-8.
    table : Table
        The same, as read.
    merge : Merge
    order : str
        Column of the date.
    """
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    text = data.decode("utf-8-sig")
    end = "\r\n" if "\r\n" in text else "\n"
    head, chunks = _chunks(text, table, end)
    replaced = {id(change.record): _row(table.columns, change.cells, end) for change in merge.contradicting}
    old = [
        (record.cells[order], replaced.get(id(record), chunk))
        for record, chunk in zip(table.records, chunks, strict=True)
    ]
    new = sorted((change.cells[order], _row(table.columns, change.cells, end)) for change in merge.added)
    dates = [date for date, _ in old]
    rows = sorted([*old, *new], key=lambda row: row[0]) if dates == sorted(dates) else [*old, *new]
    return mark + (head + "".join(row for _, row in rows)).encode()


def _chunks(text: str, table: Table, end: str) -> tuple[str, list[str]]:
    """Text of the header, and that of each row with the blank lines after it."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += end
    starts = [(record.place.line or 1) - 1 for record in table.records]
    ends = [*starts[1:], len(lines)][: len(starts)]
    head = "".join(lines[: starts[0]] if starts else lines)
    return head, ["".join(lines[first:last]) for first, last in zip(starts, ends, strict=True)]


def _row(columns: Sequence[str], cells: Cells, end: str) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator=end).writerow([cells.get(name, "") for name in columns])
    return line.getvalue()

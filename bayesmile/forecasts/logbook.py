"""The file of the log: read with its chain checked, and grown by records at its end alone."""

from __future__ import annotations

import csv
import io
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bayesmile.errors import InvalidInput
from bayesmile.files.folder import decode, locked, write_whole
from bayesmile.files.problems import Place, Problems
from bayesmile.files.read import Placed
from bayesmile.files.text import Record, read_csv
from bayesmile.files.validate import validate_row
from bayesmile.forecasts.clock import Clock, stamp, time_of
from bayesmile.forecasts.records import COLUMNS, START, LogRow, bare, cells_of, link
from bayesmile.grid import parse_deadline, parse_moment

__all__ = ["Log", "Logged", "append", "chained", "checked", "open_log"]

MOST_BYTES = 256 * 2**20
_LETTERS = {"forecast": "F", "resolution": "R"}

Logged = Placed[LogRow]
"""A record and its place in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A log as read.

    Attributes
    ----------
    path : Path
    data : bytes
        The file as it is.
    records : tuple of Logged
        In the order of the file.
    head : str
        Hash of the last record.
    """

    path: Path
    data: bytes
    records: tuple[Logged, ...]
    head: str

    def of(self, kind: str) -> tuple[Logged, ...]:
        """Return the records of one kind."""
        return tuple(record for record in self.records if record.row.record == kind)

    def check_holds(self, hashes: Sequence[str]) -> None:
        """Refuse a log that lacks a record of which the hash was kept elsewhere.

        Raises
        ------
        InvalidInput
            If one of the hashes is that of no record.
        """
        held = {one.row.hash for one in self.records}
        for text in hashes:
            if text not in held:
                raise InvalidInput(
                    f"{self.path}: no record has the published hash {text!r}: the log was written anew or cut short, or"
                    " the hash is of another log"
                )

    def next_id(self, kind: str) -> str:
        """Id of the next record of this kind: a letter and its number."""
        return f"{_LETTERS[kind]}{len(self.of(kind)) + 1}"


def open_log(path: str | os.PathLike[str], *, new: bool = False) -> Log:
    """Read a log, each record checked and the chain followed from the first to the last.

    Parameters
    ----------
    path : str or path
    new : bool
        Whether a file that is not there is an empty log.

    Raises
    ------
    InvalidInput
        If the file cannot be read, a record is not allowed, or a record was changed after it was written; the message
        names the line.
    """
    file = Path(path)
    if new and not os.path.lexists(file):
        return Log(path=file, data=b"", records=(), head=START)
    data, problems = _bytes(file), Problems()
    place = Place(str(path))
    text = decode(data, place, problems)
    table = None if text is None else read_csv(text, place, COLUMNS, problems)
    problems.raise_first()
    found = () if table is None else table.records
    head = _follow(found)
    bare_ones = [Record(one.place, {name: bare(cell) for name, cell in one.cells.items()}) for one in found]
    rows = [(one.place, validate_row(LogRow, one, problems)) for one in bare_ones]
    problems.raise_first()
    records = tuple(Placed(place, row) for place, row in rows if row is not None)
    _check_order(records)
    return Log(path=file, data=data, records=records, head=head)


def _bytes(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InvalidInput(f"{path}: not a regular file; allowed are regular files and links to them")
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MOST_BYTES:
        raise InvalidInput(f"{path}: too large; allowed are {MOST_BYTES // 2**20} MB")
    return data


def _follow(records: Sequence[Record]) -> str:
    """Follow the chain to its end: each record carries the hash of itself and of the record before."""
    head = START
    for record in records:
        if link(head, record.cells) != record.cells["hash"]:
            raise InvalidInput(
                f"{record.place}: this record is not what was written here: it was changed, or one before it was taken"
                " out or put in; records are never rewritten, so restore the file from a copy"
            )
        head = record.cells["hash"]
    return head


def _check_order(records: Sequence[Logged]) -> None:
    """Check what every record must be beside the others: its number, its time, and a forecast's dates."""
    numbers, latest = dict.fromkeys(_LETTERS, 0), ""
    for one in records:
        row = one.row
        numbers[row.record] += 1
        if row.id != f"{_LETTERS[row.record]}{numbers[row.record]}":
            raise InvalidInput(f"{one.place}: id: received {row.id!r}; records of a kind are numbered from 1")
        if row.made < latest:
            raise InvalidInput(f"{one.place}: made: received {row.made}, before the record above it")
        latest = row.made
        if row.as_of is not None and parse_moment(row.as_of).day > time_of(row.made).date():
            raise InvalidInput(f"{one.place}: as_of: received {row.as_of}, after the day on which it was made")
        late = row.record == "forecast" and parse_deadline(row.month) < parse_deadline(row.made[:7])
        if late and not row.retrospective:
            raise InvalidInput(f"{one.place}: made: received {row.made}, after the deadline, but not retrospective")


def append(
    path: str | os.PathLike[str],
    draft: Callable[[Log, str], Sequence[Mapping[str, object]]],
    *,
    clock: Clock,
    new: bool = False,
    dry_run: bool = False,
) -> tuple[Log, tuple[Logged, ...]]:
    """Append records under a lock, all of them or none; what stands in the file stays, byte for byte.

    Parameters
    ----------
    path : str or path
    draft : callable
        From the log as it is and the time of writing to the fields of the new records, without id, time and hash.
    clock : callable
        What says the time.
    new : bool
        Whether the file may be new.
    dry_run : bool
        Whether to do everything but write.

    Returns
    -------
    Log, tuple of Logged
        The log with the new records, and these.

    Raises
    ------
    InvalidInput
        If the log or a new record is not allowed, the clock goes backwards, or the file cannot be locked or written.
    """
    file = Path(path)
    if not file.parent.is_dir():  # a lock would make it, and a misspelt folder would begin a second log
        raise InvalidInput(f"{path}: there is no folder {file.parent}; allowed is a file in a folder that is there")
    if dry_run or (not new and not os.path.lexists(file)):
        return _appended(file, draft, clock=clock, new=new)[:2]
    with locked(file.resolve()):
        log, added, data = _appended(file, draft, clock=clock, new=new)
        write_whole(file, data)
    return log, added


def _appended(
    path: Path, draft: Callable[[Log, str], Sequence[Mapping[str, object]]], *, clock: Clock, new: bool
) -> tuple[Log, tuple[Logged, ...], bytes]:
    log = open_log(path, new=new)
    made = stamp(clock())
    if log.records and made < log.records[-1].row.made:
        last = log.records[-1]
        raise InvalidInput(f"clock: received {made}, before {last.row.made}, when the record of {last.place} was made")
    after = Log(path=path, data=_opened(log.data), records=log.records, head=log.head)
    for fields in draft(log, made):
        cells = chained(after, fields, made)
        record = checked(after, cells)
        data = after.data + _line(after.data, cells)
        after = Log(path=path, data=data, records=(*after.records, record), head=cells["hash"])
    _check_order(after.records)
    return after, after.records[len(log.records) :], after.data


def chained(log: Log, fields: Mapping[str, object], made: str) -> dict[str, str]:
    """Cells of the next record of a log, with its id, its time and its hash."""
    cells = cells_of({**fields, "made": made, "id": log.next_id(str(fields["record"]))})
    return {**cells, "hash": link(log.head, cells)}


def _opened(data: bytes) -> bytes:
    """Bytes after which a record can stand: a new file has its header, and the last line its end."""
    if not data.strip():
        return (",".join(COLUMNS) + "\n").encode()
    return data if data.endswith((b"\n", b"\r")) else data + b"\n"


def _line(data: bytes, cells: Mapping[str, str]) -> bytes:
    """Write a record in the order of the file's own header and with its own line end."""
    text = data.decode("utf-8-sig")
    header = [name.strip() for name in next(filter(None, csv.reader(io.StringIO(text, newline=""))))]
    line = io.StringIO(newline="")
    end = "\r\n" if "\r\n" in text else "\n"
    csv.writer(line, lineterminator=end).writerow([cells[name] for name in header])
    return line.getvalue().encode()


def checked(log: Log, cells: Mapping[str, str]) -> Logged:
    """Read the next record of a log as it will be read from the file; its errors name no line, which is not there yet.

    Raises
    ------
    InvalidInput
        If it is not allowed.
    """
    place, problems = Place(str(log.path), log.data.count(b"\n") + 1), Problems()
    row = validate_row(LogRow, Record(place, {name: bare(cell) for name, cell in cells.items()}), problems)
    for problem in problems.found:
        raise InvalidInput(f"the new record of {place.file}: {problem.message}")
    if row is None:
        raise InvalidInput(f"the new record of {place.file}: cannot be read")
    return Placed(place, row)

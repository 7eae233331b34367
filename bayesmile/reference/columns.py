"""Tables beside a class file: CSV files of which only some columns are read."""

from __future__ import annotations

import csv
import io
import stat
from collections.abc import Iterable
from pathlib import Path

from bayesmile.errors import InvalidInput
from bayesmile.files.folder import MOST_BYTES, decode
from bayesmile.files.problems import Place, Problem, Problems
from bayesmile.files.text import Record, Table, nearest, read_csv

__all__ = ["entity_of", "read_columns", "read_text"]


def read_text(path: Path) -> str:
    """Return the text of a regular file.

    Raises
    ------
    InvalidInput
        If it cannot be read, is too large, empty, or not printable text in UTF-8.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InvalidInput(f"{path}: not a regular file; allowed are regular files and links to them")
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise InvalidInput(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MOST_BYTES:
        raise InvalidInput(f"{path}: too large; allowed are {MOST_BYTES // 2**20} MB")
    problems = Problems()
    text = decode(data, Place(str(path)), problems)
    problems.raise_first()
    return text or ""


def read_columns(path: Path, needed: Iterable[str], asked_by: str) -> tuple[Table, list[Problem]]:
    """Return the rows of a CSV file, and those that have a wrong number of cells.

    Parameters
    ----------
    path : Path
    needed : iterable of str
        Columns that it must have; the others are not looked at.
    asked_by : str
        The class file, for the message.

    Raises
    ------
    InvalidInput
        If the file cannot be read, has no rows, is no CSV, or lacks a column.
    """
    text, place, problems = read_text(path), Place(str(path)), Problems()
    header = [name.strip() for name in next(csv.reader(io.StringIO(text, newline="")), [])]
    if missing := [name for name in dict.fromkeys(needed) if name not in header]:
        raise InvalidInput(f"{path}:1: no column {missing[0]!r}, which {asked_by} names{nearest(missing[0], header)}")
    table = read_csv(text, place, list(dict.fromkeys(header)), problems)
    broken = [one for one in problems.found if table is None or not one.message.endswith(_ROW_ENDING)]
    if table is None or broken:
        raise InvalidInput(str(broken[0]))
    if not table.records:
        raise InvalidInput(str(problems.found[0]) if problems.found else f"{path}: no rows; allowed is one or more")
    return table, problems.found


_ROW_ENDING = "as in the header (put text with a comma in quotes)"  # of the one fault that is a single row's


def entity_of(record: Record, columns: Iterable[str]) -> str:
    """Return the name of the entity of a row; empty where a part of it is.

    Examples
    --------
    >>> entity_of(Record(Place("releases.csv", 2), {"project": "numpy", "release": "2.0"}), ["project", "release"])
    'numpy/2.0'
    """
    parts = [record.cells[column] for column in columns]
    return "/".join(parts) if all(parts) else ""



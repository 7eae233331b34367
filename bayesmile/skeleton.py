"""Writing dossiers: a commented skeleton to start from, and one more row of announcements."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from bayesmile.dossier import Dossier, read
from bayesmile.errors import InvalidInput
from bayesmile.files.facts import contradictions
from bayesmile.files.folder import bundled, find, locked, read_folder, write_folder, write_whole
from bayesmile.files.problems import Place, Problems
from bayesmile.files.read import COLUMNS
from bayesmile.files.rows import ItemRow
from bayesmile.files.template import TEMPLATE
from bayesmile.files.text import nearest

__all__ = ["append_announcement", "new"]

ANNOUNCEMENTS = "announcements.csv"


def new(name: str, directory: str | os.PathLike[str] = ".") -> Path:
    """Make the folder of a new dossier with commented files that pass `check`.

    Parameters
    ----------
    name : str
        Name of the dossier and of its folder: lower-case letters, digits and _, first a letter, at most 64.
    directory : str or path
        Where the folder is made.

    Returns
    -------
    Path
        The new folder; it is made whole or not at all.

    Raises
    ------
    InvalidInput
        If the name is not allowed or taken, or the folder exists or cannot be made.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sorted(path.name for path in new("my_company", folder).iterdir())
    ['announcements.csv', 'market.toml', 'prices.csv', 'roadmap.toml', 'shares.csv']
    """
    if not isinstance(name, str) or re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name) is None:
        raise InvalidInput(
            f"a new dossier's name: received {name!r}; allowed are at most 64 lower-case letters, digits"
            " and _, first a letter"
        )
    if name in bundled():
        raise InvalidInput(f"a new dossier's name: received {name!r}, which is a bundled dossier; choose another")
    folder = Path(directory) / name
    write_folder(folder, {file: text.replace("@NAME@", name).encode() for file, text in TEMPLATE.items()})
    return folder


def append_announcement(where: str | os.PathLike[str], fields: Mapping[str, str]) -> Dossier:
    """Append one row to announcements.csv, whole or not at all.

    The file is locked, the dossier is checked as it would be afterwards, and only then is the file replaced. What
    stands in it already stays as it is, byte for byte.

    Parameters
    ----------
    where : str or path
        Folder of a dossier, or the name of a bundled one.
    fields : mapping of str to str
        Cells by column; what is left out is empty. An `id` is made from kind or type and date when it is left out.

    Returns
    -------
    Dossier
        The dossier with the new row.

    Raises
    ------
    InvalidInput
        If a column is unknown, the dossier would be invalid or contradict itself, or the file cannot be locked or
        written.
    """
    row = _row(fields)
    folder = find(where)
    path = folder / ANNOUNCEMENTS
    if not os.path.lexists(path):
        raise InvalidInput(f"{path}: missing file")
    with locked(path):
        problems = Problems()
        files = read_folder(folder, problems)
        problems.raise_first()
        place, data = files[ANNOUNCEMENTS]
        read(files, folder, problems)  # a dossier that is broken already is reported as it is, before the new row
        problems.raise_first()
        longer = _with_row(data, row)
        dossier = read({**files, ANNOUNCEMENTS: (place, longer)}, folder, problems)
        if dossier is not None:
            problems.found += contradictions(dossier.content, dossier.roadmap, dossier.ledger, dossier.grid)
        _raise_about_row(problems, place, longer)
        if dossier is None:
            raise InvalidInput(f"{path}: cannot be read with the new row")
        write_whole(path, longer)
    return dossier


def _row(fields: Mapping[str, str]) -> dict[str, str]:
    columns = COLUMNS[ANNOUNCEMENTS]
    for column, cell in fields.items():
        if column not in columns:
            raise InvalidInput(f"unknown column {column!r}{nearest(column, columns)}")
        if not isinstance(cell, str) or not cell.isprintable():
            raise InvalidInput(f"{column}: received {cell!r}; allowed is printable text on one line")
    row = {column: fields.get(column, "").strip() for column in columns}
    kinds = get_args(ItemRow.model_fields["type"].annotation)
    if row["type"] not in kinds:
        raise InvalidInput(f"type: received {row['type']!r}{nearest(row['type'], kinds)}")
    return row


def _with_row(data: bytes, row: Mapping[str, str]) -> bytes:
    """Bytes of the file with the row in the order of its own header and with its own line end."""
    text = data.decode("utf-8-sig")
    header = [name.strip() for name in next(filter(None, csv.reader(io.StringIO(text, newline=""))))]
    end = "\r\n" if "\r\n" in text else "\n"
    taken = set(_ids(text))
    cells = {**row, "id": row["id"] or _free_id(row, taken)}
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator=end).writerow([cells[name] for name in header])
    gap = b"" if text.endswith(("\n", "\r")) else end.encode()
    return data + gap + line.getvalue().encode()


def _ids(text: str) -> list[str]:
    return [row["id"].strip() for row in csv.DictReader(io.StringIO(text, newline="")) if row.get("id")]


def _free_id(row: Mapping[str, str], taken: set[str]) -> str:
    """Name the record after its kind and date; a number is added where that is taken."""
    stem = "-".join(part for part in (row["kind"] or row["type"], row["milestone"], row["announced"]) if part)
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _raise_about_row(problems: Problems, place: Place, longer: bytes) -> None:
    """Raise the first error; one of the new row is worded without its line, which the file does not have yet."""
    last = longer.decode("utf-8-sig").rstrip().count("\n") + 1
    for problem in problems.found:
        if problem.level == "error" and problem.place == Place(place.file, last):
            raise InvalidInput(f"the new row of {place.file}: {problem.message}")
    problems.raise_first()

"""A downloaded table as rows of cells: encoding, delimiter and header found, everything else left as it was."""

from __future__ import annotations

import codecs
import csv
import io
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bayesmile.errors import InvalidInput
from bayesmile.files.folder import MOST_BYTES, decode
from bayesmile.files.problems import Place, Problems

__all__ = ["Line", "Sheet", "column_name", "read_bytes", "read_sheet", "text_of"]

DELIMITERS = (",", ";", "\t")
MOST_LINES_BEFORE = 20
_KNOWN_BYTES = (
    (b"PK\x03\x04", "a workbook or a zip archive; save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old workbook; save the sheet as CSV"),
    (b"\x1f\x8b", "a compressed file; unpack it first"),
    (b"%PDF", "a PDF; download the table as CSV"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the line of the file on which it begins (counted from 1), and its cells."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its header.

    Attributes
    ----------
    file : str
        Where it was read.
    delimiter : str
        What parts the cells.
    header : tuple of str
        Columns as `column_name` writes them.
    before : int
        Rows above the header, which were left out.
    lines : tuple of Line
        Rows below it that are not empty.
    """

    file: str
    delimiter: str
    header: tuple[str, ...]
    before: int
    lines: tuple[Line, ...]


def column_name(text: str) -> str:
    """Name of a column without what sites change about it: case, underscores, asterisks, explanations.

    Examples
    --------
    >>> column_name("Adj Close**"), column_name("split_coefficient")
    ('adj close', 'split coefficient')
    >>> column_name("Close Close price adjusted for splits.")
    'close'
    """
    name = " ".join(text.replace("*", " ").replace("_", " ").split()).lower()
    for explained in ("adj close", "close"):
        if name.startswith(f"{explained} ") and " adjusted for splits" in name:
            return explained
    return name


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Bytes of a regular file of bounded size: never a pipe or a device, which may never end.

    Raises
    ------
    InvalidInput
        If there is no such file, or it cannot be read, is empty or too large.
    """
    text = os.fspath(path)
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise InvalidInput(f"a file: received {text!r}; allowed is the path of a downloaded file")
    try:
        if not stat.S_ISREG(Path(text).stat().st_mode):
            raise InvalidInput(f"{text}: not a regular file; allowed is the path of a downloaded file")
        with Path(text).open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{text}: cannot be read: {error.strerror}") from None
    if len(data) > MOST_BYTES:
        raise InvalidInput(f"{text}: too large; allowed are {MOST_BYTES // 2**20} MB")
    if not data.strip():
        raise InvalidInput(f"{text}: empty file")
    return data


def text_of(data: bytes, file: str) -> str:
    """Text of a file in UTF-8, or in UTF-16 with its mark.

    Raises
    ------
    InvalidInput
        If it is a known kind of file that is no text, is encoded otherwise, or holds control characters.
    """
    for start, what in _KNOWN_BYTES:
        if data.startswith(start):
            raise InvalidInput(f"{file}: received {what}")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            data = data.decode("utf-16").encode()
        except UnicodeError:
            raise InvalidInput(f"{file}: wrong encoding: neither UTF-8 nor UTF-16; save the file as UTF-8") from None
    problems = Problems()
    text = decode(data, Place(file), problems)
    problems.raise_first()
    return text or ""


def read_sheet(file: str, data: bytes, is_header: Callable[[Sequence[str]], bool]) -> Sheet:
    """Read a table: the first row that `is_header` knows, and the rows below it.

    Parameters
    ----------
    file : str
        Name of the file, for messages.
    data : bytes
        Its bytes.
    is_header : callable
        Whether the names of columns, as `column_name` writes them, are those of a header.

    Raises
    ------
    InvalidInput
        If it is a web page, JSON or another kind of file, or has no such header near its top.
    """
    text = text_of(data, file)
    start = text.lstrip()[:1]
    if start == "<":
        raise InvalidInput(f"{file}: received a web page (HTML), which the site sent instead of CSV; download again")
    if start in ("{", "["):
        raise InvalidInput(f"{file}: received JSON; allowed is CSV")
    for delimiter in DELIMITERS:
        lines = _lines(text, delimiter, file)
        for position, line in enumerate(lines[: MOST_LINES_BEFORE + 1]):
            names = tuple(column_name(cell) for cell in line.cells)
            if is_header(names):
                return Sheet(file, delimiter, names, position, tuple(lines[position + 1 :]))
    first = " ".join(text.split())[:80]
    raise InvalidInput(
        f"{file}: no header with a day and a closing price in its first lines, which begin {first!r};"
        " name the columns with --date-column and --price-column"
    )


def _lines(text: str, delimiter: str, file: str) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    lines, begun = list[Line](), 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append(Line(begun, tuple(cells)))
            begun = reader.line_num + 1
    except csv.Error:
        if delimiter == DELIMITERS[0] and not lines:
            return []
        raise InvalidInput(
            f"{file}:{begun}: broken CSV: a quote is not closed, or text follows a closing quote"
        ) from None
    return lines

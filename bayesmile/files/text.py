"""TOML and CSV text with line numbers: reading runs no code and every complaint names its line."""

from __future__ import annotations

import csv
import difflib
import io
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bayesmile.files.problems import Place, Problems

__all__ = ["Document", "Keys", "Record", "Table", "nearest", "read_csv", "read_toml"]

Keys = tuple[str | int, ...]
"""Keys and list positions from the top of a document to a value."""

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}=.,\n]|[^\s\[\]{}=.,#"\']+|\s',
    re.DOTALL,
)
_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML file as read: its tree and the line of each key and table header."""

    file: str
    tree: dict[str, object]
    lines: dict[Keys, int]

    def place(self, path: Keys = ()) -> Place:
        """Place of a value, or of the nearest table around it whose line is known."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return Place(self.file, self.lines[path[:length]])
        return Place(self.file)


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a CSV file: its cells by column and the line on which it begins."""

    place: Place
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file as read: its columns in the order of the file, and its rows."""

    file: str
    columns: tuple[str, ...]
    records: tuple[Record, ...]


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Hint after an unknown name: the nearest allowed one, if any is near, and all that are allowed.

    Examples
    --------
    >>> nearest("medain", ["median", "sigma"])
    "; did you mean 'median'? Allowed: median, sigma"
    """
    names = list(dict.fromkeys(allowed))
    close = difflib.get_close_matches(name, names, n=1)
    listed = f"Allowed: {', '.join(names)}" if names else "None is declared"
    return f"; did you mean {close[0]!r}? {listed}" if close else f"; {listed[0].lower()}{listed[1:]}"


def read_toml(text: str, place: Place, problems: Problems) -> Document | None:
    """Tree and lines of a TOML text; None after an error."""
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        found = _AT_LINE.search(reason)
        line = int(found[1]) if found and found[1] else text.rstrip().count("\n") + 1 if found else None
        problems.error(Place(place.file, line), f"not valid TOML: {_AT_LINE.sub('', reason)}")
        return None
    return Document(place.file, tree, _key_lines(text))


def _statements(text: str) -> Iterable[tuple[int, list[str]]]:
    """Line and tokens of each header or key of a valid TOML text (values are passed over)."""
    line, depth, in_value, begun, tokens = 1, 0, False, 1, list[str]()
    for token in (match[0] for match in _TOKEN.finditer(text)):
        if token == "\n" and depth == 0:
            if tokens:
                yield begun, tokens
            tokens, in_value = [], False
        elif in_value:
            depth += (token in ("[", "{")) - (token in ("]", "}"))
        elif token == "=":
            in_value = True
        elif not token.isspace() and not token.startswith("#"):
            begun = begun if tokens else line
            tokens.append(token)
        line += token.count("\n")
    if tokens:
        yield begun, tokens


def _keys(tokens: Sequence[str]) -> list[str]:
    return [_unquote(token) for token in tokens if token not in ("[", "]", ".")]


def _unquote(token: str) -> str:
    if token.startswith('"'):
        (key,) = tomllib.loads(f"{token} = 0")
        return str(key)
    return token.strip("'")


def _key_lines(text: str) -> dict[Keys, int]:
    lines: dict[Keys, int] = {}
    last: dict[Keys, int] = {}  # position of the newest entry of each array of tables

    def resolved(keys: Sequence[str]) -> Keys:
        path: Keys = ()
        for key in keys:
            path = (*path, key)
            path = (*path, last[path]) if path in last else path
        return path

    table: Keys = ()
    for line, tokens in _statements(text):
        keys = _keys(tokens)
        if tokens[:2] == ["[", "["]:
            array = (*resolved(keys[:-1]), keys[-1])
            last[array] = last.get(array, -1) + 1
            table = (*array, last[array])
            lines.setdefault(array, line)
            lines[table] = line
        elif tokens[0] == "[":
            table = resolved(keys)
            lines[table] = line
            for length in range(1, len(table)):  # a table that only its parts have headers of begins with the first
                lines.setdefault(table[:length], line)
        else:
            lines[(*table, *keys)] = line
    return lines


def read_csv(
    text: str, place: Place, columns: Sequence[str], problems: Problems, *, optional: Sequence[str] = ()
) -> Table | None:
    """Rows of a CSV text whose header holds `columns`, in any order; None without a usable header.

    Of these columns the header may lack those that are `optional`.

    A row with a wrong number of cells is reported and left out.
    """
    rows = _rows(text, place, problems)
    if not rows:
        return None
    first, header = rows[0]
    header = [name.strip() for name in header]
    if not _check_header(header, Place(place.file, first), columns, optional, problems):
        return None
    records = []
    for line, cells in rows[1:]:
        here = Place(place.file, line)
        if len(cells) != len(header):
            problems.error(
                here,
                f"{len(cells)} cells; allowed are {len(header)}, as in the header (put text with a comma in quotes)",
            )
            continue
        records.append(Record(here, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}))
    return Table(place.file, tuple(header), tuple(records))


def _rows(text: str, place: Place, problems: Problems) -> list[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line on which it begins; those before a fault where there is one."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, begun = list[tuple[int, list[str]]](), 1
    try:
        for cells in reader:
            if cells:
                rows.append((begun, cells))
            begun = reader.line_num + 1
    except csv.Error as error:
        problems.error(Place(place.file, begun), f"broken CSV: {_csv_reason(str(error))}")
    return rows


def _csv_reason(reason: str) -> str:
    if "unexpected end of data" in reason:
        return "a quote that opens in this row is never closed"
    if "expected after" in reason:
        return "text after a closing quote; inside a quoted cell, write a quote twice"
    return reason


def _check_header(
    header: Sequence[str], place: Place, columns: Sequence[str], optional: Sequence[str], problems: Problems
) -> bool:
    twice = [name for name in header if header.count(name) > 1]
    unknown = [name for name in header if name not in columns]
    needed = [name for name in columns if name not in optional]
    missing = [name for name in needed if name not in header]
    if twice:
        problems.error(place, f"column {twice[0]!r} stands twice in the header")
    elif unknown:
        problems.error(place, f"unknown column {unknown[0]!r}{nearest(unknown[0], columns)}")
    elif missing:
        problems.error(place, f"column {missing[0]!r} is missing from the header; needed are {', '.join(needed)}")
    return not (twice or unknown or missing)

"""Rows of a downloaded price table: each a quote, a split, a day without a price, or a fault with its line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bayesmile.downloads.amounts import Mark, decimal_mark, price_of, volume_of
from bayesmile.downloads.dates import Order, WrittenDay, day_order, read_day
from bayesmile.downloads.layouts import Basis, Layout, columns_of, is_header, layout_of, named_layout
from bayesmile.downloads.sheets import Line, Sheet, read_sheet
from bayesmile.downloads.splits import Quote, Split, split_of
from bayesmile.errors import InvalidInput
from bayesmile.periods import parse_period
from bayesmile.wording import count

__all__ = ["Rows", "lines_of", "read_rows"]

_DIVIDEND = re.compile(r"\$?[\d.,]+\s+dividends?", re.IGNORECASE)
_SPLIT = re.compile(r"(\d+(?:\.\d+)?)\s*[:/]\s*(\d+(?:\.\d+)?)\s+stock splits?", re.IGNORECASE)
_PLACES = 3  # decimals to which a site may round highs and lows apart from the close


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What a table says, in the order of its rows.

    Attributes
    ----------
    site : str
        Whose table it is.
    basis : str
        What its closes have been adjusted for.
    quotes : tuple of Quote
    splits : tuple of Split
        Those that a column or a row states.
    notes : tuple of str
    bad : tuple of (int, str)
        Line and fault of each row that cannot be read.
    """

    site: str
    basis: Basis
    quotes: tuple[Quote, ...]
    splits: tuple[Split, ...]
    notes: tuple[str, ...]
    bad: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class _Reading:
    """What is known while the rows of one table are read."""

    sheet: Sheet
    at: dict[str, int]
    order: Order | None
    mark: Mark
    quotes: list[Quote]
    splits: list[Split]
    without: list[int]
    bad: list[tuple[int, str]]
    dividends: int = 0
    odd_volumes: int = 0
    outside: int = 0

    def cell(self, line: Line, role: str) -> str:
        position = self.at.get(role)
        return "" if position is None or position >= len(line.cells) else line.cells[position].strip()


def read_rows(
    file: str,
    data: bytes,
    columns: dict[str, str],
    *,
    layout: str | None,
    order: Order | None,
    mark: Mark | None,
) -> Rows:
    """Read a price table.

    Parameters
    ----------
    file : str
        Name of the file, for messages.
    data : bytes
        Its bytes.
    columns : dict
        Names of the columns of the day ("date") and the price ("close") where they are given.
    layout, order, mark
        As in `read_prices`.

    Raises
    ------
    InvalidInput
        If it is no such table, or can be read in two ways.
    """
    sheet = read_sheet(file, data, lambda names: set(columns.values()) <= set(names) if columns else is_header(names))
    at = columns_of(sheet.header, columns, file)
    lines, foot = _without_foot(sheet, at)
    days = [day for line in lines if (day := _day(line, at)) is not None]
    known = named_layout(layout) if layout else named_layout("plain") if columns else layout_of(sheet.header, days)
    order = day_order(days, given=order, usual=known.order, where=file)
    reading = _Reading(sheet, at, order, mark or _mark(lines, at, known, sheet), [], [], [], [])
    _check_one_ticker(reading, lines)
    for line in lines:
        try:
            _read_line(reading, line)
        except InvalidInput as error:
            reading.bad.append((line.number, str(error)))
    notes = _notes(reading, foot, known, days)
    return Rows(
        site=known.title,
        basis=known.basis,
        quotes=tuple(reading.quotes),
        splits=tuple(reading.splits),
        notes=tuple(notes),
        bad=tuple(reading.bad),
    )


def _day(line: Line, at: dict[str, int]) -> WrittenDay | None:
    try:
        return read_day(line.cells[at["date"]]) if at["date"] < len(line.cells) else None
    except InvalidInput:
        return None


def _without_foot(sheet: Sheet, at: dict[str, int]) -> tuple[list[Line], int]:
    """Rows up to the last that has a day; below it stand remarks and sums, unless they look like rows of prices."""
    lines = list(sheet.lines)
    foot = 0
    while lines and _day(lines[-1], at) is None and not _is_like_a_row(lines[-1], sheet, at):
        lines.pop()
        foot += 1
    return lines, foot


def _is_like_a_row(line: Line, sheet: Sheet, at: dict[str, int]) -> bool:
    """Whether a row without a readable day has the cells of a row of prices."""
    starts_with_number = re.match(r"\s*\d", line.cells[at["date"]]) if at["date"] < len(line.cells) else None
    return len(line.cells) == len(sheet.header) and starts_with_number is not None


def _mark(lines: Sequence[Line], at: dict[str, int], known: Layout, sheet: Sheet) -> Mark:
    roles = [at[role] for role in ("close", "adjusted", "high", "low") if role in at]
    cells = (line.cells[position] for line in lines for position in roles if position < len(line.cells))
    usual = known.mark or ("point" if sheet.delimiter == "," else None)  # there a decimal comma is found out of place
    # Semicolons are what a spreadsheet writes where the comma is the decimal mark, whatever site the table is from.
    return decimal_mark(cells, usual=None if sheet.delimiter == ";" else usual, where=sheet.file)


def _check_one_ticker(reading: _Reading, lines: Sequence[Line]) -> None:
    names = sorted({reading.cell(line, "ticker") for line in lines} - {""})
    if len(names) > 1:
        raise InvalidInput(
            f"{reading.sheet.file}: prices of several shares, {names[0]!r} and {names[1]!r}; allowed is one a file"
        )


def _read_line(reading: _Reading, line: Line) -> None:
    sheet = reading.sheet
    written = read_day(reading.cell(line, "date"))
    date = parse_period(written.date(reading.order).isoformat()).text
    if _is_remark(reading, line, date):
        return
    if not max(reading.at["close"], reading.at["date"]) < len(line.cells) <= len(sheet.header):
        raise InvalidInput(f"{len(line.cells)} cells; allowed are {len(sheet.header)}, as in the header")
    close = price_of(reading.cell(line, "close"), reading.mark)
    if close is None:
        reading.without.append(line.number)
        return
    adjusted = price_of(reading.cell(line, "adjusted"), reading.mark)
    _count_outside(reading, line, close)
    reading.quotes.append(Quote(date, close, adjusted, _volume(reading, line), line.number))
    text = reading.cell(line, "split")
    if text:
        ratio = float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text, re.ASCII) else -1.0
        split = split_of(date, ratio, "stated by a column of the file")
        reading.splits += [split] if split else []


def _is_remark(reading: _Reading, line: Line, date: str) -> bool:
    """Whether a row tells a dividend or a split instead of prices, as copied pages do."""
    told = " ".join(cell.strip() for position, cell in enumerate(line.cells) if position != reading.at["date"]).strip()
    if _DIVIDEND.fullmatch(told):
        reading.dividends += 1
        return True
    found = _SPLIT.fullmatch(told)
    if found is None:
        return False
    ratio = float(found[1]) / float(found[2]) if float(found[2]) else -1.0
    split = split_of(date, ratio, "stated by a row of the file")
    reading.splits += [split] if split else []
    return True


def _volume(reading: _Reading, line: Line) -> float | None:
    try:
        return volume_of(reading.cell(line, "volume"), reading.mark)
    except InvalidInput:
        reading.odd_volumes += 1
        return None


def _count_outside(reading: _Reading, line: Line, close: float) -> None:
    """Count closes outside the day's range: a sign of columns mixed up, or of a site's own rounding."""
    try:
        low, high = (price_of(reading.cell(line, role), reading.mark) for role in ("low", "high"))
    except InvalidInput:
        return
    room = 10.0**-_PLACES * close
    reading.outside += low is not None and high is not None and not low - room <= close <= high + room


def lines_of(numbers: Sequence[int]) -> str:
    """Lines by their numbers, neighbours as a range.

    Examples
    --------
    >>> lines_of([4]), lines_of([2, 3, 4, 9])
    ('line 4', 'lines 2-4, 9')
    """
    runs = list[list[int]]()
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    text = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
    return f"line{'' if len(numbers) == 1 else 's'} {text}"


def _notes(reading: _Reading, foot: int, known: Layout, days: Sequence[WrittenDay]) -> list[str]:
    notes = []
    if reading.sheet.before:
        notes.append(f"{count(reading.sheet.before, 'row')} above the header left out")
    if foot:
        notes.append(f"{count(foot, 'row')} below the prices left out")
    if reading.without:
        notes.append(f"{count(len(reading.without), 'day')} without a price left out: {lines_of(reading.without)}")
    if reading.dividends:
        notes.append(f"{count(reading.dividends, 'row')} telling a dividend left out")
    if any(day.order is None for day in days):
        notes.append(f"days read as {'day/month/year' if reading.order == 'dmy' else 'month/day/year'}")
    if reading.mark == "comma":
        notes.append("prices read with a decimal comma")
    if reading.odd_volumes:
        notes.append(f"{count(reading.odd_volumes, 'volume')} that cannot be read left out")
    if reading.outside:
        notes.append(f"{count(reading.outside, 'close')} outside the low and high of the day")
    return notes

"""Cells of a workbook: lines of a trace written once, each with a name by which all other formulas use it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xlsxwriter  # type: ignore[import-untyped]

from bayesmile.pricing.formulas import Value, substitute
from bayesmile.pricing.lines import Lines, TraceLine
from bayesmile.pricing.sheets.looks import FONT, LOOKS, number_format
from bayesmile.pricing.trace import Trace
from bayesmile.wording import plain

__all__ = ["Paper", "Sheet", "cell", "letters", "open_book"]

TEXTS = {"MORE_THAN_ANY": '"more than any"', "LESS_THAN_ANY": '"less than any"', "UNDEFINED": '"none"'}
_NOTHING = {math.inf: "more than any", -math.inf: "less than any"}
_LONGEST = 32_000  # characters; a cell holds 32,767
_ABSENT = {"UNDEFINED": "NA()"}


@dataclass(slots=True, eq=False)
class Paper:
    """A workbook being written.

    Attributes
    ----------
    book : xlsxwriter.Workbook
    trace : Trace
    lines : Lines
        Those of the trace, and those of the workbook alone.
    large : bool
        Whether money is shown in millions.
    below : (worksheet, row) or None
        Where the chart goes.
    """

    book: Any
    trace: Trace
    lines: Lines
    large: bool
    formats: dict[tuple[str, str], Any] = field(default_factory=dict)
    placed: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    below: tuple[Any, int] | None = None

    def look(self, style: str, unit: str = "") -> Any:
        """Format of a cell by its style and unit, made once."""
        key = style, number_format(unit, large=self.large)
        if key not in self.formats:
            shown = {"num_format": key[1]} if key[1] else {}
            self.formats[key] = self.book.add_format({**FONT, **LOOKS[style], **shown})
        return self.formats[key]

    def sheet(self, name: str, widths: Sequence[float], *, frozen: int = 0, landscape: bool = True) -> Sheet:
        """Add a sheet with its columns' widths, its first rows frozen and repeated on every printed page."""
        made = self.book.add_worksheet(name)
        made.hide_gridlines(2)
        made.set_paper(9)
        if landscape:
            made.set_landscape()
        made.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        made.fit_to_pages(1, 0)
        made.set_footer(f"&L&8{_footer(self.trace)}&R&8&A, page &P of &N")
        for column, width in enumerate(widths):
            made.set_column(column, column, width, self.look("plain"))
        if frozen:
            made.freeze_panes(frozen, 0)
            made.repeat_rows(0, frozen - 1)
        return Sheet(self, made, name)


def _footer(trace: Trace) -> str:
    what = plain(trace.name)[:60].replace("&", "&&") or "no dossier"
    return f"{what}, as of {trace.as_of}{f', {trace.hash[:12]}' if trace.hash else ''}"


@dataclass(slots=True, eq=False)
class Sheet:
    """One sheet, and what can be written on it."""

    paper: Paper
    made: Any
    name: str

    def text(self, row: int, column: int, text: str, style: str = "text") -> None:
        """Write text as it is: never a formula or a link, whatever it begins with."""
        shown = plain(text)
        self.made.write_string(
            row, column, shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]} ...", self.paper.look(style)
        )

    def tall(self, row: int, *texts: tuple[str, float]) -> None:
        """Make a row as high as its wrapped texts need, each with the width of its column in characters."""
        lines = max((math.ceil(1.08 * len(text) / width) for text, width in texts), default=1)
        self.made.set_row(row, 4.0 + 12.0 * max(1, lines))

    def heading(self, row: int, texts: Sequence[str], column: int = 0) -> None:
        """Headers of a table."""
        self.made.set_row(row, 30)
        for at, text in enumerate(texts):
            self.text(row, column + at, text, "header")

    def title(self, text: str, under: str = "") -> None:
        """Title of the sheet and a sentence below it."""
        self.made.set_row(0, 24)
        self.text(0, 0, text, "title")
        self.text(1, 0, under, "under")

    def number(self, row: int, column: int, value: float, unit: str, style: str = "engine") -> None:
        """Write a number, or the word for what is no finite one."""
        if math.isfinite(value):
            self.made.write_number(row, column, value, self.paper.look(style, unit))
        else:
            self.text(row, column, _NOTHING.get(value, "none"), style)

    def formula(
        self,
        row: int,
        column: int,
        text: str,
        value: Value | str,
        unit: str,
        *,
        style: str = "formula",
        rows: bool = False,
    ) -> None:
        """Write a live formula and the value that it has now; one that works row by row inside needs `rows`."""
        made = "=" + substitute(text, TEXTS)
        look = self.paper.look(style, unit)
        shown = value if isinstance(value, str) else _shown(float(value))
        if rows:
            self.made.write_array_formula(row, column, row, column, f"{{{made}}}", look, shown)
        else:
            self.made.write_formula(row, column, made, look, shown)

    def line(self, row: int, column: int, name: str, *, style: str = "") -> str:
        """Write a line with one number, under its name; return its cell."""
        line = self.paper.lines[name]
        if line.kind == "formula":
            self.formula(row, column, line.formula, float(line.value), line.unit, style=style or "formula")
        else:
            self.number(row, column, float(line.value), line.unit, style or line.kind)
        return self.define(name, row, column)

    def define(self, name: str, row: int, column: int, count: int = 1) -> str:
        """Give cells a name in the whole workbook."""
        cells = cell(row, column, fixed=True)
        if count > 1:
            cells += ":" + cell(row + count - 1, column, fixed=True)
        place = f"'{self.name}'!{cells}" if " " in self.name else f"{self.name}!{cells}"
        self.paper.book.define_name(name, f"={place}")
        self.paper.placed[name] = self.name, row, column
        return cells

    def column(self, row: int, column: int, name: str, *, absent: bool = False) -> None:
        """Write a line with many numbers, downwards; its formula works row by row on the columns that it uses.

        `absent` is for columns that a chart draws: what is undefined is missing there, not text.
        """
        line = self.paper.lines[name]
        values = np.asarray(line.value)
        for at, value in enumerate(values.tolist()):
            if line.kind == "formula":
                text = self._by_row(line, row, column, at)
                shown = "#N/A" if absent and math.isnan(value) else _shown(value)
                self.formula(row + at, column, substitute(text, _ABSENT) if absent else text, shown, line.unit)
            else:
                fixed = line.name.startswith("month")  # the calendar is no assumption
                self.number(row + at, column, value, line.unit, "engine" if fixed else line.kind)
        self.define(name, row, column, len(values))

    def _by_row(self, line: TraceLine, row: int, column: int, at: int) -> str:
        """Write the formula of one row: the rows that it uses become cells of this one."""
        if line.formula.startswith("CUMULATE("):
            (source,) = line.inputs
            here = self._cell(source, at)
            return here if at == 0 else f"{cell(row + at - 1, column)} + {here}"
        used = {name: self._cell(name, at) for name in line.inputs if np.ndim(self.paper.lines[name].value)}
        return substitute(line.formula, used)

    def _cell(self, name: str, at: int) -> str:
        sheet, row, column = self.paper.placed[name]
        here = f"${letters(column)}{row + at + 1}"
        return here if sheet == self.name else f"{sheet}!{here}"


def letters(column: int) -> str:
    """Letters of a column, counted from 0.

    Examples
    --------
    >>> letters(0), letters(25), letters(26), letters(701), letters(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    high, low = divmod(column, 26)
    return (letters(high - 1) if high else "") + chr(ord("A") + low)


def cell(row: int, column: int, *, fixed: bool = False) -> str:
    """Name of a cell, both counted from 0.

    Examples
    --------
    >>> cell(6, 1), cell(6, 27, fixed=True)
    ('B7', '$AB$7')
    """
    return f"${letters(column)}${row + 1}" if fixed else f"{letters(column)}{row + 1}"


def _shown(value: float) -> float | str:
    return value if math.isfinite(value) else _NOTHING.get(value, "none")


def open_book(file: object, trace: Trace) -> Paper:
    """Start a workbook in memory."""
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(file, options)
    value = abs(float(trace.lines["market_value"].value))
    return Paper(book, trace, Lines(found=dict(trace.lines.found)), value >= 1e7)

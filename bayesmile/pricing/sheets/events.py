"""The sheets of days on which news met the market, each with its own timing, and of their data."""

from __future__ import annotations

import re

import numpy as np

from bayesmile.pricing.formulas import substitute
from bayesmile.pricing.sheets.paper import Paper, Sheet, cell, letters
from bayesmile.pricing.sheets.timing import add_months, month_columns

__all__ = ["add_events"]

_TOP = 5


def add_events(paper: Paper) -> None:
    """Add both sheets; nothing without events."""
    suffixes = sorted(
        {found.group() for line in paper.lines if (found := re.search(r"_event\d+$", line.name))}, key=len
    )
    if not suffixes:
        return
    names = {end: [line.name for line in paper.lines if re.search(rf"{end}(_|$)", line.name)] for end in suffixes}
    accounts = max(len(paper.trace.rows[f"accounts{end}"]) for end in suffixes)
    sheet = paper.sheet("Events", (64, 17, *(24 for _ in range(accounts)), 96), frozen=2)
    sheet.title("Events", "The price's move on a day beside the model's own; columns are accounts of the day's return.")
    row = 3
    for end in suffixes:
        row = _add_event(sheet, row, end, names[end], accounts)
    _add_data(paper, suffixes)


def _add_event(sheet: Sheet, row: int, end: str, names: list[str], accounts: int) -> int:
    """Every number of a day but its months and closes."""
    labels = sheet.paper.trace.rows[f"accounts{end}"]
    sheet.text(row, 0, sheet.paper.trace.events.get(end, "Event"), "part")
    sheet.text(row, 1, "", "part")
    sheet.made.set_row(row, 44)
    for column in range(accounts):
        sheet.text(row, 2 + column, labels[column] if column < len(labels) else "", "header")
    sheet.text(row, 2 + accounts, "Formula or source", "header")
    at = row
    for at, name in enumerate(_shown(sheet.paper, names), start=row + 1):
        line = sheet.paper.lines[name]
        sheet.text(at, 0, f"{line.title} ({line.unit})")
        origin = line.formula or line.source
        sheet.text(at, 2 + accounts, origin, "rule")
        sheet.tall(at, (origin, 112))
        if np.ndim(line.value):
            _across(sheet, at, name)
        else:
            fixed = name.startswith("as_of")  # the calendar is no assumption
            sheet.line(at, 1, name, style="engine" if fixed else "")
    return at + 3


def _shown(paper: Paper, names: list[str]) -> list[str]:
    return [name for name in names if not paper.lines[name].rows.startswith(("months", "days"))]


def _across(sheet: Sheet, row: int, name: str) -> None:
    """One account a column: formulas use the cells above in the same column."""
    line, placed = sheet.paper.lines[name], sheet.paper.placed
    for at, value in enumerate(np.asarray(line.value).tolist()):
        used = {
            one: f"{letters(2 + at)}{placed[one][1] + 1}"
            for one in line.inputs
            if np.ndim(sheet.paper.lines[one].value)
        }
        if line.kind == "formula":
            shown = value if np.isfinite(value) else "none"
            sheet.formula(row, 2 + at, substitute(line.formula, used), shown, line.unit)
        else:
            sheet.number(row, 2 + at, value, line.unit, line.kind)
    cells = [cell(row, column, fixed=True) for column in (2, 2 + at)]
    sheet.paper.book.define_name(name, f"={sheet.name}!{':'.join(dict.fromkeys(cells))}")
    placed[name] = sheet.name, row, 2


def _add_data(paper: Paper, suffixes: list[str]) -> None:
    """Months and closes of every event, side by side."""
    blocks = [
        (end, month_columns(paper, end), [x.name for x in paper.lines if x.rows == f"days{end}"]) for end in suffixes
    ]
    width = sum(len(months) + len(days) + 4 for _, months, days in blocks)
    sheet = paper.sheet("Event data", tuple(14 for _ in range(width)), frozen=_TOP)
    sheet.title("Event data", "Months as of each event's day, and closes of the ordinary days before it.")
    column = 0
    for end, months, days in blocks:
        sheet.text(2, column, f"Event {end.removeprefix('_event')}", "part")
        add_months(sheet, _TOP, column, months, paper.trace.rows[f"months{end}"])
        column += len(months) + 2
        if days:
            _add_closes(sheet, column, days, paper.trace.rows[f"days{end}"])
            column += len(days) + 2


def _add_closes(sheet: Sheet, column: int, names: list[str], labels: tuple[str, ...]) -> None:
    sheet.text(_TOP - 1, column, "Day", "header")
    for at, label in enumerate(labels):
        sheet.text(_TOP + at, column, label)
    for at, name in enumerate(names, start=column + 1):
        line = sheet.paper.lines[name]
        sheet.text(_TOP - 2, at, name, "code")
        sheet.text(_TOP - 1, at, f"{line.title} ({line.unit})", "header")
        sheet.column(_TOP, at, name)

"""The first two sheets: what the workbook is, and its inputs with what they rest on."""

from __future__ import annotations

import numpy as np

from bayesmile.pricing.lines import TraceLine
from bayesmile.pricing.sheets.paper import Paper, Sheet
from bayesmile.wording import words

__all__ = ["add_inputs", "add_read_me"]

_CLOCK = ("as_of_month", "as_of_part")


def add_read_me(paper: Paper) -> None:
    """Add the sheet that says what this is and how to use it."""
    trace, sheet = paper.trace, paper.sheet("Read me", (24, 96), landscape=False)
    sheet.title(trace.title or "A price read through a roadmap")
    facts = (
        ("Question", f"{words(trace.milestone)} by {trace.horizon}: what probability does the market value assume?"),
        ("As of", trace.as_of),
        ("Dossier", f"{trace.name}, SHA-256 {trace.hash}" if trace.name else "none: numbers given directly"),
        ("Changed", "; ".join(trace.changes) or "nothing: the assumptions are those of the dossier"),
        ("Currency", trace.currency),
        *_ABOUT,
    )
    for row, (label, text) in enumerate(facts, start=2):
        sheet.text(row, 0, label, "axis")
        sheet.text(row, 1, text, "wrapped")
        sheet.tall(row, (text, 92))
    row = len(facts) + 3
    sheet.text(row, 0, "Colours", "part")
    sheet.text(row, 1, "", "part")
    for at, (style, label, text) in enumerate(_COLOURS, start=1):
        sheet.text(row + at, 0, label, style)
        sheet.text(row + at, 1, text, "wrapped")
    row += len(_COLOURS) + 2
    _add_sheets(sheet, row)
    for at, note in enumerate(trace.notes, start=row + len(_SHEETS) + 2):
        sheet.text(at, 0, "Note", "axis")
        sheet.text(at, 1, note, "wrapped")
        sheet.tall(at, (note, 92))


_ABOUT = (
    (
        "What it is",
        "Research software, not advice. A price is one number, the expected present value; what it says of a"
        " probability rests on the assumptions of the sheet Inputs.",
    ),
    (
        "How to use it",
        "Change a blue number on Inputs: every formula of the workbook follows. The green numbers are our belief as of"
        " the date above and do not depend on the price; for another date or other evidence, write a new workbook from"
        " the dossier. Numbers about an exponential tilt and about announcements needed are green too: they are those"
        " at the price as written.",
    ),
    (
        "When no probability",
        "A probability above 100% is shown as it is: no probability justifies the price, and only a greater success"
        " value would. Below 0%, the price is less than failure leaves.",
    ),
    (
        "Names",
        "Every number has a name, and every formula is written in these names; the sheet Trace lists them all with"
        " where they come from.",
    ),
)
_COLOURS = (
    ("input", "Input", "an assumption, or a figure of the dossier's files: to be changed"),
    ("engine", "Engine", "a number of the engine: our belief, not to be changed here"),
    ("formula", "Formula", "arithmetic on the others, live"),
    ("result", "Result", "a formula that answers the question"),
)
_SHEETS = (
    ("Inputs", "assumptions with their ranges, reasons and sources"),
    ("Price", "the bridge, the two states, p*, where the price would be right, round prices"),
    ("What if", "each assumption at both ends of its range; grids over value, probability and required return"),
    ("Timing", "months: our probabilities, discount factors, present values, ours and the market's dates"),
    ("Roadmap", "ours against the market's for every milestone and date; what announcements are worth"),
    ("How sure", "the same over draws of the payoffs and of our own numbers; not live"),
    ("Events", "days on which news met the market; their data on Event data"),
    ("Returns", "the required returns solved for, step by step"),
    ("Trace", "every number with its formula and its source"),
)


def _add_sheets(sheet: Sheet, row: int) -> None:
    sheet.text(row, 0, "Sheets", "part")
    sheet.text(row, 1, "", "part")
    for at, (name, text) in enumerate(_SHEETS, start=row + 1):
        sheet.text(at, 0, name)
        sheet.text(at, 1, text, "wrapped")


def add_inputs(paper: Paper) -> None:
    """Add the sheet of inputs; those of events stand with their events."""
    sheet = paper.sheet("Inputs", (46, 14, 13, 12, 12, 25, 72, 40), frozen=4)
    sheet.title(
        "Inputs", "Change a blue number and every sheet follows. Ranges are 90% intervals of the number itself."
    )
    heads = ("Input", "Value", "Unit", "Low", "High", "Name in formulas", "Why", "Source")
    sheet.heading(3, heads)
    row = 4
    for part, names in _parts(paper).items():
        sheet.text(row, 0, part, "part")
        for column in range(1, len(heads)):
            sheet.text(row, column, "", "part")
        for at, name in enumerate(names, start=row + 1):
            _add_row(sheet, at, paper.lines[name])
        row += len(names) + 2


def _parts(paper: Paper) -> dict[str, list[str]]:
    inputs = [line for line in paper.lines if line.kind == "input" and not np.ndim(line.value)]
    own = [line.name for line in inputs if "_event" not in line.name and not line.name.startswith("drawn_")]
    payoffs = [name for name in own if name in paper.trace.grounds or name.startswith("value_") or name in _PLAIN]
    clock = [name for name in own if name in _CLOCK]
    price = [name for name in own if name not in {*payoffs, *clock}]
    return {"Price and shares": price, "Payoffs": payoffs, "Clock (belongs to the belief: not to be changed)": clock}


_PLAIN = ("floor_value", "beyond_value", "required_return", "dilution", "cash_today", "burn_a_year", "net_cash")


def _add_row(sheet: Sheet, row: int, line: TraceLine) -> None:
    style = "engine" if line.name in _CLOCK else "input"
    sheet.text(row, 0, line.title, "wrapped")
    sheet.line(row, 1, line.name, style=style)
    sheet.text(row, 2, line.unit, "unit")
    sheet.text(row, 5, line.name, "code")
    grounds = sheet.paper.trace.grounds.get(line.name)
    if grounds is None:
        sheet.text(row, 7, line.source, "small")
        return
    for column, end, value in ((3, "low", grounds.low), (4, "high", grounds.high)):
        if value is not None:
            sheet.number(row, column, value, line.unit, "input")
            sheet.define(f"{line.name}_{end}", row, column)
    source = f"{line.source}; {grounds.source}"
    sheet.text(row, 6, grounds.rationale, "small")
    sheet.text(row, 7, source, "small")
    sheet.tall(row, (line.title, 44), (grounds.rationale, 78), (source, 42))

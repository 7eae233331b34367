"""The sheet about the price: the bridge, the two states, where the price would be right, and round prices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from bayesmile.pricing.sheets.paper import Paper, Sheet
from bayesmile.wording import words

__all__ = ["add_price"]

_BRIDGE = ("price_per_share", "shares", "market_value", "later_shares", "later_value")
_STATES = ("probability", "missed", "failure", "success", "model_value", "model_value_per_share")
_READING = ("implied", "readable", "our_log_odds", "implied_log_odds", "gap_bits", "gap_points")
_PARTS = ("unit_value", "others", "burnt")
_TILT = (
    "tilt_span",
    "tilt_width",
    "tilt",
    "tilt_relative_entropy",
    "tilt_probability",
    "tilt_missed",
    "tilt_whether",
    "tilt_when",
)
_RESULTS = ("market_value", "model_value", "implied", "gap_bits", "gap_points")
_ENDS = (("certain", "If success is certain"), ("even", "If it has even odds"), ("ours", "If it has our probability"))
_COLUMNS = ("p", "worth", "value_needed", "return_needed", "years")
_NONE = "none: no probability justifies this price at the dates we believe in; see the success value needed below"
_LOW = "none: the price is less than failure leaves"
_TURNED = "none: reaching it is worth no more than not reaching it"


def add_price(paper: Paper) -> None:
    """Add the sheet."""
    trace, lines = paper.trace, paper.lines
    what = f"{words(trace.milestone)} by {trace.horizon}"
    sheet = paper.sheet("Price", (58, 17, 17, 17, 17, 17, 17), frozen=2)
    sheet.made.fit_to_pages(1, 1)
    sheet.title("Price", f"What the market value says about {what}, as of {trace.as_of}.")
    if "shares" in lines:
        text, title = "model_value / shares", "Model value a share"
        lines.formula("model_value_per_share", text, f"{trace.currency} a share", title)
    row = _add_part(sheet, 3, "From the price per share to the market value", (n for n in _BRIDGE if n in lines))
    row = _add_part(sheet, row, "Two states", (name for name in _STATES if name in lines))
    row = _add_part(sheet, row, "What the price implies", _READING)
    _add_verdict(sheet, row - 1)
    row += 1
    parts = [name for name in _PARTS if name in lines]
    if parts:
        row = _add_part(sheet, row, "What success is made of, present values if it is reached", parts)
    if "p_certain" in lines:
        row = _add_break_evens(sheet, row)
    if "tilt_span" in lines:
        title = "The smallest change of belief that meets the price (exponential tilt): whether and when"
        row = _add_part(sheet, row, title, (name for name in _TILT if name in lines))
    if "level_price" in lines:
        row = _add_levels(sheet, row)
    paper.below = sheet.made, row + 1


def _part(sheet: Sheet, row: int, title: str, width: int = 7) -> None:
    sheet.text(row, 0, title, "part")
    for column in range(1, width):
        sheet.text(row, column, "", "part")


def _add_part(sheet: Sheet, row: int, title: str, names: Iterable[str]) -> int:
    """One line a number: what it is, its value and unit, and its formula in names. Return the next free row."""
    _part(sheet, row, title)
    at = row
    for at, name in enumerate(names, start=row + 1):
        line = sheet.paper.lines[name]
        if name in sheet.paper.placed:  # an input: shown here by its name
            sheet.formula(at, 1, name, line.value, line.unit)
            sheet.text(at, 3, line.source, "under")
        else:
            sheet.line(at, 1, name, style="result" if name in _RESULTS else "")
            sheet.text(at, 3, line.formula, "code")
        sheet.text(at, 0, line.title)
        sheet.text(at, 2, line.unit, "unit")
    return at + 2


def _add_verdict(sheet: Sheet, row: int) -> None:
    """Words beside p*, which is never clipped."""
    implied = float(sheet.paper.lines["implied"].value)
    turned = float(sheet.paper.lines["success"].value) <= float(sheet.paper.lines["failure"].value)
    now = _TURNED if turned else _NONE if implied > 1.0 else _LOW if implied < 0.0 else "a probability"
    text = f'IF(success > failure, IF(implied > 1, "{_NONE}", IF(implied < 0, "{_LOW}", "a probability")), "{_TURNED}")'
    sheet.text(row, 0, "Can a probability justify the price?")
    sheet.formula(row, 1, text, now, "", style="said")


def _add_break_evens(sheet: Sheet, row: int) -> int:
    """Where the price would be right, one assumption changed at a time."""
    _part(sheet, row, "Where the price would be right, all else unchanged")
    heads = ("", "Probability", "Success must be worth today", "Success value needed", "or required return", "or years")
    sheet.heading(row + 1, (*heads, "that is, by"))
    for at, (end, label) in enumerate(_ENDS, start=row + 2):
        sheet.text(at, 0, label, "axis")
        for column, name in enumerate(_COLUMNS, start=1):
            if name == "return_needed":
                line = sheet.paper.lines[f"return_needed_{end}"]
                sheet.formula(at, column, f"solved_{end}", _solved(float(line.value)), line.unit)
                sheet.define(line.name, at, column)
            else:
                sheet.line(at, column, f"{name}_{end}", style="result" if name == "value_needed" else "")
        _add_month(sheet, at, end)
    sheet.text(row + 5, 0, "The required returns are solved for on the sheet Returns.", "small")
    return row + 7


def _solved(value: float) -> float | str:
    return value if value == value else "none"


def _add_month(sheet: Sheet, row: int, end: str) -> None:
    """Latest month in which success may come, from the years; a success is discounted from the start of its month."""
    lines, months = sheet.paper.lines, sheet.paper.trace.rows["months"]
    first = int(lines["month"].value[0])  # type: ignore[index]
    year, month = (int(part) for part in months[0].split("-"))
    start = 12 * year + month - 1 - first
    last = first + len(months) - 1
    index = f"INT(as_of_month + as_of_part + 12 * years_{end} + 0.000000001)"
    late = f'IF({index} > {last}, "beyond", EDATE(DATE({start // 12}, {start % 12 + 1}, 1), {index}))'
    text = f'IF(ISNUMBER(years_{end}), {late}, IF(years_{end} = "none", "never early enough", "beyond"))'
    years = float(lines[f"years_{end}"].value)
    sheet.formula(row, 6, text, _month_now(sheet, years, start, last), "month", style="date")


def _month_now(sheet: Sheet, years: float, start: int, last: int) -> float | str:
    if years != years:
        return "never early enough"
    lines = sheet.paper.lines
    elapsed = float(lines["as_of_month"].value) + float(lines["as_of_part"].value)
    if elapsed + 12.0 * years >= last + 1:
        return "beyond"
    at = start + int(elapsed + 12.0 * years + 1e-9)
    return float((dt.date(at // 12, at % 12 + 1, 1) - dt.date(1899, 12, 30)).days)


def _add_levels(sheet: Sheet, row: int) -> int:
    """Add what round prices near the price assume."""
    _part(sheet, row, "What other market values would imply")
    _columns(sheet, row + 1, 1, ("level_price", "level_implied", "level_bits"))
    return row + 3 + len(sheet.paper.trace.rows["levels"])


def _columns(sheet: Sheet, row: int, column: int, names: Sequence[str]) -> None:
    sheet.made.set_row(row, 30)
    for at, name in enumerate(names, start=column):
        line = sheet.paper.lines[name]
        sheet.text(row, at, f"{line.title} ({line.unit})", "header")
        sheet.column(row + 1, at, name)

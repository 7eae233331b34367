"""The sheets of changed assumptions: each at both ends of its range, grids of two at once, and returns solved for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bayesmile.pricing.sheets.paper import Paper, Sheet, cell, letters
from bayesmile.pricing.states import identifier
from bayesmile.pricing.trace import return_excess
from bayesmile.wording import words

__all__ = ["add_returns", "add_what_if"]

_STOP = ("tau", "probability", "market_value")
_FACTORS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
_CHANCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_STEPS = (-0.04, -0.02, 0.0, 0.02, 0.04, 0.06)
_NEWTON, _SMALL = 25, 1e-6
_ENDS = (("certain", "certain"), ("even", "even odds"), ("ours", "our probability"))


def add_what_if(paper: Paper) -> None:
    """Add the sheet; grids only where the milestone has one success value."""
    sheet = paper.sheet("What if", (44, *(14 for _ in range(11))), frozen=2)
    sheet.title("What if", "One or two assumptions changed, all else as on Inputs. Every cell is a live formula.")
    row = _add_sensitivity(sheet, 3)
    if "unit_value" in paper.lines:
        row = _add_worth_grid(sheet, row)
        _add_implied_grid(sheet, row)


def _part(sheet: Sheet, row: int, title: str, under: str) -> None:
    sheet.text(row, 0, title, "part")
    for column in range(1, 12):
        sheet.text(row, column, "", "part")
    sheet.text(row + 1, 0, under, "under")


def _changed(
    sheet: Sheet, place: tuple[int, int], formula: str, cells: Mapping[str, tuple[str, float]], unit: str
) -> None:
    """Write a formula in which names are replaced by cells, with the value that it has for those cells' numbers."""
    lines = sheet.paper.lines
    value = lines.at(formula, {name: number for name, (_, number) in cells.items()})
    text = re.sub(r"[A-Za-z_]\w*", lambda found: cells.get(found.group(), (found.group(), 0.0))[0], formula)
    sheet.formula(*place, text, value, unit, rows=True)


def _add_sensitivity(sheet: Sheet, row: int) -> int:
    """Implied probability and model value with each assumption at either end of its range."""
    lines = sheet.paper.lines
    _part(sheet, row, "Each assumption at both ends of its 90% range", "Ranges are those on Inputs.")
    heads = (
        "Assumption",
        "Low",
        "High",
        "Implied at low",
        "Implied at high",
        "Model value at low",
        "Model value at high",
    )
    sheet.heading(row + 2, heads)
    formulas = {name: lines.inline(name, stop=_STOP) for name in ("implied", "model_value")}
    row += 3
    for name, grounds in sheet.paper.trace.grounds.items():
        if grounds.low is None or grounds.high is None or name not in lines:
            continue
        sheet.text(row, 0, lines[name].title, "wrapped")
        for at, (end, number) in enumerate((("low", grounds.low), ("high", grounds.high))):
            source = f"{name}_{end}"
            sheet.formula(row, 1 + at, source, number, lines[name].unit)
            for column, formula in ((3 + at, "implied"), (5 + at, "model_value")):
                place, cells = (row, column), {name: (source, number)}
                _changed(sheet, place, formulas[formula], cells, lines[formula].unit)
        row += 1
    return row + 2


def _add_worth_grid(sheet: Sheet, row: int) -> int:
    """Value of the equity by success value and probability."""
    lines, name = sheet.paper.lines, _value(sheet)
    under = "Success value downwards, its probability across. Shaded: at or above the market value."
    _part(sheet, row, "What the equity would be worth", under)
    for column, chance in enumerate(_CHANCES, start=1):
        sheet.number(row + 2, column, chance, "probability", "input")
    sheet.formula(row + 2, 11, "probability", lines["probability"].value, "probability", style="axis")
    sheet.text(row + 2, 0, "Success value", "header")
    text = f"chance * ({lines.inline('success', stop=_STOP)}) + (1 - chance) * ({lines.inline('failure', stop=_STOP)})"
    chances = [*_CHANCES, float(lines["probability"].value)]
    for at, factor in enumerate(_FACTORS, start=row + 3):
        value = _axis(sheet, at, f"{factor:g} * {name}", factor * float(lines[name].value), name)
        for column, chance in enumerate(chances, start=1):
            top = f"{letters(column)}${row + 3}"
            _changed(sheet, (at, column), text, {name: value, "chance": (top, chance)}, lines[name].unit)
    shade = sheet.paper.look("reached")
    cells = (row + 3, 1, row + 2 + len(_FACTORS), 11)
    sheet.made.conditional_format(*cells, {"type": "cell", "criteria": ">=", "value": "market_value", "format": shade})
    return row + 5 + len(_FACTORS)


def _add_implied_grid(sheet: Sheet, row: int) -> int:
    """Probability that the price implies, by success value and required return."""
    lines, name = sheet.paper.lines, _value(sheet)
    under = "Success value downwards, required return across. Shaded: no probability justifies the price."
    _part(sheet, row, "What probability the price would imply", under)
    sheet.text(row + 2, 0, "Success value", "header")
    rates = [max(0.0, float(lines["required_return"].value) + step) for step in _STEPS]
    for column, (step, rate) in enumerate(zip(_STEPS, rates, strict=True), start=1):
        sheet.formula(row + 2, column, f"MAX(0, required_return + {step:g})", rate, "a year", style="axis")
    text = lines.inline("implied", stop=_STOP)
    for at, factor in enumerate(_FACTORS, start=row + 3):
        value = _axis(sheet, at, f"{factor:g} * {name}", factor * float(lines[name].value), name)
        for column, rate in enumerate(rates, start=1):
            top = f"{letters(column)}${row + 3}"
            _changed(sheet, (at, column), text, {name: value, "required_return": (top, rate)}, "probability")
    shade = sheet.paper.look("reached")
    cells = (row + 3, 1, row + 2 + len(_FACTORS), len(_STEPS))
    sheet.made.conditional_format(*cells, {"type": "cell", "criteria": ">", "value": 1, "format": shade})
    return row + 5 + len(_FACTORS)


def _value(sheet: Sheet) -> str:
    return f"value_{identifier(sheet.paper.trace.milestone)}"


def _axis(sheet: Sheet, row: int, text: str, value: float, name: str) -> tuple[str, float]:
    sheet.formula(row, 0, text, value, sheet.paper.lines[name].unit, style="axis")
    return f"$A{row + 1}", value


def add_returns(paper: Paper) -> None:
    """Add the sheet on which required returns are found by Newton's steps, the slope from a small difference."""
    if "p_certain" not in paper.lines:
        return
    sheet = paper.sheet("Returns", (6, *(18 for _ in range(3 * len(_ENDS)))), frozen=4)
    what = words(paper.trace.milestone)
    sheet.title("Returns", f"The required return at which the price is right for {what}: Newton's steps from zero.")
    for number, (end, label) in enumerate(_ENDS):
        column = 1 + 3 * number
        for at, text in enumerate((f"Return if success is {label}", "Value less price", "The same a little further")):
            sheet.text(3, column + at, text, "header")
        _add_steps(sheet, column, end)
    sheet.made.set_row(3, 30)  # headers of two lines
    for step in range(_NEWTON):
        sheet.number(4 + step, 0, step, "", "formula")


def _add_steps(sheet: Sheet, column: int, end: str) -> None:
    lines = sheet.paper.lines
    text, rate = return_excess(lines, f"p_{end}"), 0.0
    currency, first = sheet.paper.trace.currency, 0.0
    for step in range(_NEWTON):
        row = 4 + step
        here, last = (cell(at, column) for at in (row, row - 1))
        if step == 0:
            sheet.number(row, column, 0.0, "a year", "formula")
        else:
            values = [cell(row - 1, column + at) for at in (1, 2)]
            move = f"{last} - {values[0]} * {_SMALL:.6f} / ({values[1]} - {values[0]})"
            sheet.formula(row, column, f"IF({values[1]} < {values[0]}, {move}, {last})", rate, "a year")
        found = [float(lines.at(text, {"rate": at})) for at in (rate, rate + _SMALL)]
        for at, point in enumerate((here, f"({here} + {_SMALL:.6f})")):
            sheet.formula(row, column + 1 + at, re.sub(r"\brate\b", point, text), found[at], currency, rows=True)
        first = found[0] if step == 0 else first
        rate = rate - found[0] * _SMALL / (found[1] - found[0]) if found[1] < found[0] else rate
    top, bottom = cell(4, column + 1), cell(3 + _NEWTON, column + 1)
    answer = cell(3 + _NEWTON, column)
    text = f'IF({top} < 0, "none", IF(ABS({bottom}) < 0.000000001 * market_value, {answer}, "none"))'
    value = float(lines[f"return_needed_{end}"].value)
    sheet.formula(5 + _NEWTON, column, text, value if value == value else "none", "a year", style="result")
    sheet.define(f"solved_{end}", 5 + _NEWTON, column)
    sheet.text(5 + _NEWTON, column + 1, f"solved_{end}", "code")

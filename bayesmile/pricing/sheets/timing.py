"""The sheet of months: our law of the priced milestone, discount factors, present values, and the market's dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bayesmile.pricing.sheets.paper import Paper, Sheet
from bayesmile.wording import words

__all__ = ["add_months", "add_timing", "month_columns"]

_TOP = 5


def month_columns(paper: Paper, suffix: str = "") -> list[str]:
    """Names of the lines by month, in their order."""
    return [line.name for line in paper.lines if line.rows == f"months{suffix}"]


def add_timing(paper: Paper) -> None:
    """Add the sheet of months."""
    trace, lines = paper.trace, paper.lines
    lines.formula("cumulative", "CUMULATE(pmf)", "probability", "Probability by the end of that month, ours")
    text = "IF(readable > 0, cumulative * implied / probability, UNDEFINED)"
    lines.formula("market_cumulative", text, "probability", "The same that the price implies, dates given success ours")
    columns = month_columns(paper)
    sheet = paper.sheet("Timing", (11, *(17 for _ in columns)), frozen=_TOP, landscape=False)
    what = f"{words(trace.milestone)} by {trace.horizon}"
    sheet.title("Timing", f"Months from the as-of date to the horizon. Green: our belief in {what}, from the engine.")
    add_months(sheet, _TOP, 0, columns, trace.rows["months"])
    _add_chart(paper, sheet, columns, len(trace.rows["months"]))


def add_months(sheet: Sheet, row: int, column: int, columns: Sequence[str], labels: Sequence[str]) -> None:
    """Add columns by month below their headers, which end in the row above."""
    sheet.made.set_row(row - 1, 64)
    sheet.text(row - 1, column, "Month", "header")
    sheet.text(row - 2, column, "", "code")
    look = sheet.paper.look("month", "month")
    for at, label in enumerate(labels):
        year, month = map(int, label.split("-"))
        sheet.made.write_datetime(row + at, column, dt.datetime(year, month, 1), look)
    for at, name in enumerate(columns, start=column + 1):
        line = sheet.paper.lines[name]
        sheet.text(row - 2, at, name, "code")
        sheet.text(row - 1, at, f"{line.title} ({line.unit})", "header")
        sheet.column(row, at, name, absent=name == "market_cumulative")


def _add_chart(paper: Paper, sheet: Sheet, columns: Sequence[str], count: int) -> None:
    """Draw ours and the market's cumulative probability."""
    chart = paper.book.add_chart({"type": "line"})
    for name, label, colour in (("cumulative", "ours", "#1E5A3A"), ("market_cumulative", "the price's", "#B3541E")):
        at = columns.index(name) + 1
        chart.add_series(
            {
                "name": label,
                "categories": [sheet.name, _TOP, 0, _TOP + count - 1, 0],
                "values": [sheet.name, _TOP, at, _TOP + count - 1, at],
                "line": {"color": colour, "width": 2},
            }
        )
    what = words(paper.trace.milestone)
    chart.set_title({"name": f"Probability of {what} by the end of each month", "name_font": {"size": 11}})
    chart.set_x_axis({"date_axis": True, "num_format": "yyyy", "major_unit": 1, "major_unit_type": "years"})
    grid = {"visible": True, "line": {"color": "#D5DBE1"}}
    chart.set_y_axis({"num_format": "0%", "min": 0, "max": 1, "major_gridlines": grid})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 760, "height": 340})
    chart.show_na_as_empty_cell()
    if paper.below is not None:
        sheet_below, row = paper.below
        sheet_below.insert_chart(row, 0, chart, {"object_position": 2})

"""The sheet of the trace: every line with its value, its formula and its source."""

from __future__ import annotations

import numpy as np

from bayesmile.pricing.sheets.paper import Paper

__all__ = ["add_trace"]

_LONGEST = 400


def add_trace(paper: Paper) -> None:
    """Add the sheet."""
    sheet = paper.sheet("Trace", (26, 50, 9, 18, 18, 80, 60), frozen=4)
    sheet.title("Trace", "Every number of the report about the market: from files and engine to the answer.")
    sheet.heading(3, ("Name", "What it is", "Kind", "Value", "Unit", "Formula", "Source"))
    for row, line in enumerate(paper.trace.lines, start=4):
        sheet.text(row, 0, line.name, "code")
        sheet.text(row, 1, line.title, "small")
        sheet.text(row, 2, line.kind, "small")
        if np.ndim(line.value):
            sheet.text(row, 3, f"{len(np.asarray(line.value))} numbers", "small")
        elif line.name not in paper.placed:
            sheet.line(row, 3, line.name)
        else:
            value = float(line.value)
            shown = (
                value if np.isfinite(value) else {np.inf: "more than any", -np.inf: "less than any"}.get(value, "none")
            )
            sheet.formula(row, 3, line.name, shown, line.unit)
        formula = line.formula if len(line.formula) <= _LONGEST else f"{line.formula[:_LONGEST]} ..."
        sheet.text(row, 4, line.unit, "small")
        sheet.text(row, 5, formula, "rule")
        sheet.text(row, 6, line.source, "small")
        sheet.tall(row, (line.title, 52), (formula, 88), (line.source, 64))
    last = 3 + len(paper.trace.lines)
    sheet.made.autofilter(3, 0, last, 6)

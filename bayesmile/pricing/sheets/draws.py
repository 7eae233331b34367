"""The sheet on how sure the answer is: numbers over draws of the payoffs and of our own numbers."""

from __future__ import annotations

from bayesmile.pricing.sheets.paper import Paper
from bayesmile.pricing.sheets.roadmap import add_columns

__all__ = ["add_draws"]

_TOP = 5


def add_draws(paper: Paper) -> None:
    """Add the sheet; nothing where nothing was drawn."""
    if "drawn_low" not in paper.lines:
        return
    sheet = paper.sheet("How sure", (44, *(15 for _ in range(10))), frozen=2)
    sheet.title("How sure", "Payoffs and our own numbers drawn from their priors, at the price as written: not live.")
    row = _TOP
    for kind, head in (("varied", "As these numbers vary"), ("assumed", "Milestone and date")):
        names = [line.name for line in paper.lines if line.rows == kind]
        labels = paper.trace.rows[kind]
        if labels:
            add_columns(sheet, row, names, labels, head)
            row += len(labels) + 4
    for name in (name for name in paper.lines.found if name.startswith("drawn_") and name not in paper.placed):
        line = paper.lines[name]
        sheet.text(row, 0, line.title)
        sheet.line(row, 1, name, style="engine")
        sheet.text(row, 2, line.unit, "unit")
        row += 1

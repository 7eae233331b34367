"""The sheet of the whole roadmap: ours against the market's, and what announcements are worth."""

from __future__ import annotations

from bayesmile.pricing.sheets.paper import Paper, Sheet, letters

__all__ = ["add_columns", "add_roadmap"]

_TOP = 5
_FIRST = (
    "ours_by",
    "reach_by",
    "reach_bits",
    "exponential_by",
    "exponential_bits",
    "range_low",
    "range_high",
    "by_if_reached",
    "by_if_missed",
)
_KINDS = ("kind_lead", "kind_bits_each", "kind_count", "kind_ceiling", "kind_ceiling_bits")


def add_roadmap(paper: Paper) -> None:
    """Add the sheet; nothing without a roadmap's targets."""
    if "ours_by" not in paper.lines:
        return
    names = [line.name for line in paper.lines if line.rows == "targets"]
    names = [*(name for name in _FIRST if name in names), *(name for name in names if name not in _FIRST)]
    sheet = paper.sheet("Roadmap", (40, *(15 for _ in names), 15), frozen=_TOP)
    sheet.title(
        "Roadmap",
        "The price changes only whether the priced milestone is reached: what it says of the others is a mixture of two"
        " laws of ours.",
    )
    labels = paper.trace.rows["targets"]
    add_columns(sheet, _TOP, names, labels, "Milestone and date")
    column = 1 + len(names)
    sheet.text(_TOP - 1, column, "What the price can say", "header")
    for at in range(len(labels)):
        row = _TOP + at
        low, high = (f"{letters(names.index(name) + 1)}{row + 1}" for name in ("range_low", "range_high"))
        lines = paper.lines
        span = float(lines["range_high"].value[at]) - float(lines["range_low"].value[at])  # type: ignore[index]
        text = f'IF({high} - {low} < 0.1, "nearly nothing", "")'
        sheet.formula(row, column, text, "nearly nothing" if span < 0.1 else "", "")
    if "kind_bits_each" in paper.lines:
        row = _TOP + len(labels) + 4
        sheet.text(row - 3, 0, "What one more announcement would be worth, and how many would close the gap", "part")
        add_columns(sheet, row, list(_KINDS), paper.trace.rows["kinds"], "Announcement")


def add_columns(sheet: Sheet, row: int, names: list[str], labels: tuple[str, ...], head: str) -> None:
    """Add columns below their headers, which end in the row above, with the label of each row before them."""
    sheet.made.set_row(row - 1, 76)
    sheet.text(row - 1, 0, head, "header")
    for at, label in enumerate(labels):
        sheet.text(row + at, 0, label)
    for column, name in enumerate(names, start=1):  # a formula may use a column to the right of it
        sheet.paper.placed[name] = sheet.name, row, column
    for column, name in enumerate(names, start=1):
        line = sheet.paper.lines[name]
        sheet.text(row - 2, column, name, "code")
        sheet.text(row - 1, column, f"{line.title} ({line.unit})", "header")
        sheet.column(row, column, name)

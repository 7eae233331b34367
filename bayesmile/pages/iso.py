"""Tables of everything that gives the same price."""

from __future__ import annotations

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.pricing.axes import BELIEVED
from bayesmile.sections.iso import Cell, Grid, Iso
from bayesmile.wording import money, percent

__all__ = ["iso_page", "requirements_page"]

_STATES = {"too dear": "none", "too cheap": "below 0%", "silent": "-"}
_UNITS = ((1e9, " billion"), (1e6, " million"))
_CORNERS = {"success_value": "<Success value", "required_return": "<Required return"}


def iso_page(part: Iso, currency: str) -> list[RenderableType]:
    """Curve, comparables and grids; the cell of our own numbers stands in brackets."""
    blocks: list[RenderableType] = [paragraph(part.lead)]
    blocks.append(_grid("Probability needed, by success value and date of success", part.curve, currency))
    blocks += _comparables(part, currency)
    blocks.append(_grid("Model value{unit}, by success value and probability", part.worth, currency))
    blocks.append(_grid("Probability needed, by success value and required return", part.by_return, currency))
    blocks.append(_grid("Probability needed, by required return and date of success", part.by_date, currency))
    key = (
        "In brackets: our own numbers. 'none': no probability is enough, since even the better outcome is worth less"
        " than the price; 'below 0%': even the worse one is worth more. 'As believed' leaves the dates of success to"
        " our belief; in the other columns it comes in that month if it comes at all. Returns are continuous yearly"
        " rates; what a table does not vary is as the dossier and our belief have it."
    )
    return [*blocks, paragraph(""), paragraph(key)]


def requirements_page(part: Iso) -> list[RenderableType]:
    """Show what would have to be true, one sentence each, and what is held fixed."""
    held = next((one.held for one in part.requirements if one.about == "value"), "")
    lead = "What would have to be true for the price to be right, one thing changed at a time."
    kept = f" Held, unless the sentence names another: {held}. Returns are continuous yearly rates." if held else ""
    return [paragraph(lead + kept), bullets(one.text for one in part.requirements)]


def _grid(title: str, grid: Grid, currency: str) -> RenderableType:
    columns = (_CORNERS[grid.row_axis], *(f">{_side(label, grid.column_axis, currency)}" for label in grid.columns))
    scale, unit = _unit(grid, currency)
    rows = [
        (_side(label, grid.row_axis, currency), *(_cell(cell, scale) for cell in line))
        for label, line in zip(grid.rows, grid.cells, strict=True)
    ]
    return table(columns, rows, title=f"{title.format(unit=unit)}:")


def _unit(grid: Grid, currency: str) -> tuple[float, str]:
    """Choose the unit of the amounts of a grid: it stands in the title, so that the columns stay narrow."""
    most = max((abs(cell.value) for line in grid.cells for cell in line if not cell.state), default=0.0)
    scale, name = next(((size, name) for size, name in _UNITS if most >= size), (1.0, ""))
    return scale, f" in {currency}{name}"


def _side(label: float | str, axis: str, currency: str) -> str:
    if isinstance(label, str):
        return "As believed" if label == BELIEVED else label
    if axis == "success_value":
        return money(label, currency)
    return percent(label) if axis == "probability" else f"{100.0 * label:.3g}%"


def _cell(cell: Cell, scale: float) -> str:
    text = _STATES.get(cell.state) or (percent(cell.value) if cell.state else f"{cell.value / scale:,.3g}")
    return f"[{text}]" if cell.here else text


def _comparables(part: Iso, currency: str) -> list[RenderableType]:
    if not part.comparables:
        return []
    rows = [
        (one.name, one.date, money(one.value, currency), _STATES.get(one.state) or percent(one.implied))
        for one in part.comparables
    ]
    note = (
        "Each market value is taken as the success value as it stands: as money of the day on which success comes, on"
        " top of the floor, neither grown nor discounted from its own date."
    )
    if part.later:
        note += f" Left out, being of later dates: {'; '.join(part.later)}."
    columns = ("Were success worth what it was", "<On", ">Market value", ">Probability needed")
    return [table(columns, rows), paragraph(""), paragraph(note)]

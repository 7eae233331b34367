"""A market report as text and as CSV: its sections in order, each opened by the sentence that says what it shows."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

from rich.console import RenderableType

from bayesmile.market_report import MarketReport
from bayesmile.pages.assumed import assumed_page
from bayesmile.pages.bridge import bridge_page
from bayesmile.pages.event import events_page
from bayesmile.pages.evidence import gap_page
from bayesmile.pages.iso import iso_page, requirements_page
from bayesmile.pages.layout import heading, paragraph, section
from bayesmile.pages.measured import doubted_page, measured_page
from bayesmile.pages.newsdays import news_days_page
from bayesmile.pages.price import compared_page, levels_page, price_line, valuation_page
from bayesmile.pages.readings import readings_page
from bayesmile.pages.trace import trace_page
from bayesmile.pricing.trace import Trace
from bayesmile.sections.iso import Grid

__all__ = ["market_blocks", "market_tables"]

_Section = tuple[str, list[RenderableType]]


def market_blocks(report: MarketReport, trace: Trace | None = None) -> Iterator[RenderableType]:
    """Blocks of a market report for a rich console, or for `bayesmile.pages.layout.as_text`; the trace comes last."""
    yield paragraph(report.title, "bold")
    if report.changes:
        yield paragraph(f"Changed for this report: {'; '.join(report.changes)}.")
    yield heading(f"What the price assumes, as of {report.as_of}")
    yield paragraph(price_line(report.price))
    if report.silent:
        yield paragraph(report.silent)
    sections = list(_sections(report))
    if trace is not None:
        sections.append(("Where every number comes from", trace_page(trace)))
    for number, (title, parts) in enumerate(sections, start=1):
        yield section(number, title, *parts)
    yield paragraph("")
    yield paragraph("This is the output of research software, not investment advice.")


def _sections(report: MarketReport) -> Iterator[_Section]:
    currency = report.price.currency
    if report.readings is not None:
        yield "Read in three ways", readings_page(report.readings)
    if report.assumed is not None:
        yield "How sure that is", assumed_page(report.assumed, currency)
    if report.bridge is not None:
        yield "From the price per share to what must be explained", bridge_page(report.bridge, currency)
    if report.compared is not None:
        yield "Ours against the market's", compared_page(report.compared, report.horizon, report.deadlines)
    if report.iso is not None:
        yield "What would have to be true", requirements_page(report.iso)
        yield "All that gives the same price", iso_page(report.iso, currency)
    if report.measured is not None:
        yield "Physical and risk-neutral", measured_page(report.measured)
    yield from _evidence(report, currency)


def _evidence(report: MarketReport, currency: str) -> Iterator[_Section]:
    if report.levels is not None and report.valuation is not None:
        parts = [*levels_page(report.levels, currency), paragraph(""), *valuation_page(report.valuation, currency)]
        yield "What each price assumes, and where the price would be right", parts
    if report.gap is not None:
        yield "The gap, in evidence", gap_page(report.gap)
    if report.doubted is not None:
        yield "Where the doubt sits, ours and the market's", doubted_page(report.doubted)
    if report.events:
        yield "What the day of the news meant", events_page(report.events)
    if report.news_days is not None:
        yield "Every announcement day, and the run-up", news_days_page(report.news_days)


def market_tables(report: MarketReport) -> dict[str, str]:
    """CSV files by name, with full digits; a probability that does not exist is an empty cell."""
    parts: dict[str, Iterable[object]] = {
        "bridge": () if report.bridge is None else report.bridge.lines,
        "readings": () if report.readings is None else report.readings.lines,
        "assumed": () if report.assumed is None else report.assumed.lines,
        "compared": () if report.compared is None else report.compared.lines,
        "levels": () if report.levels is None else report.levels.lines,
        "requirements": () if report.iso is None else report.iso.requirements,
        "premium": () if report.measured is None else report.measured.sweep,
        "gap": () if report.gap is None else report.gap.kinds,
        "doubt": () if report.doubted is None else report.doubted.steps,
        "news_days": () if report.news_days is None else report.news_days.days.rows,
    }
    made = {name: [dict(_flat(row)) for row in rows] for name, rows in parts.items()}
    if report.bridge is not None:
        made["share_growth"] = [dict(_flat(period)) for period in report.bridge.growth.periods]
    if report.news_days is not None and report.news_days.run_up is not None:
        made["run_up"] = [dict(_flat(share)) for share in report.news_days.run_up.shares]
    if report.iso is not None:
        grids = (report.iso.curve, report.iso.by_return, report.iso.by_date, report.iso.worth)
        made |= {f"{_content(grid)}_by_{grid.row_axis}_and_{grid.column_axis}": list(_cells(grid)) for grid in grids}
    return {f"{name}.csv": _csv(rows) for name, rows in made.items() if rows}


def _content(grid: Grid) -> str:
    return "worth" if grid.column_axis == "probability" else "needed"


def _cells(grid: Grid) -> Iterator[dict[str, object]]:
    """Cells of a grid, one a row: its two assumptions, the value, its state and whether it is that of our numbers."""
    for row, cells in zip(grid.rows, grid.cells, strict=True):
        for column, cell in zip(grid.columns, cells, strict=True):
            yield {grid.row_axis: row, grid.column_axis: column, **dict(_flat(cell))}


def _csv(flat: list[dict[str, object]]) -> str:
    names = list(dict.fromkeys(name for row in flat for name in row))
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in flat)
    return file.getvalue()


def _flat(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Fields of a line, those of a part of it under its own name, several numbers each in a column of its own."""
    if is_dataclass(value):
        for field in fields(value):
            yield from _flat(getattr(value, field.name), f"{name}.{field.name}" if name else field.name)
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _flat(entry, f"{name}.{key}")
    elif isinstance(value, tuple) and value and all(isinstance(entry, float) for entry in value):
        for number, entry in enumerate(value, start=1):
            yield f"{name}.{number}", entry
    else:
        yield name, value


def _cell(value: object) -> str:
    """Text of a cell; text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return repr(value)
    text = "; ".join(str(entry) for entry in value) if isinstance(value, tuple) else str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text

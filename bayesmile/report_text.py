"""A report as text: its sections in order, each opened by the sentence that says what it shows."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from bayesmile.pages.layout import heading, paragraph, section
from bayesmile.pages.milestones import doubt_page, milestones_page
from bayesmile.pages.price import compared_page, levels_page, price_line, valuation_page
from bayesmile.report import Report, View

__all__ = ["report_blocks"]


def report_blocks(report: Report) -> Iterator[RenderableType]:
    """Blocks of a report for a rich console, or for `bayesmile.pages.layout.as_text`."""
    yield paragraph(report.title, "bold")
    yield paragraph(report.summary)
    if report.changes:
        yield paragraph(f"Changed for this report: {'; '.join(report.changes)}.")
    for view in report.views:
        yield heading(f"As of {view.as_of}")
        yield paragraph(price_line(view.price))
        for number, (title, parts) in enumerate(_sections(view), start=1):
            yield section(number, title, *parts)


def _sections(view: View) -> Iterator[tuple[str, list[RenderableType]]]:
    yield "How likely is each milestone, and when", milestones_page(view.milestones)
    currency = "" if view.price is None else view.price.currency
    if view.levels is not None:
        yield "What each price assumes", levels_page(view.levels, currency)
    if view.compared is not None:
        deadlines = {line.name: line.deadline for line in view.milestones.lines}
        yield "Ours against the market's", compared_page(view.compared, view.milestones.horizon, deadlines)
    if view.valuation is not None:
        yield "Where the price would be right", valuation_page(view.valuation, currency)
    yield "Where the doubt sits", doubt_page(view.doubts)

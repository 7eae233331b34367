"""A report as text: its sections in order, each opened by the sentence that says what it shows."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from bayesmile.pages.ahead import ahead_page
from bayesmile.pages.assumed import assumed_page
from bayesmile.pages.chain import chain_page, inert_page
from bayesmile.pages.credited import credited_page
from bayesmile.pages.event import events_page
from bayesmile.pages.evidence import foundation_page, gap_page
from bayesmile.pages.layout import bullets, heading, paragraph, section
from bayesmile.pages.milestones import doubt_page, milestones_page
from bayesmile.pages.price import compared_page, levels_page, price_line, valuation_page
from bayesmile.pages.readings import readings_page
from bayesmile.pages.supposed import supposed_page
from bayesmile.pages.swept import swept_page
from bayesmile.pages.uncertainty import uncertainty_page
from bayesmile.pages.weights import weights_page
from bayesmile.report import Report, View

__all__ = ["report_blocks"]

_Section = tuple[str, list[RenderableType]]


def report_blocks(report: Report) -> Iterator[RenderableType]:
    """Blocks of a report for a rich console, or for `bayesmile.pages.layout.as_text`."""
    yield paragraph(report.title, "bold")
    if report.summary:
        yield paragraph(report.summary)
    if report.changes:
        yield paragraph(f"Changed for this report: {'; '.join(report.changes)}.")
    for view in report.views:
        yield heading(f"As of {view.as_of}")
        yield paragraph(price_line(view.price))
        for number, (title, parts) in enumerate(_sections(view), start=1):
            yield section(number, title, *parts)


def _sections(view: View) -> Iterator[_Section]:
    currency, then = "" if view.price is None else view.price.currency, view.supposed
    yield "The answer", [bullets(view.answer)]
    if then is not None:
        yield "What if", supposed_page(then, currency)
    soon = None if then is None else then.milestones
    yield "How likely is each milestone, and when", milestones_page(view.milestones, soon)
    yield "How sure", uncertainty_page(view.uncertainty)
    yield "Chain of belief: what each announcement changed", chain_page(view.chain)
    if view.credited is not None:
        yield "What each announcement is worth, whatever the order", credited_page(view.credited)
    yield from _about_the_price(view, currency)
    yield "Where the doubt sits", doubt_page(view.doubts)
    if view.gap is not None:
        yield "What the day of the news meant", events_page(view.events)
    yield "What sentiment, scores and the price itself moved", inert_page(view.inert)
    yield "The assumptions that matter most", weights_page(view.weights, currency)
    if view.swept is not None:
        yield "How far each assumption would have to move", swept_page(view.swept, currency)
    if view.ahead is not None:
        yield "What to watch for", ahead_page(view.ahead, () if then is None else then.watched)
    yield "What this depends on", foundation_page(view.foundation, currency)


def _about_the_price(view: View, currency: str) -> Iterator[_Section]:
    then = view.supposed
    if view.readings is not None:
        page = readings_page(view.readings, None if then is None else then.readings)
        yield "What the price assumes, read in three ways", page
    if view.assumed is not None:
        yield "How sure that is", assumed_page(view.assumed, currency, None if then is None else then.assumed)
    if view.compared is not None:
        deadlines = {line.name: line.deadline for line in view.milestones.lines}
        page = compared_page(view.compared, view.milestones.horizon, deadlines, then)
        yield "Ours against the market's", page
    if view.gap is not None:
        yield "The gap, in evidence", gap_page(view.gap, None if then is None else then.gap)
    if view.levels is not None and view.valuation is not None:
        parts = levels_page(view.levels, currency, None if then is None else then.levels)
        parts += [
            paragraph(""),
            *valuation_page(view.valuation, currency, None if then is None else then.valuation),
        ]
        yield "What each price assumes, and where the price would be right", parts

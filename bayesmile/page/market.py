"""Parts of the page about the price: ours against it, everything that gives it, and the days on which news met it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bayesmile.page.blocks import Block, Bullets, Entries, Paragraph, Picture, Table, beside, table
from bayesmile.page.material import Material
from bayesmile.plots.curves import plot_iso_price
from bayesmile.plots.intervals import plot_comparison
from bayesmile.plots.newsdays import plot_news_days
from bayesmile.plots.prices import plot_prices
from bayesmile.sections.assumed import AssumedLine
from bayesmile.sections.compared import ComparedLine
from bayesmile.sections.price import PriceLevel
from bayesmile.sections.readings import ReadingLine
from bayesmile.sections.supposed import Supposed
from bayesmile.wording import bits, implied, interval, money, percent, sentence, words

__all__ = ["comparison_blocks", "event_blocks", "iso_blocks"]

_MARKS = (
    "P(market > ours): share of the draws in which the price implies more than we believe; ~ marks what is within the"
    " noise. Nearly silent: whatever the price, it could move this probability by less than ten points. Exponential"
    " tilt and any price are at the central numbers."
)
_READINGS = (
    "What the price assumes, read in three ways, at the central numbers; whether and when: relative entropy from our"
    " belief, a measure of how far it has to change, of being reached at all and of the date"
)


def comparison_blocks(made: Material) -> Iterator[Block]:
    """Ours against the market's."""
    view = made.view
    if view.compared is None:
        why = "No price could be read as of this date: nothing is said about the market."
        yield Paragraph(" ".join(view.today[1:]) or why)
        return
    ends = {line.name: line.deadline for line in view.milestones.lines}
    horizon = view.milestones.horizon
    yield Paragraph(view.compared.lead)
    if view.assumed is not None:
        yield Paragraph(view.assumed.flag, strong=True)
    note = (
        "Dots are ours, diamonds what the price implies if it changes only whether the priced milestone happens (reach"
        " tilt); bars are 90% intervals, grey what any price could imply at our dates."
    )
    then = view.supposed
    if then is not None:
        note += " Squares and triangles are the same two if what is supposed were known too."
    yield Picture("comparison", plot_comparison(view.compared, view.assumed, ends, horizon, then), note)
    sure = {} if view.assumed is None else {(line.milestone, line.by): line for line in view.assumed.lines}
    lines = [line for line in view.compared.lines if line.by in (horizon, ends[line.milestone])]
    columns = ["Milestone", "By", ">Ours", ">90% interval", ">Market", ">90% interval of it", ">P(market > ours)"]
    columns += [">Exponential tilt", ">Any price, at our dates"]
    rows = [_compared(line, sure.get((line.milestone, line.by))) for line in lines]
    if then is not None:
        columns, rows = beside(columns, rows, [_if_so(line, then) for line in lines], [range(2, 4), range(4, 7)])
    yield table("ours_against_market", columns, rows, caption="Ours against the market's, by milestone and date")
    yield Bullets((_MARKS, view.compared.reach_note, view.compared.exponential_note))
    yield from _readings(made)


def _compared(line: ComparedLine, sure: AssumedLine | None) -> Entries:
    ours, low, high = line.ours, line.ours, line.ours
    market, below, above, chance = line.reach, None, None, None
    if sure is not None:
        if sure.ours is not None:
            ours, low, high = sure.ours.mean, sure.ours.low, sure.ours.high
        market, below, above = (None if math.isnan(one) else one for one in (sure.median, sure.low, sure.high))
        chance = sure.above_ours
    span = "" if line.low is None or line.high is None else interval(line.low, line.high)
    return [
        sentence(words(line.milestone)),
        line.by,
        (percent(ours), ours),
        interval(low, high) if low != high else "",
        ("none", "") if market is None else (percent(market), market),
        "" if below is None or above is None else interval(below, above),
        "" if chance is None else (f"{percent(chance)}{' ~' if sure and sure.within_noise else ''}", chance),
        ("none", "") if line.exponential is None else (percent(line.exponential), line.exponential),
        f"{span}; nearly silent" if line.silent else span,
    ]


def _if_so(line: ComparedLine, then: Supposed) -> Entries:
    """Give cells as `_compared` does for ours and the market's, if so."""
    compared = {(one.milestone, one.by): one for one in (then.compared.lines if then.compared else ())}
    sure = {(one.milestone, one.by): one for one in (then.assumed.lines if then.assumed else ())}
    key = line.milestone, line.by
    if key in compared:
        return _compared(compared[key], sure.get(key))
    p, chance = then.prob(line.milestone, line.by), then.chance(line.milestone, line.by)
    if chance is None:
        return ["", "", (percent(p), p), "", "", "", ""]
    return ["", "", (percent(chance.mean), chance.mean), interval(chance.low, chance.high), "", "", ""]


def _readings(made: Material) -> Iterator[Block]:
    """Three readings of the price, and how many announcements the gap is worth."""
    view, then = made.view, made.view.supposed
    if view.readings is not None:
        part = view.readings
        columns = ["Reading", f">By {part.horizon}", f">By {part.deadline}", ">Even odds"]
        columns += [">Whether, bits", ">When, bits"]
        rows = [_reading(line) for line in part.lines]
        if then is not None and then.readings is not None:
            others = [_reading(line) for line in then.readings.lines]
            columns, rows = beside(columns, rows, others, [range(one, one + 1) for one in range(1, 4)])
        yield Paragraph(part.lead)
        yield table("readings", columns, rows, caption=_READINGS)
        yield Bullets(tuple(f"{sentence(line.name)}: {line.says}." for line in part.lines[1:]))
    if view.gap is not None:
        yield Paragraph(view.gap.lead)
        if then is not None and then.gap is not None:
            yield Paragraph(f"If so: {then.gap.lead}")
        yield _gap(made)


def _reading(line: ReadingLine) -> Entries:
    return [
        sentence(line.name),
        "" if line.by_horizon is None else (implied(line.by_horizon), line.by_horizon),
        "" if line.by_deadline is None else (percent(line.by_deadline), line.by_deadline),
        line.median or "",
        "" if line.whether_bits is None else (f"{line.whether_bits:.2f}", line.whether_bits),
        "" if line.when_bits is None else (f"{line.when_bits:.2f}", line.when_bits),
    ]


def _gap(made: Material) -> Table:
    gap = made.view.gap
    kinds = () if gap is None else gap.kinds
    rows: list[Entries] = [
        [
            sentence(words(kind.label)),
            (bits(kind.gap.bits_each), kind.gap.bits_each),
            (f"{kind.gap.count:.0f}", kind.gap.count) if kind.gap.suffices else "none suffices",
            (percent(kind.gap.ceiling), kind.gap.ceiling),
            f"{words(kind.gap.milestone)} within {kind.lead} months",
        ]
        for kind in kinds
    ]
    columns = ["One more announcement", ">Bits each", ">To close the gap", ">Ceiling", "Ceiling: made certain"]
    return table("evidence_gap", columns, rows, caption="The gap, in announcements", folded=True)


def iso_blocks(made: Material) -> Iterator[Block]:
    """Everything that gives the same price."""
    view, currency = made.view, made.currency
    if made.curve is None or made.iso is None:
        yield Paragraph("The price says nothing that a curve could show as of this date.")
        return
    yield Paragraph(made.iso.lead)
    note = (
        "Above its end on the left a curve takes more than certainty: no probability is enough. Diamonds are documented"
        " market values of other companies, as they stand."
    )
    yield Picture("iso-price", plot_iso_price(made.curve, view.milestones.horizon, currency), note)
    if view.levels is not None:
        rows = [_level(line, currency) for line in view.levels.lines]
        columns = ["Market value", ">Implied probability", ">Bits above ours"]
        if view.supposed is not None and view.supposed.levels is not None:
            others = [_level(line, currency) for line in view.supposed.levels.lines]
            columns, rows = beside(columns, rows, others, [range(1, 2), range(2, 3)])
        yield table("price_levels", columns, rows, caption="What each price assumes")
    if view.valuation is not None and view.valuation.break_evens:
        yield Paragraph(view.valuation.lead)
        if view.supposed is not None and view.supposed.valuation is not None:
            yield Paragraph(f"If so: {view.supposed.valuation.lead}")


def _level(line: PriceLevel, currency: str) -> Entries:
    return [
        (f"{money(line.price, currency)}{' (the price)' if line.actual else ''}", line.price),
        ("none is enough" if line.implied > 1.0 else percent(line.implied), line.implied),
        ("" if math.isinf(line.bits) else bits(line.bits), line.bits),
    ]


def event_blocks(made: Material) -> Iterator[Block]:
    """Show what the days of the news meant, and the price through time."""
    view = made.view
    for event in view.events:
        yield Paragraph(f"{event.lead} {event.timing}")
    if made.days is not None and made.days.days.rows:
        yield Paragraph(made.days.lead)
        note = (
            "Diamonds are what the move meant if all of it was about the priced milestone, at our payoffs; ticks the"
            " least that it meant, whatever success is worth; dots what the announcement meant to the model."
        )
        yield Picture("news-days", plot_news_days(made.days.days), note)
        yield _days(made)
    if made.told is not None:
        yield Picture("prices", plot_prices(made.told, made.headlines), "Log scale; circles follow news that acts.")
    if not view.events and made.days is None and made.told is None:
        yield Paragraph("No price stands beside the news.")


def _days(made: Material) -> Table:
    rows: list[Entries] = [
        [
            row.date,
            "; ".join(row.headlines),
            f"{row.previous} to {row.close}",
            (f"{100.0 * row.simple_return:+.1f}%", row.simple_return),
            (f"{row.bound_bits:.2f}", row.bound_bits),
            (bits(row.bits), row.bits),
            (bits(row.model_bits), row.model_bits),
            "" if math.isnan(row.standard) else (f"{row.standard:+.2f}", row.standard),
            row.verdict or row.undefined,
        ]
        for row in (made.days.days.rows if made.days is not None else ())
    ]
    columns = ["Day", "What became public", "Closes", ">Return", ">At least, bits", ">At our payoffs, bits"]
    columns += [">Model, bits", ">Noise, sd", "Verdict"]
    return table("news_days", columns, rows, caption="Days with news: the price beside the model", folded=True)

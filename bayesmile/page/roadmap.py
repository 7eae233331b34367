"""Parts of the page about the roadmap: the answer, the graph, and when each milestone happens."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bayesmile.page.blocks import Block, Bullets, Entries, Paragraph, Picture, Table, beside, table
from bayesmile.page.material import Material
from bayesmile.page.opening import caveat, opening, verdict
from bayesmile.plots.fans import plot_fans
from bayesmile.plots.graph import plot_roadmap
from bayesmile.report import View
from bayesmile.sections.basis import Target, phrase
from bayesmile.sections.milestones import MilestoneLine
from bayesmile.sections.supposed import Supposed
from bayesmile.sections.uncertainty import Chance
from bayesmile.wording import bits, implied, interval, money, percent, sentence, words

__all__ = ["answer_blocks", "fan_blocks", "graph_blocks"]

_CAPTION = "How likely each milestone is, and when; even odds: the month by which its chance reaches one half"


def answer_blocks(made: Material) -> Iterator[Block]:
    """Two plain sentences, how firm they are and what if, every view in one table, then the answer in full."""
    for text in opening(made.view):
        yield Paragraph(text, strong=True)
    if caveat(made.view):
        yield Paragraph(caveat(made.view))
    if made.view.supposed is not None:
        yield Paragraph(made.view.supposed.answer, strong=True)
    for view in made.report.views[:-1]:
        for text in opening(view)[1:2]:
            yield Paragraph(f"As of {view.as_of}: {text[:1].lower()}{text[1:]} {verdict(view)}".strip())
    yield _views(made)
    yield Paragraph("The same in full:")
    yield Bullets(made.view.today)


def _views(made: Material) -> Table:
    """One row a view: what was believed and what the price assumed as of each date."""
    targets = made.view.chain.targets
    asked = [sentence(phrase(target)) for target in targets]
    columns = ["As of", ">Market value", *(f">Ours: {text}" for text in asked)]
    columns += [">The price assumes", ">Gap at central numbers, bits"]
    rows = [_view(view, [phrase(target) for target in targets]) for view in made.report.views]
    then = made.view.supposed
    if then is not None:
        columns = [*columns, *(f">If so: {text}" for text in asked), ">The price would assume"]
        blank = [""] * (len(targets) + 1)
        so = [*(_chance(then, target) for target in targets), _implied(then)]
        rows = [[*row, *(so if number == len(rows) else blank)] for number, row in enumerate(rows, start=1)]
    return table("views", columns, rows, caption="What we believed and what the price assumed")


def _chance(then: Supposed, target: Target) -> str | tuple[str, float]:
    p, chance = then.prob(target.milestone, target.by), then.chance(target.milestone, target.by)
    return (percent(p), p) if chance is None else (_span(chance), chance.mean)


def _implied(then: Supposed) -> str | tuple[str, float]:
    return "" if math.isnan(then.implied_then) else (implied(then.implied_then), then.implied_then)


def _view(view: View, asked: list[str]) -> Entries:
    value = "" if view.price is None else (money(view.price.value, view.price.currency), view.price.value)
    found = dict(zip([phrase(target) for target in view.chain.targets], view.chain.total, strict=True))
    row: Entries = [view.as_of, value]
    for name in asked:
        chance = view.uncertainty.targets.get(name)
        if chance is not None:
            row.append((_span(chance), chance.mean))
        else:
            row.append((percent(found[name].after), found[name].after) if name in found else "")
    if view.gap is None:
        return [*row, "", ""]
    return [*row, (implied(view.gap.implied), view.gap.implied), (bits(view.gap.bits), view.gap.bits)]


def _span(chance: Chance) -> str:
    if chance.settled:
        return percent(chance.mean)
    return f"{percent(chance.mean)} ({interval(chance.low, chance.high)})"


def graph_blocks(made: Material) -> Iterator[Block]:
    """Draw the roadmap, then show its milestones by their deadlines and by year."""
    view = made.view
    yield Paragraph(view.milestones.lead)
    note = "The shaded part of a box is the probability by the deadline; the report names the bold boxes first."
    if made.drawing_then is not None:
        note += " The strokes at its edges, and the second number, are the same if what is supposed were known too."
    yield Picture("roadmap", plot_roadmap(made.drawing, made.drawing_then), note)
    horizon = view.milestones.horizon
    columns = ["Milestone", "Kind of risk", "Deadline", ">By deadline", ">90% interval", ">Central", ">Even odds"]
    columns += [f">By {horizon}", ">90% interval of it"]
    rows = [_line(line) for line in view.milestones.lines]
    if view.supposed is not None:
        pairs = zip(view.milestones.lines, view.supposed.milestones.lines, strict=True)
        then = [None if now.reached else _line(replace(so, reached=None)) for now, so in pairs]
        columns, rows = beside(columns, rows, then, [range(3, 5), range(5, 6), range(6, 7), range(7, 9)])
    yield table("milestones", columns, rows, caption=_CAPTION)
    if view.milestones.warnings:
        yield Bullets(view.milestones.warnings)
    for doubt in view.doubts:
        yield Paragraph(doubt.lead)


def _line(line: MilestoneLine) -> Entries:
    name = sentence(line.label)
    if line.reached is not None:
        return [name, line.risk, line.deadline, "reached", "", "", line.reached, "", ""]
    mixture = line.mixture
    at = None if mixture is None else mixture.by_deadline
    end = None if mixture is None else mixture.by_horizon
    return [
        name,
        line.risk,
        line.deadline,
        (percent(line.by_deadline if at is None else at.mean), line.by_deadline if at is None else at.mean),
        "" if at is None else interval(at.low, at.high),
        (percent(line.by_deadline), line.by_deadline),
        line.median if mixture is None else mixture.median,
        (percent(line.by_horizon if end is None else end.mean), line.by_horizon if end is None else end.mean),
        "" if end is None else interval(end.low, end.high),
    ]


def fan_blocks(made: Material) -> Iterator[Block]:
    """Show when each milestone happens, month by month."""
    if not made.fans.fans:
        yield Paragraph("Every milestone is reached: nothing is left to be dated.")
        return
    note = (
        "Upright dotted lines are the deadlines; past the right edge a milestone happens later, or never. Ours is the"
        " mean over the uncertain numbers, the market's line the reach tilt at the central ones."
    )
    if made.fans_then is not None:
        note += " Dashes and dots, with a band of their own, are ours if what is supposed were known too."
    yield Picture("fans", plot_fans(made.fans, made.fans_then), note)
    lines, then = made.view.milestones.lines, made.view.supposed
    years = list(lines[0].by_year)
    rows = [_years(line, years) for line in lines]
    if then is not None:
        others = [_years(line, years) for line in then.milestones.lines]
        pairs = zip(rows, others, strict=True)
        rows = [row for now, so in pairs for row in (now, [f"{now[0]}, if so", *so[1:]])]
    columns = ["By the end of", *(f">{year}" for year in years)]
    caption = "Probability by the end of each year, with 90% intervals"
    yield table("by_year", columns, rows, caption=caption, folded=True)


def _years(line: MilestoneLine, years: Sequence[str]) -> Entries:
    row: Entries = [sentence(words(line.name))]
    for year in years:
        chance = None if line.mixture is None else line.mixture.by_year.get(year)
        p = line.by_year[year] if chance is None else chance.mean
        row.append((percent(p) if chance is None else _span(chance), p))
    return row

"""Parts of the page about the roadmap: the answer, the graph, and when each milestone happens."""

from __future__ import annotations

from collections.abc import Iterator

from bayesmile.page.blocks import Block, Bullets, Entries, Paragraph, Picture, Table, table
from bayesmile.page.material import Material
from bayesmile.page.opening import caveat, opening
from bayesmile.plots.fans import plot_fans
from bayesmile.plots.graph import plot_roadmap
from bayesmile.report import View
from bayesmile.sections.basis import phrase
from bayesmile.sections.milestones import MilestoneLine
from bayesmile.sections.uncertainty import Chance
from bayesmile.wording import bits, implied, interval, money, percent, sentence, words

__all__ = ["answer_blocks", "fan_blocks", "graph_blocks"]


def answer_blocks(made: Material) -> Iterator[Block]:
    """Two plain sentences, how firm they are, every view in one table, then the answer in full."""
    for text in opening(made.view):
        yield Paragraph(text, strong=True)
    if caveat(made.view):
        yield Paragraph(caveat(made.view))
    for view in made.report.views[:-1]:
        for text in opening(view)[1:2]:
            yield Paragraph(f"As of {view.as_of}: {text[:1].lower()}{text[1:]} {caveat(view)}".strip())
    yield _views(made)
    yield Bullets(made.view.answer)


def _views(made: Material) -> Table:
    """One row a view: what was believed and what the price assumed as of each date."""
    targets = made.view.chain.targets
    asked = [sentence(phrase(target)) for target in targets]
    columns = ["As of", ">Market value", *(f">Ours: {text}" for text in asked), ">The price assumes", ">Gap, bits"]
    rows = [_view(view, [phrase(target) for target in targets]) for view in made.report.views]
    return table("views", columns, rows, caption="What we believed and what the price assumed")


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
    if chance.low == chance.high:
        return percent(chance.mean)
    return f"{percent(chance.mean)} ({interval(chance.low, chance.high)})"


def graph_blocks(made: Material) -> Iterator[Block]:
    """Draw the roadmap, then show its milestones by their deadlines and by year."""
    view = made.view
    yield Paragraph(view.milestones.lead)
    note = "The shaded part of a box is the probability by the deadline; the report names the bold boxes first."
    yield Picture("roadmap", plot_roadmap(made.drawing), note)
    horizon = view.milestones.horizon
    columns = ["Milestone", "Kind of risk", "Deadline", ">By deadline", ">90% interval", ">Central", ">Even odds"]
    columns += [f">By {horizon}", ">90% interval of it"]
    rows = [_line(line) for line in view.milestones.lines]
    yield table("milestones", columns, rows, caption="How likely each milestone is, and when")
    if view.milestones.warnings:
        yield Bullets(view.milestones.warnings)
    for doubt in view.doubts:
        yield Paragraph(doubt.lead)


def _line(line: MilestoneLine) -> Entries:
    name = f"{sentence(words(line.name))}: {line.title}"
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
    yield Picture("fans", plot_fans(made.fans), note)
    years = list(made.view.milestones.lines[0].by_year)
    rows: list[Entries] = []
    for line in made.view.milestones.lines:
        cells: Entries = [sentence(words(line.name))]
        for year in years:
            chance = None if line.mixture is None else line.mixture.by_year.get(year)
            p = line.by_year[year] if chance is None else chance.mean
            cells.append((percent(p) if chance is None else _span(chance), p))
        rows.append(cells)
    columns = ["By the end of", *(f">{year}" for year in years)]
    caption = "Probability by the end of each year, with 90% intervals"
    yield table("by_year", columns, rows, caption=caption, folded=True)

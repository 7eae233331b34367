"""Two dossiers, or one at two dates, as text and as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, section, table
from bayesmile.pages.price import price_line
from bayesmile.sections.basis import phrase
from bayesmile.sections.chain import ChainPart
from bayesmile.sections.changed import ChangedInput, NewsLine, NewsPair
from bayesmile.sections.contrast import Contrast, ContrastLine, ContrastMilestone
from bayesmile.sections.side import Side
from bayesmile.sections.uncertainty import Chance
from bayesmile.steps import Step
from bayesmile.wording import bits, count, implied, listed, money, percent, points, words

__all__ = ["contrast_csv", "contrast_page"]

_ROUNDING = 1e-12
_LONGEST = 36  # characters of a value that is text
_MOST_NEWS, _MOST_FIELDS, _MOVERS = 20, 40, 8
_KEY = "Means over the uncertain numbers with 90% intervals; points and bits are those of B less A."
_EXACT = "Points and bits are those of B less A."


def contrast_page(part: Contrast) -> list[RenderableType]:
    """Say what is compared, what differs in it, and what that does to probabilities, dates and the price."""
    blocks: list[RenderableType] = [paragraph(f"A: {_named(part.a)}"), paragraph(f"B: {_named(part.b)}")]
    blocks += [paragraph(""), paragraph(part.lead, "bold")]
    parts = [
        ("What differs in the input", _input(part.input)),
        ("How likely is each milestone", _chances(part)),
        ("When: even odds", _months(part)),
        ("The price", _market(part)),
    ]
    if part.chain is not None:
        parts.append(("What moved it in between", _moved(part.chain)))
    blocks += [section(number, title, *found) for number, (title, found) in enumerate(parts, start=1)]
    return [*blocks, paragraph(""), bullets(part.notes)] if part.notes else blocks


def _named(side: Side) -> str:
    changed = f", with {'; '.join(side.changes)}" if side.changes else ""
    known = f"{count(side.items, 'item')} known, {count(side.pieces, 'piece')} of evidence"
    return f"{side.name} as of {side.as_of}{changed} ({known})"


def _input(part: ChangedInput) -> list[RenderableType]:
    blocks: list[RenderableType] = [paragraph(part.lead)]
    if part.fields:
        rows = [(one.field, _value(one.a), _value(one.b)) for one in part.fields[:_MOST_FIELDS]]
        blocks.append(table(("Assumption", ">A", ">B"), [*rows, *_more(len(part.fields) - _MOST_FIELDS, 3)]))
    parts = (("A", part.parts_a), ("B", part.parts_b))
    said = [f"Only {label} has {listed(names)}." for label, names in parts if names]
    said += [f"{name}: {count(only[0], 'row')} only in A, {only[1]:,} only in B." for name, only in part.tables.items()]
    if part.words:
        said.append(f"Prose differs in {listed(part.words[:6])}{_beyond(len(part.words) - 6)}.")
    blocks += [bullets(said)] if said else []
    for label, news in (("A", part.news_a), ("B", part.news_b)):
        blocks += _news(news, f"Known to {label} only:")
    return [*blocks, _corrected(part.corrected)] if part.corrected else blocks


def _value(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_value, value))
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _more(left: int, columns: int) -> list[tuple[str, ...]]:
    return [(f"and {left:,} more", *[""] * (columns - 1))] if left > 0 else []


def _beyond(left: int) -> str:
    return f" and {left:,} more" if left > 0 else ""


def _news(news: tuple[NewsLine, ...], title: str) -> list[RenderableType]:
    """Items that act, the latest of them if there are many; those that move nothing by rule are counted."""
    acting = [one for one in news if not one.still]
    rows = [(one.announced, words(one.milestone), one.headline) for one in acting[-_MOST_NEWS:]]
    earlier = len(acting) - _MOST_NEWS
    first = [("...", "", f"{count(earlier, 'item')} before these")] if earlier > 0 else []
    blocks: list[RenderableType] = []
    if rows:
        blocks.append(table(("<Public", "About", "What"), [*first, *rows], title=title))
    if len(acting) < len(news):
        blocks.append(paragraph(f"{title} {count(len(news) - len(acting), 'item')} moving nothing, by rule."))
    return blocks


def _corrected(pairs: tuple[NewsPair, ...]) -> RenderableType:
    rows = [
        (one.a.announced, one.a.headline, f"{listed(one.fields)}" if one.fields else "", one.b.announced)
        for one in pairs
    ]
    columns = ("<Public in A", "What", "Differs in", "<Public in B")
    return table(columns, rows, title="Known to both in two versions:")


def _chances(part: Contrast) -> list[RenderableType]:
    rows = [
        (words(one.name), line.by, _cell(line.a), _cell(line.b), points(line.points / 100.0), bits(line.bits))
        for one in part.milestones
        for line in one.lines
    ]
    columns = ("Milestone", "<By", ">A", ">B", ">Points", ">Bits")
    uncertain = any(line.a.low < line.a.high or line.b.low < line.b.high for line in _lines(part))
    blocks: list[RenderableType] = [table(columns, rows, title=_KEY if uncertain else _EXACT)]
    only = [
        f"Only {label} has {listed([words(name) for name in names])}."
        for label, names in (("A", part.only_a), ("B", part.only_b))
        if names
    ]
    return [*blocks, bullets(only)] if only else blocks


def _cell(one: Chance) -> str:
    """Mean and interval; without the interval where it is no wider than the rounding of a sum."""
    return percent(one.mean) if one.high - one.low < _ROUNDING else one.cell


def _lines(part: Contrast) -> Iterator[ContrastLine]:
    return (line for one in part.milestones for line in one.lines)


def _months(part: Contrast) -> list[RenderableType]:
    rows = [(words(one.name), _month(one, "a"), _month(one, "b"), _shift(one)) for one in part.milestones]
    lead = "The month by whose end each milestone has happened with probability one half; beyond: not on the grid."
    return [paragraph(lead), table(("Milestone", ">A", ">B", ">Months later"), rows)]


def _month(one: ContrastMilestone, side: str) -> str:
    reached = one.reached_a if side == "a" else one.reached_b
    return (one.month_a if side == "a" else one.month_b) if reached is None else f"reached {reached}"


def _shift(one: ContrastMilestone) -> str:
    """Months from A's to B's; a dash where either has none."""
    if "beyond" in (one.month_a, one.month_b):
        return "-"
    first, last = (12 * int(month[:4]) + int(month[5:]) for month in (one.month_a, one.month_b))
    return f"{last - first:+d}" if last != first else "0"


def _market(part: Contrast) -> list[RenderableType]:
    said = [(label, _price(side)) for label, side in (("A", part.a), ("B", part.b))]
    said = [("Both", said[0][1])] if said[0][1] == said[1][1] else said
    blocks: list[RenderableType] = [paragraph(f"{label}: {text}") for label, text in said]
    if part.a.ours is None and part.b.ours is None:
        return blocks
    about = dict.fromkeys(f"{side.priced} in {label}" for label, side in (("A", part.a), ("B", part.b)) if side.priced)
    if part.a.priced == part.b.priced:
        about = {part.a.priced: None}
    blocks += [paragraph(""), paragraph(f"It is read about {listed(list(about))}.")]
    rows = [row for row in _market_rows(part.a, part.b) if row[1:] != ("-", "-")]
    return [*blocks, table(("", ">A", ">B"), rows)]


def _price(side: Side) -> str:
    """Price with its bridge, and why it says nothing where that is so."""
    line = "" if side.price is None else price_line(side.price)
    return " ".join(filter(None, (line, side.silent)))


def _market_rows(a: Side, b: Side) -> Iterator[tuple[str, ...]]:
    yield "Market value", *(_money(side, None if side.price is None else side.price.value) for side in (a, b))
    yield "Model value (central)", *(_money(side, side.model_value) for side in (a, b))
    yield "Our probability", *("-" if side.ours is None else _cell(side.ours) for side in (a, b))
    yield "Implied by the price", *("-" if math.isnan(side.implied) else implied(side.implied) for side in (a, b))
    yield "Implied less ours (central), bits", *(bits(side.gap_bits) for side in (a, b))


def _money(side: Side, amount: float | None) -> str:
    return "-" if amount is None or math.isnan(amount) else money(amount, side.currency)


def _moved(part: ChainPart) -> list[RenderableType]:
    """News that moved a headline most, in order, and the rest in one line."""
    letters = [chr(ord("P") + number) for number in range(len(part.targets))]
    named = "; ".join(f"{letter} is {phrase(target)}" for letter, target in zip(letters, part.targets, strict=True))
    news = [step for step in part.steps if step.kind != "time" and step.moved]
    most = sorted(news, key=_size, reverse=True)[:_MOVERS]
    shown = [step for step in news if any(step is one for one in most)]
    rest = [step for step in part.steps if not any(step is one for one in shown)]
    rows = [(step.date, _what(step), *_cells([step])) for step in shown]
    also = count(len(news) - len(shown), "other item") if len(news) > len(shown) else ""
    rows.append(("", " and ".join(filter(None, ("time and silence", also))), *_cells(rest, len(part.targets))))
    total = [cell for move in part.total for cell in (points(move.points / 100.0), bits(move.bits))]
    rows.append(("", "together", *total))
    columns = ("<Date", "What", *(f">{letter} {unit}" for letter in letters for unit in ("points", "bits")))
    return [paragraph(part.lead), table(columns, rows, title=f"At the dossier's own numbers. {named}.")]


def _size(step: Step) -> float:
    return max(abs(move.bits) for move in step.moves)


def _what(step: Step) -> str:
    return f"{'withdrawn: ' if step.kind == 'withdrawal' else ''}{step.headline or step.label}"


def _cells(steps: Iterable[Step], targets: int = 0) -> list[str]:
    """Points and bits of each target, summed over the steps; bits of both infinite signs have no sum."""
    columns = list(zip(*(step.moves for step in steps), strict=True)) or [()] * targets
    cells = []
    for moves in columns:
        cells += [points(sum(move.points for move in moves) / 100.0), bits(sum(move.bits for move in moves))]
    return cells


def contrast_csv(part: Contrast) -> str:
    """One row a milestone and deadline, with full digits."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    numbers = ("mean", "low", "high", "central")
    sides = [f"{side}_{name}" for side in ("a", "b") for name in numbers]
    writer.writerow(["milestone", "by", *sides, "points", "bits", "even_odds_a", "even_odds_b"])
    for one in part.milestones:
        for line in one.lines:
            chances = [repr(getattr(chance, name)) for chance in (line.a, line.b) for name in numbers]
            gaps = [repr(line.points), repr(line.bits)]
            writer.writerow([one.name, line.by, *chances, *gaps, one.month_a, one.month_b])
    return file.getvalue()

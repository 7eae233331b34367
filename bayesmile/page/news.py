"""Parts of the page about news: belief through time, what each announcement changed, and the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain as joined

from bayesmile.page.blocks import Block, Bullets, Entries, Paragraph, Picture, Table, linked, table
from bayesmile.page.material import Material
from bayesmile.plots.timeline import plot_timeline, whole_chain
from bayesmile.plots.waterfalls import plot_waterfall
from bayesmile.sections.basis import phrase
from bayesmile.sections.chain import ChainPart
from bayesmile.sections.records import Record
from bayesmile.steps import Step
from bayesmile.wording import bits, count, percent, points, sentence, words

__all__ = ["attribution_blocks", "ledger_blocks", "timeline_blocks"]


def _story(made: Material) -> tuple[ChainPart, ...]:
    return whole_chain([view.chain for view in made.report.views])


def timeline_blocks(made: Material) -> Iterator[Block]:
    """Belief through time, with the market beside it."""
    if made.told is not None:
        yield Paragraph(f"{made.told.label} {made.told.lead}")
    note = (
        "Triangles are announcements that moved a line, crosses those that moved none; between them time passes and"
        " silence counts. Lines are at the central numbers."
    )
    yield Picture("timeline", plot_timeline(_story(made), made.told), note)


def attribution_blocks(made: Material) -> Iterator[Block]:
    """Show what each announcement changed, target by target, in order."""
    story = _story(made)
    for part in story:
        yield Paragraph(part.lead)
    for number in range(len(story[0].targets)):
        note = (
            "Each bar begins where the one before ended. What an announcement adds depends on what was known before it:"
            " another order would share the same total out otherwise. All at the central numbers."
        )
        yield Picture(f"waterfall-{number + 1}", plot_waterfall(story, number), note if number == 0 else "")
    yield _steps(story)
    still: dict[str, int] = {}
    for reason, number in joined.from_iterable(part.still.items() for part in story):
        still[reason] = still.get(reason, 0) + number
    if still:
        yield Paragraph("What moved neither, and why:")
        yield Bullets(tuple(f"{count(number, 'item')}: {reason}." for reason, number in still.items()))


def _steps(story: tuple[ChainPart, ...]) -> Table:
    """Every step, with all digits in the download."""
    steps = [step for part in story for step in part.steps if step.moved]
    columns = ["Date", "What became public"]
    for target in story[0].targets:
        name = sentence(phrase(target))
        columns += [f">{name}: from", ">to", ">points", ">bits"]
    rows = [_step(step) for step in steps]
    return table("chain_of_belief", columns, rows, caption="Chain of belief, step by step", folded=True)


def _step(step: Step) -> Entries:
    what = "time and silence" if step.kind == "time" else step.headline or step.label
    row: Entries = [step.date, f"{'withdrawn: ' if step.kind == 'withdrawal' else ''}{what}"]
    for move in step.moves:
        row += [(percent(move.before), move.before), (percent(move.after), move.after)]
        row += [(points(move.points / 100.0), move.points), (bits(move.bits), move.bits)]
    return row


def ledger_blocks(made: Material) -> Iterator[Block]:
    """Every record with its sources, stories, retractions and what it moved."""
    foundation, records = made.view.foundation, made.records
    alone = [row for row in records.rows if row.retracted]
    lead = (
        f"{count(len(records.rows), 'record')} were public by {records.as_of}, from"
        f" {count(foundation.sources, 'source')}; {foundation.effective} act as independent pieces of evidence, each"
        " story counted once."
        f" {count(len(alone), 'record')} had been withdrawn by then."
    )
    yield Paragraph(lead)
    effects = {step.id: step for part in _story(made) for step in part.steps if step.kind == "news"}
    targets = [sentence(phrase(target)) for target in made.view.chain.targets]
    columns = ["Public", "Headline", "What it moved", "Sources", "About", "Says", "Story", "Withdrawn", "Note"]
    rows = [_record(row, effects.get(row.id), targets) for row in records.rows]
    yield table("ledger", columns, rows, caption="The ledger")
    yield Paragraph(made.view.inert.lead)
    kinds = made.view.inert.kinds
    if kinds:
        told = [f"{kind.title}: {count(len(kind.headlines), 'item')}. {kind.rationale}" for kind in kinds]
        yield Bullets(tuple(told))
    if foundation.outside:
        yield Paragraph("Outside the months for which their stream claims to be complete, so without effect:")
        yield Bullets(foundation.outside)


def _record(row: Record, step: Step | None, targets: list[str]) -> Entries:
    about = words(row.kind or row.type)
    party = f" ({row.counterparty})" if row.counterparty else ""
    return [
        row.announced,
        f"{row.headline}{party}",
        _moved(row, step, targets),
        linked(row.sources),
        f"{about}{f' on {words(row.milestone)}' if row.milestone else ''}",
        row.says.replace("_", " "),
        row.story,
        row.retracted,
        row.note,
    ]


def _moved(row: Record, step: Step | None, targets: list[str]) -> str:
    if step is None:
        return "nothing: its kind moves nothing, by assumption" if row.inert else ""
    if not step.moved:
        return f"nothing: {step.note or 'too little to see, or about another milestone'}"
    return "; ".join(f"{name} {bits(move.bits)} bits" for name, move in zip(targets, step.moves, strict=True))

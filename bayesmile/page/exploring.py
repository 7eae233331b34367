"""Parts of the page on what could be: credit whatever the order, what to watch for, what if, and thresholds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from bayesmile.catalysts import Catalyst
from bayesmile.page.blocks import Block, Bullets, Entries, Paragraph, Picture, Table, table
from bayesmile.page.material import Material
from bayesmile.plots.waterfalls import plot_credits
from bayesmile.sections.ahead import Ahead, named
from bayesmile.sections.basis import phrase
from bayesmile.sections.credited import Credited
from bayesmile.sections.supposed import Supposed, SupposedLine
from bayesmile.sections.swept import Swept, distance
from bayesmile.sections.weights import amount
from bayesmile.watched import Watched
from bayesmile.wording import bits, implied, interval, money, percent, points, sentence, words

__all__ = ["credit_blocks", "suppose_blocks", "threshold_blocks", "watch_blocks"]

_WATCHED = "What to watch for, what tells most first; at the central numbers"
_OPEN = 12  # rows of the watch list that are seen at once
_BARS = 16  # shares drawn


def credit_blocks(made: Material) -> Iterator[Block]:
    """Each item's share of the whole move, whatever their order; nothing where that was not asked for."""
    part = made.view.credited
    if part is None:
        return
    yield Paragraph(part.lead)
    for number, target in enumerate(part.targets):
        held = [one for one in part.credits if math.isfinite(one.bits[number])]
        held = sorted(held, key=lambda one: -abs(one.bits[number]))[:_BARS]
        if held:
            figure = plot_credits(
                [f"{one.date} {one.headline or one.label}" for one in held],
                [one.bits[number] for one in held],
                None if part.exact else [one.bit_errors[number] for one in held],
                about=phrase(target),
            )
            yield Picture(f"credit-{number + 1}", figure)
    yield _credits(part)


def _credits(part: Credited) -> Table:
    columns = ["Item or story", "Public"]
    for target in part.targets:
        name = sentence(phrase(target))
        columns += [f">{name}: points", ">bits", ">standard error, bits"]
    rows: list[Entries] = []
    for one in part.credits:
        row: Entries = [one.headline or one.label, one.date]
        for shift, share, error in zip(one.points, one.bits, one.bit_errors, strict=True):
            row += [(points(shift / 100.0), shift), (bits(share), share), (f"{error:.3f}", error)]
        rows.append(row)
    return table("credits", columns, rows, caption="Credit whatever the order (Shapley)", folded=True)


def watch_blocks(made: Material) -> Iterator[Block]:
    """Show what may become public next, and the dates ahead."""
    part = made.view.ahead
    if part is None:
        yield Paragraph("What lies ahead was not asked for.")
        return
    yield Paragraph(part.lead)
    telling, rest = part.entries[:_OPEN], part.entries[_OPEN:]  # the entries are ranked
    if telling:
        yield _watched("watch_list", part, telling, made.view.supposed)
    if rest:
        yield _watched("watch_list_rest", part, rest, made.view.supposed)
    if part.catalysts:
        yield _dates(part)
    if part.left_out:
        yield Paragraph("Not watched:")
        yield Bullets(tuple(map(sentence, part.left_out)))


def _watched(name: str, part: Ahead, entries: Sequence[Watched], then: Supposed | None) -> Table:
    columns = ["What may become public", *(f">Chance in {months} months" for months in part.months)]
    for target, now in zip(part.targets, part.now, strict=True):
        asked = f"{sentence(phrase(target))}, now {percent(now)}"
        columns += [f">{asked}: if seen next month", f">if none in {part.months[-1]} months", ">expected bits"]
    rows = [_entry(one, part) for one in entries]
    if then is not None:
        others = {one.label: one for one in then.watched}
        columns += [f">If so: chance in {part.months[-1]} months"]
        columns += [f">If so: {phrase(target)}, if seen next month" for target in part.targets]
        rows = [[*row, *_if_so(others.get(one.label), part)] for row, one in zip(rows, entries, strict=True)]
    caption = _WATCHED if name == "watch_list" else "What tells less"
    return table(name, columns, rows, caption=caption, folded=name != "watch_list")


def _if_so(one: Watched | None, part: Ahead) -> Entries:
    """Cells of what would come besides what is supposed."""
    if one is None:
        return [""] * (1 + len(part.targets))
    chance = one.spans[-1].probability
    return [(percent(chance), chance), *(_told(seen) for seen in one.seen)]


def _entry(one: Watched, part: Ahead) -> Entries:
    last = one.spans[-1]
    row: Entries = [sentence(named(part.titles, one))]
    row += [(percent(span.probability), span.probability) for span in one.spans]
    for seen, unseen, gain in zip(one.seen, last.unseen, last.gains, strict=True):
        row += [_told(seen), _told(unseen), (f"{gain:.3f}" if gain >= 5e-4 else "<0.001", gain)]
    return row


def _told(probability: float) -> str | tuple[str, float]:
    return "" if math.isnan(probability) else (percent(probability), probability)


def _dates(part: Ahead) -> Table:
    columns = ["Date", "What falls due", ">Chance that it is met"]
    for target in part.targets:
        columns += [f">{sentence(phrase(target))}: if met", ">if missed", ">expected movement, points"]
    rows = [_date(one) for one in part.catalysts]
    return table("dates_ahead", columns, rows, caption="Dates ahead, and how far the belief is expected to move")


def _date(one: Catalyst) -> Entries:
    row: Entries = [one.date, sentence(words(one.label)), _told(one.probability)]
    for met, missed, moved, error in zip(one.met, one.missed, one.movements, one.errors, strict=True):
        row += [_told(met), _told(missed), (f"{moved:.1f}{f' (error {error:.1f})' if error else ''}", moved)]
    return row


def suppose_blocks(made: Material) -> Iterator[Block]:
    """Show today's answers beside those that supposed news would leave; nothing where nothing is supposed."""
    part = made.view.supposed
    if part is None:
        return
    yield Paragraph(f"What if? {part.lead}")
    yield from (Paragraph(sentence(text)) for text in (part.warning, part.settled and f"If so: {part.settled}") if text)
    lines = [one for one in dict.fromkeys((*part.headline, *part.lines)) if not math.isnan(one.bits)]
    rows = [[*_supposed(line), *_at_the_centre(line)] for line in lines]
    rows += [[*row, *([""] * 5)] for row in _values(part, made.currency)]
    columns = ["Question", ">Now", ">90% interval", ">If so", ">90% interval if so"]
    columns += [">Central now", ">Central if so", ">Bits", ">Even odds now", ">Even odds if so"]
    yield table("what_if", columns, rows, caption="Now, and if what is supposed were known too")


def _supposed(line: SupposedLine) -> Entries:
    row: Entries = [sentence(phrase(line.target))]
    for p, chance in ((line.now, line.chance_now), (line.then, line.chance_then)):
        row += [_told(p), ""] if chance is None else [_told(chance.mean), interval(chance.low, chance.high)]
    return row


def _at_the_centre(line: SupposedLine) -> Entries:
    return [_told(line.now), _told(line.then), (bits(line.bits), line.bits), line.month_now, line.month_then]


def _values(part: Supposed, currency: str) -> Iterator[Entries]:
    if not math.isnan(part.value_now):
        now, then = ((money(one, currency), one) for one in (part.value_now, part.value_then))
        yield ["Model value", now, "", then, ""]
    if not math.isnan(part.implied_now):
        now, then = ((implied(one), one) for one in (part.implied_now, part.implied_then))
        yield ["The price assumes", now, "", then, ""]


def threshold_blocks(part: Swept | None, currency: str) -> Iterator[Block]:
    """How far each assumption must move to close the gap with the market; nothing without a price."""
    if part is None:
        return
    yield Paragraph(part.lead)
    rows: list[Entries] = []
    for one in part.thresholds:
        meets = "" if one.meets is None else (amount(one.field, one.meets, currency), one.meets)
        far = one.move_sd is None or math.isnan(one.move_sd)
        sds = "" if far or one.move_sd is None else (f"{one.move_sd:+.2f}", one.move_sd)
        now = (amount(one.field, one.value, currency), one.value)
        rows.append([sentence(words(one.label)), now, meets, sds, distance(one, currency)])
    if rows:
        columns = ["To close the gap, move", ">From", ">To", ">By, prior sd", "Which is"]
        yield table("thresholds", columns, rows, caption="How far each assumption is from closing the gap", folded=True)

"""Tables of the evidence gap, and of what a view rests on."""

from __future__ import annotations

import math

from rich.console import Group, RenderableType

from bayesmile.pages.layout import IF_SO, bullets, paragraph, table
from bayesmile.sections.foundation import Amount, Foundation
from bayesmile.sections.gap import Gap, GapKind
from bayesmile.wording import bits, count, money, percent, sentence, words

__all__ = ["foundation_page", "gap_page"]

_KINDS = 8
_AMOUNTS = ("floor", "beyond")


def gap_page(part: Gap, then: Gap | None = None) -> list[RenderableType]:
    """Bits of one announcement of each kind, how many close the gap, and the ceiling; `then`: the gap, if so."""
    sign = math.copysign(1.0, part.bits)
    useful = [kind for kind in part.kinds if kind.like or sign * kind.gap.bits_each >= 0.005]
    rows = [_gap_row(kind) for kind in useful[:_KINDS]]
    columns = ("One more announcement", ">Bits each", ">To close the gap", "Ceiling: its milestone made certain")
    blocks: list[RenderableType] = [paragraph(part.lead)]
    if rows:
        note = (
            "Ceiling: what endlessly many would give, the same as its milestone made certain within the months by which"
            " such news leads it. All are taken as of one day; 'at its best' answers every attribute in favour."
        )
        blocks += [table(columns, rows), paragraph(""), paragraph(note)]
    return blocks if then is None else [*blocks, paragraph(""), paragraph(f"{sentence(IF_SO)}: {then.lead}")]


def _gap_row(kind: GapKind) -> tuple[str, ...]:
    needed = f"{kind.gap.count:,.0f}" if kind.gap.suffices else "none suffices"
    ceiling = f"{percent(kind.gap.ceiling)}: {words(kind.gap.milestone)} within {kind.lead} months"
    return kind.label, bits(kind.gap.bits_each), needed, ceiling


def foundation_page(part: Foundation, currency: str) -> list[RenderableType]:
    """Hindsight, assumptions about value, comparables, warnings."""
    blocks: list[RenderableType] = [paragraph(part.lead)]
    if part.assumptions:
        rows = [_assumption(entry, currency) for entry in part.assumptions]
        blocks.append(table(("Assumption about value", ">Value", "90% interval"), rows))
        blocks.append(Group(paragraph("")))
    notes = [part.hindsight, part.market_note]
    if part.comparables:
        shown = "; ".join(
            f"{name} {money(float(str(row['value'])), currency)} ({row['date']})"
            for name, row in part.comparables.items()
        )
        notes.append(f"Market values to compare with: {shown}.")
    if part.outside:
        notes.append(f"Gave no evidence, being outside the months that their streams cover: {'; '.join(part.outside)}.")
    notes += [f"{sentence(warning)}." for warning in part.warnings]
    notes.append(
        f"Evidence: {part.items} items, of which {part.effective} count as evidence (stories once), and"
        f" {count(part.unreported, 'milestone')} not yet reported."
    )
    return [*blocks, bullets(note for note in notes if note), paragraph(""), paragraph(part.disclaimer)]


def _assumption(entry: Amount, currency: str) -> tuple[str, str, str]:
    def shown(value: float) -> str:
        if entry.name == "share_factor":
            return f"{value:.4g} times"
        amount = entry.name in _AMOUNTS or entry.name.startswith("values.")
        return money(value, currency) if amount else f"{100.0 * value:.3g}% a year"

    name = entry.name.removeprefix("values.")
    label = f"success: {words(name)}" if name != entry.name else words(name)
    interval = "" if entry.low is None or entry.high is None else f"{shown(entry.low)} to {shown(entry.high)}"
    return label, shown(entry.value), interval

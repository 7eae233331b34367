"""Tables of milestones and of doubt."""

from __future__ import annotations

import math

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.sections.milestones import Doubt, MilestoneLine, Milestones
from bayesmile.wording import percent, words

__all__ = ["doubt_page", "milestones_page"]

_KEY = (
    "Means over the uncertain numbers, with 90% intervals; central: by the deadline, at the dossier's own numbers. Even"
    " odds: the month by which the mean reaches one half."
)
_EVEN = "Even odds: the month by which the probability reaches one half."


def milestones_page(part: Milestones) -> list[RenderableType]:
    """Probability of each milestone by its deadline, its median month, and by year."""
    ahead = [line for line in part.lines if line.reached is None]
    blocks: list[RenderableType] = [paragraph(part.lead), _deadlines(part)]
    if ahead:
        blocks.append(_years(ahead))
    blocks += [paragraph(""), paragraph(_beyond(part, ahead))] if ahead else []
    return blocks + ([bullets(part.warnings)] if part.warnings else [])


def _deadlines(part: Milestones) -> RenderableType:
    mixed = any(line.mixture is not None for line in part.lines)
    rows = [_deadline(line) for line in part.lines]
    central = [">Central"] if mixed else []
    columns = ["Milestone", "<Deadline", ">By deadline", *central, ">Even odds", f">By {part.horizon}"]
    return table(columns, rows, title=_KEY if mixed else _EVEN)


def _deadline(line: MilestoneLine) -> tuple[str, ...]:
    name, mixed = words(line.name), line.mixture
    name = line.title if line.title.lower().startswith(name) else f"{name}: {line.title}"
    if line.reached is not None:
        return name, line.deadline, "reached", *([""] * (mixed is not None)), line.reached, "100%"
    median = line.median if mixed is None else mixed.median
    if mixed is None:
        return name, line.deadline, percent(line.by_deadline), median, percent(line.by_horizon)
    return name, line.deadline, mixed.by_deadline.cell, percent(line.by_deadline), median, mixed.by_horizon.cell


def _years(lines: list[MilestoneLine]) -> RenderableType:
    years = tuple(lines[0].by_year)
    rows = [(words(line.name), *(percent(_mean(line, year)) for year in years)) for line in lines]
    return table(("<By the end of", *(f">{year}" for year in years)), rows)


def _mean(line: MilestoneLine, year: str) -> float:
    return line.by_year[year] if line.mixture is None else line.mixture.by_year[year].mean


def _beyond(part: Milestones, lines: list[MilestoneLine]) -> str:
    last = lines[-1]
    where = "" if last.mixture is None else " at the central numbers"
    text = f"Beyond {part.horizon}{where}: {words(last.name)} has {percent(1.0 - last.by_horizon)} there"
    if last.later == last.later:
        text += f", {percent(last.later)} of it later and {percent(last.never)} never, as far as the delays say"
    return f"{text}."


def doubt_page(parts: tuple[Doubt, ...]) -> list[RenderableType]:
    """Each step's share of the doubt, by step and by kind of risk."""
    if not parts:
        return [paragraph("Nothing is in doubt: every headline milestone is known to have been reached.")]
    blocks: list[RenderableType] = []
    for part in parts:
        if math.isinf(part.bits):
            blocks += [paragraph(part.lead), paragraph("")]
            continue
        rows = [
            (words(step.milestone), step.risk, f"{step.bits:.2f}", percent(step.share))
            for step in part.steps
            if step.bits > 0.0
        ]
        by_risk = ", ".join(f"{risk} {percent(share)}" for risk, share in part.by_risk.items() if share > 0.0)
        columns = ("<Step", "Kind of risk", ">Bits of doubt", ">Share")
        blocks += [paragraph(part.lead), table(columns, rows), paragraph(f"By kind of risk: {by_risk}."), paragraph("")]
    return blocks[:-1]

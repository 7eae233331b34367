"""Tables of milestones and of doubt."""

from __future__ import annotations

import math

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.sections.milestones import Doubt, MilestoneLine, Milestones
from bayesmile.wording import percent, words

__all__ = ["doubt_page", "milestones_page"]


def milestones_page(part: Milestones) -> list[RenderableType]:
    """Probability of each milestone by its deadline, its median month, and by year."""
    ahead = [line for line in part.lines if line.reached is None]
    blocks: list[RenderableType] = [paragraph(part.lead), _deadlines(part)]
    if ahead:
        blocks.append(_years(ahead))
    blocks += [paragraph(""), paragraph(_beyond(part, ahead))] if ahead else []
    return blocks + ([bullets(part.warnings)] if part.warnings else [])


def _deadlines(part: Milestones) -> RenderableType:
    rows = []
    for line in part.lines:
        name = words(line.name)
        name = line.title if line.title.lower().startswith(name) else f"{name}: {line.title}"
        if line.reached is not None:
            rows.append((name, line.deadline, f"reached {line.reached}", line.reached, "100%"))
        else:
            median = f"after {part.horizon}" if line.median == "beyond" else line.median
            rows.append((name, line.deadline, percent(line.by_deadline), median, percent(line.by_horizon)))
    columns = ("Milestone", "<Deadline", ">By deadline", ">Even odds by", f">By {part.horizon}")
    return table(columns, rows)


def _years(lines: list[MilestoneLine]) -> RenderableType:
    years = tuple(lines[0].by_year)
    rows = [(words(line.name), *(percent(line.by_year[year]) for year in years)) for line in lines]
    return table(("<By the end of", *(f">{year}" for year in years)), rows)


def _beyond(part: Milestones, lines: list[MilestoneLine]) -> str:
    last = lines[-1]
    text = f"Beyond {part.horizon}: {words(last.name)} has {percent(1.0 - last.by_horizon)} there"
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

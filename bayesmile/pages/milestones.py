"""Tables of milestones and of doubt."""

from __future__ import annotations

import math
from dataclasses import replace

from rich.console import RenderableType

from bayesmile.pages.layout import IF_SO, bullets, doubled, paragraph, table
from bayesmile.sections.milestones import Doubt, MilestoneLine, Milestones
from bayesmile.wording import percent, words

__all__ = ["doubt_page", "milestones_page"]

_KEY = (
    "Means over the uncertain numbers, with 90% intervals; central: by the deadline, at the dossier's own numbers. Even"
    " odds: the month by which the mean reaches one half."
)
_EVEN = "Even odds: the month by which the probability reaches one half."


def milestones_page(part: Milestones, then: Milestones | None = None) -> list[RenderableType]:
    """Probability of each milestone by its deadline, its median month, and by year; `then`: the same, if so."""
    ahead = [line for line in part.lines if line.reached is None]
    blocks: list[RenderableType] = [paragraph(part.lead)]
    blocks += [_deadlines(part)] if then is None else _both(part, then)
    if ahead:
        blocks.append(_years(ahead, None if then is None else [line for line in then.lines if line.reached is None]))
    blocks += [paragraph(""), paragraph(_beyond(part, ahead))] if ahead else []
    new = [] if then is None else [f"{IF_SO}, {text}" for text in then.warnings if text not in part.warnings]
    return blocks + ([bullets((*part.warnings, *new))] if part.warnings or new else [])


def _deadlines(part: Milestones) -> RenderableType:
    mixed = any(line.mixture is not None for line in part.lines)
    rows = [_deadline(line) for line in part.lines]
    central = [">Central"] if mixed else []
    columns = ["Milestone", "<Deadline", ">By deadline", *central, ">Even odds", f">By {part.horizon}"]
    return table(columns, rows, title=_KEY if mixed else _EVEN)


def _deadline(line: MilestoneLine) -> tuple[str, ...]:
    by_deadline, central, median, by_horizon = _cells(line)
    mixed = line.mixture is not None
    return line.label, line.deadline, by_deadline, *([central] if mixed else []), median, by_horizon


def _cells(line: MilestoneLine) -> tuple[str, str, str, str]:
    """By the deadline, the same at the central numbers, even odds, and by the horizon."""
    if line.reached is not None:
        return "reached", "", line.reached, "100%"
    central, mixed = percent(line.by_deadline), line.mixture
    if mixed is None:
        return central, central, line.median, percent(line.by_horizon)
    return mixed.by_deadline.cell, central, mixed.median, mixed.by_horizon.cell


def _if_so(line: MilestoneLine) -> tuple[str, str, str, str]:
    """Give the same of what may be supposed to be reached, before its deadline or after it."""
    at, _, median, end = _cells(replace(line, reached=None))
    return at, percent(line.by_deadline), median, end


def _both(part: Milestones, then: Milestones) -> list[RenderableType]:
    """By the deadline with even odds, then by the horizon, each now and if so."""
    mixed = any(line.mixture is not None for line in part.lines)
    pairs = [(line, _cells(line), _if_so(other)) for line, other in zip(part.lines, then.lines, strict=True)]
    near = [(line.label, line.deadline, now[0], so[0], now[2], so[2]) for line, now, so in pairs]
    columns = ["Milestone", "<Deadline", ">By deadline", f">{IF_SO}", ">Even odds", f">{IF_SO}"]
    blocks = [table(columns, near, title=_KEY if mixed else _EVEN)]
    central = [">Central", f">{IF_SO}"] if mixed else []
    far = [
        (words(line.name), now[3], so[3], *((now[1], so[1]) if mixed else ()))
        for line, now, so in pairs
        if line.reached is None
    ]
    return [*blocks, table(["<Milestone", f">By {part.horizon}", f">{IF_SO}", *central], far)]


def _years(lines: list[MilestoneLine], then: list[MilestoneLine] | None = None) -> RenderableType:
    years = tuple(lines[0].by_year)
    rows, others = (
        [(words(line.name), *(percent(_mean(line, year)) for year in years)) for line in some]
        for some in (lines, then or [])
    )
    return table(("<By the end of", *(f">{year}" for year in years)), doubled(rows, others))


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

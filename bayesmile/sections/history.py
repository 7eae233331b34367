"""Section on prices through time: ours and the market's probability at every date with a price."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bayesmile.dossier import Dossier
from bayesmile.grid import When
from bayesmile.pricing.histories import History, HistoryInterval, history
from bayesmile.pricing.historylines import HistoryLine
from bayesmile.sections.basis import Target, phrase
from bayesmile.wording import count, implied, percent, points, sentence

__all__ = ["HistoryPart", "told_history"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPart:
    """Section: what we believed and what the price said, day by day.

    Attributes
    ----------
    lead : str
    label : str
        What such a story is worth: an illustration, not a backtest.
    name, title, hash, hindsight : str
    changes : tuple of str
    milestone, horizon, deadline, currency : str
        The priced milestone, the last month of the grid, the milestone's own deadline.
    through, why : str
        Last day of the main part, and why a later one belongs to the appendix.
    lines, appendix : tuple of HistoryLine
    intervals : mapping of str to HistoryInterval
        By date; empty unless draws were asked for.
    draws, seed : int or None
    """

    lead: str
    label: str
    name: str
    title: str
    hash: str
    hindsight: str
    changes: tuple[str, ...]
    milestone: str
    horizon: str
    deadline: str
    currency: str
    through: str
    why: str
    lines: tuple[HistoryLine, ...]
    appendix: tuple[HistoryLine, ...]
    intervals: Mapping[str, HistoryInterval]
    draws: int | None
    seed: int


def told_history(
    dossier: Dossier,
    first: When | None = None,
    last: When | None = None,
    *,
    through: When | None = None,
    draws: int | None = None,
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> HistoryPart:
    """Build the section; see `bayesmile.pricing.histories.history`."""
    found = history(dossier, first, last, through=through, draws=draws, seed=seed, tell=tell)
    return HistoryPart(
        lead=_lead(found),
        label=_label(dossier),
        name=dossier.name,
        title=dossier.title,
        hash=dossier.hash,
        hindsight=dossier.hindsight,
        changes=dossier.changes,
        milestone=found.milestone,
        horizon=found.horizon,
        deadline=found.deadline,
        currency=found.currency,
        through=found.through,
        why=found.why,
        lines=found.lines,
        appendix=found.appendix,
        intervals=found.intervals,
        draws=draws,
        seed=seed,
    )


def _label(dossier: Dossier) -> str:
    written = " with priors written in hindsight" if dossier.hindsight else ""
    return (
        f"An illustration{written}, not a backtest: every line uses the ledger, the share count and the close of its"
        " day, but the same priors stand behind all of them."
    )


def _lead(found: History) -> str:
    """Say where both began and ended, and where they were furthest apart."""
    lines = found.lines or found.appendix
    what = sentence(phrase(Target(found.milestone, found.horizon)))
    read = [line for line in lines if not math.isnan(line.implied)]
    if not read:
        return f"{what}: no close of {count(len(lines), 'day')} can be read, because {lines[-1].note}."
    first, last = read[0], read[-1]
    text = (
        f"{what}: on {first.date} ours was {percent(first.ours)} and the price assumed {implied(first.implied)}; on"
        f" {last.date} ours was {percent(last.ours)} and the price assumed {implied(last.implied)}."
    )
    return f"{text} {_furthest(read)}{_never_enough(read)}"


def _furthest(read: list[HistoryLine]) -> str:
    high, low = (pick(read, key=lambda line: line.gap_points) for pick in (max, min))
    above = sum(line.gap_points > 0.0 for line in read)
    return (
        f"It assumed more than we believed on {above} of {count(len(read), 'day')}; the gap lay between"
        f" {_gap(low)} ({low.date}) and {_gap(high)} ({high.date})."
    )


def _gap(line: HistoryLine) -> str:
    """Words for a gap; none in points where the price asks for more than certainty, or for less than nothing."""
    if 0.0 <= line.implied <= 1.0:
        return f"{points(line.gap_points / 100.0)} points"
    return f"a price that assumed {implied(line.implied)}"


def _never_enough(read: list[HistoryLine]) -> str:
    over = sum(line.value >= max(line.failure, line.success) for line in read)
    under = sum(line.value <= min(line.failure, line.success) for line in read)
    text = f" On {count(over, 'day')} no probability was enough for the price." if over else ""
    return text + (f" On {count(under, 'day')} no probability was low enough for the price." if under else "")

"""Two dossiers, or one dossier at two dates, side by side: input, probabilities, prices, and the news between."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bayesmile.core.tilting import log_odds
from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.grid import MonthGrid, When, parse_moment
from bayesmile.sections.basis import Basis, Target, basis, phrase, reached_month
from bayesmile.sections.chain import ChainPart, chain
from bayesmile.sections.changed import ChangedInput, changed_input
from bayesmile.sections.side import Side, exact_or_mixed, side
from bayesmile.sections.uncertainty import Chance
from bayesmile.wording import bits, implied, listed, percent, points, sentence, words

__all__ = ["Contrast", "ContrastLine", "ContrastMilestone", "compare_dossiers"]

_LN2 = math.log(2.0)
_SEEN = 5e-4  # a smaller difference of a probability prints as nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastLine:
    """One probability on both sides.

    Attributes
    ----------
    by : str
    a, b : Chance
        Where no number of a side is uncertain, mean, ends and central number are one.
    points : float
        Mean of B less mean of A, in percentage points.
    bits : float
        The same difference of log-odds; infinite where only one side is certain, zero where both are.
    """

    by: str
    a: Chance
    b: Chance
    points: float
    bits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastMilestone:
    """One milestone that both sides have.

    Attributes
    ----------
    name : str
    lines : tuple of ContrastLine
        By the deadline of each side, and by the last month that both grids have.
    month_a, month_b : str
        Month by whose end the probability reaches one half; ``"beyond"`` for none on the grid.
    reached_a, reached_b : str or None
        Its month, where that is known.
    """

    name: str
    lines: tuple[ContrastLine, ...]
    month_a: str
    month_b: str
    reached_a: str | None
    reached_b: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Two dossiers, or one at two dates.

    Attributes
    ----------
    lead : str
    a, b : Side
    input : ChangedInput
    horizon : str
        Last month that both grids have.
    milestones : tuple of ContrastMilestone
        In the order of A.
    only_a, only_b : tuple of str
        Milestones that the other side has not.
    chain : ChainPart or None
        From the earlier to the later date, news by news at the dossier's own numbers; None unless both sides are one
        dossier with the same assumptions.
    draws, seed : int
    notes : tuple of str
    """

    lead: str
    a: Side
    b: Side
    input: ChangedInput
    horizon: str
    milestones: tuple[ContrastMilestone, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    chain: ChainPart | None
    draws: int
    seed: int
    notes: tuple[str, ...]


def compare_dossiers(
    a: Dossier,
    b: Dossier,
    as_of: When | tuple[When, When] | None = None,
    *,
    draws: int = 2000,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Contrast:
    """Compare two dossiers, or one dossier at two dates.

    Parameters
    ----------
    a, b : Dossier
        They may be one.
    as_of : str or date, or a pair of them, optional
        As-of date of both sides, or of A and of B; each dossier's own last one if left out.
    draws, seed : int
        Draws of the uncertain numbers behind the intervals, and where their randomness starts; 0 draws for none.
    progress : callable, optional
        Told what is being worked on.

    Returns
    -------
    Contrast
        Differences are those of B less A. With the same draws and seed its numbers are those of the report.

    Raises
    ------
    InvalidInput
        If the two have no milestone in common or no month, or a date cannot be used.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> drug = load("phase2_drug")
    >>> found = compare_dossiers(drug, drug, ("2025-12-31", "2026-06-30"), draws=0)
    >>> found.lead
    'Phase3 start by 2028-12 goes from 13% in A to 29% in B (+15.7 points, +1.42 bits); approval by 2048-12 goes
    from 9% in A to 16% in B (+7.3 points, +1.01 bits). The price implies 20% for approval by 2048-12 in A, 32% in B.'
    >>> [line.headline for line in found.input.news_b][1]
    'Phase 2 met its primary endpoint'
    """
    dates = [_date(one, when) for one, when in zip((a, b), _pair(as_of), strict=True)]
    shared = [name for name in a.roadmap.names if name in b.roadmap]
    horizon = _common(a, b, shared)
    view_a, view_b = _views((a, b), dates, draws, seed, progress or (lambda _: None))
    milestones = tuple(_milestone(view_a, view_b, name, horizon) for name in shared)
    sides = side(view_a), side(view_b)
    changed = changed_input(a, b, a.ledger.known_by(dates[0]), b.ledger.known_by(dates[1]))
    return Contrast(
        lead=" ".join(filter(None, (_lead(view_b, milestones), _price_lead(*sides)))),
        a=sides[0],
        b=sides[1],
        input=changed,
        horizon=horizon,
        milestones=milestones,
        only_a=tuple(name for name in a.roadmap.names if name not in b.roadmap),
        only_b=tuple(name for name in b.roadmap.names if name not in a.roadmap),
        chain=_chain(view_a, view_b),
        draws=draws,
        seed=seed,
        notes=tuple(_notes(view_a, view_b, changed)),
    )


def _views(
    dossiers: tuple[Dossier, Dossier], dates: Sequence[str], draws: int, seed: int, tell: Callable[[str], None]
) -> tuple[Basis, Basis]:
    """Beliefs and prices of both sides; one and the same where the sides are."""
    a, b = dossiers
    tell(f"A: {a.name} as of {dates[0]}")
    view_a = basis(a, dates[0], draws=draws, seed=seed)
    if (a.hash, dates[0]) == (b.hash, dates[1]):
        return view_a, view_a
    tell(f"B: {b.name} as of {dates[1]}")
    return view_a, basis(b, dates[1], draws=draws, seed=seed)


def _pair(as_of: When | tuple[When, When] | None) -> tuple[When | None, When | None]:
    if not isinstance(as_of, tuple):
        return as_of, as_of
    if len(as_of) != 2:
        raise InvalidInput(f"as_of: received {len(as_of)} dates; allowed is one, or a pair: that of A and that of B")
    return as_of


def _date(dossier: Dossier, when: When | None) -> str:
    if when is not None:
        return when if isinstance(when, str) else parse_moment(when).day.isoformat()
    if not dossier.default_as_of:
        raise InvalidInput(f"dossier {dossier.name}: it names no default_as_of; give an as-of date")
    return dossier.default_as_of[-1]


def _common(a: Dossier, b: Dossier, shared: Sequence[str]) -> str:
    """Last month that both grids have."""
    if not shared:
        names = [listed(list(one.roadmap.names)) for one in (a, b)]
        raise InvalidInput(f"compare: the two have no milestone in common; A has {names[0]}; B has {names[1]}")
    last = min(a.grid.last, b.grid.last)
    if not _on_both(a.grid, b.grid, last):
        raise InvalidInput(f"compare: the two have no month in common; A ends with {a.grid.last}, B with {b.grid.last}")
    return last


def _on_both(a: MonthGrid, b: MonthGrid, by: str) -> bool:
    return all(0 <= grid.deadline(by) < grid.months for grid in (a, b))


def _milestone(view_a: Basis, view_b: Basis, name: str, horizon: str) -> ContrastMilestone:
    dates = {view_a.deadline(name).by, view_b.deadline(name).by, horizon}
    grids = view_a.belief.grid, view_b.belief.grid
    return ContrastMilestone(
        name=name,
        lines=tuple(_line(view_a, view_b, name, by) for by in sorted(dates) if _on_both(*grids, by)),
        month_a=_even(view_a, name),
        month_b=_even(view_b, name),
        reached_a=reached_month(view_a.belief, name),
        reached_b=reached_month(view_b.belief, name),
    )


def _line(view_a: Basis, view_b: Basis, name: str, by: str) -> ContrastLine:
    a, b = exact_or_mixed(view_a, name, by), exact_or_mixed(view_b, name, by)
    here, there = _log_odds(view_a, name, by), _log_odds(view_b, name, by)
    gap = 0.0 if here == there else (there - here) / _LN2
    return ContrastLine(by=by, a=a, b=b, points=100.0 * (b.mean - a.mean), bits=gap)


def _log_odds(view: Basis, name: str, by: str) -> float:
    """Log-odds of the probability shown, from both tails."""
    pmf = view.belief.pmf(name) if view.mixture is None else view.mixture.pmf(name)
    return log_odds(pmf, view.belief.grid.deadline(by))


def _even(view: Basis, name: str) -> str:
    return (view.belief if view.mixture is None else view.mixture).quantile(name, 0.5)


def _chain(view_a: Basis, view_b: Basis) -> ChainPart | None:
    """Chain of belief from the earlier to the later of two dates of one dossier."""
    if view_a.dossier.hash != view_b.dossier.hash:
        return None
    early, late = sorted((view_a, view_b), key=lambda view: parse_moment(view.as_of).day)
    if parse_moment(early.as_of).day == parse_moment(late.as_of).day:
        return None
    return chain(late, since=early.as_of, explain=True)


def _lead(view_b: Basis, milestones: Sequence[ContrastMilestone]) -> str:
    """Say how the headline probabilities differ, or the widest difference where none of them does."""
    lines = {(one.name, line.by): line for one in milestones for line in one.lines}
    asked = [(target.milestone, target.by) for target in view_b.targets if (target.milestone, target.by) in lines]
    told = [key for key in asked if abs(lines[key].b.mean - lines[key].a.mean) >= _SEEN]
    if not told:
        widest = max(lines, key=lambda key: abs(lines[key].points))
        if lines[widest].points == 0.0:
            return "No probability differs."
        told = [widest]
    return sentence("; ".join(_told(Target(*key), lines[key]) for key in told)) + "."


def _told(target: Target, line: ContrastLine) -> str:
    gap = f"{points(line.points / 100.0)} points, {bits(line.bits)} bits"
    return f"{phrase(target)} goes from {percent(line.a.mean)} in A to {percent(line.b.mean)} in B ({gap})"


def _price_lead(a: Side, b: Side) -> str:
    """Say how what the price implies differs; empty where it does not, or a side has no such number."""
    if math.isnan(a.implied) or math.isnan(b.implied) or abs(a.implied - b.implied) < _SEEN:
        return ""
    first = f"{implied(a.implied)} for {a.priced}"
    second = implied(b.implied) + ("" if a.priced == b.priced else f" for {b.priced}")
    return f"The price implies {first} in A, {second} in B."


def _notes(view_a: Basis, view_b: Basis, changed: ChangedInput) -> list[str]:
    notes = []
    if view_a.mixture is not None or view_b.mixture is not None:
        notes.append(
            "Intervals hold what the dossiers' numbers leave open. Most of that is the same on both sides, so that"
            " intervals which overlap do not make a difference noise."
        )
    for name in changed.meanings:
        notes.append(f"{sentence(words(name))} counts as reached by different rules: its lines compare two questions.")
    for label, view in (("A", view_a), ("B", view_b)):
        if view.mixture is not None and not view.mixture.trusted:
            notes.append(f"{label}: too few draws carry its intervals; take more (--draws).")
    if view_a.belief.grid.last != view_b.belief.grid.last:
        notes.append("The horizons differ: what the price is read about does too.")
    return notes

"""Report sections about the roadmap itself: how likely each milestone is, and where the doubt sits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayesmile.belief import Belief
from bayesmile.doubts import doubt_shares
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Row
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.sections.basis import Basis, Target, phrase, reached_month
from bayesmile.sections.uncertainty import Chance, chance
from bayesmile.wording import listed, percent, sentence, words

__all__ = [
    "Doubt",
    "DoubtStep",
    "LineMixture",
    "MilestoneLine",
    "Milestones",
    "doubts",
    "later_than_horizon",
    "milestones",
]

_YEARS = 10
_LATER = 0.02  # of the whole: above it the reader is warned that the horizon cuts off more than never


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMixture:
    """The numbers of one milestone with the parameters' uncertainty in them.

    Attributes
    ----------
    by_deadline, by_horizon : Chance
    median : str
        Month by which it has happened with probability one half under the mixture, or ``"beyond"``.
    by_year : mapping of str to Chance
    """

    by_deadline: Chance
    by_horizon: Chance
    median: str
    by_year: Mapping[str, Chance]


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneLine:
    """One milestone.

    Attributes
    ----------
    name, title, risk : str
    deadline : str
        The date that people ask about, ``"YYYY-MM"``.
    reached : str or None
        Its month where that is known.
    by_deadline, by_horizon : float
        Probabilities at the central numbers, as `median` and `by_year` are.
    median : str
        Month by which it has happened with probability one half, or ``"beyond"``.
    by_year : mapping of str to float
        Probability by the end of each year, from the as-of year on.
    later, never : float
        Split of *beyond*: after the horizon, and never. NaN where the roadmap is too large to tell.
    mixture : LineMixture or None
        None where no number is uncertain.
    """

    name: str
    title: str
    risk: str
    deadline: str
    reached: str | None
    by_deadline: float
    by_horizon: float
    median: str
    by_year: Mapping[str, float]
    later: float
    never: float
    mixture: LineMixture | None

    @property
    def label(self) -> str:
        """Name and title, or the title alone where it begins with the name."""
        name = words(self.name)
        return self.title if self.title.lower().startswith(name) else f"{name}: {self.title}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestones:
    """Section: probability of each milestone by its deadline and by year.

    Attributes
    ----------
    lead : str
        What it shows, in one sentence.
    horizon : str
    lines : tuple of MilestoneLine
    warnings : tuple of str
    """

    lead: str
    horizon: str
    lines: tuple[MilestoneLine, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtStep:
    """One step's part of the doubt about a target.

    Attributes
    ----------
    milestone, risk : str
    bits : float
        -log2 P(this step by the date, given the earlier ones by then).
    share : float
        Of the whole doubt.
    """

    milestone: str
    risk: str
    bits: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Section: where the doubt about one target sits.

    Attributes
    ----------
    lead : str
    target : Target
    probability, bits : float
        Of the target, and the same as doubt: -log2 of it.
    steps : tuple of DoubtStep
        In the order of the roadmap; their bits add up.
    by_risk : mapping of str to float
        Share of the doubt by kind of risk, the greatest first.
    """

    lead: str
    target: Target
    probability: float
    bits: float
    steps: tuple[DoubtStep, ...]
    by_risk: Mapping[str, float]


def milestones(view: Basis) -> Milestones:
    """Build the section on all milestones."""
    later = later_than_horizon(view.belief)
    lines = tuple(_line(view, name, later.get(name, math.nan)) for name in view.belief.roadmap.names)
    warnings = tuple(
        f"{words(line.name)}: {percent(line.later)} of the probability lies after {view.horizon} but is not never;"
        " a longer grid would show it"
        for line in lines
        if line.later > _LATER
    )
    return Milestones(lead=_milestones_lead(view, lines), horizon=view.horizon, lines=lines, warnings=warnings)


def _line(view: Basis, name: str, later: float) -> MilestoneLine:
    entry, target = view.dossier.milestones[name], view.deadline(name)
    beyond = float(view.belief.pmf(name)[-1])
    return MilestoneLine(
        name=name,
        title=entry.title,
        risk=entry.risk,
        deadline=target.by,
        reached=reached_month(view.belief, name),
        by_deadline=view.prob(target),
        by_horizon=view.belief.prob(name, by=view.horizon),
        median=view.belief.quantile(name, 0.5),
        by_year={year: view.belief.prob(name, by=year) for year in _years(view)},
        later=later,
        never=beyond - later,
        mixture=_mixture(view, target),
    )


def _mixture(view: Basis, target: Target) -> LineMixture | None:
    name = target.milestone
    at, end = chance(view, name, target.by), chance(view, name, view.horizon)
    if view.mixture is None or at is None or end is None:
        return None
    years = {year: chance(view, name, year) for year in _years(view)}
    return LineMixture(
        by_deadline=at,
        by_horizon=end,
        median=view.mixture.quantile(name, 0.5),
        by_year={year: one for year, one in years.items() if one is not None},
    )


def _years(view: Basis) -> tuple[str, ...]:
    first = int(view.belief.grid.label(view.belief.grid.moment(view.as_of)[0])[:4])
    last = int(view.horizon[:4]) if view.horizon.endswith("-12") else int(view.horizon[:4]) - 1
    return tuple(str(year) for year in range(first, min(first + _YEARS - 1, last) + 1))


def _milestones_lead(view: Basis, lines: tuple[MilestoneLine, ...]) -> str:
    known = [words(line.name) for line in lines if line.reached is not None]
    state = (
        f"{listed(known)} {'is' if len(known) == 1 else 'are'} done" if known else "no milestone is known to be done"
    )
    ask = listed([f"{phrase(view.deadline(t.milestone))} {_own(view, t)}" for t in view.targets])
    return (
        f"What was public by {view.as_of} makes {ask}; {state}. Each probability is that of the milestone having"
        f" happened by the end of the date shown; beyond {view.horizon} nothing is dated."
    )


def _own(view: Basis, target: Target) -> str:
    own = view.deadline(target.milestone)
    found = chance(view, own.milestone, own.by)
    return percent(view.prob(own) if found is None else found.mean)


def later_than_horizon(belief: Belief) -> dict[str, float]:
    """Probability that each milestone happens after the horizon, as far again as the grid is long.

    Our evidence does not tell later from never, so its rows are continued past the horizon at their value for *beyond*:
    the belief on the grid stays what it is, and what it leaves to *beyond* is split by the delays alone.

    Parameters
    ----------
    belief : Belief

    Returns
    -------
    dict of str to float
        By milestone; empty where the longer grid is too large for the engine.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("launch", delay=bm.Tabulated([0.1] * 6))])
    >>> round(later_than_horizon(bm.infer(roadmap, [], bm.MonthGrid("2026-01", 4)))["launch"], 9)
    0.2
    """
    months, longer = belief.grid.months, MonthGrid(belief.grid.start, 2 * belief.grid.months)
    rows = [
        Row(name, np.concatenate([row[:-1], np.full(months + 1, row[-1])]))
        for name, row in zip(belief.roadmap.names, belief.solution.loglik, strict=True)
        if row.any()
    ]
    try:
        extended = infer(belief.roadmap, rows, longer)
    except InvalidInput:
        return {}
    return {name: float(extended.pmf(name)[months:-1].sum()) for name in belief.roadmap.names}


def doubts(view: Basis) -> tuple[Doubt, ...]:
    """Build the sections on the doubt about every headline target."""
    found = (_doubt(view, target) for target in view.targets)
    return tuple(doubt for doubt in found if doubt is not None)


def _doubt(view: Basis, target: Target) -> Doubt | None:
    shares = doubt_shares(view.belief, target.milestone, by=target.by)
    total = math.fsum(share for share in shares.values() if not math.isnan(share))
    if total == 0.0:
        return None
    entries = view.dossier.milestones
    steps = tuple(
        DoubtStep(
            milestone=name, risk=entries[name].risk, bits=bits, share=bits / total if total < math.inf else math.nan
        )
        for name, bits in shares.items()
    )
    by_risk: dict[str, float] = {}
    for step in steps:
        by_risk[step.risk] = by_risk.get(step.risk, 0.0) + step.share
    ordered = dict(sorted(by_risk.items(), key=lambda pair: -pair[1]))
    probability = view.prob(target)
    return Doubt(
        lead=_doubt_lead(target, view.our(probability), total, ordered, steps),
        target=target,
        probability=probability,
        bits=total,
        steps=steps,
        by_risk=ordered,
    )


def _doubt_lead(
    target: Target, ours: str, total: float, by_risk: Mapping[str, float], steps: tuple[DoubtStep, ...]
) -> str:
    if not total < math.inf:
        wall = next((words(step.milestone) for step in steps if step.bits == math.inf), "")
        cause = f": {wall} by then is impossible" if wall not in ("", words(target.milestone)) else ""
        return f"We leave {phrase(target)} no chance{cause}, so its doubt cannot be shared out."
    first = next(iter(by_risk))
    step = max(steps, key=lambda part: part.bits)
    return (
        f"{sentence(ours)} for {phrase(target)} is {total:.2f} bits of doubt (-log2 of it),"
        f" of which {percent(by_risk[first])} is {first} and the largest single part, {percent(step.share)},"
        f" is {words(step.milestone)}."
    )

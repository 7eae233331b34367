"""Dated catalysts: how far a belief is expected to move when a stated target falls due, or by a day on the calendar."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bayesmile.belief import Belief
from bayesmile.checks import whole
from bayesmile.core import arrivals
from bayesmile.core.posterior import posterior
from bayesmile.core.sampling import draw_months
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Guidance
from bayesmile.grid import Moment, When, parse_moment
from bayesmile.rows import monthly_rate
from bayesmile.steps import Target, targets_of
from bayesmile.streams import Stream
from bayesmile.watch import joint_with

__all__ = ["Catalyst", "dated_catalysts", "simulated_beliefs"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalyst:
    """A date on which, or by which, the belief will have moved.

    Attributes
    ----------
    date : str
        Target month, or the day asked about.
    label, milestone : str
        The milestone is that of a stated target; empty for a day.
    probability : float
        That the target is met; NaN for a day.
    met, missed : tuple of float
        Probability of each question if it is met, and if not; NaN for a day and for what is impossible.
    movements : tuple of float
        Expected absolute change of each question's probability, in percentage points.
    errors : tuple of float
        Monte Carlo standard error of these; 0 where they are exact.
    """

    date: str
    label: str
    milestone: str
    probability: float
    met: tuple[float, ...]
    missed: tuple[float, ...]
    movements: tuple[float, ...]
    errors: tuple[float, ...]


def dated_catalysts(
    belief: Belief,
    targets: Iterable[tuple[str, When]],
    *,
    dates: Mapping[str, str] = MappingProxyType({}),
    draws: int = 400,
    seed: int = 0,
) -> tuple[Catalyst, ...]:
    """List the stated targets ahead and the days asked about, each with the expected movement of some questions.

    A target of guidance in force: once its month is over it is known whether the milestone was reached by then, and
    nothing else is supposed to be learned. A day, such as that of an earnings call: the model does not know what is
    said on one, so its movement is that of all news from the as-of date to the day: arrivals of every stream with their
    answers, and reports of what has happened and what has not.

    Parameters
    ----------
    belief : Belief
        As of a date.
    targets : iterable of (str, str or date)
        Milestone and deadline of each question.
    dates : mapping of str to str
        Words for each day, by day: ``{"2026-10-21": "earnings call"}``.
    draws, seed : int
        Futures drawn from the belief for each day, and where their randomness starts.

    Returns
    -------
    tuple of Catalyst
        By date.

    Raises
    ------
    InvalidInput
        If the belief has no as-of date, a day does not lie ahead on the grid, or a number cannot be accepted.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> found = dated_catalysts(load("phase2_drug").belief("2025-12-31"), [("approval", "2035")])
    >>> [(one.date, one.label) for one in found]
    [('2027-12', 'target of phase3_start')]
    >>> found[0].met[0] > found[0].missed[0]
    True
    """
    asked = targets_of(belief.roadmap, belief.grid, targets)
    moment = belief.evidence.as_of
    if moment is None:
        raise InvalidInput("belief: received one without an as-of date; allowed is one as of a date, as a ledger gives")
    rng = np.random.default_rng(whole("seed", seed, least=0))
    count = whole("draws", draws, least=2)
    found = list(_stated(belief, moment, asked))
    for day, label in sorted(dates.items()):
        beliefs = simulated_beliefs(belief, day, asked, draws=count, rng=rng)
        now = np.array([one.probability(belief.solution.pmf) for one in asked])
        found.append(_simulated(day, label, 100.0 * np.abs(beliefs - now)))
    return tuple(sorted(found, key=lambda one: one.date))


def _stated(belief: Belief, moment: Moment, asked: tuple[Target, ...]) -> Iterator[Catalyst]:
    """Targets of guidance in force about open milestones; each is exact."""
    now, joint = joint_with(belief, asked)
    for item in (item for item in belief.evidence.items if isinstance(item, Guidance)):
        k, last = belief.roadmap.number(str(item.milestone)), belief.grid.index(item.target)
        pmf = belief.solution.pmf[k]
        if not moment.ordinal - belief.grid.origin <= last < belief.grid.months or np.count_nonzero(pmf) == 1:
            continue
        chance, rest = float(pmf[: last + 1].sum()), float(pmf[last + 1 :].sum())
        both = joint[:, k, : last + 1].sum(axis=1)
        met = np.clip(both / chance, 0.0, 1.0) if chance > 0.0 else np.full(len(asked), math.nan)
        missed = np.clip((now - both) / rest, 0.0, 1.0) if rest > 0.0 else np.full(len(asked), math.nan)
        moved = chance * np.nan_to_num(np.abs(met - now)) + rest * np.nan_to_num(np.abs(missed - now))
        yield Catalyst(
            date=str(item.target),
            label=f"target of {item.milestone}",
            milestone=str(item.milestone),
            probability=chance,
            met=tuple(met.tolist()),
            missed=tuple(missed.tolist()),
            movements=tuple((100.0 * moved).tolist()),
            errors=(0.0,) * len(asked),
        )


def _simulated(day: str, label: str, moved: Array) -> Catalyst:
    none = (math.nan,) * moved.shape[1]
    return Catalyst(
        date=parse_moment(day).day.isoformat(),
        label=label,
        milestone="",
        probability=math.nan,
        met=none,
        missed=none,
        movements=tuple(moved.mean(axis=0).tolist()),
        errors=tuple((moved.std(axis=0, ddof=1) / math.sqrt(len(moved))).tolist()),
    )


def simulated_beliefs(
    belief: Belief, day: When, targets: tuple[Target, ...], *, draws: int, rng: np.random.Generator
) -> Array:
    """Draw what will be believed on a later day: months of all milestones, then the news that they would make.

    Parameters
    ----------
    belief : Belief
        As of a date.
    day : str or date
        After that date, on the grid.
    targets : tuple of Target
    draws : int
        Futures.
    rng : numpy.random.Generator

    Returns
    -------
    array, shape (draws, target)
        Probability of each target on that day; its mean over futures is today's but for Monte Carlo error.

    Raises
    ------
    InvalidInput
        If the day does not lie ahead on the grid, or the lead of a stream reaches past the grid from it.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> belief = load("phase2_drug").belief("2025-12-31")
    >>> asked = targets_of(belief.roadmap, belief.grid, [("approval", "2035")])
    >>> later = simulated_beliefs(belief, "2026-06-30", asked, draws=100, rng=np.random.default_rng(1))
    >>> later.shape, bool(abs(later.mean() - belief.prob("approval", by="2035")) < 4 * later.std() / 10)
    ((100, 1), True)
    """
    solution, then, now = belief.solution, parse_moment(day), belief.evidence.as_of
    if now is None or not now.day < then.day or then.ordinal - belief.grid.origin >= belief.grid.months:
        since = "a belief without a date" if now is None else now.day
        raise InvalidInput(f"date: received {day!r}; allowed is a day after {since}, up to {belief.grid.last}")
    delays, graph = solution.delays, belief.roadmap.graph
    months = draw_months(delays.log_pmf, delays.log_survival, solution.loglik, graph, draws=draws, rng=rng)
    loglik = np.repeat(solution.loglik[None], draws, axis=0)
    _report(belief, then, months, loglik)
    for stream in belief.evidence.streams:
        k = belief.roadmap.number(stream.milestone)
        if np.count_nonzero(solution.pmf[k]) > 1:
            loglik[:, k] += _News(belief, stream, now, then).rows(months[:, k], rng)
    pmf = posterior(delays.log_pmf, delays.log_survival, loglik, graph, strict=False).pmf
    return np.stack([pmf[:, one.row, : one.last + 1].sum(axis=1) for one in targets], axis=1)


def _report(belief: Belief, then: Moment, months: Whole, loglik: Array) -> None:
    """Add what would have been reported by the day: the month of what has happened, and what has not yet."""
    month = then.ordinal - belief.grid.origin
    closed = month if then.fraction == 1.0 else month - 1
    grid = np.arange(belief.grid.months + 1)
    for k, step in enumerate(belief.roadmap):
        through = closed - step.reporting_lag
        if step.observed and through >= 0:
            event = months[:, k, None]
            ruled_out = np.where(event <= through, grid != event, grid <= through)
            loglik[:, k][ruled_out] = -np.inf


class _News:
    """Arrivals of one stream between two moments, as functions of the month of its milestone."""

    def __init__(self, belief: Belief, stream: Stream, now: Moment, then: Moment) -> None:
        first, end = now.ordinal - belief.grid.origin, then.ordinal - belief.grid.origin
        if end + stream.lead >= belief.grid.months:
            raise InvalidInput(
                f"date: received {then.day}; from there the lead of {stream.lead} months of the stream {stream.label}"
                f" reaches past the horizon {belief.grid.last}"
            )
        self.stream, self.rate = stream, monthly_rate(stream, belief.evidence.hype)
        self.weight = np.ones(end - first + 1)
        self.weight[-1] = then.fraction
        self.weight[0] -= now.fraction
        each = first + np.arange(self.weight.size)
        self.view = arrivals.windows(each, self.weight, first, stream.lead, belief.grid.months)

    def rows(self, event: Whole, rng: np.random.Generator) -> Array:
        """Log-likelihood rows of the news that each event month makes, shape (draw, months + 1)."""
        hit = self.view.hits[:, event].T  # (draw, month of news)
        counts = rng.poisson(self.rate * self.weight * np.where(hit, self.stream.lift, 1.0))
        inside, outside = _logs(counts, self.stream.lift), np.zeros(counts.shape)
        for yes, other in self.stream.attributes.values():
            said = rng.binomial(counts, np.where(hit, yes, other))
            inside += _logs(said, yes) + _logs(counts - said, 1.0 - yes)
            outside += _logs(said, other) + _logs(counts - said, 1.0 - other)
        silence, _ = arrivals.silence_row(self.view, self.rate, self.stream.lift)
        return silence + _at(inside, self.view.hits) + _at(outside, ~self.view.hits)


def _logs(counts: Whole, chance: float) -> Array:
    """Return counts times log(chance), 0 where there are none."""
    return np.where(counts > 0, counts, 0.0) * math.log(chance) if chance > 0.0 else np.where(counts > 0, -np.inf, 0.0)


def _at(values: Array, where: NDArray[np.bool_]) -> Array:
    """Sum over months of news where they count; what is impossible in one of them stays so."""
    never, counted = np.isneginf(values), where.astype(np.float64)
    if not never.any():
        return np.asarray(values @ counted)
    total = np.where(never, 0.0, values) @ counted
    return np.where(never.astype(np.float64) @ counted > 0.0, -np.inf, total)

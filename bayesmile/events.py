"""What a day's move of the price meant for a milestone, beside what its announcement meant to the model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bayesmile.belief import Belief
from bayesmile.checks import finite, positive
from bayesmile.core.tilting import log_bayes_factor, log_odds
from bayesmile.errors import InvalidInput
from bayesmile.grid import When
from bayesmile.market import TwoState, two_state
from bayesmile.payoffs import Payoffs

__all__ = ["EventStudy", "MarketMove", "daily_volatility", "event_study"]

_NOISE = 1.96  # a band that 95% of ordinary days stay in, were they normal


@dataclass(frozen=True, slots=True)
class MarketMove:
    """Prices on both sides of an event, in the currency of the payoffs.

    Parameters
    ----------
    before, after : float
        Price before and after.
    benchmark_return : float
        Log return of the benchmark over the same time.
    beta : float
        Sensitivity to the benchmark: what the price would have done anyway is before * exp(beta * benchmark_return).
    volatility : float, optional
        Standard deviation of ordinary log returns over a time as long (see `daily_volatility`).

    Raises
    ------
    InvalidInput
        If a price or the volatility is not above 0, or a number not finite.

    Examples
    --------
    >>> round(MarketMove(100.0, 116.32).log_return, 4)
    0.1512
    """

    before: float
    after: float
    benchmark_return: float = field(default=0.0, kw_only=True)
    beta: float = field(default=1.0, kw_only=True)
    volatility: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Check every field."""
        for name in ("before", "after"):
            object.__setattr__(self, name, positive(f"MarketMove {name}", getattr(self, name)))
        for name in ("benchmark_return", "beta"):
            object.__setattr__(self, name, finite(f"MarketMove {name}", getattr(self, name)))
        if self.volatility is not None:
            object.__setattr__(self, "volatility", positive("MarketMove volatility", self.volatility))

    @property
    def expected(self) -> float:
        """Price to compare with: the one before, moved with the benchmark."""
        return self.before * math.exp(self.beta * self.benchmark_return)

    @property
    def log_return(self) -> float:
        """Log return in excess of the benchmark's part."""
        return math.log(self.after / self.expected)


@dataclass(frozen=True, slots=True)
class EventStudy:
    """What a move of the price means for one milestone, payoffs and as-of date held fixed; logs in nats.

    Attributes
    ----------
    move : MarketMove
        The prices.
    milestone : str
        The milestone that the move is read as being about.
    failure, success : float
        F = E[PV | not reached] and S = E[PV | reached].
    probability_before, probability_after : float
        p* at both prices, never clipped.
    log_bayes_factor : float
        Log Bayes factor for the milestone if the whole move is about it; NaN if undefined.
    undefined : str
        Why it is undefined: the prices must lie between F and S. Empty if it is defined.
    bound : float
        |log(after / expected)|: |log BF| is at least this, whatever the success value. Where failure leaves less than
        nothing, a net debt, both prices are counted from there.
    success_value_change : float
        Relative change of the milestone's value that would explain the day with no change of probability.
    noise : tuple of float
        Log Bayes factors of an ordinary day, 2.5% and 97.5% points of its return; NaN without a volatility.
    model : float
        The model's own log Bayes factor, with against without the news; NaN without the belief to compare.
    """

    move: MarketMove
    milestone: str
    failure: float
    success: float
    probability_before: float
    probability_after: float
    log_bayes_factor: float
    undefined: str
    bound: float
    success_value_change: float
    noise: tuple[float, float]
    model: float

    def at_share(self, share: float) -> float:
        """Log Bayes factor if only this share of the log return is about the milestone; NaN if undefined."""
        expected = self.move.expected
        return log_bayes_factor(expected, expected * math.exp(share * self.move.log_return), self.failure, self.success)

    @property
    def verdict(self) -> str:
        """One sentence: the price against the model; empty without a model's move."""
        if math.isnan(self.model):
            return ""
        least = self.bound if self.undefined else abs(self.log_bayes_factor)
        if self.model * self.move.log_return < 0.0:
            return "the price moved the other way than the model"
        if self.undefined and least <= abs(self.model):
            return "the price cannot be compared with the model at these payoffs"
        return f"the price moved {'more' if least > abs(self.model) else 'less'} than the model"


def daily_volatility(prices: Sequence[float] | NDArray[np.float64]) -> float:
    """Measure the standard deviation of ordinary daily log returns; leave the day of the event out.

    Parameters
    ----------
    prices : sequence of float, shape (days,)
        Closing prices in order, at least three.

    Raises
    ------
    InvalidInput
        If there are fewer than three, one is not above 0, or none differs from another.

    Examples
    --------
    >>> round(daily_volatility([100.0, 102.0, 99.0, 101.0]), 4)
    0.0287
    """
    series = np.asarray(prices, dtype=np.float64)
    if series.ndim != 1 or len(series) < 3 or not (np.isfinite(series).all() and (series > 0.0).all()):
        raise InvalidInput(f"prices: received {series!r}; allowed are at least three finite numbers above 0")
    return positive("volatility of the prices", float(np.std(np.diff(np.log(series)), ddof=1)))


def event_study(
    belief: Belief,
    payoffs: Payoffs,
    *,
    move: MarketMove,
    as_of: When,
    milestone: str | None = None,
    without: Belief | None = None,
) -> EventStudy:
    """Read a move of the price as news about one milestone.

    BF = [(P1 - F)(S - P0')] / [(P0' - F)(S - P1)] with P0' = P0 exp(beta * benchmark return). |log BF| is at least
    |log(P1 / P0')| whatever the payoffs: the bound that needs none.

    Parameters
    ----------
    belief, payoffs, as_of
        As in `fair_price`; they give F and S, and are the same on both sides of the event.
    move : MarketMove
        The prices.
    milestone : str, optional
        The milestone in question; needed where several are priced.
    without : Belief, optional
        The same belief without the news, as of the same date: gives the model's own move beside the price's.

    Returns
    -------
    EventStudy
        With `undefined` filled, not an exception, where a price lies outside F to S.

    Raises
    ------
    InvalidInput
        As in `two_state`.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, required_return=0.0)
    >>> study = event_study(belief, payoffs, move=MarketMove(20.0, 60.0), as_of="2026-01")
    >>> round(math.exp(study.log_bayes_factor), 9), round(math.exp(study.bound), 9)
    (6.0, 3.0)
    """
    state = two_state(belief, payoffs, as_of=as_of, milestone=milestone)
    base = math.nan
    if state.milestone in payoffs.values:
        worthless = payoffs.with_value(state.milestone, 0.0)
        base = two_state(belief, worthless, as_of=as_of, milestone=state.milestone).success
    return EventStudy(
        move=move,
        milestone=state.milestone,
        failure=state.failure,
        success=state.success,
        probability_before=state.implied_probability(move.expected),
        probability_after=state.implied_probability(move.after),
        log_bayes_factor=log_bayes_factor(move.expected, move.after, state.failure, state.success),
        undefined=_undefined(move, state.failure, state.success),
        bound=_bound(move, state.failure),
        success_value_change=_value_change(move, state, state.success - base),
        noise=_noise(move, state),
        model=math.nan if without is None else _model_move(belief, without, state.milestone),
    )


def _value_change(move: MarketMove, state: TwoState, worth: float) -> float:
    """Solve after = F + p (S' - F) at the p of before; `worth` is the part of S that the milestone itself pays."""
    probability = state.implied_probability(move.expected)
    if not (probability > 0.0 and worth > 0.0):
        return math.nan
    return (move.after - move.expected) / probability / worth


def _bound(move: MarketMove, failure: float) -> float:
    """Least |log BF| over all success values, which is |log[(after - F) / (expected - F)]|, at an F of at most 0."""
    if not failure < 0.0:
        return abs(move.log_return)
    return abs(math.log((move.after - failure) / (move.expected - failure)))


def _noise(move: MarketMove, state: TwoState) -> tuple[float, float]:
    if move.volatility is None:
        return math.nan, math.nan
    ends = (move.expected * math.exp(sign * _NOISE * move.volatility) for sign in (-1.0, 1.0))
    low, high = (log_bayes_factor(move.expected, end, state.failure, state.success) for end in ends)
    return low, high


def _undefined(move: MarketMove, failure: float, success: float) -> str:
    if not failure < success:
        return "reaching the milestone is worth no more than not reaching it"
    if max(move.expected, move.after) >= success:
        return "a price is at or above the value if reached: no probability justifies it"
    if min(move.expected, move.after) <= failure:
        return "a price is at or below the value if not reached"
    return ""


def _model_move(belief: Belief, without: Belief, milestone: str) -> float:
    """Difference of log-odds; zero where both leave no doubt."""
    last = belief.grid.months - 1
    ours, theirs = (log_odds(b.pmf(milestone), last) for b in (belief, without))
    return 0.0 if ours == theirs else ours - theirs

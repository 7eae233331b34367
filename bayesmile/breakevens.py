"""The other way round: the success value, required return or date at which a price is right."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from bayesmile.belief import Belief
from bayesmile.checks import probability as checked_probability
from bayesmile.core.tilting import discount
from bayesmile.errors import InvalidInput
from bayesmile.grid import When
from bayesmile.market import TwoState, checked_price, present_values, two_state
from bayesmile.payoffs import Payoffs

__all__ = ["BreakEven", "break_even"]

_ROUNDING = 1e-9  # months: a start of a month found from logarithms may fall short of it
_LARGEST_RETURN = 64.0  # 6,400% a year: past it no return makes the price right


@dataclass(frozen=True, slots=True)
class BreakEven:
    """What would make a price right at a given probability, one assumption changed at a time.

    Attributes
    ----------
    milestone : str
        The milestone in question.
    probability : float
        Probability that it is reached by the horizon.
    success_value : float
        Its value when reached; negative where failure alone is worth more than the price.
    required_return : float
        Yearly required return; NaN where even none at all leaves the price too high, or none makes it right.
    years : float
        Time from the as-of date to a success that arrives with certainty of its date, if at all; NaN where even today
        is too late, inf where any time would do.
    arrival : str
        The latest month in which success may arrive for it to be worth the price, ``"beyond"`` the horizon, or
        ``"never early enough"``. A success is discounted from the start of its month, as the payoffs are: that month
        begins at most `years` after the as-of moment, the next one later.
    """

    milestone: str
    probability: float
    success_value: float
    required_return: float
    years: float
    arrival: str


def break_even(
    belief: Belief,
    payoffs: Payoffs,
    *,
    price: float,
    as_of: When,
    probability: float | None = None,
    milestone: str | None = None,
) -> BreakEven:
    """Find the success value, the required return and the date at which a price is right.

    Each is the root of price = F + p (S - F), all other assumptions unchanged; but for the date, timing as believed.

    Parameters
    ----------
    belief, payoffs, as_of
        As in `fair_price`.
    price : float
        Price in the currency of the payoffs.
    probability : float, optional
        p: 1 asks when the price is certain, 0.5 for even odds; ours if left out.
    milestone : str, optional
        The milestone in question; needed where several are priced.

    Raises
    ------
    InvalidInput
        If the milestone has no value of its own, has been paid for already or is never reached by our belief, or the
        probability is 0.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.0, 0.5]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 24))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, floor=10.0, required_return=0.0)
    >>> round(break_even(belief, payoffs, price=85.0, as_of="2026-01").success_value, 9)
    150.0
    """
    price = checked_price(price)
    state = two_state(belief, payoffs, as_of=as_of, milestone=milestone)
    p = state.probability if probability is None else checked_probability("probability", probability)
    if p == 0.0:
        raise InvalidInput("probability: received 0; allowed is a number above 0 and up to 1")
    value = _success_value(belief, payoffs, as_of, state)

    def at(other: Payoffs) -> TwoState:
        return two_state(belief, other, as_of=as_of, milestone=state.milestone)

    base = at(payoffs.with_value(state.milestone, 0.0)).success
    unit = _unit(belief, payoffs, as_of, state.milestone)
    worth = state.failure + (price - state.failure) / p - base  # what success itself must be worth today
    years = _years(value, worth, payoffs.required_return + payoffs.dilution)

    def excess(rate: float) -> float:
        other = at(replace(payoffs, required_return=rate))
        return other.failure + p * (other.success - other.failure) - price

    return BreakEven(state.milestone, p, worth / unit, _rate(excess), years, _arrival(belief, as_of, years))


def _success_value(belief: Belief, payoffs: Payoffs, as_of: When, state: TwoState) -> float:
    value = payoffs.values.get(state.milestone)
    if not isinstance(value, float):
        raise InvalidInput(f"milestone: {state.milestone} has no single success value in the payoffs")
    if state.milestone not in present_values(belief, payoffs, as_of).priced:
        raise InvalidInput(f"milestone: {state.milestone} was reached before the as-of date and has been paid for")
    if state.probability == 0.0:
        raise InvalidInput(f"milestone: {state.milestone} is never reached by our belief; its success has no date")
    return value


def _unit(belief: Belief, payoffs: Payoffs, as_of: When, milestone: str) -> float:
    """E[discount factor | reached]: what one unit of success value is worth today, timing as believed."""
    pmf = belief.pmf(milestone)[:-1]
    month, fraction = belief.grid.moment(as_of)
    factors = discount(belief.grid.months, month, fraction, payoffs.required_return + payoffs.dilution)
    return float(pmf @ factors) / float(pmf.sum())


def _years(value: float, worth: float, rate: float) -> float:
    """Solve value * exp(-rate * years) = worth."""
    if worth <= 0.0:
        return math.inf
    if value < worth:
        return math.nan
    return math.log(value / worth) / rate if rate > 0.0 else math.inf


def _rate(excess: Callable[[float], float]) -> float:
    if excess(0.0) < 0.0:
        return math.nan
    highest = 1.0
    while excess(highest) > 0.0:
        highest *= 2.0
        if highest > _LARGEST_RETURN:
            return math.nan
    return float(brentq(excess, 0.0, highest, xtol=1e-14, rtol=4 * np.finfo(float).eps))


def _arrival(belief: Belief, as_of: When, years: float) -> str:
    if math.isnan(years):
        return "never early enough"
    month, fraction = belief.grid.moment(as_of)
    if math.isinf(years):
        return belief.grid.label(belief.grid.months)
    return belief.grid.label(math.floor(month + fraction + 12.0 * years + _ROUNDING))

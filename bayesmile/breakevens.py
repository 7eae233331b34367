"""The other way round: the success value, required return or date at which a price is right."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from bayesmile.belief import Belief
from bayesmile.checks import probability as checked_probability
from bayesmile.core.equation import PriceEquation, Side
from bayesmile.errors import InvalidInput
from bayesmile.grid import When
from bayesmile.market import TwoState, by_row, checked_price, present_values, two_state
from bayesmile.payoffs import Payoffs, PresentValues

__all__ = [
    "LARGEST_RETURN",
    "BreakEven",
    "arrival_label",
    "break_even",
    "check_value",
    "own_worth",
    "price_equation",
    "rates_between",
    "root_rate",
    "years_until",
]

Array = NDArray[np.float64]

_NO_RATE = 1e-12  # discounts a century by 1e-10
_RATES = 400  # looked at for a change of sign
_ROUNDING = 1e-9  # months: a start of a month found from logarithms may fall short of it
LARGEST_RETURN = 64.0
"""6,400% a year, as a continuous rate: past it no return is looked for that makes a price right."""


def price_equation(belief: Belief, payoffs: Payoffs, *, as_of: When, milestone: str | None = None) -> PriceEquation:
    """Reduce a belief and its payoffs to the price equation of one milestone.

    Parameters
    ----------
    belief, payoffs, as_of, milestone
        As in `two_state`.

    Raises
    ------
    InvalidInput
        As in `two_state`.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, floor=10.0, required_return=0.0)
    >>> equation = price_equation(belief, payoffs, as_of="2026-01")
    >>> equation.implied(60.0, value=[50.0, 100.0, 200.0]).tolist()
    [1.0, 0.5, 0.25]
    """
    state = two_state(belief, payoffs, as_of=as_of, milestone=milestone)
    present = present_values(belief, payoffs, as_of)
    value = payoffs.values.get(state.milestone)
    has_own = isinstance(value, float) and state.milestone in present.rows
    month, fraction = belief.grid.moment(as_of)
    reached, missed = (_given(belief, present, state.milestone, reached=side) for side in (True, False))
    return PriceEquation(
        probability=state.probability,
        value=value if has_own and isinstance(value, float) else 0.0,
        required_return=payoffs.required_return,
        dilution=payoffs.dilution,
        burn=payoffs.burn,
        years=np.maximum(0.0, (np.arange(belief.grid.months) - month - fraction) / 12.0),
        own=reached[state.milestone][:-1] if has_own else np.zeros(belief.grid.months),
        ends_burn=has_own and payoffs.funding_milestone == state.milestone,
        reached=_side(payoffs, present, reached, state.milestone),
        missed=_side(payoffs, present, missed, state.milestone),
    )


def _given(belief: Belief, present: PresentValues, milestone: str, *, reached: bool) -> dict[str, Array]:
    """Law of every priced month given that the milestone is reached or not; NaN where that is impossible."""
    pmf = belief.pmf(milestone)
    side = np.append(pmf[:-1], 0.0) if reached else np.append(np.zeros_like(pmf[:-1]), 1.0)
    if set(present.rows) == {milestone}:
        total = float(side.sum())
        return {milestone: side / total if total > 0.0 else np.full_like(pmf, np.nan)}
    if not (side * pmf).any():
        return {name: np.full_like(pmf, np.nan) for name in present.rows}
    given = belief.update(by_row(belief, milestone, belief.grid.months - 1, reached=reached))
    return {name: given.pmf(name) for name in present.rows}


def _side(payoffs: Payoffs, present: PresentValues, laws: dict[str, Array], milestone: str) -> Side:
    """Add up what all priced milestones but one are worth by these laws; of that one only cash and *beyond*."""
    months = len(next(iter(laws.values()))) - 1
    amounts, weights, burnt = [present.floor], np.zeros(months), np.zeros(months)
    for name, row in present.rows.items():
        value, law = payoffs.values[name], laws[name]
        if not isinstance(value, float):
            amounts.append(float(law @ row))
            continue
        amounts.append(float(law[-1] * row[-1]))
        if name != milestone:
            weights = weights + value * law[:-1]
        if name == payoffs.funding_milestone:
            amounts.append(payoffs.cash * float(law[:-1].sum()))
            burnt = law[:-1] if name != milestone else burnt
    return Side(math.fsum(amounts), weights, burnt)


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
    check_value(belief, payoffs, as_of, state)
    equation = price_equation(belief, payoffs, as_of=as_of, milestone=state.milestone)
    worth = own_worth(equation, price, p) / p  # what success itself must be worth today
    years = years_until(equation.value, worth, equation.rate, equation.burn if equation.ends_burn else 0.0)

    def by_return(rates: Array) -> Array:
        return equation.worth(p, rate=rates + equation.dilution)

    rate = root_rate(by_return, price, 0.0, LARGEST_RETURN)
    value = (worth + equation.burn * float(equation.own_spent())) / float(equation.unit())
    return BreakEven(state.milestone, p, value, rate, years, arrival_label(belief, as_of, years))


def check_value(belief: Belief, payoffs: Payoffs, as_of: When, state: TwoState) -> None:
    """Refuse a milestone whose success has no value of its own, or no date."""
    if not isinstance(payoffs.values.get(state.milestone), float):
        raise InvalidInput(f"milestone: {state.milestone} has no single success value in the payoffs")
    if state.milestone not in present_values(belief, payoffs, as_of).priced:
        raise InvalidInput(f"milestone: {state.milestone} was reached before the as-of date and has been paid for")
    if state.probability == 0.0:
        raise InvalidInput(f"milestone: {state.milestone} is never reached by our belief; its success has no date")


def own_worth(equation: PriceEquation, price: float, p: float) -> float:
    """Find p times what success must itself be worth today: price - (1 - p) F - p (S without its own part)."""
    failure = (1.0 - p) * float(equation.failure()) if p < 1.0 else 0.0
    return price - failure - p * float(equation.rest())


def years_until(value: float, worth: float, rate: float, burn: float = 0.0) -> float:
    """Solve value * exp(-rate * years) - burn * (1 - exp(-rate * years)) / rate = worth.

    Returns
    -------
    float
        NaN where even today is too late, inf where any time would do.

    Examples
    --------
    >>> years_until(100.0, 40.0, 0.0, 20.0), years_until(100.0, 40.0, 0.0), years_until(30.0, 40.0, 0.1)
    (3.0, inf, nan)
    """
    if value < worth:
        return math.nan
    if burn > 0.0 and rate < _NO_RATE:
        return (value - worth) / burn
    below = worth * rate + burn
    return math.log1p((value - worth) * rate / below) / rate if rate > 0.0 and below > 0.0 else math.inf


def rates_between(lowest: float, highest: float) -> Array:
    """Rates from one end to another, denser near the lower."""
    return lowest + np.append(0.0, np.geomspace(1e-4, highest - lowest, _RATES))


def root_rate(worth: Callable[[Array], Array], price: float, lowest: float, highest: float) -> float:
    """Lowest rate between two ends at which a value is the price; NaN where there is none.

    The value falls with the rate unless a burn is paid for out of cash, which a higher rate makes cheaper: then more
    than one rate may do.

    Examples
    --------
    >>> round(root_rate(lambda rates: 3.0 - 2.0 * rates, 2.0, 0.0, 64.0), 12)
    0.5
    """
    rates = rates_between(lowest, highest)
    signs = np.sign(worth(rates) - price)
    changes = np.flatnonzero(signs[:-1] * signs[1:] <= 0.0)
    if not changes.size:
        return math.nan
    first = int(changes[0])
    if signs[first] == 0.0:
        return float(rates[first])
    return float(
        brentq(
            lambda rate: float(worth(np.asarray(rate))) - price,
            rates[first],
            rates[first + 1],
            xtol=1e-14,
            rtol=4 * np.finfo(float).eps,
            maxiter=1000,
        )
    )


def arrival_label(belief: Belief, as_of: When, years: float) -> str:
    """Latest month that begins within so many years of the as-of moment."""
    if math.isnan(years):
        return "never early enough"
    month, fraction = belief.grid.moment(as_of)
    latest = month + fraction + 12.0 * years + _ROUNDING  # infinite too where the years are finite but more than 1e307
    return belief.grid.label(belief.grid.months if latest >= belief.grid.months else math.floor(latest))

"""Changes of a discrete law that meet a price: pure formulas on arrays."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

__all__ = [
    "LARGEST_SPAN",
    "bernoulli_divergence",
    "discount",
    "log_bayes_factor",
    "log_odds",
    "solve_span",
    "years_ahead",
]

Array = NDArray[np.float64]

LARGEST_SPAN = 1e12
"""Largest tilt in nats between the best and the worst outcome. The engine works with rows of this size; ratios between
months then carry the rounding of sums of such numbers, about 1e-4, which does not matter where one outcome wins."""

_LARGEST_LOGIT = 1e3  # beyond the logit of the smallest float: stands for infinity where the root finder needs a number


def years_ahead(months: int, month: int, fraction: float) -> Array:
    """Years from the as-of moment to each month of the grid, shape (months,): 0 for months that have begun.

    Examples
    --------
    >>> years_ahead(4, 1, 0.5).round(3).tolist()
    [0.0, 0.0, 0.042, 0.125]
    """
    return np.asarray(np.maximum(0.0, (np.arange(months) - month - fraction) / 12.0), dtype=np.float64)


def discount(months: int, month: int, fraction: float, rate: ArrayLike) -> Array:
    """Discount factors exp(-rate * tau) of cash paid in each month of the grid.

    Parameters
    ----------
    months : int
        Number of months on the grid, H.
    month, fraction : int, float
        As-of month on the grid and the fraction of it elapsed.
    rate : array_like
        Continuous rate per year; an array broadcasts against the months, as one of shape (draw, 1) does.

    Returns
    -------
    array, shape (months,) or (..., months)
        tau = max(0, (t - month - fraction) / 12) years.

    Examples
    --------
    >>> discount(3, 1, 0.0, 0.12).round(4).tolist()
    [1.0, 1.0, 0.99]
    """
    return np.asarray(np.exp(-np.asarray(rate) * years_ahead(months, month, fraction)), dtype=np.float64)


def log_odds(pmf: Array, last: int) -> float:
    """Log-odds that the month is at most `last`, from both tails; infinite where one of them is empty.

    Parameters
    ----------
    pmf : array, shape (months + 1,)
        The last cell is *beyond*.
    last : int
        Index of the deadline month.

    Examples
    --------
    >>> import numpy as np
    >>> round(log_odds(np.array([0.5, 0.25, 0.25]), 1), 6) == round(float(np.log(3)), 6)
    True
    """
    by, after = float(pmf[: last + 1].sum()), float(pmf[last + 1 :].sum())
    if by <= 0.0 or after <= 0.0:
        return math.inf if by > 0.0 else -math.inf
    return math.log(by) - math.log(after)


def bernoulli_divergence(q: tuple[float, float], p: tuple[float, float]) -> float:
    """Relative entropy in nats of a yes-or-no law from another, each given as (P(yes), P(no)).

    Both probabilities are asked for, because one minus a probability near 1 has lost its digits.

    Examples
    --------
    >>> bernoulli_divergence((0.3, 0.7), (0.3, 0.7))
    0.0
    """
    if any(a > 0.0 and b == 0.0 for a, b in zip(q, p, strict=True)):
        return math.inf
    terms = [a * (math.log(a) - math.log(b)) for a, b in zip(q, p, strict=True) if a > 0.0]
    return max(0.0, sum(terms))  # negative only by rounding


def log_bayes_factor(before: float, after: float, failure: float, success: float) -> float:
    """Log Bayes factor in nats of a move of the price between the values of failure and success.

    BF = [(after - failure)(success - before)] / [(before - failure)(success - after)]; NaN unless both prices lie
    strictly between `failure` and `success`.

    Examples
    --------
    >>> round(math.exp(log_bayes_factor(20.0, 60.0, 0.0, 100.0)), 9)
    6.0
    """
    if not failure < min(before, after) <= max(before, after) < success:
        return math.nan
    won = math.log(after - failure) - math.log(before - failure)
    return won + math.log(success - before) - math.log(success - after)


def solve_span(expectation: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Find the tilt at which a law tilted exponentially has a given expectation.

    The unknown is the *span* x = tilt * (high - low), in nats. On two outcomes logit((E(x) - low) / (high - low)) is a
    line of slope 1, on more it is close to one, so that the root is sought on this scale: a handful of steps.

    Parameters
    ----------
    expectation : callable
        Expected value at span x; rises from `low` at -inf to `high` at +inf.
    target : float
        Expectation to meet, strictly between `low` and `high`.
    low, high : float
        Least and greatest outcome in the support.

    Returns
    -------
    float
        The span; +-inf if it lies beyond `LARGEST_SPAN`.

    Examples
    --------
    Two equally likely outcomes, 0 and 1: odds of 3 need a tilt of log 3.

    >>> x = solve_span(lambda x: 1 / (1 + math.exp(-x)), 0.75, 0.0, 1.0)
    >>> round(math.exp(x), 9)
    3.0
    """
    goal = _logit(target, low, high)

    def excess(x: float) -> float:
        return _logit(expectation(x), low, high) - goal

    start = excess(0.0)
    if expectation(0.0) == target or start == 0.0:
        return 0.0
    inner, outer = 0.0, -start
    while excess(outer) * start > 0.0:
        inner, outer = outer, 4.0 * outer
        if abs(outer) > LARGEST_SPAN:
            return math.copysign(math.inf, outer)
    return float(brentq(excess, min(inner, outer), max(inner, outer), xtol=1e-300, rtol=4 * np.finfo(float).eps))


def _logit(value: float, low: float, high: float) -> float:
    above, below = value - low, high - value
    if above <= 0.0 or below <= 0.0:
        return math.copysign(_LARGEST_LOGIT, above - below)
    return math.log(above) - math.log(below)

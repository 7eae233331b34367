"""Lifts from comparisons within entities alone: whatever tells entities apart cancels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

__all__ = ["Contrast", "within_contrast"]

Array = NDArray[np.float64]

_WIDEST = 12.0  # log of the rate ratio: beyond it there is no arrival on one of the sides
_NORMAL = 1.6448536269514722  # 95% point


class Contrast(NamedTuple):
    """Rate ratio with its 90% interval; NaN where one side has no arrivals.

    Attributes
    ----------
    lift, low, high : float
    """

    lift: float
    low: float
    high: float


def within_contrast(
    arrivals_inside: Array, arrivals_outside: Array, inside: Array, outside: Array, cluster: NDArray[np.integer[Any]]
) -> Contrast:
    """Rate ratio inside the window by the conditional likelihood of the self-controlled case series.

    Given its number n of arrivals, an entity has of them Binomial(n, rho i / (rho i + o)) inside, i and o its
    exposures: its own rate, whatever it is, drops out. The interval lets entities of one cluster go together.

    Parameters
    ----------
    arrivals_inside, arrivals_outside, inside, outside : array (entity,)
        Arrivals and exposures.
    cluster : array of int (entity,)

    Examples
    --------
    >>> ones = np.ones(100)
    >>> found = within_contrast(2 * ones, ones, ones, ones, np.arange(100))
    >>> round(found.lift, 6), found.low <= found.lift <= found.high
    (2.0, True)

    References
    ----------
    .. [1] H. J. Whitaker et al., "Tutorial in biostatistics: the self-controlled case series method",
       Statistics in Medicine 25 (2006) 1768-1797.
    """
    both = (inside > 0) & (outside > 0) & (arrivals_inside + arrivals_outside > 0)
    near, all_ = arrivals_inside[both], (arrivals_inside + arrivals_outside)[both]
    ratio = inside[both] / outside[both]
    if not near.sum() or not (all_ - near).sum():
        return Contrast(np.nan, np.nan, np.nan)

    def share(log_lift: float) -> Array:
        return np.asarray(1.0 / (1.0 + np.exp(-log_lift) / ratio))

    log_lift = float(brentq(lambda x: float((near - all_ * share(x)).sum()), -_WIDEST, _WIDEST))
    chance = share(log_lift)
    _, member = np.unique(cluster[both], return_inverse=True)
    score = np.bincount(member, weights=near - all_ * chance)
    error = _NORMAL * np.sqrt((score**2).sum()) / (all_ * chance * (1.0 - chance)).sum()
    return Contrast(*(float(np.exp(log_lift + shift)) for shift in (0.0, -error, error)))

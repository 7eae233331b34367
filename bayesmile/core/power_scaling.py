"""Power-scaling sensitivity: how far weighted draws move as a part of the model counts a little more or less."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

__all__ = ["cumulative_divergence", "power_sensitivity"]

Array = NDArray[np.float64]

_ALPHAS = (0.99, 1.01)
_CERTAIN = 1e-13  # a part of the scale over which values differ by rounding alone


def cumulative_divergence(values: Array, first: Array, second: Array) -> float:
    """Distance of two weightings of the same draws: the cumulative Jensen-Shannon distance, from 0 to 1.

    The larger of that of the values and that of their negatives, so that it does not depend on the direction.

    Parameters
    ----------
    values, first, second : array, shape (draw,)
        One number a draw, and two sets of weights; each set adds up to one.

    References
    ----------
    .. [1] H. V. Nguyen, J. Vreeken, "Non-parametric Jensen-Shannon divergence", ECML PKDD 2015.

    Examples
    --------
    >>> even = np.full(4, 0.25)
    >>> cumulative_divergence(np.arange(4.0), even, even)
    0.0
    """
    order = np.argsort(values, kind="stable")
    widths = np.diff(values[order])
    if widths.sum() <= _CERTAIN * max(1.0, float(np.abs(values).max())):
        return 0.0
    below, others = np.cumsum(first[order])[:-1], np.cumsum(second[order])[:-1]
    return max(_distance(widths, below, others), _distance(widths, 1.0 - below, 1.0 - others))


def _distance(widths: Array, p: Array, q: Array) -> float:
    p, q = np.clip(p, 0.0, 1.0), np.clip(q, 0.0, 1.0)
    middle = 0.5 * (p + q)
    # The linear terms of the two halves cancel.
    bits = (xlogy(p, p) + xlogy(q, q) - 2.0 * xlogy(middle, middle)) / np.log(2.0)
    bound = float(widths @ (p + q))
    return float(np.sqrt(max(float(widths @ bits), 0.0) / bound)) if bound > 0.0 else 0.0


def power_sensitivity(values: Array, weights: Array, component: Array) -> float:
    """Change of the distance of some draws, a doubling of the power of a part of the model, near its power of 1.

    Parameters
    ----------
    values, weights : array, shape (draw,)
        One number a draw, and weights that add up to one.
    component : array, shape (draw,)
        Log of the part at each draw: a prior, or the likelihood; finite wherever the weight is above 0.

    Returns
    -------
    float
        Mean of the distances to powers of 0.99 and 1.01, each over its change of log2 of the power.

    References
    ----------
    .. [1] N. Kallioinen, T. Paananen, P.-C. Buerkner, A. Vehtari, "Detecting and diagnosing prior and likelihood
       sensitivity with power-scaling", Statistics and Computing 34 (2024) 57.

    Examples
    --------
    >>> values = np.linspace(-3.0, 3.0, 1001)
    >>> weights = np.exp(-0.5 * values**2)
    >>> round(power_sensitivity(values, weights / weights.sum(), -0.5 * values**2), 2)
    0.08
    """
    used = weights > 0.0
    kept, base, part = values[used], weights[used], component[used]
    found = []
    for alpha in _ALPHAS:
        logs = (alpha - 1.0) * (part - part.max())
        scaled = base * np.exp(logs - logs.max())
        found.append(cumulative_divergence(kept, base, scaled / scaled.sum()) / abs(np.log2(alpha)))
    return float(np.mean(found))

"""Pareto smoothing of importance weights [1]_: the largest are replaced by quantiles of a law fitted to them.

ArviZ computes the same; done here it needs no more than NumPy, so that a report does not wait a second for imports.

References
----------
.. [1] A. Vehtari, D. Simpson, A. Gelman, Y. Yao, J. Gabry, "Pareto smoothed importance sampling", Journal of
   Machine Learning Research 25 (2024).
.. [2] J. Zhang, M. A. Stephens, "A new and efficient estimation method for the generalized Pareto distribution",
   Technometrics 51 (2009).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

__all__ = ["smooth_weights"]

Array = NDArray[np.float64]

_MANY = 225  # draws above which the tail grows with their square root; a fifth of fewer
_POINTS, _SPREAD = 30, 3.0  # of the grid on which the scale is averaged, and how far beyond the quartile it reaches
_DRAWS, _KHAT = 10.0, 0.5  # the prior of the tail index counts as ten draws at one half
_NEGLIGIBLE = 10.0 * float(np.finfo(np.float64).eps)


def smooth_weights(log_weights: Array) -> tuple[Array, float]:
    """Smooth the tail of some log weights and normalise them.

    Parameters
    ----------
    log_weights : array (draw,)
        Finite, at least 25 of them, up to a constant.

    Returns
    -------
    smoothed : array (draw,)
        Their weights sum to one.
    khat : float
        Tail index; infinite or NaN where the tail is like no generalised Pareto law, and is then left as it is.

    Raises
    ------
    ValueError
        If all weights of the tail are equal, which leaves nothing to fit.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> smoothed, khat = smooth_weights(rng.normal(size=1000))
    >>> round(float(np.exp(smoothed).sum()), 9), khat < 0.7
    (1.0, True)
    """
    draws = len(log_weights)
    tail = int(3.0 * draws**0.5) if draws > _MANY else draws // 5
    logs = log_weights - np.max(log_weights)
    order = np.argsort(logs)
    largest = logs[order[-tail:]]
    most = largest.max()
    if abs(most - largest.min()) < np.finfo(np.float64).tiny:
        raise ValueError("all weights of the tail are equal")
    cutoff = np.exp(logs[order[-tail - 1]])
    khat, scale = _fit(np.exp(largest) - cutoff)
    if np.isfinite(khat):
        found = np.log(_quantiles(np.arange(0.5, tail) / tail, khat, scale, float(cutoff)))
        found[found > most] = most
        logs[order[-tail:]] = found
    logs -= logsumexp(logs)
    return logs, khat


def _fit(tail: Array) -> tuple[float, float]:
    """Tail index and scale of a generalised Pareto law by the empirical Bayes estimate of Zhang and Stephens [2]_.

    The tail index is then pulled towards one half, as Vehtari et al. advise.
    """
    size = len(tail)
    quartile = tail[int((size / 4 + 0.5) - 1)]
    if quartile <= tail[0]:
        return np.nan, np.nan
    points = _POINTS + int(size**0.5)
    rates = 1.0 - np.sqrt(points / (np.arange(1, points + 1, dtype=np.float64) - 0.5))
    rates /= _SPREAD * quartile
    rates += 1.0 / tail[-1]
    shapes = np.mean(np.log1p(-rates[:, None] * tail), axis=1)
    profile = size * (np.log(-rates / shapes) - shapes - 1.0)
    weights = np.exp(profile - logsumexp(profile))
    counts = weights >= _NEGLIGIBLE
    weights, rates = weights[counts], rates[counts]
    weights /= weights.sum()
    rate = np.sum(rates * weights)
    shape = np.mean(np.log1p(-rate * tail))
    khat = (size * shape + _DRAWS * _KHAT) / (size + _DRAWS)
    return (np.inf, np.nan) if np.isnan(khat) else (float(khat), float(-shape / rate))


def _quantiles(levels: Array, khat: float, scale: float, cutoff: float) -> Array:
    """Quantiles of a generalised Pareto law above a cutoff."""
    if scale <= 0.0:
        return np.full_like(levels, np.nan)
    if khat == 0.0:
        return np.asarray(cutoff - scale * np.log1p(-levels))
    return np.asarray(cutoff + scale * np.expm1(-khat * np.log1p(-levels)) / khat)

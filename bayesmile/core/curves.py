"""Normal, log-normal, beta and gamma curves: moments, quantiles, densities, and fits to an interval.

Log-normal: mean and standard deviation of the logarithm. Normal: mean and standard deviation. Beta: alpha and beta.
Gamma: shape and rate.

.. [1] N. L. Johnson, S. Kotz, N. Balakrishnan, "Continuous Univariate Distributions", Wiley, vol. 1, 1994, ch. 13, 14
   and 17; vol. 2, 1995, ch. 25.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.optimize import brentq

__all__ = ["SHARPEST", "concentration", "log_density", "moments", "quantile", "shape", "spread"]

Floats = NDArray[np.float64]

SHARPEST = 1e-5
"""Least distance of an end from a beta's mean, over sqrt(mean (1 - mean)), at which its integral keeps its digits."""

_SLACK = 1e-9  # widens a bracket whose ends may be the root itself


def spread(below: float, above: float, mass: float) -> float:
    """Spread of a normal curve with `mass` between its centre less `below` and its centre plus `above`.

    It lies between those that put (1 - mass) / 2 beyond the nearer end and beyond the further end.

    Examples
    --------
    >>> round(spread(1.0, 1.0, 0.9), 4)
    0.608
    """

    def excess(sd: float) -> float:
        return float(special.ndtr(above / sd) - special.ndtr(-below / sd)) - mass

    z = float(special.ndtri((1.0 + mass) / 2.0))
    least, most = min(below, above) / z * (1.0 - _SLACK), max(below, above) / z * (1.0 + _SLACK)
    return float(brentq(excess, least, most, xtol=1e-12 * least, rtol=1e-14))


@lru_cache(maxsize=4096)
def concentration(mean: float, low: float, high: float, mass: float) -> float:
    """Sum of alpha and beta at which a beta curve of this mean, with one peak, has `mass` between `low` and `high`.

    NaN where there is none: the interval is too wide.

    Examples
    --------
    >>> round(concentration(0.15, 0.06, 0.28, 0.9), 2), concentration(0.5, 0.01, 0.99, 0.9)
    (28.13, nan)
    """

    def excess(log_c: float) -> float:
        a, b = mean * math.exp(log_c), (1.0 - mean) * math.exp(log_c)
        return float(special.betainc(a, b, high) - special.betainc(a, b, low)) - mass

    # One peak: alpha and beta of at least 1. By Chebyshev's inequality `most` leaves at most 1 - mass outside.
    least = -math.log(min(mean, 1.0 - mean))
    nearest, variance = min(mean - low, high - mean), mean * (1.0 - mean)
    most = math.log(variance / (1.0 - mass)) - 2.0 * math.log(nearest)
    if most <= least or excess(least) > 0.0:
        return math.nan
    return math.exp(float(brentq(excess, least, most, xtol=1e-13, rtol=1e-14)))


@lru_cache(maxsize=4096)
def shape(mean: float, low: float, high: float, mass: float) -> float:
    """Shape at which a gamma curve of this mean, with one peak above 0, has `mass` between `low` and `high`.

    The least shape with one peak, 1, where even that has more: the interval is wider than any such curve.

    Examples
    --------
    >>> round(shape(1.0, 0.0, 2.0, 0.9), 3), shape(1.0, 0.0, 5.0, 0.9)
    (1.778, 1.0)
    """

    def excess(log_k: float) -> float:
        k = math.exp(log_k)
        return float(special.gammainc(k, k * high / mean) - special.gammainc(k, k * low / mean)) - mass

    # One peak: a shape of at least 1. By Chebyshev's inequality `most` leaves at most 1 - mass outside.
    most = -math.log(1.0 - mass) - 2.0 * math.log(min(mean - low, high - mean) / mean)
    if excess(0.0) >= 0.0:
        return 1.0
    return math.exp(float(brentq(excess, 0.0, most, xtol=1e-13, rtol=1e-14)))


def moments(law: str, first: float, second: float) -> tuple[float, float]:
    """Mean and standard deviation.

    Examples
    --------
    >>> moments("gamma", 4.0, 2.0)
    (2.0, 1.0)
    """
    if law == "normal":
        return first, second
    if law == "lognormal":
        mean = math.exp(first + second**2 / 2.0)
        return mean, mean * math.sqrt(math.expm1(second**2))
    if law == "gamma":
        return first / second, math.sqrt(first) / second
    total = first + second
    return first / total, math.sqrt(first * second / (total + 1.0)) / total


def quantile(law: str, first: float, second: float, q: Floats) -> Floats:
    """Value below which lies probability `q`, in its shape.

    Examples
    --------
    >>> quantile("beta", 1.0, 1.0, np.array([0.25])).tolist()
    [0.25]
    """
    if law == "normal":
        return np.asarray(first + second * special.ndtri(q))
    if law == "lognormal":
        return np.asarray(np.exp(first + second * special.ndtri(q)))
    if law == "gamma":
        return np.asarray(special.gammaincinv(first, q) / second)
    return np.asarray(special.betaincinv(first, second, q))


def log_density(law: str, first: float, second: float, x: Floats) -> Floats:
    """Logarithm of the density at `x`, in its shape; -inf outside the support.

    Examples
    --------
    >>> log_density("beta", 1.0, 1.0, np.array([0.5, 1.5])).tolist()
    [0.0, -inf]
    """
    return _LOG_DENSITY[law](x, first, second)


def _log_normal_density(x: Floats, mean: float, sd: float) -> Floats:
    return np.asarray(-0.5 * ((x - mean) / sd) ** 2 - math.log(sd) - 0.5 * math.log(2.0 * math.pi))


def _log_lognormal_density(x: Floats, mu: float, sigma: float) -> Floats:
    inside = x > 0.0
    logs = np.log(np.where(inside, x, 1.0))
    return np.where(inside, _log_normal_density(logs, mu, sigma) - logs, -np.inf)


def _log_beta_density(x: Floats, alpha: float, beta: float) -> Floats:
    inside = (x >= 0.0) & (x <= 1.0)
    y = np.where(inside, x, 0.5)
    density = special.xlogy(alpha - 1.0, y) + special.xlog1py(beta - 1.0, -y) - special.betaln(alpha, beta)
    return np.where(inside, density, -np.inf)


def _log_gamma_density(x: Floats, shape: float, rate: float) -> Floats:
    inside = x >= 0.0
    y = np.where(inside, x, 1.0)
    density = special.xlogy(shape - 1.0, y) - rate * y + shape * math.log(rate) - special.gammaln(shape)
    return np.where(inside, density, -np.inf)


_LOG_DENSITY: dict[str, Callable[[Floats, float, float], Floats]] = {
    "lognormal": _log_lognormal_density,
    "normal": _log_normal_density,
    "beta": _log_beta_density,
    "gamma": _log_gamma_density,
}

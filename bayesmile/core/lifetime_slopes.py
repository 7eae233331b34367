"""Slopes of the delay laws by their two parameters, and what a weight on the log tables is worth through them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import special

from bayesmile.core.lifetime import month_edges

__all__ = ["SLOPES", "through_law", "through_never"]

Floats = npt.NDArray[np.float64]
Slopes = Callable[[Floats, Floats, int, bool], tuple[Floats, Floats]]

_LOG_TWO = float(np.log(2.0))
_FAINT = -650.0  # log of a probability below which neither it nor its slope can be trusted
_LEFT = 1e-300  # of 1 - never where that has rounded to zero: then nothing ends and the derivative is zero
_STEP = 2e-3  # of the gamma shape, in its standard deviations: five points leave about 1e-12 of the slope


def through_law(
    log_pmf: Floats,
    log_survival: Floats,
    never: Floats,
    by_pmf: Floats,
    by_survival: Floats,
    slopes: tuple[Floats, ...],
) -> tuple[Floats, ...]:
    """Chain derivatives by a delay's log tables to its parameters.

    With F the law without never, p[l] = (1 - never)(F[l + 1] - F[l]) and S[l] = never + (1 - never)(1 - F[l + 1]), the
    weights of dF[j] are collected first, so that each parameter takes one inner product.

    Parameters
    ----------
    log_pmf, log_survival : array (..., months)
        Tables of the delay, `never` included, as the laws of `bayesmile.core.lifetime` give them.
    never : array (...)
    by_pmf, by_survival : array (..., months)
        Derivative of some number by each entry of both tables.
    slopes : tuple of array (..., months + 1)
        dF at every edge of the months, by each parameter.

    Returns
    -------
    tuple of array (...)
        Derivative of that number by each parameter.

    Examples
    --------
    >>> from bayesmile.core.lifetime import lognormal_log_delay
    >>> tables = lognormal_log_delay(12.0, 0.5, 0.1, 24, True)
    >>> change = lognormal_log_delay(12.0 + 1e-6, 0.5, 0.1, 24, True)[1][5] - tables[1][5]
    >>> slopes = SLOPES["lognormal"](np.array(12.0), np.array(0.5), 24, True)
    >>> weight = np.eye(24)[5]
    >>> answer = through_law(*tables, np.array(0.1), 0 * weight, weight, slopes)[0]
    >>> bool(abs(answer - change / 1e-6) < 1e-6)
    True
    """
    ratio, tail = _per_chance(by_pmf, log_pmf), _per_chance(by_survival, log_survival)
    weight = np.zeros((*ratio.shape[:-1], ratio.shape[-1] + 1))
    weight[..., 1:] = ratio - tail
    weight[..., :-1] -= ratio
    weight *= (1.0 - never)[..., None]
    return tuple(np.asarray(np.einsum("...j,...j->...", weight, slope)) for slope in slopes)


def _per_chance(weight: Floats, log_chance: Floats) -> Floats:
    """Turn derivatives by log probabilities into those by probabilities; cells too small for a double are left out."""
    with np.errstate(all="ignore"):
        return np.where((weight == 0.0) | (log_chance < _FAINT), 0.0, weight * np.exp(-log_chance))


def through_never(log_survival: Floats, never: Floats, by_pmf: Floats, by_survival: Floats) -> Floats:
    """Chain derivatives by a delay's log tables to `never`; arguments as in `through_law`.

    Examples
    --------
    >>> log_survival = np.log([0.55, 0.1])
    >>> through_never(log_survival, np.array(0.1), np.zeros(2), np.array([0.0, 1.0])).round(9)  # d log(0.1) / d 0.1
    np.float64(10.0)
    """
    gone = -np.expm1(log_survival) * _per_chance(by_survival, log_survival)
    lost = gone.sum(axis=-1) - by_pmf.sum(axis=-1)
    return np.asarray(lost / np.maximum(1.0 - never, _LEFT))


def _quiet(slopes: Slopes) -> Slopes:
    """Let log 0 and its products pass: the slopes at the edge 0 are zero, which the laws below put right."""

    def silent(first: Floats, second: Floats, months: int, has_parents: bool) -> tuple[Floats, Floats]:
        with np.errstate(all="ignore"):
            one, two = slopes(first[..., None], second[..., None], months, has_parents)
        return np.nan_to_num(one, copy=False), np.nan_to_num(two, copy=False)

    return silent


@_quiet
def _lognormal(median: Floats, sigma: Floats, months: int, has_parents: bool) -> tuple[Floats, Floats]:
    score = (np.log(month_edges(months, has_parents)) - np.log(median)) / sigma
    density = np.exp(-0.5 * score * score) / (np.sqrt(2.0 * np.pi) * sigma)
    return -density / median, -density * score


@_quiet
def _weibull(median: Floats, shape: Floats, months: int, has_parents: bool) -> tuple[Floats, Floats]:
    log_ratio = np.log(month_edges(months, has_parents)) - np.log(median)
    hazard = _LOG_TWO * np.exp(shape * log_ratio)
    density = hazard * np.exp(-hazard)
    return -density * shape / median, density * log_ratio


@_quiet
def _loglogistic(median: Floats, shape: Floats, months: int, has_parents: bool) -> tuple[Floats, Floats]:
    log_ratio = np.log(month_edges(months, has_parents)) - np.log(median)
    density = special.expit(shape * log_ratio) * special.expit(-shape * log_ratio)
    return -density * shape / median, density * log_ratio


@_quiet
def _gamma(mean: Floats, sd: Floats, months: int, has_parents: bool) -> tuple[Floats, Floats]:
    edges = month_edges(months, has_parents)
    shape, rate = (mean / sd) ** 2, mean / sd / sd
    x = edges * rate
    by_shape = _by_shape(shape, x)
    by_rate = edges * np.exp(special.xlogy(shape - 1.0, x) - x - special.gammaln(shape))
    return by_shape * 2.0 * mean / sd**2 + by_rate / sd**2, -2.0 * (by_shape * shape + by_rate * rate) / sd


def _by_shape(shape: Floats, x: Floats) -> Floats:
    """Slope of the regularised gamma function by its shape, from the smaller of its tails (five-point differences)."""
    step = _STEP * np.minimum(np.sqrt(shape), shape)
    upper = x > shape
    total = np.zeros(np.broadcast_shapes(shape.shape, x.shape))
    for reach, weight in ((1.0, 8.0), (2.0, -1.0)):
        for sign in (1.0, -1.0):
            at = shape + sign * reach * step
            tail = np.where(upper, -special.gammaincc(at, x), special.gammainc(at, x))
            total += sign * weight * tail
    return np.asarray(total / (12.0 * step))


SLOPES: dict[str, Slopes] = {
    "lognormal": _lognormal,
    "gamma": _gamma,
    "weibull": _weibull,
    "loglogistic": _loglogistic,
}
"""By family, from both parameters (...) to dF at the edges of the months, each (..., months + 1)."""

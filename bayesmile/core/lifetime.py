"""Delay laws on whole months: log pmfs and log survivals that stay precise in both tails."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps

import numpy as np
import numpy.typing as npt
from scipy import special

__all__ = [
    "gamma_log_delay",
    "log_difference",
    "log_normal_interval",
    "loglogistic_log_delay",
    "lognormal_log_delay",
    "tabulated_log_delay",
    "weibull_log_delay",
]

Floats = npt.NDArray[np.float64]
Parameter = float | Floats
LogDelay = tuple[Floats, Floats]

_LOG_TWO = float(np.log(2.0))
_TINY = 1e-280  # below this, gammainc loses digits on its way to underflow
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)


def _quiet[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Let log 0 = -inf and underflow to 0 pass in silence: both are exact answers here."""

    @wraps(function)
    def silent(*args: P.args, **kwargs: P.kwargs) -> R:
        with np.errstate(all="ignore"):
            return function(*args, **kwargs)

    return silent


@lru_cache(maxsize=64)
def month_edges(months: int, has_parents: bool) -> Floats:
    """Edges of the delay's months, shape (months + 1,): a parent happened mid-month, so half a month earlier."""
    edges = np.arange(months + 1, dtype=np.float64)
    if has_parents:
        edges = np.maximum(edges - 0.5, 0.0)
    edges.setflags(write=False)
    return edges


@lru_cache(maxsize=64)
def _log_edges(months: int, has_parents: bool) -> Floats:
    with np.errstate(divide="ignore"):
        logs = np.log(month_edges(months, has_parents))
    logs.setflags(write=False)
    return logs


@lru_cache(maxsize=64)
def _log_steps(months: int, has_parents: bool) -> Floats:
    """log(edge[l + 1] / edge[l]) without cancellation, shape (months,); +inf from the edge 0."""
    edges = month_edges(months, has_parents)
    with np.errstate(divide="ignore"):
        steps = np.log1p(np.diff(edges) / edges[:-1])
    steps.setflags(write=False)
    return steps


def _column(parameter: Parameter) -> Parameter:
    """Give a batch of parameters a trailing axis for the months; leave a plain number alone."""
    return parameter if isinstance(parameter, float) else np.asarray(parameter, dtype=np.float64)[..., None]


def _with_never(log_pmf: Floats, log_survival: Floats, never: Parameter) -> LogDelay:
    """Mix the law with an atom at infinity of mass `never`, in place of the law's own arrays."""
    if isinstance(never, float) and never == 0.0:
        return log_pmf, log_survival
    never = np.asarray(_column(never))
    kept, lost = np.log1p(-never), np.log(never)
    log_survival = log_survival + kept
    return log_pmf + kept, np.logaddexp(lost, log_survival, out=log_survival)


@_quiet
def log_difference(larger: Floats, smaller: Floats) -> Floats:
    """log(exp(larger) - exp(smaller)) for ``larger >= smaller``, elementwise; -inf where both are equal.

    Examples
    --------
    >>> log_difference(np.array([0.0, -np.inf]), np.array([-np.inf, -np.inf])).tolist()
    [0.0, -inf]
    """
    gap = larger - smaller
    result: Floats = larger + np.log(-np.expm1(-gap))
    # two log zeros leave -inf - -inf: the difference of zeros is zero
    return np.where(gap > 0, result, -np.inf)


def _log_interval(log_cdf: Floats, log_survival: Floats) -> Floats:
    """log(F(x[l + 1]) - F(x[l])) from both logs at the edges: by survivals above the median, else by the CDF."""
    by_survival = log_survival[..., :-1] < -_LOG_TWO
    larger = np.where(by_survival, log_survival[..., :-1], log_cdf[..., 1:])
    smaller = np.where(by_survival, log_survival[..., 1:], log_cdf[..., :-1])
    return log_difference(larger, smaller)


@_quiet
def log_normal_interval(lower: Floats, upper: Floats) -> Floats:
    """log(Phi(upper) - Phi(lower)) for ``upper >= lower``, elementwise; precise in both tails.

    Above the mean the interval is reflected to the lower tail, where `log_ndtr` keeps its digits.

    Examples
    --------
    >>> log_normal_interval(np.array([40.0]), np.array([41.0])).round(6).tolist()
    [-804.608442]
    """
    reflect = lower > 0
    low = np.where(reflect, -upper, lower)
    high = np.where(reflect, -lower, upper)
    return log_difference(special.log_ndtr(high), special.log_ndtr(low))


@_quiet
def lognormal_log_delay(
    median: Parameter, sigma: Parameter, never: Parameter, months: int, has_parents: bool
) -> LogDelay:
    """Log pmf and log survival of a log-normal delay.

    Parameters
    ----------
    median, sigma, never : float or array (...)
        Median in months, standard deviation of the log, mass at infinity; they broadcast together.
    months : int
        Number of months, H.
    has_parents : bool
        False: month l is [l, l + 1). True: [l - 1/2, l + 1/2), with nothing below 0.

    Returns
    -------
    log_pmf, log_survival : arrays (..., months)
        log P(L = l) and log P(L > l), `never` included in the survival.

    Examples
    --------
    >>> log_pmf, log_survival = lognormal_log_delay(12.0, 0.5, 0.25, 12, False)
    >>> round(float(np.exp(log_survival[-1])), 12)
    0.625
    """
    scores = (_log_edges(months, has_parents) - np.log(_column(median))) / _column(sigma)
    log_survival = special.log_ndtr(-scores)
    log_pmf = _log_interval(special.log_ndtr(scores), log_survival)
    return _with_never(log_pmf, log_survival[..., 1:], never)


@_quiet
def weibull_log_delay(
    median: Parameter, shape: Parameter, never: Parameter, months: int, has_parents: bool
) -> LogDelay:
    """Log pmf and log survival of a Weibull delay with cumulative hazard log 2 * (x / median)^shape.

    Parameters and returns as in `lognormal_log_delay`, with `shape` above 1 for a rising hazard.

    Examples
    --------
    >>> _, log_survival = weibull_log_delay(12.0, 2.0, 0.0, 12, False)
    >>> round(float(np.exp(log_survival[-1])), 12)
    0.5
    """
    powers = _column(shape) * (_log_edges(months, has_parents) - np.log(_column(median)))
    hazard = _LOG_TWO * np.exp(powers)
    # S(x1) - S(x2) = S(x1) (1 - exp(-(H2 - H1))): no cancellation in either tail
    log_pmf = -hazard[..., :-1] + np.log(-np.expm1(hazard[..., :-1] - hazard[..., 1:]))
    # an infinite hazard has no mass left, an underflowed one has log F = log hazard
    early = powers[..., 1:] < -700.0
    growth = -np.expm1(-_column(shape) * _log_steps(months, has_parents))
    log_pmf = np.where(early, np.log(_LOG_TWO) + powers[..., 1:] + np.log(growth), log_pmf)
    log_pmf = np.where(np.isnan(log_pmf), -np.inf, log_pmf)
    return _with_never(log_pmf, -hazard[..., 1:], never)


@_quiet
def loglogistic_log_delay(
    median: Parameter, shape: Parameter, never: Parameter, months: int, has_parents: bool
) -> LogDelay:
    """Log pmf and log survival of a log-logistic delay with odds F / S = (x / median)^shape.

    Parameters and returns as in `lognormal_log_delay`. With s the logistic function and y = shape * log(x / median),
    s(y2) - s(y1) = s(y2) s(-y1) (1 - exp(y1 - y2)).

    Examples
    --------
    >>> _, log_survival = loglogistic_log_delay(12.0, 3.0, 0.0, 12, False)
    >>> round(float(np.exp(log_survival[-1])), 12)
    0.5
    """
    shape = _column(shape)
    log_odds = shape * (_log_edges(months, has_parents) - np.log(_column(median)))
    log_survival = special.log_expit(-log_odds)
    growth = -np.expm1(-shape * _log_steps(months, has_parents))
    log_pmf = special.log_expit(log_odds[..., 1:]) + log_survival[..., :-1] + np.log(growth)
    return _with_never(log_pmf, log_survival[..., 1:], never)


def _log_gamma_density_mass(shape: Floats, x: Floats) -> Floats:
    """log(x^a exp(-x) / Gamma(a + 1)) without cancelling terms of size a (Stirling's series from a = 20)."""
    large = shape > 20.0
    a = np.where(large, shape, 20.0)
    series = sum(term / a ** (2 * k + 1) for k, term in enumerate(_STIRLING))
    excess = (x - a) / a
    by_stirling = a * (np.log1p(excess) - excess) - 0.5 * np.log(2.0 * np.pi * a) - series
    return np.where(large, by_stirling, special.xlogy(shape, x) - x - special.gammaln(shape + 1.0))


def _upper_fraction(shape: Floats, x: Floats) -> Floats:
    """x^(1 - a) exp(x) Gamma(a, x) far above the mean by Legendre's continued fraction (DLMF 8.9.2)."""
    value = x
    for k in range(150, 0, -1):
        value = x + (k - shape) / (1.0 + k / value)
    return x / value


def _log_gamma_tails(shape: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Log CDF and log survival of a unit-scale gamma law; series take over where the plain functions underflow."""
    lower, upper = special.gammainc(shape, x), special.gammaincc(shape, x)
    log_lower, log_upper = np.log(lower), np.log(upper)
    if (far := (lower < _TINY) & (x > 0)).any():
        a, at = shape[far], x[far]
        log_lower[far] = _log_gamma_density_mass(a, at) + np.log(special.hyp1f1(1.0, a + 1.0, at))
    if (far := upper < _TINY).any():
        a, at = shape[far], x[far]
        log_upper[far] = _log_gamma_density_mass(a, at) + np.log(a / at * _upper_fraction(a, at))
    return log_lower, log_upper


@_quiet
def gamma_log_delay(mean: Parameter, sd: Parameter, never: Parameter, months: int, has_parents: bool) -> LogDelay:
    """Log pmf and log survival of a gamma delay given by its mean and standard deviation in months.

    Parameters and returns as in `lognormal_log_delay`.

    Examples
    --------
    >>> _, log_survival = gamma_log_delay(10.0, 10.0, 0.0, 10, False)  # sd = mean: exponential
    >>> round(float(log_survival[-1]), 12)
    -1.0
    """
    mean, sd = _column(mean), _column(sd)
    shape, x = np.broadcast_arrays((mean / sd) ** 2, month_edges(months, has_parents) * (mean / sd / sd))
    log_cdf, log_survival = _log_gamma_tails(shape, x)
    return _with_never(_log_interval(log_cdf, log_survival), log_survival[..., 1:], never)


@_quiet
def tabulated_log_delay(pmf: Floats, never: Parameter, months: int) -> LogDelay:
    """Log pmf and log survival of a delay given month by month.

    Parameters
    ----------
    pmf : array (..., n)
        P(L = l); n may be below or above `months`: mass from `months` on counts as survival.
    never : float or array (...)
        Mass at infinity.
    months : int
        Number of months, H.

    Returns
    -------
    log_pmf, log_survival : arrays (..., months)
        Survivals are sums of the tail, never 1 minus a sum.

    Examples
    --------
    >>> log_pmf, log_survival = tabulated_log_delay(np.array([0.5, 0.25]), 0.25, 3)
    >>> np.exp(log_survival).tolist()
    [0.5, 0.25, 0.25]
    """
    width = max(months, pmf.shape[-1])
    padded = np.zeros((*pmf.shape[:-1], width + 1))
    padded[..., : pmf.shape[-1]] = pmf
    padded[..., -1] = never
    tails = np.cumsum(padded[..., ::-1], axis=-1)[..., ::-1]
    return np.log(padded[..., :months]), np.log(tails[..., 1 : months + 1])

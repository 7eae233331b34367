"""Slope and intercept of calibration: outcomes regressed on the log-odds that were stated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit, ndtri

from bayesmile.checks import finite
from bayesmile.errors import InvalidInput
from bayesmile.scoring.binary import checked_floor
from bayesmile.scoring.inputs import binary_outcomes, cluster_codes, probabilities, same_length
from bayesmile.scoring.resampling import cluster_sums

__all__ = ["CalibrationLine", "calibration_line"]

Array = NDArray[np.float64]

_GRADIENT = 1e-7  # per forecast, at the maximum


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationLine:
    """Logistic regression ``log-odds of happening = intercept + slope * stated log-odds``.

    Attributes
    ----------
    slope, slope_se : float
        1 if calibrated; below 1 the probabilities are too extreme, above 1 too timid. Standard error from clusters.
    slope_low, slope_high : float
        Normal interval of the slope.
    intercept, intercept_se : float
        At even odds; 0 if calibrated.
    offset : float
        Intercept if the slope were 1: above 0, more happened than was stated (calibration in the large).
    level : float
        Of the interval.
    forecasts, clusters : int
        Used by the fit.
    certain, wrong : int
        Forecasts of exactly 0 or 1, whose log-odds are infinite: the fit leaves them out. How many of them were wrong:
        with one of these no slope above 0 is possible at all, whatever the fit to the others says.
    floor : float
        What probabilities were kept away from 0 and 1; 0: nothing was changed.
    floored : int
        Forecasts that the floor changed.
    """

    slope: float
    slope_se: float
    slope_low: float
    slope_high: float
    intercept: float
    intercept_se: float
    offset: float
    level: float
    forecasts: int
    clusters: int
    certain: int
    wrong: int
    floor: float
    floored: int


def calibration_line(
    probability: ArrayLike,
    outcome: ArrayLike,
    *,
    cluster: Sequence[Any] | NDArray[Any] | None = None,
    floor: float = 0.0,
    level: float = 0.9,
) -> CalibrationLine:
    """Fit the calibration line by maximum likelihood.

    Parameters
    ----------
    probability, outcome : array_like, shape (forecast,)
        Forecasts, 0 to 1, and what happened, 0 or 1.
    cluster : sequence, shape (forecast,), optional
        Label of the plant, project or season, for the standard errors; None: forecasts are independent.
    floor : float
        Move probabilities to at least this and at most one less this, and count how many; 0, the default, leaves
        certain forecasts out instead and counts those.
    level : float
        Of the interval.

    Raises
    ------
    InvalidInput
        If an entry is not allowed, lengths differ, there are fewer than three clusters, or no slope is finite: all
        outcomes or all probabilities are equal, or some probability separates what happened from what did not.

    Notes
    -----
    Standard errors are the sandwich over clusters, scaled by ``clusters / (clusters - 1)``: they do not assume that
    the line is true. With fewer than about 30 clusters they are too small.

    References
    ----------
    Cox (1958), Biometrika 45, 562-565 (the line); Liang & Zeger (1986), Biometrika 73, 13-22 (standard errors).

    Examples
    --------
    >>> line = calibration_line([0.2] * 5 + [0.8] * 5, [1, 0, 0, 0, 0, 1, 1, 1, 1, 0])
    >>> round(line.slope, 6), abs(round(line.intercept, 6))
    (1.0, 0.0)
    """
    p, y = probabilities("probability", probability), binary_outcomes("outcome", outcome)
    size = same_length(probability=p, outcome=y)
    least, span = checked_floor(floor), finite("level", level)
    if not 0.0 < span < 1.0:
        raise InvalidInput(f"level: received {level!r}; allowed is a number between 0 and 1")
    kept = np.clip(p, least, 1.0 - least)
    inside = (kept > 0.0) & (kept < 1.0)
    codes = np.unique(cluster_codes(cluster, size)[inside], return_inverse=True)[1]
    x, happened = logit(kept[inside]), y[inside]
    _refuse_unidentified(x, happened, codes)
    intercept, slope = _fit(np.column_stack([np.ones(x.size), x]), happened, np.zeros(x.size))
    (offset,) = _fit(np.ones((x.size, 1)), happened, x)
    errors = _standard_errors(np.column_stack([np.ones(x.size), x]), happened, np.array([intercept, slope]), codes)
    reach = float(ndtri(0.5 + span / 2.0)) * float(errors[1])
    return CalibrationLine(
        slope=float(slope),
        slope_se=float(errors[1]),
        slope_low=float(slope) - reach,
        slope_high=float(slope) + reach,
        intercept=float(intercept),
        intercept_se=float(errors[0]),
        offset=float(offset),
        level=span,
        forecasts=x.size,
        clusters=int(codes.max()) + 1,
        certain=int((~inside).sum()),
        wrong=int((~inside & (kept != y)).sum()),
        floor=least,
        floored=int((kept != p).sum()),
    )


def _refuse_unidentified(x: Array, y: Array, codes: NDArray[np.int64]) -> None:
    """Raise where the likelihood has no maximum, or the sandwich no meaning."""
    happened, failed = x[y == 1.0], x[y == 0.0]
    if not happened.size or not failed.size:
        known = "no forecast strictly between 0 and 1" if not x.size else f"only outcomes of {y[0]:g}"
        raise InvalidInput(f"outcome: received {known}; a calibration line needs both outcomes")
    if x.min() == x.max():
        raise InvalidInput(f"probability: received only {expit(x[0]):g}; a calibration line needs two of them")
    if failed.max() <= happened.min() or happened.max() <= failed.min():
        raise InvalidInput("probability: received values that separate the outcomes; no finite slope fits them best")
    if codes.max() < 2:
        raise InvalidInput(f"cluster: received {codes.max() + 1}; standard errors need at least 3")


def _fit(design: Array, y: Array, offset: Array) -> Array:
    """Maximum-likelihood coefficients: design (forecast, coefficient), fixed part `offset`."""

    def loss(beta: Array) -> tuple[float, Array]:
        eta = offset + design @ beta
        value = np.mean(np.logaddexp(0.0, eta) - y * eta)
        return float(value), np.asarray(design.T @ (expit(eta) - y) / y.size)

    def curvature(beta: Array) -> Array:
        fitted = expit(offset + design @ beta)
        return np.asarray((design * (fitted * (1.0 - fitted))[:, None]).T @ design / y.size)

    start = np.zeros(design.shape[1])
    found = minimize(loss, start, jac=True, hess=curvature, method="trust-exact", options={"gtol": 1e-12})
    if not np.abs(loss(found.x)[1]).max() < _GRADIENT * max(1.0, float(np.abs(design).max())):
        raise InvalidInput(f"probability: the calibration line did not converge ({found.message})")
    return np.asarray(found.x, dtype=np.float64)


def _standard_errors(design: Array, y: Array, beta: Array, codes: NDArray[np.int64]) -> Array:
    """Sandwich over clusters."""
    fitted = expit(design @ beta)
    bread = np.linalg.inv((design * (fitted * (1.0 - fitted))[:, None]).T @ design)
    gradients = cluster_sums(design * (y - fitted)[:, None], codes)
    clusters = len(gradients)
    meat = gradients.T @ gradients * clusters / (clusters - 1.0)
    return np.asarray(np.sqrt(np.diag(bread @ meat @ bread)))

"""A mean score split into miscalibration, discrimination and uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from bayesmile.scoring.binary import brier, log_score

__all__ = ["Decomposition", "brier_decomposition", "log_decomposition", "recalibrated"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposition:
    """``score = reliability - resolution + uncertainty``, exactly.

    Attributes
    ----------
    score : float
        Mean score of the forecasts.
    reliability : float
        What recalibration would save, also called miscalibration; 0 is best.
    resolution : float
        What the recalibrated forecasts save against the overall frequency, also called discrimination; more is better.
    uncertainty : float
        Mean score of the overall frequency, which no forecaster chooses.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float


def brier_decomposition(probability: ArrayLike, outcome: ArrayLike) -> Decomposition:
    """Split the mean Brier score by isotonic recalibration (CORP), without bins.

    Parameters
    ----------
    probability, outcome : array_like, shape (forecast,)
        Forecasts, 0 to 1, and what happened, 0 or 1.

    Raises
    ------
    InvalidInput
        If an entry is not allowed or lengths differ.

    References
    ----------
    Dimitriadis, Gneiting & Jordan (2021), PNAS 118 (8) e2016191118; Murphy (1973), J. Appl. Meteorol. 12, 595-600.

    Examples
    --------
    >>> brier_decomposition([0.0, 0.5, 0.5, 1.0], [0, 0, 1, 1])
    Decomposition(score=0.125, reliability=0.0, resolution=0.125, uncertainty=0.25)
    """
    score = brier(probability, outcome)
    p, y = np.asarray(probability, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    best = float(brier(recalibrated(p, y), y).mean())
    return _split(float(score.mean()), best, float(brier(np.full(y.size, y.mean()), y).mean()))


def log_decomposition(probability: ArrayLike, outcome: ArrayLike) -> Decomposition:
    """Split the mean logarithmic score, in nats, as :func:`brier_decomposition` does the Brier score.

    Certain and wrong forecasts make `score` and `reliability` inf; resolution and uncertainty stay finite.

    Raises
    ------
    InvalidInput
        If an entry is not allowed or lengths differ.

    Examples
    --------
    >>> log_decomposition([0.0, 1.0], [1, 1]).reliability
    inf
    """
    score = log_score(probability, outcome).mean
    p, y = np.asarray(probability, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    best = log_score(recalibrated(p, y), y).mean
    return _split(score, best, log_score(np.full(y.size, y.mean()), y).mean)


def recalibrated(probability: Array, outcome: Array, weights: Array | None = None) -> Array:
    """Isotonic estimate of how often what got each probability happens.

    Parameters
    ----------
    probability, outcome : array, shape (forecast,)
        Checked before; equal probabilities are one point, so they get one value.
    weights : array, shape (forecast,), optional
        Positive weight of each forecast.

    Returns
    -------
    array, shape (forecast,)
        Never falling as the probability rises.
    """
    points, place = np.unique(probability, return_inverse=True)
    mass = np.bincount(place, weights=weights, minlength=points.size)
    happened = np.bincount(place, weights=outcome if weights is None else outcome * weights, minlength=points.size)
    fitted = isotonic_regression(happened / mass, weights=mass).x
    return np.asarray(np.clip(fitted, 0.0, 1.0)[place], dtype=np.float64)  # pooled means round to 1 + 1e-16


def _split(score: float, best: float, constant: float) -> Decomposition:
    return Decomposition(score=score, reliability=score - best, resolution=constant - best, uncertainty=constant)

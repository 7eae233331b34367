"""Calibration of probabilities: whether what got 30% happens three times in ten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.checks import whole
from bayesmile.scoring.decomposition import recalibrated
from bayesmile.scoring.inputs import binary_outcomes, cluster_codes, generator, probabilities, same_length
from bayesmile.scoring.resampling import cluster_draws, interval_of_draws

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CalibrationCurve", "calibration_bins", "isotonic_curve"]

Array = NDArray[np.float64]

_MOST_POINTS = 1000
_CURVE_DRAWS = 500


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CalibrationCurve:
    """Frequencies against probabilities, at points of rising probability.

    Attributes
    ----------
    probability : array, shape (point,)
        Mean probability of a bin, or a probability that was stated.
    frequency : array, shape (point,)
        How often it happened: of the bin, or isotonic.
    count : array of int, shape (point,)
        Forecasts in the bin, or with exactly this probability.
    low, high : array, shape (point,)
        Confidence band of the frequency, pointwise, from draws of whole clusters. A bin in which all or none happened
        has no width: the data alone cannot say more.
    consistent_low, consistent_high : array, shape (point,)
        Consistency band, pointwise: where the frequency of calibrated forecasts would lie, **if outcomes are
        independent given the forecasts**; clusters make it too narrow.
    level : float
        Of both bands.
    forecasts, clusters : int
        How many there are.
    draws, seed : int
        Draws of either band and the seed that repeats them.
    """

    probability: Array
    frequency: Array
    count: NDArray[np.int64]
    low: Array
    high: Array
    consistent_low: Array
    consistent_high: Array
    level: float
    forecasts: int
    clusters: int
    draws: int
    seed: int

    def frame(self) -> pd.DataFrame:
        """One row per point."""
        import pandas as pd

        columns = ("probability", "frequency", "count", "low", "high", "consistent_low", "consistent_high")
        return pd.DataFrame({name: getattr(self, name) for name in columns})


def calibration_bins(
    probability: ArrayLike,
    outcome: ArrayLike,
    *,
    bins: int = 10,
    cluster: Sequence[Any] | NDArray[Any] | None = None,
    level: float = 0.9,
    draws: int = _CURVE_DRAWS,
    seed: int = 0,
) -> CalibrationCurve:
    """Frequencies in bins of about equally many forecasts; equal probabilities stay together.

    Parameters
    ----------
    probability, outcome : array_like, shape (forecast,)
        Forecasts, 0 to 1, and what happened, 0 or 1.
    bins : int
        At most so many; fewer where probabilities are tied.
    cluster : sequence, shape (forecast,), optional
        Label of the plant, project or season; None: forecasts are independent.
    level : float
        Of both bands.
    draws, seed : int
        Draws of either band, 100 to 100,000, and their seed.

    Raises
    ------
    InvalidInput
        If an entry is not allowed, lengths differ, or there are fewer than two clusters.

    Examples
    --------
    >>> curve = calibration_bins([0.1, 0.1, 0.8, 0.8], [0, 0, 1, 0], bins=2)
    >>> curve.frequency.tolist(), curve.count.tolist()
    ([0.0, 0.5], [2, 2])
    """
    p, y, codes = _columns(probability, outcome, cluster)
    place = _bins(p, whole("bins", bins, least=1, most=_MOST_POINTS))
    count = np.bincount(place)

    def frequency(happened: Array, weights: Array | None) -> Array:
        mass = count if weights is None else np.bincount(place, weights=weights)
        hits = np.bincount(place, weights=happened if weights is None else happened * weights)
        with np.errstate(invalid="ignore"):
            return np.asarray(hits / mass, dtype=np.float64)  # NaN: the draw holds nothing of this bin

    points = np.bincount(place, weights=p) / count
    return _curve(p, y, codes, frequency, points, count, level, draws, seed)


def isotonic_curve(
    probability: ArrayLike,
    outcome: ArrayLike,
    *,
    points: int = 100,
    cluster: Sequence[Any] | NDArray[Any] | None = None,
    level: float = 0.9,
    draws: int = _CURVE_DRAWS,
    seed: int = 0,
) -> CalibrationCurve:
    """Frequencies by isotonic regression (CORP): no bins to choose, and never falling.

    Parameters
    ----------
    probability, outcome : array_like, shape (forecast,)
        Forecasts, 0 to 1, and what happened, 0 or 1.
    points : int
        The fit uses every forecast; it is reported at so many of the stated probabilities, spread evenly over the
        forecasts.
    cluster : sequence, shape (forecast,), optional
        Label of the plant, project or season; None: forecasts are independent.
    level : float
        Of both bands.
    draws, seed : int
        Draws of either band, 100 to 100,000, and their seed.

    Raises
    ------
    InvalidInput
        If an entry is not allowed, lengths differ, or there are fewer than two clusters.

    References
    ----------
    Dimitriadis, Gneiting & Jordan (2021), PNAS 118 (8) e2016191118.

    Examples
    --------
    >>> curve = isotonic_curve([0.1, 0.2, 0.3, 0.8], [0, 1, 0, 1])
    >>> curve.frequency.tolist()
    [0.0, 0.5, 0.5, 1.0]
    """
    p, y, codes = _columns(probability, outcome, cluster)
    stated, place, counts = np.unique(p, return_inverse=True, return_counts=True)
    most = whole("points", points, least=1, most=_MOST_POINTS)
    shown = np.arange(stated.size)
    if stated.size > most:
        shown = np.unique(np.sort(place)[np.linspace(0, p.size - 1, most).astype(np.int64)])

    def frequency(happened: Array, weights: Array | None) -> Array:
        mass = counts if weights is None else np.bincount(place, weights=weights)
        hits = np.bincount(place, weights=happened if weights is None else happened * weights)
        held = mass > 0.0
        fitted = recalibrated(stated[held], hits[held] / mass[held], mass[held].astype(np.float64))
        return np.interp(stated[shown], stated[held], fitted)

    return _curve(p, y, codes, frequency, stated[shown], counts[shown], level, draws, seed)


def _curve(
    p: Array,
    y: Array,
    codes: NDArray[np.int64],
    frequency: Callable[[Array, Array | None], Array],
    points: Array,
    count: NDArray[np.int64],
    level: float,
    draws: int,
    seed: int,
) -> CalibrationCurve:
    """Put both bands around frequencies: `frequency` takes outcomes and weights of the forecasts."""
    clusters = int(codes.max()) + 1
    blocks = cluster_draws(clusters, draws=draws, seed=seed)
    confident = [frequency(y, weights[codes]) for block in blocks for weights in block]
    rng = generator(seed)
    calibrated = [frequency((rng.random(p.size) < p).astype(np.float64), None) for _ in range(draws)]
    low, high = _band(np.array(confident), level)
    consistent_low, consistent_high = _band(np.array(calibrated), level)
    return CalibrationCurve(
        probability=points,
        frequency=frequency(y, None),
        count=count,
        low=low,
        high=high,
        consistent_low=consistent_low,
        consistent_high=consistent_high,
        level=level,
        forecasts=p.size,
        clusters=clusters,
        draws=draws,
        seed=seed,
    )


def _band(drawn: Array, level: float) -> tuple[Array, Array]:
    """Percentile band of each point, over the draws that hold it: (draw, point) -> two of (point,)."""
    pairs = [interval_of_draws(column[~np.isnan(column)], level) for column in drawn.T]
    return np.array([low for low, _ in pairs]), np.array([high for _, high in pairs])


def _bins(p: Array, bins: int) -> NDArray[np.int64]:
    """Bin of each forecast, from 0: a probability goes where the middle of its ties falls."""
    _, place, counts = np.unique(p, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - counts / 2.0
    wanted = np.minimum((middle * bins / p.size).astype(np.int64), bins - 1)
    return np.asarray(np.unique(wanted, return_inverse=True)[1][place], dtype=np.int64)


def _columns(
    probability: ArrayLike, outcome: ArrayLike, cluster: Sequence[Any] | NDArray[Any] | None
) -> tuple[Array, Array, NDArray[np.int64]]:
    p, y = probabilities("probability", probability), binary_outcomes("outcome", outcome)
    same_length(probability=p, outcome=y)
    return p, y, cluster_codes(cluster, p.size)

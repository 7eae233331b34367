"""Bootstrap of means by whole clusters: what one plant, project or season has in common is drawn together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.checks import finite, whole
from bayesmile.errors import InvalidInput
from bayesmile.scoring.inputs import cluster_codes, generator, scores_column

__all__ = ["DRAWS", "Estimate", "cluster_draws", "cluster_sums", "interval_of_draws", "mean_score", "resampled_means"]

Array = NDArray[np.float64]

DRAWS = 2000
"""Bootstrap draws where nothing else is asked for."""

_LEAST_DRAWS, _MOST_DRAWS = 100, 100_000
_CELLS = 2_000_000  # cells held at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean with its bootstrap interval.

    Attributes
    ----------
    value : float
        The mean.
    low, high : float
        Percentile interval over draws of whole clusters.
    level : float
        Probability that the interval is meant to hold.
    forecasts, clusters : int
        What was averaged, and how many clusters were drawn from: with fewer than about 30 such intervals are too
        narrow.
    draws, seed : int
        Bootstrap draws and the seed that repeats them.
    """

    value: float
    low: float
    high: float
    level: float
    forecasts: int
    clusters: int
    draws: int
    seed: int


def mean_score(
    scores: ArrayLike,
    *,
    cluster: Sequence[Any] | NDArray[Any] | None = None,
    level: float = 0.9,
    draws: int = DRAWS,
    seed: int = 0,
) -> Estimate:
    """Average scores, with an interval from resampled clusters.

    Parameters
    ----------
    scores : array_like, shape (forecast,)
        One score per forecast; inf is legal and makes the mean inf.
    cluster : sequence, shape (forecast,), optional
        Label of the plant, project or season; None: forecasts are independent.
    level : float
        Of the interval.
    draws, seed : int
        Bootstrap draws and their seed.

    Raises
    ------
    InvalidInput
        If a score is NaN, a label is missing, lengths differ, or there are fewer than two clusters.

    References
    ----------
    Davison & Hinkley (1997), Bootstrap Methods and their Application, section 3.8.

    Examples
    --------
    >>> result = mean_score([0.1, 0.2, 0.3, 0.2], cluster=["a", "a", "b", "c"])
    >>> round(result.value, 3), result.clusters
    (0.2, 3)
    """
    column = scores_column("scores", scores)
    codes = cluster_codes(cluster, column.size)
    means = resampled_means(column[:, None], codes, draws=draws, seed=seed)[:, 0]
    low, high = interval_of_draws(means, level)
    return Estimate(
        value=float(column.mean()),
        low=low,
        high=high,
        level=level,
        forecasts=column.size,
        clusters=int(codes.max()) + 1,
        draws=draws,
        seed=seed,
    )


def resampled_means(columns: Array, codes: NDArray[np.int64], *, draws: int, seed: int) -> Array:
    """Average each column in every bootstrap draw of whole clusters.

    Parameters
    ----------
    columns : array, shape (forecast, column)
        inf is legal: a draw that holds one has mean inf.
    codes : array of int, shape (forecast,)
        Cluster of each forecast, from 0.
    draws, seed : int
        Bootstrap draws and their seed.

    Returns
    -------
    array, shape (draw, column)
        Sum of a draw over its number of forecasts, which differs between draws where clusters differ in size.
    """
    infinite = np.isposinf(columns)
    table = np.column_stack([np.where(infinite, 0.0, columns), infinite, np.ones(len(columns))])
    sums = cluster_sums(table, codes)
    drawn = np.concatenate([weights @ sums for weights in cluster_draws(len(sums), draws=draws, seed=seed)])
    width = columns.shape[1]
    means = drawn[:, :width] / drawn[:, -1:]
    return np.where(drawn[:, width:-1] > 0.0, np.inf, means)


def cluster_sums(table: Array, codes: NDArray[np.int64]) -> Array:
    """Add up each column by cluster: (forecast, column) -> (cluster, column)."""
    return np.column_stack([np.bincount(codes, weights=column) for column in table.T])


def cluster_draws(clusters: int, *, draws: int, seed: int) -> Iterator[Array]:
    """Yield blocks of bootstrap weights, shape (some draws, cluster): how often each cluster was drawn.

    Raises
    ------
    InvalidInput
        If there are fewer than two clusters, or too few or too many draws.
    """
    whole("draws", draws, least=_LEAST_DRAWS, most=_MOST_DRAWS)
    if clusters < 2:
        raise InvalidInput("cluster: received 1 cluster; an interval needs at least 2")
    rng = generator(seed)
    block = max(1, _CELLS // clusters)
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        picked = rng.integers(clusters, size=(rows, clusters)) + clusters * np.arange(rows)[:, None]
        counts = np.bincount(picked.ravel(), minlength=rows * clusters)
        yield counts.reshape(rows, clusters).astype(np.float64)


def interval_of_draws(values: Array, level: float) -> tuple[float, float]:
    """Percentile interval of draws, by order statistics: inf among them never becomes NaN.

    Raises
    ------
    InvalidInput
        If `level` is not between 0 and 1.

    Examples
    --------
    >>> interval_of_draws(np.arange(1.0, 101.0), 0.9)
    (5.0, 96.0)
    """
    if not 0.0 < finite("level", level) < 1.0:
        raise InvalidInput(f"level: received {level!r}; allowed is a number between 0 and 1")
    ordered = np.sort(values)
    low = int(np.ceil((1.0 - level) / 2.0 * ordered.size - 1e-9)) - 1
    low = max(low, 0)
    return float(ordered[low]), float(ordered[ordered.size - 1 - low])

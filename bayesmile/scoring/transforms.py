"""Probability integral transform (PIT) of month forecasts: uniform if they are calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.checks import whole
from bayesmile.scoring.inputs import cluster_codes, generator
from bayesmile.scoring.months import checked_pmf, row_blocks
from bayesmile.scoring.outcomes import MonthOutcomes
from bayesmile.scoring.resampling import DRAWS, interval_of_draws, resampled_means

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PitHistogram", "PitValues", "pit_histogram", "randomised_pit"]

Array = NDArray[np.float64]

_MOST_BINS = 1000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PitValues:
    """Where each event fell in its own forecast.

    Attributes
    ----------
    values : array, shape (forecast,)
        Drawn uniformly between `low` and `high`: uniform on 0 to 1 if forecasts are calibrated, censored or not.
    low, high : array, shape (forecast,)
        Probability of everything before the cells in which the event is known to lie, and of everything up to them.
    exact : array of bool, shape (forecast,)
        Events known to one cell. The others are drawn over all that they may be, **as if the forecast were right
        there**: what happens in that range is not tested, and too many of them hide any fault.
    seed : int
        Repeats the draws.
    """

    values: Array
    low: Array
    high: Array
    exact: NDArray[np.bool_]
    seed: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PitHistogram:
    """Heights of the PIT histogram without random draws: 1 everywhere if calibrated.

    Attributes
    ----------
    edges : array, shape (bin + 1,)
        From 0 to 1.
    height : array, shape (bin,)
        Mean density of the bin.
    spread : array, shape (bin,)
        Part of it from events not known to one cell, whose place is spread as the forecast had it.
    low, high : array, shape (bin,)
        Pointwise interval of the height, from draws of whole clusters.
    level : float
        Of the interval.
    exact, censored : int
        Forecasts whose event is known to one cell, and the others.
    """

    edges: Array
    height: Array
    spread: Array
    low: Array
    high: Array
    level: float
    exact: int
    censored: int

    def frame(self) -> pd.DataFrame:
        """One row per bin."""
        import pandas as pd

        columns = {"start": self.edges[:-1], "end": self.edges[1:]}
        return pd.DataFrame(columns | {name: getattr(self, name) for name in ("height", "spread", "low", "high")})


def randomised_pit(pmf: ArrayLike, outcomes: MonthOutcomes, *, seed: int = 0) -> PitValues:
    """Draw the PIT of each event: ``P(before) + V * P(its cells)``, V uniform.

    Parameters
    ----------
    pmf : array_like, shape (forecast, months + 1)
        Probability of each month; the last cell is *beyond*.
    outcomes : MonthOutcomes
        What happened, over the same months.
    seed : int
        Of V.

    Raises
    ------
    InvalidInput
        If a row is no distribution, or sizes differ.

    References
    ----------
    Dawid (1984), J. R. Stat. Soc. A 147, 278-292; Czado, Gneiting & Held (2009), Biometrics 65, 1254-1261.

    Examples
    --------
    >>> from bayesmile.scoring.outcomes import month_outcomes
    >>> known = month_outcomes([1, float("nan")], through=1, months=2)
    >>> pit = randomised_pit([[0.5, 0.25, 0.25]] * 2, known)
    >>> pit.low, pit.high, pit.exact
    (array([0.5 , 0.75]), array([0.75, 1. ]), array([ True,  True]))
    """
    table = checked_pmf(pmf, outcomes)
    first, last = outcomes.cells()
    low, high = np.empty(len(table)), np.empty(len(table))
    for rows in row_blocks(table):
        cdf = np.zeros((len(table[rows]), table.shape[1] + 1))
        np.cumsum(table[rows], axis=1, out=cdf[:, 1:])
        place = np.arange(len(cdf))
        low[rows] = np.minimum(cdf[place, first[rows]], 1.0)
        high[rows] = np.where(last[rows] == outcomes.months, 1.0, np.minimum(cdf[place, last[rows] + 1], 1.0))
    drawn = generator(seed).random(len(table))
    return PitValues(values=low + drawn * (high - low), low=low, high=high, exact=first == last, seed=seed)


def pit_histogram(
    pit: PitValues,
    *,
    bins: int = 10,
    cluster: Sequence[Any] | NDArray[Any] | None = None,
    level: float = 0.9,
    draws: int = DRAWS,
    seed: int = 0,
) -> PitHistogram:
    """Average where events may have fallen, each spread evenly from its `low` to its `high`.

    Parameters
    ----------
    pit : PitValues
        From :func:`randomised_pit`; its draws are not used.
    bins : int
        Of equal width.
    cluster : sequence, shape (forecast,), optional
        Label of the plant, project or season; None: forecasts are independent.
    level : float
        Of the intervals.
    draws, seed : int
        Bootstrap draws and their seed.

    Raises
    ------
    InvalidInput
        If lengths differ, a label is missing or there are fewer than two clusters.

    References
    ----------
    Czado, Gneiting & Held (2009), Biometrics 65, 1254-1261, section 3.

    Examples
    --------
    >>> from bayesmile.scoring.outcomes import month_outcomes
    >>> known = month_outcomes([0, 1], through=1, months=2)
    >>> pit_histogram(randomised_pit([[0.5, 0.5, 0.0]] * 2, known), bins=2).height
    array([1., 1.])
    """
    edges = np.linspace(0.0, 1.0, whole("bins", bins, least=1, most=_MOST_BINS) + 1)
    codes = cluster_codes(cluster, pit.values.size)
    width = (pit.high - pit.low)[:, None]
    reached = np.clip(edges - pit.low[:, None], 0.0, width)
    # No width: the forecast excluded what happened, which falls at one point.
    at_point = (edges > pit.low[:, None]) | (edges == 1.0)
    with np.errstate(invalid="ignore"):
        share = np.where(width > 0.0, reached / width, at_point)
    mass = np.diff(share, axis=1) * (edges.size - 1)
    drawn = resampled_means(mass, codes, draws=draws, seed=seed)
    limits = np.array([interval_of_draws(column, level) for column in drawn.T])
    return PitHistogram(
        edges=edges,
        height=mass.mean(axis=0),
        spread=np.where(pit.exact[:, None], 0.0, mass).mean(axis=0),
        low=limits[:, 0],
        high=limits[:, 1],
        level=level,
        exact=int(pit.exact.sum()),
        censored=int((~pit.exact).sum()),
    )

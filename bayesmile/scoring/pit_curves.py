"""Distribution of the PIT where many events are censored, without trusting the forecast about what was not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import CensoredData, ecdf

from bayesmile.checks import whole
from bayesmile.errors import InvalidInput
from bayesmile.scoring.inputs import cluster_codes
from bayesmile.scoring.resampling import cluster_draws, interval_of_draws
from bayesmile.scoring.transforms import PitValues

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PitCurve", "pit_curve"]

Array = NDArray[np.float64]

_MOST_POINTS = 1000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PitCurve:
    """Estimated distribution function of the PIT; the diagonal if calibrated.

    Attributes
    ----------
    point : array, shape (point,)
        From 0 to 1.
    share : array, shape (point,)
        Estimated share of events with a PIT up to the point.
    low, high : array, shape (point,)
        Pointwise interval, from draws of whole clusters.
    seen_to : float
        Largest PIT value or censoring point: after it nothing was seen, and the curve stays flat.
    level : float
        Of the interval.
    exact, censored, left_out : int
        Events known to one cell; known only to be later than some month; known only to an interval, which are not used.
    draws, seed : int
        Bootstrap draws and the seed that repeats them.
    """

    point: Array
    share: Array
    low: Array
    high: Array
    seen_to: float
    level: float
    exact: int
    censored: int
    left_out: int
    draws: int
    seed: int

    def frame(self) -> pd.DataFrame:
        """One row per point."""
        import pandas as pd

        return pd.DataFrame({name: getattr(self, name) for name in ("point", "share", "low", "high")})


def pit_curve(
    pit: PitValues,
    *,
    points: int = 21,
    cluster: Sequence[Any] | NDArray[Any] | None = None,
    level: float = 0.9,
    draws: int = 200,
    seed: int = 0,
) -> PitCurve:
    """Estimate the distribution of the PIT by Kaplan-Meier, an event not yet seen being censored where its forecast is.

    If forecasts are calibrated, PIT and censoring point are independent, whatever the forecasts; so the estimate is
    near the diagonal. Unlike the histogram it does not spread unseen events as the forecast had them.

    Parameters
    ----------
    pit : PitValues
        From :func:`bayesmile.scoring.transforms.randomised_pit`.
    points : int
        Evenly from 0 to 1, at least 2.
    cluster : sequence, shape (forecast,), optional
        Label of the plant, project or season; None: forecasts are independent.
    level : float
        Of the intervals.
    draws, seed : int
        Bootstrap draws and their seed.

    Raises
    ------
    InvalidInput
        If lengths differ, a label is missing, there are fewer than two clusters, or no event is known to one cell.

    References
    ----------
    Kaplan & Meier (1958), JASA 53, 457-481.

    Examples
    --------
    >>> from bayesmile.scoring.outcomes import month_outcomes
    >>> from bayesmile.scoring.transforms import randomised_pit
    >>> known = month_outcomes([0, 1, 2, float("nan")], through=[3, 3, 3, 1], months=4)
    >>> curve = pit_curve(randomised_pit([[0.25, 0.25, 0.25, 0.25, 0.0]] * 4, known), points=3, draws=100)
    >>> curve.share.tolist(), curve.censored
    ([0.0, 0.5, 1.0], 1)
    """
    codes = cluster_codes(cluster, pit.values.size)
    at = np.linspace(0.0, 1.0, whole("points", points, least=2, most=_MOST_POINTS))
    if not pit.exact.any():
        raise InvalidInput("pit: received no event known to one cell; a curve needs one")
    later = ~pit.exact & (pit.high == 1.0)

    def share(times: NDArray[np.int64]) -> Array:
        """Estimate with each forecast taken so many times; NaN if none of them was seen."""
        seen, unseen = np.repeat(pit.values, times * pit.exact), np.repeat(pit.low, times * later)
        if not seen.size:
            return np.full(at.size, np.nan)
        found = ecdf(CensoredData(uncensored=seen, right=unseen)).cdf
        return np.asarray(found.evaluate(at), dtype=np.float64)

    blocks = cluster_draws(int(codes.max()) + 1, draws=draws, seed=seed)
    drawn = np.array([share(weights[codes].astype(np.int64)) for block in blocks for weights in block])
    limits = [interval_of_draws(column[~np.isnan(column)], level) for column in drawn.T]
    return PitCurve(
        point=at,
        share=share(np.ones(codes.size, dtype=np.int64)),
        low=np.array([low for low, _ in limits]),
        high=np.array([high for _, high in limits]),
        seen_to=float(max(pit.values[pit.exact].max(), pit.low[later].max(initial=0.0))),
        level=level,
        exact=int(pit.exact.sum()),
        censored=int(later.sum()),
        left_out=int((~pit.exact & ~later).sum()),
        draws=draws,
        seed=seed,
    )

"""Central intervals of month forecasts: how often they hold the event, and how wide they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.checks import finite
from bayesmile.core.quantiles import quantile_months
from bayesmile.errors import InvalidInput
from bayesmile.scoring.months import checked_pmf, row_blocks
from bayesmile.scoring.outcomes import MonthOutcomes
from bayesmile.scoring.transforms import randomised_pit

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LEVELS", "Coverage", "coverage_frame", "interval_coverage"]

Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often the central interval of one level holds the event.

    Attributes
    ----------
    level : float
        Asked for: a tail of half the rest on either side.
    pit : float
        Share of events whose randomised PIT lies in the middle `level`: to be compared with `level`, exactly.
    low, high : float
        Share of events surely inside the interval of whole months, and possibly inside.
    undetermined : int
        Forecasts between the two: the event is known only to cells partly inside.
    expected : float
        Mean probability that the forecasts give their own intervals, at least `level`, since months are whole: to be
        compared with `low` and `high`.
    width : float
        Mean months from the first to the last of the interval, both included, of those that end on the grid; NaN if
        none does.
    open : float
        Share of intervals that reach *beyond*.
    forecasts : int
        How many there are.
    """

    level: float
    pit: float
    low: float
    high: float
    undetermined: int
    expected: float
    width: float
    open: float
    forecasts: int


def interval_coverage(
    pmf: ArrayLike, outcomes: MonthOutcomes, *, levels: Sequence[float] = LEVELS, seed: int = 0
) -> tuple[Coverage, ...]:
    """Count events inside the central intervals of their forecasts.

    Parameters
    ----------
    pmf : array_like, shape (forecast, months + 1)
        Probability of each month; the last cell is *beyond*.
    outcomes : MonthOutcomes
        What happened, over the same months.
    levels : sequence of float
        Between 0 and 1.
    seed : int
        Of the randomised PIT.

    Raises
    ------
    InvalidInput
        If a row is no distribution, sizes differ, or a level is not between 0 and 1.

    References
    ----------
    Gneiting, Balabdaoui & Raftery (2007), J. R. Stat. Soc. B 69, 243-268.

    Examples
    --------
    >>> from bayesmile.scoring.outcomes import month_outcomes
    >>> known = month_outcomes([1, 3], through=3, months=4)
    >>> (half,) = interval_coverage([[0.2, 0.2, 0.2, 0.2, 0.2]] * 2, known, levels=[0.5])
    >>> half.low, half.high, round(half.expected, 3), half.width
    (1.0, 1.0, 0.6, 3.0)
    """
    table = checked_pmf(pmf, outcomes)
    asked = [finite("level", level) for level in levels]
    if bad := [level for level in asked if not 0.0 < level < 1.0]:
        raise InvalidInput(f"level: received {bad[0]:g}; allowed is a number between 0 and 1")
    values = randomised_pit(table, outcomes, seed=seed).values
    tails = [tail for level in asked for tail in (0.5 - level / 2.0, 0.5 + level / 2.0)]
    ends = np.concatenate([quantile_months(table[rows], tails) for rows in row_blocks(table)])
    return tuple(
        _coverage(table, outcomes, level, values, ends[:, 2 * k], ends[:, 2 * k + 1]) for k, level in enumerate(asked)
    )


def coverage_frame(rows: Sequence[Coverage]) -> pd.DataFrame:
    """One row per level."""
    import pandas as pd

    return pd.DataFrame([{name: getattr(row, name) for name in Coverage.__slots__} for row in rows])


def _coverage(
    table: Array, outcomes: MonthOutcomes, level: float, values: Array, start: NDArray[np.int64], end: NDArray[np.int64]
) -> Coverage:
    first, last = outcomes.cells()
    inside = (first >= start) & (last <= end)
    outside = (last < start) | (first > end)
    closed = end < outcomes.months
    cells = np.arange(table.shape[1])
    held = np.empty(len(table))
    for rows in row_blocks(table):
        within = (cells >= start[rows, None]) & (cells <= end[rows, None])
        held[rows] = np.where(within, table[rows], 0.0).sum(axis=1)
    return Coverage(
        level=level,
        pit=float(np.mean(np.abs(values - 0.5) <= level / 2.0)),
        low=float(inside.mean()),
        high=float(1.0 - outside.mean()),
        undetermined=int((~inside & ~outside).sum()),
        expected=float(held.mean()),
        width=float((end - start + 1)[closed].mean()) if closed.any() else float("nan"),
        open=float(1.0 - closed.mean()),
        forecasts=len(table),
    )

"""Months at which a cumulative probability reaches a level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["quantile_months"]

_SLACK = 1e-12
"""Rounding of a sum: ten tenths must reach one."""


def quantile_months(pmf: NDArray[np.float64], levels: Sequence[float]) -> NDArray[np.int64]:
    """First month by whose end each level is reached.

    Parameters
    ----------
    pmf : array, shape (..., months + 1)
        Probability of each month; the last cell is *beyond*.
    levels : sequence of float
        0 to 1. A level counts as reached within 1e-12; level 1 is the last month with any mass.

    Returns
    -------
    array of int, shape (..., level)
        Month indices; ``months`` where the level is not reached on the grid.
    """
    months = pmf.shape[-1] - 1
    on_grid = pmf[..., :-1]
    cdf = np.cumsum(on_grid, axis=-1)[..., None, :]
    reached = cdf >= np.asarray(levels, dtype=np.float64)[:, None] - _SLACK
    out = np.where(reached.any(axis=-1), reached.argmax(axis=-1), months)
    last = months - 1 - np.argmax(on_grid[..., ::-1] > 0.0, axis=-1)
    certain = np.where((pmf[..., -1] == 0.0) & (on_grid > 0.0).any(axis=-1), last, months)
    whole = np.asarray(levels) >= 1.0
    return np.asarray(np.where(whole, certain[..., None], out), dtype=np.int64)

"""Small worlds in which a forecast's score can be averaged exactly."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from bayesmile.scoring.outcomes import MonthOutcomes, month_outcomes

Array = NDArray[np.float64]


def pmfs(cells: int) -> st.SearchStrategy[Array]:
    """Distributions over so many cells, zeros among them."""
    weights = st.lists(st.integers(0, 50), min_size=cells, max_size=cells).filter(any)
    return weights.map(lambda w: np.array(w, dtype=float) / sum(w))


def followed(cells: int, through: int) -> MonthOutcomes:
    """Outcome of each cell as it would be seen if all are followed through one month."""
    month = np.arange(cells, dtype=float)
    return month_outcomes(np.where(month <= through, month, np.nan), through=through, months=cells - 1)


def draw_cells(rng: np.random.Generator, pmf: Array) -> NDArray[np.int64]:
    """One cell of each row, by its probabilities."""
    return (pmf.cumsum(axis=1) < rng.random(len(pmf))[:, None]).sum(axis=1).clip(0, pmf.shape[1] - 1)


def random_pmfs(rng: np.random.Generator, forecasts: int, cells: int) -> Array:
    """Rows of very different shapes."""
    weights = rng.gamma(0.5, size=(forecasts, cells)) + 1e-12
    return weights / weights.sum(axis=1, keepdims=True)

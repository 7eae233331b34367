"""Hypothesis strategies: graphs, delay tables and rows, small enough to enumerate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from bayesmile.core.structure import Graph

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """Input of the engine."""

    log_pmf: Array
    log_survival: Array
    loglik: Array
    graph: Graph

    @property
    def arguments(self) -> tuple[Array, Array, Array, Graph]:
        return self.log_pmf, self.log_survival, self.loglik, self.graph


@st.composite
def graphs(draw: st.DrawFn, max_milestones: int = 5) -> Graph:
    """Any DAG with up to three parents a milestone, all and any joins mixed."""
    size = draw(st.integers(1, max_milestones))
    parents = []
    for k in range(size):
        chosen = draw(st.sets(st.integers(0, k - 1), max_size=3)) if k else set()
        parents.append(tuple(sorted(chosen)))
    return Graph(tuple(parents), tuple(draw(st.lists(st.booleans(), min_size=size, max_size=size))))


@st.composite
def tables(draw: st.DrawFn, milestones: int, months: int) -> tuple[Array, Array]:
    """Delay pmf and survival with exact zeros and ones among them, in logarithms."""
    cells = st.one_of(st.just(0.0), st.floats(1e-3, 1.0))
    rows = []
    for _ in range(milestones):
        row = draw(st.lists(cells, min_size=months + 1, max_size=months + 1).filter(lambda x: sum(x) > 0.0))
        rows.append(np.array(row) / sum(row))
    pmf = np.array(rows)
    survival = np.stack([pmf[:, lag + 1 :].sum(axis=1) for lag in range(months)], axis=1)
    with np.errstate(divide="ignore"):
        return np.log(pmf[:, :months]), np.log(survival)


@st.composite
def problems(draw: st.DrawFn, max_milestones: int = 5, spread: float = 4.0) -> Problem:
    """Draw a graph with delays and rows; rows may rule months out and may be as large as `spread` nats."""
    graph = draw(graphs(max_milestones))
    size = len(graph.parents)
    months = draw(st.integers(1, 5 if size <= 3 else 3))
    log_pmf, log_survival = draw(tables(size, months))
    values = st.one_of(st.just(-np.inf), st.just(0.0), st.floats(-spread, spread))
    flat = draw(st.lists(values, min_size=size * (months + 1), max_size=size * (months + 1)))
    return Problem(log_pmf, log_survival, np.array(flat).reshape(size, months + 1), graph)

"""Laws before any evidence, cut at the dominators, against the engine on the whole graph."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bayesmile.core.posterior import laws_ahead, posterior
from bayesmile.core.segments import Segments, segments
from bayesmile.core.structure import Graph
from tests.strategies import Problem, problems

Array = NDArray[np.float64]

LADDER = Graph(((), (0,), (0,), (1, 2), (3,), (3, 4), (5,)), (False, False, False, True, False, False, False))


def ancestors(graph: Graph, k: int) -> list[int]:
    found = {k}
    for node in range(k, -1, -1):
        found.update(graph.parents[node] if node in found else ())
    return sorted(found)


def batched(problem: Problem) -> tuple[Array, Array]:
    return problem.log_pmf[None], problem.log_survival[None]


def test_the_way_is_cut_where_all_paths_meet():
    assert [segment.nodes for segment in segments(LADDER, 6)] == [(0,), (1, 2, 3), (4, 5), (6,)]


def test_roots_that_meet_are_one_segment():
    assert [segment.nodes for segment in segments(Graph(((), (), (0, 1)), (False,) * 3), 2)] == [(0, 1, 2)]


@given(problem=problems())
def test_laws_are_those_of_the_whole_graph(problem: Problem):
    everything = range(len(problem.graph.parents))
    cut = Segments(problem.graph, list(everything))
    flat = np.zeros((1, *problem.loglik.shape))
    answer = cut.conditioned(cut.tables(*batched(problem)), flat)
    whole = posterior(*batched(problem), flat, problem.graph)
    np.testing.assert_allclose(answer.pmf[0, cut.last], whole.pmf[0], rtol=1e-10, atol=1e-14)


@given(problem=problems(), seed=st.integers(0, 9))
def test_laws_by_the_forward_pass_are_those_of_both_passes(problem: Problem, seed: int):
    """To the last bit for milestones that nothing follows, whatever else there is."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(problem.graph.parents)).tolist()
    flat = np.zeros((1, *problem.loglik.shape))
    both = posterior(*batched(problem), flat, problem.graph, strict=False).pmf[:, order]
    np.testing.assert_array_equal(laws_ahead(*batched(problem), problem.graph, order), both)
    for k in order:
        if not any(k in parents for parents in problem.graph.parents):
            one = both[:, [order.index(k)]]
            np.testing.assert_array_equal(laws_ahead(*batched(problem), problem.graph, [k]), one)


def along(problem: Problem, by_pmf: Array, by_survival: Array) -> Array:
    """Slope of each delay towards another law of the same support: what both derivatives must agree on, (milestone,).

    Only laws that sum to one matter, so a survival may be told from the months before it or after it.
    """
    rng = np.random.default_rng(5)
    pmf, beyond = np.exp(problem.log_pmf), np.exp(problem.log_survival[:, -1:])
    law = np.append(pmf, beyond, axis=1)
    other = law * rng.random(law.shape)
    change = other / other.sum(axis=1, keepdims=True) - law
    later = np.cumsum(change[:, ::-1], axis=1)[:, ::-1][:, 1:]
    parts = ((by_pmf[0], change[:, :-1], problem.log_pmf), (by_survival[0], later, problem.log_survival))
    return sum((np.where(by == 0.0, 0.0, by * step * np.exp(-log)).sum(axis=1) for by, step, log in parts), 0.0)


@given(problem=problems(), data=st.data())
@np.errstate(all="ignore")
def test_derivatives_are_those_of_the_whole_graph(problem: Problem, data: st.DataObject):
    """The weighted sum of log P(row of one milestone), by the delays of all that come before it."""
    size = len(problem.graph.parents)
    targets = data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=3))
    weight = np.array([data.draw(st.lists(st.floats(0.1, 2.0), min_size=len(targets), max_size=len(targets)))])
    rows = np.where(np.isfinite(problem.loglik), problem.loglik, -3.0)[None, targets]
    cut = Segments(problem.graph, targets)
    tables = cut.tables(*batched(problem))
    found = cut.back(*batched(problem), tables, cut.conditioned(tables, rows, lags=True), weight)
    expected = np.zeros(size)
    for at, k in enumerate(targets):
        alone = np.zeros((1, *problem.loglik.shape))
        alone[:, k] = rows[:, at]
        whole = posterior(*batched(problem), alone, problem.graph, lags=True)
        before = ancestors(problem.graph, k)
        expected[before] += weight[0, at] * along(problem, whole.lags, whole.outlived)[before]
    np.testing.assert_allclose(along(problem, *found), expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("k", range(7))
def test_long_tails_lose_nothing(k: int):
    """Months of probability far below the rounding of one keep their digits: nothing is found by subtraction."""
    months = 12
    pmf = np.full((7, months), 1e-25)
    pmf[:, 1] = 0.5
    pmf[:, 3:] *= 1e-20
    later = np.cumsum(pmf[:, ::-1], axis=1)[:, ::-1]
    survival = np.append(later[:, 1:], np.zeros((7, 1)), axis=1) + 0.5
    tables = np.log(pmf)[None], np.log(survival)[None]
    flat = np.zeros((1, 7, months + 1))
    cut = Segments(LADDER, [k])
    law = cut.conditioned(cut.tables(*tables), flat[:, :1]).pmf[0, cut.last[0]]
    np.testing.assert_allclose(law, posterior(*tables, flat, LADDER).pmf[0, k], rtol=1e-10)

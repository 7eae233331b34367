"""Joins of an open axis with a month that does not depend on it, and milestones whose month is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bayesmile.core.arithmetic import LINEAR, log_space
from bayesmile.core.cost import count_cost
from bayesmile.core.plan import Meet, Transit, make_plan
from bayesmile.core.posterior import log_marginal, posterior
from bayesmile.core.sampling import draw_months
from bayesmile.core.structure import Graph
from bayesmile.core.windows import Window, known, windows
from tests.core.passes import in_arithmetic
from tests.oracles import enumerate_joint
from tests.strategies import Problem, tables

LOG = log_space()
ONE_AXIS = ((), (), (0, 1), (0,), (2, 3))
TWO_AXES = ((), (), (0, 1), (0, 1), (2, 3))
THREE_PARENTS = ((), (), (), (0, 1, 2), (0,), (3, 4))
AFTER_A_CHAIN = ((), (), (1,), (0, 2), (0,), (3, 4))
SHAPES = (ONE_AXIS, TWO_AXES, THREE_PARENTS, AFTER_A_CHAIN)


def meetings(graph: Graph) -> list[Meet]:
    return [step for step in make_plan(graph).steps if isinstance(step, Meet)]


@pytest.mark.parametrize("parents", SHAPES)
@pytest.mark.parametrize("earliest", [False, True])
def test_these_roadmaps_have_meetings(parents, earliest):
    assert meetings(Graph(parents, (earliest,) * len(parents)))


@st.composite
def met(draw: st.DrawFn) -> Problem:
    """Rows cut in odd places: windows of the axis and of what it meets overlap, or one ends before the other begins."""
    parents = draw(st.sampled_from(SHAPES))
    size = len(parents)
    graph = Graph(parents, tuple(draw(st.lists(st.booleans(), min_size=size, max_size=size))))
    months = draw(st.integers(1, 4 if size == 5 else 3))
    log_pmf, log_survival = draw(tables(size, months))
    values = st.lists(st.floats(-4.0, 4.0), min_size=size * (months + 1), max_size=size * (months + 1))
    loglik = np.array(draw(values)).reshape(size, months + 1)
    for k in draw(st.sets(st.integers(0, size - 1), max_size=2)):
        first, last = sorted(draw(st.tuples(st.integers(0, months), st.integers(0, months))))
        loglik[k, :first] = -np.inf
        loglik[k, last + draw(st.booleans()) :] = -np.inf
    loglik[draw(st.integers(0, size - 1)), draw(st.integers(0, months))] = -np.inf
    return Problem(log_pmf, log_survival, loglik, graph)


@pytest.mark.parametrize("arithmetic", [LINEAR, LOG], ids=["linear", "log"])
@settings(max_examples=60)
@given(problem=met())
def test_equal_to_enumeration(arithmetic, problem):
    truth = enumerate_joint(*problem.arguments)
    answer = in_arithmetic(arithmetic, problem)
    if truth.log_marginal == -np.inf:
        assert answer.log_marginal[0] == -np.inf
        return
    assert answer.log_marginal[0] == pytest.approx(truth.log_marginal, rel=1e-10, abs=1e-10)
    for name in ("pmf", "lags", "outlived"):
        np.testing.assert_allclose(getattr(answer, name)[0], getattr(truth, name), rtol=1e-10, atol=1e-13)


def long_problem(parents: tuple[tuple[int, ...], ...], *, earliest: bool = False, months: int = 43) -> Problem:
    """Windows of many months that begin and end at different places, with gaps."""
    rng, size, lags = np.random.default_rng(7), len(parents), np.arange(months)
    laws = [stats.gamma(4.0, scale=1.0 + k) for k in range(size)]
    loglik = rng.normal(size=(size, months + 1))
    loglik[0, :9], loglik[1, :4] = -np.inf, -np.inf
    loglik[1, 3 * months // 4 : months], loglik[3, months // 2] = -np.inf, -np.inf
    return Problem(
        np.log([law.cdf(lags + 1) - law.cdf(lags) for law in laws]),
        np.log([law.sf(lags + 1) for law in laws]),
        loglik,
        Graph(parents, (earliest,) * size),
    )


@pytest.mark.parametrize("parents", SHAPES)
@pytest.mark.parametrize("earliest", [False, True])
def test_arithmetics_agree_on_long_windows(parents, earliest):
    problem = long_problem(parents, earliest=earliest)
    plain, logs = in_arithmetic(LINEAR, problem), in_arithmetic(LOG, problem)
    assert plain.log_marginal[0] == pytest.approx(logs.log_marginal[0], rel=1e-12)
    for name in ("pmf", "lags", "outlived"):
        np.testing.assert_allclose(getattr(plain, name), getattr(logs, name), rtol=1e-10, atol=1e-16)


@pytest.mark.parametrize("parents", SHAPES)
@pytest.mark.parametrize("earliest", [False, True])
def test_delay_counts_are_the_gradient(parents, earliest):
    problem = long_problem(parents, earliest=earliest)
    answer = posterior(*problem.arguments, lags=True)
    direction = np.random.default_rng(8).normal(size=problem.log_pmf.shape)
    ends = [
        log_marginal(problem.log_pmf + h * direction, problem.log_survival, problem.loglik, problem.graph)
        for h in (1e-5, -1e-5)
    ]
    assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(float((answer.lags * direction).sum()), rel=1e-6)


@pytest.mark.parametrize("many", ["delays", "rows"])
@pytest.mark.parametrize("parents", SHAPES)
def test_a_batch_of_one_serves_many(parents, many):
    problem = long_problem(parents, months=20)
    rng = np.random.default_rng(9)
    if many == "rows":
        batch = replace(problem, loglik=problem.loglik + rng.normal(size=(3, *problem.loglik.shape)))
    else:
        batch = replace(problem, log_pmf=problem.log_pmf + rng.normal(size=(3, *problem.log_pmf.shape)))
    answer = posterior(*batch.arguments, lags=True)
    for b in range(3):
        alone = (x[b] if x.ndim == 3 else x for x in batch.arguments[:3])
        one = posterior(*alone, problem.graph, lags=True)
        for name in ("log_marginal", "pmf", "lags", "outlived"):
            np.testing.assert_allclose(getattr(answer, name)[b], getattr(one, name), rtol=1e-11, atol=1e-16)


@pytest.mark.parametrize("earliest", [False, True])
def test_draws_follow_the_posterior(earliest):
    problem = long_problem(ONE_AXIS, earliest=earliest, months=8)
    problem.loglik[:] = np.random.default_rng(3).normal(size=problem.loglik.shape)
    draws, count = draw_months(*problem.arguments, draws=40_000, rng=np.random.default_rng(4)), 40_000
    pmf = posterior(*problem.arguments).pmf
    for k in range(len(ONE_AXIS)):
        seen = np.bincount(draws[:, k], minlength=9) / count
        assert (np.abs(seen - pmf[k]) < 5.0 * np.sqrt(pmf[k] / count) + 1e-9).all()
    later = np.minimum if earliest else np.maximum
    assert (draws[:, 2] >= later(draws[:, 0], draws[:, 1])).all()


def test_work_is_quadratic():
    graph = Graph(ONE_AXIS, (False,) * 5)
    costs = [count_cost(make_plan(graph), (Window(0, months),) * 5).multiply_adds for months in (100, 200)]
    assert 3.9 < costs[1] / costs[0] < 4.1


@pytest.mark.parametrize("month", [5, 20])
@pytest.mark.parametrize("arithmetic", [LINEAR, LOG], ids=["linear", "log"])
@pytest.mark.parametrize("milestone", [0, 1, 2])
@pytest.mark.parametrize("earliest", [False, True])
def test_a_known_month_needs_no_axis_and_changes_nothing(earliest, milestone, arithmetic, month):
    problem = long_problem(AFTER_A_CHAIN, earliest=earliest, months=20)
    problem.loglik[:] = np.random.default_rng(5).normal(size=problem.loglik.shape)
    problem.loglik[milestone] = np.where(np.arange(21) == month, 1.5, -np.inf)
    cut = windows(problem.graph, problem.log_pmf[None], problem.loglik[None])
    assert milestone in known(cut)
    plan = make_plan(problem.graph, known(cut))
    assert all(milestone not in tensor.axes for tensor in plan.tensors)
    short, full = (in_arithmetic(arithmetic, problem, use_known=use) for use in (True, False))
    for name in ("log_marginal", "pmf", "lags", "outlived"):
        np.testing.assert_allclose(getattr(short, name), getattr(full, name), rtol=1e-10, atol=1e-15)


def test_a_known_ancestor_parts_its_branches():
    """Two nested ancestors take a cube of the months; once the first is known, a square."""
    graph = Graph(((), (0,), (0,), (1, 2), (1,), (3, 4)), (False,) * 6)
    assert not meetings(graph)
    plan = make_plan(graph, frozenset({0}))
    assert any(isinstance(step, Meet) for step in plan.steps)
    passes = [step.source for step in plan.steps if isinstance(step, Transit) and step.source is not None]
    assert all(plan.tensors[source].identity or not plan.tensors[source].axes for source in passes)

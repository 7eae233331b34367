"""The engine against enumeration, closed forms and itself in the other arithmetic."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from scipy import stats

from bayesmile.core import messages
from bayesmile.core.arithmetic import LINEAR, log_space
from bayesmile.core.cost import Cost, TooCostly, count_cost
from bayesmile.core.messages import forward, make_problem
from bayesmile.core.plan import make_plan
from bayesmile.core.posterior import log_marginal, posterior
from bayesmile.core.structure import Graph, needed_parents
from bayesmile.core.windows import known, windows
from tests.core.passes import in_arithmetic
from tests.oracles import enumerate_joint
from tests.strategies import Problem, problems

LOG = log_space()
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "roadmap_posteriors.json").read_text(encoding="utf-8"))


def from_vector(case: dict) -> tuple[Problem, list[str]]:
    months, given_order = case["months"], {m["name"]: m for m in case["milestones"]}
    names: list[str] = []
    while len(names) < len(given_order):
        names += [n for n, m in given_order.items() if n not in names and set(m["after"]) <= set(names)]
    pmf = np.zeros((len(names), months + 1))
    for k, name in enumerate(names):
        table = np.array(given_order[name]["delay_pmf"])
        pmf[k, : len(table)] = table
        if abs(table.sum() - 1.0) > 1e-12:
            pmf[k, months] += 1.0 - table.sum()
    survival = np.stack([pmf[:, lag + 1 :].sum(axis=1) for lag in range(months)], axis=1)
    loglik = np.array([[float(x) for x in case["loglik"].get(name, [0.0] * (months + 1))] for name in names])
    graph = Graph(
        tuple(tuple(names.index(p) for p in given_order[n]["after"]) for n in names),
        tuple(given_order[n]["needs"] == "any" for n in names),
    )
    with np.errstate(divide="ignore"):
        return Problem(np.log(pmf[:, :months]), np.log(survival), loglik, graph), names


@pytest.mark.parametrize("case", VECTORS, ids=range(len(VECTORS)))
def test_given_vectors(case):
    problem, names = from_vector(case)
    answer = posterior(*problem.arguments)
    if case["expected"]["impossible"]:
        assert answer.log_marginal == -np.inf
        return
    assert answer.log_marginal == pytest.approx(float(case["expected"]["log_marginal"]), abs=1e-9, rel=1e-9)
    for k, name in enumerate(names):
        np.testing.assert_allclose(answer.pmf[k], case["expected"]["pmf"][name], atol=1e-9, rtol=0)


@given(problems())
def test_marginals_and_delay_counts_equal_enumeration(problem):
    truth = enumerate_joint(*problem.arguments)
    answer = posterior(*problem.arguments, lags=True)
    if truth.log_marginal == -np.inf:
        assert answer.log_marginal == -np.inf
        assert np.isnan(answer.pmf).all()
        return
    assert answer.log_marginal == pytest.approx(truth.log_marginal, rel=1e-10, abs=1e-10)
    np.testing.assert_allclose(answer.pmf, truth.pmf, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(answer.lags, truth.lags, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(answer.outlived, truth.outlived, rtol=1e-10, atol=1e-13)


@given(problems(spread=30.0))
def test_linear_and_log_arithmetic_agree(problem):
    with np.errstate(divide="ignore"):
        plain, logs = in_arithmetic(LINEAR, problem), in_arithmetic(LOG, problem)
    assume(plain.log_marginal[0] > -np.inf)
    assert plain.log_marginal[0] == pytest.approx(logs.log_marginal[0], rel=1e-12, abs=1e-11)
    for name in ("pmf", "lags", "outlived"):
        np.testing.assert_allclose(getattr(plain, name), getattr(logs, name), rtol=1e-9, atol=1e-14)


@given(problems(max_milestones=4, spread=700.0))
def test_huge_log_likelihoods(problem):
    truth = enumerate_joint(*problem.arguments)
    assume(truth.log_marginal > -np.inf)
    answer = posterior(*problem.arguments)
    assert answer.log_marginal == pytest.approx(truth.log_marginal, rel=1e-12, abs=1e-9)
    np.testing.assert_allclose(answer.pmf, truth.pmf, rtol=1e-9, atol=1e-300)


def chain(delays: np.ndarray, rows: np.ndarray) -> Problem:
    """Chain with the given delay pmf table (last cell: beyond)."""
    months = rows.shape[1] - 1
    survival = np.stack([delays[:, lag + 1 :].sum(axis=1) for lag in range(months)], axis=1)
    graph = Graph(tuple((k - 1,) if k else () for k in range(len(rows))), (False,) * len(rows))
    with np.errstate(divide="ignore"):
        return Problem(np.log(delays[:, :months]), np.log(survival), rows, graph)


def test_posteriors_at_1e_300_are_right_to_nine_digits():
    months = 6
    table = np.full((3, months + 1), 1.0 / (months + 1))
    rows = np.zeros((3, months + 1))
    rows[0, 0], rows[1, 1], rows[2, 5] = -680.0, 9.0, -290.0
    problem = chain(table, rows)
    answer = posterior(*problem.arguments)
    with mp.workdps(60):
        logs = {}
        for outcome in np.ndindex(*(months + 1,) * 3):
            ready, weight = 0, mpf(1)
            for k, event in enumerate(outcome):
                if ready == months:
                    weight *= mpf(event == months)
                elif event == months:
                    weight *= mpf(np.exp(problem.log_survival[k, months - 1 - ready]))
                else:
                    weight *= mpf(event >= ready) / (months + 1)
                weight *= mp.exp(mpf(rows[k, event]))
                ready = event
            logs[outcome] = weight
        mass = mp.fsum(logs.values())
        for k in range(3):
            for month in range(months + 1):
                exact = mp.fsum(w for outcome, w in logs.items() if outcome[k] == month) / mass
                assert answer.pmf[k, month] == pytest.approx(float(exact), rel=1e-9, abs=1e-310)
    assert 0.0 < answer.pmf[0, 0] < 1e-250


def test_underflow_is_noticed_not_lost():
    """Two rows within range whose product is not: plain arithmetic alone would call this impossible."""
    months = 4
    rows = np.zeros((2, months + 1))
    rows[0, 1:], rows[1, :4] = -650.0, -650.0
    table = np.array([[0.0, 1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0]])
    answer = posterior(*chain(table, rows).arguments)
    assert answer.log_marginal == pytest.approx(-1300.0, rel=1e-12)
    np.testing.assert_allclose(answer.pmf, [[0, 1, 0, 0, 0], [0, 1, 0, 0, 0]], atol=1e-15)
    alone = log_marginal(*chain(table, rows).arguments)
    assert alone == pytest.approx(-1300.0, rel=1e-12)


def test_priors_of_exactly_zero_and_one():
    table = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    answer = posterior(*chain(table, np.zeros((2, 3))).arguments)
    np.testing.assert_array_equal(answer.pmf, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    assert answer.log_marginal == 0.0


def test_geometric_chain_is_negative_binomial():
    months, steps, p = 40, 5, 0.23
    lags = np.arange(months)
    geometric = stats.geom.pmf(lags + 1, p)
    log_pmf = np.log(np.tile(geometric, (steps, 1)))
    log_survival = np.log(np.tile(stats.geom.sf(lags + 1, p), (steps, 1)))
    graph = Graph(tuple((k - 1,) if k else () for k in range(steps)), (False,) * steps)
    answer = posterior(log_pmf, log_survival, np.zeros((steps, months + 1)), graph)
    for k in range(steps):
        np.testing.assert_allclose(answer.pmf[k, :months], stats.nbinom.pmf(lags, k + 1, p), rtol=1e-12)
        assert answer.pmf[k, months] == pytest.approx(stats.nbinom.sf(months - 1, k + 1, p), rel=1e-12)


@given(problems(max_milestones=4), st.integers(2, 5), st.randoms(use_true_random=False))
def test_batch_equals_one_by_one(problem, draws, random):
    rng = np.random.default_rng(random.randrange(2**32))
    shape = (draws, *problem.loglik.shape)
    loglik = problem.loglik + rng.normal(size=shape)
    batch = posterior(problem.log_pmf, problem.log_survival, loglik, problem.graph, lags=True)
    for b in range(draws):
        one = posterior(problem.log_pmf, problem.log_survival, loglik[b], problem.graph, lags=True)
        np.testing.assert_allclose(batch.log_marginal[b], one.log_marginal, rtol=1e-12, atol=1e-12)
        for name in ("pmf", "lags", "outlived"):
            np.testing.assert_allclose(getattr(batch, name)[b], getattr(one, name), rtol=1e-11, atol=1e-15)
    alone = log_marginal(problem.log_pmf, problem.log_survival, loglik, problem.graph)
    np.testing.assert_allclose(alone, batch.log_marginal, rtol=1e-12, atol=1e-12)


def diamond(months: int = 120) -> Problem:
    graph = Graph(((), (0,), (1,), (1,), (1,), (2, 3, 4)), (False,) * 6)
    lags = np.arange(months)
    tables, tails = [], []
    for median in (12, 10, 8, 14, 9, 11):
        law = stats.lognorm(0.5, scale=median)
        tables.append(law.cdf(lags + 0.5) - law.cdf(np.maximum(lags - 0.5, 0)))
        tails.append(law.sf(lags + 0.5))
    return Problem(np.log(tables), np.log(tails), np.zeros((6, months + 1)), graph)


def test_batches_are_chunked_and_the_chunks_agree(monkeypatch):
    problem = diamond(30)
    loglik = np.random.default_rng(1).normal(size=(7, *problem.loglik.shape))
    whole = posterior(problem.log_pmf, problem.log_survival, loglik, problem.graph, lags=True)
    monkeypatch.setattr("bayesmile.core.cost.CHUNK_BYTES", 1)
    parts = posterior(problem.log_pmf, problem.log_survival, loglik, problem.graph, lags=True)
    for name in ("log_marginal", "pmf", "lags", "outlived"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-12)


def test_gradient_is_the_derivative_of_the_log_marginal():
    problem = diamond(24)
    rng = np.random.default_rng(2)
    loglik = rng.normal(size=problem.loglik.shape)
    answer = posterior(problem.log_pmf, problem.log_survival, loglik, problem.graph, lags=True)
    for name, position, gradient in (("pmf", 0, answer.lags), ("sf", 1, answer.outlived), ("row", 2, answer.pmf)):
        arrays = [problem.log_pmf, problem.log_survival, loglik]
        direction = rng.normal(size=arrays[position].shape)
        values = []
        for step in (1e-5, -1e-5):
            moved = [x + step * direction if i == position else x for i, x in enumerate(arrays)]
            values.append(float(log_marginal(*moved, problem.graph)))
        slope = (values[0] - values[1]) / 2e-5
        assert slope == pytest.approx(float((gradient * direction).sum()), rel=1e-6), name


def test_three_late_parents_do_not_cancel():
    """The maximum of three parents that are almost surely beyond keeps its tiny mass to full accuracy."""
    months, late = 12, 1e-9
    table = np.zeros((5, months + 1))
    table[0, 0] = 1.0
    table[1:4, months - 1], table[1:4, months] = late, 1.0 - late
    table[4, 0] = 1.0
    survival = np.stack([table[:, lag + 1 :].sum(axis=1) for lag in range(months)], axis=1)
    graph = Graph(((), (0,), (0,), (0,), (1, 2, 3)), (False,) * 5)
    with np.errstate(divide="ignore"):
        answer = posterior(np.log(table[:, :months]), np.log(survival), np.zeros((5, months + 1)), graph)
    assert answer.pmf[4, months - 1] == pytest.approx(late**3, rel=1e-12)


def test_facts_shrink_the_work():
    problem = diamond()
    free = cost_of(problem)
    loglik = problem.loglik.copy()
    loglik[1] = -np.inf
    loglik[1, 20] = 0.0
    told = cost_of(replace(problem, loglik=loglik))
    assert told.multiply_adds < free.multiply_adds / 5
    assert told.bytes < free.bytes / 5
    assert not told.held


def cost_of(problem: Problem) -> Cost:
    cut = windows(problem.graph, problem.log_pmf[None], problem.loglik[None])
    return count_cost(make_plan(problem.graph, known(cut)), cut)


def test_implied_edges_are_dropped():
    chain_with_shortcut = Graph(((), (0,), (0, 1)), (False, False, False))
    assert needed_parents(chain_with_shortcut)[2] == (1,)
    earliest = Graph(((), (0,), (0, 1)), (False, False, True))
    assert needed_parents(earliest)[2] == (0,)


def test_excessive_cost_is_refused_before_trying():
    months = 240
    log_survival = np.log(1.0 - np.arange(1, months + 1) / (months + 1))
    wide = [(), *[()] * 5, *[(i, j) for i in range(1, 6) for j in range(i + 1, 6)]]
    graph = Graph(tuple(wide), (False,) * len(wide))
    log_pmf = np.full((len(wide), months), -math.log(months + 1))
    with pytest.raises(TooCostly) as caught:
        posterior(log_pmf, np.tile(log_survival, (len(wide), 1)), np.zeros((len(wide), months + 1)), graph)
    assert len(caught.value.cost.held) >= 3


@settings(max_examples=40)
@given(problems(max_milestones=4))
def test_windows_hide_only_the_impossible(problem):
    truth = enumerate_joint(*problem.arguments)
    assume(truth.log_marginal > -np.inf)
    cut = windows(problem.graph, problem.log_pmf[None], problem.loglik[None])
    for k, window in enumerate(cut):
        outside = [t for t in range(problem.log_pmf.shape[1]) if not window.lo <= t < window.hi]
        assert truth.pmf[k, outside].sum() == 0.0


def test_plain_arithmetic_serves_ordinary_cases():
    problem = diamond()
    arrays = [x[None] for x in (problem.log_pmf, problem.log_survival, problem.loglik)]
    plan = make_plan(problem.graph)
    run = forward(make_problem(plan, windows(problem.graph, arrays[0], arrays[2]), *arrays))
    assert run.arithmetic is LINEAR


def test_tails_that_underflow_stay_in_plain_arithmetic_and_cost_no_digit():
    problem = diamond()
    arrays = [x[None].copy() for x in (problem.log_pmf, problem.log_survival, problem.loglik)]
    arrays[0][..., -3:] = -900.0
    arrays[2][..., 1] -= 2000.0
    plan = make_plan(problem.graph)
    given = make_problem(plan, windows(problem.graph, arrays[0], arrays[2]), *arrays)
    run, exact = forward(given, strict=False), messages.forward_in(LOG, given)
    assert run.arithmetic is LINEAR
    assert run.log_marginal()[0] == pytest.approx(exact.log_marginal()[0], abs=1e-12)


def test_evidence_of_tiny_probability_goes_to_log_space():
    one = Graph(((),), (False,))
    with np.errstate(divide="ignore"):
        log_pmf, log_survival = np.log([[0.5, 0.5]]), np.log([[0.5, 0.0]])
    loglik = np.array([[0.0, -400.0, 0.0]])
    log_pmf[0, 0], log_survival[0, 0] = -400.0, -400.0  # the likely month is the one ruled out by the row
    arrays = [x[None] for x in (log_pmf, log_survival, loglik)]
    run = forward(make_problem(make_plan(one), windows(one, arrays[0], arrays[2]), *arrays), strict=False)
    assert run.arithmetic is LOG
    assert run.log_marginal()[0] == pytest.approx(np.logaddexp(-400.0, -400.0 + np.log(0.5)), abs=1e-12)

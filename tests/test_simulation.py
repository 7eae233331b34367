"""The engine against forward simulation, and against slower oracles at length (marked slow)."""

from __future__ import annotations

import numpy as np
import pytest

import bayesmile as bm
from bayesmile.core.posterior import posterior
from tests.core.test_other_engines import random_problem as random_network
from tests.core.test_sampling import random_problem
from tests.networks import as_network, pyagrum_marginals
from tests.oracles import enumerate_joint, simulate

DRAWS = 200_000

MIXED = bm.Roadmap(
    [
        bm.Milestone("a", delay=bm.Weibull(median=8, shape=1.4, never=0.05)),
        bm.Milestone("b", after="a", delay=bm.Gamma(mean=9, sd=5)),
        bm.Milestone("c", after="a", delay=bm.LogLogistic(median=7, shape=2.5, never=0.2)),
        bm.Milestone("d", after=["b", "c"], needs="any", delay=bm.LogNormal(median=5, sigma=0.7)),
        bm.Milestone("e", after=["b", "c", "d"], delay=bm.LogNormal(median=3, sigma=1.1, never=0.1)),
    ]
)


def standard_errors(belief: bm.Belief, events: dict) -> float:
    """Largest distance between the simulated and the exact CDF, in standard errors of the simulation."""
    worst = 0.0
    for name in belief.roadmap.names:
        exact = np.cumsum(belief.pmf(name))[:-1]
        counts = np.bincount(events[name], minlength=belief.grid.months + 1)
        simulated = np.cumsum(counts)[:-1] / DRAWS
        spread = np.sqrt(np.maximum(exact * (1.0 - exact), 1.0 / DRAWS) / DRAWS)
        worst = max(worst, float((np.abs(simulated - exact) / spread).max()))
    return worst


def test_prior_equals_forward_simulation(rng: np.random.Generator):
    grid = bm.MonthGrid("2026-01", 60)
    belief = bm.infer(MIXED, [], grid)
    assert standard_errors(belief, simulate(MIXED, grid.months, DRAWS, rng)) < 5.0


@pytest.mark.parametrize("name", ["quantumscape", "phase2_drug"])
def test_prior_of_bundled_dossiers_equals_forward_simulation(name: str, rng: np.random.Generator):
    dossier = bm.load(name)
    belief = bm.infer(dossier.roadmap, [], dossier.grid)
    events = simulate(dossier.roadmap, dossier.grid.months, DRAWS, rng)
    assert standard_errors(belief, events) < 5.0


def test_evidence_equals_rejection(rng: np.random.Generator):
    """Keep the simulated histories that the facts allow, weigh them by the ratio: the posterior."""
    grid = bm.MonthGrid("2026-01", 60)
    items = [bm.NotYet("c", through="2026-09"), bm.LikelihoodRatio("e", by="2028", ratio=4)]
    belief = bm.infer(MIXED, items, grid)
    events = simulate(MIXED, grid.months, DRAWS, rng)
    weight = np.where(events["c"] > 8, 1.0, 0.0) * np.where(events["e"] <= 35, 4.0, 1.0)
    for name in MIXED.names:
        share = (weight * (events[name] <= 30)).sum() / weight.sum()
        assert share == pytest.approx(belief.prob(name, by=grid.label(30)), abs=0.006)


@pytest.mark.slow
def test_thousands_of_random_roadmaps_equal_enumeration():
    rng = np.random.default_rng(11)
    for _ in range(2500):
        problem = random_problem(rng)
        truth, answer = enumerate_joint(*problem), posterior(*problem, lags=True)
        assert answer.log_marginal == pytest.approx(truth.log_marginal, rel=1e-11, abs=1e-10)
        if truth.outcomes:
            for mine, exact in ((answer.pmf, truth.pmf), (answer.lags, truth.lags), (answer.outlived, truth.outlived)):
                np.testing.assert_allclose(mine, exact, rtol=1e-10, atol=1e-14)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("seed", range(100, 140))
def test_larger_random_roadmaps_equal_pyagrum(seed: int):
    rng = np.random.default_rng(seed)
    problem = random_network(rng, milestones=int(rng.integers(6, 12)), months=int(rng.integers(10, 25)))
    mine = posterior(*problem)
    theirs = pyagrum_marginals(as_network(problem[0], problem[1], problem[3]), problem[2])
    np.testing.assert_allclose(mine.pmf, theirs, rtol=1e-8, atol=1e-12)

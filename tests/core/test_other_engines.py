"""The engine against an independent Bayesian network library on random graphs larger than enumeration allows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bayesmile.core.posterior import posterior
from bayesmile.core.structure import Graph
from tests.networks import as_network, pyagrum_marginals


def random_problem(rng: np.random.Generator, milestones: int, months: int):
    parents = tuple(
        tuple(sorted(rng.choice(k, rng.integers(0, min(k, 3) + 1), replace=False).tolist())) if k else ()
        for k in range(milestones)
    )
    graph = Graph(parents, tuple((rng.random(milestones) < 0.3).tolist()))
    lags = np.arange(months)
    laws = [stats.gamma(rng.uniform(0.8, 4.0), scale=rng.uniform(1.0, 4.0)) for _ in range(milestones)]
    never = rng.uniform(0.0, 0.3, milestones)
    pmf = np.array([(1 - n) * (law.cdf(lags + 1) - law.cdf(lags)) for law, n in zip(laws, never, strict=True)])
    survival = np.array([(1 - n) * law.sf(lags + 1) + n for law, n in zip(laws, never, strict=True)])
    loglik = np.where(rng.random((milestones, 1)) < 0.6, rng.normal(0.0, 2.0, (milestones, months + 1)), 0.0)
    if rng.random() < 0.5:
        loglik[rng.integers(milestones), :2] = -np.inf
    return np.log(pmf), np.log(survival), loglik, graph


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("seed", range(25))
def test_random_graphs_equal_pyagrum(seed):
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, milestones=int(rng.integers(3, 9)), months=int(rng.integers(3, 9)))
    mine = posterior(*problem)
    theirs = pyagrum_marginals(as_network(problem[0], problem[1], problem[3]), problem[2])
    np.testing.assert_allclose(mine.pmf, theirs, rtol=1e-9, atol=1e-12)

"""Joint draws against the enumerated joint distribution, outcome by outcome."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from bayesmile.core.sampling import draw_months
from bayesmile.core.structure import Graph
from bayesmile.errors import ImpossibleEvidence
from tests.oracles import enumerate_joint

DRAWS = 6000


def random_problem(rng: np.random.Generator):
    size = int(rng.integers(2, 6))
    months = 3 if size > 3 else 5
    parents = tuple(
        tuple(sorted(rng.choice(k, rng.integers(0, min(k, 3) + 1), replace=False).tolist())) if k else ()
        for k in range(size)
    )
    graph = Graph(parents, tuple((rng.random(size) < 0.4).tolist()))
    table = rng.dirichlet(np.ones(months + 1), size=size)
    survival = np.stack([table[:, lag + 1 :].sum(axis=1) for lag in range(months)], axis=1)
    loglik = rng.normal(0.0, 1.5, (size, months + 1))
    if rng.random() < 0.5:  # rows beyond what plain arithmetic holds
        loglik[0] += np.where(np.arange(months + 1) % 2, 800.0, 0.0)
    loglik[rng.integers(size), 0] = -np.inf
    return np.log(table[:, :months]), np.log(survival), loglik, graph


@pytest.mark.parametrize("seed", range(24))
def test_draws_follow_the_joint_distribution(seed: int):
    rng = np.random.default_rng(seed)
    problem = random_problem(rng)
    truth = enumerate_joint(*problem)
    if not truth.outcomes:
        with pytest.raises(ImpossibleEvidence):
            draw_months(*problem, draws=1, rng=rng)
        return
    seen = Counter(tuple(row) for row in draw_months(*problem, draws=DRAWS, rng=rng).tolist())
    assert set(seen) <= set(truth.outcomes), "a draw outside the support"
    common = [outcome for outcome, p in truth.outcomes.items() if p * DRAWS >= 5]
    expected = np.array([truth.outcomes[outcome] * DRAWS for outcome in common])
    counts = np.array([seen[outcome] for outcome in common], dtype=float)
    rest = max(DRAWS - expected.sum(), 1e-9)
    if rest >= 5:
        expected, counts = np.append(expected, rest), np.append(counts, DRAWS - counts.sum())
    statistic = ((counts - expected) ** 2 / expected).sum()
    assert stats.chi2.sf(statistic, max(len(expected) - 1, 1)) > 1e-5

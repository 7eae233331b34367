"""Importance weights: smoothing, its tail index against known tails, and the mixture of several proposals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bayesmile import ImpossibleEvidence
from bayesmile.model.importance import mixture_log_weights, weigh

PRIOR = stats.norm(0.0, 1.0)


def log_likelihood(x: np.ndarray, mean: float, sd: float) -> np.ndarray:
    """Up to a constant that is told apart from none by 1.7."""
    return -0.5 * ((x - mean) / sd) ** 2 + 1.7


def posterior(mean: float, sd: float) -> tuple[float, float]:
    """Mean and standard deviation of the normal posterior."""
    precision = 1.0 + sd**-2
    return mean * sd**-2 / precision, precision**-0.5


def evidence(mean: float, sd: float) -> float:
    return 1.7 + np.log(sd * np.sqrt(2.0 * np.pi)) + stats.norm(mean, np.hypot(1.0, sd)).logpdf(0.0)


def test_weights_are_normalised_and_answer_for_the_target(rng: np.random.Generator) -> None:
    x = rng.normal(size=20_000)
    found = weigh(log_likelihood(x, 0.8, 0.7))
    mean, sd = posterior(0.8, 0.7)
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.weights.min() >= 0.0
    assert found.weights @ x == pytest.approx(mean, abs=4.0 * sd / np.sqrt(found.ess))
    assert found.ess == pytest.approx(1.0 / (found.weights**2).sum())
    assert found.ess < 20_000
    assert found.khat < 0.7


@pytest.mark.parametrize(("shape", "good"), [(0.2, True), (0.5, True), (1.0, False), (1.6, False)])
def test_khat_is_the_tail_index_of_the_weights(rng: np.random.Generator, shape: float, good: bool) -> None:
    raw = stats.genpareto(shape).rvs(50_000, random_state=rng)
    found = weigh(np.log(raw))
    assert found.khat == pytest.approx(shape, abs=0.15)
    assert (found.khat < 0.7) == good


def test_a_constant_and_the_order_of_draws_change_nothing(rng: np.random.Generator) -> None:
    logs = rng.normal(size=500)
    order = rng.permutation(500)
    first, shifted, mixed = weigh(logs), weigh(logs - 400.0), weigh(logs[order])
    np.testing.assert_allclose(shifted.weights, first.weights, rtol=1e-9)
    np.testing.assert_allclose(mixed.weights, first.weights[order], rtol=1e-9)
    assert shifted.khat == pytest.approx(first.khat)


def test_draws_that_cannot_be_have_no_weight(rng: np.random.Generator) -> None:
    logs = rng.normal(size=500)
    logs[::2] = -np.inf
    found = weigh(logs)
    assert found.weights[::2].max() < 1e-200
    assert found.weights.sum() == pytest.approx(1.0)
    with pytest.raises(ImpossibleEvidence):
        weigh(np.full(500, -np.inf))


def test_even_weights_are_left_alone() -> None:
    found = weigh(np.full(400, -3.0))
    np.testing.assert_array_equal(found.weights, 1.0 / 400)
    assert (found.khat, found.ess) == (0.0, pytest.approx(400.0))


ANCHOR, TARGET = (2.5, 0.5), (2.2, 0.4)


def pooled(rng: np.random.Generator, prior: int, anchor: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws from the prior and from one posterior, and their log weights for another posterior."""
    x = np.concatenate([rng.normal(size=prior), rng.normal(*posterior(*ANCHOR), size=anchor)])
    proposals = np.array([np.zeros(x.size), log_likelihood(x, *ANCHOR)])
    return x, mixture_log_weights(log_likelihood(x, *TARGET), proposals, [prior, anchor])


def test_a_mixture_of_proposals_answers_for_the_target(rng: np.random.Generator) -> None:
    x, logs = pooled(rng, 4000, 4000)
    found, (mean, sd) = weigh(logs), posterior(*TARGET)
    assert found.weights @ x == pytest.approx(mean, abs=4.0 * sd / np.sqrt(found.ess))
    second = found.weights @ (x - mean) ** 2
    assert second == pytest.approx(sd**2, rel=4.0 * np.sqrt(2.0 / found.ess))


def test_a_mixture_knows_the_evidence_of_the_target(rng: np.random.Generator) -> None:
    _, logs = pooled(rng, 20_000, 20_000)
    assert np.log(np.mean(np.exp(logs))) == pytest.approx(evidence(*TARGET), abs=0.05)


def test_a_fit_nearby_is_worth_more_than_the_prior(rng: np.random.Generator) -> None:
    alone = weigh(log_likelihood(rng.normal(size=2000), *TARGET))
    together = weigh(pooled(rng, 1000, 1000)[1])
    assert together.ess > 3.0 * alone.ess


def test_equal_proposals_are_one_proposal(rng: np.random.Generator) -> None:
    x = rng.normal(size=600)
    target = log_likelihood(x, *TARGET)
    np.testing.assert_allclose(mixture_log_weights(target, np.zeros((2, 600)), [200, 400]), target, atol=1e-9)


@pytest.mark.parametrize("draws", [1, 2, 5, 24])
def test_few_draws_keep_their_raw_weights(draws: int) -> None:
    logs = np.log(np.arange(1.0, draws + 1.0))
    found = weigh(logs)
    np.testing.assert_allclose(found.weights, np.exp(logs) / np.exp(logs).sum(), rtol=1e-12)
    assert np.isnan(found.khat) == (draws > 1)

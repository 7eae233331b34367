"""The likelihood of the parameters against the dossier with its numbers set one by one, and against differences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import bayesmile as bm
from bayesmile.likelihoods.likelihood import Likelihood
from tests.likelihoods.dossiers import AS_OF, dossiers, loaded

Array = NDArray[np.float64]

VIEWS = [
    ("quantumscape", "2022-05-31"),  # all milestones open, guidance about many
    ("quantumscape", "2025-10-16"),
    ("quantumscape", "2026-06-30"),
    ("phase2_drug", "2024-02-29"),  # hardly anything known
    ("phase2_drug", "2026-10-31"),
]
STENCIL = ((1.0, 8.0), (-1.0, -8.0), (2.0, -1.0), (-2.0, 1.0))  # of the five-point derivative, over 12 steps


def prior_draws(likelihood: Likelihood, draws: int, seed: int) -> Array:
    """Independent draws of all parameters, (draw, parameter)."""
    rng = np.random.default_rng(seed)
    return np.stack([one.prior.sample(draws, rng) for one in likelihood.parameters], axis=1)


def differences(likelihood: Likelihood, theta: Array) -> Array:
    """Differentiate the log marginal by each parameter at one draw, by five-point differences."""
    room = np.minimum(theta, np.where(theta < 1.0, 1.0 - theta, theta))  # chances stay inside (0, 1)
    steps = 1e-3 * np.maximum(np.abs(room), 1e-2)
    moved = [theta + reach * np.diag(steps) for reach, _ in STENCIL]
    values = likelihood.log_marginal(np.concatenate(moved)).reshape(len(STENCIL), -1)
    return np.array([weight for _, weight in STENCIL]) @ values / (12.0 * steps)


def with_numbers(dossier: bm.Dossier, likelihood: Likelihood, theta: Array) -> bm.Dossier:
    """Dossier whose parameters are those of one draw."""
    for one, value in zip(likelihood.parameters, theta, strict=True):
        dossier = dossier.set(one.field, float(value))
    return dossier


def assert_gradient(likelihood: Likelihood, theta: Array) -> None:
    value, slope = likelihood.gradient(theta[None])
    assert value[0] == pytest.approx(likelihood.log_marginal(theta[None])[0], abs=1e-9)
    expected = differences(likelihood, theta)
    rounding = 1e-5 * max(1.0, float(np.abs(expected).max())) ** 0.5
    np.testing.assert_allclose(slope[0], expected, rtol=1e-5, atol=rounding)


def assert_belief(dossier: bm.Dossier, likelihood: Likelihood, theta: Array) -> None:
    value, pmf = likelihood.posterior(theta[None])
    changed = with_numbers(dossier, likelihood, theta)
    if np.isneginf(value[0]):
        with pytest.raises(bm.ImpossibleEvidence):
            changed.belief(likelihood.as_of)
        return
    belief = changed.belief(likelihood.as_of)
    assert value[0] == pytest.approx(belief.log_marginal, abs=1e-8)
    np.testing.assert_allclose(pmf[0], belief.solution.pmf, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(("name", "as_of"), VIEWS)
def test_gradient_equals_differences(name: str, as_of: str):
    likelihood = Likelihood(bm.load(name), as_of)
    for theta in (likelihood.centre, *prior_draws(likelihood, 2, seed=7)):
        assert_gradient(likelihood, theta)


@pytest.mark.parametrize(("name", "as_of"), VIEWS)
def test_belief_is_that_of_the_dossier_with_its_numbers_set(name: str, as_of: str):
    dossier = bm.load(name)
    likelihood = Likelihood(dossier, as_of)
    assert_belief(dossier, likelihood, prior_draws(likelihood, 1, seed=3)[0])


def test_every_parameter_of_a_dossier_moves_something():
    """A gradient of zeros would pass a comparison of zeros with zeros."""
    likelihood = Likelihood(bm.load("phase2_drug"), "2026-10-31")
    _, slope = likelihood.gradient(prior_draws(likelihood, 3, seed=1))
    moving = {one.variable for one, column in zip(likelihood.parameters, slope.T, strict=True) if column.any()}
    assert moving == {one.variable for one in likelihood.parameters}


def test_a_batch_is_its_draws_one_by_one():
    likelihood = Likelihood(bm.load("quantumscape"), "2025-10-16")
    theta = prior_draws(likelihood, 5, seed=2)
    together = (*likelihood.posterior(theta), *likelihood.gradient(theta))
    for at in range(len(theta)):
        alone = (*likelihood.posterior(theta[at : at + 1]), *likelihood.gradient(theta[at : at + 1]))
        for whole, one in zip(together, alone, strict=True):
            np.testing.assert_allclose(whole[at], one[0], rtol=1e-9, atol=1e-12)


def test_other_shapes_of_draws_are_refused():
    likelihood = Likelihood(bm.load("phase2_drug"), "2025-12-31")
    with pytest.raises(bm.InvalidInput, match=r"theta: received shape \(3,\); allowed is \(draws, "):
        likelihood.log_marginal(np.ones(3))


@settings(max_examples=40)
@given(files=dossiers(), seed=st.integers(0, 99))
def test_small_dossiers_of_every_shape(files: Mapping[str, str], seed: int):
    dossier = loaded(files)
    likelihood = Likelihood(dossier, AS_OF)
    theta = prior_draws(likelihood, 1, seed)[0]
    assert_belief(dossier, likelihood, theta)
    possible = bool(np.isfinite(likelihood.log_marginal(theta[None])[0]))
    event("possible" if possible else "impossible")
    if possible:
        assert_gradient(likelihood, theta)
    else:
        assert not likelihood.gradient(theta[None])[1].any()

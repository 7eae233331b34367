"""Many tilts at once are each what one tilt is: against the tilt of a single law, scipy and the two-outcome formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import logsumexp

from bayesmile.core.batched_tilts import solve_tilts


def laws(seed: int, draws: int, outcomes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    pmf = rng.dirichlet(np.full(outcomes, 0.3), size=draws)
    pmf[rng.random(pmf.shape) < 0.2] = 0.0
    pmf[:, 0] += 1e-3
    pmf /= pmf.sum(axis=1, keepdims=True)
    value = np.exp(rng.normal(0.0, 2.0, (draws, outcomes)))
    low, high = np.where(pmf > 0, value, np.inf).min(axis=1), np.where(pmf > 0, value, -np.inf).max(axis=1)
    return pmf, value, low + (high - low) * rng.uniform(1e-6, 1.0 - 1e-6, draws)


def by_root(pmf: np.ndarray, value: np.ndarray, price: float) -> np.ndarray:
    """Find the same law by a root finder on the tilt itself."""
    there = pmf > 0.0
    logs, gain = np.log(pmf[there]), value[there] - price

    def slope(tilt: float) -> float:
        power = logs + tilt * gain
        return float(np.exp(power - power.max()) @ gain)

    edge = 1.0
    while slope(-edge) > 0.0 or slope(edge) < 0.0:
        edge *= 2.0
    tilt = brentq(slope, -edge, edge, xtol=1e-300, rtol=1e-15, maxiter=1000)
    out = np.zeros_like(pmf)
    out[there] = np.exp(logs + tilt * gain - logsumexp(logs + tilt * gain))
    return out


@pytest.mark.parametrize("outcomes", [2, 3, 40])
def test_each_is_the_root_of_its_own_equation(outcomes: int) -> None:
    pmf, value, price = laws(outcomes, 60, outcomes)
    found = solve_tilts(pmf, value, price)
    several = (pmf > 0).sum(axis=1) > 1
    for k in np.flatnonzero(several):
        expected = by_root(pmf[k], value[k], price[k])
        np.testing.assert_allclose(found.pmf[k], expected, atol=1e-10)
        there = expected > 0
        entropy = expected[there] @ np.log(expected[there] / pmf[k][there])
        assert found.relative_entropy[k] == pytest.approx(entropy, rel=1e-7, abs=1e-10)
    assert several.sum() > 40


@given(st.integers(0, 10_000), st.floats(-8.0, 8.0))
def test_reprices_and_keeps_zeros(seed: int, unit: float) -> None:
    pmf, value, price = laws(seed, 7, 9)
    found = solve_tilts(pmf, value, price)
    met = found.feasible
    np.testing.assert_allclose((found.pmf[met] * value[met]).sum(axis=1), price[met], rtol=1e-11)
    np.testing.assert_allclose(found.pmf[met].sum(axis=1), 1.0, rtol=1e-12)
    assert not found.pmf[met][pmf[met] == 0.0].any()
    assert (found.relative_entropy[met] >= 0.0).all()
    scaled = solve_tilts(pmf, value * 10.0**unit, price * 10.0**unit)  # the unit of currency does not matter
    np.testing.assert_allclose(scaled.pmf[met], found.pmf[met], atol=1e-9)


def test_its_own_expectation_needs_no_tilt() -> None:
    pmf, value, _ = laws(3, 20, 30)
    found = solve_tilts(pmf, value, (pmf * value).sum(axis=1))
    np.testing.assert_allclose(found.pmf, pmf, atol=1e-12)
    np.testing.assert_allclose(found.relative_entropy, 0.0, atol=1e-12)


def test_two_outcomes_are_the_merger_formula() -> None:
    price = np.array([1e-12, 3.0, 50.0, 99.0, 100.0 - 1e-12])
    found = solve_tilts(np.full((5, 2), 0.5), np.array([[100.0, 0.0]]), price)
    np.testing.assert_allclose(found.pmf[:, 0], price / 100.0, rtol=1e-12)
    np.testing.assert_allclose(found.span, np.log(price / (100.0 - price)), rtol=1e-3)


def test_ends_and_beyond_are_infeasible_with_their_sign() -> None:
    pmf = np.array([[0.5, 0.5], [0.5, 0.5], [1.0, 0.0], [1.0, 0.0], [0.5, 0.5]])
    found = solve_tilts(pmf, np.array([[100.0, 0.0]]), np.array([0.0, 100.0, 100.0, 50.0, 200.0]))
    assert found.span.tolist() == [-np.inf, np.inf, 0.0, -np.inf, np.inf]
    assert np.isnan(found.pmf[[0, 1, 3, 4]]).all()
    assert np.isnan(found.relative_entropy[[0, 1, 3, 4]]).all()
    assert found.pmf[2].tolist() == [1.0, 0.0]
    assert (found.lowest[0], found.highest[0]) == (0.0, 100.0)


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pmf, value, price = laws(9, 50, 12)
    whole = solve_tilts(pmf, value, price)
    monkeypatch.setattr("bayesmile.core.batched_tilts._CHUNK", 36)
    parts = solve_tilts(pmf, value, price)
    np.testing.assert_array_equal(whole.pmf, parts.pmf)
    np.testing.assert_array_equal(whole.span, parts.span)


def test_steep_and_flat_laws_are_met() -> None:
    """A tail of 1e-300 has to be lifted by hundreds of nats; values that hardly differ need a huge tilt a unit."""
    found = solve_tilts(np.array([[1.0, 1e-300]]), np.array([[0.0, 1.0]]), np.array([0.5]))
    assert found.span[0] == pytest.approx(300.0 * np.log(10.0), rel=1e-12)
    close = solve_tilts(np.array([[0.5, 0.5]]), np.array([[1.0, 1.0 + 1e-9]]), np.array([1.0 + 7.5e-10]))
    assert close.pmf[0, 1] == pytest.approx(0.75, abs=1e-6)

"""Smoothed weights against those of ArviZ, and the laws they obey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesmile.core.pareto import smooth_weights


@pytest.mark.parametrize("draws", [25, 60, 225, 226, 2000, 2001])
@pytest.mark.parametrize("sd", [1e-9, 0.1, 1.0, 4.0, 80.0])
def test_weights_are_those_of_arviz(draws: int, sd: float) -> None:
    from arviz_stats.base import array_stats

    rng = np.random.default_rng([draws, 1])
    light, heavy, tied = rng.normal(size=draws), rng.standard_t(2, size=draws), np.round(rng.normal(size=draws), 1)
    for logs in (sd * light, sd * heavy, sd * tied):
        try:
            expected, khat = array_stats.psislw(-logs)
        except ValueError:  # all weights of the tail are equal
            with pytest.raises(ValueError, match="equal"):
                smooth_weights(logs)
            continue
        found, index = smooth_weights(logs)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(index, khat, rtol=1e-12)


@given(st.integers(25, 600), st.floats(1e-6, 30.0), st.integers(0, 99))
def test_weights_sum_to_one_and_keep_their_order(draws: int, sd: float, seed: int) -> None:
    logs = sd * np.random.default_rng(seed).normal(size=draws)
    before = logs.copy()
    found, _ = smooth_weights(logs)
    assert np.exp(found).sum() == pytest.approx(1.0, abs=1e-12)
    assert (np.diff(found[np.argsort(logs)]) >= -1e-12).all()
    raw = logs - np.logaddexp.reduce(logs)
    assert found.max() - found[np.argmin(logs)] <= raw.max() - raw.min() + 1e-9
    np.testing.assert_array_equal(logs, before)


def test_a_tail_index_is_found_again() -> None:
    """Pareto weights with survival w^(-1 / k) have tail index k."""
    rng = np.random.default_rng(3)
    for k in (0.3, 0.9):
        found = np.mean([smooth_weights(k * rng.exponential(size=20_000))[1] for _ in range(20)])
        assert found == pytest.approx(k, abs=0.03)

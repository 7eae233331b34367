"""Power scaling against another library's, and against what must hold whatever the draws."""

from __future__ import annotations

import numpy as np
import pytest

from bayesmile.core.power_scaling import cumulative_divergence, power_sensitivity


def even(n: int) -> np.ndarray:
    return np.full(n, 1.0 / n)


def test_it_is_arviz_s_for_draws_of_equal_weight(rng: np.random.Generator) -> None:
    from arviz_stats.base import array_stats

    values, component = rng.gamma(2.0, size=800), rng.normal(size=800)
    component += 0.7 * values
    scaled = [np.exp((alpha - 1.0) * component) for alpha in (0.99, 1.01)]
    chains = [(x / x.sum()).reshape(4, 200) for x in scaled]
    expected = array_stats.power_scale_sense(values.reshape(4, 200), *chains, 0.99, 1.01)
    assert power_sensitivity(values, even(800), component) == pytest.approx(float(expected), rel=1e-6)
    assert expected > 0.01


def test_a_weight_is_so_many_draws(rng: np.random.Generator) -> None:
    values, component = rng.normal(size=60), rng.normal(size=60)
    counts = rng.integers(1, 5, size=60)
    many = power_sensitivity(values.repeat(counts), even(int(counts.sum())), component.repeat(counts))
    assert power_sensitivity(values, counts / counts.sum(), component) == pytest.approx(many, abs=1e-12)


def test_what_does_not_depend_on_the_draws_moves_nothing(rng: np.random.Generator) -> None:
    values = rng.normal(size=200)
    assert power_sensitivity(values, even(200), np.full(200, -3.0)) < 1e-6  # rounding, under a root
    assert power_sensitivity(np.full(200, 0.4), even(200), values) == 0.0


def test_scale_and_direction_do_not_matter_and_draws_without_weight_neither(rng: np.random.Generator) -> None:
    values, component = rng.normal(size=300), rng.normal(size=300)
    found = power_sensitivity(values, even(300), component)
    assert power_sensitivity(-5.0 * values + 2.0, even(300), component) == pytest.approx(found, rel=1e-9)
    weights = np.append(even(300), 0.0)
    assert power_sensitivity(np.append(values, 9.0), weights, np.append(component, -np.inf)) == pytest.approx(found)


def test_the_distance_is_one_where_the_weights_share_no_draw() -> None:
    far = cumulative_divergence(np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    assert far == pytest.approx(1.0)
    half = cumulative_divergence(np.array([0.0, 1.0]), np.array([0.6, 0.4]), np.array([0.3, 0.7]))
    assert 0.0 < half < 1.0

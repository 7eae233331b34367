"""Entities of one cluster share their fate: together they count less than as many that do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bayesmile.errors import InvalidInput
from bayesmile.reference.clusterweights import cluster_weights
from bayesmile.reference.simulated import simulated_class
from bayesmile.reference.spells import spells


def test_a_cluster_counts_as_its_size_over_the_design_effect() -> None:
    klass = simulated_class(entities=200, seed=4)
    size = klass.entities["cluster"].map(klass.entities["cluster"].value_counts()).to_numpy()
    assert set(size) == {2, 3}
    np.testing.assert_array_equal(cluster_weights(klass, 0.0), np.ones(len(klass)))
    np.testing.assert_allclose(cluster_weights(klass, 0.25), 1.0 / (1.0 + 0.25 * (size - 1)), rtol=1e-15)
    assert cluster_weights(klass, 1.0).sum() == pytest.approx(klass.entities["cluster"].nunique())


def test_variance_of_a_weighted_mean_is_that_of_equally_correlated_entities() -> None:
    # Of n entities with correlation r, the mean has variance (1 + (n - 1) r) / n: as of n w independent ones.
    rng, r, n = np.random.default_rng(3), 0.3, 3
    shared, own = rng.normal(size=(200_000, 1)), rng.normal(size=(200_000, n))
    mean = (np.sqrt(r) * shared + np.sqrt(1.0 - r) * own).mean(axis=1)
    assert mean.var() == pytest.approx(1.0 / (n / (1.0 + (n - 1) * r)), rel=0.02)


def test_spells_carry_the_weights_of_their_entities() -> None:
    klass = simulated_class(entities=150, seed=5)
    found, plain = spells(klass, correlation=0.4), spells(klass)
    np.testing.assert_array_equal(plain.weight, plain.count)
    np.testing.assert_array_equal(found.count, plain.count)
    weights = cluster_weights(klass, 0.4)
    each = [weights[name] * spells(klass.subset([name])).count.sum() for name in klass.entities.index]
    assert found.weight.sum() == pytest.approx(sum(each))
    assert (found.weight <= found.count).all()
    assert (found.weight < found.count).any()


def test_a_class_without_entities_has_no_weights() -> None:
    assert len(cluster_weights(simulated_class(entities=10).subset([]), 0.5)) == 0


@pytest.mark.parametrize("correlation", [-0.1, 1.1, np.nan, "much", True])
def test_a_correlation_lies_between_0_and_1(correlation: Any) -> None:
    with pytest.raises(InvalidInput, match="correlation: received"):
        cluster_weights(simulated_class(entities=10), correlation)

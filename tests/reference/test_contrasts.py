"""Lifts within entities: closed forms, other rates of entities, and dependent ones."""

from __future__ import annotations

import numpy as np
import pytest

from bayesmile.reference.contrasts import within_contrast


def test_equal_exposures_give_the_ratio_of_rates(rng: np.random.Generator):
    near, far = rng.poisson(3.0, 40).astype(float), rng.poisson(2.0, 40).astype(float)
    inside, outside = np.full(40, 0.5), np.full(40, 2.0)
    found = within_contrast(near, far, inside, outside, np.arange(40))
    assert found.lift == pytest.approx(4.0 * near.sum() / far.sum(), rel=1e-9)
    assert found.low < found.lift < found.high


def test_rates_that_go_with_exposure_do_not_disturb(rng: np.random.Generator):
    """Busy entities are seen outside only for long: a ratio of plain rates would be far below 2."""
    rate = rng.gamma(0.7, 1.0 / 0.7, 4000)
    inside, outside = np.ones(4000), 0.2 + 4.0 * rate
    near, far = rng.poisson(2.0 * rate * inside), rng.poisson(rate * outside)
    found = within_contrast(near.astype(float), far.astype(float), inside, outside, np.arange(4000))
    assert found.low < 2.0 < found.high and found.high / found.low < 1.2
    assert near.sum() / inside.sum() / (far.sum() / outside.sum()) < 1.5


def test_interval_is_wider_where_entities_go_together(rng: np.random.Generator):
    near, far = rng.poisson(1.0, 300).astype(float), rng.poisson(1.0, 300).astype(float)
    ones = np.ones(900)
    copied = [np.repeat(part, 3) for part in (near, far)]
    apart = within_contrast(*copied, ones, ones, np.arange(900))
    together = within_contrast(*copied, ones, ones, np.repeat(np.arange(300), 3))
    assert together.lift == pytest.approx(apart.lift)
    ratio = np.log(together.high / together.low) / np.log(apart.high / apart.low)
    assert ratio == pytest.approx(np.sqrt(3.0), rel=1e-9)


def test_one_side_without_arrivals_is_unknown():
    ones = np.ones(5)
    assert np.isnan(within_contrast(ones, 0 * ones, ones, ones, np.arange(5))).all()
    assert np.isnan(within_contrast(ones, ones, ones, 0 * ones, np.arange(5))).all()

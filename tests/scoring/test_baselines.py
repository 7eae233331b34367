"""Frequencies as forecasts: by hand, against another estimator, and scored."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bayesmile.errors import InvalidInput
from bayesmile.scoring.baselines import empirical_forecasts, empirical_pmf
from bayesmile.scoring.months import month_log_score
from bayesmile.scoring.outcomes import MonthOutcomes, month_outcomes


def test_frequencies_without_censoring_are_counts_and_score_best_in_their_sample(rng: np.random.Generator):
    cells = rng.integers(0, 7, 200)
    known = month_outcomes(cells, through=5, months=6)
    pmf = empirical_pmf(known)
    assert pmf == pytest.approx(np.bincount(cells, minlength=7) / 200)
    other = rng.dirichlet(np.full(7, 20.0))
    means = [month_log_score(np.tile(row, (200, 1)), known).mean for row in (pmf, other)]
    assert means[0] < means[1]


def test_frequencies_equal_the_product_limit(rng: np.random.Generator):
    cells, through = rng.integers(0, 15, 300), rng.integers(2, 12, 300)
    known = month_outcomes(np.where(cells <= through, cells, math.nan), through=through, months=12)
    survival, expected = 1.0, []
    for month in range(12):
        at_risk = np.sum(np.minimum(cells, through) >= month)
        survival *= 1.0 - np.sum((cells == month) & (cells <= through)) / at_risk if at_risk else 1.0
        expected.append(1.0 - survival)
    assert np.cumsum(empirical_pmf(known))[:-1] == pytest.approx(expected, abs=1e-12)


def test_cancelled_events_count_as_never_once_their_kind_is_followed_for_long(rng: np.random.Generator):
    """Half are cancelled in their first month, the others happen in month 3: half is the incidence, not all."""
    cancelled = rng.random(2000) < 0.5
    through = rng.integers(1, 12, 2000)
    event = np.where(cancelled, math.inf, np.where(through >= 3, 3.0, math.nan))
    pmf = empirical_pmf(month_outcomes(event, through=through, months=12))
    assert pmf[3] == pytest.approx(0.5, abs=0.05) and pmf[-1] == pytest.approx(1.0 - pmf[3])


def test_nothing_seen_to_happen_is_all_beyond():
    assert empirical_pmf(month_outcomes([math.nan, math.inf], through=2, months=3)).tolist() == [0.0, 0.0, 0.0, 1.0]


def test_small_and_unknown_groups_get_the_frequencies_of_all():
    past = month_outcomes([0, 0, 1], through=1, months=2)
    found = empirical_forecasts(past, ["a", "a", "b"], ["b", "a", "c"], least=2)
    assert found.pooled.tolist() == [True, False, True]
    assert found.pmf[1].tolist() == [1.0, 0.0, 0.0]
    assert found.pmf[[0, 2]] == pytest.approx(np.tile([2 / 3, 1 / 3, 0.0], (2, 1)))


def test_rows_are_distributions_that_can_be_scored(rng: np.random.Generator):
    cells, through, group = rng.integers(0, 15, 300), rng.integers(2, 12, 300), rng.integers(0, 4, 300)
    known = month_outcomes(np.where(cells <= through, cells, math.nan), through=through, months=12)
    found = empirical_forecasts(known, group, group)
    assert not found.pooled.any() and np.isfinite(month_log_score(found.pmf, known).nats).all()


def test_bad_input_is_named():
    with pytest.raises(InvalidInput, match="received 1 known only to an interval"):
        empirical_pmf(MonthOutcomes([0], [1], [2], months=3))
    past = month_outcomes([0, 1], through=1, months=2)
    with pytest.raises(InvalidInput, match="received 2 of outcomes, 1 of group"):
        empirical_forecasts(past, ["a"], ["a"])
    with pytest.raises(InvalidInput, match=r"asked\[1\]: received None"):
        empirical_forecasts(past, ["a", "b"], ["a", None])
    with pytest.raises(InvalidInput, match="least: received 0"):
        empirical_forecasts(past, ["a", "b"], ["a"], least=0)

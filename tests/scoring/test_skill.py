"""Means, paired differences and skill with clustered intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import bootstrap

from bayesmile.errors import InvalidInput
from bayesmile.scoring.resampling import interval_of_draws, mean_score, resampled_means
from bayesmile.scoring.skill import paired_skill


@pytest.fixture
def scores(rng: np.random.Generator):
    theirs = rng.gamma(2.0, 0.1, 300)
    return theirs * rng.uniform(0.5, 1.2, 300), theirs


def test_difference_and_skill_by_hand():
    result = paired_skill([0.1, 0.2, 0.3], [0.2, 0.2, 0.4], draws=100)
    assert (result.score, result.reference) == pytest.approx((0.2, 0.8 / 3))
    assert result.difference == pytest.approx(-0.2 / 3)
    assert result.skill == pytest.approx(1.0 - 0.6 / 0.8)
    assert (result.forecasts, result.clusters, result.undefined_draws) == (3, 3, 0)


def test_a_forecaster_has_no_skill_against_itself(scores):
    result = paired_skill(scores[0], scores[0])
    assert (result.difference, result.low, result.high, result.skill, result.better) == (0.0, 0.0, 0.0, 0.0, 0.0)


def test_swapping_forecasters_turns_the_interval_around(scores):
    one, other = paired_skill(*scores, seed=4), paired_skill(*scores[::-1], seed=4)
    assert one.difference == pytest.approx(-other.difference)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_interval_equals_that_of_scipy(scores):
    difference = scores[0] - scores[1]
    expected = bootstrap(
        (difference,),
        np.mean,
        confidence_level=0.9,
        n_resamples=5000,
        method="percentile",
        rng=np.random.default_rng(3),
    ).confidence_interval
    result = paired_skill(*scores, draws=5000)
    width = expected.high - expected.low
    assert (result.low, result.high) == pytest.approx(tuple(expected), abs=0.08 * width)
    mean = mean_score(difference, draws=5000)
    assert (mean.low, mean.high) == pytest.approx(tuple(expected), abs=0.08 * width)


def test_copies_of_a_cluster_do_not_narrow_the_interval(scores):
    ours, theirs = (np.repeat(column, 4) for column in scores)
    cluster = np.repeat(np.arange(300), 4)
    once, clustered, blind = (
        paired_skill(*scores),
        paired_skill(ours, theirs, cluster=cluster),
        paired_skill(ours, theirs),
    )
    assert (clustered.low, clustered.high) == pytest.approx((once.low, once.high), rel=1e-9)
    assert blind.high - blind.low == pytest.approx((once.high - once.low) / 2.0, rel=0.15)


def test_names_of_clusters_do_not_matter(scores):
    numbers = np.arange(300) // 3
    names = [f"plant {999 - k}" for k in numbers]
    assert paired_skill(*scores, cluster=numbers) == paired_skill(*scores, cluster=names)


def test_order_changes_the_interval_no_more_than_another_seed(scores, rng: np.random.Generator):
    order = rng.permutation(300)
    cluster = np.arange(300) // 3
    one = paired_skill(*scores, cluster=cluster, draws=5000)
    other = paired_skill(scores[0][order], scores[1][order], cluster=cluster[order], draws=5000)
    assert one.difference == pytest.approx(other.difference, abs=1e-15)
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.1 * (one.high - one.low))


def test_unequal_clusters_are_averaged_by_forecast():
    """Of four ways to draw two clusters, two take both: their mean is that of all four forecasts."""
    means = resampled_means(np.array([[1.0], [0.0], [0.0], [0.0]]), np.array([0, 1, 1, 1]), draws=2000, seed=0)[:, 0]
    values, counts = np.unique(means, return_counts=True)
    assert values.tolist() == [0.0, 0.25, 1.0]
    assert counts / 2000 == pytest.approx([0.25, 0.5, 0.25], abs=0.05)


def test_intervals_cover_the_mean_as_they_say(rng: np.random.Generator):
    """Sixty clusters of five with a common part: 90% intervals hold the true mean about so often."""
    held = {"clustered": 0, "blind": 0}
    cluster = np.repeat(np.arange(60), 5)
    for trial in range(200):
        values = np.repeat(rng.normal(0.0, 1.0, 60), 5) + rng.normal(0.0, 0.5, 300)
        for name, labels in (("clustered", cluster), ("blind", None)):
            result = mean_score(values, cluster=labels, draws=200, seed=trial)
            held[name] += result.low <= 0.0 <= result.high
    assert 0.83 <= held["clustered"] / 200 <= 0.96
    assert held["blind"] / 200 < 0.75


def test_infinite_scores_stay_infinite():
    ours, theirs = [0.1] * 20, [*[0.2] * 19, math.inf]
    result = paired_skill(ours, theirs)
    assert (result.reference, result.difference, result.skill) == (math.inf, -math.inf, 1.0)
    assert result.low == -math.inf and result.high == pytest.approx(-0.1)
    both = paired_skill([math.inf, *ours[1:]], theirs)
    assert math.isnan(both.difference) and math.isnan(both.skill)
    assert (both.low, both.high) == (-math.inf, math.inf) and 0 < both.undefined_draws < 2000
    estimate = mean_score(theirs)
    assert (estimate.value, estimate.high) == (math.inf, math.inf) and estimate.low == pytest.approx(0.2)


def test_interval_of_draws_never_makes_nan_of_infinity():
    assert interval_of_draws(np.array([1.0, 2.0, math.inf]), 0.5) == (1.0, math.inf)
    assert interval_of_draws(np.full(10, math.inf), 0.9) == (math.inf, math.inf)


@pytest.mark.parametrize(
    ("ours", "theirs", "options", "message"),
    [
        ([0.1, 0.2], [0.1], {}, "received 2 of scores, 1 of reference"),
        ([0.1, math.nan], [0.1, 0.1], {}, r"scores\[1\]: received nan"),
        ([0.1, 0.1], [0.1, -math.inf], {}, r"reference\[1\]: received -inf"),
        ([math.inf, 0.1], [math.inf, 0.1], {}, r"scores\[0\]: received inf twice"),
        ([0.1, 0.2], [0.0, 0.0], {}, "perfect reference"),
        ([0.1, 0.2], [0.1, 0.1], {"cluster": ["a", "a"]}, "cluster: received 1 cluster"),
        ([0.1, 0.2], [0.1, 0.1], {"cluster": ["a", None]}, r"cluster\[1\]: received None"),
        ([0.1, 0.2], [0.1, 0.1], {"cluster": [math.nan, 1]}, r"cluster\[0\]: received nan"),
        ([0.1, 0.2], [0.1, 0.1], {"cluster": ["a"]}, "received 2 of scores, 1 of cluster"),
        ([0.1, 0.2], [0.1, 0.1], {"draws": 10}, "draws: received 10"),
        ([0.1, 0.2], [0.1, 0.1], {"level": 0.0}, "level: received 0"),
        ([0.1, 0.2], [0.1, 0.1], {"seed": -1}, "seed: received -1"),
    ],
)
def test_bad_input_is_named(ours, theirs, options, message: str):
    with pytest.raises(InvalidInput, match=message):
        paired_skill(ours, theirs, **options)

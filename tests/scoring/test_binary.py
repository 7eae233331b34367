"""Scores of probabilities that something happens."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from bayesmile.errors import InvalidInput
from bayesmile.scoring.binary import brier, expected_brier, log_score
from bayesmile.scoring.decomposition import brier_decomposition, log_decomposition, recalibrated

P = np.array([0.9, 0.9, 0.2, 0.2, 0.2])
Y = np.array([1, 0, 0, 0, 1])

probability = st.floats(0.0, 1.0, allow_nan=False)
inner = st.floats(0.001, 0.999)
sets = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=30
)


def test_scores_by_hand():
    assert brier(P, Y) == pytest.approx([0.01, 0.81, 0.04, 0.04, 0.64])
    assert log_score(P, Y).nats == pytest.approx([-math.log(x) for x in (0.9, 0.1, 0.8, 0.8, 0.2)])
    assert log_score([0.5, 0.125], [1, 1]).bits == pytest.approx([1.0, 3.0], abs=1e-15)


def test_certain_and_wrong_is_infinite_and_never_clipped():
    scores = log_score([0.0, 1.0, 1e-300], [1, 0, 1])
    assert scores.nats[:2].tolist() == [math.inf, math.inf]
    assert scores.nats[2] == pytest.approx(300 * math.log(10.0))
    assert (scores.infinite, scores.mean, scores.floored) == (2, math.inf, 0)


def test_floor_changes_only_what_lies_below_it_and_says_how_often():
    scores = log_score([0.0, 0.3, 1.0, 1.0], [1, 1, 0, 1], floor=0.01)
    assert scores.nats == pytest.approx([math.log(100.0), -math.log(0.3), math.log(100.0), 0.0])
    assert (scores.floor, scores.floored, scores.infinite) == (0.01, 2, 0)


def test_tiny_probability_of_what_did_not_happen_keeps_its_digits():
    assert log_score([1e-20], [0]).nats[0] == pytest.approx(1e-20, rel=1e-12)


def test_perfect_forecaster_scores_nothing_and_a_constant_one_its_variance():
    assert brier(Y, Y).tolist() == log_score(Y, Y).nats.tolist() == [0.0] * 5
    assert brier([0.4] * 5, Y).mean() == pytest.approx(0.4 * 0.6)
    assert log_score([0.4] * 5, Y).mean == pytest.approx(entropy([0.4, 0.6]))


@given(inner, probability)
def test_truth_has_the_least_expected_score(truth: float, said: float):
    ways = np.array([1, 0])
    weights = np.array([truth, 1.0 - truth])
    for score in (brier, lambda p, y: log_score(p, y).nats):
        with np.errstate(invalid="ignore"):
            at_truth, at_said = (weights @ score([p, p], ways) for p in (truth, said))
        assert at_truth <= at_said + 1e-12


@given(inner, inner)
def test_brier_regret_is_the_squared_distance(truth: float, said: float):
    expected = [truth * brier([p], [1])[0] + (1 - truth) * brier([p], [0])[0] for p in (truth, said)]
    assert expected[1] - expected[0] == pytest.approx((truth - said) ** 2, abs=1e-12)


@given(sets)
def test_swapping_the_names_of_both_outcomes_changes_no_score(pairs: list[tuple[float, bool]]):
    p, y = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    assert brier(1.0 - p, 1.0 - y) == pytest.approx(brier(p, y), abs=1e-15)
    assert log_score(1.0 - p, 1.0 - y).nats == pytest.approx(log_score(p, y).nats, abs=1e-12)


@given(sets)
def test_parts_add_up_and_none_is_negative(pairs: list[tuple[float, bool]]):
    p, y = zip(*pairs, strict=True)
    for parts, score in (
        (brier_decomposition(p, y), brier(p, y).mean()),
        (log_decomposition(p, y), log_score(p, y).mean),
    ):
        assert parts.score == pytest.approx(score)
        assert parts.reliability - parts.resolution + parts.uncertainty == pytest.approx(score)
        assert min(parts.reliability, parts.resolution, parts.uncertainty) >= -1e-12


@given(sets, st.randoms(use_true_random=False))
def test_order_of_forecasts_changes_nothing(pairs: list[tuple[float, bool]], random):
    shuffled = random.sample(pairs, len(pairs))
    one, other = (brier_decomposition(*zip(*rows, strict=True)) for rows in (pairs, shuffled))
    assert one.reliability == pytest.approx(other.reliability, abs=1e-12)
    assert one.resolution == pytest.approx(other.resolution, abs=1e-12)


def test_parts_by_hand_where_frequencies_already_rise():
    # 0.9: one of two happened; 0.2: one of three; overall two of five.
    reliability = (2 * (0.9 - 1 / 2) ** 2 + 3 * (0.2 - 1 / 3) ** 2) / 5
    resolution = (2 * (1 / 2 - 2 / 5) ** 2 + 3 * (1 / 3 - 2 / 5) ** 2) / 5
    parts = brier_decomposition(P, Y)
    assert (parts.reliability, parts.resolution) == pytest.approx((reliability, resolution))
    assert parts.uncertainty == pytest.approx(0.24)


def test_constant_forecast_of_the_frequency_has_neither_reliability_loss_nor_resolution():
    parts = brier_decomposition([0.4] * 5, Y)
    assert (parts.reliability, parts.resolution) == pytest.approx((0.0, 0.0), abs=1e-15)


def test_recalibration_pools_violators_and_ties(rng: np.random.Generator):
    sklearn = pytest.importorskip("sklearn.isotonic")
    p = np.round(rng.random(400), 2)
    y = (rng.random(400) < p**2).astype(float)
    weights = rng.integers(1, 4, 400).astype(float)
    for given_weights in (None, weights):
        expected = sklearn.IsotonicRegression().fit(p, y, sample_weight=given_weights).predict(p)
        assert recalibrated(p, y, given_weights) == pytest.approx(expected, abs=1e-12)


def test_scores_equal_those_of_other_libraries(rng: np.random.Generator):
    metrics = pytest.importorskip("sklearn.metrics")
    p = rng.random(500)
    y = (rng.random(500) < p).astype(int)
    assert brier(p, y).mean() == pytest.approx(metrics.brier_score_loss(y, p), abs=1e-12)
    assert log_score(p, y).mean == pytest.approx(metrics.log_loss(y, p), abs=1e-12)


def test_sharpness_is_the_expected_score_of_a_calibrated_forecaster():
    assert expected_brier(P) == pytest.approx((2 * 0.09 + 3 * 0.16) / 5)


@pytest.mark.parametrize(
    ("p", "y", "message"),
    [
        ([0.5, 1.2], [0, 1], r"probability\[1\]: received 1.2; allowed is a probability"),
        ([0.5, -0.1, -0.2], [0, 1, 1], r"probability\[1\]: received -0.1 \(1 more like it\)"),
        ([math.nan], [0], r"probability\[0\]: received nan"),
        ([0.5], [math.nan], r"outcome\[0\]: received nan; allowed is 0 .* or 1"),
        ([0.5], [0.5], r"outcome\[0\]: received 0.5"),
        ([0.5, 0.5], [1], "received 2 of probability, 1 of outcome"),
        ([], [], r"probability: received shape \(0,\)"),
        ([[0.5]], [1], r"probability: received shape \(1, 1\)"),
        (["high"], [1], "allowed is a column of numbers"),
        ([None], [1], r"probability\[0\]: received nan"),
    ],
)
def test_bad_input_is_named(p, y, message: str):
    for score in (brier, log_score, brier_decomposition):
        with pytest.raises(InvalidInput, match=message):
            score(p, y)


@pytest.mark.parametrize("floor", [-0.1, 0.6, math.nan, True, "0.1"])
def test_bad_floor_is_named(floor):
    with pytest.raises(InvalidInput, match="floor: received"):
        log_score([0.5], [1], floor=floor)

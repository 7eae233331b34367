"""Calibration curves and lines, and their bands."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit, logit

from bayesmile.errors import InvalidInput
from bayesmile.scoring.calibration import calibration_bins, isotonic_curve
from bayesmile.scoring.lines import calibration_line


@pytest.fixture
def calibrated(rng: np.random.Generator):
    p = rng.beta(1.5, 2.0, 2000)
    return p, (rng.random(2000) < p).astype(float)


def repeated(columns, times: int):
    """Every forecast several times over, with the label of the original, in an order that shows no pattern."""
    p, y = columns
    origin = np.random.default_rng(7).permutation(np.tile(np.arange(p.size), times))
    return p[origin], y[origin], origin


def test_bins_by_hand_keep_ties_together():
    curve = calibration_bins([0.1, 0.1, 0.1, 0.2, 0.7, 0.9], [0, 0, 1, 1, 1, 1], bins=2, draws=100)
    assert curve.count.tolist() == [3, 3]
    assert curve.probability == pytest.approx([0.1, 0.6])
    assert curve.frequency == pytest.approx([1 / 3, 1.0])
    assert calibration_bins([0.3] * 4, [0, 1, 0, 1], bins=10, draws=100).count.tolist() == [4]


def test_ties_go_to_the_bin_of_their_middle():
    curve = calibration_bins([0.1, 0.4, 0.4, 0.4, 0.4, 0.8], [0] * 6, bins=3, draws=100)
    assert curve.count.tolist() == [1, 4, 1]


def test_isotonic_curve_by_hand():
    curve = isotonic_curve([0.1, 0.2, 0.2, 0.3, 0.8], [0, 1, 1, 0, 1], draws=100)
    assert curve.probability.tolist() == [0.1, 0.2, 0.3, 0.8]
    assert curve.frequency == pytest.approx([0.0, 2 / 3, 2 / 3, 1.0])
    assert curve.count.tolist() == [1, 2, 1, 1]
    assert list(curve.frame().columns)[:3] == ["probability", "frequency", "count"]


@pytest.mark.parametrize("draw_curve", [calibration_bins, isotonic_curve])
def test_bands_hold_a_calibrated_forecaster_about_as_often_as_they_say(draw_curve, calibrated):
    curve = draw_curve(*calibrated, draws=300)
    inside = (curve.low <= curve.probability) & (curve.probability <= curve.high)
    consistent = (curve.consistent_low <= curve.frequency) & (curve.frequency <= curve.consistent_high)
    assert inside.mean() >= 0.7 and consistent.mean() >= 0.7
    assert (curve.low <= curve.frequency + 1e-12).all() and (curve.frequency <= curve.high + 1e-12).all()


@pytest.mark.parametrize("draw_curve", [calibration_bins, isotonic_curve])
def test_bands_exclude_a_false_forecaster(draw_curve, calibrated):
    p, y = calibrated
    curve = draw_curve(expit(3.0 * logit(p)), y, draws=100)
    consistent = (curve.consistent_low <= curve.frequency) & (curve.frequency <= curve.consistent_high)
    assert consistent.mean() < 0.5


@pytest.mark.parametrize("draw_curve", [calibration_bins, isotonic_curve])
def test_copies_of_a_cluster_do_not_narrow_its_band(draw_curve, calibrated):
    originals = (np.round(calibrated[0][:300], 2), calibrated[1][:300])
    p, y, cluster = repeated(originals, 4)
    once = draw_curve(*originals, draws=300)
    clustered = draw_curve(p, y, cluster=cluster, draws=300)
    blind = draw_curve(p, y, draws=300)
    assert clustered.frequency == pytest.approx(once.frequency)
    widths = [np.mean(curve.high - curve.low) for curve in (once, clustered, blind)]
    assert widths[1] == pytest.approx(widths[0], rel=0.15)
    assert widths[2] < 0.7 * widths[1]
    assert (clustered.clusters, blind.clusters) == (300, 1200)


def test_curves_repeat_with_their_seed_and_many_points_are_thinned(calibrated):
    one, same, other = (isotonic_curve(*calibrated, draws=100, points=20, seed=seed) for seed in (3, 3, 4))
    assert one.frame().equals(same.frame()) and not one.frame().equals(other.frame())
    assert one.probability.size <= 20
    assert one.probability[[0, -1]].tolist() == [calibrated[0].min(), calibrated[0].max()]


def test_line_of_two_probabilities_is_the_line_through_their_frequencies():
    p = [0.3] * 10 + [0.6] * 10
    y = [1] * 4 + [0] * 6 + [1] * 5 + [0] * 5
    line = calibration_line(p, y)
    slope = (logit(0.5) - logit(0.4)) / (logit(0.6) - logit(0.3))
    assert line.slope == pytest.approx(slope, rel=1e-8)
    assert line.intercept == pytest.approx(logit(0.5) - slope * logit(0.6), rel=1e-8)


def test_offset_makes_expected_and_observed_counts_equal():
    p, y = np.array([0.2, 0.4, 0.5, 0.7]), np.array([1, 0, 1, 1])
    offset = calibration_line(p, y).offset
    assert offset > 0.0
    assert expit(logit(p) + offset).sum() == pytest.approx(3.0, rel=1e-8)


def test_line_finds_what_distorted_the_forecasts(rng: np.random.Generator):
    p = rng.beta(1.0, 1.0, 40_000)
    y = (rng.random(p.size) < p).astype(float)
    line = calibration_line(expit((logit(p) - 0.4) / 0.7), y)
    assert abs(line.slope - 0.7) < 3.0 * line.slope_se < 0.05
    assert abs(line.intercept - 0.4) < 3.0 * line.intercept_se < 0.1
    assert line.slope_low < line.slope < line.slope_high
    assert calibration_line(p, y).offset == pytest.approx(0.0, abs=0.05)


def test_line_and_its_errors_equal_those_of_statsmodels(calibrated, rng: np.random.Generator):
    sm = pytest.importorskip("statsmodels.api")
    p, y = calibrated
    cluster = rng.integers(0, 80, p.size)
    fit = sm.Logit(y, sm.add_constant(logit(p))).fit(disp=0, tol=1e-12)
    clustered = sm.Logit(y, sm.add_constant(logit(p))).fit(
        disp=0, tol=1e-12, cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}
    )
    line = calibration_line(p, y, cluster=cluster)
    assert (line.intercept, line.slope) == pytest.approx(tuple(fit.params), rel=1e-7)
    scale = math.sqrt(80 / 79)
    assert (line.intercept_se, line.slope_se) == pytest.approx(tuple(scale * clustered.bse), rel=1e-6)
    independent = calibration_line(p, y)
    assert independent.slope_se == pytest.approx(fit.bse[1], rel=0.15)


def test_copies_of_a_cluster_do_not_shrink_errors(calibrated):
    p, y, cluster = repeated(calibrated, 4)
    once, clustered, blind = (
        calibration_line(*calibrated),
        calibration_line(p, y, cluster=cluster),
        calibration_line(p, y),
    )
    assert clustered.slope == pytest.approx(once.slope, rel=1e-7)
    assert clustered.slope_se == pytest.approx(once.slope_se, rel=1e-6)
    assert blind.slope_se == pytest.approx(once.slope_se / 2.0, rel=1e-2)


def test_certain_forecasts_are_left_out_and_counted_or_floored():
    p, y = [0.0, 1.0, 1.0, 0.3, 0.3, 0.6, 0.6], [0, 1, 0, 0, 1, 0, 1]
    line = calibration_line(p, y)
    assert (line.certain, line.wrong, line.forecasts, line.floored) == (3, 1, 4, 0)
    floored = calibration_line(p, y, floor=0.01)
    assert (floored.certain, floored.wrong, floored.forecasts, floored.floored) == (0, 0, 7, 3)


@pytest.mark.parametrize(
    ("p", "y", "message"),
    [
        ([0.2, 0.3, 0.8], [0, 0, 1], "separate the outcomes"),
        ([0.2, 0.3, 0.8], [1, 1, 0], "separate the outcomes"),
        ([0.2, 0.3, 0.3, 0.8], [0, 0, 1, 1], "separate the outcomes"),
        ([0.2, 0.3], [0, 0], "only outcomes of 0"),
        ([0.2, 0.2, 0.2], [0, 1, 1], "received only 0.2"),
        ([0.0, 1.0], [0, 1], "no forecast strictly between 0 and 1"),
        ([0.2, 1.2], [0, 1], r"probability\[1\]: received 1.2"),
        ([0.2], [0, 1], "received 1 of probability, 2 of outcome"),
    ],
)
def test_lines_that_do_not_exist_are_refused(p, y, message: str):
    with pytest.raises(InvalidInput, match=message):
        calibration_line(p, y)


def test_bad_options_are_named():
    p, y = [0.2, 0.3, 0.6, 0.7], [0, 1, 0, 1]
    with pytest.raises(InvalidInput, match="cluster: received 2; standard errors need at least 3"):
        calibration_line(p, y, cluster=["a", "a", "b", "b"])
    with pytest.raises(InvalidInput, match="level: received 1"):
        calibration_line(p, y, level=1.0)
    with pytest.raises(InvalidInput, match="bins: received 0"):
        calibration_bins(p, y, bins=0)
    with pytest.raises(InvalidInput, match="received 4 of scores, 1 of cluster"):
        isotonic_curve(p, y, cluster=["a"])

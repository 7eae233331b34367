"""PIT and coverage of month forecasts, complete and censored."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import kstest

from bayesmile.errors import InvalidInput
from bayesmile.scoring.coverage import coverage_frame, interval_coverage
from bayesmile.scoring.outcomes import MonthOutcomes, month_outcomes
from bayesmile.scoring.pit_curves import pit_curve
from bayesmile.scoring.transforms import pit_histogram, randomised_pit
from tests.scoring.worlds import draw_cells

PMF = np.array([0.1, 0.2, 0.3, 0.4])
FORECASTS, MONTHS = 4000, 24


def world(rng: np.random.Generator, *, censored: bool, power: float = 1.0):
    """Forecasts and outcomes; a power other than 1 makes the forecasts too sharp or too timid."""
    middle, width = rng.uniform(0, 28, (FORECASTS, 1)), rng.uniform(2, 8, (FORECASTS, 1))
    truth = np.exp(-0.5 * ((np.arange(MONTHS + 1) - middle) / width) ** 2)
    truth /= truth.sum(axis=1, keepdims=True)
    cells = draw_cells(rng, truth)
    through = rng.integers(4, 24, FORECASTS) if censored else np.full(FORECASTS, MONTHS - 1)
    said = truth**power
    seen = np.where(cells <= through, cells, math.nan)
    return said / said.sum(axis=1, keepdims=True), month_outcomes(seen, through=through, months=MONTHS)


def test_pit_by_hand():
    known = MonthOutcomes([0, 2, 3, 0, 2], [0, 2, 3, 1, 3], [2, 2, 2, 2, 1], months=3)
    pit = randomised_pit(np.tile(PMF, (5, 1)), known)
    assert pit.low == pytest.approx([0.0, 0.3, 0.6, 0.0, 0.3])
    assert pit.high == pytest.approx([0.1, 0.6, 1.0, 0.3, 1.0])
    assert pit.exact.tolist() == [True, True, True, False, False]
    assert ((pit.low <= pit.values) & (pit.values <= pit.high)).all()


@pytest.mark.parametrize("censored", [False, True])
def test_pit_of_a_true_model_is_uniform(censored: bool, rng: np.random.Generator):
    pit = randomised_pit(*world(rng, censored=censored), seed=1)
    assert kstest(pit.values, "uniform").pvalue > 0.01
    assert bool(pit.exact.mean() < 0.8) is censored
    histogram = pit_histogram(pit, draws=200)
    assert histogram.height.mean() == pytest.approx(1.0)
    assert histogram.height == pytest.approx(np.ones(10), abs=0.1)
    assert ((histogram.low <= 1.0) & (1.0 <= histogram.high)).mean() >= 0.7


@pytest.mark.parametrize("power", [0.5, 2.0])
def test_pit_of_a_false_model_is_not(power: float, rng: np.random.Generator):
    pit = randomised_pit(*world(rng, censored=False, power=power))
    assert kstest(pit.values, "uniform").pvalue < 1e-6


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_curve_shows_a_fault_that_spreading_unseen_events_hides(power: float, rng: np.random.Generator):
    pit = randomised_pit(*world(rng, censored=True, power=power))
    curve = pit_curve(pit, draws=100)
    assert (curve.exact, curve.censored, curve.left_out) == (pit.exact.sum(), (~pit.exact).sum(), 0)
    fault = np.abs(curve.share - curve.point).max()
    spread = np.abs(np.mean(pit.values[:, None] <= curve.point, axis=0) - curve.point).max()
    inside = (curve.low <= curve.point) & (curve.point <= curve.high)
    if power == 1.0:
        assert fault < 0.04 and inside[1:-1].mean() >= 0.7
    else:
        assert fault > spread > 0.04 and inside[1:-1].mean() < 0.5
    assert curve.frame().shape == (21, 4)


def test_curve_without_censoring_is_the_share_of_values(rng: np.random.Generator):
    pit = randomised_pit(*world(rng, censored=False))
    curve = pit_curve(pit, draws=100)
    assert curve.share == pytest.approx(np.mean(pit.values[:, None] <= curve.point, axis=0), abs=1e-12)


def test_curve_leaves_intervals_out_and_counts_them():
    known = MonthOutcomes([0, 1, 0, 2, 2], [0, 1, 1, 3, 2], [2, 2, 2, 1, 2], months=3)
    curve = pit_curve(randomised_pit(np.tile(PMF, (5, 1)), known), draws=100)
    assert (curve.exact, curve.censored, curve.left_out) == (3, 1, 1)
    with pytest.raises(InvalidInput, match="no event known to one cell"):
        pit_curve(randomised_pit(PMF[None], MonthOutcomes([2], [3], [1], months=3)))


def test_pit_histogram_by_hand_says_what_is_spread():
    known = MonthOutcomes([0, 1], [0, 3], [2, 0], months=3)
    histogram = pit_histogram(randomised_pit(np.tile([0.5, 0.25, 0.0, 0.25], (2, 1)), known), bins=4, draws=100)
    assert histogram.height == pytest.approx([1.0, 1.0, 1.0, 1.0])
    assert histogram.spread == pytest.approx([0.0, 0.0, 1.0, 1.0])
    assert (histogram.exact, histogram.censored) == (1, 1)
    assert histogram.frame().shape == (4, 6)


def test_an_excluded_event_falls_at_one_point_of_the_histogram():
    known = month_outcomes([0, 2, math.inf], through=2, months=3)
    table = np.array([[0.0, 1.0, 0.0, 0.0], [0.6, 0.4, 0.0, 0.0], [0.5, 0.0, 0.5, 0.0]])
    pit = randomised_pit(table, known)
    assert pit.values.tolist() == [0.0, 1.0, 1.0]
    assert pit_histogram(pit, bins=4, draws=100).height == pytest.approx([4 / 3, 0.0, 0.0, 8 / 3])


@pytest.mark.parametrize("censored", [False, True])
def test_intervals_of_a_true_model_cover_as_they_say(censored: bool, rng: np.random.Generator):
    for row in interval_coverage(*world(rng, censored=censored), seed=2):
        error = 4.0 * math.sqrt(row.level * (1.0 - row.level) / FORECASTS)
        assert row.pit == pytest.approx(row.level, abs=error)
        assert row.level <= row.expected
        assert row.low - error <= row.expected <= row.high + error
        assert (row.undetermined > 0) is censored
        assert row.high - row.low == pytest.approx(row.undetermined / FORECASTS)


def test_too_sharp_a_model_covers_too_little(rng: np.random.Generator):
    for row in interval_coverage(*world(rng, censored=False, power=2.0)):
        assert row.pit < row.level - 0.05 and row.high < row.expected - 0.05


def test_coverage_by_hand():
    # The middle half of PMF runs from month 1 to beyond, the middle 10% is month 2.
    known = MonthOutcomes([0, 1, 2, 3], [0, 1, 2, 3], [2, 2, 2, 0], months=3)
    half, tenth = interval_coverage(np.tile(PMF, (4, 1)), known, levels=[0.5, 0.1])
    assert (half.low, half.high, half.undetermined, half.open) == (0.75, 0.75, 0, 1.0)
    assert half.expected == pytest.approx(0.9) and math.isnan(half.width)
    assert (tenth.low, tenth.high, tenth.undetermined, tenth.width) == (0.25, 0.5, 1, 1.0)
    assert coverage_frame([half, tenth])["level"].tolist() == [0.5, 0.1]


def test_seed_repeats_and_order_does_not_matter_where_nothing_is_drawn(rng: np.random.Generator):
    table, known = world(rng, censored=True)
    assert (randomised_pit(table, known, seed=5).values == randomised_pit(table, known, seed=5).values).all()
    assert (randomised_pit(table, known, seed=5).values != randomised_pit(table, known, seed=6).values).any()
    order = rng.permutation(FORECASTS)
    shuffled = MonthOutcomes(known.first[order], known.last[order], known.through[order], months=MONTHS)
    heights = [
        pit_histogram(randomised_pit(t, k), draws=100).height for t, k in ((table, known), (table[order], shuffled))
    ]
    assert heights[0] == pytest.approx(heights[1], abs=1e-12)


def test_bad_options_are_named(rng: np.random.Generator):
    table, known = world(rng, censored=False)
    with pytest.raises(InvalidInput, match=r"level: received 1\.5"):
        interval_coverage(table, known, levels=[1.5])
    with pytest.raises(InvalidInput, match="seed: received -1"):
        randomised_pit(table, known, seed=-1)
    with pytest.raises(InvalidInput, match="bins: received 0"):
        pit_histogram(randomised_pit(table, known), bins=0)

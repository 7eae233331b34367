"""Guidance rows against the worked cases and mpmath."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf
from scipy.special import ndtr

from bayesmile.core import slip

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "evidence_rows.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", [case for case in VECTORS if case["type"] == "guidance"])
def test_rows_match_the_worked_cases(case: dict) -> None:
    expected = np.array([float(value) for value in case["expected"]])
    pmf = np.array([float(value) for value in case["prior_pmf"]])[: case["months"]]
    row = slip.slip_row(case["issued"], case["target"], case["slip_mean"], case["slip_sd"], case["months"])
    np.testing.assert_allclose(row, expected[:-1], rtol=1e-9)
    assert slip.log_mean_from(row, pmf, case["issued"]) == pytest.approx(expected[-1], rel=1e-9)


@pytest.mark.parametrize(("issued", "target"), [(-30, 2), (3, 3), (0, 400), (5, 9)])
def test_both_tails_agree_with_fifty_digits(issued: int, target: int) -> None:
    mean, sd = 0.3, 0.05
    row = slip.slip_row(issued, target, mean, sd, 100)
    with mp.workdps(50):
        for month in (max(issued, 0), 7, 30, 99):
            stated = mp.log(mpf(month) - issued + mpf(1) / 2) - mpf(mean)
            high = (mp.log(target - issued + 1) - stated) / mpf(sd)
            low = (mp.log(target - issued) - stated) / mpf(sd) if target > issued else mpf("-inf")
            exact = (
                mp.log((mp.erfc(low / mp.sqrt(2)) - mp.erfc(high / mp.sqrt(2))) / 2)
                if low > 0
                else mp.log((mp.erfc(-high / mp.sqrt(2)) - mp.erfc(-low / mp.sqrt(2))) / 2)
            )
            assert row[month] == pytest.approx(float(exact), rel=1e-12, abs=1e-12)


def test_the_probabilities_of_every_target_sum_to_one() -> None:
    rows = [slip.slip_row(2, target, 0.4, 0.7, 6) for target in range(2, 5000)]
    np.testing.assert_allclose(np.exp(rows).sum(axis=0)[2:], 1.0, rtol=1e-12)


def test_months_before_the_statement_are_ruled_out() -> None:
    row = slip.slip_row(3, 5, 0.1, 0.5, 6)
    assert np.isneginf(row[:3]).all() and np.isfinite(row[3:]).all()
    assert np.isneginf(slip.slip_row(9, 12, 0.1, 0.5, 6)).all()


def test_beyond_averages_over_the_months_from_the_statement_on() -> None:
    row = np.log([0.9, 0.2, 0.4])
    assert slip.log_mean_from(row, np.array([0.5, 0.1, 0.3]), 1) == pytest.approx(np.log((0.02 + 0.12) / 0.4))
    assert slip.log_mean_from(row, np.array([0.5, 0.1, 0.3]), -7) == pytest.approx(np.log((0.45 + 0.02 + 0.12) / 0.9))


def test_beyond_is_flat_where_no_month_has_mass() -> None:
    row = slip.slip_row(1, 2, 0.1, 0.5, 3)
    assert slip.log_mean_from(row, np.array([1.0, 0.0, 0.0]), 1) == 0.0
    assert slip.log_mean_from(row, np.array([1.0, 0.0, 0.0]), 8) == 0.0


def test_beyond_keeps_means_that_underflow() -> None:
    row = np.array([-5000.0, -5001.0])
    assert slip.log_mean_from(row, np.array([0.5, 0.5]), 0) == pytest.approx(-5000 + np.log((1 + np.exp(-1)) / 2))


def test_extreme_slips_stay_silent() -> None:
    for sd in (1e-300, 1e-9, 1e9, 1e300):
        for mean in (-1e300, -50.0, 0.0, 50.0, 1e300):
            for target in (0, 3, 10**6):
                assert not np.isnan(slip.slip_row(0, target, mean, sd, 6)).any()


def test_a_batch_of_draws_is_the_same_as_one_by_one(rng: np.random.Generator) -> None:
    mean, sd, pmf = rng.normal(0, 1, 3), rng.uniform(0.1, 2, 3), rng.dirichlet(np.ones(9), 3)
    rows = slip.slip_row(2, 5, mean, sd, 8)
    assert rows.shape == (3, 8)
    beyond = slip.log_mean_from(rows, pmf[:, :8], 2)
    for k in range(3):
        alone = slip.slip_row(2, 5, mean[k], sd[k], 8)
        np.testing.assert_array_equal(rows[k], alone)
        assert beyond[k] == slip.log_mean_from(alone, pmf[k, :8], 2)


# Targets that are met exactly.


def test_a_row_with_targets_met_exactly_is_the_mixture() -> None:
    row = slip.slip_row(2, 5, 0.3, 0.6, 9)
    mixed = slip.slip_row(2, 5, 0.3, 0.6, 9, on_time=0.23)
    expected = 0.77 * np.exp(row) + 0.23 * (np.arange(9) == 5)
    np.testing.assert_allclose(np.exp(mixed), expected, rtol=1e-14)
    assert np.isneginf(mixed[:2]).all()


def test_without_targets_met_exactly_the_row_is_the_same_to_the_bit() -> None:
    mean, sd = np.array([0.3, -0.1]), np.array([0.6, 0.2])
    row = slip.slip_row(-3, 4, mean, sd, 9)
    np.testing.assert_array_equal(row, slip.slip_row(-3, 4, mean, sd, 9, on_time=0.0))
    for plain, other in zip(
        slip.slip_slopes(-3, 4, mean, sd, row), slip.slip_slopes(-3, 4, mean, sd, row, on_time=0.0), strict=True
    ):
        np.testing.assert_array_equal(plain, other)


@given(
    mean=st.floats(-0.5, 1.0),
    sd=st.floats(0.05, 1.0),
    on_time=st.floats(0.0, 1.0),
    issued=st.integers(-20, 5),
    targets=st.integers(1, 40),
)
def test_whatever_the_share_the_probabilities_of_the_targets_add_up(
    mean: float, sd: float, on_time: float, issued: int, targets: int
) -> None:
    """Of the first so many targets, to that of any of them: the normal law telescopes. Over all, this tends to one."""
    rows = [slip.slip_row(issued, issued + ahead, mean, sd, 6, on_time=on_time) for ahead in range(targets)]
    lead = np.arange(max(issued, 0), 6) - issued
    within = ndtr((np.log(targets) - np.log(lead + 0.5) + mean) / sd)
    expected = on_time * (lead < targets) + (1.0 - on_time) * within
    np.testing.assert_allclose(np.exp(rows).sum(axis=0)[max(issued, 0) :], expected, rtol=1e-9, atol=1e-12)


@given(issued=st.integers(-5, 7), lead=st.integers(0, 12), mean=st.floats(-1, 1), sd=st.floats(0.01, 2.0))
def test_where_every_target_is_met_only_its_month_is_possible(issued: int, lead: int, mean: float, sd: float) -> None:
    row = slip.slip_row(issued, issued + lead, mean, sd, 8, on_time=1.0)
    np.testing.assert_array_equal(row, np.where(np.arange(8) == issued + lead, 0.0, -np.inf))
    for slope in slip.slip_slopes(issued, issued + lead, np.array(mean), np.array(sd), row, on_time=1.0):
        np.testing.assert_array_equal(slope, 0.0)


def test_a_target_off_the_grid_is_met_in_no_month_of_it() -> None:
    plain, mixed = (slip.slip_row(0, 40, 0.2, 0.4, 6, on_time=share) for share in (0.0, 0.3))
    np.testing.assert_allclose(mixed, plain + np.log(0.7), rtol=1e-14)


@given(
    mean=st.floats(-0.4, 0.8),
    sd=st.floats(0.2, 1.2),
    on_time=st.sampled_from([0.0, 0.01, 0.23, 0.9]),
    issued=st.integers(-4, 3),
    lead=st.integers(0, 9),
)
def test_slopes_equal_differences(mean: float, sd: float, on_time: float, issued: int, lead: int) -> None:
    def row(mean: float, sd: float) -> np.ndarray:
        return slip.slip_row(issued, issued + lead, mean, sd, 10, on_time=on_time)[max(issued, 0) :]

    step, whole = 1e-5, slip.slip_row(issued, issued + lead, mean, sd, 10, on_time=on_time)
    found = slip.slip_slopes(issued, issued + lead, np.array(mean), np.array(sd), whole, on_time=on_time)
    expected = (
        (row(mean + step, sd) - row(mean - step, sd)) / (2 * step),
        (row(mean, sd + step) - row(mean, sd - step)) / (2 * step),
    )
    for slope, difference in zip(found, expected, strict=True):
        np.testing.assert_allclose(slope[max(issued, 0) :], difference, rtol=1e-5, atol=1e-5)

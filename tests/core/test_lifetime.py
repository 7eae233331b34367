"""Delay laws against mpmath at 50 digits, the worked cases and their own sums."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from bayesmile.core import lifetime

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "evidence_rows.json").read_text(encoding="utf-8"))
LAWS = {
    "lognormal": lifetime.lognormal_log_delay,
    "gamma": lifetime.gamma_log_delay,
    "weibull": lifetime.weibull_log_delay,
    "loglogistic": lifetime.loglogistic_log_delay,
}
Tails = tuple[Callable[[mpf], mpf], Callable[[mpf], mpf]]


def lognormal_tails(median: float, sigma: float) -> Tails:
    def cdf(x: mpf, sign: int = 1) -> mpf:
        return mp.erfc(-sign * (mp.log(x) - mp.log(mpf(median))) / mpf(sigma) / mp.sqrt(2)) / 2

    return cdf, lambda x: cdf(x, -1)


def weibull_tails(median: float, shape: float) -> Tails:
    def hazard(x: mpf) -> mpf:
        return mp.log(2) * (x / mpf(median)) ** mpf(shape)

    return lambda x: -mp.expm1(-hazard(x)), lambda x: mp.exp(-hazard(x))


def loglogistic_tails(median: float, shape: float) -> Tails:
    def odds(x: mpf) -> mpf:
        return (x / mpf(median)) ** mpf(shape)

    return lambda x: odds(x) / (1 + odds(x)), lambda x: 1 / (1 + odds(x))


def gamma_tails(mean: float, sd: float) -> Tails:
    shape, rate = (mpf(mean) / mpf(sd)) ** 2, mpf(mean) / mpf(sd) ** 2

    def cdf(x: mpf) -> mpf:
        term, total, n = mpf(1), mpf(1), 0
        while term > total * mpf(10) ** -(mp.dps):
            n += 1
            term *= x * rate / (shape + n)
            total += term
        return mp.exp(shape * mp.log(x * rate) - x * rate - mp.loggamma(shape + 1)) * total

    return cdf, lambda x: mp.gammainc(shape, x * rate, regularized=True)


TAILS = {
    "lognormal": lognormal_tails,
    "gamma": gamma_tails,
    "weibull": weibull_tails,
    "loglogistic": loglogistic_tails,
}


@pytest.mark.parametrize("has_parents", [False, True])
@pytest.mark.parametrize(
    ("law", "first", "second"),
    [
        ("lognormal", 1.0, 0.05),  # log pmf down to -4,500 above the median
        ("lognormal", 120.0, 0.05),  # and below it
        ("lognormal", 5000.0, 0.03),  # -40,000
        ("lognormal", 24.0, 0.5),
        ("lognormal", 3.0, 5.0),
        ("weibull", 1.0, 3.0),
        ("weibull", 1e4, 100.0),
        ("weibull", 30.0, 0.5),
        ("loglogistic", 1.0, 50.0),
        ("loglogistic", 300.0, 12.0),
        ("loglogistic", 30.0, 0.5),
        ("gamma", 24.0, 12.0),
        ("gamma", 12.0, 2.0),
        ("gamma", 60.0, 3.0),  # both series of the far tails
        ("gamma", 24.0, 0.5),
        ("gamma", 90.0, 0.7),  # the continued fraction where it converges slowly
        ("gamma", 5.0, 20.0),
        ("gamma", 1.0, 1e3),
    ],
)
def test_both_tails_agree_with_fifty_digits(law: str, first: float, second: float, has_parents: bool) -> None:
    cdf, survival = TAILS[law](first, second)
    log_pmf, log_survival = LAWS[law](first, second, 0.0, 120, has_parents)
    with mp.workdps(50):
        half = mpf(1) / 2 if has_parents else 0
        for month in (0, 1, 2, 5, 11, 23, 24, 59, 60, 90, 119):
            below, above = month - half, month + 1 - half
            lower = cdf(below) if below > 0 else mpf(0)
            if cdf(above) < 0.5:
                exact = cdf(above) - lower
            else:
                exact = (survival(below) if below > 0 else mpf(1)) - survival(above)
            assert log_pmf[month] == pytest.approx(float(mp.log(exact)), rel=1e-12, abs=1e-12)
            assert log_survival[month] == pytest.approx(float(mp.log(survival(above))), rel=1e-12, abs=1e-12)


def test_gamma_far_below_a_sharp_mean_agrees_with_fifty_digits() -> None:
    # the lower series where gammainc underflows, at a shape of 250,000
    log_pmf, _ = lifetime.gamma_log_delay(100.0, 0.2, 0.0, 120, False)
    with mp.workdps(50):
        cdf, _ = gamma_tails(100.0, 0.2)
        for month in (0, 50, 90, 95):
            exact = mp.log(cdf(mpf(month + 1)) - (cdf(mpf(month)) if month else 0))
            assert log_pmf[month] == pytest.approx(float(exact), rel=1e-13)


@pytest.mark.parametrize("case", [case for case in VECTORS if case["type"] == "lognormal_delay"])
def test_lognormal_matches_the_worked_cases(case: dict) -> None:
    arguments = (case["median"], case["sigma"], case["never"], case["months"])
    expected = case["expected"]
    for has_parents, pmf, beyond in ((False, "root_pmf", "root_beyond"), (True, "child_pmf", "child_beyond_from_0")):
        log_pmf, log_survival = lifetime.lognormal_log_delay(*arguments, has_parents)
        np.testing.assert_allclose(np.exp(log_pmf), expected[pmf], rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(np.exp(log_survival[-1]), expected[beyond], rtol=1e-9)


scales, spreads = st.floats(0.05, 1e3), st.floats(0.05, 20.0)
never_masses = st.one_of(st.just(0.0), st.just(1.0), st.floats(1e-12, 1.0))


@given(st.sampled_from(sorted(LAWS)), scales, spreads, never_masses, st.integers(1, 150), st.booleans())
def test_months_and_the_mass_after_them_sum_to_one(
    law: str, first: float, second: float, never: float, months: int, has_parents: bool
) -> None:
    log_pmf, log_survival = LAWS[law](first, second, never, months, has_parents)
    assert np.exp(log_pmf).sum() + np.exp(log_survival[-1]) == pytest.approx(1.0, rel=1e-12)
    assert log_survival[-1] >= np.log(never) - 1e-12 if never else True


@given(st.sampled_from(sorted(LAWS)), scales, spreads, never_masses, st.booleans())
def test_survival_is_the_sum_of_the_later_months(
    law: str, first: float, second: float, never: float, has_parents: bool
) -> None:
    log_pmf, log_survival = LAWS[law](first, second, never, 60, has_parents)
    backwards = np.logaddexp.accumulate(np.append(log_pmf[1:], log_survival[-1])[::-1])[::-1]
    np.testing.assert_allclose(log_survival, backwards, rtol=1e-10, atol=1e-11)


def test_parents_move_the_edges_half_a_month() -> None:
    _, root = lifetime.lognormal_log_delay(9.0, 0.5, 0.0, 20, False)
    _, child = lifetime.lognormal_log_delay(9.0, 0.5, 0.0, 20, True)
    with mp.workdps(30):
        survival = lognormal_tails(9.0, 0.5)[1]
        assert root[7] == pytest.approx(float(mp.log(survival(mpf(8)))), rel=1e-13)
        assert child[7] == pytest.approx(float(mp.log(survival(mpf("7.5")))), rel=1e-13)


@pytest.mark.parametrize("law", sorted(LAWS))
def test_a_batch_of_draws_is_the_same_as_one_by_one(law: str, rng: np.random.Generator) -> None:
    first, second, never = rng.uniform(1, 60, (3, 2)), rng.uniform(0.2, 4, (3, 2)), rng.uniform(0, 1, (3, 2))
    log_pmf, log_survival = LAWS[law](first, second, never, 40, True)
    assert log_pmf.shape == log_survival.shape == (3, 2, 40)
    for at in np.ndindex(3, 2):
        alone = LAWS[law](float(first[at]), float(second[at]), float(never[at]), 40, True)
        np.testing.assert_allclose(log_pmf[at], alone[0], rtol=1e-13)
        np.testing.assert_allclose(log_survival[at], alone[1], rtol=1e-13)


@pytest.mark.parametrize("law", sorted(LAWS))
def test_each_parameter_may_be_the_only_batch(law: str) -> None:
    alone = LAWS[law](9.0, 2.0, 0.25, 20, True)
    for at in range(3):
        arguments = [np.full(4, value) if k == at else value for k, value in enumerate((9.0, 2.0, 0.25))]
        for batch, single in zip(LAWS[law](*arguments, 20, True), alone, strict=True):
            np.testing.assert_allclose(np.broadcast_to(batch, (4, 20)), np.broadcast_to(single, (4, 20)), rtol=1e-13)


EXTREMES = [1e-300, 1e-30, 1e-6, 0.3, 1.0, 24.0, 1e4, 1e30, 1e300]


@pytest.mark.parametrize("law", sorted(LAWS))
def test_extreme_parameters_stay_exact_and_silent(law: str) -> None:
    for first in EXTREMES:
        for second in EXTREMES:
            if law == "gamma" and not 1e-4 <= second / first <= 1e4:
                continue  # refused by Gamma
            for never in (0.0, 1e-20, 1.0):
                log_pmf, log_survival = LAWS[law](first, second, never, 30, True)
                assert not np.isnan(log_pmf).any() and not np.isnan(log_survival).any()
                assert np.exp(log_pmf).sum() + np.exp(log_survival[-1]) == pytest.approx(1.0, rel=1e-11)


def test_tabulated_survival_is_a_tail_sum_not_one_minus_a_sum() -> None:
    pmf = np.array([1.0 - 1e-17, 1e-17, 0.0, 1e-300])
    log_pmf, log_survival = lifetime.tabulated_log_delay(pmf, 0.0, 2)
    assert log_pmf[1] == pytest.approx(np.log(1e-17))
    assert log_survival[0] == pytest.approx(np.log(1e-17))
    assert log_survival[1] == pytest.approx(np.log(1e-300))


def test_tabulated_shorter_than_the_grid_is_padded_with_never() -> None:
    log_pmf, log_survival = lifetime.tabulated_log_delay(np.array([0.25]), 0.75, 3)
    assert np.exp(log_pmf).tolist() == [0.25, 0.0, 0.0]
    np.testing.assert_allclose(np.exp(log_survival), [0.75, 0.75, 0.75])


@given(st.floats(-50, 50), st.floats(1e-6, 50))
def test_normal_intervals_are_symmetric(lower: float, width: float) -> None:
    low, high = np.array([lower]), np.array([lower + width])
    right = lifetime.log_normal_interval(low, high)
    left = lifetime.log_normal_interval(-high, -low)
    np.testing.assert_allclose(right, left, rtol=1e-9, atol=1e-12)

"""Curves from a centre and a 90% interval: they keep the centre, hold 90% inside, and move with their numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from bayesmile import InvalidInput, Prior
from bayesmile.elicitation import Law

LAWS = [
    Prior("lognormal", 1.2, 0.7),
    Prior("normal", -0.3, 0.4),
    Prior("beta", 2.5, 14.0),
    Prior("gamma", 4.0, 4.0),
]


def frozen(prior: Prior) -> stats.rv_continuous:
    """Return the same curve by scipy.stats."""
    first, second = prior.first, prior.second
    return {
        "lognormal": lambda: stats.lognorm(second, scale=math.exp(first)),
        "normal": lambda: stats.norm(first, second),
        "beta": lambda: stats.beta(first, second),
        "gamma": lambda: stats.gamma(first, scale=1.0 / second),
    }[prior.law]()


def inside(prior: Prior) -> float:
    """Probability of the stated interval."""
    assert prior.stated is not None
    _, low, high = prior.stated
    return float(frozen(prior).cdf(high) - frozen(prior).cdf(low))


# Fits.

reach = st.floats(0.01, 3.0)


@given(median=st.floats(1e-3, 1e3), width=reach)
def test_a_lognormal_meets_an_interval_of_equal_ratios(median: float, width: float) -> None:
    low, high = median * math.exp(-width), median * math.exp(width)
    prior = Prior.lognormal(median, low, high)
    assert prior.quantile([0.05, 0.5, 0.95]) == pytest.approx([low, median, high], rel=1e-9)
    assert prior.misfit == pytest.approx(0.0, abs=1e-8)
    assert prior.stated == (median, low, high)


@given(median=st.floats(-10.0, 10.0), width=reach)
def test_a_normal_meets_an_interval_of_equal_differences(median: float, width: float) -> None:
    prior = Prior.normal(median, median - width, median + width)
    assert prior.quantile([0.05, 0.5, 0.95]) == pytest.approx([median - width, median, median + width], abs=1e-9)
    assert prior.misfit == pytest.approx(0.0, abs=1e-8)


@given(median=st.floats(1e-3, 1e3), below=reach, above=reach)
def test_a_lopsided_interval_keeps_the_median_and_holds_nine_tenths(median: float, below: float, above: float) -> None:
    for prior in (
        Prior.lognormal(median, median * math.exp(-below), median * math.exp(above)),
        Prior.normal(median, median - below, median + above),
    ):
        assert prior.quantile(0.5) == pytest.approx(median, rel=1e-12)
        assert inside(prior) == pytest.approx(0.9, abs=1e-9)


def test_misfit_is_a_share_of_the_interval_on_the_scale_of_the_fit() -> None:
    months, share = Prior.lognormal(12, 11, 36), Prior.beta(0.04, 0.01, 0.2)
    assert months.misfit == pytest.approx(math.log(36 / months.quantile(0.95)) / math.log(36 / 11), rel=1e-12)
    assert share.misfit == pytest.approx((0.2 - share.quantile(0.95)) / 0.19, rel=1e-12)
    assert Prior.normal(0.0, -1.0, 3.0).misfit == pytest.approx(0.45, abs=0.05)


@given(mean=st.floats(0.01, 0.99), below=st.floats(0.05, 0.95), above=st.floats(0.05, 0.95))
def test_a_beta_keeps_the_mean_and_holds_nine_tenths(mean: float, below: float, above: float) -> None:
    low, high = mean * (1.0 - below), mean + (1.0 - mean) * above
    try:
        prior = Prior.beta(mean, low, high)
    except InvalidInput as error:
        assert "one peak" in str(error)
        widest = 1.0 / min(mean, 1.0 - mean)  # concentration of the widest curve with one peak
        flat = stats.beta(mean * widest, (1.0 - mean) * widest)
        assert flat.cdf(high) - flat.cdf(low) > 0.9
        return
    assert prior.mean == pytest.approx(mean, rel=1e-12)
    assert min(prior.first, prior.second) >= 1.0 - 1e-9
    assert inside(prior) == pytest.approx(0.9, abs=1e-9)


@given(concentration=st.floats(5.0, 500.0), mean=st.floats(0.25, 0.75))
def test_a_beta_with_the_quantiles_of_a_beta_is_that_beta(concentration: float, mean: float) -> None:
    truth = stats.beta(mean * concentration, (1.0 - mean) * concentration)
    prior = Prior.beta(mean, *truth.ppf([0.05, 0.95]))
    assert prior.first + prior.second == pytest.approx(concentration, rel=1e-6)
    assert prior.misfit < 1e-6


@given(median=st.floats(0.1, 100.0), below=reach, above=reach, factor=st.floats(1e-3, 1e3))
def test_units_do_not_matter(median: float, below: float, above: float, factor: float) -> None:
    low, high = median * math.exp(-below), median * math.exp(above)
    months, other = Prior.lognormal(median, low, high), Prior.lognormal(factor * median, factor * low, factor * high)
    assert other.second == pytest.approx(months.second, rel=1e-9)
    assert other.mean == pytest.approx(factor * months.mean, rel=1e-9)
    assert other.misfit == pytest.approx(months.misfit, abs=1e-9)


@given(median=st.floats(-5.0, 5.0), below=reach, above=reach, shift=st.floats(-10.0, 10.0))
def test_a_shift_moves_a_normal_and_no_more(median: float, below: float, above: float, shift: float) -> None:
    here = Prior.normal(median, median - below, median + above)
    there = Prior.normal(median + shift, median - below + shift, median + above + shift)
    assert there.second == pytest.approx(here.second, rel=1e-6)
    assert there.quantile(0.95) == pytest.approx(here.quantile(0.95) + shift, abs=1e-6)


@given(mean=st.floats(0.05, 0.95), below=st.floats(0.05, 0.6), above=st.floats(0.05, 0.6))
def test_yes_and_no_are_mirror_images(mean: float, below: float, above: float) -> None:
    low, high = mean * (1.0 - below), mean + (1.0 - mean) * above
    try:
        yes = Prior.beta(mean, low, high)
    except InvalidInput:
        assume(False)
    no = Prior.beta(1.0 - mean, 1.0 - high, 1.0 - low)
    assert (no.first, no.second) == pytest.approx((yes.second, yes.first), rel=1e-6)


def test_a_gamma_has_its_shape_and_mean() -> None:
    prior = Prior.gamma(4, mean=1.5)
    assert (prior.law, prior.first, prior.mean) == ("gamma", 4.0, 1.5)
    assert prior.sd == pytest.approx(1.5 / 2.0)
    assert prior.stated is None and prior.misfit == 0.0


# Curves.


@pytest.mark.parametrize("prior", LAWS, ids=lambda prior: prior.law)
def test_moments_quantiles_and_densities_are_those_of_scipy(prior: Prior) -> None:
    other = frozen(prior)
    assert (prior.mean, prior.sd) == pytest.approx((other.mean(), other.std()), rel=1e-12)
    levels = np.array([[0.01, 0.05, 0.3], [0.5, 0.95, 0.999]])
    np.testing.assert_allclose(prior.quantile(levels), other.ppf(levels), rtol=1e-9)
    points = np.array([-1.0, 0.0, 0.01, 0.2, 0.9, 1.0, 3.0])
    np.testing.assert_allclose(prior.log_density(points), other.logpdf(points), rtol=1e-10)
    assert prior.interval(0.5) == pytest.approx(tuple(other.ppf([0.25, 0.75])), rel=1e-9)


@pytest.mark.parametrize("prior", LAWS, ids=lambda prior: prior.law)
def test_draws_follow_the_curve(prior: Prior, rng: np.random.Generator) -> None:
    draws = prior.sample((50, 80), rng)
    assert draws.shape == (50, 80)
    assert stats.kstest(draws.ravel(), frozen(prior).cdf).pvalue > 1e-3
    assert np.array_equal(prior.sample(5, np.random.default_rng(1)), prior.sample(5, np.random.default_rng(1)))


def test_quantile_of_one_level_is_a_plain_number() -> None:
    assert type(Prior.beta(0.3, 0.1, 0.5).quantile(0.5)) is float
    assert Prior.gamma(2, 1).quantile([0.0, 1.0]).tolist() == [0.0, math.inf]


@pytest.mark.parametrize(
    ("prior", "says"),
    [
        (Prior.lognormal(54, 34, 86), "log-normal with median 54, 90% between 34 and 85.9 (mean 56.2)"),
        (Prior.normal(0.2, -0.1, 0.5), "normal with median 0.2, 90% between -0.1 and 0.5"),
        (
            Prior.lognormal(12, 11, 36),
            "log-normal with median 12, 90% between 10.7 and 13.4 for a stated 11 to 36 (mean 12)",
        ),
        (Prior.gamma(4, 1), "gamma with mean 1, 90% between 0.342 and 1.94 (median 0.918)"),
    ],
)
def test_a_curve_describes_itself(prior: Prior, says: str) -> None:
    assert prior.describe() == says


# Refusals.


@pytest.mark.parametrize("make", [Prior.lognormal, Prior.normal, Prior.beta], ids=lambda make: make.__name__)
@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ((0.5, 0.7, 0.3), "0.7 to 0.3, whose ends are reversed"),
        ((0.5, 0.5, 0.5), "0.5 to 0.5, whose ends are equal"),
        ((0.2, 0.3, 0.7), r"centre 0.2 and 90% interval 0.3 to 0.7; allowed is an interval that holds its centre"),
        ((0.8, 0.3, 0.7), "centre 0.8"),
        ((0.3, 0.3, 0.7), "holds its centre"),
        ((math.nan, 0.3, 0.7), "received nan; allowed is a finite number"),
        ((0.5, -math.inf, 0.7), "low: received -inf"),
        ((0.5, 0.3, math.inf), "high: received inf"),
        (("0.5", 0.3, 0.7), "received '0.5'"),
        ((True, 0.3, 1.7), "received True"),
    ],
)
def test_intervals_that_are_none_are_refused(make: object, numbers: tuple[float, float, float], says: str) -> None:
    assert callable(make)
    with pytest.raises(InvalidInput, match=says):
        make(*numbers)


@pytest.mark.parametrize("low", [0.0, -1.0])
def test_a_lognormal_needs_a_positive_low_end(low: float) -> None:
    with pytest.raises(InvalidInput, match=r"log-normal prior, low: received -?[01]; allowed is a number above 0"):
        Prior.lognormal(2.0, low, 4.0)


@pytest.mark.parametrize("ends", [(0.0, 0.5), (0.1, 1.0), (-0.1, 0.5), (0.1, 1.1)])
def test_a_beta_needs_its_interval_inside_0_and_1(ends: tuple[float, float]) -> None:
    with pytest.raises(InvalidInput, match="above 0 and below 1"):
        Prior.beta(0.3, *ends)


def test_a_beta_too_wide_or_too_narrow_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"no beta with one peak has that mean and 10% outside.*narrower"):
        Prior.beta(0.5, 0.01, 0.99)
    with pytest.raises(InvalidInput, match="allowed are ends at least 5e-06 from the mean"):
        Prior.beta(0.5, 0.5 - 1e-7, 0.6)
    narrow = Prior.beta(0.5, 0.4999, 0.5001)
    assert narrow.quantile(0.95) == pytest.approx(0.5001, rel=1e-9)


@pytest.mark.parametrize(
    ("law", "first", "second", "says"),
    [
        ("cauchy", 0.0, 1.0, "Prior law: received 'cauchy'; allowed: lognormal, normal, beta, gamma"),
        ("normal", 0.0, 0.0, "Prior second"),
        ("lognormal", math.inf, 1.0, "Prior first"),
        ("beta", 0.0, 1.0, "Prior first"),
        ("gamma", 1.0, -1.0, "Prior second"),
    ],
)
def test_curves_that_are_none_are_refused(law: Law, first: float, second: float, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        Prior(law, first, second)


def test_levels_outside_0_and_1_are_refused() -> None:
    for level in (-0.1, 1.1, math.nan):
        with pytest.raises(InvalidInput, match="quantile q"):
            LAWS[0].quantile([0.5, level])
    with pytest.raises(InvalidInput):
        LAWS[0].interval(1.2)


def test_a_gamma_needs_positive_numbers() -> None:
    with pytest.raises(InvalidInput, match="gamma prior, shape"):
        Prior.gamma(0, 1)
    with pytest.raises(InvalidInput, match="gamma prior, mean"):
        Prior.gamma(4, -1)


# PreliZ.


@dataclass
class LogNormal:
    """Stands for ``preliz.LogNormal``: the same name and the same attributes."""

    mu: float | None = None
    sigma: float | None = None


@dataclass
class Uniform:
    """Stands for a law that has no place here."""

    lower: float = 0.0


def test_a_preliz_curve_is_read_by_name() -> None:
    assert Prior.from_preliz(LogNormal(1.0, 0.5)) == Prior("lognormal", 1.0, 0.5)
    with pytest.raises(InvalidInput, match="PreliZ LogNormal: received None"):
        Prior.from_preliz(LogNormal())
    with pytest.raises(InvalidInput, match="received Uniform; allowed: Normal, LogNormal, Beta, Gamma"):
        Prior.from_preliz(Uniform())


def test_curves_of_preliz_itself() -> None:
    preliz = pytest.importorskip("preliz", reason="the extra `elicit` is not installed")
    for dist in (preliz.Normal(0.3, 0.2), preliz.LogNormal(1.0, 0.5), preliz.Beta(2.0, 5.0), preliz.Gamma(4.0, 3.0)):
        prior = Prior.from_preliz(dist)
        np.testing.assert_allclose(prior.quantile([0.05, 0.5, 0.95]), dist.ppf(np.array([0.05, 0.5, 0.95])), rtol=1e-6)

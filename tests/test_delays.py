"""Delay classes: what they refuse, and that the shell passes its fields on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesmile.core import lifetime
from bayesmile.delays import Delay, Gamma, LogLogistic, LogNormal, Tabulated, Weibull
from bayesmile.errors import InvalidInput

LAWS = [LogNormal, Gamma, Weibull, LogLogistic]


@pytest.mark.parametrize(
    ("law", "core"),
    [
        (LogNormal, lifetime.lognormal_log_delay),
        (Gamma, lifetime.gamma_log_delay),
        (Weibull, lifetime.weibull_log_delay),
        (LogLogistic, lifetime.loglogistic_log_delay),
    ],
)
def test_each_class_is_its_law(law: type, core: object) -> None:
    for has_parents in (False, True):
        ours, expected = law(9, 2, 0.125).log_delay(24, has_parents), core(9.0, 2.0, 0.125, 24, has_parents)
        np.testing.assert_array_equal(ours[0], expected[0])
        np.testing.assert_array_equal(ours[1], expected[1])


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("bad", [0, -1.0, math.nan, math.inf, "12", None, True])
def test_a_bad_parameter_is_named(law: type, bad: object) -> None:
    with pytest.raises(InvalidInput, match=f"{law.__name__} (mean|median): received"):
        law(bad, 1.0)
    with pytest.raises(InvalidInput, match=f"{law.__name__} (sd|sigma|shape): received"):
        law(12.0, bad)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan, "0"])
def test_never_must_be_a_probability(law: type, bad: object) -> None:
    with pytest.raises(InvalidInput, match=f"{law.__name__} never: received"):
        law(12.0, 1.0, bad)


def test_a_gamma_too_sharp_for_its_tails_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Gamma sd: received 1e-05 for mean 12"):
        Gamma(mean=12, sd=1e-5)


@pytest.mark.parametrize("law", [*LAWS, Tabulated])
def test_every_law_is_a_delay(law: type) -> None:
    assert isinstance(Tabulated([1.0]) if law is Tabulated else law(12, 1), Delay)


@given(st.sampled_from(LAWS), st.floats(1, 50), st.floats(0.2, 5), st.floats(0, 0.9), st.floats(0.001, 0.999))
def test_quantiles_invert_the_law(law: type, first: float, second: float, never: float, q: float) -> None:
    delay = law(first, second, never)
    months = delay.quantile(q)
    if q >= 1 - never:
        assert months == math.inf
        return
    _, log_survival = delay.log_delay(max(math.ceil(min(months, 1e4)), 1), False)
    survival = np.exp(np.append(0.0, log_survival))
    if months < 1e4:
        assert survival[math.ceil(months)] <= 1 - q + 1e-9
        assert survival[math.floor(months)] >= 1 - q - 1e-9


@pytest.mark.parametrize("law", LAWS)
def test_quantiles_at_the_ends(law: type) -> None:
    assert law(12, 2).quantile(0) == 0.0
    assert law(12, 2).quantile(1) == math.inf
    assert law(12, 2, 1.0).quantile(0.5) == math.inf
    with pytest.raises(InvalidInput, match=r"quantile q: received 1\.5"):
        law(12, 2).quantile(1.5)


def test_a_quantile_too_large_for_a_float_is_infinite() -> None:
    assert LogNormal(1e300, 1e3).quantile(0.999) == math.inf


@pytest.mark.parametrize("pmf", [[], [0.7, 0.7], [-0.1, 0.5], [math.nan], ["a"]])
def test_a_bad_table_is_refused(pmf: list) -> None:
    with pytest.raises(InvalidInput, match="Tabulated pmf"):
        Tabulated(pmf)


def test_missing_mass_is_never_unless_it_is_rounding() -> None:
    assert Tabulated([0.5, 0.3]).never == pytest.approx(0.2)
    tenths = Tabulated([0.1] * 10)
    assert tenths.never == 0.0
    assert np.isneginf(tenths.log_delay(10, True)[1][-1])
    assert Tabulated([0.5, 0.5 - 9e-13]).never == 0.0
    assert Tabulated([0.5, 0.5 - 2e-12]).never > 0.0


def test_a_table_longer_than_the_grid_leaves_its_rest_beyond() -> None:
    log_pmf, log_survival = Tabulated(np.full(4, 0.25)).log_delay(3, False)
    assert np.exp(log_pmf).tolist() == [0.25, 0.25, 0.25]
    assert np.exp(log_survival).tolist() == [0.75, 0.5, 0.25]


def test_delays_compare_and_hash_by_value() -> None:
    assert len({LogNormal(12, 1), LogNormal(12.0, 1.0), Tabulated([0.5]), Tabulated(np.array([0.5]))}) == 2


@pytest.mark.parametrize("pmf", [0.5, np.array(0.5), None, "0.5"])
def test_a_table_is_a_sequence(pmf: object) -> None:
    with pytest.raises(InvalidInput, match=r"Tabulated pmf: received .*; allowed is a sequence of probabilities"):
        Tabulated(pmf)

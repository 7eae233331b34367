"""Densities: what is no law is named, what is one is compared with success, failure and the quotes."""

from __future__ import annotations

import importlib.util
import math
import sys
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from bayesmile.errors import InvalidInput
from bayesmile.market import TwoState
from bayesmile.options.comparing import Sides, compare_density, least_downside, sweep
from bayesmile.options.density import Density, check_density
from bayesmile.options.library import NoFit, library_density
from bayesmile.options.mixtures import Mixture, match_density
from bayesmile.options.quote_fits import fit_quotes
from bayesmile.options.quotes import Chain, Quote
from tests.options.chains import DAY, EXPIRY, checked, from_atoms, quoted

LAW = Mixture(weight=0.35, failure=28.0, success=55.0, failure_spread=0.25, success_spread=0.03)
STRIKES = [15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 45.0, 50.0, 55.0, 60.0, 70.0]


def chain_of(law: Mixture, width: float, *, kinds: tuple[str, ...] = ("call", "put")) -> Chain:
    quotes = [Quote(kind=kind, strike=strike) for kind in kinds for strike in STRIKES]
    made = quoted(law.worth(quotes).tolist(), [q.kind for q in quotes], [q.strike for q in quotes], width)
    return Chain(name="X", quotes=made, spot=law.mean, quote_date=DAY, expiry=EXPIRY)


class Bent:
    """A law with one fault."""

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def prob_above(self, price: float) -> float:
        above = LAW.prob_above(price)
        if self.fault == "rise" and price > 40.0:
            return above + 0.2
        if self.fault == "above one" and price < 10.0:
            return 1.2
        return math.nan if self.fault == "nan" and price > 40.0 else above

    def quantile(self, q: float) -> float:
        if self.fault == "falls" and q > 0.5:
            return 10.0
        if self.fault == "not a number":
            return math.nan
        return LAW.quantile(q) + (4.0 if self.fault == "shift" else 0.0)


def test_mixture_is_a_density_with_the_mean_of_its_parts():
    check = check_density(LAW, forward=LAW.mean)
    assert isinstance(LAW, Density) and check.sound
    assert check.mean == pytest.approx(0.65 * 28.0 + 0.35 * 55.0, rel=1e-4)
    area, _ = integrate.quad(LAW.prob_above, 0.0, 200.0, limit=400, points=[28.0, 55.0])
    assert check.mean == pytest.approx(area, rel=1e-4)


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("rise", "order: prob_above rises by 0.2"),
        ("above one", "range: prob_above"),
        ("nan", "prob_above: not every answer"),
        ("falls", "order: quantile falls"),
        ("not a number", "quantile: not every answer"),
        ("shift", "inverse: quantile"),
    ],
)
def test_each_fault_is_named(fault: str, named: str):
    assert any(text.startswith(named) for text in check_density(Bent(fault)).failures)


def test_wrong_mean_is_named():
    assert check_density(LAW, forward=50.0).failures == ("mean: 37.45 where the forward is 50",)


def test_what_is_no_density_is_refused():
    with pytest.raises(InvalidInput, match="prob_above"):
        check_density(object())  # type: ignore[arg-type]


@settings(max_examples=60)
@given(st.floats(0.0, 1.0), st.floats(0.0, 0.6), st.floats(0.0, 0.3), st.floats(0.001, 0.999))
def test_quantile_inverts_the_probability(weight: float, failed: float, succeeded: float, q: float):
    law = Mixture(weight=weight, failure=25.0, success=55.0, failure_spread=failed, success_spread=succeeded)
    price = law.quantile(q)
    near = 1e-7 * price
    assert law.prob_above(price + near) <= 1.0 - q + 1e-4
    assert law.prob_above(price - near) >= 1.0 - q - 1e-4


@settings(max_examples=15)
@given(st.floats(0.1, 0.9), st.floats(0.05, 0.4), st.floats(0.01, 0.1))
def test_mixture_of_a_density_is_found_again(weight: float, failed: float, succeeded: float):
    law = Mixture(weight=weight, failure=25.0, success=55.0, failure_spread=failed, success_spread=succeeded)
    found = match_density(law, failure=25.0, success=55.0)
    assert found.gap < 1e-3
    assert found.mixture.weight == pytest.approx(weight, abs=5e-3)


def test_density_that_two_states_do_not_describe_keeps_a_gap():
    one_hump = Mixture(weight=0.0, failure=40.0, success=90.0, failure_spread=0.1)
    compared = compare_density(one_hump, Sides(failure=20.0, success=60.0))
    assert compared.matched.gap > 0.05
    assert "misses the density" in compared.lead


@settings(max_examples=40)
@given(st.floats(0.0, 50.0), st.floats(0.1, 50.0), st.floats(0.0, 120.0))
def test_two_state_answer_is_that_of_the_market_module(failure: float, gap: float, price: float):
    sides = Sides(failure=failure, success=failure + gap)
    low, high = failure * 7.0, (failure + gap) * 7.0
    state = TwoState(milestone="deal", probability=0.5, log_odds=0.0, failure=low, success=high)
    assert sides.implied_probability(price) == pytest.approx(state.implied_probability(price * 7.0), abs=1e-9)
    assert Sides.per_share(state, 7.0).success == pytest.approx(sides.success)


@pytest.mark.parametrize(("failure", "success"), [(55.0, 55.0), (60.0, 55.0), (-1.0, 55.0), (math.nan, 55.0)])
def test_sides_out_of_order_are_refused(failure: float, success: float):
    with pytest.raises(InvalidInput):
        Sides(failure=failure, success=success)


def test_density_is_held_against_the_quotes_it_describes():
    right = compare_density(LAW, Sides(failure=28.0, success=55.0), checked=checked(chain_of(LAW, 0.5)))
    assert (right.inside, right.used) == (22, 22)
    assert right.bounds.low <= right.above <= right.bounds.high
    assert right.by_price == pytest.approx(0.35, abs=1e-9)
    other = Mixture(weight=0.9, failure=28.0, success=55.0, failure_spread=0.25, success_spread=0.03)
    wrong = compare_density(other, Sides(failure=28.0, success=55.0), checked=checked(chain_of(LAW, 0.5)))
    assert wrong.inside < 10
    assert "outside what the quotes allow" in wrong.lead
    assert any(text.startswith("mean") for text in wrong.check.failures)


def test_fit_finds_the_weight_and_says_what_the_family_leaves_open():
    law = Mixture(weight=0.4, failure=26.0, success=55.0, failure_spread=0.3)
    exact = fit_quotes(checked(chain_of(law, 0.0)), offer=55.0)
    assert exact.mixture.weight == pytest.approx(0.4, abs=1e-5)
    assert exact.mixture.failure == pytest.approx(26.0, abs=1e-3)
    fit = fit_quotes(checked(chain_of(law, 0.4)), offer=55.0)
    assert fit.mixture.weight == pytest.approx(0.4, abs=0.01)  # no bid is below zero, so middles lie too high
    assert (fit.inside, fit.used, fit.missed) == (22, 22, "")
    assert fit.low <= fit.mixture.weight <= fit.high
    assert fit.fits_low <= 0.4 <= fit.fits_high
    wider = fit_quotes(checked(chain_of(law, 2.0)), offer=55.0)
    assert wider.fits_low < fit.fits_low and wider.fits_high > fit.fits_high


def test_fit_with_a_free_forward_finds_it_too():
    law = Mixture(weight=0.4, failure=26.0, success=55.0, failure_spread=0.3)
    fit = fit_quotes(checked(chain_of(law, 0.2), forward="free"), offer=55.0)
    assert fit.mixture.weight == pytest.approx(0.4, abs=5e-3)
    assert fit.mixture.mean == pytest.approx(law.mean, abs=0.05)


def test_fit_of_another_shape_names_what_it_misses():
    fit = fit_quotes(checked(from_atoms([20.0, 40.0, 60.0], [0.3, 0.4, 0.3], STRIKES, width=0.1)), offer=60.0)
    assert fit.inside < fit.used and fit.miss > 0.0 and fit.missed
    assert fit.fits_low is None


def test_too_few_quotes_are_not_fitted():
    assert fit_quotes(checked(from_atoms([25.0, 55.0], [0.6, 0.4], [40.0])), offer=55.0) is None


def test_sweep_holds_the_true_downside_and_rules_out_lower_ones():
    chain = checked(from_atoms([25.0, 55.0], [0.6, 0.4], STRIKES, width=0.2))
    lines = sweep(chain, offer=55.0, downsides=[10.0, 25.0, 30.0])
    assert [line.low is None for line in lines] == [True, False, False]
    assert lines[1].by_spot == pytest.approx(0.4)
    assert lines[1].low <= 0.4 <= lines[1].high
    least = least_downside(chain, offer=55.0)
    assert 10.0 < least <= 25.0 + 0.01
    assert sweep(chain, offer=55.0, downsides=[least + 0.02])[0].low is not None
    assert sweep(chain, offer=55.0, downsides=[least - 0.02])[0].low is None


# The optional library: its interface, with a stand-in for it where it is not installed.


def stand_in(monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> dict[str, object]:
    seen: dict[str, object] = {}

    class OIPDError(Exception): ...

    class Curve:
        def fit(self, frame: object, market: object) -> Curve:
            seen.update(frame=frame, market=market)
            if error is not None:
                raise error
            return self

        def implied_distribution(self) -> Mixture:
            return LAW

    module = types.ModuleType("oipd")
    module.MarketInputs = lambda **named: named  # type: ignore[attr-defined]
    module.VolCurve, module.OIPDError = Curve, OIPDError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "oipd", module)
    return seen


def test_library_gets_the_used_quotes_and_answers_as_a_density(monkeypatch: pytest.MonkeyPatch):
    seen = stand_in(monkeypatch)
    density = library_density(checked(chain_of(LAW, 0.5), rate=0.04))
    assert isinstance(density, Density)
    assert density.prob_above(40.0) == LAW.prob_above(40.0)
    assert density.quantile(0.3) == LAW.quantile(0.3)
    assert seen["market"]["risk_free_rate"] == 0.04
    assert seen["market"]["underlying_price"] == pytest.approx(LAW.mean)
    assert list(seen["frame"]["option_type"]) == ["C"] * 11 + ["P"] * 11


def test_quotes_that_the_library_refuses_are_an_answer(monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, ValueError("too few"))
    with pytest.raises(NoFit, match="oipd fits no curve to X: too few"):
        library_density(checked(chain_of(LAW, 0.5)))


def test_absent_library_names_the_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "oipd", None)
    with pytest.raises(InvalidInput, match=r"bayesmile\[options\]"):
        library_density(checked(chain_of(LAW, 0.5)))


def test_library_fits_a_lognormal_chain():
    if importlib.util.find_spec("oipd") is None:
        pytest.skip("needs the extra options")
    law = Mixture(weight=0.0, failure=40.0, success=90.0, failure_spread=0.3)
    chain = checked(chain_of(law, 0.02))
    density = library_density(chain)
    assert check_density(density, forward=40.0).sound
    for price in np.linspace(28.0, 55.0, 7):
        assert density.prob_above(price) == pytest.approx(law.prob_above(price), abs=0.02)

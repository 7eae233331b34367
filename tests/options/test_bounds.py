"""Bounds from quotes: they hold the truth, equal those over a fine grid, and only widen when quotes say less."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.special import ndtr

from bayesmile.errors import InvalidInput
from bayesmile.options.bounds import dropping, probability_bounds
from bayesmile.options.mixtures import Mixture
from bayesmile.options.quotes import Chain, Quote
from tests.options.chains import checked, from_atoms, quoted

STRIKES = [20.0, 25.0, 30.0, 40.0, 45.0, 50.0, 60.0]
LAW = Mixture(weight=0.35, failure=28.0, success=55.0, failure_spread=0.25, success_spread=0.03)


def lognormal_chain(width: float) -> Chain:
    quotes = [Quote(kind=kind, strike=strike) for kind in ("call", "put") for strike in STRIKES]
    worth = LAW.worth(quotes).tolist()
    kinds, strikes = [quote.kind for quote in quotes], [quote.strike for quote in quotes]
    return Chain(name="X", quotes=quoted(worth, kinds, strikes, width), spot=LAW.mean)


@st.composite
def laws(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    prices = draw(st.lists(st.integers(1, 120), min_size=2, max_size=5, unique=True))
    weights = draw(st.lists(st.integers(1, 20), min_size=len(prices), max_size=len(prices)))
    return [float(price) for price in prices], [weight / sum(weights) for weight in weights]


def on_grid(chain: Chain, grid: np.ndarray, weights: np.ndarray, *, sign: float) -> float:
    """Solve the same programme over a law on every point of a grid, written out by hand."""
    rows, limits = [], []
    for quote in chain.quotes:
        pay = np.maximum((grid - quote.strike) * (1.0 if quote.kind == "call" else -1.0), 0.0)
        rows += [pay, -pay]
        limits += [quote.ask + 1e-9, -quote.bid + 1e-9]
    means = [np.ones_like(grid), grid]
    solved = linprog(sign * weights, A_ub=rows, b_ub=limits, A_eq=means, b_eq=[1.0, chain.spot])
    assert solved.success
    return sign * float(solved.fun)


@pytest.mark.parametrize("width", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("threshold", [25.0, 41.5, 50.0, 70.0])
def test_bounds_hold_the_probability_of_a_lognormal_mixture(width: float, threshold: float):
    bounds = probability_bounds(checked(lognormal_chain(width)), above=threshold)
    assert bounds.low - 1e-9 <= LAW.prob_above(threshold) <= bounds.high + 1e-9
    assert bounds.high - bounds.low > (0.05 if 25.0 < threshold < 70.0 else 0.0)  # a few strikes give no number


@pytest.mark.parametrize("threshold", [25.0, 41.5, 58.0])
def test_bounds_are_those_over_a_fine_grid_that_ends_far_out(threshold: float):
    chain = lognormal_chain(0.8)
    bounds = probability_bounds(checked(chain), above=threshold)
    grid = np.concatenate([np.arange(0.0, 120.0, 0.25), [threshold - 1e-6, 1e3, 1e4, 1e5]])
    grid.sort()
    reached = (grid >= threshold).astype(float)
    assert bounds.low == pytest.approx(on_grid(chain, grid, reached, sign=1.0), abs=2e-4)
    assert bounds.high == pytest.approx(on_grid(chain, grid, reached, sign=-1.0), abs=2e-4)


@settings(max_examples=15)
@given(laws(), st.floats(0.0, 4.0), st.integers(1, 130), st.integers(0, 40))
def test_bounds_hold_the_probability_of_any_law(law: tuple[list[float], list[float]], width: float, a: int, span: int):
    prices, masses = law
    bounds = probability_bounds(checked(from_atoms(prices, masses, STRIKES, width=width)), above=a, below=a + span)
    truth = math.fsum(mass for price, mass in zip(prices, masses, strict=True) if a <= price <= a + span)
    # An end that carries mass may or may not count for the lower bound.
    within = math.fsum(mass for price, mass in zip(prices, masses, strict=True) if a < price < a + span)
    assert bounds.low <= within + 1e-6
    assert truth <= bounds.high + 1e-6


@settings(max_examples=15)
@given(laws(), st.floats(0.0, 2.0), st.floats(0.0, 2.0), st.integers(1, 130))
def test_wider_quotes_only_widen_the_bounds(law: tuple[list[float], list[float]], first: float, more: float, a: int):
    narrow, wide = (
        probability_bounds(checked(from_atoms(*law, STRIKES, width=width)), above=a) for width in (first, first + more)
    )
    widened = probability_bounds(checked(from_atoms(*law, STRIKES, width=first), widen=0.5 * more), above=a)
    for other in (wide, widened):
        assert other.low <= narrow.low + 1e-6
        assert other.high >= narrow.high - 1e-6


@settings(max_examples=15)
@given(laws(), st.floats(0.2, 2.0), st.integers(10, 100), st.integers(-20, 20))
def test_the_currency_makes_no_difference(law: tuple[list[float], list[float]], width: float, a: int, power: int):
    chain, factor = from_atoms(*law, STRIKES, width=width), 2.0**power
    scaled = Chain(
        name="scaled",
        spot=chain.spot * factor,
        quotes=[
            Quote(kind=q.kind, strike=q.strike * factor, bid=q.bid * factor, ask=q.ask * factor) for q in chain.quotes
        ],
    )
    ours, theirs = (
        probability_bounds(checked(one), above=level) for one, level in ((chain, float(a)), (scaled, a * factor))
    )
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_discounted_quotes_give_the_same_bounds():
    prices, masses = [20.0, 35.0, 55.0], [0.3, 0.3, 0.4]
    plain = probability_bounds(checked(from_atoms(prices, masses, STRIKES, width=1.0)), above=42.0)
    rate = 0.05
    discount = math.exp(-rate)
    later = checked(from_atoms(prices, masses, STRIKES, width=1.0 * discount, discount=discount), rate=rate)
    found = probability_bounds(later, above=42.0)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=1e-9)
    assert later.terms.forward == pytest.approx(38.5)


def test_call_spread_is_the_bound_that_one_can_do_by_hand():
    quotes = [Quote(kind="call", strike=45.0, bid=3.0, ask=3.25), Quote(kind="call", strike=55.0, bid=0.23, ask=0.87)]
    chain = Chain(name="X", quotes=quotes)
    assert probability_bounds(checked(chain), above=55.0).high == pytest.approx((3.25 - 0.23) / 10.0, abs=1e-9)
    assert probability_bounds(checked(chain), above=45.0).low == pytest.approx((3.0 - 0.87) / 10.0, abs=1e-9)


def test_quotes_without_width_at_two_atoms_leave_nothing_open_between_them():
    chain = checked(from_atoms([25.0, 55.0], [0.6, 0.4], [25.0, 40.0, 55.0]))
    bounds = probability_bounds(chain, above=40.0)
    assert (bounds.low, bounds.high) == pytest.approx((0.4, 0.4), abs=1e-7)


def test_prices_ruled_out_narrow_the_bounds_to_the_two_state_answer():
    chain = checked(from_atoms([25.0, 55.0], [0.6, 0.4], [25.0, 55.0], width=0.0))
    # The mean of 37 is all that is known between the strikes: (37 - 25) / (40 - 25).
    assert probability_bounds(chain, above=40.0).high == pytest.approx(0.8, abs=1e-7)
    assert probability_bounds(chain, above=40.0, empty=(25.0, 55.0)).high == pytest.approx(0.4, abs=1e-7)
    ruled = checked(from_atoms([25.0, 55.0], [0.6, 0.4], [10.0, 80.0], width=0.2))
    free, split = (probability_bounds(ruled, above=55.0, empty=empty) for empty in (None, (25.0, 55.0)))
    assert free.low <= split.low <= 0.4 <= split.high <= free.high
    assert split.low > free.low + 0.1


def test_what_the_quotes_rule_out_has_no_bounds():
    chain = checked(from_atoms([30.0, 40.0, 50.0], [0.3, 0.4, 0.3], [30.0, 35.0, 40.0, 45.0, 50.0]))
    ruled_out = probability_bounds(chain, above=50.0, empty=(30.0, 50.0))
    assert (ruled_out.low, ruled_out.high) == (None, None)


def test_leaving_a_strike_out_only_widens():
    chain = checked(lognormal_chain(0.6))
    whole = probability_bounds(chain, above=42.0)
    without = dropping(chain, above=42.0)
    assert [one.strike for one in without] == STRIKES
    assert all(one.low <= whole.low + 1e-9 and one.high >= whole.high - 1e-9 for one in without)
    assert any(one.high > whole.high + 1e-3 for one in without)
    for one in without:  # every strike left out for certain, not only those that hold the bounds
        rest = replace(chain.chain, quotes=[quote for quote in chain.used if quote.strike != one.strike])
        again = probability_bounds(checked(rest), above=42.0)
        assert (one.low, one.high) == pytest.approx((again.low, again.high), abs=1e-8)


def test_forward_narrows_and_its_absence_widens():
    chain = lognormal_chain(3.0)
    known, free = (probability_bounds(checked(chain, forward=one), above=42.0) for one in ("spot", "free"))
    assert free.low <= known.low + 1e-9 and known.high <= free.high + 1e-9


def test_early_exercise_takes_the_floor_from_puts():
    chain = from_atoms([25.0, 55.0], [0.6, 0.4], [40.0], puts=True)
    dearer = replace(
        chain, quotes=[replace(q, bid=q.bid + 2.0, ask=q.ask + 2.0) if q.kind == "put" else q for q in chain.quotes]
    )
    assert not checked(dearer).usable
    assert checked(dearer, american=True).usable


def test_bottom_of_all_prices_is_certain_to_be_reached():
    bounds = probability_bounds(checked(from_atoms([25.0, 55.0], [0.6, 0.4], [40.0])), above=0.0)
    assert (bounds.low, bounds.high) == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize(
    ("above", "below", "empty"),
    [(-1.0, None, None), (50.0, 40.0, None), (math.nan, None, None), (50.0, None, (9.0, 9.0))],
)
def test_senseless_events_are_refused(above: float, below: float | None, empty: tuple[float, float] | None):
    chain = checked(from_atoms([25.0, 55.0], [0.6, 0.4], [40.0]))
    with pytest.raises(InvalidInput):
        probability_bounds(chain, above=above, below=below, empty=empty)


def test_unusable_chain_gives_no_bounds():
    quotes = [Quote(kind="call", strike=40.0, bid=1.0, ask=1.1), Quote(kind="call", strike=50.0, bid=2.0, ask=2.1)]
    with pytest.raises(InvalidInput, match="no law of the price"):
        probability_bounds(checked(Chain(name="X", quotes=quotes)), above=45.0)


def test_black_formula_against_scipy():
    strike, mean, spread = 40.0, 28.0, 0.25
    depth = (math.log(mean / strike) + 0.5 * spread**2) / spread
    black = mean * ndtr(depth) - strike * ndtr(depth - spread)
    law = Mixture(weight=0.0, failure=mean, success=55.0, failure_spread=spread)
    call, put = law.worth([Quote(kind="call", strike=strike), Quote(kind="put", strike=strike)])
    assert call == pytest.approx(black, rel=1e-12)
    assert call - put == pytest.approx(mean - strike, rel=1e-12)

"""Chains of 2025 as gathered: a merger whose outcome is known, and three with faults that must be found."""

from __future__ import annotations

from pathlib import Path

import pytest

from bayesmile.options.arbitrage import check_chain
from bayesmile.options.bounds import dropping, probability_bounds
from bayesmile.options.comparing import Sides, least_downside
from bayesmile.options.quote_fits import fit_quotes
from bayesmile.options.quotes import Chain
from bayesmile.options.reading import read_chains
from bayesmile.options.terms import terms_of
from tests.options.chains import checked

OFFER = 55.0  # in cash; the shares stopped trading at that price on 2025-06-18, which no number here uses


@pytest.fixture(scope="module")
def chains(data_dir: Path) -> dict[str, Chain]:
    return {f"{one.name}/{one.expiry}": one for one in read_chains(data_dir / "option_chains.csv")}


@pytest.fixture(scope="module")
def merger(chains: dict[str, Chain]) -> Chain:
    return chains["us_steel_20250128/2025-12-19"]


def test_merger_chain_is_usable_although_its_last_prices_are_stale(merger: Chain):
    result = checked(merger, rate=0.042)
    assert result.usable
    assert [one.line for one in result.findings if one.what.startswith("stale")] == [2, 3, 4, 5, 6, 7, 14, 22]


@pytest.mark.parametrize("rate", [0.0, 0.042])
def test_options_on_the_merger_give_an_interval_and_no_number(merger: Chain, rate: float):
    result = checked(merger, rate=rate)
    reached, about = (
        probability_bounds(result, above=low, below=high) for low, high in ((OFFER, None), (52.25, 57.75))
    )
    assert 0.0 < reached.low < 0.02 and 0.28 < reached.high < 0.32
    assert about.low == pytest.approx(0.0, abs=1e-9) and 0.3 < about.high < 0.45
    # By hand: at 55 and above, buying call 45 and selling call 55 pays at least 10.
    assert reached.high <= (3.25 - 0.23) / 10.0 / result.terms.discount + 1e-9
    without = dropping(result, above=OFFER)
    assert len(without) == 22
    assert max(one.high for one in without) < 0.36


def test_two_states_of_the_merger_contradict_a_low_downside(merger: Chain):
    result = checked(merger, rate=0.042)
    assert 32.0 < least_downside(result, offer=OFFER) < 33.0
    low = Sides(failure=20.0, success=OFFER).implied_probability(merger.spot)
    assert low == pytest.approx((36.29 - 20.0) / 35.0)
    assert low > probability_bounds(result, above=OFFER).high  # a price of 55 cannot be that likely


def test_fit_to_the_merger_is_far_surer_than_its_quotes(merger: Chain):
    result = checked(merger, rate=0.042)
    fit = fit_quotes(result, offer=OFFER)
    bounds = probability_bounds(result, above=OFFER)
    assert fit.inside == fit.used == 22
    assert bounds.low < fit.low <= fit.mixture.weight <= fit.high < bounds.high
    assert fit.high - fit.low < 0.05 < bounds.high - bounds.low


def test_bitcoin_bids_are_no_bids(chains: dict[str, Chain]):
    result = checked(chains["bitcoin_20250830/2025-12-26"])
    assert not result.usable
    assert (result.senseless, result.aside, len(result.used)) == (72, 72, 4)


def test_two_calls_on_oil_are_no_calls(chains: dict[str, Chain]):
    chain = chains["wti_20250908/2025-12-16"]
    terms = terms_of(chain, rate=0.04, forward="free", american=True)
    result = check_chain(chain, terms)
    assert not result.usable
    # Quoted at 0.04 with oil at 62: the two lowest calls.
    assert [(one.line, one.option) for one in result.changes] == [(100, "call 19.5"), (101, "call 20")]
    again = check_chain(chain, terms, leave_out=[100, 101])
    assert again.usable and again.aside == 24
    bounds = probability_bounds(again, above=65.0)
    assert 0.25 < bounds.low < bounds.high < 0.45


def test_one_stale_call_on_apple_is_found_once_interest_and_early_exercise_are_allowed_for(chains: dict[str, Chain]):
    chain = chains["aapl_20251006/2025-12-19"]
    counts = {
        american: [
            one.line for one in check_chain(chain, terms_of(chain, rate=0.04, american=american)).changes
        ]
        for american in (False, True)
    }
    assert counts[True] == [496]
    assert len(counts[False]) > 5
    for expiry in ("2025-10-10", "2026-08-21", "2028-01-21"):
        other = chains[f"aapl_20251006/{expiry}"]
        assert check_chain(other, terms_of(other, rate=0.04, american=True)).usable

"""What is wrong with quotes is found, named with its line and amount, and nothing is dropped in silence."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesmile.errors import InvalidInput
from bayesmile.options.arbitrage import Checked, check_chain
from bayesmile.options.laws import payoff
from bayesmile.options.quotes import Chain
from bayesmile.options.terms import terms_of
from tests.options.chains import checked, from_atoms

STRIKES = [20.0, 30.0, 40.0, 50.0, 60.0]
SOUND = from_atoms([15.0, 25.0, 45.0, 70.0], [0.2, 0.3, 0.3, 0.2], STRIKES, width=0.2)


def planted(line: int, **changes: float | None) -> Chain:
    quotes = [replace(quote, **changes) if quote.line == line else quote for quote in SOUND.quotes]
    return replace(SOUND, quotes=quotes)


def found(result: Checked, level: str) -> list[tuple[int, str]]:
    return [(one.line, one.what.split(":")[0]) for one in result.findings if one.level == level]


def test_sound_chain_has_no_findings():
    result = checked(SOUND)
    assert result.usable and result.findings == () and result.trade == () and result.changes == ()
    assert (len(result.used), result.aside, result.widening) == (10, 0, 0.0)
    assert result.verdict.startswith("Usable: 10 quotes, 10 used, 0 set aside")


@pytest.mark.parametrize(
    ("changes", "reason", "amount"),
    [
        ({"bid": 9.0, "ask": 8.0}, "crossed", 1.0),
        ({"bid": -0.5}, "negative bid of -0.5", 0.5),
        ({"bid": 1.0, "ask": 0.0}, "an ask of 0 below a bid of 1", 1.0),
        ({"bid": 0.0, "ask": 0.0, "last": 3.0}, "no bid and no ask; its last price of 3 is no quote", 0.0),
        ({"bid": None, "ask": None}, "no bid and no ask", 0.0),
    ],
)
def test_quote_that_cannot_be_used_is_set_aside_and_counted(
    changes: dict[str, float | None], reason: str, amount: float
):
    result = checked(planted(4, **changes))
    (one,) = [one for one in result.findings if one.level == "set aside"]
    assert (one.line, one.strike, one.option) == (4, 40.0, "call 40")
    assert one.what.startswith(reason)
    assert one.amount == pytest.approx(amount)
    assert (len(result.used), result.aside) == (9, 1)
    assert result.usable


def test_stale_last_price_is_noted_and_the_quote_used():
    result = checked(planted(4, last=30.0))
    assert found(result, "note") == [(4, "stale")]
    assert len(result.used) == 10


def test_mark_serves_where_there_is_no_quote_and_is_noted():
    mid = 0.5 * (SOUND.quotes[2].bid + SOUND.quotes[2].ask)
    result = checked(planted(4, bid=None, ask=None, mark=mid))
    assert found(result, "note") == [(4, "no bid and no ask")]
    assert result.usable and len(result.used) == 10


def test_second_quote_of_an_option_is_set_aside():
    twice = replace(SOUND, quotes=[*SOUND.quotes, replace(SOUND.quotes[0], line=99)])
    assert found(checked(twice), "set aside") == [(99, "a second quote of the option on line 2")]


@pytest.mark.parametrize(
    ("line", "shift", "sort"),
    [
        (4, 2.0, "butterfly"),  # call 40 too dear against its neighbours
        (3, 20.0, "order"),  # call 30 dearer than call 20
        (2, 9.0, "slope"),  # call 20 dearer than call 30 by more than 10
        (11, -15.0, "intrinsic"),  # put 60 below its value against the forward
        (9, 5.0, "parity"),  # put 40 against call 40
    ],
)
def test_planted_arbitrage_is_named(line: int, shift: float, sort: str):
    quote = next(quote for quote in SOUND.quotes if quote.line == line)
    result = checked(planted(line, bid=quote.bid + shift, ask=quote.ask + shift))
    assert not result.usable
    assert (line, sort) in found(result, "arbitrage")
    assert [change.line for change in result.changes] == [line]
    assert quote.name in result.verdict


def test_bid_above_the_stock_itself():
    result = checked(planted(2, bid=50.0, ask=51.0))
    assert (2, "limit") in found(result, "arbitrage")


def test_without_the_blamed_quotes_the_others_agree():
    bad = planted(4, bid=20.0, ask=20.5)
    first = checked(bad)
    again = check_chain(bad, terms_of(bad), leave_out=[change.line for change in first.changes])
    assert again.usable
    assert found(again, "set aside") == [(4, "left out by choice")]


@settings(max_examples=20)
@given(st.integers(0, 9), st.floats(-6.0, 6.0), st.sampled_from(["spot", "free"]))
def test_trade_locks_in_the_widening_whatever_happens(which: int, shift: float, forward: str):
    quote = SOUND.quotes[which]
    chain = planted(quote.line, bid=quote.bid + shift + 10.0, ask=quote.ask + shift + 10.0)
    result = checked(chain, forward=forward)
    if result.consistent:
        return
    by_line = {quote.line: quote for quote in result.used}
    shares = np.array([one.share for one in result.trade])
    assert np.abs(shares).sum() == pytest.approx(1.0, abs=1e-5)
    cost = sum(one.share * one.price for one in result.trade)
    prices = np.array([0.0, *STRIKES, 1e3, 1e4])
    worth = shares @ payoff([by_line[one.line] for one in result.trade], prices)
    # The forward position and cash that finish the trade: the best line below the payoff of the options.
    if result.terms.forward is None:
        floor = worth.min()
    else:
        slopes = (worth[1:] - worth[:-1]) / np.diff(prices)
        floor = max(float((worth - slope * (prices - result.terms.forward)).min()) for slope in [0.0, *slopes])
    assert floor - cost == pytest.approx(result.widening, abs=1e-4)


@settings(max_examples=20)
@given(st.integers(0, 9), st.floats(0.0, 12.0), st.floats(0.0, 1.0))
def test_a_contradiction_of_two_or_three_is_one_of_all(which: int, bid: float, width: float):
    quote = SOUND.quotes[which]
    result = checked(planted(quote.line, bid=bid, ask=bid + width + 0.01))
    if found(result, "arbitrage"):
        assert not result.consistent


@settings(max_examples=15)
@given(st.integers(0, 9), st.floats(0.0, 30.0))
def test_widening_by_what_is_needed_is_enough_and_less_is_not(which: int, bid: float):
    quote = SOUND.quotes[which]
    chain = planted(quote.line, bid=bid, ask=bid + 0.2)
    needed = checked(chain).widening
    if needed < 1e-3:
        return
    assert checked(chain, widen=needed + 1e-6).consistent
    assert checked(chain, widen=0.9 * needed).widening == pytest.approx(0.1 * needed, rel=1e-4, abs=1e-6)


def test_calendar_names_the_later_option():
    cheaper = [replace(quote, bid=0.0, ask=quote.ask / 2, line=50 + quote.line) for quote in SOUND.quotes]
    later = replace(SOUND, expiry=dt.date(2027, 1, 2), quotes=cheaper)
    result = check_chain(SOUND, terms_of(SOUND), others=[SOUND, later])
    lines = [line for line, sort in found(result, "note") if sort == "calendar"]
    assert 2 in lines
    assert "line 52" in next(one.what for one in result.findings if one.line == 2)
    assert check_chain(later, terms_of(later), others=[SOUND, later]).findings == checked(later).findings


def test_chain_of_mostly_crossed_quotes_is_not_trusted():
    quotes = [replace(q, bid=q.ask, ask=q.bid or 0.01) if q.line > 4 else q for q in SOUND.quotes]
    result = checked(replace(SOUND, quotes=quotes))
    assert result.consistent and not result.usable
    assert "not to be trusted" in result.verdict


def test_without_spot_the_forward_is_free_and_that_is_said():
    result = checked(replace(SOUND, spot=None))
    assert result.usable and result.terms.forward is None
    assert "no spot" in result.findings[0].what


def test_one_quote_is_too_few():
    one = replace(SOUND, quotes=SOUND.quotes[:1])
    assert checked(one).verdict.startswith("Not usable: 1 quote, 1 used")


def test_unknown_line_to_leave_out_is_refused():
    with pytest.raises(InvalidInput, match="line 77"):
        check_chain(SOUND, terms_of(SOUND), leave_out=[77])


@pytest.mark.parametrize(
    "terms", [{"rate": 4.0}, {"rate": float("nan")}, {"widen": -1.0}, {"forward": 0.0}, {"forward": "spott"}]
)
def test_senseless_terms_are_refused(terms: dict[str, object]):
    with pytest.raises(InvalidInput):
        terms_of(SOUND, **terms)  # type: ignore[arg-type]


def test_rate_needs_dates():
    with pytest.raises(InvalidInput, match="no quote date"):
        terms_of(replace(SOUND, quote_date=None), rate=0.04)

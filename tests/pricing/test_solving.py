"""Solving the price equation for any one number: every root reprices, and no root is said in words."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bayesmile.belief import Belief
from bayesmile.breakevens import break_even
from bayesmile.delays import Tabulated
from bayesmile.errors import BayesmileError, InvalidInput
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.market import fair_price, implied_probability
from bayesmile.payoffs import Payoffs
from bayesmile.pricing import roots
from bayesmile.pricing.solving import UNKNOWNS, Solved, solve_for
from bayesmile.roadmap import Milestone, Roadmap
from tests.pricing.worlds import START, beliefs, payoffs_of, sides


def one(share: float = 1.0) -> Belief:
    delay = [0.0, 0.2, 0.0, 0.1, 0.0, 0.0, 0.0, 0.2]
    roadmap = Roadmap([Milestone("approval", delay=Tabulated([share * p for p in delay]))])
    return infer(roadmap, [], MonthGrid(START, 24))


PAYOFFS = Payoffs({"approval": 90.0}, floor=5.0, beyond=3.0, required_return=0.2, dilution=0.05)


def put_back(found: Solved, belief: Belief, payoffs: Payoffs, name: str) -> float:
    """Price by enumeration with the root in its place."""
    years, p = found.held.get("arrival"), found.probability
    fields = ("required_return", "dilution", "burn", "cash", "net_cash")
    numbers = {field: getattr(payoffs, field) for field in fields}
    values = dict(payoffs.values)
    if found.unknown in numbers:
        numbers[found.unknown] = found.value
    elif found.unknown == "success_value":
        values[name] = found.value
    elif found.unknown == "arrival":
        years = found.value
    other = Payoffs(
        values,
        floor=payoffs.floor,
        beyond=payoffs.beyond,
        beyond_milestone=payoffs.beyond_milestone or name,
        **numbers,
    )
    failure, success = sides(belief, other, name, years=years)
    return (1.0 - p) * failure + p * success


@settings(max_examples=60)
@given(
    beliefs(), st.data(), st.sampled_from(UNKNOWNS), st.one_of(st.none(), st.floats(0.01, 1.0)), st.floats(0.1, 100.0)
)
def test_every_root_reprices_by_enumeration(
    belief: Belief, data: st.DataObject, unknown: str, probability: float | None, price: float
) -> None:
    payoffs, name = data.draw(payoffs_of(belief))
    last = belief.grid.months - 1
    arrival = data.draw(st.one_of(st.none(), st.integers(0, last).map(belief.grid.label)))
    assume(unknown != ("dilution" if payoffs.has_cash_contract else "burn" if payoffs.dilution > 0.0 else ""))
    assume(unknown != "burn" or payoffs.net_cash == 0.0)
    given_numbers = {"price": price, "probability": probability, "arrival": arrival}
    given_numbers.pop(unknown, None)
    found = solve_for(unknown, belief, payoffs, as_of=START, milestone=name, **given_numbers)
    assert found.possible == (found.why == "") == (found.reason == "")
    assume(found.possible)
    got = put_back(found, belief, payoffs, name)
    size = max(found.price, *(abs(side) for side in sides(belief, payoffs, name)))
    assert got == pytest.approx(found.price, rel=1e-9, abs=1e-9 * size)


@settings(max_examples=60)
@given(beliefs(), st.data(), st.floats(0.1, 100.0), st.floats(0.01, 1.0))
def test_what_is_said_to_have_no_root_has_none(
    belief: Belief, data: st.DataObject, price: float, probability: float
) -> None:
    payoffs, name = data.draw(payoffs_of(belief))
    failure, success = sides(belief, payoffs, name)
    at = {"as_of": START, "milestone": name, "price": price}
    p = solve_for("probability", belief, payoffs, **at)
    if min(abs(price - failure), abs(price - success), abs(success - failure)) > 1e-6:
        assert p.possible == (min(failure, success) <= price <= max(failure, success))
    rate = solve_for("required_return", belief, payoffs, probability=probability, **at)
    if rate.reason in {"dear", "cheap"}:
        for r in (0.0, 0.01, 0.1, 0.5, 2.0, 10.0, 60.0):
            low, high = sides(belief, replace(payoffs, required_return=r), name)
            worth = (1.0 - probability) * low + probability * high
            assert worth <= price * (1 + 1e-6) if rate.reason == "dear" else worth >= price * (1 - 1e-6)
        assert rate.value <= 0.0 or math.isnan(rate.value)
    value = solve_for("success_value", belief, payoffs, probability=probability, **at)
    if not value.possible:
        low, high = sides(belief, payoffs.with_value(name, 0.0), name)
        assert (1.0 - probability) * low + probability * high > price
        assert value.value < 0.0


@settings(max_examples=30)
@given(beliefs(), st.data(), st.floats(0.1, 100.0), st.integers(-6, 9))
def test_roots_have_no_currency(belief: Belief, data: st.DataObject, price: float, power: int) -> None:
    payoffs, name = data.draw(payoffs_of(belief))
    factor = 10.0**power
    for unknown in ("probability", "success_value", "required_return", "arrival"):
        ours, theirs = (
            solve_for(unknown, belief, payoffs.scaled(k), price=k * price, as_of=START, milestone=name)
            for k in (1.0, factor)
        )
        unit = factor if unknown == "success_value" else 1.0
        assert theirs.value == pytest.approx(unit * ours.value, rel=1e-6, abs=1e-9 * unit, nan_ok=True)
        assert theirs.reason == ours.reason


def test_the_unknowns_agree_with_the_other_readings() -> None:
    belief = one()
    at = {"price": 40.0, "as_of": START}
    even = break_even(belief, PAYOFFS, probability=0.9, **at)
    for unknown, expected in (
        ("success_value", even.success_value),
        ("required_return", even.required_return),
        ("arrival", even.years),
    ):
        assert solve_for(unknown, belief, PAYOFFS, probability=0.9, **at).value == pytest.approx(expected, rel=1e-9)
    assert solve_for("arrival", belief, PAYOFFS, probability=0.9, **at).month == even.arrival
    p = solve_for("probability", belief, PAYOFFS, **at)
    assert p.value == pytest.approx(implied_probability(belief, PAYOFFS, **at), rel=1e-12)
    fair = solve_for("price", belief, PAYOFFS, as_of=START)
    assert fair.value == pytest.approx(fair_price(belief, PAYOFFS, as_of=START), rel=1e-12)
    numbers = {"success_value": 90.0, "required_return": 0.2, "dilution": 0.05, "burn": 0.0}
    assert fair.held == {"probability": 0.5, **numbers}


def test_a_fixed_date_enters_every_root() -> None:
    sure = {"price": 40.0, "as_of": START, "probability": 1.0, "arrival": "2027"}
    value = solve_for("success_value", one(), PAYOFFS, **sure)
    assert value.value == pytest.approx(35.0 * math.exp(0.25 * 23 / 12), rel=1e-12)
    assert value.held["arrival"] == pytest.approx(23 / 12)
    rate = solve_for("required_return", one(), PAYOFFS, **sure)
    assert rate.value == pytest.approx(math.log(90.0 / 35.0) / (23 / 12) - 0.05, rel=1e-9)


@pytest.mark.parametrize(
    ("unknown", "given", "reason", "low", "high", "says"),
    [
        ("probability", {"price": 96.0}, "dear", 1.0, 1.2, "no probability is enough: even certain success is worth"),
        ("probability", {"price": 4.0}, "cheap", -0.1, 0.0, "no probability is low enough: failure leaves 8, more"),
        ("success_value", {"price": 4.0, "probability": 0.5}, "cheap", -6.0, 0.0, "the rest alone is worth 6.5, more"),
        ("success_value", {"price": 4.0, "probability": 0.0}, "silent", None, None, "never comes has no bearing"),
        ("required_return", {"price": 52.0, "probability": 0.5}, "dear", -0.2, 0.0, "the most that any leaves is"),
        ("required_return", {"price": 90.0, "probability": 0.5}, "dear", None, None, "the most that any leaves is"),
        ("required_return", {"price": 5.5, "probability": 0.5}, "cheap", None, None, "6,400% a year leaves is"),
        ("required_return", {"price": 8.0, "probability": 0.0}, "silent", None, None, "nothing is discounted"),
        ("dilution", {"price": 52.0, "probability": 0.5}, "dear", -0.4, 0.0, "no dilution makes it worth the price"),
        ("arrival", {"price": 90.0, "probability": 0.5}, "dear", None, None, "no date is early enough: even today"),
        ("arrival", {"price": 4.0, "probability": 0.5}, "cheap", math.inf, math.inf, "the value stays above the price"),
        ("arrival", {"price": 8.0, "probability": 0.5}, "late", 2.0, 40.0, "by the horizon, 2027-12, is early enough"),
        ("arrival", {"price": 8.0, "probability": 0.0}, "silent", None, None, "never comes has no date"),
    ],
)
def test_no_root_is_said_in_words(
    unknown: str, given: dict[str, float], reason: str, low: float | None, high: float | None, says: str
) -> None:
    found = solve_for(unknown, one(), PAYOFFS, as_of=START, **given)
    assert (found.possible, found.reason) == (False, reason)
    assert says in found.why
    if low is None or high is None:
        assert math.isnan(found.value)
    else:
        assert low <= found.value <= high
        assert found.value not in {0.0, 1.0}


def test_burn_is_solved_for_where_cash_pays() -> None:
    funded = Payoffs({"approval": 90.0}, required_return=0.2, cash=12.0)
    found = solve_for("burn", one(), funded, price=45.0, as_of=START)
    again = replace(funded, burn=found.value)
    assert fair_price(one(), again, as_of=START) == pytest.approx(45.0, rel=1e-12)
    dear = solve_for("burn", one(), funded, price=60.0, as_of=START)
    assert (dear.reason, dear.value < 0.0) == ("dear", True)
    assert solve_for("burn", one(), funded, price=45.0, as_of=START, arrival=START).reason == "silent"
    for unknown, payoffs in (("burn", PAYOFFS), ("dilution", funded)):
        with pytest.raises(InvalidInput, match=f"{unknown}: funding is by"):
            solve_for(unknown, one(), payoffs, price=40.0, as_of=START)


@pytest.mark.parametrize("rate", [0.0, 0.2])
def test_a_burn_makes_late_success_worth_less(rate: float) -> None:
    funded = Payoffs({"approval": 90.0}, beyond=1.0, required_return=rate, cash=12.0, burn=40.0)
    found = solve_for("arrival", one(), funded, price=40.0, probability=0.8, as_of=START)
    spent = 40.0 * found.value if rate == 0.0 else 40.0 * -math.expm1(-rate * found.value) / rate
    sure = 90.0 * math.exp(-rate * found.value) + 12.0 - spent
    assert 0.8 * sure + 0.2 * 1.0 == pytest.approx(40.0, rel=1e-12)
    even = break_even(one(), funded, price=40.0, probability=0.8, as_of=START)
    assert (even.years, even.arrival) == (pytest.approx(found.value), found.month)
    value = solve_for("success_value", one(), funded, price=40.0, probability=0.8, as_of=START)
    assert even.success_value == pytest.approx(value.value, rel=1e-12)


def test_a_formal_root_solves_the_equation_all_the_same() -> None:
    found = solve_for("required_return", one(), PAYOFFS, price=90.0, probability=0.9, as_of=START)
    assert found.value < 0.0
    belief, rate = one(), found.value + 0.05
    worth = sum(p / 0.5 * math.exp(-rate * t / 12) * 90.0 for t, p in enumerate(belief.pmf("approval")[:-1]))
    assert 0.1 * 8.0 + 0.9 * (5.0 + worth) == pytest.approx(90.0, rel=1e-9)


def test_where_success_and_failure_are_worth_the_same_no_price_speaks() -> None:
    flat = Payoffs({"approval": 3.0}, beyond=3.0, required_return=0.0)
    found = solve_for("probability", one(), flat, price=3.0, as_of=START)
    assert (found.reason, math.isnan(found.value)) == ("silent", True)
    assert "both worth 3" in found.why


def test_a_side_that_our_belief_excludes_has_no_value() -> None:
    roadmap = Roadmap([Milestone("a", delay=Tabulated([0.5, 0.5])), Milestone("b", delay=Tabulated([0.5]))])
    belief = infer(roadmap, [], MonthGrid(START, 12))
    payoffs = Payoffs({"a": 10.0, "b": 20.0}, required_return=0.1)
    found = solve_for("probability", belief, payoffs, price=15.0, as_of=START, milestone="a")
    assert found.reason == "silent"
    assert "no doubt whether a is reached" in found.why
    value = solve_for("success_value", belief, payoffs, price=15.0, as_of=START, milestone="a")
    again = fair_price(belief, payoffs.with_value("a", value.value), as_of=START)
    assert again == pytest.approx(15.0, rel=1e-12)


@pytest.mark.parametrize(
    ("unknown", "given", "says"),
    [
        ("floor", {"price": 1.0}, "unknown: received 'floor'; allowed are price, probability"),
        ("price", {"price": 1.0}, "price: received 1.0 although it is the unknown"),
        ("arrival", {"price": 1.0, "arrival": "2027"}, "arrival: received '2027' although it is the unknown"),
        ("arrival", {}, "price: received none"),
        ("probability", {"price": math.nan}, "price: received nan"),
        ("success_value", {"price": 1.0, "probability": 1.5}, "probability: received 1.5"),
        ("success_value", {"price": 1.0, "arrival": "2025"}, "arrival: received '2025'; allowed are dates from"),
        ("success_value", {"price": 1.0, "arrival": "2028"}, "arrival: received '2028'"),
    ],
)
def test_bad_questions_are_refused(unknown: str, given: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        solve_for(unknown, one(), PAYOFFS, as_of=START, **given)


def test_rows_have_no_dilution_to_solve_for() -> None:
    row = Payoffs({"approval": [1.0] * 25}, required_return=0.1)
    with pytest.raises(InvalidInput, match="its funding is inside it"):
        solve_for("dilution", one(), row, price=0.5, as_of=START)
    assert solve_for("probability", one(), row, price=0.5, as_of=START).reason == "silent"


def test_a_root_that_does_not_reprice_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roots, "root_rate", lambda *_: 0.123)
    with pytest.raises(BayesmileError, match=r"solve_for required_return: the root .* put back gives"):
        solve_for("required_return", one(), PAYOFFS, price=40.0, as_of=START)


def test_a_burn_that_spends_all_the_cash_is_found() -> None:
    belief = infer(Roadmap([Milestone("launch", delay=Tabulated([0.0, 0.5]))]), [], MonthGrid(START, 2))
    payoffs = Payoffs({"launch": 3.0}, required_return=0.0, cash=19.22595905529837, burn=0.0)
    found = solve_for("burn", belief, payoffs, price=0.0, as_of=START)  # cash less burn is a rounding error
    assert found.possible
    assert fair_price(belief, replace(payoffs, burn=found.value), as_of=START) == pytest.approx(0.0, abs=1e-12)

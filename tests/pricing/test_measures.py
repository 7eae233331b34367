"""Physical and risk-neutral readings, and what would have to be true."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesmile.belief import Belief
from bayesmile.delays import Tabulated
from bayesmile.errors import InvalidInput
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.market import implied_probability, two_state
from bayesmile.payoffs import Payoffs
from bayesmile.pricing.measures import two_measures
from bayesmile.pricing.requirements import Requirement, what_must_hold
from bayesmile.roadmap import Milestone, Roadmap
from bayesmile.wording import money, percent
from tests.pricing.worlds import START, beliefs, payoffs_of


def one() -> Belief:
    delay = Tabulated([0.0] * 6 + [0.2] + [0.0] * 5 + [0.1] + [0.0] * 5 + [0.2])
    return infer(Roadmap([Milestone("first_sale", delay=delay)]), [], MonthGrid(START, 24))


PAYOFFS = Payoffs({"first_sale": 90e9}, beyond=3e9, required_return=0.2, dilution=0.05)


@settings(max_examples=50)
@given(beliefs(), st.data(), st.floats(0.5, 80.0), st.floats(0.0, 0.5))
def test_each_premium_is_the_reading_at_its_return(
    belief: Belief, data: st.DataObject, price: float, risk_free: float
) -> None:
    payoffs, name = data.draw(payoffs_of(belief))
    found = two_measures(belief, payoffs, price=price, as_of=START, risk_free=risk_free, milestone=name)
    for line in found.sweep:
        other = replace(payoffs, required_return=line.required_return)
        state = two_state(belief, other, as_of=START, milestone=name)
        if abs(state.success - state.failure) > 1e-3:
            expected = implied_probability(belief, other, price=price, as_of=START, milestone=name)
            assert line.implied == pytest.approx(expected, rel=1e-6, abs=1e-9)
        assert line.required_return == pytest.approx(risk_free + line.premium, abs=1e-12)
    assert found.physical.required_return == payoffs.required_return
    assert found.risk_neutral.required_return == risk_free
    assert {found.physical, found.risk_neutral} <= set(found.sweep) or math.isnan(found.physical.implied)
    premiums = [line.premium for line in found.sweep]
    assert premiums == sorted(set(premiums))
    assert premiums[-1] >= found.premium


@settings(max_examples=50)
@given(beliefs(), st.data(), st.floats(0.5, 80.0))
def test_without_a_premium_both_readings_are_one(belief: Belief, data: st.DataObject, price: float) -> None:
    payoffs, name = data.draw(payoffs_of(belief))
    at = {"price": price, "as_of": START, "milestone": name}
    found = two_measures(belief, payoffs, risk_free=payoffs.required_return, **at)
    assert found.physical == found.risk_neutral or math.isnan(found.physical.implied)
    assert found.premium == 0.0


def test_a_premium_may_be_negative_and_the_sweep_chosen() -> None:
    found = two_measures(one(), PAYOFFS, price=30e9, as_of=START, risk_free=0.25, premiums=[0.0, -0.1, 0.1])
    assert [line.premium for line in found.sweep] == pytest.approx([-0.1, -0.05, 0.0, 0.1])
    assert found.physical.implied < found.risk_neutral.implied
    frame = found.to_pandas()
    assert list(frame) == ["premium", "required_return", "implied", "state"]
    assert len(frame) == 4


def test_rows_know_no_return() -> None:
    row = Payoffs({"first_sale": [40.0] * 24 + [1.0]}, required_return=0.2)
    found = two_measures(one(), row, price=20.0, as_of=START, risk_free=0.04)
    assert found.rate_matters is False
    assert found.physical.implied == found.risk_neutral.implied == pytest.approx(19.0 / 39.0)


@pytest.mark.parametrize(
    ("given_numbers", "says"),
    [
        ({"risk_free": -0.01}, "risk_free: received -0.01; allowed is a yearly rate of at least 0"),
        ({"risk_free": math.nan}, "risk_free: received nan"),
        ({"risk_free": 0.04, "premiums": [-0.05]}, "premiums: received -0.05; allowed are numbers that make a return"),
    ],
)
def test_bad_rates_are_refused(given_numbers: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        two_measures(one(), PAYOFFS, price=30e9, as_of=START, **given_numbers)


def told(price: float, payoffs: Payoffs = PAYOFFS, **more: object) -> list[Requirement]:
    return list(what_must_hold(one(), payoffs, price=price, as_of=START, **more))


def test_sentences_carry_the_numbers_of_their_roots() -> None:
    found = told(30e9, dates=["2027-06", "2026"])
    by_about: dict[str, list[Requirement]] = {}
    for part in found:
        by_about.setdefault(part.about, []).append(part)
    assert list(by_about) == ["value", "probability", "success value", "date", "return", "funding"]
    probability = by_about["probability"][0]
    assert probability.solved.value == pytest.approx(implied_probability(one(), PAYOFFS, price=30e9, as_of=START))
    assert probability.text == (
        f"At our success value of $90 billion, the price needs a probability of {percent(probability.solved.value)}"
        " that first sale is reached by 2027-12; ours is 50%."
    )
    assert "success value" not in probability.held
    assert "our dates; a required return of 20.0% a year; a dilution of 5.0% a year" in probability.held
    foregone, ours, first, last = by_about["success value"]
    assert two_state(
        one(), PAYOFFS.with_value("first_sale", foregone.solved.value), as_of=START
    ).success == pytest.approx(30e9)
    assert money(foregone.solved.value) in foregone.text
    assert f"At our probability of 50%, success needs a value of {money(ours.solved.value)}" in ours.text
    assert first.text.startswith("Success certain to come in 2026-12 needs a value of ")
    assert last.solved.value == pytest.approx(30e9 * math.exp(0.25 * 17 / 12), rel=1e-12)
    assert "our dates" not in last.held
    sure, at_ours = by_about["date"]
    assert sure.text.startswith("If success is certain and worth $90 billion, any date by the horizon")
    assert f"it has to come by {at_ours.solved.month}" in at_ours.text
    assert "who buys at the price would earn" in by_about["return"][1].text
    assert "we take 5.0% a year" in by_about["funding"][0].text


@pytest.mark.parametrize(
    ("price", "payoffs", "says"),
    [
        (200e9, PAYOFFS, ("no probability is enough: even certain success is worth", "less than the price.")),
        (200e9, PAYOFFS, ("no date is early enough: even today that makes $90 billion",)),
        (200e9, PAYOFFS, ("no required return would give the price: even none at all leaves",)),
        (1e9, PAYOFFS, ("no probability is low enough: failure leaves $3 billion, more than the price.",)),
        (1e9, PAYOFFS, ("Failure alone leaves $3 billion, more than the price; with a success value above",)),
        (1e9, PAYOFFS, ("no value of success is low enough: what else is kept is worth $1.5 billion",)),
        (1e9, PAYOFFS, ("any date is early enough: however late", "times the price.")),
        (3e9, PAYOFFS, ("The price is what failure alone leaves: it assumes no chance of success",)),
        (0.0, PAYOFFS, ("Our numbers as they are give a value of $36.8 billion.",)),
        (
            4e9,
            Payoffs({"first_sale": 1e9}, beyond=3e9, required_return=0.1),
            ("even certain failure is worth $3 billion today",),
        ),
        (
            0.5e9,
            Payoffs({"first_sale": 1e9}, beyond=3e9, required_return=0.1),
            ("no probability is low enough: success is worth only $906 million",),
        ),
        (
            3e9,
            Payoffs({"first_sale": 3e9}, beyond=3e9, required_return=0.0),
            ("no price says how likely it is that first sale is reached by 2027-12: both are worth $3 billion.",),
        ),
        (
            30e9,
            Payoffs({"first_sale": 90e9}, required_return=0.2, cash=4e9, burn=5e9),
            ("Our numbers give the price at a burn of", "we take $5 billion."),
        ),
        (
            60e9,
            Payoffs({"first_sale": 90e9}, required_return=0.2, cash=4e9, burn=5e9),
            ("No burn makes our numbers give the price: even none at all leaves", "No required return makes"),
        ),
        (
            5e9,
            Payoffs({"first_sale": 30e9}, beyond=1e9, required_return=0.2, cash=4e9, burn=60e9),
            ("give a value of -$11.9 billion, less than nothing.", "even certain failure is worth $1 billion today"),
        ),
    ],
)
def test_what_nothing_makes_true_is_said_so(price: float, payoffs: Payoffs, says: tuple[str, ...]) -> None:
    text = " ".join(part.text for part in told(price, payoffs))
    for part in says:
        assert part in text
    assert "nan" not in text
    assert "undefined" not in text


@settings(max_examples=30)
@given(beliefs(), st.data(), st.floats(0.0, 300.0))
def test_every_sentence_is_whole(belief: Belief, data: st.DataObject, price: float) -> None:
    payoffs, name = data.draw(payoffs_of(belief))
    for part in what_must_hold(belief, payoffs, price=price, as_of=START, milestone=name, dates=[belief.grid.last]):
        assert part.text.endswith(".")
        assert "nan" not in part.text.replace(name, "")
        assert "undefined" not in part.text
        assert part.solved.possible or part.solved.why
        assert ("the other milestones" in part.held) == (len(payoffs.values) > 1)


def test_what_has_no_value_of_its_own_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no single success value"):
        told(0.5, Payoffs({"first_sale": [1.0] * 25}, required_return=0.1))

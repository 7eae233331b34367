"""Market readings against worked cases and closed forms."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from bayesmile.belief import Belief
from bayesmile.breakevens import break_even
from bayesmile.delays import LogNormal, Tabulated
from bayesmile.doubts import doubt_shares, necessary
from bayesmile.errors import InfeasiblePrice, InvalidInput
from bayesmile.events import MarketMove, daily_volatility, event_study
from bayesmile.evidence import Achieved, Announcement, NotYet, Row
from bayesmile.gaps import evidence_gap, hypothetical_announcements
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.ledger import Ledger
from bayesmile.market import fair_price, implied_probability, two_state
from bayesmile.payoffs import Payoffs
from bayesmile.roadmap import Milestone, Roadmap
from bayesmile.silence import price_silence
from bayesmile.streams import Stream
from bayesmile.tilts import attainable_range, implied, reach_tilt

VECTORS = json.loads((Path(__file__).parent / "vectors" / "market_tilts.json").read_text(encoding="utf-8"))
START = "2026-01"


def from_vector(case: dict) -> tuple[Belief, Payoffs, dict]:
    """Belief, payoffs and the price with its as-of date."""
    grid = MonthGrid(START, case["case"]["months"])
    roadmap = Roadmap(
        Milestone(item["name"], after=item["after"], needs=item["needs"], delay=Tabulated(item["delay_pmf"]))
        for item in case["case"]["milestones"]
    )
    rows = [Row(name, [float(x) for x in row]) for name, row in case["case"]["loglik"].items()]
    payoffs = Payoffs(
        {name: item["value"] for name, item in case["payoffs"].items()},
        **{name: case[name] for name in ("floor", "beyond", "required_return", "dilution")},
    )
    return infer(roadmap, rows, grid), payoffs, {"price": case["price"], "as_of": grid.label(case["as_of_month"])}


def coin(*, delay: list[float] | None = None, months: int = 12) -> Belief:
    """One milestone, "approval", that comes in month 0 or never, with even odds."""
    return infer(Roadmap([Milestone("approval", delay=Tabulated(delay or [0.5]))]), [], MonthGrid(START, months))


def two_steps() -> Belief:
    """Give a "pilot" and a "launch" after it, each a coin that falls in month 0 or 1."""
    step = Tabulated([0.25, 0.25])
    roadmap = Roadmap([Milestone("pilot", delay=step), Milestone("launch", after="pilot", delay=step)])
    return infer(roadmap, [], MonthGrid(START, 12))


@pytest.mark.parametrize("case", VECTORS)
def test_fair_price_and_range_match_enumeration(case: dict) -> None:
    belief, payoffs, at = from_vector(case)
    expected = case["expected"]
    assert fair_price(belief, payoffs, as_of=at["as_of"]) == pytest.approx(expected["fair_price"], rel=1e-11)
    ends = (expected["lowest_price"], expected["highest_price"])
    assert attainable_range(belief, payoffs, as_of=at["as_of"]) == pytest.approx(ends, rel=1e-11)


@pytest.mark.parametrize("case", VECTORS)
def test_exponential_tilt_matches_enumeration(case: dict) -> None:
    belief, payoffs, at = from_vector(case)
    market, expected = implied(belief, payoffs, **at), case["expected"]
    assert market.tilt == pytest.approx(expected["tilt"], rel=1e-9)
    assert market.relative_entropy == pytest.approx(expected["relative_entropy"], rel=1e-9)
    for name, pmf in expected["implied_pmf"].items():
        np.testing.assert_allclose(market.belief.pmf(name), pmf, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("case", [case for case in VECTORS if "two_state_probability" in case["expected"]])
def test_two_state_and_reach_tilt_match_enumeration(case: dict) -> None:
    belief, payoffs, at = from_vector(case)
    tilted, expected = reach_tilt(belief, payoffs, **at), case["expected"]
    state = two_state(belief, payoffs, as_of=at["as_of"])
    assert state.probability == pytest.approx(expected["reached_probability"], rel=1e-11)
    assert state.success == pytest.approx(expected["value_if_reached"], rel=1e-11)
    assert implied_probability(belief, payoffs, **at) == pytest.approx(expected["two_state_probability"], rel=1e-9)
    assert tilted.log_ratio == pytest.approx(expected["reach_tilt_log_ratio"], rel=1e-8)
    for name, pmf in expected["reach_tilt_pmf"].items():
        np.testing.assert_allclose(tilted.belief.pmf(name), pmf, rtol=1e-7, atol=1e-8)


def test_implied_probability_is_never_clipped() -> None:
    payoffs = Payoffs({"approval": 100.0}, floor=10.0, beyond=10.0, required_return=0.0)
    prices = (5.0, 20.0, 110.0, 155.0)
    found = [implied_probability(coin(), payoffs, price=price, as_of=START) for price in prices]
    assert found == pytest.approx([-1 / 6, 0.0, 1.0, 1.5])


def test_reach_tilt_out_of_range_gives_failure_and_success_value() -> None:
    payoffs = Payoffs({"approval": 100.0}, floor=10.0, beyond=10.0, required_return=0.0)
    for price in (5.0, 20.0, 110.0, 155.0):
        with pytest.raises(InfeasiblePrice) as caught:
            reach_tilt(coin(), payoffs, price=price, as_of=START)
        assert (caught.value.lowest, caught.value.highest) == pytest.approx((20.0, 110.0))
        assert "only whether approval is reached may change" in caught.value.__notes__[0]
        assert "changing only the probability of reaching approval can give: 20 to 110" in str(caught.value)
        assert "any belief" not in str(caught.value)


def test_a_certain_milestone_cannot_be_tilted() -> None:
    payoffs = Payoffs({"approval": 100.0}, required_return=0.0)
    certain = coin(delay=[0.5, 0.5])
    assert implied_probability(certain, payoffs, price=40.0, as_of=START) == pytest.approx(0.4)
    with pytest.raises(InfeasiblePrice, match=r"100 to 100"):
        reach_tilt(certain, payoffs, price=40.0, as_of=START)
    assert reach_tilt(certain, payoffs, price=100.0, as_of=START).bits == 0.0


def test_an_end_of_the_range_is_infeasible() -> None:
    payoffs = Payoffs({"approval": 100.0}, floor=10.0, required_return=0.0)
    for price in (10.0, 110.0):
        with pytest.raises(InfeasiblePrice) as caught:
            implied(coin(), payoffs, price=price, as_of=START)
        assert (caught.value.price, caught.value.lowest, caught.value.highest) == (price, 10.0, 110.0)
        assert "any belief consistent with this roadmap can give: 10 to 110" in str(caught.value)


def test_prices_next_to_the_ends_are_met() -> None:
    payoffs = Payoffs({"approval": 100.0}, required_return=0.0)
    for price in (1e-9, 100.0 - 1e-9):
        market = implied(coin(), payoffs, price=price, as_of=START)
        assert fair_price(market.belief, payoffs, as_of=START) == pytest.approx(price, rel=1e-9)


def test_a_faint_belief_is_tilted_exactly() -> None:
    belief = coin().update(Row("approval", [-690.0] + [0.0] * 12))  # probability e^-690
    payoffs = Payoffs({"approval": 100.0}, required_return=0.0)
    market = implied(belief, payoffs, price=50.0, as_of=START)
    assert market.span == pytest.approx(690.0, rel=1e-12)
    assert market.relative_entropy == pytest.approx(345.0 - math.log(2.0), rel=1e-12)


def test_where_outcomes_are_worth_the_same_only_that_price_is_met() -> None:
    payoffs = Payoffs({"approval": 0.0}, floor=10.0, required_return=0.1)
    same = implied(coin(), payoffs, price=10.0, as_of=START)
    assert (same.tilt, same.relative_entropy, same.span) == (0.0, 0.0, 0.0)
    with pytest.raises(InfeasiblePrice, match="10 to 10"):
        implied(coin(), payoffs, price=11.0, as_of=START)
    assert math.isnan(implied_probability(coin(), payoffs, price=11.0, as_of=START))


def test_worths_that_differ_by_rounding_are_the_same() -> None:
    for row in ([10.0 + 4e-15] + [10.0] * 12, [3e-310] + [0.0] * 12):
        payoffs = Payoffs({"approval": row}, floor=10.0, required_return=0.0)
        lowest, highest = attainable_range(coin(), payoffs, as_of=START)
        assert lowest == highest
        with pytest.raises(InfeasiblePrice):
            implied(coin(), payoffs, price=25.0, as_of=START)


def test_months_that_cannot_happen_do_not_matter() -> None:
    payoffs = Payoffs({"approval": [10.0, 1e300] + [0.0] * 11}, required_return=0.0)
    market = implied(coin(), payoffs, price=8.0, as_of=START)
    assert (market.lowest, market.highest) == (0.0, 10.0)
    assert market.belief.prob("approval", by="2026-01") == pytest.approx(0.8)


def test_joint_support_bounds_the_price_of_two_milestones() -> None:
    # Launch in month 0 needs the pilot in month 0, so that the two cannot be reached in months 1 and 0.
    rows = {"pilot": [0.0, 10.0] + [0.0] * 11, "launch": [10.0, 0.0] + [0.0] * 11}
    payoffs = Payoffs(rows, required_return=0.0)
    assert attainable_range(two_steps(), payoffs, as_of=START) == pytest.approx((0.0, 10.0))


def test_joint_support_is_not_that_of_the_likeliest_months() -> None:
    # Equally good: pilot in month 1, or both in month 0. The likeliest months of these, 1 and 0, exclude each other.
    pilot, launch = Tabulated([0.6, 0.4]), Tabulated([0.4, 0.35, 0.25])
    roadmap = Roadmap([Milestone("pilot", delay=pilot), Milestone("launch", after="pilot", delay=launch)])
    rows = {"pilot": [0.0, 10.0] + [0.0] * 11, "launch": [10.0, 0.0] + [0.0] * 11}
    belief, payoffs = infer(roadmap, [], MonthGrid(START, 12)), Payoffs(rows, required_return=0.0)
    assert attainable_range(belief, payoffs, as_of=START) == pytest.approx((0.0, 10.0))
    market = implied(belief, payoffs, price=8.0, as_of=START)
    assert market.span == pytest.approx(10.0 * market.tilt)


def test_a_price_met_only_by_arriving_earlier_is_flagged() -> None:
    belief = coin(delay=[0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.8])
    payoffs = Payoffs({"approval": 100.0}, required_return=0.2)
    market = implied(belief, payoffs, price=95.0, as_of=START)
    assert implied_probability(belief, payoffs, price=95.0, as_of=START) > 1.0
    assert "only arriving earlier" in market.notes[0]


def test_relative_entropy_splits_into_whether_and_when() -> None:
    payoffs = Payoffs({"approval": 100.0}, required_return=0.0)
    flat = implied(coin(delay=[0.2, 0.3]), payoffs, price=80.0, as_of=START)
    assert flat.whether == pytest.approx(0.8 * math.log(0.8 / 0.5) + 0.2 * math.log(0.2 / 0.5))
    assert flat.when == pytest.approx(0.0, abs=1e-15)
    steep = implied(coin(delay=[0.2, 0.3]), Payoffs({"approval": 100.0}, required_return=5.0), price=80.0, as_of=START)
    assert steep.when > 0.01
    assert steep.whether + steep.when == pytest.approx(steep.relative_entropy)


def test_several_priced_milestones_need_a_name() -> None:
    payoffs = Payoffs({"pilot": 10.0, "launch": 100.0}, required_return=0.0)
    with pytest.raises(InvalidInput, match="several milestones are priced"):
        implied_probability(two_steps(), payoffs, price=30.0, as_of=START)
    # F: the pilot alone, probability 1/3 given no launch; S: both.
    state = two_state(two_steps(), payoffs, as_of=START, milestone="launch")
    assert (state.failure, state.success) == pytest.approx((10.0 / 3.0, 110.0))
    tilted = reach_tilt(two_steps(), payoffs, price=60.0, as_of=START, milestone="launch")
    assert fair_price(tilted.belief, payoffs, as_of=START) == pytest.approx(60.0, rel=1e-12)
    market = implied(two_steps(), payoffs, price=60.0, as_of=START)
    assert math.isnan(market.whether)


def test_a_milestone_without_payoff_is_worth_what_it_leads_to() -> None:
    payoffs = Payoffs({"launch": 100.0}, required_return=0.0)
    state = two_state(two_steps(), payoffs, as_of=START, milestone="pilot")
    assert (state.failure, state.success) == pytest.approx((0.0, 50.0))


def test_failure_worth_more_than_success_still_inverts() -> None:
    payoffs = Payoffs({"approval": 10.0}, beyond=50.0, required_return=0.0)
    tilted = reach_tilt(coin(), payoffs, price=20.0, as_of=START)
    assert tilted.implied_probability == pytest.approx(0.75)
    assert fair_price(tilted.belief, payoffs, as_of=START) == pytest.approx(20.0)


def test_what_was_reached_before_the_as_of_date_has_been_paid() -> None:
    belief = two_steps().update(Achieved("pilot", "2026-01"))
    values = {"pilot": 10.0, "launch": 100.0}
    later = {"as_of": "2026-02"}
    assert fair_price(belief, Payoffs(values, required_return=0.0), **later) == pytest.approx(50.0)
    assert fair_price(belief, Payoffs(values, required_return=0.0, unpaid=("pilot",)), **later) == pytest.approx(60.0)
    assert fair_price(belief, Payoffs(values, required_return=0.0), as_of="2026-01") == pytest.approx(60.0)
    assert fair_price(belief, Payoffs(values, required_return=0.0), as_of="2026-01-31") == pytest.approx(50.0)
    nothing_left = Payoffs({"pilot": 10.0}, required_return=0.0)
    with pytest.raises(InvalidInput, match="nothing is left to be paid"):
        implied_probability(belief, nothing_left, price=1.0, **later)


@pytest.mark.parametrize("price", [-1.0, math.nan, math.inf, "9"])
def test_a_bad_price_is_refused(price: float) -> None:
    payoffs = Payoffs({"approval": 100.0}, required_return=0.0)
    for ask in (implied_probability, implied, reach_tilt, break_even):
        with pytest.raises(InvalidInput, match="price: received"):
            ask(coin(), payoffs, price=price, as_of=START)


def test_an_unknown_milestone_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="'launch'; allowed are those of the roadmap: approval"):
        fair_price(coin(), Payoffs({"launch": 1.0}, required_return=0.0), as_of=START)
    with pytest.raises(InvalidInput, match="milestone: received 'launch'"):
        two_state(coin(), Payoffs({"approval": 1.0}, required_return=0.0), as_of=START, milestone="launch")


def test_an_implied_belief_cannot_enter_a_ledger() -> None:
    payoffs = Payoffs({"approval": 100.0}, required_return=0.0)
    for tilted in (
        implied(coin(), payoffs, price=70.0, as_of=START),
        reach_tilt(coin(), payoffs, price=70.0, as_of=START),
    ):
        with pytest.raises(InvalidInput, match="announced date"):
            Ledger(tilted.belief.evidence.items)


def test_price_silence_bounds_other_milestones() -> None:
    frame = price_silence(two_steps(), "launch", deadlines=["2026-01", "2026-12"])
    assert list(frame["milestone"]) == ["pilot", "pilot"]
    assert frame.loc[1, "not_reached"] == pytest.approx(1 / 3)
    assert frame.loc[1, "reached"] == pytest.approx(1.0)
    assert frame.loc[1, "points"] == pytest.approx(200 / 3)
    assert not frame["silent"].any()
    unrelated = Roadmap([Milestone("a", delay=Tabulated([0.5])), Milestone("b", delay=Tabulated([0.5]))])
    other = price_silence(infer(unrelated, [], MonthGrid(START, 12)), "a")
    assert other["silent"].all()
    excluded = price_silence(coin().update(NotYet("approval", through="2026-11")), "approval")
    assert excluded.empty


def test_price_silence_has_no_number_for_an_excluded_side() -> None:
    frame = price_silence(two_steps().update(Achieved("launch", "2026-02")), "launch")
    assert frame["not_reached"].isna().all()
    assert not frame["silent"].any()


def test_doubt_shares_name_the_steps() -> None:
    assert doubt_shares(two_steps(), "launch", by="2026-12") == pytest.approx({"pilot": 1.0, "launch": 1.0})
    known = two_steps().update(Achieved("pilot", "2026-01"))
    assert doubt_shares(known, "launch", by="2026-12") == pytest.approx({"pilot": 0.0, "launch": 1.0})
    late = two_steps().update(NotYet("pilot", through="2026-01"))
    shares = doubt_shares(late, "launch", by="2026-01")
    assert shares["pilot"] == math.inf
    assert math.isnan(shares["launch"])


def test_doubt_shares_refuse_what_is_unknown() -> None:
    with pytest.raises(InvalidInput):
        doubt_shares(two_steps(), "sale", by="2026-12")
    with pytest.raises(InvalidInput):
        doubt_shares(two_steps(), "launch", by="2031")


def test_an_any_join_needs_what_all_its_parents_need() -> None:
    step = LogNormal(12, 0.5)
    roadmap = Roadmap(
        [
            Milestone("root", delay=step),
            Milestone("left", after="root", delay=step),
            Milestone("right", after="root", delay=step),
            Milestone("either", after=["left", "right"], needs="any", delay=step),
            Milestone("both", after=["left", "right"], delay=step),
        ]
    )
    assert necessary(roadmap, "either") == ("root", "either")
    assert necessary(roadmap, "both") == ("root", "left", "right", "both")


class TestEventStudy:
    payoffs = Payoffs({"approval": 90.0}, floor=5.0, beyond=5.0, required_return=0.0)

    def study(self, before: float, after: float, **more: float) -> object:
        return event_study(coin(), self.payoffs, move=MarketMove(before, after, **more), as_of=START)

    def test_bayes_factor_is_the_ratio_of_implied_odds(self) -> None:
        study = self.study(20.0, 50.0)
        p0, p1 = study.probability_before, study.probability_after
        assert study.log_bayes_factor == pytest.approx(math.log(p1 / (1 - p1) / (p0 / (1 - p0))))
        assert study.bound == pytest.approx(math.log(2.5))
        assert study.undefined == ""

    def test_benchmark_is_taken_out(self) -> None:
        study = self.study(20.0, 20.0 * math.exp(0.06), benchmark_return=0.03, beta=2.0)
        assert study.log_bayes_factor == pytest.approx(0.0, abs=1e-12)

    def test_bound_holds_whatever_success_is_worth_with_a_net_debt_too(self) -> None:
        for value in (80.0, 1e3, 1e6):
            payoffs = Payoffs({"approval": value}, required_return=0.0, net_cash=-10.0)
            for before, after in ((20.0, 40.0), (40.0, 20.0)):
                study = event_study(coin(), payoffs, move=MarketMove(before, after), as_of=START)
                assert study.bound == pytest.approx(math.log(50.0 / 30.0))
                assert abs(study.log_bayes_factor) >= study.bound

    @pytest.mark.parametrize(("before", "after", "why"), [(20, 95, "at or above"), (10, 20, "at or below")])
    def test_outside_the_values_it_is_undefined(self, before: float, after: float, why: str) -> None:
        study = self.study(before, after)
        assert math.isnan(study.log_bayes_factor)
        assert why in study.undefined
        assert study.bound > 0.0

    def test_success_worth_no_more_than_failure_is_undefined(self) -> None:
        payoffs = Payoffs({"approval": 5.0}, floor=5.0, beyond=9.0, required_return=0.0)
        study = event_study(coin(), payoffs, move=MarketMove(11.0, 12.0), as_of=START)
        assert "no more than" in study.undefined

    def test_constant_probability_needs_another_success_value(self) -> None:
        study = self.study(20.0, 50.0)
        other = self.payoffs.with_value("approval", 90.0 * (1.0 + study.success_value_change))
        assert implied_probability(coin(), other, price=50.0, as_of=START) == pytest.approx(study.probability_before)

    def test_noise_is_what_an_ordinary_day_says(self) -> None:
        study = self.study(20.0, 50.0, volatility=0.05)
        ordinary = self.study(20.0, 20.0 * math.exp(1.96 * 0.05))
        assert study.noise[1] == pytest.approx(ordinary.log_bayes_factor)
        assert study.noise[0] < 0.0 < study.noise[1]
        assert all(math.isnan(x) for x in self.study(20.0, 50.0).noise)

    def test_a_share_of_the_move(self) -> None:
        study = self.study(20.0, 50.0)
        assert study.at_share(1.0) == pytest.approx(study.log_bayes_factor)
        assert study.at_share(0.0) == 0.0
        assert 0.0 < study.at_share(0.25) < study.at_share(0.5) < study.log_bayes_factor

    @pytest.mark.parametrize(("nats", "words"), [(0.5, "more than"), (5.0, "less than"), (-0.5, "the other way")])
    def test_verdict_compares_with_the_model(self, nats: float, words: str) -> None:
        belief = coin().update(Row("approval", [nats] + [0.0] * 12))
        study = event_study(belief, self.payoffs, move=MarketMove(20.0, 50.0), as_of=START, without=coin())
        assert study.model == pytest.approx(nats)
        assert words in study.verdict
        assert self.study(20.0, 50.0).verdict == ""

    def test_verdict_without_a_bayes_factor_uses_the_bound(self) -> None:
        move = MarketMove(20.0, 95.0)
        modest, great = (coin().update(Row("approval", [nats] + [0.0] * 12)) for nats in (0.5, 5.0))
        one = event_study(modest, self.payoffs, move=move, as_of=START, without=coin())
        other = event_study(great, self.payoffs, move=move, as_of=START, without=coin())
        assert "more than" in one.verdict
        assert "cannot be compared" in other.verdict

    @pytest.mark.parametrize("bad", [0.0, -1.0, math.nan])
    def test_bad_prices_are_refused(self, bad: float) -> None:
        with pytest.raises(InvalidInput, match="MarketMove before"):
            MarketMove(bad, 1.0)
        with pytest.raises(InvalidInput, match="prices"):
            daily_volatility([1.0, 2.0, bad])
        with pytest.raises(InvalidInput, match="volatility"):
            daily_volatility([1.0, 1.0, 1.0])


class TestBreakEven:
    payoffs = Payoffs({"approval": 90.0}, floor=5.0, beyond=5.0, required_return=0.1)
    belief = coin(delay=[0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.3])

    @pytest.mark.parametrize("probability", [1.0, 0.5, None, 0.1])
    def test_success_value_makes_the_price_right(self, probability: float | None) -> None:
        found = break_even(self.belief, self.payoffs, price=30.0, as_of=START, probability=probability)
        other = self.payoffs.with_value("approval", found.success_value)
        assert implied_probability(self.belief, other, price=30.0, as_of=START) == pytest.approx(found.probability)

    def test_ours_is_where_the_model_value_is_the_price(self) -> None:
        found = break_even(self.belief, self.payoffs, price=30.0, as_of=START)
        other = self.payoffs.with_value("approval", found.success_value)
        assert fair_price(self.belief, other, as_of=START) == pytest.approx(30.0)

    def test_required_return_makes_the_price_right(self) -> None:
        found = break_even(self.belief, self.payoffs, price=46.0, as_of=START)
        other = Payoffs({"approval": 90.0}, floor=5.0, beyond=5.0, required_return=found.required_return)
        assert fair_price(self.belief, other, as_of=START) == pytest.approx(46.0)

    def test_no_required_return_makes_too_high_a_price_right(self) -> None:
        assert math.isnan(break_even(self.belief, self.payoffs, price=99.0, as_of=START).required_return)

    def test_nor_one_too_low(self) -> None:
        assert math.isnan(break_even(self.belief, self.payoffs, price=12.0, as_of=START).required_return)

    def test_date_makes_the_price_right(self) -> None:
        found = break_even(self.belief, self.payoffs, price=45.0, as_of=START)
        sure = 5.0 + 0.5 * 90.0 * math.exp(-0.1 * found.years) + 0.5 * 5.0
        assert sure == pytest.approx(45.0)
        assert found.arrival == self.belief.grid.label(math.floor(12.0 * found.years))

    @pytest.mark.parametrize("as_of", ["2026-01", "2026-03", "2026-03-01", "2026-02-14", "2026-03-31"])
    @pytest.mark.parametrize("rate", [0.1, 0.03])
    def test_a_fair_price_arrives_in_its_own_month(self, as_of: str, rate: float) -> None:
        payoffs = Payoffs({"approval": 90.0}, floor=5.0, beyond=5.0, required_return=rate)
        grid = MonthGrid(START, 120)
        month, fraction = grid.moment(as_of)
        for arrival in range(month + (fraction > 0.0), grid.months):
            belief = coin(delay=[0.0] * arrival + [0.5], months=grid.months)
            found = break_even(belief, payoffs, price=fair_price(belief, payoffs, as_of=as_of), as_of=as_of)
            assert found.arrival == grid.label(arrival)

    @pytest.mark.parametrize("other", [1e-3, 1.0, 1e4, 1e10])
    def test_success_value_beside_another_priced_milestone(self, other: float) -> None:
        roadmap = Roadmap(
            [
                Milestone("pilot", delay=Tabulated([0.0, 0.3, 0.3])),
                Milestone("launch", after="pilot", delay=Tabulated([0.1, 0.2, 0.3])),
            ]
        )
        belief = infer(roadmap, [], MonthGrid(START, 24))
        payoffs = Payoffs(
            {"pilot": other, "launch": 0.7}, beyond=0.1, beyond_milestone="launch", floor=0.2, required_return=0.1
        )
        for milestone in ("pilot", "launch"):
            at = {"as_of": START, "milestone": milestone}
            price = 1.1 * fair_price(belief, payoffs, as_of=START)
            found = break_even(belief, payoffs, price=price, **at)
            repriced = fair_price(belief, payoffs.with_value(milestone, found.success_value), as_of=START)
            assert repriced == pytest.approx(price, rel=1e-9)
            for factor in (1e-9, 1e9):
                scaled = break_even(belief, payoffs.scaled(factor), price=price * factor, **at)
                assert scaled.success_value == pytest.approx(found.success_value * factor, rel=1e-9)

    def test_what_has_been_paid_or_never_comes_has_no_break_even(self) -> None:
        roadmap = Roadmap([Milestone(name, delay=Tabulated([0.5])) for name in ("pilot", "launch", "sale")])
        known = [Achieved("pilot", "2026-01"), NotYet("sale", "2026-12")]
        belief = infer(roadmap, known, MonthGrid(START, 12))
        payoffs = Payoffs({"pilot": 1.0, "launch": 2.0, "sale": 3.0}, required_return=0.1)
        for milestone, says in (("pilot", "has been paid for"), ("sale", "is never reached by our belief")):
            with pytest.raises(InvalidInput, match=f"{milestone} .*{says}"):
                break_even(belief, payoffs, price=1.0, as_of="2026-02", milestone=milestone, probability=0.5)

    def test_no_date_is_early_enough(self) -> None:
        found = break_even(self.belief, self.payoffs, price=99.0, as_of=START)
        assert math.isnan(found.years)
        assert found.arrival == "never early enough"

    def test_any_date_would_do(self) -> None:
        free = Payoffs({"approval": 90.0}, required_return=0.0)
        found = break_even(self.belief, free, price=45.0, as_of=START)
        assert (found.years, found.arrival) == (math.inf, "beyond")

    def test_refusals(self) -> None:
        with pytest.raises(InvalidInput, match="probability: received 0"):
            break_even(self.belief, self.payoffs, price=30.0, as_of=START, probability=0.0)
        row = Payoffs({"approval": [1.0] * 13}, required_return=0.0)
        with pytest.raises(InvalidInput, match="no single success value"):
            break_even(self.belief, row, price=30.0, as_of=START)


class TestEvidenceGap:
    stream = Stream(
        kind="deal",
        milestone="pilot",
        base_rate=1.0,
        lift=2.0,
        lead=12,
        covers=("2024", None),
        attributes={"big": (0.8, 0.4)},
    )
    delay = Stream(kind="delay", milestone="pilot", base_rate=1.0, lift=0.5, lead=12, covers=("2024", None))
    roadmap = Roadmap(
        [
            Milestone("pilot", delay=LogNormal(24, 0.6, never=0.2)),
            Milestone("launch", after="pilot", delay=LogNormal(12, 0.6, never=0.2)),
        ]
    )
    grid = MonthGrid("2025-01", 84)

    def belief(self, extra: int = 0) -> Belief:
        news = [Announcement("pilot", "deal", "2026-01-15", story=f"deal {k}") for k in range(extra)]
        return infer(self.roadmap, Ledger(news, [self.stream, self.delay]).known_by("2026-01-15"), self.grid)

    @pytest.mark.parametrize("goal", [0.51, 0.53, 0.55])
    def test_the_count_is_the_least_that_suffices(self, goal: float) -> None:
        target = {"milestone": "launch", "by": "2029-12"}
        gap = evidence_gap(self.belief(), goal, **target)
        deals = {kind.label: kind for kind in gap.kinds}["deal on pilot"]
        assert gap.bits > 0.0
        assert 1 <= deals.count < math.inf
        after = self.belief(int(deals.count)).prob("launch", by="2029-12")
        before = self.belief(int(deals.count) - 1).prob("launch", by="2029-12")
        assert before < goal <= after < deals.ceiling

    def test_the_ceiling_is_certain_achievement_within_the_lead(self) -> None:
        gap = evidence_gap(self.belief(), 0.9, milestone="launch", by="2029-12")
        deals = gap.kinds[0]
        window = np.full(85, -np.inf)
        window[12:25] = 0.0
        certain = self.belief().update(Row("pilot", window)).prob("launch", by="2029-12")
        assert deals.ceiling == pytest.approx(certain, rel=1e-12)
        assert deals.count == math.inf
        assert not deals.suffices
        assert self.belief(400).prob("launch", by="2029-12") == pytest.approx(certain, rel=1e-9)

    def test_better_attributes_move_more(self) -> None:
        gap = evidence_gap(self.belief(), 0.5, milestone="launch", by="2029-12")
        plain, best, delay = gap.kinds
        assert best.label == "deal on pilot, best attributes"
        assert best.bits_each > plain.bits_each > 0.0 > delay.bits_each
        assert best.count <= plain.count
        assert delay.count == math.inf

    def test_a_negative_gap_counts_cautions(self) -> None:
        gap = evidence_gap(self.belief(), 0.15, milestone="pilot", by="2026-12")
        plain, _, delay = gap.kinds
        assert gap.bits < 0.0
        assert plain.count == math.inf
        assert delay.suffices

    def test_no_gap_needs_none(self) -> None:
        gap = evidence_gap(self.belief(), self.belief(), milestone="launch", by="2029-12")
        assert gap.bits == 0.0
        assert {kind.count for kind in gap.kinds} == {0.0}

    def test_an_impossible_probability_is_past_every_number(self) -> None:
        gap = evidence_gap(self.belief(), 1.4, milestone="launch", by="2031-12")
        assert gap.bits == math.inf
        assert {kind.count for kind in gap.kinds} == {math.inf}
        with pytest.raises(InvalidInput, match="nan"):
            evidence_gap(self.belief(), math.nan, milestone="launch", by="2031-12")

    @pytest.mark.parametrize("goal", [1.4, 1.0])
    def test_news_on_the_target_itself_does_not_make_it_certain(self, goal: float) -> None:
        gap = evidence_gap(self.belief(), goal, milestone="pilot", by="2031-12")
        assert any(kind.milestone == "pilot" and kind.ceiling == 1.0 for kind in gap.kinds)
        assert {kind.count for kind in gap.kinds} == {math.inf}

    def test_a_belief_without_streams_has_no_kinds(self) -> None:
        assert hypothetical_announcements(coin()) == {}

    def test_streams_that_do_not_cover_the_date_are_left_out(self) -> None:
        ended = Stream(kind="deal", milestone="pilot", base_rate=1.0, lift=2.0, lead=12, covers=("2024", "2025"))
        belief = infer(self.roadmap, Ledger([], [ended]).known_by("2026-01-15"), self.grid)
        assert hypothetical_announcements(belief) == {}

"""Laws of prices and tilts, on random small roadmaps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bayesmile.belief import Belief
from bayesmile.breakevens import break_even
from bayesmile.core.tilting import bernoulli_divergence, log_bayes_factor
from bayesmile.delays import Tabulated
from bayesmile.doubts import doubt_shares
from bayesmile.errors import ImpossibleEvidence, InfeasiblePrice
from bayesmile.evidence import Row
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.market import fair_price, implied_probability, two_state
from bayesmile.payoffs import Payoffs
from bayesmile.roadmap import Milestone, Roadmap
from bayesmile.silence import price_silence
from bayesmile.tilts import attainable_range, implied, reach_tilt
from tests.strategies import graphs

START = "2026-01"
SHARES = st.floats(0.001, 0.999)


@dataclass(frozen=True)
class Case:
    """A belief, payoffs and the range of prices that they can meet."""

    belief: Belief
    payoffs: Payoffs
    lowest: float
    highest: float

    def price(self, share: float) -> float:
        return self.lowest + share * (self.highest - self.lowest)


@st.composite
def beliefs(draw: st.DrawFn) -> Belief:
    """Roadmap of up to four milestones with exact zeros in its delays and its news."""
    graph, months = draw(graphs(max_milestones=4)), draw(st.integers(2, 5))
    cells = st.lists(st.sampled_from([0.0, 0.02, 0.1, 0.3, 1.0]), min_size=months + 1, max_size=months + 1)
    milestones = []
    for k, parents in enumerate(graph.parents):
        weights = np.array(draw(cells.filter(any)))
        milestones.append(
            Milestone(
                f"m{k}",
                after=[f"m{parent}" for parent in parents],
                needs="any" if graph.earliest[k] else "all",
                delay=Tabulated(weights[:-1] / weights.sum()),
            )
        )
    entry = st.one_of(st.floats(-4.0, 4.0), st.just(-math.inf), st.just(0.0))
    named = st.integers(0, len(milestones) - 1)
    rows = draw(st.dictionaries(named, st.lists(entry, min_size=months + 1, max_size=months + 1), max_size=2))
    try:
        return infer(Roadmap(milestones), [Row(f"m{k}", row) for k, row in rows.items()], MonthGrid(START, months))
    except ImpossibleEvidence:
        assume(False)
        raise


@st.composite
def cases(draw: st.DrawFn, most_priced: int = 2) -> Case:
    """Payoffs of one or two milestones, and a range of prices that is not a point."""
    belief = draw(beliefs())
    priced = draw(st.lists(st.sampled_from(belief.roadmap.names), min_size=1, max_size=most_priced, unique=True))
    payoffs = Payoffs(
        {name: draw(st.floats(1.0, 100.0)) for name in priced},
        floor=draw(st.floats(0.0, 5.0)),
        beyond=draw(st.floats(0.0, 0.9)) if len(priced) == 1 else 0.0,
        required_return=draw(st.floats(0.0, 0.3)),
        dilution=draw(st.floats(0.0, 0.1)),
    )
    lowest, highest = attainable_range(belief, payoffs, as_of=START)
    assume(highest - lowest > 1e-3)
    return Case(belief, payoffs, lowest, highest)


@st.composite
def reachable(draw: st.DrawFn) -> Case:
    """One priced milestone, worth reaching and open either way."""
    case = draw(cases(most_priced=1))
    state = two_state(case.belief, case.payoffs, as_of=START)
    assume(0.0 < state.probability and math.isfinite(state.log_odds) and state.success > state.failure)
    return case


@given(cases(), SHARES)
def test_a_tilt_reprices(case: Case, share: float) -> None:
    market = implied(case.belief, case.payoffs, price=case.price(share), as_of=START)
    assert fair_price(market.belief, case.payoffs, as_of=START) == pytest.approx(case.price(share), rel=1e-9)


@given(reachable(), SHARES)
def test_a_reach_tilt_reprices(case: Case, share: float) -> None:
    state = two_state(case.belief, case.payoffs, as_of=START)
    price = state.failure + share * (state.success - state.failure)
    tilted = reach_tilt(case.belief, case.payoffs, price=price, as_of=START)
    assert fair_price(tilted.belief, case.payoffs, as_of=START) == pytest.approx(price, rel=1e-9)
    assert tilted.implied_probability == pytest.approx(1.0 - tilted.belief.pmf(state.milestone)[-1], rel=1e-9)


@given(cases(), SHARES)
def test_a_tilt_sums_to_one(case: Case, share: float) -> None:
    market = implied(case.belief, case.payoffs, price=case.price(share), as_of=START)
    for name in case.belief.roadmap.names:
        assert market.belief.pmf(name).sum() == pytest.approx(1.0, rel=1e-12)


@given(cases(), SHARES)
def test_a_tilt_keeps_zeros_and_makes_none(case: Case, share: float) -> None:
    market = implied(case.belief, case.payoffs, price=case.price(share), as_of=START)
    for name in case.belief.roadmap.names:
        ours, theirs = case.belief.pmf(name), market.belief.pmf(name)
        assert (theirs[ours == 0.0] == 0.0).all()
        # A span of several hundred nats takes a month below the smallest double: zero as a number, not as a law.
        if abs(market.span) < 600.0:
            assert (theirs[ours > 1e-30] > 0.0).all()


@given(cases(), st.floats(-5.0, 5.0).filter(lambda x: abs(x) > 0.01))
def test_the_price_of_a_tilt_gives_the_tilt_back(case: Case, tilt: float) -> None:
    rows = case.payoffs.present_values(case.belief.grid, START).rows
    width = case.highest - case.lowest
    ours = case.belief.update(*(Row(name, tilt / width * row) for name, row in rows.items()))
    market = implied(case.belief, case.payoffs, price=fair_price(ours, case.payoffs, as_of=START), as_of=START)
    assert market.span == pytest.approx(tilt, rel=1e-6)
    for name in case.belief.roadmap.names:
        np.testing.assert_allclose(market.belief.pmf(name), ours.pmf(name), atol=1e-9)


@given(cases())
def test_the_model_value_gives_zero_tilt(case: Case) -> None:
    fair = fair_price(case.belief, case.payoffs, as_of=START)
    market = implied(case.belief, case.payoffs, price=fair, as_of=START)
    assert (market.tilt, market.span, market.relative_entropy) == (0.0, 0.0, 0.0)
    near = implied(case.belief, case.payoffs, price=fair + 1e-9 * (case.price(0.5) - fair), as_of=START)
    assert abs(near.span) < 1e-5
    assert near.relative_entropy < 1e-12


@given(reachable())
def test_the_model_value_gives_zero_reach_tilt(case: Case) -> None:
    fair = fair_price(case.belief, case.payoffs, as_of=START)
    assert reach_tilt(case.belief, case.payoffs, price=fair, as_of=START).log_ratio == 0.0
    p = implied_probability(case.belief, case.payoffs, price=fair, as_of=START)
    assert p == pytest.approx(two_state(case.belief, case.payoffs, as_of=START).probability, abs=1e-9)


@given(cases(), st.one_of(st.floats(-1.0, -1e-6), st.floats(1.0 + 1e-6, 2.0)))
def test_a_price_out_of_range_raises_with_the_range(case: Case, share: float) -> None:
    price = case.price(share)
    assume(price >= 0.0)
    with pytest.raises(InfeasiblePrice) as caught:
        implied(case.belief, case.payoffs, price=price, as_of=START)
    assert (caught.value.lowest, caught.value.highest) == (case.lowest, case.highest)


@given(cases())
def test_the_range_is_that_of_joint_draws(case: Case) -> None:
    rows = case.payoffs.present_values(case.belief.grid, START).rows
    draws = case.belief.sample(200, rng=7)
    values = case.payoffs.floor + sum(row[draws.sel(milestone=name).to_numpy()] for name, row in rows.items())
    assert case.lowest - 1e-9 <= values.min()
    assert values.max() <= case.highest + 1e-9


@given(cases(), SHARES, st.integers(-9, 12))
def test_another_unit_of_currency_changes_nothing_but_the_tilt(case: Case, share: float, power: int) -> None:
    factor = 10.0**power
    ours = implied(case.belief, case.payoffs, price=case.price(share), as_of=START)
    theirs = implied(case.belief, case.payoffs.scaled(factor), price=factor * case.price(share), as_of=START)
    assert theirs.tilt * factor == pytest.approx(ours.tilt, rel=1e-7, abs=1e-9)
    assert theirs.relative_entropy == pytest.approx(ours.relative_entropy, rel=1e-7, abs=1e-9)
    for name in case.belief.roadmap.names:
        np.testing.assert_allclose(theirs.belief.pmf(name), ours.belief.pmf(name), atol=1e-9)


@given(cases(), SHARES, SHARES)
def test_a_higher_price_tilts_higher(case: Case, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assume(high - low > 1e-6)
    below, above = (implied(case.belief, case.payoffs, price=case.price(x), as_of=START) for x in (low, high))
    assert below.tilt < above.tilt


@given(reachable(), SHARES, SHARES)
def test_a_higher_price_implies_a_higher_probability(case: Case, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assume(high - low > 1e-6)
    at = {"as_of": START}
    below, above = (implied_probability(case.belief, case.payoffs, price=case.price(x), **at) for x in (low, high))
    assert below < above


@given(reachable(), SHARES)
def test_a_reach_tilt_leaves_timing_given_success(case: Case, share: float) -> None:
    state = two_state(case.belief, case.payoffs, as_of=START)
    price = state.failure + share * (state.success - state.failure)
    tilted = reach_tilt(case.belief, case.payoffs, price=price, as_of=START).belief
    before, after = case.belief.pmf(state.milestone)[:-1], tilted.pmf(state.milestone)[:-1]
    np.testing.assert_allclose(after / after.sum(), before / before.sum(), rtol=1e-9)


@given(beliefs(), st.data())
def test_a_claim_and_its_complement_price_to_a_sure_payoff(belief: Belief, data: st.DataObject) -> None:
    months = belief.grid.months
    row = np.array(data.draw(st.lists(st.floats(0.0, 10.0), min_size=months + 1, max_size=months + 1)))
    name = data.draw(st.sampled_from(belief.roadmap.names))
    claim, complement = (Payoffs({name: values}, required_return=0.1) for values in (row, 10.0 - row))
    at = {"as_of": START}
    assert fair_price(belief, claim, **at) + fair_price(belief, complement, **at) == pytest.approx(10.0, rel=1e-12)
    lowest, highest = attainable_range(belief, claim, **at)
    assume(highest - lowest > 1e-3)
    price = lowest + data.draw(SHARES) * (highest - lowest)
    one = implied(belief, claim, price=price, **at)
    other = implied(belief, complement, price=10.0 - price, **at)
    assert one.span == pytest.approx(-other.span, rel=1e-6, abs=1e-9)
    np.testing.assert_allclose(one.belief.pmf(name), other.belief.pmf(name), atol=1e-9)


@given(reachable(), SHARES, st.data())
def test_a_worthless_milestone_changes_nothing(case: Case, share: float, data: st.DataObject) -> None:
    (priced,) = case.payoffs.values
    others = [name for name in case.belief.roadmap.names if name != priced]
    assume(others)
    more = Payoffs(
        {**case.payoffs.values, data.draw(st.sampled_from(others)): 0.0},
        floor=case.payoffs.floor,
        beyond=case.payoffs.beyond,
        beyond_milestone=priced,
        required_return=case.payoffs.required_return,
        dilution=case.payoffs.dilution,
    )
    at = {"price": case.price(share), "as_of": START}
    one, other = implied(case.belief, case.payoffs, **at), implied(case.belief, more, **at)
    assert (other.lowest, other.highest) == pytest.approx((one.lowest, one.highest), rel=1e-12)
    assert other.tilt == pytest.approx(one.tilt, rel=1e-6, abs=1e-9)
    p = implied_probability(case.belief, case.payoffs, **at)
    assert implied_probability(case.belief, more, milestone=priced, **at) == pytest.approx(p, rel=1e-9, abs=1e-9)


@given(reachable(), SHARES)
def test_the_exponential_tilt_is_the_smallest_change(case: Case, share: float) -> None:
    state = two_state(case.belief, case.payoffs, as_of=START)
    price = state.failure + share * (state.success - state.failure)
    tilted = reach_tilt(case.belief, case.payoffs, price=price, as_of=START)
    market = implied(case.belief, case.payoffs, price=price, as_of=START)
    q, p = (law.pmf(state.milestone) for law in (tilted.belief, case.belief))
    other = bernoulli_divergence((1.0 - q[-1], q[-1]), (float(p[:-1].sum()), p[-1]))
    assert market.relative_entropy <= other + 1e-9
    assert market.whether + market.when == pytest.approx(market.relative_entropy, abs=1e-12)


@given(reachable(), SHARES)
def test_relative_entropy_is_that_of_the_priced_month(case: Case, share: float) -> None:
    market = implied(case.belief, case.payoffs, price=case.price(share), as_of=START)
    (name,) = case.payoffs.values
    q, p = market.belief.pmf(name), case.belief.pmf(name)
    seen = q > 0.0
    assert market.relative_entropy == pytest.approx(float(q[seen] @ np.log(q[seen] / p[seen])), rel=1e-7, abs=1e-11)


@given(reachable(), SHARES)
def test_no_reach_tilt_leaves_the_range_of_price_silence(case: Case, share: float) -> None:
    state = two_state(case.belief, case.payoffs, as_of=START)
    price = state.failure + share * (state.success - state.failure)
    tilted = reach_tilt(case.belief, case.payoffs, price=price, as_of=START).belief
    for row in price_silence(case.belief, state.milestone).itertuples():
        low, high = sorted((row.not_reached, row.reached))
        assert low - 1e-9 <= tilted.prob(row.milestone, by=row.deadline) <= high + 1e-9


@given(st.floats(0.0, 10.0), st.lists(st.floats(0.01, 50.0), min_size=3, max_size=3))
def test_the_bayes_factor_exceeds_the_price_ratio(failure: float, steps: list[float]) -> None:
    low, high, success = failure + np.cumsum(steps)
    for before, after in ((low, high), (high, low)):
        factor = log_bayes_factor(before, after, failure, success)
        assert abs(factor) >= abs(math.log(after / before)) * (1.0 - 1e-9)
        assert math.copysign(1.0, factor) == math.copysign(1.0, after - before)


@given(st.floats(0.0, 1e6), st.floats(1e-3, 1e6), st.floats(0.0, 2e6), st.floats(0.01, 0.99))
def test_two_states_are_the_merger_formula(downside: float, premium: float, spot: float, chance: float) -> None:
    """A deal that closes today or never: (spot - downside) / (offer - downside), whatever we believe, never clipped."""
    roadmap = Roadmap([Milestone("deal", delay=Tabulated([chance]))])
    belief = infer(roadmap, [], MonthGrid("2026-01", 3))
    payoffs = Payoffs({"deal": premium}, floor=downside, required_return=0.0)
    found = implied_probability(belief, payoffs, price=spot, as_of="2026-01")
    offer = downside + premium
    assert found == pytest.approx((spot - downside) / premium, rel=1e-6, abs=1e-6 * offer / premium)


@given(beliefs(), st.data())
def test_shares_of_doubt_add_up(belief: Belief, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(belief.roadmap.names))
    by = belief.grid.label(data.draw(st.integers(0, belief.grid.months - 1)))
    shares = doubt_shares(belief, name, by=by)
    probability = belief.prob(name, by=by)
    if probability == 0.0:
        assert math.inf in shares.values()
        return
    assert sum(shares.values()) == pytest.approx(-math.log2(probability), rel=1e-9, abs=1e-9)
    assert min(shares.values()) >= 0.0


@settings(max_examples=50)
@given(cases(most_priced=2), SHARES)
def test_the_break_even_value_makes_the_price_right(case: Case, share: float) -> None:
    name = next(iter(case.payoffs.values))
    state = two_state(case.belief, case.payoffs, as_of=START, milestone=name)
    assume(math.isfinite(state.log_odds) and 1e-6 < state.probability)
    found = break_even(case.belief, case.payoffs, price=case.price(share), as_of=START, milestone=name)
    assume(found.success_value >= 0.0)
    other = case.payoffs.with_value(name, found.success_value)
    assert fair_price(case.belief, other, as_of=START) == pytest.approx(case.price(share), rel=1e-9, abs=1e-9)

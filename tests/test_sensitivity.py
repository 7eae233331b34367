"""Swept assumptions give what the dossier gives once they are set, and break-evens break even."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bayesmile import Achieved, Guidance, InvalidInput, fair_price, implied_probability, load
from bayesmile.assumptions import assumptions_of
from bayesmile.belief import conclude
from bayesmile.dossier import Dossier
from bayesmile.parameters import parameters_of
from bayesmile.sensitivity import Sensitivity, sensitivities, top_assumptions
from bayesmile.variants import Variants

AS_OF = "2026-06-30"
TARGET = ("approval", "2032")


@pytest.fixture(scope="module")
def drug() -> Dossier:
    return load("phase2_drug")


@pytest.fixture(scope="module")
def swept(drug: Dossier) -> list[Sensitivity]:
    return sensitivities(drug, AS_OF, TARGET)


def changed(dossier: Dossier, field: str, value: float) -> Dossier:
    """Set a field; an interval that does not hold the new value makes way."""
    if field.startswith("payoffs."):
        dossier = dossier.set(f"{field}.low", 0.0).set(f"{field}.high", 1e15)
    return dossier.set(field, value)


@pytest.mark.parametrize(("name", "as_of", "every"), [("phase2_drug", AS_OF, 1), ("quantumscape", "2026-07-02", 3)])
def test_a_variant_is_the_dossier_with_that_field_set(name: str, as_of: str, every: int) -> None:
    dossier = load(name)
    variants = Variants(dossier, as_of)
    found = assumptions_of(dossier, variants.known, dossier.roadmap.names)[::every]
    for number, one in enumerate(found):
        for value in ((one.low, one.highest), (one.lowest, one.high))[number % 2]:
            belief, payoffs = variants.at(one.field, value)
            assert payoffs is not None and payoffs.required_return >= 0.0
            if not one.field.startswith("payoffs."):
                other = dossier.set(one.field, value).belief(as_of)
                np.testing.assert_allclose(belief.solution.pmf, other.solution.pmf, rtol=0, atol=1e-10)
                assert belief.log_marginal == pytest.approx(other.log_marginal, abs=1e-8)


def test_a_variant_of_the_payoffs_is_the_market_with_that_field_set(drug: Dossier) -> None:
    for one in assumptions_of(drug, drug.known_by(AS_OF), drug.roadmap.names):
        if one.field.startswith("payoffs."):
            _, payoffs = Variants(drug, AS_OF).at(one.field, one.high)
            market = changed(drug, one.field, one.high).market
            assert market is not None and payoffs == market.payoffs


def test_a_delay_far_from_its_prior_is_computed_anew(drug: Dossier) -> None:
    field = "milestone.phase3_start.delay.sd"
    belief, _ = Variants(drug, AS_OF).at(field, 0.01)
    np.testing.assert_allclose(
        belief.solution.pmf, drug.set(field, 0.01).belief(AS_OF).solution.pmf, rtol=0, atol=1e-10
    )


def test_now_is_the_dossier_as_it_is(drug: Dossier, swept: list[Sensitivity]) -> None:
    belief, price = drug.belief(AS_OF), drug.capitalisation(AS_OF).value
    assert drug.market is not None
    for one in swept:
        assert one.now.ours == pytest.approx(belief.prob("approval", by="2032"), abs=1e-12)
        assert one.now.reached == pytest.approx(belief.prob("approval", by=drug.grid.last), abs=1e-12)
        assert one.now.implied == pytest.approx(
            implied_probability(belief, drug.market.payoffs, price=price, as_of=AS_OF), abs=1e-12
        )


@pytest.mark.parametrize(
    ("name", "as_of", "target", "price"),
    [
        ("phase2_drug", AS_OF, TARGET, None),
        ("quantumscape", "2026-07-02", ("commercialization", "2035"), None),
        ("quantumscape", "2025-10-16", ("field_testing", "2026"), 4.5e9),
    ],
)
def test_break_evens_put_back_make_the_price_fair(
    name: str, as_of: str, target: tuple[str, str], price: float | None
) -> None:
    dossier = load(name)
    paid = dossier.capitalisation(as_of).value if price is None else price
    solved = [one for one in sensitivities(dossier, as_of, target, price=price) if one.break_even is not None]
    assert len(solved) >= 4
    for one in solved:
        assert one.break_even is not None
        assert one.assumption.lowest <= one.break_even <= one.assumption.highest
        other = changed(dossier, one.assumption.field, one.break_even)
        belief, market = other.belief(as_of), other.market
        assert market is not None
        assert fair_price(belief, market.payoffs, as_of=as_of) == pytest.approx(paid, rel=1e-7)
        reached = belief.prob(market.priced, by=other.grid.last)
        assert implied_probability(belief, market.payoffs, price=paid, as_of=as_of) == pytest.approx(reached, abs=1e-7)


def test_none_means_that_no_value_in_range_will_do(swept: list[Sensitivity], drug: Dossier) -> None:
    variants, price = Variants(drug, AS_OF), drug.capitalisation(AS_OF).value
    for one in swept:
        if one.break_even is None:
            for value in np.linspace(*map(one.assumption.to_scale, (one.assumption.lowest, one.assumption.highest)), 9):
                belief, payoffs = variants.at(one.assumption.field, one.assumption.from_scale(float(value)))
                assert payoffs is not None
                excess = fair_price(belief, payoffs, as_of=AS_OF) - price
                assert excess * one.now.excess > 0.0


def test_they_are_ranked_by_what_they_do_to_the_gap(drug: Dossier, swept: list[Sensitivity]) -> None:
    assert [one.weight for one in swept] == sorted((one.weight for one in swept), reverse=True)
    assert top_assumptions(drug, AS_OF, TARGET) == swept[:3]
    assert top_assumptions(drug, AS_OF, TARGET, n=1) == swept[:1]


def test_ranges_are_the_intervals_of_the_priors(drug: Dossier) -> None:
    found = {one.field: one for one in assumptions_of(drug, drug.known_by(AS_OF), drug.roadmap.names)}
    for one in found.values():
        assert one.lowest <= one.low < one.value < one.high <= one.highest
    priors = {one.field: one.prior for one in parameters_of(drug)}
    for field, one in found.items():
        if (prior := priors.get(field)) is not None:
            assert (one.low, one.high) == prior.interval()
            assert one.convention == "90% interval of its prior"
    assert {"milestone.filing.delay.never", "kind.trial_readout.lift", "slip.0.mean", "dossier.hype"} <= set(found)
    assert found["payoffs.dilution"].low == 0.04


def test_a_number_without_a_prior_is_swept_by_convention(drug: Dossier) -> None:
    fixed = drug.set("milestone.filing.delay.prior.mean", None).set("milestone.filing.delay.prior.never", None)
    found = {one.field: one for one in assumptions_of(fixed, fixed.known_by(AS_OF), fixed.roadmap.names)}
    mean = found["milestone.filing.delay.mean"]
    assert math.log(mean.high / mean.value) == pytest.approx(1.6448536 * 0.35)
    assert mean.convention == "times and divided by 1.78"
    never = found["milestone.filing.delay.never"]
    odds = [p / (1.0 - p) for p in (never.low, never.value, never.high)]
    assert odds[2] / odds[1] == pytest.approx(odds[1] / odds[0])
    assert never.convention == "odds times and divided by 2.28"
    assert found["kind.trial_readout.base_rate"].convention == "times and divided by 2.28"


def test_own_rates_of_a_stream_are_swept_apart() -> None:
    dossier = load("quantumscape")
    fields = {one.field for one in assumptions_of(dossier, dossier.known_by("2026-01-01"), [])}
    assert {"kind.demonstration.base_rate", "stream.demonstration.field_testing.base_rate"} <= fields
    assert not any(field.startswith("milestone.") for field in fields)


def test_only_the_delays_behind_the_question_are_swept(drug: Dossier) -> None:
    unpriced = replace(drug, market=None)
    fields = {one.assumption.field for one in sensitivities(unpriced, AS_OF, ("filing", "2031"))}
    assert "milestone.phase3_start.delay.mean" in fields
    assert not any("approval.delay" in field or field.startswith("payoffs.") for field in fields)


def test_without_a_price_only_our_probability_moves(drug: Dossier) -> None:
    found = sensitivities(replace(drug, market=None), AS_OF, TARGET)
    assert all(math.isnan(one.now.implied) and one.break_even is None for one in found)
    assert [one.swing for one in found] == sorted((one.swing for one in found), reverse=True)
    with pytest.raises(InvalidInput, match="no payoffs"):
        sensitivities(replace(drug, market=None), AS_OF, TARGET, price=1e9)


def test_a_milestone_already_paid_leaves_no_price_to_read(drug: Dossier) -> None:
    steps = [Achieved(name, "2026-06", announced="2026-06-29") for name in drug.roadmap.names]
    done = replace(drug, ledger=drug.ledger.add(*steps))
    assert all(math.isnan(one.now.gap) for one in sensitivities(done, AS_OF, TARGET))
    with pytest.raises(InvalidInput, match="nothing is left to be paid"):
        sensitivities(done, AS_OF, TARGET, price=1e9)


def test_guidance_on_a_late_milestone_follows_every_delay_before_it(drug: Dossier) -> None:
    late = Guidance("approval", "2026-05-04", "2031-06", slip_mean=0.2, slip_sd=0.5, id="late")
    dossier = replace(drug, ledger=drug.ledger.add(late))
    variants = Variants(dossier, AS_OF)
    for field, value in (("phase3_start.delay.mean", 90.0), ("filing.delay.never", 0.9), ("approval.delay.sd", 1.5)):
        belief, _ = variants.at(f"milestone.{field}", value)
        other = drug.set(f"milestone.{field}", value)
        expected = replace(other, ledger=other.ledger.add(late)).belief(AS_OF)
        np.testing.assert_allclose(belief.solution.pmf, expected.solution.pmf, rtol=0, atol=1e-10)


def test_an_item_announced_later_changes_nothing(drug: Dossier, swept: list[Sensitivity]) -> None:
    later = Guidance("approval", "2026-07-01", "2031-06", slip_mean=0.2, slip_sd=0.5, id="later")
    assert sensitivities(replace(drug, ledger=drug.ledger.add(later)), AS_OF, TARGET) == swept


def test_bad_requests_are_refused(drug: Dossier) -> None:
    with pytest.raises(InvalidInput, match="target approval, by"):
        sensitivities(drug, AS_OF, ("approval", "2090"))
    with pytest.raises(InvalidInput, match="price: received -1"):
        sensitivities(drug, AS_OF, TARGET, price=-1.0)
    with pytest.raises(InvalidInput, match="not a number that can be swept"):
        Variants(drug, AS_OF).at("dossier.months", 12.0)


def test_a_variant_of_rates_compiles_only_the_rows_that_they_enter() -> None:
    """To the last bit the belief of evidence compiled anew; what other numbers do not enter is the same row."""
    dossier, as_of = load("quantumscape"), "2026-07-02"
    variants = Variants(dossier, as_of)
    before = {id(row) for row in variants.at("dossier.hype", 1.0)[0].solution.rows}
    moved = {"kind.partner_deal.lift": 9.0, "dossier.hype": 2.0, f"slip.{dossier.slips[0].name}.mean": 0.9}
    for field, value in moved.items():
        belief, _ = variants.at(field, value)
        anew = conclude(dossier.roadmap, dossier.grid, belief.evidence, variants.delays)
        np.testing.assert_array_equal(belief.solution.pmf, anew.solution.pmf)
        assert belief.log_marginal == anew.log_marginal
        assert [row.label for row in belief.solution.rows] == [row.label for row in anew.solution.rows]
        assert 0 < sum(id(row) not in before for row in belief.solution.rows) < len(before)

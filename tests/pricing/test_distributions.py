"""Uncertain payoffs and parameters: every joint draw is what the single readings say at those numbers."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import bayesmile as bm
from bayesmile.dossier import Dossier
from bayesmile.elicitation import Prior
from bayesmile.errors import InfeasiblePrice, InvalidInput
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.mixture import Mixture, from_prior, from_prior_if
from bayesmile.pricing.distributions import ImpliedDistribution, drawn_reading, implied_distribution, side_rows
from bayesmile.pricing.draws import PayoffDraws, draw_payoffs

NAME, AS_OF = "phase2_drug", "2026-10-31"
FEW = 5


@pytest.fixture(scope="module")
def dossier() -> Dossier:
    return bm.load(NAME)


@pytest.fixture(scope="module")
def mixture(dossier: Dossier) -> Mixture:
    return from_prior(dossier, AS_OF, draws=FEW, seed=3)


@pytest.fixture(scope="module")
def found() -> ImpliedDistribution:
    return implied_distribution(bm.load(NAME), AS_OF, draws=400, seed=1)


def belief_at(dossier: Dossier, mixture: Mixture, draw: int) -> bm.Belief:
    for field, value in zip(mixture.fields, mixture.theta[draw], strict=True):
        dossier = dossier.set(field, float(value))
    return dossier.belief(AS_OF)


def payoffs_at(drawn: PayoffDraws, number: int) -> bm.Payoffs:
    out = drawn.payoffs
    for name, values in drawn.numbers.items():
        if name.startswith("values."):
            out = out.with_value(name.removeprefix("values."), float(values[number]))
        elif name != "share_factor":
            out = replace(out, **{name: float(values[number])})
    return out


def two_priced(dossier: Dossier) -> bm.Payoffs:
    """Add a payment for the filing to the bundled payoffs."""
    old = dossier.market.payoffs
    return replace(old, values={"filing": 0.4e9, **old.values}, beyond_milestone="approval")


@pytest.mark.parametrize("several", [False, True])
def test_each_draw_is_the_single_reading(dossier: Dossier, mixture: Mixture, several: bool) -> None:
    rng = np.random.default_rng(7)
    drawn = draw_payoffs(dossier.market, 2 * FEW, rng)
    if several:
        numbers = {**drawn.numbers, "values.filing": rng.lognormal(np.log(0.4e9), 0.3, 2 * FEW)}
        drawn = PayoffDraws(two_priced(dossier), numbers, 2 * FEW)
    drawn = PayoffDraws(drawn.payoffs, {**drawn.numbers, "share_factor": rng.uniform(0.9, 1.1, 2 * FEW)}, 2 * FEW)
    price = dossier.market.capitalisation(AS_OF).value
    found = drawn_reading(
        dossier.belief(AS_OF), mixture, Likelihood(dossier, AS_OF), "approval", price, drawn
    )
    tilted = 0
    for draw in range(FEW):
        belief = belief_at(dossier, mixture, draw)
        for k in range(2):
            payoffs, paid = payoffs_at(drawn, 2 * draw + k), price * drawn.share_factor[2 * draw + k]
            state = bm.two_state(belief, payoffs, as_of=AS_OF, milestone="approval")
            assert found.failure[draw, k] == pytest.approx(state.failure, rel=1e-9)
            assert found.success[draw, k] == pytest.approx(state.success, rel=1e-9)
            assert found.implied[draw, k] == pytest.approx(state.implied_probability(paid), rel=1e-9)
            assert found.ours[draw] == pytest.approx(state.probability, rel=1e-10)
            try:
                reach = bm.reach_tilt(belief, payoffs, price=paid, as_of=AS_OF, milestone="approval")
            except InfeasiblePrice:
                assert np.isnan(found.market("filing", by="2032")[0][draw, k])
                continue
            for name, by in (("filing", "2032"), ("phase3_start", "2028"), ("approval", "2035")):
                market, ours = found.market(name, by=by)
                assert market[draw, k] == pytest.approx(reach.belief.prob(name, by=by), abs=1e-9)
                assert ours[draw] == pytest.approx(belief.prob(name, by=by), abs=1e-10)
            if not several:
                exact = bm.implied(belief, payoffs, price=paid, as_of=AS_OF)
                pmf = found.tilts.pmf[2 * draw + k]
                np.testing.assert_allclose(pmf, exact.belief.pmf("approval"), atol=1e-9)
                assert found.tilts.relative_entropy[2 * draw + k] == pytest.approx(exact.relative_entropy, abs=1e-9)
            tilted += 1
    assert tilted >= FEW
    assert (found.tilts is None) == several


@pytest.mark.parametrize("several", [False, True])
def test_near_certainty_keeps_what_failure_says(tmp_path: Path, several: bool) -> None:
    shutil.copytree(bm.load(NAME).path, tmp_path / NAME)
    with (tmp_path / NAME / "announcements.csv").open("a", encoding="utf-8") as file:
        file.write("sure,2026-09-20,2026-09-20,,likelihood_ratio,approval,,,2048-12,1e9,,Sure,,invented,\n")
    dossier = bm.load(tmp_path / NAME)
    mixture, price = from_prior(dossier, AS_OF, draws=FEW, seed=3), dossier.market.capitalisation(AS_OF).value
    payoffs = two_priced(dossier) if several else dossier.market.payoffs
    likelihood = Likelihood(dossier, AS_OF)
    found = drawn_reading(
        dossier.belief(AS_OF), mixture, likelihood, "approval", price, PayoffDraws(payoffs, {}, FEW)
    )
    assert (found.ours > 1.0 - 1e-6).all() and (found.ours < 1.0).all()
    for draw in range(FEW):
        belief = belief_at(dossier, mixture, draw)
        state = bm.two_state(belief, payoffs, as_of=AS_OF, milestone="approval")
        assert found.failure[draw, 0] == pytest.approx(state.failure, rel=1e-9)
        assert found.implied[draw, 0] == pytest.approx(state.implied_probability(price), rel=1e-9)
        reach = bm.reach_tilt(belief, payoffs, price=price, as_of=AS_OF, milestone="approval")
        for name, by in (("filing", "2032"), ("phase3_start", "2028"), ("phase3_start", "2048-12")):
            market, ours = found.market(name, by=by)
            assert market[draw, 0] == pytest.approx(reach.belief.prob(name, by=by), abs=1e-9)
            assert market[draw, 0] < ours[draw] - 0.1
    assert found.above("filing", by="2032") == found.above_ours == 0.0


def test_without_uncertain_payoffs_it_is_the_mixture_alone(dossier: Dossier, mixture: Mixture) -> None:
    payoffs, price = dossier.market.payoffs, dossier.market.capitalisation(AS_OF).value
    found = drawn_reading(dossier.belief(AS_OF), mixture, None, "approval", price, PayoffDraws(payoffs, {}, FEW))
    assert found.alone[1] == found.interval
    central = bm.implied_probability(dossier.belief(AS_OF), payoffs, price=price, as_of=AS_OF)
    assert [found.alone[0].low, found.alone[0].high] == pytest.approx([central, central], rel=1e-12)
    by_value = np.clip(found.implied - found.ours[:, None], 0.0, None)
    assert found.above_ours == pytest.approx(float(found.mixture.weights @ (by_value[:, 0] > 0.0)))


@pytest.mark.parametrize("reached", [(), ("approval",), ("filing",)])
@pytest.mark.parametrize("contract", ["dilution", "cash", "net cash"])
def test_every_contract_is_drawn_as_the_single_payoffs_are(dossier: Dossier, contract: str, reached: tuple) -> None:
    rng = np.random.default_rng(2)
    payoffs = replace(two_priced(dossier), floor=0.1e9)
    numbers = {"values.approval": rng.uniform(1e9, 4e9, FEW), "required_return": rng.uniform(0.05, 0.2, FEW)}
    numbers |= {"floor": rng.uniform(0.0, 1e8, FEW), "beyond": rng.uniform(0.0, 1e8, FEW)}
    if contract == "cash":
        payoffs = replace(payoffs, dilution=0.0, cash=0.5e9, burn=0.1e9)
        numbers |= {"cash": rng.uniform(0.3e9, 0.6e9, FEW), "burn": rng.uniform(0.05e9, 0.2e9, FEW)}
    elif contract == "net cash":
        payoffs = replace(payoffs, net_cash=0.2e9)
        numbers["net_cash"] = rng.uniform(0.1e9, 0.3e9, FEW)
    drawn = PayoffDraws(payoffs, numbers, FEW)
    found = drawn.present_values(dossier.grid, AS_OF, reached)
    for k in range(FEW):
        single = payoffs_at(drawn, k).present_values(dossier.grid, AS_OF, reached)
        assert found.floor[k] == pytest.approx(single.floor, rel=1e-12)
        assert set(found.rows) == set(single.rows) and found.priced == single.priced
        for name, row in single.rows.items():
            np.testing.assert_allclose(found.rows[name][k], row, rtol=1e-12)


def test_either_alone_with_several_priced_milestones(dossier: Dossier, mixture: Mixture) -> None:
    """Against the single readings: at the central belief for each payoff draw, at the central payoffs for each draw."""
    payoffs, price = two_priced(dossier), dossier.market.capitalisation(AS_OF).value
    drawn = PayoffDraws(payoffs, {"values.approval": np.array([1e9, 2e9, 3e9, 4e9, 5e9])}, FEW)
    belief = dossier.belief(AS_OF)
    found = drawn_reading(belief, mixture, Likelihood(dossier, AS_OF), "approval", price, drawn)

    def single(belief: bm.Belief, payoffs: bm.Payoffs) -> float:
        return bm.implied_probability(belief, payoffs, price=price, as_of=AS_OF, milestone="approval")

    by_payoffs = sorted(single(belief, payoffs_at(drawn, k)) for k in range(FEW))
    by_numbers = sorted(single(belief_at(dossier, mixture, draw), payoffs) for draw in range(FEW))
    one, other = found.alone
    assert [one.low, one.median, one.high] == pytest.approx([by_payoffs[0], by_payoffs[2], by_payoffs[-1]], rel=1e-9)
    assert other.low == pytest.approx(by_numbers[0], rel=1e-9) and other.high == pytest.approx(by_numbers[-1], rel=1e-9)


def test_shares_and_flag(found: ImpliedDistribution) -> None:
    assert found.weights.sum() == pytest.approx(1.0)
    assert 0.0 < found.infeasible < found.above_ours < 1.0
    assert found.within_noise == (0.05 <= found.above_ours <= 0.95)
    interval = found.interval
    assert interval.low < interval.median < interval.high
    both = interval.high - interval.low
    assert all(one.high - one.low < both for one in found.alone)  # either alone leaves less open


def test_milestones_on_the_way_go_where_the_priced_one_goes(found: ImpliedDistribution) -> None:
    for name, by in (("filing", "2035"), ("phase3_start", "2030"), ("approval", "2040")):
        assert found.above(name, by=by) == pytest.approx(found.above_ours, abs=1e-12)
        points = found.quantiles(name, by=by)
        assert 0.0 <= points.low <= points.median <= points.high <= 1.0


def test_a_higher_price_is_never_less(dossier: Dossier, found: ImpliedDistribution) -> None:
    dear = implied_distribution(dossier, AS_OF, price=1.3 * found.price, draws=400, seed=1, others=False)
    assert (dear.implied >= found.implied).all()
    assert dear.infeasible >= found.infeasible and dear.above_ours >= found.above_ours
    dearest = implied_distribution(dossier, AS_OF, price=1e15, draws=400, seed=1, others=False)
    assert dearest.infeasible == dearest.above_ours == pytest.approx(1.0)
    assert np.isnan(dearest.quantiles("approval", by="2040").median)
    nothing = implied_distribution(dossier, AS_OF, price=0.0, draws=400, seed=1, others=False)
    assert nothing.below == pytest.approx(1.0) and nothing.above_ours == 0.0


def test_success_worth_less_than_failure_meets_no_price_outside() -> None:
    """A drawn value below failure: no probability meets a price above both, which counts as above, not as negative."""
    dossier = bm.load(NAME)
    payoffs = replace(dossier.market.payoffs, beyond=1.0e9)
    mixture = from_prior(dossier, AS_OF, draws=2, seed=3)
    drawn = PayoffDraws(payoffs, {"values.approval": np.array([0.1e9, 0.1e9])}, 2)
    belief = dossier.belief(AS_OF)
    above = drawn_reading(belief, mixture, None, "approval", 1.5e9, drawn)
    assert np.isposinf(above.implied).all() and above.infeasible == pytest.approx(1.0)
    under = drawn_reading(belief, mixture, None, "approval", 0.001e9, drawn)
    assert np.isneginf(under.implied).all() and under.above_ours == 0.0


def test_seeds(dossier: Dossier) -> None:
    one, again, other = (implied_distribution(dossier, AS_OF, draws=100, seed=s, others=False) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.implied, again.implied)
    assert not np.array_equal(one.implied, other.implied)


def test_every_uncertain_number_is_drawn_from_its_prior(dossier: Dossier) -> None:
    drawn = draw_payoffs(dossier.market, 4000, np.random.default_rng(1))
    priors = dossier.market.priors
    assert set(drawn.numbers) == set(priors)
    for name, prior in priors.items():
        low, high = np.quantile(drawn.numbers[name], [0.05, 0.95])
        stated: Prior = prior
        assert low == pytest.approx(stated.quantile(0.05), rel=0.1)
        assert high == pytest.approx(stated.quantile(0.95), rel=0.1)


def test_refusals(dossier: Dossier, found: ImpliedDistribution) -> None:
    with pytest.raises(InvalidInput, match=r"no market\.toml"):
        implied_distribution(replace(dossier, market=None), AS_OF)
    with pytest.raises(InvalidInput, match=r"prices\.csv: no price"):
        implied_distribution(dossier, "2025-06-01")
    with pytest.raises(InvalidInput, match="draws: received 0"):
        draw_payoffs(dossier.market, 0, np.random.default_rng(1))
    with pytest.raises(InvalidInput, match="price: received -1"):
        implied_distribution(dossier, AS_OF, price=-1.0)
    apart = implied_distribution(dossier, AS_OF, draws=50, others=False)
    with pytest.raises(InvalidInput, match="left out of this reading"):
        apart.market("filing", by="2035")
    assert found.to_pandas().weight.sum() == pytest.approx(1.0)


def test_what_each_draw_would_believe_is_found_in_the_same_pass() -> None:
    dossier, as_of = bm.load("phase2_drug"), "2026-10-31"
    likelihood, belief = Likelihood(dossier, as_of), dossier.belief(as_of)
    sides = [side_rows(belief, "approval", reached=side) for side in (True, False)]
    mixture, found = from_prior_if(likelihood, sides, draws=130, seed=4)
    alone = from_prior(dossier, as_of, draws=130, seed=4)
    np.testing.assert_array_equal(mixture.pmf_draws, alone.pmf_draws)
    np.testing.assert_array_equal(mixture.weights, alone.weights)
    for rows, pmf in zip(sides, found, strict=True):
        np.testing.assert_array_equal(pmf, likelihood.posterior(mixture.theta, rows)[1])
    assert (found[0][:, -1, -1] == 0.0).all() and (found[1][:, -1, :-1] == 0.0).all()

"""Sections on the readings of a price and on how sure they are: the numbers are the library's, the words fit them."""

from __future__ import annotations

import math

import numpy as np
import pytest

import bayesmile as bm
from bayesmile.pages.assumed import assumed_page
from bayesmile.pages.layout import as_text
from bayesmile.pages.readings import readings_page
from bayesmile.pricing.distributions import ImpliedDistribution, implied_distribution
from bayesmile.sections.assumed import assumed
from bayesmile.sections.basis import Basis, basis
from bayesmile.sections.price import reading
from bayesmile.sections.readings import readings

AS_OF = "2026-10-31"


def at(name: str = "phase2_drug", as_of: str = AS_OF, *, draws: int = 200, price: str | None = None) -> Basis:
    return basis(bm.load(name), as_of, draws=draws, seed=1, price=price)


def both(view: Basis):
    found = reading(view)
    assert found is not None
    return readings(view, found), assumed(view, found)


def test_three_readings_are_those_of_the_library() -> None:
    view = at()
    part, _ = both(view)
    ours, two, reach, exponential = part.lines
    price, payoffs = view.price.value, view.payoffs
    belief = view.belief
    assert ours.by_horizon == belief.prob("approval", by=belief.grid.last)
    assert two.by_horizon == bm.implied_probability(belief, payoffs, price=price, as_of=AS_OF)
    tilted = bm.reach_tilt(belief, payoffs, price=price, as_of=AS_OF).belief
    assert reach.by_horizon == tilted.prob("approval", by=belief.grid.last)
    assert reach.by_deadline == tilted.prob("approval", by=part.deadline)
    smallest = bm.implied(belief, payoffs, price=price, as_of=AS_OF)
    assert exponential.by_deadline == smallest.belief.prob("approval", by=part.deadline)
    assert exponential.whether_bits + exponential.when_bits == pytest.approx(
        smallest.relative_entropy / math.log(2.0), rel=1e-9
    )
    # Of all ways to meet the price the exponential tilt changes least.
    assert exponential.whether_bits + exponential.when_bits <= reach.whether_bits
    assert not part.only_earlier and part.flag == ""


def test_only_earlier_is_flagged_and_nothing_is_clipped() -> None:
    view = at()
    state = bm.two_state(view.belief, view.payoffs, as_of=AS_OF)
    dear = at(price=f"{1.05 * state.success:.0f}")
    part, _ = both(dear)
    assert part.only_earlier and "only approval arriving earlier than we believe" in part.flag
    assert part.lines[1].by_horizon > 1.0 and part.lines[2].by_horizon is None
    assert part.lines[3].by_horizon is not None
    text = as_text(readings_page(part))
    assert "none is enough" in text and part.flag[:40] in text


def test_a_price_that_nothing_meets() -> None:
    part, sure = both(at(price="1e13"))
    assert [line.by_horizon is None for line in part.lines] == [False, False, True, True]
    assert not part.only_earlier
    assert sure.infeasible == pytest.approx(1.0) and math.isnan(sure.lines[0].median)
    assert "more than noise: the market is above us" in sure.flag
    assert "none is enough" in as_text(assumed_page(sure))


def test_assumed_is_the_distribution_of_the_library() -> None:
    view = at()
    _, part = both(view)
    found = implied_distribution(view.dossier, AS_OF, mixture=view.mixture, seed=1)
    # The report takes at least 2,000 joint draws, the library eight beside each of the mixture's.
    more = part.draws // len(view.mixture.theta)
    assert part.draws >= 2000 and more >= found.implied.shape[1]
    assert part.above_ours == pytest.approx(found.above_ours, abs=0.06)
    assert part.varied[-1].median == pytest.approx(found.interval.median, abs=0.06)
    line = next(line for line in part.lines if (line.milestone, line.by) == ("approval", view.horizon))
    assert line.above_ours == part.above_ours
    assert line.within_noise == (0.05 <= line.above_ours <= 0.95)
    assert set(part.drawn) == set(view.market.priors)
    text = as_text(assumed_page(part))
    assert "within the noise" in text and "joint draws" in text


def test_a_market_value_that_is_given_holds_its_own_shares() -> None:
    _, per_share = both(at("quantumscape", "2025-10-16", price="15.46/share"))
    _, whole = both(at("quantumscape", "2025-10-16", price="8.74e9"))
    assert "share_factor" in per_share.drawn and "share_factor" not in whole.drawn


def test_without_draws_there_is_no_such_section() -> None:
    assert both(at(draws=0))[1] is None


def test_near_the_line_the_verdict_is_left_to_more_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    view = at()
    for above, verdict in ((0.5, "noise"), (0.949, "edge"), (0.951, "edge"), (0.049, "edge"), (1.0, "more than noise")):
        monkeypatch.setattr(ImpliedDistribution, "above_ours", property(lambda _, at=above: at))
        monkeypatch.setattr(ImpliedDistribution, "above_error", property(lambda _: 0.01))
        _, part = both(view)
        assert part.verdict == verdict
        said = {"noise": "within the noise", "edge": "at the edge of the noise", "more than noise": "more than noise"}
        assert said[verdict] in part.flag


def test_the_error_of_the_share_is_that_of_its_draws() -> None:
    """Against the scatter over seeds."""
    found = [implied_distribution(bm.load("phase2_drug"), AS_OF, draws=200, seed=s, others=False) for s in range(30)]
    scatter = float(np.std([one.above_ours for one in found], ddof=1))
    assert np.mean([one.above_error for one in found]) == pytest.approx(scatter, rel=0.5)

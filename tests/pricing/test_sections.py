"""Sections on the readings of a price and on how sure they are: the numbers are the library's, the words fit them."""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import bayesmile as bm
from bayesmile.pages.assumed import assumed_page
from bayesmile.pages.layout import as_text
from bayesmile.pages.price import levels_page, valuation_page
from bayesmile.pages.readings import readings_page
from bayesmile.pricing.distributions import ImpliedDistribution, implied_distribution
from bayesmile.sections.answer import answer
from bayesmile.sections.assumed import assumed
from bayesmile.sections.basis import Basis, basis
from bayesmile.sections.bridge import bridged
from bayesmile.sections.compared import compared
from bayesmile.sections.gap import gap
from bayesmile.sections.price import levels, reading, valuation
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
    assert "none is enough" in as_text(assumed_page(sure, "USD"))


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
    text = as_text(assumed_page(part, "USD"))
    assert "within the noise" in text and "joint draws" in text


def test_a_market_value_that_is_given_holds_its_own_shares() -> None:
    _, per_share = both(at("quantumscape", "2025-10-16", price="15.46/share"))
    _, whole = both(at("quantumscape", "2025-10-16", price="8.74e9"))
    assert "share_factor" in per_share.drawn and "share_factor" not in whole.drawn
    assert whole.market_value is None
    prior = bm.load("quantumscape").market.priors["share_factor"]
    middle = 15.46 * 565_316_000 * prior.quantile(0.5)
    assert per_share.market_value.median == pytest.approx(middle, rel=0.01)
    assert "$9.1" in as_text(assumed_page(per_share, "USD"))


def test_where_failure_is_better_the_side_is_said() -> None:
    """p* of a price above both values is below 0 there: the word must come from the side, not from its sign."""
    dossier = bm.load("phase2_drug").set("payoffs.beyond", "2e9")
    for price, said in (("3e9", "none is enough"), ("1e6", "none is low enough")):
        view = basis(dossier, AS_OF, draws=0, price=price)
        text = as_text(readings_page(readings(view, reading(view))))
        assert said in text


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


def burning(tmp_path: Path) -> str:
    """Bundled dossier with a burn that leaves success, at our dates, less than failure."""
    shutil.copytree(bm.load("phase2_drug").path, tmp_path / "burning")
    file = tmp_path / "burning" / "market.toml"
    text = file.read_text(encoding="utf-8")
    why = 'rationale = "invented"\nsource = "invented"\n'
    funding = f"[payoffs.cash]\nvalue = 1e8\n{why}\n[payoffs.burn]\nvalue = 9e7\n{why}\n"
    text = re.sub(r"\[payoffs\.dilution\].*?(?=\[payoffs\.risk_free\])", funding, text, flags=re.DOTALL)
    text = text.replace("value = 0.03e9\nlow = 0.01e9\nhigh = 0.08e9", "value = 0.3e9")
    file.write_text(text.replace("value = 3.0e9\nlow = 1.2e9\nhigh = 7.0e9", "value = 0.5e9"), encoding="utf-8")
    return str(tmp_path / "burning")


def leads(view: Basis) -> tuple[str, str, str, str]:
    found = reading(view)
    assert found is not None
    parts = levels(view, found), gap(view, found), valuation(view, found)
    said = " ".join(answer(view, found, (), market=parts))
    return readings(view, found).lead, bridged(view).lead, compared(view, found).lead, said


def test_price_above_both_where_failure_is_the_better_outcome(tmp_path: Path) -> None:
    view = at(burning(tmp_path), draws=0, price="399e6")
    found = reading(view)
    assert found.state.success < found.state.failure < 399e6 and found.implied < 0.0
    assert found.bits == math.inf
    first, bridge, beside, said = leads(view)
    assert "implies no probability at all" in first and "only approval arriving earlier" in readings(view, found).flag
    assert "no probability makes the price right" in bridge
    assert "no probability of approval by 2048-12 justifies $399 million" in beside
    assert "lies above what either outcome is worth" in said and "asks for more than we believe" in said
    assert "no probability of approval justifies this price" in found.exponential.notes[-1]
    assert "failure leaves" not in first + bridge + beside + said
    table = as_text(levels_page(levels(view, found), "USD"))
    assert re.search(r"\(the price\) +none is enough", table)


def test_price_below_both_where_failure_is_the_better_outcome(tmp_path: Path) -> None:
    view = at(burning(tmp_path), draws=0, price="2e6")
    found = reading(view)
    assert found.state.success > 2e6 and found.implied > 1.0 and found.bits == -math.inf
    first, bridge, beside, said = leads(view)
    assert "implies no probability at all" in first and readings(view, found).flag == ""
    assert "less than either outcome leaves" in bridge and "less than either outcome leaves" in beside
    assert "lies below what either outcome is worth" in said and "asks for less than we believe" in said
    assert "arriving later than we believe" in found.exponential.notes[-1]
    assert "from $19.2 million to $300 million" in compared(view, found).reach_note


def test_no_negative_success_value_is_offered() -> None:
    view = at(draws=0, price="20e6")
    found = reading(view)
    part = valuation(view, found)
    assert part.break_evens["ours"].success_value < 0.0
    assert "At our probability no value of success is low enough." in part.lead and "-$" not in part.lead
    line = as_text(valuation_page(part, "USD")).splitlines()[-1]
    assert line.split("  ")[0].startswith("ours") and "none is low enough" in line and "none is high enough" in line


def test_span_past_certainty_is_a_sentence() -> None:
    _, part = both(at(price="9e9"))
    assert "no probability of approval by 2048-12 is enough for $9 billion in at least 95% of the draws;" in part.lead
    assert "implies none is enough" not in part.lead

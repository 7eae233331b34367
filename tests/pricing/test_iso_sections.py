"""Sections and pages on the iso-price curve, both measures and the doubt: the library's numbers, at any price."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bayesmile.belief import Belief
from bayesmile.dossier import load
from bayesmile.doubts import doubt_shares, doubts_beside
from bayesmile.errors import InvalidInput
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.market import implied_probability, two_state
from bayesmile.pages.iso import iso_page, requirements_page
from bayesmile.pages.layout import as_text
from bayesmile.pages.measured import doubted_page, measured_page
from bayesmile.report import to_json
from bayesmile.sections.basis import Basis, basis
from bayesmile.sections.doubted import doubted
from bayesmile.sections.iso import Iso, iso, ladder
from bayesmile.sections.measured import measured
from bayesmile.sections.price import Reading, reading
from bayesmile.tilts import reach_tilt
from tests.pricing.worlds import START, beliefs, payoffs_of

DAY = "2025-10-16"
PRICES = ("", "2e8", "3.5e8", "2e9", "4e10")


@cache
def read(price: str, name: str = "quantumscape") -> tuple[Basis, Reading]:
    dossier = load(name)
    view = basis(dossier, DAY if name == "quantumscape" else dossier.default_as_of[0], price=price or None)
    found = reading(view)
    assert found is not None
    return view, found


def section(price: str, name: str = "quantumscape") -> Iso:
    part = iso(*read(price, name))
    assert part is not None
    return part


@settings(max_examples=60)
@given(beliefs(), st.data(), st.floats(0.05, 0.95))
def test_bits_of_both_beliefs_add_up(belief: Belief, data: st.DataObject, share: float) -> None:
    payoffs, name = data.draw(payoffs_of(belief, most=1))
    state = two_state(belief, payoffs, as_of=START, milestone=name)
    assume(abs(state.success - state.failure) > 1e-3)
    price = state.failure + share * (state.success - state.failure)
    assume(price >= 0.0)
    market = reach_tilt(belief, payoffs, price=price, as_of=START, milestone=name)
    beside = doubts_beside(belief, market.belief, name, by=belief.grid.last)
    assert math.fsum(one.ours for one in beside) == pytest.approx(-math.log2(state.probability), abs=1e-9)
    implied = implied_probability(belief, payoffs, price=price, as_of=START, milestone=name)
    assert math.fsum(one.market for one in beside) == pytest.approx(-math.log2(implied), abs=1e-9)
    assert math.fsum(one.less for one in beside) == pytest.approx(math.log2(implied / state.probability), abs=1e-9)


def test_doubts_of_other_roadmaps_are_not_compared() -> None:
    view, _ = read("")
    other = infer(view.belief.roadmap, [], MonthGrid("2020-01", 12))
    with pytest.raises(InvalidInput, match="doubts: the two beliefs"):
        doubts_beside(view.belief, other, "commercialization", by="2020-12")


def test_the_section_of_doubt_is_the_library_s() -> None:
    view, found = read("")
    part = doubted(view, found)
    ours = doubt_shares(view.belief, "commercialization", by=view.horizon)
    assert {step.milestone: step.ours_bits for step in part.steps} == ours
    assert part.market_bits == pytest.approx(-math.log2(found.implied), abs=1e-9)
    top = max(part.steps, key=lambda step: step.less_bits)
    assert top.milestone.replace("_", " ") in part.lead
    high, low = (doubted(*read(price)).lead for price in ("4e10", "2e8"))
    assert "above what either outcome is worth" in high
    assert "below what either outcome is worth" in low
    less = doubted(*read("2e9")).lead
    assert "The price adds" in less


@pytest.mark.parametrize("price", PRICES)
def test_grids_are_the_two_state_readings(price: str) -> None:
    view, found = read(price)
    part = section(price)
    grids = (part.curve, part.by_return, part.by_date)
    here = [cell for grid in grids for row in grid.cells for cell in row if cell.here]
    assert [cell.value for cell in here] == pytest.approx([found.implied] * 3, rel=1e-9)
    (own,) = (cell.value for row in part.worth.cells for cell in row if cell.here)
    assert own == pytest.approx(found.model_value, rel=1e-9)
    assert (part.implied, part.model_value) == (pytest.approx(found.implied), found.model_value)
    payoffs = view.payoffs
    for value, row in zip(part.by_return.rows, part.by_return.cells, strict=True):
        for rate, cell in zip(part.by_return.columns, row, strict=True):
            other = type(payoffs)(
                {"commercialization": float(value)},
                beyond=payoffs.beyond,
                required_return=float(rate),
                dilution=payoffs.dilution,
            )
            assert cell.value == pytest.approx(
                implied_probability(view.belief, other, price=found.price.value, as_of=DAY), rel=1e-9, abs=1e-12
            )
    assert {one.name for one in part.comparables} | set(part.later) == {one.name for one in view.market.comparables}
    assert part.later == ("LG Energy Solution, January 2026",)


@pytest.mark.parametrize("name", ["quantumscape", "phase2_drug"])
@pytest.mark.parametrize("price", PRICES)
def test_pages_fit_and_read_right(price: str, name: str) -> None:
    view, found = read(price, name)
    part, both = section(price, name), measured(view, found)
    assert both is not None
    currency = found.price.currency
    doubt = doubted_page(doubted(view, found))
    text = as_text([*iso_page(part, currency), *requirements_page(part), *measured_page(both), *doubt])
    assert max(map(len, text.splitlines())) <= 100
    assert not re.search(r"nan|undefined|None|inf\b|\$-|--", text)
    assert json.loads(json.dumps(to_json(part)))["lead"] == part.lead
    assert json.loads(json.dumps(to_json(both)))["lead"] == both.lead


def test_leads_say_what_the_price_takes() -> None:
    actual, high, low = (section(price).lead for price in ("", "4e10", "2e8"))
    assert "at our dates a success value of $35 billion, ours, takes 88% for commercialization by 2040-12" in actual
    assert "Our own pair, 32% at $35 billion, is worth $3.38 billion, less than the price." in actual
    assert "no probability of commercialization by 2040-12 that is enough" in high
    assert "no probability of commercialization by 2040-12 that is low enough" in low
    assert "Below" not in low
    view, found = read("")
    both = measured(view, found)
    assert both is not None
    assert "the price implies 88% for commercialization by 2040-12" in both.lead
    assert f"to be compared with our {both.ours:.0%}" in both.lead
    assert "points" not in both.lead  # the risk-neutral reading is differenced with nothing


def test_no_risk_free_rate_no_section() -> None:
    view, found = read("")
    dossier = replace(view.dossier, market=replace(view.market, risk_free=None))
    assert measured(replace(view, dossier=dossier), found) is None


def test_round_amounts() -> None:
    assert ladder(0.9, 2.5) == (1.0, 2.0)
    assert ladder(0.0, 1.0) == ladder(2.0, 1.0) == ()

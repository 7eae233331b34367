"""The iso-price curve and the grids: against the sums themselves, and the laws that they obey."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bayesmile.belief import Belief
from bayesmile.breakevens import price_equation
from bayesmile.delays import Tabulated
from bayesmile.errors import InvalidInput
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.market import fair_price, implied_probability, two_state
from bayesmile.payoffs import Payoffs
from bayesmile.pricing.axes import BELIEVED, around, cells, numbers
from bayesmile.pricing.grids import implied_grid, worth_grid
from bayesmile.pricing.isoprice import iso_price
from bayesmile.roadmap import Milestone, Roadmap
from bayesmile.tilts import reach_tilt
from tests.pricing.worlds import START, beliefs, payoffs_of, sides

SHARES = st.floats(0.02, 0.98)


@dataclass(frozen=True)
class Company:
    """Anything with a name, a value and a date."""

    name: str
    value: float
    date: str


def one(months: int = 24) -> Belief:
    delay = Tabulated([0.0, 0.2, 0.0, 0.1, 0.0, 0.0, 0.0, 0.2])
    return infer(Roadmap([Milestone("approval", delay=delay)]), [], MonthGrid(START, months))


PAYOFFS = Payoffs({"approval": 90.0}, floor=5.0, beyond=3.0, required_return=0.2, dilution=0.05)


@settings(max_examples=40)
@given(beliefs(), st.data())
def test_the_equation_has_the_sides_of_the_two_state_reading_and_of_enumeration(
    belief: Belief, data: st.DataObject
) -> None:
    payoffs, name = data.draw(payoffs_of(belief))
    equation = price_equation(belief, payoffs, as_of=START, milestone=name)
    state = two_state(belief, payoffs, as_of=START, milestone=name)
    expected = sides(belief, payoffs, name)
    assert (float(equation.failure()), float(equation.success())) == pytest.approx(expected, rel=1e-9)
    assert (state.failure, state.success) == pytest.approx(expected, rel=1e-9)
    assert float(equation.worth()) == pytest.approx(fair_price(belief, payoffs, as_of=START), rel=1e-9)


@settings(max_examples=40)
@given(beliefs(), st.data(), st.floats(0.1, 200.0))
def test_the_curve_is_the_formula_at_every_value_and_date(belief: Belief, data: st.DataObject, price: float) -> None:
    payoffs, name = data.draw(payoffs_of(belief))
    months = [belief.grid.label(index) for index in range(belief.grid.months)]
    values = [0.5, 20.0, 150.0]
    curve = iso_price(belief, payoffs, price=price, as_of=START, milestone=name, values=values, arrivals=months)
    for i, value in enumerate(values):
        for j in range(len(months)):
            failure, success = sides(belief, payoffs.with_value(name, value), name, years=j / 12.0)
            if abs(success - failure) > 1e-6 * (success + failure):
                expected = (price - failure) / (success - failure)
                assert curve.probability[i, j] == pytest.approx(expected, rel=1e-6)
                assert curve.state[i, j] == cells(price, failure, success)


@settings(max_examples=40)
@given(beliefs(), st.data(), SHARES)
def test_the_two_state_answer_and_the_point_of_equivalent_dates_lie_on_the_curve(
    belief: Belief, data: st.DataObject, share: float
) -> None:
    payoffs, name = data.draw(payoffs_of(belief))
    state = two_state(belief, payoffs, as_of=START, milestone=name)
    low, high = sorted((state.failure, state.success))
    price = low + share * (high - low)
    assume(price >= 0.0)
    at = {"price": price, "as_of": START, "milestone": name}
    ours = payoffs.values[name]
    curve = iso_price(belief, payoffs, values=[ours], **at)
    p = implied_probability(belief, payoffs, **at)
    assert curve.believed[0] == pytest.approx(p, rel=1e-9, nan_ok=True)
    assert curve.implied == pytest.approx(p, rel=1e-9, nan_ok=True)
    assert curve.ours == (ours, pytest.approx(state.probability))
    equation = price_equation(belief, payoffs, as_of=START, milestone=name)
    if payoffs.required_return + payoffs.dilution > 1e-6:
        assert float(equation.unit(years=curve.equivalent_years)) == pytest.approx(float(equation.unit()), rel=1e-9)


@settings(max_examples=40)
@given(beliefs(), st.data(), SHARES)
def test_a_point_of_the_curve_reprices_as_a_belief(belief: Belief, data: st.DataObject, share: float) -> None:
    payoffs, name = data.draw(payoffs_of(belief))
    state = two_state(belief, payoffs, as_of=START, milestone=name)
    price = state.failure + share * (state.success - state.failure)
    assume(price >= 0.0)
    curve = iso_price(belief, payoffs, price=price, as_of=START, milestone=name)
    for value, p, state_of in zip(curve.values, curve.believed, curve.believed_state, strict=True):
        other = payoffs.with_value(name, float(value))
        if state_of != "possible" or not 1e-9 < p < 1.0 - 1e-9:
            continue
        tilted = reach_tilt(belief, other, price=price, as_of=START, milestone=name)
        assert tilted.implied_probability == pytest.approx(p, rel=1e-9)
        assert fair_price(tilted.belief, other, as_of=START) == pytest.approx(price, rel=1e-9)


@settings(max_examples=30)
@given(beliefs(), st.data(), st.floats(0.1, 50.0), st.floats(0.1, 50.0), st.integers(-9, 12))
def test_the_curve_rises_with_the_price_falls_with_the_value_and_has_no_currency(
    belief: Belief, data: st.DataObject, low: float, more: float, power: int
) -> None:
    payoffs, name = data.draw(payoffs_of(belief))
    equation = price_equation(belief, payoffs, as_of=START, milestone=name)
    at = {"as_of": START, "milestone": name, "values": [10.0, 60.0, 300.0]}
    below, above = (iso_price(belief, payoffs, price=price, **at) for price in (low, low + more))
    gain = equation.success(below.values[:, None], years=below.years) - equation.failure()
    clear = np.abs(gain) > 1e-6
    rise = (above.probability - below.probability) * np.sign(gain)
    assert (rise[clear] > 0.0).all()
    factor = 10.0**power
    at["values"] = [value * factor for value in at["values"]]
    scaled = iso_price(belief, payoffs.scaled(factor), price=factor * low, **at)
    np.testing.assert_allclose(scaled.probability[clear], below.probability[clear], rtol=1e-6)
    for j in range(len(below.years)):
        falls = below.probability[:, j][(below.state[:, j] == "possible") & (gain[:, j] > 1e-6)]
        assert (np.diff(falls) <= 1e-12).all()


@settings(max_examples=15)
@given(beliefs(), st.data(), st.floats(0.0, 60.0))
def test_a_grid_is_the_two_state_reading_of_every_cell(belief: Belief, data: st.DataObject, price: float) -> None:
    payoffs, name = data.draw(payoffs_of(belief))
    over = {"required_return": [0.0, 0.3], "success_value": [1.0, 80.0], "price": [5.0], "dilution": [0.1]}
    if payoffs.has_cash_contract:
        over.pop("dilution")
    found = implied_grid(belief, payoffs, over, price=price, as_of=START, milestone=name)
    assert int(found.here.sum()) == 1
    for cell in found.stack(cell=found.implied.dims).cell.values:
        r, value, asked, d = (*cell, payoffs.dilution)[:4]
        other = replace(payoffs.with_value(name, value), required_return=r, dilution=d)
        state = two_state(belief, other, as_of=START, milestone=name)
        here = found.sel(dict(zip(over, cell, strict=True)))
        if abs(state.success - state.failure) > 1e-6 * (abs(state.success) + abs(state.failure)):
            assert float(here.implied) == pytest.approx(state.implied_probability(asked), rel=1e-6, abs=1e-9)
            assert str(here.state.values) == cells(asked, state.failure, state.success)
        ours = (payoffs.required_return, payoffs.values[name], price, payoffs.dilution)
        assert bool(here.here) == ((r, value, asked, d) == ours)


def test_a_grid_of_dates_has_our_dates_first() -> None:
    over = {"arrival": ["2027", "2026-02"], "required_return": [0.0, 0.1]}
    found = implied_grid(one(), PAYOFFS, over, price=40.0, as_of=START)
    assert found.arrival.values.tolist() == [BELIEVED, "2026-02", "2027-12"]
    assert found.implied.dims == ("arrival", "required_return")
    assert bool(found.here.sel(arrival=BELIEVED, required_return=0.2))
    cell = found.implied.sel(arrival="2027-12", required_return=0.1)
    assert float(cell) == pytest.approx((40.0 - 8.0) / (5.0 + 90.0 * math.exp(-0.15 * 23 / 12) - 8.0), rel=1e-12)
    free = found.implied.sel(arrival=BELIEVED, required_return=0.2)
    assert float(free) == pytest.approx(implied_probability(one(), PAYOFFS, price=40.0, as_of=START), rel=1e-12)


def test_a_grid_of_worth_is_the_model_value() -> None:
    belief = one()
    found = worth_grid(belief, PAYOFFS, price=40.0, as_of=START, values=[10.0, 200.0], probabilities=[0.0, 1.0])
    state = two_state(belief, PAYOFFS, as_of=START)
    here = found.where(found.here, drop=True)
    assert here.sizes == {"success_value": 1, "probability": 1}
    assert here.worth.item() == pytest.approx(fair_price(belief, PAYOFFS, as_of=START), rel=1e-12)
    assert here.over.item() == pytest.approx(here.worth.item() / 40.0 - 1.0)
    assert float(found.worth.sel(success_value=90.0, probability=1.0)) == pytest.approx(state.success)
    assert found.worth.sel(probability=0.0).values == pytest.approx(state.failure)


def test_a_large_grid_takes_no_loop() -> None:
    over = {"success_value": np.linspace(1.0, 500.0, 400), "required_return": np.linspace(0.0, 0.5, 400)}
    found = implied_grid(one(), PAYOFFS, over, price=40.0, as_of=START)
    assert found.implied.shape == (401, 401)
    with pytest.raises(InvalidInput, match="more than 10,000,000 cells"):
        implied_grid(one(), PAYOFFS, {name: np.linspace(0, 1, 4000) for name in over}, price=4.0, as_of=START)


def test_states_say_which_side_is_missed() -> None:
    assert cells(60.0, 10.0, [5.0, 50.0, 61.0]).tolist() == ["too dear", "too dear", "possible"]
    assert cells([4.0, 10.0, 30.0, 31.0], 30.0, 10.0).tolist() == ["too cheap", "possible", "possible", "too dear"]
    assert cells(1.0, 2.0, [2.0, math.nan]).tolist() == ["silent", "silent"]


def test_the_curve_as_tables() -> None:
    curve = iso_price(one(), PAYOFFS, price=40.0, as_of=START, values=[9.0, 90.0], arrivals=["2026", "2026-03"])
    frame = curve.to_pandas()
    assert frame.arrival.tolist() == 2 * [BELIEVED, "2026-03", "2026-12"]
    assert frame.probability.tolist()[:3] == [curve.believed[0], *curve.probability[0]]
    data = curve.to_xarray()
    assert data.probability.sel(value=90.0, arrival="2026-12") == curve.probability[1, 1]
    assert data.state.sel(value=9.0, arrival=BELIEVED) == "too dear"


def test_foregone_is_where_certain_success_is_worth_the_price() -> None:
    curve = iso_price(one(), PAYOFFS, price=40.0, as_of=START)
    sure = two_state(one(), PAYOFFS.with_value("approval", curve.foregone), as_of=START)
    assert sure.success == pytest.approx(40.0, rel=1e-12)
    assert math.isnan(iso_price(one(), PAYOFFS, price=4.0, as_of=START).foregone)


def test_comparables_of_later_dates_are_only_named() -> None:
    firms = [Company("Small", 50.0, "2024-Q3"), Company("Great", 400.0, "2026-05-01"), Company("Later", 70.0, "2026")]
    curve = iso_price(one(), PAYOFFS, price=40.0, as_of="2026-05-01", comparables=firms)
    assert [(entry.name, entry.value, entry.state) for entry in curve.placed] == [
        ("Great", 400.0, "possible"),
        ("Small", 50.0, "possible"),
    ]
    assert curve.later == ("Later",)
    other = implied_probability(one(), PAYOFFS.with_value("approval", 400.0), price=40.0, as_of="2026-05-01")
    assert curve.placed[0].implied == pytest.approx(other, rel=1e-12)


def test_without_discount_all_dates_are_alike() -> None:
    free = Payoffs({"approval": 90.0}, required_return=0.0)
    curve = iso_price(one(), free, price=40.0, as_of=START)
    assert (curve.probability == curve.believed[:, None]).all()
    assert (math.isnan(curve.equivalent_years), curve.equivalent_arrival) == (True, "")


def test_numbers_of_a_range() -> None:
    assert around(7.0)[12] == 7.0
    assert len(around(7.0)) == 25
    for bad in ([], [math.nan], [-1.0], ["x"], [[1.0, 2.0]]):
        with pytest.raises(InvalidInput, match="values: received"):
            numbers("values", bad)
    with pytest.raises(InvalidInput, match="from 0 to 1"):
        numbers("probabilities", [1.5], most=1.0)


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({}, "received no axis; allowed are success_value"),
        ({"burn": [1.0]}, "received 'burn'; allowed are success_value"),
        ({"arrival": ["2030"]}, "arrival: received '2030'; allowed are dates from 2026-01 to 2027-12"),
        ({"arrival": []}, "arrivals: received none"),
        ({"dilution": [-0.1]}, "over dilution: received -0.1"),
        ({"required_return": [100.0]}, "from 0 to 64"),
    ],
)
def test_bad_axes_are_refused(over: dict[str, list[object]], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        implied_grid(one(), PAYOFFS, over, price=40.0, as_of=START)


def test_what_has_no_value_of_its_own_has_no_curve() -> None:
    row = Payoffs({"approval": [1.0] * 25}, required_return=0.1)
    with pytest.raises(InvalidInput, match="no single success value"):
        iso_price(one(), row, price=0.5, as_of=START)
    with pytest.raises(InvalidInput, match="funding is inside the row"):
        implied_grid(one(), row, {"dilution": [0.1]}, price=0.5, as_of=START)
    with pytest.raises(InvalidInput, match="arrivals: received none"):
        iso_price(one(), PAYOFFS, price=40.0, as_of=START, arrivals=[])

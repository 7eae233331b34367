"""Payoffs: present values by month, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bayesmile.errors import InvalidInput
from bayesmile.grid import MonthGrid
from bayesmile.payoffs import Payoffs

GRID = MonthGrid("2026-01", 24)


def test_present_values_follow_the_formula() -> None:
    payoffs = Payoffs({"approval": 120.0}, floor=7.0, beyond=3.0, required_return=0.11, dilution=0.04)
    present = payoffs.present_values(GRID, "2026-03-31")
    tau = [max(0.0, (t - 2 - 1.0) / 12) for t in range(24)]
    expected = [120.0 * math.exp(-0.15 * years) for years in tau] + [3.0]
    np.testing.assert_allclose(present.rows["approval"], expected, rtol=1e-14)
    assert present.floor == 7.0
    assert present.priced == ("approval",)


def test_a_day_counts_as_elapsed_and_a_month_does_not() -> None:
    payoffs = Payoffs({"approval": 1.0}, required_return=0.12)
    start, middle = (payoffs.present_values(GRID, when).rows["approval"] for when in ("2026-04", "2026-04-15"))
    assert start[4] == pytest.approx(math.exp(-0.01))
    assert middle[4] == pytest.approx(math.exp(-0.005))
    assert start[3] == middle[3] == 1.0


def test_as_of_before_the_grid_discounts_further() -> None:
    row = Payoffs({"approval": 1.0}, required_return=0.12).present_values(GRID, "2025-01").rows["approval"]
    assert row[0] == pytest.approx(math.exp(-0.12))


def test_a_row_is_taken_as_it_stands() -> None:
    row = np.arange(25.0)
    payoffs = Payoffs({"approval": row}, beyond=5.0, required_return=0.5)
    row[0] = 99.0  # a copy was taken
    expected = np.append(np.arange(24.0), 24.0 + 5.0)
    np.testing.assert_array_equal(payoffs.present_values(GRID, "2026-01").rows["approval"], expected)
    np.testing.assert_array_equal(payoffs.values["approval"], np.arange(25.0))


def test_beyond_belongs_to_the_named_milestone() -> None:
    payoffs = Payoffs({"a": 1.0, "b": 2.0}, beyond=5.0, beyond_milestone="b", required_return=0.1)
    rows = payoffs.present_values(GRID, "2026-01").rows
    assert rows["a"][-1] == 0.0
    assert rows["b"][-1] == 5.0


def test_beyond_belongs_to_a_priced_milestone() -> None:
    for values in ({"a": 1.0, "b": 2.0}, {"a": 1.0}):
        with pytest.raises(InvalidInput, match="beyond_milestone: received 'c'; allowed are the priced a"):
            Payoffs(values, beyond=5.0, beyond_milestone="c", required_return=0.1)
    worthless = Payoffs({"a": 1.0, "c": 0.0}, beyond=5.0, beyond_milestone="c", required_return=0.1)
    rows = worthless.present_values(GRID, "2026-01").rows
    np.testing.assert_array_equal(rows["c"], np.append(np.zeros(24), 5.0))


def test_what_was_reached_pays_only_if_unpaid() -> None:
    values = {"a": 1.0, "b": 2.0}
    paid = Payoffs(values, required_return=0.1).present_values(GRID, "2026-06", reached=["a"])
    unpaid = Payoffs(values, unpaid=("a",), required_return=0.1).present_values(GRID, "2026-06", reached=["a"])
    assert (paid.priced, unpaid.priced) == (("b",), ("a", "b"))
    assert unpaid.rows["a"][0] == 1.0


def test_a_high_required_return_is_noted() -> None:
    assert Payoffs({"a": 1.0}, required_return=0.20).notes == ()
    (note,) = Payoffs({"a": 1.0}, required_return=0.30).notes
    assert "30% a year exceeds 20%" in note


def test_the_required_return_has_no_default() -> None:
    with pytest.raises(InvalidInput, match="required_return: it has no default"):
        Payoffs({"a": 1.0})


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf, "7", None, True])
@pytest.mark.parametrize("field", ["floor", "beyond", "required_return", "dilution"])
def test_a_bad_number_is_refused_by_name(field: str, bad: object) -> None:
    numbers = {"required_return": 0.1, field: bad}
    with pytest.raises(InvalidInput, match=f"Payoffs {field}: received"):
        Payoffs({"a": 1.0}, **numbers)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "Payoffs values"),
        (3.0, "Payoffs values"),
        ({1: 2.0}, "received the milestone 1"),
        ({"a": -2.0}, "value of a"),
        ({"a": "much"}, "value of a"),
        ({"a": [1.0, math.nan]}, "row of a"),
        ({"a": [1.0, -1.0]}, "row of a"),
        ({"a": [[1.0]]}, "row of a"),
        ({"a": ["x"]}, "row of a"),
    ],
)
def test_bad_values_are_refused(values: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Payoffs(values, required_return=0.1)  # type: ignore[arg-type]


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(InvalidInput, match="received 2 numbers; allowed are 25"):
        Payoffs({"a": [1.0, 2.0]}, required_return=0.1).present_values(GRID, "2026-01")


def test_funding_is_counted_once() -> None:
    with pytest.raises(InvalidInput, match="not both"):
        Payoffs({"a": [1.0, 2.0]}, required_return=0.1, dilution=0.05)


def test_beyond_with_several_priced_needs_a_name() -> None:
    with pytest.raises(InvalidInput, match="beyond_milestone"):
        Payoffs({"a": 1.0, "b": 2.0}, beyond=1.0, required_return=0.1)


def test_unpaid_names_a_priced_milestone() -> None:
    with pytest.raises(InvalidInput, match="unpaid: received 'c'"):
        Payoffs({"a": 1.0}, unpaid=("c",), required_return=0.1)


def test_as_of_past_the_horizon_is_refused() -> None:
    with pytest.raises(InvalidInput, match="horizon 2027-12"):
        Payoffs({"a": 1.0}, required_return=0.1).present_values(GRID, "2028-01")


def test_another_value_and_another_unit() -> None:
    payoffs = Payoffs({"a": 1.0}, floor=2.0, beyond=3.0, required_return=0.1)
    assert payoffs.with_value("a", 9.0).values == {"a": 9.0}
    assert payoffs.scaled(10.0) == Payoffs({"a": 10.0}, floor=20.0, beyond=30.0, required_return=0.1)
    with pytest.raises(InvalidInput, match="received 'b'"):
        payoffs.with_value("b", 9.0)

"""Payoffs: present values by month, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from bayesmile.core.funding import annuity
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


# Cash, spent until success.


def test_the_cash_contract_follows_the_formula() -> None:
    payoffs = Payoffs({"a": 120.0}, floor=7.0, beyond=3.0, required_return=0.11, cash=40.0, burn=25.0)
    present = payoffs.present_values(GRID, "2026-03-15")
    years = [max(0.0, (t - 2 - 15 / 31) / 12) for t in range(24)]
    spent = [quad(lambda s: 25.0 * math.exp(-0.11 * s), 0.0, tau)[0] for tau in years]
    expected = [120.0 * math.exp(-0.11 * tau) + 40.0 - paid for tau, paid in zip(years, spent, strict=True)]
    np.testing.assert_allclose(present.rows["a"], [*expected, 3.0], rtol=1e-12)
    assert present.floor == 7.0


def test_without_a_rate_the_burn_is_a_straight_line() -> None:
    row = Payoffs({"a": 50.0}, required_return=0.0, cash=12.0, burn=12.0).present_values(GRID, "2026-01").rows["a"]
    np.testing.assert_allclose(row, [62.0 - t for t in range(24)] + [0.0], rtol=1e-14)


def test_a_burn_at_the_rate_of_return_on_the_cash_leaves_it() -> None:
    """Cash C that is spent at r C a year, for ever, is worth C (1 - (1 - e^(-r tau))) = C e^(-r tau) at tau."""
    row = Payoffs({"a": 0.0}, required_return=0.2, cash=30.0, burn=6.0).present_values(GRID, "2026-01").rows["a"]
    np.testing.assert_allclose(row[:-1], [30.0 * math.exp(-0.2 * t / 12) for t in range(24)], rtol=1e-13)


def test_no_cash_and_no_burn_is_the_plain_payoff() -> None:
    plain = Payoffs({"a": 5.0, "b": 9.0}, floor=1.0, beyond=2.0, beyond_milestone="b", required_return=0.1)
    funded = replace(plain, cash=0.0, burn=0.0)
    for name, row in plain.present_values(GRID, "2026-02-10").rows.items():
        np.testing.assert_array_equal(row, funded.present_values(GRID, "2026-02-10").rows[name])


def test_cash_that_is_not_spent_is_part_of_every_success_and_of_no_failure() -> None:
    plain, funded = (Payoffs({"a": 5.0}, beyond=2.0, required_return=0.1, cash=cash) for cash in (0.0, 4.0))
    gain = funded.present_values(GRID, "2026-01").rows["a"] - plain.present_values(GRID, "2026-01").rows["a"]
    np.testing.assert_allclose(gain, [4.0] * 24 + [0.0], rtol=1e-14)


def test_the_named_milestone_ends_the_burn() -> None:
    values = {"a": 1.0, "b": 2.0}
    with pytest.raises(InvalidInput, match=r"cash and burn: several milestones are priced \(a, b\)"):
        Payoffs(values, required_return=0.1, cash=5.0, burn=1.0)
    funded = Payoffs(values, required_return=0.0, cash=5.0, burn=12.0, beyond_milestone="b")
    rows = funded.present_values(GRID, "2026-01").rows
    np.testing.assert_allclose(rows["a"], [1.0] * 24 + [0.0], rtol=1e-14)
    np.testing.assert_allclose(rows["b"], [7.0 - t for t in range(24)] + [0.0], rtol=1e-14)


def test_what_the_burn_left_at_success_is_kept() -> None:
    """Reached and paid for: the cash of today stays. Reached and unpaid: the row says the same."""
    funded = Payoffs({"a": 10.0, "b": 3.0}, required_return=0.1, cash=5.0, burn=12.0, beyond_milestone="a")
    paid = funded.present_values(GRID, "2026-06", reached=["a"])
    assert (paid.floor, paid.priced) == (5.0, ("b",))
    unpaid = replace(funded, unpaid=("a",)).present_values(GRID, "2026-06", reached=["a"])
    assert (unpaid.floor, unpaid.rows["a"][0]) == (0.0, 15.0)


def test_a_success_worth_less_than_failure_is_noted_and_not_clipped() -> None:
    payoffs = Payoffs({"field_tests": 10.0}, beyond=2.0, required_return=0.0, cash=3.0, burn=12.0)
    present = payoffs.present_values(GRID, "2026-03")
    np.testing.assert_allclose(present.rows["field_tests"][[1, 2, 13, 14, 23]], [13.0, 13.0, 2.0, 1.0, -8.0])
    (note,) = present.notes
    assert note.startswith("from 2027-03 on, reaching field tests is worth less than not reaching it")
    assert payoffs.notes == replace(payoffs, burn=1.0).present_values(GRID, "2026-03").notes == ()


@pytest.mark.parametrize("parts", [{"cash": 5.0}, {"burn": 2.0}, {"cash": 5.0, "burn": 2.0}, {"cash": -5.0}])
def test_both_contracts_at_once_are_refused(parts: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match=r"dilution 0\.05 with cash .* and burn .*not both"):
        Payoffs({"a": 1.0}, required_return=0.1, dilution=0.05, **parts)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=r"cash: received both cash .* and a row of present values"):
        Payoffs({"a": [1.0, 2.0]}, required_return=0.1, **parts)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=r"net_cash 4 with cash .* counted once"):
        Payoffs({"a": 1.0}, required_return=0.1, net_cash=4.0, **parts)  # type: ignore[arg-type]


def test_net_cash_is_kept_in_every_state() -> None:
    plain = Payoffs({"a": 5.0}, floor=1.0, beyond=2.0, required_return=0.1, dilution=0.02)
    for net in (4.0, -0.5):
        with_net = replace(plain, net_cash=net).present_values(GRID, "2026-01")
        assert with_net.floor == 1.0 + net
        np.testing.assert_array_equal(with_net.rows["a"], plain.present_values(GRID, "2026-01").rows["a"])


@pytest.mark.parametrize("field", ["burn", "cash", "net_cash"])
@pytest.mark.parametrize("bad", [math.nan, math.inf, "7", None, True])
def test_bad_cash_is_refused_by_name(field: str, bad: object) -> None:
    with pytest.raises(InvalidInput, match=f"Payoffs {field}: received"):
        Payoffs({"a": 1.0}, required_return=0.1, **{field: bad})  # type: ignore[arg-type]


def test_a_negative_burn_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Payoffs burn: received"):
        Payoffs({"a": 1.0}, required_return=0.1, burn=-1.0)


@given(
    money=st.tuples(*[st.floats(0.0, 1e3)] * 4),
    cash=st.floats(-1e3, 1e3),
    rate=st.floats(0.0, 0.5),
    factor=st.floats(1e-6, 1e12),
)
def test_the_currency_does_not_matter(
    money: tuple[float, float, float, float], cash: float, rate: float, factor: float
) -> None:
    value, floor, beyond, burn = money
    payoffs = Payoffs({"a": value}, floor=floor, beyond=beyond, required_return=rate, cash=cash, burn=burn)
    plain, scaled = (each.present_values(GRID, "2026-01") for each in (payoffs, payoffs.scaled(factor)))
    scale = max(1.0, np.abs(plain.rows["a"]).max(), burn)
    np.testing.assert_allclose(scaled.rows["a"] / factor, plain.rows["a"], rtol=0.0, atol=1e-12 * scale)
    assert scaled.floor == pytest.approx(plain.floor * factor, rel=1e-12)


@given(rates=st.lists(st.floats(0.0, 3.0), min_size=1, max_size=5), month=st.integers(-5, 23))
def test_annuities_of_many_rates_are_those_of_each(rates: list[float], month: int) -> None:
    together = annuity(24, month, 0.25, np.array(rates)[:, None])
    for row, rate in zip(together, rates, strict=True):
        np.testing.assert_array_equal(row, annuity(24, month, 0.25, rate))
        years = np.maximum(0.0, (np.arange(24) - month - 0.25) / 12)
        # 1 - rate * annuity is the discount factor of the last day: the two formulas are one law.
        np.testing.assert_allclose(1.0 - rate * row, np.exp(-rate * years), rtol=0.0, atol=1e-14)
        assert (row <= years * (1.0 + 1e-15)).all()


def test_annuities_of_small_rates_keep_their_digits() -> None:
    years = np.arange(24) / 12.0
    exact = years - 1e-9 * years**2 / 2.0
    np.testing.assert_allclose(annuity(24, 0, 0.0, 1e-9), exact, rtol=1e-15)

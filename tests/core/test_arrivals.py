"""Announcement rows against the worked cases and a month-by-month Poisson likelihood."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from bayesmile.core import arrivals

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "evidence_rows.json").read_text(encoding="utf-8"))


def log_marks(case: dict, side: int) -> np.ndarray:
    return np.array(
        [
            sum(
                np.log(case["attributes"][name][side] if answer == "yes" else 1 - case["attributes"][name][side])
                for name, answer in item["attributes"].items()
                if answer != "unknown"
            )
            for item in case["announcements"]
        ]
    )


@pytest.mark.parametrize("case", [case for case in VECTORS if case["type"] == "announcement"])
def test_rows_match_the_worked_cases(case: dict) -> None:
    months = np.array([item["month"] for item in case["announcements"]], dtype=np.int64)
    weight = np.append(np.ones(case["as_of"] - case["coverage_start"]), case["as_of_fraction"])
    view = arrivals.windows(months, weight, case["coverage_start"], case["lead"], case["months"])
    rate = case["hype"] * case["base_rate_per_year"] / 12
    silence, silent = arrivals.silence_row(view, rate, case["lift"])
    rows, constants = arrivals.arrival_rows(view, rate, case["lift"], log_marks(case, 0), log_marks(case, 1))
    np.testing.assert_allclose(silence + rows.sum(axis=0), case["expected"]["row"], rtol=1e-9, atol=1e-12)
    assert silent + constants.sum() == pytest.approx(case["expected"]["constant"], rel=1e-9)


def poisson_by_month(counts: np.ndarray, weight: np.ndarray, first: int, event: int | None, case: dict) -> float:
    """Log-likelihood of the counts of each covered month, given the milestone's month, without the factorials."""
    total = 0.0
    for u, (count, covered) in enumerate(zip(counts, weight, strict=True), start=first):
        inside = event is not None and 0 <= event - u <= case["lead"]
        rate = case["rate"] * (case["lift"] if inside else 1.0)
        total += special.xlogy(count, rate) - covered * rate
    return total


def test_row_and_constant_are_the_poisson_likelihood_of_every_month(rng: np.random.Generator) -> None:
    # coverage begins before the grid: months below 0 count for early milestones
    case, first, months = {"rate": 0.3, "lift": 2.5, "lead": 4}, -6, 15
    weight = np.append(np.ones(11), 0.4)
    counts = rng.poisson(0.5, weight.size)
    when = np.repeat(np.arange(first, first + weight.size), counts)
    view = arrivals.windows(when, weight, first, case["lead"], months)
    silence, silent = arrivals.silence_row(view, case["rate"], case["lift"])
    marks = np.zeros(when.size)
    rows, constants = arrivals.arrival_rows(view, case["rate"], case["lift"], marks, marks)
    total = silence + rows.sum(axis=0) + silent + constants.sum()
    for event in (*range(months), None):
        exact = poisson_by_month(counts, weight, first, event, case)
        assert total[months if event is None else event] == pytest.approx(exact, rel=1e-12)


def test_a_batch_of_draws_is_the_same_as_one_by_one(rng: np.random.Generator) -> None:
    view = arrivals.windows(np.array([2, 5]), np.ones(7), 0, 3, 12)
    rate, lift = rng.uniform(0.1, 1, (4,)), rng.uniform(0.2, 3, (4,))
    inside, outside = np.log(rng.uniform(0, 1, (4, 2))), np.log(rng.uniform(0, 1, (4, 2)))
    silence, silent = arrivals.silence_row(view, rate, lift)
    rows, constants = arrivals.arrival_rows(view, rate, lift, inside, outside)
    assert silence.shape == (4, 13) and silent.shape == (4,)
    assert rows.shape == (4, 2, 13) and constants.shape == (4, 2)
    for k in range(4):
        np.testing.assert_array_equal(silence[k], arrivals.silence_row(view, rate[k], lift[k])[0])
        alone = arrivals.arrival_rows(view, rate[k], lift[k], inside[k], outside[k])
        np.testing.assert_array_equal(rows[k], alone[0])
        np.testing.assert_array_equal(constants[k], alone[1])


@pytest.mark.parametrize(
    ("inside", "outside", "row", "constant"),
    [
        (0.5, 0.0, [-np.inf, np.log(1.5), -np.inf], np.log(0.2)),  # only possible in the window
        (0.0, 0.5, [0.0, -np.inf, 0.0], np.log(0.2 * 0.5)),  # impossible in it
    ],
)
def test_marks_of_probability_zero_leave_minus_infinity(
    inside: float, outside: float, row: list[float], constant: float
) -> None:
    view = arrivals.windows(np.array([1]), np.ones(2), 0, 0, 2)
    with np.errstate(divide="ignore"):
        log_inside, log_outside = np.log([inside]), np.log([outside])
    rows, constants = arrivals.arrival_rows(view, 0.2, 3.0, log_inside, log_outside)
    np.testing.assert_allclose(rows[0], row)
    np.testing.assert_allclose(constants, [constant])


def test_a_lift_of_zero_rules_the_window_out() -> None:
    view = arrivals.windows(np.array([1]), np.ones(2), 0, 1, 4)
    rows, _ = arrivals.arrival_rows(view, 0.2, 0.0, np.zeros(1), np.zeros(1))
    assert rows[0].tolist() == [0.0, -np.inf, -np.inf, 0.0, 0.0]

"""Our belief beside the market's."""

from __future__ import annotations

import math

import pytest

from bayesmile.belief import Belief
from bayesmile.comparison import compare
from bayesmile.delays import Tabulated
from bayesmile.errors import InvalidInput
from bayesmile.evidence import NotYet
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.payoffs import Payoffs
from bayesmile.roadmap import Milestone, Roadmap
from bayesmile.tilts import implied, reach_tilt

PAYOFFS = Payoffs({"launch": 100.0}, required_return=0.0)


def two_steps(months: int = 18) -> Belief:
    step = Tabulated([0.25, 0.25])
    roadmap = Roadmap([Milestone("pilot", delay=step), Milestone("launch", after="pilot", delay=step)])
    return infer(roadmap, [], MonthGrid("2026-01", months))


def test_one_row_per_milestone_and_year_end() -> None:
    frame = compare(two_steps(), two_steps())
    assert frame[["milestone", "deadline"]].to_numpy().tolist() == [
        ["pilot", "2026-12"],
        ["pilot", "2027-06"],
        ["launch", "2026-12"],
        ["launch", "2027-06"],
    ]
    assert (frame[["points", "log_odds", "bits"]] == 0.0).all(axis=None)


def test_the_gap_of_the_tilted_milestone_is_its_log_ratio() -> None:
    market = reach_tilt(two_steps(), PAYOFFS, price=70.0, as_of="2026-01")
    frame = compare(two_steps(), market, deadlines=["2027-06"]).set_index("milestone")
    assert frame.loc["launch", "log_odds"] == pytest.approx(market.log_ratio)
    assert frame.loc["launch", "bits"] == pytest.approx(market.bits)
    assert frame.loc["launch", "points"] == pytest.approx(45.0)


def test_results_and_their_beliefs_compare_alike() -> None:
    market = implied(two_steps(), PAYOFFS, price=70.0, as_of="2026-01")
    assert compare(two_steps(), market).equals(compare(two_steps(), market.belief))


def test_certainty_on_one_side_is_an_infinite_gap_and_on_both_none() -> None:
    never = two_steps().update(NotYet("launch", through="2027-06"))
    deadline = ["2027-06"]
    one = compare(two_steps(), never, deadlines=deadline).set_index("milestone")
    assert one.loc["launch", "log_odds"] == -math.inf
    assert compare(never, two_steps(), deadlines=deadline).set_index("milestone").loc["launch", "bits"] == math.inf
    assert compare(never, never, deadlines=deadline).set_index("milestone").loc["launch", "log_odds"] == 0.0


def test_deadlines_are_periods() -> None:
    frame = compare(two_steps(), two_steps(), deadlines=["2026", "2026-Q1"])
    assert list(frame["deadline"][:2]) == ["2026-12", "2026-03"]
    with pytest.raises(InvalidInput, match="2031"):
        compare(two_steps(), two_steps(), deadlines=["2031"])


def test_beliefs_about_different_months_are_refused() -> None:
    with pytest.raises(InvalidInput, match="different milestones or months"):
        compare(two_steps(), two_steps(24))

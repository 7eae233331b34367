"""Our belief beside the market's."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from bayesmile.belief import Belief
from bayesmile.comparison import compare
from bayesmile.delays import Tabulated
from bayesmile.errors import InvalidInput
from bayesmile.evidence import LikelihoodRatio, NotYet
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
    frame = compare(two_steps(), two_steps()).to_pandas()
    assert frame[["milestone", "deadline"]].to_numpy().tolist() == [
        ["pilot", "2026-12"],
        ["pilot", "2027-06"],
        ["launch", "2026-12"],
        ["launch", "2027-06"],
    ]
    assert (frame[["points", "log_odds", "bits"]] == 0.0).all(axis=None)


def test_the_gap_of_the_tilted_milestone_is_its_log_ratio() -> None:
    market = reach_tilt(two_steps(), PAYOFFS, price=70.0, as_of="2026-01")
    frame = compare(two_steps(), market, deadlines=["2027-06"]).to_pandas().set_index("milestone")
    assert frame.loc["launch", "log_odds"] == pytest.approx(market.log_ratio)
    assert frame.loc["launch", "bits"] == pytest.approx(market.bits)
    assert frame.loc["launch", "points"] == pytest.approx(45.0)


def test_results_and_their_beliefs_compare_alike() -> None:
    market = implied(two_steps(), PAYOFFS, price=70.0, as_of="2026-01")
    assert compare(two_steps(), market) == compare(two_steps(), market.belief)


def test_certainty_on_one_side_is_an_infinite_gap_and_on_both_none() -> None:
    never = two_steps().update(NotYet("launch", through="2027-06"))
    deadline = ["2027-06"]
    one = compare(two_steps(), never, deadlines=deadline).to_pandas().set_index("milestone")
    assert one.loc["launch", "log_odds"] == -math.inf
    assert (
        compare(never, two_steps(), deadlines=deadline).to_pandas().set_index("milestone").loc["launch", "bits"]
        == math.inf
    )
    assert compare(never, never, deadlines=deadline).to_pandas().set_index("milestone").loc["launch", "log_odds"] == 0.0


def test_deadlines_are_periods() -> None:
    frame = compare(two_steps(), two_steps(), deadlines=["2026", "2026-Q1", "2026-12"]).to_pandas()
    assert list(frame["deadline"][:2]) == ["2026-12", "2026-03"]
    with pytest.raises(InvalidInput, match="2031"):
        compare(two_steps(), two_steps(), deadlines=["2031"])
    with pytest.raises(InvalidInput, match="received '2025'; allowed are dates from 2026-01 to 2027-06"):
        compare(two_steps(), two_steps(), deadlines=["2025"])


def test_tables_hold_the_lines() -> None:
    found = compare(two_steps(), two_steps().update(LikelihoodRatio("pilot", by="2026-01", ratio=3)))
    frame, data = found.to_pandas(), found.to_xarray()
    assert len(found) == len(frame) == data.ours.size == 4
    for line, row in zip(found, frame.itertuples(index=False), strict=True):
        assert tuple(row) == (
            line.milestone,
            line.deadline,
            line.ours,
            line.market,
            line.points,
            line.log_odds,
            line.bits,
        )
        at = data.sel(milestone=line.milestone, deadline=line.deadline)
        assert at.bits.item() == line.bits and at.market.item() == line.market and at.label.item() == line.deadline
    assert data.points.attrs["units"] == "percentage points"


def test_the_words_name_the_widest_gap() -> None:
    belief = two_steps()
    assert repr(compare(belief, belief)) == "Comparison of 2 milestones by 2 deadlines; no difference"
    later = belief.update(NotYet("launch", through="2026-01"))
    assert repr(compare(belief, later)).endswith("widest: launch by 2026-12, ours 25%, market's 20%")


def test_the_other_way_round_the_signs_change() -> None:
    one, other = two_steps(), two_steps().update(LikelihoodRatio("launch", by="2026-02", ratio=0.3))
    there, back = (
        frame.set_index(["milestone", "deadline"])
        for frame in (compare(one, other).to_pandas(), compare(other, one).to_pandas())
    )
    numbers = ["points", "log_odds", "bits"]
    assert (there[numbers] == -back[numbers]).all(axis=None) and (there.ours == back.market).all()


def test_the_start_of_the_grid_may_be_spelt_in_two_ways() -> None:
    spelt = infer(two_steps().roadmap, [], MonthGrid(dt.date(2026, 1, 1), 18))
    assert all(line.points == 0.0 for line in compare(two_steps(), spelt))


def test_beliefs_about_different_months_are_refused() -> None:
    with pytest.raises(InvalidInput, match="different milestones or months"):
        compare(two_steps(), two_steps(24))

"""Tornadoes of several probabilities: the same numbers as one sweep each; distances to break-evens in two units."""

from __future__ import annotations

import math

import pytest

from bayesmile import InvalidInput, load
from bayesmile.dossier import Dossier
from bayesmile.sensitivity import Sensitivity, sensitivities, top_assumptions
from bayesmile.sweeps import Sweep
from bayesmile.swings import tornadoes

AS_OF = "2026-06-30"
TARGETS = [("approval", "2032"), ("phase3_start", "2028")]


@pytest.fixture(scope="module")
def drug() -> Dossier:
    return load("phase2_drug")


@pytest.fixture(scope="module")
def swept(drug: Dossier) -> list[Sensitivity]:
    return sensitivities(drug, AS_OF, TARGETS[0])


def test_each_is_the_sweep_of_its_own_probability(drug: Dossier, swept: list[Sensitivity]) -> None:
    first, second = tornadoes(drug, AS_OF, TARGETS)
    expected = {one.assumption.field: (one.low.ours, one.high.ours) for one in swept}
    for swing in first.swings:
        assert (swing.low, swing.high) == pytest.approx(expected[swing.assumption.field], abs=1e-12)
    assert {one.assumption.field for one in first.swings} == {f for f in expected if not f.startswith("payoffs.")}
    for found, (name, by) in zip((first, second), TARGETS, strict=True):
        assert found.now == pytest.approx(drug.belief(AS_OF).prob(name, by=by), abs=1e-12)
        widths = [abs(one.points) for one in found.swings]
        assert widths == sorted(widths, reverse=True) and widths[0] > 1.0


def test_the_ends_are_those_of_the_dossier_with_the_number_set(drug: Dossier) -> None:
    [found] = tornadoes(drug, AS_OF, TARGETS[1:])
    swing = found.swings[0]
    for value, probability in ((swing.assumption.low, swing.low), (swing.assumption.high, swing.high)):
        belief = drug.set(swing.assumption.field, value).belief(AS_OF)
        assert probability == pytest.approx(belief.prob("phase3_start", by="2028"), abs=1e-9)


def test_assumptions_about_later_milestones_are_left_out(drug: Dossier) -> None:
    [found] = tornadoes(drug, AS_OF, [("phase3_start", "2028")])
    assert not any("approval.delay" in one.assumption.field for one in found.swings)


def test_the_table_has_a_row_an_assumption(drug: Dossier) -> None:
    [found] = tornadoes(drug, AS_OF, TARGETS[:1])
    frame = found.to_pandas()
    assert len(frame) == len(found.swings) and frame.points.tolist() == [one.points for one in found.swings]


def test_bad_targets_are_refused(drug: Dossier) -> None:
    with pytest.raises(InvalidInput, match="nowhere"):
        tornadoes(drug, AS_OF, [("nowhere", "2030")])


def test_moves_are_in_the_units_of_the_number_and_in_its_standard_deviations(swept: list[Sensitivity]) -> None:
    some = 0
    for one in swept:
        about = one.assumption
        if one.break_even is None:
            assert one.move is None and one.move_sd is None
            continue
        some += 1
        assert one.move is not None and one.move_sd is not None
        assert about.value + one.move == pytest.approx(one.break_even)
        assert math.copysign(1.0, one.move) == math.copysign(1.0, one.move_sd)
        ends = (about.low, about.high)
        assert (abs(one.move_sd) <= 3.29) or not min(ends) < one.break_even < max(ends)
        if about.scale == "log":
            sd = math.log(about.high / about.low) / (2 * 1.6448536269514722)
            assert one.move_sd == pytest.approx(math.log(one.break_even / about.value) / sd)
    assert some >= 3


def test_a_sweep_says_what_each_question_alone_does() -> None:
    dossier, as_of, target = load("phase2_drug"), "2026-06-30", ("approval", "2032")
    sweep = Sweep(dossier, as_of)
    assert sweep.top(target) == top_assumptions(dossier, as_of, target)
    assert sweep.sensitivities(target, price=2e9) == sensitivities(dossier, as_of, target, price=2e9)
    assert sweep.sensitivities(target) == sensitivities(dossier, as_of, target)
    assert sweep.tornadoes([target]) == tornadoes(dossier, as_of, [target])

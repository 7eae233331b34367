"""The chain of belief adds up, sees nothing early, and agrees with separate beliefs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bayesmile import Achieved, Announcement, Guidance, InvalidInput, LikelihoodRatio, load
from bayesmile.attribution import belief_without, chain_of_belief, item_effect
from bayesmile.dossier import Dossier
from bayesmile.items import Item

TARGETS = [("approval", "2032"), ("phase3_start", "2028"), ("filing", "2031-06")]
AS_OF = "2026-10-31"
SLIP = {"slip_mean": 0.2, "slip_sd": 0.5}


@pytest.fixture(scope="module")
def drug() -> Dossier:
    return load("phase2_drug")


def with_items(dossier: Dossier, *items: Item) -> Dossier:
    return replace(dossier, ledger=dossier.ledger.add(*items))


def check_sums(dossier: Dossier, as_of: str, targets: list[tuple[str, str]], since: str | None = None) -> None:
    chain = chain_of_belief(dossier, as_of, targets, since=since)
    last = dossier.belief(as_of)
    for number, (milestone, by) in enumerate(targets):
        moves = [step.moves[number] for step in chain.steps]
        total = chain.total[number]
        assert sum(move.points for move in moves) == pytest.approx(total.points, abs=1e-9)
        assert sum(move.bits for move in moves) == pytest.approx(total.bits, abs=1e-9)
        assert total.after == pytest.approx(last.prob(milestone, by=by), abs=1e-12)
        assert [move.before for move in moves[1:]] == [move.after for move in moves[:-1]]


@pytest.mark.parametrize("as_of", ["2024-06", "2025-12-31", AS_OF])
def test_points_and_bits_add_up_to_the_whole_change(drug: Dossier, as_of: str) -> None:
    check_sums(drug, as_of, TARGETS)


@pytest.mark.parametrize("since", ["2024-09", "2025-11-20"])
def test_they_add_up_from_any_first_day(drug: Dossier, since: str) -> None:
    check_sums(drug, AS_OF, TARGETS, since=since)


def test_they_add_up_for_the_longer_dossier() -> None:
    dossier = load("quantumscape")
    check_sums(dossier, "2026-07-02", [("field_testing", "2026"), ("commercialization", "2035")], since="2025-01-01")


def test_first_belief_is_the_prior(drug: Dossier) -> None:
    chain = chain_of_belief(drug, AS_OF, TARGETS)
    assert chain.since == "2023-12-31"
    assert chain.total[0].before == pytest.approx(drug.belief("2024-01").prob("approval", by="2032"), abs=1e-12)


def test_every_item_is_in_the_chain_once(drug: Dossier) -> None:
    chain = chain_of_belief(drug, AS_OF, TARGETS)
    assert sorted(step.id for step in chain.steps if step.kind == "news") == sorted(drug.items)
    assert len(chain.moving) + len(chain.still) + sum(s.kind == "time" and not s.moved for s in chain.steps) == len(
        chain.steps
    )


def test_an_item_announced_later_changes_nothing(drug: Dossier) -> None:
    later = LikelihoodRatio("approval", "2030", 100.0, announced="2026-11-01", id="later")
    assert chain_of_belief(with_items(drug, later), AS_OF, TARGETS) == chain_of_belief(drug, AS_OF, TARGETS)


def test_a_shorter_chain_is_the_beginning_of_a_longer_one(drug: Dossier) -> None:
    short, long = (chain_of_belief(drug, date, TARGETS) for date in ("2025-11-05", AS_OF))
    assert long.steps[: len(short.steps)] == short.steps


def test_an_imprecise_date_counts_at_its_end(drug: Dossier) -> None:
    vague = LikelihoodRatio("approval", "2032", 2.0, announced="2026-Q3", id="vague")
    steps = chain_of_belief(with_items(drug, vague), AS_OF, TARGETS).steps
    [step] = [step for step in steps if step.id == "vague"]
    assert step.date == "2026-09-30"
    assert step.moves[0].bits == pytest.approx(1.0, abs=1e-9)


def test_inert_items_carry_their_reason(drug: Dossier) -> None:
    still = {step.id: step.note for step in chain_of_belief(drug, AS_OF, TARGETS).still}
    assert "moves nothing, by assumption" in still["mood-2025"]
    assert "moves nothing, by assumption" in still["move-2026"]


def test_an_item_outside_coverage_carries_its_reason(drug: Dossier) -> None:
    stream = drug.ledger.streams[0]
    ends = replace(stream, covers=(stream.first, "2024-02"))
    ledger = drug.ledger
    news = Announcement(stream.milestone, stream.kind, "2024-05-05", id="outside")
    streams = (ends, *ledger.streams[1:])
    kept = [item for item in ledger if getattr(item, "kind", None) != stream.kind]
    changed = replace(drug, ledger=type(ledger)([*kept, news], streams, inert_kinds=ledger.inert_kinds))
    [step] = [step for step in chain_of_belief(changed, AS_OF, TARGETS).steps if step.id == "outside"]
    assert not step.moved and "outside the months" in step.note


def test_new_guidance_counts_with_the_change_from_the_old(drug: Dossier) -> None:
    newer = Guidance("phase3_start", "2026-08-01", "2029-12", id="newer", **SLIP)
    changed = with_items(drug, newer)
    [step] = [step for step in chain_of_belief(changed, "2026-08-01", TARGETS).steps if step.id == "newer"]
    assert step.moves[1].before == pytest.approx(drug.belief("2026-08-01").prob("phase3_start", by="2028"), abs=1e-12)
    assert step.moves[1].points < 0.0


def test_a_withdrawal_is_a_step(drug: Dossier) -> None:
    wrong = LikelihoodRatio("approval", "2032", 4.0, announced="2024-03-01", retracted="2025-01-15", id="wrong")
    steps = [step for step in chain_of_belief(with_items(drug, wrong), AS_OF, TARGETS).steps if step.id == "wrong"]
    assert [(step.kind, step.date) for step in steps] == [("news", "2024-03-01"), ("withdrawal", "2025-01-15")]
    assert [step.moves[0].bits for step in steps] == pytest.approx([2.0, -2.0], abs=1e-9)
    check_sums(with_items(drug, wrong), AS_OF, TARGETS)


def test_a_repeat_is_listed_and_moves_nothing(drug: Dossier) -> None:
    once = LikelihoodRatio("approval", "2032", 2.0, announced="2026-07-01", id="once")
    steps = chain_of_belief(with_items(drug, once, replace(once, id="again")), AS_OF, TARGETS).steps
    moved = {step.id: step.moved for step in steps if step.id in ("once", "again")}
    assert sorted(moved.values()) == [False, True]


def test_certainty_gives_infinite_bits(drug: Dossier) -> None:
    done = Achieved("phase3_start", "2026-08", announced="2026-08-20", id="done")
    chain = chain_of_belief(with_items(drug, done), "2026-08-20", TARGETS)
    assert chain.steps[-1].moves[1].bits == math.inf == chain.total[1].bits
    assert chain.total[1].after == pytest.approx(1.0)


def test_facts_of_one_day_may_be_possible_only_together(drug: Dossier) -> None:
    # Alone, a filing in 2025 contradicts "phase 3 not yet begun", but the start of phase 3 is reported the same day.
    both = [
        Achieved("filing", "2026-08", announced="2026-08-20", id="filed"),
        Achieved("phase3_start", "2025-08", announced="2026-08-20", id="begun"),
    ]
    chain = chain_of_belief(with_items(drug, *both), "2026-08-31", TARGETS)
    assert chain.total[0].after == pytest.approx(
        with_items(drug, *both).belief("2026-08-31").prob("approval", by="2032")
    )
    assert [step.id for step in chain.steps if step.date == "2026-08-20" and step.kind == "news"] == ["begun", "filed"]


def test_with_against_without_is_the_difference_of_two_ledgers(drug: Dossier) -> None:
    left = [item for item in drug.ledger if item.id != "readout-2026"]
    ledger = type(drug.ledger)(left, drug.ledger.streams, inert_kinds=drug.ledger.inert_kinds)
    other = replace(drug, ledger=ledger).belief("2026-06-30")
    step = item_effect(drug, "2026-06-30", "readout-2026", TARGETS)
    for move, (milestone, by) in zip(step.moves, TARGETS, strict=True):
        assert move.before == pytest.approx(other.prob(milestone, by=by), abs=1e-12)
        assert move.after == pytest.approx(drug.belief("2026-06-30").prob(milestone, by=by), abs=1e-12)
    np.testing.assert_allclose(
        belief_without(drug, "2026-06-30", "readout-2026").solution.pmf, other.solution.pmf, rtol=0, atol=1e-14
    )


def test_without_guidance_the_one_before_is_in_force(drug: Dossier) -> None:
    labels = [item.label for item in belief_without(drug, AS_OF, "target-2025").evidence.items]
    assert "Guidance phase3_start 2027-06 (issued 2024-02-12)" in labels


def test_an_inert_item_has_no_effect(drug: Dossier) -> None:
    step = item_effect(drug, AS_OF, "mood-2025", TARGETS)
    assert not step.moved and step.note


def test_bad_requests_are_refused(drug: Dossier) -> None:
    with pytest.raises(InvalidInput, match="'nonsense'"):
        item_effect(drug, AS_OF, "nonsense", TARGETS)
    with pytest.raises(InvalidInput, match="readout-2026: announced 2026-06-15; it does not stand as of 2026-01-01"):
        belief_without(drug, "2026-01-01", "readout-2026")
    with pytest.raises(InvalidInput, match="dates are reversed"):
        chain_of_belief(drug, "2024-06-01", TARGETS, since="2025-01-01")
    with pytest.raises(InvalidInput, match="allowed are dates from 2024-01 to 2048-12"):
        chain_of_belief(drug, AS_OF, [("approval", "2060")])
    with pytest.raises(InvalidInput, match="milestone: received 'launch'"):
        chain_of_belief(drug, AS_OF, [("launch", "2030")])


def test_a_table_has_a_row_for_each_step_and_target(drug: Dossier) -> None:
    chain = chain_of_belief(drug, AS_OF, TARGETS)
    frame = chain.to_pandas()
    assert len(frame) == len(chain.steps) * len(TARGETS)
    assert frame.groupby("target", sort=False)["bits"].sum().tolist() == pytest.approx([m.bits for m in chain.total])

"""Order-free credit: against beliefs from parts of the ledger, against its definition, and against bad input."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from bayesmile import (
    Achieved,
    Announcement,
    ImpossibleEvidence,
    InvalidInput,
    Ledger,
    LikelihoodRatio,
    Row,
    load,
)
from bayesmile.coalitions import Coalitions
from bayesmile.dossier import Dossier
from bayesmile.evidence import NotYet
from bayesmile.items import Item
from bayesmile.shapley import shapley_attribution
from bayesmile.steps import moves_between, targets_of

TARGETS = [("approval", "2032"), ("phase3_start", "2028")]
AS_OF = "2026-10-31"
SLIP = {"slip_mean": 0.2, "slip_sd": 0.5}


@pytest.fixture(scope="module")
def drug() -> Dossier:
    return load("phase2_drug")


@pytest.fixture(scope="module")
def cells() -> Dossier:
    return load("quantumscape")


def with_items(dossier: Dossier, *items: Item) -> Dossier:
    return replace(dossier, ledger=dossier.ledger.add(*items))


def only(dossier: Dossier, ids: set[str]) -> Dossier:
    """Keep these items of the ledger only: what the engine itself makes of them."""
    old = dossier.ledger
    kept = [item for item in old if item.id in ids]
    return replace(dossier, ledger=Ledger(kept, old.streams, hype=old.hype, inert_kinds=old.inert_kinds))


def bits_of(dossier: Dossier, ids: set[str], as_of: str, targets: list[tuple[str, str]]) -> list[float]:
    belief = only(dossier, ids).belief(as_of)
    asked = targets_of(dossier.roadmap, dossier.grid, targets)
    flat = np.full_like(belief.solution.pmf, 1.0 / belief.solution.pmf.shape[1])
    moves = moves_between(asked, flat, belief.solution.pmf)
    even = [math.log2((one.last + 1) / (flat.shape[1] - one.last - 1)) for one in asked]
    return [move.bits + start for move, start in zip(moves, even, strict=True)]


def credits_by_definition(dossier: Dossier, players: list[set[str]], as_of: str) -> list[list[float]]:
    """Shapley values by the formula over subsets, every belief inferred afresh from its own ledger."""
    n = len(players)
    worth = {}
    for size in range(n + 1):
        for chosen in combinations(range(n), size):
            ids = set().union(*(players[i] for i in chosen)) if chosen else set()
            worth[frozenset(chosen)] = np.array(bits_of(dossier, ids, as_of, TARGETS))
    values = []
    for i in range(n):
        total = np.zeros(len(TARGETS))
        for chosen in (one for one in worth if i not in one):
            weight = math.factorial(len(chosen)) * math.factorial(n - len(chosen) - 1) / math.factorial(n)
            total += weight * (worth[chosen | {i}] - worth[chosen])
        values.append(total.tolist())
    return values


def test_credits_are_the_shapley_values_of_beliefs_inferred_one_by_one(drug: Dossier) -> None:
    found = shapley_attribution(drug, AS_OF, TARGETS)
    players = [set(one.ids) for one in found.credits]
    assert found.exact and {len(one) for one in players} == {1, 2}
    expected = credits_by_definition(drug, players, AS_OF)
    for one, values in zip(found.credits, expected, strict=True):
        assert one.bits == pytest.approx(values, abs=1e-9)
        assert one.bit_errors == (0.0, 0.0)


@pytest.mark.parametrize("by", ["story", "item"])
@pytest.mark.parametrize("facts", [False, True])
def test_every_coalition_is_what_the_engine_believes_of_its_items(
    cells: Dossier, by: str, facts: bool, rng: np.random.Generator
) -> None:
    as_of, targets = "2026-07-02", [("field_testing", "2026-12"), ("commercialization", "2040-12")]
    asked = targets_of(cells.roadmap, cells.grid, targets)
    game = Coalitions(cells, as_of, asked, by=by, facts=facts)  # type: ignore[arg-type]
    masks = rng.random((4, len(game.players))) < np.array([[0.2], [0.5], [0.8], [1.0]])
    worth = game.worth(masks)
    may_be_out = {item.id for player in game.players for item in player.items}
    for mask, found in zip(masks, worth, strict=True):
        chosen = {item.id for player, there in zip(game.players, mask, strict=True) if there for item in player.items}
        stays = {item.id for item in cells.ledger if item.id not in may_be_out}
        assert found[2:] == pytest.approx(bits_of(cells, chosen | stays, as_of, targets), abs=1e-9)


@pytest.mark.parametrize("pairs", [None, 3])
def test_credits_add_up_to_the_whole_move(drug: Dossier, pairs: int | None) -> None:
    found = shapley_attribution(drug, AS_OF, TARGETS, pairs=pairs)
    for number, (milestone, by) in enumerate(TARGETS):
        total = found.total[number]
        assert sum(one.bits[number] for one in found.credits) == pytest.approx(total.bits, abs=1e-9)
        assert sum(one.points[number] for one in found.credits) == pytest.approx(total.points, abs=1e-9)
        assert total.after == pytest.approx(drug.belief(AS_OF).prob(milestone, by=by), abs=1e-12)


def test_sampling_agrees_with_the_exact_credits_within_its_error(drug: Dossier) -> None:
    exact, sampled = (shapley_attribution(drug, AS_OF, TARGETS, pairs=pairs, seed=3) for pairs in (None, 40))
    assert (exact.exact, sampled.exact, sampled.pairs) == (True, False, 40)
    assert 0.0 < sampled.error < 0.05
    for one, other in zip(exact.credits, sampled.credits, strict=True):
        assert one.ids == other.ids
        for value, estimate, error in zip(one.bits, other.bits, other.bit_errors, strict=True):
            assert abs(value - estimate) <= 4.0 * error + 1e-9


def test_the_same_seed_gives_the_same_credits(drug: Dossier) -> None:
    first, again, other = (shapley_attribution(drug, AS_OF, TARGETS, pairs=4, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.credits != other.credits


def test_more_than_twelve_are_sampled_until_the_error_is_small(drug: Dossier) -> None:
    months = range(1, 9)
    said = [LikelihoodRatio("approval", "2032", 1.1 + 0.1 * n, announced=f"2026-0{n}-15", id=f"lr{n}") for n in months]
    found = shapley_attribution(with_items(drug, *said), AS_OF, TARGETS)
    assert len(found.credits) == 15 and not found.exact
    assert found.pairs >= 16 and found.error < 0.02
    last = {one.ids[0]: one.bits[0] for one in found.credits}
    assert last["lr1"] == pytest.approx(math.log2(1.2), abs=1e-9)  # a likelihood ratio about the target itself is bits


def test_guidance_replaced_by_another_has_credit_too_and_items_of_a_story_share_one(drug: Dossier) -> None:
    credits = {one.ids: one for one in shapley_attribution(drug, AS_OF, TARGETS).credits}
    assert ("target-2024",) in credits and ("target-2025",) in credits
    assert credits["target-2024",].bits[0] != 0.0
    assert ("interim-2026", "readout-2026") in credits
    split = {one.ids for one in shapley_attribution(drug, AS_OF, TARGETS, by="item").credits}
    assert ("readout-2026",) in split and ("interim-2026", "readout-2026") not in split


def test_an_item_that_moves_nothing_is_not_listed_and_changes_no_credit(drug: Dossier) -> None:
    mute = LikelihoodRatio("approval", "2032", 1.0, announced="2026-01-10", id="mute")
    plain, more = (shapley_attribution(one, AS_OF, TARGETS) for one in (drug, with_items(drug, mute)))
    assert [one.ids for one in more.credits] == [one.ids for one in plain.credits]
    assert [one.bits for one in more.credits] == [one.bits for one in plain.credits]


def test_items_that_say_the_same_get_the_same(drug: Dossier) -> None:
    twins = [LikelihoodRatio("filing", "2031", 2.0, announced=day, id=day) for day in ("2026-01-10", "2026-02-10")]
    found = {one.ids[0]: one.bits for one in shapley_attribution(with_items(drug, *twins), AS_OF, TARGETS).credits}
    assert found["2026-01-10"] == pytest.approx(found["2026-02-10"], abs=1e-9)


def test_facts_stay_unless_they_are_asked_about(drug: Dossier) -> None:
    dossier = with_items(drug, Achieved("phase3_start", "2026-07", announced="2026-07-20", id="begun"))
    asked = [("approval", "2032")]
    without, credited = (shapley_attribution(dossier, AS_OF, asked, facts=facts) for facts in (False, True))
    assert "begun" not in {name for one in without.credits for name in one.ids}
    assert {name for one in without.credits for name in one.ids} <= {"designation-2024"}  # the rest is overtaken
    assert max(credited.credits, key=lambda one: one.bits[0]).ids == ("begun",)
    assert credited.total[0].before < without.total[0].before


def test_only_the_items_asked_about_are_credited(drug: Dossier) -> None:
    found = shapley_attribution(drug, AS_OF, TARGETS, items=["enrolled-2025", "target-2025"])
    assert {one.ids[0] for one in found.credits} == {"enrolled-2025", "target-2025"}
    rest = {item.id for item in drug.ledger} - {"enrolled-2025", "target-2025"}
    before = only(drug, rest).belief(AS_OF).prob("approval", by="2032")
    assert found.total[0].before == pytest.approx(before, abs=1e-12)


def test_a_certain_target_has_points_and_no_bits(drug: Dossier) -> None:
    dossier = with_items(drug, Achieved("phase3_start", "2026-07", announced="2026-07-20", id="begun"))
    found = shapley_attribution(dossier, AS_OF, TARGETS, facts=True)
    assert math.isnan(found.total[1].bits) and found.total[1].after == 1.0
    assert sum(one.points[1] for one in found.credits) == pytest.approx(found.total[1].points, abs=1e-9)
    assert not math.isnan(found.total[0].bits)


def test_nothing_to_credit(drug: Dossier) -> None:
    found = shapley_attribution(drug, "2024-01", TARGETS)
    assert found.credits == () and found.exact and found.error == 0.0
    assert found.total[0].points == 0.0 and found.to_pandas().empty


def test_the_table_has_a_row_for_each_credit_and_target(drug: Dossier) -> None:
    found = shapley_attribution(drug, AS_OF, TARGETS)
    frame = found.to_pandas()
    assert len(frame) == len(found.credits) * 2
    assert frame[frame.target == "approval by 2032-12"].bits.sum() == pytest.approx(found.total[0].bits)


def test_what_is_impossible_with_a_part_of_the_items_is_refused_by_name(drug: Dossier) -> None:
    month = "2026-07"
    begun = Achieved("phase3_start", month, announced="2026-10-20", id="begun")
    allowed = np.full(drug.grid.months + 1, -np.inf)
    allowed[drug.grid.index(month)] = 0.0
    dossier = with_items(drug, begun, Row("phase3_start", allowed, announced="2026-10-21", id="then-or-never"))
    with pytest.raises(ImpossibleEvidence, match=r"with only .*Row phase3_start"):
        shapley_attribution(dossier, AS_OF, TARGETS, facts=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "day"}, "by: received 'day'"),
        ({"items": ["nothing"]}, "items: received 'nothing'"),
        ({"items": "target-2024"}, "allowed is a list of ids"),
        ({"pairs": 1}, "pairs"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_input_is_refused(drug: Dossier, options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        shapley_attribution(drug, AS_OF, TARGETS, **options)  # type: ignore[arg-type]


def test_not_yet_of_the_ledger_is_background(drug: Dossier) -> None:
    said = NotYet("filing", "2026-09", announced="2026-10-05", id="still-none")
    found = shapley_attribution(with_items(drug, said), AS_OF, TARGETS)
    assert "still-none" not in {name for one in found.credits for name in one.ids}


def test_a_story_without_its_first_item_is_dated_by_the_next(drug: Dossier) -> None:
    later = Announcement("phase3_start", "trial_readout", "2026-09-03", story="phase2-readout", id="later")
    dossier = with_items(drug, later)
    asked = targets_of(dossier.roadmap, dossier.grid, TARGETS)
    game = Coalitions(dossier, AS_OF, asked, by="item")
    ids = [player.items[0].id for player in game.players]
    mask = np.array([[name == "later" for name in ids]])
    expected = bits_of(dossier, {"later"}, AS_OF, TARGETS)
    assert game.worth(mask)[0, 2:] == pytest.approx(expected, abs=1e-9)

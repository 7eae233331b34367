"""Spells of hand-made entities, and what any class must keep of its entities."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesmile.reference.simulated import simulated_class
from bayesmile.reference.spells import KINDS, Spells, levels_of, spells
from tests.reference.histories import Life, class_of, random_class

Spell = tuple[int, int, int, int, str]

CASES: dict[str, tuple[Life, list[Spell]]] = {
    # Stage, pending through, first and last period of its end, kind.
    "nothing happened": (Life(5, 20), [(0, 0, 15, 15, "pending")]),
    "entered in the last period that is followed": (Life(5, 5), []),
    "reached one after the other": (
        Life(5, 20, {"plan": (8, 8, 8), "permit": (12, 12, 12), "opening": (13, 13, 13)}),
        [(0, 0, 3, 3, "reached"), (1, -1, 4, 4, "reached"), (2, -1, 1, 1, "reached")],
    ),
    "two in one period": (
        Life(5, 20, {"plan": (8, 8, 8), "permit": (8, 8, 8)}),
        [(0, 0, 3, 3, "reached"), (1, -1, 0, 0, "reached"), (2, -1, 12, 12, "pending")],
    ),
    "reached before entry, in a known period": (
        Life(10, 20, {"plan": (6, 6, 10), "permit": (12, 12, 12)}),
        [(1, 4, 6, 6, "reached"), (2, -1, 8, 8, "pending")],
    ),
    "reached by entry, unknown when": (
        Life(10, 20, {"plan": (-inf, 10, 10), "permit": (12, 12, 12)}),
        [(1, 0, 2, 2, "reached"), (2, -1, 8, 8, "pending")],
    ),
    "passed over": (
        Life(5, 20, {"opening": (12, 12, 12)}),
        [(0, 0, 7, 7, "reached"), (1, -1, 0, 0, "reached"), (2, -1, 0, 0, "reached")],
    ),
    "passed over before entry": (
        Life(10, 20, {"permit": (7, 7, 10)}),
        [(2, 3, 13, 13, "pending")],
    ),
    "between two periods": (
        Life(5, 20, {"plan": (7, 9, 9), "permit": (11, 14, 14)}),
        [(0, 0, 2, 4, "reached"), (1, -1, 2, 5, "reached"), (2, -1, 6, 6, "pending")],
    ),
    "between entry and later": (
        Life(5, 20, {"plan": (3, 9, 9)}),
        [(0, 0, 1, 4, "reached"), (1, -1, 11, 11, "pending")],
    ),
    "given up in a known period": (Life(5, 20, ended=9, ended_known=9), [(0, 0, 4, 4, "ended")]),
    "known to have been given up, unknown when": (Life(5, 20, ended_known=9), [(0, 0, 1, 4, "ended")]),
    "given up after a milestone, unknown when": (
        Life(5, 20, {"plan": (8, 8, 8)}, ended_known=12),
        [(0, 0, 3, 3, "reached"), (1, -1, 0, 4, "ended")],
    ),
    "given up after one reached before entry": (
        Life(10, 20, {"plan": (6, 6, 10)}, ended=13, ended_known=13),
        [(1, 4, 7, 7, "ended")],
    ),
    "reached in the last period": (
        Life(5, 20, {"plan": (20, 20, 20)}),
        [(0, 0, 15, 15, "reached"), (1, -1, 0, 0, "pending")],
    ),
    "over at entry": (Life(5, 20, {"opening": (5, 5, 5)}), []),
}


def listed(found: Spells) -> list[Spell]:
    columns = (found.stage, found.enter, found.low, found.high, found.kind, found.count)
    rows = [row for *row, count in zip(*(column.tolist() for column in columns), strict=True) for _ in range(count)]
    return [(stage, enter, low, high, KINDS[kind]) for stage, enter, low, high, kind in rows]


@pytest.mark.parametrize("case", CASES)
def test_spells_of_one_entity(case: str) -> None:
    life, expected = CASES[case]
    found = spells(class_of([life]))
    assert listed(found) == expected
    assert found.events == sum(kind == "reached" for *_, kind in expected)
    assert found.entities == 1


def test_equal_spells_are_counted_once_by_group() -> None:
    lives = [Life(5, 20), Life(6, 21), Life(5, 20, region="south"), Life(5, 21)]
    found = spells(class_of(lives))
    assert found.levels == {"region": ("north", "south")}
    assert found.level.tolist() == [[0], [1], [0]]
    assert found.low.tolist() == [15, 15, 16]
    assert found.count.tolist() == [2, 1, 1]
    assert len(found) == 3


def test_levels_may_be_numbered_as_elsewhere() -> None:
    found = spells(class_of([Life(5, 20, region="south")]), {"region": ("east", "south", "west")})
    assert found.level.tolist() == [[1]]
    assert levels_of(class_of([Life(5, 20, region="south"), Life(5, 20)])) == {"region": ("north", "south")}


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_spells_of_any_class(seed: int) -> None:
    klass = random_class(seed)
    found = spells(klass)
    apart = [row for name in klass.entities.index for row in listed(spells(klass.subset([name])))]
    assert sorted(listed(found)) == sorted(apart)
    assert (np.diff(found.stage) >= 0).all()
    pending = found.kind == KINDS.index("pending")
    assert (found.low <= found.high).all() and (found.low > found.enter).all()
    assert (found.low[pending] == found.high[pending]).all()
    assert found.events == found.count[found.kind == 0].sum()
    over = found.count[found.kind != 0].sum()  # at most one open or failed spell each
    assert over <= found.entities == len(klass)


def test_time_under_watch_is_kept() -> None:
    """The time that entities were watched is that of their spells: no period is lost or counted twice."""
    klass = simulated_class(entities=200, seed=5)
    found = spells(klass)
    watched = found.high - np.maximum(found.enter, 0)
    end = klass.entities["through"].to_numpy(dtype=float)
    final = klass.reached[klass.reached["milestone"] == "opening"].set_index("entity")["last"]
    end = np.fmin(end, klass.entities.index.map(final).to_numpy(dtype=float))
    end = np.fmin(end, klass.entities["ended"].to_numpy())
    assert (watched * found.count).sum() == (end - klass.entities["entered"]).sum()

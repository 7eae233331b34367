"""Milestones and the graph that joins them."""

from __future__ import annotations

import pytest

import bayesmile as bm
from bayesmile.delays import Tabulated
from bayesmile.errors import InvalidInput
from bayesmile.roadmap import Milestone

STEP = bm.LogNormal(median=6, sigma=0.5)


def roadmap(**after: tuple[str, ...]) -> bm.Roadmap:
    return bm.Roadmap([bm.Milestone(name, after=parents, delay=STEP) for name, parents in after.items()])


def test_any_order_becomes_topological():
    built = roadmap(c=("a", "b"), b=("a",), a=())
    assert built.names == ("a", "b", "c")
    assert built.graph.parents == ((), (0,), (0, 1))
    assert built.ancestors("c") == ("a", "b")
    assert built["b"].after == ("a",)
    assert "b" in built
    assert "z" not in built


def test_a_cycle_is_named():
    with pytest.raises(bm.InvalidInput, match=r"cycle: .*(b -> c -> b|c -> b -> c)"):
        roadmap(a=(), b=("c",), c=("b", "a"))


def test_unknown_parent_is_named():
    with pytest.raises(bm.InvalidInput, match=r"milestone b, after: received 'x'; allowed are a, b"):
        roadmap(a=(), b=("x",))


def test_duplicate_name_is_named():
    with pytest.raises(bm.InvalidInput, match="'a' is given twice"):
        bm.Roadmap([bm.Milestone("a", delay=STEP), bm.Milestone("a", delay=STEP)])


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": 3},
        {"delay": 5},
        {"needs": "some"},
        {"after": ("x", "x")},
        {"reporting_lag": -1},
        {"reporting_lag": 1.5},
    ],
)
def test_bad_fields_are_refused(fields):
    name = fields.pop("name", "a")
    with pytest.raises(bm.InvalidInput, match="received"):
        bm.Milestone(name, **{"delay": STEP, **fields})


def test_empty_roadmap_is_refused():
    with pytest.raises(bm.InvalidInput, match="at least one"):
        bm.Roadmap([])


def test_unknown_milestone_is_named():
    with pytest.raises(bm.InvalidInput, match="received 'z'; allowed are a"):
        roadmap(a=()).number("z")


@pytest.mark.parametrize("observed", ["no", 1, None])
def test_observed_is_true_or_false(observed: object) -> None:
    with pytest.raises(InvalidInput, match=r"milestone launch, observed: received .*; allowed is True or False"):
        Milestone("launch", delay=Tabulated([1.0]), observed=observed)


@pytest.mark.parametrize("after", [None, 5])
def test_parents_are_names(after: object) -> None:
    with pytest.raises(InvalidInput, match=f"milestone launch, after: received {after}; allowed are names"):
        Milestone("launch", delay=Tabulated([1.0]), after=after)

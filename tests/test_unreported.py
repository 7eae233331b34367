"""Silence about milestones through which a known one has happened."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesmile.delays import Tabulated
from bayesmile.evidence import Achieved, NotYet
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.roadmap import Milestone, Roadmap
from bayesmile.unreported import unreported

STEP = Tabulated([0.25, 0.25, 0.25])
GRID = MonthGrid("2025-01", 24)


def graph(**steps: str) -> Roadmap:
    """Each step by its parents: "" for none, "b c" for all of them, "b|c" for any."""
    return Roadmap(
        Milestone(name, after=text.replace("|", " ").split(), needs="any" if "|" in text else "all", delay=STEP)
        for name, text in steps.items()
    )


DIAMOND = graph(a="", b="a", c="a", d="b|c")
CHAINS = graph(x="", b="x", y="", c="y", d="b|c", e="d")


@pytest.mark.parametrize(
    ("roadmap", "achieved", "silent", "found"),
    [
        (DIAMOND, "d", "a", "a"),
        (DIAMOND, "d", "ab", "a"),
        (DIAMOND, "d", "abc", "abc"),
        (DIAMOND, "bd", "ac", "a"),
        (DIAMOND, "b", "acd", "a"),
        (CHAINS, "d", "bce", "bc"),
        (CHAINS, "e", "xybcd", "xybcd"),
        (CHAINS, "e", "xc", "xybcd"),  # b waits for x, and c is not there
        (CHAINS, "e", "xyb", "xybcd"),
        (CHAINS, "e", "xb", "d"),  # through y and c, of which nothing would be known
        (graph(b="", c="", f="", d="b|c", g="c|f"), "dg", "bcf", "bcf"),
        (graph(b="", c="", f="", g="c|f", d="b|c"), "gd", "bcf", "bcf"),
    ],
)
def test_what_must_or_may_have_happened(roadmap: Roadmap, achieved: str, silent: str, found: str) -> None:
    exempt = unreported(roadmap, dict.fromkeys(achieved, 11), silent)
    assert exempt & set(silent) == set(found) & set(silent)


def test_a_parent_that_came_too_late_explains_nothing() -> None:
    assert unreported(DIAMOND, {"d": 5, "b": 8}, "ac") == {"a", "c"}
    assert unreported(DIAMOND, {"d": 5, "b": 5}, "ac") == {"a"}


def test_the_common_ancestor_has_happened() -> None:
    silent = {"a"}
    silent -= unreported(DIAMOND, {"d": 5}, silent)
    items = [Achieved("d", "2025-06"), *(NotYet(name, "2026-02") for name in silent)]
    assert infer(DIAMOND, items, GRID).prob("a", by="2025-06") == pytest.approx(1.0)


@given(st.data())
def test_silence_never_contradicts_a_fact(data: st.DataObject) -> None:
    names = "abcdef"
    roadmap = Roadmap(
        Milestone(
            name,
            after=data.draw(st.lists(st.sampled_from(names[:k]), unique=True, max_size=3)) if k else [],
            needs=data.draw(st.sampled_from(["all", "any"])),
            delay=Tabulated(np.full(12, 1 / 13)),
        )
        for k, name in enumerate(names)
    )
    (fact,) = itertools.islice(data.draw(st.permutations(names)), 1)
    silent = data.draw(st.sets(st.sampled_from(names))) - {fact}
    exempt = unreported(roadmap, {fact: 11}, silent)
    items = [Achieved(fact, "2025-12"), *(NotYet(name, "2026-02") for name in silent - exempt)]
    assert infer(roadmap, items, GRID).prob(fact, by="2025-12") == pytest.approx(1.0)

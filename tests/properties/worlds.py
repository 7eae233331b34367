"""Hypothesis strategies over the public names: small roadmaps and dated evidence."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hypothesis import strategies as st

import bayesmile as bm

MONTHS = 24
GRID = bm.MonthGrid("2026-01", MONTHS)
NAMES = ("a", "b", "c", "d")


def month(index: int) -> str:
    return GRID.label(index)


def day(index: int, number: int = 15) -> str:
    return f"{GRID.label(index)}-{number:02d}"


delays = st.one_of(
    st.builds(
        bm.LogNormal, median=st.floats(1, 30), sigma=st.floats(0.3, 1.2), never=st.sampled_from([0.0, 0.1, 0.6])
    ),
    st.builds(bm.Gamma, mean=st.floats(1, 20), sd=st.floats(1, 10), never=st.sampled_from([0.0, 0.2])),
    st.builds(bm.Weibull, median=st.floats(1, 20), shape=st.floats(0.7, 3.0)),
    st.builds(bm.LogLogistic, median=st.floats(1, 20), shape=st.floats(0.7, 3.0)),
)


@st.composite
def roadmaps(draw: st.DrawFn) -> bm.Roadmap:
    """One to four milestones, any DAG, all and any joins, five delay families."""
    size = draw(st.integers(1, len(NAMES)))
    milestones = []
    for k in range(size):
        after = sorted(draw(st.sets(st.sampled_from(NAMES[:k]), max_size=3))) if k else []
        needs = draw(st.sampled_from(["all", "any"]))
        milestones.append(bm.Milestone(NAMES[k], delay=draw(delays), after=after, needs=needs))
    return bm.Roadmap(milestones)


@st.composite
def items(draw: st.DrawFn, names: tuple[str, ...]):
    """Draw one item without contradictions: ratios, soft rows, early NotYet, guidance."""
    name = draw(st.sampled_from(names))
    at = draw(st.integers(0, 6))
    public = day(at, draw(st.integers(1, 28)))
    kind = draw(st.sampled_from(["ratio", "row", "not_yet", "guidance"]))
    if kind == "ratio":
        ratio = math.exp(draw(st.floats(-3, 3)))
        return bm.LikelihoodRatio(name, by=month(draw(st.integers(0, MONTHS - 1))), ratio=ratio, announced=public)
    if kind == "row":
        loglik = draw(st.lists(st.floats(-5, 5), min_size=MONTHS + 1, max_size=MONTHS + 1))
        return bm.Row(name, loglik, announced=public)
    if kind == "not_yet":
        return bm.NotYet(name, through=month(draw(st.integers(0, min(at, 5)))), announced=public)
    target = month(draw(st.integers(8, MONTHS - 1)))
    return bm.Guidance(name, public, target, slip_mean=draw(st.floats(-0.2, 0.6)), slip_sd=draw(st.floats(0.3, 1.0)))


@dataclass(frozen=True)
class World:
    """A roadmap and what is said about it."""

    roadmap: bm.Roadmap
    items: tuple

    @property
    def ledger(self) -> bm.Ledger:
        return bm.Ledger(self.items)


@st.composite
def worlds(draw: st.DrawFn, max_items: int = 5) -> World:
    roadmap = draw(roadmaps())
    return World(roadmap, tuple(draw(st.lists(items(roadmap.names), max_size=max_items))))

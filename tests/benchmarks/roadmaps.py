"""Roadmaps of every shape and size that the benchmarks time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import bayesmile as bm
from bayesmile.core.structure import Graph
from bayesmile.inference import infer
from bayesmile.items import Item

__all__ = ["Arrays", "arrays", "chain", "diamond", "diamond_news", "ladder", "make_roadmap", "nested", "with_news"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Arrays:
    """What the engine takes."""

    log_pmf: Array
    log_survival: Array
    loglik: Array
    graph: Graph

    @property
    def arguments(self) -> tuple[Array, Array, Array, Graph]:
        return self.log_pmf, self.log_survival, self.loglik, self.graph


def make_roadmap(parents: Sequence[Sequence[int]], *, pace: float = 1.0, names: Sequence[str] = ()) -> bm.Roadmap:
    """Log-normal steps of 8 to 14 months, divided by `pace`, each with a small probability of never."""
    names = names or [f"m{k}" for k in range(len(parents))]
    medians = (12.0, 10.0, 8.0, 14.0, 9.0, 11.0)
    return bm.Roadmap(
        bm.Milestone(
            name,
            after=[names[p] for p in above],
            delay=bm.LogNormal(median=medians[k % len(medians)] / pace, sigma=0.5, never=0.02),
        )
        for k, (name, above) in enumerate(zip(names, parents, strict=True))
    )


def diamond(months: int = 120) -> bm.Roadmap:
    """Six milestones: three steps share an ancestor and precede the last; delays in proportion to the grid."""
    names = ("pilot_line", "cell_integration", "field_testing", "packs", "yield", "commercialization")
    return make_roadmap(((), (0,), (1,), (1,), (1,), (2, 3, 4)), pace=120 / months, names=names)


def diamond_news(grid: bm.MonthGrid) -> list[Item]:
    """Evidence of three kinds about the diamond's milestones."""
    return [
        bm.NotYet("pilot_line", through=grid.label(grid.months // 40)),
        bm.LikelihoodRatio("field_testing", by=grid.label(grid.months // 3), ratio=3.0),
        bm.LikelihoodRatio("packs", by=grid.label(grid.months // 2), ratio=0.7),
        bm.NotYet("commercialization", through=grid.label(grid.months // 10)),
    ]


def nested(months: int = 120) -> bm.Roadmap:
    """Nine milestones with two nested ancestors whose months must be held jointly at once."""
    return make_roadmap(((), (0,), (1,), (1,), (0,), (2, 4), (3, 4), (5,), (6, 7)), pace=180 / months)


def chain(milestones: int) -> bm.Roadmap:
    """One step after another."""
    return make_roadmap([(k - 1,) if k else () for k in range(milestones)], pace=milestones / 6)


def ladder(milestones: int) -> bm.Roadmap:
    """Two chains; each step of the second also waits for the step of the first beside it."""
    beside = {0: (), 1: (0,)}
    parents = [beside.get(k, (k - 2,) if k % 2 == 0 else (k - 2, k - 1)) for k in range(milestones)]
    return make_roadmap(parents, pace=milestones / 12)


def arrays(roadmap: bm.Roadmap, months: int, *, seed: int | None = None) -> Arrays:
    """Engine arrays of a roadmap; with a seed, random rows of a nat or so on every milestone."""
    loglik = np.zeros((len(roadmap), months + 1))
    if seed is not None:
        loglik = np.random.default_rng(seed).normal(size=loglik.shape)
    return Arrays(*roadmap.log_delays(months), loglik, roadmap.graph)


def with_news(roadmap: bm.Roadmap, grid: bm.MonthGrid, news: Sequence[Item]) -> Arrays:
    """Engine arrays of a roadmap with evidence: what `infer` makes of them."""
    return Arrays(*roadmap.log_delays(grid.months), infer(roadmap, news, grid).solution.loglik, roadmap.graph)

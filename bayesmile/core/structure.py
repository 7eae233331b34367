"""The roadmap graph, reduced to what the engine must do: which edges matter, what hangs off, in what order.

Topological order is the order of the rows: every parent's number is smaller than its child's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Graph", "hanging", "needed_parents"]


@dataclass(frozen=True, slots=True)
class Graph:
    """Parents of each milestone and how they join.

    Attributes
    ----------
    parents : tuple of tuple of int
        One tuple of row numbers per milestone, topologically ordered: each smaller than the milestone's own.
    earliest : tuple of bool
        True where the milestone is ready at the *earliest* of its parents (``needs="any"``), False for the latest.
    """

    parents: tuple[tuple[int, ...], ...]
    earliest: tuple[bool, ...]


@lru_cache(maxsize=256)
def needed_parents(graph: Graph) -> tuple[tuple[int, ...], ...]:
    """Parents that can decide a ready time, the implied ones dropped.

    A milestone is *forced before* another when it must have happened by then whatever the draws. Under ``all`` a parent
    forced before another parent never decides the maximum; under ``any`` a parent that another one is forced before
    never decides the minimum. Dropping them is exact and often opens fewer milestones at once.
    """
    forced: list[frozenset[int]] = []
    kept: list[tuple[int, ...]] = []
    for parents, earliest in zip(graph.parents, graph.earliest, strict=True):
        unique = tuple(dict.fromkeys(parents))
        if earliest:
            needed = tuple(p for p in unique if not any(q in forced[p] for q in unique))
        else:
            needed = tuple(p for p in unique if not any(p in forced[q] for q in unique))
        kept.append(needed)
        before = [forced[p] | {p} for p in unique]
        if not before:
            forced.append(frozenset())
        elif earliest:
            forced.append(frozenset.intersection(*before))
        else:
            forced.append(frozenset.union(*before))
    return tuple(kept)


def hanging(parents: tuple[tuple[int, ...], ...]) -> tuple[bool, ...]:
    """Milestones whose whole progeny is a tree below one parent: a single message up sums them out.

    Returns
    -------
    tuple of bool
        True for a milestone with one parent whose children all hang too.
    """
    marks = [len(above) == 1 for above in parents]
    for k in range(len(parents) - 1, -1, -1):
        if not marks[k]:
            for p in parents[k]:
                marks[p] = False
    return tuple(marks)

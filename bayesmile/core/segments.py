"""Law of a milestone's month before any evidence, cut where all its paths meet.

Without evidence a delay is the same law whenever it starts. Where every path to a milestone leads through one other
(a dominator of the graph), what lies between the two is therefore one delay of its own, however its paths branch: its
law is found once, with the dominator at month 0, and the roadmap shrinks to a chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.arithmetic import LINEAR
from bayesmile.core.posterior import Posterior, laws_ahead, posterior
from bayesmile.core.structure import Graph

__all__ = ["Segment", "Segments", "segments"]

Array = NDArray[np.float64]

_FAINT = -650.0  # log of a probability too small for a double to hold what is divided by it


@dataclass(frozen=True, slots=True)
class Segment:
    """Milestones between one dominator, excluded, and the next, included and last.

    Attributes
    ----------
    nodes : tuple of int
        Row numbers in the roadmap.
    graph : Graph
        Their own graph, the first dominator taken for the start.
    """

    nodes: tuple[int, ...]
    graph: Graph


@lru_cache(maxsize=256)
def segments(graph: Graph, k: int) -> tuple[Segment, ...]:
    """Cut the way to milestone k at its dominators.

    Examples
    --------
    >>> diamond = Graph(((), (0,), (0,), (1, 2), (3,)), (False,) * 5)
    >>> [segment.nodes for segment in segments(diamond, 4)]
    [(0,), (1, 2, 3), (4,)]
    """
    before: list[frozenset[int]] = []  # dominators of each milestone, itself included
    for node, parents in enumerate(graph.parents):
        common = frozenset.intersection(*(before[p] for p in parents)) if parents else frozenset()
        before.append(common | {node})
    ends = sorted(before[k])
    parts, start, done = [], -1, frozenset[int]()
    for end in ends:
        inside = _ancestors(graph, end) - done - ({start} if start >= 0 else frozenset())
        parts.append(_segment(graph, sorted(inside), start))
        done, start = done | inside | {end}, end
    return tuple(parts)


def _ancestors(graph: Graph, k: int) -> frozenset[int]:
    """All that comes before milestone k, itself included."""
    found = {k}
    for node in range(k, -1, -1):
        if node in found:
            found.update(graph.parents[node])
    return frozenset(found)


def _segment(graph: Graph, nodes: Sequence[int], start: int) -> Segment:
    number = {node: at for at, node in enumerate(nodes)}
    parents = []
    for node in nodes:
        inside = tuple(number[p] for p in graph.parents[node] if p in number)
        # The start is before everything else: it decides the earliest parent, and never the latest.
        from_start = start in graph.parents[node] and graph.earliest[node]
        parents.append(() if from_start else inside)
    return Segment(tuple(nodes), Graph(tuple(parents), tuple(graph.earliest[node] for node in nodes)))


class Segments:
    """Laws of some milestones before any evidence, with derivatives, for a batch of delays.

    Every milestone asked for becomes a chain of segments; all chains are passed at once as one graph of separate parts.

    Parameters
    ----------
    graph : Graph
    targets : sequence of int
        Milestones, at least one.
    """

    def __init__(self, graph: Graph, targets: Sequence[int]) -> None:
        links = [segments(graph, k) for k in targets]
        self.chain, self.last = _chains(links)
        flat = [segment for link in links for segment in link]
        self.of = np.repeat(np.arange(len(links)), [len(link) for link in links])  # target of each link of the chains
        self.single = [(at, segment.nodes[0]) for at, segment in enumerate(flat) if len(segment.nodes) == 1]
        self.wide = [(at, segment) for at, segment in enumerate(flat) if len(segment.nodes) > 1]
        self.nodes = [node for _, segment in self.wide for node in segment.nodes]
        self.inner, self.ends = _union([segment.graph for _, segment in self.wide])
        self.size = len(flat)
        places = iter(range(len(flat)))
        self.paths = [[(segment.nodes[-1], next(places)) for segment in link] for link in links]

    def tables(self, log_pmf: Array, log_survival: Array) -> tuple[Array, Array]:
        """Log pmf and log survival of every link, (batch, links, months), from those of the delays."""
        batch, _, months = log_pmf.shape
        pmf, survival = np.empty((batch, self.size, months)), np.empty((batch, self.size, months))
        for at, node in self.single:
            pmf[:, at], survival[:, at] = log_pmf[:, node], log_survival[:, node]
        if self.wide:
            law = laws_ahead(log_pmf[:, self.nodes], log_survival[:, self.nodes], self.inner, self.ends)
            wide = [place for place, _ in self.wide]
            with np.errstate(divide="ignore"):
                pmf[:, wide] = np.log(law[..., :-1])
                survival[:, wide] = np.log(np.cumsum(law[..., :0:-1], axis=-1)[..., ::-1])
        return pmf, survival

    def laws(self, tables: tuple[Array, Array]) -> Array:
        """Probability of each month of every target before any evidence, (batch, target, months + 1).

        Parameters
        ----------
        tables : pair of array (batch, links, months)
        """
        months = tables[0].shape[2]
        found: dict[tuple[int, ...], Array] = {}  # chains that begin alike are walked once
        out = []
        with np.errstate(under="ignore"):
            pmf, survival = np.exp(tables[0]), np.exp(tables[1])
            for path in self.paths:
                for length in range(1, len(path) + 1):
                    key = tuple(end for end, _ in path[:length])
                    if key in found:
                        continue
                    at = path[length - 1][1]
                    if length == 1:
                        found[key] = np.concatenate((pmf[:, at], survival[:, at, -1:]), axis=1)
                        continue
                    ready = found[key[:-1]][:, None]
                    one = np.ones(months + 1)
                    found[key] = LINEAR.transit(ready, pmf[:, at], survival[:, at], one, 0, 0)[:, 0]
                out.append(found[tuple(end for end, _ in path)])
        return np.stack(out, axis=1)

    def conditioned(self, tables: tuple[Array, Array], rows: Array, *, lags: bool = False) -> Posterior:
        """Posterior of the chains' links given one row for each target; the targets are the links `last`.

        Parameters
        ----------
        tables : pair of array (batch, links, months)
        rows : array (batch, target, months + 1)
        lags : bool
        """
        loglik = np.zeros((rows.shape[0], self.size, rows.shape[2]))
        loglik[:, self.last] = rows
        return posterior(*tables, loglik, self.chain, lags=lags, strict=False)

    def back(
        self, log_pmf: Array, log_survival: Array, tables: tuple[Array, Array], answer: Posterior, weight: Array
    ) -> tuple[Array, Array]:
        """Differentiate the weighted sum of the chains' log marginals by the tables of the delays.

        Parameters
        ----------
        log_pmf, log_survival : array (batch, milestone, months)
        tables : pair of array (batch, links, months)
        answer : Posterior
            What `conditioned` returned with ``lags=True``.
        weight : array (batch, target)

        Returns
        -------
        by_pmf, by_survival : array (batch, milestone, months)
        """
        lags, outlived = np.asarray(answer.lags), np.asarray(answer.outlived)
        by_pmf, by_survival = np.zeros(log_pmf.shape), np.zeros(log_pmf.shape)
        of = weight[:, self.of]
        for at, node in self.single:
            by_pmf[:, node] += of[:, at, None] * lags[:, at]
            by_survival[:, node] += of[:, at, None] * outlived[:, at]
        if self.wide:
            wide = [place for place, _ in self.wide]
            value = _by_law(tables[0][:, wide], tables[1][:, wide], lags[:, wide], outlived[:, wide])
            counts, total = self._inside(log_pmf, log_survival, tables, value, wide)
            scale = np.repeat(of[:, wide] * total, [len(segment.nodes) for _, segment in self.wide], axis=1)[..., None]
            for place, node in enumerate(self.nodes):
                by_pmf[:, node] += scale[:, place] * np.asarray(counts.lags)[:, place]
                by_survival[:, node] += scale[:, place] * np.asarray(counts.outlived)[:, place]
        return by_pmf, by_survival

    def _inside(
        self, log_pmf: Array, log_survival: Array, tables: tuple[Array, Array], value: Array, wide: Sequence[int]
    ) -> tuple[Posterior, Array]:
        """Take the expectation of `value` over the wide segments, with its expected delay counts."""
        rows = np.zeros((value.shape[0], len(self.nodes), value.shape[2]))
        with np.errstate(divide="ignore", over="ignore"):
            rows[:, self.ends] = np.log(value)
            beyond = np.exp(tables[1][:, wide, -1])
            total = (np.exp(tables[0][:, wide]) * value[..., :-1]).sum(axis=-1) + beyond * value[..., -1]
        return posterior(
            log_pmf[:, self.nodes], log_survival[:, self.nodes], rows, self.inner, lags=True, strict=False
        ), total


def _by_law(log_pmf: Array, log_survival: Array, lags: Array, outlived: Array) -> Array:
    """Turn derivatives by log tables into those by each probability of the law, *beyond* last; none is negative."""
    with np.errstate(all="ignore"):
        by_pmf = np.where((lags == 0.0) | (log_pmf < _FAINT), 0.0, lags * np.exp(-log_pmf))
        by_survival = np.where((outlived == 0.0) | (log_survival < _FAINT), 0.0, outlived * np.exp(-log_survival))
    value = np.zeros((*lags.shape[:-1], lags.shape[-1] + 1))
    value[..., :-1] = by_pmf
    value[..., 1:] += np.cumsum(by_survival, axis=-1)
    return value


def _chains(links: Sequence[tuple[Segment, ...]]) -> tuple[Graph, list[int]]:
    parents: list[tuple[int, ...]] = []
    last = []
    for link in links:
        for place in range(len(link)):
            parents.append((len(parents) - 1,) if place else ())
        last.append(len(parents) - 1)
    return Graph(tuple(parents), (False,) * len(parents)), last


def _union(graphs: Sequence[Graph]) -> tuple[Graph, list[int]]:
    """One graph of separate parts, and the last milestone of each part."""
    parents: list[tuple[int, ...]] = []
    earliest: list[bool] = []
    ends = []
    for graph in graphs:
        shift = len(parents)
        parents += [tuple(shift + p for p in above) for above in graph.parents]
        earliest += graph.earliest
        ends.append(len(parents) - 1)
    return Graph(tuple(parents), tuple(earliest)), ends

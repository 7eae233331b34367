"""Places of the nodes of a graph: layers from top to bottom, neighbours above each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Layers", "place"]

_SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Layers:
    """Where nodes and bends of edges stand.

    Attributes
    ----------
    places : mapping of str to (float, int)
        By node: across, 0 to 1, and layer, 0 at the top.
    routes : tuple of (str, str, tuple of (float, int))
        By edge: parent, child and where it bends on the way, one place a layer that it only passes.
    depth, width : int
        Number of layers, and nodes of the fullest.
    """

    places: Mapping[str, tuple[float, int]]
    routes: tuple[tuple[str, str, tuple[tuple[float, int], ...]], ...]
    depth: int
    width: int


def place(parents: Mapping[str, Sequence[str]]) -> Layers:
    """Place the nodes of a graph given in topological order; an edge that skips layers bends in each of them.

    Layers by longest path, order within them by the mean place of the neighbours: K. Sugiyama, S. Tagawa, M. Toda,
    IEEE Transactions on Systems, Man, and Cybernetics 11 (1981).

    Examples
    --------
    >>> found = place({"pilot": [], "line": ["pilot"], "cells": ["pilot"], "launch": ["line", "cells"]})
    >>> found.places["pilot"], found.places["line"], found.places["launch"], found.width
    ((0.5, 0), (0.25, 1), (0.5, 2), 2)
    """
    layer: dict[str, int] = {}
    for name, above in parents.items():
        layer[name] = 1 + max((layer[parent] for parent in above), default=-1)
    chains = {(parent, name): _chain(parent, name, layer) for name, above in parents.items() for parent in above}
    depth = 1 + max(layer.values(), default=-1)
    rows: list[list[str]] = [[] for _ in range(depth)]
    for name, number in layer.items():
        rows[number].append(name)
    for chain in chains.values():
        for step, passed in enumerate(chain[1:-1], start=1):
            rows[layer[chain[0]] + step].append(passed)
    _order(rows, list(chains.values()))
    across = {name: (number + 0.5) / len(row) for row in rows for number, name in enumerate(row)}
    routes = tuple(
        (parent, name, tuple((across[one], layer[parent] + step) for step, one in enumerate(chain[1:-1], start=1)))
        for (parent, name), chain in chains.items()
    )
    places = {name: (across[name], number) for name, number in layer.items()}
    return Layers(places=places, routes=routes, depth=depth, width=max(map(len, rows), default=0))


def _chain(parent: str, name: str, layer: Mapping[str, int]) -> list[str]:
    """Parent, a stand-in for every layer passed, child."""
    between = [f"{parent}\n{name}\n{number}" for number in range(layer[parent] + 1, layer[name])]
    return [parent, *between, name]


def _order(rows: list[list[str]], chains: list[list[str]]) -> None:
    """Sort every row by the mean place of its neighbours in the row before, downwards and upwards in turn."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for chain in chains:
        for one, two in pairwise(chain):
            above.setdefault(two, []).append(one)
            below.setdefault(one, []).append(two)
    for sweep in range(_SWEEPS):
        near, order = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        for row in order:
            at = {name: (number + 0.5) / len(line) for line in rows for number, name in enumerate(line)}
            means = {name: _mean([at[one] for one in near.get(name, [name])]) for name in row}
            row.sort(key=means.__getitem__)


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)

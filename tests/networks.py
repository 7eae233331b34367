"""The same roadmap as a discrete Bayesian network, for the libraries that a user would pick instead.

Milestones are nodes with a month as state; a join of several parents is a chain of deterministic nodes, each the
maximum or minimum of two, which is how one keeps the tables small by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.structure import Graph

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Node:
    """A node with its table, indexed (parent 1, parent 2, ..., own state)."""

    name: str
    parents: tuple[str, ...]
    table: Array


def delay_table(log_pmf: Array, log_survival: Array) -> Array:
    """P(T = t | R = r), shape (months + 1, months + 1)."""
    months = len(log_pmf)
    table = np.zeros((months + 1, months + 1))
    for ready in range(months):
        table[ready, ready:months] = np.exp(log_pmf[: months - ready])
        table[ready, months] = np.exp(log_survival[months - 1 - ready])
    table[months, months] = 1.0
    return table / table.sum(axis=1, keepdims=True)


def join_table(states: int, earliest: bool) -> Array:
    """Deterministic maximum (or minimum) of two months."""
    x, y = np.meshgrid(np.arange(states), np.arange(states), indexing="ij")
    table = np.zeros((states, states, states))
    table[x, y, np.minimum(x, y) if earliest else np.maximum(x, y)] = 1.0
    return table


def as_network(log_pmf: Array, log_survival: Array, graph: Graph) -> list[Node]:
    """Nodes in topological order."""
    states = log_pmf.shape[1] + 1
    nodes = []
    for k, (parents, earliest) in enumerate(zip(graph.parents, graph.earliest, strict=True)):
        table = delay_table(log_pmf[k], log_survival[k])
        names = [f"m{p}" for p in parents]
        while len(names) > 1:
            joined = f"j{k}_{len(names)}"
            nodes.append(Node(joined, (names[0], names[1]), join_table(states, earliest)))
            names = [joined, *names[2:]]
        nodes.append(Node(f"m{k}", tuple(names), table if names else table[0]))
    return nodes


def pyagrum_engine(nodes: list[Node], loglik: Array):
    """Lazy propagation (junction tree) of pyAgrum with the rows as soft evidence."""
    import pyagrum as gum

    network = gum.BayesNet()
    for node in nodes:
        network.add(gum.RangeVariable(node.name, "", 0, node.table.shape[-1] - 1))
        for parent in node.parents:
            network.addArc(parent, node.name)
        # pyAgrum fills a table with the node itself fastest and its first parent next.
        order = (*reversed(range(len(node.parents))), len(node.parents))
        network.cpt(node.name).fillWith(np.ascontiguousarray(node.table.transpose(order)).ravel().tolist())
    engine = gum.LazyPropagation(network)
    for k, row in enumerate(loglik):
        if (row != 0.0).any():
            engine.addEvidence(f"m{k}", np.exp(row - row.max()).tolist())
    return engine


def pyagrum_marginals(nodes: list[Node], loglik: Array) -> Array:
    """Posterior of every milestone's month by pyAgrum, shape (milestone, months + 1)."""
    engine = pyagrum_engine(nodes, loglik)
    engine.makeInference()
    return np.array([engine.posterior(f"m{k}").toarray() for k in range(len(loglik))])

"""The libraries that a user would pick instead, on the same network with the same evidence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.structure import Graph
from tests.networks import Node, delay_table, pyagrum_engine

__all__ = ["pgmpy_elimination", "pgmpy_network", "pgmpy_propagation", "pyagrum_junction_tree", "whole_tables"]

Array = NDArray[np.float64]
Solve = Callable[[], Array]


def whole_tables(log_pmf: Array, log_survival: Array, graph: Graph) -> list[Node]:
    """Network with one table per milestone, over all of its parents: months^(parents + 1) numbers."""
    months = log_pmf.shape[1]
    nodes = []
    for k, parents in enumerate(graph.parents):
        table = delay_table(log_pmf[k], log_survival[k])
        fold = np.minimum.reduce if graph.earliest[k] else np.maximum.reduce
        ready = fold(np.indices((months + 1,) * len(parents))) if parents else 0
        nodes.append(Node(f"m{k}", tuple(f"m{p}" for p in parents), table[ready]))
    return nodes


def pyagrum_junction_tree(nodes: list[Node], loglik: Array) -> Solve:
    """All marginals by pyAgrum's lazy propagation in a junction tree."""
    engine = pyagrum_engine(nodes, loglik)

    def solve() -> Array:
        engine.eraseAllEvidence()
        for k, row in enumerate(loglik):
            engine.addEvidence(f"m{k}", np.exp(row - row.max()).tolist())
        engine.makeInference()
        return np.array([engine.posterior(f"m{k}").toarray() for k in range(len(loglik))])

    return solve


def pgmpy_network(nodes: list[Node], loglik: Array):
    """Discrete network of pgmpy; each row becomes a child of its milestone that is seen in state 0."""
    from pgmpy.factors.discrete import TabularCPD
    from pgmpy.models import DiscreteBayesianNetwork

    network = DiscreteBayesianNetwork()
    for node in nodes:
        states = node.table.shape[-1]
        network.add_node(node.name)
        network.add_edges_from((parent, node.name) for parent in node.parents)
        values = np.moveaxis(node.table, -1, 0).reshape(states, -1)
        cards = [states] * len(node.parents)
        above = list(node.parents) or None
        network.add_cpds(TabularCPD(node.name, states, values, evidence=above, evidence_card=cards))
    for k, row in enumerate(loglik):
        seen = np.exp(row - row.max())
        network.add_edge(f"m{k}", f"e{k}")
        table = np.array([seen, 1.0 - seen])
        network.add_cpds(TabularCPD(f"e{k}", 2, table, evidence=[f"m{k}"], evidence_card=[len(row)]))
    return network


def pgmpy_elimination(nodes: list[Node], loglik: Array) -> Solve:
    """All marginals by pgmpy's variable elimination, one query for each."""
    from pgmpy.inference import VariableElimination

    return _pgmpy(VariableElimination, nodes, loglik)


def pgmpy_propagation(nodes: list[Node], loglik: Array) -> Solve:
    """All marginals by pgmpy's belief propagation in a junction tree."""
    from pgmpy.inference import BeliefPropagation

    return _pgmpy(BeliefPropagation, nodes, loglik)


def _pgmpy(method, nodes: list[Node], loglik: Array) -> Solve:
    network = pgmpy_network(nodes, loglik)
    seen = {f"e{k}": 0 for k in range(len(loglik))}

    def solve() -> Array:
        engine = method(network)
        if hasattr(engine, "calibrate"):
            engine.calibrate()
        marginals = [engine.query([f"m{k}"], evidence=seen, show_progress=False) for k in range(len(loglik))]
        return np.array([marginal.values for marginal in marginals])

    return solve

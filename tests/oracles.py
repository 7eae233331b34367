"""Obviously right and slow: every joint outcome written out."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.structure import Graph

Array = NDArray[np.float64]


@dataclass
class Enumerated:
    """The joint distribution, summed outcome by outcome."""

    log_marginal: float
    pmf: Array
    lags: Array
    outlived: Array
    outcomes: dict[tuple[int, ...], float]


def enumerate_joint(log_pmf: Array, log_survival: Array, loglik: Array, graph: Graph) -> Enumerated:
    """Sum all (months + 1) ** milestones outcomes; probabilities are summed with `math.fsum` after a common scaling."""
    milestones, months = log_pmf.shape
    logs: dict[tuple[int, ...], float] = {}
    uses: dict[tuple[int, ...], list[tuple[str, int, int]]] = {}
    for outcome in itertools.product(range(months + 1), repeat=milestones):
        total, used = 0.0, []
        for k, event in enumerate(outcome):
            parents = [outcome[p] for p in graph.parents[k]]
            ready = 0 if not parents else (min(parents) if graph.earliest[k] else max(parents))
            if ready == months:
                total += 0.0 if event == months else -math.inf
            elif event == months:
                total += log_survival[k, months - 1 - ready]
                used.append(("outlived", k, months - 1 - ready))
            elif event < ready:
                total = -math.inf
            else:
                total += log_pmf[k, event - ready]
                used.append(("lags", k, event - ready))
            total += loglik[k, event]
            if total == -math.inf:
                break
        if total > -math.inf:
            logs[outcome], uses[outcome] = float(total), used
    if not logs:
        nan = np.full((milestones, months + 1), np.nan)
        return Enumerated(-math.inf, nan, nan, nan, {})
    top = max(logs.values())
    weights = {outcome: math.exp(value - top) for outcome, value in logs.items()}
    mass = math.fsum(weights.values())
    outcomes = {outcome: weight / mass for outcome, weight in weights.items()}
    pmf = np.zeros((milestones, months + 1))
    counts = {"lags": np.zeros((milestones, months)), "outlived": np.zeros((milestones, months))}
    for outcome, share in outcomes.items():
        for k, event in enumerate(outcome):
            pmf[k, event] += share
        for name, k, lag in uses[outcome]:
            counts[name][k, lag] += share
    return Enumerated(top + math.log(mass), pmf, counts["lags"], counts["outlived"], outcomes)

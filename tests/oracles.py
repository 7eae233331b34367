"""Obviously right and slow: every joint outcome written out."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

import bayesmile as bm
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


def simulate(roadmap: bm.Roadmap, months: int, draws: int, rng: np.random.Generator) -> dict[str, NDArray[np.int64]]:
    """Event months drawn forward, from continuous delays of scipy rounded as the design says; months means beyond."""
    events: dict[str, NDArray[np.int64]] = {}
    for milestone in roadmap:
        length = continuous(milestone.delay).rvs(draws, random_state=rng)
        lag = np.floor(length + (0.5 if milestone.after else 0.0))
        lag[rng.random(draws) < milestone.delay.never] = np.inf
        ready = np.zeros(draws)
        if milestone.after:
            parents = np.stack([events[name].astype(float) for name in milestone.after])
            ready = parents.max(axis=0) if milestone.needs == "all" else parents.min(axis=0)
        event = np.where(ready >= months, np.inf, ready + lag)
        events[milestone.name] = np.where(event >= months, months, event).astype(np.int64)
    return events


def continuous(delay: bm.LogNormal | bm.Gamma | bm.Weibull | bm.LogLogistic):
    """Give the law of the delay, as scipy has it, provided that it ends."""
    match delay:
        case bm.LogNormal():
            return stats.lognorm(delay.sigma, scale=delay.median)
        case bm.Gamma():
            shape = (delay.mean / delay.sd) ** 2
            return stats.gamma(shape, scale=delay.mean / shape)
        case bm.Weibull():
            return stats.weibull_min(delay.shape, scale=delay.median / math.log(2.0) ** (1.0 / delay.shape))
        case bm.LogLogistic():
            return stats.fisk(delay.shape, scale=delay.median)
    raise AssertionError(delay)

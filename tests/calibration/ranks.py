"""Where truths fall among what was believed of them, and whether they fall there evenly."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy import stats

from bayesmile.dossier import Dossier
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.mixture import prior_draws
from bayesmile.simulated import simulate
from tests.calibration.worlds import AS_OF, SCHEDULE

Ranks = dict[str, list[float]]
"""By quantity: the share of the belief below the truth, ties broken at random, one entry a simulation."""
Reader = Callable[[Likelihood], Likelihood]


def place(truth: float, values: np.ndarray, weights: np.ndarray, rng: np.random.Generator) -> float:
    """Share of weighted values below the truth, which is one of them; its own weight is split at random."""
    same = values == truth
    return float(weights[values < truth].sum() + rng.random() * weights[same].sum())


def month_place(month: int, pmf: np.ndarray, rng: np.random.Generator) -> float:
    """Randomised probability transform of an event month."""
    return float(pmf[:month].sum() + rng.random() * pmf[month])


def simulated_ranks(dossier: Dossier, simulations: int, draws: int, seed: int, read: Reader = lambda x: x) -> Ranks:
    """Ranks of every parameter, of the log-likelihood and of every event month that is not reported.

    The truth is put among draws from the prior. Given the ledger and this set, the chance that a member is the truth
    is in proportion to its likelihood: the ranks are exactly even however few the draws.
    """
    rng = np.random.default_rng(seed)
    nothing = Likelihood(dossier, AS_OF)
    ranks: Ranks = {}
    for _ in range(simulations):
        theta = prior_draws(nothing, draws, rng)
        drawn = simulate(dossier, AS_OF, theta[0], rng, schedule=SCHEDULE)
        likelihood = read(Likelihood(dossier, AS_OF, known=drawn.known))
        logs, pmf = likelihood.posterior(theta)
        weights = np.exp(logs - logs.max())
        weights /= weights.sum()
        for column, one in enumerate(nothing.parameters):
            ranks.setdefault(one.field, []).append(place(theta[0, column], theta[:, column], weights, rng))
        ranks.setdefault("log likelihood", []).append(place(logs[0], logs, weights, rng))
        add_months(ranks, dossier, drawn.months, np.einsum("d,dkt->kt", weights, pmf), rng)
    return ranks


def add_months(ranks: Ranks, dossier: Dossier, months: np.ndarray, pmf: np.ndarray, rng: np.random.Generator) -> None:
    """Ranks of the months that are still open: of a month that was reported nothing can be learnt."""
    for name, month, one in zip(dossier.roadmap.names, months.tolist(), pmf, strict=True):
        if one.max() < 1.0 - 1e-9:
            ranks.setdefault(f"month of {name}", []).append(month_place(month, one, rng))


def extremes(values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Smallest two-sided binomial probability of the counts below each point; one a row of `values`."""
    counts = (values[..., None] <= points).sum(axis=-2)
    law = stats.binom(values.shape[-1], points)
    return np.minimum(2.0 * np.minimum(law.cdf(counts), law.sf(counts - 1)), 1.0).min(axis=-1)


def evenness(values: list[float], simulations: int = 20_000, points: int = 20) -> float:
    """Probability of an ECDF as far from the even one, by simulation of its simultaneous band.

    T. Säilynoja, P.-C. Bürkner, A. Vehtari, "Graphical test for discrete uniformity and its applications in
    goodness-of-fit evaluation and multiple sample comparison", Statistics and Computing 32 (2022).
    """
    found = np.asarray(values)
    at = np.arange(1, points) / points
    rng = np.random.default_rng(len(values))
    null = np.concatenate([extremes(rng.random((1000, found.size)), at) for _ in range(simulations // 1000)])
    return float((1 + (null <= extremes(found[None], at)[0] * (1.0 + 1e-9)).sum()) / (simulations + 1))


def least(ranks: Mapping[str, list[float]]) -> tuple[float, str]:
    """Smallest probability of all quantities, times their number, and whose it is."""
    found = {name: evenness(values) for name, values in ranks.items()}
    name = min(found, key=lambda one: found[one])
    return min(1.0, found[name] * len(found)), f"{name}: p = {found[name]:.5f} of {len(found)} quantities"

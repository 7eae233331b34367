"""Where truths fall among what was believed of them, and whether they fall there evenly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from scipy import stats

from bayesmile.dossier import Dossier
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.mixture import prior_draws
from bayesmile.simulated import Simulated, simulate
from tests.calibration.worlds import AS_OF, SCHEDULE

Ranks = dict[str, list[float]]
"""By quantity: the share of the belief below the truth, ties broken at random, one entry a simulation."""
Reader = Callable[[Likelihood, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From a likelihood and draws to what is believed: log-likelihoods, and pmfs of the months."""


def place(truth: float, values: np.ndarray, weights: np.ndarray, rng: np.random.Generator) -> float:
    """Share of weighted values below the truth, which is one of them; its own weight is split at random."""
    same = values == truth
    return float(weights[values < truth].sum() + rng.random() * weights[same].sum())


def month_place(month: int, pmf: np.ndarray, rng: np.random.Generator) -> float:
    """Randomised probability transform of an event month."""
    return float(pmf[:month].sum() + rng.random() * pmf[month])


def simulated_ranks(
    dossier: Dossier, simulations: int, draws: int, seed: int, read: Reader = Likelihood.posterior
) -> Ranks:
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
        likelihood = Likelihood(dossier, AS_OF, known=drawn.known)
        logs, pmf = read(likelihood, theta)
        weights = np.exp(logs - logs.max())
        weights /= weights.sum()
        add_ranks(ranks, likelihood, drawn, theta, weights, (logs, pmf), rng)
    return ranks


def add_ranks(
    ranks: Ranks,
    likelihood: Likelihood,
    drawn: Simulated,
    theta: np.ndarray,
    weights: np.ndarray,
    answer: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> None:
    """Add the ranks of one simulation, whose truth is the first of the draws.

    Of a month that was reported nothing can be learnt: only months that are still open count.
    """
    logs, pmf = answer
    for column, one in enumerate(likelihood.parameters):
        ranks.setdefault(one.field, []).append(place(theta[0, column], theta[:, column], weights, rng))
    ranks.setdefault("log likelihood", []).append(place(logs[0], logs, weights, rng))
    mixed = np.einsum("d,dkt->kt", weights, pmf)
    for name, month, one in zip(likelihood.dossier.roadmap.names, drawn.months.tolist(), mixed, strict=True):
        if one.max() < 1.0 - 1e-9:
            ranks.setdefault(f"month of {name}", []).append(month_place(month, one, rng))


POINTS = 20
"""Equal parts of the unit interval at whose ends the empirical distribution is looked at."""


def extremes(counts: np.ndarray, total: int) -> np.ndarray:
    """Smallest two-sided binomial probability of the counts (..., POINTS - 1) below the inner ends."""
    law = stats.binom(total, np.arange(1, POINTS) / POINTS)
    ways = np.arange(total + 1)[:, None]
    table = np.minimum(2.0 * np.minimum(law.cdf(ways), law.sf(ways - 1)), 1.0)
    return table[counts, np.arange(POINTS - 1)].min(axis=-1)


@lru_cache
def even_extremes(total: int, simulations: int = 100_000) -> np.ndarray:
    """Sort what `extremes` gives for even values: the simultaneous band of Säilynoja, Bürkner and Vehtari.

    "Graphical test for discrete uniformity and its applications in goodness-of-fit evaluation and multiple sample
    comparison", Statistics and Computing 32 (2022).
    """
    cells = np.random.default_rng(total).multinomial(total, np.full(POINTS, 1.0 / POINTS), size=simulations)
    return np.sort(extremes(np.cumsum(cells, axis=1)[:, :-1], total))


def evenness(values: Sequence[float]) -> float:
    """Probability of an empirical distribution as far from the even one."""
    found = np.asarray(values)
    counts = (found[:, None] <= np.arange(1, POINTS) / POINTS).sum(axis=0)
    null = even_extremes(found.size)
    return float((1 + np.searchsorted(null, extremes(counts, found.size) * (1.0 + 1e-9))) / (1 + null.size))


def least(ranks: Mapping[str, Sequence[float]]) -> tuple[float, str]:
    """Smallest probability of all quantities, times their number, and whose it is."""
    found = {name: evenness(values) for name, values in ranks.items()}
    name = min(found, key=lambda one: found[one])
    return min(1.0, found[name] * len(found)), f"{name}: p = {found[name]:.5f} of {len(found)} quantities"

"""Simulation-based calibration of the whole path: prior, simulated ledger, sampler, belief.

S. Talts et al., "Validating Bayesian inference algorithms with simulation-based calibration", arXiv:1804.06788 (2018);
the rank of the log-likelihood as M. Modrák et al., Bayesian Analysis 20(2), 2025, advise.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from bayesmile.dossier import Dossier
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.building import model_of, variables_of
from bayesmile.model.mixture import prior_draws
from bayesmile.model.op import LogMarginal
from bayesmile.simulated import simulate
from tests.calibration.plots import save_plot
from tests.calibration.ranks import Ranks, add_ranks, least
from tests.calibration.worlds import AS_OF, SCHEDULE, small_dossier

SIMULATIONS, TUNE, DRAWS, THIN = 200, 150, 150, 3
FOLDER = Path(__file__).parents[2] / "build" / "calibration"


class Sampler:
    """The no-U-turn sampler, compiled once; the likelihood is exchanged between fits."""

    def __init__(self, likelihood: Likelihood) -> None:
        import nutpie
        from pytensor.graph.traversal import ancestors

        model = model_of(likelihood)
        nodes = [one.owner for one in ancestors(model.potentials) if one.owner is not None]
        (self.op,) = (node.op for node in nodes if isinstance(node.op, LogMarginal))
        self.compiled = nutpie.compile_pymc_model(model)
        self.variables = variables_of(likelihood.parameters)

    def draws(self, likelihood: Likelihood, seed: int) -> tuple[np.ndarray, int]:
        """Draws (draw, parameter), thinned until nearly independent, and how many transitions diverged."""
        import nutpie

        self.op.likelihood = likelihood
        tree = nutpie.sample(self.compiled, draws=DRAWS, tune=TUNE, chains=1, cores=1, seed=seed, progress_bar=False)
        columns: dict[str, np.ndarray] = {}
        for variable in self.variables:
            values = tree["posterior"][variable.name].to_numpy()[0, ::THIN].reshape(DRAWS // THIN, -1)
            columns.update(zip((one.field for one in variable.parameters), values.T, strict=True))
        theta = np.stack([columns[one.field] for one in likelihood.parameters], axis=1)
        return theta, int(tree["sample_stats"]["diverging"].sum())


def sampled_ranks(dossier: Dossier, seed: int) -> tuple[Ranks, int]:
    """Ranks among draws of the sampler, the truth being one of them, and the number of divergent transitions."""
    rng = np.random.default_rng(seed)
    nothing = Likelihood(dossier, AS_OF)
    truths = prior_draws(nothing, SIMULATIONS, rng)
    sampler = Sampler(nothing)
    ranks: Ranks = {}
    divergent = 0
    for number, truth in enumerate(truths):
        drawn = simulate(dossier, AS_OF, truth, rng, schedule=SCHEDULE)
        likelihood = Likelihood(dossier, AS_OF, known=drawn.known)
        theta, diverged = sampler.draws(likelihood, seed=1000 * seed + number)
        divergent += diverged
        theta = np.concatenate([truth[None], theta])
        logs, pmf = likelihood.posterior(theta)
        add_ranks(ranks, likelihood, drawn, theta, np.full(len(theta), 1.0 / len(theta)), (logs, pmf), rng)
    return ranks, divergent


@pytest.mark.slow
def test_truths_fall_evenly_among_the_draws_of_the_sampler(tmp_path: Path):
    started = time.monotonic()
    ranks, divergent = sampled_ranks(small_dossier(tmp_path), seed=7)
    minutes = (time.monotonic() - started) / 60.0
    probability, worst = least(ranks)
    title = f"{SIMULATIONS} simulations, {minutes:.0f} min, {divergent} divergent; {worst}"
    save_plot(ranks, FOLDER / "sampler.png", title)
    assert probability > 0.01, title
    assert divergent < 0.001 * SIMULATIONS * DRAWS, title

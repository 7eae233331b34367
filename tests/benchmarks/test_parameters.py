"""What uncertain parameters cost: the gradient, a fit, and a fit of what one would write without the engine."""

from __future__ import annotations

import time
from functools import partial

import numpy as np
import pytest
from rich.table import Table

import bayesmile as bm
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.building import model_of
from bayesmile.model.fitting import fit, mixture_of
from bayesmile.model.mixture import prior_draws
from tests.benchmarks.latent import latent_model
from tests.benchmarks.timing import measure

AS_OF = "2025-10-16"
TARGETS = [("field_testing", "2026"), ("commercialization", "2035")]


@pytest.fixture(scope="module")
def likelihood() -> Likelihood:
    return Likelihood(bm.load("quantumscape"), AS_OF)


def test_gradient(likelihood, show):
    table = Table(title=f"QuantumScape as of {AS_OF}, {len(likelihood.parameters)} parameters, milliseconds a draw")
    for title in ("draws at once", "log Z", "and posteriors", "and gradient", "gradient / log Z"):
        table.add_column(title, justify="right")
    for draws in (1, 64):
        theta = prior_draws(likelihood, draws, np.random.default_rng(1))
        calls = (likelihood.log_marginal, likelihood.posterior, likelihood.gradient)
        times = [measure(partial(call, theta)).best / draws * 1e3 for call in calls]
        table.add_row(str(draws), *(f"{t:.2f}" for t in times), f"{times[2] / times[0]:.1f}")
    show(table)


def _row(name, compiled, sampled, answers):
    cells = []
    for mean, error in answers:
        worth = mean * (1.0 - mean) / error**2  # independent yes-or-no draws that would be as exact
        cells += [f"{mean:.3f} ± {error:.4f}", f"{worth / sampled:,.0f}"]
    return [name, f"{compiled:.0f}", f"{sampled:.0f}", *cells]


def _latent(likelihood, draws, tune):
    import nutpie
    from arviz_stats.base import array_stats

    begun = time.perf_counter()
    compiled = nutpie.compile_pymc_model(latent_model(likelihood))
    half = time.perf_counter()
    tree = nutpie.sample(compiled, draws=draws, tune=tune, chains=4, cores=2, progress_bar=False, seed=1)
    took = time.perf_counter() - half
    roadmap, grid = likelihood.dossier.roadmap, likelihood.dossier.grid
    month, happens = (tree.posterior[name].to_numpy() for name in ("month", "happens"))
    answers = []
    for name, by in TARGETS:
        k = roadmap.number(name)
        reached = (month[..., k] < grid.deadline(by) + 1) * happens[..., k]
        answers.append((reached.mean(), reached.std() / np.sqrt(array_stats.ess(reached, method="mean"))))
    return _row("every delay sampled, smoothed (plain PyMC)", half - begun, took, answers), took


def test_against_sampled_delays(likelihood, show):
    """Side by side on the same machine in one run: exactness bought for what time."""
    import nutpie

    begun = time.perf_counter()
    nutpie.compile_pymc_model(model_of(likelihood))
    compiled = time.perf_counter() - begun
    begun = time.perf_counter()
    tree = fit(likelihood.dossier, AS_OF, draws=1000, tune=400, chains=4, seed=1, items=False, allow_unconverged=True)
    took = time.perf_counter() - begun - compiled
    mixture = mixture_of(tree, likelihood.dossier)
    answers = [(float(p), p.error) for p in (mixture.prob(name, by=by) for name, by in TARGETS)]
    title = (
        f"QuantumScape as of {AS_OF}, 4 chains of 1,000: R-hat {tree.attrs['max_rhat']:.3f}, least ESS"
        f" {tree.attrs['min_ess']:.0f}, divergences {tree.attrs['divergences']}"
    )
    table = Table(title=title)
    for heading in ("", "compile, s", "sample, s"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, by in TARGETS:
        table.add_column(f"{name} by {by}", justify="right")
        table.add_column("yes-or-no draws a second", justify="right")
    table.add_row(*_row("event months summed out", compiled, took, answers))
    table.add_row(*_latent(likelihood, 1000, 400)[0])
    show(table)

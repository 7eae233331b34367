"""Sampling a model of a reference class: its draws, and how far they can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pymc as pm

__all__ = ["sampled"]

Array = NDArray[np.float64]


def sampled(
    model: pm.Model, *, draws: int, tune: int, chains: int, cores: int, seed: int, accept: float = 0.8
) -> tuple[dict[str, Array], dict[str, float]]:
    """Sample a model by the no-U-turn sampler.

    Parameters
    ----------
    model : pymc.Model
    draws, tune, chains, cores, seed : int
        Kept draws and warm-up steps of each chain, chains, how many run at once, and where the randomness starts.
    accept : float
        Share of proposals to accept: nearer to 1 means smaller steps.

    Returns
    -------
    draws : dict of str to array, shape (chain x draw, ...)
        By variable, chains one after the other.
    diagnostics : dict of str to float
        Largest R-hat, least bulk ESS, divergent transitions.
    """
    import nutpie

    compiled = nutpie.compile_pymc_model(model)
    running = nutpie.sample(
        compiled,
        draws=draws,
        tune=tune,
        chains=chains,
        cores=cores,
        seed=seed,
        progress_bar=False,
        blocking=False,
        target_accept=accept,
    )
    try:
        tree = running.wait()
    except KeyboardInterrupt:
        running.cancel()
        raise
    posterior = tree["posterior"].to_dataset()
    table = {
        str(name): values.to_numpy().reshape(chains * draws, *values.shape[2:])
        for name, values in posterior.data_vars.items()
    }
    return table, _health(posterior, int(tree["sample_stats"]["diverging"].sum()))


def _health(posterior: Any, divergent: int) -> dict[str, float]:
    from arviz_stats.base import array_stats

    rhats, sizes = [], []
    for values in posterior.data_vars.values():
        flat = values.to_numpy().reshape(values.sizes["chain"], values.sizes["draw"], -1)
        for column in range(flat.shape[2]):
            rhats.append(float(array_stats.rhat(flat[..., column])))
            sizes.append(float(array_stats.ess(flat[..., column], method="bulk")))
    return {"max_rhat": float(np.max(rhats)), "min_ess": float(np.min(sizes)), "divergences": float(divergent)}

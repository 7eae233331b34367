"""Fit of a dossier's parameters by the no-U-turn sampler, with everything needed to judge it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from bayesmile.dossier import Dossier
from bayesmile.elicitation import Prior
from bayesmile.errors import BayesmileError, InvalidInput
from bayesmile.grid import When
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.building import Variable, model_of, variables_of
from bayesmile.model.importance import Weights
from bayesmile.model.itemwise import item_log_likelihood
from bayesmile.model.mixture import Mixture, prior_draws, weighted

if TYPE_CHECKING:
    import pandas as pd
    import pymc as pm
    import xarray as xr

__all__ = ["Sampler", "Unconverged", "contraction", "fit", "mixture_of", "theta_of"]

Array = NDArray[np.float64]
Sampler = Literal["nutpie", "pymc"]

RHAT, LEAST_ESS = 1.01, 400.0
_PRIOR_ONLY = 0.05  # contraction below which the evidence says nothing worth naming about a parameter


class Unconverged(BayesmileError):
    """The chains do not agree well enough to be believed; `tree` holds them.

    Parameters
    ----------
    message : str
    tree : xarray.DataTree
    """

    def __init__(self, message: str, tree: xr.DataTree) -> None:
        super().__init__(message)
        self.tree = tree


def fit(
    dossier: Dossier,
    as_of: When,
    *,
    draws: int = 1000,
    tune: int = 500,
    chains: int = 4,
    sampler: Sampler = "nutpie",
    seed: int = 0,
    cores: int = 2,
    items: bool = True,
    priors: Mapping[str, Prior] | None = None,
    allow_unconverged: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> xr.DataTree:
    """Sample the parameters given what was public by the as-of date, every event month summed out exactly.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date
    draws, tune, chains : int
        Kept draws and warm-up steps of each chain.
    sampler : {"nutpie", "pymc"}
        Whose no-U-turn sampler.
    seed : int
    cores : int
        Chains run at once (nutpie; PyMC's own sampler runs them one after the other).
    items : bool
        Whether to compute the log-likelihood of every item too.
    priors : mapping of str to Prior, optional
        By field, priors in place of the dossier's own.
    allow_unconverged : bool
        Return a fit that has not converged instead of raising.
    tell : callable
        Is told what is being done.

    Returns
    -------
    xarray.DataTree
        Groups ``prior``, ``prior_predictive`` and ``posterior_predictive`` (each milestone's month by quantile),
        ``posterior``, ``log_likelihood`` (``evidence``, all of it; ``item``, each given all others), ``log_prior``,
        ``sample_stats``. Attributes: versions, seed, dossier hash, as-of date, ``converged``, ``max_rhat``,
        ``min_ess``, ``divergences``.

    Raises
    ------
    InvalidInput
        If no number has a prior or an option is not allowed.
    Unconverged
        If R-hat exceeds 1.01, the bulk or tail ESS of a parameter falls below 100 a chain or 400, or transitions
        diverged.
    KeyboardInterrupt
        If interrupted: nothing is kept.

    References
    ----------
    .. [1] A. Vehtari et al., "Rank-normalization, folding, and localization: an improved R-hat", Bayesian Analysis
       16(2), 2021.
    """
    for name, value in (("draws", draws), ("tune", tune), ("chains", chains), ("cores", cores)):
        if not isinstance(value, int) or value < 1:
            raise InvalidInput(f"{name}: received {value!r}; allowed is a whole number of at least 1")
    if sampler not in ("nutpie", "pymc"):
        raise InvalidInput(f"sampler: received {sampler!r}; allowed is 'nutpie' or 'pymc'")
    likelihood = Likelihood(dossier, as_of, priors=priors)
    tell("compiling the model")
    model = model_of(likelihood)
    raw = _sample(model, draws, tune, chains, sampler, seed, cores, tell)
    tell("reading the draws")
    tree = _complete(raw, likelihood, sampler, seed, items)
    if not tree.attrs["converged"] and not allow_unconverged:
        raise Unconverged(
            f"fit of {dossier.name} as of {as_of}: not converged (largest R-hat {tree.attrs['max_rhat']:.3f}, least"
            f" ESS {tree.attrs['min_ess']:.0f}, divergent transitions {tree.attrs['divergences']}); use more draws or"
            " tuning",
            tree,
        )
    return tree


def _sample(
    model: pm.Model,
    draws: int,
    tune: int,
    chains: int,
    sampler: Sampler,
    seed: int,
    cores: int,
    tell: Callable[[str], None],
) -> xr.DataTree:
    if sampler == "pymc":
        import pymc as pm

        tell(f"sampling {chains} chains")
        tree: xr.DataTree = pm.sample(
            draws,
            tune=tune,
            chains=chains,
            cores=1,
            random_seed=seed,
            model=model,
            progressbar=False,
            compute_convergence_checks=False,
            nuts_sampler="pymc",
        )
        return tree
    import nutpie

    compiled = nutpie.compile_pymc_model(model)
    tell(f"sampling {chains} chains")
    running = nutpie.sample(
        compiled, draws=draws, tune=tune, chains=chains, cores=cores, seed=seed, progress_bar=False, blocking=False
    )
    try:
        tree = running.wait()
    except KeyboardInterrupt:  # the sampler itself would hand back what it has: half a fit
        running.cancel()
        raise
    return tree


def _complete(raw: xr.DataTree, likelihood: Likelihood, sampler: Sampler, seed: int, items: bool) -> xr.DataTree:
    """Add all that follows from the draws: prior, predictions, log-likelihoods, diagnostics and provenance."""
    import xarray as xr

    variables = variables_of(likelihood.parameters)
    posterior = raw["posterior"].to_dataset()
    theta = _stacked(posterior, variables, likelihood)
    log_marginal, pmf = likelihood.posterior(theta)
    shape = (posterior.sizes["chain"], posterior.sizes["draw"])
    before = prior_draws(likelihood, theta.shape[0], np.random.default_rng([seed, 1]))
    groups = {
        "posterior": posterior,
        "sample_stats": raw["sample_stats"].to_dataset().drop_vars(["divergence_message"], errors="ignore"),
        "prior": _named(before, variables, likelihood, shape),
        "prior_predictive": _months(likelihood.prior(before), likelihood, shape),
        "posterior_predictive": _months(pmf, likelihood, shape),
        "log_likelihood": _log_likelihood(likelihood, theta, log_marginal, pmf, shape, items),
        "log_prior": _log_prior(theta, likelihood, shape),
    }
    tree = xr.DataTree.from_dict(groups)
    tree.attrs.update(_provenance(likelihood, sampler, seed), **_diagnosed(groups["posterior"], raw))
    return tree


def _stacked(posterior: xr.Dataset, variables: list[Variable], likelihood: Likelihood) -> Array:
    """Draws of all chains one after the other, columns in the order of the parameters."""
    columns: dict[str, Array] = {}
    for variable in variables:
        values = posterior[variable.name].to_numpy().reshape(posterior.sizes["chain"] * posterior.sizes["draw"], -1)
        columns.update(zip((one.field for one in variable.parameters), values.T, strict=True))
    return np.stack([columns[one.field] for one in likelihood.parameters], axis=1)


def _named(theta: Array, variables: list[Variable], likelihood: Likelihood, shape: tuple[int, int]) -> xr.Dataset:
    """Draws as the model's variables with their coords."""
    import xarray as xr

    place = {one.field: column for column, one in enumerate(likelihood.parameters)}
    data: dict[str, Any] = {}
    coords: dict[str, Any] = {}
    for variable in variables:
        values = theta[:, [place[one.field] for one in variable.parameters]].reshape(*shape, -1)
        if variable.dim is None:
            data[variable.name] = (("chain", "draw"), values[..., 0])
        else:
            data[variable.name] = (("chain", "draw", variable.dim), values)
            coords[variable.dim] = variable.coords
    return xr.Dataset(data, coords={**_counters(shape), **coords})


def _counters(shape: tuple[int, int]) -> dict[str, Any]:
    return {"chain": np.arange(shape[0]), "draw": np.arange(shape[1])}


def _months(pmf: Array, likelihood: Likelihood, shape: tuple[int, int]) -> xr.Dataset:
    """Chance of each milestone by the end of every year of the grid, under each draw."""
    import xarray as xr

    grid, roadmap = likelihood.dossier.grid, likelihood.dossier.roadmap
    ends = [t for t in range(grid.months) if grid.label(t).endswith("-12")]
    cdf = np.cumsum(pmf[..., :-1], axis=-1)[..., ends]
    return xr.Dataset(
        {
            "reached_by": (("chain", "draw", "milestone", "year"), cdf.reshape(*shape, *cdf.shape[1:])),
            "beyond": (("chain", "draw", "milestone"), pmf[..., -1].reshape(*shape, -1)),
        },
        coords={
            **_counters(shape),
            "milestone": list(roadmap.names),
            "year": [int(grid.label(t)[:4]) for t in ends],
        },
    )


def _log_likelihood(
    likelihood: Likelihood, theta: Array, log_marginal: Array, pmf: Array, shape: tuple[int, int], items: bool
) -> xr.Dataset:
    import xarray as xr

    data: dict[str, Any] = {"evidence": (("chain", "draw"), log_marginal.reshape(shape))}
    coords: dict[str, Any] = _counters(shape)
    if items:
        labels, values = item_log_likelihood(likelihood, theta, log_marginal, pmf)
        data["item"] = (("chain", "draw", "item_label"), values.reshape(*shape, -1))
        coords["item_label"] = labels
    return xr.Dataset(data, coords=coords)


def _log_prior(theta: Array, likelihood: Likelihood, shape: tuple[int, int]) -> xr.Dataset:
    import xarray as xr

    logs = [
        one.prior.log_density(theta[:, column])
        for column, one in enumerate(likelihood.parameters)
        if one.prior is not None
    ]
    total = np.stack(logs, axis=-1).reshape(*shape, -1)
    coords = {**_counters(shape), "parameter": [one.field for one in likelihood.parameters]}
    return xr.Dataset({"density": (("chain", "draw", "parameter"), total)}, coords=coords)


def _provenance(likelihood: Likelihood, sampler: Sampler, seed: int) -> dict[str, Any]:
    packages = ("bayesmile", "pymc", "nutpie", "pytensor", "arviz", "numpy", "numba")
    return {
        "dossier": likelihood.dossier.name,
        "dossier_hash": likelihood.dossier.hash,
        "as_of": str(likelihood.as_of),
        "sampler": sampler,
        "seed": seed,
        "python": platform.python_version(),
        **{f"version_{name}": version(name) for name in packages},
    }


def _diagnosed(posterior: xr.Dataset, raw: xr.DataTree) -> dict[str, Any]:
    from arviz_stats.base import array_stats

    rhats, sizes = [], []
    for values in posterior.data_vars.values():
        flat = values.to_numpy().reshape(values.sizes["chain"], values.sizes["draw"], -1)
        for column in range(flat.shape[2]):
            rhats.append(float(array_stats.rhat(flat[..., column])))
            sizes.append(float(array_stats.ess(flat[..., column], method="bulk")))
            sizes.append(float(array_stats.ess(flat[..., column], method="tail", prob=(0.05, 0.95))))
    divergent = int(raw["sample_stats"]["diverging"].sum())
    rhat, ess = float(np.max(rhats)), float(np.min(sizes))
    wanted = min(LEAST_ESS, 100.0 * posterior.sizes["chain"])
    good = bool(rhat < RHAT and ess >= wanted and divergent == 0)
    return {"converged": int(good), "max_rhat": rhat, "min_ess": ess, "divergences": divergent}


def theta_of(tree: xr.DataTree, likelihood: Likelihood) -> Array:
    """Draws of a fit, (draw, parameter), in the order of the likelihood's parameters.

    Raises
    ------
    InvalidInput
        If the fit is of another dossier.
    """
    if tree.attrs.get("dossier_hash") != likelihood.dossier.hash:
        raise InvalidInput(
            f"fit: received one of dossier {tree.attrs.get('dossier')!r} with other content; allowed is a fit of"
            f" {likelihood.dossier.name!r} as it stands"
        )
    return _stacked(tree["posterior"].to_dataset(), variables_of(likelihood.parameters), likelihood)


def mixture_of(tree: xr.DataTree, dossier: Dossier) -> Mixture:
    """Belief under uncertain parameters from a fit: the mixture of the exact posteriors over its draws.

    Parameters
    ----------
    tree : xarray.DataTree
        What `fit` returned, or its file opened again.
    dossier : Dossier
        The same dossier.

    Raises
    ------
    InvalidInput
        If the fit is of another dossier.
    """
    likelihood = Likelihood(dossier, tree.attrs["as_of"])
    theta = theta_of(tree, likelihood)
    log_marginal, pmf = likelihood.posterior(theta)
    even = Weights(np.full(len(theta), 1.0 / len(theta)), np.nan, float(tree.attrs["min_ess"]))
    return weighted(likelihood, theta, log_marginal, pmf, even)


def contraction(tree: xr.DataTree, dossier: Dossier) -> pd.DataFrame:
    """How much the evidence narrowed each parameter: 1 - posterior variance / prior variance.

    Parameters
    ----------
    tree : xarray.DataTree
    dossier : Dossier

    Returns
    -------
    DataFrame
        By field: prior and posterior mean and standard deviation, ``contraction``, ``shift`` (in prior standard
        deviations) and ``verdict``, which is "prior only" where both stay below 5% and a tenth.

    References
    ----------
    .. [1] M. Betancourt, "Calibrating model-based inferences and decisions", arXiv:1803.08393 (2018).
    """
    import pandas as pd

    likelihood = Likelihood(dossier, tree.attrs["as_of"])
    theta = theta_of(tree, likelihood)
    rows = []
    for column, one in enumerate(likelihood.parameters):
        if one.prior is None:
            continue
        mean, sd, after = one.prior.mean, one.prior.sd, theta[:, column]
        shrunk, shift = 1.0 - (after.std() / sd) ** 2, (after.mean() - mean) / sd
        silent = shrunk < _PRIOR_ONLY and abs(shift) < 2.0 * _PRIOR_ONLY
        rows.append((mean, sd, after.mean(), after.std(), shrunk, shift, "prior only" if silent else "informed"))
    names = ["prior mean", "prior sd", "posterior mean", "posterior sd", "contraction", "shift", "verdict"]
    return pd.DataFrame(rows, columns=names, index=pd.Index([one.field for one in likelihood.parameters], name="field"))

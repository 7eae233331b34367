"""How well chains mixed: everything that a picture of a sampler needs, by ArviZ's statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.errors import InvalidInput
from bayesmile.wording import words

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Diagnostics", "Traced", "diagnose"]

Array = NDArray[np.float64]

_LEAST_CHAINS, _LEAST_DRAWS = 2, 20  # below, nothing can be compared
_POINTS = 12  # numbers of draws at which the effective ones are counted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Traced:
    """One number of a fit, chain by chain.

    Attributes
    ----------
    name : str
        Words for people.
    draws : array (chain, draw)
    ranks : array (chain, draw)
        Among the draws of all chains, from 1; ties share their mean.
    rhat : float
        NaN for chains that never move.
    alone : array (chain,)
        Effective draws of each chain taken by itself, whether or not the chains agree.
    kept : array (point,)
        Draws of each chain, the first so many.
    bulk, tail : array (point,)
        Effective draws of all chains after as many: for the middle and for the 5% and 95% quantiles.
    """

    name: str
    draws: Array
    ranks: Array
    rhat: float
    alone: Array
    kept: Array
    bulk: Array
    tail: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diagnostics:
    """Diagnostics of a fit.

    Attributes
    ----------
    numbers : tuple of Traced
        The largest R-hat first.
    energy : array (chain, draw)
    bfmi : array (chain,)
        Bayesian fraction of missing information; below 0.3 the chains walk too slowly through the energies.
    diverging : array of bool (chain, draw)
    wanted : float
        Effective draws below which a number should not be believed: 100 a chain, at most 400.
    """

    numbers: tuple[Traced, ...]
    energy: Array
    bfmi: Array
    diverging: NDArray[np.bool_]
    wanted: float


def diagnose(tree: xr.DataTree) -> Diagnostics:
    """Compute what shows whether chains agree, mix and explore.

    Parameters
    ----------
    tree : xarray.DataTree
        What `fit` returned, converged or not: groups ``posterior`` and ``sample_stats``, dims ``chain`` and ``draw``.

    Raises
    ------
    InvalidInput
        If it has fewer than two chains or twenty draws, or lacks a group.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> rng = np.random.default_rng(1)
    >>> draws = (("chain", "draw"), rng.normal(size=(4, 200)))
    >>> stats = {"energy": draws, "diverging": (("chain", "draw"), np.zeros((4, 200), dtype=bool))}
    >>> tree = xr.DataTree.from_dict({"posterior": xr.Dataset({"hype": draws}), "sample_stats": xr.Dataset(stats)})
    >>> found = diagnose(tree)
    >>> found.numbers[0].name, bool(found.numbers[0].rhat < 1.02), found.bfmi.shape
    ('hype', True, (4,))

    References
    ----------
    .. [1] A. Vehtari et al., "Rank-normalization, folding, and localization: an improved R-hat", Bayesian Analysis
       16(2), 2021.
    .. [2] M. Betancourt, "Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte Carlo",
       arXiv:1604.00695 (2016).
    """
    from arviz_stats.base import array_stats

    for group in ("posterior", "sample_stats"):
        if group not in tree.children:
            raise InvalidInput(f"fit: received one without the group {group!r}; allowed is what `fit` returns")
    posterior, stats = tree["posterior"].to_dataset(), tree["sample_stats"].to_dataset()
    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    if chains < _LEAST_CHAINS or draws < _LEAST_DRAWS:
        raise InvalidInput(
            f"fit: received {chains} chains of {draws} draws; allowed are at least {_LEAST_CHAINS} of {_LEAST_DRAWS}"
        )
    energy = stats["energy"].transpose("chain", "draw").to_numpy().astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        bfmi = np.asarray(array_stats.bfmi(energy), dtype=np.float64)
    found = [_traced(name, values) for name, values in _numbers(posterior)]
    return Diagnostics(
        numbers=tuple(sorted(found, key=_worst)),
        energy=energy,
        bfmi=bfmi,
        diverging=stats["diverging"].transpose("chain", "draw").to_numpy().astype(bool),
        wanted=min(400.0, 100.0 * chains),
    )


def _worst(one: Traced) -> float:
    """Order by R-hat, the largest first; a number without one never moved, which is worst."""
    return -np.inf if np.isnan(one.rhat) else -one.rhat


def _numbers(posterior: xr.Dataset) -> list[tuple[str, Array]]:
    """Every number with its draws, (chain, draw)."""
    out = []
    for variable, values in posterior.data_vars.items():
        rest = [str(dim) for dim in values.dims if dim not in ("chain", "draw")]
        flat = values.transpose("chain", "draw", *rest).to_numpy()
        name = words(str(variable))
        for place in np.ndindex(*flat.shape[2:]):
            about = [words(str(posterior[dim].to_numpy()[at])) for dim, at in zip(rest, place, strict=True)]
            out.append((": ".join([name, *about]), flat[(..., *place)].astype(np.float64)))
    return out


def _traced(name: str, draws: Array) -> Traced:
    from arviz_stats.base import array_stats

    with np.errstate(divide="ignore", invalid="ignore"):  # chains that never move have no R-hat
        rhat = float(array_stats.rhat(draws))
    kept = np.unique(np.linspace(_LEAST_DRAWS, draws.shape[1], _POINTS).astype(np.int64))
    bulk = [float(array_stats.ess(draws[:, :n], method="bulk")) for n in kept]
    tail = [float(array_stats.ess(draws[:, :n], method="tail", prob=(0.05, 0.95))) for n in kept]
    return Traced(
        name=name,
        draws=draws,
        ranks=np.asarray(array_stats.compute_ranks(draws.ravel()), dtype=np.float64).reshape(draws.shape),
        rhat=rhat,
        alone=np.array([float(array_stats.ess(chain[None], method="bulk")) for chain in draws]),
        kept=kept.astype(np.float64),
        bulk=np.array(bulk),
        tail=np.array(tail),
    )

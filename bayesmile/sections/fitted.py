"""A fit in short: headline probabilities with intervals, diagnostics, and what it says about the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayesmile.dossier import Dossier
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.fitting import mixture_of
from bayesmile.sections.basis import Basis, phrase
from bayesmile.sections.learning import Learned, learned
from bayesmile.sections.uncertainty import Chance, chance
from bayesmile.sweeps import Sweep

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Fitted", "fitted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A fit in short.

    Attributes
    ----------
    name, title, as_of, hash : str
        The dossier and the date.
    sampler : str
    draws, chains, seed : int
    converged : bool
    max_rhat, min_ess : float
        Largest R-hat and least effective number of draws of any number.
    divergences : int
    targets : mapping of str to Chance
        Headline targets, in words.
    learned : tuple of Learned
        Every uncertain number before and after the evidence, the most informed first.
    """

    name: str
    title: str
    as_of: str
    hash: str
    sampler: str
    draws: int
    chains: int
    seed: int
    converged: bool
    max_rhat: float
    min_ess: float
    divergences: int
    targets: Mapping[str, Chance]
    learned: tuple[Learned, ...]


def fitted(tree: xr.DataTree, dossier: Dossier, as_of: str) -> Fitted:
    """Put a fit of a dossier in short."""
    likelihood, mixture, about = Likelihood(dossier, as_of), mixture_of(tree, dossier), tree.attrs
    view = Basis(
        dossier=dossier,
        as_of=as_of,
        belief=dossier.belief(as_of),
        price=None,
        likelihood=likelihood,
        mixture=mixture,
        reached=None,
        draws=len(mixture.theta),
        seed=int(about["seed"]),
        sweep=Sweep(dossier, as_of),
    )
    asked = dict.fromkeys([*view.targets, *(view.deadline(one.milestone) for one in view.targets)])
    found = {phrase(one): chance(view, one.milestone, one.by) for one in asked}
    sizes = tree["posterior"].sizes
    return Fitted(
        name=dossier.name,
        title=dossier.title,
        as_of=as_of,
        hash=dossier.hash,
        sampler=str(about["sampler"]),
        draws=int(sizes["draw"]),
        chains=int(sizes["chain"]),
        seed=int(about["seed"]),
        converged=bool(about["converged"]),
        max_rhat=float(about["max_rhat"]),
        min_ess=float(about["min_ess"]),
        divergences=int(about["divergences"]),
        targets={name: one for name, one in found.items() if one is not None},
        learned=learned(likelihood.parameters, mixture),
    )

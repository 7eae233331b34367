"""Two ways to the same posterior, side by side: draws from the prior reweighted, and the no-U-turn sampler."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from bayesmile.model.fitting import fit, mixture_of
from bayesmile.sections.basis import Basis, Target

__all__ = ["Parity", "parity"]

DRAWS, TUNE, CHAINS = 200, 150, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """Largest gap between the probabilities of both, over all milestones by their deadlines and by the horizon.

    Attributes
    ----------
    target : Target
        Where the gap is largest.
    gap, error : float
        Sampler's less reweighted probability there, and the Monte Carlo standard error of that.
    compared : int
        How many probabilities.
    draws, tune, chains : int
    rhat, ess : float
        Largest R-hat and least effective number of draws of any number.
    divergences : int
    """

    target: Target
    gap: float
    error: float
    compared: int
    draws: int
    tune: int
    chains: int
    rhat: float
    ess: float
    divergences: int


def parity(view: Basis, tell: Callable[[str], None]) -> Parity | None:
    """Fit the numbers of a view with a short run of the sampler; None where no number is uncertain."""
    if view.mixture is None:
        return None
    tree = fit(
        view.dossier,
        view.as_of,
        draws=DRAWS,
        tune=TUNE,
        chains=CHAINS,
        seed=view.seed,
        items=False,
        allow_unconverged=True,
        tell=lambda text: tell(f"{view.as_of}: parity: {text}"),
    )
    sampled, names = mixture_of(tree, view.dossier), view.belief.roadmap.names
    asked = dict.fromkeys([*(view.deadline(name) for name in names), *(Target(name, view.horizon) for name in names)])
    gaps = []
    for target in asked:
        ours, theirs = (one.prob(target.milestone, by=target.by) for one in (view.mixture, sampled))
        gaps.append((float(theirs) - float(ours), math.hypot(theirs.error, ours.error), target))
    gap, error, target = max(gaps, key=lambda one: abs(one[0]))
    about = tree.attrs
    return Parity(
        target=target,
        gap=gap,
        error=error,
        compared=len(gaps),
        draws=DRAWS,
        tune=TUNE,
        chains=CHAINS,
        rhat=float(about["max_rhat"]),
        ess=float(about["min_ess"]),
        divergences=int(about["divergences"]),
    )

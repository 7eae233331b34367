"""What the evidence says about the uncertain numbers themselves: which it moved, and which it left as they were."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bayesmile.model.mixture import Array, Mixture
from bayesmile.parameters import Parameter

__all__ = ["Learned", "learned"]

_CONTRACTION, _SHIFT = 0.05, 0.1  # below both, the evidence says nothing worth naming about a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """One uncertain number before and after the evidence.

    Attributes
    ----------
    field, label : str
        As `Dossier.set` takes it, and in words.
    before, before_sd, after, after_sd : float
        Mean and standard deviation under the prior and under the posterior.
    contraction : float
        1 - posterior variance / prior variance.
    shift : float
        Of the mean, in prior standard deviations.
    moved : bool
        Whether the evidence said something, beyond what the number of draws can tell; else it is prior only.
    """

    field: str
    label: str
    before: float
    before_sd: float
    after: float
    after_sd: float
    contraction: float
    shift: float
    moved: bool

    @property
    def nats(self) -> float:
        """Information gained, as for two normal laws."""
        ratio = max(1.0 - self.contraction, 1e-300)
        return 0.5 * (self.shift**2 + ratio - 1.0 - math.log(ratio))


def learned(parameters: tuple[Parameter, ...], mixture: Mixture) -> tuple[Learned, ...]:
    """Compare every number's posterior with its prior [1]_, the most informed first.

    Parameters
    ----------
    parameters : tuple of Parameter
        The columns of the mixture's draws.
    mixture : Mixture

    References
    ----------
    .. [1] M. Betancourt, "Calibrating model-based inferences and decisions", arXiv:1803.08393 (2018).

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.likelihoods.likelihood import Likelihood
    >>> from bayesmile.model.mixture import from_prior
    >>> likelihood = Likelihood(load("phase2_drug"), "2025-12-31")
    >>> found = learned(likelihood.parameters, from_prior(load("phase2_drug"), "2025-12-31", draws=400, seed=1))
    >>> len(found) == len(likelihood.parameters)
    True
    """
    found = [_one(one, mixture.theta[:, column], mixture) for column, one in enumerate(parameters)]
    return tuple(sorted(found, key=lambda one: (not one.moved, -one.nats)))


def _one(about: Parameter, draws: Array, mixture: Mixture) -> Learned:
    if about.prior is None:
        raise ValueError(about.field)  # the columns of a mixture are numbers with a prior
    mean, sd, ess = about.prior.mean, about.prior.sd, mixture.ess
    scaled = (draws - mean) / sd  # squares of the numbers themselves may overflow
    shift = float(mixture.weights @ scaled)
    variance = float(mixture.weights @ (scaled - shift) ** 2)
    contraction = 1.0 - variance
    # Three standard errors of a variance's share and of a mean, from so many effective draws of a normal law.
    seen = contraction > max(_CONTRACTION, 3.0 * math.sqrt(2.0 / ess)) or abs(shift) > max(_SHIFT, 3.0 / math.sqrt(ess))
    return Learned(
        field=about.field,
        label=about.label,
        before=mean,
        before_sd=sd,
        after=mean + sd * shift,
        after_sd=sd * math.sqrt(variance),
        contraction=contraction,
        shift=shift,
        moved=seen,
    )

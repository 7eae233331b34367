"""How far the headline probabilities follow the evidence and the priors: each weighted a little more or less."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayesmile.model.importance import weigh
from bayesmile.model.mixture import Array, Mixture
from bayesmile.parameters import Parameter
from bayesmile.sections.basis import Target

__all__ = ["LESS", "MORE", "Scaling", "scalings"]

LESS, MORE = 0.8, 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """One probability with the evidence, and with the priors of the numbers, raised to a power.

    Attributes
    ----------
    target : Target
    evidence, priors : tuple of float
        Probability with the power 0.8, and with 1.25.
    error : float
        Largest Monte Carlo standard error of the change that such a power makes.
    khat : float
        Largest tail index of the weights.
    """

    target: Target
    evidence: tuple[float, float]
    priors: tuple[float, float]
    error: float
    khat: float


def scalings(parameters: tuple[Parameter, ...], mixture: Mixture, targets: tuple[Target, ...]) -> tuple[Scaling, ...]:
    """Power-scaling sensitivity [1]_: the same draws under new weights, nothing computed again.

    The evidence about the numbers counts alpha times; what it says about the months under given numbers stays whole.

    Parameters
    ----------
    parameters : tuple of Parameter
        The columns of the mixture's draws.
    mixture : Mixture
        Made of draws from the prior.
    targets : tuple of Target

    References
    ----------
    .. [1] N. Kallioinen, T. Paananen, P.-C. Buerkner, A. Vehtari, "Detecting and diagnosing prior and likelihood
       sensitivity with power-scaling", Statistics and Computing 34 (2024) 57.
    """
    prior = _log_prior(parameters, mixture.theta)
    changes = [(a - 1.0) * part for part in (mixture.log_marginal, prior) for a in (LESS, MORE)]
    found = [weigh(mixture.log_marginal + change) for change in changes]
    out = []
    for target in targets:
        values = mixture.draws(target.milestone, by=target.by)
        means = [float(one.weights @ values) for one in found]
        now = float(mixture.weights @ values)
        errors = [
            math.sqrt(float(np.sum((one.weights * (values - mean) - mixture.weights * (values - now)) ** 2)))
            for one, mean in zip(found, means, strict=True)
        ]
        khat = max(one.khat for one in found)
        first, last = (means[0], means[1]), (means[2], means[3])
        out.append(Scaling(target=target, evidence=first, priors=last, error=max(errors), khat=khat))
    return tuple(out)


def _log_prior(parameters: tuple[Parameter, ...], theta: Array) -> Array:
    """Log density of all priors together, shape (draw,)."""
    total = np.zeros(len(theta))
    for column, one in enumerate(parameters):
        if one.prior is not None:
            total += one.prior.log_density(theta[:, column])
    return total

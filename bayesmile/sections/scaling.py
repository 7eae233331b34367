"""How far the headline probabilities follow the evidence and the priors: each weighted a little more or less."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayesmile.core.power_scaling import power_sensitivity
from bayesmile.model.importance import weigh
from bayesmile.model.mixture import Array, Mixture
from bayesmile.parameters import Parameter
from bayesmile.sections.basis import Target

__all__ = ["LESS", "MORE", "SENSITIVE", "PriorSense", "Scaling", "scalings"]

LESS, MORE = 0.8, 1.25
SENSITIVE = 0.05  # from which on a sensitivity is worth naming
_NAMED = 5


@dataclass(frozen=True, slots=True)
class PriorSense:
    """How far one probability follows the prior of one number alone.

    Attributes
    ----------
    field, label : str
    sense : float
        Power-scaling sensitivity.
    """

    field: str
    label: str
    sense: float


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
    evidence_sense, prior_sense : float
        Power-scaling sensitivity of the law of the probability to the evidence about the numbers, and to all their
        priors: how far it moves (cumulative Jensen-Shannon distance) for each doubling of the power, near 1. From 0.05
        on it is worth a thought.
    each : tuple of PriorSense
        The same to the prior of one number alone: the five it follows most, the first of them most.
    """

    target: Target
    evidence: tuple[float, float]
    priors: tuple[float, float]
    error: float
    khat: float
    evidence_sense: float
    prior_sense: float
    each: tuple[PriorSense, ...]

    @property
    def diagnosis(self) -> str:
        """What the two sensitivities mean together, after Kallioinen et al.

        Examples
        --------
        >>> numbers = {"evidence": (0.4, 0.4), "priors": (0.3, 0.5), "error": 0.0, "khat": 0.1, "each": ()}
        >>> Scaling(target=Target("launch", "2030-12"), evidence_sense=0.01, prior_sense=0.2, **numbers).diagnosis
        'follows the priors: the evidence says little about its numbers'
        """
        if self.prior_sense < SENSITIVE:
            return "does not depend much on the priors"
        if self.evidence_sense < SENSITIVE:
            return "follows the priors: the evidence says little about its numbers"
        return "follows priors and evidence alike: where they disagree, the priors decide in part"


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
    parts = _log_priors(parameters, mixture.theta)
    prior = parts.sum(axis=0)
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
        out.append(
            Scaling(
                target=target,
                evidence=(means[0], means[1]),
                priors=(means[2], means[3]),
                error=max(errors),
                khat=khat,
                evidence_sense=power_sensitivity(values, mixture.weights, mixture.log_marginal),
                prior_sense=power_sensitivity(values, mixture.weights, prior),
                each=_each(parameters, mixture.weights, values, parts),
            )
        )
    return tuple(out)


def _each(parameters: tuple[Parameter, ...], weights: Array, values: Array, parts: Array) -> tuple[PriorSense, ...]:
    """Sensitivity to each prior alone, the largest first."""
    found = [
        PriorSense(one.field, one.label, power_sensitivity(values, weights, part))
        for one, part in zip(parameters, parts, strict=True)
        if one.prior is not None
    ]
    return tuple(sorted(found, key=lambda one: -one.sense)[:_NAMED])


def _log_priors(parameters: tuple[Parameter, ...], theta: Array) -> Array:
    """Log density of each prior, shape (parameter, draw); zeros for a number without one."""
    parts = np.zeros((len(parameters), len(theta)))
    for column, one in enumerate(parameters):
        if one.prior is not None:
            parts[column] = one.prior.log_density(theta[:, column])
    return parts

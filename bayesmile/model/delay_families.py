"""Which law fits the delays of a stage best, all groups pooled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from bayesmile.model.delay_learning import FAMILIES, Family
from bayesmile.reference.spells import KINDS, Spells

__all__ = ["choose_families"]

Array = NDArray[np.float64]

_FLOOR = 1e-300


def choose_families(found: Spells, milestones: tuple[str, ...], wanted: Sequence[str]) -> dict[str, Family]:
    """Choose for each milestone the law of greatest likelihood, the three having as many parameters.

    Parameters
    ----------
    found : Spells
    milestones : tuple of str
    wanted : sequence of str
        Milestones to choose for.

    Returns
    -------
    dict of str to {"weibull", "loglogistic", "lognormal"}
        A milestone without spells gets the Weibull law.

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> from bayesmile.reference.spells import spells
    >>> klass = simulated_class(entities=2000)
    >>> choose_families(spells(klass), klass.milestones, ["opening"])
    {'opening': 'weibull'}
    """
    chosen: dict[str, Family] = {}
    for name in wanted:
        at = found.stage == milestones.index(name)
        scores = {family: _best(found, at, family) for family in FAMILIES} if at.any() else {"weibull": 0.0}
        chosen[name] = min(scores, key=scores.__getitem__)  # type: ignore[arg-type]
    return chosen


def _best(found: Spells, at: NDArray[np.bool_], family: Family) -> float:
    """Least negative log-likelihood over the six numbers of a stage, with the weak priors of the full model."""
    start = np.array([np.log(12.0), 0.0, -2.0, -3.0, np.log(12.0), 0.0])
    spread = np.array([1.5, 0.5, 1.5, 1.5, 1.0, 0.5])

    def loss(x: Array) -> float:
        return -_log_likelihood(found, at, family, x) + 0.5 * float((((x - start) / spread) ** 2).sum())

    return float(optimize.minimize(loss, start, method="L-BFGS-B").fun)


def _survival(family: Family, x: Array, log_median: float, log_shape: float) -> Array:
    z = np.exp(log_shape) * (np.log(x) - log_median)
    if family == "weibull":
        return np.asarray(np.exp(-np.log(2.0) * np.exp(np.minimum(z, 50.0))))
    return np.asarray(special.expit(-z) if family == "loglogistic" else special.ndtr(-z))


def _log_likelihood(found: Spells, at: NDArray[np.bool_], family: Family, x: Array) -> float:
    log_median, log_shape, logit_never, logit_instant, log_patience, patience_shape = x.tolist()
    never, slow = float(special.expit(logit_never)), 1.0 - float(special.expit(logit_instant))

    def lasting(after: Any) -> Array:
        law = slow * _survival(family, np.maximum(after + 0.5, 0.25), log_median, log_shape)
        return np.where(after < 0, 1.0, law)

    def listed(after: Any) -> Array:
        law = _survival("weibull", np.maximum(after + 0.5, 0.25), log_patience, patience_shape)
        return np.where(after < 0, 1.0, law)

    low, high, enter, kind = (part[at] for part in (found.low, found.high, found.enter, found.kind))
    reached = (1.0 - never) * (lasting(low - 1) - lasting(high))
    ended = never * (listed(low - 1) - listed(high))
    pending = (1.0 - never) * lasting(high) + never * listed(high)
    entry = (1.0 - never) * lasting(enter) + never * listed(enter)
    chance = np.where(kind == KINDS.index("pending"), pending, np.where(kind == 0, reached, ended))
    logs = np.log(np.maximum(chance, _FLOOR)) - np.log(np.maximum(entry, _FLOOR))
    return float((logs * found.weight[at]).sum())

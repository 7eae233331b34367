"""The hierarchical model of delays: many entities, a few levels of grouping, every spell counted once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bayesmile.model.slip_learning import SPREAD
from bayesmile.reference.spells import KINDS, Spells

if TYPE_CHECKING:
    import pymc as pm

__all__ = ["FAMILIES", "Family", "both_tails", "delay_model"]

Family = Literal["weibull", "loglogistic", "lognormal"]
FAMILIES: tuple[Family, ...] = ("weibull", "loglogistic", "lognormal")

_TYPICAL = 12.0  # periods: the middle of the prior of every median, which spans a factor of 12 both ways
_FLOOR = 1e-300  # of a probability that underflows: its slope is then 0, as it should be


def both_tails(family: Family, x: Any, median: Any, shape: Any) -> tuple[Any, Any]:
    """P(delay <= x) and P(delay > x), each with all its digits; the shape of a log-normal is 1 / sigma."""
    import pytensor.tensor as pt

    z = shape * (pt.log(x) - pt.log(median))
    if family == "weibull":
        hazard = np.log(2.0) * pt.exp(pt.minimum(z, 50.0))
        return -pt.expm1(-hazard), pt.exp(-hazard)
    if family == "loglogistic":
        return pt.sigmoid(z), pt.sigmoid(-z)
    scaled = z / np.sqrt(2.0)
    return 0.5 * pt.erfc(-scaled), 0.5 * pt.erfc(scaled)


def delay_model(found: Spells, milestones: tuple[str, ...], families: Mapping[str, Family]) -> pm.Model:
    """Build the model of delays, never-probabilities and the time until a failed entity is known to be given up.

    For stage k and group g, the log median is a sum of an intercept, an effect of each factor's level shared by all
    stages and one of its own, both with spreads that are learned (partial pooling); so are the log-odds of *never* and
    the log of the shape. With probability `instant` a stage is passed in the period in which it begins. A spell that
    ends because the entity is given up is one of *never*, seen at a time with a Weibull law of its own; a pending one
    is either.

    Parameters
    ----------
    found : Spells
    milestones : tuple of str
        Of the chain; the delay of stage k is that of milestone k.
    families : mapping of str to {"weibull", "loglogistic", "lognormal"}
        By milestone.

    Returns
    -------
    pymc.Model
    """
    import pymc as pm
    import pytensor.tensor as pt

    coords = {"milestone": list(milestones)} | {f"level_{name}": list(names) for name, names in found.levels.items()}
    with pm.Model(coords=coords) as model:
        log_median = pm.Normal("log_median", np.log(_TYPICAL), 1.5, dims="milestone")
        logit_never = pm.Normal("logit_never", -2.0, 1.5, dims="milestone")
        log_shape = pm.Normal("log_shape", 0.0, 0.5, dims="milestone")
        logit_instant = pm.Normal("logit_instant", -3.0, 1.5, dims="milestone")
        log_patience = pm.Normal("log_patience", np.log(_TYPICAL), 1.0, dims="milestone")
        log_patience_shape = pm.Normal("log_patience_shape", 0.0, 0.5, dims="milestone")
        median = log_median[found.stage] + _effects(found, "median")
        never = pt.sigmoid(logit_never[found.stage] + _effects(found, "never"))
        shape = log_shape[found.stage] + _effects(found, "shape")
        parts = _Parts(found, milestones, families, median, shape, logit_instant, log_patience, log_patience_shape)
        weight = pm.Data("weight", found.weight)  # so that other tables of the same cells need no new compilation
        pm.Potential("spells", (parts.log_likelihood(never) * weight).sum())
    return model


def _effects(found: Spells, name: str) -> Any:
    """Effects of the levels of all factors on each spell, shared by the stages and their own."""
    import pymc as pm

    total: Any = 0.0
    for column, (factor, levels) in enumerate(found.levels.items()):
        if len(levels) < 2:
            continue
        spread = pm.LogNormal(f"{name}_spread_{factor}", *SPREAD)
        own = pm.LogNormal(f"{name}_own_spread_{factor}", *SPREAD)
        shared = pm.ZeroSumNormal(f"{name}_z_{factor}", dims=f"level_{factor}")
        apart = pm.ZeroSumNormal(f"{name}_own_z_{factor}", dims=("milestone", f"level_{factor}"))
        effect = pm.Deterministic(
            f"{name}_effect_{factor}", spread * shared[None, :] + own * apart, dims=("milestone", f"level_{factor}")
        )
        total = total + effect[found.stage, found.level[:, column]]
    return total


class _Parts:
    """Probabilities of the spells given the parameters, as PyTensor expressions of shape (spell,)."""

    def __init__(
        self,
        found: Spells,
        milestones: tuple[str, ...],
        families: Mapping[str, Family],
        median: Any,
        log_shape: Any,
        logit_instant: Any,
        log_patience: Any,
        log_patience_shape: Any,
    ) -> None:
        import pytensor.tensor as pt

        self.found, self.milestones, self.families = found, milestones, families
        self.median, self.shape = pt.exp(median), pt.exp(log_shape)
        self.instant = pt.sigmoid(logit_instant)[found.stage]
        self.patience = pt.exp(log_patience)[found.stage]
        self.patience_shape = pt.exp(log_patience_shape)[found.stage]

    def lasting(self, after: Any) -> tuple[Any, Any]:
        """P(delay <= `after` periods) and P(delay > `after`), the instant passage left out; 0 and 1 for `after` < 0."""
        import pytensor.tensor as pt

        x = np.maximum(after + 0.5, 0.25)
        parts = []  # spells come sorted by stage: each law is computed for its own only
        for number, milestone in enumerate(self.milestones):
            at = np.flatnonzero(self.found.stage == number)
            if at.size:
                part = slice(int(at[0]), int(at[-1]) + 1)
                parts.append(both_tails(self.families[milestone], x[part], self.median[part], self.shape[part]))
        below, above = (pt.concatenate(tail) for tail in zip(*parts, strict=True))
        return pt.switch(after < 0, 0.0, below), pt.switch(after < 0, 1.0, above)

    def listed(self, after: Any) -> tuple[Any, Any]:
        """P(a failed entity is known to be given up `after` periods on) and P(it is not); 0 and 1 for `after` < 0."""
        import pytensor.tensor as pt

        below, above = both_tails("weibull", np.maximum(after + 0.5, 0.25), self.patience, self.patience_shape)
        return pt.switch(after < 0, 0.0, below), pt.switch(after < 0, 1.0, above)

    def log_likelihood(self, never: Any) -> Any:
        """Log-probability of each spell given that it was pending when first seen."""
        import pytensor.tensor as pt

        found, kind, slow = self.found, self.found.kind, 1.0 - self.instant
        before, enter = found.low - 1, found.enter
        lasting, listed = self.lasting(found.high), self.listed(found.high)
        at_once = np.where(before < 0, 1.0, 0.0) * self.instant
        reached = (1.0 - never) * (at_once + slow * _between(self.lasting(before), lasting))
        ended = never * _between(self.listed(before), listed)
        pending = (1.0 - never) * slow * lasting[1] + never * listed[1]
        waiting = pt.switch(enter < 0, 1.0, slow * self.lasting(enter)[1])
        at_entry = (1.0 - never) * waiting + never * self.listed(enter)[1]
        chance = pt.switch(kind == KINDS.index("pending"), pending, pt.switch(kind == 0, reached, ended))
        return pt.log(pt.maximum(chance, _FLOOR)) - pt.log(pt.maximum(at_entry, _FLOOR))


def _between(start: tuple[Any, Any], end: tuple[Any, Any]) -> Any:
    """Probability between two points from both tails at each: the difference of the smaller ones keeps its digits."""
    import pytensor.tensor as pt

    return pt.switch(start[1] > 0.5, end[0] - start[0], start[1] - end[1])

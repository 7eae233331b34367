"""Learning lifts, base rates and attributes of kinds of announcements from entities with known outcomes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesmile.model.sampling import sampled
from bayesmile.reference.announcements import AnnouncementTable
from bayesmile.reference.learnedlifts import LearnedLifts
from bayesmile.reference.liftcounts import LiftCounts, lift_counts
from bayesmile.reference.table import ReferenceClass

if TYPE_CHECKING:
    import pymc as pm

__all__ = ["learn_lifts", "lift_model"]

_ACCEPT = 0.95  # small steps: the spread of a few kinds has a narrow end
_LIFT = (0.0, 1.0)  # log of the typical lift: 90% between 0.2 and 5.2
_LIFT_SPREAD = (float(np.log(0.4)), 0.7)
_BASE = (float(np.log(0.5)), 2.0)  # log of the typical base rate a year: 90% between 0.02 and 13
_BASE_SPREAD = (0.0, 0.5)
_HYPE = (float(np.log(2.0)), 1.0)  # log of the shape of hype: 90% of shapes between 0.4 and 10
_MARK = (-0.5, 1.5)  # log-odds of yes outside the window
_MARK_SPREAD = (float(np.log(0.5)), 0.7)  # of log odds ratios around none


def learn_lifts(
    klass: ReferenceClass,
    announcements: AnnouncementTable,
    *,
    lead: int,
    milestone: str | None = None,
    promotional: Collection[str] = (),
    at_entry: bool = True,
    at_end: bool = True,
    by_cluster: bool = True,
    heterogeneous: bool = True,
    draws: int = 500,
    tune: int = 500,
    chains: int = 2,
    cores: int = 2,
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> LearnedLifts:
    """Learn how much commoner each kind of announcement is within `lead` periods of a milestone.

    Arrivals of kind k of an entity with multiplier h are Poisson with rate h b[k] a year outside the window and
    h b[k] rho[k] inside it, as in a dossier; h ~ Gamma(a, a) is summed out, which makes counts negative binomial.
    Lifts and base rates of the kinds are drawn towards each other by as much as they turn out to be alike. An attribute
    has probability p1 in the window and p0 otherwise, the difference of their log-odds drawn towards none.

    Parameters
    ----------
    klass : ReferenceClass
        Known outcomes. Entities are covered from entry on; given-up ones count as outside the window throughout.
    announcements : AnnouncementTable
        As of `bayesmile.reference.announcements.read_announcements`; complete while an entity is covered.
    lead : int
        Length of the window in periods, W; it is chosen, not learned.
    milestone : str, optional
        Of the chain; the last if left out.
    promotional : collection of str
        Kinds that share the multiplier of an entity, its hype; each other kind has a multiplier of its own.
    at_entry, at_end : bool
        Whether announcements of the first period of an entity, and of that of its end, would be in the table.
    by_cluster : bool
        Whether an entity counts as one share of its cluster: dependent entities then do not feign precision.
    heterogeneous : bool
        Whether entities have multipliers at all; otherwise counts are Poisson.
    draws, tune, chains, cores, seed : int
        Of the sampler.
    tell : callable
        Is told what is being done.

    Returns
    -------
    LearnedLifts

    Raises
    ------
    InvalidInput
        If the milestone or a kind is unknown, or there is no arrival or no period in the window.

    Notes
    -----
    The last `lead` periods of a pending entity may or may not lie in the window. They are left out, announcements and
    silence alike. What is left out is settled by the outcome and the end of the table, never by an announcement, so
    that the counts in the rest are Poisson as before: nothing is biased, and a little is lost.

    The likelihood is that of a dossier's stream at known months. It takes the multiplier of an entity as independent of
    its outcome: compare with the lifts within entities, for which it need not be.

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> lifts = learn_lifts(simulated_class(), news, lead=12)  # doctest: +SKIP

    References
    ----------
    .. [1] H. J. Whitaker et al., "Tutorial in biostatistics: the self-controlled case series method",
       Statistics in Medicine 25 (2006) 1768-1797.
    .. [2] A. Gelman, J. Hill, "Data Analysis Using Regression and Multilevel/Hierarchical Models", Cambridge, 2007,
       ch. 15 (overdispersed counts).
    """
    start = time.perf_counter()
    found = lift_counts(
        klass,
        announcements,
        lead=lead,
        milestone=milestone,
        promotional=promotional,
        at_entry=at_entry,
        at_end=at_end,
        by_cluster=by_cluster,
    )
    entities, distinct = found.seen["entity"].nunique(), len(found.weight)
    tell(f"lifts: {len(announcements):,} announcements of {entities:,} entities, {distinct:,} distinct histories")
    model = lift_model(found, heterogeneous=heterogeneous)
    table, health = sampled(model, draws=draws, tune=tune, chains=chains, cores=cores, seed=seed, accept=_ACCEPT)
    return LearnedLifts(
        name=klass.name,
        title=klass.title,
        milestone=milestone or klass.milestones[-1],
        lead=lead,
        period=klass.period,
        provenance=klass.provenance,
        counts=found,
        draws=table,
        diagnostics=health | {"seconds": time.perf_counter() - start},
        notes=(*announcements.notes, *found.notes),
        set_aside=announcements.set_aside,
    )


def lift_model(found: LiftCounts, *, heterogeneous: bool = True) -> pm.Model:
    """Build the model of base rates, lifts, hype and attributes of all kinds.

    Parameters
    ----------
    found : LiftCounts
    heterogeneous : bool

    Returns
    -------
    pymc.Model
    """
    import pymc as pm

    coords: dict[str, Any] = {"kind": list(found.kinds), "group": list(found.groups)}
    with pm.Model(coords=coords) as model:
        log_lift = _pooled("log_lift", _LIFT, _LIFT_SPREAD)
        log_base = _pooled("log_base", _BASE, _BASE_SPREAD)
        log_shape = pm.Normal("log_hype_shape", *_HYPE, dims="group") if heterogeneous else None
        pm.Potential("arrivals", _arrivals(found, log_base, log_lift, log_shape))
        if len(found.marks):
            _answers(found)
    return model


def _pooled(name: str, typical: tuple[float, float], spread: tuple[float, float]) -> Any:
    """Return a number of each kind, around one that all share."""
    import pymc as pm

    middle = pm.Normal(f"{name}_typical", *typical)
    return pm.Normal(name, middle, pm.LogNormal(f"{name}_spread", *spread), dims="kind")


def _arrivals(found: LiftCounts, log_base: Any, log_lift: Any, log_shape: Any) -> Any:
    """Log-probability of the arrivals of all cells, up to a constant."""
    import pytensor.tensor as pt

    member = (found.group[None, :] == np.arange(len(found.groups))[:, None]).astype(np.float64)  # (group, kind)
    base = pt.exp(log_base)
    outside, inside = member @ base, member @ (base * pt.exp(log_lift))
    due = outside[found.cell_group] * found.outside + inside[found.cell_group] * found.inside
    total = (log_base * found.total).sum() + (log_lift * found.total_inside).sum()
    if log_shape is None:
        return total - (due * found.weight).sum()
    a, n = pt.exp(log_shape)[found.cell_group], found.arrivals
    # E[h^n exp(-h due)] of h ~ Gamma(a, a); a log1p keeps its digits where entities are nearly alike
    mixed = pt.gammaln(a + n) - pt.gammaln(a) - n * pt.log(a) - (a + n) * pt.log1p(due / a)
    return total + (mixed * found.weight).sum()


def _answers(found: LiftCounts) -> None:
    """Add the attributes: p0, and p1 by the difference of their log-odds."""
    import pymc as pm
    import pytensor.tensor as pt

    marks = found.marks
    names = [f"{kind} {attribute}" for kind, attribute in zip(marks["kind"], marks["attribute"], strict=True)]
    pm.modelcontext(None).add_coord("mark", names)
    otherwise = pm.Normal("logit_otherwise", *_MARK, dims="mark")
    spread = pm.LogNormal("log_odds_ratio_spread", *_MARK_SPREAD)
    near = otherwise + pm.Normal("log_odds_ratio", 0.0, spread, dims="mark")
    total: Any = 0.0
    for side, logit in (("inside", near), ("outside", otherwise)):
        yes, no = (marks[f"{said}_{side}"].to_numpy(dtype=np.float64) for said in ("yes", "no"))
        total = total - (yes * pt.softplus(-logit) + no * pt.softplus(logit)).sum()
    pm.Potential("answers", total)

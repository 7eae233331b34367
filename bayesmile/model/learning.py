"""Learning from a reference class: the posterior of its delays, never-probabilities and slips."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.errors import InvalidInput
from bayesmile.model.delay_families import choose_families
from bayesmile.model.delay_learning import FAMILIES, Family, delay_model
from bayesmile.model.sampling import sampled
from bayesmile.model.slip_learning import SLIPS, SlipCells, slip_model
from bayesmile.reference.asof import every_period, outcomes, snapshots
from bayesmile.reference.clusterweights import cluster_weights
from bayesmile.reference.learned import (
    AGE_EDGES,
    LEAD_EDGES,
    POSTPONEMENT_EDGES,
    SINCE_EDGES,
    STATED_EDGES,
    LearnedClass,
    classes_of,
)
from bayesmile.reference.spells import spells
from bayesmile.reference.table import ReferenceClass

if TYPE_CHECKING:
    import pandas as pd
    import pymc as pm

__all__ = ["learn"]

Array = NDArray[np.float64]

ACCEPT = 0.9
"""Share of proposals to accept: at 0.8 one transition in a hundred diverges near small spreads, and chains mix less."""

_KEPT = 200  # draws that a forecast can average over; more change no score in the third digit
_HELD = 40  # draws over which the delays are averaged before the slips are learned
_MOST_PERIODS = 240
_YEAR = {"month": 12, "week": 52}


def learn(
    klass: ReferenceClass,
    *,
    families: Mapping[str, Family] | None = None,
    statements: bool = True,
    every: int = 6,
    correlation: float | None = None,
    draws: int = 500,
    tune: int = 500,
    chains: int = 2,
    cores: int = 2,
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> LearnedClass:
    """Learn delays, never-probabilities and the slip of stated dates from many entities.

    Two hierarchical models, each sampled by the no-U-turn sampler on sufficient statistics: the delays from all spells
    at a stage (right-, left- and interval-censored, left-truncated at entry, or given up); then, the delays held at
    their posterior, the statements, as what they add to the delays.

    Parameters
    ----------
    klass : ReferenceClass
    families : mapping of str to {"weibull", "loglogistic", "lognormal"}, optional
        Law of the delay by milestone; what is left out is chosen by the likelihood of all spells of the stage pooled.
    statements : bool
        Whether to learn from stated dates, where there are any.
    every : int
        Origins at which statements are looked at: entry, and every so many periods after. Later ones count
        ``every`` / one year each, so that an entity counts about once a year whatever came of it.
    correlation : float, optional
        Correlation of what becomes of entities of one cluster, such as the units of a plant, 0 to 1: each counts one
        over the design effect of its cluster, since together they tell less than as many that are independent. That of
        the class if left out.
    draws, tune, chains, cores : int
        Of the sampler; kept draws and warm-up steps of each chain.
    seed : int
    tell : callable
        Is told what is being done.

    Returns
    -------
    LearnedClass
        With at most 200 draws.

    Raises
    ------
    InvalidInput
        If there are fewer than two entities, no spell, or a family is not allowed.

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> learned = learn(simulated_class(entities=300), draws=50, tune=100)  # doctest: +SKIP

    References
    ----------
    .. [1] J. D. Kalbfleisch, R. L. Prentice, "The Statistical Analysis of Failure Time Data", 2nd ed., Wiley, 2002,
       ch. 1 and 8.
    .. [2] H. van Houwelingen, H. Putter, "Dynamic Prediction in Clinical Survival Analysis", CRC Press, 2012: origins
       at landmarks.
    """
    if len(klass) < 2:
        raise InvalidInput(f"learn: received {len(klass)} entities; allowed are at least 2")
    chosen = _families(klass, families)
    share = klass.correlation if correlation is None else correlation
    weights, found = cluster_weights(klass, share), spells(klass, correlation=share)
    if not len(found):
        raise InvalidInput("learn: received no spell at any stage; allowed is a class that was followed for a while")
    if open_ := [name for name in klass.milestones if name not in chosen]:
        chosen |= choose_families(found, klass.milestones, open_)
    start = time.perf_counter()
    tell(f"delays: {int(found.count.sum()):,} spells of {len(klass):,} entities, {len(found):,} of them distinct")
    delays, health = _drawn(delay_model(found, klass.milestones, chosen), draws, tune, chains, cores, seed)
    learned = LearnedClass(
        name=klass.name,
        title=klass.title,
        milestones=klass.milestones,
        families=dict(chosen),
        levels=found.levels,
        period=klass.period,
        provenance=klass.provenance,
        entities=len(klass),
        events=found.events,
        known_through=int(klass.entities["through"].max()),
        delays=delays,
        diagnostics={f"delays {name}": value for name, value in health.items()},
    ).thinned(_KEPT)
    if statements and len(klass.targets):
        learned = _with_slips(klass, learned, weights, every, draws, tune, chains, cores, seed, tell)
    learned.diagnostics["seconds"] = time.perf_counter() - start
    return learned


def _families(klass: ReferenceClass, families: Mapping[str, Family] | None) -> dict[str, Family]:
    chosen: dict[str, Family] = {name: family for name, family in klass.families.items() if family in FAMILIES}
    for name, family in (families or {}).items():
        if name not in klass.milestones:
            raise InvalidInput(f"families: received milestone {name!r}; allowed are {', '.join(klass.milestones)}")
        if family not in FAMILIES:
            raise InvalidInput(f"families {name}: received {family!r}; allowed are {', '.join(FAMILIES)}")
        chosen[name] = family
    return chosen


def _drawn(
    model: pm.Model, draws: int, tune: int, chains: int, cores: int, seed: int
) -> tuple[dict[str, Array], dict[str, float]]:
    """Sample a model; return its draws without those on inner scales, and the diagnostics."""
    table, health = sampled(model, draws=draws, tune=tune, chains=chains, cores=cores, seed=seed, accept=ACCEPT)
    return {name: values for name, values in table.items() if "_z_" not in name}, health


def _with_slips(
    klass: ReferenceClass,
    learned: LearnedClass,
    weights: pd.Series[float],
    every: int,
    draws: int,
    tune: int,
    chains: int,
    cores: int,
    seed: int,
    tell: Callable[[str], None],
) -> LearnedClass:
    """Learn what statements add to the delays."""
    from dataclasses import replace

    frame = snapshots(klass, every_period(klass, every=every))
    frame = frame[frame["lead"] >= LEAD_EDGES[0]].reset_index(drop=True)
    if not len(frame):
        return learned
    share = np.where(frame["first"].to_numpy(), 1.0, every / _YEAR[klass.period])
    cells = _cells(klass, learned, frame, share * weights.loc[frame["entity"]].to_numpy())
    tell(f"statements: {len(frame):,} origins, {len(cells.lead):,} distinct statements")
    slips, health = _drawn(slip_model(cells), draws, tune, chains, cores, seed + 1)
    keep = np.linspace(0, len(slips["mean"]) - 1, learned.draws).round().astype(np.int64)
    names = tuple(name for name in slips if any(name == part or name.startswith(f"{part}_") for part in SLIPS))
    diagnostics = learned.diagnostics | {f"statements {name}": value for name, value in health.items()}
    return replace(learned, slips={name: slips[name][keep] for name in names}, diagnostics=diagnostics)


def _cells(klass: ReferenceClass, learned: LearnedClass, frame: pd.DataFrame, weight: Array) -> SlipCells:
    """Count the origins by what the likelihood needs."""
    longest = int(max(frame["lead"].quantile(0.99), (klass.entities["through"] - klass.entities["entered"]).max()))
    periods = min(_MOST_PERIODS, longest + 12)
    pmf, state = learned.thinned(_HELD).before_statements(frame, periods)
    known = outcomes(klass, frame, periods=periods)
    first, last = known.cells()
    effects = classes_of(frame, learned.levels)
    lead = np.minimum(frame["lead"].to_numpy(dtype=np.int64), periods * 2)
    distinct, row = np.unique(np.stack([lead, *effects.values()], axis=1), axis=0, return_inverse=True)
    index = np.stack([row.ravel(), state, first, last], axis=1)
    origins, member = np.unique(index, axis=0, return_inverse=True)
    stages = tuple(str(k) for k in range(len(klass.milestones)))
    return SlipCells(
        lead=distinct[:, 0],
        effect={name: distinct[:, column] for column, name in enumerate(effects, start=1)},
        levels={"lead": _names(LEAD_EDGES), "postponements": _names(POSTPONEMENT_EDGES), "age": _names(AGE_EDGES)}
        | {"since": _names(SINCE_EDGES), "stated": _names(STATED_EDGES), "stage": stages}
        | dict(learned.levels),
        row=origins[:, 0],
        prior=pmf.mean(axis=1)[origins[:, 1]],
        low=origins[:, 2],
        high=origins[:, 3],
        weight=np.bincount(member.ravel(), weights=weight),
    )


def _names(edges: tuple[int, ...]) -> tuple[str, ...]:
    """Name of each class: its first value, and the one before the next class."""
    ends = [f"{low} to {high - 1}" if high - 1 > low else str(low) for low, high in pairwise(edges)]
    return (*ends, f"{edges[-1]} or more")

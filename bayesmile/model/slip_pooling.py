"""Pooling the slip of stated dates over classes and companies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bayesmile.errors import InvalidInput
from bayesmile.model.sampling import sampled
from bayesmile.model.slip_learning import SPREAD
from bayesmile.reference.pooledslips import (
    SLIP_EDGES,
    PooledSlips,
    checked_edges,
    checked_statements,
    lead_class,
    lead_labels,
    mostly_year_ends,
)
from bayesmile.reference.statedoutcomes import OUTCOME_KINDS

if TYPE_CHECKING:
    import pandas as pd
    import pymc as pm

__all__ = ["pool_slips"]

Array = NDArray[np.float64]
Index = NDArray[np.int64]

_TYPICAL = {"mean": (0.3, 0.5), "log_sd": (-0.6, 0.5), "logit_on_time": (-1.5, 1.0)}
"""Mean and sd of the prior of the typical value of each number in a lead class, on its working scale."""

_NEVER = (-2.0, 1.5)  # log-odds that what is stated never comes: 90% between 1% and 61%
_PATIENCE = (float(np.log(24.0)), 1.0)  # log of the middle time, in months, until what never comes is given up
_PATIENCE_SD = (float(np.log(0.8)), 0.5)
_ACCEPT = 0.95  # small steps: the spread of a few members has a narrow end
_RICH = 30.0  # statements of a member and lead class from which its numbers are sampled as they are
_FLOOR = 1e-12  # of a probability of one outcome: one slip of the pen must not decide a fit


def pool_slips(
    tables: Mapping[str, pd.DataFrame],
    *,
    edges: Sequence[int] = SLIP_EDGES,
    coarse: Collection[str] | None = None,
    draws: int = 1000,
    tune: int = 1000,
    chains: int = 2,
    cores: int = 2,
    seed: int = 0,
) -> PooledSlips:
    """Learn how far stated dates slip, by lead, with partial pooling over members.

    For a statement at month u of a date D, lead d = D - u, of member c and lead class k:

        never comes with probability nu[c, k]; otherwise
        in its very month with probability a[c, k] (0 for members whose dates are no months); otherwise
        log(lead taken / (d + 1/2)) ~ Normal(m[c, k], s[c, k]),

    where what came a months on took between a and a + 1. What never comes is given up after a log-normal time of member
    c; so what is pending will come later than it was followed, or has not been given up yet. m[c, k] is
    Normal(mu[k], tau), and likewise log s and the log-odds of a: a member with many statements keeps its own numbers,
    one without any gets those of a member not seen.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Statements and outcomes of each member, as of `bayesmile.reference.statedoutcomes.stated_outcomes`, in months; a
        table may be empty.
    edges : sequence of int
        First lead of each class; statements below the first are left out.
    coarse : collection of str, optional
        Members whose dates are ends of years or quarters and not months; None: those with most dates in a December.
    draws, tune, chains, cores, seed : int
        Of the sampler.

    Returns
    -------
    PooledSlips

    Raises
    ------
    InvalidInput
        If there is no statement at all, or a table or an edge is not as it should be.

    Notes
    -----
    Statements of one entity share their outcome. Of an entity's n statements in a lead class each counts 1/n, so that
    it counts once there however often it restated its date. That some entities are built together is not counted: the
    intervals of large members are somewhat too narrow.

    The law is that of the outcome given the date, a dossier's row is that of the date given the outcome: they agree
    where, before the statement, every lead is as likely on the log scale [1]_.

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> from bayesmile.reference.statedoutcomes import stated_outcomes
    >>> pooled = pool_slips({"doors": stated_outcomes(simulated_class())}, draws=50, tune=100)  # doctest: +SKIP

    References
    ----------
    .. [1] R. Buehler, D. Griffin, J. Peetz, "The Planning Fallacy", Advances in Experimental Social Psychology 43, 2010
       (what is measured); A. Gelman, J. Hill, "Data Analysis Using Regression and Multilevel/Hierarchical Models",
       Cambridge, 2007, ch. 12 (partial pooling).
    """
    found = checked_edges(edges)
    for member, table in tables.items():
        checked_statements(member, table)
    if coarse is None:
        coarse = [member for member, table in tables.items() if mostly_year_ends(table)]
    if unknown := [member for member in coarse if member not in tables]:
        raise InvalidInput(f"coarse: received {unknown[0]!r}; allowed are {', '.join(tables)}")
    cells = _counted(tables, found)
    if not cells.size:
        raise InvalidInput("pool_slips: received no statement; allowed are tables with at least one")
    model = _model(cells, tuple(tables), lead_labels(found), [member in coarse for member in tables])
    sample, health = sampled(model, draws=draws, tune=tune, chains=chains, cores=cores, seed=seed, accept=_ACCEPT)
    return PooledSlips(
        members=tuple(tables),
        edges=found,
        tables=dict(tables),
        coarse=tuple(coarse),
        draws=_with_new(sample, seed),
        diagnostics=health,
    )


def _counted(tables: Mapping[str, pd.DataFrame], edges: tuple[int, ...]) -> Array:
    """Distinct statements, (cell, 7): member, lead class, lead, kind, low, high, and how much they count."""
    parts = [np.empty((0, 7))]
    for place, table in enumerate(tables.values()):
        lead = table["lead"].to_numpy(dtype=np.int64)
        at = lead_class(lead, edges)
        kind = np.array([OUTCOME_KINDS.index(name) for name in table["kind"]], dtype=np.int64)
        of = [table["entity"], at]
        weight = 1.0 / table.groupby(of)["lead"].transform("size").to_numpy() if len(table) else np.empty(0)
        columns = (np.full(len(table), place), at, lead, kind, table["low"], table["high"])
        one = np.stack([np.asarray(column, dtype=np.float64) for column in (*columns, weight)], axis=1)
        parts.append(one[at >= 0])
    rows = np.concatenate(parts)
    distinct, where = np.unique(rows[:, :6], axis=0, return_inverse=True)
    weight = np.bincount(where.ravel(), weights=rows[:, 6], minlength=len(distinct))
    return np.column_stack([distinct, weight])


def _model(cells: Array, members: tuple[str, ...], leads: tuple[str, ...], coarse: list[bool]) -> pm.Model:
    import pymc as pm
    import pytensor.tensor as pt

    member, at, kind = (cells[:, column].astype(np.int64) for column in (0, 1, 3))
    coords = {"member": list(members), "lead": list(leads)}
    count = np.zeros((len(members), len(leads)))
    np.add.at(count, (member, at), cells[:, 6])
    rich = count >= _RICH
    with pm.Model(coords=coords) as model:
        numbers = {name: _number(name, *prior, rich)[member, at] for name, prior in _TYPICAL.items()}
        never = pt.sigmoid(pm.Normal("logit_never", *_NEVER, dims=("member", "lead")))[member, at]
        patience = pm.Normal("log_patience", *_PATIENCE, dims="member")[member]
        spread = pm.LogNormal("patience_sd", *_PATIENCE_SD, dims="member")[member]
        atom = pt.sigmoid(numbers["logit_on_time"]) * np.where(np.array(coarse)[member], 0.0, 1.0)
        met, after = _chances(cells, np.log(cells[:, 2] + 0.5) + numbers["mean"], pt.exp(numbers["log_sd"]))
        given_up, listed = _chances(cells, patience, spread)
        lead, low, high = (cells[:, column] for column in (2, 4, 5))
        met = (1.0 - atom) * met + atom * ((low <= lead) & (lead <= high))
        after = (1.0 - atom) * after + atom * (lead > high)
        pending = never * listed + (1.0 - never) * after
        chance = pt.switch(kind == 0, (1.0 - never) * met, pt.switch(kind == 1, pending, never * given_up))
        pm.Potential("outcomes", (cells[:, 6] * pt.log(chance + _FLOOR)).sum())
    return model


def _number(name: str, centre: float, sd: float, rich: NDArray[np.bool_]) -> Any:
    """Return a number by member and lead class, spread about the typical one of its lead class.

    Where there is much to go by, the number itself is sampled, elsewhere its distance in spreads: either way would
    make the sampler stick in the other place.
    """
    import pymc as pm
    import pytensor.tensor as pt

    shape = rich.shape
    typical = pm.Normal(f"{name}_typical", centre, sd, dims="lead")
    spread = pm.LogNormal(f"{name}_spread", *SPREAD)
    about = typical[np.tile(np.arange(rich.shape[1]), rich.shape[0])]
    rich = rich.ravel()
    parts: Any = pt.zeros(rich.size)
    if rich.any():
        at = np.flatnonzero(rich)
        parts = pt.set_subtensor(parts[at], pm.Normal(f"{name}_own", about[at], spread, shape=at.size))
    if not rich.all():
        at = np.flatnonzero(~rich)
        away = pm.Normal(f"{name}_away", 0.0, 1.0, shape=at.size)
        parts = pt.set_subtensor(parts[at], about[at] + spread * away)
    return pm.Deterministic(name, parts.reshape(shape), dims=("member", "lead"))


def _chances(cells: Array, centre: Any, sd: Any) -> tuple[Any, Any]:
    """Chances that a log-normal time ends `low` to `high` months on, and that it ends later than `high`."""
    import pytensor.tensor as pt

    low, high = cells[:, 4], cells[:, 5]
    upper = (np.log(high + 1.0) - centre) / sd
    lower = pt.switch(low == 0, -40.0, (np.log(np.maximum(low, 1.0)) - centre) / sd)
    flip = pt.switch(upper + lower > 0, -1.0, 1.0)  # differences of the smaller tails: nothing cancels
    inside = 0.5 * flip * (pt.erfc(-flip * upper / np.sqrt(2.0)) - pt.erfc(-flip * lower / np.sqrt(2.0)))
    return inside, 0.5 * pt.erfc(upper / np.sqrt(2.0))


def _with_new(table: dict[str, Array], seed: int) -> dict[str, Array]:
    """Add a member not seen, drawn from the spread of the members, and turn to natural scales."""
    rng = np.random.default_rng([seed, 1])
    found = {}
    for name in _TYPICAL:
        typical, spread = table[f"{name}_typical"], table[f"{name}_spread"][:, None]
        new = typical + spread * rng.normal(size=typical.shape)
        found[name] = np.concatenate([table[name], new[:, None]], axis=1)
    never = table["logit_never"]
    unseen = np.broadcast_to(rng.normal(*_NEVER, size=(len(never), 1, never.shape[2])), (len(never), 1, never.shape[2]))
    return {
        "mean": found["mean"],
        "sd": np.exp(found["log_sd"]),
        "on_time": _sigmoid(found["logit_on_time"]),
        "never": _sigmoid(np.concatenate([never, unseen], axis=1)),
    }


def _sigmoid(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))

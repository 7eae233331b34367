"""The hierarchical model of stated dates: how far they slip, how often they are met, what they say of *whether*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bayesmile.reference.learned import LEAST_MASS

if TYPE_CHECKING:
    import pymc as pm

__all__ = ["SLIPS", "SPREAD", "SlipCells", "slip_model"]

Array = NDArray[np.float64]
Index = NDArray[np.int64]

SLIPS = {"mean": (0.3, 0.5), "log_sd": (-0.6, 0.5), "logit_on_time": (-1.5, 1.0), "log_whether": (0.0, 0.5)}
"""The four numbers of a slip class on their working scales, each with mean and sd of the prior of its typical value."""

SPREAD = (float(np.log(0.2)), 0.7)
"""Prior of the log of every spread: 90% between 0.06 and 0.63, away from zero, where the sampler would get stuck."""

_FLOOR = 1e-12  # of a probability of one stated month: one slip of the pen must not decide a fit


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SlipCells:
    """Forecast origins with a stated date, counted up to what the likelihood needs.

    Attributes
    ----------
    lead : array of int, shape (row,)
        Periods to the stated month, at least 1.
    effect : dict of str to array of int, shape (row,)
        By the name of what tells statements apart (class of lead, postponements, age, time since the last milestone,
        time since the date was stated; stage; each factor): number of its level.
    levels : dict of str to tuple of str
        Names of these levels.
    row : array of int, shape (origin,)
        Statement of each origin, a row of the arrays above.
    prior : array, shape (origin, periods + 1)
        Law of the month before the statement: cell t is t + 1 periods on, the last is *beyond*.
    low, high : array of int, shape (origin,)
        Cells in which the month is known to lie, both included; `periods` is *beyond*.
    weight : array, shape (origin,)
        How much each origin counts.
    """

    lead: Index
    effect: dict[str, Index]
    levels: dict[str, tuple[str, ...]]
    row: Index
    prior: Array
    low: Index
    high: Index
    weight: Array


def slip_model(cells: SlipCells) -> pm.Model:
    """Build the model of the month given the statement in force, the delays being known.

    The law of the month is the delays' own times the likelihood of the statement (the engine's row), normalised: what
    is learned is what statements add to the delays. Each of four numbers is a sum of a typical value and of effects
    with learned spreads, which add to zero over the levels of what they belong to.

    Parameters
    ----------
    cells : SlipCells

    Returns
    -------
    pymc.Model

    Notes
    -----
    Delays are held at what the spells alone say ("cut": statements do not feed back on them) [1]_. Several origins of
    one entity count by their weights, so that an entity counts about once a year.

    References
    ----------
    .. [1] M. Plummer, "Cuts in Bayesian graphical models", Statistics and Computing 25, 2015.
    """
    import pymc as pm
    import pytensor.tensor as pt

    coords = {f"slip_{name}": list(levels) for name, levels in cells.levels.items()}
    with pm.Model(coords=coords) as model:
        numbers = {name: _number(cells, name, *prior) for name, prior in SLIPS.items()}
        row = _row(cells, numbers["mean"], pt.exp(numbers["log_sd"]), pt.sigmoid(numbers["logit_on_time"]))
        weight = cells.prior[:, :-1] * row[cells.row]
        total = weight.sum(axis=1)
        on_grid = cells.prior[:, :-1].sum(axis=1)
        share = pt.switch(on_grid > LEAST_MASS, total / np.maximum(on_grid, LEAST_MASS), 1.0)  # as in a forecast
        beyond = cells.prior[:, -1] * share * pt.exp(numbers["log_whether"])[cells.row]
        periods = np.arange(cells.prior.shape[1] - 1)
        low, high = pm.Data("low", cells.low), pm.Data("high", cells.high)
        inside = pt.ge(periods[None, :], low[:, None]) * pt.le(periods[None, :], high[:, None])
        chance = (weight * inside).sum(axis=1) + beyond * pt.eq(high, periods.size)
        terms = pt.log(pt.maximum(chance, 1e-300)) - pt.log(total + beyond)
        pm.Potential("months", (terms * cells.weight).sum())
    return model


def _number(cells: SlipCells, name: str, centre: float, sd: float) -> Any:
    """Sum of a typical value and the effects on each statement, by row."""
    import pymc as pm

    total: Any = pm.Normal(name, centre, sd)
    for effect, level in cells.effect.items():
        if len(cells.levels[effect]) < 2:
            continue
        spread = pm.LogNormal(f"{name}_spread_{effect}", *SPREAD)
        total = total + pm.ZeroSumNormal(f"{name}_{effect}", sigma=spread, dims=f"slip_{effect}")[level]
    return total


def _row(cells: SlipCells, mean: Any, sd: Any, on_time: Any) -> Any:
    """Chance of the stated month for each month that it may really be, shape (row, periods)."""
    import pytensor.tensor as pt

    ahead = np.arange(1, cells.prior.shape[1])
    stated = np.log(ahead + 0.5)[None, :] - mean[:, None]
    scale = 1.0 / (sd[:, None] * np.sqrt(2.0))
    upper = pt.erf((np.log(cells.lead + 1.0)[:, None] - stated) * scale)
    lower = pt.erf((np.log(cells.lead)[:, None] - stated) * scale)
    law = 0.5 * (upper - lower)
    return on_time[:, None] * (ahead == cells.lead[:, None]) + (1.0 - on_time[:, None]) * law + _FLOOR

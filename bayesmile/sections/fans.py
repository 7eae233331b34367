"""Section on when each milestone happens: its whole distribution, with a band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesmile.model.mixture import MASS, Array, weighted_quantiles
from bayesmile.sections.basis import Basis, open_steps
from bayesmile.sections.price import Reading

__all__ = ["Fan", "Fans", "fans"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """Probability that one milestone has happened by the end of each month.

    Attributes
    ----------
    milestone, deadline : str
    cdf, low, high : tuple of float
        By month: the mean and its 90% interval; three times the central one without draws.
    market : tuple of float
        What the price implies by the reach tilt, at the central numbers; empty where it says nothing.
    """

    milestone: str
    deadline: str
    cdf: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    market: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fans:
    """Section: when each open milestone happens.

    Attributes
    ----------
    as_of : str
    months : tuple of str
        ``"YYYY-MM"``, from the as-of month to the horizon.
    fans : tuple of Fan
    """

    as_of: str
    months: tuple[str, ...]
    fans: tuple[Fan, ...]


def fans(view: Basis, found: Reading | None = None) -> Fans:
    """Build the section.

    Parameters
    ----------
    view : Basis
    found : Reading, optional
        Of the price, for the market's side.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.sections.basis import basis
    >>> part = fans(basis(load("phase2_drug"), "2025-12-31"))
    >>> part.months[0], len(part.fans[0].cdf) == len(part.months)
    ('2025-12', True)
    """
    grid = view.belief.grid
    first = max(grid.moment(view.as_of)[0], 0)
    return Fans(
        as_of=view.as_of,
        months=tuple(grid.label(index) for index in range(first, grid.months)),
        fans=tuple(_fan(view, name, first, found) for name in open_steps(view.belief)),
    )


def _fan(view: Basis, name: str, first: int, found: Reading | None) -> Fan:
    central = _by_month(view.belief.pmf(name), first)
    mean = low = high = central
    if view.mixture is not None:
        mean = _by_month(view.mixture.pmf(name), first)
        tail = (1.0 - MASS) / 2.0
        draws = view.mixture.pmf_draws[:, view.mixture.roadmap.number(name), :-1]
        cdf = np.minimum(np.cumsum(draws, axis=-1)[:, first:], 1.0)
        low, high = weighted_quantiles(cdf, view.mixture.weights, [tail, 1.0 - tail])
    tilt = None if found is None else found.reach
    return Fan(
        milestone=name,
        deadline=view.deadline(name).by,
        cdf=tuple(mean.tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        market=() if tilt is None else tuple(_by_month(tilt.belief.pmf(name), first).tolist()),
    )


def _by_month(pmf: Array, first: int) -> Array:
    return np.minimum(np.cumsum(pmf[:-1])[first:], 1.0)

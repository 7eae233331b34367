"""Many prices at once: implied probabilities over dates, companies and draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.dossier import Dossier, market_of
from bayesmile.errors import InvalidInput
from bayesmile.pricing.distributions import ImpliedDistribution, implied_distribution

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["implied_panel"]

Array = NDArray[np.float64]

_BY_DRAW = ("ours", "implied", "exponential", "failure", "success", "market_value", "weight")
_LN2 = np.log(2.0)


def implied_panel(
    dossiers: Dossier | Iterable[Dossier],
    dates: str | Iterable[str],
    *,
    draws: int = 500,
    seed: int = 0,
    by: str | None = None,
    tell: Callable[[str], None] | None = None,
) -> xr.Dataset:
    """Read the prices of many companies on many dates, under uncertain payoffs and parameters.

    Every draw of a company and date goes through the engine and the inversion together; only companies and dates are
    taken one after the other, because each has a roadmap and evidence of its own.

    Parameters
    ----------
    dossiers : Dossier or iterable of Dossier
        Each with a market page.
    dates : str or iterable of str
        As-of dates, or one.
    draws, seed : int
        Joint draws of parameters and payoffs, and where their randomness starts; the same for every company and date.
    by : str, optional
        A date by which the priced milestone is asked for as well, such as ``"2030"``.
    tell : callable, optional
        Told what is being worked on.

    Returns
    -------
    Dataset
        Dimensions ``company``, ``date``, ``draw``. Of each draw: ``ours`` and ``implied`` probability of the priced
        milestone by its horizon (the latter unclipped: 1 and above where no probability is enough), ``exponential``
        (the same by the exponential tilt, NaN where none exists), ``failure`` and ``success`` (present values),
        ``market_value`` (all three in the company's currency), ``weight`` (they sum to one over ``draw``) and
        ``gap_bits`` (implied less our log-odds, +-inf outside (0, 1)); with `by` also ``ours_by`` and ``market_by``. Of
        each company and date: ``above_ours`` = P(market > ours), ``infeasible`` and ``below`` (shares), ``khat`` and
        ``ess``. NaN throughout where a company has no price by that date.

    Raises
    ------
    InvalidInput
        If there is no dossier or date, two dossiers share a name, or one has no market page.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> panel = implied_panel(load("phase2_drug"), ["2026-06-12", "2026-06-15"], draws=200)
    >>> before, after = (panel.implied.sel(date=date) for date in ("2026-06-12", "2026-06-15"))
    >>> dict(panel.sizes)["draw"], bool(after.mean() > before.mean())
    (200, True)
    """
    companies = [dossiers] if isinstance(dossiers, (Dossier, str)) else list(dossiers)
    days = [dates] if isinstance(dates, str) else [str(day) for day in dates]
    _check(companies, days)
    cells = [_cell(dossier, day, draws, seed, by, tell) for dossier in companies for day in days]
    return _labelled(cells, companies, days, draws)


def _check(companies: list[Dossier], days: list[str]) -> None:
    for dossier in companies:
        market_of(dossier)
    names = [dossier.name for dossier in companies]
    if not names or not days:
        raise InvalidInput("implied_panel: received no dossier or no date; allowed is at least one of each")
    if len(set(names)) < len(names) or len(set(days)) < len(days):
        raise InvalidInput("implied_panel: received a dossier or date twice; allowed is each once")


def _cell(
    dossier: Dossier, day: str, draws: int, seed: int, by: str | None, tell: Callable[[str], None] | None
) -> dict[str, Array]:
    """Answers for one company and date; empty where there was no price by then."""
    if tell is not None:
        tell(f"{dossier.name} {day}")
    market = market_of(dossier)
    try:
        market.capitalisation(day)
    except InvalidInput:
        return {}
    alone = len(market.payoffs.values) == 1
    return _answers(implied_distribution(dossier, day, draws=draws, seed=seed, others=not alone, repeat=1), by)


def _answers(found: ImpliedDistribution, by: str | None) -> dict[str, Array]:
    """Numbers by draw, one of the payoffs beside each of the parameters, and what they say together."""
    out = {
        "ours": found.ours,
        "implied": found.implied[:, 0],
        "failure": found.failure[:, 0],
        "success": found.success[:, 0],
        "weight": found.mixture.weights,
        "market_value": (found.price * found.payoffs.share_factor).reshape(found.implied.shape)[:, 0],
    }
    if found.tilts is not None:
        out["exponential"] = found.tilts.pmf[:, :-1].sum(axis=1).reshape(found.implied.shape)[:, 0]
    if by is not None:
        market, ours = found.market(found.milestone, by=by)
        out |= {"ours_by": ours, "market_by": market[:, 0]}
    single = {"above_ours": found.above_ours, "infeasible": found.infeasible, "below": found.below}
    single |= {"khat": found.mixture.khat, "ess": found.mixture.ess}
    return out | {name: np.array(value) for name, value in single.items()}


def _labelled(cells: list[dict[str, Array]], companies: list[Dossier], days: list[str], draws: int) -> xr.Dataset:
    import pandas as pd
    import xarray as xr

    shape = (len(companies), len(days))
    names = dict.fromkeys((*_BY_DRAW, *(name for cell in cells for name in cell)))
    singles = {name for cell in cells for name, values in cell.items() if values.ndim == 0}
    data = {}
    for name in names:
        size = () if name in singles else (draws,)
        table = np.full((len(cells), *size), np.nan)
        for at, cell in enumerate(cells):
            if name in singles:
                table[at] = cell.get(name, np.nan)
            elif name in cell:  # draws under which the evidence is impossible are missing
                table[at, : cell[name].size] = cell[name]
        dims = ("company", "date") if name in singles else ("company", "date", "draw")
        data[name] = (dims, table.reshape(*shape, *size))
    with np.errstate(divide="ignore", invalid="ignore"):
        ours, implied = data["ours"][1], data["implied"][1]
        odds = np.where(np.isnan(implied), np.nan, np.where(implied >= 1.0, np.inf, -np.inf))
        inside = (implied > 0.0) & (implied < 1.0)
        odds = np.where(inside, np.log(implied) - np.log1p(-implied), odds)
        data["gap_bits"] = (("company", "date", "draw"), (odds - np.log(ours) + np.log1p(-ours)) / _LN2)
    coords = {"company": [one.name for one in companies], "date": pd.Index(days, name="date"), "draw": range(draws)}
    return xr.Dataset(data, coords=coords)

"""Beliefs as of each of several dates: what would have been forecast, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.belief import Belief
from bayesmile.core.quantiles import quantile_months
from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.grid import When, parse_moment
from bayesmile.steps import Target, targets_of
from bayesmile.views import believe

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["replay"]

_LEVELS = (0.05, 0.5, 0.95)


def replay(dossier: Dossier, dates: Iterable[When], *, deadlines: Mapping[str, When] | None = None) -> xr.Dataset:
    """Belief as of each date, from what was public by then and nothing later.

    Parameters
    ----------
    dossier : Dossier
    dates : iterable of str or date
        As-of dates in any order: days, included, or ``"YYYY-MM"``, the first moment of a month.
    deadlines : mapping of str to str or date, optional
        Deadline by milestone, in the place of the dossier's own.

    Returns
    -------
    Dataset, dims (as_of, milestone, month, quantile)
        ``by_deadline`` and ``by_horizon`` (as_of, milestone): probability by the milestone's deadline and by the last
        month of the grid. ``quantile_month`` (as_of, milestone, quantile): first day of the month by whose end the
        milestone has happened with that probability, NaT where that is *beyond*. ``pmf`` (as_of, milestone, month).
        ``log_marginal`` and ``pieces`` (as_of): log P(evidence) in nats, and independent pieces of evidence in the
        ledger. Coordinate
        ``deadline`` (milestone). Dates are sorted.

    Raises
    ------
    InvalidInput
        If there is no date, a day is given twice, a date cannot be read or a deadline is unknown or off the grid.
    ImpossibleEvidence
        If the evidence as of a date has zero probability.

    Notes
    -----
    A replay with priors that were written later is an illustration, not a backtest.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> beliefs = replay(load("phase2_drug"), ["2026-06-30", "2025-12-31"])
    >>> beliefs.as_of.dt.strftime("%Y-%m-%d").values.tolist(), beliefs.deadline.values.tolist()
    (['2025-12-31', '2026-06-30'], ['2028-12', '2031-12', '2032-12'])
    >>> rise = beliefs.by_deadline.sel(milestone="approval").diff("as_of")
    >>> rise.item() > 0.0
    True
    """
    days = _days(dates)
    targets = _deadlines(dossier, deadlines or {})
    views = [dossier.ledger.known_by(when) for when in days.values()]
    beliefs = _dataset(dossier, list(days), [believe(dossier, known) for known in views], targets)
    return beliefs.assign(pieces=("as_of", np.array([known.effective for known in views], dtype=np.int32)))


def _days(dates: Iterable[When]) -> dict[dt.date, When]:
    if isinstance(dates, str):
        raise InvalidInput(f"dates: received {dates!r}; allowed is a list of dates")
    days: dict[dt.date, When] = {}
    for when in dates:
        day = parse_moment(when).day
        if day in days:
            raise InvalidInput(
                f"dates: received {days[day]} and {when}, both the end of {day}; allowed is each day once"
            )
        days[day] = when
    if not days:
        raise InvalidInput("dates: received none; allowed is at least one date")
    return dict(sorted(days.items()))


def _deadlines(dossier: Dossier, deadlines: Mapping[str, When]) -> tuple[Target, ...]:
    for name in deadlines:
        dossier.roadmap.number(name)
    pairs = [(name, deadlines.get(name, dossier.milestones[name].deadline)) for name in dossier.roadmap.names]
    return targets_of(dossier.roadmap, dossier.grid, pairs)


def _dataset(
    dossier: Dossier, days: Sequence[dt.date], beliefs: Sequence[Belief], targets: Sequence[Target]
) -> xr.Dataset:
    import xarray as xr

    pmf = np.stack([belief.solution.pmf for belief in beliefs])
    by_deadline = [[target.probability(one) for target in targets] for one in pmf]
    where, unit = ("as_of", "milestone"), {"units": "1"}
    return xr.Dataset(
        {
            "by_deadline": (where, np.array(by_deadline), unit),
            "by_horizon": (where, pmf[:, :, :-1].sum(axis=2), unit),
            "quantile_month": ((*where, "quantile"), _quantile_months(pmf, dossier)),
            "pmf": ((*where, "month"), pmf[:, :, :-1], unit),
            "log_marginal": ("as_of", np.array([belief.log_marginal for belief in beliefs]), {"units": "nats"}),
        },
        coords={
            "as_of": np.array(days, dtype="datetime64[ns]"),
            "milestone": list(dossier.roadmap.names),
            "month": dossier.grid.starts(),
            "quantile": list(_LEVELS),
            "deadline": ("milestone", [target.by for target in targets]),
        },
        attrs={"dossier": dossier.name, "hash": dossier.hash, "horizon": dossier.grid.last},
    )


def _quantile_months(pmf: NDArray[np.float64], dossier: Dossier) -> NDArray[np.datetime64]:
    """First day of each quantile's month, shape (as_of, milestone, quantile); NaT for *beyond*."""
    return np.append(dossier.grid.starts(), np.datetime64("NaT", "ns"))[quantile_months(pmf, _LEVELS)]

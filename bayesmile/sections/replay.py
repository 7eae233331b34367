"""A replay as plain data: the probability of each milestone by its deadline, as of a series of dates."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.grid import parse_moment
from bayesmile.replays import replay

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MOST_DATES", "DrawnPart", "DrawnRow", "ReplayPart", "ReplayRow", "drawn", "every", "replayed"]

MOST_DATES = 2000
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRow:
    """Belief as of one date.

    Attributes
    ----------
    as_of : str
    by_deadline, by_horizon : mapping of str to float
        Probabilities by milestone.
    log_marginal_nats : float
        log P(evidence).
    pieces : int
        Independent pieces of evidence in the ledger by then.
    """

    as_of: str
    by_deadline: Mapping[str, float]
    by_horizon: Mapping[str, float]
    log_marginal_nats: float
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPart:
    """Beliefs as of several dates.

    Attributes
    ----------
    name, title, hash, hindsight, horizon : str
    changes : tuple of str
    deadlines : mapping of str to str
    rows : tuple of ReplayRow
        The earliest first.
    """

    name: str
    title: str
    hash: str
    changes: tuple[str, ...]
    hindsight: str
    horizon: str
    deadlines: Mapping[str, str]
    rows: tuple[ReplayRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRow(ReplayRow):
    """Belief as of one date under uncertain parameters, whose probabilities average over them.

    Attributes
    ----------
    intervals : mapping of str to pair of float
        By milestone: where 90% of the probability by its deadline lies as the parameters vary.
    errors : mapping of str to float
        By milestone: Monte Carlo standard error of the probability by its deadline.
    draws : int
    khat, ess : float
        Tail index of the weights, and effective draws.
    refreshed : str
        What was added because the weights could not be trusted: "no", "prior" or "fit".
    trusted : bool
        Whether the weights can be trusted in the end.
    """

    intervals: Mapping[str, tuple[float, float]]
    errors: Mapping[str, float]
    draws: int
    khat: float
    ess: float
    refreshed: str
    trusted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPart(ReplayPart):
    """Beliefs as of several dates under uncertain parameters.

    Attributes
    ----------
    rows : tuple of DrawnRow
        The earliest first.
    seed : int
    """

    rows: tuple[DrawnRow, ...]
    seed: int


def every(first: str, last: str, step: str) -> list[str]:
    """Dates from a first to a last one, a month, quarter, year or number of months apart.

    Raises
    ------
    InvalidInput
        If a date cannot be read, the dates are reversed, the step is none of these, or there are too many.

    Examples
    --------
    >>> every("2025-01-31", "2025-04-30", "month")
    ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-30']
    """
    months = _MONTHS.get(step) or (int(step) if step.isascii() and step.isdigit() and len(step) < 5 else 0)
    if months < 1:
        raise InvalidInput(f"every: received {step!r}; allowed is month, quarter, year or a number of months")
    start, end = parse_moment(first).day, parse_moment(last).day
    if end < start:
        raise InvalidInput(f"dates: received {first} to {last}; dates are reversed")
    ordinal, ending = 12 * start.year + start.month - 1, 12 * end.year + end.month - 1
    if (ending - ordinal) // months >= MOST_DATES:
        raise InvalidInput(f"dates: received more than {MOST_DATES}; give a longer step than {step}")
    days = [_day(month, start.day) for month in range(ordinal, ending + 1, months)]
    return [day.isoformat() for day in days if day <= end]


def _day(ordinal: int, day: int) -> dt.date:
    year, month = ordinal // 12, ordinal % 12 + 1
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))


def replayed(dossier: Dossier, dates: Iterable[str]) -> ReplayPart:
    """Replay a dossier at these dates.

    Raises
    ------
    InvalidInput
        If a date cannot be used.
    """
    found = replay(dossier, dates)
    names = [str(name) for name in found["milestone"].values]

    def row(number: int) -> ReplayRow:
        one = found.isel(as_of=number)
        return ReplayRow(
            as_of=str(one["as_of"].values)[:10],
            by_deadline=dict(zip(names, map(float, one["by_deadline"].values), strict=True)),
            by_horizon=dict(zip(names, map(float, one["by_horizon"].values), strict=True)),
            log_marginal_nats=float(one["log_marginal"]),
            pieces=int(one["pieces"]),
        )

    return ReplayPart(
        name=dossier.name,
        title=dossier.title,
        hash=dossier.hash,
        changes=dossier.changes,
        hindsight=dossier.hindsight,
        horizon=dossier.grid.last,
        deadlines=dict(zip(names, map(str, found["deadline"].values), strict=True)),
        rows=tuple(row(number) for number in range(found.sizes["as_of"])),
    )


def drawn(dossier: Dossier, beliefs: xr.Dataset) -> DrawnPart:
    """Read a replay under uncertain parameters, as `bayesmile.model.replaying.replay_draws` returns it.

    Its deadlines must hold those of all milestones and the horizon.
    """
    names = list(dossier.roadmap.names)
    ends = {name: _month(dossier, dossier.milestones[name].deadline) for name in names}

    def row(number: int) -> DrawnRow:
        one = beliefs.isel(as_of=number)
        day = str(one["as_of"].values)[:10]
        own = {name: one.sel(milestone=name, deadline=by) for name, by in ends.items()}
        horizon = one["mean"].sel(deadline=dossier.grid.last)
        return DrawnRow(
            as_of=day,
            by_deadline={name: float(at["mean"]) for name, at in own.items()},
            by_horizon={name: float(horizon.sel(milestone=name)) for name in names},
            log_marginal_nats=float(one["log_marginal"]),
            pieces=dossier.ledger.known_by(day).effective,
            intervals={name: _interval(at["probability"]) for name, at in own.items()},
            errors={name: float(at["error"]) for name, at in own.items()},
            draws=int(one["draws"]),
            khat=float(one["khat"]),
            ess=float(one["ess"]),
            refreshed=str(one["refreshed"].values),
            trusted=bool(one["trusted"]),
        )

    return DrawnPart(
        name=dossier.name,
        title=dossier.title,
        hash=dossier.hash,
        changes=dossier.changes,
        hindsight=dossier.hindsight,
        horizon=dossier.grid.last,
        deadlines=ends,
        rows=tuple(row(number) for number in range(beliefs.sizes["as_of"])),
        seed=int(beliefs.attrs["seed"]),
    )


def _month(dossier: Dossier, by: str) -> str:
    return dossier.grid.label(dossier.grid.deadline(by))


def _interval(points: xr.DataArray) -> tuple[float, float]:
    low, high = points.values[0], points.values[-1]
    return float(low), float(high)

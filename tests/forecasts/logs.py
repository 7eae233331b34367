"""Logs of the small dossier at times that stand still."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from bayesmile.dossier import Dossier, load
from bayesmile.forecasts.making import Made, log_forecasts
from bayesmile.forecasts.resolving import Resolved, resolve
from tests.dossier_folder import write


def at(day: str, time: str = "12:00:00") -> Callable[[], dt.datetime]:
    """Clock that stands still."""
    moment = dt.datetime.fromisoformat(f"{day}T{time}+00:00")
    return lambda: moment


@cache
def small() -> Dossier:
    """Dossier with the milestones design (reached), plant (by 2026-06) and launch (by 2028-06, the headline)."""
    return load(write(Path(mkdtemp())))


def logged(
    path: Path, as_of: str, *by: str, milestone: str = "launch", made: str | None = None, **more: object
) -> Made:
    """Log forecasts of one milestone, on the as-of date unless another day is given."""
    clock = at(made or as_of)
    return log_forecasts(small(), as_of, milestones=[milestone], by=by, path=path, clock=clock, **more)  # type: ignore[arg-type]


def settled(path: Path, happened: str, on: str, *, today: str = "2029-01-15", **more: object) -> Resolved:
    """Resolve the launch."""
    fields = {"milestone": "launch", "source": "shop", "path": path, "clock": at(today), **more}
    return resolve("small", happened=happened, on=on, **fields)  # type: ignore[arg-type]

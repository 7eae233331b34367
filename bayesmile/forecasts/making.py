"""Forecasts of a dossier, made as of a date and put into the log."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from bayesmile.belief import Belief
from bayesmile.checks import whole
from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.files.text import nearest
from bayesmile.forecasts.clock import Clock, time_of, utc_now
from bayesmile.forecasts.logbook import Log, Logged, append
from bayesmile.forecasts.outcomes import Outcomes
from bayesmile.grid import parse_deadline, parse_moment
from bayesmile.model.mixture import Mixture, from_prior
from bayesmile.parameters import parameters_of
from bayesmile.periods import month_label, parse_period

__all__ = ["DEFAULT_FILE", "LATE_DAYS", "Made", "log_forecasts"]

DEFAULT_FILE = "forecasts.csv"
LATE_DAYS = 7  # made later than that after its as-of date, a forecast may have used what became known in between
_LEAST_DRAWS, _MOST_DRAWS = 100, 50_000
_KEY = ("dossier", "milestone", "deadline", "rule", "as_of", "dossier_hash", "draws", "seed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Forecasts that were put into a log.

    Attributes
    ----------
    records : tuple of Logged
    known : tuple of str
        Milestones left out because the evidence settles them by their deadline already.
    head : str
        Hash of the last record.
    newest : str or None
        Day of the newest item of the ledger that was known.
    written : bool
        False for a dry run.
    """

    file: str
    records: tuple[Logged, ...]
    known: tuple[str, ...]
    head: str
    newest: str | None
    written: bool


def log_forecasts(
    dossier: Dossier,
    as_of: str | None = None,
    *,
    milestones: Sequence[str] = (),
    by: Sequence[str] = (),
    draws: int = 0,
    seed: int = 0,
    path: str | os.PathLike[str] = DEFAULT_FILE,
    note: str = "",
    dry_run: bool = False,
    clock: Clock = utc_now,
) -> Made:
    """Put forecasts of a dossier's milestones into a log, all of them or none.

    A forecast is marked *retrospective*, and scored apart, if it is made after its deadline, more than seven days
    after its as-of date, or when the log resolves it already.

    Parameters
    ----------
    dossier : Dossier
    as_of : str, optional
        A day, included, or the first moment of a month; today, in UTC, if left out. The future is refused.
    milestones : sequence of str
        The dossier's headline milestones if left out; those that the evidence settles already are then passed over.
    by : sequence of str
        Deadlines for every milestone; each milestone's own if left out.
    draws, seed : int
        Draws of the uncertain numbers, 0 for none, and where their randomness starts.
    path : str or path
        The log; it is made if it is not there.
    note : str
    dry_run : bool
        Whether to do everything but write.
    clock : callable
        What says the time.

    Returns
    -------
    Made

    Raises
    ------
    InvalidInput
        If a date, milestone or number is not allowed, a forecast stands in the log already, or the log cannot be used.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> made = log_forecasts(load("phase2_drug"), "2025-12-31", milestones=["approval"], by=["2035"], dry_run=True)
    >>> made.records[0].row.deadline, made.records[0].row.retrospective is None
    ('2035-12', False)
    """
    today = clock().astimezone(dt.UTC).date()
    when = today.isoformat() if as_of is None else as_of
    _refuse_future(when, today)
    fields, known = _forecasts(dossier, when, milestones, by, draws, seed)

    def draft(log: Log, made: str) -> list[Mapping[str, object]]:
        outcomes = Outcomes(log)
        fresh: list[Mapping[str, object]] = [
            {**one, "note": note, "retrospective": _retrospective(one, made, outcomes)} for one in fields
        ]
        _refuse_repeats(log, fresh)
        return fresh

    log, added = append(path, draft, clock=clock, new=True, dry_run=dry_run)
    days = [item.announced for item in dossier.ledger.known_by(when).items if item.announced is not None]
    return Made(
        file=str(path),
        records=added,
        known=known,
        head=log.head,
        newest=max((parse_period(day).last.isoformat() for day in days), default=None),
        written=not dry_run,
    )


def _refuse_future(as_of: str, today: dt.date) -> None:
    if parse_moment(as_of).day > today:
        raise InvalidInput(f"as-of date: received {as_of}; allowed are days up to today, {today} (UTC)")


def _forecasts(
    dossier: Dossier, as_of: str, milestones: Sequence[str], by: Sequence[str], draws: int, seed: int
) -> tuple[list[dict[str, object]], tuple[str, ...]]:
    """Fields of the forecasts asked for, and the milestones that the evidence settles already."""
    belief, mixture = dossier.belief(as_of), _mixture(dossier, as_of, draws, seed)
    names = tuple(dict.fromkeys(milestones)) or dossier.headline or (dossier.roadmap.names[-1],)
    fields, known = list[dict[str, object]](), list[str]()
    for name, deadline in _targets(dossier, names, by):
        chances = {"probability": min(1.0, float(belief.prob(name, by=deadline)))}
        if _settled(belief, name, deadline, as_of):
            known.append(f"{name} by {deadline}")
            continue
        if mixture is not None:
            found = mixture.prob(name, by=deadline)
            chances |= {"mean": min(1.0, float(found)), "low": found.low, "high": found.high}
        drawn = None if mixture is None else (draws, seed)
        fields.append({**_identity(dossier, name, deadline, as_of, drawn=drawn), **chances})
    if known and (milestones or not fields):
        raise InvalidInput(f"nothing to forecast: by {as_of} the evidence settles {', '.join(known)}")
    return fields, tuple(known)


def _targets(dossier: Dossier, names: Sequence[str], by: Sequence[str]) -> list[tuple[str, str]]:
    for name in names:
        if name not in dossier.milestones:
            raise InvalidInput(f"milestone: received {name!r}, which is unknown{nearest(name, dossier.milestones)}")
    pairs = [(name, one) for name in names for one in (by or (dossier.milestones[name].deadline,))]
    return list(dict.fromkeys((name, month_label(parse_deadline(one))) for name, one in pairs))


def _settled(belief: Belief, name: str, deadline: str, as_of: str) -> bool:
    """Whether the evidence leaves nothing to forecast: certainly reached, or the deadline passed before."""
    if parse_deadline(deadline) < parse_moment(as_of).ordinal:
        return True
    grid, pmf = belief.grid, belief.pmf(name)
    return not pmf[max(grid.deadline(deadline) + 1, 0) :].any()


def _mixture(dossier: Dossier, as_of: str, draws: int, seed: int) -> Mixture | None:
    whole("seed", seed, least=0)
    if draws == 0:
        return None
    whole("draws", draws, least=_LEAST_DRAWS, most=_MOST_DRAWS)
    if not any(one.prior is not None for one in parameters_of(dossier)):
        raise InvalidInput(f"draws: received {draws}; dossier {dossier.name} has no uncertain number, so allowed is 0")
    mixture = from_prior(dossier, as_of, draws=draws, seed=seed)
    if not mixture.trusted:
        raise InvalidInput(
            f"draws: {draws} draws leave {mixture.ess:.0f} effective ones with a k-hat of {mixture.khat:.2f}; allowed"
            " are 100 or more and up to 0.7: give more draws, or 0"
        )
    return mixture


def _identity(
    dossier: Dossier, name: str, deadline: str, as_of: str, *, drawn: tuple[int, int] | None
) -> dict[str, object]:
    """Say what a forecast is about and what it was made from."""
    entry = dossier.milestones[name]
    return {
        "record": "forecast",
        "dossier": dossier.name,
        "milestone": name,
        "deadline": deadline,
        "as_of": as_of,
        "draws": None if drawn is None else drawn[0],
        "seed": None if drawn is None else drawn[1],
        "rule": entry.reached_when,
        "resolved_by": entry.resolved_by,
        "source": entry.delay.source,
        "dossier_hash": dossier.hash,
        "changes": json.dumps(dossier.changes, ensure_ascii=False) if dossier.changes else None,
        "version": version("bayesmile"),
    }


def _retrospective(fields: Mapping[str, object], made: str, outcomes: Outcomes) -> str | None:
    """Why a forecast does not count as one made beforehand; None if it does."""
    name, deadline = str(fields["milestone"]), str(fields["deadline"])
    late = (time_of(made).date() - parse_moment(str(fields["as_of"])).day).days
    if parse_deadline(deadline) < parse_deadline(made[:7]):
        return "made after the deadline"
    if outcomes.of((str(fields["dossier"]), name, str(fields["rule"])), deadline) is not None:
        return "made when it was resolved"
    return f"made {late} days after the as-of date" if late > LATE_DAYS else None


def _refuse_repeats(log: Log, fresh: Sequence[Mapping[str, object]]) -> None:
    """Refuse a forecast that stands in the log already: it would count twice."""
    taken = {tuple(getattr(one.row, name) for name in _KEY): one for one in log.of("forecast")}
    for fields in fresh:
        one = taken.get(tuple(fields[name] for name in _KEY))
        if one is not None:
            raise InvalidInput(
                f"{one.place}: {one.row.id} is this forecast of {one.row.milestone} by {one.row.deadline} already, of"
                " the same dossier as of the same date"
            )

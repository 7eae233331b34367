"""How good the forecasts of a log were: scores of those that are resolved, and what is still open."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayesmile.forecasts.clock import Clock, utc_now
from bayesmile.forecasts.logbook import Log, Logged, open_log
from bayesmile.forecasts.making import DEFAULT_FILE
from bayesmile.forecasts.outcomes import Outcomes
from bayesmile.forecasts.records import COLUMNS
from bayesmile.grid import parse_deadline, parse_moment

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LEAST_CALIBRATED",
    "CalibrationBin",
    "MeanScore",
    "OpenForecast",
    "ScoredForecast",
    "Scores",
    "read_log",
    "score_log",
]

LEAST_CALIBRATED = 20  # below it a calibration table is mostly chance
_LEADS = ((6, "up to 6 months"), (12, "7 to 12 months"), (24, "13 to 24 months"), (math.inf, "over 24 months"))
_BINS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredForecast:
    """A resolved forecast with its scores.

    Attributes
    ----------
    id, dossier, milestone, deadline, as_of, made : str
    lead_months : int
        From the as-of month to the deadline.
    probability : float
        As scored: the mean over draws where there are any, else the central one.
    happened : bool
    brier : float
        Squared difference of probability and outcome: 0 is best, 1 worst.
    log_score_bits : float
        Minus log2 of the probability given to what happened: 0 is best; infinite where it was ruled out.
    last : bool
        Whether it is the last one of its milestone, rule and deadline.
    retrospective : str or None
        Why it does not count as made beforehand.
    """

    id: str
    dossier: str
    milestone: str
    deadline: str
    as_of: str
    made: str
    lead_months: int
    probability: float
    happened: bool
    brier: float
    log_score_bits: float
    last: bool
    retrospective: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanScore:
    """Mean scores of a group of forecasts.

    Attributes
    ----------
    group : str
    forecasts, milestones : int
    brier, log_score_bits : float
    mean_probability, share_happened : float
        What was said on average, and how often it happened.
    """

    group: str
    forecasts: int
    milestones: int
    brier: float
    log_score_bits: float
    mean_probability: float
    share_happened: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationBin:
    """Forecasts with about the same probability, and how often what they said happened.

    Attributes
    ----------
    low, high : float
        Probabilities from `low` up to, without it, `high`; the last bin holds 1 too.
    forecasts : int
    mean_probability, share_happened : float
    """

    low: float
    high: float
    forecasts: int
    mean_probability: float
    share_happened: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForecast:
    """A forecast whose outcome is not in the log.

    Attributes
    ----------
    id, dossier, milestone, deadline : str
    probability : float
    resolved_by : str
        Who or what decides.
    """

    id: str
    dossier: str
    milestone: str
    deadline: str
    probability: float
    resolved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Scores of a log as of a day.

    Attributes
    ----------
    file, head, today : str
        The log, the hash of its last record, and the day that tells what is overdue.
    forecasts, open, overdue, resolved, retrospective : int
        Counts; open ones include the overdue, and retrospective ones are in none of the others but `forecasts`.
    superseded_forecasts, superseded_resolutions : int
        Forecasts after which a later one of the same milestone, rule and deadline was made beforehand; corrections.
    all, last : tuple of MeanScore
        Every resolved forecast made beforehand, and of each milestone, rule and deadline the last alone: no entry
        where none is resolved.
    by_dossier, by_lead, retrospective_scores : tuple of MeanScore
        Of the same forecasts as `all`; the retrospective ones apart.
    calibration : tuple of CalibrationBin
        Of the forecasts in `last`; empty below twenty.
    scored : tuple of ScoredForecast
    overdue_forecasts : tuple of OpenForecast
    """

    file: str
    head: str
    today: str
    forecasts: int
    open: int
    overdue: int
    resolved: int
    retrospective: int
    superseded_forecasts: int
    superseded_resolutions: int
    all: tuple[MeanScore, ...]
    last: tuple[MeanScore, ...]
    by_dossier: tuple[MeanScore, ...]
    by_lead: tuple[MeanScore, ...]
    retrospective_scores: tuple[MeanScore, ...]
    calibration: tuple[CalibrationBin, ...]
    scored: tuple[ScoredForecast, ...]
    overdue_forecasts: tuple[OpenForecast, ...]


def score_log(path: str | os.PathLike[str] = DEFAULT_FILE, *, clock: Clock = utc_now) -> Scores:
    """Score the resolved forecasts of a log.

    Every number that a group shows is a plain mean over its forecasts. Forecasts of one milestone share its outcome,
    so that their number overstates how much was learned; the number of milestones stands beside it.

    Parameters
    ----------
    path : str or path
    clock : callable
        What says the time, for what is overdue.

    Raises
    ------
    InvalidInput
        If the log cannot be read or was changed after it was written.

    References
    ----------
    Brier (1950), Verification of forecasts expressed in terms of probability; Good (1952), Rational decisions.
    """
    log, today = open_log(path), clock().astimezone(dt.UTC).date()
    outcomes, latest = Outcomes(log), _latest(log)
    counted = [one for one in log.of("forecast") if not one.row.retrospective]
    waiting = [one for one in counted if outcomes.of(one.row.question, one.row.month) is None]
    overdue = [one for one in waiting if parse_deadline(one.row.month) < 12 * today.year + today.month - 1]
    scored = tuple(_scored(log, outcomes, latest))
    beforehand = [one for one in scored if one.retrospective is None]
    last = [one for one in beforehand if one.last]
    return Scores(
        file=str(path),
        head=log.head,
        today=today.isoformat(),
        forecasts=len(log.of("forecast")),
        open=len(waiting),
        overdue=len(overdue),
        resolved=len(beforehand),
        retrospective=len(log.of("forecast")) - len(counted),
        superseded_forecasts=len(counted) - len(latest),
        superseded_resolutions=len(outcomes.superseded),
        all=_means(beforehand, lambda _: "all"),
        last=_means(last, lambda _: "last before each deadline"),
        by_dossier=_means(beforehand, lambda one: one.dossier),
        by_lead=_means(sorted(beforehand, key=lambda one: one.lead_months), _lead),
        retrospective_scores=_means([one for one in scored if one.retrospective], lambda _: "retrospective"),
        calibration=_calibration(last),
        scored=scored,
        overdue_forecasts=tuple(_open(one) for one in overdue),
    )


def _latest(log: Log) -> frozenset[str]:
    """Ids of the last forecast made beforehand of each milestone, rule and deadline."""
    found = {(*one.row.question, one.row.month): one.row.id for one in log.of("forecast") if not one.row.retrospective}
    return frozenset(found.values())


def _scored(log: Log, outcomes: Outcomes, latest: frozenset[str]) -> Iterator[ScoredForecast]:
    for one in log.of("forecast"):
        row, happened = one.row, outcomes.of(one.row.question, one.row.month)
        if happened is None:
            continue
        as_of = str(row.as_of)
        yield ScoredForecast(
            id=row.id,
            dossier=row.dossier,
            milestone=row.milestone,
            deadline=row.month,
            as_of=as_of,
            made=row.made,
            lead_months=parse_deadline(row.month) - parse_moment(as_of).ordinal,
            probability=row.stated,
            happened=happened,
            brier=(row.stated - happened) ** 2,
            log_score_bits=_bits(row.stated, happened),
            last=row.id in latest,
            retrospective=row.retrospective,
        )


def _bits(chance: float, happened: bool) -> float:
    """Minus log2 of what was given to the outcome; log1p keeps the digits of small chances that did not come true."""
    if chance == (0.0 if happened else 1.0):
        return math.inf
    return abs(math.log(chance) if happened else math.log1p(-chance)) / math.log(2.0)


def _lead(one: ScoredForecast) -> str:
    return next(name for most, name in _LEADS if one.lead_months <= most)


def _means(scored: Sequence[ScoredForecast], group: Callable[[ScoredForecast], str]) -> tuple[MeanScore, ...]:
    names = dict.fromkeys(group(one) for one in scored)
    return tuple(_mean(name, [one for one in scored if group(one) == name]) for name in names)


def _mean(group: str, scored: Sequence[ScoredForecast]) -> MeanScore:
    count = len(scored)
    return MeanScore(
        group=group,
        forecasts=count,
        milestones=len({(one.dossier, one.milestone) for one in scored}),
        brier=math.fsum(one.brier for one in scored) / count,
        log_score_bits=math.fsum(one.log_score_bits for one in scored) / count,
        mean_probability=math.fsum(one.probability for one in scored) / count,
        share_happened=sum(one.happened for one in scored) / count,
    )


def _calibration(scored: Sequence[ScoredForecast]) -> tuple[CalibrationBin, ...]:
    """Bins of equal width that hold a forecast; none where forecasts are too few."""
    if len(scored) < LEAST_CALIBRATED:
        return ()
    bins = [[one for one in scored if min(int(_BINS * one.probability), _BINS - 1) == at] for at in range(_BINS)]
    return tuple(
        CalibrationBin(
            low=at / _BINS,
            high=(at + 1) / _BINS,
            forecasts=len(held),
            mean_probability=math.fsum(one.probability for one in held) / len(held),
            share_happened=sum(one.happened for one in held) / len(held),
        )
        for at, held in enumerate(bins)
        if held
    )


def _open(one: Logged) -> OpenForecast:
    row = one.row
    return OpenForecast(
        id=row.id,
        dossier=row.dossier,
        milestone=row.milestone,
        deadline=row.month,
        probability=row.stated,
        resolved_by=str(row.resolved_by),
    )


def read_log(path: str | os.PathLike[str] = DEFAULT_FILE) -> pd.DataFrame:
    """Return the records of a log as a table, one row a record, indexed by id.

    Columns are those of the file without the guards of a spreadsheet, with `line`, its line in the file, and `outcome`,
    what resolutions say of a forecast: True, False, or missing while it is open.

    Raises
    ------
    InvalidInput
        If the log cannot be read or was changed after it was written; the message names the line.
    """
    import pandas as pd

    log = open_log(path)
    outcomes = Outcomes(log)
    rows = []
    for one in log.records:
        is_forecast = one.row.record == "forecast"
        outcome = outcomes.of(one.row.question, one.row.month) if is_forecast else None
        rows.append({**one.row.model_dump(), "line": one.place.line, "outcome": outcome})
    return pd.DataFrame(rows, columns=[*COLUMNS, "line", "outcome"]).set_index("id")

"""How good the forecasts of a log were: scores of those that are resolved, and what is still open."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bayesmile.forecasts.clock import Clock, utc_now
from bayesmile.forecasts.logbook import Log, Logged, open_log
from bayesmile.forecasts.making import DEFAULT_FILE
from bayesmile.forecasts.outcomes import Outcomes
from bayesmile.grid import parse_deadline, parse_moment
from bayesmile.scoring.binary import brier, log_score

__all__ = [
    "LEAST_CALIBRATED",
    "CalibrationBin",
    "MeanScore",
    "OpenForecast",
    "ScoredForecast",
    "Scores",
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


def score_log(
    path: str | os.PathLike[str] = DEFAULT_FILE, *, published: Sequence[str] = (), clock: Clock = utc_now
) -> Scores:
    """Score the resolved forecasts of a log.

    Every number that a group shows is a plain mean over its forecasts. Forecasts of one milestone share its outcome,
    so that their number overstates how much was learned; the number of milestones stands beside it.

    Parameters
    ----------
    path : str or path
    published : sequence of str
        Hashes of records kept elsewhere: the log must still hold these records, and so all before them.
    clock : callable
        What says the time, for what is overdue.

    Raises
    ------
    InvalidInput
        If the log cannot be read, was changed after it was written or lacks a published record.

    References
    ----------
    Brier (1950), Verification of forecasts expressed in terms of probability; Good (1952), Rational decisions.
    """
    log, today = open_log(path), clock().astimezone(dt.UTC).date()
    log.check_holds(published)
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
    known = [(one.row, outcomes.of(one.row.question, one.row.month)) for one in log.of("forecast")]
    resolved = [(row, happened) for row, happened in known if happened is not None]
    said, came = [row.stated for row, _ in resolved], [float(happened) for _, happened in resolved]
    losses = zip(resolved, brier(said, came), log_score(said, came).bits, strict=True) if resolved else ()
    for (row, happened), squared, bits in losses:
        yield ScoredForecast(
            id=row.id,
            dossier=row.dossier,
            milestone=row.milestone,
            deadline=row.month,
            as_of=str(row.as_of),
            made=row.made,
            lead_months=parse_deadline(row.month) - parse_moment(str(row.as_of)).ordinal,
            probability=row.stated,
            happened=happened,
            brier=float(squared),
            log_score_bits=float(bits),
            last=row.id in latest,
            retrospective=row.retrospective,
        )


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

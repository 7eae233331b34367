"""The forecast log as plain data with a sentence on top: what was put into it, and how good its forecasts were."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bayesmile.forecasts.making import Made
from bayesmile.forecasts.resolving import Resolved
from bayesmile.forecasts.scores import LEAST_CALIBRATED, MeanScore, Scores
from bayesmile.grid import parse_moment
from bayesmile.periods import parse_period
from bayesmile.wording import count, listed, percent, words

__all__ = ["MadePart", "ResolvedPart", "ScoresPart", "told_forecasts", "told_resolution", "told_scores"]

_CHAIN = (
    "Each record carries a hash of itself and of all before it, so that a record changed later is noticed and named. A"
    " file written anew from its first record, or cut short at its end, is noticed only by who kept the last hash:"
    " publish it."
)
_STALE_DAYS = 92  # a quarter: companies that report at all have reported in it
Cells = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePart:
    """Forecasts put into a log.

    Attributes
    ----------
    lead : str
    file, head : str
        The log, and the hash of its last record.
    written : bool
    records : tuple of mapping
        Fields of the new records; absent ones are left out.
    notes : tuple of str
    """

    lead: str
    file: str
    head: str
    written: bool
    records: tuple[Cells, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedPart:
    """A resolution put into a log.

    Attributes
    ----------
    lead : str
    file, head : str
    written : bool
    record : mapping
        Fields of the resolution.
    changed : tuple of mapping
        Forecasts whose outcome it changes: id, milestone, deadline, probability and outcome; null where open again.
    """

    lead: str
    file: str
    head: str
    written: bool
    record: Cells
    changed: tuple[Cells, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresPart:
    """Scores of a log.

    Attributes
    ----------
    lead : str
    scores : Scores
    notes : tuple of str
    """

    lead: str
    scores: Scores
    notes: tuple[str, ...]


def told_forecasts(made: Made) -> MadePart:
    """Say what was put into the log.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.forecasts.making import log_forecasts
    >>> told_forecasts(log_forecasts(load("phase2_drug"), "2025-12-31", by=["2035"], dry_run=True)).lead
    'Would log 2 forecasts in forecasts.csv.'
    """
    verb = "Logged" if made.written else "Would log"
    late = sum(one.row.retrospective is not None for one in made.records)
    notes = [f"Left out, since the evidence settles it already: {listed(made.known)}."] if made.known else []
    if made.newest is not None:
        notes.append(f"The newest item of the ledger that these forecasts use is of {made.newest}.{_stale(made)}")
    if late:
        notes.append(f"Retrospective: {late} of {len(made.records)}; they are scored apart.")
    drawn = any(one.row.mean is not None for one in made.records)
    notes.append(f"What is scored is the {'mean over the draws' if drawn else 'probability'}.")
    return MadePart(
        lead=f"{verb} {count(len(made.records), 'forecast')} in {made.file}.",
        file=made.file,
        head=made.head,
        written=made.written,
        records=tuple(one.row.model_dump(exclude_none=True) for one in made.records),
        notes=(*notes, _CHAIN),
    )


def _stale(made: Made) -> str:
    """Say that the ledger may lack news, since what nobody looked for counts as not reported."""
    as_of = parse_moment(str(made.records[0].row.as_of)).day
    days = (as_of - parse_period(str(made.newest)).last).days
    if days <= _STALE_DAYS:
        return ""
    return (
        f" That is {days} days before the as-of date. An observed milestone counts as not reported until then: if"
        " nobody looked, enter the news first."
    )


def told_resolution(found: Resolved) -> ResolvedPart:
    """Say what a resolution decides."""
    row, verb = found.record.row, "Recorded" if found.written else "Would record"
    said = {"yes": f"reached on {row.on}", "no": f"not reached by {row.deadline}", "unknown": "not known"}
    decided = sum(is_so is not None for _, is_so in found.changed)
    reopened = len(found.changed) - decided
    effects = [f"it resolves {count(decided, 'forecast')}", f"leaves {found.still_open} open"]
    effects += [f"opens {count(reopened, 'forecast')} again"] if reopened else []
    return ResolvedPart(
        lead=f"{verb} in {found.file}: {words(row.milestone)} {said[str(row.happened)]}; {listed(effects)}.",
        file=found.file,
        head=found.head,
        written=found.written,
        record=row.model_dump(exclude_none=True),
        changed=tuple(
            {
                "id": one.row.id,
                "milestone": one.row.milestone,
                "deadline": one.row.month,
                "probability": one.row.stated,
                "outcome": is_so,
            }
            for one, is_so in found.changed
        ),
    )


def told_scores(scores: Scores) -> ScoresPart:
    """Say how good the resolved forecasts of a log were."""
    return ScoresPart(lead=_lead(scores), scores=scores, notes=(*_notes(scores), _CHAIN))


def _lead(scores: Scores) -> str:
    waiting = f"{scores.open} open, of which {scores.overdue} overdue"
    if not scores.all:
        apart = f"; retrospective, scored apart: {scores.retrospective}" if scores.retrospective else ""
        return f"No forecast made beforehand is resolved yet: {waiting}{apart}."
    mean = scores.all[0]
    return (
        f"{count(mean.forecasts, 'forecast')} of {count(mean.milestones, 'milestone')} resolved: Brier score"
        f" {mean.brier:.3f}, log score {_bits(mean)}; on average {percent(mean.mean_probability)} was said and"
        f" {percent(mean.share_happened)} happened; {waiting}."
    )


def _bits(mean: MeanScore) -> str:
    return f"{mean.log_score_bits:.3f} bits" if math.isfinite(mean.log_score_bits) else "infinite"


def _notes(scores: Scores) -> list[str]:
    notes = ["Smaller is better. Always saying 50% scores 0.25 (Brier) and 1 bit (log); certain and right scores 0."]
    notes += [
        f"{one.id} said {one.probability:g} of {words(one.milestone)} by {one.deadline}, and the opposite happened: its"
        " log score is infinite, and so is every mean that holds it."
        for one in scores.scored
        if math.isinf(one.log_score_bits)
    ]
    if scores.all:
        notes.append(
            "All: every forecast made beforehand counts once, early ones too. Last: of each milestone and deadline only"
            " the last one; it is the easier task, and one that is repeated often weighs no more than others."
        )
    held = sum(mean.forecasts for mean in scores.last)
    if scores.all and held < LEAST_CALIBRATED:
        notes.append(
            f"Last forecasts resolved: {held}. Below {LEAST_CALIBRATED} a mean score is mostly chance, and no"
            " calibration table is given; forecasts of one milestone share its outcome and count for less still."
        )
    if scores.retrospective:
        notes.append(
            "Retrospective forecasts were made when the outcome could be known; their scores show nothing about"
            " foresight."
        )
    return notes

"""Scores of a backtest: of each forecaster, by group of questions, and of each against the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.checks import whole
from bayesmile.errors import InvalidInput
from bayesmile.scoring.binary import brier, checked_floor, log_score
from bayesmile.scoring.months import by_month, month_log_score, ranked_probability_score
from bayesmile.scoring.outcomes import MonthOutcomes
from bayesmile.scoring.skill import PairedSkill, paired_skill
from bayesmile.scoring.summaries import BinarySummary, MonthSummary, score_binary, score_months

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ALL",
    "AtMark",
    "GroupScores",
    "Scoring",
    "Skill",
    "by_age",
    "by_entry",
    "group_scores",
    "question_scores",
    "skills",
]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

ALL = "all"
"""Group of all questions."""

_AGES = (0, 6, 12, 24, 48)
_MOST = 12_000


def by_entry(frame: pd.DataFrame) -> list[str]:
    """Group questions: asked at entry, or later.

    Examples
    --------
    >>> import pandas as pd
    >>> by_entry(pd.DataFrame({"first": [True, False]}))
    ['at entry', 'later']
    """
    return ["at entry" if first else "later" for first in frame["first"]]


def by_age(frame: pd.DataFrame) -> list[str]:
    """Group questions by periods since entry.

    Examples
    --------
    >>> import pandas as pd
    >>> by_age(pd.DataFrame({"age": [0, 5, 6, 60]}))
    ['age 0 to 5', 'age 0 to 5', 'age 6 to 11', 'age 48 or more']
    """
    names = [f"age {low} to {high - 1}" for low, high in pairwise(_AGES)] + [f"age {_AGES[-1]} or more"]
    return [names[place] for place in np.searchsorted(_AGES, frame["age"].to_numpy(), side="right") - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """What is asked, and how answers are scored.

    Attributes
    ----------
    periods : int
        Periods after the as-of date that forecasts cover; later is *beyond*.
    marks : tuple of int
        Cells at whose end it is also asked whether it has happened: 11 is "within twelve periods".
    group : callable
        From snapshots to the group of each row: `by_entry` or `by_age`.
    floor : float
        Of log scores; 0, the default, changes nothing: what was excluded and happened scores inf.
    level : float
        Of all intervals.
    draws, seed : int
        Bootstrap draws of whole clusters, and their seed.
    """

    periods: int = 120
    marks: tuple[int, ...] = (11, 23)
    group: Callable[[pd.DataFrame], Sequence[str]] = by_entry
    floor: float = 0.0
    level: float = 0.9
    draws: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the numbers that are used only late."""
        whole("periods", self.periods, least=1, most=_MOST)
        for mark in self.marks:
            whole("marks", mark, least=0, most=self.periods - 1)
        if len(set(self.marks)) < len(self.marks):
            raise InvalidInput(f"marks: received {self.marks}; allowed is each once")
        checked_floor(self.floor)
        whole("draws", self.draws, least=100, most=100_000)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AtMark:
    """Whether it happened by the end of one cell.

    Attributes
    ----------
    mark : int
    binary : BinarySummary or None
        None where it cannot be scored: `reason` says why.
    reason : str
    unfollowed, straddling : int
        Questions left out: not followed so far, or known only to an interval around it.
    """

    mark: int
    binary: BinarySummary | None
    reason: str
    unfollowed: int
    straddling: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GroupScores:
    """Scores of one forecaster in one group of questions.

    Attributes
    ----------
    forecaster, group : str
    questions, entities, clusters : int
        How many there are.
    months : MonthSummary or None
        Of the period in which it happens; None where it cannot be scored: `reason` says why.
    reason : str
    marks : tuple of AtMark
    """

    forecaster: str
    group: str
    questions: int
    entities: int
    clusters: int
    months: MonthSummary | None
    reason: str
    marks: tuple[AtMark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One forecaster against another on the same questions.

    Attributes
    ----------
    group, forecaster, reference : str
    measure : str
        Such as "Brier score by 12", "log score", "ranked score".
    paired : PairedSkill or None
        None where it is not defined: `reason` says why.
    reason : str
    """

    group: str
    forecaster: str
    reference: str
    measure: str
    paired: PairedSkill | None
    reason: str


def group_scores(
    forecaster: str, pmf: Array, known: MonthOutcomes, frame: pd.DataFrame, groups: dict[str, Mask], scoring: Scoring
) -> list[GroupScores]:
    """Score the forecasts of one forecaster, group by group.

    Parameters
    ----------
    forecaster : str
    pmf : array, shape (question, periods + 1)
    known : MonthOutcomes
    frame : DataFrame
        Snapshots: gives entities and clusters.
    groups : dict of str to array of bool
        Questions of each group.
    scoring : Scoring
    """
    found = []
    for group, inside in groups.items():
        part, rows = _only(known, inside), frame[inside]
        table, cluster = pmf[inside], rows["cluster"].to_numpy()
        months, reason = None, ""
        try:
            months = score_months(
                table,
                part,
                cluster=cluster,
                floor=scoring.floor,
                level=scoring.level,
                draws=scoring.draws,
                seed=scoring.seed,
            )
        except InvalidInput as error:
            reason = str(error)
        found.append(
            GroupScores(
                forecaster=forecaster,
                group=group,
                questions=len(rows),
                entities=rows["entity"].nunique(),
                clusters=rows["cluster"].nunique(),
                months=months,
                reason=reason,
                marks=tuple(_at_mark(table, part, cluster, mark, scoring) for mark in scoring.marks),
            )
        )
    return found


def question_scores(pmf: Array, known: MonthOutcomes, scoring: Scoring) -> dict[str, Array]:
    """Score of each question by each measure; NaN where it is not asked.

    Parameters
    ----------
    pmf : array, shape (question, periods + 1)
    known : MonthOutcomes
    scoring : Scoring

    Returns
    -------
    dict of str to array, shape (question,)
        Losses; log scores in nats, the ranked score in periods (the middle of its bounds for an event known to an
        interval).
    """
    ranked = ranked_probability_score(pmf, known)
    found = {
        "log score": month_log_score(pmf, known, floor=scoring.floor).nats,
        "ranked score": (ranked.low + ranked.high) / 2.0,
    }
    for mark in scoring.marks:
        asked = by_month(pmf, known, mark)
        if asked.kept.any():
            logs = log_score(asked.probability, asked.outcome, floor=scoring.floor).nats
            for name, scores in (("Brier score", brier(asked.probability, asked.outcome)), ("log score", logs)):
                found[f"{name} by {mark + 1}"] = _spread(scores, asked.kept)
    return found


def skills(
    scores: dict[str, dict[str, Array]], frame: pd.DataFrame, groups: dict[str, Mask], scoring: Scoring
) -> list[Skill]:
    """Compare each forecaster with each other one, by group and measure.

    Parameters
    ----------
    scores : dict of forecaster to dict of measure to array, shape (question,)
        From :func:`question_scores`.
    frame : DataFrame
        Snapshots: gives clusters.
    groups : dict of str to array of bool
    scoring : Scoring
    """
    found = []
    codes = {label: number for number, label in enumerate(frame["cluster"].unique())}
    cluster = frame["cluster"].map(codes).to_numpy()
    for group, inside in groups.items():
        for name, ours in scores.items():
            for other, theirs in scores.items():
                for measure in ours if name != other else ():
                    kept = inside & ~np.isnan(ours[measure])
                    paired, reason = _paired(ours[measure][kept], theirs[measure][kept], cluster[kept], scoring)
                    found.append(
                        Skill(
                            group=group, forecaster=name, reference=other, measure=measure, paired=paired, reason=reason
                        )
                    )
    return found


def _paired(ours: Array, theirs: Array, cluster: NDArray[np.int64], scoring: Scoring) -> tuple[PairedSkill | None, str]:
    try:
        found = paired_skill(
            ours, theirs, cluster=cluster, level=scoring.level, draws=scoring.draws, seed=scoring.seed
        )
    except InvalidInput as error:
        return None, str(error)
    return found, ""


def _at_mark(
    table: Array, known: MonthOutcomes, cluster: NDArray[np.object_], mark: int, scoring: Scoring
) -> AtMark:
    asked, binary, reason = by_month(table, known, mark), None, ""
    if asked.kept.any():
        try:
            binary = score_binary(
                asked.probability,
                asked.outcome,
                cluster=cluster[asked.kept],
                floor=scoring.floor,
                level=scoring.level,
                draws=scoring.draws,
                seed=scoring.seed,
            )
        except InvalidInput as error:
            reason = str(error)
    else:
        reason = "no question was followed so far"
    return AtMark(mark=mark, binary=binary, reason=reason, unfollowed=asked.unfollowed, straddling=asked.straddling)


def _only(known: MonthOutcomes, inside: Mask) -> MonthOutcomes:
    return MonthOutcomes(known.first[inside], known.last[inside], known.through[inside], months=known.months)


def _spread(scores: Array, kept: Mask) -> Array:
    every = np.full(kept.size, np.nan)
    every[kept] = scores
    return every

"""Run a backtest: fit without the future, forecast what was pending, score what came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.backtest.designs import Design, HeldOut, Part
from bayesmile.backtest.forecaster import Forecaster
from bayesmile.backtest.guards import check_fitted, frozen_snapshots
from bayesmile.backtest.results import Backtest
from bayesmile.backtest.scores import ALL, GroupScores, Scoring, group_scores, question_scores, skills
from bayesmile.errors import InvalidInput
from bayesmile.periods import month_label
from bayesmile.reference.asof import every_period, outcomes
from bayesmile.reference.table import ReferenceClass
from bayesmile.scoring.months import checked_pmf

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["period_label", "run_backtest"]

Array = NDArray[np.float64]


def run_backtest(
    klass: ReferenceClass,
    forecasters: Sequence[Forecaster],
    *,
    design: Design | None = None,
    origins: pd.DataFrame | None = None,
    scoring: Scoring | None = None,
    tell: Callable[[str], None] | None = None,
) -> Backtest:
    """Score forecasters on what came of a class, each forecast made without the future.

    Every forecast is made from what was known at the end of its as-of period, by a forecaster fitted to a class that
    holds only what the design allows; anything else raises. A forecaster that brings the future along in its own code
    and says otherwise cannot be caught.

    Parameters
    ----------
    klass : ReferenceClass
        With all that is known by now.
    forecasters : sequence of Forecaster
        With different names.
    design : HeldOut or Rolling, optional
        ``HeldOut()`` otherwise, which is retrospective.
    origins : DataFrame, optional
        `entity` and `as_of` of each question; every period that an entity was pending and followed further otherwise.
        A choice that depends on what came later would make scores improper: `every_period(klass, every=12)` does not.
    scoring : Scoring, optional
    tell : callable, optional
        Told in words what is being done.

    Returns
    -------
    Backtest

    Raises
    ------
    LeakedFuture
        If a forecast could have seen what came later.
    InvalidInput
        If names repeat, nothing is asked, or a forecast is no distribution.

    References
    ----------
    Tashman (2000), Int. J. Forecast. 16, 437-450 (rolling origins).

    Examples
    --------
    >>> from bayesmile.backtest.frequencies import constant, lead_bins
    >>> from bayesmile.reference.simulated import simulated_class
    >>> found = run_backtest(simulated_class(entities=150), [constant(), lead_bins()], scoring=Scoring(draws=100))
    >>> found.retrospective, found.groups
    (True, ('all', 'at entry', 'later'))
    """
    scored, planned, say = scoring or Scoring(), design or HeldOut(), tell or _silent
    _check_names(forecasters)
    say("what was known at each as-of date")
    frame = frozen_snapshots(klass, every_period(klass) if origins is None else origins)
    parts = list(planned.parts(klass, frame))
    asked = np.sort(np.concatenate([part.rows for part in parts])) if parts else np.empty(0, dtype=np.int64)
    if not asked.size:
        raise InvalidInput("cuts: received none that is followed by an as-of date; nothing is asked")
    questions = frame.iloc[asked].reset_index(drop=True)
    known = outcomes(klass, questions, periods=scored.periods)
    groups = _groups(questions, scored)
    rows: list[GroupScores] = []
    losses: dict[str, dict[str, Array]] = {}
    for forecaster in forecasters:
        say(forecaster.name)
        table = _forecasts(forecaster, parts, frame, scored.periods)[asked]
        rows += group_scores(forecaster.name, table, known, questions, groups, scored)
        losses[forecaster.name] = question_scores(table, known, scored)
    say("skill")
    return Backtest(
        name=klass.name,
        title=klass.title,
        period=klass.period,
        design=planned.title,
        retrospective=planned.retrospective,
        parts=tuple(_told(part, klass) for part in parts),
        scoring=scored,
        questions=len(questions),
        entities=questions["entity"].nunique(),
        clusters=questions["cluster"].nunique(),
        not_asked=len(frame) - len(questions),
        never_asked=len(klass) - questions["entity"].nunique(),
        set_aside=klass.set_aside,
        scores=tuple(rows),
        skills=tuple(skills(losses, questions, groups, scored)),
        snapshots=questions,
        losses=losses,
    )


def period_label(klass: ReferenceClass, period: int) -> str:
    """Return a period of a class as people write it: a month, or the first day of a week.

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> period_label(simulated_class(entities=10), 12 * 2024)
    '2024-01'
    """
    if klass.period == "month":
        return month_label(period)
    return (dt.date(1970, 1, 1) + dt.timedelta(weeks=period)).isoformat()


def _forecasts(forecaster: Forecaster, parts: Sequence[Part], frame: pd.DataFrame, periods: int) -> Array:
    """Forecasts of all questions, each from the fit of its part: (row of `frame`, periods + 1)."""
    table = np.full((len(frame), periods + 1), np.nan)
    for part in parts:
        questions = frame.iloc[part.rows].reset_index(drop=True)
        fitted = forecaster.fit(part.taught)
        check_fitted(fitted, questions, taught=part.taught, known=part.known)
        made = np.asarray(fitted.predict(questions.copy(), periods))
        if made.shape != (len(questions), periods + 1):
            wanted = (len(questions), periods + 1)
            raise InvalidInput(f"{forecaster.name}: received forecasts of shape {made.shape}; allowed is {wanted}")
        try:
            table[part.rows] = checked_pmf(made)
        except InvalidInput as error:
            raise InvalidInput(f"{forecaster.name}: {error}") from None
    return table


def _groups(questions: pd.DataFrame, scored: Scoring) -> dict[str, NDArray[np.bool_]]:
    labels = np.array([str(label) for label in scored.group(questions)], dtype=object)
    if labels.shape != (len(questions),):
        raise InvalidInput(f"group: received {labels.size} labels; allowed is one for each question, {len(questions)}")
    return {ALL: np.ones(len(questions), dtype=bool)} | {name: labels == name for name in sorted(set(labels))}


def _told(part: Part, klass: ReferenceClass) -> str:
    known = "" if part.known is None else f" as known at the end of {period_label(klass, part.known)}"
    return f"{len(part.taught)} entities{known} taught, {part.rows.size} forecasts asked"


def _check_names(forecasters: Sequence[Forecaster]) -> None:
    names = [forecaster.name for forecaster in forecasters]
    if not names:
        raise InvalidInput("forecasters: received none; allowed is one or more")
    if twice := [name for name in names if names.count(name) > 1]:
        raise InvalidInput(f"forecasters: received the name {twice[0]!r} twice; allowed are different names")


def _silent(_: str) -> None:
    """Say nothing."""

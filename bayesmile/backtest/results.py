"""What a backtest found, as tables and as plain data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bayesmile.backtest.scores import AtMark, GroupScores, Scoring, Skill

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Backtest"]

_KEYS = ("forecaster", "group", "measure", "unit", "value", "low", "high", "forecasts", "clusters")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Backtest:
    """Scores of forecasts frozen at as-of dates.

    Attributes
    ----------
    name, title : str
        Of the class.
    period : "month" or "week"
    design : str
        What taught and what was asked, in words.
    retrospective : bool
        Whether forecasters learned from outcomes known only after the as-of dates.
    parts : tuple of str
        What each fit learned from and was asked, in words.
    scoring : Scoring
    questions, entities, clusters : int
        Forecasts of each forecaster, and what they are about.
    not_asked : int
        Origins before the first cut of a rolling design.
    never_asked : int
        Entities of the class about which nothing was asked.
    set_aside : tuple of str
        Rows of the table that were set aside, each with its reason.
    scores : tuple of GroupScores
    skills : tuple of Skill
    snapshots : DataFrame
        What was asked, as known then.
    losses : dict of forecaster to dict of measure to array, shape (question,)
        Score of each question; NaN where it is not asked.
    """

    name: str
    title: str
    period: str
    design: str
    retrospective: bool
    parts: tuple[str, ...]
    scoring: Scoring
    questions: int
    entities: int
    clusters: int
    not_asked: int
    never_asked: int
    set_aside: tuple[str, ...]
    scores: tuple[GroupScores, ...]
    skills: tuple[Skill, ...]
    snapshots: pd.DataFrame
    losses: dict[str, dict[str, NDArray[np.float64]]]

    @property
    def forecasters(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(self.losses)

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups of questions, all of them first."""
        return tuple(dict.fromkeys(one.group for one in self.scores))

    def of(self, forecaster: str, group: str) -> GroupScores:
        """Return the scores of one forecaster in one group.

        Raises
        ------
        KeyError
            If there is no such forecaster or group.
        """
        for one in self.scores:
            if (one.forecaster, one.group) == (forecaster, group):
                return one
        raise KeyError((forecaster, group))

    def frame(self) -> pd.DataFrame:
        """One row per forecaster, group and measure, with its unit and, where it has one, its interval."""
        import pandas as pd

        return pd.DataFrame([row for one in self.scores for row in self._rows(one)], columns=list(_KEYS))

    def skill_frame(self) -> pd.DataFrame:
        """One row per group, forecaster, reference and measure; below 0 the difference favours the forecaster."""
        import pandas as pd

        columns = ("difference", "low", "high", "skill", "skill_low", "skill_high", "better", "forecasts", "clusters")
        rows = [
            (
                *(one.group, one.forecaster, one.reference, one.measure),
                *(np.nan if one.paired is None else getattr(one.paired, name) for name in columns),
                one.reason,
            )
            for one in self.skills
        ]
        return pd.DataFrame(
            rows, columns=["group", "forecaster", "reference", "measure", *columns, "reason"]
        )

    def to_dict(self) -> dict[str, object]:
        """Everything but single questions, as JSON has it; infinite numbers become "inf", undefined ones null."""
        plain = ("name", "title", "period", "design", "retrospective", "parts", "questions", "entities", "clusters")
        counts = ("not_asked", "never_asked", "set_aside")
        settings = {name: getattr(self.scoring, name) for name in ("periods", "floor", "level", "draws", "seed")}
        told: dict[str, object] = {name: getattr(self, name) for name in (*plain, *counts)}
        told |= {"scoring": settings | {"marks": self.scoring.marks}}
        told["scores"] = self.frame().to_dict(orient="records")
        told["skills"] = self.skill_frame().to_dict(orient="records")
        told["pit"] = [
            {"forecaster": one.forecaster, "group": one.group, **_columns(one.months.pit.frame())}
            for one in self.scores
            if one.months is not None
        ]
        told["unscored"] = list(self._unscored())
        found = _jsonable(told)
        assert isinstance(found, dict)
        return found

    def _rows(self, one: GroupScores) -> Iterator[tuple[Any, ...]]:
        periods, keys = f"{self.period}s", (one.forecaster, one.group)
        if (found := one.months) is not None:
            for measure, unit, part in (("log score", "nats", found.log), ("ranked score", periods, found.ranked)):
                yield *keys, measure, unit, part.value, part.low, part.high, part.forecasts, part.clusters
            for measure, unit, value in self._month_numbers(one):
                yield *keys, measure, unit, value, np.nan, np.nan, one.questions, one.clusters
        for mark in one.marks:
            for row in _mark_rows(mark):
                yield *keys, *row

    def _month_numbers(self, one: GroupScores) -> Iterator[tuple[str, str, float]]:
        """Numbers of a group without an interval."""
        found, periods = one.months, f"{self.period}s"
        assert found is not None
        yield "expected log score", "nats", found.expected_log
        yield "infinite log scores", "forecasts", float(found.infinite)
        yield "floored", "forecasts", float(found.floored)
        yield "ranked score at most", periods, found.ranked_most.value
        for part in found.coverage:
            name = f"inside {part.level:.0%}"
            yield f"{name}, by PIT", "share", part.pit
            yield f"{name}, surely", "share", part.low
            yield f"{name}, possibly", "share", part.high
            yield f"{name}, width", periods, part.width
            yield f"{name}, open", "share", part.open
        for name, number in found.counts.items():
            yield f"events {name.replace('_', ' ')}", "forecasts", float(number)

    def _unscored(self) -> Iterator[dict[str, str]]:
        """Tell what could not be scored, and why."""
        for one in self.scores:
            if one.months is None:
                yield {"forecaster": one.forecaster, "group": one.group, "measure": "all", "reason": one.reason}
            for mark in one.marks:
                reason = mark.reason or (mark.binary.no_line if mark.binary is not None else "")
                if reason:
                    measure = f"by {mark.mark + 1}" if mark.reason else f"calibration line by {mark.mark + 1}"
                    yield {"forecaster": one.forecaster, "group": one.group, "measure": measure, "reason": reason}


def _mark_rows(at: AtMark) -> Iterator[tuple[Any, ...]]:
    """Measure, unit, value, low, high, forecasts, clusters."""
    by, found = f"by {at.mark + 1}", at.binary
    if found is not None:
        size = (found.brier.forecasts, found.brier.clusters)
        for measure, unit, part in (("Brier score", "", found.brier), ("log score", "nats", found.log)):
            yield f"{measure} {by}", unit, part.value, part.low, part.high, *size
        if (line := found.line) is not None:
            yield f"calibration slope {by}", "", line.slope, line.slope_low, line.slope_high, *size
            yield f"calibration in the large {by}", "log-odds", line.offset, np.nan, np.nan, *size
            yield f"certain, left out of the slope {by}", "forecasts", float(line.certain), np.nan, np.nan, *size
        yield f"expected Brier score {by}", "", found.expected_brier, np.nan, np.nan, *size
        yield f"infinite log scores {by}", "forecasts", float(found.infinite), np.nan, np.nan, *size
    for name, number in (("not followed", at.unfollowed), ("known only to an interval", at.straddling)):
        yield f"{name} {by}", "forecasts", float(number), np.nan, np.nan, 0, 0


def _columns(frame: pd.DataFrame) -> dict[str, list[float]]:
    return {str(name): [float(value) for value in frame[name]] for name in frame.columns}


def _jsonable(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _jsonable(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(entry) for entry in value]
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return number if math.isfinite(number) else None if math.isnan(number) else "inf" if number > 0 else "-inf"
    raise TypeError(f"not plain data: {type(value)}")

"""A backtest as tables: what was asked, scores, calibration, and who is better by how much."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise

from rich.console import RenderableType

from bayesmile.backtest.results import Backtest
from bayesmile.backtest.scores import AtMark, GroupScores, Skill
from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.scoring.resampling import Estimate
from bayesmile.scoring.summaries import MonthSummary
from bayesmile.wording import count, percent

__all__ = ["backtest_page"]

_FEW = 30  # clusters: fewer make intervals too narrow


def backtest_page(found: Backtest, *, reference: str | None = None) -> list[RenderableType]:
    """Show a backtest.

    Parameters
    ----------
    found : Backtest
    reference : str, optional
        Forecaster that the table of skill compares with; the last one otherwise.

    Examples
    --------
    >>> from bayesmile.backtest.frequencies import constant, lead_bins
    >>> from bayesmile.backtest.running import run_backtest
    >>> from bayesmile.backtest.scores import Scoring
    >>> from bayesmile.pages.layout import as_text
    >>> from bayesmile.reference.simulated import simulated_class
    >>> klass = simulated_class(entities=60)
    >>> text = as_text(backtest_page(run_backtest(klass, [constant(), lead_bins()], scoring=Scoring(draws=100))))
    >>> "retrospective" in text
    True
    """
    other = found.forecasters[-1] if reference is None else reference
    blocks: list[RenderableType] = [paragraph(_lead(found), "bold"), paragraph(_design(found)), paragraph("")]
    blocks.append(bullets(_counts(found)))
    for group in found.groups:
        blocks += [_scores(found, group), _calibration(found, group)]
        if len(found.forecasters) > 1:
            blocks.append(_skill(found, group, other))
    return [*blocks, paragraph(""), bullets(_notes(found))]


def _lead(found: Backtest) -> str:
    asked = f"{count(found.questions, 'forecast')} of {found.entities} entities in {count(found.clusters, 'cluster')}"
    return f"{found.title or found.name}: {asked}; {found.design}."


def _design(found: Backtest) -> str:
    """Say what the scores may be compared with."""
    if found.retrospective:
        return (
            "Retrospective: what was learned was known only after many of the as-of dates. Compare these scores with"
            " each other, and with scores of the same questions; nobody could have had them at the time."
        )
    return (
        "Every forecast used only what was known at its as-of date, and what was learned from what was known at the cut"
        " before it: such forecasts could have been made at the time. Compare them with each other, not with those of"
        " entities held out, which are about other questions."
    )


def _counts(found: Backtest) -> Iterator[str]:
    yield from (f"{part}." for part in found.parts)
    if found.not_asked:
        yield f"Not asked: {count(found.not_asked, 'forecast')} as of dates before the first cut."
    if found.never_asked:
        yield f"Entities about which nothing was asked: {found.never_asked}."
    if found.set_aside:
        yield f"Rows of the table set aside: {len(found.set_aside)}; first: {found.set_aside[0]}"


def _scores(found: Backtest, group: str) -> RenderableType:
    """Mean scores with their intervals, one score after the other; smaller is better."""
    parts = _of_group(found, group)
    rows = [row for mark in range(len(found.scoring.marks)) for one in parts for row in _at_mark(one, mark)]
    for name, unit in (("log", "nats"), ("ranked", f"{found.period}s")):
        measure = f"log score of {found.period}, {unit}" if name == "log" else f"ranked score, {unit}"
        rows += [
            (measure, one.forecaster, *_told(getattr(one.months, name))) for one in parts if one.months is not None
        ]
    title = (
        f"Scores, {group}: {count(parts[0].questions, 'forecast')} in {count(parts[0].clusters, 'cluster')}, with"
        f" {percent(found.scoring.level)} intervals; smaller is better."
    )
    return table(("<Score", "Forecaster", ">Mean", "<Interval", ">Forecasts"), _once(rows), title=title)


def _at_mark(one: GroupScores, place: int) -> Iterator[tuple[str, ...]]:
    at = one.marks[place]
    if at.binary is not None:
        yield (f"Brier score by {at.mark + 1}", one.forecaster, *_told(at.binary.brier))
        yield (f"log score by {at.mark + 1}, nats", one.forecaster, *_told(at.binary.log))


def _once(rows: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Rows ordered by their first cell, which is shown only where it changes."""
    rows = list(rows)
    names = dict.fromkeys(row[0] for row in rows)
    ordered = [row for name in names for row in rows if row[0] == name]
    same = [False, *(one[0] == two[0] for one, two in pairwise(ordered))]
    return [("", *row[1:]) if repeated else row for row, repeated in zip(ordered, same, strict=True)]


def _calibration(found: Backtest, group: str) -> RenderableType:
    """Slopes with their intervals, coverage and sharpness."""
    rows = []
    for one in _of_group(found, group):
        rows += [(f"slope by {at.mark + 1}", one.forecaster, *_slope(at)) for at in one.marks]
        rows += [] if one.months is None else [(*row[:1], one.forecaster, *row[1:]) for row in _inside(one.months)]
    title = (
        f"Calibration, {group}: a slope of 1 and shares as large as their intervals say are calibrated. Width:"
        f" {found.period}s from first to last, of intervals that do not reach beyond."
    )
    return table(("<Measure", "Forecaster", ">Value", "<Interval or width"), _once(rows), title=title)


def _inside(months: MonthSummary) -> Iterator[tuple[str, str, str]]:
    for part in months.coverage:
        wide = "" if math.isnan(part.width) else f"width {part.width:.0f}; "
        yield f"inside {part.level:.0%}", f"{100.0 * part.pit:.1f}%", f"{wide}{percent(part.open)} reach beyond"


def _skill(found: Backtest, group: str, reference: str) -> RenderableType:
    """Differences from one forecaster; negative is better."""
    rows = [
        (
            one.measure,
            one.forecaster,
            *_compared(one),
        )
        for one in found.skills
        if (one.group, one.reference) == (group, reference)
    ]
    columns = ("<Score", "Forecaster", ">Difference", "<Interval", ">Skill", ">Wins")
    title = f"Against {reference}, {group}: below 0 is better. Wins: share of draws of whole clusters that it wins."
    return table(columns, _once(rows), title=title)


def _notes(found: Backtest) -> Iterator[str]:
    if found.clusters < _FEW:
        yield f"Intervals rest on {found.clusters} clusters: below {_FEW} they are too narrow."
    yield (
        "Forecasts of one entity in successive periods share its outcome: intervals draw whole clusters, not single"
        " forecasts."
    )
    for one in found.scores:
        if one.months is not None and one.months.infinite and one.group == found.groups[0]:
            share = percent(one.months.infinite / one.questions)
            yield f"{one.forecaster} excluded what happened in {share} of its forecasts: its log score is infinite."
    if found.scoring.floor:
        yield f"Log scores have a floor of {found.scoring.floor:g}: they forgive false certainty and are not proper."


def _of_group(found: Backtest, group: str) -> list[GroupScores]:
    return [one for one in found.scores if one.group == group]


def _told(mean: Estimate) -> tuple[str, str, str]:
    """Mean, interval and number of forecasts."""
    if math.isinf(mean.value):
        return "infinite", "", str(mean.forecasts)
    return f"{mean.value:.3f}", f"{mean.low:.3f} to {mean.high:.3f}", str(mean.forecasts)


def _slope(at: AtMark) -> tuple[str, str]:
    if at.binary is None or at.binary.line is None:
        return "none", at.reason or ("" if at.binary is None else "no line can be fitted")
    line = at.binary.line
    return f"{line.slope:.2f}", f"{line.slope_low:.2f} to {line.slope_high:.2f}"


def _compared(one: Skill) -> tuple[str, str, str, str]:
    """Difference, interval, skill, share of draws."""
    found = one.paired
    if found is None:
        return "undefined", "", "", ""
    if math.isinf(found.difference):
        return ("infinite" if found.difference > 0.0 else "-infinite"), "", "", percent(found.better)
    told = f"{found.low:+.4f} to {found.high:+.4f}"
    return f"{found.difference:+.4f}", told, _share(found.skill), percent(found.better)


def _share(skill: float) -> str:
    return f"{100.0 * skill:+.1f}%" if math.isfinite(skill) else "undefined"

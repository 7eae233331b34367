"""The forecast log as tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import RenderableType

from bayesmile.forecasts.scores import MeanScore, ScoredForecast, Scores
from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.sections.forecastlog import Cells, MadePart, ResolvedPart, ScoresPart
from bayesmile.wording import interval, percent, words

__all__ = ["made_page", "resolved_page", "scores_page"]

_OUTCOMES = {True: "yes", False: "no", None: "open again"}


def made_page(part: MadePart) -> list[RenderableType]:
    """List the new forecasts, each with its rule."""
    rows = [
        (
            str(one["id"]),
            words(str(one["milestone"])),
            str(one["deadline"]),
            str(one["as_of"]),
            _chance(one),
            str(one.get("retrospective", "no")),
        )
        for one in part.records
    ]
    columns = ("<Id", "Milestone", "<Deadline", "<As of", ">Probability", "Retrospective")
    rules = [f"{words(str(one['milestone']))}: {one['rule']} Decided by: {one['resolved_by']}" for one in part.records]
    blocks: list[RenderableType] = [paragraph(part.lead, "bold"), table(columns, rows)]
    blocks += [paragraph("What counts as reached:"), bullets(dict.fromkeys(rules)), paragraph("")]
    return [*blocks, bullets(part.notes), *_head(part.head)]


def _head(head: str) -> list[RenderableType]:
    return [paragraph(""), paragraph("Hash of the last record:"), paragraph(head)]


def _chance(one: Cells) -> str:
    """Probability, or the mean over the draws with its interval."""
    if "mean" not in one:
        return percent(float(str(one["probability"])))
    low, high = (float(str(one[name])) for name in ("low", "high"))
    return f"{percent(float(str(one['mean'])))} ({interval(low, high)})"


def resolved_page(part: ResolvedPart) -> list[RenderableType]:
    """List the forecasts that a resolution decides."""
    rows = [
        (
            str(one["id"]),
            words(str(one["milestone"])),
            str(one["deadline"]),
            percent(float(str(one["probability"]))),
            _OUTCOMES[None if one["outcome"] is None else bool(one["outcome"])],
        )
        for one in part.changed
    ]
    blocks: list[RenderableType] = [paragraph(part.lead, "bold")]
    if rows:
        blocks.append(table(("<Id", "Milestone", "<Deadline", ">Said", "<Happened"), rows))
    return [*blocks, *_head(part.head)]


def scores_page(part: ScoresPart) -> list[RenderableType]:
    """Show counts, mean scores, each resolved forecast, and what is overdue."""
    scores = part.scores
    blocks: list[RenderableType] = [paragraph(part.lead, "bold"), _counts(scores)]
    groups = [*scores.all, *scores.last, *scores.by_lead, *scores.by_dossier]
    if groups:
        title = "Made beforehand: all, the last ones, by lead from as-of date to deadline, by dossier."
        blocks.append(_means(groups, title))
    if scores.retrospective_scores:
        blocks.append(_means(scores.retrospective_scores, "Retrospective, which show no foresight."))
    blocks += [_calibration(scores)] if scores.calibration else []
    blocks += [_scored(scores.scored)] if scores.scored else []
    if scores.overdue_forecasts:
        rows = [
            (one.id, one.dossier, words(one.milestone), one.deadline, percent(one.probability), one.resolved_by)
            for one in scores.overdue_forecasts
        ]
        columns = ("<Id", "Dossier", "Milestone", "<Deadline", ">Said", "Decided by")
        blocks.append(table(columns, rows, title="Overdue: the deadline has passed and no resolution is in the log."))
    return [*blocks, paragraph(""), bullets(part.notes), *_head(scores.head)]


def _counts(scores: Scores) -> RenderableType:
    rows = [
        ("Forecasts", str(scores.forecasts)),
        ("Resolved", str(scores.resolved)),
        ("Open", str(scores.open)),
        (f"Open and overdue on {scores.today}", str(scores.overdue)),
        ("Retrospective (in neither)", str(scores.retrospective)),
        ("Followed by a later one of the same deadline", str(scores.superseded_forecasts)),
        ("Resolutions superseded", str(scores.superseded_resolutions)),
    ]
    return table(("What", ">Number"), rows)


def _means(groups: Sequence[MeanScore], title: str) -> RenderableType:
    rows = [
        (
            one.group,
            str(one.forecasts),
            str(one.milestones),
            f"{one.brier:.3f}",
            _bits(one.log_score_bits),
            percent(one.mean_probability),
            percent(one.share_happened),
        )
        for one in groups
    ]
    columns = ("Group", ">Forecasts", ">Milestones", ">Brier", ">Log (bits)", ">Said", ">Happened")
    return table(columns, rows, title=title)


def _bits(score: float) -> str:
    return f"{score:.3f}" if math.isfinite(score) else "infinite"


def _calibration(scores: Scores) -> RenderableType:
    rows = [
        (interval(one.low, one.high), str(one.forecasts), percent(one.mean_probability), percent(one.share_happened))
        for one in scores.calibration
    ]
    return table(("Said between", ">Forecasts", ">Said", ">Happened"), rows, title="Calibration of the last forecasts.")


def _scored(scored: Sequence[ScoredForecast]) -> RenderableType:
    rows = [
        (
            one.id,
            words(one.milestone),
            one.deadline,
            one.as_of,
            percent(one.probability),
            _OUTCOMES[one.happened],
            f"{one.brier:.3f}",
            _bits(one.log_score_bits),
        )
        for one in scored
    ]
    columns = ("<Id", "Milestone", "<Deadline", "<As of", ">Said", "<Happened", ">Brier", ">Log (bits)")
    return table(columns, rows, title="Each resolved forecast.")

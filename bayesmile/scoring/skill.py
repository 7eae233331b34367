"""Two forecasters on the same questions: who is better, by how much, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.errors import InvalidInput
from bayesmile.scoring.inputs import cluster_codes, same_length, scores_column
from bayesmile.scoring.resampling import DRAWS, interval_of_draws, resampled_means

__all__ = ["PairedSkill", "paired_skill"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedSkill:
    """Scores of one forecaster against those of a reference, on the same questions.

    Attributes
    ----------
    score, reference : float
        Mean score of each; smaller is better.
    difference, low, high : float
        Score less reference, with its interval: below 0 the forecaster is better.
    skill, skill_low, skill_high : float
        ``1 - score / reference``: 1 is perfect, 0 as good as the reference, negative worse.
    better : float
        Share of bootstrap draws in which the forecaster is strictly better.
    level : float
        Of both intervals.
    forecasts, clusters : int
        How many were compared, and how many clusters were drawn from.
    undefined_draws : int
        Draws without a skill, because the reference was perfect in them or infinite with the forecaster; the interval
        of the skill leaves them out. Where both are infinite the difference counts as anything.
    draws, seed : int
        Bootstrap draws and the seed that repeats them.
    """

    score: float
    reference: float
    difference: float
    low: float
    high: float
    skill: float
    skill_low: float
    skill_high: float
    better: float
    level: float
    forecasts: int
    clusters: int
    undefined_draws: int
    draws: int
    seed: int


def paired_skill(
    scores: ArrayLike,
    reference: ArrayLike,
    *,
    cluster: Sequence[Any] | NDArray[Any] | None = None,
    level: float = 0.9,
    draws: int = DRAWS,
    seed: int = 0,
) -> PairedSkill:
    """Compare scores of two forecasters on the same questions.

    Parameters
    ----------
    scores, reference : array_like, shape (forecast,)
        Losses of the forecaster and of the reference, in the same order of questions.
    cluster : sequence, shape (forecast,), optional
        Label of the plant, project or season; whole clusters are drawn, with both forecasters' scores. None: forecasts
        are independent.
    level : float
        Of the intervals.
    draws, seed : int
        Bootstrap draws and their seed.

    Raises
    ------
    InvalidInput
        If lengths differ, a score is NaN, both scores of one question are infinite (their difference is undefined: a
        floor makes them finite), the reference is perfect, or there are fewer than two clusters.

    References
    ----------
    Gneiting & Raftery (2007), JASA 102, 359-378 (skill); Davison & Hinkley (1997), Bootstrap Methods and their
    Application, section 3.8 (clusters).

    Examples
    --------
    >>> result = paired_skill([0.1, 0.1, 0.2, 0.0], [0.2, 0.3, 0.2, 0.1], cluster=["a", "a", "b", "c"])
    >>> round(result.difference, 3), round(result.skill, 3), result.clusters
    (-0.1, 0.5, 3)
    """
    ours, theirs = _pair(scores, reference)
    codes = cluster_codes(cluster, ours.size)
    drawn = resampled_means(np.column_stack([ours, theirs]), codes, draws=draws, seed=seed)
    differences, skills = _differences(*drawn.T), _skills(*drawn.T)
    # Both infinite in one draw: there the difference may be anything.
    low, _ = interval_of_draws(np.where(np.isnan(differences), -np.inf, differences), level)
    _, high = interval_of_draws(np.where(np.isnan(differences), np.inf, differences), level)
    defined = skills[~np.isnan(skills)]
    skill_low, skill_high = interval_of_draws(defined, level) if defined.size else (np.nan, np.nan)
    means = np.array([ours.mean(), theirs.mean()])
    return PairedSkill(
        score=float(means[0]),
        reference=float(means[1]),
        difference=float(_differences(*means)),
        low=low,
        high=high,
        skill=float(_skills(*means)),
        skill_low=skill_low,
        skill_high=skill_high,
        better=float(np.mean(drawn[:, 0] < drawn[:, 1])),
        level=level,
        forecasts=ours.size,
        clusters=int(codes.max()) + 1,
        undefined_draws=int(np.isnan(skills).sum()),
        draws=draws,
        seed=seed,
    )


def _pair(scores: ArrayLike, reference: ArrayLike) -> tuple[Array, Array]:
    """Both columns, refused where no comparison is defined."""
    ours, theirs = scores_column("scores", scores), scores_column("reference", reference)
    same_length(scores=ours, reference=theirs)
    if (both := np.isposinf(ours) & np.isposinf(theirs)).any():
        raise InvalidInput(
            f"scores[{int(np.argmax(both))}]: received inf twice, here and in the reference ({int(both.sum())} such); "
            "their difference is undefined: allowed are scores with a floor"
        )
    if not theirs.any():
        raise InvalidInput("reference: received only scores of 0; skill against a perfect reference is undefined")
    return ours, theirs


def _differences(score: Array, reference: Array) -> Array:
    """Score less reference; NaN where both are infinite."""
    with np.errstate(invalid="ignore"):
        return score - reference


def _skills(score: Array, reference: Array) -> Array:
    """``1 - score / reference``; NaN where the reference is 0 or both are infinite."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(reference == 0.0, np.nan, 1.0 - score / reference)

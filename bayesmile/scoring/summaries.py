"""All scores of one set of forecasts at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.errors import InvalidInput
from bayesmile.scoring.binary import brier, expected_brier, log_score
from bayesmile.scoring.calibration import CalibrationCurve, isotonic_curve
from bayesmile.scoring.coverage import LEVELS, Coverage, interval_coverage
from bayesmile.scoring.decomposition import Decomposition, brier_decomposition
from bayesmile.scoring.lines import CalibrationLine, calibration_line
from bayesmile.scoring.months import expected_log_score, month_log_score, ranked_probability_score
from bayesmile.scoring.outcomes import MonthOutcomes
from bayesmile.scoring.resampling import DRAWS, Estimate, mean_score
from bayesmile.scoring.transforms import PitHistogram, pit_histogram, randomised_pit

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BinarySummary", "MonthSummary", "score_binary", "score_months"]

_COLUMNS = ("measure", "value", "low", "high")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BinarySummary:
    """Scores of forecasts that something happens.

    Attributes
    ----------
    brier, log : Estimate
        Mean scores, the second in nats.
    infinite, floored : int
        Forecasts with an infinite log score, and those that the floor changed.
    parts : Decomposition
        Of the Brier score.
    expected_brier : float
        Sharpness: what calibrated forecasts with these probabilities expect.
    line : CalibrationLine or None
        None where no line can be fitted: `no_line` says why.
    no_line : str
        Empty where there is a line.
    curve : CalibrationCurve
        Isotonic, with both bands.
    """

    brier: Estimate
    log: Estimate
    infinite: int
    floored: int
    parts: Decomposition
    expected_brier: float
    line: CalibrationLine | None
    no_line: str
    curve: CalibrationCurve

    def frame(self) -> pd.DataFrame:
        """One row per measure, with its interval where it has one."""
        rows = [_row("Brier score", self.brier), _row("log score, nats", self.log)]
        rows += [(name, getattr(self.parts, name)) for name in ("reliability", "resolution", "uncertainty")]
        rows += [("expected Brier score", self.expected_brier)]
        if (line := self.line) is not None:
            rows += [("calibration slope", line.slope, line.slope_low, line.slope_high)]
            rows += [("calibration intercept", line.intercept), ("calibration in the large", line.offset)]
            rows += [("certain, left out of the line", line.certain), ("of these wrong", line.wrong)]
        rows += [("infinite log scores", self.infinite), ("floored", self.floored)]
        return _frame([*rows, ("forecasts", self.brier.forecasts), ("clusters", self.brier.clusters)])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MonthSummary:
    """Scores of forecasts of a month.

    Attributes
    ----------
    log : Estimate
        Mean log score in nats.
    infinite, floored : int
        Forecasts with an infinite log score, and those that the floor changed.
    ranked, ranked_most : Estimate
        Mean ranked probability score in months: with the least and the greatest score of each event; equal unless
        events are known only to intervals.
    left_out : int
        Months of all forecasts that the ranked score leaves out because they were not followed.
    counts : dict of str to int
        Forecasts by what is known of their event, as :meth:`MonthOutcomes.counts`.
    coverage : tuple of Coverage
        By level.
    pit : PitHistogram
        With its intervals.
    expected_log : float
        Sharpness: mean entropy of the forecasts in nats.
    """

    log: Estimate
    infinite: int
    floored: int
    ranked: Estimate
    ranked_most: Estimate
    left_out: int
    counts: dict[str, int]
    coverage: tuple[Coverage, ...]
    pit: PitHistogram
    expected_log: float

    def frame(self) -> pd.DataFrame:
        """One row per measure, with its interval where it has one."""
        rows = [_row("log score, nats", self.log), _row("ranked probability score, months", self.ranked)]
        rows += [_row("the same at most", self.ranked_most), ("expected log score, nats", self.expected_log)]
        for part in self.coverage:
            name = f"inside {part.level:.0%}"
            rows += [(f"{name} by PIT", part.pit), (f"{name} interval", part.low, part.low, part.high)]
            rows += [(f"{name} interval, expected", part.expected), (f"{name} interval, months", part.width)]
        rows += [(f"events {name.replace('_', ' ')}", number) for name, number in self.counts.items()]
        rows += [("infinite log scores", self.infinite), ("floored", self.floored), ("months left out", self.left_out)]
        return _frame([*rows, ("forecasts", self.log.forecasts), ("clusters", self.log.clusters)])


def score_binary(
    probability: ArrayLike,
    outcome: ArrayLike,
    *,
    cluster: Sequence[Any] | NDArray[Any] | None = None,
    floor: float = 0.0,
    level: float = 0.9,
    draws: int = DRAWS,
    seed: int = 0,
) -> BinarySummary:
    """Score forecasts that something happens, in every way this package has.

    Parameters
    ----------
    probability, outcome : array_like, shape (forecast,)
        Forecasts, 0 to 1, and what happened, 0 or 1.
    cluster : sequence, shape (forecast,), optional
        Label of the plant, project or season; None: forecasts are independent.
    floor : float
        Of the log score and the calibration line; 0, the default, changes nothing.
    level : float
        Of all intervals and bands.
    draws, seed : int
        Bootstrap draws, a quarter of them (at least 100) for the curve, and their seed.

    Raises
    ------
    InvalidInput
        If an entry is not allowed, lengths differ, or there are fewer than two clusters.

    Examples
    --------
    >>> result = score_binary([0.2] * 5 + [0.8] * 5, [1, 0, 0, 0, 0, 1, 1, 1, 1, 0], draws=100)
    >>> round(result.brier.value, 3), round(result.line.slope, 3)
    (0.16, 1.0)
    """
    squares, logs = brier(probability, outcome), log_score(probability, outcome, floor=floor)
    line, reason = None, ""
    try:
        line = calibration_line(probability, outcome, cluster=cluster, floor=floor, level=level)
    except InvalidInput as error:
        reason = str(error)
    curve_draws = max(100, draws // 4)
    return BinarySummary(
        brier=mean_score(squares, cluster=cluster, level=level, draws=draws, seed=seed),
        log=mean_score(logs.nats, cluster=cluster, level=level, draws=draws, seed=seed),
        infinite=logs.infinite,
        floored=logs.floored,
        parts=brier_decomposition(probability, outcome),
        expected_brier=expected_brier(probability),
        line=line,
        no_line=reason,
        curve=isotonic_curve(probability, outcome, cluster=cluster, level=level, draws=curve_draws, seed=seed),
    )


def score_months(
    pmf: ArrayLike,
    outcomes: MonthOutcomes,
    *,
    cluster: Sequence[Any] | NDArray[Any] | None = None,
    floor: float = 0.0,
    levels: Sequence[float] = LEVELS,
    bins: int = 10,
    level: float = 0.9,
    draws: int = DRAWS,
    seed: int = 0,
) -> MonthSummary:
    """Score forecasts of a month, in every way this package has.

    Parameters
    ----------
    pmf : array_like, shape (forecast, months + 1)
        Probability of each month; the last cell is *beyond*.
    outcomes : MonthOutcomes
        What happened, over the same months.
    cluster : sequence, shape (forecast,), optional
        Label of the plant, project or season; None: forecasts are independent.
    floor : float
        Of the log score; 0, the default, changes nothing.
    levels : sequence of float
        Of the forecasts' own intervals.
    bins : int
        Of the PIT histogram.
    level : float
        Of the bootstrap intervals.
    draws, seed : int
        Bootstrap draws, and the seed of these and of the randomised PIT.

    Raises
    ------
    InvalidInput
        If a row is no distribution, sizes differ, or there are fewer than two clusters.

    Examples
    --------
    >>> from bayesmile.scoring.outcomes import month_outcomes
    >>> known = month_outcomes([0, float("nan")], through=1, months=2)
    >>> result = score_months([[0.5, 0.25, 0.25]] * 2, known, draws=100)
    >>> round(result.ranked.value, 4), result.counts["beyond"]
    (0.5625, 1)
    """
    logs, ranked = month_log_score(pmf, outcomes, floor=floor), ranked_probability_score(pmf, outcomes)

    def mean(scores: NDArray[np.float64]) -> Estimate:
        return mean_score(scores, cluster=cluster, level=level, draws=draws, seed=seed)

    pit = randomised_pit(pmf, outcomes, seed=seed)
    return MonthSummary(
        log=mean(logs.nats),
        infinite=logs.infinite,
        floored=logs.floored,
        ranked=mean(ranked.low),
        ranked_most=mean(ranked.high),
        left_out=ranked.left_out,
        counts=outcomes.counts(),
        coverage=interval_coverage(pmf, outcomes, levels=levels, seed=seed),
        pit=pit_histogram(pit, bins=bins, cluster=cluster, level=level, draws=draws, seed=seed),
        expected_log=expected_log_score(pmf),
    )


def _row(measure: str, estimate: Estimate) -> tuple[Any, ...]:
    return measure, estimate.value, estimate.low, estimate.high


def _frame(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    import pandas as pd

    blank = (np.nan,) * len(_COLUMNS)
    return pd.DataFrame([(*row, *blank[len(row) :]) for row in rows], columns=list(_COLUMNS)).set_index("measure")

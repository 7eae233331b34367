"""Scores of forecasts of a month, with an atom *beyond* the horizon; every score is a loss: smaller is better."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr

from bayesmile.checks import whole
from bayesmile.errors import InvalidInput
from bayesmile.scoring.binary import LogScores, checked_floor
from bayesmile.scoring.outcomes import MonthOutcomes

__all__ = [
    "ByMonth",
    "RankedScores",
    "by_month",
    "checked_pmf",
    "expected_log_score",
    "month_log_score",
    "ranked_probability_score",
    "row_blocks",
]

Array = NDArray[np.float64]

_SUM = 1e-9
_CELLS = 2_000_000  # cells of one block of forecasts


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RankedScores:
    """Ranked probability scores; two bounds where the event is not known well enough for one.

    Attributes
    ----------
    low, high : array, shape (forecast,)
        Least and greatest score, in months, that the event can have in the cells in which it is known to lie; equal
        where it is known to the month, or to be later than the last month followed.
    thresholds : array of int, shape (forecast,)
        Months at whose end the forecast was scored: all months followed. Later ones are left out.
    months : int
        Months on the grid.
    """

    low: Array
    high: Array
    thresholds: NDArray[np.int64]
    months: int

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Which forecasts have one score."""
        return np.asarray(self.low == self.high)

    @property
    def mean(self) -> tuple[float, float]:
        """Mean of both bounds, in months."""
        return float(self.low.mean()), float(self.high.mean())

    @property
    def left_out(self) -> int:
        """Months of all forecasts that were not scored because they were not followed."""
        return int(np.sum(self.months - self.thresholds))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ByMonth:
    """Forecasts that it happens by the end of one month.

    Attributes
    ----------
    probability, outcome : array, shape (kept forecast,)
        For the scores of binary forecasts.
    kept : array of bool, shape (forecast,)
        Forecasts with a known answer; also selects their clusters.
    unfollowed : int
        Left out because the month was not followed, whatever happened.
    straddling : int
        Left out because the event is known only to an interval around this month: these could bias a score.
    """

    probability: Array
    outcome: Array
    kept: NDArray[np.bool_]
    unfollowed: int
    straddling: int


def month_log_score(pmf: ArrayLike, outcomes: MonthOutcomes, *, floor: float = 0.0) -> LogScores:
    """Minus the logarithm of the probability given to the cells in which the event is known to lie.

    An event not yet there by the last month followed scores the probability of everything later, as a likelihood would.
    That is proper when months followed, and intervals if there are any, were fixed whatever happens.

    Parameters
    ----------
    pmf : array_like, shape (forecast, months + 1)
        Probability of each month; the last cell is *beyond*. Each row sums to 1 within 1e-9.
    outcomes : MonthOutcomes
        What happened, over the same months.
    floor : float
        As for :func:`bayesmile.scoring.binary.log_score`; 0, the default, changes nothing.

    Raises
    ------
    InvalidInput
        If a row is no distribution, or sizes differ: names the first row.

    References
    ----------
    Gneiting & Raftery (2007), JASA 102, 359-378; Rindt, Hu, Steinsaltz & Sejdinovic (2022), AISTATS (censoring).

    Examples
    --------
    >>> from bayesmile.scoring.outcomes import month_outcomes
    >>> known = month_outcomes([1, float("nan")], through=0, months=2)
    >>> month_log_score([[0.5, 0.25, 0.25]] * 2, known).bits
    array([1., 1.])

    The first was reached in month 1, but had it not, only month 0 would be known: both score "not in month 0".
    """
    table, least = checked_pmf(pmf, outcomes), checked_floor(floor)
    first, last = outcomes.cells()
    cells = np.arange(table.shape[1])
    given = np.empty(len(table))
    for rows in row_blocks(table):
        inside = (cells >= first[rows, None]) & (cells <= last[rows, None])
        given[rows] = np.minimum(np.where(inside, table[rows], 0.0).sum(axis=1), 1.0)
    low = given < least
    with np.errstate(divide="ignore"):
        nats = np.where(low, -math.log(least) if least else 0.0, -np.log(given))
    return LogScores(nats=nats + 0.0, floor=least, floored=int(low.sum()))


def ranked_probability_score(pmf: ArrayLike, outcomes: MonthOutcomes) -> RankedScores:
    """Sum over followed months t of ``(P(T <= t) - 1[T <= t])^2``, in months.

    Over all months of the grid this is the continuous ranked probability score of ``min(T, months)``: *beyond* counts
    as one month after the last. Months after the last one followed are left out whatever happened, which keeps the
    score proper for what was followed (a threshold-weighted score); scores of forecasts followed for different times
    are sums over different numbers of months.

    Parameters
    ----------
    pmf : array_like, shape (forecast, months + 1)
        Probability of each month; the last cell is *beyond*.
    outcomes : MonthOutcomes
        What happened, over the same months.

    Raises
    ------
    InvalidInput
        If a row is no distribution, or sizes differ: names the first row.

    References
    ----------
    Epstein (1969), J. Appl. Meteorol. 8, 985-987; Gneiting & Raftery (2007), JASA 102, 359-378; Gneiting & Ranjan
    (2011), J. Bus. Econ. Stat. 29, 411-422 (thresholds).

    Examples
    --------
    >>> from bayesmile.scoring.outcomes import month_outcomes
    >>> known = month_outcomes([1, float("nan")], through=1, months=2)
    >>> ranked_probability_score([[0.5, 0.25, 0.25]] * 2, known).low
    array([0.3125, 0.8125])
    """
    table = checked_pmf(pmf, outcomes)
    months = outcomes.months
    first, last = outcomes.cells()
    low, high = np.empty(len(table)), np.empty(len(table))
    cells = np.arange(months + 1)
    for rows in row_blocks(table):
        scores = _scores_by_cell(table[rows], outcomes.through[rows])
        inside = (cells >= first[rows, None]) & (cells <= last[rows, None])
        low[rows] = np.where(inside, scores, np.inf).min(axis=1)
        high[rows] = np.where(inside, scores, -np.inf).max(axis=1)
    return RankedScores(low=low, high=high, thresholds=outcomes.through + 1, months=months)


def _scores_by_cell(pmf: Array, through: NDArray[np.int64]) -> Array:
    """Score that each cell would give if the event lay in it: (forecast, months + 1)."""
    followed = np.arange(pmf.shape[1] - 1) <= through[:, None]
    before = np.where(followed, np.cumsum(pmf[:, :-1], axis=1), 0.0) ** 2
    # Survivals are summed from the end: 1 - cdf would lose the digits of small ones.
    after = np.where(followed, np.cumsum(pmf[:, :0:-1], axis=1)[:, ::-1], 0.0) ** 2
    scores = np.zeros_like(pmf)
    scores[:, 1:] = np.cumsum(before, axis=1)
    scores[:, :-1] += np.cumsum(after[:, ::-1], axis=1)[:, ::-1]
    return scores


def by_month(pmf: ArrayLike, outcomes: MonthOutcomes, month: int) -> ByMonth:
    """Turn forecasts of a month into forecasts that it happens by the end of one.

    Parameters
    ----------
    pmf : array_like, shape (forecast, months + 1)
        Probability of each month; the last cell is *beyond*.
    outcomes : MonthOutcomes
        What happened, over the same months.
    month : int
        From 0: 11 asks whether it happens within twelve months.

    Raises
    ------
    InvalidInput
        If a row is no distribution, sizes differ, or `month` is not on the grid.

    Examples
    --------
    >>> from bayesmile.scoring.outcomes import month_outcomes
    >>> asked = by_month([[0.5, 0.25, 0.25]] * 2, month_outcomes([0, 1], through=1, months=2), 0)
    >>> asked.probability, asked.outcome
    (array([0.5, 0.5]), array([1., 0.]))
    """
    table = checked_pmf(pmf, outcomes)
    deadline = whole("month", month, least=0, most=outcomes.months - 1)
    first, last = outcomes.cells()
    followed = outcomes.through >= deadline
    straddles = followed & (first <= deadline) & (last > deadline)
    kept = followed & ~straddles
    return ByMonth(
        probability=np.minimum(table[kept, : deadline + 1].sum(axis=1), 1.0),
        outcome=(last[kept] <= deadline).astype(np.float64),
        kept=kept,
        unfollowed=int((~followed).sum()),
        straddling=int(straddles.sum()),
    )


def expected_log_score(pmf: ArrayLike) -> float:
    """Sharpness: the log score in nats that true forecasts expect when all is followed, the mean entropy of the rows.

    Raises
    ------
    InvalidInput
        If a row is no distribution.

    Examples
    --------
    >>> expected_log_score([[1.0, 0.0], [1.0, 0.0]])
    0.0
    """
    return float(np.mean(entr(checked_pmf(pmf)).sum(axis=1)))


def checked_pmf(pmf: ArrayLike, outcomes: MonthOutcomes | None = None) -> Array:
    """Return rows of probabilities that sum to one, as many and as long as the outcomes ask.

    Raises
    ------
    InvalidInput
        If they are anything else: names the first row.
    """
    try:
        table = np.asarray(pmf, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput("pmf: received rows of different lengths or text; allowed is a table of numbers") from None
    if table.ndim != 2 or not table.size or table.shape[1] < 2:
        raise InvalidInput(f"pmf: received shape {table.shape}; allowed is (forecast, months + 1)")
    if outcomes is not None and table.shape != (len(outcomes), outcomes.months + 1):
        wanted = (len(outcomes), outcomes.months + 1)
        raise InvalidInput(f"pmf: received shape {table.shape}; allowed is {wanted}, as the outcomes have it")
    with np.errstate(invalid="ignore"):
        total = table.sum(axis=1)
    good = (table.min(axis=1) >= 0.0) & (np.abs(total - 1.0) <= _SUM)
    if not good.all():
        row = int(np.argmin(good))
        told = f"least {table[row].min():g}, sum {total[row]:.12g}"
        raise InvalidInput(f"pmf[{row}]: received {told}; allowed are probabilities that sum to 1 within {_SUM:g}")
    return table


def row_blocks(table: Array) -> Iterator[slice]:
    """Yield slices of rows that bound what is held at once."""
    step = max(1, _CELLS // table.shape[1])
    for start in range(0, len(table), step):
        yield slice(start, start + step)

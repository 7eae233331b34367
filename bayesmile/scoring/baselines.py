"""What a forecaster without a model would say: how often it happened by each month to others like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import CensoredData, ecdf

from bayesmile.checks import whole
from bayesmile.errors import InvalidInput
from bayesmile.scoring.inputs import cluster_codes, same_length
from bayesmile.scoring.outcomes import MonthOutcomes

__all__ = ["GroupForecasts", "empirical_forecasts", "empirical_pmf"]

Array = NDArray[np.float64]

_MOST_LEAST = 10**9


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GroupForecasts:
    """Forecasts from the frequencies of each group.

    Attributes
    ----------
    pmf : array, shape (forecast, months + 1)
        One row per forecast asked for.
    pooled : array of bool, shape (forecast,)
        Forecasts of groups with too few outcomes, which got the frequencies of all.
    """

    pmf: Array
    pooled: NDArray[np.bool_]


def empirical_pmf(outcomes: MonthOutcomes) -> Array:
    """Frequencies of each month among outcomes, some of them followed longer than others (Kaplan-Meier).

    An event cancelled stays among those that could happen until its last month followed, as :class:`MonthOutcomes`
    reads it: so these are cumulative incidences, as Aalen-Johansen gives them, and not those of a world without
    cancellation. After the last month in which any was followed nothing is known: all of it goes to *beyond*.

    Parameters
    ----------
    outcomes : MonthOutcomes
        Of the past: known when the forecast is made.

    Returns
    -------
    array, shape (months + 1,)
        The last cell is *beyond*.

    Raises
    ------
    InvalidInput
        If an event is known only to an interval.

    References
    ----------
    Kaplan & Meier (1958), JASA 53, 457-481; Fine & Gray (1999), JASA 94, 496-509 (the cancelled stay at risk).

    Examples
    --------
    >>> from bayesmile.scoring.outcomes import month_outcomes
    >>> empirical_pmf(month_outcomes([0, 1, float("nan"), float("nan")], through=[2, 2, 0, 2], months=3))
    array([0.25 , 0.375, 0.   , 0.375])
    """
    if intervals := outcomes.counts()["interval"]:
        raise InvalidInput(f"outcomes: received {intervals} known only to an interval; allowed are months, or not yet")
    first, _ = outcomes.cells()
    happened = first <= outcomes.through
    if not happened.any():
        return np.append(np.zeros(outcomes.months), 1.0)
    # Censored at the end of the last month followed, which is after events of that month.
    seen = CensoredData(
        uncensored=first[happened].astype(np.float64), right=outcomes.through[~happened].astype(np.float64)
    )
    survival = ecdf(seen).sf.evaluate(np.arange(outcomes.months))
    return np.asarray(np.append(1.0, survival) - np.append(survival, 0.0), dtype=np.float64)


def empirical_forecasts(
    outcomes: MonthOutcomes,
    group: Sequence[Any] | NDArray[Any],
    asked: Sequence[Any] | NDArray[Any],
    *,
    least: int = 30,
) -> GroupForecasts:
    """Forecast each entity by the frequencies of its group among past outcomes.

    Parameters
    ----------
    outcomes : MonthOutcomes
        Of the past.
    group : sequence, shape (outcome,)
        Group of each outcome: bin of lead, technology, country.
    asked : sequence, shape (forecast,)
        Group of each forecast.
    least : int
        A group with fewer outcomes, or none, gets the frequencies of all.

    Raises
    ------
    InvalidInput
        If lengths differ, a label is missing, or an event is known only to an interval.

    Examples
    --------
    >>> from bayesmile.scoring.outcomes import month_outcomes
    >>> past = month_outcomes([0, 0, 1, 1], through=1, months=2)
    >>> found = empirical_forecasts(past, ["near", "near", "far", "far"], ["far", "new"], least=2)
    >>> found.pmf.tolist(), found.pooled.tolist()
    ([[0.0, 1.0, 0.0], [0.5, 0.5, 0.0]], [False, True])
    """
    size = same_length(outcomes=range(len(outcomes)), group=range(len(group)))
    enough = whole("least", least, least=1, most=_MOST_LEAST)
    for name, labels in (("group", group), ("asked", asked)):
        cluster_codes(labels, len(labels), field=name)
    codes = cluster_codes([*group, *asked], size + len(asked))
    known, wanted = codes[:size], codes[size:]
    counts = np.bincount(known, minlength=int(codes.max()) + 1)
    rows = np.tile(empirical_pmf(outcomes), (counts.size, 1))
    for code in np.flatnonzero(counts >= enough):
        its = known == code
        part = MonthOutcomes(outcomes.first[its], outcomes.last[its], outcomes.through[its], months=outcomes.months)
        rows[code] = empirical_pmf(part)
    return GroupForecasts(pmf=rows[wanted], pooled=counts[wanted] < enough)

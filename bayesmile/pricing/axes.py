"""What the axes of a curve or a grid may hold: numbers, months of success, and what a cell says."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.belief import Belief
from bayesmile.checks import finite
from bayesmile.errors import InvalidInput
from bayesmile.grid import MonthGrid, When

__all__ = ["BELIEVED", "Labels", "around", "arrival_months", "arrival_years", "cells", "numbers", "year_months"]

Array = NDArray[np.float64]
Labels = NDArray[np.str_]

BELIEVED = "as believed"
"""The arrival of those numbers that leave the dates of success as our belief has them."""


def cells(price: ArrayLike, failure: ArrayLike, success: ArrayLike) -> Labels:
    """Say of every pair of values whether a probability gives the price.

    Returns
    -------
    array of str, of the broadcast shape
        ``"possible"``: the price lies between F and S, ends included; ``"too dear"``: above both, so that no
        probability is enough; ``"too cheap"``: below both; ``"silent"``: F = S, or one of them is undefined.

    Examples
    --------
    >>> cells(60.0, 10.0, [50.0, 60.0, 10.0]).tolist(), cells(5.0, 10.0, 50.0).tolist()
    (['too dear', 'possible', 'silent'], 'too cheap')
    """
    given, f, s = np.broadcast_arrays(np.asarray(price, dtype=float), failure, success)
    silent = np.isnan(f) | np.isnan(s) | (f == s)
    cases = [silent, given > np.maximum(f, s), given < np.minimum(f, s)]
    return np.asarray(np.select(cases, ["silent", "too dear", "too cheap"], default="possible"), dtype=np.str_)


def around(value: float, *, count: int = 25, factor: float = 4.0) -> Array:
    """Numbers from a fraction to a multiple of one, evenly on the log scale, itself in the middle.

    Examples
    --------
    >>> around(8.0, count=3).tolist(), around(0.0).tolist()
    ([2.0, 8.0, 32.0], [0.0])
    """
    steps = factor ** np.linspace(-1.0, 1.0, count)
    steps[count // 2] = 1.0
    return np.unique(value * steps)


def numbers(name: str, values: ArrayLike, *, least: float = 0.0, most: float = math.inf) -> Array:
    """Ascending numbers without repetition; anything else raises InvalidInput.

    Examples
    --------
    >>> numbers("values", [3, 1, 3]).tolist()
    [1.0, 3.0]
    """
    received = list(np.atleast_1d(np.asarray(values, dtype=object)).ravel())
    if not received or np.ndim(values) > 1:
        raise InvalidInput(f"{name}: received {values!r}; allowed is a list of numbers")
    found = [finite(name, value) for value in received]
    for number in found:
        if not least <= number <= most:
            upper = f" to {most:g}" if math.isfinite(most) else " on"
            raise InvalidInput(f"{name}: received {number!r}; allowed are numbers from {least:g}{upper}")
    return np.unique(np.array(found))


def arrival_years(belief: Belief, as_of: When, arrival: When) -> float:
    """Years from the as-of moment to the start of the last month of a period, at least 0.

    Raises
    ------
    InvalidInput
        If that month is over as of the date, or lies after the horizon.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.5]))])
    >>> arrival_years(bm.infer(roadmap, [], bm.MonthGrid("2026-01", 24)), "2026-07", "2027")
    1.4166666666666667
    """
    index, (month, fraction) = belief.grid.deadline(arrival), belief.grid.moment(as_of)
    first = max(0, month)
    if not first <= index < belief.grid.months:
        raise InvalidInput(
            f"arrival: received {arrival!r}; allowed are dates from {belief.grid.label(first)} to {belief.grid.last}"
        )
    return max(0.0, (index - month - fraction) / 12.0)


def arrival_months(belief: Belief, as_of: When, arrivals: Iterable[When] | None) -> tuple[str, ...]:
    """Months of the grid that dates name, in order; December of every year and the horizon for None.

    Raises
    ------
    InvalidInput
        If there is none, or one is over as of the date or lies after the horizon.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.5]))])
    >>> arrival_months(bm.infer(roadmap, [], bm.MonthGrid("2026-01", 24)), "2026-07", ["2027", "2026-Q3"])
    ('2026-09', '2027-12')
    """
    grid = belief.grid
    if arrivals is None:
        return year_months(grid, as_of)
    wanted = (arrivals,) if isinstance(arrivals, str) else tuple(arrivals)
    if not wanted:
        raise InvalidInput("arrivals: received none; allowed is at least one date")
    for when in wanted:
        arrival_years(belief, as_of, when)  # refuses what lies off the grid
    return tuple(grid.label(index) for index in sorted({grid.deadline(when) for when in wanted}))


def year_months(grid: MonthGrid, as_of: When) -> tuple[str, ...]:
    """December of every year from the as-of month on, and the horizon.

    Examples
    --------
    >>> year_months(MonthGrid("2026-01", 30), "2027-02-10")
    ('2027-12', '2028-06')
    """
    first = max(0, grid.moment(as_of)[0])
    labels = (grid.label(index) for index in range(first, grid.months))
    return tuple(label for label in labels if label.endswith("-12") or label == grid.last)

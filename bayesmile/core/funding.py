"""What is spent until a success: pure formulas on arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.core.tilting import years_ahead

__all__ = ["annuity", "growth"]

Array = NDArray[np.float64]


def annuity(months: int, month: int, fraction: float, rate: ArrayLike) -> Array:
    """Present value of one unit of money a year, spent evenly from the as-of moment to each month of the grid.

    The integral of exp(-rate * s) over 0 <= s <= tau, (1 - exp(-rate * tau)) / rate: tau itself where the rate is 0.

    Parameters
    ----------
    months : int
        Number of months on the grid, H.
    month, fraction : int, float
        As-of month on the grid and the fraction of it elapsed.
    rate : array_like
        Continuous rate per year; an array broadcasts against the months, as one of shape (draw, 1) does.

    Returns
    -------
    array, shape (months,) or (..., months)
        tau = max(0, (t - month - fraction) / 12) years, as in `bayesmile.core.tilting.discount`.

    Examples
    --------
    >>> annuity(25, 0, 0.0, 0.0)[[0, 12, 24]].tolist()
    [0.0, 1.0, 2.0]
    >>> annuity(25, 0, 0.0, [[0.0], [0.1]])[:, 24].round(4).tolist()
    [2.0, 1.8127]
    """
    years = years_ahead(months, month, fraction)
    spent = np.asarray(rate, dtype=np.float64) * years
    # expm1 keeps the digits of small rates, which 1 - exp would lose; dividing by the product, those of the smallest.
    return np.asarray(years * np.divide(-np.expm1(-spent), spent, out=np.ones_like(spent), where=spent != 0.0))


def growth(before: float, after: float, years: float) -> float:
    """Yearly continuous rate at which a positive number grew: log(after / before) / years.

    Examples
    --------
    >>> round(growth(100.0, 121.0, 2.0), 6) == round(float(np.log(1.1)), 6)
    True
    """
    return float(np.log(after) - np.log(before)) / years

"""Log-likelihood rows of a marked Poisson process with a risk window before the milestone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Windows", "arrival_rows", "silence_row", "windows"]

Floats = npt.NDArray[np.float64]
Parameter = float | Floats


class Windows(NamedTuple):
    """Which milestone months have which announcement months in their risk window, whatever the rates.

    Attributes
    ----------
    hits : bool array (n, months + 1)
        Whether arrival i falls in the window of month T; False for *beyond*.
    exposure : array (months + 1,)
        Months of coverage in the window of month T, the as-of month in part; 0 for *beyond*.
    total : float
        Months of coverage.
    """

    hits: npt.NDArray[np.bool_]
    exposure: Floats
    total: float


def windows(arrivals: npt.NDArray[np.int64], weight: Floats, first: int, lead: int, months: int) -> Windows:
    """Risk windows: announcement month u is in the window of T when 0 <= T - u <= lead.

    Parameters
    ----------
    arrivals : int array (n,)
        Grid index of each arrival's month; below 0 before the grid.
    weight : array (k,)
        Fraction of each month that is covered, from month `first` on.
    first : int
        Grid index of the first covered month.
    lead : int
        W, months from announcement to milestone.
    months : int
        Number of months on the grid, H.

    Examples
    --------
    >>> view = windows(np.array([1]), np.array([1.0, 0.5]), 0, 1, 4)
    >>> view.hits[0].tolist(), view.exposure.tolist()
    ([False, True, True, False, False], [1.0, 1.5, 0.5, 0.0, 0.0])
    """
    event = np.arange(months)
    hits = np.zeros((arrivals.size, months + 1), dtype=np.bool_)
    ahead = event - arrivals[:, None]
    hits[:, :-1] = (ahead >= 0) & (ahead <= lead)
    covered = np.concatenate([[0.0], np.cumsum(weight)])
    upto = covered[np.clip(event - first + 1, 0, weight.size)]
    before = covered[np.clip(event - lead - first, 0, weight.size)]
    return Windows(hits, np.append(upto - before, 0.0), float(covered[-1]))


def silence_row(view: Windows, rate: Parameter, lift: Parameter) -> tuple[Floats, Floats]:
    """Row and constant of the covered months themselves: where more arrivals were due, silence counts against.

    row[T] = -rate (lift - 1) exposure[T], constant = -rate total.

    Parameters
    ----------
    view : Windows
        Coverage.
    rate : float or array (...)
        Arrivals a month outside the window.
    lift : float or array (...)
        Rate ratio inside it.

    Returns
    -------
    row : array (..., months + 1)
    constant : array (...)

    Examples
    --------
    >>> view = windows(np.array([], dtype=int), np.ones(2), 0, 1, 3)
    >>> silence_row(view, 0.5, 3.0)[0].tolist()
    [-1.0, -2.0, -1.0, -0.0]

    References
    ----------
    .. [1] H. J. Whitaker et al., "Tutorial in biostatistics: the self-controlled case series method",
       Statistics in Medicine 25 (2006) 1768-1797.
    """
    rate = np.asarray(rate, dtype=np.float64)
    excess = rate * (np.asarray(lift, dtype=np.float64) - 1.0)
    return -excess[..., None] * view.exposure, -rate * view.total


def arrival_rows(
    view: Windows, rate: Parameter, lift: Parameter, log_inside: Floats, log_outside: Floats
) -> tuple[Floats, Floats]:
    """Row and constant of each arrival with its marks, one by one.

    row[i, T] = log(lift) + log_inside[i] - log_outside[i] in the window, 0 elsewhere and beyond;
    constant[i] = log(rate) + log_outside[i]. Marks that are impossible outside the window leave -inf there and no
    infinite constant.

    Parameters
    ----------
    view : Windows
        Arrivals.
    rate, lift : float or array (...)
        As in `silence_row`.
    log_inside, log_outside : array (..., n)
        Log-probability of each arrival's marks inside the window and outside; not -inf both.

    Returns
    -------
    rows : array (..., n, months + 1)
    constants : array (..., n)

    Examples
    --------
    >>> view = windows(np.array([1]), np.ones(2), 0, 1, 3)
    >>> rows, constants = arrival_rows(view, 0.5, 2.0, np.log([0.9]), np.log([0.3]))
    >>> rows.round(3).tolist(), constants.round(3).tolist()
    ([[0.0, 1.792, 1.792, 0.0]], [-1.897])
    """
    with np.errstate(divide="ignore"):
        log_rate, log_lift = np.log(rate), np.log(lift)
    otherwise = np.isfinite(log_outside)
    base = np.where(otherwise, log_outside, 0.0)
    inside = np.asarray(log_lift)[..., None] + log_inside - base
    outside = np.where(otherwise, 0.0, -np.inf)
    rows = np.where(view.hits, inside[..., None], outside[..., None])
    return rows, np.asarray(log_rate)[..., None] + base

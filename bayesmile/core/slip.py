"""Log-likelihood row of a stated target whose lead slips by a log-normal factor."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bayesmile.core.lifetime import log_normal_interval

__all__ = ["log_mean_from", "slip_row", "slip_slopes"]

Floats = npt.NDArray[np.float64]
Parameter = float | Floats


def slip_row(
    issued: int, target: int, mean: Parameter, sd: Parameter, months: int, *, on_time: float = 0.0
) -> Floats:
    """Log-probability that the stated month is `target`, for each month T that the milestone may really happen.

    The stated lead is log-normal about the true one: with x = log(T - u + 1/2) - mean,
    row[T] = log(Phi((log(D - u + 1) - x) / sd) - Phi((log(D - u) - x) / sd)), and -inf for T < u. Where a share
    `on_time` of the targets is met exactly, it is log(on_time * 1[T = D] + (1 - on_time) * exp(that)).

    Parameters
    ----------
    issued, target : int
        Grid indices u of the statement and D >= u of the stated month; either may lie off the grid.
    mean, sd : float or array (...)
        Slip on the log scale.
    months : int
        Number of months on the grid, H.
    on_time : float
        Probability that the target is met in its very month whatever the slip.

    Returns
    -------
    row : array (..., months)

    Examples
    --------
    >>> np.exp(slip_row(1, 2, 0.0, 0.5, 4)).round(3).tolist()
    [0.0, 0.08, 0.509, 0.294]
    >>> np.exp(slip_row(1, 2, 0.0, 0.5, 4, on_time=0.25)).round(3).tolist()
    [0.0, 0.06, 0.632, 0.221]
    """
    ahead = np.arange(max(issued, 0), months) - issued + 0.5
    mean, sd = np.asarray(mean, dtype=np.float64)[..., None], np.asarray(sd, dtype=np.float64)[..., None]
    with np.errstate(divide="ignore", over="ignore"):
        stated = np.log(ahead) - mean
        lower = (
            (np.log(float(target - issued)) - stated) / sd if target > issued else np.full_like(stated / sd, -np.inf)
        )
        upper = (np.log(float(target - issued + 1)) - stated) / sd
    row = np.full((*upper.shape[:-1], months), -np.inf)
    row[..., months - ahead.size :] = log_normal_interval(lower, upper)
    return _with_atom(row, target, on_time) if on_time else row


def _with_atom(row: Floats, target: int, on_time: float) -> Floats:
    """Mix a row with certainty of the target, which may lie off the grid: no month of it is on time then."""
    with np.errstate(divide="ignore"):
        row = row + np.log1p(-on_time)
    if 0 <= target < row.shape[-1]:
        row[..., target] = np.logaddexp(row[..., target], np.log(on_time))
    return row


def slip_slopes(
    issued: int, target: int, mean: Floats, sd: Floats, row: Floats, *, on_time: float = 0.0
) -> tuple[Floats, Floats]:
    """Slopes of `slip_row` by the mean and the standard deviation of the slip; 0 where the row is -inf.

    Parameters
    ----------
    issued, target : int
    mean, sd : array (...)
    row : array (..., months)
        What `slip_row` returned.
    on_time : float
        As given to `slip_row`.

    Returns
    -------
    by_mean, by_sd : array (..., months)

    Examples
    --------
    >>> mean, sd = np.array(0.1), np.array(0.5)
    >>> row = slip_row(1, 2, mean, sd, 4)
    >>> change = slip_row(1, 2, mean + 1e-6, sd, 4)[2] - row[2]
    >>> bool(abs(slip_slopes(1, 2, mean, sd, row)[0][2] - change / 1e-6) < 1e-5)
    True
    """
    months = row.shape[-1]
    ahead = np.arange(max(issued, 0), months) - issued + 0.5
    by_mean, by_sd = np.zeros(row.shape), np.zeros(row.shape)
    live, mean, sd = row[..., months - ahead.size :], mean[..., None], sd[..., None]
    stated = np.log(ahead) - mean
    for sign, edge in ((1.0, target - issued + 1), (-1.0, target - issued)):
        if edge == 0:
            continue
        score = (np.log(float(edge)) - stated) / sd
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            density = np.exp(-0.5 * score * score - live) / (np.sqrt(2.0 * np.pi) * sd)
            density = sign * (1.0 - on_time) * np.where(np.isneginf(live), 0.0, density)
        by_mean[..., months - ahead.size :] += density
        by_sd[..., months - ahead.size :] -= np.where(density == 0.0, 0.0, density * score)
    return by_mean, by_sd


def log_mean_from(row: Floats, pmf: Floats, first: int) -> Floats:
    """Log of the mean of exp(row) over the months from `first` on, weighted by `pmf`; 0 where they have no mass.

    Parameters
    ----------
    row : array (..., months)
        Log-probabilities.
    pmf : array (..., months)
        Weights, which need not sum to one.
    first : int
        First month that counts.

    Returns
    -------
    mean : array (...)

    Examples
    --------
    >>> log_mean_from(np.log([0.5, 0.2, 0.4]), np.array([0.5, 0.1, 0.1]), 1).round(6) == np.log(0.3).round(6)
    np.True_
    """
    row, pmf = np.broadcast_arrays(row[..., max(first, 0) :], pmf[..., max(first, 0) :])
    if row.shape[-1] == 0:
        return np.zeros(row.shape[:-1])
    with np.errstate(divide="ignore"):
        log_mass = np.logaddexp.reduce(np.log(pmf), axis=-1)
        total = np.logaddexp.reduce(np.log(pmf) + row, axis=-1)
    return np.where(np.isneginf(log_mass), 0.0, total - np.where(np.isneginf(log_mass), 0.0, log_mass))

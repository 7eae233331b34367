"""Exponential tilts of many discrete laws at once: each is changed just enough to meet its own price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BatchedTilts", "solve_tilts"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_FLAT = 1e-12  # outcomes that differ by less, relatively, are worth the same: prices are floats too
_STEPS = 200  # bisection alone, from 1e12 nats down to the last digit, takes about 90
_LARGEST = 1e12  # nats, as for a single tilt
_CHUNK = 2**18  # cells worked on at once: they stay in the cache


@dataclass(frozen=True, slots=True)
class BatchedTilts:
    """Answer of `solve_tilts`, one entry a law.

    Attributes
    ----------
    span : array (draw,)
        tilt * (best - worst outcome), in nats; infinite (with its sign) where no tilt meets the price.
    pmf : array (draw, outcome)
        The tilted law; NaN where there is none.
    relative_entropy : array (draw,)
        Of the tilted law from the given one, in nats; NaN where there is none.
    lowest, highest : array (draw,)
        Least and greatest outcome of positive probability.
    """

    span: Array
    pmf: Array
    relative_entropy: Array
    lowest: Array
    highest: Array

    @property
    def feasible(self) -> Flags:
        """Whether a tilt meets the price, (draw,)."""
        return np.isfinite(self.span)


def solve_tilts(pmf: Array, value: Array, price: Array) -> BatchedTilts:
    """Tilt each law by exp(tilt * value) until its expected value is its price.

    Parameters
    ----------
    pmf : array (draw, outcome)
        Probabilities; zero is legal.
    value : array (draw, outcome) or (1, outcome)
        What each outcome is worth.
    price : array (draw,)
        Expectation to meet.

    Returns
    -------
    BatchedTilts

    Notes
    -----
    The tilted law is the one of least relative entropy among those that meet the price [1]_. With m the value scaled
    to 0 .. 1, logit(E m) is a line of slope one in the span for two outcomes and nearly so for more; Newton's method on
    that scale, kept between bounds by bisection, takes three to eight steps for all draws together. E m and E (1 - m)
    are summed apart, so that prices next to an end keep their digits.

    References
    ----------
    .. [1] A. Meucci, "Fully flexible views: theory and practice", Risk 21(10), 2008.

    Examples
    --------
    >>> tilts = solve_tilts(np.array([[0.5, 0.5]]), np.array([[100.0, 0.0]]), np.array([80.0]))
    >>> tilts.pmf.round(12).tolist(), bool(abs(tilts.span[0] - np.log(4.0)) < 1e-12)
    ([[0.8, 0.2]], True)
    """
    pmf = np.atleast_2d(np.asarray(pmf, dtype=np.float64))
    price = np.broadcast_to(np.asarray(price, dtype=np.float64), pmf.shape[:1])
    value = np.broadcast_to(np.asarray(value, dtype=np.float64), pmf.shape)
    size = max(1, _CHUNK // pmf.shape[1])
    parts = [_solve(pmf[at : at + size], value[at : at + size], price[at : at + size]) for at in _starts(pmf, size)]
    names = ("span", "pmf", "relative_entropy", "lowest", "highest")
    return BatchedTilts(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _starts(pmf: Array, size: int) -> range:
    return range(0, max(len(pmf), 1), size)


def _solve(pmf: Array, value: Array, price: Array) -> BatchedTilts:
    possible = pmf > 0.0
    lowest = np.where(possible, value, np.inf).min(axis=1)
    highest = np.where(possible, value, -np.inf).max(axis=1)
    width = highest - lowest
    flat = width <= _FLAT * np.maximum(np.abs(lowest), np.abs(highest))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(possible & ~flat[:, None], (value - lowest[:, None]) / width[:, None], 0.0)
        goal = np.log(price - lowest) - np.log(highest - price)
        logs = np.log(pmf)
    meets = np.where(flat, np.abs(price - lowest) <= _FLAT * np.abs(lowest), np.isfinite(goal))
    span = np.where(meets, 0.0, np.copysign(np.inf, price - lowest - 0.5 * width))
    work = np.flatnonzero(meets & ~flat)
    if work.size:
        span[work] = _newton(logs[work], share[work], goal[work])
    tilted, gain = _tilted(logs, share, span)
    tilted[~np.isfinite(span)] = np.nan
    entropy = np.where(np.isfinite(span), np.maximum(0.0, gain), np.nan)
    return BatchedTilts(span, tilted, entropy, lowest, highest)


def _weights(logs: Array, share: Array, span: Array) -> tuple[Array, Array]:
    """Unnormalised tilted law, its largest weight one, and the largest logarithm that was taken out."""
    powers = logs + span[:, None] * share
    top = powers.max(axis=1)
    return np.exp(powers - top[:, None]), top


def _newton(logs: Array, share: Array, goal: Array) -> Array:
    """Spans at which logit(E share) meets the goals: Newton's steps, halved between bounds where they leave them."""
    span, out = np.zeros(len(goal)), np.zeros(len(goal))
    low, high = np.full(len(goal), -_LARGEST), np.full(len(goal), _LARGEST)
    left = np.arange(len(goal))
    for _ in range(_STEPS):
        weight, _ = _weights(logs[left], share[left], span)
        total = weight.sum(axis=1)
        above, below = (weight * share[left]).sum(axis=1), (weight * (1.0 - share[left])).sum(axis=1)
        square = (weight * share[left] ** 2).sum(axis=1) / total - (above / total) ** 2
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            excess = np.log(above) - np.log(below) - goal[left]
            step = -excess * (above / total) * (below / total) / square
        low, high = np.where(excess <= 0.0, span, low), np.where(excess >= 0.0, span, high)
        ahead = span + step
        inside = (ahead > low) & (ahead < high)
        ahead = np.where(inside, ahead, _between(low, high))
        still = (np.abs(ahead - span) > 4.0 * np.finfo(float).eps * np.abs(ahead)) & (excess != 0.0)
        out[left] = np.where(excess == 0.0, span, ahead)
        left, span, low, high = left[still], ahead[still], low[still], high[still]
        if not left.size:
            break
    return out


def _between(low: Array, high: Array) -> Array:
    """Middle of the bounds on the scale of the inverse hyperbolic sine: in few steps from any size to any other."""
    return np.asarray(np.sinh(0.5 * (np.arcsinh(low) + np.arcsinh(high))))


def _tilted(logs: Array, share: Array, span: Array) -> tuple[Array, Array]:
    """Tilted laws, and E_Q[log Q / P]."""
    finite = np.where(np.isfinite(span), span, 0.0)
    # Counted from the outcome that gains most: with a large span nothing large is left to cancel.
    gain = np.where(finite[:, None] > 0.0, share - 1.0, share)
    weight, top = _weights(logs, gain, finite)
    total = weight.sum(axis=1)
    law = weight / total[:, None]
    # log Q / P = span * gain - log E_P[exp(span * gain)].
    return law, finite * (law * gain).sum(axis=1) - (top + np.log(total))

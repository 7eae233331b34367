"""Scores of probabilities that something happens; every score is a loss: smaller is better."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.checks import finite
from bayesmile.errors import InvalidInput
from bayesmile.scoring.inputs import binary_outcomes, probabilities, same_length

__all__ = ["LogScores", "brier", "checked_floor", "expected_brier", "log_score"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LogScores:
    """Logarithmic scores, with what was done to them.

    Attributes
    ----------
    nats : array, shape (forecast,)
        Minus the natural logarithm of the probability given to what happened; inf where that was 0.
    floor : float
        Least probability that was allowed to count; 0: nothing was changed.
    floored : int
        Forecasts that the floor changed.
    """

    nats: Array
    floor: float
    floored: int

    @property
    def bits(self) -> Array:
        """The same in bits."""
        return self.nats / math.log(2.0)

    @property
    def infinite(self) -> int:
        """Forecasts that gave probability 0 to what happened."""
        return int(np.isposinf(self.nats).sum())

    @property
    def mean(self) -> float:
        """Mean in nats; inf if one of them is."""
        return float(self.nats.mean())


def brier(probability: ArrayLike, outcome: ArrayLike) -> Array:
    """Squared difference of probability and outcome: ``(p - y)^2``.

    Parameters
    ----------
    probability : array_like, shape (forecast,)
        That it happens, 0 to 1.
    outcome : array_like, shape (forecast,)
        1 if it happened, else 0.

    Returns
    -------
    array, shape (forecast,)
        0 (certain and right) to 1 (certain and wrong); Brier's own sum over both classes is twice this.

    Raises
    ------
    InvalidInput
        If an entry is not allowed or lengths differ.

    References
    ----------
    Brier (1950), Monthly Weather Review 78, 1-3.

    Examples
    --------
    >>> brier([0.75, 0.25], [1, 1])
    array([0.0625, 0.5625])
    """
    p, y = _pair(probability, outcome)
    return (p - y) ** 2


def log_score(probability: ArrayLike, outcome: ArrayLike, *, floor: float = 0.0) -> LogScores:
    """Minus the logarithm of the probability given to what happened.

    Parameters
    ----------
    probability, outcome : array_like, shape (forecast,)
        As for :func:`brier`.
    floor : float
        Raise what was given to the outcome to at least this, and count how often. The score is then no longer proper:
        it forgives false certainty. 0, the default, changes nothing: certain and wrong is inf.

    Raises
    ------
    InvalidInput
        If an entry is not allowed, lengths differ, or `floor` is not from 0 to 0.5.

    References
    ----------
    Good (1952), J. R. Stat. Soc. B 14, 107-114; Gneiting & Raftery (2007), JASA 102, 359-378.

    Examples
    --------
    >>> log_score([0.5, 0.25], [1, 1]).bits
    array([1., 2.])
    >>> log_score([0.0], [1]).mean, log_score([0.0], [1], floor=0.01).floored
    (inf, 1)
    """
    p, y = _pair(probability, outcome)
    given = np.where(y == 1.0, p, 1.0 - p)
    least = checked_floor(floor)
    with np.errstate(divide="ignore"):
        # log1p keeps the digits of small probabilities of what did not happen.
        nats = np.where(y == 1.0, -np.log(p), -np.log1p(-p))
    low = given < least
    if low.any():
        nats = np.where(low, -math.log(least), nats)
    return LogScores(nats=nats + 0.0, floor=least, floored=int(low.sum()))


def expected_brier(probability: ArrayLike) -> float:
    """Sharpness: the Brier score that calibrated forecasts with these probabilities expect, the mean of ``p (1 - p)``.

    Smaller is sharper; sharpness is worth something only where the forecasts are calibrated.

    Raises
    ------
    InvalidInput
        If an entry is not a probability.

    References
    ----------
    Gneiting, Balabdaoui & Raftery (2007), J. R. Stat. Soc. B 69, 243-268.

    Examples
    --------
    >>> expected_brier([0.5, 1.0])
    0.125
    """
    p = probabilities("probability", probability)
    return float(np.mean(p * (1.0 - p)))


def checked_floor(floor: object) -> float:
    """Return a floor as a float from 0 to 0.5.

    Raises
    ------
    InvalidInput
        If it is anything else.
    """
    least = finite("floor", floor)
    if not 0.0 <= least <= 0.5:
        raise InvalidInput(f"floor: received {floor!r}; allowed is a probability from 0 (none) to 0.5")
    return least


def _pair(probability: ArrayLike, outcome: ArrayLike) -> tuple[Array, Array]:
    p, y = probabilities("probability", probability), binary_outcomes("outcome", outcome)
    same_length(probability=p, outcome=y)
    return p, y

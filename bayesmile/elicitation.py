"""Priors stated the way people think: a centre and a 90% interval, turned into a curve and reported back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Self, get_args, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.checks import finite, positive
from bayesmile.core import curves
from bayesmile.errors import InvalidInput

__all__ = ["Law", "Prior"]

Floats = NDArray[np.float64]
Law = Literal["lognormal", "normal", "beta", "gamma"]

_MASS = 0.9
_SEEN = 0.02  # of the stated interval: a smaller misfit is not worth a reader's time
_TITLES = {"lognormal": "log-normal", "normal": "normal", "beta": "beta", "gamma": "gamma"}
_PRELIZ: dict[str, tuple[Law, str, str]] = {
    "Normal": ("normal", "mu", "sigma"),
    "LogNormal": ("lognormal", "mu", "sigma"),
    "Beta": ("beta", "alpha", "beta"),
    "Gamma": ("gamma", "alpha", "beta"),
}


@dataclass(frozen=True, slots=True)
class Prior:
    """Belief about one number before the evidence: a log-normal, normal, beta or gamma curve.

    Made by `lognormal`, `normal`, `beta` and `gamma_between` from what people can state, a centre and a 90% interval.
    The centre is kept and the spread chosen so that 90% of the curve lies inside the interval; `describe` and `misfit`
    say how near its 5% and 95% points come to the stated ones.

    Parameters
    ----------
    law : {"lognormal", "normal", "beta", "gamma"}
        Family of the curve.
    first, second : float
        Log-normal: mean and standard deviation of the natural logarithm. Normal: mean and standard deviation.
        Beta: alpha and beta. Gamma: shape and rate.
    stated : (float, float, float) or None
        Centre, low and high as elicited; None for a curve given directly.

    Raises
    ------
    InvalidInput
        If the law is unknown or its numbers are not allowed.

    Examples
    --------
    >>> prior = Prior.lognormal(12, low=6, high=24)
    >>> prior.describe()
    'log-normal with median 12, 90% between 6 and 24 (mean 13.1)'
    >>> prior.quantile([0.05, 0.5, 0.95]).round(6).tolist()
    [6.0, 12.0, 24.0]

    References
    ----------
    .. [1] A. O'Hagan et al., "Uncertain Judgements: Eliciting Experts' Probabilities", Wiley, 2006, ch. 5 and 6.
    """

    law: Law
    first: float
    second: float
    stated: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        """Check the fields."""
        if self.law not in get_args(Law):
            raise InvalidInput(f"Prior law: received {self.law!r}; allowed: {', '.join(get_args(Law))}")
        located = self.law in ("lognormal", "normal")
        first = (finite if located else positive)("Prior first", self.first)
        object.__setattr__(self, "first", first)
        object.__setattr__(self, "second", positive("Prior second", self.second))

    @classmethod
    def lognormal(cls, median: float, low: float, high: float) -> Self:
        """Curve of a positive number: its median is kept, 90% of it lies from `low` to `high`.

        Raises
        ------
        InvalidInput
            If a number is not above 0 or the median does not lie inside the interval.

        Examples
        --------
        >>> prior = Prior.lognormal(54, low=34, high=86)
        >>> [round(float(x), 1) for x in prior.quantile([0.05, 0.5, 0.95])]
        [34.0, 54.0, 85.9]
        """
        centre, low, high = _stated("log-normal", "median", median, low, high)
        if low <= 0.0:
            raise InvalidInput(f"log-normal prior, low: received {low:g}; allowed is a number above 0")
        mu = math.log(centre)
        return cls("lognormal", mu, curves.spread(mu - math.log(low), math.log(high) - mu, _MASS), (centre, low, high))

    @classmethod
    def normal(cls, median: float, low: float, high: float) -> Self:
        """Curve of any number: its median is kept, 90% of it lies from `low` to `high`.

        Raises
        ------
        InvalidInput
            If a number is not finite or the median does not lie inside the interval.

        Examples
        --------
        >>> round(Prior.normal(0.2, low=-0.1, high=0.5).sd, 4)
        0.1824
        """
        centre, low, high = _stated("normal", "median", median, low, high)
        return cls("normal", centre, curves.spread(centre - low, high - centre, _MASS), (centre, low, high))

    @classmethod
    def beta(cls, mean: float, low: float, high: float) -> Self:
        """Curve of a probability with one peak: its mean is kept, 90% of it lies from `low` to `high`.

        Raises
        ------
        InvalidInput
            If the interval does not lie inside (0, 1) or does not hold the mean, or if no beta with one peak has both.

        Examples
        --------
        >>> prior = Prior.beta(0.15, low=0.06, high=0.28)
        >>> [round(x, 3) for x in (prior.mean, *prior.interval())]
        [0.15, 0.057, 0.272]
        """
        centre, low, high = _stated("beta", "mean", mean, low, high)
        if not 0.0 < low < high < 1.0:
            raise InvalidInput(
                f"beta prior: received 90% interval {low:g} to {high:g}; allowed is an interval above 0 and below 1"
            )
        concentration = _concentration(centre, low, high)
        return cls("beta", centre * concentration, (1.0 - centre) * concentration, (centre, low, high))

    @classmethod
    def gamma(cls, shape: float, mean: float) -> Self:
        """Curve of a rate multiplier, by its shape and mean.

        Raises
        ------
        InvalidInput
            If a number is not above 0.

        Examples
        --------
        >>> prior = Prior.gamma(4, mean=1)
        >>> prior.mean, prior.sd
        (1.0, 0.5)
        """
        shape = positive("gamma prior, shape", shape)
        return cls("gamma", shape, shape / positive("gamma prior, mean", mean))

    @classmethod
    def gamma_between(cls, mean: float, low: float, high: float) -> Self:
        """Curve of a number of at least 0 with one peak: its mean is kept, 90% of it lies from `low` to `high`.

        Unlike a log-normal it reaches down to 0: with `low` = 0 nothing lies below, and 5% above `high`. Where the
        interval is too wide for a single peak, the curve is the widest that has one, the exponential.

        Raises
        ------
        InvalidInput
            If `low` is negative, or the mean does not lie inside the interval.

        Examples
        --------
        >>> prior = Prior.gamma_between(1.0, low=0.0, high=2.5)
        >>> round(prior.mean, 9), round(prior.quantile(0.95), 9)
        (1.0, 2.5)
        """
        centre, low, high = _stated("gamma", "mean", mean, low, high)
        if low < 0.0 or min(centre - low, high - centre) < curves.SHARPEST * centre:
            raise InvalidInput(
                f"gamma prior: received mean {centre:g} and 90% interval {low:g} to {high:g}; allowed are ends of at"
                f" least 0, and at least {curves.SHARPEST:g} of the mean away from it"
            )
        shape = curves.shape(centre, low, high, _MASS if low > 0.0 else (1.0 + _MASS) / 2.0)
        return cls("gamma", shape, shape / centre, (centre, low, high))

    @classmethod
    def from_preliz(cls, dist: object) -> Self:
        """Curve of a PreliZ ``Normal``, ``LogNormal``, ``Beta`` or ``Gamma`` whose parameters are set.

        Raises
        ------
        InvalidInput
            If it is anything else.
        """
        name = type(dist).__name__
        if name not in _PRELIZ:
            raise InvalidInput(f"a PreliZ distribution: received {name}; allowed: {', '.join(_PRELIZ)}")
        law, first, second = _PRELIZ[name]
        values = (getattr(dist, parameter, None) for parameter in (first, second))
        one, two = (finite(f"PreliZ {name}", value) for value in values)
        return cls(law, one, two)

    @property
    def mean(self) -> float:
        """Mean of the curve."""
        return curves.moments(self.law, self.first, self.second)[0]

    @property
    def sd(self) -> float:
        """Standard deviation of the curve."""
        return curves.moments(self.law, self.first, self.second)[1]

    @overload
    def quantile(self, q: float) -> float: ...
    @overload
    def quantile(self, q: ArrayLike) -> Floats: ...
    def quantile(self, q: ArrayLike) -> float | Floats:
        """Value below which the number lies with probability `q`, in the shape of `q`.

        Raises
        ------
        InvalidInput
            If an entry of `q` is not a probability.

        Examples
        --------
        >>> round(Prior.gamma(4, mean=1).quantile(0.95), 3)
        1.938
        """
        levels = np.asarray(q, dtype=float)
        if not ((levels >= 0.0) & (levels <= 1.0)).all():
            raise InvalidInput(f"quantile q: received {q!r}; allowed are probabilities from 0 to 1")
        found = curves.quantile(self.law, self.first, self.second, levels)
        return float(found) if found.ndim == 0 else found

    def interval(self, mass: float = _MASS) -> tuple[float, float]:
        """Return the ends of the interval that leaves the same probability on either side.

        Raises
        ------
        InvalidInput
            If `mass` is not a probability.

        Examples
        --------
        >>> low, high = Prior.normal(0, -1, 1).interval(0.5)
        >>> round(high, 4), low == -high
        (0.4101, True)
        """
        low, high = self.quantile([(1.0 - mass) / 2.0, (1.0 + mass) / 2.0])
        return float(low), float(high)

    def log_density(self, x: ArrayLike) -> Floats:
        """Logarithm of the density at `x`, in its shape; ``-inf`` where the number cannot lie.

        Examples
        --------
        >>> Prior.gamma(1, mean=2).log_density([-1.0, 0.0, 2.0]).round(4).tolist()
        [-inf, -0.6931, -1.6931]
        """
        return curves.log_density(self.law, self.first, self.second, np.asarray(x, dtype=float))

    def sample(self, size: int | tuple[int, ...], rng: np.random.Generator) -> Floats:
        """Draw numbers, an array of shape `size`.

        Examples
        --------
        >>> Prior.beta(0.3, 0.1, 0.5).sample((2, 3), np.random.default_rng(1)).shape
        (2, 3)
        """
        if self.law == "lognormal":
            return rng.lognormal(self.first, self.second, size)
        if self.law == "normal":
            return rng.normal(self.first, self.second, size)
        if self.law == "beta":
            return rng.beta(self.first, self.second, size)
        return rng.gamma(self.first, 1.0 / self.second, size)

    @property
    def misfit(self) -> float:
        """Distance of the 5% or 95% point, whichever is further off, from the stated one; 0 where none was stated.

        As a share of the stated interval's width, on the log scale for a log-normal.

        Examples
        --------
        >>> round(Prior.lognormal(12, 6, 24).misfit, 6), round(Prior.lognormal(12, 11, 36).misfit, 2)
        (0.0, 0.83)
        """
        if self.stated is None:
            return 0.0
        scale = math.log if self.law == "lognormal" else float
        fitted, asked = ([scale(x) for x in ends] for ends in (self.interval(), self.stated[1:]))
        return max(abs(a - b) for a, b in zip(fitted, asked, strict=True)) / (asked[1] - asked[0])

    def describe(self) -> str:
        """Say what the curve is, by its centre and its 5% and 95% points, and what was stated where these differ.

        Examples
        --------
        >>> Prior.beta(0.04, low=0.01, high=0.1).describe()
        'beta with mean 0.04, 90% between 0.00842 and 0.0898 for a stated 0.01 to 0.1 (median 0.0347)'
        """
        low, high = (f"{x:.3g}" for x in self.interval())
        median, mean = f"median {self.quantile(0.5):.3g}", f"mean {self.mean:.3g}"
        by_mean = self.law in ("beta", "gamma")
        centre, other = (mean, median) if by_mean else (median, mean)
        text = f"{_TITLES[self.law]} with {centre}, 90% between {low} and {high}"
        if self.stated is not None and self.misfit > _SEEN:
            text += f" for a stated {self.stated[1]:.3g} to {self.stated[2]:.3g}"
        return text if self.law == "normal" else f"{text} ({other})"


def _stated(law: str, name: str, centre: float, low: float, high: float) -> tuple[float, float, float]:
    """Centre and ends as finite numbers in their order."""
    what = f"{law} prior"
    centre, low, high = finite(f"{what}, {name}", centre), finite(f"{what}, low", low), finite(f"{what}, high", high)
    if low >= high:
        fault = "equal" if low == high else "reversed"
        raise InvalidInput(
            f"{what}: received 90% interval {low:g} to {high:g}, whose ends are {fault}; allowed is low < high"
        )
    if not low < centre < high:
        raise InvalidInput(
            f"{what}: received centre {centre:g} and 90% interval {low:g} to {high:g};"
            " allowed is an interval that holds its centre"
        )
    return centre, low, high


def _concentration(mean: float, low: float, high: float) -> float:
    """Sum of alpha and beta of the beta curve that has this mean and interval."""
    sharpest = curves.SHARPEST * math.sqrt(mean * (1.0 - mean))
    received = f"beta prior: received mean {mean:g} and 90% interval {low:g} to {high:g}"
    if min(mean - low, high - mean) < sharpest:
        raise InvalidInput(f"{received}; allowed are ends at least {sharpest:.1g} from the mean")
    found = curves.concentration(mean, low, high, _MASS)
    if math.isnan(found):
        raise InvalidInput(
            f"{received}; no beta with one peak has that mean and 10% outside; allowed is a narrower interval"
        )
    return found

"""Success or failure at expiry: two log-normal laws, one round each price, and the weight between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, least_squares
from scipy.special import ndtr

from bayesmile.checks import finite, positive, probability
from bayesmile.errors import InvalidInput
from bayesmile.options.density import Density, probabilities
from bayesmile.options.quotes import Quote

__all__ = ["Matched", "Mixture", "match_density"]

Array = NDArray[np.float64]
_LEVELS = np.linspace(0.02, 0.98, 49)
LEAST_SPREAD, MOST_SPREAD = 0.005, 2.0
STARTS = (0.1, 0.3, 0.8)  # spreads from which a fit begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """Law of a price at expiry: with probability `weight` near the price of success, otherwise near that of failure.

    Each part is log-normal with the given mean; a spread of 0 is the price itself. It is a `Density`.

    Parameters
    ----------
    weight : float
        From 0 to 1.
    failure, success : float
        Mean prices of the two parts.
    failure_spread, success_spread : float
        Standard deviations of the natural logarithm.

    Examples
    --------
    >>> law = Mixture(weight=0.4, failure=25.0, success=55.0, failure_spread=0.2)
    >>> law.mean, round(law.prob_above(40.0), 3), law.quantile(0.8)
    (37.0, 0.404, 55.0)
    """

    weight: float
    failure: float
    success: float
    failure_spread: float = 0.0
    success_spread: float = 0.0

    def __post_init__(self) -> None:
        """Check every field."""
        probability("Mixture weight", self.weight)
        positive("Mixture failure", self.failure)
        positive("Mixture success", self.success)
        for name in ("failure_spread", "success_spread"):
            if finite(f"Mixture {name}", getattr(self, name)) < 0.0:
                raise InvalidInput(f"Mixture {name}: received {getattr(self, name)!r}; allowed is a number from 0")

    @property
    def mean(self) -> float:
        """Mean price at expiry."""
        return (1.0 - self.weight) * self.failure + self.weight * self.success

    def prob_above(self, price: float, /) -> float:
        """P(price at expiry > price)."""
        failed = _above(self.failure, self.failure_spread, price)
        return (1.0 - self.weight) * failed + self.weight * _above(self.success, self.success_spread, price)

    def quantile(self, q: float, /) -> float:
        """Least price at which P(price at expiry <= price) reaches q, for 0 < q < 1."""
        if not 0.0 < q < 1.0:
            raise InvalidInput(f"quantile: received {q!r}; allowed is a number between 0 and 1")
        atoms = [
            mean
            for mean, spread in ((self.failure, self.failure_spread), (self.success, self.success_spread))
            if spread == 0.0 and self.prob_above(mean) <= 1.0 - q < self.prob_above(math.nextafter(mean, 0.0))
        ]
        if atoms:
            return min(atoms)
        wide = math.exp(10.0 * max(self.failure_spread, self.success_spread, 0.1))
        low, high = min(self.failure, self.success) / wide, max(self.failure, self.success) * wide
        return float(brentq(lambda price: self.prob_above(price) - (1.0 - q), low, high, xtol=1e-12 * high))

    def worth(self, quotes: Sequence[Quote]) -> Array:
        """Undiscounted worth of options, (quote,): Black's formula for each part."""
        strikes = np.array([quote.strike for quote in quotes])
        calls = np.array([quote.kind == "call" for quote in quotes])
        worth = (1.0 - self.weight) * _call(self.failure, self.failure_spread, strikes)
        worth += self.weight * _call(self.success, self.success_spread, strikes)
        return np.where(calls, worth, worth - self.mean + strikes)


def _above(mean: float, spread: float, price: float) -> float:
    if price <= 0.0:
        return 1.0
    if spread == 0.0:
        return float(mean > price)
    return float(ndtr(math.log(mean / price) / spread - 0.5 * spread))


def _call(mean: float, spread: float, strikes: Array) -> Array:
    if spread == 0.0:
        return np.maximum(mean - strikes, 0.0)
    depth = np.log(mean / strikes) / spread
    worth: Array = mean * ndtr(depth + 0.5 * spread) - strikes * ndtr(depth - 0.5 * spread)
    return worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The mixture nearest to a density.

    Attributes
    ----------
    mixture : Mixture
    gap : float
        Largest difference of the two in P(price at expiry > price).
    """

    mixture: Mixture
    gap: float


def match_density(density: Density, *, failure: float, success: float) -> Matched:
    """Weight and spreads of success and failure that reproduce a density's probabilities, by least squares.

    Compared at the density's quantiles from 2% to 98%. Nothing forces the mean of the mixture onto that of the density:
    a gap that stays large says that two states are not what the density describes.

    Parameters
    ----------
    density : Density
    failure, success : float
        Mean prices of the two parts at expiry; success is the greater.

    Raises
    ------
    InvalidInput
        If the prices are not in order.

    Examples
    --------
    >>> law = Mixture(weight=0.4, failure=25.0, success=55.0, failure_spread=0.2, success_spread=0.02)
    >>> round(match_density(law, failure=25.0, success=55.0).mixture.weight, 4)
    0.4
    """
    if not positive("failure", failure) < positive("success", success):
        raise InvalidInput(f"failure: received {failure!r}; allowed are prices below success, {success!r}")
    prices = np.array([float(density.quantile(float(level))) for level in _LEVELS])
    wanted = probabilities(density, prices)

    def gaps(numbers: Array) -> Array:
        return probabilities(_mixture(numbers, failure, success), prices) - wanted

    starts = [np.array([weight, spread, 0.5 * spread]) for weight in (0.2, 0.5, 0.8) for spread in STARTS]
    lows, highs = [0.0, LEAST_SPREAD, LEAST_SPREAD], [1.0, MOST_SPREAD, MOST_SPREAD]
    fits = [least_squares(gaps, start, bounds=(lows, highs), x_scale=[1.0, 0.1, 0.1]) for start in starts]
    best = min(fits, key=lambda fit: float(fit.cost))
    return Matched(mixture=_mixture(best.x, failure, success), gap=float(np.abs(gaps(best.x)).max()))


def _mixture(numbers: Array, failure: float, success: float) -> Mixture:
    weight, failed, succeeded = (float(number) for number in numbers)
    return Mixture(
        weight=weight, failure=failure, success=success, failure_spread=failed, success_spread=succeeded
    )

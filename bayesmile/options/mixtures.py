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
from bayesmile.options.arbitrage import Checked
from bayesmile.options.density import Density, probabilities
from bayesmile.options.quotes import Quote
from bayesmile.options.terms import Terms

__all__ = ["Matched", "Mixture", "QuoteFit", "fit_quotes", "match_density"]

Array = NDArray[np.float64]
_LEVELS = np.linspace(0.02, 0.98, 49)
_LEAST_SPREAD, _MOST_SPREAD = 0.005, 2.0
_STARTS = (0.1, 0.3, 0.8)  # spreads from which a fit begins
_SHORT = 1e-4  # of the offer: the least half-width of a quote, so that a quote without one is not worth infinitely much
_LEAST_FIT = 4
_SPREADS = np.geomspace(0.02, _MOST_SPREAD, 80).tolist()


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

    starts = [np.array([weight, spread, 0.5 * spread]) for weight in (0.2, 0.5, 0.8) for spread in _STARTS]
    lows, highs = [0.0, _LEAST_SPREAD, _LEAST_SPREAD], [1.0, _MOST_SPREAD, _MOST_SPREAD]
    fits = [least_squares(gaps, start, bounds=(lows, highs), x_scale=[1.0, 0.1, 0.1]) for start in starts]
    best = min(fits, key=lambda fit: float(fit.cost))
    return Matched(mixture=_mixture(best.x, failure, success), gap=float(np.abs(gaps(best.x)).max()))


def _mixture(numbers: Array, failure: float, success: float) -> Mixture:
    weight, failed, succeeded = (float(number) for number in numbers)
    return Mixture(
        weight=weight, failure=failure, success=success, failure_spread=failed, success_spread=succeeded
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteFit:
    """Success at the offer, failure log-normal, fitted to quotes: a comparison, not a measurement.

    Attributes
    ----------
    mixture : Mixture
    inside, used : int
        Quotes within whose bid and ask it falls, of those fitted.
    miss : float
        Money by which it misses the bid or ask that it misses most; 0 if it misses none.
    missed : str
        That option; empty if none.
    low, high : float
        Least and greatest weight when any one quote is left out.
    fits_low, fits_high : float or None
        Least and greatest weight, in whole percent, with which some spread puts every quote within its bid and ask:
        what this family leaves open. None where no weight does, or where the forward is free.
    """

    mixture: Mixture
    inside: int
    used: int
    miss: float
    missed: str
    low: float
    high: float
    fits_low: float | None
    fits_high: float | None


def fit_quotes(checked: Checked, *, offer: float) -> QuoteFit | None:
    """Fit the weight of success at exactly the offer, and failure as one log-normal law, to quotes with bid and ask.

    Least squares of the distance from the middle of each quote, in halves of its width. The mean of failure follows
    from the forward where that is known and is fitted otherwise. How far the weight moves when quotes are left out, one
    at a time, is part of the answer; that the true law has this shape is assumed, not shown.

    Parameters
    ----------
    checked : Checked
    offer : float
        Price of success at expiry.

    Returns
    -------
    QuoteFit or None
        None where fewer than four quotes have both sides.

    Raises
    ------
    InvalidInput
        If the offer is not above zero.
    """
    price = positive("offer", offer)
    quotes = [quote for quote in checked.used if quote.bid is not None and quote.ask is not None]
    if len(quotes) < _LEAST_FIT:
        return None
    spreads = [(start, spread) for start in (0.1, 0.4, 0.7) for spread in _STARTS]
    best = min((_fit(quotes, checked.terms, price, start) for start in spreads), key=lambda found: found[1])[0]
    start = best.weight, best.failure_spread
    weights = [best.weight]
    for place in range(len(quotes)):
        rest = quotes[:place] + quotes[place + 1 :]
        weights.append(_fit(rest, checked.terms, price, start)[0].weight)
    return _quote_fit(best, quotes, checked.terms, weights)


def _quote_fit(best: Mixture, quotes: Sequence[Quote], terms: Terms, weights: Sequence[float]) -> QuoteFit:
    worth, (bids, asks) = terms.discount * best.worth(quotes), _sides(quotes)
    fitting = _fitting(quotes, terms, best.success)
    misses = np.maximum(bids - terms.widen - worth, worth - asks - terms.widen)
    worst = int(np.argmax(misses))
    return QuoteFit(
        mixture=best,
        inside=int((misses <= 0.0).sum()),
        used=len(quotes),
        miss=max(0.0, float(misses[worst])),
        missed=quotes[worst].name if misses[worst] > 0.0 else "",
        low=min(weights),
        high=max(weights),
        fits_low=min(fitting, default=None),
        fits_high=max(fitting, default=None),
    )


def _fitting(quotes: Sequence[Quote], terms: Terms, offer: float) -> list[float]:
    """Weights, in whole percent, with which some spread of failure puts every quote within bid and ask."""
    if terms.forward is None:
        return []
    bids, asks = _sides(quotes)
    rounding = 1e-9 * offer
    found = []
    for weight in np.linspace(0.0, 1.0, 101).tolist():
        mean = (terms.forward - weight * offer) / (1.0 - weight) if weight < 1.0 else 0.0
        if mean <= 0.0:
            continue
        for spread in _SPREADS:
            mixture = Mixture(weight=weight, failure=mean, success=offer, failure_spread=spread)
            worth = terms.discount * mixture.worth(quotes)
            if ((worth >= bids - terms.widen - rounding) & (worth <= asks + terms.widen + rounding)).all():
                found.append(weight)
                break
    return found


def _sides(quotes: Sequence[Quote]) -> tuple[Array, Array]:
    return np.array([quote.bid for quote in quotes], float), np.array([quote.ask for quote in quotes], float)


def _fit(quotes: Sequence[Quote], terms: Terms, offer: float, start: tuple[float, float]) -> tuple[Mixture, float]:
    """Best mixture from one start, and its cost."""
    bids, asks = _sides(quotes)
    middles, halves = 0.5 * (bids + asks), np.maximum(0.5 * (asks - bids) + terms.widen, _SHORT * offer)
    # Failure keeps a price above zero.
    most = 1.0 - 1e-6 if terms.forward is None else min(1.0, terms.forward / offer) - 1e-6

    def made(numbers: Array) -> Mixture:
        weight = float(numbers[0])
        mean = float(numbers[2]) * offer if terms.forward is None else (terms.forward - weight * offer) / (1.0 - weight)
        return Mixture(weight=weight, failure=mean, success=offer, failure_spread=float(numbers[1]))

    def distances(numbers: Array) -> Array:
        return (terms.discount * made(numbers).worth(quotes) - middles) / halves

    first = [min(start[0], 0.9 * most), start[1]]
    lows, highs = [0.0, _LEAST_SPREAD], [most, _MOST_SPREAD]
    if terms.forward is None:
        first, lows, highs = [*first, 0.6], [*lows, 1e-3], [*highs, 5.0]
    first = np.clip(first, np.array(lows) + 1e-9, np.array(highs) - 1e-9).tolist()
    found = least_squares(distances, first, bounds=(lows, highs))
    return made(found.x), float(found.cost)

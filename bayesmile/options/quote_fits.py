"""Success at the offer or log-normal failure, fitted to quotes: a comparison for the bounds, with what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from bayesmile.checks import positive
from bayesmile.options.arbitrage import Checked
from bayesmile.options.mixtures import LEAST_SPREAD, MOST_SPREAD, STARTS, Mixture
from bayesmile.options.quotes import Quote
from bayesmile.options.terms import Terms

__all__ = ["QuoteFit", "fit_quotes"]

Array = NDArray[np.float64]
_SHORT = 1e-4  # of the offer: the least half-width of a quote, so that a quote without one is not worth infinitely much
_LEAST_FIT = 4
_SPREADS = np.geomspace(0.02, MOST_SPREAD, 80).tolist()


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
        Least and greatest weight when any one strike is left out.
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
    from the forward where that is known and is fitted otherwise. How far the weight moves when strikes are left out,
    one at a time, is part of the answer; that the true law has this shape is assumed, not shown.

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
    spreads = [(start, spread) for start in (0.1, 0.4, 0.7) for spread in STARTS]
    best = min((_fit(quotes, checked.terms, price, start) for start in spreads), key=lambda found: found[1])[0]
    start = best.weight, best.failure_spread
    weights = [best.weight]
    for strike in sorted({quote.strike for quote in quotes}):
        rest = [quote for quote in quotes if quote.strike != strike]
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
    lows, highs = [0.0, LEAST_SPREAD], [most, MOST_SPREAD]
    if terms.forward is None:
        first, lows, highs = [*first, 0.6], [*lows, 1e-3], [*highs, 5.0]
    first = np.clip(first, np.array(lows) + 1e-9, np.array(highs) - 1e-9).tolist()
    found = least_squares(distances, first, bounds=(lows, highs))
    return made(found.x), float(found.cost)

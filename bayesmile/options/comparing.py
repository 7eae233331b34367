"""Two-state answers of options and of the share price side by side, and a fitted density against the quotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmile.checks import finite, positive
from bayesmile.errors import InvalidInput
from bayesmile.market import TwoState
from bayesmile.options.arbitrage import Checked
from bayesmile.options.bounds import Bounds, probability_bounds
from bayesmile.options.density import Density, DensityCheck, check_density, price_grid, probabilities
from bayesmile.options.laws import law_set, least_widening
from bayesmile.options.mixtures import Matched, match_density
from bayesmile.wording import implied, interval, percent

__all__ = ["DensityComparison", "Sides", "SweepLine", "compare_density", "least_downside", "sweep"]

Array = NDArray[np.float64]
_CLOSE = 1e-4  # of the offer
_GAP = 0.05  # of probability: a mixture that misses a density by more does not describe it
_SLACK = 0.25  # of the distance of two prices summed over: the error of the sum


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Price of a share at expiry if the matter fails and if it succeeds.

    Parameters
    ----------
    failure, success : float
        Success is the greater.

    Raises
    ------
    InvalidInput
        If they are not in order, or failure is below zero.

    Examples
    --------
    >>> round(Sides(failure=25.0, success=55.0).implied_probability(36.29), 3)
    0.376
    """

    failure: float
    success: float

    def __post_init__(self) -> None:
        """Check both."""
        low, high = finite("downside", self.failure), finite("offer", self.success)
        if low < 0.0 or high <= low:
            allowed = f"prices from 0 to below the offer of {high:,.10g}"
            raise InvalidInput(f"downside: received {low:,.10g}; allowed are {allowed}")

    @classmethod
    def per_share(cls, state: TwoState, shares: float) -> Sides:
        """Per share, from the values of a belief and its payoffs, both in money of the as-of date.

        Parameters
        ----------
        state : TwoState
            From `bayesmile.two_state`.
        shares : float
            Number of shares of all classes.
        """
        number = positive("shares", shares)
        return cls(failure=state.failure / number, success=state.success / number)

    @property
    def midpoint(self) -> float:
        """Price half-way between them: above it, success is the nearer."""
        return 0.5 * (self.failure + self.success)

    def implied_probability(self, price: float) -> float:
        """(price - failure) / (success - failure), never clipped: the two-state answer of the share price."""
        return (price - self.failure) / (self.success - self.failure)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepLine:
    """What shares and options say under one downside.

    Attributes
    ----------
    downside : float
    by_spot, by_forward : float or None
        Two-state answer of the share price, and the same with the forward, which is money at expiry like the offer;
        never clipped. None where there is none.
    low, high : float or None
        Bounds of P(price at expiry >= offer) over the laws with nothing strictly between downside and offer. None where
        no such law fits the quotes: then options speak of prices in between, and the two-state answer of this downside
        is not theirs.
    """

    downside: float
    by_spot: float | None
    by_forward: float | None
    low: float | None
    high: float | None


def sweep(checked: Checked, *, offer: float, downsides: Sequence[float]) -> tuple[SweepLine, ...]:
    """Two-state answers for several downsides beside what the quotes allow.

    Raises
    ------
    InvalidInput
        If the chain is not usable or a downside is not below the offer.
    """
    lines = []
    for downside in downsides:
        sides = Sides(failure=downside, success=offer)
        bounds = probability_bounds(checked, above=offer, empty=(downside, offer))
        spot, forward = checked.chain.spot, checked.terms.forward
        lines.append(
            SweepLine(
                downside=downside,
                by_spot=None if spot is None else sides.implied_probability(spot),
                by_forward=None if forward is None else sides.implied_probability(forward),
                low=bounds.low,
                high=bounds.high,
            )
        )
    return tuple(lines)


def least_downside(checked: Checked, *, offer: float) -> float | None:
    """Least downside for which a law with nothing strictly between it and the offer fits the quotes.

    With a lower one, whatever the probabilities, the quotes contradict a price that is at most the downside or at least
    the offer. What fits one downside fits every greater one, so one number divides them.

    Returns
    -------
    float or None
        0 where every downside fits; None where none does, up to the offer.

    Raises
    ------
    InvalidInput
        If the chain is not usable.
    """
    if not checked.usable:
        raise InvalidInput(f"chain {checked.chain.name}: it gives no bounds. {checked.verdict}")

    def fits(downside: float) -> bool:
        return least_widening(law_set(checked.used, checked.terms, empty=(downside, offer)))[0] == 0.0

    low, high = 0.0, offer * (1.0 - _CLOSE)
    if fits(low):
        return 0.0
    if not fits(high):
        return None
    while high - low > _CLOSE * offer:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityComparison:
    """A fitted density against the share price, and against the quotes that it claims to describe.

    Attributes
    ----------
    lead : str
    threshold : float
        Price in question: half-way between failure and success unless given.
    above : float
        P(price at expiry > threshold) by the density.
    by_price : float or None
        Two-state answer of the forward, or of the density's mean where there is no forward; never clipped.
    matched : Matched
        Mixture of failure and success nearest to the density.
    check : DensityCheck
        Whether the object is a law at all.
    bounds : Bounds or None
        What the quotes allow at the threshold; None without a usable chain.
    inside, used : int
        Used quotes within whose bid and ask the density's own prices lie; 0 of 0 without a usable chain.
    """

    lead: str
    threshold: float
    above: float
    by_price: float
    matched: Matched
    check: DensityCheck
    bounds: Bounds | None
    inside: int
    used: int


def compare_density(
    density: Density, sides: Sides, *, checked: Checked | None = None, threshold: float | None = None
) -> DensityComparison:
    """Compare a density with success and failure per share and, where there is a chain, with its quotes.

    Parameters
    ----------
    density : Density
        Any object with `prob_above` and `quantile`.
    sides : Sides
        Price at expiry of failure and success.
    checked : Checked, optional
        Chain that the density describes.
    threshold : float, optional
        Price in question.

    Raises
    ------
    InvalidInput
        If the object is no density or a number is not allowed.

    Examples
    --------
    >>> from bayesmile.options.mixtures import Mixture
    >>> law = Mixture(weight=0.4, failure=25.0, success=55.0, failure_spread=0.1, success_spread=0.01)
    >>> compared = compare_density(law, Sides(failure=25.0, success=55.0))
    >>> round(compared.above, 3), round(compared.by_price, 3), round(compared.matched.mixture.weight, 3)
    (0.4, 0.4, 0.4)
    """
    forward = None if checked is None else checked.terms.forward
    check = check_density(density, forward=forward)
    if sides.failure <= 0.0:
        raise InvalidInput("downside: received 0; allowed with a density are prices above 0")
    level = sides.midpoint if threshold is None else positive("threshold", threshold)
    usable = checked is not None and checked.usable
    bounds = probability_bounds(checked, above=level) if checked is not None and usable else None
    inside, used = _repriced(density, checked) if checked is not None and usable else (0, 0)
    above = float(density.prob_above(level))
    by_price = sides.implied_probability(check.mean if forward is None else forward)
    matched = match_density(density, failure=sides.failure, success=sides.success)
    return DensityComparison(
        lead=_lead(level, above, by_price, matched, bounds, inside, used),
        threshold=level,
        above=above,
        by_price=by_price,
        matched=matched,
        check=check,
        bounds=bounds,
        inside=inside,
        used=used,
    )


def _lead(
    level: float, above: float, by_price: float, matched: Matched, bounds: Bounds | None, inside: int, used: int
) -> str:
    text = f"The density gives {percent(above)} to a price above {level:,.6g}"
    if bounds is not None and bounds.low is not None and bounds.high is not None:
        held = "inside" if bounds.low <= above <= bounds.high else "outside"
        text += (
            f", {held} what the quotes allow, {interval(bounds.low, bounds.high)}; {inside} of {used} quotes hold its"
            " own price of the option between bid and ask"
        )
    text += (
        f". The share price alone, read as one of two states, gives {implied(by_price)}; the nearest mixture of the two"
        f" has weight {percent(matched.mixture.weight)} on success"
    )
    gap = f" and misses the density by up to {100.0 * matched.gap:.0f} points" if matched.gap > _GAP else ""
    return f"{text}{gap}."


def _repriced(density: Density, checked: Checked) -> tuple[int, int]:
    """Quotes within which the density prices its option, of those used: E(S-K)+ is the area of P(S > x) beyond K."""
    prices = price_grid(density)
    above = probabilities(density, prices)
    step = float(prices[1])
    area = np.concatenate([[0.0], np.cumsum(0.5 * (above[1:] + above[:-1]) * step)])
    inside, terms = 0, checked.terms
    for quote in checked.used:
        below = float(np.interp(quote.strike, prices, area))
        worth = terms.discount * (float(area[-1]) - below if quote.kind == "call" else quote.strike - below)
        low = -np.inf if quote.bid is None or (terms.american and quote.kind == "put") else quote.bid - terms.widen
        high = np.inf if quote.ask is None else quote.ask + terms.widen
        inside += bool(low - step * _SLACK <= worth <= high + step * _SLACK)
    return inside, len(checked.used)


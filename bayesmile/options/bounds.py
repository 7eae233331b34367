"""What quotes say about a probability without any fitted curve: an interval, often a wide one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesmile.checks import finite
from bayesmile.errors import InvalidInput
from bayesmile.options.arbitrage import Checked
from bayesmile.options.laws import extreme, law_set
from bayesmile.options.quotes import Quote
from bayesmile.options.terms import Terms

__all__ = ["Bounds", "Dropped", "dropping", "probability_bounds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Least and greatest risk-neutral probability that fits the quotes.

    Attributes
    ----------
    above, below : float or None
        The event: price at expiry of at least `above` and at most `below`.
    low, high : float or None
        None where no law fits the quotes and the prices ruled out.
    """

    above: float
    below: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """The same bounds without the quotes of one strike.

    Attributes
    ----------
    strike : float
    low, high : float
    """

    strike: float
    low: float
    high: float


def probability_bounds(
    checked: Checked, *, above: float, below: float | None = None, empty: tuple[float, float] | None = None
) -> Bounds:
    """Bounds of P(above <= price at expiry <= below) over all laws that put each quote within its bid and ask.

    They are exact: the least and the greatest value, or the limits of such values, by linear programming (see
    `bayesmile.options.laws`). The ends of the event count for the greatest and do not for the least, so that it makes
    no difference whether they belong to it; next to prices that are ruled out an end counts for both.

    Parameters
    ----------
    checked : Checked
        Chain that is usable.
    above, below : float
        The event; without `below` it has no upper end.
    empty : (float, float), optional
        Prices strictly between these are ruled out: with a merger in which a price is either at most the downside or
        at least the offer, the answer no longer depends on what lies between.

    Raises
    ------
    InvalidInput
        If the chain is not usable or the numbers are not in order.

    Examples
    --------
    >>> from bayesmile.options.arbitrage import check_chain
    >>> from bayesmile.options.quotes import Chain, Quote
    >>> from bayesmile.options.terms import terms_of
    >>> quotes = [
    ...     Quote(kind="call", strike=45.0, bid=3.0, ask=3.25),
    ...     Quote(kind="call", strike=55.0, bid=0.23, ask=0.87),
    ... ]
    >>> chain = Chain(name="X", quotes=quotes, spot=36.29)
    >>> bounds = probability_bounds(check_chain(chain, terms_of(chain)), above=55.0)
    >>> round(bounds.low, 3), round(bounds.high, 3)  # 10 x P(price >= 55) is at most 3.25 - 0.23
    (0.0, 0.302)
    """
    _check(checked, above, below, empty)
    return _bounds(checked.used, checked.terms, above, below, empty)


def _check(checked: Checked, above: float, below: float | None, empty: tuple[float, float] | None) -> None:
    if not checked.usable:
        raise InvalidInput(f"chain {checked.chain.name}: it gives no bounds. {checked.verdict}")
    numbers = [finite("above", above)] + ([] if below is None else [finite("below", below)])
    if min(numbers) < 0.0 or numbers != sorted(numbers):
        raise InvalidInput(f"bounds: received {above!r} to {below!r}; allowed are prices from 0, the lower first")
    if empty is not None and not 0.0 <= finite("empty", empty[0]) < finite("empty", empty[1]):
        raise InvalidInput(f"empty: received {empty!r}; allowed are two prices, the lower first")


def _bounds(
    quotes: tuple[Quote, ...], terms: Terms, above: float, below: float | None, empty: tuple[float, float] | None
) -> Bounds:
    return _solved(quotes, terms, above, below, empty)[0]


def _solved(
    quotes: tuple[Quote, ...], terms: Terms, above: float, below: float | None, empty: tuple[float, float] | None
) -> tuple[Bounds, frozenset[float]]:
    """Bounds, and the strikes that hold them where they are."""
    ends = [above] if below is None else [above, below]
    laws = law_set(quotes, terms, ends=ends, empty=empty)
    top = np.inf if below is None else below
    # Mass at an end of the event may as well lie just outside, unless prices just outside are ruled out.
    begins = (laws.knots >= above) if above == 0.0 or (empty and above == empty[1]) else (laws.knots > above)
    stops = (laws.knots <= top) if empty and below == empty[0] else (laws.knots < top)
    strictly = extreme(laws, (begins & stops).astype(float), largest=False)
    loosely = extreme(laws, ((laws.knots >= above) & (laws.knots <= top)).astype(float), largest=True)
    if strictly is None or loosely is None:
        return Bounds(above=above, below=below, low=None, high=None), frozenset()
    low, high = (min(max(end.value, 0.0), 1.0) for end in (strictly, loosely))
    holding = strictly.binding | loosely.binding
    strikes = frozenset(quote.strike for quote, holds in zip(quotes, holding, strict=True) if holds)
    return Bounds(above=above, below=below, low=low, high=max(low, high)), strikes


def dropping(checked: Checked, *, above: float, below: float | None = None) -> tuple[Dropped, ...]:
    """Bounds with each strike left out in turn, its call and its put; leaving one out can only widen them.

    Raises
    ------
    InvalidInput
        As `probability_bounds`.
    """
    _check(checked, above, below, None)
    whole, holding = _solved(checked.used, checked.terms, above, below, None)
    found = []
    for strike in sorted({quote.strike for quote in checked.used}):
        bounds = whole
        if strike in holding:  # the dual solution shows that the others change nothing
            rest = tuple(quote for quote in checked.used if quote.strike != strike)
            bounds = _bounds(rest, checked.terms, above, below, None)
        if bounds.low is not None and bounds.high is not None:
            found.append(Dropped(strike=strike, low=bounds.low, high=bounds.high))
    return tuple(found)

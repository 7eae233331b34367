"""Under which terms quotes are read: how money is discounted, and what the underlying costs for the day of expiry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from bayesmile.checks import finite, positive
from bayesmile.errors import InvalidInput
from bayesmile.options.quotes import Chain

__all__ = ["Terms", "terms_of"]

_HIGHEST_RATE = 1.0  # continuously compounded: beyond it a percentage was meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What every check and bound assumes beside the quotes.

    Attributes
    ----------
    discount : float
        Value now of one unit of money at expiry.
    forward : float or None
        Mean price at expiry under the risk-neutral law; None leaves it free.
    origin : "given", "spot" or "free"
        Where the forward comes from; from the spot it is spot / discount, which assumes no dividends.
    american : bool
        Whether an option may be exercised early: then the bid for a put is no lower bound of what its payoff at expiry
        is worth.
    widen : float
        Money by which each bid is lowered and each ask raised.
    rate, years : float or None
        Continuously compounded yearly rate, and the time to expiry; None where the dates are not known.
    """

    discount: float
    forward: float | None
    origin: Literal["given", "spot", "free"]
    american: bool
    widen: float
    rate: float
    years: float | None


def terms_of(
    chain: Chain,
    *,
    rate: float = 0.0,
    forward: float | Literal["spot", "free"] = "spot",
    american: bool = False,
    widen: float = 0.0,
) -> Terms:
    """Terms for a chain, with the discount factor exp(-rate * years).

    Parameters
    ----------
    chain : Chain
    rate : float
        Continuously compounded yearly rate.
    forward : float, "spot" or "free"
        Forward price; ``"spot"`` takes spot / discount, or leaves it free where the chain has no spot. For options on
        futures give the price of the future.
    american : bool
        Whether the options may be exercised early.
    widen : float
        Money by which each quote is widened on each side.

    Raises
    ------
    InvalidInput
        If a number is not allowed, or a rate is given for a chain without dates.

    Examples
    --------
    >>> import datetime as dt
    >>> from bayesmile.options.quotes import Quote
    >>> chain = Chain(
    ...     name="X",
    ...     quotes=[Quote(kind="call", strike=50.0, bid=0.5, ask=2.0)],
    ...     quote_date=dt.date(2025, 1, 28),
    ...     expiry=dt.date(2025, 12, 19),
    ...     spot=36.29,
    ... )
    >>> terms_of(chain, rate=0.04).forward
    37.605...
    """
    number = finite("rate", rate)
    if abs(number) > _HIGHEST_RATE:
        raise InvalidInput(f"rate: received {rate!r}; allowed are yearly rates from -1 to 1, such as 0.04")
    if number != 0.0 and chain.years is None:
        missing = f"chain {chain.name} has no quote date or no expiry"
        raise InvalidInput(f"rate: received {rate!r}, but {missing}; allowed is 0")
    margin = finite("widen", widen)
    if margin < 0.0:
        raise InvalidInput(f"widen: received {widen!r}; allowed is a number of at least 0")
    discount = math.exp(-number * (chain.years or 0.0))
    if isinstance(forward, str):
        if forward not in ("spot", "free"):
            raise InvalidInput(f"forward: received {forward!r}; allowed is a price, spot or free")
        known = forward == "spot" and chain.spot is not None
        mean = chain.spot / discount if known and chain.spot is not None else None
        origin: Literal["given", "spot", "free"] = "spot" if known else "free"
    else:
        mean, origin = positive("forward", forward), "given"
    return Terms(
        discount=discount,
        forward=mean,
        origin=origin,
        american=american,
        widen=margin,
        rate=number,
        years=chain.years,
    )

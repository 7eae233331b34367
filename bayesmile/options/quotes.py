"""Option quotes as they were read: one expiry of one underlying, nothing repaired and nothing left out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, get_args

from bayesmile.checks import finite, positive
from bayesmile.errors import InvalidInput
from bayesmile.wording import plain

__all__ = ["Chain", "Kind", "Quote"]

Kind = Literal["call", "put"]
_AMOUNTS = ("last", "bid", "ask", "mark", "iv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Prices of one option, each in money for one unit of the underlying; None where it is not given.

    Attributes
    ----------
    kind : "call" or "put"
    strike : float
        Above zero.
    bid, ask : float or None
        What is paid and what is asked for it now. They may be senseless: that is for the checks to say.
    last, mark : float or None
        Last trade, which may be old; the middle that the exchange or the site puts on it.
    iv : float or None
        Implied volatility as given; never used.
    line : int
        Line of the file, or any number that names the quote.

    Raises
    ------
    InvalidInput
        If the kind is unknown, the strike is not above zero or another number is not finite.
    """

    kind: Kind
    strike: float
    bid: float | None = None
    ask: float | None = None
    last: float | None = None
    mark: float | None = None
    iv: float | None = None
    line: int = 0

    def __post_init__(self) -> None:
        """Check every field."""
        if self.kind not in get_args(Kind):
            raise InvalidInput(f"Quote kind: received {self.kind!r}; allowed are call and put")
        object.__setattr__(self, "strike", positive("Quote strike", self.strike))
        for name in _AMOUNTS:
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, finite(f"Quote {name}", value))

    @property
    def name(self) -> str:
        """Kind and strike: ``"call 45"``."""
        return f"{self.kind} {self.strike:,.10g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Quotes of one underlying and one expiry.

    Attributes
    ----------
    name : str
        Its name in the file, or that of the underlying or of the file.
    quotes : tuple of Quote
        In the order of the file.
    quote_date, expiry : date or None
    spot : float or None
        Price of the underlying when the quotes were taken.
    underlying, currency : str
        Empty where not given.
    ignored : tuple of str
        Columns of the file that were not read.

    Raises
    ------
    InvalidInput
        If there is no quote, the spot is not above zero or the expiry is not after the quotes.
    """

    name: str
    quotes: tuple[Quote, ...]
    quote_date: dt.date | None = None
    expiry: dt.date | None = None
    spot: float | None = None
    underlying: str = ""
    currency: str = ""
    ignored: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every field."""
        object.__setattr__(self, "quotes", tuple(self.quotes))
        if not self.quotes:
            raise InvalidInput(f"Chain {self.name}: received no quotes; allowed is at least one")
        if self.spot is not None:
            object.__setattr__(self, "spot", positive("Chain spot", self.spot))
        if self.quote_date is not None and self.expiry is not None and self.expiry <= self.quote_date:
            raise InvalidInput(
                f"Chain {self.name} expiry: received {self.expiry}; allowed are days after {self.quote_date}, when it"
                " was quoted"
            )

    @property
    def title(self) -> str:
        """Name, day of the quotes and expiry, for people."""
        seen = "" if self.quote_date is None else f", quotes of {self.quote_date}"
        ends = "" if self.expiry is None else f", expiry {self.expiry}"
        return f"{plain(self.name)}{seen}{ends}"

    @property
    def years(self) -> float | None:
        """Years of 365 days from the quotes to the expiry; None where a date is missing."""
        if self.quote_date is None or self.expiry is None:
            return None
        return (self.expiry - self.quote_date).days / 365.0

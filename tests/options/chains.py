"""Option chains made from known laws."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from bayesmile.options.arbitrage import Checked, check_chain
from bayesmile.options.quotes import Chain, Quote
from bayesmile.options.terms import terms_of

DAY, EXPIRY = dt.date(2025, 1, 2), dt.date(2026, 1, 2)


def quoted(worth: Sequence[float], kinds: Sequence[str], strikes: Sequence[float], width: float) -> tuple[Quote, ...]:
    """Quotes around worths, each `width` wide, no bid below zero; lines count from 2 as in a file."""
    return tuple(
        Quote(kind=kind, strike=strike, bid=max(0.0, mid - width / 2), ask=mid + width / 2, line=line)
        for line, (mid, kind, strike) in enumerate(zip(worth, kinds, strikes, strict=True), start=2)
    )


def from_atoms(
    prices: Sequence[float],
    masses: Sequence[float],
    strikes: Sequence[float],
    *,
    width: float = 0.0,
    discount: float = 1.0,
    puts: bool = True,
) -> Chain:
    """Make calls, and puts, worth what a law of atoms says."""
    at, mass = np.asarray(prices, float), np.asarray(masses, float)
    kinds, levels, worth = [], [], []
    for kind, sign in (("call", 1.0), ("put", -1.0)) if puts else (("call", 1.0),):
        for strike in strikes:
            kinds.append(kind)
            levels.append(float(strike))
            worth.append(discount * float(mass @ np.maximum(sign * (at - strike), 0.0)))
    return Chain(
        name="made",
        quotes=quoted(worth, kinds, levels, width),
        quote_date=DAY,
        expiry=EXPIRY,
        spot=discount * float(mass @ at),
        underlying="made",
    )


def checked(chain: Chain, **terms: object) -> Checked:
    return check_chain(chain, terms_of(chain, **terms))  # type: ignore[arg-type]

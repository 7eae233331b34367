"""A curve fitted to quotes by the oipd library, as a density: an extra, imported only when it is asked for."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bayesmile.errors import BayesmileError, InvalidInput
from bayesmile.options.arbitrage import Checked
from bayesmile.wording import plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LibraryDensity", "NoFit", "library_density"]


class NoFit(BayesmileError):
    """The library fits no curve to these quotes."""


@dataclass(frozen=True, slots=True)
class LibraryDensity:
    """Law that oipd fitted; a `bayesmile.options.density.Density`.

    Attributes
    ----------
    curve : object
        Its ProbCurve.
    notes : tuple of str
        What the library warned of.
    """

    curve: Any
    notes: tuple[str, ...]

    def prob_above(self, price: float, /) -> float:
        """P(price at expiry > price)."""
        return float(self.curve.prob_above(float(price)))

    def quantile(self, q: float, /) -> float:
        """Price at which P(price at expiry <= price) reaches q."""
        return float(self.curve.quantile(float(q)))


def library_density(checked: Checked) -> LibraryDensity:
    """Fit an implied volatility curve to the used quotes with oipd, and take the density that follows from it.

    The library takes the forward from pairs of call and put with the same strike, so it refuses a chain of calls only.

    Parameters
    ----------
    checked : Checked
        Chain with quote date and expiry.

    Raises
    ------
    InvalidInput
        If the extra is not installed, or the chain lacks a date or any price of the underlying.
    NoFit
        If the library refuses the quotes.
    """
    try:
        import oipd  # type: ignore[import-not-found, unused-ignore]  # an extra
    except ImportError:
        raise InvalidInput("a fitted density needs the extra options: pip install 'bayesmile[options]'") from None
    import pandas as pd

    chain, terms = checked.chain, checked.terms
    if chain.quote_date is None or chain.expiry is None:
        raise InvalidInput(f"chain {chain.name}: a fitted density needs its quote date and its expiry")
    spot = chain.spot if terms.forward is None else terms.forward * terms.discount
    if spot is None:
        raise InvalidInput(f"chain {chain.name}: a fitted density needs its spot or its forward")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            market = oipd.MarketInputs(
                valuation_date=pd.Timestamp(chain.quote_date),
                risk_free_rate=terms.rate,
                risk_free_rate_mode="continuous",
                underlying_price=spot,
            )
            curve = oipd.VolCurve().fit(_frame(checked, pd.Timestamp(chain.expiry)), market).implied_distribution()
            curve.quantile(0.5)  # it is computed on first use
        except (oipd.OIPDError, ValueError) as error:
            raise NoFit(f"the library oipd fits no curve to {chain.name}: {plain(str(error))}") from None
    return LibraryDensity(curve, tuple(dict.fromkeys(plain(str(one.message)) for one in told)))


def _frame(checked: Checked, expiry: pd.Timestamp) -> pd.DataFrame:
    import pandas as pd

    quotes = [quote for quote in checked.used if quote.bid is not None and quote.ask is not None]
    return pd.DataFrame(
        {
            "strike": [quote.strike for quote in quotes],
            "last_price": [quote.last for quote in quotes],
            "bid": [quote.bid for quote in quotes],
            "ask": [quote.ask for quote in quotes],
            "option_type": ["C" if quote.kind == "call" else "P" for quote in quotes],
            "expiry": expiry,
        }
    )

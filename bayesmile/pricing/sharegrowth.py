"""Whether the company's spending, the growth of its share count and the dilution assumed agree."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bayesmile.core.funding import growth
from bayesmile.files.market_page import Market, ShareCount
from bayesmile.grid import When
from bayesmile.market import checked_price
from bayesmile.payoffs import Payoffs
from bayesmile.wording import listed, money

__all__ = ["Growth", "ShareGrowth", "share_growth"]

_YEAR = 365.25
_NEAR = 1.5  # rates within this factor agree where no interval says how sure the dilution is


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Growth of the share count between two days.

    Attributes
    ----------
    kind : str
        ``"filed"`` between two filed counts, ``"implied"`` if one of them is implied by other figures.
    first, last : str
        Days that the counts are about.
    before, after : float
        Shares of the priced class on these days, all classes with their weights.
    years : float
        Days between them over 365.25.
    rate : float
        log(after / before) / years: a continuous rate, as the dilution is.
    whole : bool
        Whether it is from the first filed count to the last, rather than between neighbouring ones.
    """

    kind: str
    first: str
    last: str
    before: float
    after: float
    years: float
    rate: float
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareGrowth:
    """Spending, historical growth of the share count and the dilution assumed, side by side.

    Attributes
    ----------
    as_of : str
    burn, stock_compensation : float or None
        Money a year; None where the dossier does not give it.
    market_value : float or None
    spending_rate : float or None
        (burn + stock compensation) / market value: the yearly rate at which the share count grows if both are paid for
        by new shares at this price. None without a market value or without any spending.
    periods : tuple of Growth
        Between neighbouring filed counts, over all of them, and to or from implied counts; public by the as-of date.
    dilution : float or None
        The dilution assumed; None where cash pays for the burn.
    low, high : float or None
        Rates that agree with it: its 90% interval, or within a factor of 1.5.
    sentence : str
        Whether they agree.
    """

    as_of: str
    burn: float | None
    stock_compensation: float | None
    market_value: float | None
    spending_rate: float | None
    periods: tuple[Growth, ...]
    dilution: float | None
    low: float | None
    high: float | None
    sentence: str

    @property
    def filed_rate(self) -> float | None:
        """Growth over all filed counts."""
        found = _overall(self.periods)
        return None if found is None else found.rate


def share_growth(market: Market, payoffs: Payoffs, as_of: When, market_value: float | None) -> ShareGrowth:
    """Set spending as a share of the market value beside the growth of the share count and the dilution.

    Parameters
    ----------
    market : Market
    payoffs : Payoffs
        Those in use, which may differ from the market page's.
    as_of : str or date
        Only counts public by then are used. What is spent is as market.toml gives it, whatever the date.
    market_value : float or None

    Raises
    ------
    InvalidInput
        If the market value is no number of at least 0.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> market = load("phase2_drug").market
    >>> found = share_growth(market, market.payoffs, "2026-10-31", 372e6)
    >>> round(found.spending_rate, 4), round(found.filed_rate, 4)
    (0.0914, 0.0653)
    """
    market_value = None if market_value is None else checked_price(market_value)
    burn, paid = market.spending.burn, market.spending.stock_compensation
    spent = (
        burn.value if burn is not None else payoffs.burn if payoffs.has_cash_contract else None,
        None if paid is None else paid.value,
    )
    known = [amount for amount in spent if amount is not None]
    rate = math.fsum(known) / market_value if known and market_value else None
    periods = tuple(_periods(market.share_counts(as_of)))
    low, high = _range(market, payoffs)
    return ShareGrowth(
        as_of=str(as_of),
        burn=spent[0],
        stock_compensation=spent[1],
        market_value=market_value,
        spending_rate=rate,
        periods=periods,
        dilution=None if payoffs.has_cash_contract else payoffs.dilution,
        low=low,
        high=high,
        sentence=_assumed(market, payoffs, (low, high), rate, _overall(periods)),
    )


def _range(market: Market, payoffs: Payoffs) -> tuple[float, float] | tuple[None, None]:
    """Rates that agree with the dilution in use."""
    if payoffs.has_cash_contract:
        return None, None
    amount = market.amounts.get("dilution")
    if amount is not None and amount.value == payoffs.dilution and amount.low is not None and amount.high is not None:
        return amount.low, amount.high
    return payoffs.dilution / _NEAR, payoffs.dilution * _NEAR


def _overall(periods: Sequence[Growth]) -> Growth | None:
    """Growth over all filed counts; None where there are not two."""
    filed = [period for period in periods if period.kind == "filed"]
    return next((period for period in filed if period.whole), filed[0] if filed else None)


def _assumed(
    market: Market,
    payoffs: Payoffs,
    agreeing: tuple[float | None, float | None],
    rate: float | None,
    filed: Growth | None,
) -> str:
    """Say in one sentence whether spending and growth agree with the dilution assumed."""
    grew = "" if filed is None else f"by which the filed share count grew from {filed.first} to {filed.last}"
    low, high = agreeing
    if low is None or high is None:
        start = (
            f"No dilution is assumed: {money(payoffs.burn, market.currency)} a year is spent out of cash of"
            f" {money(payoffs.cash, market.currency)}{_lasts(payoffs)}"
        )
        return f"{start}." if filed is None else f"{start}, against the {_rate(filed.rate)} a year {grew}."
    measured = []
    if rate is not None:
        measured.append((rate, f"the {_rate(rate)} of the market value that is spent a year"))
    if filed is not None:
        measured.append((filed.rate, f"the {_rate(filed.rate)} a year {grew}"))
    words = [f"{_verdict(found, low, high)} {what}" for found, what in measured]
    span = f"{_rate(payoffs.dilution)} a year ({_rate(low)} to {_rate(high)})"
    verdict = listed(words) if words else "cannot be compared: neither spending nor two filed share counts are known"
    return f"The dilution assumed, {span}, {verdict}."


def _verdict(found: float, low: float, high: float) -> str:
    return "agrees with" if low <= found <= high else "is below" if found > high else "is above"


def _lasts(payoffs: Payoffs) -> str:
    return f", enough for {payoffs.cash / payoffs.burn:.1f} years" if payoffs.burn > 0.0 and payoffs.cash > 0.0 else ""


def _rate(rate: float) -> str:
    return f"{100.0 * rate:.1f}%"


def _periods(counts: Sequence[ShareCount]) -> Iterator[Growth]:
    """Growth between neighbouring filed counts, over all of them, and between each implied count and a filed one."""
    filed = [count for count in counts if count.kind == "filed"]
    for before, after in itertools.pairwise(filed):
        yield _growth("filed", before, after)
    if len(filed) > 2:
        yield _growth("filed", filed[0], filed[-1], whole=True)
    for count in (count for count in counts if count.kind != "filed"):
        earlier = [other for other in filed if other.as_of < count.as_of]
        later = [other for other in filed if other.as_of > count.as_of]
        if earlier:
            yield _growth("implied", earlier[-1], count)
        elif later:
            yield _growth("implied", count, later[0])


def _growth(kind: str, before: ShareCount, after: ShareCount, *, whole: bool = False) -> Growth:
    days = (dt.date.fromisoformat(after.as_of) - dt.date.fromisoformat(before.as_of)).days
    return Growth(
        kind=kind,
        first=before.as_of,
        last=after.as_of,
        before=before.shares,
        after=after.shares,
        years=days / _YEAR,
        rate=growth(before.shares, after.shares, days / _YEAR),
        whole=whole,
    )

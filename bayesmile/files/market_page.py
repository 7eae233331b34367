"""The market page of a dossier: payoffs, prices and share counts by date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from bayesmile.elicitation import Prior
from bayesmile.errors import InvalidInput
from bayesmile.files.market_schema import Amount, Comparable, MarketEvent, SpendingEntry
from bayesmile.files.rows import PriceRow, ShareRow
from bayesmile.grid import When, parse_moment
from bayesmile.payoffs import Payoffs

__all__ = ["Capitalisation", "Market", "ShareCount"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareCount:
    """Shares of all classes together.

    Attributes
    ----------
    shares : float
        Sum over the classes, each in shares of the priced class: number times weight.
    as_of, filed : str
        Day that the count is about, and the day on which all of it was public.
    kind : str
        ``"filed"``, or ``"implied"`` by other figures.
    rows : tuple of ShareRow
        The classes added up.
    """

    shares: float
    as_of: str
    filed: str
    kind: str
    rows: tuple[ShareRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capitalisation:
    """Market value of the equity: price per share times shares.

    Attributes
    ----------
    value : float
        In the currency of the market page.
    price : PriceRow
        The close used.
    shares : ShareCount
        The count used.
    """

    value: float
    price: PriceRow
    shares: ShareCount


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What a price is read through, each number with its rationale.

    Attributes
    ----------
    currency, units, priced, note : str
        Currency, its unit, the milestone that the headline reads the price as, and a note.
    payoffs : Payoffs
        The payoffs.
    amounts : mapping of str to Amount
        The same numbers with interval, rationale and source: ``"floor"``, ``"values.commercialization"``, ...; and
        ``"share_factor"``, shares truly outstanding over the count used, where it is given. The market value is that at
        the count used; the factor is for what is computed with uncertain payoffs.
    priors : mapping of str to Prior
        Curves of those that have an interval. That of a success value is about the mean value, not about the
        dispersion of single outcomes.
    risk_free : Amount or None
        Yearly continuous rate of a safe investment.
    spending : SpendingEntry
        What the company spends a year, for comparison with the growth of its share count.
    benchmark_name : str or None
        What `benchmark` is, and the benchmark returns of the events.
    comparables, events : tuple
        Market values of comparable companies, and days on which news met the market.
    prices, shares : tuple
        By date.
    benchmark : tuple of PriceRow
        Closes of an index, by date; empty where there is no benchmark.csv.
    places : mapping of str to str
        File and line of each number, such as ``"market.toml:12"``: of ``"payoffs.floor"`` and the other amounts, of
        ``"spending.burn"``, of a close by `PriceRow.key` and of a share count by `ShareRow.key`.
    """

    currency: str
    units: str
    priced: str
    note: str
    payoffs: Payoffs
    amounts: Mapping[str, Amount]
    comparables: tuple[Comparable, ...]
    events: tuple[MarketEvent, ...]
    prices: tuple[PriceRow, ...]
    shares: tuple[ShareRow, ...]
    benchmark: tuple[PriceRow, ...] = ()
    priors: Mapping[str, Prior] = field(default_factory=lambda: MappingProxyType({}))
    risk_free: Amount | None = None
    spending: SpendingEntry = field(default_factory=SpendingEntry)
    benchmark_name: str | None = None
    places: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def closes_for_returns(self) -> tuple[tuple[str, float], ...]:
        """Dates and closes from which returns are taken: adjusted ones where prices.csv has them.

        The market value always comes from the unadjusted close, which is what a share cost on the day.
        """
        return tuple((row.date, row.for_returns) for row in self.prices)

    def price_at(self, date: When) -> PriceRow:
        """Last close on or before a date.

        Raises
        ------
        InvalidInput
            If there is none.
        """
        day = parse_moment(date).day.isoformat()
        known = [row for row in self.prices if row.date <= day]
        if not known:
            raise InvalidInput(f"prices.csv: no price on or before {day}; the first is of {self.prices[0].date}")
        return known[-1]

    def shares_at(self, date: When, *, implied: bool = False) -> ShareCount:
        """Latest count of all classes that was public on a date.

        Parameters
        ----------
        date : str or date
            As-of date.
        implied : bool
            Whether a later count that is implied by other figures may replace the latest filed one. Without it such
            a count serves only where nothing had been filed.

        Raises
        ------
        InvalidInput
            If there is none.
        """
        counts = self.share_counts(date)
        filed = [count for count in counts if count.kind == "filed"]
        usable = counts if implied or not filed else filed
        if not usable:
            day, first = parse_moment(date).day, min(row.filed for row in self.shares)
            raise InvalidInput(f"shares.csv: no share count was public by {day}; the first is of {first}")
        return usable[-1]

    def share_counts(self, date: When) -> tuple[ShareCount, ...]:
        """Every count of all classes that was public on a date, by the day it is about; of one day the filed one last.

        Parameters
        ----------
        date : str or date
            As-of date.
        """
        counts = _counts(self.shares, parse_moment(date).day)
        return tuple(sorted(counts, key=lambda count: (count.as_of, count.kind == "filed")))

    def capitalisation(self, as_of: When, *, implied: bool = False) -> Capitalisation:
        """Market value of the equity as of a date, with the price and the count that it comes from.

        Raises
        ------
        InvalidInput
            If there is no price or no share count by then.
        """
        price, shares = self.price_at(as_of), self.shares_at(as_of, implied=implied)
        return Capitalisation(value=price.close * shares.shares, price=price, shares=shares)


def _counts(rows: Sequence[ShareRow], day: dt.date) -> list[ShareCount]:
    """Add up the counts whose every class was public by a day; of a class filed twice for one day, the later filing."""
    groups: dict[tuple[str, str], dict[str, list[ShareRow]]] = {}
    for row in sorted(rows, key=lambda row: row.filed):
        groups.setdefault((row.as_of, row.kind), {}).setdefault(row.class_, []).append(row)
    counts = []
    for (as_of, kind), classes in groups.items():
        public = [[row for row in filings if row.filed <= day.isoformat()] for filings in classes.values()]
        if all(public):
            latest = tuple(filings[-1] for filings in public)
            filed = max(row.filed for row in latest)
            shares = sum(row.equivalents for row in latest)
            counts.append(ShareCount(shares=shares, as_of=as_of, filed=filed, kind=kind, rows=latest))
    return counts

"""From checked entries to the roadmap, the ledger and the market that everything else works with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from types import MappingProxyType

from bayesmile.delays import Delay, Gamma, LogLogistic, LogNormal, Tabulated, Weibull
from bayesmile.files.items import build_items
from bayesmile.files.market_page import Market
from bayesmile.files.market_schema import Amount, MarketFile, SpendingEntry
from bayesmile.files.problems import Place, Problems
from bayesmile.files.read import Content, Placed
from bayesmile.files.rows import PriceRow
from bayesmile.files.schema import (
    DelayEntry,
    GammaEntry,
    LogLogisticEntry,
    LogNormalEntry,
    WeibullEntry,
)
from bayesmile.ledger import Ledger
from bayesmile.payoffs import Payoffs
from bayesmile.roadmap import Milestone, Roadmap
from bayesmile.streams import Stream

__all__ = ["build_ledger", "build_market", "build_roadmap"]

ROADMAP, MARKET = "roadmap.toml", "market.toml"


def _delay(entry: DelayEntry) -> Delay:
    if isinstance(entry, LogNormalEntry):
        return LogNormal(entry.median, entry.sigma, entry.never)
    if isinstance(entry, GammaEntry):
        return Gamma(entry.mean, entry.sd, entry.never)
    if isinstance(entry, WeibullEntry):
        return Weibull(entry.median, entry.shape, entry.never)
    if isinstance(entry, LogLogisticEntry):
        return LogLogistic(entry.median, entry.shape, entry.never)
    return Tabulated(entry.pmf)


def build_roadmap(content: Content, problems: Problems) -> Roadmap | None:
    """Roadmap of the milestones; None after errors."""
    before, milestones = len(problems.found), []
    for number, entry in enumerate(content.roadmap.milestone):
        with problems.at(content.place(ROADMAP, "milestone", number, "delay"), f"milestone {entry.name}: "):
            milestones.append(
                Milestone(
                    entry.name,
                    delay=_delay(entry.delay),
                    after=tuple(entry.after),
                    needs=entry.needs,
                    observed=entry.observed,
                    reporting_lag=entry.reporting_lag,
                )
            )
    if len(problems.found) == before:
        with problems.at(content.place(ROADMAP, "milestone")):
            return Roadmap(milestones)
    return None


def _streams(content: Content, problems: Problems) -> list[Stream]:
    streams = []
    for number, entry in enumerate(content.roadmap.stream):
        kind = content.kinds.kind[entry.kind]
        base_rate = kind.base_rate if entry.base_rate is None else entry.base_rate
        lead = kind.lead if entry.lead is None else entry.lead
        attributes = {name: (rates.yes_if_near, rates.yes_otherwise) for name, rates in kind.attributes.items()}
        with problems.at(content.place(ROADMAP, "stream", number)):
            streams.append(
                Stream(
                    kind=entry.kind,
                    milestone=entry.milestone,
                    base_rate=base_rate or 0.0,  # the schema and the cross checks leave no kind without a rate here
                    lift=kind.lift if entry.lift is None else entry.lift,
                    lead=lead or 0,
                    covers=(entry.covers[0], entry.covers[1] or None),
                    attributes=attributes,
                    promotional=kind.promotional,
                )
            )
    return streams


def build_ledger(content: Content, problems: Problems) -> Ledger | None:
    """Ledger of all rows and streams; None after errors."""
    before = len(problems.found)
    items = build_items(content, problems)
    streams = _streams(content, problems)
    if len(problems.found) > before:
        return None
    inert = [name for name, kind in content.kinds.kind.items() if kind.inert]
    with problems.at(Place(content.parsed.tables["announcements.csv"].file)):
        return Ledger(items, streams, hype=content.roadmap.dossier.hype, inert_kinds=inert)
    return None


def build_market(content: Content, problems: Problems) -> Market | None:
    """Market page; None where the dossier has none, or after errors."""
    if content.market is None:
        return None
    page, payoffs = content.market.market, None
    with problems.at(content.place(MARKET, "payoffs")):
        payoffs = _payoffs(content.market)
    if payoffs is None:
        return None
    amounts = content.market.payoffs.amounts
    priors = {name: prior for name, amount in amounts.items() if (prior := amount.prior()) is not None}
    return Market(
        currency=page.currency,
        units=page.units,
        priced=page.priced,
        note=page.note,
        payoffs=payoffs,
        amounts=amounts,
        priors=MappingProxyType(priors),
        risk_free=content.market.payoffs.risk_free,
        spending=content.market.spending,
        benchmark_name=page.benchmark,
        comparables=tuple(content.market.comparable),
        events=tuple(content.market.event),
        prices=_by_date(content.prices),
        shares=tuple(placed.row for placed in content.shares),
        benchmark=_by_date(content.benchmark),
        places=MappingProxyType(_places(content)),
    )


def _places(content: Content) -> dict[str, str]:
    """File and line of the numbers of the market page."""
    found = {f"payoffs.{name}": content.place(MARKET, "payoffs", *name.split(".")) for name in _amounts(content)}
    found |= {f"spending.{name}": content.place(MARKET, "spending", name) for name in SpendingEntry.model_fields}
    found |= {placed.row.key: placed.place for placed in content.prices}
    found |= {placed.row.key: placed.place for placed in content.shares}
    return {key: str(Place(PurePath(place.file).name, place.line)) for key, place in found.items()}


def _amounts(content: Content) -> Mapping[str, Amount]:
    return content.market.payoffs.amounts if content.market is not None else {}


def _by_date(rows: Sequence[Placed[PriceRow]]) -> tuple[PriceRow, ...]:
    return tuple(sorted((placed.row for placed in rows), key=lambda row: row.date))


def _payoffs(market: MarketFile) -> Payoffs:
    numbers = market.payoffs
    return Payoffs(
        values={name: amount.value for name, amount in numbers.values.items()},
        floor=numbers.floor.value,
        beyond=numbers.beyond.value,
        required_return=numbers.required_return.value,
        dilution=_value(numbers.dilution),
        cash=_value(numbers.cash),
        burn=_value(numbers.burn),
        net_cash=_value(numbers.net_cash),
        beyond_milestone=numbers.beyond_milestone or (market.market.priced if len(numbers.values) > 1 else None),
        unpaid=tuple(numbers.unpaid),
    )


def _value(amount: Amount | None) -> float:
    return 0.0 if amount is None else amount.value

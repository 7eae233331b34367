"""Lines of the bridge between a price per share and a model value: the side of the market, and what compares both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from bayesmile.belief import Belief
from bayesmile.errors import InvalidInput
from bayesmile.files.market_page import Market, ShareCount
from bayesmile.grid import When
from bayesmile.market import checked_price
from bayesmile.payoffs import Payoffs, PresentValues
from bayesmile.wording import words

__all__ = ["BridgeLine", "Page", "Side", "has_price", "market_side", "reading_side"]

Side = Literal["market", "payoffs", "reading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeLine:
    """One number of the bridge, and how to come to it.

    Attributes
    ----------
    key : str
        Short name, unique in its bridge; formulas call the lines by these.
    side : {"market", "payoffs", "reading"}
        Whether it leads to what must be explained, to what the payoffs are worth, or compares the two.
    label : str
        Words for people.
    formula : str
        Arithmetic on lines above it, by their keys; empty for a number that is read, assumed or the belief's.
    value : float
    unit : str
    source : str
        File and line, the field of the market page, or the belief; empty where the formula says it all.
    cited : str
        What the source itself cites.
    """

    key: str
    side: Side
    label: str
    formula: str
    value: float
    unit: str
    source: str
    cited: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Page:
    """What the lines are made from.

    Attributes
    ----------
    market : Market
    payoffs : Payoffs
    present : PresentValues
        The payoffs by month.
    belief : Belief
    as_of : str or date
    name : str
        The milestone in question.
    """

    market: Market
    payoffs: Payoffs
    present: PresentValues
    belief: Belief
    as_of: When
    name: str

    @property
    def unit(self) -> str:
        """Currency."""
        return self.market.currency

    @property
    def believed(self) -> str:
        """Source of a number of the belief."""
        return f"belief as of {self.as_of}"

    def assumed(self, key: str, name: str, value: float, label: str, unit: str, side: Side = "payoffs") -> BridgeLine:
        """Line of a number of the market page, with its place where it stands there as it is used here."""
        amount = self.market.amounts.get(name)
        if amount is None or amount.value != value:
            source, cited = f"payoffs.{name}, given", ""
        else:
            source, cited = f"{self.market.places.get(f'payoffs.{name}', 'market.toml')}, payoffs.{name}", amount.source
        return BridgeLine(
            key=key, side=side, label=label, formula="", value=value, unit=unit, source=source, cited=cited
        )

    def line(self, key: str, label: str, formula: str, value: float, *, side: Side = "payoffs") -> BridgeLine:
        """Line of an amount of money that follows from lines above it."""
        return BridgeLine(key=key, side=side, label=label, formula=formula, value=value, unit=self.unit, source="")

    def of_belief(self, key: str, label: str, value: float, unit: str) -> BridgeLine:
        """Line of a number that the belief gives."""
        return BridgeLine(
            key=key, side="payoffs", label=label, formula="", value=value, unit=unit, source=self.believed
        )


# From the price per share to what the payoffs must explain.


def market_side(page: Page, price: float | None, per_share: float | None) -> Iterator[BridgeLine]:
    """Price per share, shares by class, market value, net cash, and the value that the payoffs must explain."""
    title = "market value of the equity"
    if price is not None:
        value = checked_price(price)
        yield BridgeLine(
            key="market_value", side="market", label=title, formula="", value=value, unit=page.unit, source="given"
        )
    else:
        close, count = _close(page, per_share), page.market.shares_at(page.as_of)
        yield close
        yield from _classes(page, count)
        value = close.value * count.shares
        yield page.line("market_value", title, "price * shares", value, side="market")
    net, formula = page.payoffs.net_cash, "market_value"
    if net != 0.0:
        label, formula = "cash less debt, kept in every state", "market_value - net_cash"
        yield page.assumed("net_cash", "net_cash", net, label, page.unit, "market")
    yield page.line("explained", "value that the payoffs must explain", formula, value - net, side="market")


def _close(page: Page, per_share: float | None) -> BridgeLine:
    label, source, cited = "price per share", "given", ""
    if per_share is None:
        row = page.market.price_at(page.as_of)
        label, source, cited = f"close of {row.date}", page.market.places.get(row.key, "prices.csv"), row.source
        per_share = row.close
    return BridgeLine(
        key="price",
        side="market",
        label=label,
        formula="",
        value=checked_price(per_share, "price per share"),
        unit=f"{page.unit} a share",
        source=source,
        cited=cited,
    )


def _classes(page: Page, count: ShareCount) -> Iterator[BridgeLine]:
    """Shares of each class, its weight where any class has one, and their sum."""
    terms: list[str] = []
    for row in count.rows:
        stem = re.sub(r"\W+", "_", row.class_, flags=re.ASCII).strip("_").lower()
        key = f"shares_{stem}" if f"shares_{stem}" not in " ".join(terms).split() else f"shares_{len(terms) + 1}"
        place = page.market.places.get(row.key, "shares.csv")
        label = f"shares of class {row.class_} as of {row.as_of}, public since {row.filed}, {row.kind}"
        counted = BridgeLine(
            key=key,
            side="market",
            label=label,
            formula="",
            value=row.shares,
            unit="shares",
            source=place,
            cited=row.source,
        )
        yield counted
        terms.append(key)
        if any(other.weight != 1.0 for other in count.rows):
            label = f"shares of the priced class that one of class {row.class_} is worth"
            yield replace(counted, key=f"{key}_weight", label=label, value=row.weight, unit="factor")
            terms[-1] = f"{key} * {key}_weight"
    yield BridgeLine(
        key="shares",
        side="market",
        label=f"shares of all classes as of {count.as_of}, public since {count.filed}",
        formula=" + ".join(terms),
        value=count.shares,
        unit="shares",
        source="",
    )


# The two compared.


def reading_side(page: Page, values: Mapping[str, float]) -> Iterator[BridgeLine]:
    """Model value of the equity, its distance from the price, and the probability that the price implies."""
    if page.payoffs.net_cash != 0.0:
        label, formula = "model value of the equity", "model_value + net_cash"
        if "net_cash" not in values:
            label_of_cash = "cash less debt, kept in every state"
            yield page.assumed("net_cash", "net_cash", page.payoffs.net_cash, label_of_cash, page.unit, "reading")
        worth = values["model_value"] + page.payoffs.net_cash
        yield page.line("equity_value", label, formula, worth, side="reading")
    if "explained" not in values:
        return
    excess, formula = values["explained"] - values["model_value"], "explained - model_value"
    yield page.line("excess", "price above what the payoffs are worth", formula, excess, side="reading")
    if "failure" in values and "success" in values and values["success"] != values["failure"]:
        implied = (values["explained"] - values["failure"]) / (values["success"] - values["failure"])
        yield BridgeLine(
            key="implied",
            side="reading",
            label=f"p*, chance of {words(page.name)} at which the payoffs are worth the price",
            formula="(explained - failure) / (success - failure)",
            value=implied,
            unit="probability",
            source="",
        )


def has_price(page: Page) -> bool:
    """Whether a price and a share count are public by the as-of date."""
    try:
        page.market.capitalisation(page.as_of)
    except InvalidInput:
        return False
    return True

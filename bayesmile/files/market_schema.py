"""What market.toml may hold: one class per table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bayesmile.elicitation import Law, Prior
from bayesmile.errors import InvalidInput
from bayesmile.files.fields import Day, Entry, Name, NotNegative, Period, Positive, Prose, Sourced, Text

__all__ = [
    "Amount",
    "Comparable",
    "MarketEntry",
    "MarketEvent",
    "MarketFile",
    "NetAmount",
    "PayoffsEntry",
    "ReportedMove",
    "SpendingEntry",
]


class Amount(Sourced):
    """A number of the market page, with its 90% interval where one is given."""

    value: NotNegative
    low: NotNegative | None = None
    high: NotNegative | None = None
    law: Law | None = None

    @model_validator(mode="after")
    def _interval(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise InvalidInput("low and high come together or not at all")
        if self.low is None or self.high is None:
            if self.law is not None:
                raise InvalidInput(f"law: received {self.law!r} without low and high; allowed is a law of an interval")
            return self
        received = f"received low {self.low:g}, value {self.value:g}, high {self.high:g}"
        if not self.low <= self.value <= self.high:
            raise InvalidInput(f"{received}; allowed is low <= value <= high")
        if self.low < self.high and self.value in (self.low, self.high):
            raise InvalidInput(f"{received}; allowed is a value inside low and high, or three equal numbers if certain")
        self.prior()
        return self

    def prior(self) -> Prior | None:
        """Curve of the 90% interval; None for a number that is taken as known exactly.

        Without a `law` it is log-normal for an interval above 0, gamma for one that begins at 0, where no log-normal
        can begin, and normal for one that begins below.

        Raises
        ------
        InvalidInput
            If no curve of that law has this centre and this interval.

        Examples
        --------
        >>> Amount(value=35.0, low=12.0, high=90.0, rationale="why", source="where").prior().describe()
        'log-normal with median 35, 90% between 12.8 and 95.3 for a stated 12 to 90 (mean 42.1)'
        """
        if self.low is None or self.high is None or self.low == self.high:
            return None
        usual: Law = "lognormal" if self.low > 0.0 else "gamma" if self.low == 0.0 else "normal"
        make = {
            "lognormal": Prior.lognormal,
            "normal": Prior.normal,
            "beta": Prior.beta,
            "gamma": Prior.gamma_between,
        }
        return make[self.law or usual](self.value, self.low, self.high)


class NetAmount(Amount):
    """A number of the market page that may be negative, as cash less debt is."""

    value: float
    low: float | None = None
    high: float | None = None


class MarketEntry(Entry):
    """Currency and what is priced."""

    currency: Text
    units: Text
    priced: Text
    benchmark: Text | None = None
    note: Prose = ""


_FUNDING = "either dilution, or cash and burn, not both"


class PayoffsEntry(Entry):
    """The payoffs, each argued."""

    floor: Amount
    beyond: Amount
    required_return: Amount
    dilution: Amount | None = None
    cash: NetAmount | None = None
    burn: Amount | None = None
    net_cash: NetAmount | None = None
    risk_free: Amount | None = None
    share_factor: Amount | None = None
    unpaid: list[Name] = Field(default_factory=list)
    beyond_milestone: Name | None = None
    values: dict[Name, Amount] = Field(min_length=1)

    @model_validator(mode="after")
    def _funding(self) -> Self:
        """One funding contract, whole; the same money is never counted twice."""
        cash = [name for name in ("cash", "burn") if getattr(self, name) is not None]
        given = [*(["dilution"] if self.dilution is not None else []), *cash]
        if self.dilution is not None and cash:
            raise InvalidInput(f"received {' and '.join(given)}; funding is {_FUNDING}")
        if not given:
            raise InvalidInput(f"no funding: dilution is missing, or cash and burn are; allowed is {_FUNDING}")
        if len(cash) == 1:
            other = "burn" if cash == ["cash"] else "cash"
            raise InvalidInput(f"received {cash[0]} without {other}; allowed is {_FUNDING}")
        if self.net_cash is not None and cash:
            raise InvalidInput(
                "received net_cash with cash and burn; the cash is counted once: kept in every state (net_cash) or"
                " spent by the burn (cash)"
            )
        if self.share_factor is not None and self.share_factor.value == 0.0:
            raise InvalidInput("share_factor: received 0; allowed is a number above 0")
        return self

    @property
    def amounts(self) -> Mapping[str, Amount]:
        """Every number of the payoffs by name, such as ``"floor"`` and ``"values.launch"``; not the risk-free rate."""
        named = {name: getattr(self, name) for name in _AMOUNTS}
        given = {name: amount for name, amount in named.items() if amount is not None}
        return MappingProxyType(given | {f"values.{name}": amount for name, amount in self.values.items()})


_AMOUNTS = ("floor", "beyond", "required_return", "dilution", "cash", "burn", "net_cash", "share_factor")


class SpendingEntry(Entry):
    """What the company spends a year: compared with the growth of its share count, and used in no other number."""

    burn: Amount | None = None
    stock_compensation: Amount | None = None


class Comparable(Entry):
    """A documented market value of a comparable company."""

    name: Text
    value: Positive
    date: Period
    note: Prose = ""
    source: Text


_Return = Annotated[float, Field(gt=-1.0)]


class ReportedMove(Entry):
    """A return of the day as someone reported it, as a fraction."""

    value: _Return
    source: Text


class MarketEvent(Entry):
    """A day on which an announcement met the market."""

    date: Day
    title: Text
    item: Text
    previous_close_date: Day
    session: Literal["before", "during", "after"] | None = None
    benchmark_return: _Return | None = None
    beta: float | None = None
    reported_moves: list[ReportedMove] = Field(default_factory=list)
    note: Prose = ""

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.previous_close_date >= self.date:
            raise InvalidInput(
                f"previous_close_date: received {self.previous_close_date}, not before {self.date}; dates are reversed"
            )
        return self


class MarketFile(Entry):
    """The whole of market.toml."""

    market: MarketEntry
    payoffs: PayoffsEntry
    spending: SpendingEntry = Field(default_factory=SpendingEntry)
    comparable: list[Comparable] = Field(default_factory=list)
    event: list[MarketEvent] = Field(default_factory=list)

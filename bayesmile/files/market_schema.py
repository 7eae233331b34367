"""What market.toml may hold: one class per table."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bayesmile.errors import InvalidInput
from bayesmile.files.fields import Day, Entry, Name, NotNegative, Period, Positive, Prose, Sourced, Text

__all__ = ["Amount", "Comparable", "MarketEntry", "MarketEvent", "MarketFile", "PayoffsEntry", "ReportedMove"]


class Amount(Sourced):
    """A number of the market page, with its 90% interval where one is given."""

    value: NotNegative
    low: NotNegative | None = None
    high: NotNegative | None = None

    @model_validator(mode="after")
    def _interval(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise InvalidInput("low and high come together or not at all")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise InvalidInput(
                f"received low {self.low:g}, value {self.value:g}, high {self.high:g}; allowed is low <= value <= high"
            )
        return self


class MarketEntry(Entry):
    """Currency and what is priced."""

    currency: Text
    units: Text
    priced: Text
    note: Prose = ""


class PayoffsEntry(Entry):
    """The payoffs, each argued."""

    floor: Amount
    beyond: Amount
    required_return: Amount
    dilution: Amount
    values: dict[Name, Amount] = Field(min_length=1)


class Comparable(Entry):
    """A documented market value of a comparable company."""

    name: Text
    value: Positive
    date: Period
    note: Prose = ""
    source: Text


class ReportedMove(Entry):
    """A return of the day as someone reported it, as a fraction."""

    value: Annotated[float, Field(gt=-1.0)]
    source: Text


class MarketEvent(Entry):
    """A day on which an announcement met the market."""

    date: Day
    title: Text
    item: Text
    previous_close_date: Day
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
    comparable: list[Comparable] = Field(default_factory=list)
    event: list[MarketEvent] = Field(default_factory=list)

"""What a row of a CSV file may hold: one class per file; an empty cell is an absent field."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from bayesmile.checks import positive
from bayesmile.errors import InvalidInput
from bayesmile.files.fields import Day, Decimal, Entry, Identifier, Period, Text

__all__ = ["ItemRow", "PriceRow", "ShareRow"]


def _above_zero(number: float) -> float:
    return positive("", number)


class ItemRow(Entry):
    """One row of announcements.csv; an empty cell is an absent field."""

    id: Identifier
    announced: Period
    entered: Day | None = None
    retracted: Day | None = None
    type: Literal["announcement", "achieved", "not_yet", "guidance", "likelihood_ratio"]
    milestone: str | None = None
    kind: str | None = None
    story: Text | None = None
    when: Period | None = None
    ratio: Decimal | None = None
    attributes: Text | None = None
    headline: Text
    counterparty: Text | None = None
    source: Text
    note: Text | None = None


_Positive = Annotated[Decimal, AfterValidator(_above_zero)]


class PriceRow(Entry):
    """A closing price per share, and the close adjusted for splits and dividends, from which returns are taken."""

    date: Day
    close: _Positive
    source: Text
    adjusted: _Positive | None = None

    @property
    def key(self) -> str:
        """What tells this row from the others of its file."""
        return f"close {self.date}"

    @property
    def for_returns(self) -> float:
        """Adjusted close where there is one, else the close."""
        return self.close if self.adjusted is None else self.adjusted


ShareKind = Literal["filed", "implied"]


class ShareRow(Entry):
    """Number of shares of one class as of a day, and the day it became public; one column is called `class`."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

    as_of: Day
    filed: Day
    shares: _Positive
    class_: Text = Field(alias="class")
    kind: ShareKind
    source: Text
    weight: _Positive = 1.0

    @property
    def key(self) -> str:
        """What tells this row from the others of its file."""
        return f"shares {self.as_of} {self.filed} {self.class_} {self.kind}"

    @property
    def equivalents(self) -> float:
        """Shares of the priced class to which they come: shares times weight."""
        return self.shares * self.weight

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: object) -> object:
        return data  # the header has been checked already, and `class` cannot name a field

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.filed < self.as_of:
            raise InvalidInput(f"filed: received {self.filed}, before as_of {self.as_of}; dates are reversed")
        return self

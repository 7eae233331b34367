"""What a single field of a dossier may hold, and the tables that it stands in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from bayesmile.checks import positive, probability
from bayesmile.errors import InvalidInput
from bayesmile.files.text import nearest
from bayesmile.grid import parse_month
from bayesmile.periods import parse_period

__all__ = [
    "MOST_MONTHS",
    "Count",
    "Day",
    "Decimal",
    "Entry",
    "Identifier",
    "Interval",
    "Month",
    "Months",
    "Name",
    "NotNegative",
    "OpenMonth",
    "Period",
    "Positive",
    "Probability",
    "Prose",
    "Sourced",
    "Text",
]

FIRST_YEAR, LAST_YEAR, MOST_MONTHS = 1900, 2200, 1200  # beyond these a date or a horizon is a slip of the pen


def _prose(text: str) -> str:
    """Text on one line: a dossier wraps its rationales, a report wraps them again."""
    return " ".join(text.split())


def _printable(text: str) -> str:
    if not text.isprintable():
        raise InvalidInput(f"received {text[:60]!r}; allowed is printable text")
    return text


def _years(text: str) -> str:
    period = parse_period(text)
    if not FIRST_YEAR <= period.first.year <= period.last.year <= LAST_YEAR:
        raise InvalidInput(f"a date: received {text!r}; allowed are the years {FIRST_YEAR} to {LAST_YEAR}")
    return period.text


def _day(text: str) -> str:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is None:
        raise InvalidInput(f"a day: received {text!r}; allowed is 'YYYY-MM-DD'")
    return _years(text)


def _month(text: str) -> str:
    parse_month(text)
    return _years(text)


def _month_or_open(text: str) -> str:
    return _month(text) if text else text


def _plain_number(text: object) -> object:
    """Read the number of a CSV cell: digits as people write them, no underscores and no names of infinities."""
    if isinstance(text, str):
        if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII) is None:
            raise InvalidInput(f"received {text!r}; allowed is a finite number such as 12.5 or 3e9")
        return float(text)
    return text


def _at_least_zero(number: float) -> float:
    if number < 0.0:
        raise InvalidInput(f"received {number!r}; allowed is a number of at least 0")
    return number


def _above_zero(number: float) -> float:
    return positive("", number)


def _chance(number: float) -> float:
    return probability("", number)


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Prose = Annotated[str, AfterValidator(_prose), AfterValidator(_printable)]
Text = Annotated[Prose, StringConstraints(min_length=1)]
Day = Annotated[str, AfterValidator(_day)]
Month = Annotated[str, AfterValidator(_month)]
OpenMonth = Annotated[str, AfterValidator(_month_or_open)]
Period = Annotated[str, AfterValidator(_years)]
Positive = Annotated[float, AfterValidator(_above_zero)]
NotNegative = Annotated[float, AfterValidator(_at_least_zero)]
Probability = Annotated[float, AfterValidator(_chance)]
Months = Annotated[int, Field(ge=0, le=MOST_MONTHS)]
Count = Annotated[int, Field(ge=0, le=MOST_MONTHS)]  # of what happens at most once a month
Interval = Annotated[list[float], Field(min_length=2, max_length=2)]
Decimal = Annotated[float, BeforeValidator(_plain_number)]


class Entry(BaseModel):
    """A table of a file: frozen, no unknown keys, no silent conversions.

    `refused` holds keys that people may expect here, and why they are not allowed.
    """

    refused: ClassVar[Mapping[str, str]] = {}

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: object) -> object:
        for key in data if isinstance(data, dict) else ():
            if key in cls.refused:
                raise PydanticCustomError("refused_key", "{why}", {"key": key, "why": cls.refused[key]})
            if key not in cls.model_fields:
                raise PydanticCustomError("unknown_key", "{hint}", {"key": key, "hint": nearest(key, cls.model_fields)})
        return data


class Sourced(Entry):
    """An assumption: it says what it rests on."""

    rationale: Text
    source: Text

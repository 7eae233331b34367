"""What a record of the log holds: one class for both kinds, and its cells as a spreadsheet may safely open them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from bayesmile.checks import probability
from bayesmile.errors import InvalidInput
from bayesmile.files.fields import Decimal, Identifier, Month, Period, Text
from bayesmile.forecasts.clock import time_of
from bayesmile.grid import parse_moment

__all__ = ["COLUMNS", "START", "LogRow", "bare", "cells_of", "guarded", "link"]

START = hashlib.sha256(b"bayesmile forecast log, format 1").hexdigest()
"""What stands in the place of the hash before the first record."""

_OBEYED = ("=", "+", "-", "@", "'")  # a spreadsheet takes the first four for formulas; the last marks a guarded cell


def _time(text: str) -> str:
    time_of(text)
    return text


def _moment(text: str) -> str:
    parse_moment(text)
    return text


def _chance(number: float) -> float:
    return probability("", number)


def _count(text: object) -> object:
    if isinstance(text, str):
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise InvalidInput(f"received {text!r}; allowed is a whole number of at least 0")
        return int(text)
    return text


_Chance = Annotated[Decimal, AfterValidator(_chance)]
_Count = Annotated[int, BeforeValidator(_count), Field(ge=0)]
_Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

_FORECAST = ("deadline", "as_of", "probability", "rule", "resolved_by", "dossier_hash", "version")
_DRAWN = ("mean", "low", "high", "draws", "seed")
_RESOLUTION = ("happened", "on", "rule", "source")


class LogRow(BaseModel):
    """One record of the log; an empty cell is an absent field.

    A *forecast* says with what probability a milestone is reached by the end of a month. A *resolution* says what
    happened; it decides every forecast that follows from it.
    """

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False, extra="forbid")

    record: Literal["forecast", "resolution"]
    id: Identifier
    made: Annotated[str, AfterValidator(_time)]
    dossier: Text
    milestone: Text
    deadline: Month | None = None
    as_of: Annotated[Period, AfterValidator(_moment)] | None = None
    probability: _Chance | None = None
    mean: _Chance | None = None
    low: _Chance | None = None
    high: _Chance | None = None
    draws: _Count | None = None
    seed: _Count | None = None
    retrospective: Text | None = None
    rule: Text
    resolved_by: Text | None = None
    happened: Literal["yes", "no", "unknown"] | None = None
    on: Period | None = None
    supersedes: Text | None = None
    source: Text | None = None
    note: Text | None = None
    dossier_hash: _Hash | None = None
    changes: Text | None = None
    version: Text | None = None
    hash: _Hash

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = _FORECAST if self.record == "forecast" else _RESOLUTION
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise InvalidInput(f"{missing[0]}: empty; a {self.record} has one")
        other = (*_RESOLUTION[:2], "supersedes") if self.record == "forecast" else (*_FORECAST[1:3], *_DRAWN)
        strange = [name for name in other if getattr(self, name) is not None]
        if strange:
            raise InvalidInput(f"{strange[0]}: received {getattr(self, strange[0])!r}; a {self.record} has none")
        drawn = [getattr(self, name) is not None for name in _DRAWN]
        if any(drawn) and not all(drawn):
            raise InvalidInput(f"{', '.join(_DRAWN)}: allowed are all of them or none")
        if self.happened == "no" and self.deadline is None:
            raise InvalidInput("deadline: empty; a resolution with no has one")
        return self

    @property
    def question(self) -> tuple[str, str, str]:
        """What is asked, whatever the deadline: dossier, milestone and the rule that decides."""
        return self.dossier, self.milestone, self.rule

    @property
    def stated(self) -> float:
        """Probability that is scored: the mean over the draws where there are any, else the central one."""
        chance = self.probability if self.mean is None else self.mean
        if chance is None:
            raise InvalidInput(f"{self.id}: a resolution states no probability")
        return chance

    @property
    def month(self) -> str:
        """Deadline of a forecast."""
        if self.deadline is None:
            raise InvalidInput(f"{self.id}: it has no deadline")
        return self.deadline


COLUMNS = tuple(LogRow.model_fields)
"""Columns of the log, in the order in which a new file has them."""


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula.

    Examples
    --------
    >>> guarded("=1+1"), guarded("plain")
    ("'=1+1", 'plain')
    """
    return f"'{text}" if text.startswith(_OBEYED) else text


def bare(cell: str) -> str:
    """Text of a guarded cell.

    Examples
    --------
    >>> bare(guarded("'tis")), bare("plain")
    ("'tis", 'plain')
    """
    return cell.removeprefix("'")


def cells_of(fields: Mapping[str, object]) -> dict[str, str]:
    """Cells of a record by column, in full digits and guarded; what is absent is empty."""
    texts = {name: fields.get(name) for name in COLUMNS if name != "hash"}
    return {name: "" if value is None else _cell(value) for name, value in texts.items()}


def _cell(value: object) -> str:
    return repr(float(value)) if isinstance(value, float) else guarded(" ".join(str(value).split()))


def link(before: str, cells: Mapping[str, str]) -> str:
    """Hash of a record: SHA-256 over the hash of the record before and every cell, each with its length."""
    digest = hashlib.sha256()
    for text in (before, *(cells[name] for name in COLUMNS if name != "hash")):
        data = text.encode("utf-8", "surrogatepass")  # what is no text is refused with its field, not here
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()

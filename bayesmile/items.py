"""What every item of evidence carries: a milestone, when it became public, when it was recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np

from bayesmile.errors import InvalidInput
from bayesmile.grid import When
from bayesmile.periods import Period, parse_period

__all__ = ["Item", "require_text", "whole_months"]


def require_text(what: str, value: object) -> None:
    """Refuse anything but text that is not blank.

    Raises
    ------
    InvalidInput
        Naming `what`.

    Examples
    --------
    >>> require_text("Stream kind", "delay")
    """
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(f"{what}: received {value!r}; allowed is a non-empty text")


def whole_months(what: str, when: When) -> Period:
    """Period that ends with a month.

    Raises
    ------
    InvalidInput
        If it ends within one.

    Examples
    --------
    >>> whole_months("NotYet launch through", "2026-Q1").last.isoformat()
    '2026-03-31'
    """
    period = parse_period(when, what)
    if (period.last + dt.timedelta(days=1)).day != 1:
        raise InvalidInput(
            f"{what}: received {period.text!r}, which ends within a month;"
            " allowed is a month, quarter or year, or the last day of a month"
        )
    return period


class _Kept:
    """Room for what never changes and every view asks for, the keys of an item and its day; no fields."""

    __slots__ = ("_day", "_keys")

    _day: dt.date | None
    _keys: dict[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Item(_Kept):
    """What every item of evidence carries; use one of its kinds, not `Item` itself.

    Parameters
    ----------
    milestone : str or None
        Milestone that the item is about.
    announced : str or date, optional
        When it became public. An imprecise date ("2025-10", "2025-Q3", "2025") counts as public at its end.
    source, note : str
        Where it was read, and anything worth keeping beside it.
    entered : str or date, optional
        When it was recorded in the ledger.
    retracted : str or date, optional
        From when on it no longer counts; instead of deleting it.
    id : str
        Name of the record, kept when it is retracted and re-entered corrected.

    Raises
    ------
    InvalidInput
        If a field cannot be accepted.
    """

    milestone: str | None
    _: KW_ONLY
    announced: When | None = None
    source: str = ""
    note: str = ""
    entered: When | None = None
    retracted: When | None = None
    id: str = ""

    def __post_init__(self) -> None:
        """Check the common fields and bring the dates to one spelling."""
        if type(self) is Item:
            raise InvalidInput("Item: received a bare Item; allowed are its kinds, such as Achieved or Announcement")
        self._check_milestone()
        for text in ("source", "note", "id"):
            if not isinstance(getattr(self, text), str):
                raise InvalidInput(f"{self._field(text)}: received {getattr(self, text)!r}; allowed is text")
        for date in ("announced", "entered", "retracted"):
            if getattr(self, date) is not None:
                self._set(date, parse_period(getattr(self, date), self._field(date)).text)
        self._check_order()

    def _check_milestone(self) -> None:
        require_text(f"{type(self).__name__} milestone", self.milestone)

    def _check_order(self) -> None:
        if self.announced is None:
            return
        announced = parse_period(self.announced)
        for later in ("entered", "retracted"):
            when = getattr(self, later)
            if when is not None and parse_period(when).last < announced.first:
                raise InvalidInput(
                    f"{self._field(later)}: received {when}, before announced {self.announced}; dates are reversed"
                )

    def _field(self, name: str) -> str:
        return f"{type(self).__name__} {self.milestone or 'about no milestone'} {name}"

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def public(self) -> dt.date | None:
        """Day from which the item counts as public; None without an announced date."""
        if not hasattr(self, "_day"):
            self._set("_day", None if self.announced is None else parse_period(self.announced).last)
        return self._day

    @property
    def label(self) -> str:
        """Short text for people: ``"Achieved certification 2027-01"``."""
        about = "" if self.milestone is None else f" {self.milestone}"
        return f"{type(self).__name__}{about}{self._detail()}"

    def _detail(self) -> str:
        return ""

    def key(self, without: Sequence[str] = ()) -> tuple[str, ...]:
        """Kind and fields as text, for equality and for an order that does not depend on entry."""
        if not hasattr(self, "_keys"):
            self._set("_keys", {})
        if (left_out := tuple(without)) not in self._keys:
            self._keys[left_out] = self._made_key(left_out)
        return self._keys[left_out]

    def _made_key(self, without: Sequence[str]) -> tuple[str, ...]:
        kind: Any = type(self)  # mypy takes a class whose objects define __hash__ for unhashable
        names = (name for name in _names(kind) if name not in without)
        return (type(self).__name__, *[f"{name}={_plain(getattr(self, name))!r}" for name in names])

    def __eq__(self, other: object) -> bool:
        """Two items are equal when they are of one kind and agree in every field."""
        return self.key() == other.key() if isinstance(other, Item) else NotImplemented

    def __hash__(self) -> int:
        """Hash that agrees with equality."""
        return hash(self.key())


@lru_cache(maxsize=64)
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


def _plain(value: object) -> object:
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, np.ndarray):
        return value.tolist()
    return sorted(value.items()) if isinstance(value, Mapping) else value

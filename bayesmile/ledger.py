"""The ledger: dated evidence, what of it was known when, and its form as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from bayesmile.cards import ledger_card
from bayesmile.checks import positive
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Announcement
from bayesmile.frames import COLUMNS, from_record, made_of, to_record
from bayesmile.grid import When, parse_moment
from bayesmile.items import Item, require_text
from bayesmile.known import Context, Known
from bayesmile.periods import parse_period
from bayesmile.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Ledger"]

_RECORDING = ("id", "entered", "note", "retracted")  # how an item was recorded, not what it says


@dataclass(frozen=True, slots=True)
class Ledger:
    """Dated items of evidence and the streams that they are read against, in an order that does not depend on entry.

    Parameters
    ----------
    items : iterable of Item
        Evidence; every item needs an announced date.
    streams : iterable of Stream
        Declared streams, one for each kind and milestone.
    hype : float
        Rate multiplier of the promotional streams.
    inert_kinds : iterable of str
        Kinds of announcement that move nothing, by assumption.

    Raises
    ------
    InvalidInput
        If an item has no announced date, an announcement no stream, a stream is declared twice, or one record
        stands twice without a retraction.

    Notes
    -----
    `retracted` is the day from which an item no longer counts: a forecast as of an earlier date still used it. An
    item that was retracted and re-entered corrected (same `id`; or, without one, same milestone, kind, story and
    announced date, and entered no earlier than the retraction) is replaced by its correction at every date, unless
    `entered_by` asks what the ledger itself said before.

    Examples
    --------
    >>> from bayesmile.evidence import Achieved, NotYet
    >>> ledger = Ledger([Achieved("first_flight", "2027-02", announced="2027-02-11"),
    ...                  NotYet("certification", "2028-05", announced="2028-06-03")])
    >>> [item.label for item in ledger.known_by("2027-12").items]
    ['Achieved first_flight 2027-02']
    """

    items: tuple[Item, ...]
    streams: tuple[Stream, ...] = ()
    hype: float = 1.0
    inert_kinds: tuple[str, ...] = ()

    def __init__(
        self,
        items: Iterable[Item] = (),
        streams: Iterable[Stream] = (),
        *,
        hype: float = 1.0,
        inert_kinds: Iterable[str] = (),
    ) -> None:
        """Check the fields and bring them to one order."""
        object.__setattr__(self, "streams", tuple(sorted(streams, key=lambda stream: (stream.kind, stream.milestone))))
        object.__setattr__(self, "hype", positive("Ledger hype", hype))
        object.__setattr__(self, "inert_kinds", _kinds(inert_kinds, self.streams))
        object.__setattr__(self, "items", tuple(sorted((_dated(item) for item in items), key=_order)))
        self._check_announcements()
        _check_records(self.items)

    def _check_announcements(self) -> None:
        context = self._context()
        for item in self.items:
            if isinstance(item, Announcement) and item.kind not in self.inert_kinds:
                context.stream_of(item).check_answers(item)

    def _context(self) -> Context:
        return Context(streams=self.streams, hype=self.hype, inert_kinds=self.inert_kinds)

    def __len__(self) -> int:
        """Count the items, retracted and repeated ones included."""
        return len(self.items)

    def __iter__(self) -> Iterator[Item]:
        """Items in canonical order: by public day, then by what they say."""
        return iter(self.items)

    def _repr_html_(self) -> str:
        """Table for a notebook: the items by public day, long ledgers without their middle."""
        return ledger_card(self.items, self.duplicates, len(self.streams), self.inert_kinds)

    def add(self, *items: Item) -> Ledger:
        """Ledger with these items as well."""
        return Ledger((*self.items, *items), self.streams, hype=self.hype, inert_kinds=self.inert_kinds)

    @property
    def duplicates(self) -> tuple[Item, ...]:
        """Items that repeat another one in all that they say; each counts once."""
        return tuple(_split_duplicates(self.items)[1])

    def known_by(self, as_of: When, entered_by: When | None = None) -> Known:
        """Evidence that was public by the as-of date.

        Parameters
        ----------
        as_of : str or date
            A day, included; or ``"YYYY-MM"``, the first moment of that month with none of its news.
        entered_by : str or date, optional
            Only what this ledger had recorded by then: items without an `entered` date count as always there.

        Raises
        ------
        InvalidInput
            If a date cannot be read, a story spans two streams, or a story contradicts itself.

        Examples
        --------
        >>> from bayesmile.evidence import LikelihoodRatio
        >>> rumour = LikelihoodRatio("launch", "2026", 2, announced="2025-03", entered="2025-06-01")
        >>> ledger = Ledger([rumour])
        >>> len(ledger.known_by("2025-03-30").items), len(ledger.known_by("2025-03-31").items)
        (0, 1)
        >>> len(ledger.known_by("2025-04-15", entered_by="2025-05-01").items)
        0
        """
        moment = parse_moment(as_of)
        recorded_by = dt.date.max if entered_by is None else parse_moment(entered_by).day
        recorded = [item for item in self.items if _last(item.entered) <= recorded_by]
        standing = [
            item
            for item in recorded
            if (item.public or dt.date.max) <= moment.day
            and not _withdrawn(item, min(moment.day, recorded_by))
            and not _corrected(item, recorded, recorded_by)
        ]
        unique, duplicates = _split_duplicates(standing)
        return Known.of(unique, replace(self._context(), as_of=moment), duplicates)

    def to_pandas(self) -> pd.DataFrame:
        """Items as a table, one row an item, for reading and for `from_pandas`; the streams are not in it.

        Examples
        --------
        >>> from bayesmile.evidence import NotYet
        >>> Ledger([NotYet("launch", "2026", announced="2027-01-05")]).to_pandas()[["type", "through"]].values.tolist()
        [['NotYet', '2026-12']]
        """
        import pandas as pd

        return pd.DataFrame.from_records([to_record(item) for item in self.items], columns=list(COLUMNS))

    @classmethod
    def from_pandas(
        cls,
        frame: pd.DataFrame,
        streams: Iterable[Stream] = (),
        *,
        hype: float = 1.0,
        inert_kinds: Iterable[str] = (),
    ) -> Ledger:
        """Ledger of a table with the columns of `to_pandas`; a missing cell is the field's default.

        Raises
        ------
        InvalidInput
            Naming the row and the column.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"type": ["Achieved"], "milestone": ["launch"], "month": ["2027-01"],
        ...                       "announced": ["2027-01-19"]})
        >>> Ledger.from_pandas(frame).items[0].label
        'Achieved launch 2027-01'
        """
        return cls(made_of(frame, from_record), streams, hype=hype, inert_kinds=inert_kinds)


def _kinds(kinds: Iterable[str], streams: tuple[Stream, ...]) -> tuple[str, ...]:
    kinds = tuple(sorted({kinds} if isinstance(kinds, str) else set(kinds)))
    for kind in kinds:
        require_text("Ledger inert_kinds", kind)
        if any(stream.kind == kind for stream in streams):
            raise InvalidInput(f"Ledger inert_kinds: {kind!r} also has a stream; allowed is one or the other")
    for one, other in pairwise(streams):
        if (one.kind, one.milestone) == (other.kind, other.milestone):
            raise InvalidInput(f"Ledger streams: {one.label} is declared twice; allowed is once")
    return kinds


def _dated(item: object) -> Item:
    if not isinstance(item, Item):
        raise InvalidInput(f"Ledger items: received {item!r}; allowed are items such as Achieved or Announcement")
    if item.announced is None:
        raise InvalidInput(f"{item.label}: no announced date; in a ledger every item needs one")
    return item


def _order(item: Item) -> tuple[object, ...]:
    return item.public, item.key()


def _last(when: When | None) -> dt.date:
    return dt.date.min if when is None else parse_period(when).last


def _withdrawn(item: Item, day: dt.date) -> bool:
    return item.retracted is not None and _last(item.retracted) <= day


def _record(item: Item) -> tuple[str, ...]:
    if item.id:
        return ("id", item.id)
    what = (item.kind, item.story) if isinstance(item, Announcement) else ()
    return (type(item).__name__, str(item.milestone), str(item.announced), *what)


def _corrected(item: Item, recorded: list[Item], recorded_by: dt.date) -> bool:
    """Whether a later version of the same record was entered when, or after, this one was retracted."""
    if not _withdrawn(item, recorded_by):
        return False
    others = (other for other in recorded if other is not item and other.entered is not None)
    return any(_record(other) == _record(item) and _last(other.entered) >= _last(item.retracted) for other in others)


def _check_records(items: tuple[Item, ...]) -> None:
    standing: dict[str, Item] = {}
    for item in items:
        if not item.id or item.retracted is not None:
            continue
        first = standing.setdefault(item.id, item)
        if first.key(_RECORDING) != item.key(_RECORDING):
            raise InvalidInput(
                f"{item.label}: id {item.id!r} already names {first.label}; to correct an item, retract it and re-enter"
                " it, else give it its own id"
            )


def _split_duplicates(items: Iterable[Item]) -> tuple[list[Item], list[Item]]:
    """First of each group of items that say the same, and the repeats."""
    seen: set[tuple[str, ...]] = set()
    unique: list[Item] = []
    repeats: list[Item] = []
    for item in items:
        key = item.key(_RECORDING)
        (repeats if key in seen else unique).append(item)
        seen.add(key)
    return unique, repeats

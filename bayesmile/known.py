"""What was known at a moment: the items that act, and those that were set aside and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType

from bayesmile.errors import InvalidInput
from bayesmile.evidence import Announcement, Guidance, SlipNumbers
from bayesmile.grid import Moment
from bayesmile.items import Item
from bayesmile.periods import month_label, parse_period
from bayesmile.streams import Arrival, Stream, arrivals_of

__all__ = ["Context", "Known", "postponements"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What announcements are read against.

    Attributes
    ----------
    streams : tuple of Stream
        Declared streams.
    hype : float
        Rate multiplier of the promotional ones.
    inert_kinds : tuple of str
        Kinds that move nothing, by assumption.
    as_of : Moment or None
        Moment up to which silence counts.
    """

    streams: tuple[Stream, ...] = ()
    hype: float = 1.0
    inert_kinds: tuple[str, ...] = ()
    as_of: Moment | None = None

    def stream_of(self, item: Announcement) -> Stream:
        """Return the stream of an announcement.

        Raises
        ------
        InvalidInput
            If none is declared for its kind and milestone.
        """
        for stream in self.streams:
            if (stream.kind, stream.milestone) == (item.kind, item.milestone):
                return stream
        raise InvalidInput(
            f"{item.label}: no stream of kind {item.kind!r} on milestone {item.milestone!r} is declared;"
            f" allowed: {', '.join(stream.label for stream in self.streams) or 'none'}"
            f"; kinds that move nothing: {', '.join(self.inert_kinds) or 'none'}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Evidence as of a moment: what `infer` takes.

    Attributes
    ----------
    items : tuple of Item
        Items that act.
    context : Context
        Streams, hype, inert kinds and the moment.
    outside : tuple of Item
        Announcements dated outside their stream's coverage, which give no row.
    superseded : tuple of Item
        Guidance replaced by a later statement.
    inert : tuple of Item
        Announcements of kinds that move nothing.
    duplicates : tuple of Item
        Repeats of an item that counts once.
    warnings : tuple of str
        What to tell the reader.
    supposed : tuple of Announcement
        What if: announcements that are supposed besides, in whatever month, each one more arrival of its stream.
    complete_to : mapping of str to int
        What if: by label of a stream, the calendar month (``12 * year + month - 1``) to whose end its ledger is
        supposed to be complete, so that there is no more news than is known and supposed.
    """

    items: tuple[Item, ...]
    context: Context = Context()
    outside: tuple[Item, ...] = ()
    superseded: tuple[Item, ...] = ()
    inert: tuple[Item, ...] = ()
    duplicates: tuple[Item, ...] = ()
    warnings: tuple[str, ...] = ()
    supposed: tuple[Announcement, ...] = ()
    complete_to: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    @classmethod
    def of(cls, items: Iterable[Item], context: Context | None = None, duplicates: Sequence[Item] = ()) -> Known:
        """Sort items into those that act and those that do not.

        Parameters
        ----------
        items : iterable of Item
            Everything known, in canonical order if ties matter.
        context : Context, optional
            Streams and as-of moment; without it there are none.
        duplicates : sequence of Item
            Repeats already left out, for the record.

        Raises
        ------
        InvalidInput
            If an announcement has no stream, a story spans two, or a story contradicts itself.

        Examples
        --------
        >>> old = Guidance("launch", "2024-01", "2025", slip_mean=0.3, slip_sd=0.5)
        >>> new = Guidance("launch", "2025-01", "2027", slip_mean=0.3, slip_sd=0.5)
        >>> [item.label for item in Known.of([new, old]).superseded]
        ['Guidance launch 2025-12 (issued 2024-01)']
        """
        context = context or Context()
        everything = tuple(_checked(item) for item in items)
        inert = [item for item in everything if _is_inert(item, context)]
        outside = list(_outside(everything, context))
        superseded = list(_superseded(everything))
        aside = {id(item) for item in (*inert, *outside, *superseded)}
        return cls(
            items=tuple(item for item in everything if id(item) not in aside),
            context=context,
            outside=tuple(outside),
            superseded=tuple(superseded),
            inert=tuple(inert),
            duplicates=tuple(duplicates),
            warnings=(*_warnings(context), *_ties(everything, superseded)),
        )

    def plus(self, *items: Item) -> Known:
        """Return the same knowledge with these items as well; nothing is taken for a duplicate.

        Raises
        ------
        InvalidInput
            If an item became public after the as-of moment, or as in `of`.

        Examples
        --------
        >>> from bayesmile.evidence import NotYet
        >>> len(Known.of([]).plus(NotYet("launch", "2026")).items)
        1
        """
        for item in items:
            public = _checked(item).public
            if self.as_of is not None and public is not None and public > self.as_of.day:
                raise InvalidInput(f"{item.label}: announced {item.announced}, after the as-of date {self.as_of.day}")
        if not any(isinstance(item, (Announcement, Guidance)) for item in items):
            return replace(self, items=self.items + items)
        everything = (*self.items, *self.outside, *self.superseded, *self.inert, *items)
        known = Known.of(everything, self.context, self.duplicates)
        return replace(known, supposed=self.supposed, complete_to=self.complete_to)

    @property
    def as_of(self) -> Moment | None:
        """Moment up to which this was known; None for items without a ledger."""
        return self.context.as_of

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Declared streams."""
        return self.context.streams

    @property
    def hype(self) -> float:
        """Rate multiplier of promotional streams."""
        return self.context.hype

    def arrivals(self, stream: Stream) -> list[Arrival]:
        """Arrivals of a stream that act, stories gathered; those that are supposed among them."""
        return self.all_arrivals((stream,))[0]

    def all_arrivals(self, streams: Sequence[Stream]) -> list[list[Arrival]]:
        """Arrivals of several streams, one list for each."""
        news = _by_stream((*self.items, *self.supposed))
        return [arrivals_of(stream, news.get((stream.kind, stream.milestone), ())) for stream in streams]

    def postponements(self, item: Guidance) -> int:
        """Count how often the target of a milestone had been put off by a statement, that statement included.

        A later target than that of the statement before it is a postponement; an earlier or equal one is none. Only
        what is known counts: a statement that was retracted is as if it had never been made.

        Examples
        --------
        >>> slip = {"slip_mean": 0.3, "slip_sd": 0.5}
        >>> said = [Guidance("launch", year, target, **slip) for year, target in (("2021", "2023"), ("2022", "2024"))]
        >>> [Known.of(said).postponements(item) for item in said]
        [0, 1]
        """
        return postponements((x for x in (*self.items, *self.superseded) if isinstance(x, Guidance)), item)

    def slip(self, item: Guidance) -> SlipNumbers:
        """Numbers by which a statement is read, given what else is known."""
        return item.slip(self.postponements(item) if item.postponed else 0)

    @property
    def nominal(self) -> int:
        """Number of known items, of whatever effect."""
        return sum(map(len, (self.items, self.outside, self.superseded, self.inert, self.duplicates)))

    @property
    def effective(self) -> int:
        """Number of independent pieces of evidence: stories count once, what is set aside not at all."""
        plain = sum(not isinstance(item, Announcement) for item in self.items)
        return plain + sum(map(len, self.all_arrivals(self.streams)))


def _checked(item: object) -> Item:
    if not isinstance(item, Item):
        raise InvalidInput(f"evidence: received {item!r}; allowed are items such as Achieved or LikelihoodRatio")
    return item


def _by_stream(items: Iterable[Item]) -> dict[tuple[str, str | None], list[Announcement]]:
    """Announcements by kind and milestone, in the order of the items."""
    found: dict[tuple[str, str | None], list[Announcement]] = {}
    for item in items:
        if isinstance(item, Announcement):
            found.setdefault((item.kind, item.milestone), []).append(item)
    return found


def _is_inert(item: Item, context: Context) -> bool:
    return isinstance(item, Announcement) and item.kind in context.inert_kinds


def _outside(items: Sequence[Item], context: Context) -> Iterator[Item]:
    news = [item for item in items if isinstance(item, Announcement) and not _is_inert(item, context)]
    if news and context.as_of is None:
        raise InvalidInput(
            f"{news[0].label}: an announcement needs its stream and an as-of date; put it in a Ledger and call known_by"
        )
    streams: dict[str, Stream] = {}
    for item in news:
        stream = context.stream_of(item)
        if item.story and streams.setdefault(item.story, stream) is not stream:
            raise InvalidInput(
                f"{item.label}: the story {item.story!r} spans two streams, {streams[item.story].label} and"
                f" {stream.label}; allowed is one stream a story"
            )
    by_stream = _by_stream(news)
    for stream in context.streams:
        for arrival in arrivals_of(stream, by_stream.get((stream.kind, stream.milestone), ())):
            if not stream.covered(arrival.ordinal):
                yield from arrival.items


def _superseded(items: Sequence[Item]) -> Iterator[Guidance]:
    in_force: dict[str | None, Guidance] = {}
    for item in items:
        if not isinstance(item, Guidance):
            continue
        current = in_force.get(item.milestone)
        if current is None:
            in_force[item.milestone] = item
            continue
        older, newer = sorted((current, item), key=_precedence)
        in_force[item.milestone] = newer
        yield older


def postponements(statements: Iterable[Guidance], item: Guidance) -> int:
    """Count the postponements among the statements about a milestone that came before one of them, and by itself.

    Parameters
    ----------
    statements : iterable of Guidance
        About any milestones, in any order; `item` may be among them.
    item : Guidance

    Examples
    --------
    >>> item = Guidance("launch", "2021", "2023", slip_mean=0.3, slip_sd=0.5)
    >>> postponements([], item)
    0
    """
    before = [x for x in statements if x.milestone == item.milestone and _precedence(x) < _precedence(item)]
    targets = [str(x.target) for x in (*sorted(before, key=_precedence), item)]
    return sum(later > earlier for earlier, later in pairwise(targets))


def _precedence(item: Guidance) -> tuple[object, ...]:
    return *_dates(item), item.key()


def _dates(item: Guidance) -> tuple[object, ...]:
    entered = "" if item.entered is None else str(parse_period(item.entered).last)
    return parse_period(item.issued).last, entered


def _ties(items: Sequence[Item], superseded: Sequence[Guidance]) -> Iterator[str]:
    """Say where the guidance in force was chosen among targets that no date puts in order."""
    aside = {id(item) for item in superseded}
    for chosen in (item for item in items if isinstance(item, Guidance) and id(item) not in aside):
        for other in superseded:
            if other.milestone != chosen.milestone or other.target == chosen.target:
                continue
            if _dates(other) == _dates(chosen):
                yield (
                    f"{chosen.label} and {other.label} have the same date and no `entered` date says which came later:"
                    f" {chosen.target} is taken; give the one that holds a later `entered` date"
                )


def _warnings(context: Context) -> Iterator[str]:
    if context.as_of is None:
        return
    for stream in context.streams:
        needed = month_label(context.as_of.ordinal - stream.lead)
        if stream.first > needed:
            yield (
                f"stream {stream.label} covers from {stream.first}, less than its lead of {stream.lead} months before"
                f" the as-of month: with unknown hype its volume says little"
            )

"""Streams: where announcements of a kind are expected, how often, and what they say when they come."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field

from bayesmile.checks import finite, positive, probability
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Announcement
from bayesmile.grid import When
from bayesmile.items import require_text, whole_months
from bayesmile.periods import month_label, parse_period

__all__ = ["Arrival", "Stream", "arrivals_of"]


@dataclass(frozen=True, slots=True)
class Stream:
    """Announcements of one kind about one milestone, as a Poisson process declared before any item is seen.

    Parameters
    ----------
    kind, milestone : str
        What is announced, and which milestone it is about.
    base_rate : float
        Announcements a year outside the window.
    lift : float
        Rate ratio inside the window: the `lead` months before the milestone and the month itself.
    lead : int
        Length of the window in months, W.
    covers : pair of dates
        First and last month for which the ledger claims to be complete; None for no end.
    attributes : mapping of str to (float, float)
        Probability of "yes" in the window, and otherwise.
    promotional : bool
        Whether the company's hype multiplies the rate.

    Raises
    ------
    InvalidInput
        If a field cannot be accepted.

    Examples
    --------
    >>> stream = Stream("delay", "launch", base_rate=0.5, lift=2, lead=12, covers=("2020", None))
    >>> stream.label, stream.first
    ('delay on launch', '2020-01')
    """

    kind: str
    milestone: str
    _: KW_ONLY
    base_rate: float
    lift: float
    lead: int
    covers: tuple[When, When | None]
    attributes: Mapping[str, tuple[float, float]] = field(default_factory=dict, hash=False)
    promotional: bool = False

    def __post_init__(self) -> None:
        """Check the fields."""
        require_text("Stream kind", self.kind)
        require_text(f"Stream {self.kind} milestone", self.milestone)
        self._set("base_rate", positive(self._field("base_rate"), self.base_rate))
        self._set("lift", finite(self._field("lift"), self.lift))
        if self.lift < 0.0:
            raise InvalidInput(f"{self._field('lift')}: received {self.lift!r}; allowed is a number of at least 0")
        if finite(self._field("lead"), self.lead) != int(self.lead) or self.lead < 0:
            raise InvalidInput(f"{self._field('lead')}: received {self.lead!r}; allowed is a whole number of months")
        self._set("lead", int(self.lead))
        if not isinstance(self.promotional, bool):
            raise InvalidInput(f"{self._field('promotional')}: received {self.promotional!r}; allowed is true or false")
        self._set("covers", self._coverage())
        if not isinstance(self.attributes, Mapping):
            raise InvalidInput(f"{self._field('attributes')}: received {self.attributes!r}; allowed is a mapping")
        self._set("attributes", {name: self._rates(name) for name in sorted(self.attributes)})

    def _coverage(self) -> tuple[str, str | None]:
        what = self._field("covers")
        if not isinstance(self.covers, (tuple, list)) or len(self.covers) != 2:
            raise InvalidInput(f"{what}: received {self.covers!r}; allowed is a pair (first month, last month or None)")
        start = parse_period(self.covers[0], what).first
        if start.day != 1:
            raise InvalidInput(f"{what}: received {self.covers[0]!r}; coverage begins with a month, 'YYYY-MM'")
        first = month_label(12 * start.year + start.month - 1)
        if self.covers[1] is None:
            return first, None
        last = month_label(whole_months(what, self.covers[1]).ordinal)
        if last < first:
            raise InvalidInput(f"{what}: received {self.covers!r}; dates are reversed")
        return first, last

    def _rates(self, name: str) -> tuple[float, float]:
        rates, what = self.attributes[name], self._field(f"attribute {name}")
        if not isinstance(rates, (tuple, list)) or len(rates) != 2:
            raise InvalidInput(f"{what}: received {rates!r}; allowed is a pair (P in the window, P otherwise)")
        return probability(f"{what} in the window", rates[0]), probability(f"{what} otherwise", rates[1])

    def _field(self, name: str) -> str:
        return f"Stream {self.label} {name}"

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def label(self) -> str:
        """Short text for people: ``"delay on launch"``."""
        return f"{self.kind} on {self.milestone}"

    @property
    def first(self) -> str:
        """First covered month, ``"YYYY-MM"``."""
        return str(self.covers[0])

    @property
    def last(self) -> str | None:
        """Last covered month, ``"YYYY-MM"``; None for no end."""
        return None if self.covers[1] is None else str(self.covers[1])

    def covered(self, ordinal: int) -> bool:
        """Whether a calendar month, counted as ``12 * year + month - 1``, is covered."""
        return self.first <= month_label(ordinal) <= (self.last or "9999-12")

    def check_answers(self, item: Announcement) -> None:
        """Refuse an attribute that this stream does not declare.

        Raises
        ------
        InvalidInput
            Naming the item and the attribute.
        """
        for attribute in item.attributes:
            if attribute not in self.attributes:
                raise InvalidInput(
                    f"{item.label}: attribute {attribute!r} is not declared in the stream {self.label};"
                    f" allowed: {', '.join(self.attributes) or 'none'}"
                )


@dataclass(frozen=True, slots=True)
class Arrival:
    """One arrival of a stream: a single announcement, or all items of one story.

    Attributes
    ----------
    stream : Stream
        Where it belongs.
    items : tuple of Announcement
        Its items, the first dates it.
    answers : mapping of str to str
        Attributes answered "yes" or "no" by any of them.
    """

    stream: Stream
    items: tuple[Announcement, ...]
    answers: Mapping[str, str]

    @property
    def ordinal(self) -> int:
        """Calendar month of the first item, counted as ``12 * year + month - 1``."""
        return parse_period(self.items[0].announced or "").ordinal

    @property
    def label(self) -> str:
        """Short text for people; names the story when there is one."""
        first = self.items[0]
        return f"{first.label} (story {first.story}, {len(self.items)} items)" if len(self.items) > 1 else first.label

    def log_marks(self) -> tuple[float, float]:
        """Log-probability of the answers in the window, and otherwise.

        Raises
        ------
        InvalidInput
            If neither rate allows them.
        """
        inside, outside = ([self._rate(name, side) for name in self.answers] for side in (0, 1))
        if 0.0 in inside and 0.0 in outside:
            raise InvalidInput(
                f"{self.label}: its attributes {dict(self.answers)} have probability 0 both in the window and otherwise"
                f" in the stream {self.stream.label}"
            )
        return _log_product(inside), _log_product(outside)

    def _rate(self, name: str, side: int) -> float:
        yes = self.stream.attributes[name][side]
        return yes if self.answers[name] == "yes" else 1.0 - yes


def _log_product(rates: Iterable[float]) -> float:
    return sum(math.log(rate) if rate > 0.0 else -math.inf for rate in rates)


def arrivals_of(stream: Stream, items: Iterable[Announcement]) -> list[Arrival]:
    """Gather the announcements of one stream into arrivals: one a story, one for each item without a story.

    Parameters
    ----------
    stream : Stream
        The stream.
    items : iterable of Announcement
        Its announcements, in any order.

    Raises
    ------
    InvalidInput
        If two items of a story contradict each other.

    Examples
    --------
    >>> stream = Stream("deal", "launch", base_rate=1, lift=2, lead=12, covers=("2020", None),
    ...                 attributes={"binding": (0.7, 0.4)})
    >>> news = [Announcement("launch", "deal", "2025-03-04", "acme", {"binding": "yes"}),
    ...         Announcement("launch", "deal", "2025-01-02", "acme", {"binding": "unknown"})]
    >>> [(arrival.items[0].announced, arrival.answers) for arrival in arrivals_of(stream, news)]
    [('2025-01-02', {'binding': 'yes'})]
    """
    stories: dict[tuple[str, ...], list[Announcement]] = {}
    for item in sorted(items, key=lambda item: (str(item.public), item.key())):
        stream.check_answers(item)
        stories.setdefault(("story", item.story) if item.story else item.key(), []).append(item)
    return [Arrival(stream, tuple(story), _answers(story)) for story in stories.values()]


def _answers(story: list[Announcement]) -> dict[str, str]:
    answers: dict[str, str] = {}
    for item in story:
        for attribute, answer in item.attributes.items():
            if answer == "unknown":
                continue
            if answers.setdefault(attribute, answer) != answer:
                raise InvalidInput(
                    f"{item.label}: attribute {attribute!r} is {answer!r}, but the story {item.story!r} said"
                    f" {answers[attribute]!r} before; an attribute goes only from unknown to yes or no:"
                    " to correct an item, retract it and re-enter it"
                )
    return answers

"""Section of a comparison on the input: which assumptions differ, and which news only one side knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from pydantic import BaseModel

from bayesmile.dossier import Dossier
from bayesmile.evidence import Announcement
from bayesmile.files.change import values_of
from bayesmile.files.items import RECORDING
from bayesmile.files.read import Content
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.views import why_still
from bayesmile.wording import count, listed

__all__ = ["ChangedField", "ChangedInput", "NewsLine", "NewsPair", "changed_input"]

_WORDS = (
    *("title", "summary", "hindsight", "hype_rationale", "rationale", "source", "note", "name", "resolved_by"),
    *("default_as_of", "headline"),  # of what a report shows first
)
_MEANING = "reached_when"
_RECORDS = "catalyst."  # days to come: compared row by row, as prices are


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedField:
    """An assumption that differs.

    Attributes
    ----------
    field : str
        Dotted name, as `Dossier.set` takes it.
    a, b : object
        Its values: numbers, text or lists; None where one side has none.
    """

    field: str
    a: object
    b: object


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsLine:
    """An item that one side knows.

    Attributes
    ----------
    id, announced, kind, milestone, headline, source : str
        `kind` of an announcement, else the type of the item; `milestone` is empty for an item about none.
    still : str
        Why it moves nothing there, where that is by rule; empty for an item that acts.
    """

    id: str
    announced: str
    kind: str
    milestone: str
    headline: str
    source: str
    still: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsPair:
    """An item that both sides know in different versions.

    Attributes
    ----------
    a, b : NewsLine
    fields : tuple of str
        Fields of the item that differ.
    """

    a: NewsLine
    b: NewsLine
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedInput:
    """Section: what differs in the input.

    Attributes
    ----------
    lead : str
    fields : tuple of ChangedField
        Assumptions that differ, of the parts that both have.
    words : tuple of str
        Fields of prose that differ, such as rationales and sources.
    meanings : tuple of str
        Milestones that count as reached by different rules.
    parts_a, parts_b : tuple of str
        Parts that only one side has: milestones, streams, kinds, classes of slip, payoffs.
    tables : mapping of str to (int, int)
        Rows that only one side has, by table: prices, share counts, benchmark, events, comparables, catalysts.
    news_a, news_b : tuple of NewsLine
        Items that only one side knows as of its date, by date.
    corrected : tuple of NewsPair
    """

    lead: str
    fields: tuple[ChangedField, ...]
    words: tuple[str, ...]
    meanings: tuple[str, ...]
    parts_a: tuple[str, ...]
    parts_b: tuple[str, ...]
    tables: Mapping[str, tuple[int, int]]
    news_a: tuple[NewsLine, ...]
    news_b: tuple[NewsLine, ...]
    corrected: tuple[NewsPair, ...]


def changed_input(a: Dossier, b: Dossier, known_a: Known, known_b: Known) -> ChangedInput:
    """Build the section.

    Parameters
    ----------
    a, b : Dossier
    known_a, known_b : Known
        What each ledger knew as of its date.
    """
    old, new = _values(a.content), _values(b.content)
    parts_a, parts_b = _parts(old, new), _parts(new, old)
    apart = (*parts_a, *parts_b)
    differing = [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
    differing = [name for name in differing if not any(name.startswith(f"{part}.") for part in apart)]
    prose = {name for name in differing if name.rpartition(".")[2] in (*_WORDS, _MEANING)}
    found = tuple(ChangedField(field=name, a=old.get(name), b=new.get(name)) for name in differing if name not in prose)
    news_a, news_b, corrected = _news(a, b, known_a, known_b)
    rows_a, rows_b = _rows(a.content), _rows(b.content)
    tables = {name: (len(rows - rows_b[name]), len(rows_b[name] - rows)) for name, rows in rows_a.items()}
    return ChangedInput(
        lead=_lead(found, prose, apart, (news_a, news_b, corrected)),
        fields=found,
        words=tuple(name for name in differing if name in prose),
        meanings=tuple(name.split(".")[1] for name in differing if name.rpartition(".")[2] == _MEANING),
        parts_a=parts_a,
        parts_b=parts_b,
        tables={name: rows for name, rows in tables.items() if any(rows)},
        news_a=news_a,
        news_b=news_b,
        corrected=corrected,
    )


def _parts(here: Mapping[str, object], there: Mapping[str, object]) -> tuple[str, ...]:
    """Shortest prefixes of names that one side has and the other lacks; a single field is no part."""
    known = {prefix for name in there for prefix in _prefixes(name)}
    found = {}
    for name in (name for name in here if name not in there):
        first = next((prefix for prefix in _prefixes(name) if prefix not in known), name)
        found[first] = first != name
    return tuple(part for part, is_part in found.items() if is_part)


def _prefixes(name: str) -> list[str]:
    words = name.split(".")
    return [".".join(words[:end]) for end in range(1, len(words) + 1)]


def _values(content: Content) -> dict[str, object]:
    """Value of every field that has one."""
    held = values_of(content).items()
    return {name: value for name, value in held if value not in (None, []) and not name.startswith(_RECORDS)}


def _rows(content: Content) -> dict[str, set[str]]:
    """Rows of what is recorded rather than assumed, as text."""
    tables: dict[str, Iterable[BaseModel]] = {
        "prices.csv": (placed.row for placed in content.prices),
        "shares.csv": (placed.row for placed in content.shares),
        "benchmark.csv": (placed.row for placed in content.benchmark),
        "events": () if content.market is None else content.market.event,
        "comparables": () if content.market is None else content.market.comparable,
        "catalysts": content.roadmap.catalyst,
    }
    return {name: {row.model_dump_json() for row in rows} for name, rows in tables.items()}


def _news(
    a: Dossier, b: Dossier, known_a: Known, known_b: Known
) -> tuple[tuple[NewsLine, ...], tuple[NewsLine, ...], tuple[NewsPair, ...]]:
    """Items that only A knows, that only B knows, and that both know in different versions."""
    old, new = _by_record(known_a), _by_record(known_b)
    pairs = [(item, new[record]) for record, item in old.items() if record in new]
    corrected = [
        NewsPair(a=_line(a, item, known_a), b=_line(b, other, known_b), fields=names)
        for item, other in pairs
        if (names := _fields_apart(item, other))
    ]
    only_a = [_line(a, item, known_a) for record, item in old.items() if record not in new]
    only_b = [_line(b, item, known_b) for record, item in new.items() if record not in old]
    return tuple(only_a), tuple(only_b), tuple(corrected)


def _by_record(known: Known) -> dict[tuple[str, ...], Item]:
    items = (*known.items, *known.outside, *known.superseded, *known.inert, *known.duplicates)
    ordered = sorted(items, key=lambda item: (str(item.public), item.key()))
    return {("id", item.id) if item.id else item.key(RECORDING): item for item in ordered}


def _fields_apart(item: Item, other: Item) -> tuple[str, ...]:
    if type(item) is not type(other):
        return ("type",)
    names = [field.name for field in fields(item) if field.name not in RECORDING]
    return tuple(name for name in names if str(getattr(item, name)) != str(getattr(other, name)))


def _line(dossier: Dossier, item: Item, known: Known) -> NewsLine:
    row = dossier.items.get(item.id)
    return NewsLine(
        id=item.id,
        announced=str(item.announced),
        kind=item.kind if isinstance(item, Announcement) else "" if row is None else row.type,
        milestone=item.milestone or "",
        headline=item.label if row is None else row.headline,
        source=item.source,
        still=why_still(dossier, item, known),
    )


def _lead(
    found: Sequence[ChangedField],
    prose: set[str],
    apart: Sequence[str],
    news: tuple[Sequence[NewsLine], Sequence[NewsLine], Sequence[NewsPair]],
) -> str:
    parts = [count(len(found), "assumption")] if found else []
    parts += [count(len(prose), "field") + " of prose"] if prose else []
    parts += [count(len(apart), "part") + " that one side has not"] if apart else []
    differ = f"{listed(parts)} {'differs' if _is_one(found, prose, apart) else 'differ'}" if parts else ""
    first, second, corrected = (len(one) for one in news)
    known = f"A knows {count(first, 'item')} that B does not, and B {second:,} that A does not"
    known += f"; {count(corrected, 'item')} stand{'s' if corrected == 1 else ''} in two versions" if corrected else ""
    same = "No assumption differs" if not differ else differ[:1].upper() + differ[1:]
    return f"{same}. {known if any((first, second, corrected)) else 'Both know the same news'}."


def _is_one(*groups: Sequence[object] | set[str]) -> bool:
    return sum(map(len, groups)) == 1

"""Facts that contradict each other or the roadmap, named by the rows in which they stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from bayesmile.errors import ImpossibleEvidence
from bayesmile.evidence import Achieved, LikelihoodRatio, NotYet
from bayesmile.files.problems import Place, Problem
from bayesmile.files.read import Content, Placed
from bayesmile.files.rows import ItemRow
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.items import Item
from bayesmile.ledger import Ledger
from bayesmile.periods import parse_period
from bayesmile.roadmap import Roadmap

__all__ = ["contradictions", "explain", "named", "row_of"]

MOST_CONTRADICTIONS = 10


def row_of(content: Content, item: Item) -> Placed[ItemRow] | None:
    """Row that an item was built from; None for an item that stands in no file."""
    for placed in content.items if item.id else ():
        if (placed.row.id, placed.row.entered, placed.row.retracted) == (item.id, item.entered, item.retracted):
            return placed
    return None


def explain(error: ImpossibleEvidence, items: Iterable[Item], content: Content) -> tuple[Place | None, str]:
    """Place of the last row of a contradiction, and the sentence that names all of its rows.

    Parameters
    ----------
    error : ImpossibleEvidence
        With the labels of the items that contradict each other.
    items : iterable of Item
        The evidence in which they stand.
    content : Content
        Rows that the items were built from.
    """
    rows, rest = _rows(error.items, items, content)
    if not rows:
        return None, str(error)
    last = max(rows, key=lambda placed: placed.place.line or 0)
    others = [f"line {placed.place.line}, {_said(placed.row)}" for placed in rows if placed is not last]
    against = [*others, *rest]
    if not against:
        return last.place, f"{_said(last.row)}: has probability zero under this roadmap"
    return last.place, f"{_said(last.row)} contradicts {'; '.join(against)}"


def named(error: ImpossibleEvidence, items: Iterable[Item], content: Content) -> ImpossibleEvidence:
    """Return the same error with file, lines and ids in its message, where rows of the file contradict each other."""
    place, message = explain(error, items, content)
    return ImpossibleEvidence(message if place is None else f"{place}: {message}", error.items)


def _rows(labels: Sequence[str], items: Iterable[Item], content: Content) -> tuple[list[Placed[ItemRow]], list[str]]:
    """Rows of these labels in the order of the file, and what stands in no row."""
    by_label: dict[str, Placed[ItemRow]] = {}
    implicit: dict[str, str] = {}
    for item in items:
        placed = row_of(content, item)
        if placed is not None:
            by_label.setdefault(item.label, placed)
        elif isinstance(item, NotYet):
            implicit[item.label] = f"no report of {item.milestone} through {item.through} ({item.source})"
    found = {id(by_label[label]): by_label[label] for label in labels if label in by_label}
    rest = [implicit.get(label, label) for label in labels if label not in by_label]
    return sorted(found.values(), key=lambda placed: placed.place.line or 0), rest


def _said(row: ItemRow) -> str:
    how = {"achieved": "in", "not_yet": "not yet through", "likelihood_ratio": f"at ratio {row.ratio or 0.0:g} by"}
    said = f"{row.milestone} {how.get(row.type, row.kind or 'by')} {row.when or row.announced}"
    return f"{row.id} ({said})"


def contradictions(content: Content, roadmap: Roadmap, ledger: Ledger, grid: MonthGrid) -> list[Problem]:
    """Errors of the facts that stand when all has been announced, whether or not any view sees them.

    Only what is certain takes part: what was achieved or not yet, and ratios of zero; no streams, no silence.

    Raises
    ------
    InvalidInput
        If the roadmap is too large.
    """
    facts, found = list(_facts(ledger)), list[Problem]()
    while facts and len(found) < MOST_CONTRADICTIONS:
        try:
            infer(roadmap, facts, grid)
            break
        except ImpossibleEvidence as error:
            place, message = explain(error, facts, content)
            found.append(Problem("error", message, place or Place(content.parsed.tables["announcements.csv"].file)))
            wrong = {item.label for item in facts if _stands_at(content, item, place)} or set(error.items)
            facts = [item for item in facts if item.label not in wrong]
    return found


def _stands_at(content: Content, item: Item, place: Place | None) -> bool:
    placed = row_of(content, item)
    return placed is not None and placed.place == place


def _facts(ledger: Ledger) -> Iterator[Item]:
    """Facts as of the day after the last announcement or retraction; a fact said twice once."""
    dates = [date for item in ledger for date in (item.announced, item.retracted) if date is not None]
    if not dates:
        return
    day = max(parse_period(date).last for date in dates) + dt.timedelta(days=1)
    known = ledger.known_by(day)
    seen = set[str]()
    for item in known.items:
        certain = isinstance(item, (Achieved, NotYet)) or (isinstance(item, LikelihoodRatio) and item.ratio == 0.0)
        if certain and item.label not in seen:
            seen.add(item.label)
            yield item

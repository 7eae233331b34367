"""Section on the ledger as it stands: every record that was public, with its sources and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from bayesmile.files.rows import ItemRow
from bayesmile.grid import parse_moment
from bayesmile.periods import parse_period
from bayesmile.sections.basis import Basis

__all__ = ["Record", "Records", "records_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of announcements.csv.

    Attributes
    ----------
    id, announced, headline : str
    entered, retracted : str
        Days on which it was recorded, and from which it no longer counts; empty without one, or one yet to come.
    type, kind, milestone, story, counterparty, note : str
        Empty where the row has none.
    says : str
        What its row adds: a month, a target date or a likelihood ratio, and the answers to attributes.
    sources : tuple of str
    inert : bool
        Whether its kind moves nothing, by assumption.
    """

    id: str
    announced: str
    headline: str
    entered: str
    retracted: str
    type: str
    kind: str
    milestone: str
    story: str
    counterparty: str
    note: str
    says: str
    sources: tuple[str, ...]
    inert: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Section: the ledger.

    Attributes
    ----------
    as_of : str
    rows : tuple of Record
        Public by then, the earliest first; a record that was retracted and entered again stands twice.
    later : int
        Rows of the file that became public after that date: left out.
    """

    as_of: str
    rows: tuple[Record, ...]
    later: int


def records_of(view: Basis) -> Records:
    """Build the section.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.sections.basis import basis
    >>> part = records_of(basis(load("phase2_drug"), "2025-12-31"))
    >>> part.rows[0].announced <= part.rows[-1].announced, part.later > 0
    (True, True)
    """
    day = parse_moment(view.as_of).day.isoformat()
    rows = [placed.row for placed in view.dossier.content.items]
    known = [row for row in rows if _public(row.announced) <= day]
    ordered = sorted(known, key=lambda row: (_public(row.announced), row.id, row.entered or ""))
    shown = tuple(_record(view, row, day) for row in ordered)
    return Records(as_of=view.as_of, rows=shown, later=len(rows) - len(known))


def _public(announced: str) -> str:
    return parse_period(announced).last.isoformat()


def _record(view: Basis, row: ItemRow, day: str) -> Record:
    kind = view.dossier.kinds.get(row.kind or "")
    says = [row.when or "", "" if row.ratio is None else f"ratio {row.ratio:g}", row.attributes or ""]
    return Record(
        id=row.id,
        announced=row.announced,
        headline=row.headline,
        entered=row.entered or "",
        retracted=row.retracted if row.retracted and row.retracted <= day else "",
        type=row.type,
        kind=row.kind or "",
        milestone=row.milestone or "",
        story=row.story or "",
        counterparty=row.counterparty or "",
        note=row.note or "",
        says="; ".join(part for part in says if part),
        sources=tuple(part.strip() for part in row.source.split(" ; ") if part.strip()),
        inert=kind is not None and kind.inert,
    )

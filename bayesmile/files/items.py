"""From the rows of announcements.csv to items of evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from bayesmile.errors import InvalidInput
from bayesmile.evidence import Achieved, Announcement, Guidance, LikelihoodRatio, NotYet, SlipNumbers
from bayesmile.files.problems import Place, Problems
from bayesmile.files.read import Content, Placed, unknown_kind
from bayesmile.files.rows import ItemRow
from bayesmile.files.schema import Slip
from bayesmile.files.text import nearest
from bayesmile.grid import MonthGrid
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.periods import parse_period

__all__ = ["RECORDING", "attributes_of", "build_items", "slip_for", "slip_of", "slips_for", "stated"]

_USES = {
    "announcement": {"kind", "story", "attributes"},
    "achieved": {"when"},
    "not_yet": {"when"},
    "guidance": {"when"},
    "likelihood_ratio": {"when", "ratio"},
}
"""Columns that only some types of item use; all but `story` and `attributes` must then be filled."""


RECORDING = ("id", "entered", "note", "retracted")
"""Fields of an item that say how it was recorded, not what it says."""


class _Common(TypedDict):
    source: str
    note: str
    entered: str | None
    retracted: str | None
    id: str


class _Stated(TypedDict):
    slip_mean: float
    slip_sd: float
    on_time: float
    whether: float
    postponed: dict[int, SlipNumbers]


def attributes_of(cell: str) -> dict[str, str]:
    """Answers of a cell such as ``"binding=no; volume_target=unknown"``.

    Raises
    ------
    InvalidInput
        If it is not of that form, or names an attribute twice.

    Examples
    --------
    >>> attributes_of("binding=no; volume_target=unknown")
    {'binding': 'no', 'volume_target': 'unknown'}
    """
    answers: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in cell.split(";"))):
        name, equals, answer = (text.strip() for text in part.partition("="))
        if not equals or answer not in ("yes", "no", "unknown"):
            raise InvalidInput(f"received {part!r}; allowed is NAME=yes, NAME=no or NAME=unknown, separated by ;")
        if name in answers:
            raise InvalidInput(f"attribute {name!r} is given twice")
        answers[name] = answer
    return answers


def slips_for(slips: Sequence[Slip], lead: int) -> list[Slip]:
    """Slip classes of a lead in months, by the number of postponements from which they hold.

    Raises
    ------
    InvalidInput
        If no class holds it.
    """
    found = [slip for slip in slips if slip.lead_from <= lead and (slip.lead_to is None or lead < slip.lead_to)]
    if not found:
        raise InvalidInput(
            f"the target lies {lead} months ahead, and no [[slip]] class of roadmap.toml covers that lead"
        )
    return sorted(found, key=lambda slip: slip.postponements_from)


def slip_for(slips: Sequence[Slip], lead: int, postponements: int) -> Slip:
    """Slip class of a lead in months after a number of postponements; the classes of a lead leave no number out.

    Raises
    ------
    InvalidInput
        If no class holds the lead.
    """
    return [slip for slip in slips_for(slips, lead) if slip.postponements_from <= postponements][-1]


def slip_of(slips: Sequence[Slip], item: Guidance, known: Known) -> Slip:
    """Slip class that a statement of guidance belongs to, given what else is known.

    Raises
    ------
    InvalidInput
        If no class holds its lead.
    """
    lead = parse_period(item.target).ordinal - parse_period(item.issued).ordinal
    return slip_for(slips, lead, known.postponements(item))


def stated(classes: Sequence[tuple[int, SlipNumbers]]) -> _Stated:
    """Numbers of a statement, as `Guidance` takes them, of the classes of its lead: from how many postponements on."""
    (_, first), *others = classes
    return _Stated(
        slip_mean=first.mean,
        slip_sd=first.sd,
        on_time=first.on_time,
        whether=first.whether,
        postponed=dict(others),
    )


def build_items(content: Content, problems: Problems) -> list[Item]:
    """Items of all rows without faults; each fault is added to `problems`."""
    built: list[tuple[Placed[ItemRow], Item]] = []
    _check_ids(content.items, problems)
    for placed in content.items:
        before = len(problems.found)
        _check_row(content, placed, problems)
        if len(problems.found) > before:
            continue
        with problems.at(placed.place, f"{placed.row.id}: "):
            built.append((placed, _item(placed.row, content.roadmap.slip)))
    _check_stories(content.items, problems)
    return _told_apart(built, content.roadmap.slip)


def _told_apart(built: Sequence[tuple[Placed[ItemRow], Item]], slips: Sequence[Slip]) -> list[Item]:
    """Items, where those that agree in all but headline or counterparty get different sources, so that each counts.

    A fact is one fact, however often and in whatever words it is reported.
    """
    words: dict[tuple[str, ...], set[tuple[str, str | None]]] = {}
    for placed, item in built:
        words.setdefault(item.key(RECORDING), set()).add((placed.row.headline, placed.row.counterparty))
    items = []
    for placed, item in built:
        row = placed.row
        if row.type in ("announcement", "likelihood_ratio") and len(words[item.key(RECORDING)]) > 1:
            said = ", ".join(filter(None, (row.headline, row.counterparty)))
            item = _item(row.model_copy(update={"source": f"{row.source} ({said})"}), slips)
        items.append(item)
    return items


def _check_ids(rows: Sequence[Placed[ItemRow]], problems: Problems) -> None:
    standing: dict[str, Place] = {}
    for placed in rows:
        if placed.row.retracted is not None:  # a retracted record may be re-entered under its id
            continue
        if placed.row.id in standing:
            line = standing[placed.row.id].line
            problems.error(
                placed.place,
                f"id: {placed.row.id!r} stands in line {line} already; allowed is each id once,"
                " or again after the earlier row is marked retracted",
            )
        standing.setdefault(placed.row.id, placed.place)


def _check_stories(rows: Sequence[Placed[ItemRow]], problems: Problems) -> None:
    first: dict[str, Placed[ItemRow]] = {}
    for placed in rows:
        row = placed.row
        if row.story is None or row.type != "announcement":
            continue
        begun = first.setdefault(row.story, placed)
        if (begun.row.kind, begun.row.milestone) != (row.kind, row.milestone):
            problems.error(
                placed.place,
                f"story: {row.story!r} is of kind {begun.row.kind!r} on milestone {begun.row.milestone!r}"
                f" in line {begun.place.line}; allowed is one kind and one milestone a story",
            )


def _check_row(content: Content, placed: Placed[ItemRow], problems: Problems) -> None:
    row, place = placed.row, placed.place
    uses = _USES[row.type]
    for column in ("kind", "story", "when", "ratio", "attributes"):
        value = getattr(row, column)
        if value is not None and column not in uses:
            problems.error(
                place, f"{column}: received {value!r}; allowed for a row of type {row.type} is an empty cell"
            )
        elif value is None and column in uses and column not in ("story", "attributes"):
            problems.error(place, f"{column}: the cell is empty; a row of type {row.type} needs it")
    names = [entry.name for entry in content.roadmap.milestone]
    if row.milestone is not None and row.milestone not in names:
        problems.error(place, f"milestone: received {row.milestone!r}, which is unknown{nearest(row.milestone, names)}")
    _check_when(row, place, problems)
    _check_grid(content, row, place, problems)
    if row.type == "announcement" and row.kind is not None:
        _check_kind(content, row, place, problems)
    elif row.milestone is None:
        problems.error(place, f"milestone: the cell is empty; a row of type {row.type} needs it")


def _check_when(row: ItemRow, place: Place, problems: Problems) -> None:
    """Refuse a fact of the future: it cannot reach past the day on which it was announced."""
    if row.when is None or row.type not in ("achieved", "not_yet"):
        return
    when, announced = parse_period(row.when), parse_period(row.announced)
    if (when.last if row.type == "not_yet" else when.first) > announced.last:
        problems.error(
            place,
            f"when: received {row.when}, after announced {row.announced}; dates are reversed (a fact lies in the past)",
        )


def _check_grid(content: Content, row: ItemRow, place: Place, problems: Problems) -> None:
    """Refuse what no month of the grid can hold; a past *not yet* or ratio only says nothing."""
    if row.when is None or row.type not in ("achieved", "not_yet", "likelihood_ratio"):
        return
    grid = MonthGrid(content.roadmap.dossier.start, content.roadmap.dossier.months)
    month = grid.deadline(row.when)
    if month >= grid.months or (row.type == "achieved" and month < 0):
        allowed = f"{grid.label(0)} to {grid.last}" if row.type == "achieved" else f"dates up to {grid.last}"
        problems.error(place, f"when: received {row.when}, off the grid of roadmap.toml; allowed is {allowed}")


def _check_kind(content: Content, row: ItemRow, place: Place, problems: Problems) -> None:
    kinds = content.kinds.kind
    if row.kind not in kinds:
        problems.error(place, f"kind: {unknown_kind(content, row.kind or '')}")
        return
    with problems.at(place, "attributes: "):
        for name in attributes_of(row.attributes or ""):
            if name not in kinds[row.kind].attributes:
                allowed = nearest(name, kinds[row.kind].attributes)
                raise InvalidInput(f"received {name!r}, which kind {row.kind} does not have{allowed}")
    if kinds[row.kind].inert:
        return
    streams = [stream.milestone for stream in content.roadmap.stream if stream.kind == row.kind]
    if row.milestone is None:
        problems.error(place, f"milestone: the cell is empty; allowed for kind {row.kind} are {', '.join(streams)}")
    elif row.milestone not in streams:
        problems.error(
            place,
            f"kind: no stream of kind {row.kind!r} on milestone {row.milestone!r} is declared in roadmap.toml;"
            f" this kind has streams on: {', '.join(streams) or 'none'}",
        )


def _common(row: ItemRow) -> _Common:
    return _Common(source=row.source, note=row.note or "", entered=row.entered, retracted=row.retracted, id=row.id)


def _item(row: ItemRow, slips: Sequence[Slip]) -> Item:
    milestone, when, common = row.milestone or "", row.when or "", _common(row)
    if row.type == "announcement":
        answers: Mapping[str, str] = attributes_of(row.attributes or "")
        return Announcement(row.milestone, row.kind or "", row.announced, row.story or "", answers, **common)
    if row.type == "achieved":
        return Achieved(milestone, when, announced=row.announced, **common)
    if row.type == "not_yet":
        return NotYet(milestone, when, announced=row.announced, **common)
    if row.type == "likelihood_ratio":
        return LikelihoodRatio(milestone, when, row.ratio or 0.0, announced=row.announced, **common)
    lead = parse_period(when).ordinal - parse_period(row.announced).ordinal
    if lead < 0:
        raise InvalidInput(f"when: received {when}, before announced {row.announced}; dates are reversed")
    numbers = stated([(slip.postponements_from, slip.numbers) for slip in slips_for(slips, lead)])
    return Guidance(milestone, row.announced, when, **numbers, **common)

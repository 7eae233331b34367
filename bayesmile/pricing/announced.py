"""Announcements with the day on which they became public, and whether they moved the model then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bayesmile.dossier import Dossier
from bayesmile.files.market_schema import MarketEvent
from bayesmile.grid import When, parse_moment
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.periods import parse_period
from bayesmile.pricing.sessions import DayReturn, Reaction, TradingDays, reaction_to
from bayesmile.views import standing, why_still

__all__ = ["Announced", "announced_days", "answer_to", "overlapping"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """One item of a ledger as the market met it.

    Attributes
    ----------
    id, headline : str
    day : str
        Day on which it became public.
    session : str or None
        When on that day, where an event of the dossier says so.
    named : pair of str or None
        Days of the closes around its answer, where an event of the dossier names them.
    acts : bool
        Whether it moved the model when it came: not of an inert kind, not outside the coverage of its stream, no
        repetition.
    """

    id: str
    headline: str
    day: str
    session: str | None
    named: tuple[str, str] | None
    acts: bool


def announced_days(dossier: Dossier, as_of: When) -> tuple[Announced, ...]:
    """Items that became public on a known day, by day, those withdrawn later included.

    Items known only to the month, quarter or year are left out: no return can be called the answer to them.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> [(one.id, one.acts) for one in announced_days(load("phase2_drug"), "2026-06-15")][-2:]
    [('move-2026', False), ('readout-2026', True)]
    """
    last = parse_moment(as_of).day
    days = sorted({item.public for item in dossier.ledger if item.public is not None and item.public <= last})
    events = {} if dossier.market is None else {event.item: event for event in dossier.market.events}
    found = []
    for day in days:
        known = dossier.ledger.known_by(day)
        new = [dossier.ledger.items[number] for number in standing(dossier, known)]
        for item in sorted((one for one in new if one.public == day and _exact(one)), key=lambda one: one.id):
            found.append(_announced(dossier, item, known, events.get(item.id)))
    return tuple(found)


def _exact(item: Item) -> bool:
    period = parse_period(str(item.announced))
    return period.first == period.last


def _announced(dossier: Dossier, item: Item, known: Known, event: MarketEvent | None) -> Announced:
    row = dossier.items.get(item.id)
    return Announced(
        id=item.id,
        headline=item.label if row is None else row.headline,
        day=str(item.announced),
        session=None if event is None else event.session,
        named=None if event is None else (event.previous_close_date, event.date),
        acts=not why_still(dossier, item, known),
    )


def answer_to(days: TradingDays, group: Sequence[Announced]) -> Reaction | None:
    """Find the closes around the market's answer to what became public on one day.

    Those that an event of the dossier names come first, then what the session asks for (see `reaction_to`); a session
    counts only if no other of the day contradicts it.

    Parameters
    ----------
    days : TradingDays
    group : sequence of Announced
        Items of one day.
    """
    sessions = {one.session for one in group if one.session is not None}
    session = sessions.pop() if len(sessions) == 1 else None
    for previous, date in (one.named for one in group if one.named is not None):
        moved = days.between(previous, date)
        if moved is not None:
            part = DayReturn(previous=previous, date=date, log_return=moved)
            return Reaction(announced=group[0].day, session=session, parts=(part,), why="named by the dossier")
    return reaction_to(days, group[0].day, session)


def overlapping(
    days: TradingDays, found: Iterable[Announced], previous: str, date: str, ids: Iterable[str] = ()
) -> tuple[Announced, ...]:
    """Other announcements whose answer may lie in the same returns.

    Parameters
    ----------
    days : TradingDays
    found : iterable of Announced
        Of all items, whatever their kind.
    previous, date : str
        Days of the closes around the event: what became public after the first and up to the second overlaps, and so
        does what came on the first day itself if its answer may lie in the return that follows.
    ids : iterable of str
        Those that are the event itself.
    """
    own = set(ids)
    return tuple(one for one in found if one.id not in own and _meets(days, one, previous, date))


def _meets(days: TradingDays, one: Announced, previous: str, date: str) -> bool:
    if previous < one.day <= date and one.session != "after" and one.named is None:
        return True
    reaction = answer_to(days, [one])
    return reaction is not None and any(previous < part.date <= date for part in reaction.parts)

"""Report section on what to watch for: the next announcements, and the dates ahead."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from bayesmile.catalysts import Catalyst, dated_catalysts
from bayesmile.errors import InvalidInput
from bayesmile.grid import parse_moment
from bayesmile.sections.basis import Basis, Target, phrase
from bayesmile.watch import watch_list
from bayesmile.watched import Watched
from bayesmile.wording import percent, words

__all__ = ["Ahead", "ahead", "named"]

_MONTHS = (3, 6, 12)
_DRAWS = 200  # of futures for each date
_CERTAIN = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Section: what to watch for.

    Attributes
    ----------
    lead : str
    targets : tuple of Target
    now : tuple of float
        Today's probability of each.
    months : tuple of int
        Lengths of the spans, in months from the as-of moment.
    entries : tuple of Watched
        Next announcements and happenings; what tells most first.
    catalysts : tuple of Catalyst
        Stated targets that fall due, and how far all news is expected to move the belief by the end of each span.
    left_out : tuple of str
        What could not be watched, and why.
    titles : mapping of str to str
        Words for each kind of announcement.
    """

    lead: str
    targets: tuple[Target, ...]
    now: tuple[float, ...]
    months: tuple[int, ...]
    entries: tuple[Watched, ...]
    catalysts: tuple[Catalyst, ...]
    left_out: tuple[str, ...]
    titles: Mapping[str, str]


def ahead(view: Basis, *, dates: Mapping[str, str] | None = None) -> Ahead:
    """Build the section for the headline targets.

    Parameters
    ----------
    view : Basis
    dates : mapping of str to str, optional
        Words for each further day, by day, such as those of earnings calls: besides the dossier's own.

    Raises
    ------
    InvalidInput
        If a day does not lie ahead on the grid.
    """
    asked = [(target.milestone, target.by) for target in view.targets]
    found = watch_list(view.belief, asked, months=_MONTHS)
    titles = {kind: entry.title for kind, entry in view.dossier.kinds.items()}
    catalysts, notes = list(dated_catalysts(view.belief, asked, dates=dates or {}, draws=_DRAWS, seed=view.seed)), []
    own = {day: said for day, said in view.dossier.catalysts_ahead(view.as_of).items() if day not in (dates or {})}
    spans = {_later(view.as_of, months): f"all news of the next {months} months" for months in _MONTHS}
    for day, said in [*own.items(), *spans.items()]:
        try:
            whole = dated_catalysts(view.belief, asked, dates={day: said}, draws=_DRAWS, seed=view.seed)
        except InvalidInput as error:
            notes.append(str(error))
        else:
            catalysts += [one for one in whole if not one.milestone]
    return Ahead(
        lead=_lead(view, found.entries, found.now, titles),
        targets=view.targets,
        now=found.now,
        months=_MONTHS,
        entries=found.entries,
        catalysts=tuple(sorted(catalysts, key=lambda one: one.date)),
        left_out=(*found.left_out, *notes),
        titles=titles,
    )


def _later(as_of: str, months: int) -> str:
    """Day so many months on, or the last of its month where that is shorter."""
    day = parse_moment(as_of).day
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1])).isoformat()


def named(titles: Mapping[str, str], one: Watched) -> str:
    """Words for an entry, given those for each kind: ``"Partner deal on packs, binding: yes"``."""
    if one.kind == "achieved":
        return f"{words(one.milestone)} reached"
    answer = f", {words(one.answer.replace('=', ': '))}" if one.answer else ""
    return f"{titles.get(one.kind, words(one.kind))} on {words(one.milestone)}{answer}"


def _lead(view: Basis, entries: tuple[Watched, ...], now: tuple[float, ...], titles: Mapping[str, str]) -> str:
    if not entries:
        return "Nothing is left to watch for: no declared stream is about a milestone that is still open."
    said = []
    for number, target in enumerate(view.targets):
        if not _CERTAIN < now[number] < 1.0 - _CERTAIN:
            continue
        news = [one for one in entries if one.kind != "achieved" and not one.answer]
        first = max(news, key=lambda one: one.spans[0].gains[number], default=None)
        if first is not None and first.spans[0].gains[number] > 0.0:
            told = _told(first, number, named(titles, first))
            said.append(f"for {phrase(target)}, now {percent(now[number])}: {told}")
    central = "" if view.mixture is None else " at the central numbers"
    lead = (
        f"Ranked by the information, in bits about the headline probabilities{central}, expected from {_MONTHS[-1]}"
        " months."
    )
    if not said:
        return lead
    return f"{lead} The announcement that is expected to tell most in the next {_MONTHS[0]} months: {'; '.join(said)}."


def _told(one: Watched, number: int, name: str) -> str:
    span = one.spans[0]
    return (
        f"{name}, with a chance of {percent(span.probability)} ({percent(one.seen[number])} if seen next month,"
        f" {percent(span.unseen[number])} if none comes in {span.months})"
    )

"""What if: the belief that news of a coming month, or any other, would leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from bayesmile.belief import Belief, conclude
from bayesmile.dossier import Dossier
from bayesmile.errors import ImpossibleEvidence, InvalidInput
from bayesmile.evidence import Achieved, Announcement, Guidance, LikelihoodRatio, NotYet, Row
from bayesmile.files.items import slips_for, stated
from bayesmile.files.text import nearest
from bayesmile.grid import MonthGrid, When
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.periods import parse_period
from bayesmile.phrases import FACTS, Supposition, named, parse_supposition
from bayesmile.streams import Stream

__all__ = ["concluded", "suppose", "with_supposed"]


def suppose(dossier: Dossier, as_of: When, suppositions: Iterable[str | Item]) -> Belief:
    """Believe what a dossier's ledger holds as of a date, and some news besides.

    An announcement of a declared kind is one more arrival of its stream, in whatever month: nothing else is supposed of
    the time until then, neither other news nor its absence. ``"no KIND on MILESTONE by 2026-12"`` supposes that absence
    from the as-of moment on, but for what else is supposed. A statement of guidance supersedes the one in force if it
    is later, and supposes that its milestone has not happened before it.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date
    suppositions : iterable of str or Item
        Texts as `bayesmile.phrases.parse_supposition` reads them, or items. Dates may lie ahead; the order makes no
        difference.

    Raises
    ------
    InvalidInput
        If a text cannot be read, or names an unknown milestone or a kind without a stream on it.
    ImpossibleEvidence
        If the news contradicts what is known.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> dossier = load("phase2_drug")
    >>> now = dossier.belief("2025-12-31").prob("approval", by="2035")
    >>> suppose(dossier, "2025-12-31", ["trial readout on phase3 start in 2026-03"]).prob("approval", by="2035") > now
    True
    """
    belief = dossier.belief(as_of)
    known = with_supposed(dossier, belief.evidence, suppositions)
    return belief if known is belief.evidence else concluded(belief, known)


def concluded(belief: Belief, known: Known) -> Belief:
    """Believe other evidence on the same roadmap.

    Raises
    ------
    ImpossibleEvidence
        If it is impossible; the message says that what was supposed is.
    """
    try:
        return conclude(belief.roadmap, belief.grid, known, belief.solution.delays)
    except ImpossibleEvidence as error:
        raise ImpossibleEvidence(f"what is supposed is impossible: {error}", error.items) from None


def with_supposed(dossier: Dossier, known: Known, suppositions: Iterable[str | Item]) -> Known:
    """Return evidence with some news besides, for `bayesmile.belief.conclude` and for likelihoods; see `suppose`.

    Raises
    ------
    InvalidInput
        As in `suppose`.
    """
    if isinstance(suppositions, (str, Item)):
        raise InvalidInput(f"suppose: received {suppositions!r:.80}; allowed is a list of texts or items")
    if known.as_of is None:
        raise InvalidInput("suppose: received evidence without an as-of date; allowed is evidence as of one")
    items, until = list[Item](), dict(known.complete_to)
    for one in suppositions:
        if isinstance(one, Item):
            items.append(one)
            continue
        said = parse_supposition(one)
        try:
            if said.none:
                until |= _silence(dossier, known, said, until)
            else:
                items.append(_item(dossier, known, said))
        except InvalidInput as error:
            raise InvalidInput(f"suppose {said.text!r}: {error}") from None
    return _with(dossier.grid, known, items, until) if items or until else known


def _with(grid: MonthGrid, known: Known, items: Sequence[Item], until: dict[str, int]) -> Known:
    """Add items to what is known, whatever their dates."""
    stated = [item for item in items if isinstance(item, Guidance)]
    news = [item for item in items if isinstance(item, Announcement)]
    plain = [replace(item, announced=None) for item in items if not isinstance(item, (Guidance, Announcement))]
    if stated:
        aside = (*known.outside, *known.superseded, *known.inert)
        more = Known.of((*known.items, *aside, *stated), known.context, known.duplicates)
        known = replace(more, supposed=known.supposed)
    for item in news:
        _check_news(grid, known, item)
    count = len(known.supposed)
    told = (replace(item, id=item.id or f"supposed {count + k}") for k, item in enumerate(news, start=1))
    return replace(known, items=(*known.items, *plain), supposed=(*known.supposed, *told), complete_to=until)


def _check_news(grid: MonthGrid, known: Known, item: Announcement) -> None:
    stream = known.context.stream_of(item)
    stream.check_answers(item)
    _check_lead(grid, stream, parse_period(item.announced or "").ordinal, item.label)


def _check_lead(grid: MonthGrid, stream: Stream, month: int, label: str) -> None:
    if month - grid.origin + stream.lead >= grid.months:
        raise InvalidInput(f"{label}: its lead of {stream.lead} months reaches past the horizon {grid.last}")


def _item(dossier: Dossier, known: Known, said: Supposition) -> Item:
    """Item of evidence that a text stands for."""
    if said.what == "like":
        return _another(dossier, known, said)
    milestone = named("milestone", said.milestone, _milestones(dossier))
    match said.what:
        case "achieved" if said.by:
            return _reached(dossier.grid, milestone, said.when)
        case "achieved":
            return Achieved(milestone, said.when)
        case "not_yet":
            return NotYet(milestone, said.when)
        case "likelihood_ratio":
            return LikelihoodRatio(milestone, said.when, _number(said.values["ratio"]))
        case "guidance":
            return _guidance(dossier, milestone, said)
    item = Announcement(milestone, _kind(dossier, known, said.what), said.when, attributes=said.values)
    _check_news(dossier.grid, known, item)
    return item


def _another(dossier: Dossier, known: Known, said: Supposition) -> Announcement:
    """One more announcement of the kind and about the milestone of one that is known."""
    news = [item for item in (*known.items, *known.outside) if isinstance(item, Announcement) and item.milestone]
    names = {item.id: dossier.items[item.id].counterparty or "" for item in news if item.id in dossier.items}
    meant = {name for name, who in names.items() if said.milestone.lower() in (name.lower(), who.lower())}
    found = {(item.kind, str(item.milestone)) for item in news if item.id in meant}
    if not found:
        hint = nearest(said.milestone, sorted({who or name for name, who in names.items()}))
        raise InvalidInput(f"like: received {said.milestone!r}, which is no announcement known by then{hint}")
    if len(found) > 1:
        told = ", ".join(f"'{kind} on {milestone}'" for kind, milestone in sorted(found))
        raise InvalidInput(f"like: received {said.milestone!r}, which announced {told}; name one of these, or an id")
    [(kind, milestone)] = found
    item = Announcement(milestone, kind, said.when, attributes=said.values)
    _check_news(dossier.grid, known, item)
    return item


def _milestones(dossier: Dossier) -> dict[str, str]:
    return {name: entry.title for name, entry in dossier.milestones.items()}


def _kind(dossier: Dossier, known: Known, text: str) -> str:
    """Name of a kind that has a stream."""
    inert, streams = known.context.inert_kinds, {stream.kind for stream in known.streams}
    titles = {name: kind.title for name, kind in dossier.kinds.items() if name in streams or name in inert}
    titles |= {name: name for name in (*streams, *inert) if name not in titles}
    try:
        kind = named("kind", text, titles)
    except InvalidInput:
        kind = named("kind", text, {name: title for name, title in titles.items() if name not in inert}, FACTS)
    if kind in inert:
        raise InvalidInput(f"kind {kind!r} moves nothing, by assumption; allowed are kinds with a stream")
    return kind


def _silence(dossier: Dossier, known: Known, said: Supposition, until: dict[str, int]) -> dict[str, int]:
    """Month to whose end a stream is supposed to bring nothing more, by its label."""
    milestone = named("milestone", said.milestone, _milestones(dossier))
    item = Announcement(milestone, _kind(dossier, known, said.what), said.when)
    stream, month = known.context.stream_of(item), parse_period(said.when).ordinal
    if known.as_of is not None and month < known.as_of.ordinal:
        day = known.as_of.day
        raise InvalidInput(f"date: received {said.when}, before the as-of date {day}; allowed are later ones")
    _check_lead(dossier.grid, stream, month, f"no {stream.label} by {said.when}")
    return {stream.label: max(month, until.get(stream.label, month))}


def _reached(grid: MonthGrid, milestone: str, by: str) -> Row:
    last = grid.deadline(by)
    if last >= grid.months:
        raise InvalidInput(f"by: received {by!r}; allowed are dates up to the horizon, {grid.last}")
    row = np.zeros(grid.months + 1)
    row[max(last + 1, 0) :] = -np.inf
    return Row(milestone, row, note=f"{milestone} reached by {by}")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(f"ratio: received {text!r}; allowed is a number of at least 0") from None


def _guidance(dossier: Dossier, milestone: str, said: Supposition) -> Guidance:
    """Return a statement of the slip class of its lead."""
    target = said.values["target"]
    lead = parse_period(target).ordinal - parse_period(said.when).ordinal
    if lead < 0:
        raise InvalidInput(f"target: received {target}, before {said.when}; dates are reversed")
    numbers = stated([(slip.postponements_from, slip.numbers) for slip in slips_for(dossier.slips, lead)])
    return Guidance(milestone, said.when, target, **numbers)

"""What each announcement changed: the chain of belief, and one item with against without."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Literal

from bayesmile.belief import Belief
from bayesmile.dossier import Dossier
from bayesmile.errors import ImpossibleEvidence, InvalidInput
from bayesmile.evidence import Achieved, NotYet
from bayesmile.grid import When, parse_moment
from bayesmile.items import Item
from bayesmile.periods import parse_period
from bayesmile.steps import Chain, Move, Step, Target, moves_between, targets_of
from bayesmile.views import Array, acting, believe, posteriors, standing, view, why_still

__all__ = ["belief_without", "chain_of_belief", "item_effect"]

_TOGETHER = "not possible with what was known until then; counted with the next step"


def chain_of_belief(
    dossier: Dossier, as_of: When, targets: Iterable[tuple[str, When]], *, since: When | None = None
) -> Chain:
    """Follow a dossier's belief from a first day to the as-of date, announcement by announcement.

    On every day on which something became public or was withdrawn, the passage of time and silence up to that day comes
    first (the belief as of that day without its items), then the items of the day one by one: withdrawals, facts in the
    order of the roadmap, the others in the order of the ledger. A statement of guidance that replaces another counts
    with the change from the old one to the new.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date
        Last day, included; or ``"YYYY-MM"``, the first moment of that month.
    targets : iterable of (str, str or date)
        Milestone and deadline of each probability to follow.
    since : str or date, optional
        First day; what was public by then is in the first belief. If left out, the first moment of the grid, or the day
        before the first item if that is earlier.

    Returns
    -------
    Chain
        Its last belief is ``dossier.belief(as_of)``.

    Raises
    ------
    InvalidInput
        If a date or a target cannot be read, or `since` lies after `as_of`.
    ImpossibleEvidence
        If the evidence as of the first or the last day has zero probability.

    Notes
    -----
    An item is credited with what it added when it came; `item_effect` says what it adds as of a later date. Where
    items of a day have zero probability one by one but not together, the last of them carries the whole move.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> chain = chain_of_belief(load("phase2_drug"), "2025-12-31", [("approval", "2032")])
    >>> [(step.date, step.id) for step in chain.moving if step.kind == "news"][:2]
    [('2024-02-12', 'target-2024'), ('2024-09-17', 'designation-2024')]
    >>> abs(sum(step.moves[0].bits for step in chain.steps) - chain.total[0].bits) < 1e-9
    True
    """
    asked = targets_of(dossier.roadmap, dossier.grid, targets)
    first, last = _start(dossier, since), parse_moment(as_of).day
    walk = _Walk(dossier, asked, first)
    if walk.moment.day > last:
        raise InvalidInput(f"since: received {first}, after the as-of date {as_of}; dates are reversed")
    for day in _days(dossier, walk.moment.day, last):
        walk.pass_day(day)
    walk.wait(as_of, known_possible=False)
    total = moves_between(asked, walk.origin, walk.here)
    since_day = parse_moment(first).day.isoformat()
    return Chain(since=since_day, as_of=last.isoformat(), targets=asked, steps=tuple(walk.steps), total=total)


def belief_without(dossier: Dossier, as_of: When, item_id: str) -> Belief:
    """Return the belief as of a date without one item: the other side of an event study.

    A statement of guidance that the item had replaced is in force again, and a milestone that nothing else reports as
    achieved counts as not yet happened.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date
    item_id : str
        Id of the item in the ledger.

    Raises
    ------
    InvalidInput
        If there is no such item, or it did not stand as of that date.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> dossier = load("phase2_drug")
    >>> without = belief_without(dossier, "2026-06-30", "readout-2026")
    >>> without.prob("approval", by="2032") < dossier.belief("2026-06-30").prob("approval", by="2032")
    True
    """
    numbers = standing(dossier, dossier.ledger.known_by(as_of))
    _position(dossier, numbers, item_id, as_of)
    rest = [number for number in numbers if dossier.ledger.items[number].id != item_id]
    return believe(dossier, view(dossier, rest, parse_moment(as_of)))


def item_effect(dossier: Dossier, as_of: When, item_id: str, targets: Iterable[tuple[str, When]]) -> Step:
    """Say what one item adds as of a date: the belief with it against the belief without it.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date
        One date for both beliefs.
    item_id : str
        Id of the item in the ledger.
    targets : iterable of (str, str or date)
        Milestone and deadline of each probability.

    Returns
    -------
    Step
        Of kind ``"news"``, dated by the day on which the item became public; one move a target.

    Raises
    ------
    InvalidInput
        As in `belief_without`.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> step = item_effect(load("phase2_drug"), "2026-06-30", "readout-2026", [("approval", "2032")])
    >>> step.headline, step.moves[0].bits > 0.0
    ('Phase 2 met its primary endpoint', True)
    """
    asked = targets_of(dossier.roadmap, dossier.grid, targets)
    numbers = standing(dossier, dossier.ledger.known_by(as_of))
    item = dossier.ledger.items[_position(dossier, numbers, item_id, as_of)]
    known = view(dossier, numbers, parse_moment(as_of))
    note = why_still(dossier, item, known)
    here = posteriors(dossier, acting(dossier, numbers, known), parse_moment(as_of))
    without = here if note else belief_without(dossier, as_of, item_id).solution.pmf
    return _item_step(dossier, item, str(item.public), "news", moves_between(asked, without, here), note)


def _position(dossier: Dossier, numbers: Sequence[int], item_id: str, as_of: When) -> int:
    items = dossier.ledger.items
    for number in numbers:
        if items[number].id == item_id:
            return number
    named = [item for item in items if item.id == item_id]
    if not named:
        raise InvalidInput(f"item: received {item_id!r}; allowed are the ids of the ledger of {dossier.name}")
    raise InvalidInput(f"item {item_id}: announced {named[-1].announced}; it does not stand as of {as_of}")


def _start(dossier: Dossier, since: When | None) -> When:
    if since is not None:
        return since
    begin = parse_moment(dossier.grid.label(0))
    days = [item.public for item in dossier.ledger if item.public is not None and item.public <= begin.day]
    return min(days) - dt.timedelta(days=1) if days else dossier.grid.label(0)


def _days(dossier: Dossier, first: dt.date, last: dt.date) -> list[dt.date]:
    """Days after the first on which an item became public or was withdrawn."""
    public = {item.public for item in dossier.ledger}
    withdrawn = {parse_period(item.retracted).last for item in dossier.ledger if item.retracted is not None}
    return sorted(day for day in public | withdrawn if day is not None and first < day <= last)


def _item_step(
    dossier: Dossier,
    item: Item,
    date: str,
    kind: Literal["news", "withdrawal"],
    moves: tuple[Move, ...],
    note: str,
) -> Step:
    row = dossier.items.get(item.id)
    return Step(
        kind=kind,
        date=date,
        label=item.label,
        moves=moves,
        id=item.id,
        headline="" if row is None else row.headline,
        source=item.source,
        milestone=item.milestone or "",
        note=note,
    )


class _Walk:
    """The state of a chain under way: which items are in, as of when, and what is believed."""

    def __init__(self, dossier: Dossier, targets: tuple[Target, ...], since: When) -> None:
        self.dossier, self.targets, self.moment = dossier, targets, parse_moment(since)
        self.numbers = standing(dossier, dossier.ledger.known_by(since))
        self.acting = acting(dossier, self.numbers, view(dossier, self.numbers, self.moment))
        self.here = self.origin = posteriors(dossier, self.acting, self.moment)
        self.steps: list[Step] = []

    def pass_day(self, day: dt.date) -> None:
        """Time up to a day, then its withdrawals and its news."""
        known = self.dossier.ledger.known_by(day)
        now = standing(self.dossier, known)
        gone = [number for number in self.numbers if number not in now]
        new = sorted((number for number in now if number not in self.numbers), key=self._order)
        if any(not self._inert(number) for number in (*gone, *new)):
            self.wait(day)
        for number in gone:
            self._change(number, day, "withdrawal")
        for number in new:
            self._change(number, day, "news")
        for item in known.duplicates:
            if item.public == day:
                self._add(item, day, "news", self.here, why_still(self.dossier, item, known))

    def wait(self, until: When, *, known_possible: bool = True) -> None:
        """Time and silence; a belief that is impossible for the moment is passed over unless it is the last."""
        moment = parse_moment(until)
        try:
            after = posteriors(self.dossier, self.acting, moment)
        except ImpossibleEvidence:
            if not known_possible:
                raise
            after = self.here
        if moment != self.moment or after is not self.here:
            moves = moves_between(self.targets, self.here, after)
            label = f"time and silence to {moment.day}"
            self.steps.append(Step(kind="time", date=moment.day.isoformat(), label=label, moves=moves))
        self.moment, self.here = moment, after

    def _order(self, number: int) -> tuple[int, int]:
        item = self.dossier.ledger.items[number]
        fact = isinstance(item, (Achieved, NotYet)) and item.milestone is not None
        return (self.dossier.roadmap.number(str(item.milestone)) if fact else len(self.dossier.roadmap), number)

    def _inert(self, number: int) -> bool:
        return getattr(self.dossier.ledger.items[number], "kind", None) in self.dossier.ledger.inert_kinds

    def _change(self, number: int, day: dt.date, kind: Literal["news", "withdrawal"]) -> None:
        """Put an item in or take it out; items that do not act cost no inference."""
        item, before = self.dossier.ledger.items[number], self.numbers
        if kind == "news":
            self.numbers = tuple(sorted((*before, number)))
        else:
            self.numbers = tuple(other for other in before if other != number)
        known = view(self.dossier, self.numbers if kind == "news" else before, self.moment)
        note, after = why_still(self.dossier, item, known), self.here
        if kind == "withdrawal":
            known = view(self.dossier, self.numbers, self.moment)
        self.acting = acting(self.dossier, self.numbers, known)
        try:
            after = after if note else posteriors(self.dossier, self.acting, self.moment)
        except ImpossibleEvidence:
            note = _TOGETHER
        self._add(item, day, kind, after, note)

    def _add(self, item: Item, day: dt.date, kind: Literal["news", "withdrawal"], after: Array, note: str) -> None:
        moves = moves_between(self.targets, self.here, after)
        self.steps.append(_item_step(self.dossier, item, day.isoformat(), kind, moves, note))
        self.here = after

"""Report sections on news: what each announcement changed, and what was left to move nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bayesmile.attribution import chain_of_belief
from bayesmile.evidence import Announcement
from bayesmile.grid import parse_moment
from bayesmile.sections.basis import Basis, Target, phrase
from bayesmile.steps import Move, Step
from bayesmile.wording import bits, count, percent, points

__all__ = ["ChainPart", "Inert", "InertKind", "chain", "inert"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPart:
    """Section: chain of belief, announcement by announcement.

    Attributes
    ----------
    lead : str
    since, as_of : str
        First and last day; news public by the first is in the first belief.
    targets : tuple of Target
    steps : tuple of Step
        All of them, in order of time; moves are those of the targets, and add up to `total`.
    total : tuple of Move
    still : mapping of str to int
        Items that moved nothing, counted by the reason why.
    """

    lead: str
    since: str
    as_of: str
    targets: tuple[Target, ...]
    steps: tuple[Step, ...]
    total: tuple[Move, ...]
    still: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class InertKind:
    """A kind of news that moves nothing.

    Attributes
    ----------
    kind, title, rationale : str
    headlines : tuple of str
        Its items known by the as-of date, the latest last.
    """

    kind: str
    title: str
    rationale: str
    headlines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inert:
    """Section: what sentiment, scores and the price itself moved.

    Attributes
    ----------
    lead : str
    kinds : tuple of InertKind
    """

    lead: str
    kinds: tuple[InertKind, ...]


def chain(view: Basis, *, since: str | None = None) -> ChainPart:
    """Build the chain of belief for the headline targets, from the start of the ledger or from another view on."""
    asked = [(target.milestone, target.by) for target in view.targets]
    found = chain_of_belief(view.dossier, view.as_of, asked, since=since)
    reasons: dict[str, int] = {}
    for step in found.still:
        reason = step.note or "too little to see, or about another milestone"
        reasons[reason] = reasons.get(reason, 0) + 1
    return ChainPart(
        lead=_lead(view.targets, found.moving, found.total, found.since),
        since=found.since,
        as_of=found.as_of,
        targets=view.targets,
        steps=found.steps,
        total=found.total,
        still=dict(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _lead(targets: Sequence[Target], moving: Sequence[Step], total: Sequence[Move], since: str) -> str:
    whole = "; ".join(
        f"{phrase(target)} from {percent(move.before)} to {percent(move.after)}"
        f" ({points(move.after - move.before)} points, {bits(move.bits)} bits)"
        for target, move in zip(targets, total, strict=True)
    )
    news = [step for step in moving if step.kind == "news" and all(math.isfinite(m.bits) for m in step.moves)]
    lead = f"From {since} on, news, time and silence took {whole}."
    if not news:
        return lead
    most = max(news, key=lambda step: abs(step.moves[-1].bits))
    return (
        f"{lead} The item that moved the last of these most was '{most.headline or most.label}'"
        f" ({most.date}, {bits(most.moves[-1].bits)} bits)."
    )


def inert(view: Basis) -> Inert:
    """Build the section on news that moves nothing."""
    groups: dict[str, list[str]] = {}
    for item in view.belief.evidence.inert:
        if isinstance(item, Announcement):
            row = view.dossier.items.get(item.id)
            groups.setdefault(item.kind, []).append(item.label if row is None else row.headline)
    kinds = tuple(
        InertKind(kind=kind, title=entry.title, rationale=entry.rationale, headlines=tuple(groups[kind]))
        for kind, entry in view.dossier.kinds.items()
        if kind in groups
    )
    number = sum(len(kind.headlines) for kind in kinds)
    lead = (
        f"They moved nothing, by assumption: the ledger holds {count(number, 'item')} of these kinds by"
        f" {parse_moment(view.as_of).day}, and every probability is what it would be without them."
        if kinds
        else "The ledger holds no item of a kind that moves nothing."
    )
    return Inert(lead=lead, kinds=kinds)

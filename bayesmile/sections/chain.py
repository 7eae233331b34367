"""Report sections on news: what each announcement changed, and what was left to move nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bayesmile.attribution import belief_without, chain_of_belief
from bayesmile.errors import ImpossibleEvidence, InvalidInput
from bayesmile.evidence import Announcement
from bayesmile.grid import parse_moment
from bayesmile.sections.basis import Basis, Target, phrase
from bayesmile.steps import Chain, Move, Step
from bayesmile.wording import bits, count, listed, percent, points, words

__all__ = ["ChainPart", "Inert", "InertKind", "chain", "inert"]

_SEEN = 0.005  # bits: less prints as nothing


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


def chain(view: Basis, *, since: str | None = None, explain: bool = False) -> ChainPart:
    """Build the chain of belief for the headline targets, from the start of the ledger or from another view on.

    `explain` says what a bit is, where nothing before this section did.
    """
    asked = [(target.milestone, target.by) for target in view.targets]
    found = chain_of_belief(view.dossier, view.as_of, asked, since=since)
    reasons: dict[str, int] = {}
    for step in found.still:
        reason = step.note or "too little to see, or about another milestone"
        reasons[reason] = reasons.get(reason, 0) + 1
    return ChainPart(
        lead=_lead(view, found, explain=explain),
        since=found.since,
        as_of=found.as_of,
        targets=view.targets,
        steps=found.steps,
        total=found.total,
        still=dict(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _lead(view: Basis, found: Chain, *, explain: bool) -> str:
    whole = "; ".join(
        f"{phrase(target)} from {percent(move.before)} to {percent(move.after)}"
        f" ({points(move.after - move.before)} points, {bits(move.bits)} bits)"
        for target, move in zip(view.targets, found.total, strict=True)
    )
    lead = f"From {found.since} on, news, time and silence took {whole}."
    if explain:
        lead += " In log-odds, 1 bit doubles the odds."
    movers: dict[str, list[tuple[Target, Step, Move]]] = {}
    for number, target in enumerate(view.targets):
        step = _mover(found, number)
        if step is not None:
            movers.setdefault(step.id, []).append((target, step, step.moves[number]))
    return " ".join([lead, *(_moved(view, entries) for entries in movers.values())])


def _mover(found: Chain, number: int) -> Step | None:
    """News that moved one target most; None where none moved it."""
    news = [step for step in found.moving if step.kind == "news" and math.isfinite(step.moves[number].bits)]
    most = max(news, key=lambda step: abs(step.moves[number].bits), default=None)
    return None if most is None or abs(most.moves[number].bits) < _SEEN else most


def _moved(view: Basis, entries: list[tuple[Target, Step, Move]]) -> str:
    """Sentence on one item and the targets that it moved most."""
    what = "it" if len(view.targets) == 1 else listed([phrase(target) for target, _, _ in entries])
    step, amount = entries[0][1], listed([bits(move.bits) for _, _, move in entries])
    return (
        f"The item that moved {what} most was '{step.headline or step.label}'"
        f" ({step.date}, {amount} bits{_why(view, step)})."
    )


def _why(view: Basis, step: Step) -> str:
    """How a statement of guidance moved the month that it is about; empty for other news, or where it moved none."""
    row = view.dossier.items.get(step.id)
    if row is None or row.type != "guidance" or not step.milestone:
        return ""
    try:
        beliefs = (belief_without(view.dossier, step.date, step.id), view.dossier.belief(step.date))
    except (InvalidInput, ImpossibleEvidence):
        return ""
    before, after = (belief.quantile(step.milestone, 0.5) for belief in beliefs)
    if before == after:
        return ""
    later = before != "beyond" and (after == "beyond" or after > before)
    old, new = (f"after {view.horizon}" if month == "beyond" else month for month in (before, after))
    return (
        f": a stated date {'later' if later else 'earlier'} than believed, even odds of {words(step.milestone)} went"
        f" from {old} to {new}"
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

"""Report section on order-free credit: how the items share what they moved together."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bayesmile.errors import ImpossibleEvidence
from bayesmile.sections.basis import Basis, Target, phrase
from bayesmile.shapley import Credit, shapley_attribution
from bayesmile.steps import Move
from bayesmile.wording import bits, count, percent, points

__all__ = ["Credited", "credited"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """Section: what each item is credited with, whatever the order.

    Attributes
    ----------
    lead : str
    targets : tuple of Target
    credits : tuple of Credit
        The largest first, by bits of any target; points and bits add up to `total`.
    total : tuple of Move
        From the belief with none of these items to the belief with all.
    exact : bool
    pairs : int
        Pairs of random orders; 0 if exact.
    error : float
        Largest standard error of a credit in bits.
    """

    lead: str
    targets: tuple[Target, ...]
    credits: tuple[Credit, ...]
    total: tuple[Move, ...]
    exact: bool
    pairs: int
    error: float


def credited(view: Basis) -> Credited | None:
    """Build the section for the headline targets; None where nothing that stands alone can be taken out."""
    asked = [(target.milestone, target.by) for target in view.targets]
    try:
        found = shapley_attribution(view.dossier, view.as_of, asked, seed=view.seed)
    except ImpossibleEvidence:
        return None
    ranked = tuple(sorted(found.credits, key=lambda one: -_size(one)))
    sampled = "" if found.exact else _sampled(found.pairs, found.error)
    return Credited(
        lead=_lead(view, ranked, found.total, sampled),
        targets=view.targets,
        credits=ranked,
        total=found.total,
        exact=found.exact,
        pairs=found.pairs,
        error=found.error,
    )


def _size(one: Credit) -> float:
    return max((abs(value) for value in one.bits if value == value), default=0.0)


def _sampled(pairs: int, error: float) -> str:
    return (
        f" Averaged over {count(2 * pairs, 'random order')}, each beside its reverse; standard error of a share: up to"
        f" {error:.2g} bits."
    )


def _items(number: int) -> str:
    return "one item takes" if number == 1 else f"{number} items or stories together take"


def _lead(view: Basis, ranked: tuple[Credit, ...], total: tuple[Move, ...], sampled: str) -> str:
    if not ranked:
        return "No item moves any of these probabilities beyond what has happened and what has not."
    whole = "; ".join(
        f"{phrase(target)} from {percent(move.before)} to {percent(move.after)} ({points(move.points / 100.0)} points"
        f"{'' if math.isnan(move.bits) else f', {bits(move.bits)} bits'})"
        for target, move in zip(view.targets, total, strict=True)
    )
    return (
        f"As of this date {_items(len(ranked))} {whole}. What has happened, what has not yet, and the silence of the"
        " streams are in both. Each is credited with what it adds, averaged over all"
        f" orders in which they could have come (Shapley value); the shares add up to the whole.{sampled} News about a"
        " milestone whose month is known by now has no share."
    )

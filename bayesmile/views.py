"""Views of a dossier: what would be known, and believed, as of a date if only some of its items had become public."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from bayesmile.belief import Belief, conclude
from bayesmile.dossier import Dossier
from bayesmile.evidence import Announcement
from bayesmile.grid import Moment
from bayesmile.items import Item
from bayesmile.known import Context, Known
from bayesmile.solution import Delays

__all__ = ["acting", "believe", "delays_of", "posteriors", "standing", "view", "why_still"]

Array = NDArray[np.float64]


@lru_cache(maxsize=8)
def delays_of(dossier: Dossier) -> Delays:
    """Delays of a dossier with their no-evidence law, shared by all its beliefs.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> delays_of(load("phase2_drug")).log_pmf.shape
    (3, 300)
    """
    return Delays(dossier.roadmap, dossier.grid)


@lru_cache(maxsize=8)
def _numbers(dossier: Dossier) -> dict[int, int]:
    return {id(item): number for number, item in enumerate(dossier.ledger.items)}


def standing(dossier: Dossier, known: Known) -> tuple[int, ...]:
    """Positions in the ledger of all items that are known, of whatever effect, in the order of the ledger.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> dossier = load("phase2_drug")
    >>> standing(dossier, dossier.ledger.known_by("2024-12-31"))
    (0, 1)
    """
    numbers = _numbers(dossier)
    return tuple(sorted(numbers[id(x)] for x in (*known.items, *known.outside, *known.superseded, *known.inert)))


def view(dossier: Dossier, numbers: Sequence[int], moment: Moment) -> Known:
    """Sort the items at these positions into those that act and those that do not, as of a moment."""
    ledger = dossier.ledger
    context = Context(streams=ledger.streams, hype=ledger.hype, inert_kinds=ledger.inert_kinds, as_of=moment)
    return Known.of([ledger.items[number] for number in numbers], context)


def acting(dossier: Dossier, numbers: Sequence[int], known: Known) -> tuple[int, ...]:
    """Those of the positions whose items act in a view."""
    acts = {id(item) for item in known.items}
    return tuple(number for number in numbers if id(dossier.ledger.items[number]) in acts)


def believe(dossier: Dossier, known: Known) -> Belief:
    """Posterior from a view, with *not yet* for each observed milestone that nothing reports as achieved.

    Raises
    ------
    ImpossibleEvidence
        If the view has zero probability.
    """
    return conclude(dossier.roadmap, dossier.grid, dossier.with_not_yet(known), delays_of(dossier))


@lru_cache(maxsize=1024)
def posteriors(dossier: Dossier, numbers: tuple[int, ...], moment: Moment) -> Array:
    """Posteriors of all milestones, shape (milestone, months + 1), from the items at these positions; kept for reuse.

    Raises
    ------
    ImpossibleEvidence
        If they have zero probability.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.grid import parse_moment
    >>> posteriors(load("phase2_drug"), (), parse_moment("2024-01")).sum(axis=1).round(12).tolist()
    [1.0, 1.0, 1.0]
    """
    pmf = believe(dossier, view(dossier, numbers, moment)).solution.pmf
    pmf.setflags(write=False)
    return pmf


def why_still(dossier: Dossier, item: Item, known: Known) -> str:
    """Why an item moves nothing, where a rule says so; empty for an item that acts."""
    if isinstance(item, Announcement) and any(item is other for other in known.inert):
        return f"{dossier.kinds[item.kind].title}: moves nothing, by assumption"
    if any(item is other for other in known.outside):
        return "outside the months for which its stream claims to be complete"
    if any(item is other for other in known.superseded):
        return "replaced by a later statement of guidance"
    if any(item is other for other in known.duplicates):
        return "repeats an item that counts once"
    return "no more than the earlier items of its story said" if _retold(item, known) else ""


def _retold(item: Item, known: Known) -> bool:
    """Whether an item of a story comes after its first one and answers nothing new."""
    if not isinstance(item, Announcement) or not item.story:
        return False
    news = (other for other in known.items if isinstance(other, Announcement) and other.story == item.story)
    earlier = list(takewhile(lambda other: other is not item, news))
    told = {answer for other in earlier for answer in other.attributes.items()}
    return bool(earlier) and {(name, said) for name, said in item.attributes.items() if said != "unknown"} <= told

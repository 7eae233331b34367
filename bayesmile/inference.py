"""The first call: from a roadmap and evidence to a belief."""

from __future__ import annotations

from collections.abc import Iterable

from bayesmile.belief import Belief, conclude
from bayesmile.errors import InvalidInput
from bayesmile.grid import MonthGrid
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.ledger import Ledger
from bayesmile.roadmap import Roadmap

__all__ = ["infer"]


def infer(roadmap: Roadmap, evidence: Known | Iterable[Item], grid: MonthGrid) -> Belief:
    """Exact posterior of every milestone's month.

    Each item of evidence becomes a row of log-likelihoods over its milestone's month; the engine sums all months out
    exactly. Nothing is added: that an observed milestone has *not yet* happened counts only if an item says so (the
    as-of view of a dossier says it).

    Parameters
    ----------
    roadmap : Roadmap
        Milestones, delays and joins.
    evidence : Known or iterable of Item
        What ``ledger.known_by(as_of)`` returns, or plain items. A raw ledger is refused: it may know the future.
    grid : MonthGrid
        Months to reason about; what lies after them is *beyond*.

    Returns
    -------
    Belief

    Raises
    ------
    InvalidInput
        If the evidence is a raw ledger, an item names an unknown milestone, or the roadmap is too large.
    ImpossibleEvidence
        If the evidence has zero probability; the message names the contradicting items.

    Examples
    --------
    Posterior odds of "by then" are prior odds times the ratio.

    >>> import bayesmile as bm
    >>> grid = bm.MonthGrid("2026-01", 60)
    >>> roadmap = bm.Roadmap([bm.Milestone("pilot", delay=bm.LogNormal(median=24, sigma=0.6, never=0.1))])
    >>> before = bm.infer(roadmap, [], grid).prob("pilot", by="2027")
    >>> after = bm.infer(roadmap, [bm.LikelihoodRatio("pilot", by="2027", ratio=3)], grid).prob("pilot", by="2027")
    >>> round(after / (1 - after) / (before / (1 - before)), 9)
    3.0
    """
    if isinstance(evidence, Ledger):
        raise InvalidInput(
            "evidence: received a Ledger; allowed is what ledger.known_by(as_of) returns, or plain items"
        )
    if not isinstance(roadmap, Roadmap) or not isinstance(grid, MonthGrid):
        raise InvalidInput(
            f"infer: received {type(roadmap).__name__} and {type(grid).__name__};"
            " allowed are a Roadmap, evidence and a MonthGrid, in this order"
        )
    if isinstance(evidence, (Item, str)) or not isinstance(evidence, (Known, Iterable)):
        raise InvalidInput(f"evidence: received {evidence!r}; allowed is a list of items, or what known_by returns")
    known = evidence if isinstance(evidence, Known) else Known.of(evidence)
    return conclude(roadmap, grid, known)

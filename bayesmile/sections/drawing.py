"""Section for drawing the roadmap: what each milestone waits for, how likely it is and when."""

from __future__ import annotations

from dataclasses import dataclass

from bayesmile.sections.basis import Basis, reached_month
from bayesmile.sections.price import Reading
from bayesmile.sections.uncertainty import chance
from bayesmile.tilts import ReachTilt
from bayesmile.wording import words

__all__ = ["Drawing", "Node", "drawing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One milestone of the graph.

    Attributes
    ----------
    name, words, title, risk : str
    after : tuple of str
        Milestones that it waits for.
    needs : str
        ``"all"`` or ``"any"`` of them.
    headline : bool
        Whether a report names it first.
    reached : str or None
        Its month where that is known.
    deadline : str
    by_deadline, low, high : float
        Probability by the deadline: the mean and its 90% interval; three times the central one without draws.
    by_horizon : float
        Mean by the last month of the grid, or the central one.
    median : str
        Month by which it has happened with probability one half, or ``"beyond"``.
    market : float or None
        What the price implies by the horizon (reach tilt); None where it says nothing.
    """

    name: str
    words: str
    title: str
    risk: str
    after: tuple[str, ...]
    needs: str
    headline: bool
    reached: str | None
    deadline: str
    by_deadline: float
    low: float
    high: float
    by_horizon: float
    median: str
    market: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Section: the graph of the roadmap.

    Attributes
    ----------
    horizon : str
    nodes : tuple of Node
        Parents before children.
    """

    horizon: str
    nodes: tuple[Node, ...]


def drawing(view: Basis, found: Reading | None = None) -> Drawing:
    """Build the section.

    Parameters
    ----------
    view : Basis
    found : Reading, optional
        Of the price, for the market's side.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.sections.basis import basis
    >>> [(node.name, node.after) for node in drawing(basis(load("phase2_drug"), "2025-12-31")).nodes][1]
    ('filing', ('phase3_start',))
    """
    tilt = None if found is None else found.reach
    return Drawing(
        horizon=view.horizon, nodes=tuple(_node(view, name, tilt) for name in view.belief.roadmap.names)
    )


def _node(view: Basis, name: str, tilt: ReachTilt | None) -> Node:
    entry, milestone, target = view.dossier.milestones[name], view.belief.roadmap[name], view.deadline(name)
    at, end = chance(view, name, target.by), chance(view, name, view.horizon)
    central = view.prob(target)
    source = view.belief if view.mixture is None else view.mixture
    return Node(
        name=name,
        words=words(name),
        title=entry.title,
        risk=entry.risk,
        after=tuple(milestone.after),
        needs=milestone.needs,
        headline=name in {one.milestone for one in view.targets},
        reached=reached_month(view.belief, name),
        deadline=target.by,
        by_deadline=central if at is None else at.mean,
        low=central if at is None else at.low,
        high=central if at is None else at.high,
        by_horizon=view.belief.prob(name, by=view.horizon) if end is None else end.mean,
        median=source.quantile(name, 0.5),
        market=None if tilt is None else tilt.belief.prob(name, by=view.horizon),
    )

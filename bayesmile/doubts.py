"""Where the doubt sits: each step's share of the doubt that a milestone is reached by a date."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bayesmile.belief import Belief
from bayesmile.errors import InvalidInput
from bayesmile.grid import When
from bayesmile.market import by_row
from bayesmile.roadmap import Roadmap

__all__ = ["DoubtBeside", "doubt_shares", "doubts_beside", "necessary"]


@dataclass(frozen=True, slots=True)
class DoubtBeside:
    """One step's share of the doubt by two beliefs, in bits.

    Attributes
    ----------
    milestone : str
        The step.
    ours, market : float
        -log2 P(step by the date | the steps before by the date), by our belief and by the other.
    """

    milestone: str
    ours: float
    market: float

    @property
    def less(self) -> float:
        """Bits by which the other belief doubts this step less; NaN where both leave no chance."""
        return math.nan if self.ours == self.market == math.inf else self.ours - self.market


def necessary(roadmap: Roadmap, milestone: str) -> tuple[str, ...]:
    """Milestones that must have happened whenever this one has, in topological order, itself last.

    With ``all`` joins these are all its ancestors; of an ``any`` join only what every one of its parents needs counts.

    Examples
    --------
    >>> import bayesmile as bm
    >>> step = bm.LogNormal(12, 0.5)
    >>> parents = [bm.Milestone("a", delay=step), bm.Milestone("b", after="a", delay=step)]
    >>> roadmap = bm.Roadmap([*parents, bm.Milestone("d", after=["a", "b"], needs="any", delay=step)])
    >>> necessary(roadmap, "d"), necessary(roadmap, "b")
    (('a', 'd'), ('a', 'b'))
    """
    needed: dict[str, set[str]] = {}
    for step in roadmap:
        sets = [needed[parent] for parent in step.after]
        if not sets:
            before: set[str] = set()
        else:
            before = set.union(*sets) if step.needs == "all" else set.intersection(*sets)
        needed[step.name] = before | {step.name}
    wanted = needed[roadmap[milestone].name]
    return tuple(name for name in roadmap.names if name in wanted)


def doubt_shares(belief: Belief, milestone: str, *, by: When) -> dict[str, float]:
    """Share of every necessary step in the doubt that a milestone is reached by a date, in bits.

    The milestone is reached by D only if every step that it needs is. Taking the steps A_1 .. A_n in the roadmap's
    topological order, the milestone last, P(reached by D) = P(A_1 by D) P(A_2 by D | A_1 by D) ... exactly on any
    graph, so that the shares -log2 P(A_k by D | A_1 .. A_(k-1) by D) add up to -log2 P(reached by D).

    Parameters
    ----------
    belief : Belief
        Posterior of every milestone.
    milestone : str
        Target milestone.
    by : str or date
        Its deadline, D. All steps have the same one, so that the last steps carry the doubt of lateness.

    Returns
    -------
    dict of str to float
        Bits by step, in that order. A step that is certain given the earlier ones has 0; an impossible one has inf, and
        the steps after it NaN.

    Raises
    ------
    InvalidInput
        If the milestone is unknown or `by` lies after the horizon.

    Notes
    -----
    The order of steps that do not depend on each other is a convention: of two, the earlier in the roadmap takes the
    doubt that they share.

    Examples
    --------
    >>> import bayesmile as bm
    >>> coin = bm.Tabulated([0.5])
    >>> roadmap = bm.Roadmap([bm.Milestone("pilot", delay=coin), bm.Milestone("launch", after="pilot", delay=coin)])
    >>> doubt_shares(bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12)), "launch", by="2026-12")
    {'pilot': 1.0, 'launch': 1.0}
    """
    belief.prob(milestone, by=by)  # refuses an unknown milestone or a deadline past the horizon
    last, shares = belief.grid.deadline(by), {}
    possible = True
    for name in necessary(belief.roadmap, milestone):
        shares[name] = _bits(belief, name, last) if possible else math.nan
        possible = shares[name] < math.inf
        if possible and name != milestone:
            belief = belief.update(by_row(belief, name, last, reached=True))
    return shares


def doubts_beside(belief: Belief, market: Belief, milestone: str, *, by: When) -> tuple[DoubtBeside, ...]:
    """Share of every necessary step in the doubt, by our belief and by the one that a price implies.

    The steps' differences add up to log2 of the market's probability over ours.

    Parameters
    ----------
    belief, market : Belief
        Ours, and the other one about the same roadmap, such as ``reach_tilt(...).belief``.
    milestone, by
        As in `doubt_shares`.

    Raises
    ------
    InvalidInput
        As in `doubt_shares`, or if the two beliefs are about different milestones or months.

    Examples
    --------
    >>> import bayesmile as bm
    >>> coin = bm.Tabulated([0.5])
    >>> roadmap = bm.Roadmap([bm.Milestone("pilot", delay=coin), bm.Milestone("launch", after="pilot", delay=coin)])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> surer = belief.update(bm.LikelihoodRatio("launch", by="2026-12", ratio=9.0))
    >>> [(one.milestone, round(one.less, 6)) for one in doubts_beside(belief, surer, "launch", by="2026-12")]
    [('pilot', 0.736966), ('launch', 0.847997)]
    """
    if market.roadmap.names != belief.roadmap.names or market.grid != belief.grid:
        raise InvalidInput("doubts: the two beliefs are about different milestones or months; allowed are the same")
    ours, theirs = (doubt_shares(one, milestone, by=by) for one in (belief, market))
    return tuple(DoubtBeside(name, ours[name], theirs[name]) for name in ours)


def _bits(belief: Belief, name: str, last: int) -> float:
    """-log2 P(by last): from the other tail when nearly certain, so that small shares keep their digits."""
    pmf = belief.pmf(name)
    by, after = float(pmf[: max(last + 1, 0)].sum()), float(pmf[max(last + 1, 0) :].sum())
    if by == 0.0:
        return math.inf
    return max(0.0, -(math.log1p(-after) if after < 0.5 else math.log(by)) / math.log(2.0))

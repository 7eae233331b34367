"""What a price cannot say: the range of belief about other milestones that it leaves open."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bayesmile.belief import Belief
from bayesmile.grid import MonthGrid, When
from bayesmile.market import by_row

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["price_silence", "year_ends"]

_NEARLY_SILENT = 10.0  # points


def year_ends(grid: MonthGrid) -> tuple[str, ...]:
    """Last month of every year on the grid, and the horizon.

    Examples
    --------
    >>> year_ends(MonthGrid("2026-01", 18))
    ('2026-12', '2027-06')
    """
    labels = [grid.label(index) for index in range(grid.months)]
    return tuple(label for label in labels if label.endswith("-12") or label == grid.last)


def price_silence(belief: Belief, milestone: str, *, deadlines: Iterable[When] | None = None) -> pd.DataFrame:
    """Range that any price could imply for every other milestone, when it moves only whether this one is reached.

    A price moves P(milestone reached); what it says of the others is a mixture of P(by D | not reached) and
    P(by D | reached), timing as believed. Where the two hardly differ the price is nearly silent.

    Parameters
    ----------
    belief : Belief
        Posterior of every milestone.
    milestone : str
        The milestone that the price is about.
    deadlines : iterable of str or date, optional
        Every year's end and the horizon if left out.

    Returns
    -------
    DataFrame
        One row per other milestone and deadline: ``milestone``, ``deadline``, ``ours``, ``not_reached``, ``reached``,
        ``points`` (their difference, unsigned, in percentage points) and ``silent`` (fewer than 10). A side that our
        belief excludes is NaN.

    Raises
    ------
    InvalidInput
        If the milestone is unknown or a deadline lies after the horizon.

    Examples
    --------
    >>> import bayesmile as bm
    >>> coin = bm.Tabulated([0.5])
    >>> roadmap = bm.Roadmap([bm.Milestone("pilot", delay=coin), bm.Milestone("launch", after="pilot", delay=coin)])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> price_silence(belief, "launch").round(3).to_dict("records")[0]
    {'milestone': 'pilot', 'deadline': '2026-12', 'ours': 0.5, 'not_reached': 0.333, 'reached': 1.0, 'points': 66.667,
     'silent': False}
    """
    import pandas as pd

    dates = year_ends(belief.grid) if deadlines is None else tuple(deadlines)
    given = {side: _given(belief, milestone, reached=side) for side in (False, True)}
    rows = []
    for name in belief.roadmap.names:
        for by in dates if name != milestone else ():
            low, high = (math.nan if law is None else law.prob(name, by=by) for law in (given[False], given[True]))
            points = 100.0 * abs(high - low)
            label = belief.grid.label(belief.grid.deadline(by))
            rows.append((name, label, belief.prob(name, by=by), low, high, points, points < _NEARLY_SILENT))
    columns = ["milestone", "deadline", "ours", "not_reached", "reached", "points", "silent"]
    return pd.DataFrame(rows, columns=columns)


def _given(belief: Belief, milestone: str, *, reached: bool) -> Belief | None:
    pmf = belief.pmf(milestone)
    if not (pmf[:-1].any() if reached else pmf[-1] > 0.0):
        return None
    return belief.update(by_row(belief, milestone, belief.grid.months - 1, reached=reached))

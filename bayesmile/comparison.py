"""Our belief beside the one that a price implies."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bayesmile.belief import Belief
from bayesmile.core.tilting import log_odds
from bayesmile.errors import InvalidInput
from bayesmile.grid import When
from bayesmile.silence import year_ends
from bayesmile.tilts import Implied, ReachTilt

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare"]


def compare(
    belief: Belief, market: Belief | Implied | ReachTilt, *, deadlines: Iterable[When] | None = None
) -> pd.DataFrame:
    """Probability of every milestone by every deadline: ours, the market's and the gap.

    Parameters
    ----------
    belief : Belief
        Ours.
    market : Belief, Implied or ReachTilt
        What the price implies.
    deadlines : iterable of str or date, optional
        Every year's end and the horizon if left out.

    Returns
    -------
    DataFrame
        One row per milestone and deadline: ``milestone``, ``deadline``, ``ours``, ``market``, ``points`` (market less
        ours, percentage points), ``log_odds`` (the same difference of log-odds in nats) and ``bits``. Where only one
        side is certain the difference is infinite; where both are alike, zero.

    Raises
    ------
    InvalidInput
        If the two beliefs are about different roadmaps or months, or a deadline lies after the horizon.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, required_return=0.0)
    >>> market = bm.implied(belief, payoffs, price=80.0, as_of="2026-01")
    >>> compare(belief, market).round(6).to_dict("records")
    [{'milestone': 'approval', 'deadline': '2026-12', 'ours': 0.5, 'market': 0.8, 'points': 30.0,
      'log_odds': 1.386294, 'bits': 2.0}]
    """
    import pandas as pd

    other = market if isinstance(market, Belief) else market.belief
    if other.roadmap.names != belief.roadmap.names or other.grid != belief.grid:
        raise InvalidInput("compare: the two beliefs are about different milestones or months; allowed are the same")
    dates = year_ends(belief.grid) if deadlines is None else tuple(deadlines)
    rows = []
    for name in belief.roadmap.names:
        for by in dates:
            ours, theirs, last = belief.prob(name, by=by), other.prob(name, by=by), belief.grid.deadline(by)
            gap = _difference(log_odds(other.pmf(name), last), log_odds(belief.pmf(name), last))
            label = belief.grid.label(last)
            rows.append((name, label, ours, theirs, 100.0 * (theirs - ours), gap, gap / math.log(2.0)))
    columns = ["milestone", "deadline", "ours", "market", "points", "log_odds", "bits"]
    return pd.DataFrame(rows, columns=columns)


def _difference(theirs: float, ours: float) -> float:
    return 0.0 if theirs == ours else theirs - ours

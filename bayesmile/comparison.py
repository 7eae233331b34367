"""Our belief beside the one that a price implies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesmile.belief import Belief
from bayesmile.core.tilting import log_odds
from bayesmile.errors import InvalidInput
from bayesmile.grid import MonthGrid, When
from bayesmile.markup import html_table, shortened
from bayesmile.silence import year_ends
from bayesmile.tilts import Implied, ReachTilt
from bayesmile.wording import bits, count, percent, points, words

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Comparison", "ComparisonLine", "compare"]

_MOST = 60  # rows shown in a notebook
_NUMBERS = ("ours", "market", "points", "log_odds", "bits")
_UNITS = {"ours": "1", "market": "1", "points": "percentage points", "log_odds": "nats", "bits": "bits"}


@dataclass(frozen=True, slots=True)
class ComparisonLine:
    """Ours against the market's for one milestone and deadline.

    Attributes
    ----------
    milestone, deadline : str
        The deadline as the last month that counts, ``"YYYY-MM"``.
    ours, market : float
        Probabilities.
    points : float
        Market less ours, in percentage points.
    log_odds, bits : float
        The same difference of log-odds, in nats and in bits. Infinite where only one side is certain; zero where both
        are alike.
    """

    milestone: str
    deadline: str
    ours: float
    market: float
    points: float
    log_odds: float
    bits: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ours against the market's, for every milestone by every deadline; made by `compare`.

    Attributes
    ----------
    milestones, deadlines : tuple of str
    lines : tuple of ComparisonLine
        By milestone, then by deadline.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> news = belief.update(bm.LikelihoodRatio("approval", by="2026-01", ratio=2))
    >>> found = compare(belief, news, deadlines=["2026-01", "2026-02"])
    >>> found
    Comparison of 1 milestone by 2 deadlines; widest: approval by 2026-01, ours 25%, market's 40%
    >>> found.to_xarray().bits.sel(milestone="approval").round(3).values.tolist()
    [1.0, 0.585]
    """

    milestones: tuple[str, ...]
    deadlines: tuple[str, ...]
    lines: tuple[ComparisonLine, ...]

    def __len__(self) -> int:
        """Count the lines."""
        return len(self.lines)

    def __iter__(self) -> Iterator[ComparisonLine]:
        """Lines by milestone, then by deadline."""
        return iter(self.lines)

    def to_pandas(self) -> pd.DataFrame:
        """One row a line: milestone, deadline, ours, market, points, log_odds, bits."""
        import pandas as pd

        names = ["milestone", "deadline", *_NUMBERS]
        return pd.DataFrame([[getattr(line, name) for name in names] for line in self.lines], columns=names)

    def to_xarray(self) -> xr.Dataset:
        """Label the numbers: ``ours``, ``market``, ``points``, ``log_odds``, ``bits``, each (milestone, deadline).

        Coordinate ``deadline`` is the first day of the last month that counts, ``label`` the month as text.
        """
        import xarray as xr

        shape = len(self.milestones), len(self.deadlines)
        return xr.Dataset(
            {
                name: (
                    ("milestone", "deadline"),
                    np.array([getattr(line, name) for line in self.lines]).reshape(shape),
                    {"units": _UNITS[name]},
                )
                for name in _NUMBERS
            },
            coords={
                "milestone": list(self.milestones),
                "deadline": np.array(self.deadlines, dtype="datetime64[M]").astype("datetime64[ns]"),
                "label": ("deadline", list(self.deadlines)),
            },
        )

    def _repr_html_(self) -> str:
        """Table for a notebook."""
        first, last, left_out = shortened(self.lines, _MOST, "line")
        middle = [["...", "", "", "", left_out, ""]] if left_out else []
        rows = [*map(_row, first), *middle, *map(_row, last)]
        columns = ("Milestone", "<By", ">Ours", ">Market's", ">Points", ">Bits")
        return html_table(f"{self._size()}; points and bits are the market's less ours", columns, rows)

    def __repr__(self) -> str:
        """Size, and the widest difference in points."""
        widest = max(self.lines, key=lambda line: abs(line.points), default=None)
        if widest is None or widest.points == 0.0:
            return f"{self._size()}; no difference"
        said = f"ours {percent(widest.ours)}, market's {percent(widest.market)}"
        return f"{self._size()}; widest: {widest.milestone} by {widest.deadline}, {said}"

    def _size(self) -> str:
        return f"Comparison of {count(len(self.milestones), 'milestone')} by {count(len(self.deadlines), 'deadline')}"


def _row(line: ComparisonLine) -> list[str]:
    chances = [percent(line.ours), percent(line.market), points(line.points / 100.0), bits(line.bits)]
    return [words(line.milestone), line.deadline, *chances]


def compare(
    belief: Belief, market: Belief | Implied | ReachTilt, *, deadlines: Iterable[When] | None = None
) -> Comparison:
    """Probability of every milestone by every deadline: ours, the market's and the gap.

    Parameters
    ----------
    belief : Belief
        Ours.
    market : Belief, Implied or ReachTilt
        What the price implies, or any other belief about the same milestones and months.
    deadlines : iterable of str or date, optional
        Every year's end and the horizon if left out. Periods that end with the same month are one.

    Returns
    -------
    Comparison
        Lines with ``milestone``, ``deadline``, ``ours``, ``market``, ``points``, ``log_odds`` and ``bits``;
        `Comparison.to_pandas` and `Comparison.to_xarray` make tables of them.

    Raises
    ------
    InvalidInput
        If the two beliefs are about different roadmaps or months, or a deadline lies off the grid.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, required_return=0.0)
    >>> market = bm.implied(belief, payoffs, price=80.0, as_of="2026-01")
    >>> compare(belief, market).to_pandas().round(6).to_dict("records")
    [{'milestone': 'approval', 'deadline': '2026-12', 'ours': 0.5, 'market': 0.8, 'points': 30.0,
      'log_odds': 1.386294, 'bits': 2.0}]
    """
    other, grid = market if isinstance(market, Belief) else market.belief, belief.grid
    months = [(one.grid.origin, one.grid.months) for one in (belief, other)]
    if other.roadmap.names != belief.roadmap.names or months[0] != months[1]:
        raise InvalidInput("compare: the two beliefs are about different milestones or months; allowed are the same")
    asked = year_ends(grid) if deadlines is None else tuple(deadlines)
    dates = tuple(dict.fromkeys(_month(grid, by) for by in asked))
    names = belief.roadmap.names
    return Comparison(names, dates, tuple(_line(belief, other, name, by) for name in names for by in dates))


def _month(grid: MonthGrid, by: When) -> str:
    index = grid.deadline(by)
    if not 0 <= index < grid.months:
        raise InvalidInput(f"deadlines: received {by!r}; allowed are dates from {grid.label(0)} to {grid.last}")
    return grid.label(index)


def _line(belief: Belief, other: Belief, name: str, by: str) -> ComparisonLine:
    ours, theirs, last = belief.prob(name, by=by), other.prob(name, by=by), belief.grid.deadline(by)
    here, there = log_odds(belief.pmf(name), last), log_odds(other.pmf(name), last)
    gap = 0.0 if there == here else there - here
    return ComparisonLine(name, by, ours, theirs, 100.0 * (theirs - ours), gap, gap / math.log(2.0))

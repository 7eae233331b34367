"""Targets, moves of their probabilities, and the steps that a chain of belief is made of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.tilting import log_odds
from bayesmile.errors import InvalidInput
from bayesmile.grid import MonthGrid, When
from bayesmile.roadmap import Roadmap

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Chain", "Move", "Step", "Target", "moves_between", "targets_of"]

Array = NDArray[np.float64]

_ROUNDING = 1e-9  # points or bits: what sums in another order may differ by


@dataclass(frozen=True, slots=True)
class Target:
    """The question whether a milestone has happened by the end of a month.

    Attributes
    ----------
    milestone : str
    by : str
        Last month that counts, ``"YYYY-MM"``.
    row, last : int
        Where to look it up: number of the milestone, index of the month.
    """

    milestone: str
    by: str
    row: int
    last: int

    @property
    def label(self) -> str:
        """Short text for people: ``"approval by 2032-12"``."""
        return f"{self.milestone} by {self.by}"

    def probability(self, pmf: Array) -> float:
        """P(T <= by) under posteriors of shape (milestone, months + 1)."""
        return float(pmf[self.row, : self.last + 1].sum())


def targets_of(roadmap: Roadmap, grid: MonthGrid, pairs: Iterable[tuple[str, When]]) -> tuple[Target, ...]:
    """Targets of pairs (milestone, deadline).

    Raises
    ------
    InvalidInput
        If a milestone is unknown, or a deadline cannot be read or lies off the grid.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("pilot", delay=bm.LogNormal(12, 0.5))])
    >>> [target.label for target in targets_of(roadmap, MonthGrid("2026-01", 60), [("pilot", "2027")])]
    ['pilot by 2027-12']
    """
    targets = []
    for milestone, by in pairs:
        row, last = roadmap.number(milestone), grid.deadline(by)
        if not 0 <= last < grid.months:
            raise InvalidInput(
                f"target {milestone}, by: received {by!r}; allowed are dates from {grid.label(0)} to {grid.last}"
            )
        targets.append(Target(milestone, grid.label(last), row, last))
    return tuple(targets)


@dataclass(frozen=True, slots=True)
class Move:
    """Change of one probability.

    Attributes
    ----------
    before, after : float
        Probabilities.
    points : float
        after - before, in percentage points.
    bits : float
        Change of the log-odds to base 2, from both tails; infinite where one side is certain, zero where both are.
    """

    before: float
    after: float
    points: float
    bits: float


def moves_between(targets: Sequence[Target], before: Array, after: Array) -> tuple[Move, ...]:
    """Compare all targets between two sets of posteriors, each of shape (milestone, months + 1).

    Examples
    --------
    >>> import numpy as np
    >>> before, after = np.array([[0.2, 0.3, 0.5]]), np.array([[0.5, 0.3, 0.2]])
    >>> [move] = moves_between([Target("pilot", "2026-02", 0, 1)], before, after)
    >>> round(move.points, 9), round(move.bits, 9)
    (30.0, 2.0)
    """
    return tuple(_move(target, before, after) for target in targets)


def _move(target: Target, before: Array, after: Array) -> Move:
    old, new = target.probability(before), target.probability(after)
    here, there = (log_odds(pmf[target.row], target.last) for pmf in (before, after))
    bits = 0.0 if here == there else (there - here) / math.log(2.0)
    return Move(before=old, after=new, points=100.0 * (new - old), bits=bits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a chain of belief.

    Attributes
    ----------
    kind : {"time", "news", "withdrawal"}
        Time and silence up to a day; an item that became public on it; an item withdrawn on it.
    date : str
        The day, ``"YYYY-MM-DD"``.
    label : str
        Short text for people.
    moves : tuple of Move
        One a target, in the order of the targets.
    id, headline, source, milestone : str
        Of the item; empty for time and silence, `milestone` also for an item about none.
    note : str
        Why an item moved nothing, where that is by rule; empty otherwise.
    """

    kind: Literal["time", "news", "withdrawal"]
    date: str
    label: str
    moves: tuple[Move, ...]
    id: str = ""
    headline: str = ""
    source: str = ""
    milestone: str = ""
    note: str = ""

    @property
    def moved(self) -> bool:
        """Whether the belief about any target changed by more than rounding."""
        return any(abs(move.points) > _ROUNDING or abs(move.bits) > _ROUNDING for move in self.moves)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Chain of belief: what time, silence and each item changed, one after the other.

    Attributes
    ----------
    since, as_of : str
        First and last day, ``"YYYY-MM-DD"``.
    targets : tuple of Target
        What was asked.
    steps : tuple of Step
        In order of time. Points and bits of a target add up to those of `total`.
    total : tuple of Move
        From the first belief to the last, one a target.
    """

    since: str
    as_of: str
    targets: tuple[Target, ...]
    steps: tuple[Step, ...]
    total: tuple[Move, ...]

    @property
    def moving(self) -> tuple[Step, ...]:
        """Steps that moved a target."""
        return tuple(step for step in self.steps if step.moved)

    @property
    def still(self) -> tuple[Step, ...]:
        """Items that moved no target."""
        return tuple(step for step in self.steps if not step.moved and step.kind != "time")

    def to_pandas(self) -> pd.DataFrame:
        """One row a step and target: date, kind, id, label, headline, target, before, after, points, bits, note."""
        import pandas as pd

        columns = ["date", "kind", "id", "label", "headline", "target", "before", "after", "points", "bits", "note"]
        rows = []
        for step in self.steps:
            said = (step.date, step.kind, step.id, step.label, step.headline)
            for target, move in zip(self.targets, step.moves, strict=True):
                rows.append((*said, target.label, move.before, move.after, move.points, move.bits, step.note))
        return pd.DataFrame(rows, columns=columns)

"""How often it happened in each period to groups of the past, each group leaning on the wider one that holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from bayesmile.backtest.forecaster import Lessons

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "Ends", "Exits", "Hazards", "exits", "hazards", "incidence"]

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Ends = Literal["followed", "censored", "competing"]
"""What an entity given up counts as: still able to happen until the last period followed, as not followed any more, or
as something else that happened."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of snapshots by which they are grouped.

    Attributes
    ----------
    name : str
    edges : tuple of float
        Upper ends of bins, each included; empty: by the value itself. A missing value is a group of its own.
    """

    name: str
    edges: tuple[float, ...] = ()

    def labels(self, frame: pd.DataFrame) -> list[str]:
        """Group of each row, as text."""
        values = frame[self.name]
        if not self.edges:
            return [str(value) for value in values]
        number = values.to_numpy(dtype=np.float64)
        return [str(place) for place in np.where(np.isnan(number), -1, np.searchsorted(self.edges, number))]


@dataclass(frozen=True, slots=True, eq=False)
class Exits:
    """How each snapshot left those to whom it can still happen; an event known to an interval is several rows.

    Attributes
    ----------
    row : array of int, shape (exit,)
        Snapshot.
    cell : array of int, shape (exit,)
        Last cell in which it was at risk.
    weight : array, shape (exit,)
        1, or a share of an interval.
    cause : array of int, shape (exit,)
        0: it happened; 1: it was given up; 2: no longer followed.
    periods : int
        Cells counted.
    """

    row: Index
    cell: Index
    weight: Array
    cause: Index
    periods: int


def exits(past: Lessons, ends: Ends) -> Exits:
    """List how snapshots left.

    An event known only to an interval of cells counts in equal parts in each of them. One that may lie before or after
    the last period followed counts as followed up to the interval.

    Parameters
    ----------
    past : Lessons
    ends : "followed", "censored" or "competing"
        What an entity given up counts as.
    """
    first, last = past.outcomes.cells()
    happened = last <= past.outcomes.through
    stop = np.where(happened, first, first - 1)
    cause = np.where(happened, 0, 2)
    if ends != "followed":
        earlier = ~happened & (past.ended <= stop)
        stop = np.where(earlier, np.where(np.isinf(past.ended), 0, past.ended), stop).astype(np.int64)
        cause = np.where(earlier & (ends == "competing"), 1, cause)
    width = np.where(happened, last - first + 1, 1)
    row = np.repeat(np.arange(len(first)), width)
    step = np.arange(row.size) - np.repeat(np.cumsum(width) - width, width)
    cell = stop[row] + step
    kept = cell >= 0
    return Exits(
        row[kept], cell[kept].astype(np.int64), (1.0 / width[row])[kept], cause[row][kept], past.outcomes.months
    )


@dataclass(frozen=True, slots=True, eq=False)
class Hazards:
    """Hazards of happening and of being given up, by group and cell.

    Attributes
    ----------
    columns : tuple of Column
        The first k of them are the groups of level k; level 0 is all.
    groups : tuple of dict
        For each level, from the labels of a group to its row in `tables`.
    tables : tuple of array, each of shape (group, cause, cell + 1)
        Cause 0: it happens; 1: it is given up. The last cell stands for all later ones.
    """

    columns: tuple[Column, ...]
    groups: tuple[dict[tuple[str, ...], int], ...]
    tables: tuple[Array, ...]

    def incidences(self, frame: pd.DataFrame, periods: int) -> Array:
        """Probabilities of each cell for rows of snapshots, by the narrowest group known: (row, periods + 1)."""
        keys = _keys(self.columns, frame)
        found = [self._deepest(key) for key in keys]
        wanted = {place: number for number, place in enumerate(dict.fromkeys(found))}
        rows = np.array([self.tables[level][group] for level, group in wanted])
        return incidence(_stretched(rows, periods))[[wanted[place] for place in found]]

    def _deepest(self, key: tuple[str, ...]) -> tuple[int, int]:
        for level in range(len(self.columns), 0, -1):
            group = self.groups[level].get(key[:level])
            if group is not None:
                return level, group
        return 0, 0


def hazards(past: Lessons, columns: tuple[Column, ...], *, ends: Ends = "followed", weight: float = 1.0) -> Hazards:
    """Count hazards at every level of groups.

    In each group and cell the hazard is ``(events + weight * h) / (at risk + weight)``, h that of the wider group: as
    if so many more had been seen there that went the wider group's way. All together lean on the mean hazard of all
    cells, which also stands for cells that none was followed to.

    Parameters
    ----------
    past : Lessons
    columns : tuple of Column
        From the widest groups to the narrowest.
    ends : "followed", "censored" or "competing"
        What an entity given up counts as.
    weight : float
        0: plain frequencies; a group of which none was followed so far takes the wider group's, and where nobody was
        followed it does not happen.

    References
    ----------
    Kaplan & Meier (1958), JASA 53, 457-481; Aalen & Johansen (1978), Scand. J. Stat. 5, 141-150.
    """
    left, keys = exits(past, ends), _keys(columns, past.frame)
    groups: list[dict[tuple[str, ...], int]] = []
    tables: list[Array] = []
    for level in range(len(columns) + 1):
        numbers: dict[tuple[str, ...], int] = {}
        code = np.array([numbers.setdefault(key[:level], len(numbers)) for key in keys], dtype=np.int64)
        events, at_risk = _counted(left, code, len(numbers))
        if level:
            wider = tables[-1][[groups[-1][key[:-1]] for key in numbers]]
        else:
            mean = events.sum(axis=2, keepdims=True) / max(at_risk.sum(), 1.0)
            wider = np.broadcast_to(mean if weight else 0.0 * mean, events.shape)
        with np.errstate(invalid="ignore", divide="ignore"):
            leaning = (events + weight * wider) / (at_risk[:, None] + weight)
        tables.append(np.where(at_risk[:, None] + weight > 0.0, leaning, wider))
        groups.append(numbers)
    return Hazards(columns, tuple(groups), tuple(tables))


def incidence(rates: Array) -> Array:
    """Probability of each cell, and of *beyond*, from hazards: (row, cause, cell) -> (row, cell + 1)."""
    pending = np.cumprod(1.0 - rates.sum(axis=1).clip(max=1.0), axis=1)
    before = np.column_stack([np.ones(len(rates)), pending[:, :-1]])
    happens = before * rates[:, 0]
    # What is given up never happens: with what is still pending it is beyond.
    beyond = pending[:, -1] + (before * rates[:, 1]).sum(axis=1)
    table = np.column_stack([happens, beyond])
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def _keys(columns: tuple[Column, ...], frame: pd.DataFrame) -> list[tuple[str, ...]]:
    return list(zip(*(column.labels(frame) for column in columns), strict=True)) if columns else [()] * len(frame)


def _counted(left: Exits, code: Index, groups: int) -> tuple[Array, Array]:
    """Events by group, cause and cell, and those at risk by group and cell; the last cell, for all later, is empty."""
    cells = left.periods + 1
    place = code[left.row] * cells + left.cell
    size = groups * cells

    def table(kept: NDArray[np.bool_]) -> Array:
        return np.bincount(place[kept], weights=left.weight[kept], minlength=size).reshape(groups, cells)

    everything = table(np.ones(place.size, dtype=bool))
    at_risk = np.cumsum(everything[:, ::-1], axis=1)[:, ::-1]
    return np.stack([table(left.cause == 0), table(left.cause == 1)], axis=1), at_risk


def _stretched(rates: Array, periods: int) -> Array:
    """Cut hazards to so many cells, or repeat the last one, which stands for all later."""
    cells = np.minimum(np.arange(periods), rates.shape[2] - 1)
    return np.asarray(rates[:, :, cells])

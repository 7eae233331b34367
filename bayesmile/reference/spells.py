"""How long each entity stayed at each stage, counted up to what the likelihood of the delays needs and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.reference.clusterweights import cluster_weights
from bayesmile.reference.table import ReferenceClass

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KINDS", "Spells", "levels_of", "spells"]

KINDS = ("reached", "ended", "pending")
"""How a spell is known to have gone on: the next milestone was reached, it was given up, or neither is known."""

Index = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Spells:
    """Distinct spells at a stage and how often each occurred, sorted by stage: sufficient statistics of the delays.

    Attributes
    ----------
    stage : array of int, shape (spell,)
        Milestones reached when it began: the delay in question is that of the next.
    level : array of int, shape (spell, factor)
        Level of each grouping factor, as numbered by `levels`.
    enter : array of int, shape (spell,)
        Periods at whose end it was first known to be pending: only what follows counts, conditioned on that; -1: seen
        from its beginning (no condition).
    low, high : array of int, shape (spell,)
        First and last period, counted from its beginning, in which it ended so; equal when known. For a pending one,
        both are the last period at whose end it was still so.
    kind : array of int, shape (spell,)
        Number of the entry of `KINDS`.
    count : array of int, shape (spell,)
    weight : array, shape (spell,)
        How much these count together: as their number, or less where entities of one cluster share their fate.
    levels : dict of str to tuple of str
        Levels of each factor in order.
    entities, events : int
        Entities behind them, and milestones reached.
    """

    stage: Index
    level: Index
    enter: Index
    low: Index
    high: Index
    kind: Index
    count: Index
    weight: Array
    levels: dict[str, tuple[str, ...]]
    entities: int
    events: int

    def __len__(self) -> int:
        """Return the number of distinct spells."""
        return len(self.stage)


def levels_of(klass: ReferenceClass) -> dict[str, tuple[str, ...]]:
    """Levels of each factor, sorted, as text.

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> levels_of(simulated_class(entities=50))
    {'region': ('north', 'south')}
    """
    return {factor: tuple(sorted(map(str, klass.entities[factor].unique()))) for factor in klass.factors}


def spells(
    klass: ReferenceClass, levels: dict[str, tuple[str, ...]] | None = None, *, correlation: float = 0.0
) -> Spells:
    """Count the spells of a class.

    A milestone first seen at or before entry counts as reached at entry, since when is not known. Milestones passed
    over count as reached together with the next one known: the first takes the time, the others none.

    Parameters
    ----------
    klass : ReferenceClass
    levels : dict of str to tuple of str, optional
        Levels to number by; `levels_of` otherwise.
    correlation : float
        Correlation within clusters; see `bayesmile.reference.clusterweights.cluster_weights`.

    Returns
    -------
    Spells

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> found = spells(simulated_class(entities=200, seed=1))
    >>> bool(found.count.sum() > len(found) > 50)
    True
    """
    numbered = levels_of(klass) if levels is None else levels
    table = _all(klass)
    entities = klass.entities.loc[table["entity"]]
    columns = ["stage", "enter", "low", "high", "kind"]
    for factor, names in numbered.items():
        table[f"level {factor}"] = [names.index(str(name)) for name in entities[factor]]
        columns.append(f"level {factor}")
    table["weight"] = cluster_weights(klass, correlation).loc[table["entity"]].to_numpy()
    counts = table.groupby(columns, sort=True)["weight"].agg(["size", "sum"]).reset_index()
    counts = counts.rename(columns={"size": "count", "sum": "weight"})
    arrays = {name: counts[name].to_numpy(dtype=np.int64) for name in (*columns[:5], "count")}
    level = counts[columns[5:]].to_numpy(dtype=np.int64).reshape(len(counts), len(numbered))
    events = int(counts.loc[counts["kind"] == KINDS.index("reached"), "count"].sum())
    weight = counts["weight"].to_numpy(dtype=np.float64)
    return Spells(**arrays, weight=weight, level=level, levels=numbered, entities=len(klass), events=events)


def _all(klass: ReferenceClass) -> pd.DataFrame:
    """One row a spell."""
    import pandas as pd

    number = {name: column for column, name in enumerate(klass.milestones)}
    reached: dict[str, list[tuple[int, float, float]]] = {str(name): [] for name in klass.entities.index}
    for entity, milestone, first, last in zip(
        *(klass.reached[name] for name in ("entity", "milestone", "first", "last")), strict=True
    ):
        reached[entity].append((number[milestone], float(first), float(last)))
    rows: list[tuple[str, int, int, int, int, int]] = []
    ends = zip(*(klass.entities[name] for name in ("entered", "through", "ended", "ended_known")), strict=True)
    for entity, (entered, through, ended, ended_known) in zip(klass.entities.index, ends, strict=True):
        rows += [
            (entity, *one) for one in _of(sorted(reached[entity]), entered, through, ended, ended_known, len(number))
        ]
    return pd.DataFrame(rows, columns=["entity", "stage", "enter", "low", "high", "kind"])


def _of(
    reached: list[tuple[int, float, float]],
    entered: int,
    through: int,
    ended: float,
    ended_known: float,
    last_stage: int,
) -> list[tuple[int, int, int, int, int]]:
    """Spells of one entity: stage, periods before it was seen, first and last period of its end, kind."""
    rows: list[tuple[int, int, int, int, int]] = []
    stage, clock, seen = 0, float(entered), float(entered)
    begun_before = True  # until a milestone is seen to be reached, the spell was under way at entry
    for number, first, last in reached:
        if number < stage:
            continue  # known later than the one after it: already counted as passed over
        if last <= entered:  # before it was followed: where the clock stands, not a spell
            stage, clock = number + 1, float(entered if np.isinf(first) else last)
            continue
        enter = int(seen - clock) if begun_before else -1
        rows.append((stage, enter, int(max(first - clock, enter + 1)), int(last - clock), 0))
        rows += [(passed, -1, 0, 0, 0) for passed in range(stage + 1, number + 1)]
        stage, clock, seen, begun_before = number + 1, last, last, False
    if stage == last_stage:
        return rows
    enter = int(seen - clock) if begun_before else -1
    if not np.isnan(ended_known):
        low, high = (ended, ended) if not np.isnan(ended) else (seen, ended_known)
        high = max(high - clock, enter + 1)
        rows.append((stage, enter, int(min(max(low - clock, enter + 1), high)), int(high), 1))
    elif through - clock > enter:
        rows.append((stage, enter, int(through - clock), int(through - clock), 2))
    return rows

"""What was known of each pending entity at the end of a period, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.errors import InvalidInput
from bayesmile.reference.table import ReferenceClass
from bayesmile.scoring.outcomes import MonthOutcomes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KNOWN_COLUMNS", "every_period", "outcomes", "snapshots"]

KNOWN_COLUMNS = ("entity", "cluster", "as_of", "stage", "since", "age", "lead", "postponements", "stated", "first")
"""Columns of `snapshots`, before one for each factor."""

Index = NDArray[np.int64]
_FAR = 1 << 40  # wider than any range of periods: one key then orders entities and, within them, periods


@dataclass(frozen=True, slots=True)
class _Arrays:
    """The tables of a class as arrays by the number of the entity."""

    entered: Index
    through: Index
    ended_known: NDArray[np.float64]
    known: NDArray[np.float64]  # (entity, milestone); inf: not reached
    when: NDArray[np.float64]  # last period in which it may have happened
    first: NDArray[np.float64]


def _arrays(klass: ReferenceClass) -> _Arrays:
    entities, reached = klass.entities, klass.reached
    shape = (len(entities), len(klass.milestones))
    known, when, first = np.full(shape, np.inf), np.full(shape, np.inf), np.full(shape, np.inf)
    rows = _numbers(klass, reached["entity"])
    columns = np.array([klass.milestones.index(name) for name in reached["milestone"]], dtype=np.int64)
    for table, name in ((known, "known"), (when, "last"), (first, "first")):
        table[rows, columns] = reached[name].to_numpy(dtype=np.float64)
    return _Arrays(
        entities["entered"].to_numpy(dtype=np.int64),
        entities["through"].to_numpy(dtype=np.int64),
        entities["ended_known"].to_numpy(dtype=np.float64),
        known,
        when,
        first,
    )


def _numbers(klass: ReferenceClass, names: Iterable[str]) -> Index:
    """Return the number of each entity, -1 for one that is not there."""
    import pandas as pd

    return np.asarray(klass.entities.index.get_indexer(pd.Index(list(names))), dtype=np.int64)


def every_period(klass: ReferenceClass, *, every: int = 1) -> pd.DataFrame:
    """List all periods at whose end an entity was pending and is followed further.

    Parameters
    ----------
    klass : ReferenceClass
    every : int
        The period of entry and every so many after it: a choice that does not depend on the outcome.

    Returns
    -------
    DataFrame
        `entity` and `as_of`, by entity and period.

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> pairs = every_period(simulated_class(entities=20, seed=1), every=12)
    >>> list(pairs.columns)
    ['entity', 'as_of']
    """
    import pandas as pd

    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise InvalidInput(f"every: received {every!r}; allowed is a whole number of periods from 1")
    arrays = _arrays(klass)
    stop = np.minimum(arrays.known[:, -1], np.where(np.isnan(arrays.ended_known), np.inf, arrays.ended_known))
    stop = np.minimum(stop, arrays.through).astype(np.int64)  # pending through the period before
    number = np.maximum(0, -(-(stop - arrays.entered) // every))
    row = np.repeat(np.arange(len(klass)), number)
    step = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    return pd.DataFrame({"entity": klass.entities.index[row], "as_of": arrays.entered[row] + every * step})


def snapshots(klass: ReferenceClass, origins: pd.DataFrame | None = None) -> pd.DataFrame:
    """State what was known of entities at the ends of periods, and nothing that became known later.

    Parameters
    ----------
    klass : ReferenceClass
    origins : DataFrame, optional
        `entity` and `as_of` of each forecast; None: `every_period`.

    Returns
    -------
    DataFrame
        One row an origin: `entity`, `cluster`, `as_of` (period), `stage` (milestones reached), `since` (periods since
        the last of them, or since entry), `age` (periods since entry), `lead` (periods to the stated target, which may
        lie in the past; NaN without one), `postponements` (later targets than the one before), `stated` (periods since
        the target was last stated anew; NaN without one), `first` (whether it is the period of entry), and the factors.

    Raises
    ------
    InvalidInput
        If an entity is unknown, or was not pending then: not yet entered, or reached or given up.

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> frame = snapshots(simulated_class(entities=20, seed=1))
    >>> frame["since"].min() >= 0
    np.True_
    """
    import pandas as pd

    pairs = every_period(klass) if origins is None else origins
    arrays, as_of = _arrays(klass), pairs["as_of"].to_numpy(dtype=np.int64)
    row = _numbers(klass, pairs["entity"])
    _check_pending(arrays, pairs, row, as_of)
    reached = arrays.known[row] <= as_of[:, None]
    number = np.arange(1, len(klass.milestones) + 1)
    stage = np.where(reached, number, 0).max(axis=1)
    clock = np.where(stage > 0, arrays.when[row, np.maximum(stage, 1) - 1], arrays.entered[row]).astype(np.int64)
    frame = pd.DataFrame(
        {
            "entity": pairs["entity"].to_numpy(),
            "cluster": klass.entities["cluster"].to_numpy()[row],
            "as_of": as_of,
            "stage": stage,
            "since": as_of - clock,
            "age": as_of - arrays.entered[row],
            **_stated(klass, row, as_of),
            "first": as_of == arrays.entered[row],
        }
    )
    for factor in klass.factors:
        frame[factor] = klass.entities[factor].to_numpy()[row]
    return frame


def outcomes(klass: ReferenceClass, frame: pd.DataFrame, *, periods: int) -> MonthOutcomes:
    """State what came of each snapshot; cell 0 is the first period after its as-of date.

    A milestone that had happened by then without being known counts as cell 0: it was still to be reported.

    Parameters
    ----------
    klass : ReferenceClass
        With all that is known by now.
    frame : DataFrame
        `entity` and `as_of`, as of `snapshots`.
    periods : int
        Cells before *beyond*.

    Raises
    ------
    InvalidInput
        If an entity is unknown or is not followed beyond the as-of date.
    """
    arrays, as_of = _arrays(klass), frame["as_of"].to_numpy(dtype=np.int64)
    row = _numbers(klass, frame["entity"])
    if (row < 0).any():
        raise InvalidInput(f"entity: received {frame['entity'].iloc[int(np.argmin(row))]!r}, which is not in the class")
    through = arrays.through[row] - as_of - 1
    if (through < 0).any():
        at = int(np.argmin(through))
        raise InvalidInput(f"as_of of {frame['entity'].iloc[at]!r}: received a period not followed further")
    first, last = (table[row, -1] - as_of - 1 for table in (arrays.first, arrays.when))
    open_ = np.isinf(arrays.known[row, -1])
    ended = open_ & ~np.isnan(arrays.ended_known[row])
    first = np.where(open_, np.where(ended, periods, np.minimum(through + 1, periods)), np.clip(first, 0, periods))
    last = np.where(open_, periods, np.clip(last, 0, periods))
    return MonthOutcomes(
        first.astype(np.int64), last.astype(np.int64), np.minimum(through, periods - 1), months=periods
    )


def _check_pending(arrays: _Arrays, pairs: pd.DataFrame, row: Index, as_of: Index) -> None:
    """Refuse origins at which there was nothing to forecast."""
    if (row < 0).any():
        raise InvalidInput(f"entity: received {pairs['entity'].iloc[int(np.argmin(row))]!r}, which is not in the class")
    for reason, wrong in (
        ("before it entered", as_of < arrays.entered[row]),
        ("when it was known to be reached", arrays.known[row, -1] <= as_of),
        ("when it was known to be given up", arrays.ended_known[row] <= as_of),
    ):
        if wrong.any():
            at = int(np.argmax(wrong))
            raise InvalidInput(f"as_of of {pairs['entity'].iloc[at]!r}: received a period {reason}")


def _stated(klass: ReferenceClass, row: Index, as_of: Index) -> dict[str, NDArray[np.float64] | Index]:
    """Target in force, how often it had been put off, and since when it has stood."""
    targets = klass.targets
    entity = _numbers(klass, targets["entity"])
    issued, target = targets["issued"].to_numpy(dtype=np.int64), targets["target"].to_numpy(dtype=np.int64)
    order = np.lexsort((issued, entity))  # stable: of two statements of one period the later row stands
    entity, issued, target = entity[order], issued[order], target[order]
    same = np.append(False, entity[1:] == entity[:-1])
    change = np.append(0, np.diff(target))
    put_off = np.cumsum(same & (change > 0))
    anew = np.maximum.accumulate(np.where(~same | (change != 0), np.arange(issued.size), 0)) if issued.size else issued
    at = np.searchsorted(entity * _FAR + issued, row * _FAR + as_of, side="right") - 1
    there = (at >= 0) & (entity[at] == row) if issued.size else np.zeros(row.size, dtype=bool)
    if not issued.size:
        none = np.full(row.size, np.nan)
        return {"lead": none, "postponements": np.zeros(row.size, dtype=np.int64), "stated": none}
    begin = np.searchsorted(entity, row, side="left").clip(max=issued.size - 1)
    return {
        "lead": np.where(there, target[at] - as_of, np.nan),
        "postponements": np.where(there, put_off[at] - put_off[begin], 0),
        "stated": np.where(there, as_of - issued[anew[at]], np.nan),
    }

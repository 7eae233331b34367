"""What came of stated dates: each at its issue, with the lead that it named and the one that it took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.errors import InvalidInput
from bayesmile.evidence import Achieved, Guidance, NotYet
from bayesmile.items import Item
from bayesmile.periods import parse_period
from bayesmile.reference.table import ReferenceClass

if TYPE_CHECKING:
    import pandas as pd

    from bayesmile.dossier import Dossier
    from bayesmile.grid import When

__all__ = ["OUTCOME_COLUMNS", "OUTCOME_KINDS", "stated_outcomes", "stated_outcomes_of"]

OUTCOME_KINDS = ("met", "pending", "ended")
OUTCOME_COLUMNS = ("entity", "cluster", "issued", "target", "lead", "postponements", "kind", "low", "high", "line")
"""Columns of `stated_outcomes`."""

Index = NDArray[np.int64]


def stated_outcomes(klass: ReferenceClass) -> pd.DataFrame:
    """List every stated date of the last milestone at its issue, and what came of it.

    A date that only repeats the one in force is no new statement: an entity's first date counts, and each change.

    Parameters
    ----------
    klass : ReferenceClass
        As known by some date (see `ReferenceClass.known_at`): nothing later is used.

    Returns
    -------
    DataFrame
        One row a statement: `entity`, `cluster`, `issued` and `target` (periods), `lead` (periods between them),
        `postponements` before it, `kind`, `low` and `high`, and `line` of the file. Of kind "met", the milestone came
        `low` to `high` periods after the statement; "pending", not within `high` periods (`low` 0); "ended", it was
        given up `low` to `high` periods on. Statements made after the milestone had come are left out: their number is
        ``frame.attrs["late"]``.

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> frame = stated_outcomes(simulated_class(entities=50, seed=3))
    >>> sorted(set(frame["kind"]))
    ['ended', 'met', 'pending']
    """
    entities, targets = klass.entities, klass.targets
    entity = _places(entities, targets["entity"])
    issued, target = (targets[name].to_numpy(dtype=np.int64) for name in ("issued", "target"))
    entity, issued, target, line, put_off = _anew(entity, issued, target, targets["line"].to_numpy())
    reached = klass.reached[klass.reached["milestone"] == klass.milestones[-1]]
    first, last = np.full(len(entities), np.nan), np.full(len(entities), np.nan)
    row = _places(entities, reached["entity"])
    first[row], last[row] = reached["first"].to_numpy(dtype=np.float64), reached["last"].to_numpy(dtype=np.float64)
    ended, given_up = (entities[name].to_numpy(dtype=np.float64)[entity] for name in ("ended_known", "ended"))
    through = entities["through"].to_numpy(dtype=np.float64)[entity]
    met = ~np.isnan(last[entity])
    kind = np.where(met, "met", np.where(np.isnan(ended), "pending", "ended"))
    high = np.where(met, last[entity], np.where(np.isnan(ended), through, ended)) - issued
    low = np.where(met, first[entity], np.where(np.isnan(ended), issued, given_up)) - issued
    low = np.minimum(np.nan_to_num(np.maximum(low, 0.0)), np.maximum(high, 0.0))  # NaN: given up, nobody knows when
    names = entities.index.to_numpy()[entity]
    cluster = entities["cluster"].to_numpy()[entity]
    return _frame((names, cluster, issued, target, target - issued, put_off, kind, low, high, line))


def _places(entities: pd.DataFrame, names: pd.Series) -> Index:
    """Row of the entity of each name."""
    import pandas as pd

    return np.asarray(entities.index.get_indexer(pd.Index(names)), dtype=np.int64)


def _anew(entity: Index, issued: Index, target: Index, line: Index) -> tuple[Index, Index, Index, Index, Index]:
    """Keep first dates and changes, in order, with the number of postponements before each."""
    order = np.lexsort((np.arange(entity.size), issued, entity))
    entity, issued, target, line = entity[order], issued[order], target[order], line[order]
    # of two dates of one period the later row stands, as elsewhere
    stands = np.append((entity[1:] != entity[:-1]) | (issued[1:] != issued[:-1]), True)[: entity.size]
    entity, issued, target, line = entity[stands], issued[stands], target[stands], line[stands]
    same = np.append(False, entity[1:] == entity[:-1])[: entity.size]
    change = np.append(0, np.diff(target))[: entity.size]
    put_off = np.cumsum(same & (change > 0))
    begin = np.maximum.accumulate(np.where(same, 0, np.arange(entity.size))) if entity.size else entity
    before = put_off - put_off[begin] - (same & (change > 0)) if entity.size else put_off
    kept = ~same | (change != 0)
    return entity[kept], issued[kept], target[kept], line[kept], before[kept]


def _frame(columns: Sequence[object]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(dict(zip(OUTCOME_COLUMNS, columns, strict=True)))
    made_late = frame["high"] < 0
    frame = frame[~made_late].reset_index(drop=True)
    for name in ("low", "high"):
        frame[name] = frame[name].astype(np.int64)
    frame.attrs["late"] = int(made_late.sum())
    return frame


def stated_outcomes_of(dossier: Dossier, as_of: When) -> pd.DataFrame:
    """List every date that a dossier's guidance stated, and what had come of it by a date.

    Each milestone counts as an entity. A statement that was withdrawn counts: to leave out what was withdrawn would
    leave out failures. One that was retracted and entered again corrected counts as corrected.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date
        A day, or ``"YYYY-MM"``, the first moment of that month; only what was public then is used.

    Returns
    -------
    DataFrame
        As of `stated_outcomes`, in months as ``12 * year + month - 1``, `line` 0. A milestone is *pending* through the
        last month of which it is known that it had not happened; a statement after that month, or about a milestone of
        which that is not known, is left out, and counted with those made late.

    Raises
    ------
    InvalidInput
        If the date cannot be read.

    Examples
    --------
    >>> import bayesmile as bm
    >>> frame = stated_outcomes_of(bm.load("quantumscape"), "2026-01-01")
    >>> print(frame[["entity", "lead", "kind", "low"]].tail(1).to_string(index=False, header=False))
    separator_pilot    20  met   14
    """
    known = dossier.known_by(as_of)
    assert known.as_of is not None
    day = known.as_of.day
    public = [item for item in dossier.ledger if item.public is not None and item.public <= day]
    again = {item.id for item in public if item.id and item.retracted is None}
    said = [item for item in public if isinstance(item, Guidance) and (item.retracted is None or item.id not in again)]
    names = sorted({str(item.milestone) for item in said})
    number = {name: place for place, name in enumerate(names)}
    rows = [(number[str(one.milestone)], _month(one.issued), _month(one.target)) for one in said]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    entity, issued, target, line, put_off = _anew(table[:, 0], table[:, 1], table[:, 2], np.zeros(len(rows), np.int64))
    met, through = _facts(known.items)
    happened = np.array([met.get(name, -1) for name in names], dtype=np.int64)[entity]
    followed = np.array([through.get(name, -1) for name in names], dtype=np.int64)[entity]
    kind = np.where(happened >= 0, "met", "pending")
    high = np.where(happened >= 0, happened, followed) - issued
    low = np.where(happened >= 0, np.maximum(high, 0), 0)
    own = [dossier.name] * len(entity)
    listed = np.array(names, dtype=object)[entity]
    return _frame((listed, own, issued, target, target - issued, put_off, kind, low, high, line))


def _facts(items: Iterable[Item]) -> tuple[dict[str, int], dict[str, int]]:
    """Month in which milestones happened, and the last one through which the others had not."""
    met: dict[str, int] = {}
    through: dict[str, int] = {}
    for item in items:
        if isinstance(item, Achieved):
            met[str(item.milestone)] = _month(item.month)
        elif isinstance(item, NotYet):
            name = str(item.milestone)
            through[name] = max(through.get(name, -1), _month(item.through))
    return met, through


def _month(when: object) -> int:
    """Return the month of a date, counted as everywhere."""
    if not isinstance(when, str):
        raise InvalidInput(f"a date: received {when!r}; allowed is one that an item holds")
    return parse_period(when).ordinal

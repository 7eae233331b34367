"""Small classes and outcomes from which a baseline's forecasts can be computed another way."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

from bayesmile.backtest.forecaster import Lessons
from bayesmile.reference.asof import every_period
from bayesmile.reference.simulated import simulated_class
from bayesmile.reference.table import ENTITY_COLUMNS, REACHED_COLUMNS, TARGET_COLUMNS, ReferenceClass
from bayesmile.scoring.outcomes import MonthOutcomes

START = 12 * 2018


@functools.cache
def projects(entities: int = 80, seed: int = 4) -> ReferenceClass:
    """Simulate a class once; nobody changes it."""
    return simulated_class(entities=entities, seed=seed)


@functools.cache
def few() -> pd.DataFrame:
    """Every origin of `projects` in January and July: each period asked of costs a class as known then."""
    origins = every_period(projects())
    return origins[origins["as_of"] % 6 == 0].reset_index(drop=True)


def past(
    event: list[float], through: list[int], *, months: int, ended: list[float] | None = None, **columns: list[object]
) -> Lessons:
    """Lessons of one snapshot each: NaN did not happen; `ended` in cells, inf not given up."""
    month, followed = np.array(event, dtype=float), np.array(through)
    happened = month <= followed
    first = np.where(happened, month, followed + 1).astype(int)
    known = MonthOutcomes(first, np.where(happened, first, months), followed, months=months)
    given_up = np.full(month.size, np.inf) if ended is None else np.array(ended, dtype=float)
    return Lessons(pd.DataFrame(columns, index=range(month.size)), known, given_up)


def one_stage(rows: list[dict[str, float]], *, factor: bool = False) -> ReferenceClass:
    """Class of one milestone; each row gives entered, through and, if known, event, ended and target."""
    names = [f"e{number}" for number in range(len(rows))]
    entities = pd.DataFrame(
        {
            "cluster": [f"c{number}" for number in range(len(rows))],
            "entered": [int(row["entered"]) for row in rows],
            "through": [int(row["through"]) for row in rows],
            "ended": [row.get("ended", np.nan) for row in rows],
            "ended_known": [row.get("ended", np.nan) for row in rows],
            "line": range(2, len(rows) + 2),
            **({"kind": ["a" if number % 2 else "b" for number in range(len(rows))]} if factor else {}),
        },
        index=pd.Index(names, name="entity"),
    )
    assert set(ENTITY_COLUMNS) <= set(entities.columns)
    pairs = list(zip(names, rows, strict=True))
    reached = [(name, "open", *[row["event"]] * 3, 2) for name, row in pairs if "event" in row]
    targets = [(name, int(row["entered"]), int(row["target"]), 2) for name, row in pairs if "target" in row]
    return ReferenceClass(
        name="doors",
        title="Doors",
        milestones=("open",),
        factors=("kind",) if factor else (),
        entities=entities,
        reached=pd.DataFrame(reached, columns=list(REACHED_COLUMNS)),
        targets=pd.DataFrame(targets, columns=list(TARGET_COLUMNS)).astype({"issued": int, "target": int}),
    )

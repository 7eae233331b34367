"""Simulated announcements of entities with known parameters: hype, late entry, given-up and pending entities."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bayesmile.reference.announcements import AnnouncementTable
from bayesmile.reference.table import ENTITY_COLUMNS, REACHED_COLUMNS, TARGET_COLUMNS, Provenance, ReferenceClass

START, WINDOW = 12 * 2010, 120


def history(rows: list[dict[str, float]]) -> ReferenceClass:
    """Class of one milestone; each row gives entered, through and, if so, first, last, ended, cluster."""
    names = [f"e{number:04d}" for number in range(len(rows))]
    entities = pd.DataFrame(
        {
            "cluster": [str(row.get("cluster", number)) for number, row in enumerate(rows)],
            "entered": [int(row["entered"]) for row in rows],
            "through": [int(row["through"]) for row in rows],
            "ended": [row.get("ended", np.nan) for row in rows],
            "ended_known": [row.get("ended", np.nan) for row in rows],
            "line": range(2, len(rows) + 2),
        },
        index=pd.Index(names, name="entity"),
    )[list(ENTITY_COLUMNS)]
    reached = [
        {"entity": name, "milestone": "opening", "first": float(row["first"]), "last": row["last"]}
        | {"known": row["last"], "line": 2}
        for name, row in zip(names, rows, strict=True)
        if "last" in row
    ]
    return ReferenceClass(
        name="doors",
        title="Doors to open",
        milestones=("opening",),
        entities=entities,
        reached=pd.DataFrame(reached, columns=list(REACHED_COLUMNS)).astype({"last": int, "known": int}),
        targets=pd.DataFrame(columns=list(TARGET_COLUMNS)),
        provenance=Provenance(source="made up", licence="none needed", as_of="2020-01"),
    )


def simulated_news(
    *,
    entities: int,
    lead: int,
    base: dict[str, float],
    lift: dict[str, float],
    promotional: tuple[str, ...] = (),
    shape: float = np.inf,
    marks: tuple[float, float] | None = None,
    seed: int = 0,
) -> tuple[ReferenceClass, AnnouncementTable]:
    """Entities begin in eight years and two before, are seen if then pending, and announce at known yearly rates."""
    rng = np.random.default_rng(seed)
    rows, news = list[dict[str, float]](), list[dict[str, object]]()
    for _ in range(entities):
        begin = START + int(rng.integers(-24, 96))
        never = rng.random() < 0.3
        month = np.inf if never else begin + 1 + int(rng.gamma(2.0, 16.0))
        ended = begin + 6 + int(rng.exponential(40.0)) if never else np.inf
        entered, through = max(begin, START), START + WINDOW - 1
        if min(month, ended) <= entered:
            continue
        row: dict[str, float] = {"entered": entered, "through": through}
        if month <= through:
            row |= {"first": month, "last": month}
        elif ended <= through:
            row |= {"ended": ended}
        months = (entered, int(min(month, ended, through)), month)
        _announce(rng, news, f"e{len(rows):04d}", months, lead, base, lift, promotional, shape, marks)
        rows.append(row)
    frame = pd.DataFrame(news, columns=["entity", "announced", "kind", "line", *(["binding"] if marks else [])])
    return history(rows), AnnouncementTable(table=frame, attributes=("binding",) if marks else ())


def _announce(rng, news, name, known, lead, base, lift, promotional, shape, marks) -> None:
    entered, stop, month = known
    hype = rng.gamma(shape, 1.0 / shape) if np.isfinite(shape) else 1.0
    for kind, rate in base.items():
        own = hype if kind in promotional else rng.gamma(shape, 1.0 / shape) if np.isfinite(shape) else 1.0
        months = np.arange(entered, stop + 1)
        inside = month - months <= lead
        for u in np.repeat(months, rng.poisson(own * rate / 12.0 * np.where(inside, lift[kind], 1.0))).tolist():
            row = {"entity": name, "announced": u, "kind": kind, "line": len(news) + 2}
            near = 0 if month - u <= lead else 1
            news.append(row | ({"binding": bool(rng.random() < marks[near])} if marks else {}))

"""Simulated reference classes with known parameters, for tests and for trying things out."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesmile.checks import whole
from bayesmile.reference.table import ENTITY_COLUMNS, REACHED_COLUMNS, TARGET_COLUMNS, Provenance, ReferenceClass

__all__ = ["simulated_class"]

MEDIAN = {"design": 8.0, "permit": 10.0, "opening": 14.0}
SHAPE = {"design": 1.2, "permit": 1.0, "opening": 1.6}
NEVER = {"design": 0.12, "permit": 0.08, "opening": 0.04}
GIVE_UP = 12.0
"""Typical months after which an entity that never moves on is given up."""
SLOW = {"north": 0.0, "south": 0.4}
"""Shift of log medians by region."""
ON_TIME, SLIP_MEAN, SLIP_SD = 0.25, 0.25, 0.45


def simulated_class(
    *, entities: int = 300, window: int = 60, start: int = 12 * 2018, truncated: bool = True, seed: int = 0
) -> ReferenceClass:
    """Simulate entities that walk design, permit, opening and restate the date of opening now and then.

    Delays are Weibull, never-probabilities and the slip of stated dates are fixed; entities begin from two years before
    the window to its end, and are followed to its end.

    Parameters
    ----------
    entities : int
        How many begin; fewer are seen, since some are over before the window opens.
    window : int
        Months from the first to the last that is followed.
    start : int
        First month of the window.
    truncated : bool
        Whether entities begin before the window too: they are seen only if then pending, and milestones reached before
        are known to have been reached, but not when.
    seed : int

    Returns
    -------
    ReferenceClass
        With factor `region`, and clusters of up to three entities.

    Examples
    --------
    >>> klass = simulated_class(entities=50, seed=3)
    >>> klass.milestones, klass.factors
    (('design', 'permit', 'opening'), ('region',))
    """
    import pandas as pd

    whole("entities", entities, least=1, most=1_000_000)
    rng = np.random.default_rng(seed)
    rows: dict[str, list[dict[str, Any]]] = {"entities": [], "reached": [], "targets": []}
    for number in range(entities):
        begin = start + int(rng.integers(-24 if truncated else 0, window - 1))
        _entity(rng, rows, number, begin, start, start + window - 1)
    frame = pd.DataFrame(rows["entities"], columns=["entity", *ENTITY_COLUMNS, "region"]).set_index("entity")
    return ReferenceClass(
        name="simulated",
        title="Simulated projects",
        milestones=tuple(MEDIAN),
        factors=("region",),
        entities=frame,
        reached=pd.DataFrame(rows["reached"], columns=list(REACHED_COLUMNS)),
        targets=pd.DataFrame(rows["targets"], columns=list(TARGET_COLUMNS)).astype({"issued": int, "target": int}),
        provenance=Provenance(source="simulated", licence="none needed", as_of="none"),
    )


def _entity(rng: Any, rows: dict[str, list[dict[str, Any]]], number: int, begin: int, start: int, through: int) -> None:
    """Simulate one entity and write what is seen of it."""
    region = "north" if rng.random() < 0.6 else "south"
    months, given_up = _walk(rng, begin, SLOW[region])
    entered, last = max(begin, start), months[-1] if len(months) == len(MEDIAN) else np.inf
    if last <= entered or given_up <= entered:
        return  # over before it could be seen
    name, line = f"e{number:05d}", number + 2
    known_end = given_up if given_up <= through else np.nan
    rows["entities"].append(
        {"entity": name, "cluster": f"c{number // 3}", "entered": entered, "through": through, "ended": known_end}
        | {"ended_known": known_end, "line": line, "region": region}
    )
    for milestone, month in zip(MEDIAN, months, strict=False):
        if month <= through:
            before = month <= entered
            seen = {"first": -np.inf if before else float(month), "last": entered if before else month}
            known = {"known": max(month, entered), "line": line}
            rows["reached"].append({"entity": name, "milestone": milestone, **seen, **known})
    _state(rng, rows["targets"], name, line, entered, min(last, given_up, through), last)


def _walk(rng: Any, begin: int, slow: float) -> tuple[list[int], float]:
    """Months of the milestones reached, and the month in which it is given up (inf: never)."""
    month, months = begin, list[int]()
    for milestone, median in MEDIAN.items():
        if rng.random() < NEVER[milestone]:
            return months, month + 1 + int(rng.exponential(GIVE_UP))
        scale = np.exp(slow) * median / np.log(2.0) ** (1.0 / SHAPE[milestone])
        month += max(0, round(scale * rng.weibull(SHAPE[milestone])))
        months.append(month)
    return months, np.inf


def _state(rng: Any, rows: list[dict[str, Any]], name: str, line: int, entered: int, stop: float, last: float) -> None:
    """State a target at entry and every half year while pending."""
    for issued in range(entered, int(stop), 6):
        true = last if np.isfinite(last) else issued + 1 + rng.exponential(30.0)
        if np.isfinite(last) and rng.random() < ON_TIME:
            target = int(true)
        else:
            lead = (true - issued + 0.5) * np.exp(rng.normal(-SLIP_MEAN, SLIP_SD))
            target = issued + max(1, int(lead))
        rows.append({"entity": name, "issued": issued, "target": target, "line": line})

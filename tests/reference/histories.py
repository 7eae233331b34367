"""Classes written down by hand or drawn at random, entity by entity, for oracles that walk them one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf, nan

import numpy as np
import pandas as pd

from bayesmile.reference.table import ENTITY_COLUMNS, REACHED_COLUMNS, TARGET_COLUMNS, Provenance, ReferenceClass

CHAIN = ("plan", "permit", "opening")


@dataclass(frozen=True)
class Life:
    """One entity: periods of entry and of the last one followed, what was reached, how it ended, what was stated."""

    entered: int
    through: int
    reached: dict[str, tuple[float, int, int]] = field(default_factory=dict)  # first, last, known
    ended: float = nan
    ended_known: float = nan
    targets: tuple[tuple[int, int], ...] = ()
    region: str = "north"


def class_of(lives: Iterable[Life], *, period: str = "month") -> ReferenceClass:
    """Tables of these entities, named a, b, c and so on."""
    named = {chr(97 + number) if number < 26 else f"e{number}": life for number, life in enumerate(lives)}
    entities = pd.DataFrame(
        [
            (name, f"c{number // 2}", one.entered, one.through, one.ended, one.ended_known, number + 2, one.region)
            for number, (name, one) in enumerate(named.items())
        ],
        columns=["entity", *ENTITY_COLUMNS, "region"],
    ).set_index("entity")
    reached = [
        (name, milestone, float(first), last, known, 2)
        for name, one in named.items()
        for milestone, (first, last, known) in one.reached.items()
    ]
    targets = [(name, issued, target, 2) for name, one in named.items() for issued, target in one.targets]
    return ReferenceClass(
        name="bridges",
        title="Bridges",
        milestones=CHAIN,
        factors=("region",),
        period=period,  # type: ignore[arg-type]
        entities=entities,
        reached=pd.DataFrame(reached, columns=list(REACHED_COLUMNS)),
        targets=pd.DataFrame(targets, columns=list(TARGET_COLUMNS)).astype({"issued": int, "target": int}),
        provenance=Provenance(source="made up", licence="none needed", as_of="2022"),
    )


def random_life(rng: np.random.Generator) -> Life:
    """Draw an entity with lags, intervals, gaps and everything else that tables may hold."""
    entered = int(rng.integers(0, 12))
    through = entered + int(rng.integers(1, 25))
    month, reached = entered - int(rng.integers(0, 8)), dict[str, tuple[float, int, int]]()
    for milestone in CHAIN[: rng.integers(0, len(CHAIN) + 1)]:
        month += int(rng.integers(0, 9))
        if month > through:
            break
        if rng.random() < 0.2:
            continue  # nothing says when, or that, it was reached
        if month <= entered and rng.random() < 0.5:
            reached[milestone] = (-inf, entered, entered)
            continue
        last = min(month + int(rng.choice([0, 0, 3])), through)
        reached[milestone] = (month, last, min(max(last, entered) + int(rng.choice([0, 0, 2])), through))
        month = last
    ended = ended_known = nan
    if CHAIN[-1] not in reached and rng.random() < 0.4 and month < through:
        ended_known = int(rng.integers(max(month, entered) + 1, through + 1))
        ended = ended_known - int(rng.integers(0, 2)) if rng.random() < 0.7 else nan
    issues = np.sort(rng.integers(entered, through + 1, size=rng.integers(0, 6)))
    targets = tuple((int(issued), int(issued + rng.integers(0, 6))) for issued in issues)
    region = str(rng.choice(["north", "south"]))
    return Life(entered, through, reached, ended, ended_known, targets, region)


def random_class(seed: int, entities: int = 12) -> ReferenceClass:
    """Draw a class; the same seed gives the same one."""
    rng = np.random.default_rng(seed)
    return class_of(random_life(rng) for _ in range(entities))

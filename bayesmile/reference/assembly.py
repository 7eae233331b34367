"""The tables of a reference class, from the histories of its entities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayesmile.files.problems import Place
from bayesmile.files.text import Table
from bayesmile.reference.classfile import ClassFile
from bayesmile.reference.entities import History
from bayesmile.reference.faults import Faults
from bayesmile.reference.groups import pooled
from bayesmile.reference.lookups import Lookup
from bayesmile.reference.statements import Statements
from bayesmile.reference.table import ENTITY_COLUMNS, REACHED_COLUMNS, TARGET_COLUMNS, Provenance, ReferenceClass
from bayesmile.wording import count

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Histories", "Source", "assembled"]

Histories = Mapping[str, tuple[History, int | None]]
"""By entity: its history, and the line of its row."""


@dataclass(frozen=True, slots=True)
class Source:
    """The files of a class, and what is wrong with their rows.

    Attributes
    ----------
    spec : ClassFile
    table : Table
    places : dict
        By entity, its rows.
    statements : Statements
    lookup : Lookup or None
    faults : Faults
    """

    spec: ClassFile
    table: Table
    places: dict[str, list[Place]]
    statements: Statements
    lookup: Lookup | None
    faults: Faults


def assembled(source: Source, kept: Histories) -> ReferenceClass:
    """Tables of the entities that are kept."""
    spec, about = source.spec, source.spec.reference
    return ReferenceClass(
        name=about.name,
        title=about.title,
        milestones=tuple(one.name for one in spec.milestone),
        factors=tuple(factor.name for factor in spec.factor),
        period=about.period,
        entities=_entities(spec, kept),
        reached=_reached(spec, kept),
        targets=_targets(kept),
        provenance=Provenance(source=about.source, licence=about.licence, as_of=about.as_of),
        set_aside=source.faults.lines(source.places),
        families={one.name: one.family for one in spec.milestone if one.family is not None},
        correlation=spec.entity.correlation,
        notes=_notes(source, kept),
    )


def _entities(spec: ClassFile, kept: Histories) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (one.cluster or entity, one.entered, one.through, *(one.ended or (None, None)), line)
        for entity, (one, line) in kept.items()
    ]
    frame = pd.DataFrame(rows, columns=list(ENTITY_COLUMNS), index=pd.Index(list(kept), name="entity", dtype=object))
    types = {"entered": int, "through": int, "ended": float, "ended_known": float, "line": int}
    frame = frame.astype(types)
    for number, factor in enumerate(spec.factor):
        levels = [one.levels[number] for one, _ in kept.values()]
        frame[factor.name] = pooled(levels, factor.other)
    return frame


def _reached(spec: ClassFile, kept: Histories) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (entity, milestone.name, float(reach.first), reach.last, reach.known, reach.line)
        for entity, (one, _) in kept.items()
        for milestone, reach in zip(spec.milestone, one.reached, strict=True)
        if reach is not None
    ]
    types = {"first": float, "last": int, "known": int, "line": int}
    return pd.DataFrame(rows, columns=list(REACHED_COLUMNS)).astype(types)


def _targets(kept: Histories) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (entity, stated.issued, stated.target, stated.place.line)
        for entity, (one, _) in kept.items()
        for stated in one.targets
    ]
    return pd.DataFrame(rows, columns=list(TARGET_COLUMNS)).astype({"issued": int, "target": int, "line": int})


def _notes(source: Source, kept: Histories) -> tuple[str, ...]:
    """List what was left out of the tables although its entity, if it has one, was not set aside."""
    notes = [str(problem) for problem in source.faults.loose]
    cut = sum(one.cut for one, _ in kept.values())
    if cut:
        unit = source.spec.reference.period
        notes.append(f"{count(cut, 'date')} left out: in the last {unit}, which was not over when the table was made")
    if source.statements.others:
        others = count(source.statements.others, "event")
        notes.append(f"{others} left out: of entities that the table of entities does not hold")
    if source.statements.past:
        past = count(source.statements.past, "stated date")
        notes.append(f"{past} left out: over when stated")
    return tuple(notes)

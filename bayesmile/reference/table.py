"""Many entities on one chain of milestones: what happened to each, and when that was known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from bayesmile.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ENTITY_COLUMNS", "REACHED_COLUMNS", "TARGET_COLUMNS", "Provenance", "ReferenceClass"]

ENTITY_COLUMNS = ("cluster", "entered", "through", "ended", "ended_known", "line")
REACHED_COLUMNS = ("entity", "milestone", "first", "last", "known", "line")
TARGET_COLUMNS = ("entity", "issued", "target", "line")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a table came from.

    Attributes
    ----------
    source, licence : str
        Who published it, and under what terms.
    as_of : str
        Date of its last entry.
    """

    source: str = ""
    licence: str = ""
    as_of: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReferenceClass:
    """Entities with known or pending outcomes, all on one chain of milestones.

    Periods are whole numbers, counted as the package counts calendar months (``12 * year + month - 1``) or, for a class
    by the week, in weeks since 1970-01-01. What is known at the end of period u is every row whose `known` (for
    targets: `issued`) is at most u.

    Attributes
    ----------
    name, title : str
        Short name, and a line for people.
    period : "month" or "week"
        Length of a period.
    milestones : tuple of str
        The chain, in order, without the entry itself; the last is what is forecast.
    factors : tuple of str
        Grouping columns of `entities`, such as technology and size; may be empty.
    entities : DataFrame
        One row an entity, indexed by it: `cluster` (entities of one cluster are dependent), `entered` (first period at
        whose end it was known to be pending), `through` (last period whose status would be known whatever happened),
        `ended` (period in which it is known to have been given up; NaN if it was not, or if only `ended_known` is
        known), `ended_known` (period at whose end that was public), `line` of the file, and a column of text for each
        factor.
    reached : DataFrame
        One row for each milestone reached: `entity`, `milestone`, `first` and `last` (periods between which it
        happened, both included; `first` -inf: at or before entry, unknown when), `known`, `line`.
    targets : DataFrame
        One row for each stated date of the last milestone: `entity`, `issued`, `target`, `line`, by entity and issue.
    provenance : Provenance
    set_aside : tuple of str
        One line for each row that was set aside, with its file, line and reason.
    families : dict of str to str
        Family of the delay of a milestone, where the class file names one.
    correlation : float
        Correlation of what becomes of entities of one cluster, 0 to 1: see
        `bayesmile.reference.clusterweights.cluster_weights`.
    notes : tuple of str
        What else was left out when it was read, and how much of it.

    Raises
    ------
    InvalidInput
        If a column is missing.
    """

    name: str
    title: str
    milestones: tuple[str, ...]
    entities: pd.DataFrame
    reached: pd.DataFrame
    targets: pd.DataFrame
    factors: tuple[str, ...] = ()
    period: Literal["month", "week"] = "month"
    provenance: Provenance = Provenance()
    set_aside: tuple[str, ...] = ()
    families: Mapping[str, str] = field(default_factory=dict)
    correlation: float = 0.0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that every column is there."""
        needed = {"entities": (*ENTITY_COLUMNS, *self.factors), "reached": REACHED_COLUMNS, "targets": TARGET_COLUMNS}
        for table, columns in needed.items():
            if missing := [name for name in columns if name not in getattr(self, table).columns]:
                raise InvalidInput(f"{table}: received no column {missing[0]!r}; allowed is a table with {columns}")

    def __len__(self) -> int:
        """Return the number of entities."""
        return len(self.entities)

    def subset(self, entities: Collection[str]) -> ReferenceClass:
        """Return the class with these entities only."""
        kept = self.entities[self.entities.index.isin(list(entities))]
        return self._with(kept, self.reached, self.targets)

    def known_at(self, period: int) -> ReferenceClass:
        """Return the class as it was known at the end of a period: nothing later is in it, by construction.

        Entities that entered later are left out; `through` ends with the period; an end known later is not there.
        """
        kept = self.entities[self.entities["entered"] <= period].copy()
        kept["through"] = kept["through"].clip(upper=period)
        later = ~(kept["ended_known"] <= period)
        kept.loc[later, ["ended", "ended_known"]] = float("nan")
        reached, targets = self.reached, self.targets
        return self._with(kept, reached[reached["known"] <= period], targets[targets["issued"] <= period])

    def _with(self, entities: pd.DataFrame, reached: pd.DataFrame, targets: pd.DataFrame) -> ReferenceClass:
        """Return the class with these entities, and of the other tables what is about them."""
        return replace(
            self,
            entities=entities,
            reached=reached[reached["entity"].isin(entities.index)],
            targets=targets[targets["entity"].isin(entities.index)],
        )

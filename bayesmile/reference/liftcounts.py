"""All that the likelihood of lifts needs to know of a table of announcements: counts and exposures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.errors import InvalidInput
from bayesmile.reference.announcements import AnnouncementTable
from bayesmile.reference.exposures import PLACES, placed, window_exposures
from bayesmile.reference.table import ReferenceClass
from bayesmile.wording import count

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LiftCounts", "lift_counts"]

Array = NDArray[np.float64]
Index = NDArray[np.int64]

PER_YEAR = {"month": 12.0, "week": 365.2425 / 7.0}
_WHY = {
    "unclear": "in periods of which nobody can tell whether they lie in the window",
    "early": "before what is covered of their entity",
    "late": "after what is covered of their entity",
    "no exposure": "of an entity of which no covered period is of use",
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LiftCounts:
    """Arrivals and years of exposure, inside the window and outside.

    Kinds of one group share the rate multiplier of an entity: the promotional ones its hype, every other kind has one
    of its own. Given it, only the number of arrivals of the group and the two exposures matter of an entity.

    Attributes
    ----------
    kinds : tuple of str
    promotional : tuple of bool
        Of each kind.
    group : array of int, shape (kind,)
    cell_group : array of int, shape (cell,)
        Group of each cell: entities of equal exposures and arrivals are counted together.
    inside, outside : array, shape (cell,)
        Years.
    arrivals : array, shape (cell,)
        Of the group, in all.
    weight : array, shape (cell,)
        Entities, each counted as one share of its cluster.
    total, total_inside : array, shape (kind,)
        Weighted arrivals.
    marks : DataFrame
        One row an attribute of a kind that is known at least once: `kind`, `attribute`, and weighted numbers of
        `yes_inside`, `no_inside`, `yes_outside`, `no_outside`.
    seen : DataFrame
        One row an entity with exposure and a kind, unweighted: `entity`, `cluster`, `kind`, `inside`, `outside`
        (years), `arrivals_inside`, `arrivals_outside`, `weight`.
    notes : tuple of str
        What was left out, and how much of it.
    """

    kinds: tuple[str, ...]
    promotional: tuple[bool, ...]
    group: Index
    cell_group: Index
    inside: Array
    outside: Array
    arrivals: Array
    weight: Array
    total: Array
    total_inside: Array
    marks: pd.DataFrame
    seen: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """Name of each group: a kind, or ``promotional`` for those that share hype."""
        names = {int(at): kind for at, kind in zip(self.group, self.kinds, strict=True)}
        shared = {int(at) for at, own in zip(self.group, self.promotional, strict=True) if own}
        return tuple("promotional" if at in shared else names[at] for at in sorted(names))


def lift_counts(
    klass: ReferenceClass,
    announcements: AnnouncementTable,
    *,
    lead: int,
    milestone: str | None = None,
    promotional: Collection[str] = (),
    at_entry: bool = True,
    at_end: bool = True,
    by_cluster: bool = True,
) -> LiftCounts:
    """Count arrivals and exposures of each kind inside the window before a milestone, and outside.

    Parameters
    ----------
    klass, announcements, lead, milestone, promotional, at_entry, at_end, by_cluster
        As of `bayesmile.model.lift_learning.learn_lifts`.

    Raises
    ------
    InvalidInput
        If a kind or an entity is unknown, or no announcement or no period in the window is left.
    """
    import pandas as pd

    kinds = tuple(sorted(set(map(str, announcements.table["kind"]))))
    if unknown := sorted(set(promotional) - set(kinds)):
        raise InvalidInput(f"promotional: received {unknown[0]!r}; allowed are {', '.join(kinds)}")
    found = window_exposures(klass, lead=lead, milestone=milestone, at_entry=at_entry, at_end=at_end)
    found = found[~found.index.isin(announcements.incomplete)]
    table = announcements.table
    entity = found.index.get_indexer(pd.Index(table["entity"]))
    if (entity < 0).any():
        name = table["entity"].iloc[int(np.argmin(entity))]
        allowed = "those of the class of which no row was set aside"
        raise InvalidInput(f"announcements: received entity {name!r}; allowed are {allowed}")
    place = placed(found, entity, table["announced"].to_numpy(dtype=np.int64))
    seen = _seen(klass, found, table, place, kinds, by_cluster)
    if not len(seen) or not seen["inside"].sum() or not seen[["arrivals_inside", "arrivals_outside"]].sum().sum():
        raise InvalidInput(
            f"announcements: received {count(len(table), 'arrival')} of {len(found):,} entities, of which no arrival or"
            f" no period within {lead} periods of the milestone can be used; allowed are histories with both"
        )
    return _counted(seen, kinds, promotional, _marks(table, place, seen, announcements.attributes), _left(place, found))


def _seen(
    klass: ReferenceClass,
    found: pd.DataFrame,
    table: pd.DataFrame,
    place: Index,
    kinds: Sequence[str],
    by_cluster: bool,
) -> pd.DataFrame:
    """One row an entity with exposure and a kind."""
    import pandas as pd

    year = PER_YEAR[klass.period]
    inside = (found["inside_to"] - found["inside_from"] + 1) / year
    outside = (found["outside_to"] - found["outside_from"] + 1) / year
    used = found.index[(inside + outside) > 0]
    cluster = klass.entities["cluster"].loc[used].astype(str)
    weight = 1.0 / cluster.map(cluster.value_counts()) if by_cluster else pd.Series(1.0, index=used)
    rows = pd.MultiIndex.from_product([used, kinds], names=["entity", "kind"])
    frame = pd.DataFrame(index=rows).reset_index()
    for name, values in (("cluster", cluster), ("inside", inside), ("outside", outside), ("weight", weight)):
        frame[name] = frame["entity"].map(values)
    for name in ("inside", "outside"):
        at = table[place == PLACES.index(name)]
        numbers = at.groupby(["entity", "kind"]).size().reindex(rows, fill_value=0)
        frame[f"arrivals_{name}"] = numbers.to_numpy(dtype=np.int64)
    return frame


def _counted(
    seen: pd.DataFrame,
    kinds: tuple[str, ...],
    promotional: Collection[str],
    marks: pd.DataFrame,
    notes: tuple[str, ...],
) -> LiftCounts:
    """Merge entities that the likelihood cannot tell apart."""
    shared = [kind for kind in kinds if kind in promotional]
    groups = [shared] * bool(shared) + [[kind] for kind in kinds if kind not in promotional]
    group = {kind: number for number, members in enumerate(groups) for kind in members}
    frame = seen.assign(group=seen["kind"].map(group), arrivals=seen["arrivals_inside"] + seen["arrivals_outside"])
    entity = frame.groupby(["entity", "group"], sort=False).agg(
        {"inside": "first", "outside": "first", "weight": "first", "arrivals": "sum"}
    )
    cells = entity.groupby(["group", "inside", "outside", "arrivals"])["weight"].sum().reset_index()
    totals = {
        name: (seen[f"arrivals_{name}"] * seen["weight"]).groupby(seen["kind"]).sum().loc[list(kinds)].to_numpy()
        for name in ("inside", "outside")
    }
    columns = {name: cells[name].to_numpy(dtype=np.float64) for name in ("inside", "outside", "arrivals", "weight")}
    return LiftCounts(
        kinds=kinds,
        promotional=tuple(kind in promotional for kind in kinds),
        group=np.array([group[kind] for kind in kinds], dtype=np.int64),
        cell_group=cells["group"].to_numpy(dtype=np.int64),
        **columns,
        total=totals["inside"] + totals["outside"],
        total_inside=totals["inside"],
        marks=marks,
        seen=seen,
        notes=notes,
    )


def _marks(table: pd.DataFrame, place: Index, seen: pd.DataFrame, attributes: Sequence[str]) -> pd.DataFrame:
    """Weighted answers by kind and attribute, inside the window and outside."""
    import pandas as pd

    weight = seen.drop_duplicates("entity").set_index("entity")["weight"]
    columns = ["kind", "attribute", "yes_inside", "no_inside", "yes_outside", "no_outside"]
    rows = []
    for attribute in attributes:
        for kind, at in table.assign(place=place).groupby("kind"):
            known = at[at[attribute].notna() & at["place"].isin([0, 1])]
            shares = known["entity"].map(weight).to_numpy(dtype=np.float64)
            yes, inside = known[attribute].to_numpy(dtype=bool), (known["place"] == 0).to_numpy()
            if shares.size:
                sides = [(said, near) for near in (True, False) for said in (True, False)]
                numbers = [float(shares[(yes == said) & (inside == near)].sum()) for said, near in sides]
                rows.append((str(kind), attribute, *numbers))
    return pd.DataFrame(rows, columns=columns)


def _left(place: Index, found: pd.DataFrame) -> tuple[str, ...]:
    """Say how many announcements were left out, and why."""
    numbers = np.bincount(place, minlength=len(PLACES))
    notes = [
        f"{count(int(numbers[PLACES.index(name)]), 'announcement')} left out: {why}"
        for name, why in _WHY.items()
        if numbers[PLACES.index(name)]
    ]
    none = (found["inside_to"] < found["inside_from"]) & (found["outside_to"] < found["outside_from"])
    if none.any():
        notes.append(f"Entities of which no covered period is of use, left out: {none.sum():,}")
    return tuple(notes)

"""Which periods of each entity surely lie in the risk window before a milestone, and which surely do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.checks import whole
from bayesmile.errors import InvalidInput
from bayesmile.reference.table import ReferenceClass

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPOSURE_COLUMNS", "PLACES", "placed", "window_exposures"]

Array = NDArray[np.float64]
Index = NDArray[np.int64]

EXPOSURE_COLUMNS = ("inside_from", "inside_to", "outside_from", "outside_to", "last")
"""Columns of `window_exposures`: first and last period, both included (last before first: none), and of coverage."""

PLACES = ("inside", "outside", "unclear", "early", "late", "no exposure")
"""Where an announcement lies: in the window; surely not; nobody can tell; before and after what is covered."""

_MOST_LEAD = 1200


def window_exposures(
    klass: ReferenceClass, *, lead: int, milestone: str | None = None, at_entry: bool = True, at_end: bool = True
) -> pd.DataFrame:
    """State for each entity the periods inside and outside the risk window of a milestone.

    Period u is in the window of a milestone reached in period T when 0 <= T - u <= lead. An entity is covered from
    its entry until the milestone is reached, it is given up, or it is no longer followed.

    - Reached between `first` and `last`: inside are the periods of which this holds for every T between them, outside
      those of which it holds for none; the others are left out.
    - Given up: all outside.
    - Pending: the last `lead` periods may lie in the window or not, and are left out. What is left out depends on T
      and on the end of the table only; given T, counts of a Poisson process in what is left are what they would be
      anyway, so that nothing is biased by it.

    Parameters
    ----------
    klass : ReferenceClass
    lead : int
        Length of the window, W.
    milestone : str, optional
        Of the chain; the last if left out. One that is passed over counts as reached with the next one known.
    at_entry, at_end : bool
        Whether announcements of the period of entry, and of that in which it is reached or given up, would be in the
        table. A register whose changes are differences between listings has neither.

    Returns
    -------
    DataFrame
        Indexed by entity, `EXPOSURE_COLUMNS` in whole periods. An entity whose milestone was reached at or before its
        entry has no exposure.

    Raises
    ------
    InvalidInput
        If the milestone is unknown or the lead is no whole number of periods.

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> found = window_exposures(simulated_class(entities=20, seed=1), lead=12)
    >>> bool((found["inside_to"] - found["inside_from"] <= 12).all())
    True
    """
    import pandas as pd

    lead = whole("lead", lead, least=0, most=_MOST_LEAD)
    if milestone is not None and milestone not in klass.milestones:
        raise InvalidInput(f"milestone: received {milestone!r}; allowed are {', '.join(klass.milestones)}")
    entities = klass.entities
    first, last = _reached(klass, milestone or klass.milestones[-1])
    start = entities["entered"].to_numpy(dtype=np.float64) + (not at_entry)
    through = entities["through"].to_numpy(dtype=np.float64)
    ended = entities["ended"].fillna(entities["ended_known"]).to_numpy(dtype=np.float64)
    came, given_up = np.isfinite(last), np.isnan(last) & ~np.isnan(ended)
    cut = 0 if at_end else 1
    inside_from = np.where(came, np.maximum(start, last - lead), start)
    inside_to = np.where(came, first - cut, start - 1.0)
    outside_to = np.select(
        [came, given_up], [np.minimum(first, last) - lead - 1.0, np.minimum(ended, through) - cut], through - lead
    )
    end = np.select([came, given_up], [last - cut, outside_to], through)
    before = came & (last <= entities["entered"].to_numpy())
    for column in (inside_to, outside_to, end):
        column[before] = start[before] - 1.0
    columns = (inside_from, np.maximum(inside_to, inside_from - 1), start, np.maximum(outside_to, start - 1), end)
    whole_ones = {name: values.astype(np.int64) for name, values in zip(EXPOSURE_COLUMNS, columns, strict=True)}
    return pd.DataFrame(whole_ones, index=entities.index)


def _reached(klass: ReferenceClass, milestone: str) -> tuple[Array, Array]:
    """First and last period in which the milestone may have been reached, by entity; NaN where it was not."""
    number = {name: column for column, name in enumerate(klass.milestones)}
    stage = np.array([number[name] for name in klass.reached["milestone"]], dtype=np.int64)
    kept = klass.reached.assign(number=stage)[stage >= number[milestone]]
    own = kept.sort_values("number", kind="stable").drop_duplicates("entity").set_index("entity")
    first, last = (own[name].reindex(klass.entities.index).to_numpy(dtype=np.float64) for name in ("first", "last"))
    entered = klass.entities["entered"].to_numpy(dtype=np.float64)
    return np.maximum(first, entered), last


def placed(found: pd.DataFrame, entity: Index, period: Index) -> Index:
    """Return the number in `PLACES` of each announcement.

    Parameters
    ----------
    found : DataFrame
        As `window_exposures` returns.
    entity : array of int (n,)
        Row of the entity in `found`.
    period : array of int (n,)
    """
    row = {name: found[name].to_numpy()[entity] for name in EXPOSURE_COLUMNS}
    inside = (row["inside_from"] <= period) & (period <= row["inside_to"])
    outside = (row["outside_from"] <= period) & (period <= row["outside_to"])
    nothing = (row["inside_to"] < row["inside_from"]) & (row["outside_to"] < row["outside_from"])
    early, late = period < row["outside_from"], period > row["last"]
    choices = [inside, outside, nothing, early, late]
    return np.select(choices, [PLACES.index(name) for name in ("inside", "outside", "no exposure", "early", "late")], 2)

"""What is known of the month in which each milestone happened, and until when it was followed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.checks import whole
from bayesmile.errors import InvalidInput
from bayesmile.scoring.inputs import same_length

__all__ = ["MonthOutcomes", "month_outcomes"]

Index = NDArray[np.int64]

_MOST_MONTHS = 12_000


@dataclass(frozen=True, slots=True, eq=False)
class MonthOutcomes:
    """Cells in which each event is known to lie; cell `months` is *beyond*.

    A score is proper only if what it looks at does not depend on what happened. An event that happened is known to the
    month, perhaps a cancellation too; one still to come is known only up to the last month followed. So everything is
    scored up to `through`, and what is known of later months is not looked at: "cancelled" counts as "not by `through`"
    and no more, unless all are followed to the horizon. `counts` says how often that was so.

    Attributes
    ----------
    first, last : array of int, shape (forecast,)
        First and last cell in which it may lie, both included; equal where known exactly.
    through : array of int, shape (forecast,)
        Last month whose status would be known **whatever happened**, 0 to ``months - 1``; the latter: followed to the
        horizon.
    months : int
        Months on the grid.

    Raises
    ------
    InvalidInput
        If lengths differ, an entry is no whole number in its range, or first is after last; the message names the first
        such forecast.

    Examples
    --------
    Reached in month 3; not by month 7; in months 2 to 4; cancelled, when others are followed to month 7.

    >>> known = MonthOutcomes([3, 8, 2, 24], [3, 24, 4, 24], [7, 7, 7, 7], months=24)
    >>> known.counts()
    {'exact': 1, 'interval': 1, 'not_yet': 2, 'beyond': 0, 'coarsened': 1}
    >>> known.cells()[0].tolist()
    [3, 8, 2, 8]
    """

    first: Index
    last: Index
    through: Index
    months: int = field(kw_only=True)

    def __post_init__(self) -> None:
        """Check every entry, and keep copies."""
        months = whole("months", self.months, least=1, most=_MOST_MONTHS)
        limits = {"first": (0, months), "last": (0, months), "through": (0, months - 1)}
        for name, (least, most) in limits.items():
            object.__setattr__(self, name, _indices(name, getattr(self, name), least, most))
        same_length(first=self.first, last=self.last, through=self.through)
        if (wrong := self.first > self.last).any():
            row = int(np.argmax(wrong))
            raise InvalidInput(f"first[{row}]: received {self.first[row]}; allowed is at most last, {self.last[row]}")

    def __len__(self) -> int:
        """Return the number of forecasts."""
        return len(self.first)

    def cells(self) -> tuple[Index, Index]:
        """First and last cell of each event, as far as `through` lets a score look."""
        return np.minimum(self.first, self.through + 1), np.where(self.last > self.through, self.months, self.last)

    def counts(self) -> dict[str, int]:
        """Forecasts by what a score can see of their event.

        `exact`: its month; `interval`: several cells; `not_yet`: not by the last month followed, which is before the
        horizon; `beyond`: not by the horizon. Together these are all. `coarsened`: of them, those of which more is
        known than a score may look at.
        """
        first, last = self.cells()
        pending = (first == self.through + 1) & (last == self.months)
        beyond = pending & (self.through == self.months - 1)
        exact = (first == last) & ~pending
        return {
            "exact": int(exact.sum()),
            "interval": int((~exact & ~pending).sum()),
            "not_yet": int((pending & ~beyond).sum()),
            "beyond": int(beyond.sum()),
            "coarsened": int(((first != self.first) | (last != self.last)).sum()),
        }


def month_outcomes(event: ArrayLike, *, through: ArrayLike, months: int) -> MonthOutcomes:
    """Outcomes known to the month, or not yet.

    Parameters
    ----------
    event : array_like, shape (forecast,)
        Month in which it happened, from 0; NaN: not by `through`; inf: never (cancelled). Months past the grid are
        *beyond*.
    through : array_like of int, shape (forecast,) or a scalar
        Last month whose status would be known whatever happened, from 0; past the grid: the horizon.
    months : int
        Months on the grid.

    Raises
    ------
    InvalidInput
        If an entry is not allowed.

    Examples
    --------
    >>> month_outcomes([3, float("nan")], through=7, months=24).cells()
    (array([3, 8]), array([ 3, 24]))
    """
    size = whole("months", months, least=1, most=_MOST_MONTHS)
    try:
        month = np.array(event, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(f"event: received {event!r:.200}; allowed is a column of months, NaN or inf") from None
    each = np.full(month.shape, through) if np.ndim(through) == 0 else np.asarray(through)
    followed = np.minimum(_indices("through", each, 0, None), size - 1)
    same_length(event=np.atleast_1d(month), through=followed)
    pending = np.isnan(month)
    cell = np.where(pending, 0.0, np.minimum(month, size))
    first = np.where(pending, followed + 1, cell)
    return MonthOutcomes(
        _indices("event", first, 0, size), np.where(pending, size, cell).astype(np.int64), followed, months=size
    )


def _indices(name: str, values: ArrayLike, least: int, most: int | None) -> Index:
    """Return whole numbers within limits as a new column."""
    column = np.array(values)
    limits = f"from {least}" if most is None else f"from {least} to {most}"
    if column.ndim != 1 or not column.size or column.dtype.kind not in "iuf":
        raise InvalidInput(f"{name}: received {values!r:.200}; allowed is one column of whole numbers {limits}")
    good = (column >= least) & (column == np.floor(column)) & (column <= (np.inf if most is None else most))
    good &= np.isfinite(column)
    if not good.all():
        row = int(np.argmin(good))
        raise InvalidInput(f"{name}[{row}]: received {column[row]:g}; allowed is a whole number {limits}")
    return column.astype(np.int64)

"""What a forecaster of a backtest is, and what it learns from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from bayesmile.errors import InvalidInput
from bayesmile.reference.asof import outcomes, snapshots
from bayesmile.reference.table import ReferenceClass
from bayesmile.scoring.outcomes import MonthOutcomes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Forecaster", "Lessons", "last_known", "lessons"]


class Forecaster(Protocol):
    """Forecasts the period in which pending entities reach the last milestone.

    Attributes
    ----------
    name : str
        What tables call it; forecasters of one backtest have different names.
    known_through : int or None
        Latest period of anything that it was fitted to; None: it has learned nothing.
    trained_on : collection of str
        Entities that it was fitted to; empty: none.
    """

    @property
    def name(self) -> str:
        """What tables call it."""

    @property
    def known_through(self) -> int | None:
        """Latest period of anything that it was fitted to."""

    @property
    def trained_on(self) -> Collection[str]:
        """Entities that it was fitted to."""

    def fit(self, klass: ReferenceClass) -> Forecaster:
        """Return the forecaster fitted to a class: all that it may ever see of outcomes.

        Parameters
        ----------
        klass : ReferenceClass
            In a rolling design, as it was known at the end of a period.
        """

    def predict(self, frame: pd.DataFrame, periods: int) -> NDArray[np.float64]:
        """Return the probabilities of each period after the as-of date.

        Parameters
        ----------
        frame : DataFrame
            One row a forecast, with the columns of :func:`bayesmile.reference.asof.snapshots` and no others.
        periods : int
            Cells before *beyond*.

        Returns
        -------
        array, shape (row, periods + 1)
            Cell 0 is the first period after `as_of`, the last cell *beyond*; each row sums to 1.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """What a class teaches: each past snapshot with what came of it.

    Attributes
    ----------
    frame : DataFrame
        One row a snapshot, as of :func:`bayesmile.reference.asof.snapshots`.
    outcomes : MonthOutcomes
        Of each row, over as many periods as any is followed.
    ended : array, shape (snapshot,)
        Cell at whose end it was known to be given up; inf: not known.
    """

    frame: pd.DataFrame
    outcomes: MonthOutcomes
    ended: NDArray[np.float64]


def lessons(klass: ReferenceClass) -> Lessons:
    """Gather all snapshots of a class, every period that each entity was pending.

    Parameters
    ----------
    klass : ReferenceClass

    Raises
    ------
    InvalidInput
        If no entity was pending and followed further.

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> past = lessons(simulated_class(entities=20, seed=1))
    >>> len(past.frame) == len(past.outcomes) == len(past.ended)
    True
    """
    frame = snapshots(klass) if len(klass) else None
    if frame is None or frame.empty:
        raise InvalidInput(f"class {klass.name}: received no entity that was pending and followed further")
    rows = klass.entities.loc[frame["entity"]]
    as_of = frame["as_of"].to_numpy(dtype=np.float64)
    periods = int((rows["through"].to_numpy(dtype=np.float64) - as_of).max())
    known = rows["ended_known"].to_numpy(dtype=np.float64)
    ended = np.where(np.isnan(known), np.inf, known - as_of - 1.0)
    return Lessons(frame, outcomes(klass, frame, periods=periods), ended)


def last_known(klass: ReferenceClass) -> int:
    """Return the latest period of anything in a class: the last followed, known or issued.

    Raises
    ------
    InvalidInput
        If the class has no entities.

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> klass = simulated_class(entities=50)
    >>> last_known(klass.known_at(12 * 2020)) == 12 * 2020 <= last_known(klass)
    True
    """
    if not len(klass):
        raise InvalidInput(f"class {klass.name}: received no entities")
    columns = [klass.entities[name] for name in ("entered", "through", "ended_known")]
    columns += [klass.reached["known"], klass.targets["issued"]]
    return int(max(np.nanmax(column.to_numpy(dtype=np.float64)) for column in columns if column.notna().any()))

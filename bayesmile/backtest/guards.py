"""No forecast may see the future: what would let it is refused here, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesmile.backtest.forecaster import Forecaster
from bayesmile.errors import InvalidInput
from bayesmile.reference.asof import KNOWN_COLUMNS, snapshots
from bayesmile.reference.table import ENTITY_COLUMNS, ReferenceClass

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LeakedFuture", "check_fitted", "frozen_snapshots"]

_KEYS = ["entity", "as_of"]


class LeakedFuture(InvalidInput):
    """A forecast would have seen what became known only after its as-of date, or the outcomes it is scored on."""


def frozen_snapshots(klass: ReferenceClass, origins: pd.DataFrame) -> pd.DataFrame:
    """State what was known at each origin, from the class as it was known then: later rows are not there to be seen.

    Parameters
    ----------
    klass : ReferenceClass
        With all that is known by now.
    origins : DataFrame
        `entity` and `as_of` of each forecast. Other columns must be those of a snapshot and say what is found here.

    Returns
    -------
    DataFrame
        As of :func:`bayesmile.reference.asof.snapshots`, one row an origin in the order given.

    Raises
    ------
    LeakedFuture
        If a column could tell what came later, or a value differs from what was known then.
    InvalidInput
        If a column is missing, an origin is given twice, or an entity was not pending then.

    Examples
    --------
    >>> from bayesmile.reference.asof import every_period
    >>> from bayesmile.reference.simulated import simulated_class
    >>> klass = simulated_class(entities=50, seed=1)
    >>> origins = every_period(klass, every=12)
    >>> len(frozen_snapshots(klass, origins)) == len(origins)
    True
    """
    import pandas as pd

    _check_columns(klass, origins)
    pairs = origins[_KEYS].reset_index(drop=True)
    if pairs.empty:
        raise InvalidInput(f"origins: received none; class {klass.name} has no entity that was pending and followed")
    if (twice := pairs.duplicated()).any():
        entity, as_of = pairs[twice].iloc[0]
        raise InvalidInput(f"origins: received entity {entity!r} at period {as_of} twice; allowed is once")
    # One class for each period: what is not in it cannot leak.
    parts = [
        snapshots(klass.known_at(int(str(as_of))), part).set_axis(part.index) for as_of, part in pairs.groupby("as_of")
    ]
    frame = pd.concat(parts).sort_index()
    _check_values(origins.reset_index(drop=True), frame)
    return frame


def check_fitted(
    forecaster: Forecaster, questions: pd.DataFrame, *, taught: ReferenceClass, known: int | None
) -> None:
    """Refuse a forecaster that was fitted to more than it may know.

    Parameters
    ----------
    forecaster : Forecaster
        After its fit.
    questions : DataFrame
        Snapshots that it is about to forecast.
    taught : ReferenceClass
        What it was handed.
    known : int or None
        Period at whose end the class was known so; None: the questions are about entities held out.

    Raises
    ------
    LeakedFuture
        If it was fitted to an entity that it was not handed or, held out, to one that shares a cluster with what is
        asked; or to anything known after the as-of date of a question.
    """
    name, entities = forecaster.name, set(forecaster.trained_on)
    if entities and forecaster.known_through is None:
        raise LeakedFuture(f"{name}: received a fit that does not say through which period it knows its outcomes")
    asked = set(questions["entity"])
    if known is None and (both := sorted(entities & asked)):
        raise LeakedFuture(f"{name}: received {both[0]!r} both to learn from and to forecast ({len(both)} such)")
    if extra := sorted(entities - set(map(str, taught.entities.index))):
        raise LeakedFuture(f"{name}: received a fit to {extra[0]!r}, which it was not handed ({len(extra)} such)")
    earliest = int(questions["as_of"].min())
    if known is not None and forecaster.known_through is not None and forecaster.known_through > earliest:
        raise LeakedFuture(
            f"{name}: received a fit to what was known at period {forecaster.known_through}, to forecast as of period"
            f" {earliest}; allowed is what was known by then"
        )


def _check_columns(klass: ReferenceClass, origins: pd.DataFrame) -> None:
    if missing := [name for name in _KEYS if name not in origins.columns]:
        raise InvalidInput(f"origins: received no column {missing[0]!r}; allowed is a table with entity and as_of")
    later = set(ENTITY_COLUMNS) - {"cluster"}
    if factors := sorted(later & set(klass.factors)):
        raise LeakedFuture(f"factors: received {factors[0]!r}, which holds what came later")
    if extra := [name for name in origins.columns if name not in (*KNOWN_COLUMNS, *klass.factors)]:
        raise LeakedFuture(
            f"origins: received column {extra[0]!r}, which is none of what was known at an as-of date; allowed are "
            f"{', '.join((*KNOWN_COLUMNS, *klass.factors))}"
        )


def _check_values(received: pd.DataFrame, frame: pd.DataFrame) -> None:
    """Refuse snapshots brought along that say something else than was known."""
    for name in received.columns:
        ours, theirs = frame[name], received[name]
        differ = ~((ours == theirs) | (ours.isna() & theirs.isna()))
        if differ.any():
            row = int(np.argmax(differ))
            entity, as_of = frame.loc[row, _KEYS]
            raise LeakedFuture(
                f"origins: received {name} {theirs.loc[row]!r} for {entity!r} at period {as_of}; known then was "
                f"{ours.loc[row]!r}"
            )

"""Which part of a class teaches, and which is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.backtest.guards import LeakedFuture
from bayesmile.checks import whole
from bayesmile.errors import InvalidInput
from bayesmile.reference.table import ReferenceClass

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Design", "HeldOut", "Part", "Rolling", "even_cuts"]

_MOST_SEED = 2**128


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Something to learn from, and questions to answer with it.

    Attributes
    ----------
    taught : ReferenceClass
        All that forecasters may learn from.
    rows : array of int, shape (question,)
        Positions of the questions among all.
    known : int or None
        Period at whose end the class was known so; None: as it is known by now.
    """

    taught: ReferenceClass
    rows: NDArray[np.int64]
    known: int | None


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Entities held out: each is forecast by what was learned from entities of other clusters.

    Retrospective: the outcomes learned from were known only after many of the forecasts. It tests the model, not what
    could have been forecast at the time.

    Attributes
    ----------
    folds : int
        Parts into which clusters are dealt at random; each is forecast from all others.
    seed : int
    """

    folds: int = 2
    seed: int = 0

    @property
    def retrospective(self) -> bool:
        """Whether what was learned was known only later."""
        return True

    @property
    def title(self) -> str:
        """What a table says of it."""
        return f"entities held out, {self.folds} folds, retrospective"

    def parts(self, klass: ReferenceClass, frame: pd.DataFrame) -> Iterator[Part]:
        """Yield one part a fold.

        Raises
        ------
        InvalidInput
            If there are fewer clusters than folds.
        """
        folds = whole("folds", self.folds, least=2)
        rng = np.random.default_rng(whole("seed", self.seed, least=0, most=_MOST_SEED))
        clusters = sorted(set(klass.entities["cluster"]), key=str)  # whatever the order of the rows
        if len(clusters) < folds:
            raise InvalidInput(f"folds: received {folds} for {len(clusters)} clusters; allowed are at most as many")
        fold = dict(zip(clusters, rng.permutation(len(clusters)) % folds, strict=True))
        of_entity = klass.entities["cluster"].map(fold)
        of_row = frame["cluster"].map(fold).to_numpy()
        for number in range(folds):
            rows = np.flatnonzero(of_row == number)
            if rows.size:
                taught = klass.subset(of_entity.index[of_entity != number])
                _check_apart(taught, frame.iloc[rows])
                yield Part(taught, rows, None)


@dataclass(frozen=True, slots=True)
class Rolling:
    """Rolling origin: at each cut all is learned anew from what was known then, and asked until the next.

    Attributes
    ----------
    cuts : tuple of int
        Periods, rising. Forecasts as of earlier dates than the first are not made, and counted.
    """

    cuts: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check the order."""
        cuts = tuple(whole("cuts", int(cut), least=-(10**9)) for cut in self.cuts)
        if not cuts or any(low >= high for low, high in pairwise(cuts)):
            raise InvalidInput(f"cuts: received {self.cuts!r}; allowed are periods that rise")
        object.__setattr__(self, "cuts", cuts)

    @property
    def retrospective(self) -> bool:
        """Whether what was learned was known only later."""
        return False

    @property
    def title(self) -> str:
        """What a table says of it."""
        return f"rolling origin, learned anew {len(self.cuts)} times from what was known then"

    def parts(self, klass: ReferenceClass, frame: pd.DataFrame) -> Iterator[Part]:
        """Yield one part a cut."""
        as_of = frame["as_of"].to_numpy()
        for cut, until in pairwise((*self.cuts, np.inf)):
            rows = np.flatnonzero((as_of >= cut) & (as_of < until))
            if rows.size:
                yield Part(klass.known_at(int(cut)), rows, int(cut))


Design = HeldOut | Rolling


def even_cuts(klass: ReferenceClass, *, every: int = 12, first: int | None = None) -> tuple[int, ...]:
    """Cuts at even distances, from `first` to the last period followed.

    Parameters
    ----------
    klass : ReferenceClass
    every : int
        Periods between cuts.
    first : int, optional
        First cut; otherwise the period by which a third of the entities had entered.

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> [cut - 12 * 2018 for cut in even_cuts(simulated_class(), every=12, first=12 * 2020)]
    [24, 36, 48]
    """
    step = whole("every", every, least=1)
    if not len(klass):
        raise InvalidInput(f"class {klass.name}: received no entities")
    third = int(klass.entities["entered"].quantile(1.0 / 3.0))
    start = third if first is None else whole("first", first, least=-(10**9))
    return tuple(range(start, int(klass.entities["through"].max()), step))


def _check_apart(taught: ReferenceClass, asked: pd.DataFrame) -> None:
    """Refuse a fold that teaches what it asks."""
    if shared := sorted(set(map(str, taught.entities["cluster"])) & set(map(str, asked["cluster"]))):
        raise LeakedFuture(f"cluster: received {shared[0]!r} both to learn from and to forecast")

"""Gradient boosting on what was known: the forecaster that knows no roadmap, and the one to beat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bayesmile.backtest.forecaster import Lessons, last_known, lessons
from bayesmile.checks import whole
from bayesmile.errors import InvalidInput
from bayesmile.reference.table import ReferenceClass

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GradientBoosting"]

Array = NDArray[np.float64]
Index = NDArray[np.int64]

NUMBERS = ("stage", "since", "age", "lead", "postponements", "stated", "first")
BANDS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 18, 21, 24, 30, 36, 48, 60, 84, 120)
"""First cells of the bands in which the hazard is taken to be constant."""

_MOST_LEVELS = 250  # of a factor: the library takes 255
_LEAF = 20  # rows at least, and as many as one entity has: smaller leaves learn single entities by heart


@dataclass(frozen=True, slots=True, eq=False)
class GradientBoosting:
    """Hazards by band of periods ahead, boosted trees on everything known at the as-of date.

    Each past snapshot gives one row for each band of periods in which it was followed: whether it happened there, of so
    many periods at risk. So forecasts of all periods are one distribution, and snapshots followed for a short time
    count as far as they go. An entity given up stays at risk of happening until the last period followed.

    Attributes
    ----------
    name : str
    iterations : int
        Trees.
    most : int
        Snapshots fitted at most; more are sampled evenly at random.
    seed : int
    known_through : int or None
    trained_on : frozenset of str

    References
    ----------
    Friedman (2001), Ann. Stat. 29, 1189-1232; Singer & Willett (1993), J. Educ. Stat. 18, 155-195 (hazards as
    classification).
    """

    name: str = "boosting"
    iterations: int = 150
    most: int = 60_000
    seed: int = 0
    known_through: int | None = None
    trained_on: frozenset[str] = frozenset()
    _levels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    _model: Any = None

    def fit(self, klass: ReferenceClass) -> GradientBoosting:
        """Return it with trees grown on a class.

        Raises
        ------
        InvalidInput
            If the library scikit-learn is not there, the class has no entity that was pending and followed, or none
            or all of them happened in the first band.
        """
        past = lessons(klass)
        levels = tuple((factor, _levels(past.frame[factor])) for factor in klass.factors)
        rows, target, weight = _bands(past, _sample(len(past.frame), self.most, self.seed))
        if target.all() or not target.any():
            raise InvalidInput(f"{self.name}: received a class in which {'all' if target.all() else 'none'} happened")
        known = _at(_features(past.frame, levels)[rows[:, 0]], rows[:, 1])
        known[:, np.isnan(known).all(axis=0)] = 0.0  # the library takes no feature without values
        model = _library()(
            max_iter=self.iterations,
            learning_rate=0.05,
            max_leaf_nodes=8,
            min_samples_leaf=max(_LEAF, len(rows) // past.frame["entity"].nunique()),
            l2_regularization=10.0,
            early_stopping=False,  # rows of one entity would fall on both sides
            categorical_features=[False] * (len(NUMBERS) + 2) + [True] * len(levels),
            random_state=self.seed,
        )
        with _one_thread():
            model.fit(known, target, sample_weight=weight)
        trained = frozenset(map(str, klass.entities.index))
        return replace(self, known_through=last_known(klass), trained_on=trained, _levels=levels, _model=model)

    def predict(self, frame: pd.DataFrame, periods: int) -> Array:
        """Return the probabilities of each period after the as-of date: (row, periods + 1).

        Raises
        ------
        InvalidInput
            If it was not fitted.
        """
        if self._model is None:
            raise InvalidInput(f"{self.name}: received a forecaster that was not fitted; fit it first")
        size = whole("periods", periods, least=1)
        features = _features(frame, self._levels)
        starts = np.array([start for start in BANDS if start < size])
        hazard = np.empty((len(frame), starts.size))
        with _one_thread():
            for place, start in enumerate(starts):
                asked = _at(features, np.full(len(features), start))
                hazard[:, place] = self._model.predict_proba(asked)[:, 1]
        width = np.diff(starts, append=size)
        each = np.repeat(hazard, width, axis=1)
        pending = np.cumprod(1.0 - each, axis=1)
        before = np.column_stack([np.ones(len(frame)), pending[:, :-1]])
        return np.column_stack([before * each, pending[:, -1]])


def _library() -> Any:
    try:
        from sklearn.ensemble import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
            HistGradientBoostingClassifier,
        )
    except ImportError:
        raise InvalidInput("gradient boosting needs the library scikit-learn: pip install scikit-learn") from None
    return HistGradientBoostingClassifier


def _one_thread() -> Any:
    """Keep the library to one thread: others wait by spinning, and take ten times as long where cores are shared."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-not-found, import-untyped, unused-ignore]

    return threadpool_limits(limits=1, user_api="openmp")


def _levels(values: pd.Series) -> tuple[str, ...]:
    """Levels of a factor, the most frequent first; what is beyond the limit counts as missing."""
    return tuple(map(str, values.astype(str).value_counts().index[:_MOST_LEVELS]))


def _features(frame: pd.DataFrame, levels: tuple[tuple[str, tuple[str, ...]], ...]) -> Array:
    """Columns of a snapshot as numbers, NaN where unknown: (row, feature)."""
    columns = [frame[name].to_numpy(dtype=np.float64) for name in NUMBERS]
    for factor, names in levels:
        number = {name: place for place, name in enumerate(names)}
        columns.append(frame[factor].astype(str).map(number).to_numpy(dtype=np.float64))
    return np.column_stack(columns)


def _at(features: Array, start: Index) -> Array:
    """Features of a band: those of the snapshot, the band, and how far the stated date is from it."""
    numbers = len(NUMBERS)
    lead = features[:, NUMBERS.index("lead")]
    return np.column_stack([features[:, :numbers], start, lead - start, features[:, numbers:]])


def _sample(size: int, most: int, seed: int) -> Index:
    """Rows to fit to."""
    limit = whole("most", most, least=1)
    if size <= limit:
        return np.arange(size)
    return np.sort(np.random.default_rng(seed).choice(size, limit, replace=False))


def _bands(past: Lessons, chosen: Index) -> tuple[Index, Array, Array]:
    """Rows of (snapshot, first cell of the band), whether it happened there, and how many periods at risk say so."""
    first, last = past.outcomes.cells()
    happened = (last <= past.outcomes.through)[chosen]
    # An event known to an interval counts in the middle of it.
    stop = np.where(happened, (first[chosen] + last[chosen]) // 2, first[chosen] - 1)
    parts = []
    ends = (*BANDS[1:], max(past.outcomes.months, BANDS[-1]) + 1)
    for start, end in zip(BANDS, ends, strict=True):
        inside = stop >= start
        at_risk = np.minimum(stop + 1, end) - start
        event = inside & happened & (stop < end)
        quiet = at_risk - event
        for kept, answer, number in ((event, 1.0, np.ones(stop.size)), (inside & (quiet > 0), 0.0, quiet)):
            band = np.full(kept.sum(), start)
            parts.append((chosen[kept], band, np.full(kept.sum(), answer), number[kept].astype(np.float64)))
    snapshot, band, target, weight = (np.concatenate([part[place] for part in parts]) for place in range(4))
    return np.column_stack([snapshot, band]), target, weight

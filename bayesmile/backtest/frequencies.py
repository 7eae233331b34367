"""Baselines that only count: how often it happened to others like it, from which every model must win its keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.backtest.forecaster import last_known, lessons
from bayesmile.backtest.hazards import Column, Ends, Hazards, hazards
from bayesmile.checks import finite, whole
from bayesmile.errors import InvalidInput
from bayesmile.reference.table import ReferenceClass

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Frequencies", "aalen_johansen", "constant", "kaplan_meier", "lead_bins"]

LEADS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 21, 24, 30, 36, 48)
"""Upper ends of the bins of lead, in periods: fine where a stated date says most."""

STAYS = (2, 5, 11, 17, 23, 35)
"""Upper ends of the bins of time since a stage was reached, in periods."""

WEIGHT = 20.0
"""Snapshots' worth of the wider group: those of one entity are so alike that twenty say little more than two."""


@dataclass(frozen=True, slots=True, eq=False)
class Frequencies:
    """Forecasts from the hazards of groups of past snapshots.

    Every period in which a past entity was pending counts as one snapshot of its group; what is asked is grouped alike.

    Attributes
    ----------
    name : str
    columns : tuple of Column
        Groups, from the widest to the narrowest.
    ends : "followed", "censored" or "competing"
        What an entity given up counts as.
    weight : float
        How much a group leans on the wider one: as much as so many snapshots. 0: plain frequencies.
    known_through : int or None
    trained_on : frozenset of str
    """

    name: str
    columns: tuple[Column, ...]
    ends: Ends = "followed"
    weight: float = WEIGHT
    known_through: int | None = None
    trained_on: frozenset[str] = frozenset()
    _hazards: Hazards | None = None

    def __post_init__(self) -> None:
        """Check the weight."""
        if finite("weight", self.weight) < 0.0:
            raise InvalidInput(f"weight: received {self.weight!r}; allowed is a number from 0")

    def fit(self, klass: ReferenceClass) -> Frequencies:
        """Return it with the hazards of a class.

        Raises
        ------
        InvalidInput
            If the class has no entity that was pending and followed, or lacks a column.
        """
        known = {column.name for column in self.columns}
        past = lessons(klass)
        if missing := sorted(known - set(past.frame.columns)):
            raise InvalidInput(f"{self.name}: received a class without {missing[0]!r}; its factors are {klass.factors}")
        return replace(
            self,
            known_through=last_known(klass),
            trained_on=frozenset(map(str, klass.entities.index)),
            _hazards=hazards(past, self.columns, ends=self.ends, weight=self.weight),
        )

    def predict(self, frame: pd.DataFrame, periods: int) -> NDArray[np.float64]:
        """Return the probabilities of each period after the as-of date: (row, periods + 1).

        Raises
        ------
        InvalidInput
            If it was not fitted.
        """
        if self._hazards is None:
            raise InvalidInput(f"{self.name}: received a forecaster that was not fitted; fit it first")
        return self._hazards.incidences(frame, whole("periods", periods, least=1))


def constant(*, weight: float = WEIGHT) -> Frequencies:
    """Forecast the same for all at entry, and the same for all later.

    Examples
    --------
    >>> from bayesmile.reference.asof import snapshots
    >>> from bayesmile.reference.simulated import simulated_class
    >>> klass = simulated_class(entities=100, seed=1)
    >>> constant().fit(klass).predict(snapshots(klass), 24).shape[1]
    25
    """
    return Frequencies("constant", (Column("first"),), weight=weight)


def lead_bins(*, edges: Sequence[float] = LEADS, weight: float = WEIGHT) -> Frequencies:
    """Forecast as often as it happened where the stated date was as far off: the empirical slip, by bins of lead.

    Parameters
    ----------
    edges : sequence of float
        Upper ends of the bins of lead, in periods, each included; no stated date is a bin of its own.
    weight : float
        Of the wider group, in snapshots; 0: the plain rate of each bin.

    Raises
    ------
    InvalidInput
        If edges do not rise.
    """
    return Frequencies("lead bins", (Column("lead", _rising("edges", edges)), Column("first")), weight=weight)


def kaplan_meier(factor: str | None = None, *, edges: Sequence[float] = STAYS, weight: float = WEIGHT) -> Frequencies:
    """Forecast by stage, time since it was reached, and one factor; whatever is given up is censored.

    So this is the forecast for a world in which nothing is given up: it says too much where much is.

    Parameters
    ----------
    factor : str, optional
        Of the class.
    edges : sequence of float
        Upper ends of the bins of time since the stage was reached.
    weight : float
        Of the wider group, in snapshots.

    References
    ----------
    Kaplan & Meier (1958), JASA 53, 457-481; van Houwelingen (2007), Scand. J. Stat. 34, 70-85 (landmarks).
    """
    return Frequencies("Kaplan-Meier", _stay_columns(factor, edges), "censored", weight)


def aalen_johansen(factor: str | None = None, *, edges: Sequence[float] = STAYS, weight: float = WEIGHT) -> Frequencies:
    """Forecast by stage, time since it was reached, and one factor; being given up competes with happening.

    Parameters
    ----------
    factor : str, optional
        Of the class.
    edges : sequence of float
        Upper ends of the bins of time since the stage was reached.
    weight : float
        Of the wider group, in snapshots.

    References
    ----------
    Aalen & Johansen (1978), Scand. J. Stat. 5, 141-150; Putter & Spitoni (2018), Stat. Methods Med. Res. 27, 2081-2092
    (landmarks: not Markov).
    """
    return Frequencies("Aalen-Johansen", _stay_columns(factor, edges), "competing", weight)


def _stay_columns(factor: str | None, edges: Sequence[float]) -> tuple[Column, ...]:
    stay = (Column("stage"), Column("since", _rising("edges", edges)))
    return stay if factor is None else (*stay, Column(factor))


def _rising(field: str, edges: Sequence[float]) -> tuple[float, ...]:
    numbers = tuple(finite(field, edge) for edge in edges)
    if not numbers or any(low >= high for low, high in pairwise(numbers)):
        raise InvalidInput(f"{field}: received {tuple(edges)!r}; allowed are numbers that rise")
    return numbers

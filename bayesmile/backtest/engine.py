"""The engine as a forecaster: priors learned from the class it is handed, forecasts by exact posteriors."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bayesmile.backtest.forecaster import last_known
from bayesmile.errors import InvalidInput
from bayesmile.reference.learned import LearnedClass
from bayesmile.reference.table import ReferenceClass

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Engine", "engine"]

DRAWS = 25
"""Draws of the parameters that a forecast averages over."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Engine:
    """Forecaster by the roadmap engine; see `bayesmile.backtest.forecaster.Forecaster`.

    Attributes
    ----------
    name : str
    statements : bool
        Whether stated dates count.
    options : dict of str to object
        Of :func:`bayesmile.model.learning.learn`.
    tell : callable
        Is told what is being done.
    learned : LearnedClass or None
        None before it is fitted.
    known_through : int or None
    trained_on : collection of str
    """

    name: str
    statements: bool = True
    options: dict[str, Any] = field(default_factory=dict)
    tell: Callable[[str], None] = lambda _: None
    learned: LearnedClass | None = None
    known_through: int | None = None
    trained_on: Collection[str] = ()

    def fit(self, klass: ReferenceClass) -> Engine:
        """Learn the priors from a class."""
        from bayesmile.model.learning import learn

        learned = learn(klass, statements=self.statements, tell=self.tell, **self.options)
        seen = frozenset(map(str, klass.entities.index))
        return replace(self, learned=learned, known_through=last_known(klass), trained_on=seen)

    def predict(self, frame: pd.DataFrame, periods: int) -> NDArray[np.float64]:
        """Forecast each row: the mixture of the exact posteriors over draws of the parameters."""
        if self.learned is None:
            raise InvalidInput(f"{self.name}: asked to forecast before it was fitted; call fit first")
        return self.learned.thinned(DRAWS).predict(frame, periods, statements=self.statements)


def engine(
    *,
    name: str = "engine",
    statements: bool = True,
    tell: Callable[[str], None] = lambda _: None,
    **options: Any,
) -> Engine:
    """Make a forecaster of the engine.

    Parameters
    ----------
    name : str
    statements : bool
        Whether stated dates count.
    tell : callable
        Is told what is being done.
    **options
        Of :func:`bayesmile.model.learning.learn`: draws, tune, chains, cores, seed, every, families.

    Returns
    -------
    Engine

    Examples
    --------
    >>> engine(statements=False, name="delays only").statements
    False
    """
    return Engine(name=name, statements=statements, options=options, tell=tell)

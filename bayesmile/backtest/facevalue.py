"""The stated date taken at its word."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.backtest.frequencies import Frequencies, constant
from bayesmile.reference.table import ReferenceClass

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FaceValue"]


@dataclass(frozen=True, slots=True, eq=False)
class FaceValue:
    """All probability on the stated period; on the next one where that is past; frequencies where none is stated.

    Its log score is infinite as soon as one date is missed, unless scores have a floor.

    Attributes
    ----------
    name : str
    unstated : Frequencies
        Forecasts where no date is stated.
    """

    name: str = "face value"
    unstated: Frequencies = field(default_factory=constant)

    @property
    def known_through(self) -> int | None:
        """Latest period of anything that the frequencies were fitted to."""
        return self.unstated.known_through

    @property
    def trained_on(self) -> frozenset[str]:
        """Entities that the frequencies were fitted to."""
        return self.unstated.trained_on

    def fit(self, klass: ReferenceClass) -> FaceValue:
        """Return it with the frequencies of a class."""
        return replace(self, unstated=self.unstated.fit(klass))

    def predict(self, frame: pd.DataFrame, periods: int) -> NDArray[np.float64]:
        """Return the probabilities of each period after the as-of date: (row, periods + 1).

        Examples
        --------
        >>> import pandas as pd
        >>> FaceValue().predict(pd.DataFrame({"lead": [2.0, -3.0, 9.0]}), 3)
        array([[0., 1., 0., 0.],
               [1., 0., 0., 0.],
               [0., 0., 0., 1.]])
        """
        lead = frame["lead"].to_numpy(dtype=np.float64)
        silent = np.isnan(lead)
        cell = np.clip(np.where(silent, 1.0, lead) - 1.0, 0.0, periods).astype(np.int64)
        table = np.zeros((len(frame), periods + 1))
        table[np.arange(len(frame)), cell] = 1.0
        if silent.any():
            table[silent] = self.unstated.predict(frame[silent], periods)
        return table

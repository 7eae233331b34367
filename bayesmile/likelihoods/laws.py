"""Delays as functions of a batch of parameter draws, with derivatives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayesmile.core import lifetime
from bayesmile.core.lifetime_slopes import SLOPES, through_law, through_never
from bayesmile.dossier import Dossier

__all__ = ["Laws"]

Array = NDArray[np.float64]
Numbers = Mapping[str, int]
"""From a parameter's field to its column among all numbers."""

_LAWS = {
    "lognormal": (lifetime.lognormal_log_delay, ("median", "sigma")),
    "gamma": (lifetime.gamma_log_delay, ("mean", "sd")),
    "weibull": (lifetime.weibull_log_delay, ("median", "shape")),
    "loglogistic": (lifetime.loglogistic_log_delay, ("median", "shape")),
}


class Laws:
    """Delays of all milestones.

    Parameters
    ----------
    dossier : Dossier
    numbers : mapping of str to int
    """

    def __init__(self, dossier: Dossier, numbers: Numbers) -> None:
        self.months = dossier.grid.months
        self.fixed = dossier.roadmap.log_delays(self.months)
        self.groups: list[tuple[str, bool, list[int], NDArray[np.int64]]] = []
        found: dict[tuple[str, bool], tuple[list[int], list[list[int]]]] = {}
        for k, milestone in enumerate(dossier.roadmap):
            family: str = dossier.milestones[milestone.name].delay.family
            if family in _LAWS:
                at, columns = found.setdefault((family, bool(milestone.after)), ([], []))
                at.append(k)
                names = (*_LAWS[family][1], "never")
                columns.append([numbers[f"milestone.{milestone.name}.delay.{name}"] for name in names])
        for (family, has_parents), (at, columns) in found.items():
            self.groups.append((family, has_parents, at, np.array(columns).T))

    def tables(self, draws: Array) -> tuple[Array, Array]:
        """Log pmf and log survival of every delay, each (draw, milestone, months)."""
        shape = (draws.shape[0], *self.fixed[0].shape)
        pmf, survival = (np.broadcast_to(table, shape).copy() for table in self.fixed)
        for family, has_parents, at, columns in self.groups:
            first, second, never = (draws[:, column] for column in columns)
            pmf[:, at], survival[:, at] = _LAWS[family][0](first, second, never, self.months, has_parents)
        return pmf, survival

    def back(self, draws: Array, tables: tuple[Array, Array], by_pmf: Array, by_survival: Array, out: Array) -> None:
        """Add to `out`, (draw, number), what derivatives by the tables are by the parameters."""
        for family, has_parents, at, columns in self.groups:
            first, second, never = (draws[:, column] for column in columns)
            log_pmf, log_survival, lags, outlived = (x[:, at] for x in (*tables, by_pmf, by_survival))
            slopes = SLOPES[family](first, second, self.months, has_parents)
            for column, value in zip(
                columns, through_law(log_pmf, log_survival, never, lags, outlived, slopes), strict=False
            ):
                out[:, column] += value
            out[:, columns[2]] += through_never(log_survival, never, lags, outlived)

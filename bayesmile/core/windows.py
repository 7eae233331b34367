"""Months that still have mass: the engine works only on these, so facts make it faster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.structure import Graph, needed_parents

__all__ = ["Window", "known", "windows"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Window:
    """Grid months `lo` to ``hi - 1`` and, as one more cell, *beyond* (kept even where it has no mass).

    `beyond` tells whether that last cell can have mass.
    """

    lo: int
    hi: int
    beyond: bool = True

    @property
    def cells(self) -> int:
        """Number of cells, the one for *beyond* included."""
        return self.hi - self.lo + 1

    @property
    def known(self) -> bool:
        """Whether one month at most is possible, on the grid or beyond."""
        return self.hi - self.lo + self.beyond <= 1


def windows(graph: Graph, log_pmf: Array, loglik: Array) -> tuple[Window, ...]:
    """Smallest window of every milestone that can hold posterior mass, for all draws of a batch at once.

    Parameters
    ----------
    graph : Graph
    log_pmf : array, shape (batch or 1, milestone, months)
    loglik : array, shape (batch or 1, milestone, months + 1)

    Returns
    -------
    tuple of Window
        One per milestone. Months outside have probability exactly zero in every draw.
    """
    months = log_pmf.shape[-1]
    lags = _ends((log_pmf > -np.inf).any(axis=0))
    rows = _ends((loglik[..., :-1] > -np.inf).any(axis=0))
    can_pass = ((loglik[..., -1] > -np.inf).any(axis=0)).tolist()
    lo, hi, parents = [0] * len(lags), [0] * len(lags), needed_parents(graph)
    for k, above in enumerate(parents):
        first, last = _ready([(lo[p], hi[p]) for p in above], graph.earliest[k])
        lo[k] = min(months, max(rows[k][0], first + lags[k][0]))
        hi[k] = max(lo[k], min(rows[k][1], last + lags[k][1] - 1, months))
    for k in range(len(lo) - 1, -1, -1):
        if can_pass[k] or (graph.earliest[k] and len(parents[k]) > 1):
            continue
        for p in parents[k]:
            can_pass[p] = False
            hi[p] = max(lo[p], min(hi[p], hi[k] - lags[k][0]))
    return tuple(Window(*ends) for ends in zip(lo, hi, can_pass, strict=True))


def known(cut: tuple[Window, ...]) -> frozenset[int]:
    """Milestones with at most one possible month."""
    return frozenset(k for k, window in enumerate(cut) if window.known)


def _ends(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one-past-last True of each row; (months, 0) where there is none."""
    months = mask.shape[-1]
    some = mask.any(axis=-1)
    first = np.where(some, mask.argmax(axis=-1), months)
    last = np.where(some, months - mask[:, ::-1].argmax(axis=-1), 0)
    return list(zip(first.tolist(), last.tolist(), strict=True))


def _ready(parents: list[tuple[int, int]], earliest: bool) -> tuple[int, int]:
    if not parents:
        return 0, 1
    if earliest:
        return min(lo for lo, _ in parents), max(hi for _, hi in parents)
    return max(lo for lo, _ in parents), max(hi for _, hi in parents)

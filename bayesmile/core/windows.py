"""Months that still have mass: the engine works only on these, so facts make it faster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.plan import Plan

__all__ = ["Window", "windows"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Window:
    """Grid months `lo` to ``hi - 1`` and, as one more cell, *beyond* (kept even where it has no mass)."""

    lo: int
    hi: int

    @property
    def cells(self) -> int:
        """Number of cells, the one for *beyond* included."""
        return self.hi - self.lo + 1


def windows(plan: Plan, log_pmf: Array, loglik: Array) -> tuple[Window, ...]:
    """Smallest window of every milestone that can hold posterior mass, for all draws of a batch at once.

    Parameters
    ----------
    plan : Plan
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
    lo, hi = [0] * len(lags), [0] * len(lags)
    for k, above in enumerate(plan.parents):
        first, last = _ready([(lo[p], hi[p]) for p in above], plan.earliest[k])
        lo[k] = min(months, max(rows[k][0], first + lags[k][0]))
        hi[k] = max(lo[k], min(rows[k][1], last + lags[k][1] - 1, months))
    for k in range(len(lo) - 1, -1, -1):
        if can_pass[k] or (plan.earliest[k] and len(plan.parents[k]) > 1):
            continue
        for p in plan.parents[k]:
            can_pass[p] = False
            hi[p] = max(lo[p], min(hi[p], hi[k] - lags[k][0]))
    return tuple(Window(a, b) for a, b in zip(lo, hi, strict=True))


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

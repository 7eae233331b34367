"""From a roadmap and what is known to the engine's arrays and back: the one place where both meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.cost import Cost, TooCostly
from bayesmile.core.posterior import log_marginal, posterior
from bayesmile.errors import ImpossibleEvidence, InvalidInput
from bayesmile.grid import MonthGrid
from bayesmile.known import Known
from bayesmile.roadmap import Roadmap
from bayesmile.rows import CompiledRow, compile_rows

__all__ = ["Solution", "solve"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Solution:
    """Arrays of one inference, milestones in the roadmap's topological order.

    Attributes
    ----------
    rows : tuple of CompiledRow
        One log-likelihood row per piece of evidence, with its constant and its items.
    log_pmf, log_survival : array, shape (milestone, months)
        Delays.
    loglik : array, shape (milestone, months + 1)
        All rows, summed.
    log_marginal : float
        log P(evidence), constants included.
    pmf : array, shape (milestone, months + 1)
        Posterior of every event month.
    """

    rows: tuple[CompiledRow, ...]
    log_pmf: Array
    log_survival: Array
    loglik: Array
    log_marginal: float
    pmf: Array


def solve(roadmap: Roadmap, grid: MonthGrid, known: Known, delays: tuple[Array, Array] | None = None) -> Solution:
    """Compile the evidence to rows, run the exact engine and refuse what is impossible or too large.

    Parameters
    ----------
    roadmap : Roadmap
    grid : MonthGrid
    known : Known
        Items and streams as of a date.
    delays : pair of array, optional
        Log pmf and log survival on this grid, where they are at hand already.

    Returns
    -------
    Solution

    Raises
    ------
    InvalidInput
        If an item names an unknown milestone, or the roadmap needs more than 1 GiB or 1e10 multiply-adds.
    ImpossibleEvidence
        If the evidence has zero probability; names a smallest set of items that already has.
    """
    log_pmf, log_survival = delays if delays is not None else roadmap.log_delays(grid.months)
    flat = np.zeros((len(roadmap), grid.months + 1))

    def prior(name: str) -> Array:
        return np.asarray(posterior(log_pmf, log_survival, flat, roadmap.graph).pmf[roadmap.number(name)])

    rows = tuple(compile_rows(known, grid, prior, names=roadmap.names))
    loglik = flat.copy()
    for row in rows:
        loglik[roadmap.number(row.milestone)] += row.loglik
    try:
        answer = posterior(log_pmf, log_survival, loglik, roadmap.graph)
    except TooCostly as refusal:
        raise InvalidInput(_too_costly(roadmap, grid, refusal.cost)) from None
    if answer.log_marginal == -np.inf:
        raise _impossible(roadmap, rows, log_pmf, log_survival)
    total = float(answer.log_marginal) + sum(row.constant for row in rows)
    return Solution(rows, log_pmf, log_survival, loglik, total, answer.pmf)


def _too_costly(roadmap: Roadmap, grid: MonthGrid, cost: Cost) -> str:
    held = ", ".join(roadmap.names[k] for k in cost.held)
    return (
        f"roadmap: the months of {held} would have to be held jointly, {cost.bytes / 2**30:.2g} GiB and"
        f" {cost.multiply_adds:.1e} multiply-adds at {grid.months} months; allowed are 1 GiB and 1e10:"
        " use fewer months, or fewer milestones that share several ancestors"
    )


def _impossible(
    roadmap: Roadmap, rows: tuple[CompiledRow, ...], log_pmf: Array, log_survival: Array
) -> ImpossibleEvidence:
    """Drop rows one by one while the rest stays impossible: what is left is a smallest contradictory set."""
    kept = [row for row in rows if np.isneginf(row.loglik).any()]
    for row in tuple(kept):
        rest = [other for other in kept if other is not row]
        loglik = np.zeros((len(roadmap), log_pmf.shape[1] + 1))
        for other in rest:
            loglik[roadmap.number(other.milestone)] += other.loglik
        if log_marginal(log_pmf, log_survival, loglik, roadmap.graph) == -np.inf:
            kept = rest
    labels = [row.label for row in kept]
    if len(labels) == 1:
        return ImpossibleEvidence(f"{labels[0]}: has probability zero under this roadmap", labels)
    return ImpossibleEvidence(f"{labels[0]} contradicts {'; '.join(labels[1:])}", labels)

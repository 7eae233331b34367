"""From a roadmap and what is known to the engine's arrays and back: the one place where both meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.cost import Cost, TooCostly
from bayesmile.core.posterior import Posterior, log_marginal, posterior
from bayesmile.errors import ImpossibleEvidence, InvalidInput
from bayesmile.grid import MonthGrid
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.roadmap import Roadmap
from bayesmile.rows import CompiledRow, compile_rows

__all__ = ["Delays", "Solution", "extend", "solve", "solve_rows"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Arrays of one inference, milestones in the roadmap's topological order.

    Attributes
    ----------
    rows : tuple of CompiledRow
        One log-likelihood row per piece of evidence, with its constant and its items.
    delays : Delays
    loglik : array, shape (milestone, months + 1)
        All rows, summed.
    log_marginal : float
        log P(evidence), constants included.
    pmf : array, shape (milestone, months + 1)
        Posterior of every event month.
    """

    rows: tuple[CompiledRow, ...]
    delays: Delays
    loglik: Array
    log_marginal: float
    pmf: Array


class Delays:
    """Delays of a roadmap on a grid, with the no-evidence posterior that guidance averages over, computed once.

    Attributes
    ----------
    log_pmf, log_survival : array, shape (milestone, months)
    """

    __slots__ = ("_prior", "log_pmf", "log_survival", "roadmap")

    def __init__(self, roadmap: Roadmap, grid: MonthGrid) -> None:
        self.roadmap = roadmap
        self.log_pmf, self.log_survival = roadmap.log_delays(grid.months)
        self._prior: Array | None = None

    def prior(self, name: str) -> Array:
        """No-evidence probability of each month of a milestone, shape (months + 1,)."""
        if self._prior is None:
            flat = np.zeros((self.log_pmf.shape[0], self.log_pmf.shape[1] + 1))
            self._prior = self.posterior(flat).pmf
        return np.asarray(self._prior[self.roadmap.number(name)])

    def posterior(self, loglik: Array) -> Posterior:
        """Run the engine on rows of shape (milestone, months + 1); refuse what is too large, naming the milestones."""
        try:
            return posterior(self.log_pmf, self.log_survival, loglik, self.roadmap.graph)
        except TooCostly as refusal:
            raise InvalidInput(_too_costly(self.roadmap, self.log_pmf.shape[1], refusal.cost)) from None


def solve(roadmap: Roadmap, grid: MonthGrid, known: Known, delays: Delays | None = None) -> Solution:
    """Compile the evidence to rows, run the exact engine and refuse what is impossible or too large.

    Parameters
    ----------
    roadmap : Roadmap
    grid : MonthGrid
    known : Known
        Items and streams as of a date.
    delays : Delays, optional
        Those of this roadmap on this grid, where they are at hand already.

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
    delays = delays or Delays(roadmap, grid)
    return solve_rows(delays, compile_rows(known, grid, marginals=delays.prior, names=roadmap.names))


def solve_rows(delays: Delays, rows: Iterable[CompiledRow]) -> Solution:
    """Do what `solve` does with rows that are at hand."""
    rows = tuple(rows)
    return _finish(delays.roadmap, delays, rows, _sum_rows(delays.roadmap, delays.log_pmf.shape[1], rows))


def extend(solution: Solution, grid: MonthGrid, items: Sequence[Item]) -> Solution:
    """Add the rows of further items to those at hand; not for announcements and guidance, which change older rows.

    Parameters
    ----------
    solution : Solution
    grid : MonthGrid
    items : sequence of Item

    Raises
    ------
    InvalidInput, ImpossibleEvidence
        As in `solve`.
    """
    roadmap = solution.delays.roadmap
    rows = tuple(compile_rows(items, grid, names=roadmap.names))
    loglik = solution.loglik + _sum_rows(roadmap, grid.months, rows)
    return _finish(roadmap, solution.delays, (*solution.rows, *rows), loglik)


def _finish(roadmap: Roadmap, delays: Delays, rows: tuple[CompiledRow, ...], loglik: Array) -> Solution:
    answer = delays.posterior(loglik)
    if answer.log_marginal == -np.inf:
        raise _impossible(delays, rows)
    total = float(answer.log_marginal) + sum(row.constant for row in rows)
    return Solution(rows, delays, loglik, total, answer.pmf)


def _sum_rows(roadmap: Roadmap, months: int, rows: Iterable[CompiledRow]) -> Array:
    loglik = np.zeros((len(roadmap), months + 1))
    for row in rows:
        loglik[roadmap.number(row.milestone)] += row.loglik
    return loglik


def _too_costly(roadmap: Roadmap, months: int, cost: Cost) -> str:
    held = ", ".join(roadmap.names[k] for k in cost.held)
    return (
        f"roadmap: the months of {held} would have to be held jointly, {cost.bytes / 2**30:.2g} GiB and"
        f" {cost.multiply_adds:.1e} multiply-adds at {months} months; allowed are 1 GiB and 1e10:"
        " use fewer months, or fewer milestones that share several ancestors"
    )


def _impossible(delays: Delays, rows: tuple[CompiledRow, ...]) -> ImpossibleEvidence:
    """Drop rows one by one while the rest stays impossible: what is left is a smallest contradictory set."""
    roadmap, months = delays.roadmap, delays.log_pmf.shape[1]
    kept = [row for row in rows if np.isneginf(row.loglik).any()]
    for row in tuple(kept):
        rest = [other for other in kept if other is not row]
        loglik = _sum_rows(roadmap, months, rest)
        if log_marginal(delays.log_pmf, delays.log_survival, loglik, roadmap.graph) == -np.inf:
            kept = rest
    labels = [row.label for row in kept]
    if len(labels) == 1:
        return ImpossibleEvidence(f"{labels[0]}: has probability zero under this roadmap", labels)
    return ImpossibleEvidence(f"{labels[0]} contradicts {'; '.join(labels[1:])}", labels)

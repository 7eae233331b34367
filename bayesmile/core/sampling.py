"""Exact joint draws of all event months from the posterior: the forward pass, walked backward with dice.

Every step of a plan sums some months out; drawn in reverse, those months are sampled given all that came later, each
from the terms that the step had summed (forward filtering, backward sampling on a graph).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.cost import TooCostly, count_cost
from bayesmile.core.messages import Messages, forward, make_problem
from bayesmile.core.plan import Close, Join, Meet, Open, Sum, Transit, make_plan
from bayesmile.core.structure import Graph
from bayesmile.core.windows import known, windows
from bayesmile.errors import ImpossibleEvidence

__all__ = ["draw_months"]

CHUNK_CELLS = 1 << 20
"""Draws at once times months: about 50 MB of working memory."""

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Key = tuple[str, int]


def draw_months(
    log_pmf: Array, log_survival: Array, loglik: Array, graph: Graph, *, draws: int, rng: np.random.Generator
) -> Whole:
    """Independent joint draws of every milestone's month from the exact posterior.

    Parameters
    ----------
    log_pmf, log_survival : array, shape (milestone, months)
    loglik : array, shape (milestone, months + 1)
        As for `bayesmile.core.posterior.posterior`, without a batch axis.
    graph : Graph
    draws : int
        Number of draws.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    array of int, shape (draws, milestone)
        Month indices; ``months`` means *beyond*.

    Raises
    ------
    ImpossibleEvidence
        If the evidence has zero probability.
    TooCostly
        See `bayesmile.core.posterior.posterior`.
    """
    arrays = (log_pmf[None], log_survival[None], loglik[None])
    cut = windows(graph, arrays[0], arrays[2])
    plan = make_plan(graph, known(cut))
    cost = count_cost(plan, cut)
    if cost.excessive:
        raise TooCostly(cost)
    run = forward(make_problem(plan, cut, *arrays))
    if run.log_marginal()[0] == -np.inf:
        raise ImpossibleEvidence("the evidence has zero probability: there is nothing to draw from")
    size = max(1, CHUNK_CELLS // max(window.cells for window in cut))
    with np.errstate(under="ignore"):
        parts = [_Walk(run, min(size, draws - done), rng).months() for done in range(0, draws, size)]
    return np.concatenate(parts)


class _Walk:
    """One reverse walk over a forward pass; `cell` holds the drawn cell of every variable, an array over draws."""

    def __init__(self, run: Messages, draws: int, rng: np.random.Generator) -> None:
        self.run, self.draws, self.rng = run, draws, rng
        self.cell: dict[int, Whole] = {}
        self.live: dict[int, Whole] = {}

    def months(self) -> Whole:
        """Walk the plan backward, then the hanging milestones forward."""
        plan = self.run.problem.plan
        for step in reversed(plan.steps):
            match step:
                case Transit():
                    self._transit(step)
                case Join():
                    self._join(step)
                case Meet():
                    self._meet(step)
                case Open():
                    self.live[step.source] = self.cell[step.k]
                case Sum():
                    self.live[step.source] = self._pick(self._slice(step.source))
                case Close():
                    self._close(step)
        self._descend()
        out = np.empty((self.draws, len(plan.parents)), dtype=np.int64)
        beyond = self.run.problem.log_pmf.shape[-1]
        for k, window in enumerate(self.run.problem.windows):
            cell = self.cell[k]
            out[:, k] = np.where(cell == window.cells - 1, beyond, cell + window.lo)
        return out

    def _pick(self, weights: Array) -> Whole:
        """One cell per draw, in proportion to the weights of its row (in the run's arithmetic)."""
        arithmetic = self.run.arithmetic
        cumulated = np.cumsum(arithmetic.decode(arithmetic.over(weights, weights.max(axis=-1, keepdims=True))), axis=-1)
        level = self.rng.random((self.draws, 1)) * cumulated[:, -1:]
        # A level that rounds up to the total must still fall on a cell with mass.
        last = (cumulated < cumulated[:, -1:]).sum(axis=-1)
        return np.asarray(np.minimum((cumulated <= level).sum(axis=-1), last))

    def _slice(self, number: int, without: int | None = None) -> Array:
        """Tensor `number` at the drawn cells of its open axes, shape (draws, [axis `without`,] [live])."""
        axes = self.run.problem.plan.tensors[number].axes
        tensor = self.run.tensors[number][0]
        if without is not None:
            tensor = np.moveaxis(tensor, axes.index(without), len(axes) - 1)
            axes = tuple(axis for axis in axes if axis != without)
        taken = tensor[tuple(self.cell[axis] for axis in axes)] if axes else tensor[None]
        return np.broadcast_to(taken, (self.draws, *taken.shape[1:]))

    def _close(self, step: Close) -> None:
        times, many = self.run.arithmetic.times, np.arange(self.draws)
        product = np.full((self.draws, self.run.problem.windows[step.axis].cells), self.run.arithmetic.one)
        for number in step.weights:
            product = times(product, self._slice(number, without=step.axis))
        if step.rows is not None:
            live = self.live[step.target]
            product = times(product, self._slice(step.rows, without=step.axis)[many, :, live])
            self.live[step.rows] = live
        self.cell[step.axis] = self._pick(product)

    def _transit(self, step: Transit) -> None:
        plan = self.run.problem.plan
        self.cell[step.k] = self.live[step.target]
        if step.source is None or plan.tensors[step.source].identity:
            return
        ready, starts = self._slice(step.source), self._month_of(step.source)
        self.live[step.source] = self._pick(self.run.arithmetic.times(ready, self._reach(step.k, starts)))

    def _meet(self, step: Meet) -> None:
        """Where the month that met the axis was; the axis itself is drawn already."""
        self.cell[step.k] = self.live[step.target]
        window = self.run.problem.windows[step.axis]
        cell, later = self.cell[step.axis][:, None], np.minimum if step.earliest else np.maximum
        axis = np.where(cell == window.cells - 1, self.run.problem.log_pmf.shape[-1], cell + window.lo)
        reach = self._reach(step.k, later(axis, self._month_of(step.source)))
        self.live[step.source] = self._pick(self.run.arithmetic.times(self._slice(step.source), reach))

    def _reach(self, k: int, starts: Whole) -> Array:
        """Probability of the drawn month of milestone k from each ready month, shape (draws, ready)."""
        run, window = self.run, self.run.problem.windows[k]
        months = run.problem.log_pmf.shape[-1]
        cell = self.cell[k][:, None]
        lag, beyond = cell + window.lo - starts, cell == window.cells - 1
        possible = (lag >= 0) & (starts < months)
        inside = np.where(possible, run.pmf[0, k][np.clip(lag, 0, months - 1)], run.arithmetic.zero)
        passed = np.where(starts < months, run.survival[0, k][np.maximum(months - 1 - starts, 0)], run.arithmetic.one)
        return np.asarray(np.where(beyond, passed, inside))

    def _join(self, step: Join) -> None:
        """Which input decided the joined month, and where the other one was."""
        run, live = self.run, self.live[step.target]
        lo, beyond = run.lo[step.target], run.tensors[step.target].shape[-1] - 1
        month = np.where(live == beyond, run.problem.log_pmf.shape[-1], live + lo)
        left, right = self._at(step.left, month), self._at(step.right, month)
        both = run.arithmetic.times(left.at, right.at)
        other = "above" if step.earliest else "below"
        times = run.arithmetic.times
        by_left, by_right = times(left.at, getattr(right, other)), times(getattr(left, other), right.at)
        case = self._pick(np.stack((both, by_left, by_right), axis=-1))
        self.live[step.left] = np.where(case == 2, self._elsewhere(step.left, month, step.earliest), left.cell)
        self.live[step.right] = np.where(case == 1, self._elsewhere(step.right, month, step.earliest), right.cell)

    def _month_of(self, number: int) -> Whole:
        size = self.run.tensors[number].shape[-1]
        months = self.run.lo[number] + np.arange(size)
        months[-1] = self.run.problem.log_pmf.shape[-1]
        return months

    def _at(self, number: int, month: Whole) -> _Split:
        """Mass of an input at, below and above the drawn joined month."""
        run, values, months = self.run, self._slice(number), self._month_of(number)
        at, cell = np.full(self.draws, run.arithmetic.zero), np.searchsorted(months, month)
        found = months[np.minimum(cell, len(months) - 1)] == month
        many = np.arange(self.draws)
        at[found] = values[many[found], cell[found]]
        sides = (months < month[:, None], months > month[:, None])
        parts = [np.where(side, values, run.arithmetic.zero) for side in sides]
        below, above = (np.asarray(run.arithmetic.total(part, axis=-1)) for part in parts)
        return _Split(at, below, above, np.minimum(cell, len(months) - 1))

    def _elsewhere(self, number: int, month: Whole, earliest: bool) -> Whole:
        """Draw a cell strictly after (`earliest`) or before the joined month; any cell where there is none."""
        months = self._month_of(number)
        keep = months > month[:, None] if earliest else months < month[:, None]
        weights = np.where(keep, self._slice(number), self.run.arithmetic.zero)
        none = (weights == self.run.arithmetic.zero).all(axis=-1)
        weights[none] = self.run.arithmetic.one
        return self._pick(weights)

    def _descend(self) -> None:
        run, plan = self.run, self.run.problem.plan
        months = run.problem.log_pmf.shape[-1]
        for k, hangs in enumerate(plan.hanging):
            if not hangs:
                continue
            above, window = run.problem.windows[plan.parents[k][0]], run.problem.windows[k]
            start = np.where(
                self.cell[plan.parents[k][0]] == above.cells - 1, months, self.cell[plan.parents[k][0]] + above.lo
            )[:, None]
            lag = window.lo + np.arange(window.cells - 1) - start
            weights = np.full((self.draws, window.cells), run.arithmetic.zero)
            weights[:, :-1] = np.where(lag >= 0, run.pmf[0, k][np.clip(lag, 0, months - 1)], run.arithmetic.zero)
            weights[:, :-1] = np.where(start == months, run.arithmetic.zero, weights[:, :-1])
            survived = run.survival[0, k][np.clip(months - 1 - start[:, 0], 0, months - 1)]
            weights[:, -1] = np.where(start[:, 0] == months, run.arithmetic.one, survived)
            self.cell[k] = self._pick(run.arithmetic.times(weights, run.weight[k]))


class _Split:
    """Mass of a join's input at, below and above a month, and the cell of that month."""

    __slots__ = ("above", "at", "below", "cell")

    def __init__(self, at: Array, below: Array, above: Array, cell: Whole) -> None:
        self.at, self.below, self.above, self.cell = at, below, above, cell

"""Exact sums over all event months: one pass of messages forward, following a `Plan`.

The pass sums every event month out of the joint distribution. All terms are nonnegative. Its derivative
(`bayesmile.core.derivatives`) gives the posteriors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.arithmetic import LINEAR, Arithmetic, log_space
from bayesmile.core.plan import Close, Join, Meet, Open, Plan, Step, Sum, Transit
from bayesmile.core.tensors import moved, over_axes, planes, spread
from bayesmile.core.windows import Window

__all__ = ["Messages", "Problem", "closing_table", "closing_weight", "forward", "forward_in", "make_problem"]

Array = NDArray[np.float64]

LINEAR_RANGE = 700.0
"""Nats below the largest cell that a double still represents as a normal number (its limit is 708)."""

LEAST_MARGINAL = 1e-130
"""Marginal likelihood of scaled rows down to which plain arithmetic keeps all digits that a double has."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One batch ready for the passes, in logarithms.

    Attributes
    ----------
    plan : Plan
    windows : tuple of Window
    log_pmf, log_survival : array, shape (batch or 1, milestone, months)
    rows : array, shape (batch or 1, milestone, months + 1)
        Log-likelihood rows, -inf outside the windows, each with its largest value taken out.
    offset : array, shape (batch or 1,)
        What was taken out, summed.
    """

    plan: Plan
    windows: tuple[Window, ...]
    log_pmf: Array
    log_survival: Array
    rows: Array
    offset: Array


def make_problem(plan: Plan, cut: tuple[Window, ...], log_pmf: Array, log_survival: Array, loglik: Array) -> Problem:
    """Rule out the months without mass and scale each row to a maximum of zero."""
    rows, months = loglik, loglik.shape[2] - 1
    for k, window in enumerate(cut):
        if window.lo > 0 or window.hi < months or not window.beyond:
            rows = rows if rows is not loglik else loglik.copy()
            rows[:, k, : window.lo] = -np.inf
            rows[:, k, window.hi : months if window.beyond else months + 1] = -np.inf
    top = rows.max(axis=2)
    top[top == -np.inf] = 0.0
    return Problem(plan, cut, log_pmf, log_survival, rows - top[:, :, None], np.asarray(top.sum(axis=1)))


class Messages:
    """Tensors of one forward pass in one arithmetic; shape (batch or 1, open axes, live axis)."""

    __slots__ = ("arithmetic", "lo", "pmf", "problem", "survival", "tensors", "up", "weight")

    def __init__(self, problem: Problem, arithmetic: Arithmetic) -> None:
        self.problem, self.arithmetic = problem, arithmetic
        count = len(problem.plan.tensors)
        self.tensors: list[Array] = [np.empty(0)] * count
        self.lo: list[int] = [0] * count
        self.up: dict[int, Array] = {}
        self.pmf: Array = arithmetic.encode(problem.log_pmf)
        self.survival: Array = arithmetic.encode(problem.log_survival)
        rows: Array = arithmetic.encode(problem.rows)
        self.weight: list[Array] = [_cut(rows[:, k], window) for k, window in enumerate(problem.windows)]
        for number, tensor in enumerate(problem.plan.tensors):
            if (tensor.identity or tensor.point) and tensor.live is not None:
                window = problem.windows[tensor.live[1]]
                eye = _identity(window.cells, arithmetic.zero, arithmetic.one)
                self.tensors[number], self.lo[number] = eye if tensor.identity else eye[:, 0], window.lo

    def delay(self, k: int) -> tuple[Array, Array]:
        """Delay pmf and survival of milestone k, shape (batch or 1, months)."""
        return self.pmf[:, k], self.survival[:, k]

    def ready(self, source: int | None) -> tuple[Array, int]:
        """Ready-month tensor of a transit and the month of its first cell; month 0 where there is no parent."""
        if source is None:
            return np.array([[self.arithmetic.one, self.arithmetic.zero]]), 0
        return self.tensors[source], self.lo[source]

    def marginal(self) -> Array:
        """Marginal likelihood of the scaled rows, shape (batch,)."""
        results = self.problem.plan.results
        total = self.tensors[results[0]] if results else np.full(1, self.arithmetic.one)
        for number in results[1:]:
            total = self.arithmetic.times(total, self.tensors[number])
        return total

    def log_marginal(self) -> Array:
        """Logarithm of the marginal likelihood of the rows as given, shape (batch,).

        Parts of the roadmap that nothing joins are added as logarithms: their product may underflow.
        """
        total = self.problem.offset
        for number in self.problem.plan.results:
            total = total + self.arithmetic.log(self.tensors[number])
        return np.asarray(total)


@lru_cache(maxsize=16)
def _identity(cells: int, zero: float, one: float) -> Array:
    """Read-only identity over one axis, shape (1, cells, cells); made once for all passes."""
    eye = np.full((1, cells, cells), zero)
    eye[0, np.arange(cells), np.arange(cells)] = one
    eye.setflags(write=False)
    return eye


def _cut(row: Array, window: Window) -> Array:
    """Cells of a window, the one for *beyond* last."""
    if window.hi == row.shape[1] - 1:
        return row[:, window.lo :]
    return np.concatenate((row[:, window.lo : window.hi], row[:, -1:]), axis=1)


def forward(problem: Problem, *, keep: bool = True, strict: bool = True) -> Messages:
    """Forward pass, in plain arithmetic where nothing that matters underflows and in log space otherwise.

    Strictly, any product below 1e-308, which the processor's underflow flag tells, and any range above 700 nats sends
    the pass to log space: posteriors of 1e-300 keep their digits. Otherwise the marginal likelihood decides. Rows are
    scaled to a maximum of one, so every message and derivative is a probability or less, and what underflows loses at
    most 1e-308: while the marginal stays above 1e-130, less than 1e-160 of it and of every posterior.

    Parameters
    ----------
    problem : Problem
    keep : bool
        Whether the messages are needed afterwards; if not, each is dropped once used, and its memory used again.
    strict : bool
    """
    if not strict:
        with np.errstate(under="ignore"):
            run = forward_in(LINEAR, problem, keep=keep)
            return run if (run.marginal() > LEAST_MARGINAL).all() else forward_in(log_space(), problem, keep=keep)
    if _fits(problem):
        try:
            with np.errstate(under="raise"):
                return forward_in(LINEAR, problem, keep=keep)
        except FloatingPointError:
            pass
    with np.errstate(under="ignore"):
        return forward_in(log_space(), problem, keep=keep)


def _fits(problem: Problem) -> bool:
    arrays = (problem.log_pmf, problem.log_survival, problem.rows)
    return not any(bool(((x < -LINEAR_RANGE) & (x > -np.inf)).any()) for x in arrays)


def forward_in(arithmetic: Arithmetic, problem: Problem, *, keep: bool = True) -> Messages:
    """Forward pass in a given arithmetic."""
    run = Messages(problem, arithmetic)
    plan, times = run.problem.plan, run.arithmetic.times
    for k in range(len(plan.parents) - 1, -1, -1):
        if plan.hanging[k]:
            (p,) = plan.parents[k]
            los = run.problem.windows[p].lo, run.problem.windows[k].lo
            below, above = run.weight[k][:, None], run.weight[p][:, None]
            one = np.full(below.shape[-1], run.arithmetic.one)
            run.up[k] = run.arithmetic.transit_back(below, one, above, *run.delay(k), 0, *los)[0][:, 0]
            run.weight[p] = times(run.weight[p], run.up[k])
    for step in plan.steps:
        match step:
            case Transit():
                _transit(run, step)
            case Join():
                _join(run, step)
            case Meet():
                _meet(run, step)
            case Open():
                position = 1 + plan.tensors[step.target].axes.index(step.k)
                run.tensors[step.target] = moved(run.tensors[step.source], -1, position)
            case Sum():
                run.tensors[step.target] = run.arithmetic.total(run.tensors[step.source], axis=-1)
            case Close():
                _close(run, step)
        if not keep:
            for number in _consumed(step):
                run.tensors[number] = np.empty(0)
    return run


def _consumed(step: Step) -> tuple[int, ...]:
    """Tensors that a step takes and that no later step needs."""
    match step:
        case Transit(source=source):
            return () if source is None else (source,)
        case Join():
            return step.left, step.right
        case Close(rows=rows):
            return step.weights if rows is None else (*step.weights, rows)
        case Meet() | Open() | Sum():
            return (step.source,)


def _transit(run: Messages, step: Transit) -> None:
    ready, lo = run.ready(step.source)
    window, tensors = run.problem.windows[step.k], run.problem.plan.tensors
    pmf, survival = run.delay(step.k)
    row = run.weight[step.k]
    if step.source is not None and tensors[step.source].identity:
        event = run.arithmetic.branch(ready[0, 0], pmf, survival, row, lo, window.lo)
    else:
        event = run.arithmetic.transit(planes(ready, ready.shape[1:]), pmf, survival, row, lo, window.lo)
    run.tensors[step.target] = event.reshape(event.shape[0], *ready.shape[1:-1], event.shape[-1])
    run.lo[step.target] = window.lo


def _meet(run: Messages, step: Meet) -> None:
    axes, axis = run.problem.plan.tensors[step.target].axes, run.problem.windows[step.axis]
    window, h = run.problem.windows[step.k], run.tensors[step.source]
    kernel, _ = run.arithmetic.meet(step.earliest)
    pmf, survival, row = (over_axes(x, len(axes) - 1) for x in (*run.delay(step.k), run.weight[step.k]))
    event = kernel(h, pmf, survival, row, np.empty(axis.cells), axis.lo, run.lo[step.source], window.lo)
    run.tensors[step.target] = moved(event, -2, 1 + axes.index(step.axis))
    run.lo[step.target] = window.lo


def _join(run: Messages, step: Join) -> None:
    tensors = run.problem.plan.tensors
    axes = tensors[step.target].axes
    left, right = run.tensors[step.left], run.tensors[step.right]
    lo_l, lo_r = run.lo[step.left], run.lo[step.right]
    lo = min(lo_l, lo_r) if step.earliest else max(lo_l, lo_r)
    hi = max(lo, lo_l + left.shape[-1] - 1, lo_r + right.shape[-1] - 1)
    kernel, _ = run.arithmetic.join(step.earliest)
    f, h = spread(left, tensors[step.left].axes, axes), spread(right, tensors[step.right].axes, axes)
    run.tensors[step.target] = kernel(f, h, np.empty(hi - lo + 1), lo_l, lo_r, lo)
    run.lo[step.target] = lo


def _close(run: Messages, step: Close) -> None:
    rows = step.rows
    weight, axes = closing_weight(run, step)
    if rows is None:
        run.tensors[step.target] = run.arithmetic.total(weight, axis=1 + axes.index(step.axis))
        return
    table, position = closing_table(run, step, axes)
    if run.problem.plan.tensors[rows].identity:
        run.tensors[step.target] = moved(weight, position, -1)
    elif step.weights:
        run.tensors[step.target] = run.arithmetic.mix(moved(weight, position, -1), table)
    else:
        run.tensors[step.target] = run.arithmetic.total(table, axis=-2)
    run.lo[step.target] = run.lo[rows]


def closing_weight(run: Messages, step: Close) -> tuple[Array, tuple[int, ...]]:
    """Product of a closing's weights over the closing's axes (its own included), and those axes."""
    tensors = run.problem.plan.tensors
    axes = tuple(sorted((*tensors[step.target].axes, step.axis)))
    product: Array | None = None
    for number in step.weights:
        factor = spread(run.tensors[number], tensors[number].axes, axes)
        product = factor if product is None else run.arithmetic.times(product, factor)
    return (np.full((1,) * (1 + len(axes)), run.arithmetic.one) if product is None else product), axes


def closing_table(run: Messages, step: Close, axes: tuple[int, ...]) -> tuple[Array, int]:
    """Rows tensor of a closing with its closed axis next to the live one, and where that axis stood."""
    assert step.rows is not None
    position = 1 + axes.index(step.axis)
    rows = spread(run.tensors[step.rows], run.problem.plan.tensors[step.rows].axes, axes)
    return moved(rows, position, -2), position

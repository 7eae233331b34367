"""Exact posteriors of all event months: one pass of messages forward, its transpose backward.

The forward pass sums every event month out of the joint distribution, following a `Plan`; the backward pass is the
derivative of that sum, and because the sum is multilinear in delays and rows, it gives all marginals and all expected
delay counts at once [1]_. All terms are nonnegative in both directions.

References
----------
.. [1] A. Darwiche, "A differential approach to inference in Bayesian networks", Journal of the ACM 50(3), 2003.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.arithmetic import LINEAR, LOG, Arithmetic
from bayesmile.core.plan import Close, Join, Open, Plan, Sum, Transit
from bayesmile.core.windows import Window

__all__ = ["Backward", "Messages", "Problem", "backward", "forward", "forward_in", "make_problem", "spread"]

Array = NDArray[np.float64]

LINEAR_RANGE = 700.0
"""Nats below the largest cell that a double still represents as a normal number (its limit is 708)."""


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
        if window.lo > 0 or window.hi < months:
            rows = rows if rows is not loglik else loglik.copy()
            rows[:, k, : window.lo] = -np.inf
            rows[:, k, window.hi : months] = -np.inf
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
            if tensor.identity and tensor.live is not None:
                window = problem.windows[tensor.live[1]]
                self.tensors[number] = _identity(window.cells, arithmetic.zero, arithmetic.one)
                self.lo[number] = window.lo

    def delay(self, k: int, axes: int) -> tuple[Array, Array]:
        """Delay pmf and survival of milestone k, shaped to broadcast over `axes` open axes."""
        pmf, survival = self.pmf[:, k], self.survival[:, k]
        if axes:
            shape = (pmf.shape[0], *(1,) * axes, pmf.shape[1])
            return pmf.reshape(shape), survival.reshape(shape)
        return pmf, survival

    def row(self, k: int, axes: int) -> Array:
        """Row of milestone k times the messages of what hangs from it, shaped to broadcast over open axes."""
        weight = self.weight[k]
        return weight.reshape(weight.shape[0], *(1,) * axes, weight.shape[1]) if axes else weight

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


def _moved(x: Array, source: int, target: int) -> Array:
    """`numpy.moveaxis` for one axis, several times faster."""
    start, end = source % x.ndim, target % x.ndim
    if start == end:
        return x
    order = list(range(x.ndim))
    order.insert(end, order.pop(start))
    return x.transpose(order)


def _filled(x: Array, shape: tuple[int, ...]) -> Array:
    """Copy of `x` broadcast to a shape; for these sizes quicker to make, and to use, than a view."""
    out = np.empty(shape)
    out[...] = x
    return out


def spread(x: Array, have: tuple[int, ...], want: tuple[int, ...]) -> Array:
    """View of `x` with a length-one axis for every open axis of `want` that it lacks."""
    if have == want:
        return x
    return x[(slice(None), *(slice(None) if axis in have else None for axis in want))]


def forward(problem: Problem) -> Messages:
    """Forward pass, in plain arithmetic where nothing underflows and in log space otherwise.

    Underflow is not guessed: ranges above 700 nats go to log space at once, and the processor's underflow flag, raised
    by any product below 1e-308, sends the pass there too. Both arithmetics give the same answer to rounding.
    """
    if _fits(problem):
        try:
            with np.errstate(under="raise"):
                return forward_in(LINEAR, problem)
        except FloatingPointError:
            pass
    with np.errstate(under="ignore"):
        return forward_in(LOG, problem)


def _fits(problem: Problem) -> bool:
    arrays = (problem.log_pmf, problem.log_survival, problem.rows)
    return not any(bool(((x < -LINEAR_RANGE) & (x > -np.inf)).any()) for x in arrays)


def forward_in(arithmetic: Arithmetic, problem: Problem) -> Messages:
    """Forward pass in a given arithmetic."""
    run = Messages(problem, arithmetic)
    plan, times = run.problem.plan, run.arithmetic.times
    for k in range(len(plan.parents) - 1, -1, -1):
        if plan.hanging[k]:
            (p,) = plan.parents[k]
            lo_p, lo_k = run.problem.windows[p].lo, run.problem.windows[k].lo
            pmf, survival = run.delay(k, 0)
            run.up[k] = run.arithmetic.transit_back(run.weight[k], pmf, survival, run.weight[p], lo_p, lo_k)
            run.weight[p] = times(run.weight[p], run.up[k])
    for step in plan.steps:
        match step:
            case Transit():
                _transit(run, step)
            case Join():
                _join(run, step)
            case Open():
                position = 1 + plan.tensors[step.target].axes.index(step.k)
                run.tensors[step.target] = _moved(run.tensors[step.source], -1, position)
            case Sum():
                run.tensors[step.target] = run.arithmetic.total(run.tensors[step.source], axis=-1)
            case Close():
                _close(run, step)
    return run


def _transit(run: Messages, step: Transit) -> None:
    axes = len(run.problem.plan.tensors[step.target].axes)
    ready, lo = run.ready(step.source)
    window = run.problem.windows[step.k]
    pmf, survival = run.delay(step.k, axes)
    row = run.row(step.k, axes)
    if step.source is not None and run.problem.plan.tensors[step.source].identity:
        cells = np.arange(ready.shape[-1])
        cells[-1] = -1
        run.tensors[step.target] = run.arithmetic.branch(cells, pmf, survival, row, lo, window.lo)
    else:
        run.tensors[step.target] = run.arithmetic.transit(ready, pmf, survival, row, lo, window.lo)
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
    weight, axes = _weight(run, step)
    if rows is None:
        run.tensors[step.target] = run.arithmetic.total(weight, axis=1 + axes.index(step.axis))
        return
    table, position = _table(run, step, axes)
    if step.weights:
        run.tensors[step.target] = run.arithmetic.mix(_moved(weight, position, -1), table)
    else:
        run.tensors[step.target] = run.arithmetic.total(table, axis=-2)
    run.lo[step.target] = run.lo[rows]


def _weight(run: Messages, step: Close) -> tuple[Array, tuple[int, ...]]:
    """Product of a closing's weights over the closing's axes (its own included), and those axes."""
    tensors = run.problem.plan.tensors
    axes = tuple(sorted((*tensors[step.target].axes, step.axis)))
    product: Array | None = None
    for number in step.weights:
        factor = spread(run.tensors[number], tensors[number].axes, axes)
        product = factor if product is None else run.arithmetic.times(product, factor)
    return (np.full((1,) * (1 + len(axes)), run.arithmetic.one) if product is None else product), axes


def _table(run: Messages, step: Close, axes: tuple[int, ...]) -> tuple[Array, int]:
    """Rows tensor of a closing with its closed axis next to the live one, and where that axis stood."""
    assert step.rows is not None
    position = 1 + axes.index(step.axis)
    rows = spread(run.tensors[step.rows], run.problem.plan.tensors[step.rows].axes, axes)
    return _moved(rows, position, -2), position


class Backward:
    """Derivatives of the marginal likelihood with respect to every tensor, delay and row of a forward pass."""

    __slots__ = ("bars", "joint", "lags", "outlived", "run", "want_lags")

    def __init__(self, run: Messages, want_lags: bool) -> None:
        self.run, self.want_lags = run, want_lags
        self.bars: list[Array] = [np.empty(0)] * len(run.tensors)
        self.joint: dict[int, Array] = {}
        self.lags: dict[int, Array] = {}
        self.outlived: dict[int, Array] = {}

    def reduce(self, bar: Array, axes: tuple[int, ...], keep: tuple[int, ...]) -> Array:
        """Sum a derivative over the open axes that its tensor does not have."""
        gone = tuple(1 + i for i, axis in enumerate(axes) if axis not in keep)
        return np.asarray(self.run.arithmetic.total(bar, axis=gone)) if gone else bar

    def put(self, number: int, bar: Array, axes: tuple[int, ...]) -> None:
        """Store the derivative with respect to tensor `number`, summed to its axes."""
        self.bars[number] = self.reduce(bar, axes, self.run.problem.plan.tensors[number].axes)


def backward(run: Messages, *, lags: bool = False) -> Backward:
    """Backward pass: joint probability of each milestone's month with the evidence, and delay counts on request."""
    state = Backward(run, lags)
    plan = run.problem.plan
    for number in plan.results:
        rest = np.full(1, run.arithmetic.one)
        for other in plan.results:
            if other != number:
                rest = run.arithmetic.times(rest, run.tensors[other])
        state.bars[number] = rest
    for step in reversed(plan.steps):
        match step:
            case Transit():
                _transit_back(state, step)
            case Join():
                _join_back(state, step)
            case Open():
                position = 1 + plan.tensors[step.target].axes.index(step.k)
                state.bars[step.source] = _moved(state.bars[step.target], position, -1)
            case Sum():
                shape = run.tensors[step.source].shape
                bar = state.bars[step.target][..., None]
                state.bars[step.source] = _filled(bar, (max(bar.shape[0], shape[0]), *shape[1:]))
            case Close():
                _close_back(state, step)
    _descend(state)
    return state


def _transit_back(state: Backward, step: Transit) -> None:
    run, plan = state.run, state.run.problem.plan
    times, axes = run.arithmetic.times, plan.tensors[step.target].axes
    bar = state.bars[step.target]
    window = run.problem.windows[step.k]
    state.joint[step.k] = _overlap(run, run.tensors[step.target], bar)
    ready, lo = run.ready(step.source)
    onward = step.source is not None and not plan.tensors[step.source].identity
    if not (onward or state.want_lags):
        return
    weighted = times(bar, run.row(step.k, len(axes)))
    pmf, survival = run.delay(step.k, len(axes))
    if onward and step.source is not None:
        state.bars[step.source] = run.arithmetic.transit_back(weighted, pmf, survival, ready, lo, window.lo)
    if state.want_lags:
        sums = run.arithmetic.expected_lags(ready, weighted, np.empty(pmf.shape[-1]), lo, window.lo)
        state.lags[step.k] = times(state.reduce(sums[0], axes, ()), run.pmf[:, step.k])
        state.outlived[step.k] = times(state.reduce(sums[1], axes, ()), run.survival[:, step.k])


def _overlap(run: Messages, x: Array, bar: Array) -> Array:
    """Sum of a tensor times its derivative over all open axes, shape (batch or 1, live)."""
    if x.ndim == 2:
        return np.asarray(run.arithmetic.times(x, bar))
    shape = x.shape[1:]
    full = bar if bar.shape[1:] == shape else _filled(bar, (bar.shape[0], *shape))
    flat = [y.reshape(y.shape[0], -1, x.shape[-1]) for y in (x, full)]
    return np.asarray(run.arithmetic.overlap(*flat))


def _join_back(state: Backward, step: Join) -> None:
    run, tensors = state.run, state.run.problem.plan.tensors
    axes, bar, lo = tensors[step.target].axes, state.bars[step.target], run.lo[step.target]
    _, kernel = run.arithmetic.join(step.earliest)
    f = spread(run.tensors[step.left], tensors[step.left].axes, axes)
    h = spread(run.tensors[step.right], tensors[step.right].axes, axes)
    bars = kernel(bar, f, h, run.lo[step.left], run.lo[step.right], lo)
    for number, derivative in zip((step.left, step.right), bars, strict=True):
        if not tensors[number].identity:
            state.put(number, derivative, axes)


def _close_back(state: Backward, step: Close) -> None:
    run, tensors, times = state.run, state.run.problem.plan.tensors, state.run.arithmetic.times
    weight, axes = _weight(run, step)
    position = 1 + axes.index(step.axis)
    bar = state.bars[step.target]
    if step.rows is None:
        bar_weight = np.expand_dims(bar, position)
    else:
        table, _ = _table(run, step, axes)
        if not tensors[step.rows].identity:
            spread_weight = _moved(weight, position, -1)[..., None]
            state.put(step.rows, _moved(times(spread_weight, bar[..., None, :]), -2, position), axes)
        if not step.weights:
            return
        bar_weight = _moved(run.arithmetic.dot(table, bar), -1, position)
    for number in step.weights:
        others = bar_weight
        for other in step.weights:
            if other != number:
                others = times(others, spread(run.tensors[other], tensors[other].axes, axes))
        full = tuple(run.problem.windows[axis].cells for axis in axes)
        state.put(number, others if others.shape[1:] == full else _filled(others, (others.shape[0], *full)), axes)


def _descend(state: Backward) -> None:
    """Marginals of the milestones that hang from others, parents first."""
    run, plan = state.run, state.run.problem.plan
    for k, hangs in enumerate(plan.hanging):
        if not hangs:
            continue
        (p,) = plan.parents[k]
        lo_p, lo_k = run.problem.windows[p].lo, run.problem.windows[k].lo
        pmf, survival = run.delay(k, 0)
        # Where the upward message is zero every product below is zero too, so the quotient may be anything.
        above = run.arithmetic.over(state.joint[p], run.up[k])
        state.joint[k] = run.arithmetic.transit(above, pmf, survival, run.weight[k], lo_p, lo_k)
        if state.want_lags:
            sums = run.arithmetic.expected_lags(above, run.weight[k], np.empty(pmf.shape[-1]), lo_p, lo_k)
            state.lags[k] = run.arithmetic.times(sums[0], pmf)
            state.outlived[k] = run.arithmetic.times(sums[1], survival)

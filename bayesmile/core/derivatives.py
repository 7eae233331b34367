"""The backward pass: derivatives of the marginal likelihood, which are all marginals and all delay counts at once [1]_.

References
----------
.. [1] A. Darwiche, "A differential approach to inference in Bayesian networks", Journal of the ACM 50(3), 2003.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.messages import Messages, closing_table, closing_weight
from bayesmile.core.plan import Close, Join, Meet, Open, Sum, Transit
from bayesmile.core.tensors import filled, moved, over_axes, planes, spread

__all__ = ["Backward", "backward", "results_back"]

Array = NDArray[np.float64]


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
    for number, rest in results_back(run).items():
        state.bars[number] = rest
    for step in reversed(plan.steps):
        match step:
            case Transit():
                _transit_back(state, step)
            case Join():
                _join_back(state, step)
            case Meet():
                _meet_back(state, step)
            case Open():
                position = 1 + plan.tensors[step.target].axes.index(step.k)
                state.bars[step.source] = moved(state.bars[step.target], position, -1)
            case Sum():
                shape = run.tensors[step.source].shape
                bar = state.bars[step.target][..., None]
                state.bars[step.source] = filled(bar, (max(bar.shape[0], shape[0]), *shape[1:]))
            case Close():
                _close_back(state, step)
    _descend(state)
    return state


def results_back(run: Messages) -> dict[int, Array]:
    """Differentiate by each part that nothing joins to the others: the product of these, (batch or 1,)."""
    bars = {}
    for number in run.problem.plan.results:
        bars[number] = np.full(1, run.arithmetic.one)
        for other in run.problem.plan.results:
            if other != number:
                bars[number] = run.arithmetic.times(bars[number], run.tensors[other])
    return bars


def _transit_back(state: Backward, step: Transit) -> None:
    run, plan = state.run, state.run.problem.plan
    window, row = run.problem.windows[step.k], run.weight[step.k]
    ready, lo = run.ready(step.source)
    bar = planes(state.bars[step.target], run.tensors[step.target].shape[1:])
    state.joint[step.k] = _overlap(run, run.tensors[step.target], bar)
    pmf, survival = run.delay(step.k)
    if step.source is not None and plan.tensors[step.source].identity:
        if state.want_lags:
            _put_lags(state, step.k, *run.arithmetic.branch_back(bar, row, pmf[0], lo, window.lo))
        return
    onward = step.source is not None and not plan.tensors[step.source].point
    if onward or state.want_lags:
        flat = planes(ready, ready.shape[1:])
        los = lo, window.lo
        bar_ready, *sums = run.arithmetic.transit_back(bar, row, flat, pmf, survival, state.want_lags, *los)
        if step.source is not None:
            state.bars[step.source] = bar_ready.reshape(bar_ready.shape[0], *ready.shape[1:])
        _put_lags(state, step.k, *sums)


def _meet_back(state: Backward, step: Meet) -> None:
    run, tensors = state.run, state.run.problem.plan.tensors
    axes, axis, window = tensors[step.target].axes, run.problem.windows[step.axis], run.problem.windows[step.k]
    value, h = run.tensors[step.target], run.tensors[step.source]
    bar = state.bars[step.target]
    state.joint[step.k] = _overlap(run, value, planes(bar, value.shape[1:]))
    bar = filled(bar, (bar.shape[0], *value.shape[1:])) if bar.shape[1:] != value.shape[1:] else bar
    _, kernel = run.arithmetic.meet(step.earliest)
    pmf, survival, row = (over_axes(x, len(axes) - 1) for x in (*run.delay(step.k), run.weight[step.k]))
    los = axis.lo, run.lo[step.source], window.lo
    plane = moved(bar, 1 + axes.index(step.axis), -2)
    bar_h, *sums = kernel(plane, row, h, pmf, survival, state.want_lags, *los)
    state.bars[step.source] = bar_h
    _put_lags(state, step.k, *(state.reduce(x, tensors[step.source].axes, ()) for x in sums))


def _put_lags(state: Backward, k: int, lags: Array, outlived: Array) -> None:
    """Keep the derivatives by log pmf and log survival of milestone k."""
    if state.want_lags:
        state.lags[k] = state.run.arithmetic.times(lags, state.run.pmf[:, k])
        state.outlived[k] = state.run.arithmetic.times(outlived, state.run.survival[:, k])


def _overlap(run: Messages, x: Array, bar: Array) -> Array:
    """Sum of a tensor times its derivative, given as planes, over all open axes; shape (batch or 1, live)."""
    if x.ndim == 2:
        return np.asarray(run.arithmetic.times(x, bar[:, 0]))
    return np.asarray(run.arithmetic.overlap(planes(x, x.shape[1:]), bar))


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
    weight, axes = closing_weight(run, step)
    position = 1 + axes.index(step.axis)
    bar = state.bars[step.target]
    if step.rows is None:
        bar_weight = np.expand_dims(bar, position)
    else:
        bar_weight = _close_rows_back(state, step, weight, axes)
        if not step.weights:
            return
    for number in step.weights:
        others = bar_weight
        for other in step.weights:
            if other != number:
                others = times(others, spread(run.tensors[other], tensors[other].axes, axes))
        full = tuple(run.problem.windows[axis].cells for axis in axes)
        state.put(number, others if others.shape[1:] == full else filled(others, (others.shape[0], *full)), axes)


def _close_rows_back(state: Backward, step: Close, weight: Array, axes: tuple[int, ...]) -> Array:
    """Differentiate a closing by its rows; return the derivative by the product of its weights."""
    assert step.rows is not None
    run, bar, position = state.run, state.bars[step.target], 1 + axes.index(step.axis)
    if run.problem.plan.tensors[step.rows].identity:
        return moved(bar, -1, position)
    spread_weight = moved(weight, position, -1)[..., None]
    state.put(step.rows, moved(run.arithmetic.times(spread_weight, bar[..., None, :]), -2, position), axes)
    table, _ = closing_table(run, step, axes)
    return moved(run.arithmetic.dot(table, bar), -1, position) if step.weights else bar


def _descend(state: Backward) -> None:
    """Marginals of the milestones that hang from others, parents first."""
    run, plan = state.run, state.run.problem.plan
    for k, hangs in enumerate(plan.hanging):
        if not hangs:
            continue
        (p,) = plan.parents[k]
        lo_p, lo_k = run.problem.windows[p].lo, run.problem.windows[k].lo
        pmf, survival = run.delay(k)
        # Where the upward message is zero every product below is zero too, so the quotient may be anything.
        above = run.arithmetic.over(state.joint[p], run.up[k])
        below = run.weight[k]
        state.joint[k] = run.arithmetic.transit(above[:, None], pmf, survival, below, lo_p, lo_k)[:, 0]
        if state.want_lags:
            one = np.full((1, 1, below.shape[1]), run.arithmetic.one)
            back = run.arithmetic.transit_back(one, below, above[:, None], pmf, survival, 1, lo_p, lo_k)
            _put_lags(state, k, *back[1:])

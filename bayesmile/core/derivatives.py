"""The backward pass: derivatives of the marginal likelihood, which are all marginals and all delay counts at once [1]_.

References
----------
.. [1] A. Darwiche, "A differential approach to inference in Bayesian networks", Journal of the ACM 50(3), 2003.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.messages import Messages, closing_table, closing_weight
from bayesmile.core.plan import Close, Join, Open, Sum, Transit
from bayesmile.core.tensors import filled, moved, spread

__all__ = ["Backward", "backward"]

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
                state.bars[step.source] = moved(state.bars[step.target], position, -1)
            case Sum():
                shape = run.tensors[step.source].shape
                bar = state.bars[step.target][..., None]
                state.bars[step.source] = filled(bar, (max(bar.shape[0], shape[0]), *shape[1:]))
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
    full = bar if bar.shape[1:] == shape else filled(bar, (bar.shape[0], *shape))
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
    weight, axes = closing_weight(run, step)
    position = 1 + axes.index(step.axis)
    bar = state.bars[step.target]
    if step.rows is None:
        bar_weight = np.expand_dims(bar, position)
    else:
        table, _ = closing_table(run, step, axes)
        if not tensors[step.rows].identity:
            spread_weight = moved(weight, position, -1)[..., None]
            state.put(step.rows, moved(times(spread_weight, bar[..., None, :]), -2, position), axes)
        if not step.weights:
            return
        bar_weight = moved(run.arithmetic.dot(table, bar), -1, position)
    for number in step.weights:
        others = bar_weight
        for other in step.weights:
            if other != number:
                others = times(others, spread(run.tensors[other], tensors[other].axes, axes))
        full = tuple(run.problem.windows[axis].cells for axis in axes)
        state.put(number, others if others.shape[1:] == full else filled(others, (others.shape[0], *full)), axes)


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

"""Message kernels in plain arithmetic, one vector at a time.

Each kernel is a NumPy generalised ufunc over the last axis: leading axes (parameter draws, milestones held
jointly) broadcast. A vector over a milestone's month covers a window of the grid, ``lo`` to ``lo + n - 2``, and
its last cell is *beyond*. Every term is nonnegative and nothing is subtracted, so relative accuracy survives in both
tails. Products that underflow raise the processor's flag, which `numpy.errstate` turns into the signal to
repeat the pass in log space (`bayesmile.core.logspace`).

The equations are those of sum-product message passing [1]_; a join of two ready times has
``P(max = r) = f(r) H(r) + F(r - 1) h(r)``.

References
----------
.. [1] D. Koller and N. Friedman, "Probabilistic Graphical Models", MIT Press, 2009, chapter 9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import guvectorize

from bayesmile.core.kernel_cache import is_open

__all__ = [
    "branch",
    "dot",
    "expected_lags",
    "join_max",
    "join_max_back",
    "join_min",
    "join_min_back",
    "mix",
    "overlap",
    "transit",
    "transit_back",
]

# Sums of nonnegative terms may be added in any order: only this lets the compiler use vector instructions.
_REORDER = {"reassoc"}
_CACHE = is_open()
_F, _S, _P = "float64[::1]", "int64", "float64[:, ::1]"


@guvectorize([f"void({_F},{_F},{_F},{_F},{_S},{_S},{_F})"], "(r),(l),(l),(t),(),()->(t)", cache=_CACHE)
def _transit(ready, pmf, survival, weight, lo_ready, lo_event, event):
    """Weight(t) times the sum over ready months r of ready(r) pmf(t - r); beyond collects the survivals."""
    months, last_r, last_t = pmf.shape[0], ready.shape[0] - 1, event.shape[0] - 1
    for t in range(last_t + 1):
        event[t] = 0.0
    event[last_t] = ready[last_r]
    for i in range(last_r):
        mass = ready[i]
        if mass == 0.0:
            continue
        r = lo_ready + i
        first = max(0, r - lo_event)
        lag = first + lo_event - r
        at, by = event[first:last_t], pmf[lag : lag + last_t - first]
        for t in range(at.shape[0]):
            at[t] += mass * by[t]
        event[last_t] += mass * survival[months - 1 - r]
    for t in range(last_t + 1):
        event[t] *= weight[t]


@guvectorize([f"void({_S},{_F},{_F},{_F},{_S},{_S},{_F})"], "(),(l),(l),(t),(),()->(t)", cache=_CACHE)
def _branch(cell, pmf, survival, weight, lo_ready, lo_event, event):
    """`_transit` from one ready month for sure: cell number `cell` of its window, or beyond where negative."""
    months, last_t = pmf.shape[0], event.shape[0] - 1
    first, lag = last_t, 0
    event[last_t] = weight[last_t]
    if cell >= 0:
        r = lo_ready + cell
        first = min(last_t, max(0, r - lo_event))
        lag = lo_event + first - r
        event[last_t] = survival[months - 1 - r] * weight[last_t]
    for t in range(first):
        event[t] = 0.0
    at, on, by = event[first:last_t], weight[first:last_t], pmf[lag:]
    for t in range(at.shape[0]):
        at[t] = by[t] * on[t]


@guvectorize(
    [f"void({_F},{_F},{_F},{_F},{_S},{_S},{_F})"], "(t),(l),(l),(r),(),()->(r)", cache=_CACHE, fastmath=_REORDER
)
def _transit_back(event, pmf, survival, like, lo_ready, lo_event, ready):
    """Sum over event months t of pmf(t - r) event(t): the transpose of `_transit` without its weight.

    Left at zero where `like`, which the answer will be multiplied with, is zero.
    """
    months, last_r, last_t = pmf.shape[0], ready.shape[0] - 1, event.shape[0] - 1
    for i in range(last_r):
        ready[i] = 0.0
        if like[i] == 0.0:
            continue
        r = lo_ready + i
        first = max(0, r - lo_event)
        lag = first + lo_event - r
        at, by = event[first:last_t], pmf[lag : lag + last_t - first]
        total = 0.0
        for t in range(at.shape[0]):
            total += at[t] * by[t]
        ready[i] = total + event[last_t] * survival[months - 1 - r]
    ready[last_r] = event[last_t]


@guvectorize([f"void({_F},{_F},{_F},{_S},{_S},{_F},{_F})"], "(r),(t),(l),(),()->(l),(l)", cache=_CACHE)
def _expected_lags(ready, event, like, lo_ready, lo_event, lags, outlived):
    """Sum over r of ready(r) event(r + l) for each lag l, and of ready(r) event(beyond) for each survival used."""
    months, last_r, last_t = like.shape[0], ready.shape[0] - 1, event.shape[0] - 1
    for lag in range(months):
        lags[lag] = 0.0
        outlived[lag] = 0.0
    for i in range(last_r):
        mass = ready[i]
        if mass == 0.0:
            continue
        r = lo_ready + i
        first = max(0, r - lo_event)
        lag = first + lo_event - r
        at, by = event[first:last_t], lags[lag : lag + last_t - first]
        for t in range(at.shape[0]):
            by[t] += mass * at[t]
        outlived[months - 1 - r] += mass * event[last_t]


@guvectorize([f"void({_F},{_F},{_F},{_S},{_S},{_S},{_F})"], "(a),(b),(r),(),(),()->(r)", cache=_CACHE)
def _join_max(f, h, like, lo_f, lo_h, lo_r, joined):
    """P(max = r) = f(r) H(r) + F(r - 1) h(r)."""
    last_f, last_h, last = f.shape[0] - 1, h.shape[0] - 1, joined.shape[0] - 1
    below_f, upto_h = 0.0, 0.0
    for i in range(min(last_f, lo_r - lo_f)):
        below_f += f[i]
    for i in range(min(last_h, lo_r - lo_h)):
        upto_h += h[i]
    # Slices that start at the joined window: from here on one index serves all three.
    at_f, at_h = f[min(last_f, lo_r - lo_f) : last_f], h[min(last_h, lo_r - lo_h) : last_h]
    both = min(at_f.shape[0], at_h.shape[0])
    for j in range(both):
        upto_h += at_h[j]
        joined[j] = at_f[j] * upto_h + below_f * at_h[j]
        below_f += at_f[j]
    for j in range(both, at_f.shape[0]):
        joined[j] = at_f[j] * upto_h
        below_f += at_f[j]
    for j in range(both, at_h.shape[0]):
        joined[j] = below_f * at_h[j]
        upto_h += at_h[j]
    joined[last] = f[last_f] * (upto_h + h[last_h]) + below_f * h[last_h]


@guvectorize([f"void({_F},{_F},{_F},{_S},{_S},{_S},{_F},{_F})"], "(r),(a),(b),(),(),()->(a),(b)", cache=_CACHE)
def _join_max_back(bar, f, h, lo_f, lo_h, lo_r, bar_f, bar_h):
    """Differentiate by both inputs: bar_f(x) = bar(x) H(x) + sum over r > x of bar(r) h(r), and f, h exchanged."""
    last_f, last_h, last = f.shape[0] - 1, h.shape[0] - 1, bar.shape[0] - 1
    skip_f, skip_h = min(last_f, lo_r - lo_f), min(last_h, lo_r - lo_h)
    at_f, at_h, out_f, out_h = f[skip_f:last_f], h[skip_h:last_h], bar_f[skip_f:last_f], bar_h[skip_h:last_h]
    both = min(at_f.shape[0], at_h.shape[0])
    above_f, above_h = bar[last] * f[last_f], bar[last] * h[last_h]
    for back in range(at_f.shape[0] - both):
        j = at_f.shape[0] - 1 - back
        out_f[j] = above_h
        above_f += bar[j] * at_f[j]
    for back in range(at_h.shape[0] - both):
        j = at_h.shape[0] - 1 - back
        out_h[j] = above_f
        above_h += bar[j] * at_h[j]
    for back in range(both):
        j = both - 1 - back
        out_f[j] = above_h
        out_h[j] = above_f
        above_f += bar[j] * at_f[j]
        above_h += bar[j] * at_h[j]
    upto_f, upto_h = 0.0, 0.0
    for i in range(skip_f):
        bar_f[i] = above_h
        upto_f += f[i]
    for i in range(skip_h):
        bar_h[i] = above_f
        upto_h += h[i]
    for j in range(both):
        upto_f += at_f[j]
        upto_h += at_h[j]
        out_f[j] += bar[j] * upto_h
        out_h[j] += bar[j] * upto_f
    for j in range(both, at_f.shape[0]):
        upto_f += at_f[j]
        out_f[j] += bar[j] * upto_h
    for j in range(both, at_h.shape[0]):
        upto_h += at_h[j]
        out_h[j] += bar[j] * upto_f
    bar_f[last_f] = bar[last] * (upto_h + h[last_h])
    bar_h[last_h] = bar[last] * (upto_f + f[last_f])


@guvectorize([f"void({_F},{_F},{_F},{_S},{_S},{_S},{_F})"], "(a),(b),(r),(),(),()->(r)", cache=_CACHE)
def _join_min(f, h, like, lo_f, lo_h, lo_r, joined):
    """P(min = r) = f(r) P(h >= r) + P(f > r) h(r)."""
    last_f, last_h, last = f.shape[0] - 1, h.shape[0] - 1, joined.shape[0] - 1
    above_f, from_h = f[last_f], h[last_h]
    joined[last] = f[last_f] * h[last_h]
    for j in range(last - 1, -1, -1):
        i, k = lo_r + j - lo_f, lo_r + j - lo_h
        at_f = f[i] if 0 <= i < last_f else 0.0
        at_h = h[k] if 0 <= k < last_h else 0.0
        from_h += at_h
        joined[j] = at_f * from_h + above_f * at_h
        above_f += at_f


@guvectorize([f"void({_F},{_F},{_F},{_S},{_S},{_S},{_F},{_F})"], "(r),(a),(b),(),(),()->(a),(b)", cache=_CACHE)
def _join_min_back(bar, f, h, lo_f, lo_h, lo_r, bar_f, bar_h):
    """Differentiate by both inputs: bar_f(x) = bar(x) P(h >= x) + sum over r < x of bar(r) h(r); f, h exchanged."""
    last_f, last_h, last = f.shape[0] - 1, h.shape[0] - 1, bar.shape[0] - 1
    from_f, from_h = f[last_f], h[last_h]
    for j in range(last - 1, -1, -1):
        i, k = lo_r + j - lo_f, lo_r + j - lo_h
        in_f, in_h = 0 <= i < last_f, 0 <= k < last_h
        from_f += f[i] if in_f else 0.0
        from_h += h[k] if in_h else 0.0
        if in_f:
            bar_f[i] = bar[j] * from_h
        if in_h:
            bar_h[k] = bar[j] * from_f
    below_f, below_h = 0.0, 0.0
    for j in range(last):
        i, k = lo_r + j - lo_f, lo_r + j - lo_h
        in_f, in_h = 0 <= i < last_f, 0 <= k < last_h
        if in_f:
            bar_f[i] += below_h
        if in_h:
            bar_h[k] += below_f
        below_f += bar[j] * f[i] if in_f else 0.0
        below_h += bar[j] * h[k] if in_h else 0.0
    bar_f[last_f] = below_h + bar[last] * h[last_h]
    bar_h[last_h] = below_f + bar[last] * f[last_f]


@guvectorize([f"void({_F},{_P},{_F})"], "(p),(p,r)->(r)", cache=_CACHE)
def _mix(weight, rows, mixed):
    """Sum over p of weight(p) rows(p, r)."""
    for r in range(mixed.shape[0]):
        mixed[r] = 0.0
    for p in range(weight.shape[0]):
        mass = weight[p]
        if mass == 0.0:
            continue
        row = rows[p]
        for r in range(mixed.shape[0]):
            mixed[r] += mass * row[r]


@guvectorize([f"void({_P},{_P},{_F})"], "(p,t),(p,t)->(t)", cache=_CACHE)
def _overlap(x, bar, total):
    """Sum over p of x(p, t) bar(p, t)."""
    for t in range(total.shape[0]):
        total[t] = 0.0
    for p in range(x.shape[0]):
        left, right = x[p], bar[p]
        for t in range(total.shape[0]):
            total[t] += left[t] * right[t]


@guvectorize([f"void({_P},{_F},{_F})"], "(p,r),(r)->(p)", cache=_CACHE, fastmath=_REORDER)
def _dot(rows, bar, total):
    """Sum over r of rows(p, r) bar(r)."""
    for p in range(rows.shape[0]):
        row, inner = rows[p], 0.0
        for r in range(bar.shape[0]):
            inner += row[r] * bar[r]
        total[p] = inner


def _compact(kernel: np.ufunc, planes: int = 0) -> Callable[..., Any]:
    """Call the plain ufunc behind a kernel with every core axis contiguous, as the compiled loops assume.

    The first `planes` arguments have two core axes, the others one.
    """

    def call(*arguments: Any) -> Any:
        solid = []
        for place, x in enumerate(arguments):
            if isinstance(x, np.ndarray) and (
                x.strides[-1] != x.itemsize or (place < planes and x.strides[-2] != x.itemsize * x.shape[-1])
            ):
                solid.append(np.ascontiguousarray(x))
            else:
                solid.append(x)
        return kernel(*solid)

    return call


branch = _compact(_branch.ufunc)
dot = _compact(_dot.ufunc, planes=1)
expected_lags = _compact(_expected_lags.ufunc)
join_max = _compact(_join_max.ufunc)
join_max_back = _compact(_join_max_back.ufunc)
join_min = _compact(_join_min.ufunc)
join_min_back = _compact(_join_min_back.ufunc)
overlap = _compact(_overlap.ufunc, planes=2)
transit = _compact(_transit.ufunc)
transit_back = _compact(_transit_back.ufunc)


def mix(weight: np.ndarray, rows: np.ndarray) -> Any:
    """Sum over p of weight(p) rows(p, r), over the last axis of `weight` and the last but one of `rows`."""
    return _mix.ufunc(np.ascontiguousarray(weight), np.ascontiguousarray(rows))

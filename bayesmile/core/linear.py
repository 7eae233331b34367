"""Kernels that join and sum messages, in plain arithmetic, one vector at a time.

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

from numba import guvectorize, njit

from bayesmile.core.kernel_cache import is_open
from bayesmile.core.solid import solid

__all__ = [
    "dot",
    "join_max",
    "join_max_back",
    "join_min",
    "join_min_back",
    "mix",
    "overlap",
]

# Sums of nonnegative terms may be added in any order: only this lets the compiler use vector instructions.
_REORDER = {"reassoc"}
_CACHE = is_open()
_F, _S, _P = "float64[::1]", "int64", "float64[:, ::1]"


@njit(cache=_CACHE)
def _empty(f, h):
    """Count the cells at the start where both are zero: under an open axis that is every month before the axis's."""
    both = min(f.shape[0], h.shape[0])
    start = 0
    while start < both and f[start] == 0.0 and h[start] == 0.0:
        start += 1
    return start


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
    start = _empty(at_f, at_h)
    for j in range(start):
        joined[j] = 0.0
    for j in range(start, both):
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
    """Differentiate by both inputs: bar_f(x) = bar(x) H(x) + sum over r > x of bar(r) h(r), and f, h exchanged.

    Left at zero at the start where both are, for the derivative will be multiplied with them.
    """
    last_f, last_h, last = f.shape[0] - 1, h.shape[0] - 1, bar.shape[0] - 1
    skip_f, skip_h = min(last_f, lo_r - lo_f), min(last_h, lo_r - lo_h)
    at_f, at_h, out_f, out_h = f[skip_f:last_f], h[skip_h:last_h], bar_f[skip_f:last_f], bar_h[skip_h:last_h]
    both = min(at_f.shape[0], at_h.shape[0])
    start = _empty(at_f, at_h)
    for j in range(start):
        out_f[j] = 0.0
        out_h[j] = 0.0
    above_f, above_h = bar[last] * f[last_f], bar[last] * h[last_h]
    for back in range(at_f.shape[0] - both):
        j = at_f.shape[0] - 1 - back
        out_f[j] = above_h
        above_f += bar[j] * at_f[j]
    for back in range(at_h.shape[0] - both):
        j = at_h.shape[0] - 1 - back
        out_h[j] = above_f
        above_h += bar[j] * at_h[j]
    for back in range(both - start):
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
    for j in range(start, both):
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


dot = solid(_dot.ufunc, 0)
join_max = solid(_join_max.ufunc)
join_max_back = solid(_join_max_back.ufunc)
join_min = solid(_join_min.ufunc)
join_min_back = solid(_join_min_back.ufunc)
mix = solid(_mix.ufunc, 1)
overlap = solid(_overlap.ufunc, 0, 1)

"""Message kernels on logarithms: the same sums as `bayesmile.core.linear`, for any dynamic range.

Every function has the name, signature and meaning of its linear twin; sums are log-sum-exp with the largest term
taken out, so log-likelihoods of +-1e12 and posteriors of 1e-300 keep their accuracy. ``-inf`` is zero probability.
"""

from __future__ import annotations

import numpy as np
from numba import guvectorize, njit

from bayesmile.core.kernel_cache import is_open

__all__ = [
    "dot",
    "join_max",
    "join_max_back",
    "join_min",
    "join_min_back",
    "mix",
    "overlap",
    "plus",
]

_CACHE = is_open()
_F, _S = "float64[:]", "int64"
_ZERO = -np.inf


@njit(["float64(float64, float64)"], cache=_CACHE)
def plus(x, y):
    """Logarithm of the sum of two numbers given by their logarithms."""
    high, low = (x, y) if x >= y else (y, x)
    if low == _ZERO:
        return high
    return high + np.log1p(np.exp(low - high))


@njit(cache=_CACHE)
def _max_back(bar, h, lo_f, lo_h, lo_r, bar_f):
    last_f, last_h, last = bar_f.shape[0] - 1, h.shape[0] - 1, bar.shape[0] - 1
    upto_h = _ZERO
    for i in range(min(last_h, lo_r - lo_h)):
        upto_h = plus(upto_h, h[i])
    for j in range(last):
        i, k = lo_r + j - lo_f, lo_r + j - lo_h
        if 0 <= k < last_h:
            upto_h = plus(upto_h, h[k])
        if 0 <= i < last_f:
            bar_f[i] = bar[j] + upto_h
    bar_f[last_f] = bar[last] + plus(upto_h, h[last_h])
    above = bar[last] + h[last_h]
    for j in range(last - 1, -1, -1):
        i, k = lo_r + j - lo_f, lo_r + j - lo_h
        if 0 <= i < last_f:
            bar_f[i] = plus(bar_f[i], above)
        if 0 <= k < last_h:
            above = plus(above, bar[j] + h[k])
    for i in range(min(last_f, lo_r - lo_f)):
        bar_f[i] = above


@njit(cache=_CACHE)
def _min_back(bar, h, lo_f, lo_h, lo_r, bar_f):
    last_f, last_h, last = bar_f.shape[0] - 1, h.shape[0] - 1, bar.shape[0] - 1
    from_h = h[last_h]
    for j in range(last - 1, -1, -1):
        i, k = lo_r + j - lo_f, lo_r + j - lo_h
        if 0 <= k < last_h:
            from_h = plus(from_h, h[k])
        if 0 <= i < last_f:
            bar_f[i] = bar[j] + from_h
    below = _ZERO
    for j in range(last):
        i, k = lo_r + j - lo_f, lo_r + j - lo_h
        if 0 <= i < last_f:
            bar_f[i] = plus(bar_f[i], below)
        if 0 <= k < last_h:
            below = plus(below, bar[j] + h[k])
    bar_f[last_f] = plus(below, bar[last] + h[last_h])


@guvectorize([f"void({_F},{_F},{_F},{_S},{_S},{_S},{_F})"], "(a),(b),(r),(),(),()->(r)", cache=_CACHE)
def _join_max(f, h, like, lo_f, lo_h, lo_r, joined):
    """Logarithm of P(max = r) = f(r) H(r) + F(r - 1) h(r)."""
    last_f, last_h, last = f.shape[0] - 1, h.shape[0] - 1, joined.shape[0] - 1
    below_f = _ZERO
    for i in range(min(last_f, lo_r - lo_f)):
        below_f = plus(below_f, f[i])
    upto_h = _ZERO
    for i in range(min(last_h, lo_r - lo_h)):
        upto_h = plus(upto_h, h[i])
    for j in range(last):
        i, k = lo_r + j - lo_f, lo_r + j - lo_h
        at_f = f[i] if 0 <= i < last_f else _ZERO
        at_h = h[k] if 0 <= k < last_h else _ZERO
        upto_h = plus(upto_h, at_h)
        joined[j] = plus(at_f + upto_h, below_f + at_h)
        below_f = plus(below_f, at_f)
    joined[last] = plus(f[last_f] + plus(upto_h, h[last_h]), below_f + h[last_h])


@guvectorize([f"void({_F},{_F},{_F},{_S},{_S},{_S},{_F},{_F})"], "(r),(a),(b),(),(),()->(a),(b)", cache=_CACHE)
def _join_max_back(bar, f, h, lo_f, lo_h, lo_r, bar_f, bar_h):
    """Logarithms of bar(x) H(x) + sum over r > x of bar(r) h(r), and the same with f and h exchanged."""
    _max_back(bar, h, lo_f, lo_h, lo_r, bar_f)
    _max_back(bar, f, lo_h, lo_f, lo_r, bar_h)


@guvectorize([f"void({_F},{_F},{_F},{_S},{_S},{_S},{_F})"], "(a),(b),(r),(),(),()->(r)", cache=_CACHE)
def _join_min(f, h, like, lo_f, lo_h, lo_r, joined):
    """Logarithm of P(min = r) = f(r) P(h >= r) + P(f > r) h(r)."""
    last_f, last_h, last = f.shape[0] - 1, h.shape[0] - 1, joined.shape[0] - 1
    above_f, from_h = f[last_f], h[last_h]
    joined[last] = f[last_f] + h[last_h]
    for j in range(last - 1, -1, -1):
        i, k = lo_r + j - lo_f, lo_r + j - lo_h
        at_f = f[i] if 0 <= i < last_f else _ZERO
        at_h = h[k] if 0 <= k < last_h else _ZERO
        from_h = plus(from_h, at_h)
        joined[j] = plus(at_f + from_h, above_f + at_h)
        above_f = plus(above_f, at_f)


@guvectorize([f"void({_F},{_F},{_F},{_S},{_S},{_S},{_F},{_F})"], "(r),(a),(b),(),(),()->(a),(b)", cache=_CACHE)
def _join_min_back(bar, f, h, lo_f, lo_h, lo_r, bar_f, bar_h):
    """Logarithms of bar(x) P(h >= x) + sum over r < x of bar(r) h(r), and the same with f and h exchanged."""
    _min_back(bar, h, lo_f, lo_h, lo_r, bar_f)
    _min_back(bar, f, lo_h, lo_f, lo_r, bar_h)


@guvectorize([f"void({_F},float64[:,:],{_F})"], "(p),(p,r)->(r)", cache=_CACHE)
def _mix(weight, rows, mixed):
    """Logarithm of the sum over p of weight(p) rows(p, r)."""
    for r in range(mixed.shape[0]):
        top = _ZERO
        for p in range(weight.shape[0]):
            top = max(top, weight[p] + rows[p, r])
        if top == _ZERO:
            mixed[r] = _ZERO
            continue
        total = 0.0
        for p in range(weight.shape[0]):
            total += np.exp(weight[p] + rows[p, r] - top)
        mixed[r] = top + np.log(total)


@guvectorize(["void(float64[:,:],float64[:,:],float64[:])"], "(p,t),(p,t)->(t)", cache=_CACHE)
def _overlap(x, bar, total):
    """Logarithm of the sum over p of x(p, t) bar(p, t)."""
    for t in range(total.shape[0]):
        top = _ZERO
        for p in range(x.shape[0]):
            top = max(top, x[p, t] + bar[p, t])
        if top == _ZERO:
            total[t] = _ZERO
            continue
        terms = 0.0
        for p in range(x.shape[0]):
            terms += np.exp(x[p, t] + bar[p, t] - top)
        total[t] = top + np.log(terms)


@guvectorize(["void(float64[:,:],float64[:],float64[:])"], "(p,r),(r)->(p)", cache=_CACHE)
def _dot(rows, bar, total):
    """Logarithm of the sum over r of rows(p, r) bar(r)."""
    for p in range(rows.shape[0]):
        top = _ZERO
        for r in range(rows.shape[1]):
            top = max(top, rows[p, r] + bar[r])
        if top == _ZERO:
            total[p] = _ZERO
            continue
        terms = 0.0
        for r in range(rows.shape[1]):
            terms += np.exp(rows[p, r] + bar[r] - top)
        total[p] = top + np.log(terms)


dot = _dot.ufunc
overlap = _overlap.ufunc
join_max = _join_max.ufunc
join_max_back = _join_max_back.ufunc
join_min = _join_min.ufunc
join_min_back = _join_min_back.ufunc
mix = _mix.ufunc

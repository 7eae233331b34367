"""Kernels that pass a delay, on logarithms: the same sums as `bayesmile.core.linear_delays`, for any dynamic range.

Every function has the name, signature and meaning of its linear twin. ``-inf`` is zero probability.
"""
# mypy: disallow-untyped-decorators=False, disallow-untyped-defs=False, check-untyped-defs=False

from __future__ import annotations

import numpy as np
from numba import guvectorize, njit

from bayesmile.core.kernel_cache import is_open
from bayesmile.core.logspace import plus

__all__ = [
    "branch",
    "branch_back",
    "meet_max",
    "meet_max_back",
    "meet_min",
    "meet_min_back",
    "transit",
    "transit_back",
]

_CACHE = is_open()
_F, _S, _P = "float64[:]", "int64", "float64[:, :]"
_ZERO = -np.inf


@njit(cache=_CACHE)
def _clear(x, count):
    """Set the first cells to zero probability; a loop compiles faster than an assignment to a slice."""
    for i in range(count):
        x[i] = _ZERO


@njit(cache=_CACHE)
def _add(event, mass, pmf, survival, r, lo_event):
    """Add what a ready month of probability `mass` gives to every event month."""
    last_t = event.shape[0] - 1
    for t in range(max(0, r - lo_event), last_t):
        event[t] = plus(event[t], mass + pmf[t + lo_event - r])
    event[last_t] = plus(event[last_t], mass + survival[pmf.shape[0] - 1 - r])


@njit(cache=_CACHE)
def _gather(event, pmf, survival, r, lo_event):
    """Sum over event months t of pmf(t - r) event(t), the largest term taken out."""
    last_t = event.shape[0] - 1
    first = max(0, r - lo_event)
    late = event[last_t] + survival[pmf.shape[0] - 1 - r]
    top = late
    for t in range(first, last_t):
        top = max(top, event[t] + pmf[t + lo_event - r])
    if top == _ZERO:
        return _ZERO
    total = np.exp(late - top)
    for t in range(first, last_t):
        total += np.exp(event[t] + pmf[t + lo_event - r] - top)
    return top + np.log(total)


@njit(cache=_CACHE)
def _count(event, mass, r, lo_event, lags, outlived):
    """Add mass times event(r + l) to every lag l, and mass times event(beyond) to the survival used."""
    last_t = event.shape[0] - 1
    for t in range(max(0, r - lo_event), last_t):
        lag = t + lo_event - r
        lags[lag] = plus(lags[lag], mass + event[t])
    cell = lags.shape[0] - 1 - r
    outlived[cell] = plus(outlived[cell], mass + event[last_t])


@njit(cache=_CACHE)
def _pass(mass, event, r, delay, counting, lo_event, lags, outlived):
    """Differentiate by the probability `mass` of starting in month r; count its lags."""
    if mass == _ZERO:
        return _ZERO
    if counting:
        _count(event, mass, r, lo_event, lags, outlived)
    return _gather(event, delay[0], delay[1], r, lo_event)


@njit(cache=_CACHE)
def _transit_one(ready, pmf, survival, weight, lo_ready, lo_event, event):
    months, last_r, last_t = pmf.shape[0], ready.shape[0] - 1, event.shape[0] - 1
    top = np.empty(last_t + 1)
    _clear(top, last_t + 1)
    for t in range(last_t + 1):
        event[t] = 0.0
    top[last_t] = ready[last_r]
    for i in range(last_r):
        mass, r = ready[i], lo_ready + i
        if mass == _ZERO:
            continue
        for t in range(max(0, r - lo_event), last_t):
            top[t] = max(top[t], mass + pmf[t + lo_event - r])
        top[last_t] = max(top[last_t], mass + survival[months - 1 - r])
    for i in range(last_r):
        mass, r = ready[i], lo_ready + i
        if mass == _ZERO:
            continue
        for t in range(max(0, r - lo_event), last_t):
            if top[t] > _ZERO:
                event[t] += np.exp(mass + pmf[t + lo_event - r] - top[t])
        if top[last_t] > _ZERO:
            event[last_t] += np.exp(mass + survival[months - 1 - r] - top[last_t])
    if ready[last_r] > _ZERO:
        event[last_t] += np.exp(ready[last_r] - top[last_t])
    for t in range(last_t + 1):
        event[t] = weight[t] + top[t] + np.log(event[t]) if top[t] > _ZERO else _ZERO


@guvectorize([f"void({_P},{_F},{_F},{_F},{_S},{_S},{_P})"], "(p,r),(l),(l),(t),(),()->(p,t)", cache=_CACHE)
def _transit(ready, pmf, survival, weight, lo_ready, lo_event, event):
    """Logarithm of weight(t) times the sum over ready months r of ready(p, r) pmf(t - r)."""
    for p in range(ready.shape[0]):
        _transit_one(ready[p], pmf, survival, weight, lo_ready, lo_event, event[p])


@guvectorize(
    [f"void({_P},{_F},{_P},{_F},{_F},{_S},{_S},{_S},{_P},{_F},{_F})"],
    "(p,t),(t),(p,r),(l),(l),(),(),()->(p,r),(l),(l)",
    cache=_CACHE,
)
def _transit_back(bar, weight, ready, pmf, survival, counting, lo_ready, lo_event, bar_ready, lags, outlived):
    """Differentiate a transit by its ready months, and by pmf and survival where `counting`; -inf where `ready` is."""
    last_r, last_t = ready.shape[1] - 1, bar.shape[1] - 1
    _clear(lags, lags.shape[0])
    _clear(outlived, outlived.shape[0])
    event = np.empty(last_t + 1)
    for p in range(ready.shape[0]):
        for t in range(last_t + 1):
            event[t] = bar[p, t] + weight[t]
        for i in range(last_r):
            r, mass = lo_ready + i, ready[p, i]
            bar_ready[p, i] = _pass(mass, event, r, (pmf, survival), counting, lo_event, lags, outlived)
        bar_ready[p, last_r] = event[last_t]


@guvectorize([f"void({_F},{_F},{_F},{_F},{_S},{_S},{_P})"], "(c),(l),(l),(t),(),()->(c,t)", cache=_CACHE)
def _branch(like, pmf, survival, weight, lo_axis, lo_event, event):
    """`_transit` from every month of an open axis for sure."""
    months, last_c, last_t = pmf.shape[0], event.shape[0] - 1, event.shape[1] - 1
    for c in range(last_c):
        r = lo_axis + c
        first = min(last_t, max(0, r - lo_event))
        _clear(event[c], first)
        for t in range(first, last_t):
            event[c, t] = pmf[t + lo_event - r] + weight[t]
        event[c, last_t] = survival[months - 1 - r] + weight[last_t]
    _clear(event[last_c], last_t)
    event[last_c, last_t] = weight[last_t]


@guvectorize([f"void({_P},{_F},{_F},{_S},{_S},{_F},{_F})"], "(c,t),(t),(l),(),()->(l),(l)", cache=_CACHE)
def _branch_back(bar, weight, like, lo_axis, lo_event, lags, outlived):
    """Differentiate a branch by pmf and survival: sums over the axis of bar(c, c + l) weight(c + l)."""
    last_c, last_t = bar.shape[0] - 1, bar.shape[1] - 1
    _clear(lags, lags.shape[0])
    _clear(outlived, outlived.shape[0])
    event = np.empty(last_t + 1)
    for c in range(last_c):
        for t in range(last_t + 1):
            event[t] = bar[c, t] + weight[t]
        _count(event, 0.0, lo_axis + c, lo_event, lags, outlived)


@njit(cache=_CACHE)
def _meet_cell(event, share, sums, pmf, survival, weight, r, lo_event):
    """Event months given month r of the axis: probability `share` of starting there, `sums` for starting elsewhere."""
    last_t = event.shape[0] - 1
    for t in range(last_t):
        here = share + pmf[t + lo_event - r] if t + lo_event >= r else _ZERO
        event[t] = plus(here, sums[t]) + weight[t]
    event[last_t] = plus(share + survival[pmf.shape[0] - 1 - r], sums[last_t]) + weight[last_t]


@njit(cache=_CACHE)
def _upto(h):
    """Sum the cells before each one; the last leaves *beyond* out."""
    sums = np.empty(h.shape[0])
    total = _ZERO
    for i in range(h.shape[0]):
        sums[i] = total
        total = plus(total, h[i])
    return sums


@njit(cache=_CACHE)
def _onward(h):
    """Sum the cells from each one on, *beyond* included."""
    sums = np.empty(h.shape[0])
    total = _ZERO
    for i in range(h.shape[0] - 1, -1, -1):
        total = plus(total, h[i])
        sums[i] = total
    return sums


_MEET = [f"void({_F},{_F},{_F},{_F},{_F},{_S},{_S},{_S},{_P})"], "(b),(l),(l),(t),(c),(),(),()->(c,t)"
_MEET_BACK = (
    [f"void({_P},{_F},{_F},{_F},{_F},{_S},{_S},{_S},{_S},{_F},{_F},{_F})"],
    "(c,t),(t),(b),(l),(l),(),(),(),()->(b),(l),(l)",
)


@guvectorize(*_MEET, cache=_CACHE)
def _meet_max(h, pmf, survival, weight, like, lo_axis, lo_h, lo_event, event):
    """Event months after the later of an open axis and h, for each month of the axis."""
    last_h, last_c, last_t = h.shape[0] - 1, event.shape[0] - 1, event.shape[1] - 1
    upto, sums = _upto(h), np.empty(last_t + 1)
    _clear(sums, last_t + 1)
    sums[last_t] = h[last_h]
    i = last_h - 1
    for c in range(last_c - 1, -1, -1):
        while i >= 0 and lo_h + i > lo_axis + c:
            if h[i] > _ZERO:
                _add(sums, h[i], pmf, survival, lo_h + i, lo_event)
            i -= 1
        _meet_cell(event[c], upto[i + 1], sums, pmf, survival, weight, lo_axis + c, lo_event)
    _clear(event[last_c], last_t)
    event[last_c, last_t] = plus(upto[last_h], h[last_h]) + weight[last_t]


@guvectorize(*_MEET, cache=_CACHE)
def _meet_min(h, pmf, survival, weight, like, lo_axis, lo_h, lo_event, event):
    """Event months after the earlier of an open axis and h, for each month of the axis."""
    last_h, last_c, last_t = h.shape[0] - 1, event.shape[0] - 1, event.shape[1] - 1
    onward, sums = _onward(h), np.empty(last_t + 1)
    _clear(sums, last_t + 1)
    i = 0
    for c in range(last_c):
        while i < last_h and lo_h + i < lo_axis + c:
            if h[i] > _ZERO:
                _add(sums, h[i], pmf, survival, lo_h + i, lo_event)
            i += 1
        _meet_cell(event[c], onward[i], sums, pmf, survival, weight, lo_axis + c, lo_event)
    for j in range(i, last_h):
        if h[j] > _ZERO:
            _add(sums, h[j], pmf, survival, lo_h + j, lo_event)
    for t in range(last_t):
        event[last_c, t] = sums[t] + weight[t]
    event[last_c, last_t] = plus(sums[last_t], h[last_h]) + weight[last_t]


@guvectorize(*_MEET_BACK, cache=_CACHE)
def _meet_max_back(bar, weight, h, pmf, survival, counting, lo_axis, lo_h, lo_event, bar_h, lags, outlived):
    """Differentiate `_meet_max` by h, and by pmf and survival where `counting`; -inf where h is."""
    last_h, last_c, last_t = h.shape[0] - 1, bar.shape[0] - 1, bar.shape[1] - 1
    _clear(lags, lags.shape[0])
    _clear(outlived, outlived.shape[0])
    delay, upto, decided = (pmf, survival), _upto(h), np.empty(last_c)
    event, total = np.empty(last_t + 1), np.empty(last_t + 1)
    _clear(total, last_t + 1)
    i = 0
    for c in range(last_c):
        while i < last_h and lo_h + i <= lo_axis + c:
            bar_h[i] = _pass(h[i], total, lo_h + i, delay, counting, lo_event, lags, outlived)
            i += 1
        for t in range(last_t + 1):
            event[t] = bar[c, t] + weight[t]
        decided[c] = _pass(upto[i], event, lo_axis + c, delay, counting, lo_event, lags, outlived)
        for t in range(last_t + 1):
            total[t] = plus(total[t], event[t])
    for j in range(i, last_h):
        bar_h[j] = _pass(h[j], total, lo_h + j, delay, counting, lo_event, lags, outlived)
    above = bar[last_c, last_t] + weight[last_t]
    bar_h[last_h] = plus(total[last_t], above)
    c = last_c - 1
    for j in range(last_h - 1, -1, -1):
        while c >= 0 and lo_axis + c >= lo_h + j:
            above = plus(above, decided[c])
            c -= 1
        bar_h[j] = plus(bar_h[j], above)


@guvectorize(*_MEET_BACK, cache=_CACHE)
def _meet_min_back(bar, weight, h, pmf, survival, counting, lo_axis, lo_h, lo_event, bar_h, lags, outlived):
    """Differentiate `_meet_min` by h, and by pmf and survival where `counting`; -inf where h is."""
    last_h, last_c, last_t = h.shape[0] - 1, bar.shape[0] - 1, bar.shape[1] - 1
    _clear(lags, lags.shape[0])
    _clear(outlived, outlived.shape[0])
    delay, onward, decided = (pmf, survival), _onward(h), np.empty(last_c)
    event, total = np.empty(last_t + 1), np.empty(last_t + 1)
    for t in range(last_t + 1):
        total[t] = bar[last_c, t] + weight[t]
    never = total[last_t]
    i = last_h - 1
    for c in range(last_c - 1, -1, -1):
        while i >= 0 and lo_h + i >= lo_axis + c:
            bar_h[i] = _pass(h[i], total, lo_h + i, delay, counting, lo_event, lags, outlived)
            i -= 1
        for t in range(last_t + 1):
            event[t] = bar[c, t] + weight[t]
        decided[c] = _pass(onward[i + 1], event, lo_axis + c, delay, counting, lo_event, lags, outlived)
        for t in range(last_t + 1):
            total[t] = plus(total[t], event[t])
    for j in range(i, -1, -1):
        bar_h[j] = _pass(h[j], total, lo_h + j, delay, counting, lo_event, lags, outlived)
    below, c = _ZERO, 0
    for j in range(last_h):
        while c < last_c and lo_axis + c <= lo_h + j:
            below = plus(below, decided[c])
            c += 1
        bar_h[j] = plus(bar_h[j], below)
    for k in range(c, last_c):
        below = plus(below, decided[k])
    bar_h[last_h] = plus(below, never)


branch = _branch.ufunc
branch_back = _branch_back.ufunc
meet_max = _meet_max.ufunc
meet_max_back = _meet_max_back.ufunc
meet_min = _meet_min.ufunc
meet_min_back = _meet_min_back.ufunc
transit = _transit.ufunc
transit_back = _transit_back.ufunc

"""Kernels that pass a delay, in plain arithmetic: from the month of readiness to the month of the event and back.

Each kernel is a NumPy generalised ufunc; leading axes (parameter draws) broadcast. A vector over a milestone's month
covers a window of the grid, ``lo`` to ``lo + n - 2``, and its last cell is *beyond*. An array with two core axes holds
one such vector for every month of the open axes. Every term is nonnegative and nothing is subtracted; products that
underflow raise the processor's flag (see `bayesmile.core.linear`).

A *meeting* is a join with an open axis followed by a delay. Given the month c of the axis, the maximum with an
independent month of pmf h and CDF F is c with probability F(c), and any later r with probability h(r). So the event
falls in month t with probability ``F(c) d(t - c) + A(c, t)``, where ``A(c, t) = A(c + 1, t) + h(c + 1) d(t - c - 1)``:
a fixed amount of work for each pair of months. The minimum runs the other way, with survivals.
"""
# mypy: disallow-untyped-decorators=False, disallow-untyped-defs=False, check-untyped-defs=False

from __future__ import annotations

import numpy as np
from numba import guvectorize, njit

from bayesmile.core.kernel_cache import is_open
from bayesmile.core.solid import solid

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

# Sums of nonnegative terms may be added in any order, a product and a sum rounded at once: only this lets the compiler
# use vector instructions.
_FAST = {"reassoc", "contract"}
_CACHE = is_open()
_F, _S, _P = "float64[::1]", "int64", "float64[:, ::1]"
_PAD = 4
"""Ready months taken at once, and zeros around a vector that is read at four offsets."""


@njit(cache=_CACHE)
def _padded(x):
    wide = np.zeros(x.shape[0] + 2 * _PAD)
    for i in range(x.shape[0]):
        wide[_PAD + i] = x[i]
    return wide


@njit(cache=_CACHE)
def _clear(x, count):
    """Set the first cells to zero; a loop compiles several times faster than an assignment to a slice."""
    for i in range(count):
        x[i] = 0.0


@njit(cache=_CACHE)
def _four(x, i, last):
    """Cells i to i + 3 of a vector, zero from `last` on."""
    return (
        x[i] if i < last else 0.0,
        x[i + 1] if i + 1 < last else 0.0,
        x[i + 2] if i + 2 < last else 0.0,
        x[i + 3] if i + 3 < last else 0.0,
    )


@njit(cache=_CACHE, fastmath=_FAST)
def _add(event, mass, pmf, survival, r, lo_event):
    """Add what a ready month of probability `mass` gives to every event month."""
    last_t = event.shape[0] - 1
    first = min(last_t, max(0, r - lo_event))
    at, by = event[first:last_t], pmf[first + lo_event - r :]
    for t in range(at.shape[0]):
        at[t] += mass * by[t]
    event[last_t] += mass * survival[pmf.shape[0] - 1 - r]


@njit(cache=_CACHE, fastmath=_FAST)
def _gather(event, pmf, survival, r, lo_event):
    """Sum over event months t of pmf(t - r) event(t): the transpose of `_add`."""
    last_t = event.shape[0] - 1
    first = min(last_t, max(0, r - lo_event))
    at, by = event[first:last_t], pmf[first + lo_event - r :]
    total = 0.0
    for t in range(at.shape[0]):
        total += at[t] * by[t]
    return total + event[last_t] * survival[pmf.shape[0] - 1 - r]


@njit(cache=_CACHE, fastmath=_FAST)
def _count(event, mass, r, lo_event, lags, outlived):
    """Add mass times event(r + l) to every lag l, and mass times event(beyond) to the survival used."""
    last_t = event.shape[0] - 1
    first = min(last_t, max(0, r - lo_event))
    at, by = event[first:last_t], lags[first + lo_event - r :]
    for t in range(at.shape[0]):
        by[t] += mass * at[t]
    outlived[lags.shape[0] - 1 - r] += mass * event[last_t]


@njit(cache=_CACHE, fastmath=_FAST)
def _transit_one(ready, wide, survival, weight, lo_ready, lo_event, event):
    months, last_r, last_t = survival.shape[0], ready.shape[0] - 1, event.shape[0] - 1
    _clear(event, last_t)
    late = ready[last_r]
    for i in range(last_r):
        late += ready[i] * survival[months - 1 - lo_ready - i]
    for i in range(0, last_r, _PAD):
        a, b, c, d = _four(ready, i, last_r)
        if a == 0.0 and b == 0.0 and c == 0.0 and d == 0.0:
            continue
        first = min(last_t, max(0, lo_ready + i - lo_event))
        lag = _PAD + first + lo_event - lo_ready - i
        at = event[first:last_t]
        by_a, by_b, by_c, by_d = wide[lag:], wide[lag - 1 :], wide[lag - 2 :], wide[lag - 3 :]
        for t in range(at.shape[0]):
            at[t] += (a * by_a[t] + b * by_b[t]) + (c * by_c[t] + d * by_d[t])
    event[last_t] = late
    for t in range(last_t + 1):
        event[t] *= weight[t]


@guvectorize([f"void({_P},{_F},{_F},{_F},{_S},{_S},{_P})"], "(p,r),(l),(l),(t),(),()->(p,t)", cache=_CACHE)
def _transit(ready, pmf, survival, weight, lo_ready, lo_event, event):
    """Weight(t) times the sum over ready months r of ready(p, r) pmf(t - r); beyond collects the survivals."""
    wide = _padded(pmf)
    for p in range(ready.shape[0]):
        _transit_one(ready[p], wide, survival, weight, lo_ready, lo_event, event[p])


@njit(cache=_CACHE, fastmath=_FAST)
def _gather_four(event, wide, i, lo_ready, lo_event, last_t):
    """`_gather` for four ready months in a row, without *beyond*; `event` and `wide` are padded."""
    first = min(last_t, max(0, lo_ready + i - lo_event))
    lag = _PAD + first + lo_event - lo_ready - i
    at = event[_PAD + first : _PAD + last_t]
    by_a, by_b, by_c, by_d = wide[lag:], wide[lag - 1 :], wide[lag - 2 :], wide[lag - 3 :]
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for t in range(at.shape[0]):
        a += at[t] * by_a[t]
        b += at[t] * by_b[t]
        c += at[t] * by_c[t]
        d += at[t] * by_d[t]
    return a, b, c, d


@njit(cache=_CACHE, fastmath=_FAST)
def _count_four(event, masses, i, lo_ready, lo_event, lags, last_t):
    """`_count` for four ready months in a row, without *beyond*; `event` is padded."""
    a, b, c, d = masses
    shift = lo_ready + i - lo_event
    first = max(0, 1 - _PAD - shift)
    by = lags[first : max(first, last_t - shift)]
    start = _PAD + first + shift
    at_a, at_b, at_c, at_d = event[start:], event[start + 1 :], event[start + 2 :], event[start + 3 :]
    for lag in range(by.shape[0]):
        by[lag] += (a * at_a[lag] + b * at_b[lag]) + (c * at_c[lag] + d * at_d[lag])


@guvectorize(
    [f"void({_P},{_F},{_P},{_F},{_F},{_S},{_S},{_S},{_P},{_F},{_F})"],
    "(p,t),(t),(p,r),(l),(l),(),(),()->(p,r),(l),(l)",
    cache=_CACHE,
    fastmath=_FAST,
)
def _transit_back(bar, weight, ready, pmf, survival, counting, lo_ready, lo_event, bar_ready, lags, outlived):
    """Differentiate a transit by its ready months, and by pmf and survival where `counting`.

    Left at zero where `ready`, which the derivative will be multiplied with, is zero.
    """
    months, last_r, last_t = pmf.shape[0], ready.shape[1] - 1, bar.shape[1] - 1
    wide, event = _padded(pmf), np.zeros(last_t + 2 * _PAD)
    _clear(lags, lags.shape[0])
    _clear(outlived, outlived.shape[0])
    for p in range(ready.shape[0]):
        for t in range(last_t):
            event[_PAD + t] = bar[p, t] * weight[t]
        late = bar[p, last_t] * weight[last_t]
        for i in range(0, last_r, _PAD):
            masses = _four(ready[p], i, last_r)
            if masses[0] == 0.0 and masses[1] == 0.0 and masses[2] == 0.0 and masses[3] == 0.0:
                _clear(bar_ready[p, i:], min(_PAD, last_r - i))
                continue
            sums = _gather_four(event, wide, i, lo_ready, lo_event, last_t)
            for j in range(min(_PAD, last_r - i)):
                cell = months - 1 - lo_ready - i - j
                mass = ready[p, i + j]
                bar_ready[p, i + j] = sums[j] + late * survival[cell] if mass > 0.0 else 0.0
                if counting:
                    outlived[cell] += mass * late
            if counting:
                _count_four(event, masses, i, lo_ready, lo_event, lags, last_t)
        bar_ready[p, last_r] = late


@guvectorize([f"void({_F},{_F},{_F},{_F},{_S},{_S},{_P})"], "(c),(l),(l),(t),(),()->(c,t)", cache=_CACHE)
def _branch(like, pmf, survival, weight, lo_axis, lo_event, event):
    """`_transit` from every month of an open axis for sure."""
    months, last_c, last_t = pmf.shape[0], event.shape[0] - 1, event.shape[1] - 1
    for c in range(last_c):
        r = lo_axis + c
        first = min(last_t, max(0, r - lo_event))
        _clear(event[c], first)
        at, on, by = event[c, first:last_t], weight[first:last_t], pmf[first + lo_event - r :]
        for t in range(at.shape[0]):
            at[t] = by[t] * on[t]
        event[c, last_t] = survival[months - 1 - r] * weight[last_t]
    _clear(event[last_c], last_t)
    event[last_c, last_t] = weight[last_t]


@guvectorize(
    [f"void({_P},{_F},{_F},{_S},{_S},{_F},{_F})"], "(c,t),(t),(l),(),()->(l),(l)", cache=_CACHE, fastmath=_FAST
)
def _branch_back(bar, weight, like, lo_axis, lo_event, lags, outlived):
    """Differentiate a branch by pmf and survival: sums over the axis of bar(c, c + l) weight(c + l)."""
    months, last_c, last_t = like.shape[0], bar.shape[0] - 1, bar.shape[1] - 1
    _clear(lags, lags.shape[0])
    _clear(outlived, outlived.shape[0])
    for c in range(last_c):
        r = lo_axis + c
        first = min(last_t, max(0, r - lo_event))
        at, on, by = bar[c, first:last_t], weight[first:last_t], lags[first + lo_event - r :]
        for t in range(at.shape[0]):
            by[t] += at[t] * on[t]
        outlived[months - 1 - r] += bar[c, last_t] * weight[last_t]


@njit(cache=_CACHE, fastmath=_FAST)
def _meet_cell(event, share, sums, pmf, survival, weight, r, lo_event):
    """Event months given month r of the axis: probability `share` of starting there, `sums` for starting elsewhere."""
    last_t = event.shape[0] - 1
    first = min(last_t, max(0, r - lo_event))
    for t in range(first):
        event[t] = sums[t] * weight[t]
    at, on, by, rest = event[first:last_t], weight[first:last_t], pmf[first + lo_event - r :], sums[first:last_t]
    for t in range(at.shape[0]):
        at[t] = (share * by[t] + rest[t]) * on[t]
    event[last_t] = (share * survival[pmf.shape[0] - 1 - r] + sums[last_t]) * weight[last_t]


@njit(cache=_CACHE)
def _upto(h):
    """Sum the cells before each one; the last leaves *beyond* out."""
    sums = np.empty(h.shape[0])
    total = 0.0
    for i in range(h.shape[0]):
        sums[i] = total
        total += h[i]
    return sums


@njit(cache=_CACHE)
def _onward(h):
    """Sum the cells from each one on, *beyond* included."""
    sums = np.empty(h.shape[0])
    total = 0.0
    for i in range(h.shape[0] - 1, -1, -1):
        total += h[i]
        sums[i] = total
    return sums


_MEET = [f"void({_F},{_F},{_F},{_F},{_F},{_S},{_S},{_S},{_P})"], "(b),(l),(l),(t),(c),(),(),()->(c,t)"
_MEET_BACK = (
    [f"void({_P},{_F},{_F},{_F},{_F},{_S},{_S},{_S},{_S},{_F},{_F},{_F})"],
    "(c,t),(t),(b),(l),(l),(),(),(),()->(b),(l),(l)",
)


@guvectorize(*_MEET, cache=_CACHE, fastmath=_FAST)
def _meet_max(h, pmf, survival, weight, like, lo_axis, lo_h, lo_event, event):
    """Event months after the later of an open axis and h, for each month of the axis."""
    last_h, last_c, last_t = h.shape[0] - 1, event.shape[0] - 1, event.shape[1] - 1
    upto, sums = _upto(h), np.zeros(last_t + 1)
    sums[last_t] = h[last_h]
    i = last_h - 1
    for c in range(last_c - 1, -1, -1):
        while i >= 0 and lo_h + i > lo_axis + c:
            if h[i] > 0.0:
                _add(sums, h[i], pmf, survival, lo_h + i, lo_event)
            i -= 1
        _meet_cell(event[c], upto[i + 1], sums, pmf, survival, weight, lo_axis + c, lo_event)
    _clear(event[last_c], last_t)
    event[last_c, last_t] = (upto[last_h] + h[last_h]) * weight[last_t]


@guvectorize(*_MEET, cache=_CACHE, fastmath=_FAST)
def _meet_min(h, pmf, survival, weight, like, lo_axis, lo_h, lo_event, event):
    """Event months after the earlier of an open axis and h, for each month of the axis."""
    last_h, last_c, last_t = h.shape[0] - 1, event.shape[0] - 1, event.shape[1] - 1
    onward, sums = _onward(h), np.zeros(last_t + 1)
    i = 0
    for c in range(last_c):
        while i < last_h and lo_h + i < lo_axis + c:
            if h[i] > 0.0:
                _add(sums, h[i], pmf, survival, lo_h + i, lo_event)
            i += 1
        _meet_cell(event[c], onward[i], sums, pmf, survival, weight, lo_axis + c, lo_event)
    for j in range(i, last_h):
        if h[j] > 0.0:
            _add(sums, h[j], pmf, survival, lo_h + j, lo_event)
    for t in range(last_t):
        event[last_c, t] = sums[t] * weight[t]
    event[last_c, last_t] = (sums[last_t] + h[last_h]) * weight[last_t]


@njit(cache=_CACHE, fastmath=_FAST)
def _weigh(bar, weight, out):
    for t in range(bar.shape[0]):
        out[t] = bar[t] * weight[t]


@njit(cache=_CACHE, fastmath=_FAST)
def _pass(mass, event, r, delay, counting, lo_event, lags, outlived):
    """Differentiate by the probability `mass` of starting in month r; count its lags."""
    if mass == 0.0:
        return 0.0
    if counting:
        _count(event, mass, r, lo_event, lags, outlived)
    return _gather(event, delay[0], delay[1], r, lo_event)


@guvectorize(*_MEET_BACK, cache=_CACHE, fastmath=_FAST)
def _meet_max_back(bar, weight, h, pmf, survival, counting, lo_axis, lo_h, lo_event, bar_h, lags, outlived):
    """Differentiate `_meet_max` by h, and by pmf and survival where `counting`; zero where h is."""
    last_h, last_c, last_t = h.shape[0] - 1, bar.shape[0] - 1, bar.shape[1] - 1
    _clear(lags, lags.shape[0])
    _clear(outlived, outlived.shape[0])
    delay, upto, decided = (pmf, survival), _upto(h), np.empty(last_c)
    event, total = np.empty(last_t + 1), np.zeros(last_t + 1)
    i = 0
    for c in range(last_c):
        while i < last_h and lo_h + i <= lo_axis + c:
            bar_h[i] = _pass(h[i], total, lo_h + i, delay, counting, lo_event, lags, outlived)
            i += 1
        _weigh(bar[c], weight, event)
        decided[c] = _pass(upto[i], event, lo_axis + c, delay, counting, lo_event, lags, outlived)
        for t in range(last_t + 1):
            total[t] += event[t]
    for j in range(i, last_h):
        bar_h[j] = _pass(h[j], total, lo_h + j, delay, counting, lo_event, lags, outlived)
    above = bar[last_c, last_t] * weight[last_t]
    bar_h[last_h] = total[last_t] + above
    c = last_c - 1
    for j in range(last_h - 1, -1, -1):
        while c >= 0 and lo_axis + c >= lo_h + j:
            above += decided[c]
            c -= 1
        bar_h[j] += above


@guvectorize(*_MEET_BACK, cache=_CACHE, fastmath=_FAST)
def _meet_min_back(bar, weight, h, pmf, survival, counting, lo_axis, lo_h, lo_event, bar_h, lags, outlived):
    """Differentiate `_meet_min` by h, and by pmf and survival where `counting`; zero where h is."""
    last_h, last_c, last_t = h.shape[0] - 1, bar.shape[0] - 1, bar.shape[1] - 1
    _clear(lags, lags.shape[0])
    _clear(outlived, outlived.shape[0])
    delay, onward, decided = (pmf, survival), _onward(h), np.empty(last_c)
    event, total = np.empty(last_t + 1), np.empty(last_t + 1)
    _weigh(bar[last_c], weight, total)
    never = total[last_t]
    i = last_h - 1
    for c in range(last_c - 1, -1, -1):
        while i >= 0 and lo_h + i >= lo_axis + c:
            bar_h[i] = _pass(h[i], total, lo_h + i, delay, counting, lo_event, lags, outlived)
            i -= 1
        _weigh(bar[c], weight, event)
        decided[c] = _pass(onward[i + 1], event, lo_axis + c, delay, counting, lo_event, lags, outlived)
        for t in range(last_t + 1):
            total[t] += event[t]
    for j in range(i, -1, -1):
        bar_h[j] = _pass(h[j], total, lo_h + j, delay, counting, lo_event, lags, outlived)
    below, c = 0.0, 0
    for j in range(last_h):
        while c < last_c and lo_axis + c <= lo_h + j:
            below += decided[c]
            c += 1
        bar_h[j] += below
    for k in range(c, last_c):
        below += decided[k]
    bar_h[last_h] = below + never


branch = solid(_branch.ufunc)
branch_back = solid(_branch_back.ufunc, 0)
meet_max = solid(_meet_max.ufunc)
meet_max_back = solid(_meet_max_back.ufunc, 0)
meet_min = solid(_meet_min.ufunc)
meet_min_back = solid(_meet_min_back.ufunc, 0)
transit = solid(_transit.ufunc, 0)
transit_back = solid(_transit_back.ufunc, 0, 2)

"""The two arithmetics that the message pass runs in: plain numbers and logarithms, with one interface.

Linear is faster; log space has any dynamic range. `bayesmile.core.messages` picks per call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.plain_kernels import linear, linear_delays

__all__ = ["LINEAR", "Arithmetic", "log_space"]

Array = NDArray[np.float64]
Kernel = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic:
    """Numbers `zero` and `one`, elementwise product and quotient, sums, conversions and the message kernels.

    Attributes
    ----------
    over : callable
        Quotient that is zero where the divisor is zero.
    total : callable
        ``total(x, axis)``: sum over an axis or axes.
    encode, decode : callable
        From logarithms to this arithmetic's numbers, and back to probabilities.
    """

    name: str
    zero: float
    one: float
    times: Kernel
    over: Kernel
    total: Kernel
    encode: Kernel
    decode: Kernel
    log: Kernel
    branch: Kernel
    branch_back: Kernel
    dot: Kernel
    overlap: Kernel
    transit: Kernel
    transit_back: Kernel
    meet_max: Kernel
    meet_max_back: Kernel
    meet_min: Kernel
    meet_min_back: Kernel
    join_max: Kernel
    join_max_back: Kernel
    join_min: Kernel
    join_min_back: Kernel
    mix: Kernel

    def join(self, earliest: bool) -> tuple[Kernel, Kernel]:
        """Kernels of a join and of its transpose: minimum where `earliest`, else maximum."""
        return (self.join_min, self.join_min_back) if earliest else (self.join_max, self.join_max_back)

    def meet(self, earliest: bool) -> tuple[Kernel, Kernel]:
        """Kernels of a meeting and of its transpose: minimum where `earliest`, else maximum."""
        return (self.meet_min, self.meet_min_back) if earliest else (self.meet_max, self.meet_max_back)


def _same(x: Array) -> Array:
    return x


def _log(x: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(x))


def _ratio(x: Array, y: Array) -> Array:
    out = np.zeros(np.broadcast_shapes(x.shape, y.shape))
    return np.asarray(np.divide(x, y, out=out, where=y > 0.0))


def _difference(x: Array, y: Array) -> Array:
    out = np.full(np.broadcast_shapes(x.shape, y.shape), -np.inf)
    return np.asarray(np.subtract(x, y, out=out, where=y > -np.inf))


def _log_total(x: Array, axis: int | tuple[int, ...]) -> Array:
    """Log-sum-exp over `axis`, -inf where every term is."""
    top = x.max(axis=axis, keepdims=True, initial=-np.inf)
    safe = np.where(top > -np.inf, top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(x - safe).sum(axis=axis)) + np.squeeze(safe, axis=axis))


LINEAR = Arithmetic(
    name="linear", zero=0.0, one=1.0, times=np.multiply, over=_ratio, total=np.add.reduce,
    encode=np.exp, decode=_same, log=_log,
    branch=linear_delays.branch, branch_back=linear_delays.branch_back,
    transit=linear_delays.transit, transit_back=linear_delays.transit_back,
    meet_max=linear_delays.meet_max, meet_max_back=linear_delays.meet_max_back,
    meet_min=linear_delays.meet_min, meet_min_back=linear_delays.meet_min_back,
    dot=linear.dot, overlap=linear.overlap,
    join_max=linear.join_max, join_max_back=linear.join_max_back,
    join_min=linear.join_min, join_min_back=linear.join_min_back, mix=linear.mix,
)  # fmt: skip


@cache
def log_space() -> Arithmetic:
    """Arithmetic of logarithms; its kernels are loaded, or compiled, when they are first needed."""
    from bayesmile.core.log_kernels import logspace, logspace_delays

    return Arithmetic(
        name="log", zero=-np.inf, one=0.0, times=np.add, over=_difference, total=_log_total,
        encode=_same, decode=np.exp, log=_same,
        branch=logspace_delays.branch, branch_back=logspace_delays.branch_back,
        transit=logspace_delays.transit, transit_back=logspace_delays.transit_back,
        meet_max=logspace_delays.meet_max, meet_max_back=logspace_delays.meet_max_back,
        meet_min=logspace_delays.meet_min, meet_min_back=logspace_delays.meet_min_back,
        dot=logspace.dot, overlap=logspace.overlap,
        join_max=logspace.join_max, join_max_back=logspace.join_max_back,
        join_min=logspace.join_min, join_min_back=logspace.join_min_back, mix=logspace.mix,
    )  # fmt: skip

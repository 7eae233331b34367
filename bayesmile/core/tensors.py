"""Views and copies of message tensors; shape (batch or 1, open axes, live axis)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["filled", "moved", "over_axes", "planes", "spread"]

Array = NDArray[np.float64]


def moved(x: Array, source: int, target: int) -> Array:
    """`numpy.moveaxis` for one axis, several times faster."""
    start, end = source % x.ndim, target % x.ndim
    if start == end:
        return x
    order = list(range(x.ndim))
    order.insert(end, order.pop(start))
    return x.transpose(order)


def filled(x: Array, shape: tuple[int, ...]) -> Array:
    """Copy of `x` broadcast to a shape; for these sizes quicker to make, and to use, than a view."""
    out = np.empty(shape)
    out[...] = x
    return out


def spread(x: Array, have: tuple[int, ...], want: tuple[int, ...]) -> Array:
    """View of `x` with a length-one axis for every open axis of `want` that it lacks."""
    if have == want:
        return x
    return x[(slice(None), *(slice(None) if axis in have else None for axis in want))]


def planes(x: Array, shape: tuple[int, ...]) -> Array:
    """Broadcast `x`, but for its batch axis, to open axes and a live axis; then make one axis of all open axes."""
    full = x if x.shape[1:] == shape else filled(x, (x.shape[0], *shape))
    return full.reshape(x.shape[0], -1, shape[-1])


def over_axes(x: Array, axes: int) -> Array:
    """View of a vector per draw that broadcasts over `axes` open axes."""
    return x.reshape(x.shape[0], *(1,) * axes, x.shape[-1]) if axes else x

"""Arrays as compiled loops want them: the axes that a kernel works on in one piece of memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["solid"]


def solid(kernel: np.ufunc, *planes: int) -> Callable[..., Any]:
    """Call a kernel with the core axes of every argument contiguous, as its compiled loops assume.

    Parameters
    ----------
    kernel : numpy.ufunc
        Generalised ufunc over the last axis, or over the last two.
    *planes : int
        Positions of the arguments that have two core axes; the others have one or none.

    Examples
    --------
    >>> solid(np.matmul, 0, 1)(np.ones((2, 3)), np.ones((2, 3)).T).shape
    (2, 2)
    """

    def call(*arguments: Any) -> Any:
        return kernel(*[_contiguous(x, place in planes) for place, x in enumerate(arguments)])

    return call


def _contiguous(x: Any, plane: bool) -> Any:
    if not isinstance(x, np.ndarray) or x.flags.c_contiguous:
        return x
    # NumPy leaves the strides of an axis of length one alone, and no loop steps along it.
    loose = x.strides[-1] != x.itemsize and x.shape[-1] > 1
    if loose or (plane and x.shape[-2] > 1 and x.strides[-2] != x.itemsize * x.shape[-1]):
        return np.ascontiguousarray(x)
    return x

"""Parts of a batch on several threads: compiled kernels hold no lock, so that parts run at the same time."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

__all__ = ["in_order"]


def in_order[A, B](call: Callable[[A], B], parts: Sequence[A], threads: int | None) -> list[B]:
    """Call a function on every part, on several threads at once, and return the results in the order of the parts.

    Parameters
    ----------
    call : callable
        Keeps no state between parts.
    parts : sequence
    threads : int or None
        Most threads to use; None means one for each processor. One part or one thread needs no other thread.

    Returns
    -------
    list
        One result for each part. The first part that raises, raises here.

    Examples
    --------
    >>> in_order(str, [3, 1, 2], threads=2)
    ['3', '1', '2']
    """
    workers = min(len(parts), _processors() if threads is None else threads)
    if workers <= 1:
        return [call(part) for part in parts]
    with ThreadPoolExecutor(workers) as pool:
        # How NumPy treats underflow is part of the context, which a new thread does not have.
        tasks = [pool.submit(copy_context().run, call, part) for part in parts]
        return [task.result() for task in tasks]


def _processors() -> int:
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    return os.cpu_count() or 1

"""Parts of a batch on several threads: compiled kernels hold no lock, so that parts run at the same time."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import lru_cache

__all__ = ["in_order"]

_here = threading.local()  # `busy` in a thread that works on a part already


def in_order[A, B](call: Callable[[A], B], parts: Sequence[A], threads: int | None) -> list[B]:
    """Call a function on every part, on several threads at once, and return the results in the order of the parts.

    Threads are kept for the next call. A part that is itself split works on its pieces one by one: its threads are all
    at work already.

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
    if workers <= 1 or getattr(_here, "busy", False):
        return [call(part) for part in parts]
    # How NumPy treats underflow is part of the context, which another thread does not have.
    tasks = [_pool(workers).submit(copy_context().run, call, part) for part in parts]
    return _results(tasks)


def _results[B](tasks: Sequence[Future[B]]) -> list[B]:
    """Results in order; whatever is raised, nothing is left running."""
    try:
        return [task.result() for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            if not task.cancelled():
                task.exception()


@lru_cache(maxsize=8)
def _pool(workers: int) -> ThreadPoolExecutor:
    """Threads of a pool of this size, kept: starting them anew costs more than a small part."""
    return ThreadPoolExecutor(workers, "bayesmile", initializer=_begin)


def _begin() -> None:
    _here.busy = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a forked process has no threads but its own


def _processors() -> int:
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    return os.cpu_count() or 1

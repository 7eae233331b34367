"""Clocks: the shortest of many repeats, and the unit in which times are given.

A shared machine only ever adds time, so the shortest repeat is the one to compare; ratios are of times from one run.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Timing", "measure", "measure_product", "slope"]


@dataclass(frozen=True, slots=True)
class Timing:
    """Shortest and median repeat, in seconds."""

    best: float
    median: float
    repeats: int

    def __str__(self) -> str:
        """Shortest repeat with a unit that reads well."""
        return duration(self.best)


def measure(call: Callable[[], object], *, seconds: float = 0.3, warm: bool = True, most: int = 2_000) -> Timing:
    """Repeat a call for about `seconds`: at least once, at most `most` times, after one call that is not counted."""
    if warm:
        call()
    times: list[float] = []
    started = time.perf_counter()
    while not times or (time.perf_counter() - started < seconds and len(times) < most):
        before = time.perf_counter()
        call()
        times.append(time.perf_counter() - before)
    return Timing(min(times), float(np.median(times)), len(times))


def measure_product(months: int, *, count: int = 1) -> Timing:
    """Measure `count` dense matrix-vector products, months x (months + 1), each with a matrix of its own."""
    rng = np.random.default_rng(0)
    matrices, vectors = rng.random((count, months, months + 1)), rng.random((count, months))

    def products() -> None:
        for matrix, vector in zip(matrices, vectors, strict=True):
            vector @ matrix

    return measure(products, seconds=0.1, most=20_000)


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Exponent of a power law: least-squares slope in logarithms."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    unit, factor = next(
        (pair for pair in (("s", 1.0), ("ms", 1e3)) if seconds * pair[1] >= 1.0),
        ("us", 1e6),
    )
    value = seconds * factor
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f} {unit}"

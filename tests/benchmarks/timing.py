"""Clocks: the shortest of many repeats, and the unit in which times are given.

A shared machine only ever adds time, so the shortest repeat is the one to compare; ratios are of times from one run.
A long call cannot escape being interrupted: then the processor time counts, unless several threads make it longer than
the time on the wall.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Timing", "clock", "duration", "measure", "measure_products", "measure_together", "slope"]


PROCESSOR_TICK = max(1e-6, time.get_clock_info("process_time").resolution)


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
    """Repeat a call for about `seconds`: at least twice, at most `most` times, after one call that is not counted."""
    if warm:
        call()
    times: list[float] = []
    started = time.perf_counter()
    while len(times) < 2 or (time.perf_counter() - started < seconds and len(times) < most):
        times.append(clock(call))
    return Timing(min(times), float(np.median(times)), len(times))


def clock(call: Callable[[], object]) -> float:
    """Seconds of one call: the shorter of wall and processor time, where the latter's clock is fine enough."""
    wall, processor = time.perf_counter(), time.process_time()
    call()
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    return min(wall, processor) if wall > 1e3 * PROCESSOR_TICK else wall


def measure_together(calls: Sequence[Callable[[], object]], *, rounds: int = 5) -> list[Timing]:
    """Measure several calls in turn, several rounds, so that a busy spell of the machine spoils no single one."""
    taken = [[measure(call, seconds=0.15) for call in calls] for _ in range(rounds)]
    return [
        Timing(min(t.best for t in turns), float(np.median([t.median for t in turns])), sum(t.repeats for t in turns))
        for turns in zip(*taken, strict=True)
    ]


def measure_products(months: int, count: int = 6) -> Timing:
    """Measure `count` dense matrix-vector products, months x (months + 1), each with a matrix of its own."""
    rng = np.random.default_rng(0)
    matrices, vectors = list(rng.random((count, months, months + 1))), list(rng.random((count, months)))

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

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
    """Seconds of the shortest and the median repeat, and the shortest by each clock alone."""

    best: float
    median: float
    wall: float
    processor: float

    def __str__(self) -> str:
        """Shortest repeat with a unit that reads well."""
        return duration(self.best)

    @staticmethod
    def of(walls: Sequence[float], processors: Sequence[float]) -> Timing:
        """Summarize repeats; of each, the shorter clock counts where the processor's is fine enough."""
        both = np.array([walls, processors])
        shorter = np.where(both[0] > 1e3 * PROCESSOR_TICK, both.min(axis=0), both[0])
        return Timing(float(shorter.min()), float(np.median(shorter)), min(walls), min(processors))


def measure(call: Callable[[], object], *, seconds: float = 0.3, warm: bool = True, most: int = 2_000) -> Timing:
    """Repeat a call for about `seconds`: at least twice, at most `most` times, after one call that is not counted."""
    if warm:
        call()
    return Timing.of(*zip(*clock(call, seconds, most), strict=True))


def clock(call: Callable[[], object], seconds: float, most: int = 2_000) -> list[tuple[float, float]]:
    """Wall and processor seconds of every repeat."""
    times: list[tuple[float, float]] = []
    started = time.perf_counter()
    while len(times) < 2 or (time.perf_counter() - started < seconds and len(times) < most):
        wall, processor = time.perf_counter(), time.process_time()
        call()
        processor, wall = time.process_time() - processor, time.perf_counter() - wall
        times.append((wall, processor))
    return times


def measure_together(calls: Sequence[Callable[[], object]], *, rounds: int = 5) -> list[Timing]:
    """Measure several calls in turn, several rounds, so that a busy spell of the machine spoils no single one."""
    taken = [[clock(call, 0.15) for call in calls] for _ in range(rounds + 1)]
    return [
        Timing.of(*zip(*(pair for turn in turns[1:] for pair in turn), strict=True))
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

"""How time grows with months, milestones, draws and announcements, in dense matrix-vector products of the same size."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from rich.table import Table

import bayesmile as bm
from bayesmile.core.cost import count_cost
from bayesmile.core.plan import make_plan
from bayesmile.core.posterior import posterior
from bayesmile.core.windows import known, windows
from bayesmile.inference import infer
from bayesmile.ledger import Ledger
from bayesmile.streams import Stream
from tests.benchmarks.growth_plot import draw_panels
from tests.benchmarks.roadmaps import Arrays, arrays, chain, diamond, ladder, nested
from tests.benchmarks.timing import Timing, duration, measure, measure_products, measure_together, slope

MONTHS = 120


@dataclass(frozen=True, slots=True)
class Point:
    """One size: its time, the time of one dense product, and the counted multiply-adds (none: not counted)."""

    size: int
    took: Timing
    unit: float
    work: float | None = None

    @property
    def units(self) -> float:
        return self.took.best / self.unit


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a picture."""

    axis: str
    name: str
    points: tuple[Point, ...]

    def exponent(self, last: int | None = None) -> float:
        """Exponent of the time, over the `last` points or all."""
        points = self.points[-last:] if last else self.points
        return slope([p.size for p in points], [p.took.best for p in points])

    def counted_exponent(self) -> float | None:
        """Exponent of the counted multiply-adds over the last three points."""
        if any(point.work is None for point in self.points):
            return None
        return slope([p.size for p in self.points[-3:]], [float(p.work or 0.0) for p in self.points[-3:]])


@pytest.fixture(scope="module")
def curves(growth_plot: Path):
    """Everything measured so far; drawn at the end."""
    drawn: list[Curve] = []
    yield drawn
    draw_panels(drawn, growth_plot)


def dense_product(months: int) -> float:
    """Seconds of one dense matrix-vector product, months x (months + 1)."""
    return measure_products(months).best / 6


def count(given: Arrays) -> float:
    """Multiply-adds of one forward pass."""
    cut = windows(given.graph, given.log_pmf[None], given.loglik[None])
    return count_cost(make_plan(given.graph, known(cut)), cut).multiply_adds


def time_passes(axis: str, name: str, given: dict[int, Arrays]) -> Curve:
    """Time one posterior for every size."""
    for problem in given.values():
        np.testing.assert_allclose(posterior(*problem.arguments).pmf.sum(axis=-1), 1.0, rtol=1e-9)
    took = measure_together([partial(posterior, *problem.arguments) for problem in given.values()])
    points = (
        Point(size, timing, dense_product(problem.log_pmf.shape[-1]), count(problem))
        for (size, problem), timing in zip(given.items(), took, strict=True)
    )
    return Curve(axis, name, tuple(points))


def time_calls(axis: str, name: str, calls: dict[int, Callable[[], object]]) -> Curve:
    """Time any call for every size, on the grid of 120 months."""
    unit, took = dense_product(MONTHS), measure_together(list(calls.values()))
    return Curve(axis, name, tuple(Point(size, timing, unit) for size, timing in zip(calls, took, strict=True)))


def tabulate(curve: Curve) -> Table:
    """Sizes, times, units and exponents."""
    table = Table(title=f"{curve.name}: growth in {curve.axis}", caption=exponents(curve))
    for heading in (curve.axis, "shortest", "dense products", "multiply-adds"):
        table.add_column(heading, justify="right")
    for point in curve.points:
        work = "" if point.work is None else f"{point.work:.1e}"
        table.add_row(str(point.size), duration(point.took.best), f"{point.units:,.1f}", work)
    return table


def exponents(curve: Curve) -> str:
    text = f"time ~ {curve.axis}^{curve.exponent():.2f} over all sizes, ^{curve.exponent(3):.2f} over the last three"
    counted = curve.counted_exponent()
    return text if counted is None else f"{text}; multiply-adds ^{counted:.2f}"


MONTH_CASES = {
    "diamond": (diamond, (30, 60, 120, 240, 480)),
    "two nested ancestors": (nested, (15, 30, 60, 90, 120)),
}


@pytest.mark.parametrize("name", list(MONTH_CASES))
def test_months(name, curves, show):
    make, sizes = MONTH_CASES[name]
    curves.append(time_passes("months", name, {months: arrays(make(months), months, seed=1) for months in sizes}))
    show(tabulate(curves[-1]))


@pytest.mark.parametrize(("name", "make"), [("chain", chain), ("ladder", ladder)])
def test_milestones(name, make, curves, show):
    sizes = (8, 16, 32, 64)
    curves.append(time_passes("milestones", name, {size: arrays(make(size), MONTHS, seed=1) for size in sizes}))
    show(tabulate(curves[-1]))


def test_draws(curves, show):
    one, calls = arrays(diamond(), MONTHS, seed=1), {}
    for draws in (1, 4, 16, 64, 256, 1024):
        pmf, survival = (np.repeat(x[None], draws, axis=0) for x in (one.log_pmf, one.log_survival))
        calls[draws] = partial(posterior, pmf, survival, one.loglik, one.graph)
    curves.append(time_calls("draws", "diamond", calls))
    show(tabulate(curves[-1]))


def make_ledger(count: int) -> Ledger:
    """Announcements of one stream, one a day."""
    stream = Stream("deal", "packs", base_rate=6.0, lift=1.5, lead=12, covers=("2020-01", None))
    first = dt.date(2020, 1, 1)
    dates = [str(first + dt.timedelta(days=day)) for day in range(count)]
    return Ledger([bm.Announcement("packs", "deal", announced=date) for date in dates], [stream])


def test_announcements(curves, show):
    """The ledger is cut to what is known, then inferred from; both are timed, apart."""
    roadmap, grid = diamond(), bm.MonthGrid("2026-01", MONTHS)
    ledgers = {size: make_ledger(size) for size in (8, 32, 128, 512, 2048)}
    known = {size: ledger.known_by("2026-06") for size, ledger in ledgers.items()}
    for size, what in known.items():
        assert len(infer(roadmap, what, grid).solution.rows) == size + 1
    inferring = {size: partial(infer, roadmap, what, grid) for size, what in known.items()}
    cutting = {size: partial(ledger.known_by, "2026-06") for size, ledger in ledgers.items()}
    for name, calls in (("infer", inferring), ("known_by", cutting)):
        curves.append(time_calls("announcements", name, calls))
        show(tabulate(curves[-1]))


def test_facts_make_it_faster(show):
    """One known month leaves little to sum: the time follows the months that still have mass."""
    grid, table = bm.MonthGrid("2026-01", MONTHS), Table(title=f"Facts: two nested ancestors, {MONTHS} months")
    for heading in ("milestones reached", "shortest", "multiply-adds"):
        table.add_column(heading, justify="right")
    for months in facts(grid):
        given = arrays(nested(), MONTHS)
        for milestone, month in enumerate(months):
            given.loglik[milestone] = np.where(np.arange(MONTHS + 1) == month, 0.0, -np.inf)
        took = measure(partial(posterior, *given.arguments), seconds=0.4)
        table.add_row(str(len(months) or "none"), str(took), f"{count(given):.1e}")
    show(table)


def facts(grid: bm.MonthGrid) -> Sequence[tuple[int, ...]]:
    """Months of the first few milestones."""
    return (), (grid.months // 12,), (grid.months // 12, grid.months // 6)

"""How time grows with months, milestones, draws and announcements, in dense matrix-vector products of the same size."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
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
from bayesmile.core.windows import windows
from bayesmile.inference import infer
from bayesmile.ledger import Ledger
from bayesmile.streams import Stream
from tests.benchmarks.growth_plot import draw_panels
from tests.benchmarks.roadmaps import Arrays, arrays, chain, diamond, ladder, nested
from tests.benchmarks.timing import Timing, duration, measure, measure_product, slope

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


def count(given: Arrays) -> float:
    """Multiply-adds of one forward pass."""
    plan = make_plan(given.graph)
    return count_cost(plan, windows(plan, given.log_pmf[None], given.loglik[None])).multiply_adds


def time_passes(axis: str, name: str, sizes: Iterable[int], build: Callable[[int], Arrays]) -> Curve:
    """Time one posterior for every size."""
    points = []
    for size in sizes:
        given = build(size)
        answer = posterior(*given.arguments)
        np.testing.assert_allclose(answer.pmf.sum(axis=-1), 1.0, rtol=1e-9)
        took = measure(partial(posterior, *given.arguments), seconds=0.4)
        points.append(Point(size, took, measure_product(given.log_pmf.shape[-1]).best, count(given)))
    return Curve(axis, name, tuple(points))


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
    curves.append(time_passes("months", name, sizes, lambda months: arrays(make(months), months, seed=1)))
    show(tabulate(curves[-1]))


@pytest.mark.parametrize(("name", "make"), [("chain", chain), ("ladder", ladder)])
def test_milestones(name, make, curves, show):
    sizes = (4, 8, 16, 32, 48)
    curves.append(time_passes("milestones", name, sizes, lambda count: arrays(make(count), MONTHS, seed=1)))
    show(tabulate(curves[-1]))


def test_draws(curves, show):
    one, unit, points = arrays(diamond(), MONTHS, seed=1), measure_product(MONTHS).best, []
    for draws in (1, 4, 16, 64, 256, 1024):
        pmf, survival = (np.repeat(x[None], draws, axis=0) for x in (one.log_pmf, one.log_survival))
        call = partial(posterior, pmf, survival, one.loglik, one.graph)
        points.append(Point(draws, measure(call, seconds=0.6), unit))
    curves.append(Curve("draws", "diamond", tuple(points)))
    show(tabulate(curves[-1]))


def make_ledger(count: int) -> Ledger:
    """Announcements of one stream, one a day."""
    stream = Stream("deal", "packs", base_rate=6.0, lift=1.5, lead=12, covers=("2020-01", None))
    first = dt.date(2020, 1, 1)
    dates = [str(first + dt.timedelta(days=day)) for day in range(count)]
    return Ledger([bm.Announcement("packs", "deal", announced=date) for date in dates], [stream])


def test_announcements(curves, show):
    """The ledger is cut to what is known, then inferred from; both are timed, apart."""
    roadmap, grid, unit = diamond(), bm.MonthGrid("2026-01", MONTHS), measure_product(MONTHS).best
    inferring, cutting = [], []
    for size in (8, 32, 128, 512, 2048):
        ledger = make_ledger(size)
        known = ledger.known_by("2026-06")
        assert len(infer(roadmap, known, grid).solution.rows) == size + 1
        inferring.append(Point(size, measure(partial(infer, roadmap, known, grid), seconds=0.4), unit))
        cutting.append(Point(size, measure(partial(ledger.known_by, "2026-06"), seconds=0.4), unit))
    for name, points in (("infer", inferring), ("known_by", cutting)):
        curves.append(Curve("announcements", name, tuple(points)))
        show(tabulate(curves[-1]))


def test_facts_make_it_faster(show):
    """One known month leaves little to sum: the time follows the months that still have mass."""
    grid, table = bm.MonthGrid("2026-01", MONTHS), Table(title=f"Facts: two nested ancestors, {MONTHS} months")
    for heading in ("known", "shortest", "multiply-adds"):
        table.add_column(heading, justify="left" if heading == "known" else "right")
    for known in facts(grid):
        given = arrays(nested(), MONTHS)
        for milestone, month in enumerate(known):
            given.loglik[milestone] = np.where(np.arange(MONTHS + 1) == month, 0.0, -np.inf)
        took = measure(partial(posterior, *given.arguments), seconds=0.4)
        table.add_row(f"{len(known)} milestones", str(took), f"{count(given):.1e}")
    show(table)


def facts(grid: bm.MonthGrid) -> Sequence[tuple[int, ...]]:
    """Months of the first few milestones."""
    return (), (grid.months // 12,), (grid.months // 12, grid.months // 6)

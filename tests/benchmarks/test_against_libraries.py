"""Against what a user would pick instead: pyAgrum and pgmpy on the same network with the same evidence, in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.table import Table

import bayesmile as bm
from bayesmile.core.posterior import posterior
from bayesmile.inference import infer
from tests.benchmarks.libraries import pgmpy_elimination, pgmpy_propagation, pyagrum_junction_tree, whole_tables
from tests.benchmarks.roadmaps import Arrays, diamond, diamond_news, with_news
from tests.benchmarks.timing import Timing, duration, measure
from tests.networks import as_network

Array = NDArray[np.float64]
Solve = Callable[[], Array]

# Beyond these, tables or cliques of months^4 numbers take minutes or more memory than most machines have.
LARGEST_WHOLE_TABLE = 48
LARGEST_PROPAGATION = 24

# The other libraries warn about their own dependencies.
pytestmark = pytest.mark.filterwarnings("ignore")


def rivals(given: Arrays, months: int) -> Iterator[tuple[str, Solve]]:
    """Every other way to all marginals that is feasible at this size, set up and ready to be timed."""
    delays = (given.log_pmf, given.log_survival, given.graph)
    pairwise, loglik = as_network(*delays), given.loglik
    yield "pyAgrum junction tree, pairwise joins", pyagrum_junction_tree(pairwise, loglik)
    if months <= LARGEST_WHOLE_TABLE:
        yield "pyAgrum junction tree, three-parent table", pyagrum_junction_tree(whole_tables(*delays), loglik)
    yield "pgmpy variable elimination, pairwise joins", pgmpy_elimination(pairwise, loglik)
    if months <= LARGEST_PROPAGATION:
        yield "pgmpy belief propagation, pairwise joins", pgmpy_propagation(pairwise, loglik)


@pytest.mark.parametrize("months", [12, 24, 48, 120])
def test_all_marginals_of_the_diamond(months, show):
    roadmap, grid = diamond(months), bm.MonthGrid("2026-01", months)
    news = diamond_news(grid)
    given, pmf = with_news(roadmap, grid, news), infer(roadmap, news, grid).solution.pmf
    whole = measure(partial(infer, roadmap, news, grid), seconds=0.5)
    core = measure(partial(posterior, *given.arguments), seconds=0.5)
    table = new_table(f"All marginals of the diamond, {months} months", whole, core)
    for name, solve in rivals(given, months):
        theirs = solve()
        np.testing.assert_allclose(pmf, theirs, rtol=0.0, atol=1e-9)
        took = measure(solve, seconds=1.0, warm=False)
        by_wall, by_processor, to_core = took.wall / whole.wall, took.processor / whole.best, took.best / core.best
        apart = float(np.abs(pmf - theirs).max())
        times = duration(took.wall), duration(took.processor)
        table.add_row(name, *times, f"{by_wall:,.0f}", f"{by_processor:,.0f}", f"{to_core:,.0f}", f"{apart:.0e}")
    show(table)


def new_table(title: str, whole: Timing, core: Timing) -> Table:
    """Table that begins with our own times."""
    table = Table(title=title)
    for heading in ("", "wall", "processor", "x infer, wall", "x infer, proc.", "x posterior", "apart"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, took in (("bayesmile.infer, end to end", whole), ("bayesmile.core posterior", core)):
        ratios = (took.wall / whole.wall, took.processor / whole.processor, took.best / core.best)
        table.add_row(name, duration(took.wall), duration(took.processor), *(f"{ratio:.2g}" for ratio in ratios), "")
    return table

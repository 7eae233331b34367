"""How long one posterior takes: end to end, in the engine, a draw of a batch; in units of its own dense products."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from rich.table import Table

import bayesmile as bm
from bayesmile.core.posterior import log_marginal, posterior
from bayesmile.dossier import load
from bayesmile.inference import infer
from tests.benchmarks.roadmaps import Arrays, diamond, diamond_news, with_news
from tests.benchmarks.timing import duration, measure, measure_products

MONTHS, DRAWS = 120, 256
GRID = bm.MonthGrid("2026-01", MONTHS)


def batch_arrays(draws: int, months: int = MONTHS) -> Arrays:
    """Draws of every median, within 10 percent or so, of the diamond with its news."""
    rng, base = np.random.default_rng(1), diamond(months)
    grid = bm.MonthGrid("2026-01", months)
    pmf, survival = np.empty((2, draws, len(base), months))
    for draw in range(draws):
        factors = np.exp(rng.normal(0.0, 0.1, len(base)))
        for k, (milestone, factor) in enumerate(zip(base, factors, strict=True)):
            delay = bm.LogNormal(milestone.delay.median * factor, milestone.delay.sigma, milestone.delay.never)
            pmf[draw, k], survival[draw, k] = delay.log_delay(months, bool(milestone.after))
    return Arrays(pmf, survival, with_news(base, grid, diamond_news(grid)).loglik, base.graph)


@pytest.fixture(scope="module")
def cases() -> dict[str, tuple[Callable[[], object], int]]:
    """List what is timed, with the number of draws in it."""
    roadmap, news = diamond(), diamond_news(GRID)
    one, many = with_news(roadmap, GRID, news), batch_arrays(DRAWS)
    guidance = bm.Guidance("yield", issued="2026-02", target="2028-12", slip_mean=0.3, slip_sd=0.4)
    return {
        "infer, end to end": (partial(infer, roadmap, news, GRID), 1),
        "infer, with a guidance as well": (partial(infer, roadmap, [*news, guidance], GRID), 1),
        "posterior, one draw": (partial(posterior, *one.arguments), 1),
        "posterior and delay counts, one draw": (partial(posterior, *one.arguments, lags=True), 1),
        f"posterior, a draw of {DRAWS}": (partial(posterior, *many.arguments), DRAWS),
        f"posterior and delay counts, a draw of {DRAWS}": (partial(posterior, *many.arguments, lags=True), DRAWS),
        f"log marginal, a draw of {DRAWS}": (partial(log_marginal, *many.arguments), DRAWS),
    }


@pytest.mark.parametrize("name", ["infer, end to end", "posterior, one draw", f"posterior, a draw of {DRAWS}"])
def test_diamond(benchmark, cases, name):
    """Timed by pytest-benchmark, whose `--benchmark-save` and `--benchmark-compare` follow it over commits."""
    call, draws = cases[name]
    benchmark.extra_info["draws"] = draws
    benchmark.pedantic(call, rounds=200 if draws == 1 else 5, warmup_rounds=1)


def test_in_units_of_dense_products(cases, show):
    """The six matrix-vector products that a chain of six dense delays would take are the natural unit."""
    unit = measure_products(MONTHS, len(diamond()))
    table = Table(title=f"Diamond, 6 milestones, {MONTHS} months; unit: six dense products of {unit}")
    for heading in ("", "shortest", "median", "in units"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, (call, draws) in cases.items():
        took = measure(call, seconds=1.0)
        times = [f"{1e3 * seconds / draws:.3f} ms" for seconds in (took.best, took.median)]
        table.add_row(name, *times, f"{took.best / draws / unit.best:.1f}")
    show(table)


@pytest.mark.parametrize("as_of", ["2021-06-30", "2023-06-30", "2025-10-16", "2026-07-02"])
def test_quantumscape(as_of, show):
    """Nine milestones and all that was known; a batch on one thread."""
    dossier = load("quantumscape")
    solution = dossier.belief(as_of).solution
    one = (solution.delays.log_pmf, solution.delays.log_survival, solution.loglik)
    many, graph = [np.repeat(x[None], DRAWS, axis=0) for x in one], dossier.roadmap.graph
    calls = {"log marginal": log_marginal, "posterior": posterior, "and delay counts": partial(posterior, lags=True)}
    table = Table(title=f"QuantumScape as of {as_of}, {dossier.grid.months} months")
    for heading in ("", "one draw", f"a draw of {DRAWS}"):
        table.add_column(heading, justify="right")
    for name, call in calls.items():
        times = [
            measure(partial(call, *arrays, graph, threads=1), seconds=0.5).best / draws
            for arrays, draws in ((one, 1), (many, DRAWS))
        ]
        table.add_row(name, *(duration(seconds) for seconds in times))
    show(table)


def test_a_batch_is_what_its_draws_are_alone():
    many = batch_arrays(20)
    whole = posterior(*many.arguments).pmf
    for draw in range(20):
        alone = posterior(many.log_pmf[draw], many.log_survival[draw], many.loglik, many.graph).pmf
        np.testing.assert_allclose(whole[draw], alone, rtol=1e-9, atol=1e-15)

"""Twenty dates from one pool of draws, against what would be done instead: a fit for each date."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from rich.table import Table

from bayesmile.dossier import load
from bayesmile.model.fitting import fit
from bayesmile.model.replaying import replay_draws
from bayesmile.sections.replay import every
from tests.benchmarks.timing import duration

DATES = every("2024-12-31", "2026-07-31", "month")
MIDDLE = "2025-10-16"
DRAWS = 1000


def timed[T](call: Callable[[], T]) -> tuple[T, float, float]:
    """Return the answer, with seconds on the wall and of all processors; it takes too long to be repeated."""
    wall, processor = time.perf_counter(), time.process_time()
    answer = call()
    return answer, time.perf_counter() - wall, time.process_time() - processor


@pytest.fixture(scope="module")
def dossier():
    found = load("quantumscape")
    replay_draws(found, [DATES[0], DATES[-1]], draws=100, least_ess=0.0)  # kernels compiled, modules imported
    return found


def test_replay_of_twenty_dates_against_as_many_fits(dossier, show):
    """The fit is about the smallest that can be believed; twenty of them are one times twenty."""
    beliefs, seconds, processor = timed(lambda: replay_draws(dossier, DATES, draws=DRAWS, least_ess=0.0))
    options = {"draws": 250, "tune": 400, "chains": 4, "items": False, "allow_unconverged": True}
    tree, fitting, fit_processor = timed(lambda: fit(dossier, MIDDLE, **options))
    months = beliefs.months.mean("milestone")
    table = Table(title=f"QuantumScape, {len(DATES)} month ends, {DRAWS} draws of the parameters")
    for heading in ("", "wall", "processor", "a date", "effective draws", "worth"):
        table.add_column(heading, justify="left" if not heading else "right")
    table.add_row(
        f"replay, {float(months[0]):.0f} to {float(months[-1]):.0f} possible months a milestone",
        *(duration(x) for x in (seconds, processor, seconds / len(DATES))),
        f"{float(beliefs.ess.min()):.0f} to {float(beliefs.ess.max()):.0f}",
        f"k-hat at most {float(beliefs.khat.max()):.2f}",
    )
    table.add_row(
        "a fit for each date (one measured)",
        *(duration(len(DATES) * x) for x in (fitting, fit_processor)),
        duration(fitting),
        f"{tree.attrs['min_ess']:.0f}",
        f"R-hat {tree.attrs['max_rhat']:.3f}",
    )
    table.add_row("ratio", *(f"{len(DATES) * a / b:.0f}" for a, b in ((fitting, seconds), (fit_processor, processor))))
    show(table)
    assert len(DATES) == 20
    assert float(beliefs.khat.max()) < 0.7

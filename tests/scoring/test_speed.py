"""A hundred thousand forecasts of ten years are scored in seconds."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from bayesmile.scoring.months import by_month, month_log_score
from bayesmile.scoring.outcomes import month_outcomes
from bayesmile.scoring.skill import paired_skill
from bayesmile.scoring.summaries import score_binary, score_months
from tests.scoring.worlds import draw_cells, random_pmfs

FORECASTS, MONTHS, CLUSTERS, SECONDS = 100_000, 120, 2_676, 60.0


@pytest.mark.slow
def test_a_hundred_thousand_forecasts_take_well_under_two_minutes(rng: np.random.Generator):
    table = random_pmfs(rng, FORECASTS, MONTHS + 1)
    cells, through = draw_cells(rng, table), rng.integers(20, MONTHS, FORECASTS)
    known = month_outcomes(np.where(cells <= through, cells, math.nan), through=through, months=MONTHS)
    cluster = rng.integers(CLUSTERS, size=FORECASTS)
    start = time.perf_counter()
    summary = score_months(table, known, cluster=cluster)
    asked = by_month(table, known, 11)
    binary = score_binary(asked.probability, asked.outcome, cluster=cluster[asked.kept])
    flat = np.full(table.shape, 1.0 / (MONTHS + 1))
    logs = (month_log_score(pmf, known).nats for pmf in (table, flat))
    skill = paired_skill(*logs, cluster=cluster)
    assert time.perf_counter() - start < SECONDS
    # The forecasts are the truth: every measure says so.
    assert skill.high < 0.0
    assert binary.line is not None and abs(binary.line.slope - 1.0) < 4.0 * binary.line.slope_se
    for row in summary.coverage:
        assert row.pit == pytest.approx(row.level, abs=0.01)

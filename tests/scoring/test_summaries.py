"""All scores at once: each equals the one asked for alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bayesmile.errors import InvalidInput
from bayesmile.scoring.binary import brier, log_score
from bayesmile.scoring.lines import calibration_line
from bayesmile.scoring.months import by_month, month_log_score, ranked_probability_score
from bayesmile.scoring.outcomes import MonthOutcomes, month_outcomes
from bayesmile.scoring.resampling import mean_score
from bayesmile.scoring.summaries import score_binary, score_months
from tests.scoring.worlds import draw_cells, random_pmfs


@pytest.fixture
def world(rng: np.random.Generator):
    table = random_pmfs(rng, 200, 13)
    cells = draw_cells(rng, table)
    through = rng.integers(5, 12, 200)
    known = month_outcomes(np.where(cells <= through, cells, math.nan), through=through, months=12)
    return table, known, np.arange(200) // 4


def test_month_summary_equals_its_parts(world):
    table, known, cluster = world
    summary = score_months(table, known, cluster=cluster, draws=200, seed=3)
    assert summary.log == mean_score(month_log_score(table, known).nats, cluster=cluster, draws=200, seed=3)
    assert summary.ranked.value == pytest.approx(ranked_probability_score(table, known).mean[0])
    assert summary.ranked == summary.ranked_most
    assert summary.counts == known.counts() and summary.pit.censored == known.counts()["not_yet"]
    frame = summary.frame()
    assert frame.loc["log score, nats", ["value", "low", "high"]].tolist() == [
        summary.log.value,
        summary.log.low,
        summary.log.high,
    ]
    assert frame.loc["clusters", "value"] == 50 and frame.loc["events not yet", "value"] == summary.pit.censored
    assert frame.index.is_unique


def test_intervals_show_as_two_scores():
    known = MonthOutcomes([0, 1], [1, 1], [2, 2], months=3)
    summary = score_months(np.tile([0.1, 0.2, 0.3, 0.4], (2, 1)), known, draws=100)
    assert summary.ranked.value < summary.ranked_most.value


def test_binary_summary_equals_its_parts(world):
    table, known, cluster = world
    asked = by_month(table, known, 3)
    p, y, labels = asked.probability, asked.outcome, cluster[asked.kept]
    summary = score_binary(p, y, cluster=labels, draws=200)
    assert summary.brier.value == brier(p, y).mean() and summary.log.value == log_score(p, y).mean
    assert summary.line == calibration_line(p, y, cluster=labels)
    assert summary.curve.clusters == summary.brier.clusters == 50
    assert summary.frame().loc["calibration slope", "low"] == summary.line.slope_low
    assert summary.frame().index.is_unique


def test_perfect_forecasts_have_no_line_and_it_is_said_why():
    summary = score_binary([0.0, 1.0, 1.0], [0, 1, 1], draws=100)
    assert summary.line is None and "no forecast strictly between 0 and 1" in summary.no_line
    assert summary.brier.value == summary.log.value == 0.0
    assert "calibration slope" not in summary.frame().index


def test_same_input_gives_the_same_summary(world):
    table, known, cluster = world
    one, other = (score_months(table, known, cluster=cluster, draws=100, seed=1).frame() for _ in range(2))
    assert one.equals(other)


@pytest.mark.parametrize("options", [{"level": 2.0}, {"draws": 1}, {"seed": "a"}, {"cluster": ["x"]}])
def test_bad_options_are_refused(world, options):
    table, known, _ = world
    with pytest.raises(InvalidInput, match="received"):
        score_months(table, known, **options)
    with pytest.raises(InvalidInput, match="received"):
        score_binary([0.2, 0.3, 0.6, 0.7], [0, 1, 0, 1], **options)

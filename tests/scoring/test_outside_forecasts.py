"""Scores of other people's forecasts with known outcomes, against sums over the rows of their files."""

from __future__ import annotations

import csv
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesmile.scoring.binary import brier, log_score
from bayesmile.scoring.decomposition import brier_decomposition
from bayesmile.scoring.lines import calibration_line
from bayesmile.scoring.resampling import mean_score
from bayesmile.scoring.skill import paired_skill
from bayesmile.scoring.summaries import score_binary

# Mean Brier scores as the pages that come with the tables print them; those of FiveThirtyEight are of twice the rows.
FORECASTBENCH, UNBIASED = 0.107, 0.106
FIVETHIRTYEIGHT = {
    "nba_games": 0.215,
    "nfl_games": 0.221,
    "nhl_games": 0.231,
    "mlb_games": 0.242,
    "governors": 0.051,
    "world_cup_matches_men": 0.179,
}
# Questions on two platforms share their text; probabilities of one game or race depend on each other.
TABLES = {"forecasts_forecastbench.csv": "text", "forecasts_538.csv": "group"}


@pytest.fixture(scope="module", params=list(TABLES))
def table(request: pytest.FixtureRequest, data_dir: Path) -> tuple[pd.DataFrame, str, list[dict[str, str]]]:
    path = data_dir / request.param
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return pd.read_csv(path), TABLES[request.param], rows


def test_scores_equal_exact_sums_over_the_rows(table):
    frame, _, rows = table
    exact = sum((Fraction(row["probability"]) - int(row["outcome"])) ** 2 for row in rows) / len(rows)
    assert brier(frame["probability"], frame["outcome"]).mean() == pytest.approx(float(exact), abs=1e-12)
    pairs = [(float(row["probability"]), row["outcome"] == "1") for row in rows]
    logs = [-math.log(p) if y else -math.log1p(-p) for p, y in pairs]
    assert log_score(frame["probability"], frame["outcome"]).mean == pytest.approx(
        math.fsum(logs) / len(rows), abs=1e-9
    )


def test_scores_equal_those_of_another_library_by_source(table):
    metrics = pytest.importorskip("sklearn.metrics")
    for _, part in table[0].groupby("source"):
        p, y = part["probability"], part["outcome"]
        assert brier(p, y).mean() == pytest.approx(metrics.brier_score_loss(y, p), abs=1e-9)
        losses = metrics.log_loss(y, np.clip(p, 1e-15, 1.0 - 1e-15))
        assert log_score(p, y, floor=1e-15).mean == pytest.approx(losses, abs=1e-9)


def test_parts_add_up_to_the_score(table):
    frame = table[0]
    parts = brier_decomposition(frame["probability"], frame["outcome"])
    assert parts.score == pytest.approx(parts.reliability - parts.resolution + parts.uncertainty, abs=1e-12)
    assert 0.0 < parts.reliability < 0.1 * parts.uncertainty


def test_calibration_line_equals_that_of_another_library(table):
    sm = pytest.importorskip("statsmodels.api")
    frame, cluster, _ = table
    inside = frame[frame["probability"].between(0.0, 1.0, inclusive="neither")]
    line = calibration_line(frame["probability"], frame["outcome"], cluster=frame[cluster])
    odds = np.log(inside["probability"] / (1.0 - inside["probability"]))
    fit = sm.Logit(inside["outcome"], sm.add_constant(odds)).fit(disp=0, tol=1e-12)
    assert (line.intercept, line.slope) == pytest.approx(tuple(fit.params), rel=1e-6)
    assert (line.forecasts, line.certain, line.wrong) == (len(inside), len(frame) - len(inside), 0)
    assert line.clusters == inside[cluster].nunique() < len(inside)


def test_clusters_widen_the_interval_of_the_score(table):
    frame, cluster, _ = table
    scores = brier(frame["probability"], frame["outcome"])
    blind, clustered = mean_score(scores), mean_score(scores, cluster=frame[cluster])
    assert clustered.value == blind.value and clustered.clusters < blind.clusters
    assert clustered.high - clustered.low > blind.high - blind.low


def test_forecasters_beat_the_base_rate(table):
    frame, cluster, _ = table
    base = np.full(len(frame), frame["outcome"].mean())
    scores = (brier(p, frame["outcome"]) for p in (frame["probability"], base))
    result = paired_skill(*scores, cluster=frame[cluster], draws=500)
    assert result.high < 0.0 < result.skill_low


def test_summary_holds_every_measure(table):
    frame, cluster, _ = table
    part = frame.iloc[:400]
    summary = score_binary(part["probability"], part["outcome"], cluster=part[cluster], draws=100)
    assert summary.line is not None and summary.no_line == ""
    assert summary.frame().loc["Brier score", "value"] == brier(part["probability"], part["outcome"]).mean()


def test_crowd_scores_are_those_published_with_the_table(data_dir: Path):
    frame = pd.read_csv(data_dir / "forecasts_forecastbench.csv")
    scores = brier(frame["probability"], frame["outcome"])
    assert round(float(scores.mean()), 3) == FORECASTBENCH
    assert round(float(scores[frame["close_date"] <= "2026-08-14"].mean()), 3) == UNBIASED


def test_game_and_race_scores_are_near_those_published_for_twice_the_rows(data_dir: Path):
    frame = pd.read_csv(data_dir / "forecasts_538.csv")
    for source, published in FIVETHIRTYEIGHT.items():
        part = frame[frame["source"] == f"538_{source}"]
        estimate = mean_score(brier(part["probability"], part["outcome"]), cluster=part["group"], level=0.99, draws=500)
        assert estimate.low <= published <= estimate.high, source

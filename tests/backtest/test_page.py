"""The page of a backtest says what the tables of numbers say, and fits a terminal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayesmile.backtest.designs import Rolling
from bayesmile.backtest.facevalue import FaceValue
from bayesmile.backtest.frequencies import constant, lead_bins
from bayesmile.backtest.running import run_backtest
from bayesmile.backtest.scores import Scoring
from bayesmile.pages.backtest import backtest_page
from bayesmile.pages.layout import as_text
from tests.backtest.worlds import START, few, projects

QUICK = Scoring(periods=60, draws=100)


def test_page_shows_the_numbers_fits_and_names_the_design():
    found = run_backtest(projects(), [FaceValue(), constant(), lead_bins()], origins=few(), scoring=QUICK)
    text = as_text(backtest_page(found), width=80)
    assert max(map(len, text.splitlines())) <= 82
    assert "retrospective" in text and "nobody could have had them at the time" in " ".join(text.split())
    one = found.of("lead bins", "at entry").marks[0].binary
    assert one is not None and one.line is not None
    assert f"{one.brier.value:.3f}  {one.brier.low:.3f} to {one.brier.high:.3f}" in text
    assert f"{one.line.slope:.2f}  {one.line.slope_low:.2f} to {one.line.slope_high:.2f}" in text
    row = found.skill_frame().query("group == 'all' and forecaster == 'constant' and reference == 'lead bins'")
    skill = row[row["measure"] == "ranked score"].iloc[0]
    assert f"{skill['difference']:+.4f}" in text and f"{100 * skill['skill']:+.1f}%" in text
    assert "face value excluded what happened in" in " ".join(text.split())
    assert "nan" not in text and "inf " not in text
    assert np.isinf(found.skill_frame()["difference"]).any()


def test_page_of_a_rolling_design_tells_what_was_not_asked_and_obeys_no_borrowed_text():
    klass = replace(projects(), title="Doors [red]\x1b[31m", set_aside=("table.csv:7: \x1b]0;owned\x07",))
    found = run_backtest(klass, [constant()], design=Rolling((START + 30,)), origins=few(), scoring=QUICK)
    text = as_text(backtest_page(found), width=80)
    assert "\x1b" not in text and "\x07" not in text and "[red]" in text
    assert f"Not asked: {found.not_asked} forecasts" in text
    assert "could have been made at the time" in " ".join(text.split())
    assert "Against" not in text

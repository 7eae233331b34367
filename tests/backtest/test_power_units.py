"""Baselines on a real class: what others get by counting, and by boosting, is got here too."""

from __future__ import annotations

from pathlib import Path

import pytest

from bayesmile.backtest.boosting import GradientBoosting
from bayesmile.backtest.frequencies import constant, lead_bins
from bayesmile.backtest.running import run_backtest
from bayesmile.backtest.scores import Scoring
from bayesmile.reference.asof import every_period
from bayesmile.reference.reading import read_class


@pytest.mark.slow
def test_baselines_reach_what_is_known_of_them(data_dir: Path):
    klass = read_class(data_dir / "us_power_units.csv", "us_power_units", set_aside=True)
    origins = every_period(klass, every=600)  # at entry only
    found = run_backtest(
        klass, [constant(), lead_bins(), GradientBoosting()], origins=origins, scoring=Scoring(draws=100)
    )
    rows = found.frame().query("group == 'all'").set_index(["forecaster", "measure"])["value"]
    # Brier scores of other counts and other trees on another random half of the same register.
    for measure, constants, bins, trees in (
        ("Brier score by 12", 0.241, 0.114, 0.109),
        ("Brier score by 24", 0.240, 0.118, 0.107),
    ):
        assert rows["constant", measure] == pytest.approx(constants, abs=0.01)
        assert rows["lead bins", measure] == pytest.approx(bins, abs=0.006)
        assert rows["boosting", measure] == pytest.approx(trees, abs=0.006)
    assert found.entities + found.never_asked + len(found.set_aside) == 2676
    assert all(0.85 < rows[name, "calibration slope by 12"] < 1.15 for name in ("lead bins", "boosting"))

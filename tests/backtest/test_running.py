"""Scores of a backtest, computed by hand from the same forecasts."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayesmile.backtest.designs import HeldOut, Rolling
from bayesmile.backtest.facevalue import FaceValue
from bayesmile.backtest.frequencies import constant, lead_bins
from bayesmile.backtest.results import Backtest
from bayesmile.backtest.running import period_label, run_backtest
from bayesmile.backtest.scores import Scoring, by_age, by_entry, group_scores, question_scores
from bayesmile.errors import InvalidInput
from bayesmile.reference.table import ReferenceClass
from bayesmile.scoring.outcomes import month_outcomes
from tests.backtest.worlds import START, few, one_stage, projects
from tests.scoring.worlds import draw_cells, random_pmfs

QUICK = Scoring(periods=60, draws=100)


@dataclass(frozen=True)
class Says:
    """Says the same of everything, and learned nothing."""

    pmf: tuple[float, ...]
    name: str = "says"
    known_through: int | None = None
    trained_on: frozenset[str] = frozenset()

    def fit(self, klass: ReferenceClass) -> Says:
        return self

    def predict(self, frame: pd.DataFrame, periods: int) -> Any:
        return np.tile(self.pmf, (len(frame), 1))


@pytest.fixture(scope="module")
def found() -> Backtest:
    return run_backtest(projects(), [constant(), lead_bins(), FaceValue()], origins=few(), scoring=QUICK)


def test_scores_by_hand():
    # e0 opens in period 2, e1 stays shut; both are followed to period 3.
    klass = one_stage([{"entered": 0, "through": 3, "event": 2}, {"entered": 0, "through": 3}])
    origins = pd.DataFrame({"entity": ["e0", "e0", "e1"], "as_of": [0, 1, 0]})
    found = run_backtest(
        klass, [Says((0.25, 0.25, 0.5))], origins=origins, scoring=Scoring(periods=2, marks=(1,), draws=100)
    )
    rows = found.frame().set_index(["group", "measure"])["value"]
    assert found.losses["says"]["Brier score by 2"].tolist() == [0.25, 0.25, 0.25]
    np.testing.assert_allclose(found.losses["says"]["log score"], -np.log([0.25, 0.25, 0.5]))
    # Distribution functions 1/4, 1/2 against 0, 1 and 1, 1 and 0, 0.
    np.testing.assert_allclose(found.losses["says"]["ranked score"], [0.0625 + 0.25, 0.5625 + 0.25, 0.0625 + 0.25])
    assert rows["all", "Brier score by 2"] == 0.25
    assert rows["all", "ranked score"] == pytest.approx((0.3125 + 0.8125 + 0.3125) / 3)
    assert rows["all", "events exact"] == 2.0 and rows["all", "events beyond"] == 1.0
    assert rows["at entry", "log score"] == pytest.approx(-np.log([0.25, 0.5]).mean())


def test_every_number_is_in_the_table_with_its_unit_and_count(found: Backtest):
    table = found.frame()
    assert set(table["group"]) == {"all", "at entry", "later"}
    assert set(table["forecaster"]) == {"constant", "lead bins", "face value"}
    one = found.of("lead bins", "at entry")
    rows = table[(table["forecaster"] == "lead bins") & (table["group"] == "at entry")].set_index("measure")
    assert one.months is not None and one.marks[0].binary is not None and one.marks[0].binary.line is not None
    assert rows.loc["log score", "value"] == one.months.log.value
    assert rows.loc["Brier score by 12", "low"] == one.marks[0].binary.brier.low
    assert rows.loc["calibration slope by 12", "value"] == one.marks[0].binary.line.slope
    assert rows.loc["ranked score", "unit"] == "months"
    assert rows.loc["log score", "forecasts"] == one.questions == found.snapshots["first"].sum()
    assert rows.loc["log score", "clusters"] == one.clusters < one.questions
    assert not table.duplicated(["forecaster", "group", "measure"]).any()
    with pytest.raises(KeyError):
        found.of("nobody", "all")


def test_groups_make_up_all(found: Backtest):
    for name in found.forecasters:
        everyone, *parts = (found.of(name, group) for group in found.groups)
        assert sum(part.questions for part in parts) == everyone.questions == found.questions
        months = [part.months for part in (everyone, *parts)]
        if name != "face value":
            means = [one.log.value for one in months if one is not None]
            weights = [part.questions / found.questions for part in parts]
            assert means[0] == pytest.approx(np.dot(weights, means[1:]))


def test_infinite_scores_are_told_and_a_floor_ends_them(found: Backtest):
    face = found.of("face value", "all").months
    assert face is not None and np.isinf(face.log.value) and face.infinite > 0
    soft = replace(QUICK, floor=1e-3)
    floored = run_backtest(projects(), [FaceValue()], origins=few(), scoring=soft).of("face value", "all").months
    assert floored is not None and np.isfinite(floored.log.value) and floored.floored == face.infinite


def test_skill_is_of_each_against_each_on_the_same_questions(found: Backtest):
    table = found.skill_frame().set_index(["group", "forecaster", "reference", "measure"])
    losses = found.losses
    ours, theirs = (losses[name]["ranked score"] for name in ("lead bins", "constant"))
    row = table.loc["all", "lead bins", "constant", "ranked score"]
    assert row["difference"] == pytest.approx(float((ours - theirs).mean()))
    assert row["skill"] == pytest.approx(1.0 - ours.mean() / theirs.mean())
    assert row["low"] < row["difference"] < row["high"] < 0.0
    back = table.loc["all", "constant", "lead bins", "ranked score"]
    assert (back["low"], back["high"]) == pytest.approx((-row["high"], -row["low"]))
    first = found.snapshots["first"].to_numpy()
    at_entry = table.loc["at entry", "lead bins", "constant", "ranked score"]
    assert at_entry["difference"] == pytest.approx(float((ours - theirs)[first].mean()))
    assert at_entry["forecasts"] == first.sum()
    asked = ~np.isnan(losses["constant"]["Brier score by 24"])
    assert table.loc["all", "lead bins", "constant", "Brier score by 24"]["forecasts"] == asked.sum() < found.questions


def test_design_is_named_in_every_output(found: Backtest):
    assert found.retrospective and "retrospective" in found.design
    assert found.to_dict()["retrospective"] is True and "retrospective" in str(found.to_dict()["design"])
    rolled = run_backtest(projects(), [constant()], design=Rolling((START + 24,)), origins=few(), scoring=QUICK)
    assert not rolled.retrospective and "rolling origin" in rolled.design
    taught = len(projects().known_at(START + 24))
    assert rolled.parts == (
        f"{taught} entities as known at the end of 2020-01 taught, {rolled.questions} forecasts asked",
    )


def test_nothing_is_silently_dropped():
    klass = replace(projects(), set_aside=("table.csv line 7: ended before it entered",))
    rolled = run_backtest(klass, [constant()], design=Rolling((START + 24,)), origins=few(), scoring=QUICK)
    pairs = few()
    assert rolled.questions + rolled.not_asked == len(pairs)
    assert rolled.not_asked == (pairs["as_of"] < START + 24).sum() > 0
    assert rolled.entities + rolled.never_asked == len(klass)
    assert rolled.to_dict()["set_aside"] == list(klass.set_aside)
    at = rolled.of("constant", "all").marks[1]
    assert at.binary is not None
    assert at.unfollowed + at.straddling + at.binary.brier.forecasts == rolled.questions


def test_same_seed_same_numbers_and_plain_json(found: Backtest):
    again = run_backtest(projects(), [constant(), lead_bins(), FaceValue()], origins=few(), scoring=QUICK)
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert text == json.dumps(again.to_dict(), allow_nan=False)
    other = run_backtest(projects(), [constant()], design=HeldOut(seed=1), origins=few(), scoring=QUICK)
    assert other.frame()["value"].iloc[0] != found.frame()["value"].iloc[0]
    read = json.loads(text)
    assert {row["value"] for row in read["scores"] if row["measure"] == "log score"} >= {"inf"}
    assert any(row["measure"].startswith("calibration line") for row in read["unscored"])


def test_group_that_cannot_be_scored_says_why():
    klass = one_stage([{"entered": 0, "through": 3, "event": 2}, {"entered": 0, "through": 3}])
    origins = pd.DataFrame({"entity": ["e0", "e1"], "as_of": [0, 1]})
    found = run_backtest(klass, [Says((0.5, 0.5))], origins=origins, scoring=Scoring(periods=1, marks=(0,), draws=100))
    alone = found.of("says", "later")
    assert alone.months is None and "received 1 cluster" in alone.reason
    assert {row["group"] for row in found.to_dict()["unscored"]} >= {"later"}  # type: ignore[attr-defined]


def test_groups_by_age():
    found = run_backtest(projects(), [constant()], scoring=replace(QUICK, group=by_age))
    assert found.groups[0] == "all" and "age 0 to 5" in found.groups and "age 24 to 47" in found.groups
    assert by_entry(found.snapshots).count("at entry") == found.snapshots["entity"].nunique()


def test_weeks_are_named_by_their_first_day():
    klass = replace(projects(), period="week")
    assert period_label(klass, 2) == "1970-01-15"
    rows = run_backtest(klass, [constant()], origins=few(), scoring=QUICK).frame()
    assert set(rows.loc[rows["measure"] == "ranked score", "unit"]) == {"weeks"}


def test_forecasts_that_are_none_are_refused_by_name():
    klass = projects()
    for pmf, message in (((0.5, 0.5), "shape"), ((0.5,) * 61, "sum"), ((-1.0, 2.0, *(0.0,) * 59), "least -1")):
        with pytest.raises(InvalidInput, match=f"says: .*{message}"):
            run_backtest(klass, [Says(pmf)], origins=few(), scoring=QUICK)
    with pytest.raises(InvalidInput, match="forecasters: received none"):
        run_backtest(klass, [], origins=few(), scoring=QUICK)
    with pytest.raises(InvalidInput, match="forecasters: received the name 'constant' twice"):
        run_backtest(klass, [constant(), constant()], origins=few(), scoring=QUICK)
    with pytest.raises(InvalidInput, match="group: received 1 labels"):
        run_backtest(klass, [constant()], scoring=replace(QUICK, group=lambda _: ["one"]))
    for wrong in ({"periods": 0}, {"marks": (120,)}, {"marks": (3, 3)}, {"floor": 0.9}, {"draws": 5}):
        with pytest.raises(InvalidInput, match=f"{next(iter(wrong))}: received"):
            Scoring(**wrong)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_hundred_thousand_forecasts_are_scored_in_two_minutes(rng: np.random.Generator):
    size, months = 100_000, 120
    table = random_pmfs(rng, size, months + 1)
    cells, through = draw_cells(rng, table), rng.integers(20, months, size)
    known = month_outcomes(np.where(cells <= through, cells, np.nan), through=through, months=months)
    entity = rng.integers(4000, size=size)
    frame = pd.DataFrame({"entity": entity, "cluster": entity // 2, "first": rng.random(size) < 0.05})
    groups = {"all": np.ones(size, dtype=bool), "at entry": frame["first"].to_numpy()}
    start = time.perf_counter()
    scored = group_scores("truth", table, known, frame, groups, Scoring())
    losses = question_scores(table, known, Scoring())
    assert time.perf_counter() - start < 120.0
    assert losses["log score"].shape == (size,)
    line = scored[0].marks[0].binary
    assert line is not None and line.line is not None and abs(line.line.slope - 1.0) < 4.0 * line.line.slope_se

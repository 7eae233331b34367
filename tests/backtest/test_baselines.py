"""What each baseline says, computed another way."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayesmile.backtest.boosting import GradientBoosting
from bayesmile.backtest.facevalue import FaceValue
from bayesmile.backtest.forecaster import last_known, lessons
from bayesmile.backtest.frequencies import Frequencies, aalen_johansen, constant, kaplan_meier, lead_bins
from bayesmile.errors import InvalidInput
from bayesmile.reference.asof import outcomes, snapshots
from bayesmile.scoring.months import by_month
from tests.backtest.worlds import START, one_stage, projects

ALL = [constant(), lead_bins(), kaplan_meier("region"), aalen_johansen("region"), FaceValue(), GradientBoosting()]


@pytest.mark.parametrize("forecaster", ALL, ids=lambda one: one.name)
def test_each_says_what_it_learned_from_and_gives_distributions(forecaster: Any):
    klass = projects().known_at(START + 40)
    fitted = forecaster.fit(klass)
    assert (forecaster.known_through, len(forecaster.trained_on)) == (None, 0)
    assert fitted.known_through == START + 40
    assert fitted.trained_on == set(klass.entities.index)
    table = fitted.predict(snapshots(klass), 90)  # further than any was followed
    assert table.shape == (len(snapshots(klass)), 91)
    assert (table >= 0.0).all()
    np.testing.assert_allclose(table.sum(axis=1), 1.0, atol=1e-9)


@pytest.mark.parametrize("forecaster", ALL, ids=lambda one: one.name)
def test_order_and_company_of_questions_change_nothing(forecaster: Any):
    fitted, frame = forecaster.fit(projects()), snapshots(projects()).iloc[::7].reset_index(drop=True)
    table = fitted.predict(frame, 24)
    backwards = fitted.predict(frame.iloc[::-1].reset_index(drop=True), 24)
    np.testing.assert_allclose(table, backwards[::-1], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(table[:1], fitted.predict(frame.iloc[:1], 24), rtol=1e-12, atol=1e-15)


def test_lead_bins_without_weight_give_the_plain_rate_where_all_are_followed():
    rows = [{"entered": 0, "through": 40, "event": 3 + number % 9, "target": 6} for number in range(40)]
    rows += [{"entered": 0, "through": 40, "event": 20 + number % 7, "target": 18} for number in range(30)]
    rows += [{"entered": 0, "through": 40, "target": 18} for _ in range(10)]
    klass = one_stage(rows)  # type: ignore[arg-type]
    frame = snapshots(klass)
    # Followed for so long that no question is censored by the mark.
    asked = frame[frame["as_of"] <= 28].reset_index(drop=True)
    table = lead_bins(edges=(0, 6, 12), weight=0.0).fit(klass).predict(asked, 120)
    by = by_month(table, outcomes(klass, asked, periods=120), 11)
    group = pd.Series(np.searchsorted((0, 6, 12), asked["lead"])).astype(str) + asked["first"].astype(str)
    assert by.kept.all()
    # Censored questions of later dates enter the rate of their own group; groups that hold none must agree exactly.
    late = frame[frame["as_of"] > 28]
    mixed = set(pd.Series(np.searchsorted((0, 6, 12), late["lead"])).astype(str) + late["first"].astype(str).to_numpy())
    plain = pd.Series(by.outcome).groupby(group).transform("mean")
    pure = ~group.isin(mixed)
    assert group[pure].nunique() >= 3
    np.testing.assert_allclose(by.probability[pure], plain[pure], atol=1e-12)


def test_kaplan_meier_ignores_being_given_up_and_so_says_more():
    klass = projects(entities=400, seed=7)
    frame = snapshots(klass)
    naive = kaplan_meier().fit(klass).predict(frame, 48)[:, :24].sum(axis=1)
    honest = aalen_johansen().fit(klass).predict(frame, 48)[:, :24].sum(axis=1)
    assert (naive > honest).mean() > 0.95
    assert naive.mean() - honest.mean() > 0.02


def test_face_value_is_certain_of_the_stated_period_and_counts_where_none_is_stated():
    klass = one_stage([{"entered": 0, "through": 9} | more for more in ({"event": 4}, {}, {"target": 2})])
    frame = snapshots(klass)
    table, counted = FaceValue().fit(klass).predict(frame, 6), constant().fit(klass).predict(frame, 6)
    lead = frame["lead"].to_numpy()
    silent = np.isnan(lead)
    np.testing.assert_array_equal(table[silent], counted[silent])
    cells = table[~silent].argmax(axis=1)
    assert set(table[~silent].ravel()) == {0.0, 1.0}
    assert cells.tolist() == [max(int(one), 1) - 1 for one in lead[~silent]]


def test_boosting_finds_what_only_the_features_know():
    rng = np.random.default_rng(3)
    rows = []
    for number in range(240):
        quick = number % 2 == 1  # the level of the factor
        delay = int(rng.geometric(0.3 if quick else 0.03))
        rows.append({"entered": 0, "through": 30} | ({"event": delay} if delay <= 30 else {}))
    klass = one_stage(rows, factor=True)
    frame = snapshots(klass)
    at_entry = frame[frame["first"]].reset_index(drop=True)
    said = GradientBoosting().fit(klass).predict(at_entry, 24)[:, :6].sum(axis=1)
    quick = (at_entry["kind"] == "a").to_numpy()
    assert said[quick].mean() == pytest.approx(1 - 0.7**6, abs=0.12)
    assert said[~quick].mean() == pytest.approx(1 - 0.97**6, abs=0.12)


def test_boosting_samples_repeatably():
    frame = snapshots(projects())
    few = GradientBoosting(most=200, iterations=20)
    first, again = (few.fit(projects()).predict(frame, 24) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    other = GradientBoosting(most=200, iterations=20, seed=1).fit(projects()).predict(frame, 24)
    assert not np.array_equal(first, other)


def test_boosting_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    true_import = builtins.__import__

    def absent(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("sklearn"):
            raise ImportError(name)
        return true_import(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(InvalidInput, match="pip install scikit-learn"):
        GradientBoosting().fit(projects())


def test_lessons_know_when_each_was_given_up():
    klass = one_stage([{"entered": 0, "through": 9, "ended": 5}, {"entered": 0, "through": 9, "event": 3}])
    learned = lessons(klass)
    ended = dict(zip(zip(learned.frame["entity"], learned.frame["as_of"], strict=True), learned.ended, strict=True))
    assert ended[("e0", 0)] == 4.0 and ended[("e0", 4)] == 0.0  # cell 0 is the period after the as-of date
    assert ("e0", 5) not in ended
    assert np.isinf(ended[("e1", 0)])


def test_bad_input_is_refused_by_name():
    frame, nobody = snapshots(projects()), projects().subset([])
    for forecaster in ALL:
        if forecaster.name != "face value":
            with pytest.raises(InvalidInput, match=f"{forecaster.name}: received a forecaster that was not fitted"):
                forecaster.predict(frame, 12)
        with pytest.raises(InvalidInput, match="class simulated: received no entity that was pending"):
            forecaster.fit(nobody)
    with pytest.raises(InvalidInput, match="received no entities"):
        last_known(nobody)
    with pytest.raises(InvalidInput, match="received a class without 'colour'"):
        kaplan_meier("colour").fit(projects())
    with pytest.raises(InvalidInput, match="edges: received"):
        lead_bins(edges=(3, 3))
    with pytest.raises(InvalidInput, match="weight: received -1"):
        Frequencies("counted", (), weight=-1.0)
    with pytest.raises(InvalidInput, match="in which none happened"):
        GradientBoosting().fit(one_stage([{"entered": 0, "through": 9}, {"entered": 0, "through": 9}]))

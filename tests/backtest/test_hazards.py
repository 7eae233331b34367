"""Frequencies by group against other estimators of the same thing."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from bayesmile.backtest.forecaster import Lessons
from bayesmile.backtest.hazards import Column, exits, hazards
from bayesmile.scoring.baselines import empirical_pmf
from bayesmile.scoring.outcomes import MonthOutcomes
from tests.backtest.worlds import past

Array = NDArray[np.float64]
MONTHS = 24


def random_lessons(rng: np.random.Generator, size: int = 400) -> Lessons:
    """Events, ends and censoring in one world."""
    event, ended = rng.geometric(0.06, size) - 1.0, rng.geometric(0.04, size) - 1.0
    through = rng.integers(0, MONTHS, size)
    event = np.where((event <= through) & (event < ended), event, np.nan)
    ended = np.where(np.isnan(event) & (ended <= through), ended, np.inf)
    return past(event.tolist(), through.tolist(), months=MONTHS, ended=ended.tolist())


def row_of(learned: Lessons, ends: str, periods: int = MONTHS) -> Array:
    made = hazards(learned, (), ends=ends, weight=0.0)  # type: ignore[arg-type]
    return made.incidences(learned.frame.iloc[:1], periods)[0]


def durations(learned: Lessons) -> tuple[Array, Array]:
    """Cells from 1 as others count time, and causes: 1 happened, 2 given up, 0 neither."""
    first, _ = learned.outcomes.cells()
    happened, ended = first <= learned.outcomes.through, np.isfinite(learned.ended)
    time = np.where(happened, first, np.where(ended, learned.ended, learned.outcomes.through)) + 1
    return time.astype(float), np.where(happened, 1, np.where(ended, 2, 0))


def test_followed_entities_give_the_frequencies_of_the_scoring_package(rng: np.random.Generator):
    learned = random_lessons(rng)
    np.testing.assert_allclose(row_of(learned, "followed"), empirical_pmf(learned.outcomes), atol=1e-12)


def test_censored_ends_give_kaplan_meier(rng: np.random.Generator):
    learned = random_lessons(rng)
    time, cause = durations(learned)
    other = SurvfuncRight(time, (cause == 1).astype(int))
    survival = 1.0 - np.cumsum(row_of(learned, "censored"))[:-1]
    np.testing.assert_allclose(survival[other.surv_times.astype(int) - 1], other.surv_prob, atol=1e-12)


def test_competing_ends_give_aalen_johansen(rng: np.random.Generator):
    learned = random_lessons(rng)
    time, cause = durations(learned)
    other = CumIncidenceRight(time, cause)
    made = np.cumsum(row_of(learned, "competing"))
    np.testing.assert_allclose(made[other.times.astype(int) - 1], other.cinc[0], atol=1e-12)


def test_both_agree_with_lifelines(rng: np.random.Generator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, about other libraries
        lifelines = pytest.importorskip("lifelines")
        learned = random_lessons(rng)
        time, cause = durations(learned)
        kaplan = lifelines.KaplanMeierFitter().fit(time, cause == 1).survival_function_["KM_estimate"]
        # Ties are moved apart at random by far less than a cell: the estimate is that of ties within noise.
        aalen = lifelines.AalenJohansenFitter(calculate_variance=False, seed=1).fit(time, cause, event_of_interest=1)
    survival = 1.0 - np.cumsum(row_of(learned, "censored"))[:-1]
    at = kaplan.index.to_numpy()[1:].astype(int)
    np.testing.assert_allclose(survival[at - 1], kaplan.to_numpy()[1:], atol=1e-12)
    reached = float(aalen.cumulative_density_.iloc[-1, 0])
    assert np.cumsum(row_of(learned, "competing"))[:-1].max() == pytest.approx(reached, abs=0.02)


def test_interval_counts_in_equal_parts_of_its_cells():
    known = MonthOutcomes([1, 4], [3, 6], [5, 3], months=6)  # the second may lie after the last cell followed
    learned = Lessons(pd.DataFrame(index=range(2)), known, np.full(2, np.inf))
    left = exits(learned, "followed")
    assert left.cell.tolist() == [1, 2, 3, 3]
    assert left.weight.tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1.0])
    assert left.cause.tolist() == [0, 0, 0, 2]


def test_group_leans_on_the_wider_one_by_its_weight():
    learned = past([0, np.nan, np.nan, np.nan], [1, 1, 1, 1], months=2, kind=["a", "a", "b", "b"])
    made = hazards(learned, (Column("kind"),), weight=2.0)
    mean = 1.0 / 7.0  # one event in seven cells at risk
    everybody = (1.0 + 2.0 * mean) / (4.0 + 2.0)
    expected = {"a": (1.0 + 2.0 * everybody) / 4.0, "b": 2.0 * everybody / 4.0, "c": everybody}
    found = made.incidences(pd.DataFrame({"kind": list(expected)}), 1)
    np.testing.assert_allclose(found[:, 0], list(expected.values()), rtol=1e-12)


def test_nothing_is_known_after_the_last_cell_followed_without_weight_and_the_mean_goes_on_with_it():
    learned = past([0, np.nan], [1, 1], months=2)
    assert row_of(learned, "followed", 5).tolist() == [0.5, 0.0, 0.0, 0.0, 0.0, 0.5]
    later = hazards(learned, (), weight=1.0).incidences(learned.frame.iloc[:1], 5)[0]
    assert later[3] / later[2] == pytest.approx(2.0 / 3.0) and later[4] / later[3] == pytest.approx(2.0 / 3.0)


def test_missing_number_is_a_group_of_its_own_and_an_edge_belongs_below():
    frame = pd.DataFrame({"lead": [np.nan, -5.0, 6.0, 6.5, 99.0]})
    assert Column("lead", (0.0, 6.0)).labels(frame) == ["-1", "0", "1", "2", "2"]


@given(
    rows=st.lists(
        st.tuples(st.floats(0, 20), st.integers(0, 7), st.floats(0, 20), st.sampled_from("abc")),
        min_size=1,
        max_size=30,
    ),
    weight=st.sampled_from([0.0, 0.5, 3.0]),
    ends=st.sampled_from(["followed", "censored", "competing"]),
    periods=st.integers(1, 12),
)
def test_every_forecast_is_a_distribution(
    rows: list[tuple[float, int, float, str]], weight: float, ends: str, periods: int
):
    event, through, ended, kind = (list(column) for column in zip(*rows, strict=True))
    month = [np.floor(e) if e <= t and e < x else np.nan for e, t, x in zip(event, through, ended, strict=True)]
    stop = [np.floor(x) if np.isnan(m) and x <= t else np.inf for m, t, x in zip(month, through, ended, strict=True)]
    learned = past(month, through, months=8, ended=stop, kind=kind)
    made = hazards(learned, (Column("kind"),), ends=ends, weight=weight)  # type: ignore[arg-type]
    table = made.incidences(pd.DataFrame({"kind": ["a", "b", "c", "new"]}), periods)
    assert table.shape == (4, periods + 1)
    assert (table >= 0.0).all()
    np.testing.assert_allclose(table.sum(axis=1), 1.0, atol=1e-12)

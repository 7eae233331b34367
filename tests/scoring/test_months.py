"""Scores of forecasts of a month: by hand, proper under censoring, and against other libraries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import energy_distance

from bayesmile.errors import InvalidInput
from bayesmile.scoring.binary import brier
from bayesmile.scoring.months import by_month, expected_log_score, month_log_score, ranked_probability_score
from bayesmile.scoring.outcomes import MonthOutcomes, month_outcomes
from tests.scoring.worlds import draw_cells, followed, pmfs, random_pmfs

NAN, NEVER = math.nan, math.inf
PMF = np.array([0.1, 0.2, 0.3, 0.4])  # three months and beyond
CELLS = 5


def seen(event, through, pmf=PMF):
    known = month_outcomes(event, through=through, months=len(pmf) - 1)
    return np.tile(pmf, (len(known), 1)), known


def test_scores_by_hand_with_everything_followed():
    table, known = seen([0, 1, 2, NAN, NEVER, 7], 2)
    assert month_log_score(table, known).nats == pytest.approx([-math.log(x) for x in (0.1, 0.2, 0.3, 0.4, 0.4, 0.4)])
    # Cumulative 0.1, 0.3, 0.6.
    by_hand = [0.81 + 0.49 + 0.16, 0.01 + 0.49 + 0.16, 0.01 + 0.09 + 0.16, *[0.01 + 0.09 + 0.36] * 3]
    scores = ranked_probability_score(table, known)
    assert scores.low == pytest.approx(by_hand)
    assert (scores.low == scores.high).all() and scores.exact.all() and scores.left_out == 0


def test_scores_by_hand_followed_through_the_second_month():
    table, known = seen([0, 1, NAN], 1)
    assert month_log_score(table, known).nats == pytest.approx([-math.log(x) for x in (0.1, 0.2, 0.7)])
    scores = ranked_probability_score(table, known)
    assert scores.low == pytest.approx([0.81 + 0.49, 0.01 + 0.49, 0.01 + 0.09])
    assert scores.exact.all() and scores.left_out == 3


def test_interval_gives_bounds_and_the_probability_of_all_its_cells():
    table, known = seen([0], 2)
    known = MonthOutcomes([0], [1], [2], months=3)
    assert month_log_score(table, known).nats == pytest.approx([-math.log(0.3)])
    scores = ranked_probability_score(table, known)
    assert (scores.low[0], scores.high[0]) == pytest.approx((0.66, 1.46))
    assert known.counts()["interval"] == 1 and scores.mean == pytest.approx((0.66, 1.46))


def test_what_is_known_of_later_months_is_not_looked_at():
    """A cancellation and an event after the last month followed count as not yet."""
    table, known = seen([NEVER, 2, NAN], 1)
    assert len(set(month_log_score(table, known).nats)) == 1
    assert len(set(ranked_probability_score(table, known).low)) == 1
    assert known.counts() == {"exact": 0, "interval": 0, "not_yet": 3, "beyond": 0, "coarsened": 2}


@given(pmfs(CELLS), pmfs(CELLS), st.integers(0, CELLS - 2))
def test_truth_has_the_least_expected_score_whatever_was_followed(truth, said, through: int):
    known = followed(CELLS, through)
    for score in (month_log_score, ranked_probability_score):
        expected = []
        for pmf in (truth, said):
            scores = score(np.tile(pmf, (CELLS, 1)), known)
            values = scores.nats if score is month_log_score else scores.low
            expected.append(float(np.sum(np.where(truth > 0.0, truth * np.where(truth > 0.0, values, 0.0), 0.0))))
        assert expected[0] <= expected[1] + 1e-12


@given(pmfs(CELLS), pmfs(CELLS))
def test_ranked_regret_is_the_squared_distance_of_the_cdfs(truth, said):
    known = followed(CELLS, CELLS - 2)
    expected = [truth @ ranked_probability_score(np.tile(pmf, (CELLS, 1)), known).low for pmf in (truth, said)]
    distance = np.sum((np.cumsum(truth) - np.cumsum(said))[:-1] ** 2)
    assert expected[1] - expected[0] == pytest.approx(distance, abs=1e-12)


def test_looking_past_the_last_month_followed_would_be_improper():
    """Why `through` is needed: scoring early events on all months pays for saying early."""
    truth, early = np.array([0.2, 0.2, 0.2, 0.4]), np.array([0.3, 0.3, 0.3, 0.1])
    cells = np.arange(4)

    def naive(pmf):
        cdf = np.cumsum(pmf)[:-1]
        scored = [(cdf - (cells[:3] >= cell)) ** 2 for cell in range(4)]
        return sum(truth[cell] * (s.sum() if cell == 0 else s[0]) for cell, s in enumerate(scored))

    assert naive(early) < naive(truth)
    known = followed(4, 0)
    ours = [truth @ ranked_probability_score(np.tile(pmf, (4, 1)), known).low for pmf in (truth, early)]
    assert ours[0] < ours[1]


@given(pmfs(CELLS), st.integers(0, CELLS - 1))
def test_ranked_score_is_the_sum_of_brier_scores_by_month(pmf, cell: int):
    table, known = seen([cell], CELLS - 2, pmf)
    parts = [by_month(table, known, month) for month in range(CELLS - 1)]
    total = sum(brier(part.probability, part.outcome)[0] for part in parts)
    assert ranked_probability_score(table, known).low[0] == pytest.approx(total, abs=1e-12)


@given(pmfs(CELLS), st.integers(0, CELLS - 1))
def test_ranked_score_is_half_the_squared_energy_distance(pmf, cell: int):
    table, known = seen([cell], CELLS - 2, pmf)
    expected = energy_distance(np.arange(CELLS), [cell], pmf) ** 2 / 2.0
    assert ranked_probability_score(table, known).low[0] == pytest.approx(expected, abs=1e-12)


def test_ranked_score_equals_scoringrules(rng: np.random.Generator):
    scoringrules = pytest.importorskip("scoringrules")
    table = random_pmfs(rng, 50, 13)
    cells = draw_cells(rng, table)
    known = month_outcomes(cells, through=11, months=12)
    expected = scoringrules.rps_score(cells + 1, table)
    assert ranked_probability_score(table, known).low == pytest.approx(np.asarray(expected), abs=1e-12)
    logs = scoringrules.log_score(np.ones(50), table[np.arange(50), cells])
    assert month_log_score(table, known).nats == pytest.approx(np.asarray(logs), abs=1e-12)


def test_perfect_forecast_scores_nothing_and_an_excluded_event_is_infinite():
    table = np.eye(4)
    known = month_outcomes([0, 1, 2, NEVER], through=2, months=3)
    assert (
        month_log_score(table, known).nats.tolist() == ranked_probability_score(table, known).high.tolist() == [0] * 4
    )
    wrong = month_log_score(table[::-1], known)
    assert wrong.infinite == 4 and wrong.floored == 0
    assert month_log_score(table[::-1], known, floor=0.01).nats == pytest.approx([math.log(100.0)] * 4)


def test_order_of_forecasts_changes_no_score_and_many_blocks_equal_one(rng, monkeypatch: pytest.MonkeyPatch):
    table = random_pmfs(rng, 40, 9)
    through = rng.integers(0, 8, 40)
    cells = draw_cells(rng, table)
    order = rng.permutation(40)
    known, shuffled = (month_outcomes(cells[k], through=through[k], months=8) for k in (np.arange(40), order))
    for score, values in ((month_log_score, "nats"), (ranked_probability_score, "low")):
        whole = getattr(score(table, known), values)
        assert getattr(score(table[order], shuffled), values).tolist() == whole[order].tolist()
        with monkeypatch.context() as patch:
            patch.setattr("bayesmile.scoring.months._CELLS", 20)
            assert getattr(score(table, known), values).tolist() == whole.tolist()


def test_late_survival_keeps_its_digits():
    """One minus a sum of months would give 0 here."""
    table, known = seen([0], 1, np.array([1.0 - 1e-30, 1e-30, 0.0]))
    assert ranked_probability_score(table, known).low[0] == pytest.approx(1e-60, rel=1e-9)


def test_by_month_leaves_out_what_cannot_be_answered_and_counts_it():
    known = MonthOutcomes([0, 2, 0, 3, 1], [0, 3, 2, 3, 1], [2, 1, 2, 2, 0], months=3)
    asked = by_month(np.tile(PMF, (5, 1)), known, 1)
    assert asked.kept.tolist() == [True, True, False, True, False]
    assert (asked.unfollowed, asked.straddling) == (1, 1)
    assert asked.outcome.tolist() == [1.0, 0.0, 0.0] and asked.probability == pytest.approx([0.3] * 3)


def test_counts_are_a_partition():
    known = MonthOutcomes([3, 8, 2, 24, 24], [3, 24, 4, 24, 24], [7, 7, 7, 7, 23], months=24)
    counts = known.counts()
    assert counts == {"exact": 1, "interval": 1, "not_yet": 2, "beyond": 1, "coarsened": 1}
    assert sum(counts.values()) - counts["coarsened"] == len(known)


@given(pmfs(CELLS))
def test_sharpness_is_the_expected_score_of_the_truth(truth):
    assume((truth > 0.0).any())
    scores = month_log_score(np.tile(truth, (CELLS, 1)), followed(CELLS, CELLS - 2)).nats
    expected = sum(p * s for p, s in zip(truth, scores, strict=True) if p > 0.0)
    assert expected_log_score(truth[None]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("pmf", "message"),
    [
        ([[0.5, 0.6]], r"pmf\[0\]: received least 0.5, sum 1.1"),
        ([[1.5, -0.5]], r"pmf\[0\]: received least -0.5"),
        ([[math.nan, 1.0]], r"pmf\[0\]"),
        ([[0.5, 0.5], [0.5, 0.5]], r"received shape \(2, 2\); allowed is \(1, 2\)"),
        ([0.5, 0.5], r"received shape \(2,\); allowed is \(forecast"),
        ([[1.0], [0.5, 0.5]], "rows of different lengths"),
    ],
)
def test_bad_distribution_is_named(pmf, message: str):
    known = month_outcomes([0], through=0, months=1)
    for score in (month_log_score, ranked_probability_score):
        with pytest.raises(InvalidInput, match=message):
            score(pmf, known)


@pytest.mark.parametrize(
    ("first", "last", "through", "message"),
    [
        ([2], [1], [2], r"first\[0\]: received 2; allowed is at most last, 1"),
        ([-1], [1], [2], r"first\[0\]: received -1; allowed is a whole number from 0 to 3"),
        ([0], [4], [2], r"last\[0\]: received 4"),
        ([0], [0], [3], r"through\[0\]: received 3; allowed is a whole number from 0 to 2"),
        ([0.5], [1], [2], r"first\[0\]: received 0.5"),
        ([0, 1], [1], [2], "received 2 of first, 1 of last"),
        ([math.nan], [1], [2], r"first\[0\]: received nan"),
        (["a"], [1], [2], "allowed is one column of whole numbers"),
    ],
)
def test_bad_outcomes_are_named(first, last, through, message: str):
    with pytest.raises(InvalidInput, match=message):
        MonthOutcomes(first, last, through, months=3)


@pytest.mark.parametrize(
    ("event", "through", "message"),
    [
        ([-1], 2, r"event\[0\]: received -1"),
        ([1.5], 2, r"event\[0\]: received 1.5"),
        ([1], -1, r"through\[0\]: received -1"),
        ([1, 2], [1, 2, 3], "received 2 of event, 3 of through"),
        ([math.nan, 1], math.nan, r"through\[0\]: received nan"),
        (["soon"], 2, "event: received"),
        ([-math.inf], 2, r"event\[0\]: received -inf"),
    ],
)
def test_bad_events_are_named(event, through, message: str):
    with pytest.raises(InvalidInput, match=message):
        month_outcomes(event, through=through, months=3)

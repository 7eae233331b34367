"""What was known at a date, against a walk through every entity, and against what is known later."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesmile.errors import InvalidInput
from bayesmile.reference.asof import KNOWN_COLUMNS, every_period, outcomes, snapshots
from bayesmile.reference.simulated import simulated_class
from bayesmile.reference.table import ReferenceClass
from tests.reference.histories import CHAIN, Life, class_of, random_class

SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=12)


def rows_of(klass: ReferenceClass, table: str, entity: str) -> list[dict[str, Any]]:
    frame = getattr(klass, table)
    return frame[frame["entity"] == entity].to_dict("records")


def recalled(klass: ReferenceClass, entity: str, as_of: int) -> dict[str, object]:
    """Read off its rows, one by one, what `snapshots` should say of an entity."""
    life = klass.entities.loc[entity]
    stage, clock = 0, life["entered"]
    for row in rows_of(klass, "reached", entity):
        number = CHAIN.index(row["milestone"]) + 1
        if row["known"] <= as_of and number > stage:
            stage, clock = number, row["last"]
    lead = stated = np.nan
    postponements, before = 0, None
    for row in rows_of(klass, "targets", entity):  # in order of issue
        if row["issued"] > as_of:
            break
        if before is None or row["target"] != before:
            stated = row["issued"]
        postponements += before is not None and row["target"] > before
        before = row["target"]
        lead = row["target"] - as_of
    return {
        "entity": entity,
        "cluster": life["cluster"],
        "as_of": as_of,
        "stage": stage,
        "since": as_of - clock,
        "age": as_of - life["entered"],
        "lead": lead,
        "postponements": postponements,
        "stated": as_of - stated,
        "first": as_of == life["entered"],
        "region": life["region"],
    }


def is_pending(klass: ReferenceClass, entity: str, as_of: int) -> bool:
    """Whether there was something to forecast, and something to score it by."""
    life = klass.entities.loc[entity]
    final = [row["known"] for row in rows_of(klass, "reached", entity) if row["milestone"] == CHAIN[-1]]
    over = [*final, life["ended_known"]]
    return life["entered"] <= as_of < life["through"] and not any(period <= as_of for period in over)


@FEW
@given(SEEDS)
def test_snapshots_are_what_a_walk_through_the_rows_finds(seed: int) -> None:
    klass = random_class(seed, entities=6)
    frame = snapshots(klass)
    assert tuple(frame.columns) == (*KNOWN_COLUMNS, "region")
    pairs = [(name, u) for name in klass.entities.index for u in range(0, 40) if is_pending(klass, name, u)]
    assert list(zip(frame["entity"], frame["as_of"], strict=True)) == pairs
    expected = pd.DataFrame([recalled(klass, *pair) for pair in pairs], columns=frame.columns)
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False)


@given(SEEDS, st.integers(0, 30))
def test_nothing_that_became_known_later_is_in_a_snapshot(seed: int, period: int) -> None:
    klass = random_class(seed)
    pairs = every_period(klass)
    now = pairs[pairs["as_of"] == period]
    pd.testing.assert_frame_equal(snapshots(klass, now), snapshots(klass.known_at(period), now))


@given(SEEDS, st.integers(0, 30), st.integers(1, 15))
def test_outcomes_never_change_as_more_becomes_known(seed: int, period: int, later: int) -> None:
    klass = random_class(seed, entities=20)
    pairs = every_period(klass.known_at(period + later))
    pairs = pairs[pairs["as_of"] <= period]
    if not len(pairs):
        return
    early, late = (outcomes(k, pairs, periods=24).cells() for k in (klass.known_at(period + later), klass))
    # What was known lies around what is known: nothing ruled out comes back, unless it was still to be reported.
    lags = klass.reached["known"] > klass.reached["first"].clip(lower=0)
    lagging = pairs["entity"].isin(klass.reached["entity"][lags]).to_numpy()
    assert (early[0] <= late[0])[~lagging].all()
    assert (early[1] >= late[1])[~lagging].all()


def by_hand(klass: ReferenceClass, entity: str, as_of: int, periods: int) -> tuple[int, int, int]:
    """First and last cell, and the last one followed."""
    life = klass.entities.loc[entity]
    followed = int(life["through"]) - as_of - 1
    final = [row for row in rows_of(klass, "reached", entity) if row["milestone"] == CHAIN[-1]]
    if final:
        first, last = (max(0, min(final[0][name] - as_of - 1, periods)) for name in ("first", "last"))
    elif life["ended_known"] == life["ended_known"]:
        first = last = periods
    else:
        first, last = min(followed + 1, periods), periods
    return int(first), int(last), min(followed, periods - 1)


@FEW
@given(SEEDS, st.sampled_from([1, 5, 40]))
def test_outcomes_are_what_the_rows_say(seed: int, periods: int) -> None:
    klass = random_class(seed)
    pairs = every_period(klass)
    if not len(pairs):
        return
    found = outcomes(klass, pairs, periods=periods)
    expected = [by_hand(klass, *pair, periods) for pair in zip(pairs["entity"], pairs["as_of"], strict=True)]
    assert list(zip(found.first, found.last, found.through, strict=True)) == expected
    assert found.months == periods


@given(SEEDS, st.integers(1, 9))
def test_every_few_periods_begins_at_entry(seed: int, every: int) -> None:
    klass = random_class(seed)
    all_, some = every_period(klass), every_period(klass, every=every)
    age = all_["as_of"] - klass.entities["entered"].loc[all_["entity"]].to_numpy()
    pd.testing.assert_frame_equal(all_[age % every == 0].reset_index(drop=True), some)


def test_a_simulated_class_is_known_step_by_step() -> None:
    klass = simulated_class(entities=40, seed=2)
    pairs = every_period(klass)
    for period in pairs["as_of"].quantile([0.1, 0.5, 0.9]).astype(int):
        now = pairs[pairs["as_of"] == period]
        pd.testing.assert_frame_equal(snapshots(klass, now), snapshots(klass.known_at(period), now))


def test_two_statements_of_one_period_leave_the_later_row() -> None:
    klass = class_of([Life(0, 20, targets=((2, 9), (2, 12), (4, 12), (6, 10)))])
    frame = snapshots(klass, pd.DataFrame({"entity": ["a"] * 4, "as_of": [1, 2, 5, 6]}))
    np.testing.assert_array_equal(frame["lead"], [np.nan, 10, 7, 4])
    np.testing.assert_array_equal(frame["postponements"], [0, 1, 1, 1])
    np.testing.assert_array_equal(frame["stated"], [np.nan, 0, 3, 0])


def test_a_class_without_targets() -> None:
    frame = snapshots(class_of([Life(0, 3)]))
    assert frame["lead"].isna().all() and frame["stated"].isna().all() and not frame["postponements"].any()


WORLD = class_of(
    [
        Life(5, 20, {"opening": (12, 12, 14)}),
        Life(5, 20, ended=9, ended_known=10),
        Life(5, 20),
    ]
)


def test_what_happened_without_being_known_counts_as_the_first_cell() -> None:
    pairs = pd.DataFrame({"entity": ["a", "a"], "as_of": [11, 13]})
    assert snapshots(WORLD, pairs)["stage"].tolist() == [0, 0]
    assert outcomes(WORLD, pairs, periods=9).first.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("entity", "as_of", "message"),
    [
        ("nobody", 6, "entity: received 'nobody', which is not in the class"),
        ("c", 4, "as_of of 'c': received a period before it entered"),
        ("a", 14, "as_of of 'a': received a period when it was known to be reached"),
        ("b", 10, "as_of of 'b': received a period when it was known to be given up"),
    ],
)
def test_origins_with_nothing_to_forecast_are_refused(entity: str, as_of: int, message: str) -> None:
    pairs = pd.DataFrame({"entity": ["c", entity], "as_of": [6, as_of]})
    with pytest.raises(InvalidInput) as error:
        snapshots(WORLD, pairs)
    assert str(error.value) == message


def test_outcomes_of_what_is_not_followed_are_refused() -> None:
    for entity, as_of, message in (
        ("nobody", 6, "entity: received 'nobody', which is not in the class"),
        ("c", 20, "as_of of 'c': received a period not followed further"),
    ):
        with pytest.raises(InvalidInput) as error:
            outcomes(WORLD, pd.DataFrame({"entity": ["c", entity], "as_of": [6, as_of]}), periods=5)
        assert str(error.value) == message
    assert outcomes(WORLD, pd.DataFrame({"entity": ["c"], "as_of": [19]}), periods=5).through.tolist() == [0]


@pytest.mark.parametrize("every", [0, -1, 1.0, True, "2"])
def test_every_is_a_whole_number_of_periods(every: object) -> None:
    with pytest.raises(InvalidInput, match=r"every: received .*; allowed is a whole number of periods from 1"):
        every_period(WORLD, every=every)  # type: ignore[arg-type]

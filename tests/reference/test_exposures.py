"""Risk windows of entities against every month in which the milestone may still be reached."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bayesmile.errors import InvalidInput
from bayesmile.reference.exposures import PLACES, placed, window_exposures
from bayesmile.reference.simulated import simulated_class
from tests.reference.announced import history

HORIZON = 60
FATES = st.one_of(
    st.just({}),
    st.integers(0, 20).map(lambda ended: {"ended": ended}),
    st.tuples(st.integers(0, 20), st.integers(0, 6)).map(
        lambda pair: {"first": pair[0], "last": min(pair[0] + pair[1], 20)}
    ),
    st.integers(0, 20).map(lambda last: {"first": -np.inf, "last": last}),
)


def possible(row: dict[str, float], at_end: bool) -> list[tuple[float, float]]:
    """Every month in which the milestone may be reached, with the last period covered if it is."""
    if "last" in row:
        first = max(row["first"], row["entered"])
        return [(month, month - (not at_end)) for month in range(int(first), int(row["last"]) + 1)]
    if "ended" in row:
        return [(np.inf, min(row["ended"], row["through"]) - (not at_end))]
    return [(month, row["through"]) for month in [*range(int(row["through"]) + 1, HORIZON), np.inf]]


def place_of(row: dict[str, float], period: int, lead: int, at_entry: bool, at_end: bool) -> str:
    months = possible(row, at_end)
    begun = period >= row["entered"] + (not at_entry)
    if begun and all(period <= end and 0 <= month - period <= lead for month, end in months):
        return "inside"
    if begun and all(period <= end and month - period > lead for month, end in months):
        return "outside"
    return "other"


@settings(max_examples=150)
@example(entered=3, fate={"first": 8, "last": 8}, lead=2, at_entry=True, at_end=True)
@example(entered=1, fate={"first": 0, "last": 2}, lead=1, at_entry=True, at_end=True)
@example(entered=3, fate={}, lead=5, at_entry=False, at_end=True)
@example(entered=0, fate={"first": 4, "last": 9}, lead=5, at_entry=True, at_end=False)
@given(entered=st.integers(0, 15), fate=FATES, lead=st.integers(0, 12), at_entry=st.booleans(), at_end=st.booleans())
def test_a_period_counts_where_every_possible_month_says_the_same(entered, fate, lead, at_entry, at_end):
    row = {"entered": entered, "through": 20, **fate}
    if "last" in row and row["last"] <= entered:
        return
    found = window_exposures(history([row]), lead=lead, at_entry=at_entry, at_end=at_end)
    periods = np.arange(-3, 26)
    places = placed(found, np.zeros(periods.size, dtype=np.int64), periods)
    for period, place in zip(periods.tolist(), places.tolist(), strict=True):
        wanted = place_of(row, period, lead, at_entry, at_end)
        assert wanted == (PLACES[place] if PLACES[place] in ("inside", "outside") else "other"), (row, period)


def test_what_is_left_out_is_told_by_reason():
    rows = [{"entered": 5, "through": 20, "first": 10, "last": 10}, {"entered": 5, "through": 20}]
    found = window_exposures(history([*rows, {"entered": 5, "through": 20, "first": -np.inf, "last": 5}]), lead=3)
    entity, period = np.array([0, 0, 0, 0, 1, 1, 2]), np.array([4, 6, 10, 11, 17, 18, 7])
    names = [PLACES[number] for number in placed(found, entity, period)]
    assert names == ["early", "outside", "inside", "late", "outside", "unclear", "no exposure"]


def test_milestone_passed_over_counts_as_the_next_one():
    klass = simulated_class(entities=60, seed=5)
    second = klass.reached["milestone"] == "permit"
    later = set(klass.reached.loc[klass.reached["milestone"] == "opening", "entity"])
    lost = type(klass)(
        **{name: getattr(klass, name) for name in klass.__slots__} | {"reached": klass.reached[~second]}
    )
    found, last = window_exposures(lost, lead=6, milestone="permit"), window_exposures(klass, lead=6)
    assert later
    for entity in later:
        assert found.loc[entity].tolist() == last.loc[entity].tolist()


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"lead": -1}, "lead: received -1"),
        ({"lead": 2.5}, "lead: received 2.5"),
        ({"lead": 6, "milestone": "launch"}, "milestone: received 'launch'; allowed are design, permit, opening"),
    ],
)
def test_bad_window_is_refused(bad, says):
    with pytest.raises(InvalidInput, match=says):
        window_exposures(simulated_class(entities=20), **bad)

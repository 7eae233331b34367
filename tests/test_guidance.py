"""Guidance that may be met exactly and may say *whether*: against sums over all outcomes, and as records."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

import bayesmile as bm
from bayesmile.evidence import Guidance, SlipNumbers
from bayesmile.frames import COLUMNS, from_record, to_record
from bayesmile.known import Known, postponements
from bayesmile.ledger import Ledger

GRID = bm.MonthGrid("2025-01", 8)
SLIP = {"slip_mean": 0.3, "slip_sd": 0.5}
ROADMAP = bm.Roadmap(
    [
        bm.Milestone("flight", delay=bm.Tabulated([0.0, 0.3, 0.2, 0.1, 0.1])),
        bm.Milestone("launch", after=["flight"], delay=bm.Tabulated([0.1, 0.3, 0.2, 0.1])),
    ]
)


def outcomes() -> Iterator[tuple[tuple[int, int], float]]:
    """Months of flight and launch with their probability before evidence; 8 is beyond."""
    first, second = [0.0, 0.3, 0.2, 0.1, 0.1], [0.1, 0.3, 0.2, 0.1]
    for a in [*range(5), 8]:
        chance = first[a] if a < 8 else 1.0 - sum(first)
        if a == 8:
            yield (8, 8), chance
            continue
        for lag, weight in enumerate(second):
            yield (a, a + lag if a + lag < 8 else 8), chance * weight
        yield (a, 8), chance * (1.0 - sum(second))


def stated(month: int, issued: int, target: int, item: Guidance) -> float:
    """Chance of the target given the month, written out."""
    if month < issued:
        return 0.0
    law = norm(math.log(month - issued + 0.5) - item.slip_mean, item.slip_sd)
    low = law.cdf(math.log(target - issued)) if target > issued else 0.0
    chance = float(law.cdf(math.log(target - issued + 1)) - low)
    return item.on_time * (month == target) + (1.0 - item.on_time) * chance


def enumerated(item: Guidance, name: str) -> dict[tuple[int, int], float]:
    """Posterior of both months from guidance about one of them, by the sum over all outcomes."""
    place, issued, target = ROADMAP.names.index(name), GRID.index(item.issued), GRID.index(item.target)
    prior: dict[int, float] = {}
    for months, chance in outcomes():
        prior[months[place]] = prior.get(months[place], 0.0) + chance
    reached = {t: p for t, p in prior.items() if issued <= t < 8}
    mean = sum(p * stated(t, issued, target, item) for t, p in reached.items()) / sum(reached.values())
    joint: dict[tuple[int, int], float] = {}
    for months, chance in outcomes():
        t = months[place]
        chance *= item.whether * mean if t == 8 else stated(t, issued, target, item)
        joint[months] = joint.get(months, 0.0) + chance
    total = sum(joint.values())
    return {months: chance / total for months, chance in joint.items()}


@pytest.mark.parametrize("name", ["flight", "launch"])
@pytest.mark.parametrize(("on_time", "whether"), [(0.0, 1.0), (0.23, 1.0), (0.0, 0.4), (0.23, 0.4), (0.9, 3.0)])
@pytest.mark.parametrize(("issued", "target"), [("2025-01", "2025-04"), ("2025-03", "2025-03"), ("2025-02", "2025-07")])
def test_beliefs_equal_the_sum_over_all_outcomes(
    name: str, on_time: float, whether: float, issued: str, target: str
) -> None:
    item = Guidance(name, issued, target, **SLIP, on_time=on_time, whether=whether)
    belief = bm.infer(ROADMAP, [item], GRID)
    expected = enumerated(item, name)
    for place, other in enumerate(ROADMAP.names):
        pmf = [sum(chance for months, chance in expected.items() if months[place] == t) for t in range(9)]
        np.testing.assert_allclose(belief.pmf(other), pmf, rtol=1e-10, atol=1e-14)


def odds_of_beyond(belief: bm.Belief, name: str, since: int) -> float:
    pmf = belief.pmf(name)
    return float(pmf[-1] / pmf[since:-1].sum())


@given(
    whether=st.floats(0.01, 100.0),
    on_time=st.floats(0.0, 0.99),
    mean=st.floats(-0.5, 1.0),
    issued=st.integers(0, 3),
    lead=st.integers(0, 6),
)
def test_the_odds_of_beyond_change_by_exactly_what_a_date_says_of_whether(
    whether: float, on_time: float, mean: float, issued: int, lead: int
) -> None:
    target = f"{2025 + (issued + lead) // 12}-{(issued + lead) % 12 + 1:02d}"
    item = Guidance(
        "launch", GRID.label(issued), target, slip_mean=mean, slip_sd=0.5, on_time=on_time, whether=whether
    )
    before, after = bm.infer(ROADMAP, [], GRID), bm.infer(ROADMAP, [item], GRID)
    assert odds_of_beyond(after, "launch", issued) == pytest.approx(
        whether * odds_of_beyond(before, "launch", issued), rel=1e-9
    )


def test_what_is_left_out_changes_nothing_to_the_bit() -> None:
    plain = Guidance("launch", "2025-02", "2025-05", **SLIP)
    said = Guidance("launch", "2025-02", "2025-05", **SLIP, on_time=0.0, whether=1.0, postponed={})
    assert plain == said
    before, after = (bm.infer(ROADMAP, [item], GRID).solution.loglik for item in (plain, said))
    np.testing.assert_array_equal(before, after)


# Postponements.


def statement(issued: str, target: str, name: str = "launch", **more: object) -> Guidance:
    return Guidance(name, issued, target, **SLIP, **more)  # type: ignore[arg-type]


def test_later_targets_are_postponements_and_no_others() -> None:
    said = [
        statement("2021-01", "2023"),
        statement("2021-06", "2023"),  # restated
        statement("2022-01", "2024"),  # put off
        statement("2022-06", "2022-12"),  # brought forward
        statement("2023-01", "2025"),  # put off
        statement("2021-03", "2030", name="flight"),
    ]
    for order in list(itertools.permutations(said))[::37]:
        assert [Known.of(order).postponements(item) for item in said] == [0, 0, 1, 1, 2, 0]
        assert [postponements(order, item) for item in said] == [0, 0, 1, 1, 2, 0]


def test_the_numbers_are_those_after_the_postponements_so_far() -> None:
    later = {1: SlipNumbers(0.1, 0.2), 3: (0.5, 0.6, 0.2, 0.7)}
    item = statement("2025-01", "2026", postponed=later)
    assert [item.slip(count).mean for count in range(5)] == [0.3, 0.1, 0.1, 0.5, 0.5]
    assert item.slip(9) == SlipNumbers(0.5, 0.6, 0.2, 0.7)


def test_only_statements_that_are_known_and_stand_count() -> None:
    after = {1: (0.0, 0.1, 0.5, 0.2)}
    ledger = Ledger(
        [
            statement("2025-01", "2025-04", retracted="2025-05-15"),
            statement("2025-02", "2025-06", postponed=after),
        ]
    )
    (early,) = ledger.known_by("2025-04-30").items
    assert isinstance(early, Guidance)
    assert ledger.known_by("2025-04-30").slip(early) == SlipNumbers(0.0, 0.1, 0.5, 0.2)
    assert ledger.known_by("2025-05-31").slip(early) == SlipNumbers(0.3, 0.5)


def test_the_row_is_that_of_the_numbers_that_hold() -> None:
    first = statement("2025-01", "2025-03")
    second = statement("2025-02", "2025-05", postponed={1: (0.1, 0.4, 0.25, 0.6)})
    found = bm.infer(ROADMAP, [first, second], GRID)
    same = Guidance("launch", "2025-02", "2025-05", slip_mean=0.1, slip_sd=0.4, on_time=0.25, whether=0.6)
    np.testing.assert_array_equal(found.solution.pmf, bm.infer(ROADMAP, [same], GRID).solution.pmf)
    alone = bm.infer(ROADMAP, [second], GRID).solution.pmf
    np.testing.assert_array_equal(alone, bm.infer(ROADMAP, [statement("2025-02", "2025-05")], GRID).solution.pmf)


# Records.

NUMBERS = st.tuples(st.floats(-2, 2), st.floats(0.01, 3), st.floats(0, 1), st.floats(0.01, 50))


@given(numbers=NUMBERS, later=st.dictionaries(st.integers(1, 9), NUMBERS, max_size=3))
def test_records_come_back(
    numbers: tuple[float, float, float, float], later: dict[int, tuple[float, float, float, float]]
) -> None:
    mean, sd, on_time, whether = numbers
    item = Guidance(
        "launch", "2025-01", "2026", slip_mean=mean, slip_sd=sd, on_time=on_time, whether=whether, postponed=later
    )
    assert from_record(to_record(item)) == item
    assert from_record(json.loads(json.dumps(to_record(item)))) == item


def test_tables_come_back() -> None:
    items = [
        statement("2025-01", "2026", on_time=0.2, whether=0.5, postponed={2: (0.1, 0.2, 0.3, 0.4)}),
        bm.NotYet("launch", "2024", announced="2025-01-05"),
    ]
    table = Ledger(items).to_pandas()
    assert list(table.columns) == list(COLUMNS)
    assert Ledger.from_pandas(table).items == Ledger(items).items


def test_records_without_the_new_columns_are_still_read() -> None:
    record = {"type": "Guidance", "milestone": "launch", "issued": "2025-01", "target": "2026", **SLIP}
    assert from_record(record) == statement("2025-01", "2026")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"on_time": -0.1}, r"launch on_time: received -0.1; allowed is a probability"),
        ({"on_time": 1.01}, r"on_time: received 1.01"),
        ({"on_time": math.nan}, r"on_time: received nan"),
        ({"on_time": "0.2"}, r"on_time: received '0.2'"),
        ({"whether": 0.0}, r"launch whether: received 0.0; allowed is a number above 0"),
        ({"whether": -1}, r"whether: received -1"),
        ({"whether": math.inf}, r"whether: received inf"),
        ({"postponed": [1]}, r"postponed: received \[1\]; allowed is a mapping"),
        ({"postponed": {0: (0.1, 0.2)}}, r"postponed: received 0; allowed is a whole number of at least 1"),
        ({"postponed": {1.5: (0.1, 0.2)}}, r"postponed: received 1.5"),
        ({"postponed": {1: (0.1,)}}, r"postponed 1: received \(0.1,\); allowed is \(mean, sd, on_time, whether\)"),
        ({"postponed": {1: "ab"}}, r"postponed 1: received 'ab'"),
        ({"postponed": {1: 0.3}}, r"postponed 1: received 0.3"),
        ({"postponed": {2: (0.1, -0.2)}}, r"postponed 2, slip_sd: received -0.2; allowed is a number above 0"),
        ({"postponed": {2: (0.1, 0.2, 3)}}, r"postponed 2, on_time: received 3"),
    ],
)
def test_numbers_that_are_not_allowed_are_refused(more: dict[str, object], says: str) -> None:
    with pytest.raises(bm.InvalidInput, match=says):
        statement("2025-01", "2026", **more)


@pytest.mark.parametrize("cell", ["{", '{"a": [0.1, 0.2]}', "[1, 2]"])
def test_a_cell_of_postponements_that_cannot_be_read_is_refused(cell: str) -> None:
    record = {**to_record(statement("2025-01", "2026")), "postponed": cell}
    with pytest.raises(bm.InvalidInput, match="postponed"):
        from_record(record)

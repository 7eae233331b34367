"""Items of evidence: what they refuse, how dates are read, equality."""

from __future__ import annotations

import copy
import datetime as dt
import math
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayesmile.errors import InvalidInput
from bayesmile.evidence import Achieved, Announcement, Guidance, LikelihoodRatio, NotYet, Row
from bayesmile.items import Item
from bayesmile.periods import parse_period

SLIP = {"slip_mean": 0.3, "slip_sd": 0.5}
EVERY_KIND = [
    Row("launch", [0.0, -math.inf, 1.5], announced="2025"),
    LikelihoodRatio("launch", "2026", 3, announced="2025-01-02", source="a filing"),
    Achieved("launch", "2025-02", announced="2025-02-20", entered="2025-03-01", id="first"),
    NotYet("launch", "2024", announced="2025-Q1", retracted="2025-06"),
    Announcement("launch", "deal", "2025-03-04", "acme", {"binding": "yes"}, note="light on specifics"),
    Announcement(None, "sentiment", "2025-03-05"),
    Guidance("launch", "2025-01", "2026-Q3", **SLIP),
]
by_kind = pytest.mark.parametrize("item", EVERY_KIND, ids=lambda item: type(item).__name__)


def test_labels_say_what_the_item_says() -> None:
    assert [item.label for item in EVERY_KIND] == [
        "Row launch",
        "LikelihoodRatio launch by 2026-12: 3",
        "Achieved launch 2025-02",
        "NotYet launch through 2024-12",
        "Announcement launch deal 2025-03-04",
        "Announcement sentiment 2025-03-05",
        "Guidance launch 2026-09 (issued 2025-01)",
    ]


@by_kind
def test_equal_copies_and_hashes(item: Item) -> None:
    for twin in (copy.deepcopy(item), pickle.loads(pickle.dumps(item))):
        assert twin == item and hash(twin) == hash(item) and twin is not item
    assert item != EVERY_KIND[EVERY_KIND.index(item) - 1]
    assert item != "an item"


@by_kind
def test_items_are_frozen(item: Item) -> None:
    with pytest.raises(AttributeError):
        item.milestone = "other"


def test_the_row_of_an_item_cannot_be_written_through() -> None:
    given = np.zeros(3)
    row = Row("launch", given)
    given[0] = 5.0
    assert row.loglik.tolist() == [0.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="read-only"):
        row.loglik[0] = 1.0


@pytest.mark.parametrize(
    ("announced", "public"),
    [
        ("2025-10-15", "2025-10-15"),
        ("2025-10", "2025-10-31"),
        ("2025-Q3", "2025-09-30"),
        ("2025Q3", "2025-09-30"),
        ("2024-02", "2024-02-29"),
        ("2025", "2025-12-31"),
        (dt.date(2025, 1, 2), "2025-01-02"),
        (pd.Timestamp("2025-01-02 23:00"), "2025-01-02"),
        (np.datetime64("2025-01-02"), "2025-01-02"),
    ],
)
def test_an_imprecise_date_is_public_at_its_end(announced: object, public: str) -> None:
    assert str(NotYet("launch", "2020", announced=announced).public) == public


@pytest.mark.parametrize(
    "bad", ["", "soon", "2025-13", "2025-02-30", "2025-Q5", 2025, 1.5, pd.NaT, np.datetime64("NaT", "D")]
)
def test_a_bad_date_is_named(bad: object) -> None:
    with pytest.raises(InvalidInput, match="NotYet launch announced: "):
        NotYet("launch", "2020", announced=bad)


@pytest.mark.parametrize("later", ["entered", "retracted"])
def test_reversed_dates_are_refused(later: str) -> None:
    with pytest.raises(InvalidInput, match=f"NotYet launch {later}: .* reversed"):
        NotYet("launch", "2020", announced="2025-03-04", **{later: "2025-03-03"})
    NotYet("launch", "2020", announced="2025-03", **{later: "2025-03-03"})


def test_reaching_a_milestone_after_saying_so_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"Achieved launch month: .* reversed"):
        Achieved("launch", "2025-03", announced="2025-02-28")
    assert Achieved("launch", "2025-02", announced="2025-02-03").month == "2025-02"


@pytest.mark.parametrize("bad", [None, "", "  ", 3])
def test_a_milestone_needs_a_name(bad: object) -> None:
    with pytest.raises(InvalidInput, match="milestone: received"):
        NotYet(bad, "2020")


def test_a_bare_item_is_refused() -> None:
    with pytest.raises(InvalidInput, match="bare Item"):
        Item("launch")


@pytest.mark.parametrize("field", ["source", "note", "id"])
def test_texts_are_texts(field: str) -> None:
    with pytest.raises(InvalidInput, match=f"NotYet launch {field}: received 7; allowed is text"):
        NotYet("launch", "2020", **{field: 7})


@pytest.mark.parametrize("bad", [-1.0, -1e-300, math.nan, math.inf, "2", None])
def test_a_bad_ratio_is_refused(bad: object) -> None:
    with pytest.raises(InvalidInput, match="LikelihoodRatio launch ratio: received"):
        LikelihoodRatio("launch", "2026", bad)


def test_a_ratio_of_zero_is_legal() -> None:
    assert LikelihoodRatio("launch", "2026", 0).ratio == 0.0


@pytest.mark.parametrize(
    "bad", [[math.nan, 0.0], [0.0, math.inf], [0.0], [[0.0, 0.0]], ["a", "b"], None, [[0.0], [0.0, 1.0]]]
)
def test_a_bad_row_is_refused(bad: object) -> None:
    with pytest.raises(InvalidInput, match="Row launch loglik: "):
        Row("launch", bad)


def test_minus_infinity_in_a_row_is_legal() -> None:
    assert Row("launch", [-math.inf, 0.0]).loglik.tolist() == [-math.inf, 0.0]


@pytest.mark.parametrize("bad", ["2026", "2026-Q1"])
def test_a_milestone_is_achieved_in_one_month(bad: str) -> None:
    with pytest.raises(InvalidInput, match=r"Achieved launch month: .* allowed is one month"):
        Achieved("launch", bad)


def test_not_yet_ends_with_a_month() -> None:
    assert NotYet("launch", "2026-02-28").through == "2026-02"
    with pytest.raises(InvalidInput, match=r"NotYet launch through: received '2026-02-27'"):
        NotYet("launch", "2026-02-27")


@pytest.mark.parametrize("bad", ["maybe", "Yes", True, None, 0.5])
def test_attributes_are_yes_no_or_unknown(bad: object) -> None:
    with pytest.raises(InvalidInput, match="attribute binding: received"):
        Announcement("launch", "deal", "2025-01-02", attributes={"binding": bad})


def test_an_announcement_needs_kind_and_date() -> None:
    with pytest.raises(InvalidInput, match="needs its date"):
        Announcement("launch", "deal", None)
    with pytest.raises(InvalidInput, match="kind: received ''"):
        Announcement("launch", "", "2025-01-02")
    with pytest.raises(InvalidInput, match="allowed are text and a mapping"):
        Announcement("launch", "deal", "2025-01-02", attributes="binding")


def test_guidance_is_announced_when_issued_unless_told() -> None:
    assert Guidance("launch", "2025-01-15", "2026", **SLIP).announced == "2025-01-15"
    assert Guidance("launch", "2025-01-15", "2026", announced="2025-03-01", **SLIP).announced == "2025-03-01"
    with pytest.raises(InvalidInput, match=r"Guidance launch announced: .* reversed"):
        Guidance("launch", "2025-01-15", "2026", announced="2025-01-14", **SLIP)


def test_guidance_looks_ahead() -> None:
    assert Guidance("launch", "2025-01-15", "2025-01", **SLIP).target == "2025-01"
    with pytest.raises(InvalidInput, match=r"Guidance launch target: .* reversed"):
        Guidance("launch", "2025-01-15", "2024", **SLIP)


@pytest.mark.parametrize(("mean", "sd"), [(math.nan, 0.5), (math.inf, 0.5), (0.3, 0.0), (0.3, -1.0), (0.3, math.nan)])
def test_a_bad_slip_is_refused(mean: float, sd: float) -> None:
    with pytest.raises(InvalidInput, match=r"Guidance launch slip_(mean|sd): received"):
        Guidance("launch", "2025-01", "2026", slip_mean=mean, slip_sd=sd)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025", "2025-01-01", "2025-12-31"),
        ("2025-Q1", "2025-01-01", "2025-03-31"),
        ("2025-12", "2025-12-01", "2025-12-31"),
        ("2024-02-29", "2024-02-29", "2024-02-29"),
    ],
)
def test_a_period_covers_its_days(text: str, first: str, last: str) -> None:
    period = parse_period(text)
    assert (str(period.first), str(period.last)) == (first, last)


def test_not_yet_through_a_month_after_its_announcement_is_refused() -> None:
    with pytest.raises(InvalidInput, match="through: received 2026, after announced 2025-03-04; dates are reversed"):
        NotYet("launch", "2026", announced="2025-03-04")
    assert NotYet("launch", "2025-03", announced="2025-03-04").through == "2025-03"


@pytest.mark.parametrize("year", ["9999", "2201", "1899", "0001"])
def test_years_outside_those_of_the_files_are_refused(year: str) -> None:
    with pytest.raises(InvalidInput, match="allowed are the years 1900 to 2200"):
        parse_period(year)
    with pytest.raises(InvalidInput, match="allowed are the years 1900 to 2200"):
        NotYet("launch", year, announced=f"{year}-12-31")


@pytest.mark.parametrize("entry", [1.5e308, -1e301])
def test_a_row_that_could_overflow_is_refused(entry: float) -> None:
    with pytest.raises(InvalidInput, match=r"entry 1; allowed are numbers from -1e[+]300 to 1e[+]300, and -inf"):
        Row("launch", [0.0, entry])
    assert Row("launch", [1e300, -1e300, -math.inf]).loglik[0] == 1e300


def test_a_changed_copy_of_an_item_has_a_key_and_a_day_of_its_own() -> None:
    first = NotYet("launch", "2026-02", announced="2026-03-05", note="a")
    assert first.public == dt.date(2026, 3, 5) and hash(first)
    later = replace(first, announced="2026-04-01")
    assert later != first and later.public == dt.date(2026, 4, 1)
    assert later.key(("announced",)) == first.key(["announced"]) != first.key()
    again = pickle.loads(pickle.dumps(first))
    assert again == first and again.public == first.public

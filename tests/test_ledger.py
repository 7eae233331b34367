"""The ledger: what was known when, corrections, duplicates, and its table."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesmile.errors import InvalidInput
from bayesmile.evidence import Achieved, Announcement, Guidance, LikelihoodRatio, NotYet, Row
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.ledger import Ledger
from bayesmile.streams import Stream

STREAM = Stream(
    "deal", "launch", base_rate=2, lift=3, lead=4, covers=("2020", None), attributes={"binding": (0.7, 0.2)}
)
ITEMS: list[Item] = [
    Row("launch", [0.0, -np.inf, 0.1 + 0.2], announced="2025"),
    LikelihoodRatio("launch", "2026", 1 / 3, announced="2025-01-02", source="a filing, page 7"),
    Achieved("flight", "2025-02", announced="2025-02-20", entered="2025-03-01", id="first"),
    NotYet("launch", "2024", announced="2025-Q1", retracted="2025-06"),
    Announcement("launch", "deal", "2025-03-04", "acme", {"binding": "yes"}, note='said "soon", twice'),
    Announcement(None, "mood", "2025-03-05"),
    Guidance("launch", "2025-01", "2026-Q3", slip_mean=0.3, slip_sd=0.5),
]


def ledger(items: list[Item], **changes: object) -> Ledger:
    return Ledger(items, [STREAM], hype=1.5, inert_kinds=["mood"], **changes)


def ratio(announced: str, **fields: object) -> LikelihoodRatio:
    return LikelihoodRatio("launch", "2026", 2, announced=announced, **fields)


def test_every_item_needs_an_announced_date() -> None:
    with pytest.raises(InvalidInput, match="NotYet launch through 2025-01: no announced date"):
        Ledger([NotYet("launch", "2025-01")])
    with pytest.raises(InvalidInput, match="Ledger items: received 'news'"):
        Ledger(["news"])


@given(st.permutations(ITEMS))
def test_order_of_entry_does_not_matter(items: list[Item]) -> None:
    assert ledger(items) == ledger(ITEMS)
    assert ledger(items).known_by("2025-12-31") == ledger(ITEMS).known_by("2025-12-31")
    assert ledger(items[:3]).add(*items[3:]) == ledger(ITEMS)


@pytest.mark.parametrize(
    ("announced", "as_of", "known"),
    [
        ("2025-10-15", "2025-10-15", True),
        ("2025-10-15", "2025-10-14", False),
        ("2025-10-15", "2025-10", False),
        ("2025-10-15", "2025-11", True),
        ("2025-10", "2025-10-30", False),
        ("2025-10", "2025-10-31", True),
        ("2025-Q3", "2025-09-29", False),
        ("2025-Q3", "2025-09-30", True),
        ("2025", "2025-12-30", False),
        ("2025", "2026-01", True),
    ],
)
def test_news_is_known_from_the_end_of_its_date(announced: str, as_of: str, known: bool) -> None:
    assert len(Ledger([ratio(announced)]).known_by(as_of).items) == known


@given(st.sets(st.integers(1, 28), min_size=1, max_size=8), st.integers(1, 28))
def test_news_after_the_as_of_date_changes_nothing(days: set[int], as_of: int) -> None:
    items = [ratio(f"2025-03-{day:02d}") for day in sorted(days)]
    earlier = [item for item, day in zip(items, sorted(days), strict=True) if day <= as_of]
    assert Ledger(items).known_by(f"2025-03-{as_of:02d}") == Ledger(earlier).known_by(f"2025-03-{as_of:02d}")


def test_a_retracted_item_counts_until_then() -> None:
    book = Ledger([ratio("2025-01-05", retracted="2025-06-10")])
    assert len(book.known_by("2025-06-09").items) == 1
    assert len(book.known_by("2025-06-10").items) == 0
    assert len(book.known_by("2025-12-31", entered_by="2025-06-09").items) == 1


def test_an_item_is_known_once_it_is_recorded_if_asked() -> None:
    book = Ledger([ratio("2025-01-05", entered="2025-03-01"), ratio("2025-01-05", source="always there")])
    assert len(book.known_by("2025-02-01").items) == 2
    assert len(book.known_by("2025-02-01", entered_by="2025-02-28").items) == 1
    assert len(book.known_by("2025-02-01", entered_by="2025-03-01").items) == 2


@pytest.mark.parametrize("name", ["", "r7"])
def test_a_correction_replaces_the_item_at_every_date(name: str) -> None:
    wrong = Announcement("launch", "deal", "2025-01-05", "acme", {"binding": "yes"}, retracted="2025-06-10", id=name)
    right = Announcement("launch", "deal", "2025-01-05", "acme", {"binding": "no"}, entered="2025-06-10", id=name)
    for items in ([wrong, right], [right, wrong]):
        book = Ledger(items, [STREAM])
        for as_of in ("2025-02-01", "2025-06-09", "2025-06-10", "2025-12-31"):
            assert book.known_by(as_of).items == (right,)
        assert book.known_by("2025-12-31", entered_by="2025-06-09").items == (wrong,)


def test_a_correction_of_the_date_needs_the_same_id() -> None:
    wrong = ratio("2025-01-05", retracted="2025-06-10", id="r7")
    right = ratio("2025-04-05", entered="2025-06-12", id="r7")
    book = Ledger([wrong, right])
    assert book.known_by("2025-03-01").items == ()
    assert book.known_by("2025-05-01").items == (right,)


def test_one_id_names_one_standing_record() -> None:
    with pytest.raises(InvalidInput, match="id 'r7' already names"):
        Ledger([ratio("2025-01-05", id="r7"), NotYet("launch", "2024", announced="2025-01-06", id="r7")])


def test_exact_duplicates_are_reported_and_count_once() -> None:
    twins = [ratio("2025-01-05", id="a"), ratio("2025-01-05", entered="2025-02-01", note="again")]
    another = ratio("2025-01-05", source="another paper")
    for items in itertools.permutations([*twins, another]):
        book = Ledger(items)
        assert len(book.duplicates) == 1 and book.duplicates[0] in twins
        known = book.known_by("2025-12-31")
        assert len(known.items) == 2 and another in known.items and known.duplicates == book.duplicates
        assert (known.nominal, known.effective) == (3, 2)


def test_a_duplicate_announcement_counts_once_in_its_stream() -> None:
    news = [Announcement("launch", "deal", "2025-01-05", id=name) for name in ("a", "b")]
    known = Ledger(news, [STREAM]).known_by("2025-12-31")
    assert (known.nominal, known.effective) == (2, 1)


def test_what_is_set_aside_is_reported() -> None:
    known = ledger(ITEMS).known_by("2025-12-31")
    assert [item.label for item in known.inert] == [
        "Announcement sentiment 2025-03-05".replace("sentiment", "mood")
    ]
    assert known.outside == known.superseded == known.duplicates == ()
    assert (known.nominal, known.effective) == (6, 5)
    assert (known.hype, known.streams, str(known.as_of.day)) == (1.5, (STREAM,), "2025-12-31")


def test_an_announcement_without_a_stream_is_refused() -> None:
    with pytest.raises(
        InvalidInput, match=r"no stream of kind 'rumour' on milestone 'launch' .* deal on launch; .* mood"
    ):
        ledger([Announcement("launch", "rumour", "2025-01-05")])
    with pytest.raises(InvalidInput, match="no stream of kind 'deal' on milestone None"):
        ledger([Announcement(None, "deal", "2025-01-05")])


def test_a_stream_is_declared_once_and_is_not_inert() -> None:
    with pytest.raises(InvalidInput, match="deal on launch is declared twice"):
        Ledger([], [STREAM, STREAM])
    with pytest.raises(InvalidInput, match="'deal' also has a stream"):
        Ledger([], [STREAM], inert_kinds=["deal"])


@pytest.mark.parametrize("bad", [0, -1, float("nan"), float("inf"), None])
def test_hype_must_be_positive(bad: object) -> None:
    with pytest.raises(InvalidInput, match="Ledger hype: received"):
        Ledger([], hype=bad)


def test_the_table_comes_back_exactly() -> None:
    book = ledger(ITEMS)
    again = Ledger.from_pandas(book.to_pandas(), [STREAM], hype=1.5, inert_kinds=["mood"])
    assert again == book
    frame = book.to_pandas().convert_dtypes(dtype_backend="numpy_nullable")
    assert Ledger.from_pandas(frame, [STREAM], hype=1.5, inert_kinds=["mood"]) == book


def test_the_table_survives_a_csv_file() -> None:
    text = ledger(ITEMS).to_pandas().to_csv(index=False)
    frame = pd.read_csv(io.StringIO(text), dtype={"announced": str, "issued": str, "entered": str})
    assert Ledger.from_pandas(frame, [STREAM], hype=1.5, inert_kinds=["mood"]) == ledger(ITEMS)


def test_an_empty_table_is_an_empty_ledger() -> None:
    assert len(Ledger.from_pandas(Ledger().to_pandas())) == 0


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"type": "Rumour"}, "row 5: type: received 'Rumour'; allowed: Row, LikelihoodRatio"),
        ({"type": None}, "row 5: type: received None"),
        ({"ratio": 2.0}, "row 5: NotYet: received a value in column 'ratio'"),
        ({"colour": "red"}, "row 5: NotYet: received a value in column 'colour'"),
        ({"through": None}, "row 5: NotYet: column 'through' is empty"),
        ({"through": "later"}, "row 5: NotYet launch through: "),
        ({"milestone": None}, "row 5: NotYet milestone: received None"),
        ({"type": "Row", "through": None, "loglik": "[0, 1"}, "row 5: loglik: received '[0, 1'; allowed is JSON"),
        (
            {"type": "Announcement", "through": None, "kind": "x", "announced": None},
            "row 5: Announcement launch announced",
        ),
    ],
)
def test_a_bad_row_of_a_table_is_named(cells: dict, message: str) -> None:
    record = {"type": "NotYet", "milestone": "launch", "through": "2024", "announced": "2025-01-05", **cells}
    with pytest.raises(InvalidInput) as caught:
        Ledger.from_pandas(pd.DataFrame([record], index=[5]))
    assert str(caught.value).startswith(message)


def test_guidance_that_no_date_puts_in_order_is_a_warning() -> None:
    slip = {"slip_mean": 0.3, "slip_sd": 0.5}
    one, other = (Guidance("launch", "2025-01", target, **slip) for target in ("2026", "2027"))
    for items in ([one, other], [other, one]):
        known = Ledger(items).known_by("2025-06")
        (warning,) = known.warnings
        assert one.label in warning and other.label in warning
        assert f"{known.items[0].target} is taken" in warning
        assert Known.of([]).plus(*items).warnings == known.warnings
    later = Guidance("launch", "2025-01", "2027", entered="2025-02-03", **slip)
    same = Guidance("launch", "2025-01", "2026", slip_mean=0.3, slip_sd=0.6)
    newer = Guidance("launch", "2025-02", "2027", **slip)
    for items in ([one, later], [one, same], [one, other, newer]):
        assert Ledger(items).known_by("2025-06").warnings == ()

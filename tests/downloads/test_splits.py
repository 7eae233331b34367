"""Splits: stated, found and taken back, and never changed without being asked."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bayesmile.downloads.quotes import read_prices
from bayesmile.downloads.splits import Quote, Split, find_splits, parse_split, restore_closes, split_of
from bayesmile.errors import InvalidInput
from tests.downloads.tables import plain, saved

START = dt.date(2025, 5, 1)
RATIOS = ((2, 1), (3, 1), (4, 1), (10, 1), (3, 2), (1, 2), (1, 10), (1, 30), (5, 4))


def days(number: int) -> list[str]:
    return [(START + dt.timedelta(days=day)).isoformat() for day in range(number)]


def traded(returns: list[float], splits: list[Split], *, volumes: bool = False) -> list[Quote]:
    """Give the closes of the day of a share that also splits, and the closes adjusted for all splits."""
    dates, value, quotes = days(len(returns) + 1), 100.0, list[Quote]()
    for date, change in zip(dates, [0.0, *returns], strict=True):
        value *= math.exp(change)
        later = math.prod(split.ratio for split in splits if split.date > date)
        volume = 1e6 / later if volumes else None
        quotes.append(Quote(date, value * later, value, volume))
    return quotes


def split(day: int, ratio: tuple[int, int]) -> Split:
    return Split(days(day + 1)[-1], *ratio, "as given", certain=True)


def bare(quotes: list[Quote]) -> list[Quote]:
    return [Quote(quote.date, quote.close, None, quote.volume) for quote in quotes]


calm = st.lists(st.floats(-0.04, 0.04), min_size=14, max_size=14)
some_splits = st.lists(
    st.tuples(st.integers(1, 14), st.sampled_from(RATIOS)), min_size=1, max_size=3, unique_by=lambda each: each[0]
).map(lambda pairs: [split(day, ratio) for day, ratio in pairs])


@given(calm, some_splits)
def test_adjusting_and_taking_back_gives_the_closes_of_the_day(returns: list[float], splits: list[Split]) -> None:
    truth = traded(returns, splits)
    adjusted = [Quote(quote.date, quote.adjusted or 0.0, None, 1e6) for quote in truth]
    restored, notes = restore_closes(adjusted, splits, "split-adjusted")
    assert [quote.close for quote in restored] == pytest.approx([quote.close for quote in truth], rel=1e-12)
    assert [quote.adjusted for quote in restored] == pytest.approx([quote.adjusted for quote in truth], rel=1e-12)
    money = [(quote.close * (quote.volume or 0.0)) for quote in restored]
    assert money == pytest.approx([quote.close * 1e6 for quote in adjusted], rel=1e-12)
    assert len(notes) == len(splits)


@given(calm, some_splits, st.sampled_from(["unknown", "as-traded", "split-adjusted"]))
def test_closes_that_show_a_split_stay_and_get_an_adjusted_close(
    returns: list[float], splits: list[Split], basis: str
) -> None:
    truth = traded(returns, splits)
    restored, notes = restore_closes(bare(truth), splits, basis)  # type: ignore[arg-type]
    assert [quote.close for quote in restored] == [quote.close for quote in truth]
    assert [quote.adjusted for quote in restored] == pytest.approx([quote.adjusted for quote in truth], rel=1e-12)
    assert all("left as it was: it shows the split" in note for note in notes)


@given(calm, some_splits, st.floats(0.001, 1000.0))
def test_splits_are_found_from_the_adjustment_whatever_the_scale(
    returns: list[float], splits: list[Split], scale: float
) -> None:
    truth = [Quote(q.date, q.close * scale, (q.adjusted or 0.0) * scale) for q in traded(returns, splits)]
    found, odd = find_splits(truth)
    assert {(each.date, each.text) for each in found} == {(each.date, each.text) for each in splits}
    assert odd == () and not any(each.certain for each in found)


@given(calm, st.sampled_from([(2, 1), (3, 1), (3, 2), (10, 1), (1, 2), (1, 10)]))
def test_splits_are_found_from_closes_and_volumes(returns: list[float], ratio: tuple[int, int]) -> None:
    quotes = bare(traded(returns, [split(7, ratio)], volumes=True))
    assert [(each.date, each.text) for each in find_splits(quotes)[0]] == [(days(8)[-1], f"{ratio[0]}:{ratio[1]}")]


def test_a_crash_is_no_split_where_the_volume_says_so() -> None:
    quotes = bare(traded([0.01] * 6 + [-math.log(2)] + [0.01] * 7, [], volumes=True))
    crash = [Quote(q.date, q.close, None, (q.volume or 0) * (12 if q.date >= days(8)[-1] else 1)) for q in quotes]
    assert find_splits(crash)[0] == ()
    silent = [Quote(q.date, q.close) for q in quotes]
    (looks,) = find_splits(silent)[0]
    assert "no volume says whether it is a split or a move" in looks.evidence


@given(calm, st.floats(0.001, 0.15), st.integers(1, 14))
def test_a_dividend_is_no_split(returns: list[float], paid: float, day: int) -> None:
    date = days(day + 1)[-1]
    quotes = [
        Quote(q.date, q.close, (q.adjusted or 0.0) * (1 - paid if q.date < date else 1)) for q in traded(returns, [])
    ]
    assert find_splits(quotes) == ((), ())


def test_an_odd_jump_of_the_adjustment_is_told() -> None:
    quotes = [Quote("2025-05-12", 100.0, 71.0), Quote("2025-05-13", 74.0, 74.0)]
    assert find_splits(quotes)[0] == ()
    assert "jumps by 1.408, no simple ratio: a large dividend, a spin-off" in find_splits(quotes)[1][0]


def test_a_stated_split_is_reported_and_nothing_changed(tmp_path: Path) -> None:
    text = (
        "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient\n"
        "2025-06-10,50,52,49,51.0,51.0,200,0.0000,2.0\n2025-06-09,99,101,98,100.0,50.0,100,0.0000,1.0\n"
    )
    history = read_prices(saved(tmp_path, text))
    assert [(quote.close, quote.adjusted) for quote in history.prices] == [(100.0, 50.0), (51.0, 51.0)]
    assert [(each.date, each.text, each.certain) for each in history.splits] == [("2025-06-10", "2:1", True)]
    told = "split 2:1: stated by a column of the file; nothing was changed for it"
    assert any(told in note for note in history.notes)
    same = read_prices(saved(tmp_path, text), splits=["2025-06-10=2:1"])
    assert same.prices == history.prices


def test_a_split_of_a_split_adjusted_file_is_taken_back_only_when_given(tmp_path: Path) -> None:
    rows = "2025-06-09,50,51,49,50,50,200\n2025-06-10,50,52,49,51,51,200\n"
    path = saved(tmp_path, f"Date,Open,High,Low,Close,Adj Close,Volume\n{rows}")
    assert [quote.close for quote in read_prices(path).prices] == [50.0, 51.0]
    history = read_prices(path, splits=["2025-06-10=2:1"])
    assert [(quote.close, quote.adjusted, quote.volume) for quote in history.prices] == [(100, 50, 100), (51, 51, 200)]
    assert "split 2:1 on 2025-06-10, as given: 1 close before it, each multiplied by 2/1" in history.notes


def test_after_the_last_close_a_split_is_taken_back_from_all(tmp_path: Path) -> None:
    path = saved(tmp_path, plain([("2025-06-09", 50.0), ("2025-06-10", 51.0)]))
    with pytest.raises(InvalidInput, match="say it with --closes as-traded or --closes split-adjusted"):
        read_prices(path, splits=["2025-08-01=1:10"])
    history = read_prices(path, splits=["2025-08-01=1:10"], closes="split-adjusted")
    assert [quote.close for quote in history.prices] == [5.0, 5.1]
    kept = read_prices(path, splits=["2025-08-01=1:10"], closes="as-traded")
    assert [quote.close for quote in kept.prices] == [50, 51]


def test_a_split_that_fits_nothing_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, plain([("2025-06-09", 70.0), ("2025-06-10", 50.0)]))
    with pytest.raises(InvalidInput, match="goes from 70 on 2025-06-09 to 50 on 2025-06-10, which does not fit"):
        read_prices(path, splits=["2025-06-10=2:1"])
    assert read_prices(path, splits=["2025-06-10=2:1"], closes="split-adjusted").prices[0].close == 140.0
    with pytest.raises(InvalidInput, match="a day is given twice"):
        read_prices(path, splits=["2025-06-10=2:1", "2025-06-10=3:1"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2:1",
        "2025-06-10",
        "2025-06-10=2",
        "2025-13-10=2:1",
        "2025-06-10=1:1",
        "2025-06-10=0:1",
        "2025-06-10=2:1001",
    ],
)
def test_bad_splits_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"--split: received .*allowed is DAY=NEW:OLD"):
        parse_split(text)


def test_stated_ratios() -> None:
    assert split_of("2025-06-10", 0.0, "x") is None
    found = [split_of("2025-06-10", ratio, "x") for ratio in (20.0, 0.05, 1.5, 1 / 3)]
    assert [each.text for each in found if each] == ["20:1", "1:20", "3:2", "1:3"]
    for ratio in (-1.0, math.nan, math.inf, 1e-9, 5000.0):
        with pytest.raises(InvalidInput, match="split: received"):
            split_of("2025-06-10", ratio, "x")


quotes_of_a_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)


@given(st.lists(st.floats(0.5, 2000.0), min_size=2, max_size=8))
@quotes_of_a_file
def test_without_a_split_given_closes_are_those_of_the_file(tmp_path: Path, closes: list[float]) -> None:
    closes = [round(close, 2) for close in closes]
    path = saved(tmp_path, plain(list(zip(days(len(closes)), closes, strict=True))))
    assert [quote.close for quote in read_prices(path).prices] == closes

"""Price histories: every site's table is the same history, and what cannot be read is refused by line."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bayesmile.downloads.amounts import decimal_mark, price_agrees, price_of, volume_of
from bayesmile.downloads.dates import read_day
from bayesmile.downloads.quotes import PriceHistory, read_prices
from bayesmile.errors import InvalidInput
from tests.downloads.tables import CLOSES, DAYS, SITES, VOLUME, plain, saved

in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)


@pytest.mark.parametrize("case", SITES)
def test_every_site_tells_the_same_history(case: str, tmp_path: Path) -> None:
    site, basis, text = SITES[case]
    history = read_prices(saved(tmp_path, text))
    assert (history.site, history.basis) == (site, basis)
    assert [(quote.date, quote.close) for quote in history.prices] == [
        (day.isoformat(), close) for day, close in zip(DAYS, CLOSES, strict=True)
    ]
    volumes = {quote.volume for quote in history.prices}
    assert volumes == ({None} if "volume" not in text.lower() and "Vol" not in text and "Wol" not in text else {VOLUME})
    assert history.skipped == () and history.splits == ()
    assert any("adjusted" in note or "as they were traded" in note for note in history.notes)


def test_one_split_needs_no_list(tmp_path: Path) -> None:
    path = saved(tmp_path, "Date,Close,Adj Close,Volume\n2025-06-09,20,20,1\n2025-06-10,20.4,20.4,1\n")
    one, listed = (read_prices(path, splits=splits) for splits in ("2025-06-10=2:1", ["2025-06-10=2:1"]))
    assert one.prices == listed.prices and one.prices[0].close == 40.0


def test_table_for_pandas_has_dates_and_columns(tmp_path: Path) -> None:
    table = read_prices(saved(tmp_path, SITES["eodhd"][2])).to_pandas()
    assert list(table.columns) == ["close", "adjusted", "volume"]
    assert table.index.name == "date"
    np.testing.assert_allclose(table["close"], CLOSES)
    assert read_prices(saved(tmp_path, SITES["plain"][2])).to_pandas()["adjusted"].isna().all()


@given(st.randoms(use_true_random=False), st.sampled_from(sorted(SITES)))
@in_one_folder
def test_order_of_rows_changes_nothing(tmp_path: Path, chance: random.Random, case: str) -> None:
    text = SITES[case][2]
    end = "\r\n" if "\r\n" in text else "\n"
    header, *rows = text.rstrip("\r\n").split(end)
    chance.shuffle(rows)
    shuffled = read_prices(saved(tmp_path, end.join([header, *rows])))
    ordered = read_prices(saved(tmp_path, text, "ordered.csv"))
    assert [(q.date, q.close, q.adjusted, q.volume) for q in shuffled.prices] == [
        (q.date, q.close, q.adjusted, q.volume) for q in ordered.prices
    ]


@given(st.floats(0.001, 99_999.0), st.sampled_from(["", "$", "€"]))
def test_a_price_is_read_in_every_way_of_writing_it(price: float, sign: str) -> None:
    price = round(price, 4)
    english = f"{price:,.4f}"
    german = english.replace(",", " ").replace(".", ",").replace(" ", ".")
    assert price_of(sign + english, "point") == pytest.approx(price, rel=1e-12)
    assert price_of(german + sign, "comma") == pytest.approx(price, rel=1e-12)
    assert decimal_mark([english, "12.5"], usual=None, where="x") == "point"
    assert decimal_mark([german, "12,5"], usual=None, where="x") == "comma"


@given(st.floats(1.0, 5000.0), st.sampled_from([2, 4, 6]))
def test_numbers_of_32_bits_are_read_as_they_were_meant(price: float, places: int) -> None:
    meant = float(f"{price:.{places}g}")
    assert price_of(repr(float(np.float32(meant))), "point") == meant


@given(st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)))
def test_a_day_is_read_in_every_way_of_writing_it(day: dt.date) -> None:
    plain_ways = (f"{day}", f"{day:%Y%m%d}", f"{day:%Y/%m/%d}", f"{day}T00:00:00.000Z", f"{day} 00:00:00-05:00")
    named_ways = (f"{day:%b %d, %Y}", f"{day:%B} {day.day}, {day.year}", f"{day:%d-%b-%Y}", f"{day.day} {day:%B %Y}")
    for text in (*plain_ways, *named_ways, f"{day:%d.%m.%Y}"):
        assert read_day(text).date() == day
    assert read_day(f"{day:%m/%d/%Y} 16:00:00").date("mdy") == day
    assert read_day(f"{day.day}/{day.month}/{day.year}").date("dmy") == day


# Which number is the month.


def test_a_day_above_twelve_says_the_order(tmp_path: Path) -> None:
    text = "date,close\n05/01/2025,12.32\n05/13/2025,12.40\n"
    assert [quote.date for quote in read_prices(saved(tmp_path, text)).prices] == ["2025-05-01", "2025-05-13"]
    text = "date,close\n01/05/2025,12.32\n13/05/2025,12.40\n"
    assert [quote.date for quote in read_prices(saved(tmp_path, text)).prices] == ["2025-05-01", "2025-05-13"]


def test_the_calendar_says_the_order_where_only_one_has_no_weekends(tmp_path: Path) -> None:
    rows = [f"{day:%m/%d/%Y},12.3" for day in (dt.date(2025, 9, d) for d in (1, 2, 3, 4, 5, 8, 9, 10, 11, 12))]
    history = read_prices(saved(tmp_path, "date,close\n" + "\n".join(rows)))
    assert (history.prices[0].date, history.prices[-1].date) == ("2025-09-01", "2025-09-12")
    assert "days read as month/day/year" in history.notes


def test_an_open_order_is_refused_until_it_is_given(tmp_path: Path) -> None:
    path = saved(tmp_path, "date,close\n05/06/2025,12.32\n06/06/2025,12.40\n")
    with pytest.raises(InvalidInput, match="nothing says which; say it with --dates dmy or --dates mdy"):
        read_prices(path)
    assert [quote.date for quote in read_prices(path, dates="dmy").prices] == ["2025-06-05", "2025-06-06"]
    assert [quote.date for quote in read_prices(path, dates="mdy").prices] == ["2025-05-06", "2025-06-06"]


# Numbers that can be read in two ways.


def test_a_mark_of_thousands_or_of_decimals_is_asked_for(tmp_path: Path) -> None:
    path = saved(tmp_path, "date;close\n2025-05-01;10,074\n2025-05-02;10,100\n")
    with pytest.raises(InvalidInput, match="--decimals point or --decimals comma"):
        read_prices(path)
    assert read_prices(path, decimals="comma").prices[0].close == 10.074
    assert read_prices(path, decimals="point").prices[0].close == 10074.0


def test_points_and_commas_that_contradict_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="some prices have a decimal point and others a decimal comma"):
        read_prices(saved(tmp_path, "date;close\n2025-05-01;10,07\n2025-05-02;10.07\n"))


def test_volumes_are_read_or_counted(tmp_path: Path) -> None:
    assert [volume_of(text, "point") for text in ("32.94M", "1,234", "1.2E+07", "N/A")] == [
        3.294e7,
        1234.0,
        1.2e7,
        None,
    ]
    text = f'{SITES["investing, names"][2].splitlines()[0]}\n"May 01, 2025","12.3","1","13","1","many","1%"\n'
    history = read_prices(saved(tmp_path, text))
    assert history.prices[0].volume is None
    assert "1 volume that cannot be read left out" in history.notes


# What is left out, and said so.


def test_days_without_a_price_foot_and_head_are_left_out_and_said(tmp_path: Path) -> None:
    text = (
        "# Stock data for EXMP\nDate,Open,High,Low,Close,Adj Close,Volume\n2025-05-12,1,2,1,1.5,1.5,10\n"
        "2025-05-13,null,null,null,null,null,null\n2025-05-14,-,-,-,-,-,-\n2025-05-15,1,2,1,1.6,1.6,10\n"
        "*Close price adjusted for splits.\nTotal,,,,,,20\n"
    )
    history = read_prices(saved(tmp_path, text))
    assert [quote.close for quote in history.prices] == [1.5, 1.6]
    assert "2 days without a price left out: lines 4-5" in history.notes
    assert "1 row above the header left out" in history.notes
    assert "2 rows below the prices left out" in history.notes


def test_rows_of_a_copied_page_tell_dividends_and_splits(tmp_path: Path) -> None:
    header = SITES["yahoo, copied"][2].splitlines()[0]
    text = f"{header}\nMay 13, 2025\t1\t2\t1\t1.50\t1.50\t1,000\nMay 13, 2025\t0.25 Dividend\n"
    text += "May 13, 2025\t10:1 Stock Splits\nMay 12, 2025\t1\t2\t1\t1.40\t1.40\t1,000\n"
    history = read_prices(saved(tmp_path, text))
    assert len(history.prices) == 2
    assert [(split.date, split.text, split.certain) for split in history.splits] == [("2025-05-13", "10:1", True)]
    assert "1 row telling a dividend left out" in history.notes
    assert any("--split 2025-05-13=10:1 takes it back" in note for note in history.notes)


def test_closes_outside_the_day_and_weekends_are_counted(tmp_path: Path) -> None:
    text = "Date,Open,High,Low,Close,Volume\n2025-05-10,1,2,1,5,10\n2025-05-12,1,2,1,1.5,10\n"
    notes = read_prices(saved(tmp_path, text)).notes
    assert "1 close outside the low and high of the day" in notes
    assert "1 row on a Saturday or Sunday" in notes


def test_every_unreadable_row_is_named_and_left_out_only_on_request(tmp_path: Path) -> None:
    rows = [f"2025-05-{day:02d},{'12.3' if day % 2 else 'oops'}" for day in range(1, 18)]
    path = saved(tmp_path, "date,close\n" + "\n".join(rows) + "\n")
    message = r"8 rows cannot be read: line 3: received 'oops'.*and lines 13, 15, 17 \("
    with pytest.raises(InvalidInput, match=message) as bad:
        read_prices(path)
    assert "\n" not in str(bad.value)
    history = read_prices(path, skip_bad=True)
    assert [line for line, _ in history.skipped] == list(range(3, 18, 2))
    assert len(history.prices) == 9
    assert any(note.startswith("8 rows that cannot be read left out: lines 3, 5") for note in history.notes)


def test_a_day_has_one_close(tmp_path: Path) -> None:
    path = saved(tmp_path, plain([("2025-05-12", 12.32), ("2025-05-13", 12.4), ("2025-05-12", 12.33)]))
    with pytest.raises(InvalidInput, match=r"EXMP.csv:4: 2025-05-12 has the close 12.33 here and 12.32 in line 2"):
        read_prices(path, skip_bad=True)
    path = saved(tmp_path, plain([("2025-05-12", 12.32), ("2025-05-12", 12.32)]))
    assert "1 row repeated with the same close" in read_prices(path).notes


# The way out, where the header says nothing.


def test_columns_and_site_can_be_named(tmp_path: Path) -> None:
    path = saved(tmp_path, "Ref,Session,Last Trade\na,2025-05-12,12.32\n")
    with pytest.raises(InvalidInput, match="no header with a day and a closing price"):
        read_prices(path)
    history = read_prices(path, date_column="Session", price_column="last trade")
    assert (history.basis, history.prices[0].close) == ("unknown", 12.32)
    history = read_prices(path, date_column="session", price_column="last trade", layout="nasdaq")
    assert (history.site, history.basis) == ("Nasdaq.com", "split-adjusted")
    with pytest.raises(InvalidInput, match="--format: received 'nasdac'; did you mean 'nasdaq'"):
        read_prices(path, date_column="session", price_column="last trade", layout="nasdac")


BAD = {
    "empty": (b"", "empty file"),
    "blank": (b" \n\n", "empty file"),
    "web page": (b"<!DOCTYPE html><html><body>Sign in</body></html>", r"received a web page \(HTML\)"),
    "json": (b'{"error": "limit"}', "received JSON; allowed is CSV"),
    "quota": (b"Exceeded the daily hits limit", "no header with a day and a closing price"),
    "workbook": (b"PK\x03\x04\x14\x00", "received a workbook or a zip archive; save the sheet as CSV"),
    "archive": (b"\x1f\x8b\x08", "received a compressed file"),
    "latin": ("date,close\n2025-05-12,12 €\n".encode("cp1252"), "EXMP.csv:2: wrong encoding"),
    "control": (b"date,close\n2025-05-12,1\x1b[2J2\n", r"EXMP.csv:2: control character U\+001B"),
    "nul": (b"date,close\n2025-05-12,12\x00\n", r"control character U\+0000"),
    "header only": (b"date,close\n", "no row with a price"),
    "no prices": (b"date,close\n2025-05-12,null\n", "no row with a price"),
    "formula": (b"date,close\n2025-05-12,=HYPERLINK(0)\n", r"line 2: received '=HYPERLINK\(0\)'; allowed is a price"),
    "formula as day": (b"date,close\n2025-05-11,1\n=1+1,12.3\n2025-05-12,1\n", r"line 3: received '=1\+1'; allowed"),
    "signed": (b"date,close\n2025-05-12,+12.3\n", r"received '\+12.3'"),
    "negative": (b"date,close\n2025-05-12,-12.3\n", "received '-12.3'; allowed is a price above 0"),
    "zero": (b"date,close\n2025-05-12,0.00\n", "received '0.00'; allowed is a price above 0"),
    "infinite": (b"date,close\n2025-05-12,inf\n", "received 'inf'"),
    "huge": (b"date,close\n2025-05-12," + b"9" * 400 + b"\n", "allowed is a price above 0"),
    "underscore": (b"date,close\n2025-05-12,1_000\n", "received '1_000'"),
    "other digits": ("date,close\n2025-05-12,१२\n".encode(), "allowed is a price above 0"),
    "no such day": (b"date,close\n2025-02-30,12.3\n2025-03-01,12.3\n", "received '2025-02-30', which is no day"),
    "no such slashed day": (b"date,close\n30/02/2025,12.3\n", "received '30/2/2025', read as dmy, which is no day"),
    "short year": (b"date,close\n5/13/25,12.3\n", "a year of two digits"),
    "far year": (b"date,close\n0025-05-12,12.3\n", "allowed are the years 1900 to 2200"),
    "both orders": (b"date,close\n13/05/2025,12.3\n05/14/2025,12.3\n", "with the day first and with the month first"),
    "open quote": (b'date,close\n"2025-05-12,12.3\n', "EXMP.csv:2: broken CSV"),
    "two closes": (b"date,close,price\n2025-05-12,1,2\n", "the header has 'close', or a column like it, twice"),
    "two shares": (b"ticker,date,close\nA,2025-05-12,1\nB,2025-05-12,2\n", "prices of several shares, 'A' and 'B'"),
    "long row": (b"date,close\n2025-05-12,12.3,9\n", "3 cells; allowed are 2"),
    "short row": (b"date,open,close\n2025-05-12,12.3\n", "2 cells; allowed are 3"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    data, message = BAD[case]
    with pytest.raises(InvalidInput, match=message) as refused:
        read_prices(saved(tmp_path, data))
    assert len(str(refused.value)) < 1000


def test_no_file_folder_or_device_is_read(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path / "none.csv", "No such file"),
        (tmp_path, "not a regular file"),
        ("", "allowed is"),
    ):
        with pytest.raises(InvalidInput, match=message):
            read_prices(path)
    with pytest.raises(InvalidInput, match="not a regular file"):
        read_prices("/dev/zero")


def test_words_of_options_are_checked(tmp_path: Path) -> None:
    path = saved(tmp_path, SITES["plain"][2])
    with pytest.raises(InvalidInput, match="--dates: received 'ymd'"):
        read_prices(path, dates="ymd")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="--closes: received 'raw'"):
        read_prices(path, closes="raw")  # type: ignore[arg-type]


@given(st.binary(max_size=300))
@in_one_folder
def test_no_bytes_crash_the_reader(tmp_path: Path, data: bytes) -> None:
    path = saved(tmp_path, b"Date,Close/Last,Volume,Open,High,Low\n05/14/2025,$12.50,1000,$12,$13,$11\n" + data)
    try:
        assert isinstance(read_prices(path, skip_bad=True), PriceHistory)
    except InvalidInput as refused:
        assert str(path) in str(refused)


@given(st.floats(0.01, 1000.0), st.floats(0.01, 1000.0))
def test_agreement_of_prices_is_mutual(first: float, second: float) -> None:
    first, second = round(first, 4), round(second, 3)
    assert price_agrees(first, second) == price_agrees(second, first)
    assert price_agrees(first, first)
    assert price_agrees(first, round(first, 2)) or first < 0.5

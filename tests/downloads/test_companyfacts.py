"""Companyfacts: what was public when, classes told apart, quarters taken out of sums, bad files refused."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bayesmile.downloads.companyfacts import CompanyFacts, read_companyfacts
from bayesmile.downloads.fragments import funding_of, toml_fragment
from bayesmile.errors import InvalidInput
from tests.downloads.facts import (
    AVERAGE,
    BALANCE_COUNT,
    CAPEX,
    COUNT,
    OPERATING,
    Entry,
    accession,
    company,
    entry,
    stored,
)

in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)


def read(folder: Path, tags: dict[str, list[Entry]], **more: dict[str, str]) -> CompanyFacts:
    return read_companyfacts(stored(folder, company(tags, **more)))  # type: ignore[arg-type]


# Share counts.


def test_a_count_is_known_from_its_filing_on(tmp_path: Path) -> None:
    facts = read(
        tmp_path,
        {COUNT: [entry(100, "2025-04-18", "2025-04-24"), entry(110, "2025-07-18", "2025-07-24", filing=2)]},
    )
    assert facts.shares_at("2025-07-23").shares == 100
    assert facts.shares_at("2025-07-24").shares == 110
    with pytest.raises(InvalidInput, match="no share count was public by 2025-04-23"):
        facts.shares_at("2025-04-23")
    assert list(facts.shares["class"]) == ["all", "all"]
    assert facts.shares_at("2025-12-31").rows[0].source.endswith(f"{COUNT}, 10-Q {accession(2)}")


def test_a_repeat_counts_once_and_an_amendment_from_its_own_day(tmp_path: Path) -> None:
    facts = read(
        tmp_path,
        {
            COUNT: [
                entry(100, "2025-04-18", "2025-04-24"),
                entry(100, "2025-04-18", "2025-04-24"),
                entry(100, "2025-04-18", "2025-06-01", filing=2),
                entry(105, "2025-04-18", "2025-08-01", filing=3, form="10-Q/A"),
            ]
        },
    )
    assert [(row.filed, row.shares) for row in facts.share_rows()] == [("2025-04-24", 100), ("2025-08-01", 105)]
    assert facts.shares_at("2025-07-31").shares == 100
    assert facts.shares_at("2025-08-01").shares == 105
    assert any("was changed by" in note for note in facts.notes)


def test_values_of_one_filing_are_classes_by_order(tmp_path: Path) -> None:
    facts = read(
        tmp_path,
        {COUNT: [entry(522_075_000, "2025-06-30", "2025-07-24"), entry(43_241_000, "2025-06-30", "2025-07-24")]},
    )
    assert [(row.class_, row.shares) for row in facts.share_rows()] == [
        ("class 1 of 2", 522_075_000),
        ("class 2 of 2", 43_241_000),
    ]
    assert facts.shares_at("2025-12-31").shares == 565_316_000
    assert any("named by their order, because the file does not keep their names" in note for note in facts.notes)


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ([522_075_000, 522_075_123], [522_075_123]),  # the same, rounded to thousands
        ([565_316_000, 522_075_000, 43_241_000], [522_075_000, 43_241_000]),  # with their sum
        ([522_075_000, 43_241_000, 565_316_000], [522_075_000, 43_241_000]),
        ([500_000, 300_000, 200_000, 100_000], [500_000, 300_000, 200_000, 100_000]),
    ],
)
def test_rounded_repeats_and_sums_are_no_classes(tmp_path: Path, values: list[int], counts: list[int]) -> None:
    facts = read(tmp_path, {COUNT: [entry(value, "2025-06-30", "2025-07-24") for value in values]})
    assert [row.shares for row in facts.share_rows()] == counts


def test_another_number_of_classes_never_mixes_with_the_first(tmp_path: Path) -> None:
    facts = read(
        tmp_path,
        {
            COUNT: [
                entry(565, "2025-06-30", "2025-07-24"),
                entry(522, "2025-06-30", "2025-10-24", filing=2),
                entry(43, "2025-06-30", "2025-10-24", filing=2),
            ]
        },
    )
    assert facts.shares_at("2025-12-31").shares == 565
    assert any("left out: 2 values, where the first filing has 1" in note for note in facts.notes)


def test_the_cover_page_comes_before_the_balance_sheet(tmp_path: Path) -> None:
    facts = read(
        tmp_path,
        {
            BALANCE_COUNT: [entry(99, "2025-06-30", "2025-07-24"), entry(90, "2025-03-31", "2025-04-24", filing=2)],
            COUNT: [entry(100, "2025-06-30", "2025-07-24")],
        },
    )
    assert [(row.as_of, row.shares) for row in facts.share_rows()] == [("2025-03-31", 90), ("2025-06-30", 100)]


def test_a_count_far_below_the_average_lacks_a_class(tmp_path: Path) -> None:
    average = entry(560e6, "2025-06-30", "2025-07-24", start="2025-04-01")
    facts = read(tmp_path, {BALANCE_COUNT: [entry(1000, "2025-06-30", "2025-07-24")], AVERAGE: [average]})
    assert facts.counts == ()
    assert any("a class is missing" in note for note in facts.notes)
    assert any(note.startswith("no share count (dei:") for note in facts.notes)
    kept = read(tmp_path, {BALANCE_COUNT: [entry(565e6, "2025-06-30", "2025-07-24")], AVERAGE: [average]})
    assert len(kept.counts) == 1


def test_counts_after_their_filing_or_of_nothing_are_left_out(tmp_path: Path) -> None:
    facts = read(tmp_path, {COUNT: [entry(0, "2025-06-30", "2025-07-24"), entry(5, "2026-06-30", "2025-07-24")]})
    assert facts.counts == ()
    assert "2 share counts left out: of no share, or of a day after the filing" in facts.notes


def test_mistyped_dates_are_left_out_and_counted(tmp_path: Path) -> None:
    typed = [
        entry(5, "0202-06-30", "2025-07-24"),
        entry(6, "2025-06-30", "2025-02-30"),
        entry(7, "2025-06-30", "2025-07-24"),
    ]
    facts = read(tmp_path, {COUNT: typed})
    assert [row.shares for row in facts.share_rows()] == [7]
    assert "2 entries left out whose dates are no days" in facts.notes


def test_stale_counts_and_stated_splits_are_told(tmp_path: Path) -> None:
    ratio = "us-gaap:StockholdersEquityNoteStockSplitConversionRatio1"
    facts = read(
        tmp_path,
        {
            COUNT: [entry(100, "2024-01-18", "2024-01-24")],
            OPERATING: [entry(-1, "2025-06-30", "2025-07-24", start="2025-04-01")],
            ratio: [entry(0.1, "2024-05-01", "2024-06-01", filing=7)],
        },
        units={ratio: "pure"},
    )
    stale = "the latest share count is of 2024-01-18, but the company filed until 2025-07-24"
    assert any(stale in note for note in facts.notes)
    assert any("states a split ratio of 0.1 as of 2024-05-01" in note for note in facts.notes)


@given(st.randoms(use_true_random=False), st.integers(1, 6))
@in_one_folder
def test_order_of_entries_changes_nothing(tmp_path: Path, chance: random.Random, number: int) -> None:
    counts = [entry(100 + k, f"2025-0{k}-18", f"2025-0{k}-24", filing=k) for k in range(1, number + 1)]
    spent = [entry(-k, f"2025-{3 * k:02d}-30", f"2025-{3 * k:02d}-30", start="2025-01-01", filing=k) for k in (1, 2, 3)]
    tidy = read(tmp_path, {COUNT: counts, OPERATING: spent})
    chance.shuffle(counts)
    chance.shuffle(spent)
    mixed = read(tmp_path, {COUNT: counts, OPERATING: spent})
    assert mixed.counts == tidy.counts
    assert mixed.operating == tidy.operating


# Cash and spending.

ENDS = ("03-31", "06-30", "09-30", "12-31")
STARTS = ("01-01", "04-01", "07-01", "10-01")
FILED = ("04-24", "07-24", "10-24", "02-26")


def sums(year: int, quarters: list[float], first: int = 0) -> list[Entry]:
    """Give the sums since the fiscal year began, as quarterly and annual reports give them."""
    return [
        entry(
            sum(quarters[: k + 1]),
            f"{year}-{ENDS[k]}",
            f"{year + (k == 3)}-{FILED[k]}",
            start=f"{year}-01-01",
            filing=first + k,
        )
        for k in range(len(quarters))
    ]


whole_numbers = st.lists(st.integers(-500, 500), min_size=8, max_size=8)


@given(whole_numbers)
@in_one_folder
def test_quarters_come_out_of_sums(tmp_path: Path, quarters: list[int]) -> None:
    both = sums(2024, [float(q) for q in quarters[:4]], 1) + sums(2025, [float(q) for q in quarters[4:]], 5)
    burn = read(tmp_path, {OPERATING: both}).burn
    found = burn[burn["months"] == 3].set_index("end")["operating"]
    expected = {f"{2024 + k // 4}-{ENDS[k % 4]}": quarters[k] for k in range(8)}
    assert {f"{end:%Y-%m-%d}": value for end, value in found.items()} == expected
    starts = burn[burn["months"] == 3]["start"].dt.strftime("%m-%d")
    assert sorted(set(starts)) == sorted(STARTS)
    assert burn["capex"].isna().all() and burn["burn"].isna().all()


@given(whole_numbers, st.integers(0, 3))
@in_one_folder
def test_the_latest_year_is_four_quarters_as_public_then(tmp_path: Path, quarters: list[int], later: int) -> None:
    both = sums(2024, [float(q) for q in quarters[:4]], 1) + sums(2025, [float(q) for q in quarters[4:]], 5)
    facts = read(tmp_path, {OPERATING: both})
    year = facts.year_to(f"{2025 + (later == 3)}-{FILED[later]}", "operating")
    assert year is not None
    assert year.value == sum(quarters[later + 1 : later + 5])
    assert year.end == f"2025-{ENDS[later]}"
    assert facts.year_to("2024-12-31", "operating") is None


def test_a_changed_sum_changes_its_quarter_from_its_day_on(tmp_path: Path) -> None:
    entries = sums(2025, [-10.0, -11.0, -12.0])
    entries.append(entry(-25.0, "2025-06-30", "2025-12-01", start="2025-01-01", filing=9, form="10-Q/A"))
    burn = read(tmp_path, {OPERATING: entries, CAPEX: sums(2025, [1.0, 1.0, 1.0])}).burn
    second = burn[(burn["months"] == 3) & (burn["end"] == "2025-06-30")]
    assert list(zip(second["filed"].dt.strftime("%Y-%m-%d"), second["operating"], second["burn"], strict=True)) == [
        ("2025-07-24", -11.0, 12.0),
        ("2025-12-01", -15.0, 16.0),
    ]
    assert second["derived"].all()


def test_a_stated_quarter_is_not_derived(tmp_path: Path) -> None:
    entries = [*sums(2025, [-10.0, -11.0]), entry(-11.0, "2025-06-30", "2025-07-24", start="2025-04-01", filing=1)]
    burn = read(tmp_path, {OPERATING: entries}).burn
    assert not burn["derived"].any()
    assert list(burn["months"]) == [3, 3, 6]


def test_fiscal_calendars_of_52_weeks(tmp_path: Path) -> None:
    weeks = [("2024-12-29", "2025-03-29"), ("2024-12-29", "2025-06-28"), ("2024-12-29", "2025-09-27")]
    entries = [entry(-float(k), end, end, start=start, filing=k) for k, (start, end) in enumerate(weeks, start=1)]
    burn = read(tmp_path, {OPERATING: entries}).burn
    assert sorted(burn["months"]) == [3, 3, 3, 6, 9]


def test_cash_debt_and_text_for_the_market_page(tmp_path: Path) -> None:
    day = "2025-06-30"
    spent, bought = sums(2024, [-20.0] * 4, 1) + sums(2025, [-25.0, -26.0], 5), sums(2024, [2.0] * 4, 1)
    facts = read(
        tmp_path,
        {
            OPERATING: spent,
            CAPEX: bought + sums(2025, [3.0, 4.0], 5),
            "us-gaap:ShareBasedCompensation": sums(2024, [9.0] * 4, 1) + sums(2025, [8.0, 8.0], 5),
            "us-gaap:CashAndCashEquivalentsAtCarryingValue": [entry(300.0, day, "2025-07-24", filing=6)],
            "us-gaap:ShortTermInvestments": [entry(500.0, day, "2025-07-24", filing=6)],
            "us-gaap:MarketableSecuritiesCurrent": [entry(510.0, day, "2025-07-24", filing=6)],
            "us-gaap:LongTermDebtNoncurrent": [entry(60.0, day, "2025-07-24", filing=6)],
            "us-gaap:LongTermDebtCurrent": [entry(5.0, day, "2025-07-24", filing=6)],
        },
    )
    funding = funding_of(facts, "2025-12-31")
    assert funding.net_cash == 300.0 + 510.0 - 65.0
    assert funding.burn == (25 + 26 + 20 + 20) + (3 + 4 + 2 + 2)
    assert funding.compensation is not None and funding.compensation.value == 34.0
    text = toml_fragment(facts, funding)
    assert f"{accession(6)}, public on 2025-07-24" in text
    assert funding_of(facts, "2025-07-23").cash is None
    earning = read(tmp_path, {OPERATING: sums(2024, [20.0] * 4)})
    text = toml_fragment(earning, funding_of(earning, "2025-12-31"))
    assert "# No burn: the twelve months to 2024-12-31 brought in 80." in text
    assert toml_fragment(earning, funding_of(earning, "2024-12-31")) == ""


def test_what_a_later_filing_repeats_was_public_before(tmp_path: Path) -> None:
    cash = "us-gaap:CashAndCashEquivalentsAtCarryingValue"
    repeated = [entry(-80.0, "2024-12-31", f"{year}-02-26", start="2024-01-01", filing=year) for year in (2025, 2026)]
    held = [entry(150.0, "2024-12-31", filed, filing=k) for k, filed in enumerate(("2025-02-26", "2025-04-24"))]
    facts = read(tmp_path, {OPERATING: repeated, cash: held})
    assert [flow.filed for flow in facts.operating] == ["2025-02-26"]
    assert list(facts.cash["filed"].dt.strftime("%Y-%m-%d")) == ["2025-02-26"]
    assert len(facts.burn) == 1


def test_cash_and_debt_of_different_days_are_not_added(tmp_path: Path) -> None:
    facts = read(
        tmp_path,
        {
            "us-gaap:CashAndCashEquivalentsAtCarryingValue": [entry(150.0, "2025-06-30", "2025-07-24")],
            "us-gaap:LongTermDebt": [entry(60.0, "2023-12-31", "2024-02-26")],
        },
    )
    assert funding_of(facts, "2025-12-31").net_cash == 150.0
    assert "no debt reported" in toml_fragment(facts, funding_of(facts, "2025-12-31"))


def test_other_currencies_are_told(tmp_path: Path) -> None:
    tree = company({OPERATING: sums(2024, [-20.0] * 4)})
    units = tree["facts"]["us-gaap"]["NetCashProvidedByUsedInOperatingActivities"]["units"]  # type: ignore[index]
    units["EUR"] = [entry(-1.0, "2024-12-31", "2025-02-26", start="2024-01-01")]
    units["\n[evil]"] = [entry(-1.0, "2024-12-31", "2025-02-26", start="2024-01-01")] * 20
    facts = read_companyfacts(stored(tmp_path, tree))
    assert facts.currency == "USD"
    assert "money in USD; facts in EUR left out" in facts.notes


def test_a_hostile_name_stays_a_comment(tmp_path: Path) -> None:
    tree = company({OPERATING: sums(2024, [-20.0] * 4)}) | {"entityName": 'Evil\n[market]\ncurrency = "x"\x1b[31m'}
    facts = read_companyfacts(stored(tmp_path, tree))
    text = toml_fragment(facts, funding_of(facts, "2025-12-31"))
    assert "\x1b" not in text and "\n[market]" not in text
    assert text.startswith("# Evil")


# Bad files.


def spoilt(**changes: object) -> Entry:
    made = entry(100, "2025-06-30", "2025-07-24")
    return {key: value for key, value in {**made, **changes}.items() if value is not ...}


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty file"),
    "web page": (b"<html>Your Request Originates from an Undeclared Automated Tool</html>", r"a web page \(HTML\)"),
    "csv": (b"date,close\n2025-05-12,1\n", "facts.json:1: not JSON"),
    "cut off": (b'{"cik": 1, "facts": {', "not JSON"),
    "list": (b"[1, 2]", "received JSON that is a list; allowed is a saved companyfacts file"),
    "number": (b"12", "received JSON that is a single value"),
    "other": (b'{"error": "x", "code": 3}', "received JSON with error, code"),
    "nothing": (b"{}", "received JSON with no keys"),
    "concept": (b'{"cik": 1, "tag": "Assets", "units": {}}', "the facts of one tag"),
    "submissions": (b'{"cik": "1", "filings": {}}', "the list of filings"),
    "no cik": (b'{"facts": {}}', "cik: received ''"),
    "odd cik": (b'{"cik": "1; rm", "facts": {}}', "cik: received '1; rm'"),
    "taxonomy": (b'{"cik": 1, "facts": {"dei": []}}', "a taxonomy is no table of tags"),
    "nan": (b'{"cik": 1, "facts": {"dei": NaN}}', "received NaN, which is no number"),
    "deep": (b"[" * 200_000, "nested too deeply|not JSON"),
    "latin": ('{"cik": 1, "entityName": "Gr\u00fcn"}'.encode("latin-1"), "wrong encoding"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_are_refused_in_one_line(case: str, tmp_path: Path) -> None:
    data, message = BAD_FILES[case]
    path = tmp_path / "facts.json"
    path.write_bytes(data)
    with pytest.raises(InvalidInput, match=message) as refused:
        read_companyfacts(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (spoilt(val="100"), "val: received '100'; allowed is a finite number"),
        (spoilt(val=True), "val: received 'True'"),
        (spoilt(val=None), "val: received 'None'"),
        (spoilt(val=10**400), "val: received"),
        (spoilt(end="2025-6-30"), "end: received '2025-6-30'"),
        (spoilt(end=...), "end: received 'None'; allowed is 'YYYY-MM-DD'"),
        (spoilt(filed="24/07/2025"), "filed: received '24/07/2025'"),
        (spoilt(accn="=1+1"), "accn: received '=1.1'; allowed is 0001234567-25-000012"),
        ("text", "entry 1: received no table"),
    ],
)
def test_bad_entries_are_named(tmp_path: Path, bad: Entry, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as refused:
        read(tmp_path, {COUNT: [bad]})
    assert f"{COUNT}, shares, entry 1" in str(refused.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["units", "shares", "USD", "val", "end"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(json_values)
@in_one_folder
def test_no_tree_crashes_the_reader(tmp_path: Path, value: object) -> None:
    taxonomy, _, name = COUNT.partition(":")
    path = stored(tmp_path, {"cik": 1, "facts": {taxonomy: {name: value}}})
    try:
        assert math.isfinite(sum(each.shares for each in read_companyfacts(path).counts))
    except InvalidInput as refused:
        assert str(path) in str(refused)
    assert json.loads(path.read_text())["cik"] == 1

"""Downloads put into a dossier: what is there stays, contradictions are refused, files are whole or untouched."""

from __future__ import annotations

import csv
import io
import json
import threading
from pathlib import Path

import pytest

from bayesmile.cli import run
from bayesmile.dossier import load
from bayesmile.downloads.companyfacts import read_companyfacts
from bayesmile.downloads.quotes import PriceHistory, read_prices
from bayesmile.downloads.writing import import_prices, import_shares
from bayesmile.errors import InvalidInput
from bayesmile.skeleton import new
from tests.downloads.facts import BALANCE_COUNT, CAPEX, COUNT, OPERATING, Entry, company, entry, stored
from tests.downloads.tables import plain, saved

ROWS = [("2025-12-29", 12.1), ("2025-12-30", 12.5), ("2025-12-31", 12.72)]


@pytest.fixture
def dossier(tmp_path: Path) -> Path:
    """Dossier with one price, 12.50 on 2025-12-30, and one count, 100 million on 2025-09-30."""
    return new("exmp", tmp_path)


def history(folder: Path, rows: list[tuple[str, float]] = ROWS, **options: object) -> PriceHistory:
    return read_prices(saved(folder, plain(rows)), **options)  # type: ignore[arg-type]


def with_adjusted(folder: Path, rows: list[tuple[str, float, float]]) -> PriceHistory:
    lines = [f"{date},{close},{adjusted}" for date, close, adjusted in rows]
    return read_prices(saved(folder, "\n".join(["Date,Close,Adj Close", *lines]) + "\n"))


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


# Prices.


def test_new_days_are_put_in_their_place_and_old_rows_stay(dossier: Path, tmp_path: Path) -> None:
    done = import_prices(history(tmp_path), dossier)
    assert [change.cells["date"] for change in done.added] == ["2025-12-29", "2025-12-31"]
    assert [change.line for change in done.kept] == [2]
    lines = (dossier / "prices.csv").read_text().splitlines()
    assert lines[2] == "2025-12-30,12.50,placeholder"
    assert [line[:10] for line in lines[1:]] == ["2025-12-29", "2025-12-30", "2025-12-31"]
    assert [row.close for row in load(dossier).market.prices] == [12.1, 12.5, 12.72]  # type: ignore[union-attr]
    assert "EXMP.csv (sha256 " in table(dossier / "prices.csv")[0]["source"]


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_file_whose_placeholders_were_removed_takes_its_first_rows(dossier: Path, tmp_path: Path, end: str) -> None:
    (dossier / "prices.csv").write_text(f"date,close,source{end}", newline="")
    assert len(import_prices(history(tmp_path), dossier).added) == 3
    assert [row["close"] for row in table(dossier / "prices.csv")] == ["12.1", "12.5", "12.72"]
    (dossier / "shares.csv").write_text(f"as_of,filed,shares,class,kind,source{end}", newline="")
    facts = read_companyfacts(stored(tmp_path, company({COUNT: [entry(100, "2025-06-30", "2025-07-24")]})))
    assert len(import_shares(facts, dossier).added) == 1
    assert load(dossier).capitalisation("2025-12-31").value == 1272.0


def test_of_two_empty_files_the_other_one_is_named(dossier: Path, tmp_path: Path) -> None:
    (dossier / "prices.csv").write_text("date,close,source\n")
    (dossier / "shares.csv").write_text("as_of,filed,shares,class,kind,source\n")
    with pytest.raises(InvalidInput, match=r"prices.csv: with the new rows it would be refused: no share count"):
        import_prices(history(tmp_path), dossier)
    assert (dossier / "prices.csv").read_text() == "date,close,source\n"


def test_importing_twice_changes_nothing(dossier: Path, tmp_path: Path) -> None:
    import_prices(history(tmp_path), dossier)
    before = (dossier / "prices.csv").read_bytes()
    done = import_prices(history(tmp_path), dossier)
    assert (dossier / "prices.csv").read_bytes() == before
    assert (len(done.added), len(done.kept), done.written) == (0, 3, False)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_every_byte_that_was_there_stays(dossier: Path, tmp_path: Path, end: bytes) -> None:
    path = dossier / "prices.csv"
    old = end.join(
        [b"\xef\xbb\xbfsource,date,close", b'"a, ""b"" \xe2\x82\xac",2026-01-02,  13', b"", b"x,2025-12-30,12.50"]
    )
    path.write_bytes(old)
    import_prices(history(tmp_path), dossier, source="typed")
    assert path.read_bytes() == end.join([old, b"typed,2025-12-29,12.1", b"typed,2025-12-31,12.72", b""])


def test_a_dry_run_writes_nothing(dossier: Path, tmp_path: Path) -> None:
    before = sorted((path.name, path.read_bytes()) for path in dossier.iterdir())
    done = import_prices(history(tmp_path), dossier, dry_run=True)
    assert len(done.added) == 2 and not done.written
    assert sorted((path.name, path.read_bytes()) for path in dossier.iterdir()) == before


def test_another_close_is_refused_with_both_unless_replaced(dossier: Path, tmp_path: Path) -> None:
    before = (dossier / "prices.csv").read_bytes()
    other = history(tmp_path, [("2025-12-29", 12.1), ("2025-12-30", 12.51)])
    with pytest.raises(InvalidInput, match=r"line 2, 2025-12-30: close 12.50 there, 12.51 here \(--replace"):
        import_prices(other, dossier)
    assert (dossier / "prices.csv").read_bytes() == before
    done = import_prices(other, dossier, replace=True)
    assert [change.cells["close"] for change in done.replaced] == ["12.51"]
    assert [row["close"] for row in table(dossier / "prices.csv")] == ["12.1", "12.51"]


def test_rounding_is_no_contradiction(dossier: Path, tmp_path: Path) -> None:
    done = import_prices(history(tmp_path, [("2025-12-30", 12.4967)]), dossier)
    assert (len(done.kept), done.written) == (1, False)


def test_contradictions_by_one_ratio_are_taken_for_a_split(dossier: Path, tmp_path: Path) -> None:
    import_prices(history(tmp_path), dossier)
    halved = [(date, round(close / 2, 4)) for date, close in ROWS]
    with pytest.raises(InvalidInput, match=r"each is 0.5 times what is there: a split between the two downloads\?"):
        import_prices(history(tmp_path, halved), dossier)


def test_a_split_given_makes_the_capitalisation_of_the_day(dossier: Path, tmp_path: Path) -> None:
    later = [("2025-12-30", 1.25), ("2026-01-02", 1.3)]
    path = saved(tmp_path, plain(later))
    import_prices(read_prices(path, splits=["2026-06-01=10:1"], closes="split-adjusted"), dossier)
    assert load(dossier).capitalisation("2026-01-02").value == pytest.approx(13.0 * 100e6)


def test_adjusted_closes_come_only_when_asked_for_and_everywhere(dossier: Path, tmp_path: Path) -> None:
    paid = with_adjusted(tmp_path, [("2025-12-30", 12.5, 12.25), ("2025-12-31", 12.72, 12.72)])
    plainly = import_prices(paid, dossier, dry_run=True)
    assert any("--adjusted makes one" in note for note in plainly.notes)
    import_prices(paid, dossier, adjusted=True)
    assert [(row["close"], row["adjusted"]) for row in table(dossier / "prices.csv")] == [
        ("12.50", "12.25"),
        ("12.72", "12.72"),
    ]
    assert [row.for_returns for row in load(dossier).market.prices] == [12.25, 12.72]  # type: ignore[union-attr]
    with pytest.raises(InvalidInput, match="no adjusted close for 2025-12-29, 2025-12-30, 2025-12-31"):
        import_prices(history(tmp_path), dossier)


def test_a_column_of_adjusted_closes_needs_every_row(dossier: Path, tmp_path: Path) -> None:
    paid = with_adjusted(tmp_path, [("2025-12-31", 12.72, 12.72)])
    with pytest.raises(InvalidInput, match=r"--adjusted: .* has no adjusted close for 2025-12-30"):
        import_prices(paid, dossier, adjusted=True)


def test_adjusted_closes_of_two_scales_never_meet(dossier: Path, tmp_path: Path) -> None:
    first = with_adjusted(tmp_path, [("2025-12-30", 12.5, 12.25), ("2025-12-31", 12.72, 12.72)])
    import_prices(first, dossier, adjusted=True)
    later = with_adjusted(tmp_path, [("2025-12-31", 12.72, 12.0), ("2026-01-02", 13.0, 13.0)])
    with pytest.raises(InvalidInput, match=r"line 3, 2025-12-31: adjusted 12.72 there, 12 here"):
        import_prices(later, dossier)
    message = "its adjusted closes have another scale, and those of 2025-12-30 would stay"
    with pytest.raises(InvalidInput, match=message):
        import_prices(later, dossier, replace=True)


def test_a_benchmark_makes_its_file(dossier: Path, tmp_path: Path) -> None:
    index = with_adjusted(tmp_path, [("2025-12-30", 5900.0, 5890.0), ("2025-12-31", 5910.5, 5910.5)])
    import_prices(index, dossier, benchmark=True)
    assert [row.for_returns for row in load(dossier).market.benchmark] == [5890.0, 5910.5]  # type: ignore[union-attr]
    more = with_adjusted(tmp_path, [("2026-01-02", 5950.0, 5950.0)])
    assert import_prices(more, dossier, benchmark=True).written
    assert len(table(dossier / "benchmark.csv")) == 3
    assert len(table(dossier / "prices.csv")) == 1
    assert not [path.name for path in dossier.iterdir() if path.name.endswith(".new")]


def test_a_broken_dossier_or_one_without_a_market_is_left_alone(dossier: Path, tmp_path: Path) -> None:
    (dossier / "roadmap.toml").write_text("broken")
    with pytest.raises(InvalidInput, match=r"roadmap.toml:1: not valid TOML"):
        import_prices(history(tmp_path), dossier)
    bare = new("bare", tmp_path)
    for name in ("market.toml", "prices.csv", "shares.csv"):
        (bare / name).unlink()
    with pytest.raises(InvalidInput, match=r"the dossier has no market.toml"):
        import_prices(history(tmp_path), bare)
    with pytest.raises(InvalidInput, match=r"the dossier has no market.toml"):
        import_prices(history(tmp_path), bare, benchmark=True)
    assert not (bare / "benchmark.csv").exists()


def test_a_day_that_the_dossier_refuses_leaves_the_file(dossier: Path, tmp_path: Path) -> None:
    before = (dossier / "prices.csv").read_bytes()
    row = "2025-09-30,2025-11-14,oops,common,filed,x\n"
    (dossier / "shares.csv").write_text(f"as_of,filed,shares,class,kind,source\n{row}")
    with pytest.raises(InvalidInput, match=r"shares.csv:2: shares: received 'oops'"):
        import_prices(history(tmp_path), dossier)
    assert (dossier / "prices.csv").read_bytes() == before


@pytest.mark.parametrize("source", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", " =1", "a\x1b[31m", "two\nlines", "  "])
def test_a_source_that_a_spreadsheet_would_run_is_refused(dossier: Path, tmp_path: Path, source: str) -> None:
    with pytest.raises(InvalidInput, match="source: received"):
        import_prices(history(tmp_path), dossier, source=source)


def test_a_hostile_name_of_a_file_stays_text(dossier: Path, tmp_path: Path) -> None:
    path = saved(tmp_path, plain(ROWS), "=cmd|'-x'!A1\x1b[31m.csv")
    import_prices(read_prices(path), dossier)
    sources = [row["source"] for row in table(dossier / "prices.csv")]
    assert all(source[0] not in "=+-@" and source.isprintable() for source in sources)


def test_imports_at_once_all_arrive(dossier: Path, tmp_path: Path) -> None:
    histories = [history(tmp_path, [(f"2026-01-{day:02d}", 10.0 + day)]) for day in range(5, 13)]
    threads = [threading.Thread(target=import_prices, args=(each, dossier)) for each in histories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(table(dossier / "prices.csv")) == 9
    assert load(dossier).price_at("2026-01-12").close == 22.0


# Share counts.


def facts(folder: Path, tags: dict[str, list[Entry]]) -> Path:
    return stored(folder, company(tags))


def test_counts_of_filings_are_known_from_their_day(dossier: Path, tmp_path: Path) -> None:
    path = facts(
        tmp_path,
        {COUNT: [entry(101e6, "2025-10-17", "2025-10-23"), entry(103e6, "2026-02-14", "2026-02-26", filing=2)]},
    )
    done = import_shares(read_companyfacts(path), dossier)
    assert len(done.added) == 2
    loaded = load(dossier)
    assert [loaded.shares_at(day).shares for day in ("2025-10-23", "2026-02-25", "2026-02-26")] == [101e6, 101e6, 103e6]
    assert not import_shares(read_companyfacts(path), dossier).written


def test_one_class_under_another_name_is_the_same_class(dossier: Path, tmp_path: Path) -> None:
    same = facts(tmp_path, {BALANCE_COUNT: [entry(100_000_000, "2025-09-30", "2025-11-14")]})
    assert len(import_shares(read_companyfacts(same), dossier).kept) == 1
    earlier = facts(tmp_path, {BALANCE_COUNT: [entry(100_000_000, "2025-09-30", "2025-10-23")]})
    import_shares(read_companyfacts(earlier), dossier)
    assert {row["class"] for row in table(dossier / "shares.csv")} == {"common"}
    assert load(dossier).shares_at("2025-10-23").shares == 100_000_000
    assert load(dossier).shares_at("2025-12-31").shares == 100_000_000


def test_another_count_of_the_same_filing_day_is_refused_with_both(dossier: Path, tmp_path: Path) -> None:
    path = facts(tmp_path, {BALANCE_COUNT: [entry(105_123_000, "2025-09-30", "2025-11-14")]})
    before = (dossier / "shares.csv").read_bytes()
    with pytest.raises(InvalidInput, match="line 2, 2025-09-30: 100000000 there, 105123000 here"):
        import_shares(read_companyfacts(path), dossier)
    assert (dossier / "shares.csv").read_bytes() == before
    import_shares(read_companyfacts(path), dossier, replace=True)
    assert load(dossier).shares_at("2025-12-31").shares == 105_123_000


def test_classes_by_name_stay_where_their_sum_agrees(dossier: Path, tmp_path: Path) -> None:
    header = "as_of,filed,shares,class,kind,source\n"
    rows = "2025-06-30,2025-07-30,522075000,A,filed,x\n2025-06-30,2025-07-30,43241000,B,filed,x\n"
    (dossier / "shares.csv").write_text(header + rows)
    agreeing = facts(tmp_path, {BALANCE_COUNT: [entry(565_316_000, "2025-06-30", "2025-07-24")]})
    done = import_shares(read_companyfacts(agreeing), dossier)
    assert (len(done.kept), done.written) == (1, False)
    other = facts(tmp_path, {BALANCE_COUNT: [entry(522_075_000, "2025-06-30", "2025-07-24")]})
    with pytest.raises(InvalidInput, match=r"522,075,000 shares \(all\), but .* has 565,316,000 \(A and B\)"):
        import_shares(read_companyfacts(other), dossier, replace=True)


def test_without_a_count_nothing_is_written_and_why_is_said(dossier: Path, tmp_path: Path) -> None:
    path = facts(tmp_path, {OPERATING: [entry(-80.0, "2024-12-31", "2025-02-26", start="2024-01-01")]})
    with pytest.raises(InvalidInput, match=r"no share count .* counts that filings give by class are not in it"):
        import_shares(read_companyfacts(path), dossier)


# The command.


def test_command_shows_writes_and_says_both(dossier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, plain(ROWS))
    assert run(["import", "prices", str(path), str(dossier), "--dry-run"]) == 0
    told = capsys.readouterr()
    assert "add 2025-12-29: close 12.1\nadd 2025-12-31: close 12.72\n" in told.out
    assert told.out.endswith("added 2, replaced 0, there already 1; nothing written\n") and told.err == ""
    assert len(table(dossier / "prices.csv")) == 1
    assert run(["import", "prices", str(path), str(dossier), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["written"] is True and answer["kept"] == 1
    assert [row["close"] for row in answer["added"]] == ["12.1", "12.72"]
    assert answer["read"]["closes"] == "unknown"
    assert len(table(dossier / "prices.csv")) == 3


def test_command_takes_every_way_out(dossier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, "Tag;Kurs\n02/06/2025;1,250\n03/06/2025;oops\n")
    options = ["--date-column", "Tag", "--price-column", "Kurs", "--dates", "dmy", "--decimals", "comma", "--skip-bad"]
    options += ["--format", "stooq", "--split", "2025-07-01=1:2", "--closes", "split-adjusted", "--source", "typed"]
    assert run(["import", "prices", str(path), str(dossier), *options]) == 0
    assert table(dossier / "prices.csv")[0] == {"date": "2025-06-02", "close": "0.625", "source": "typed"}
    assert "1 row that cannot be read left out: line 3" in capsys.readouterr().out


def test_fragment_of_the_market_page_can_be_pasted(
    dossier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    year = [entry(-80e6, "2024-12-31", "2025-02-26", start="2024-01-01", filing=2, form="10-K")]
    bought = [entry(11.5e6, "2024-12-31", "2025-02-26", start="2024-01-01", filing=2, form="10-K")]
    cash = [entry(150e6, "2024-12-31", "2025-02-26", filing=2, form="10-K")]
    tags = {OPERATING: year, CAPEX: bought, "us-gaap:CashAndCashEquivalentsAtCarryingValue": cash}
    path = facts(tmp_path, tags)
    assert run(["import", "facts", str(path), str(dossier)]) == 0
    out = capsys.readouterr().out
    assert "- no share count" in out
    fragment = out.split("for market.toml, to be pasted and argued:\n\n")[1]
    page = (dossier / "market.toml").read_text()
    start, end = page.index("\n[payoffs.dilution]"), page.index("\n[payoffs.values.product]")
    page = (page[:start] + page[end:]).split("\n[spending.burn]")[0]
    (dossier / "market.toml").write_text(f"{page}\n{fragment}")
    market = load(dossier).market
    assert market is not None
    assert (market.payoffs.cash, market.payoffs.burn) == (150e6, 91.5e6)
    assert market.spending.burn is not None and market.spending.burn.value == 91.5e6


def test_command_on_facts_as_json(dossier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = facts(tmp_path, {COUNT: [entry(101e6, "2025-10-17", "2025-10-23")]})
    assert run(["import", "facts", str(path), str(dossier), "--json", "--dry-run"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["added"][0]["shares"] == "101000000" and answer["written"] is False
    assert answer["funding"]["cash"] is None and answer["funding"]["burn"] is None


@pytest.mark.parametrize(
    ("arguments", "data", "message"),
    [
        (["prices"], b"", "empty file"),
        (["prices"], b"<html>", "received a web page"),
        (["prices"], b"date,close\n2025-12-31,1\x1b[31m\n", "control character U+001B"),
        (["facts"], b"", "empty file"),
        (["facts"], b"<html>", "received a web page"),
        (["facts"], b"{}", "received JSON with no keys"),
        (["facts"], b'{"cik": 1, "facts": {}}', "no share count, no cash and no cash flow that can be used"),
        (["prices", "--split", "2025"], b"date,close\n2025-12-31,1\n", "--split: received '2025'"),
    ],
)
def test_command_refuses_in_one_line_with_exit_code_2(
    dossier: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    data: bytes,
    message: str,
) -> None:
    before = sorted((path.name, path.read_bytes()) for path in dossier.iterdir())
    assert run(["import", arguments[0], str(saved(tmp_path, data)), str(dossier), *arguments[1:]]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1 and "\x1b" not in told.err
    assert message in told.err
    assert sorted((path.name, path.read_bytes()) for path in dossier.iterdir()) == before


def test_bundled_dossiers_are_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for what, path in (("prices", saved(tmp_path, plain(ROWS))), ("facts", facts(tmp_path, {COUNT: []}))):
        assert run(["import", what, str(path), "quantumscape"]) == 2
        assert "quantumscape is bundled: copy its folder" in capsys.readouterr().err


def test_import_alone_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import"]) == 0
    out = capsys.readouterr().out
    assert "prices" in out and "facts" in out


def test_facts_say_what_they_do_not_hold_and_name_a_bad_date(
    dossier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stored(tmp_path, company({COUNT: [entry(100, "2025-06-30", "2025-07-24")]}))
    assert run(["import", "facts", str(path), str(dossier), "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "- no cash was public by 2025-07-24: nothing for [payoffs.cash]" in told
    assert "nor four quarters in a row, were public by 2025-07-24: nothing for [payoffs.burn] and [spending]" in told
    assert run(["import", "facts", str(path), str(dossier), "--as-of", "soon"]) == 2
    assert "--as-of: received 'soon'; allowed is a day" in capsys.readouterr().err

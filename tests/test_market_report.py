"""All that a price says: sections in order, files whole, and one clear line where there is nothing to say."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from bayesmile.cli import run
from bayesmile.dossier import load
from bayesmile.errors import InvalidInput
from bayesmile.market_report import MarketReport, build_market_report
from bayesmile.market_text import market_blocks, market_tables
from bayesmile.pages.layout import as_text
from bayesmile.report import build_view
from bayesmile.skeleton import new

NAME, AS_OF = "phase2_drug", "2026-10-31"
SECTIONS = (
    "Read in three ways",
    "How sure that is",
    "From the price per share to what must be explained",
    "Ours against the market's",
    "What would have to be true",
    "All that gives the same price",
    "What each price assumes, and where the price would be right",
    "The gap, in evidence",
    "Where the doubt sits, ours and the market's",
    "What the day of the news meant",
    "Every announcement day, and the run-up",
)


@cache
def report() -> MarketReport:
    return build_market_report(load(NAME), AS_OF, draws=200)


def titles(text: str) -> list[str]:
    lines = text.splitlines()
    heads = (line for line, under in pairwise(lines) if under.startswith("-----") and line[:1].isdigit())
    return [line.partition(". ")[2] for line in heads]


def test_sections_are_all_there_and_in_order() -> None:
    found = titles(as_text(market_blocks(report())))
    assert [title for title in found if title in SECTIONS] == list(SECTIONS)
    assert set(found) - set(SECTIONS) <= {"Physical and risk-neutral"}
    physical = titles(as_text(market_blocks(build_market_report(load("quantumscape"), "2026-07-02", draws=0))))
    assert "Physical and risk-neutral" in physical and "How sure that is" not in physical


@pytest.mark.parametrize("width", [80, 100])
def test_page_fits_and_cuts_nothing(width: int) -> None:
    for one in (report(), build_market_report(load("quantumscape"), "2025-10-16", draws=200)):
        text = as_text(market_blocks(one), width=width)
        assert max(map(len, text.splitlines())) <= width
        assert "…" not in text and "nan" not in text.lower().split()


def test_the_same_numbers_as_in_the_report() -> None:
    view = build_view(load(NAME), AS_OF, draws=200)
    one = report()
    assert (one.levels, one.compared, one.gap, one.readings) == (view.levels, view.compared, view.gap, view.readings)
    assert one.assumed.above_ours == view.assumed.above_ours


def test_json_and_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["market", NAME, "--as-of", AS_OF, "--draws", "200", "--json", "--out", str(tmp_path / "made")]
    assert run(arguments) == 0
    told = capsys.readouterr()
    data = json.loads(told.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert data["readings"]["lines"][1]["by_horizon"] == report().readings.lines[1].by_horizon
    assert json.loads((tmp_path / "made" / "market.json").read_text()) == data
    files = {path.name for path in (tmp_path / "made").iterdir()}
    assert files == {"market.txt", "market.json", *market_tables(report())}
    with (tmp_path / "made" / "compared.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row, line in zip(rows, report().compared.lines, strict=True):
        assert float(row["ours"]) == line.ours and row["milestone"] == line.milestone


def test_tables_hold_no_formulas() -> None:
    quantumscape = market_tables(build_market_report(load("quantumscape"), "2025-10-16", draws=0))
    for name, text in (*market_tables(report()).items(), *quantumscape.items()):
        for row in csv.reader(text.splitlines()):
            for cell in row:
                assert cell[:1] not in ("=", "@", "\t") or cell == "", (name, cell)
                if cell[:1] in "+-" and cell:
                    assert math.isfinite(float(cell)) or cell.endswith("inf")


def test_the_last_date_of_the_dossier_is_the_default() -> None:
    assert build_market_report(load(NAME), draws=0).as_of == load(NAME).default_as_of[-1]


def test_a_price_that_cannot_be_read_is_said() -> None:
    """Where success is worth what failure is, no price speaks of it; the bridge still stands."""
    equal = load(NAME).set("payoffs.values.approval", "0").set("payoffs.beyond", "0")
    one = build_market_report(equal, AS_OF, draws=200)
    text = " ".join(as_text(market_blocks(one)).split())
    assert "no price says how likely it is" in one.silent and one.silent in text
    assert one.readings is None and one.assumed is None and one.bridge is not None
    assert "market_value" in text and set(market_tables(one)) == {"bridge.csv", "share_growth.csv"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--as-of", "2025-06-30"], "as of 2025-06-30: prices.csv: no price on or before 2025-06-30; the first is of"),
        (["--as-of", "2026-01-31", "--as-of", "2026-10-31"], "--as-of: received 2 dates; allowed is one"),
        (["--as-of", "soon"], "--as-of: received 'soon'"),
        (["--price", "cheap"], "price: received 'cheap'"),
        (["--draws", "7"], "draws: received 7"),
        (["--set", "payoffs.nothing=3"], "payoffs.nothing"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["market", NAME, *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == "" and message in told.err and told.err.count("\n") == 1


def test_a_dossier_without_a_market_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"it has no market\.toml"):
        build_market_report(replace(load(NAME), market=None), AS_OF)


def test_a_spreadsheet_is_written_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = tmp_path / "book.xlsx"
    arguments = ["market", NAME, "--as-of", AS_OF, "--draws", "0", "--json", "--xlsx"]
    assert run([*arguments, str(book)]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == NAME
    assert book.read_bytes()[:2] == b"PK"
    assert run([*arguments, str(tmp_path / "no" / "book.xlsx")]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["book.xlsx"]


def test_a_spreadsheet_goes_into_the_folder_that_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = tmp_path / "made"
    arguments = ["market", NAME, "--as-of", AS_OF, "--draws", "0", "--out", str(made), "--xlsx", str(made / "a.xlsx")]
    assert run(arguments) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line[:5] for line in told] == ["wrote", "wrote"] and told[1].endswith("a.xlsx")
    assert (made / "a.xlsx").exists() and (made / "market.json").exists()


def test_files_and_spreadsheet_are_written_both_or_neither(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["market", NAME, "--as-of", AS_OF, "--draws", "0"]
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.xlsx").mkdir()
    for out, book in (("file", "a.xlsx"), ("made", "folder.xlsx"), ("made", "no/a.xlsx"), ("made", "file/a.xlsx")):
        assert run([*arguments, "--out", str(tmp_path / out), "--xlsx", str(tmp_path / book)]) == 2
        told = capsys.readouterr()
        assert told.out == "" and told.err.count("\n") == 1 and "cannot be written" in told.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.xlsx"]


def test_a_date_before_the_first_share_count_is_told_so(tmp_path: Path) -> None:
    folder = new("late", tmp_path)
    text = (folder / "shares.csv").read_text()
    (folder / "shares.csv").write_text(text.replace("2025-11-14", "2026-01-14"))
    with pytest.raises(InvalidInput, match=r"shares\.csv: no share count was public by 2025-12-31; the first is of"):
        build_market_report(load(folder), "2025-12-31", draws=0)


def test_every_table_of_the_page_has_its_numbers(tmp_path: Path) -> None:
    one = build_market_report(load("quantumscape"), "2025-10-16", draws=0)
    made = {name: list(csv.DictReader(text.splitlines())) for name, text in market_tables(one).items()}
    curve = made["needed_by_success_value_and_arrival.csv"]
    ours = next(row for row in curve if row["here"] == "yes")
    assert float(ours["value"]) == one.iso.implied and ours["arrival"] == "as believed" and ours["state"] == "possible"
    assert len(curve) == len(one.iso.curve.rows) * len(one.iso.curve.columns)
    assert len(made["worth_by_success_value_and_probability.csv"]) > 20
    assert [row["label"] for row in made["run_up.csv"]] == [part.label for part in one.news_days.run_up.shares]
    assert float(made["share_growth.csv"][0]["rate"]) == one.bridge.growth.periods[0].rate
    days, rows = one.news_days.days.rows, made["news_days.csv"]
    assert [float(row["day_returns.1"]) for row in rows] == [day.day_returns[0] for day in days]
    assert [row["gap.label"] for row in made["gap.csv"]] == [kind.label for kind in one.gap.kinds]


def test_where_the_numbers_come_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["market", NAME, "--as-of", AS_OF, "--draws", "0", "--trace"]
    assert run(arguments) == 0
    text = capsys.readouterr().out
    assert "Where every number comes from" in text and "market.toml:" in text
    assert run([*arguments, "--json", "--out", str(tmp_path / "made")]) == 0
    lines = {line["name"]: line for line in json.loads(capsys.readouterr().out)["trace"]}
    assert lines["implied"]["formula"] and lines["required_return"]["source"].startswith("market.toml:")
    assert lines["implied"]["value"] == pytest.approx(report().readings.lines[1].by_horizon, rel=1e-9)
    assert "implied" in (tmp_path / "made" / "trace.csv").read_text()


def test_nothing_to_work_out_makes_no_spreadsheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed = ["--set", "payoffs.values.approval=0", "--set", "payoffs.beyond=0"]
    book = tmp_path / "book.xlsx"
    assert run(["market", NAME, "--as-of", AS_OF, "--draws", "0", *changed, "--xlsx", str(book)]) == 2
    assert "no price says how likely it is" in capsys.readouterr().err and not book.exists()

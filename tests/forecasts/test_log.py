"""The log as a file: what is recorded, that it only grows, and that a change of what stands in it is named."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesmile.dossier import load
from bayesmile.errors import InvalidInput
from bayesmile.forecasts import logbook
from bayesmile.forecasts.logbook import append, open_log
from bayesmile.forecasts.making import log_forecasts
from bayesmile.forecasts.reading import read_log
from bayesmile.forecasts.records import bare, guarded
from bayesmile.forecasts.scores import score_log
from bayesmile.model import from_prior
from tests.dossier_folder import replaced
from tests.forecasts.logs import at, logged, settled, small

DAY = "2024-06-30"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "forecasts.csv"


def test_a_record_holds_what_was_forecast_and_from_what(path: Path) -> None:
    changed = small().set("milestone.launch.delay.never", "0.3")
    made = log_forecasts(changed, DAY, path=path, note="first; with care", clock=at(DAY, "23:59:59"))
    row = made.records[0].row
    assert (row.id, row.made, row.as_of) == ("F1", "2024-06-30T23:59:59Z", DAY)
    assert (row.milestone, row.deadline) == ("launch", "2028-06")
    assert row.probability == changed.belief(DAY).prob("launch", by="2028-06")
    assert (row.rule, row.resolved_by) == ("on sale", "shop")
    assert row.dossier_hash == changed.hash != small().hash
    assert row.changes == '["milestone.launch.delay.never=0.3"]'
    assert row.mean is row.draws is row.retrospective is None
    assert open_log(path).records[0].row == row
    table = read_log(path)
    assert table.loc["F1", "probability"] == row.probability
    assert table.loc["F1", "note"] == "first; with care"
    assert table.loc["F1", "line"] == 2
    assert table.loc["F1", "outcome"] is None


def test_draws_give_mean_and_interval(path: Path) -> None:
    drug = load("phase2_drug")
    made = log_forecasts(
        drug, "2025-12-31", milestones=["approval"], draws=400, seed=3, path=path, clock=at("2025-12-31")
    )
    row, oracle = made.records[0].row, from_prior(drug, "2025-12-31", draws=400, seed=3).prob("approval", by="2032")
    assert (row.mean, row.low, row.high) == (float(oracle), oracle.low, oracle.high)
    assert (row.draws, row.seed) == (400, 3)
    assert row.stated == row.mean != row.probability
    with pytest.raises(InvalidInput, match="no uncertain number"):
        logged(path, DAY, draws=400)


def test_the_log_only_grows(path: Path) -> None:
    logged(path, DAY, "2027")
    before = path.read_bytes()
    logged(path, DAY, "2028", made="2024-07-01")
    assert path.read_bytes().startswith(before)
    lines = path.read_bytes().removeprefix(before)
    assert lines.count(b"\n") == 1
    windows = before.replace(b"\n", b"\r\n").rstrip()  # another program changed the line ends: nothing that counts
    path.write_bytes(windows)
    logged(path, DAY, "2028", made="2024-07-01")
    assert path.read_bytes().startswith(windows)
    assert len(open_log(path).records) == 2


WRITER = """
import datetime as dt, pathlib, sys, time
from bayesmile.forecasts.logbook import append
path, first = sys.argv[1], int(sys.argv[2])
words = dict(dossier="d", milestone="m", rule="r", resolved_by="s", version="0", dossier_hash="0" * 64)
fields = {"record": "forecast", "as_of": "2024-06-30", "probability": 0.5, **words}
pathlib.Path(path + f".{first}").touch()
while len(list(pathlib.Path(path).parent.glob("*.csv.[0-9]*"))) < 2:  # both begin at once
    time.sleep(0.001)
for year in range(first, first + 8):
    append(path, lambda log, made: [{**fields, "deadline": f"{year}-12"}], new=True,
           clock=lambda: dt.datetime(2024, 6, 30, tzinfo=dt.UTC))
"""


def test_two_processes_at_once_lose_nothing(path: Path) -> None:
    starts = ("2030", "2060")
    children = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), start]) for start in starts]
    assert [child.wait(60) for child in children] == [0, 0]
    rows = [one.row for one in open_log(path).records]
    assert [row.id for row in rows] == [f"F{number}" for number in range(1, 17)]
    assert sorted(row.month for row in rows) == [f"{year}-12" for year in (*range(2030, 2038), *range(2060, 2068))]


def _three(path: Path) -> list[str]:
    logged(path, DAY, "2026", "2027", "2028")
    return path.read_text().splitlines()


@pytest.mark.parametrize("line", [2, 3, 4])
def test_a_changed_record_is_named(path: Path, line: int) -> None:
    lines = _three(path)
    cells = next(csv.reader([lines[line - 1]]))
    said = cells[lines[0].split(",").index("probability")]
    lines[line - 1] = replaced(lines[line - 1], said, "0.5")
    path.write_text("\n".join(lines) + "\n")
    before = path.read_bytes()
    for attempt in (
        lambda: open_log(path),
        lambda: score_log(path, clock=at("2025-01-01")),
        lambda: logged(path, DAY, "2029", made="2024-07-02"),
    ):
        with pytest.raises(InvalidInput, match=rf"forecasts\.csv:{line}: this record is not what was written"):
            attempt()
    assert path.read_bytes() == before


def test_a_missing_or_moved_record_is_noticed(path: Path) -> None:
    lines = _three(path)
    for spoilt in ([0, 2, 3], [0, 1, 3], [0, 2, 1, 3], [0, 1, 1, 2, 3]):
        path.write_text("\n".join(lines[number] for number in spoilt) + "\n")
        with pytest.raises(InvalidInput, match="this record is not what was written"):
            open_log(path)


def test_what_the_chain_cannot_show_a_published_hash_does(path: Path) -> None:
    lines = _three(path)
    head = open_log(path).head
    logged(path, DAY, "2029", made="2024-07-02")
    assert score_log(path, published=[head], clock=at("2025-01-01")).forecasts == 4
    path.write_text("\n".join(lines[:3]) + "\n")
    assert score_log(path, clock=at("2025-01-01")).forecasts == 2  # cut short: the chain alone says nothing
    with pytest.raises(InvalidInput, match="published hash"):
        score_log(path, published=[head], clock=at("2025-01-01"))


def test_nothing_is_half_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logged(path, DAY, "2026")
    before = path.read_bytes()

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bayesmile.files.folder._flush", fails)
    with pytest.raises(InvalidInput, match="No space left"):
        logged(path, DAY, "2027", "2028")
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir() if not one.name.endswith(".lock")] == ["forecasts.csv"]


def test_one_bad_forecast_stops_all(path: Path) -> None:
    with pytest.raises(InvalidInput, match="horizon"):
        logged(path, DAY, "2027", "2090")
    assert not path.exists()


def test_a_dry_run_writes_nothing(path: Path) -> None:
    made = logged(path, DAY, "2027", dry_run=True)
    assert made.records[0].row.id == "F1"
    assert list(path.parent.iterdir()) == []


def test_a_forecast_is_logged_once(path: Path) -> None:
    logged(path, DAY, "2027")
    with pytest.raises(InvalidInput, match=r"forecasts\.csv:2: F1 is this forecast"):
        logged(path, DAY, "2027", made="2024-07-01")
    logged(path, "2024-07-01", "2027")  # as of another day it is another forecast
    assert len(open_log(path).records) == 2


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "'quoted", "'=1", "plain"])
def test_no_cell_is_a_formula(path: Path, text: str) -> None:
    assert bare(guarded(text)) == text
    logged(path, DAY, "2027", note=text)
    with path.open(newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert open_log(path).records[0].row.note == text


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.sampled_from(["note", "rule", "changes"]))
def test_any_text_is_read_as_it_was_meant_or_refused(text: str, column: str) -> None:
    fields = {"record": "forecast", "dossier": "d", "milestone": "m", "deadline": "2027-12", "as_of": DAY}
    fields |= {"probability": 0.1 + 0.2, "rule": "r", "resolved_by": "s", "version": "0", "dossier_hash": "0" * 64}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        meant = " ".join(text.split())
        try:
            append(path, lambda _, __: [{**fields, column: text}] * 2, clock=at(DAY), new=True)
        except InvalidInput:
            assert not meant.isprintable() or (column == "rule" and not meant)
            assert not path.exists()
        else:
            rows = [one.row for one in open_log(path).records]
            assert [getattr(row, column) for row in rows] == [meant or None] * 2
            assert [row.probability for row in rows] == [0.1 + 0.2] * 2


# Time.


def test_the_future_is_refused(path: Path) -> None:
    with pytest.raises(InvalidInput, match="2024-07-01; allowed are days up to today, 2024-06-30"):
        logged(path, "2024-07-01", "2027", made="2024-06-30")
    assert not path.exists()
    assert logged(path, "2024-07", "2027", made="2024-06-30").records  # the first moment of July is the end of June


def test_the_day_is_that_of_the_clock(path: Path) -> None:
    made = log_forecasts(small(), path=path, clock=at("2024-06-30", "00:00:01"))
    assert made.records[0].row.as_of == "2024-06-30"


@pytest.mark.parametrize(
    ("made", "by", "marked"),
    [
        ("2024-06-30", "2024-07", None),
        ("2024-07-07", "2024-08", None),
        ("2024-07-08", "2024-08", "made 8 days after the as-of date"),
        ("2024-07-01", "2024-06", "made after the deadline"),
    ],
)
def test_what_was_made_with_hindsight_is_marked(path: Path, made: str, by: str, marked: str | None) -> None:
    assert logged(path, DAY, by, milestone="plant", made=made).records[0].row.retrospective == marked


def test_a_forecast_of_what_is_resolved_is_marked(path: Path) -> None:
    logged(path, DAY, "2027")
    settled(path, "yes", "2024-07-10", today="2024-07-20")
    late = logged(path, "2024-07-20", "2028", made="2024-07-21").records[0].row
    assert late.retrospective == "made when it was resolved"


def test_a_clock_that_goes_backwards_is_refused(path: Path) -> None:
    logged(path, DAY, "2027", made="2024-07-02")
    with pytest.raises(InvalidInput, match=r"clock: received 2024-07-01T12:00:00Z, before 2024-07-02"):
        logged(path, DAY, "2028", made="2024-07-01")


def test_what_the_evidence_settles_is_no_forecast(path: Path) -> None:
    with pytest.raises(InvalidInput, match="the evidence settles design by 2022-12"):
        logged(path, DAY, milestone="design")
    with pytest.raises(InvalidInput, match="the evidence settles design by 2027-12"):
        logged(path, DAY, "2027", milestone="design")
    with pytest.raises(InvalidInput, match="settles launch by 2024-05"):
        logged(path, DAY, "2024-05")
    with pytest.raises(InvalidInput, match="received 'launsh', which is unknown; did you mean 'launch'"):
        logged(path, DAY, milestone="launsh")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (",0.", ",1.", "this record is not"),
        ("record,id", "record,name", "unknown column 'name'"),
        ("F1", "F1,", "cells; allowed are"),
    ],
)
def test_a_spoilt_file_is_one_error(path: Path, old: str, new: str, complaint: str) -> None:
    logged(path, DAY, "2027")
    path.write_text(replaced(path.read_text(), old, new))
    with pytest.raises(InvalidInput, match=complaint):
        open_log(path)


def test_records_forged_with_the_right_hash_are_still_checked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logged(path, DAY, "2027")
    text = path.read_text()
    monkeypatch.setattr(logbook, "link", lambda _, cells: cells["hash"])
    for old, new, complaint in (
        ("2024-06-30T", "2024-06-20T", "as_of: received 2024-06-30, after the day"),
        ("F1", "F7", "id: received 'F7'"),
        ("2027-12", "2023-12", "made: received .*, after the deadline, but not retrospective"),
        ("on sale", "", "rule: the cell is empty"),
        ("forecast,F1", "resolution,R1", "happened: empty"),
    ):
        path.write_text(replaced(text, old, new))
        with pytest.raises(InvalidInput, match=rf"forecasts\.csv:2: {complaint}"):
            open_log(path)


def test_a_record_before_the_one_above_it_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logged(path, DAY, "2027", "2028", made="2024-07-02")
    monkeypatch.setattr(logbook, "link", lambda _, cells: cells["hash"])
    head, first, last = path.read_text().splitlines()
    path.write_text("\n".join([head, first, replaced(last, "2024-07-02T", "2024-07-01T")]))
    with pytest.raises(InvalidInput, match=r"forecasts\.csv:3: made: received 2024-07-01T12:00:00Z, before the record"):
        open_log(path)


def test_files_that_are_no_logs(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No such file"):
        open_log(tmp_path / "none.csv")
    with pytest.raises(InvalidInput, match="not a regular file"):
        open_log(tmp_path)
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InvalidInput, match="empty file"):
        open_log(tmp_path / "empty.csv")

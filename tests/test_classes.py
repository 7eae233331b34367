"""The commands on reference classes: what they print, and one clear line where something is wrong."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import numpy as np
import pytest

from bayesmile.cli import run
from bayesmile.periods import month_label
from bayesmile.reference.simulated import simulated_class
from tests.reference.test_fragment import learned_class

CLASS = """\
[reference]
name = "projects"
title = "Simulated projects"
source = "made up"
licence = "none needed"
as_of = "2023-01"

[entity]
id = ["project"]
cluster = "owner"
entered = "entered"
through = "2022-12"
before_entry = "keep"

[events]
file = "stated.csv"
entity = ["project"]
announced = "issued"
target = "target"

[[factor]]
name = "region"
column = "region"

[[milestone]]
name = "design"
date = "design"

[[milestone]]
name = "permit"
date = "permit"

[[milestone]]
name = "opening"
date = "opening"

[ended]
column = "fate"
values = ["dropped"]
reached = ["open"]
pending = ["waiting"]
date = "dropped"
"""
"""Class file of the tables that `folder` writes."""


def write_tables(folder: Path, entities: int) -> None:
    klass = simulated_class(entities=entities, window=60, truncated=False, seed=6)
    reached = {(row["entity"], row["milestone"]): row for row in klass.reached.to_dict("records")}
    lines = ["project,owner,region,entered,design,permit,opening,fate,dropped"]
    for name, row in klass.entities.iterrows():
        dates = [reached.get((name, milestone)) for milestone in klass.milestones]
        cells = [month_label(int(one["last"])) if one else "" for one in dates]
        dropped = month_label(int(row["ended"])) if np.isfinite(row["ended"]) else ""
        fate = "dropped" if dropped else "open" if cells[-1] else "waiting"
        entered = month_label(int(row["entered"]))
        lines.append(",".join([str(name), row["cluster"], row["region"], entered, *cells, fate, dropped]))
    (folder / "projects.csv").write_text("\n".join(lines) + "\n")
    said = [
        f"{row['entity']},{month_label(row['issued'])},{month_label(row['target'])}"
        for row in klass.targets.to_dict("records")
    ]
    (folder / "stated.csv").write_text("\n".join(["project,issued,target", *said]) + "\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Folder of a class file, a table and the dates that were stated."""
    (tmp_path / "class.toml").write_text(CLASS)
    write_tables(tmp_path, 60)
    return tmp_path


def learn(folder: Path, *more: str) -> int:
    return run(["learn", str(folder / "projects.csv"), "--roadmap", str(folder / "class.toml"), *more])


def backtest(folder: Path, *more: str) -> int:
    return run(["backtest", str(folder / "projects.csv"), "--roadmap", str(folder / "class.toml"), *more])


CHEAP = ("--forecaster", "constant", "--forecaster", "kaplan-meier", "--forecaster", "stated")


def canned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take known numbers for those that learning would find, which needs a compilation."""
    monkeypatch.setattr("bayesmile.model.learning.learn", lambda klass, **_: learned_class())


@pytest.mark.slow
def test_learning_from_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny = ("--draws", "50", "--tune", "50", "--json")
    assert learn(folder, *tiny, "--group", "region=south", "--fragment", str(folder / "fragment.toml")) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["class"] == "projects" and told["group"] == {"region": "south"}
    assert told["entities"] == len((folder / "projects.csv").read_text().splitlines()) - 1
    assert {(row["milestone"], row["number"]) for row in told["delays"]} >= {("design", "median"), ("opening", "never")}
    assert told["slips"] and {"delays max_rhat", "statements max_rhat"} <= set(told["diagnostics"])
    text = (folder / "fragment.toml").read_text()
    assert text.count("[[milestone]]") == 3 and "region south" in text
    assert backtest(folder, *tiny, "--forecaster", "engine", "--forecaster", "constant", "--every", "12") == 0
    assert "engine" in capsys.readouterr().out


def test_learning_prints_what_it_learned(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    canned(monkeypatch)
    assert learn(folder, "--json", "--group", "region=south") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["group"] == {"region": "south"} and told["set_aside"] == []
    assert all(row["low"] <= row["median"] <= row["high"] for row in told["delays"])
    assert len(told["delays"]) == 15
    assert told["slips"][0]["lead from"] == 0 and told["slips"][-1]["lead to"] is None
    assert learn(folder, "--group", "region=south") == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "for region south" in text and "plan" in text
    for row in told["delays"]:
        if row["number"] == "median":
            assert f"{row['median']:.3g} ({row['low']:.3g} to {row['high']:.3g})" in text


def test_a_backtest_prints_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(folder, *CHEAP, "--every", "6", "--periods", "36") == 0
    text = " ".join(capsys.readouterr().out.split())
    for word in ("constant", "Kaplan-Meier", "retrospective"):
        assert word.lower() in text.lower(), word


def test_a_backtest_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(folder, *CHEAP, "--every", "6", "--periods", "36", "--json", "--within", "6") == 0
    once = capsys.readouterr().out
    assert backtest(folder, *CHEAP, "--every", "6", "--periods", "36", "--json", "--within", "6") == 0
    assert capsys.readouterr().out == once
    told = json.loads(once)
    assert "NaN" not in once and told


def test_rolling_origins(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(folder, *CHEAP[:2], "--design", "rolling", "--every", "6", "--periods", "24", "--json") == 0
    assert json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("command", "more", "message"),
    [
        (learn, ("--group", "region"), "--group: received 'region'; allowed is FACTOR=LEVEL"),
        (learn, ("--group", "colour=blue"), "--group: received factor 'colour'; allowed are region"),
        (learn, ("--group", "region=west"), "--group region: received 'west'; allowed are north, south"),
        (learn, ("--draws", "3"), "--draws"),
        (backtest, ("--factor", "colour"), "--factor: received 'colour'; allowed are region"),
        (backtest, ("--forecaster", "oracle"), "--forecaster: received 'oracle'; allowed are engine"),
        (backtest, ("--folds", "1"), "--folds"),
        (backtest, ("--design", "both"), "--design"),
        (backtest, ("--within", "0"), "--within"),
    ],
)
def test_a_wrong_option_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], command: object, more: tuple[str, ...], message: str
) -> None:
    assert command(folder, *more) == 2  # type: ignore[operator]
    caught = capsys.readouterr()
    assert message in " ".join(caught.err.split())
    assert caught.out == "" and "Traceback" not in caught.err


def spoil(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("file", "old", "new", "messages"),
    [
        ("class.toml", "[reference]", "[reference", ("class.toml:1:",)),
        ("class.toml", 'title = "Simulated projects"', "", ("class.toml", "title")),
        ("class.toml", 'name = "region"', 'name = "region"\ncolor = 3', ("class.toml", "color")),
        ("class.toml", 'column = "region"', 'column = "land"', ("projects.csv", "land")),
        ("class.toml", 'file = "stated.csv"', 'file = "gone.csv"', ("gone.csv",)),
        ("projects.csv", "project,owner", "id,owner", ("projects.csv", "project")),
        ("projects.csv", ",waiting,", ",lost,", ("projects.csv:", "received 'lost', which is unknown")),
        ("stated.csv", "\ne0", "\nx0", ("stated.csv:2:", "which the table of entities does not hold")),
    ],
)
@pytest.mark.parametrize("command", [learn, backtest])
def test_a_wrong_file_is_named(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    command: object,
    file: str,
    old: str,
    new: str,
    messages: tuple[str, ...],
) -> None:
    spoil(folder, file, old, new)
    aim = folder / "fragment.toml"
    assert command(folder, *(("--fragment", str(aim)) if command is learn else ())) == 2  # type: ignore[operator]
    caught = capsys.readouterr()
    for message in messages:
        assert message in caught.err, message
    assert caught.out == "" and "Traceback" not in caught.err
    assert not aim.exists()


@pytest.mark.parametrize("command", [learn, backtest])
def test_missing_files_are_named(folder: Path, capsys: pytest.CaptureFixture[str], command: object) -> None:
    for name in ("projects.csv", "class.toml"):
        (folder / name).rename(folder / "away")
        assert command(folder) == 2  # type: ignore[operator]
        assert name in capsys.readouterr().err
        (folder / "away").rename(folder / name)


def test_faults_are_refused_or_set_aside_and_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(folder, "projects.csv", ",waiting,", ",lost,")
    assert backtest(folder, *CHEAP[:2], "--every", "6") == 2
    assert "1 fault in rows; allowed is a table without any, or setting such entities aside" in capsys.readouterr().err
    assert backtest(folder, *CHEAP[:2], "--every", "6", "--periods", "36", "--set-aside") == 0
    assert "set aside" in capsys.readouterr().out.lower()


def test_text_of_a_table_cannot_drive_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(folder, "projects.csv", ",waiting,", ",\x1b[31mred,")
    assert backtest(folder, *CHEAP[:2]) == 2
    assert "\x1b[31m" not in capsys.readouterr().err


def test_a_fragment_that_cannot_be_written_leaves_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    canned(monkeypatch)
    assert learn(folder, "--fragment", str(folder / "nowhere" / "fragment.toml")) != 0
    caught = capsys.readouterr()
    assert "nowhere" in caught.err and "Traceback" not in caught.err
    old = folder / "fragment.toml"
    old.write_text("old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        assert learn(folder, "--fragment", str(old)) == 2
    assert "fragment.toml: cannot be written: No space left on device" in "".join(capsys.readouterr().err.split("\n"))
    assert old.read_text() == "old"
    assert learn(folder, "--fragment", str(old)) == 0
    assert old.read_text().count("[[milestone]]") == 3
    assert "wrote" in "".join(capsys.readouterr())
    assert not [
        one for one in folder.iterdir() if one.name not in ("class.toml", "projects.csv", "stated.csv", old.name)
    ]

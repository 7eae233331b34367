"""The command: exit codes, one clear line on errors, quiet pipes, files whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bayesmile.cli import run

REPORT = ["report", "quantumscape", "--as-of", "2025-10-16"]


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bayesmile", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


def test_help_is_quick_and_complete() -> None:
    start = time.perf_counter()
    done = command("--help")
    assert done.returncode == 0
    assert time.perf_counter() - start < 2.0  # 0.2 s on an idle machine; tests run in parallel
    assert all(name in done.stdout for name in ("report", "check", "new", "add", "replay", "list"))


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; from bayesmile.cli import run; run(['--help']); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not {"'numpy'", "'pandas'", "'xarray'", "'scipy'", "'pydantic'"} & set(
        done.stdout.replace("[", " ").split(", ")
    )


def test_pipe_gets_the_report_and_nothing_else() -> None:
    done = command(*REPORT, COLUMNS="80")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_pipe_without_unicode_still_gets_the_report() -> None:
    done = command(*REPORT, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_closed_pipe_is_quiet() -> None:
    script = f"{sys.executable} -m bayesmile {' '.join(REPORT)} --json | head -1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "{\n"
    assert done.stderr == ""


def test_json_parses_with_full_digits(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*REPORT, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    p = json.loads(out)["views"][0]["milestones"]["lines"][-1]["by_horizon"]
    assert repr(p) in out
    assert len(repr(p)) > 12


def test_set_changes_the_answer_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    def implied(*changes: str) -> float:
        assert run([*REPORT, "--json", *changes]) == 0
        read = json.loads(capsys.readouterr().out)
        assert read["changes"] == [change for change in changes if change != "--set"]
        return float(read["views"][0]["gap"]["implied"])

    assert implied("--set", "payoffs.values.commercialization=60e9") < implied()
    assert implied("--set", "payoffs.dilution=0.04", "--set", "payoffs.required_return=0.12") < implied()


def test_infeasible_price_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*REPORT, "--price", "90e9"]) == 0
    out, err = capsys.readouterr()
    assert "No probability justifies the market value of $90 billion" in " ".join(out.split())
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["report", "nowhere"], "nowhere"),
        (["report"], "NAME|PATH"),
        (["report", "quantumscape", "--as-of", "2025-13-01"], "2025-13"),
        (["report", "quantumscape", "--as-of", "2101-01-01"], "2101-01-01"),
        (["report", "quantumscape", "--price", "lots"], "lots"),
        (["report", "quantumscape", "--set", "hype"], "FIELD=VALUE"),
        (["report", "quantumscape", "--set", "milestone.pack.delay.median=3"], "did you mean"),
        (["report", "quantumscape", "--set", "dossier.hype=-1"], "dossier.hype"),
        (["report", "quantumscape", "--colour"], "--colour"),
        (["reports"], "report"),
        (["check", "nowhere"], "nowhere"),
        (["new", "Not a name"], "Not a name"),
        (["add", "nowhere", "--announced", "2026", "--headline", "x", "--source", "y"], "nowhere"),
        (["replay", "quantumscape"], "--dates"),
        (["replay", "quantumscape", "--dates", "soon"], "soon"),
    ],
)
def test_bad_input_is_one_line_and_code_2(arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("bayesmile: ")
    assert named in err
    assert "Traceback" not in err


def test_error_text_is_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "\x1b[31mevil\u202e\nline"]) == 2
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "\u202e" not in err
    assert err.count("\n") == 1


def test_full_disk_is_one_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    script = f"{sys.executable} -m bayesmile list > /dev/full"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_out_writes_both_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "report"
    assert run([*REPORT, "--out", str(folder)]) == 0
    assert "report.json" in capsys.readouterr().out
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(first) == {"report.json", "report.txt"}
    json.loads(first["report.json"])
    assert run([*REPORT, "--out", str(folder)]) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    capsys.readouterr()
    assert run([*REPORT, "--out", str(folder), "--json"]) == 0
    assert capsys.readouterr().out.encode() == first["report.json"]


def test_out_leaves_nothing_behind_when_it_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder" / "report.json").mkdir(parents=True)
    assert run([*REPORT, "--out", str(tmp_path / "file")]) == 2
    assert run([*REPORT, "--out", str(tmp_path / "folder")]) == 2
    assert capsys.readouterr().err.count("\n") == 2
    assert (tmp_path / "file").read_text() == "kept"
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["report.json"]


def test_new_check_add_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mine"
    assert run(["new", "mine", "--in", str(tmp_path)]) == 0
    assert run(["check", str(folder)]) == 0
    row = ["--announced", "2025-11-03", "--headline", "Forum: [red]wow[/red]", "--source", "a forum"]
    assert run(["add", str(folder), "--kind", "sentiment", *row]) == 0
    capsys.readouterr()
    assert run(["report", str(folder)]) == 0
    assert "[red]wow[/red]" in " ".join(capsys.readouterr().out.split())
    before = (folder / "announcements.csv").read_bytes()
    assert run(["add", str(folder), "--kind", "sentimental", *row]) == 2
    assert (folder / "announcements.csv").read_bytes() == before


def test_check_lists_all_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "mine", "--in", str(tmp_path)]) == 0
    path = tmp_path / "mine" / "roadmap.toml"
    path.write_text(path.read_text().replace('risk = "', 'risk = "un'))
    capsys.readouterr()
    assert run(["check", str(tmp_path / "mine")]) == 2
    out, err = capsys.readouterr()
    assert out.count("error: ") >= 2
    assert "roadmap.toml:" in out
    assert err == ""


def test_list_names_the_bundled_dossiers(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list"]) == 0
    assert {"quantumscape", "phase2_drug"} <= {line.partition(":")[0] for line in capsys.readouterr().out.splitlines()}


def test_replay_in_three_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dates = ["--from", "2025-01-31", "--to", "2025-12-31", "--every", "quarter"]
    assert run(["replay", "phase2_drug", *dates]) == 0
    assert "2025-10-31" in capsys.readouterr().out
    assert run(["replay", "phase2_drug", *dates, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["as_of"] for row in rows] == ["2025-01-31", "2025-04-30", "2025-07-31", "2025-10-31"]
    assert run(["replay", "phase2_drug", "--dates", "2025-12-31, 2025-01-31", "--out", str(tmp_path / "r")]) == 0
    assert (tmp_path / "r" / "replay.csv").read_text().count("\n") == 1 + 2 * 3
    assert (
        rows[0]["by_deadline"]["approval"]
        == json.loads((tmp_path / "r" / "replay.json").read_text())["rows"][0]["by_deadline"]["approval"]
    )


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("bayesmile ")


def test_no_command_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "Commands" in capsys.readouterr().out

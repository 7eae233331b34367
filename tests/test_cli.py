"""The command: exit codes, one clear line on errors, quiet pipes, files whole or not at all."""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import xarray as xr

from bayesmile.cli import run
from bayesmile.pages.layout import as_text, bullets, table

REPORT = ["report", "quantumscape", "--as-of", "2025-10-16", "--draws", "100"]


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
    names = ("report", "market", "history", "fit", "check", "new", "add", "replay", "list", "import", "log", "score")
    assert all(name in done.stdout for name in names)


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


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["check", "quantumscape"],
        REPORT,
        [*REPORT, "--json"],
        ["replay", "phase2_drug", "--dates", "2025-12-31"],
        ["--help"],
        ["report", "--help"],
        ["--version"],
        [],
    ],
    ids=" ".join,
)
def test_pipe_without_a_reader_is_141(arguments: list[str], unbuffered: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bayesmile", *arguments],
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def shell(script: str, *, unbuffered: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", script.replace("bayesmile", f"{sys.executable} -m bayesmile", 1)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("report quantumscape --as-of 2025-10-16 --draws 100 >&-", 0),
        ("report quantumscape --as-of 2025-10-16 --draws 100 >&- 2>&-", 0),
        ("report quantumscape --as-of 2025-10-16 --draws 100 <&- >&- 2>&-", 0),
        ("report quantumscape --as-of 2025-10-16 --draws 100 --json >&-", 0),
        ("list 2>&-", 0),
        ("check quantumscape >&-", 0),
        ("replay phase2_drug --dates 2025-12-31 >&-", 0),
        ("--help >&-", 0),
        ("report nowhere 2>&-", 2),
        ("report nowhere 2>/dev/full", 2),
        ("report nowhere >&-", 2),
    ],
)
def test_closed_streams_count_as_the_null_device(typed: str, code: int) -> None:
    done = shell(f"bayesmile {typed}")
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == (1 if typed == "report nowhere >&-" else 0)


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("to", [">&-", ">&- 2>&-", "> /dev/full", "> /dev/full 2>&-"])
def test_add_that_wrote_its_row_has_not_failed(tmp_path: Path, to: str, unbuffered: str) -> None:
    assert run(["new", "mine", "--in", str(tmp_path)]) == 0
    path = tmp_path / "mine" / "announcements.csv"
    before = path.read_text()
    row = "--kind sentiment --announced 2025-11-03 --headline x --source y"
    done = shell(f"bayesmile add {tmp_path / 'mine'} {row} {to}", unbuffered=unbuffered)
    assert "Traceback" not in done.stderr
    assert (done.returncode, path.read_text().count("\n")) == (0, before.count("\n") + 1)
    assert run(["check", str(tmp_path / "mine")]) == 0


FIT = ["fit", "phase2_drug", "--as-of", "2025-12-31", "--chains", "2"]


def test_fit_says_when_the_chains_do_not_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short = [*FIT, "--draws", "8", "--tune", "8"]
    assert run([*short, "--out", str(tmp_path / "fit.nc")]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "not converged" in told.err
    assert list(tmp_path.iterdir()) == []
    assert run([*short, "--allow-unconverged", "--json", "--out", str(tmp_path / "fit.nc")]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["converged"], made["draws"], made["chains"]) == (False, 8, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["fit.nc"]
    with xr.open_datatree(tmp_path / "fit.nc", engine="h5netcdf") as tree:
        assert tree.attrs["dossier_hash"] == made["hash"]
        assert tree["posterior"].sizes["draw"] == 8
    chance = made["targets"]["approval by 2032-12"]
    assert chance["low"] <= chance["mean"] <= chance["high"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--draws", "0"], "--draws"),
        (["--chains", "1"], "--chains"),
        (["--sampler", "gibbs"], "--sampler"),
        (["--seed", "-1"], "--seed"),
        (["--out", "fit.csv"], "--out"),
        (["--out", "/nowhere/fit.nc"], "--out"),
        (["--as-of", "soon"], "--as-of"),
    ],
)
def test_bad_options_of_fit_are_refused_before_anything_is_fitted(
    options: list[str], named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bayesmile.model.fitting.fit", lambda *_, **__: pytest.fail("fitted"))
    assert run([*FIT, *options]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert named in told.err


@pytest.mark.usefixtures("interrupts")
@pytest.mark.parametrize("seconds", [4.0, 14.0, pytest.param(20.0, marks=pytest.mark.slow)])
def test_interrupted_fit_leaves_no_file(tmp_path: Path, seconds: float) -> None:
    long = [*FIT, "--draws", "100000", "--tune", "10000", "--out", str(tmp_path / "fit.nc")]
    started = subprocess.Popen(
        [sys.executable, "-m", "bayesmile", *long], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(seconds)  # loading, compiling, sampling
    started.send_signal(signal.SIGINT)
    try:
        out, err = started.communicate(timeout=60)
    finally:
        started.kill()
    assert (started.returncode, out, err) == (130, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_that_a_library_swallows_comes_again() -> None:
    code = (
        "import os, signal, time\n"
        "from bayesmile.output import interruptible\n"
        "try:\n"
        "    with interruptible():\n"
        "        try:\n"
        "            os.kill(os.getpid(), signal.SIGINT); time.sleep(1)\n"
        "        except KeyboardInterrupt: print('swallowed', flush=True)\n"
        "        time.sleep(30)\n"
        "except KeyboardInterrupt: print('caught')\n"
        "print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["swallowed", "caught", "True"]


@pytest.mark.parametrize("module", ["typer", "numpy", "pydantic", "rich"])
@pytest.mark.parametrize("start", [["-m", "bayesmile"], ["-c", "from bayesmile.cli import main; main()"]])
def test_interrupt_while_modules_load_is_quiet(tmp_path: Path, module: str, start: list[str]) -> None:
    (tmp_path / f"{module}.py").write_text("raise KeyboardInterrupt\n")
    done = subprocess.run(
        [sys.executable, *start, *REPORT],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(Path(__file__).parents[1])))},
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_little_is_loaded_before_an_interrupt_is_caught() -> None:
    code = "import sys; old = set(sys.modules); import bayesmile.cli; print(*sorted(set(sys.modules) - old))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = done.stdout.split()
    assert len(loaded) < 30, loaded
    assert not {"typer", "rich", "numpy", "dataclasses", "inspect"} & set(loaded)


NUMBER = re.compile(r"\d[\d.,:-]*\d|\d")
WIDE = [["report", "quantumscape", "--draws", "100"], ["replay", "quantumscape", "--dates", "2024-06-30,2026-06-30"]]


@pytest.mark.parametrize("arguments", [*WIDE, ["report", "phase2_drug", "--draws", "100"]], ids=" ".join)
def test_no_width_cuts_a_number(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def page(columns: int) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        assert run(arguments) == 0
        return capsys.readouterr().out

    pages = {columns: page(columns) for columns in (40, 60, 80, 100, 200)}
    numbers = {columns: sorted(NUMBER.findall(text)) for columns, text in pages.items()}
    for columns, text in pages.items():
        assert "…" not in text, columns
        assert numbers[columns] == numbers[100], columns
    assert pages[40] == pages[60] == pages[80]
    assert max(map(len, pages[80].splitlines())) <= 80


def test_table_that_needs_more_room_than_there_is_is_whole() -> None:
    years = [str(year) for year in range(2020, 2060)]
    columns = ["<By the end of", *(f">{year}" for year in years), "Why"]
    text = as_text([table(columns, [["a_long_name_of_a_milestone", *years, "because of a reason"]])], width=80)
    assert "…" not in text
    lines = [line for line in text.splitlines() if "2020" in line]
    assert len(lines) == 2, text
    assert all(set(years) <= set(line.split()) for line in lines)


def test_endless_words_are_folded_and_not_cut() -> None:
    word = "https://" + "x" * 150 + "end"
    text = as_text([table(["Source", ">Value"], [[word, "12.5"]]), bullets([word])], width=80)
    assert "…" not in text
    assert text.count("x") == 300
    assert text.count("12.5") == 1
    assert max(map(len, text.splitlines())) <= 80


DATED = [
    (["report", "quantumscape", "--as-of"], "--as-of"),
    (["replay", "quantumscape", "--to", "2026-06-30", "--from"], "--from"),
    (["replay", "quantumscape", "--from", "2025-06-30", "--to"], "--to"),
    (["replay", "quantumscape", "--dates"], "--dates"),
]


@pytest.mark.parametrize("date", ["2025", "2025-Q3", "2025-13-01", "2025-02-30", "", "soon"])
@pytest.mark.parametrize(("arguments", "option"), DATED)
def test_date_that_is_no_day_or_month_names_its_option(
    arguments: list[str], option: str, date: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, date]) == 2
    allowed = "allowed is a day (2025-10-16) or a month (2025-10)"
    assert capsys.readouterr().err == f"bayesmile: {option}: received {date!r}; {allowed}\n"


@pytest.mark.parametrize("name", ["report", "replay"])
def test_help_says_which_dates_are_allowed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert "DAY|MONTH" in out
    assert " DATE" not in out


def test_add_leaves_bundled_dossiers_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from bayesmile.files import folder

    bundle = tmp_path / "priors"  # a copy: a test that fails must not change what is bundled
    shutil.copytree(folder.bundled()["quantumscape"].parent, bundle)
    monkeypatch.setattr(folder, "_bundle", lambda: bundle)
    row = ["--kind", "sentiment", "--announced", "2025-11-03", "--headline", "x", "--source", "y"]
    path = bundle / "quantumscape" / "announcements.csv"
    before = path.read_bytes()
    for place in (tmp_path, bundle):  # among the bundled dossiers, too, a name means the bundled one
        monkeypatch.chdir(place)
        assert run(["add", "quantumscape", *row]) == 2
        assert path.read_bytes() == before
        err = capsys.readouterr().err
        assert err.startswith("bayesmile: quantumscape is bundled: copy its folder and give the path")
        assert str(path.parent) in err
    monkeypatch.chdir(tmp_path)
    assert run(["add", "priors/quantumscape", *row]) == 0
    assert path.read_bytes().startswith(before)


@pytest.mark.parametrize("price", ["1e308", "1.1e18", "1e12/share"])
def test_price_beyond_all_money_is_refused(price: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*REPORT, "--price", price]) == 2
    err = capsys.readouterr().err
    assert f"received {price!r}; allowed is a market value up to 1e18" in err
    assert err.count("\n") == 1


def test_largest_price_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*REPORT, "--price", "1e18"]) == 0
    assert "No probability justifies" in capsys.readouterr().out


def test_set_takes_text_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    def deadline(change: str) -> object:
        assert run([*REPORT, "--json", "--set", f"milestone.commercialization.deadline={change}"]) == 0
        return json.loads(capsys.readouterr().out)["views"][0]["milestones"]["lines"][-1]["deadline"]

    assert deadline("2035") == deadline('"2035"') == deadline("2035-12") == "2035-12"
    assert deadline("2035-06-01") == "2035-06"
    assert run([*REPORT, "--set", "dossier.title=true"]) == 0
    assert capsys.readouterr().out.startswith("true\n")
    assert run([*REPORT, "--set", "milestone.commercialization.delay.median=word"]) == 2


def test_report_without_a_summary_leaves_one_line_free(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "mine", "--in", str(tmp_path)]) == 0
    path = tmp_path / "mine" / "roadmap.toml"
    path.write_text(re.sub(r"^summary = .*\n", "", path.read_text(), flags=re.MULTILINE))
    capsys.readouterr()
    assert run(["report", str(tmp_path / "mine")]) == 0
    title, blank, rule = capsys.readouterr().out.splitlines()[:3]
    assert (bool(title), blank, set(rule)) == (True, "", {"="})


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


@pytest.mark.skipif(sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallopt"), reason="of glibc alone")
def test_the_command_keeps_memory_for_its_next_pass() -> None:
    """Twenty passes over 96 MB are the same 24,000 pages of 4 KB, not 20 times as many."""
    program = (
        "import resource\nimport numpy as np\nfrom bayesmile.cli import _keep_memory\n_keep_memory()\n"
        "for _ in range(20):\n    held = [np.ones(1_000_000) for _ in range(12)]\n    del held\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60)
    assert int(done.stdout) < 60_000

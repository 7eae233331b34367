"""The command `slips`: members, dates, what it prints and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bayesmile.cli import run
from bayesmile.model import slip_pooling
from bayesmile.pages.layout import as_text
from bayesmile.pages.slips import slips_page
from tests.reference.classes import LONG, LONG_EVENTS, LONG_TABLE
from tests.reference.test_pooledslips import pooled_of, statements


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the sampler: what is learned is tested elsewhere."""

    def draws(model: object, **options: int) -> tuple[dict[str, np.ndarray], dict[str, float]]:
        members, leads = (len(model.coords[name]) for name in ("member", "lead"))  # type: ignore[attr-defined]
        shape = (options["draws"], members, leads)
        found = {"logit_never": np.zeros(shape)}
        for name in ("mean", "log_sd", "logit_on_time"):
            found |= {name: np.full(shape, 0.25), f"{name}_typical": np.zeros((shape[0], leads))}
            found[f"{name}_spread"] = np.full(shape[0], 0.2)
        return found, {"max_rhat": 1.2, "min_ess": 50.0, "divergences": 3.0}

    monkeypatch.setattr(slip_pooling, "sampled", draws)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bridges.toml").write_text(LONG, encoding="utf-8")
    (tmp_path / "table.csv").write_text(LONG_TABLE, encoding="utf-8")
    (tmp_path / "events.csv").write_text(LONG_EVENTS, encoding="utf-8")
    return tmp_path


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return dict(json.loads(capsys.readouterr().out))


@pytest.mark.usefixtures("quick")
def test_dossier_and_class_of_one_name_are_one_member(capsys: pytest.CaptureFixture[str], folder: Path):
    pair = f"table.csv={folder / 'bridges.toml'}"
    arguments = ["slips", "quantumscape", "--class", "quantumscape", "--class", pair, "--data", str(folder)]
    assert run([*arguments, "--as-of", "2025-02-28", "--json"]) == 0
    found = told(capsys)
    rows = [row for row in found["slips"] if row["member"] == "quantumscape"]  # type: ignore[attr-defined]
    assert [(row["statements"], row["met"], row["pending"], row["ended"]) for row in rows] == [
        (7, 5, 2, 0),
        (2, 0, 2, 0),
        (5, 0, 4, 1),
    ]
    assert {row["member"] for row in found["slips"]} == {"quantumscape", "bridges", ""}  # type: ignore[attr-defined]
    assert found["coarse"] == ["quantumscape"] and rows[0]["mean"] == 0.25
    assert any("facts" in note.lower() for note in found["notes"])  # type: ignore[attr-defined]


@pytest.mark.usefixtures("quick")
def test_edges_and_a_date_before_any_outcome(capsys: pytest.CaptureFixture[str], folder: Path):
    pair = f"{folder / 'table.csv'}={folder / 'bridges.toml'}"
    assert run(["slips", "--class", pair, "--edges", "0,25", "--as-of", "2020-01", "--json"]) == 0
    rows = told(capsys)["slips"]
    assert [(row["lead"], row["statements"], row["met"]) for row in rows[:2]] == [  # type: ignore[index]
        ("0 to 24", 1, 0),
        ("25 or more", 1, 0),
    ]


@pytest.mark.usefixtures("quick")
def test_text_names_the_members_and_warns_of_the_sampler(capsys: pytest.CaptureFixture[str]):
    assert run(["slips", "--class", "solid_state_batteries"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "one not seen" in text and "0.25 (0.25 to 0.25)" in text
    assert "run with more --draws and --tune before a number is relied on" in text
    assert "without a chance of being on time to the month: solid_state_batteries" in text
    assert "nan" not in text


def test_page_obeys_no_borrowed_text():
    pooled = pooled_of({"x\x1b[31m[red]": statements(("a", 3, "met", 3, 3))})
    for name in ("on_time", "never"):
        pooled.draws[name] = np.full_like(pooled.draws["mean"], 0.5)
    text = as_text(slips_page(pooled, ["title \x1b]0;owned\x07"]), width=100)
    assert "\x1b" not in text and "\x07" not in text and "[red]" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "received no member; allowed are dossiers and --class TABLE=NAME|FILE"),
        (["--class", "nothing"], "--class: received 'nothing'"),
        (["--class", "us_power_units"], "or one of the bundled quantumscape, solid_state_batteries"),
        (["--class", "=us_power_units"], "such as units.csv=us_power_units"),
        (["--class", "missing.csv=us_power_units"], "missing.csv"),
        (["quantumscape", "--edges", "0,x"], "--edges: received '0,x'"),
        (["quantumscape", "--edges", "14,0"], "--edges: received [14, 0]"),
        (["quantumscape", "--as-of", "soon"], "--as-of: received 'soon'"),
        (["nowhere"], "nowhere"),
        (["quantumscape", "--coarse", "who"], "coarse: received 'who'; allowed are quantumscape"),
        (["quantumscape", "--as-of", "2020-02-01"], "received no statement"),
    ],
)
def test_bad_input_ends_with_2_and_says_why(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    assert run(["slips", *arguments]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_classes_by_the_week_and_without_dates_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]):
    table = folder / "table.csv"
    for change, said in (
        (('as_of = "2022-01"', 'as_of = "2022-01"\nperiod = "week"'), ("week", "a day")),
        (('target = "planned"\n', ""), ("without stated dates",)),
    ):
        (folder / "bridges.toml").write_text(LONG.replace(*change), encoding="utf-8")
        assert run(["slips", "--class", f"{table}={folder / 'bridges.toml'}"]) == 2
        assert any(part in capsys.readouterr().err for part in said)

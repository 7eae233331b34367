"""The command on option chains: sentences, JSON, exit codes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bayesmile.cli import run
from bayesmile.options.mixtures import Mixture
from tests.options.chains import from_atoms

STRIKES = [20.0, 25.0, 30.0, 40.0, 50.0, 55.0, 60.0]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    chain = from_atoms([22.0, 28.0, 55.0], [0.3, 0.3, 0.4], STRIKES, width=0.3)
    lines = ["chain,underlying,quote_date,expiry,spot,currency,type,strike,last,bid,ask,note"]
    lines += [
        f"deal,X,{chain.quote_date},{chain.expiry},{chain.spot},USD,{q.kind},{q.strike},{q.ask + 1},{q.bid},{q.ask},x"
        for q in chain.quotes
    ]
    path = tmp_path / "deal.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_sentences(file: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["options", str(file), "--offer", "55", "--downside", "25"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Usable: 14 quotes, 14 used, 0 set aside" in text
    assert "(37 - 25) / (55 - 25) = 40%" in text
    assert "which holds it" in text
    assert "stale: last" in text
    assert "Columns not read: note." in text
    assert "risk-neutral" in text


def test_json_holds_the_same_numbers(file: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["options", str(file), "--offer", "55", "--downside", "25", "--above", "45", "--json"]) == 0
    part = json.loads(capsys.readouterr().out)
    assert (part["quotes"], part["used"], part["aside"], part["usable"]) == (14, 14, 0, True)
    events = [(line["bounds"]["above"], line["bounds"]["below"]) for line in part["bounds"]]
    assert events == [(40.0, None), (55.0, None), (52.25, 57.75), (45.0, None)]
    for line in part["bounds"]:
        assert line["dropped_low"] <= line["bounds"]["low"] <= 0.4 + 1e-6
        assert 0.4 - 1e-6 <= line["bounds"]["high"] <= line["dropped_high"]
    assert part["sweep"][2]["by_spot"] == pytest.approx(0.4)
    assert len(part["findings"]) == 14


def test_unusable_chain_is_an_answer(file: Path, capsys: pytest.CaptureFixture[str]):
    file.write_text(file.read_text().replace("put,50.0", "put,20.5"))
    assert run(["options", str(file), "--offer", "55", "--downside", "25"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Not usable" in text and "put 20.5 (line 13)" in text
    assert "Bounds: none, since the chain is not usable." in text
    assert "locks in" in text
    assert run(["options", str(file), "--leave-out", "13", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["usable"]


def test_terms_reach_the_answer(file: Path, capsys: pytest.CaptureFixture[str]):
    found = []
    for extra in ([], ["--forward", "free"], ["--widen", "0.5"], ["--spot", "37.0", "--american", "--rate", "0.0"]):
        assert run(["options", str(file), "--above", "45", "--json", *extra]) == 0
        part = json.loads(capsys.readouterr().out)
        found.append((part["bounds"][0]["bounds"]["low"], part["bounds"][0]["bounds"]["high"], part["terms"]))
    assert found[1][2]["forward"] is None
    assert found[2][0] < found[0][0] and found[2][1] > found[0][1]
    assert found[3][2]["american"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--offer", "55", "--downside", "60"], "downside: received 60"),
        (["--downside", "25"], "without an offer"),
        (["--offer", "nan"], "offer"),
        (["--above", "-3"], "above"),
        (["--rate", "4"], "rate: received 4"),
        (["--forward", "soon"], "--forward: received 'soon'"),
        (["--expiry", "friday"], "--expiry: received 'friday'"),
        (["--leave-out", "x"], "--leave-out: received 'x'"),
        (["--leave-out", "999"], "line 999"),
        (["--chain", "none"], "allowed is one of: deal of expiry 2026-01-02"),
        (["--spot", "-1"], "spot"),
        (["--fitted"], "an offer and a downside"),
    ],
)
def test_bad_input_is_refused_in_one_line(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], named: str
):
    assert run(["options", str(file), *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1 and named in told.err


def test_absent_extra_is_named(file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "oipd", None)
    assert run(["options", str(file), "--offer", "55", "--downside", "25", "--fitted"]) == 2
    assert "bayesmile[options]" in capsys.readouterr().err


def test_fitted_density_stands_beside_the_quotes(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    law = Mixture(weight=0.4, failure=25.0, success=55.0, failure_spread=0.1, success_spread=0.02)
    monkeypatch.setattr("bayesmile.options.library.library_density", lambda _: law)
    assert run(["options", str(file), "--offer", "55", "--downside", "25", "--fitted", "--json"]) == 0
    part = json.loads(capsys.readouterr().out)
    assert part["density"]["matched"]["mixture"]["weight"] == pytest.approx(0.4, abs=1e-3)
    assert part["density_lead"].startswith("The density gives 40% to a price above 40")


def test_text_of_the_file_is_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "odd.csv"
    path.write_text("chain,type,strike,bid,ask\n[red]\u202edeal,C,45,3,4\n[red]\u202edeal,C,50,1,2\n")
    assert run(["options", str(path)]) == 0
    out = capsys.readouterr().out
    assert "[red]<U+202E>deal" in out

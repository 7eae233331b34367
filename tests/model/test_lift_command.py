"""The command learn with a table of announcements; what is sampled is made up, all else is real."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bayesmile.cli import run as perform
from bayesmile.model import lift_learning

CLASS = """
[reference]
name = "bridges"
title = "Bridges"
source = "made up"
licence = "none needed"
as_of = "2022-01"
[entity]
id = ["bridge"]
entered = "begun"
through = "2021-12"
[[milestone]]
name = "opening"
date = "opened"
"""
TABLE = "bridge,begun,opened\nnorth,2018-01,2021-06\nsouth,2017-01,2020-03\nwest,2019-05,\n"
NEWS = """\
entity,announced,kind,binding
north,2018-04,deal,no
north,2021-02,deal,yes
south,2019-12,delay,
west,2021-11,deal,
"""


def made_up(model, **settings):
    rng = np.random.default_rng(0)
    shapes = {v.name: v.eval().shape for v in model.free_RVs}
    draws = {name: 0.1 * rng.normal(size=(settings["draws"], *shape)) for name, shape in shapes.items()}
    return draws, {"max_rhat": 1.0, "min_ess": 400.0, "divergences": 0.0}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(lift_learning, "sampled", made_up)
    for name, text in (("bridges.csv", TABLE), ("bridges.toml", CLASS), ("news.csv", NEWS)):
        (tmp_path / name).write_text(text, encoding="utf-8")

    def runner(*more: str):
        words = ["learn", str(tmp_path / "bridges.csv"), "--roadmap", str(tmp_path / "bridges.toml"), *more]
        return perform(words), *capsys.readouterr()

    return runner


def test_page_tells_counts_intervals_and_what_was_left_out(run, tmp_path: Path):
    fragment = tmp_path / "kinds.toml"
    code, out, _ = run("--announcements", str(tmp_path / "news.csv"), "--lead", "12", "--fragment", str(fragment))
    page = " ".join(out.split())
    assert code == 0
    assert "Learned from 3 entities and 3 announcements of the class bridges (Bridges)" in page
    assert "1 announcement left out: in periods of which nobody can tell" in page
    assert "[kind.deal.attributes.binding]" in fragment.read_text(encoding="utf-8")


def test_json_has_the_counts_and_null_for_what_is_unknown(run, tmp_path: Path):
    code, out, _ = run("--announcements", str(tmp_path / "news.csv"), "--lead", "12", "--promotional", "deal", "--json")
    assert code == 0
    told = json.loads(out)
    deal, delay = told["kinds"]
    assert (deal["kind"], deal["promotional"]) == ("deal", True)
    assert (deal["arrivals_inside"], deal["arrivals_outside"]) == (1, 1)
    assert (delay["arrivals_inside"], delay["within"]) == (1, None)
    assert deal["inside"] == pytest.approx(26 / 12) and told["lead"] == 12 and told["milestone"] == "opening"
    assert len(told["notes"]) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--announcements", "news.csv"], "--lead: received none"),
        (["--lead", "12"], "--lead: received with no --announcements"),
        (["--differences"], "--differences: received with no --announcements"),
        (["--announcements", "news.csv", "--lead", "12", "--no-statements"], "--no-statements: received with"),
        (["--announcements", "none.csv", "--lead", "12"], "none.csv: no such file"),
        (["--announcements", "news.csv", "--lead", "12", "--milestone", "x"], "milestone: received 'x'"),
    ],
)
def test_bad_options_are_refused_and_nothing_is_written(words, says, run, tmp_path: Path):
    words = [str(tmp_path / word) if word.endswith(".csv") else word for word in words]
    code, out, error = run(*words, "--fragment", str(tmp_path / "kinds.toml"))
    assert code == 2 and says in error and not out
    assert not (tmp_path / "kinds.toml").exists()

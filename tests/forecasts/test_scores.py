"""Scores of resolved forecasts against their formulas, what is counted where, and the command from outside."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from bayesmile.cli import run
from bayesmile.errors import InvalidInput
from bayesmile.forecasts import clock
from bayesmile.forecasts.logbook import append
from bayesmile.forecasts.scores import Scores, score_log
from bayesmile.sections.forecastlog import told_forecasts, told_scores
from tests.dossier_folder import write
from tests.forecasts.logs import at, logged, settled

DAY = "2024-06-30"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "forecasts.csv"


def state(path: Path, said: Mapping[str, float], **more: object) -> None:
    """Log forecasts by the end of 2025 with probabilities of one's own choice, by milestone."""
    fields = {"record": "forecast", "dossier": "hand", "deadline": "2025-12", "as_of": DAY}
    fields |= {"rule": "r", "resolved_by": "s", "version": "0", "dossier_hash": "0" * 64}
    rows = [{**fields, "milestone": name, "probability": chance, **more} for name, chance in said.items()]
    append(path, lambda _, __: rows, clock=at(DAY), new=True)


def tell(path: Path, happened: Mapping[str, bool]) -> None:
    """Log which of these milestones were reached by then."""
    fields = {"record": "resolution", "dossier": "hand", "deadline": "2025-12", "rule": "r", "source": "s"}
    said = {True: {"happened": "yes", "on": "2025-12-01"}, False: {"happened": "no", "on": "2026-01-05"}}
    rows = [{**fields, "milestone": name, **said[is_so]} for name, is_so in happened.items()]
    append(path, lambda _, __: rows, clock=at("2026-02-01"))


def scores(path: Path, today: str = "2027-01-01") -> Scores:
    return score_log(path, clock=at(today))


def test_scores_are_those_of_the_formulas(path: Path) -> None:
    said = {"a": (0.8, True), "b": (0.3, False), "c": (1e-9, False), "d": (1.0, True)}
    state(path, {name: chance for name, (chance, _) in said.items()})
    tell(path, {name: happened for name, (_, happened) in said.items()})
    found = scores(path)
    given = [0.8, 0.7, 1.0 - 1e-9, 1.0]
    assert [one.brier for one in found.scored] == pytest.approx([(1.0 - p) ** 2 for p in given], rel=1e-6)
    assert [one.log_score_bits for one in found.scored] == pytest.approx([-math.log2(p) for p in given], rel=1e-6)
    (mean,) = found.all
    assert mean.brier == pytest.approx(sum((1.0 - p) ** 2 for p in given) / 4)
    assert mean.log_score_bits == pytest.approx(-sum(math.log2(p) for p in given) / 4)
    assert (mean.forecasts, mean.milestones, mean.share_happened) == (4, 4, 0.5)
    assert mean.mean_probability == pytest.approx((0.8 + 0.3 + 1e-9 + 1.0) / 4)


@pytest.mark.parametrize(("said", "happened"), [(0.0, True), (1.0, False)])
def test_certain_and_wrong_is_infinite_and_said(path: Path, said: float, *, happened: bool) -> None:
    state(path, {"a": said})
    tell(path, {"a": happened})
    found = scores(path)
    assert found.all[0].log_score_bits == math.inf
    assert found.all[0].brier == 1.0
    part = told_scores(found)
    assert "log score infinite" in part.lead
    assert any("F1 said" in note and "infinite" in note for note in part.notes)


def test_the_mean_over_draws_is_what_is_scored(path: Path) -> None:
    state(path, {"a": 0.9}, mean=0.5, low=0.1, high=0.8, draws=400, seed=0)
    tell(path, {"a": True})
    assert scores(path).scored[0].brier == 0.25


def test_each_forecast_is_counted_in_its_place(path: Path) -> None:
    logged(path, DAY, "2025", "2026", "2028")
    logged(path, "2025-03-31", "2025", "2026")
    logged(path, "2024-01-31", "2025", made="2025-04-30")  # retrospective: it supersedes nothing
    settled(path, "no", "2026-01-05", by="2025", today="2026-01-10")
    found = scores(path)
    assert (found.forecasts, found.resolved, found.open, found.overdue) == (6, 2, 3, 2)
    assert (found.retrospective, found.superseded_forecasts) == (1, 2)
    assert [one.id for one in found.overdue_forecasts] == ["F2", "F5"]
    assert [one.id for one in found.scored] == ["F1", "F4", "F6"]
    assert [one.last for one in found.scored] == [False, True, False]
    assert [(mean.group, mean.forecasts) for mean in found.by_lead] == [("7 to 12 months", 1), ("13 to 24 months", 1)]
    assert [(mean.group, mean.forecasts) for mean in found.by_dossier] == [("small", 2)]
    assert found.last[0].brier == found.scored[1].brier
    assert found.retrospective_scores[0].brier == found.scored[2].brier
    assert found.all[0].brier == pytest.approx((found.scored[0].brier + found.scored[1].brier) / 2)
    assert scores(path, "2026-12-31").overdue == 0  # the last day of a deadline is not past it
    settled(path, "unknown", "2026-03-01", today="2026-03-02", supersedes=["R1"])
    assert (scores(path).superseded_resolutions, scores(path).resolved, scores(path).overdue) == (1, 0, 4)


@pytest.mark.parametrize("number", [19, 20])
def test_calibration_needs_twenty(path: Path, number: int) -> None:
    state(path, {f"m{count}": 0.9 if count % 2 else 0.15 for count in range(number)})
    tell(path, {f"m{count}": count % 2 == 1 for count in range(number)})
    found = scores(path)
    if number < 20:
        assert found.calibration == ()
        assert any("Below 20" in note for note in told_scores(found).notes)
        return
    bins = [(one.low, one.forecasts, one.share_happened) for one in found.calibration]
    assert bins == [(0.0, 10, 0.0), (0.8, 10, 1.0)]
    assert [one.mean_probability for one in found.calibration] == pytest.approx([0.15, 0.9])


def test_a_log_without_outcomes_says_so(path: Path) -> None:
    state(path, {"a": 0.4})
    lead = told_scores(scores(path, "2025-01-01")).lead
    assert lead == "No forecast made beforehand is resolved yet: 1 open, of which 0 overdue."


@pytest.mark.parametrize(("as_of", "stale"), [("2024-06-20", False), ("2024-06-21", True)])
def test_a_ledger_without_news_for_a_quarter_is_said(path: Path, as_of: str, *, stale: bool) -> None:
    notes = " ".join(told_forecasts(logged(path, as_of, "2028")).notes)
    assert "is of 2024-03-20." in notes
    assert ("93 days before the as-of date" in notes) == stale


# The command.


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with the small dossier, at work on its last default date."""
    monkeypatch.setattr(clock, "_machine", at(DAY))
    monkeypatch.setenv("COLUMNS", "100")  # lines wrap at the width of whatever terminal there is
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    return tmp_path


def test_the_three_commands(
    command: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["log", "./small", "--by", "2026", "--by", "2028", "--set", "milestone.launch.delay.never=0.3"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("Logged 2 forecasts in forecasts.csv.")
    assert "launch: on sale Decided by: shop" in told
    assert run(["log", "./small", "--json", "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["records"][0]["deadline"] == "2028-06"
    monkeypatch.setattr(clock, "_machine", at("2027-02-01"))
    options = ["--happened", "no", "--on", "2027-01-05", "--source", "shop"]
    assert run(["resolve", "small", "--milestone", "launch", "--by", "2026", *options]) == 0
    assert capsys.readouterr().out.startswith(
        "Recorded in forecasts.csv: launch not reached by 2026-12; it resolves 1 forecast and leaves 1 open."
    )
    assert run(["score", "--json"]) == 0
    part = json.loads(capsys.readouterr().out)
    assert part["scores"]["all"][0]["forecasts"] == 1
    assert run(["score", "--published", part["scores"]["head"]]) == 0
    assert "1 forecast of 1 milestone resolved: Brier score" in capsys.readouterr().out
    assert sorted(one.name for one in command.iterdir() if one.suffix == ".csv") == ["forecasts.csv"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["log", "./small", "--as-of", "2024-07-01"], "as-of date: received 2024-07-01"),
        (["log", "./small", "--as-of", "soon"], "--as-of: received 'soon'"),
        (["log", "./small", "--draws", "-3"], "draws: received -3"),
        (["log", "./small", "--by", "next year"], "'next year'"),
        (["log", "./small", "--file", "no/where.csv"], "no/where.csv: there is no folder no"),
        (["log", "./small", "--note", "a\x07b"], "the new record of forecasts.csv: note"),
        (["log", "./small", "--note", "a\udcff"], "the new record of forecasts.csv: note"),
        (["log", "./small", "--milestone", "launsh"], "did you mean 'launch'"),
        (["log", "./small", "--file", "small/prices.csv"], "small/prices.csv:1: unknown column 'date'"),
        (["log", "./small", "--file", "small"], "small: not a regular file"),
        (["score"], "forecasts.csv: cannot be read: No such file or directory"),
        (["resolve", "F1", "--happened", "yes", "--on", "2024-01", "--source", "s"], "No such file"),
        (["resolve", "F1", "--happened", "so", "--on", "2024-01", "--source", "s"], "'so'"),
    ],
)
def test_bad_input_is_one_line(
    command: Path, arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert complaint in told.err
    assert not (command / "forecasts.csv").exists()


def test_text_of_a_log_is_not_obeyed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state(path, {"[bold]a[/bold]": 0.4})
    path.write_text(path.read_text().replace("[bold]", "\x1b[31m"))
    assert run(["score", "--file", str(path)]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_a_clock_without_a_zone_is_refused(path: Path) -> None:
    moment = at(DAY)().replace(tzinfo=None)
    with pytest.raises(InvalidInput, match="a time without a zone"):
        append(path, lambda _, __: [], clock=lambda: moment, new=True)

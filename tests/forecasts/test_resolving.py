"""What a resolution decides, what contradicts it, and how a wrong one is corrected."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from bayesmile.dossier import load
from bayesmile.errors import InvalidInput
from bayesmile.forecasts.logbook import open_log
from bayesmile.forecasts.making import log_forecasts
from bayesmile.forecasts.outcomes import Outcomes, Window, window
from bayesmile.forecasts.reading import read_log
from bayesmile.forecasts.records import LogRow
from bayesmile.forecasts.resolving import resolve
from bayesmile.grid import parse_month
from bayesmile.periods import month_label
from tests.dossier_folder import FILES, replaced, write
from tests.forecasts.logs import at, logged, settled

DAY = "2024-06-30"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Log with forecasts F1 to F4 of the launch by the ends of 2025 to 2028."""
    logged(tmp_path / "forecasts.csv", DAY, "2025", "2026", "2027", "2028")
    return tmp_path / "forecasts.csv"


def outcomes(path: Path) -> list[bool | None]:
    table = read_log(path)
    return list(table.loc[table["record"] == "forecast", "outcome"])


def test_an_event_decides_every_deadline(path: Path) -> None:
    found = settled(path, "yes", "2026-12-31")
    assert [(one.row.id, is_so) for one, is_so in found.changed] == [
        ("F1", False),
        ("F2", True),
        ("F3", True),
        ("F4", True),
    ]
    assert found.still_open == 0
    assert outcomes(path) == [False, True, True, True]


def test_what_is_not_reached_decides_its_deadline_and_earlier_ones(path: Path) -> None:
    found = settled(path, "no", "2027-01-01", by="2026")
    assert [(one.row.id, is_so) for one, is_so in found.changed] == [("F1", False), ("F2", False)]
    assert found.still_open == 2
    assert outcomes(path) == [False, False, None, None]
    assert settled(path, "yes", "2028-02").still_open == 0
    assert outcomes(path) == [False, False, False, True]


def test_a_vague_date_leaves_open_what_it_does_not_decide(path: Path) -> None:
    logged(path, DAY, "2026-02", made="2024-07-01")
    settled(path, "yes", "2026-Q1")
    table = read_log(path)
    assert table.loc["F5", "outcome"] is None
    assert outcomes(path)[:4] == [False, True, True, True]
    settled(path, "yes", "2026-02-27")
    assert read_log(path).loc["F5", "outcome"] is True


def test_a_period_under_way_ends_with_the_month_of_the_record(path: Path) -> None:
    """What happened *in 2026* as known in March 2026 had happened by March."""
    logged(path, DAY, "2026-03", "2026-02", made="2024-07-01")
    settled(path, "yes", "2026", today="2026-03-20")
    assert outcomes(path) == [False, True, True, True, True, None]


def test_a_forecast_is_named_by_its_id(path: Path) -> None:
    found = resolve("F2", happened="no", on="2027-01-05", source="shop", path=path, clock=at("2027-01-06"))
    assert found.record.row.deadline == "2026-12"
    with pytest.raises(InvalidInput, match="F2 is about launch, not plant"):
        resolve("F2", milestone="plant", happened="no", on="2027-01-05", source="s", path=path, clock=at("2027-01-06"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("yes", "2026-03", {}), ("no", "2027-01-02", {"by": "2026"})),
        (("no", "2027-01-02", {"by": "2026"}), ("yes", "2026-03", {})),
        (("yes", "2026-03", {}), ("yes", "2027-03", {})),
        (("yes", "2027", {}), ("yes", "2026-Q4", {})),
    ],
)
def test_a_contradiction_is_refused_by_line(
    path: Path, first: tuple[str, str, dict[str, str]], second: tuple[str, str, dict[str, str]]
) -> None:
    settled(path, first[0], first[1], **first[2])
    before = path.read_bytes()
    with pytest.raises(InvalidInput, match=r"contradicts .*forecasts\.csv:6, R1: .*supersede R1"):
        settled(path, second[0], second[1], **second[2])
    assert path.read_bytes() == before


def test_a_wrong_resolution_is_superseded_and_stays(path: Path) -> None:
    settled(path, "yes", "2026-03")
    before = path.read_bytes()
    found = settled(path, "no", "2027-01-02", by="2026", supersedes=["R1"])
    assert [(one.row.id, is_so) for one, is_so in found.changed] == [("F2", False), ("F3", None), ("F4", None)]
    assert path.read_bytes().startswith(before)
    assert outcomes(path) == [False, False, None, None]
    assert Outcomes(open_log(path)).superseded == {"R1"}
    settled(path, "unknown", "2027-01-03", supersedes=["R2"])
    assert outcomes(path) == [None] * 4
    with pytest.raises(InvalidInput, match="received 'R1', no resolution of this milestone that stands"):
        settled(path, "yes", "2026-03", supersedes=["R1"])


@pytest.mark.parametrize(
    ("happened", "on", "more", "complaint"),
    [
        ("yes", "2029-01-16", {}, "allowed are dates up to today, 2029-01-15"),
        ("no", "2029-02-01", {"by": "2028"}, "allowed are dates up to today"),
        ("no", "2027-12-31", {"by": "2027"}, "days after the deadline, 2027-12"),
        ("no", "2028-02", {"by": "2027"}, "is the day on which it was known"),
        ("no", "2028-02-01", {}, "by: missing"),
        ("yes", "2027-02", {"by": "2026"}, "not wholly by the deadline, 2026-12"),
        ("no", "2028-02-01", {"by": "2024"}, "decides no open forecast of launch; open deadlines are 2025-12"),
        ("unknown", "2028-02-01", {}, "unknown with what it supersedes"),
        ("perhaps", "2028-02-01", {}, "received 'perhaps'; allowed are yes, no"),
        ("yes", "2027-13", {}, "2027-13"),
        ("yes", "2027-03", {"milestone": "lunch"}, "did you mean 'launch'"),
        ("yes", "2027-03", {"milestone": None}, "milestone: received None"),
        ("yes", "2027-03", {"source": " "}, "source: empty"),
        ("yes", "2027-03", {"note": "\x1b[31m"}, "allowed is printable text"),
    ],
)
def test_bad_resolutions_are_refused(
    path: Path, happened: str, on: str, more: dict[str, str], complaint: str
) -> None:
    before = path.read_bytes()
    with pytest.raises(InvalidInput, match=complaint):
        settled(path, happened, on, **more)
    assert path.read_bytes() == before


def test_what_is_said_twice_is_refused(path: Path) -> None:
    settled(path, "yes", "2026-03")
    with pytest.raises(InvalidInput, match=r"nothing to resolve: .*open deadlines are \(none\)"):
        settled(path, "yes", "2026-03")


def test_an_unknown_target_and_a_missing_log(path: Path) -> None:
    with pytest.raises(InvalidInput, match="neither a forecast nor a dossier in the log"):
        resolve("F9", happened="yes", on="2026-03", source="s", path=path, clock=at("2029-01-01"))
    with pytest.raises(InvalidInput, match="No such file"):
        resolve("F1", happened="yes", on="2026-03", source="s", path=path.with_name("x"), clock=at("2029-01-01"))
    assert not [one for one in path.parent.iterdir() if one.name.startswith(".x")]


def test_a_changed_rule_is_another_question(path: Path, tmp_path: Path) -> None:
    changed = dict(FILES) | {"roadmap.toml": replaced(FILES["roadmap.toml"], '"on sale"', '"on sale everywhere"')}
    other = load(write(tmp_path / "other", changed))
    log_forecasts(other, DAY, by=["2027"], path=path, clock=at(DAY))
    with pytest.raises(InvalidInput, match=r"2 resolution rules; give a forecast .*: F1, F5"):
        settled(path, "yes", "2026-03")
    resolve("F5", happened="yes", on="2027-03", source="shop", path=path, clock=at("2029-01-01"))
    assert outcomes(path) == [None, None, None, None, True]


def test_every_pair_of_statements_against_enumeration() -> None:
    """Months in which it may have happened, listed one by one, decide the same as the window."""
    months = range(parse_month("2026-01"), parse_month("2026-07"))
    later = months.stop + 1000
    statements = [("yes", "2026-02", None), ("yes", "2026-Q2", None), ("no", "2026-12-01", "2026-03")]

    def allowed(happened: str, on: str, by: str | None) -> set[int]:
        if happened == "no":
            return {month for month in (*months, later) if month > parse_month(str(by))}
        if "Q" in on:
            return {parse_month(f"2026-{month:02d}") for month in (4, 5, 6)}
        return {parse_month(on)}

    for first, second in product(statements, statements):
        left = allowed(*first) & allowed(*second)
        both = window(_row(*first)).met(window(_row(*second)))
        assert both.empty == (not left)
        for deadline in months if left else ():
            reached = {month <= deadline for month in left}
            assert both.by(month_label(deadline)) == (reached.pop() if len(reached) == 1 else None)
    assert Window().by("2026-03") is None


def _row(happened: str, on: str, by: str | None) -> LogRow:
    cells = {"record": "resolution", "id": "R1", "made": "2026-12-31T00:00:00Z", "dossier": "d", "milestone": "m"}
    cells |= {"rule": "r", "source": "s", "happened": happened, "on": on, "hash": "0" * 64}
    return LogRow.model_validate(cells if by is None else {**cells, "deadline": by})

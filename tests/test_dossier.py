"""Dossiers: read, seen as of a date, changed, made and appended to."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesmile.cli import run
from bayesmile.delays import Gamma, LogNormal, Weibull
from bayesmile.dossier import Dossier, load
from bayesmile.dossier_check import check, later_than_horizon, row_warnings
from bayesmile.errors import ImpossibleEvidence, InvalidInput
from bayesmile.evidence import Achieved, Announcement, Guidance, NotYet
from bayesmile.files import folder as files_folder
from bayesmile.files.change import fields
from bayesmile.files.folder import bundled
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.ledger import Ledger
from bayesmile.skeleton import append_announcement, new
from tests.dossier_folder import ANNOUNCEMENTS, FILES, HEADER, KINDS, ROADMAP, replaced, write

ROW = {
    "type": "announcement",
    "milestone": "launch",
    "kind": "deal",
    "announced": "2024-04-02",
    "headline": 'A "second", large deal',
    "source": "paper",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path)


@pytest.fixture
def dossier(folder: Path) -> Dossier:
    return load(folder)


def not_yet(dossier: Dossier, as_of: str) -> dict[str, str]:
    """Month through which each implicit not-yet reaches; those written in the file are left out."""
    items = dossier.known_by(as_of).items
    return {str(item.milestone): str(item.through) for item in items if isinstance(item, NotYet) and not item.id}


# ------------------------------------------------------------------------------------------ reading


def test_everything_in_the_files_is_read(dossier: Dossier, folder: Path) -> None:
    assert (dossier.name, dossier.path, dossier.grid.last, dossier.headline) == (
        "small",
        folder,
        "2034-12",
        ("launch",),
    )
    assert dossier.summary == 'Text over two lines, with [brackets] = and "quotes".'
    delays = [dossier.roadmap[name].delay for name in ("design", "plant", "launch")]
    assert delays == [LogNormal(18, 0.5), Gamma(20, 8, never=0.1), Weibull(12, 1.5, never=0.2)]
    assert dossier.roadmap["launch"].after == ("design", "plant")
    assert not dossier.roadmap["plant"].observed
    assert dossier.milestones["launch"].reached_when == "on sale"
    assert len(dossier.ledger) == 8
    assert dossier.ledger.inert_kinds == ("mood",)
    (stream,) = dossier.ledger.streams
    assert (stream.base_rate, stream.lift, stream.lead, stream.promotional, stream.last) == (0.5, 2.0, 12, True, None)
    assert stream.attributes == {"binding": (0.6, 0.3)}
    assert dossier.items["deal-1"].headline == "A first deal"
    assert dossier.market is not None
    assert dossier.market.payoffs.values == {"launch": 1000.0}
    assert dossier.market.amounts["beyond"].high == 20.0
    assert [row.date for row in dossier.market.prices] == ["2023-03-01", "2023-03-03", "2024-06-28"]


def test_guidance_takes_the_slip_of_its_lead(dossier: Dossier, folder: Path) -> None:
    (target,) = [item for item in dossier.ledger if isinstance(item, Guidance)]
    assert (target.slip_mean, target.slip_sd, target.public) == (0.5, 0.6, dt.date(2023, 2, 28))  # 34 months ahead
    nearer = replaced(ANNOUNCEMENTS, "2025-12", "2025-01")  # 23 months: the first class
    (folder / "announcements.csv").write_text(nearer)
    (target,) = [item for item in load(folder).ledger if isinstance(item, Guidance)]
    assert (target.slip_mean, target.slip_sd) == (0.2, 0.4)


@pytest.mark.parametrize("change", ["bom", "crlf", "columns", "blank lines"])
def test_same_content_in_another_shape(change: str, folder: Path, dossier: Dossier) -> None:
    path = folder / "announcements.csv"
    data = path.read_bytes()
    if change == "bom":
        data = b"\xef\xbb\xbf" + data
    elif change == "crlf":
        data = data.replace(b"\n", b"\r\n")
    elif change == "columns":  # the first column last
        lines = [line.split(",", 1) for line in data.decode().splitlines()]
        data = "\n".join(f"{rest},{first}" for first, rest in lines).encode()
    else:
        data = data.replace(b"\n", b"\n\n")
    path.write_bytes(data)
    again = load(folder)
    assert again.ledger.items == dossier.ledger.items
    assert again.hash != dossier.hash


def test_a_dossier_without_a_price(folder: Path) -> None:
    for name in ("market.toml", "prices.csv", "shares.csv"):
        (folder / name).unlink()
    dossier = load(folder)
    assert dossier.market is None
    with pytest.raises(InvalidInput, match=r"dossier small: it has no market\.toml"):
        dossier.price_at("2024-01-01")


def test_kinds_are_taken_from_the_folder_then_from_beside_it_then_bundled(folder: Path) -> None:
    assert load(folder).kinds["deal"].lift == 2.0
    beside = folder.parent / "kinds.toml"
    beside.write_text(replaced(KINDS, "lift = 2.0", "lift = 3.0"))
    assert load(folder).kinds["deal"].lift == 2.0
    (folder / "kinds.toml").unlink()
    assert load(folder).kinds["deal"].lift == 3.0
    beside.unlink()
    with pytest.raises(InvalidInput, match=r"kind: received 'deal', which is unknown"):
        load(folder)


def test_reading_writes_nothing(folder: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    load(folder).belief("2024-06-30")
    check(folder)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_hash_depends_on_every_byte_and_on_nothing_else(folder: Path, tmp_path: Path) -> None:
    one = load(folder).hash
    moved = tmp_path / "elsewhere"
    shutil.copytree(folder, moved)
    assert load(moved).hash == one
    (moved / "roadmap.toml").write_text(ROADMAP + "# a comment\n")
    assert load(moved).hash != one


@pytest.mark.parametrize("name", bundled())
def test_bundled_dossiers_have_no_errors(name: str) -> None:
    assert [str(problem) for problem in check(name) if problem.level == "error"] == []
    dossier = load(name)
    assert dossier.name == name
    for view in dossier.default_as_of:
        belief = dossier.belief(view)
        for milestone in dossier.roadmap.names:
            assert np.isclose(belief.pmf(milestone).sum(), 1.0)


def test_a_bare_name_that_is_also_a_folder_here_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (write(tmp_path)).rename(tmp_path / "phase2_drug")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput, match=r"both a folder here and a bundled dossier; write \./phase2_drug"):
        load("phase2_drug")
    assert load("./phase2_drug").name == "small"


# ------------------------------------------------------------------------------------------ as of a date


@pytest.mark.parametrize(
    ("as_of", "design", "launch"),
    [
        ("2021-03-30", "2020-12", "2021-01"),  # the month under way is open until its last day
        ("2021-03-31", "2021-01", "2021-02"),
        ("2021-04", "2021-01", "2021-02"),  # the first moment of April is the end of March
        ("2021-04-01", "2021-01", "2021-02"),
        ("2020-03-15", None, "2020-01"),
        ("2020-03-31", "2020-01", "2020-02"),
        ("2020-02-15", None, None),
        ("2019-06-30", None, None),
    ],
)
def test_not_yet_reaches_the_last_month_that_would_have_been_reported(
    dossier: Dossier, as_of: str, design: str | None, launch: str | None
) -> None:
    expected = {name: month for name, month in (("design", design), ("launch", launch)) if month}
    assert not_yet(dossier, as_of) == expected  # the plant is not observed


def test_not_yet_ends_with_the_news_of_the_fact(dossier: Dossier) -> None:
    assert "design" in not_yet(dossier, "2021-09-13")
    assert "design" not in not_yet(dossier, "2021-09-14")


def test_not_yet_stops_at_the_horizon(dossier: Dossier) -> None:
    assert not_yet(dossier, "2040-01-01")["launch"] == "2034-12"


def test_a_milestone_that_a_later_fact_needs_gets_no_not_yet(folder: Path) -> None:
    facts = f"{HEADER}\nsold,2024-01-10,,,achieved,launch,,,2023-12,,,On sale,,shop,\n"
    (folder / "announcements.csv").write_text(replaced(ANNOUNCEMENTS, HEADER + "\n", facts))
    (folder / "announcements.csv").write_text(facts)  # the design was never reported by itself
    (folder / "market.toml").write_text(replaced(FILES["market.toml"], '"deal-1"', '"sold"'))
    dossier = load(folder)
    assert not_yet(dossier, "2024-01-31") == {}
    assert dossier.belief("2024-01-31").prob("design", by="2023-12") == pytest.approx(1.0)


def test_an_any_join_implies_what_all_its_parents_need(folder: Path) -> None:
    text = replaced(ROADMAP, 'after = ["design", "plant"]', 'after = ["design", "plant"]\nneeds = "any"')
    apart = replaced(text, 'title = "Plant built"\nafter = ["design"]', 'title = "Plant built"')
    facts = f"{HEADER}\nsold,2024-01-10,,,achieved,launch,,,2023-12,,,On sale,,shop,\n"
    (folder / "announcements.csv").write_text(facts)
    (folder / "market.toml").write_text(replaced(FILES["market.toml"], '"deal-1"', '"sold"'))
    (folder / "roadmap.toml").write_text(text)
    dossier = load(folder)
    assert not_yet(dossier, "2024-01-31") == {}
    assert dossier.belief("2024-01-31").prob("design", by="2023-12") == pytest.approx(1.0)
    (folder / "roadmap.toml").write_text(apart)  # the plant may stand without any design
    assert not_yet(load(folder), "2024-01-31") == {"design": "2023-11"}
    (folder / "roadmap.toml").write_text(replaced(apart, "observed = false", "observed = true"))
    dossier = load(folder)  # one of the two has happened, and neither was reported
    assert not_yet(dossier, "2024-01-31") == {}
    belief = dossier.belief("2024-01-31")
    assert max(belief.prob(name, by="2023-12") for name in ("design", "plant")) < 1.0


def test_an_as_of_date_after_the_horizon_is_refused(dossier: Dossier) -> None:
    bare = replace(dossier, ledger=Ledger())  # with streams, their leads are refused before
    assert 0.0 < bare.belief("2034-12-31").prob("plant", by="2034") < 1.0
    for as_of in ("2035-01", "2035-01-01", "2040-06-30"):
        with pytest.raises(InvalidInput, match=f"as_of: received '{as_of}'; allowed are dates up to 2034-12"):
            bare.belief(as_of)


def test_news_after_the_as_of_date_changes_nothing(folder: Path, dossier: Dossier) -> None:
    before = dossier.belief("2024-03-31").pmf("launch")
    later = append_announcement(folder, {**ROW, "announced": "2024-04-01"})
    assert (later.belief("2024-03-31").pmf("launch") == before).all()
    assert (later.belief("2024-04-01").pmf("launch") != dossier.belief("2024-04-01").pmf("launch")).any()


def test_retracted_items_count_until_they_are_retracted(dossier: Dossier) -> None:
    def rumour(as_of: str) -> bool:
        return any(item.id == "deal-3" for item in dossier.known_by(as_of).items)

    assert [rumour(day) for day in ("2024-02-01", "2024-02-02", "2024-04-30", "2024-05-01")] == [
        False,
        True,
        True,
        False,
    ]


# ------------------------------------------------------------------------------------------ prices


def test_price_is_the_last_close_by_then(dossier: Dossier) -> None:
    assert dossier.price_at("2023-03-02").close == 4.0
    assert dossier.price_at("2023-03-03").date == "2023-03-03"
    with pytest.raises(InvalidInput, match="no price on or before 2023-02-28; the first is of 2023-03-01"):
        dossier.price_at("2023-03")


@pytest.mark.parametrize(
    ("date", "shares", "kind"),
    [
        ("2022-01-01", 80.0, "implied"),  # nothing filed yet
        ("2023-03-01", 90.0, "filed"),
        ("2024-02-20", 90.0, "filed"),  # class B of the newer count is not public yet
        ("2024-03-01", 100.0, "filed"),
        ("2024-06-30", 100.0, "filed"),
    ],
)
def test_shares_are_those_that_were_public(dossier: Dossier, date: str, shares: float, kind: str) -> None:
    count = dossier.shares_at(date)
    assert (count.shares, count.kind) == (shares, kind)


def test_implied_counts_on_request(dossier: Dossier) -> None:
    assert dossier.shares_at("2024-06-30", implied=True).shares == 110.0
    with pytest.raises(InvalidInput, match="no share count was public by 2021-06-29; the first is of 2021-06-30"):
        dossier.shares_at("2021-06-29")


def test_capitalisation_shows_what_it_is_made_of(dossier: Dossier) -> None:
    capital = dossier.capitalisation("2024-06-30")
    assert capital.value == capital.price.close * capital.shares.shares == 500.0
    assert (capital.price.date, capital.shares.as_of, capital.shares.filed) == (
        "2024-06-28",
        "2023-12-31",
        "2024-03-01",
    )


# ------------------------------------------------------------------------------------------ set


def test_set_changes_one_number_and_nothing_else(dossier: Dossier) -> None:
    changed = dossier.set("milestone.launch.delay.median", 20)
    assert changed.roadmap["launch"].delay == Weibull(20, 1.5, never=0.2)
    assert dossier.roadmap["launch"].delay == Weibull(12, 1.5, never=0.2)
    assert changed.roadmap["design"] == dossier.roadmap["design"]
    assert changed.changes == ("milestone.launch.delay.median=20",)
    assert changed.hash != dossier.hash
    assert changed.set("dossier.hype", "1.3").changes == ("milestone.launch.delay.median=20", "dossier.hype=1.3")


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("payoffs.values.launch", "2e10", lambda d: d.market.payoffs.values["launch"] == 2e10),
        ("payoffs.required_return", 0.15, lambda d: d.market.payoffs.required_return == 0.15),
        ("payoffs.floor.value", np.float64(3), lambda d: d.market.payoffs.floor == 3.0),
        ("kind.deal.lift", "1.5", lambda d: d.ledger.streams[0].lift == 1.5),
        (
            "kind.deal.attributes.binding.yes_if_near",
            0.9,
            lambda d: d.ledger.streams[0].attributes["binding"][0] == 0.9,
        ),
        ("stream.deal.launch.base_rate", 0.7, lambda d: d.ledger.streams[0].base_rate == 0.7),
        ("slip.24.mean", 0.9, lambda d: d.slips[1].mean == 0.9),
        ("dossier.hype", 1.3, lambda d: d.ledger.hype == 1.3),
        ("milestone.design.delay.never", 0.5, lambda d: d.roadmap["design"].delay.never == 0.5),
        ("milestone.plant.delay.never", 0.5, lambda d: d.roadmap["plant"].delay.never == 0.5),
        ("milestone.plant.observed", "true", lambda d: d.roadmap["plant"].observed),
        ("milestone.plant.after", "[]", lambda d: d.roadmap["plant"].after == ()),
        ("milestone.launch.deadline", "2029-Q1", lambda d: d.milestones["launch"].deadline == "2029-Q1"),
    ],
)
def test_set_reaches_every_kind_of_field(dossier: Dossier, field: str, value: object, found: object) -> None:
    assert callable(found)
    assert found(dossier.set(field, value))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("milestone.launch.delay.medain", 3, r"unknown field; did you mean milestone\.launch\.delay\.median"),
        ("milestone.lunch.delay.median", 3, r"did you mean milestone\.launch\.delay\.median"),
        ("milestone.zzz", 3, "allowed below milestone: design, launch, plant"),
        ("nonsense", 3, "names that begin with dossier, kind, market, milestone, payoffs, slip, stream"),
        ("milestone.launch.delay.median", -3, r"^milestone\.launch\.delay\.median=-3: .*above 0"),
        ("milestone.launch.delay.never", "1.5", "from 0 to 1"),
        ("milestone.launch.delay.median", "1\nx = 2", "finite number"),
        ("milestone.design.after", '["launch"]', "cycle"),
        ("dossier.hype", float("nan"), "finite number"),
        ("dossier.months", 12.5, "whole number"),
        ("dossier.hype_shape", "[2, 8]", "finite number"),
        ("milestone.launch.delay.prior.median", "[8, 20]", "unknown field"),
    ],
)
def test_set_refuses_what_the_files_could_not_hold(dossier: Dossier, field: str, value: object, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        dossier.set(field, value)


def test_setting_what_stands_there_changes_no_belief(dossier: Dossier) -> None:
    same = dossier.set("milestone.launch.delay.median", 12.0)
    assert (same.belief("2024-06-30").pmf("launch") == dossier.belief("2024-06-30").pmf("launch")).all()


def test_every_field_that_is_listed_can_be_found_in_the_files(dossier: Dossier) -> None:
    known = fields(dossier.content)
    assert {"dossier.hype", "slip.0.sd", "kind.mood.lift", "payoffs.values.launch"} <= set(known)
    for name, keys in known.values():
        assert dossier.content.place(name, *keys).line is not None


# ------------------------------------------------------------------------------------------ check


def test_a_sound_dossier_has_no_warning(folder: Path) -> None:
    assert check(folder) == []


def warnings_of(folder: Path) -> str:
    problems = check(folder)
    assert all(problem.level == "warning" for problem in problems)
    return "\n".join(map(str, problems))


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("roadmap.toml", 'name = "small"', 'name = "other"', "the folder is called 'small'"),
        ("roadmap.toml", 'covers = ["2020-01", ""]', 'covers = ["2020-01", "2023-12"]', "silence since says nothing"),
        ("roadmap.toml", 'covers = ["2020-01", ""]', 'covers = ["2023-07", ""]', "covers from 2023-07"),
        ("roadmap.toml", 'covers = ["2020-01", ""]', 'covers = ["2020-01", "2023-12"]', "deal-3: announced 2024-02-02"),
        ("roadmap.toml", "median = 18", "median = 60", "blurs later with never"),
        ("roadmap.toml", "reporting_lag = 2", "reporting_lag = 0", "done: announced 1 month after it happened"),
        ("roadmap.toml", 'default_as_of = ["2024-06-30"]', "", "no view is named"),
        ("roadmap.toml", '"2024-06-30"', '"2024-08-30"', "the last price is 63 days old"),
        ("roadmap.toml", '"2024-06-30"', '"2022-06-30"', "no price on or before 2022-06-30"),
        ("market.toml", "value = 0.1\n", "value = 0.3\n", "required return of 30% a year exceeds 20%"),
        ("announcements.csv", "mood,2024", "deal-4,2023-05-02,,,announcement,launch,deal,acme,,,binding=yes,The deal"
         " signed,Acme,paper,\nmood,2024", "deal-4: repeats line 6, deal-2 (Announcement launch"
         " deal 2023-05-02), and counts once"),
        ("announcements.csv", "view,2024-03-20", "view,2050-02-11",
         "view: announced 2050-02-11, after the horizon 2034-12: it counts nowhere"),
        ("announcements.csv", "view,2024-03-20", "view,2024-07-01",
         "view: announced 2024-07-01, after every view of dossier.default_as_of: it counts nowhere"),
        ("announcements.csv", "view,2024-03-20", "view,2014-03-20",
         "view: announced 2014-03-20, before the grid's first month 2020-01"),
        ("announcements.csv", ",,2026,1.5", ",,2019,1.5",
         "view: when: 2019-12 lies before the grid's first month 2020-01"),
        ("announcements.csv", "launch,,,2022", "launch,,,2018",
         "open: when: 2018-12 lies before the grid's first month"),
        ("announcements.csv", ",2025-12,", ",2036,", "target: when: the target 2036-12 lies past the horizon 2034-12"),
    ],
)  # fmt: skip
def test_what_misleads_is_a_warning(folder: Path, name: str, old: str, new: str, says: str) -> None:
    (folder / name).write_text(replaced(FILES[name], old, new))
    assert says in warnings_of(folder)


def test_a_view_that_cannot_be_computed_is_an_error(folder: Path) -> None:
    rows = replaced(ANNOUNCEMENTS, "view,", "built,2024-01-10,,,achieved,plant,,,2021-06,,,It runs,,visit,\nview,")
    (folder / "announcements.csv").write_text(rows)
    (error,) = [str(problem) for problem in check(folder) if problem.level == "error"]
    assert error == (
        f"{folder / 'announcements.csv'}:9: built (plant in 2021-06) contradicts line 2, done (design in 2021-08)"
    )  # a child before its parent
    with pytest.raises(ImpossibleEvidence) as caught:
        load(folder).belief("2024-06-30")
    assert str(caught.value) == error


def test_a_view_without_a_possible_fact_is_an_error(folder: Path) -> None:
    sure = 'family = "tabulated"\npmf = [1.0]'
    (folder / "roadmap.toml").write_text(replaced(ROADMAP, 'family = "lognormal"\nmedian = 18\nsigma = 0.5', sure))
    (error,) = [str(problem) for problem in check(folder) if problem.level == "error"]
    assert error == (
        f"{folder / 'announcements.csv'}:2: done (design in 2021-08): has probability zero under this roadmap"
    )
    (folder / "market.toml").write_text(FILES["market.toml"].partition("[[event]]")[0])
    (folder / "announcements.csv").write_text(f"{HEADER}\n")
    (error,) = [str(problem) for problem in check(folder) if problem.level == "error"]
    assert error.startswith(f"{folder / 'roadmap.toml'}:7: view 2024-06-30: NotYet design through 2024-04: ")


FACT = {"type": "achieved", "milestone": "design", "source": "letter", "headline": "x", "announced": "2025-02-01"}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {"when": "2021-09"},
            "achieved-design-2025-02-01 (design in 2021-09) contradicts line 2, done (design in 2021-08)",
        ),
        (
            {"type": "not_yet", "when": "2021-09"},
            "not_yet-design-2025-02-01 (design not yet through 2021-09) contradicts line 2, done (design in 2021-08)",
        ),
        (
            {"milestone": "plant", "when": "2021-07", "announced": "2050-01"},
            "achieved-plant-2050-01 (plant in 2021-07) contradicts line 2, done (design in 2021-08)",
        ),
        (
            {"milestone": "launch", "when": "2022-11"},
            "(launch in 2022-11) contradicts line 3, open (launch not yet through 2022)",
        ),
        (
            {"milestone": "plant", "when": "2019-08"},
            "when: received 2019-08, off the grid of roadmap.toml; allowed is 2020-01 to 2034-12",
        ),
        (
            {"type": "likelihood_ratio", "when": "2023", "ratio": "0"},
            "(design at ratio 0 by 2023) contradicts line 2, done (design in 2021-08)",
        ),
    ],
)  # fmt: skip
def test_add_and_check_refuse_facts_that_contradict_others(folder: Path, fields: dict[str, str], says: str) -> None:
    path = folder / "announcements.csv"  # the last view is of 2024: none of them sees the new fact
    before = path.read_bytes()
    with pytest.raises(InvalidInput) as caught:
        append_announcement(folder, {**FACT, **fields})
    assert str(caught.value).startswith(f"the new row of {path}: ")
    assert says in str(caught.value)
    assert path.read_bytes() == before
    row = {**dict.fromkeys(HEADER.split(","), ""), **FACT, **fields}
    row["id"] = "-".join(row[name] for name in ("type", "milestone", "announced"))
    path.write_text(ANNOUNCEMENTS + ",".join(row.values()) + "\n")
    (error,) = [str(problem) for problem in check(folder) if problem.level == "error"]
    assert error.startswith(f"{path}:10: ")
    assert says in error


def test_add_takes_a_fact_that_agrees(folder: Path) -> None:
    append_announcement(folder, {**FACT, "when": "2021-08"})
    append_announcement(folder, {**FACT, "milestone": "plant", "when": "2023-08"})
    assert [problem for problem in check(folder) if problem.level == "error"] == []


def test_a_retracted_fact_contradicts_nothing(folder: Path) -> None:
    row = "wrong,2024-07-01,,2024-07-09,achieved,design,,,2022-08,,,Design frozen,,letter,\n"
    (folder / "announcements.csv").write_text(ANNOUNCEMENTS + row)
    assert [problem for problem in check(folder) if problem.level == "error"] == []


def test_each_contradiction_is_listed(folder: Path) -> None:
    rows = (
        "a,2024-01-10,,,achieved,design,,,2021-06,,,x,,y,\nb,2024-01-10,,,achieved,launch,,,2021-05,,,x,,y,\n"
        "c,2024-01-10,,,achieved,launch,,,2021-05,,,x,,y,\n"
    )
    (folder / "announcements.csv").write_text(ANNOUNCEMENTS + rows)
    errors = [str(problem.place) for problem in check(folder) if problem.level == "error"]
    assert errors == [f"{folder / 'announcements.csv'}:{line}" for line in (10, 11)]


def test_two_deals_of_one_day_both_count(folder: Path) -> None:
    one = append_announcement(folder, ROW)
    for change in ({"headline": "A third deal"}, {"counterparty": "Beta"}):
        both = append_announcement(folder, {**ROW, **change})
        assert both.ledger.duplicates == ()
        known, before = both.known_by("2024-06-30"), one.known_by("2024-06-30")
        assert len(known.items) == len(before.items) + 1
        assert (both.belief("2024-06-30").pmf("launch") != one.belief("2024-06-30").pmf("launch")).any()
        one = both
    again = append_announcement(folder, {**ROW, "note": "the same in other words", "id": "again"})
    assert len(again.ledger.duplicates) == 1
    (warning,) = row_warnings(again, "again")
    assert warning.message.startswith("again: repeats line 10, deal-launch-2024-04-02 (")


def test_the_longest_grid_can_be_reported(tmp_path: Path) -> None:
    folder = new("far", tmp_path)
    text = (folder / "roadmap.toml").read_text()
    (folder / "roadmap.toml").write_text(replaced(text, "months = 240", "months = 1200"))
    assert [problem for problem in check(folder) if problem.level == "error"] == []
    MonthGrid("2061-01", 2 * 1200)  # the latest start of the longest grid, and as far again
    assert run(["report", str(folder), "--json"]) == 0


def test_later_than_the_horizon_is_what_a_longer_grid_shows(dossier: Dossier) -> None:
    slow = dossier.set("milestone.design.delay.median", 60)
    long = slow.set("dossier.months", 1000)
    for name, later in later_than_horizon(slow).items():
        far = infer(long.roadmap, [], long.grid).pmf(name)
        assert later == pytest.approx(far[slow.grid.months : -1].sum(), abs=1e-7)
    assert later > 0.02


# ------------------------------------------------------------------------------------------ new and add


def test_new_makes_a_dossier_that_passes_check(tmp_path: Path) -> None:
    made = new("my_company", tmp_path)
    assert made == tmp_path / "my_company"
    assert check(made) == []
    dossier = load(made)
    assert 0.0 < dossier.belief("2025-12-31").prob("product", by="2029") < 1.0
    assert os.listdir(tmp_path) == ["my_company"]


@pytest.mark.parametrize("name", ["", "Big", "a b", "../up", "a/b", "1st", "x" * 65, "phase2_drug"])
def test_new_refuses_bad_names(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="a new dossier's name"):
        new(name, tmp_path)
    assert os.listdir(tmp_path) == []


def test_new_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(InvalidInput, match="exists already"):
        new("mine", tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InvalidInput, match="exists already"):
        new("link", tmp_path)


def test_new_leaves_nothing_behind_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_folder.os, "fsync", _full_disk)
    with pytest.raises(InvalidInput, match="cannot be written: No space left"):
        new("mine", tmp_path)
    assert os.listdir(tmp_path) == []


def _full_disk(handle: int) -> None:
    raise OSError(28, "No space left on device")


def test_add_appends_one_line_and_keeps_every_other_byte(folder: Path) -> None:
    path = folder / "announcements.csv"
    path.chmod(0o640)
    before = path.read_bytes()
    dossier = append_announcement(folder, ROW)
    after = path.read_bytes()
    assert after.startswith(before)
    assert after[len(before) :].count(b"\n") == 1
    assert path.stat().st_mode & 0o777 == 0o640
    assert load(folder).hash == dossier.hash
    assert dossier.items["deal-launch-2024-04-02"].headline == ROW["headline"]
    assert isinstance(dossier.ledger.items[-1], Announcement)
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) == sorted(FILES)


def test_add_gives_each_row_its_own_id(folder: Path) -> None:
    append_announcement(folder, ROW)
    dossier = append_announcement(folder, {**ROW, "headline": "Another of the same day"})
    assert {"deal-launch-2024-04-02", "deal-launch-2024-04-02-2"} <= set(dossier.items)


@pytest.mark.parametrize("shape", ["no final newline", "crlf", "bom", "other columns"])
def test_add_respects_the_shape_of_the_file(folder: Path, shape: str) -> None:
    path = folder / "announcements.csv"
    data = path.read_bytes()
    if shape == "no final newline":
        data = data.rstrip(b"\n")
    elif shape == "crlf":
        data = data.replace(b"\n", b"\r\n")
    elif shape == "bom":
        data = b"\xef\xbb\xbf" + data
    else:
        data = "\n".join(",".join(reversed(line.split(","))) for line in f"{HEADER}\n".splitlines()).encode()
        (folder / "market.toml").write_text(FILES["market.toml"].partition("[[event]]")[0])
    path.write_bytes(data)
    dossier = append_announcement(folder, ROW)
    assert path.read_bytes().startswith(data)
    assert dossier.items["deal-launch-2024-04-02"].source == "paper"
    if shape == "crlf":
        assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({**ROW, "kind": "dael"}, r"the new row of .*announcements\.csv: kind: received 'dael'.*did you mean 'deal'"),
        ({**ROW, "announced": "soon"}, "announced: .*'soon'"),
        ({**ROW, "id": "deal-1"}, "id: 'deal-1' stands in line 5 already"),
        ({**ROW, "source": ""}, "source: the cell is empty"),
        ({**ROW, "type": "rumour"}, "type: received 'rumour'"),
        ({**ROW, "headlin": "x"}, "unknown column 'headlin'; did you mean 'headline'"),
        ({**ROW, "headline": "two\nlines"}, "printable text on one line"),
        ({**ROW, "headline": "\x1b[31mred"}, "printable text on one line"),
    ],
)
def test_add_refuses_what_check_would_refuse_and_writes_nothing(
    folder: Path, fields: dict[str, str], says: str
) -> None:
    before = (folder / "announcements.csv").read_bytes()
    with pytest.raises(InvalidInput, match=says):
        append_announcement(folder, fields)
    assert (folder / "announcements.csv").read_bytes() == before


def test_add_to_a_broken_dossier_says_what_is_broken(folder: Path) -> None:
    (folder / "roadmap.toml").write_text(replaced(ROADMAP, "median = 18", "median = 0"))
    with pytest.raises(InvalidInput, match=r"roadmap\.toml:\d+: milestone design, delay\.median"):
        append_announcement(folder, ROW)


def test_add_leaves_the_old_file_when_writing_fails(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (folder / "announcements.csv").read_bytes()
    monkeypatch.setattr(files_folder.os, "fsync", _full_disk)
    with pytest.raises(InvalidInput, match="cannot be written: No space left"):
        append_announcement(folder, ROW)
    assert (folder / "announcements.csv").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir() if path.name.endswith(".new")) == []


def test_add_waits_for_the_lock_and_then_gives_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_folder, "LOCK_SECONDS", 0.05)
    with files_folder.locked(folder / "announcements.csv"), pytest.raises(InvalidInput, match="another process"):
        append_announcement(folder, ROW)


def _add_rows(folder: Path, writer: int, rows: int) -> None:
    for row in range(rows):
        append_announcement(folder, {**ROW, "id": f"writer-{writer}-{row}"})


def test_two_processes_that_add_at_once_both_land(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_add_rows, args=(folder, writer, 5)) for writer in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=120)
    assert [writer.exitcode for writer in writers] == [0, 0]
    found = {name for name in load(folder).items if name.startswith("writer-")}
    assert found == {f"writer-{writer}-{row}" for writer in range(2) for row in range(5)}


PROSE = st.text(st.characters(categories=("L", "N", "P", "S")) | st.just(" "), min_size=1, max_size=30)


@settings(max_examples=25)
@given(headline=PROSE, note=PROSE, answer=st.sampled_from(["yes", "no", "unknown"]))
def test_what_is_added_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, headline: str, note: str, answer: str
) -> None:
    folder = write(tmp_path_factory.mktemp("round"))
    fields = {**ROW, "id": "new", "headline": f"x{headline}", "note": f"x{note}", "attributes": f"binding={answer}"}
    append_announcement(folder, fields)
    dossier = load(folder)
    assert dossier.items["new"].headline == " ".join(f"x{headline}".split())
    (item,) = [item for item in dossier.ledger if item.id == "new"]
    assert isinstance(item, Announcement)
    assert item.attributes == {"binding": answer}
    assert item.note == " ".join(f"x{note}".split())
    assert not any(isinstance(item, Achieved) and item.id == "new" for item in dossier.ledger)


def test_a_payoff_set_outside_its_interval_loses_the_interval():
    dossier = load("quantumscape")
    field, name = "payoffs.values.commercialization", "values.commercialization"
    before = dossier.market.amounts[name]
    beyond = dossier.set(field, 10 * before.high).market.amounts[name]
    assert (beyond.value, beyond.low, beyond.high) == (10 * before.high, None, None)
    inside = dossier.set(field, 0.9 * before.high).market
    assert (inside.amounts[name].value, inside.amounts[name].high) == (0.9 * before.high, before.high)
    assert inside.priors[name].quantile(0.5) == pytest.approx(0.9 * before.high)
    at_the_end = dossier.set(field, before.high).market  # no curve has its centre at an end
    assert at_the_end.amounts[name].high is None
    assert name not in at_the_end.priors

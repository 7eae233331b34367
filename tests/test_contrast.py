"""Two dossiers, or one at two dates: a dossier is no different from itself, B less A is minus A less B."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayesmile as bm
from bayesmile.cli import run
from bayesmile.dossier import Dossier, load
from bayesmile.errors import InvalidInput
from bayesmile.pages.contrast import contrast_page
from bayesmile.pages.layout import as_text
from bayesmile.report import build_view, to_json
from bayesmile.sections.contrast import Contrast, ContrastLine, compare_dossiers
from tests.dossier_folder import FILES, replaced, write

EARLY, LATE, DRAWS = "2025-12-31", "2026-10-31", 200
AS_OF = "2024-06-30"


@pytest.fixture(scope="module")
def drug() -> Dossier:
    return load("phase2_drug")


@pytest.fixture(scope="module")
def apart(drug: Dossier) -> Contrast:
    return compare_dossiers(drug, drug, (EARLY, LATE), draws=DRAWS, seed=3)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    return load(write(tmp_path_factory.mktemp("a")))


def edited(folder: Path, changes: Mapping[str, tuple[str, str]]) -> Dossier:
    """Load a copy of the small dossier whose files have one text each replaced."""
    files = dict(FILES)
    for name, (old, new) in changes.items():
        files[name] = replaced(files[name], old, new)
    return load(write(folder, files))


def lines(part: Contrast) -> dict[tuple[str, str], ContrastLine]:
    return {(one.name, line.by): line for one in part.milestones for line in one.lines}


# Laws.


@pytest.mark.parametrize("draws", [0, DRAWS])
def test_a_dossier_is_no_different_from_itself(drug: Dossier, draws: int) -> None:
    found = compare_dossiers(drug, load("phase2_drug"), LATE, draws=draws)
    assert all(line.points == line.bits == 0.0 and line.a == line.b for line in lines(found).values())
    assert all(one.month_a == one.month_b for one in found.milestones)
    assert found.lead == "No probability differs." and to_json(found.a) == to_json(found.b)
    assert found.input.lead == "No assumption differs. Both know the same news."
    assert not (found.input.fields or found.input.words or found.input.tables or found.chain)


def mirrored(one: Contrast, other: Contrast) -> None:
    there, back = lines(one), lines(other)
    assert there.keys() == back.keys()
    for key, line in there.items():
        assert (line.points, line.bits) == (-back[key].points, -back[key].bits)
        assert (line.a, line.b) == (back[key].b, back[key].a)
    assert to_json(one.a) == to_json(other.b) and to_json(one.b) == to_json(other.a)
    assert one.input.news_a == other.input.news_b and one.input.parts_a == other.input.parts_b
    assert [(x.field, x.a, x.b) for x in one.input.fields] == [(x.field, x.b, x.a) for x in other.input.fields]
    assert one.chain == other.chain  # time runs one way


days = st.dates(min_value=dt.date(2024, 1, 5), max_value=dt.date(2026, 12, 30))


@settings(max_examples=10)
@given(days, days, st.sampled_from(["0.3", "0.7"]))
def test_the_other_way_round_every_difference_changes_its_sign(first: dt.date, second: dt.date, never: str) -> None:
    drug = load("phase2_drug")
    other = drug.set("milestone.filing.delay.never", never)
    dates = (str(first), str(second))
    mirrored(compare_dossiers(drug, other, dates, draws=0), compare_dossiers(other, drug, dates[::-1], draws=0))


def test_with_intervals_too(drug: Dossier, apart: Contrast) -> None:
    mirrored(apart, compare_dossiers(drug, drug, (LATE, EARLY), draws=DRAWS, seed=3))


def test_its_numbers_are_those_of_the_report(drug: Dossier, apart: Contrast) -> None:
    for side, date in (("a", EARLY), ("b", LATE)):
        view = build_view(drug, date, draws=DRAWS, seed=3)
        for one, line in zip(apart.milestones, view.milestones.lines, strict=True):
            mixture = line.mixture
            assert mixture is not None
            by_deadline, by_horizon = lines(apart)[one.name, line.deadline], lines(apart)[one.name, apart.horizon]
            assert getattr(by_deadline, side) == mixture.by_deadline
            assert getattr(by_horizon, side) == mixture.by_horizon
            assert getattr(one, f"month_{side}") == mixture.median
        about = getattr(apart, side)
        assert view.readings is not None and view.valuation is not None
        assert about.model_value == view.valuation.model_value and about.price == view.price
        assert about.implied == view.readings.lines[1].by_horizon


def test_bits_are_those_of_the_odds_shown(apart: Contrast) -> None:
    for line in lines(apart).values():
        odds = [chance.mean / (1.0 - chance.mean) for chance in (line.a, line.b)]
        assert line.bits == pytest.approx(math.log2(odds[1] / odds[0]), abs=1e-9)
        assert line.points == pytest.approx(100.0 * (line.b.mean - line.a.mean), abs=1e-9)


def test_the_chain_between_leads_from_one_side_to_the_other(drug: Dossier, apart: Contrast) -> None:
    assert apart.chain is not None
    for target, total in zip(apart.chain.targets, apart.chain.total, strict=True):
        ends = [drug.belief(date).prob(target.milestone, by=target.by) for date in (EARLY, LATE)]
        assert [total.before, total.after] == pytest.approx(ends, abs=1e-12)
        number = apart.chain.targets.index(target)
        assert sum(step.moves[number].points for step in apart.chain.steps) == pytest.approx(total.points, abs=1e-9)
    news = {step.id for step in apart.chain.steps if step.kind == "news"}
    assert news == {one.id for one in apart.input.news_b}


# What differs in the input.

CATALYST = '[[catalyst]]\ndate = "2024-08-01"\ntitle = "Call"\nannounced = "2024-05-01"\nsource = "letter"\n'
MEAN = 'mean = 25, sd = 8, never = 0.1, rationale = "seen"'


def test_an_edited_copy_differs_where_it_was_edited(small: Dossier, tmp_path: Path) -> None:
    expert = "view,2024-03-20,,,likelihood_ratio,launch,,,2026,"
    mine = edited(
        tmp_path,
        {
            "roadmap.toml": ('mean = 20, sd = 8, never = 0.1, rationale = "assumed"', MEAN),
            "kinds.toml": ("lift = 2.0", "lift = 3.0"),
            "announcements.csv": (f"{expert}1.5,", f"{expert}2.5,"),
            "prices.csv": ("2024-06-28,5.0,exchange\n", "2024-06-28,5.5,exchange\n"),
        },
    )
    found = compare_dossiers(small, mine, AS_OF, draws=0)
    assert [(one.field, one.a, one.b) for one in found.input.fields] == [
        ("kind.deal.lift", 2.0, 3.0),
        ("milestone.plant.delay.mean", 20.0, 25.0),
    ]
    assert found.input.words == ("milestone.plant.delay.rationale",) and found.input.tables == {"prices.csv": (1, 1)}
    [pair] = found.input.corrected
    assert pair.fields == ("ratio",) and pair.a.headline == "An expert's view" and pair.b.milestone == "launch"
    assert found.chain is None and found.a.hash != found.b.hash
    for (name, by), line in lines(found).items():
        assert line.a.central == small.belief(AS_OF).prob(name, by=by)
        assert line.b.central == mine.belief(AS_OF).prob(name, by=by)
    page = as_text(contrast_page(found), width=80)
    assert (
        re.search(r"milestone\.plant\.delay\.mean +20 +25\n", page)
        and "prices.csv: 1 row only in A, 1 only in B." in page
    )


def test_parts_of_one_side_are_named_and_nothing_else(small: Dossier, tmp_path: Path) -> None:
    cut = {
        "roadmap.toml": FILES["roadmap.toml"].partition("[[slip]]")[0],
        "announcements.csv": "".join(x for x in FILES["announcements.csv"].splitlines(True) if ",guidance," not in x),
        "market.toml": FILES["market.toml"].partition("[[event]]")[0],
    }
    cut["roadmap.toml"] += CATALYST
    found = compare_dossiers(small, load(write(tmp_path, {**FILES, **cut})), AS_OF, draws=0).input
    assert found.fields == () and found.words == () and found.parts_b == ()
    assert found.parts_a == ("slip",) and found.tables == {"events": (1, 0), "catalysts": (0, 1)}
    assert [one.id for one in found.news_a] == ["target"]


def test_changes_of_set_are_named(small: Dossier) -> None:
    found = compare_dossiers(small, small.set("payoffs.required_return", 0.2), AS_OF, draws=0)
    assert [(one.field, one.a, one.b) for one in found.input.fields] == [("payoffs.required_return.value", 0.1, 0.2)]
    assert found.b.changes == ("payoffs.required_return=0.2",)
    assert found.lead == "No probability differs. The price implies 57% for launch by 2034-12 in A, 64% in B."
    assert found.b.model_value < found.a.model_value and found.a.implied < found.b.implied


def test_items_are_told_apart_by_what_was_known(small: Dossier) -> None:
    found = compare_dossiers(small, small, ("2023-03-31", AS_OF), draws=0)
    assert [one.id for one in found.input.news_b] == ["deal-2", "mood", "view"]
    assert [one.id for one in compare_dossiers(small, small, ("2024-03-31", AS_OF), draws=0).input.news_a] == ["deal-3"]
    still = {one.id: one.still for one in found.input.news_b}
    assert still["deal-2"] == "" and still["mood"] == "Mood: moves nothing, by assumption"


def test_milestones_of_one_side_are_listed_and_left_out(small: Dossier, tmp_path: Path) -> None:
    files = {name: text.replace("plant", "works") for name, text in FILES.items()}
    files["roadmap.toml"] = replaced(files["roadmap.toml"], 'reached_when = "on sale"', 'reached_when = "shipped"')
    found = compare_dossiers(small, load(write(tmp_path, files)), AS_OF, draws=0)
    assert [one.name for one in found.milestones] == ["design", "launch"]
    assert (found.only_a, found.only_b) == (("plant",), ("works",))
    assert found.input.parts_a == ("milestone.plant",) and found.input.parts_b == ("milestone.works",)
    assert found.input.meanings == ("launch",) and "Launch counts as reached by different rules" in found.notes[0]
    assert "Only A has plant." in as_text(contrast_page(found), width=80)


def test_what_has_nothing_in_common_is_refused(small: Dossier, drug: Dossier) -> None:
    with pytest.raises(
        InvalidInput, match="no milestone in common; A has design, plant and launch; B has phase3_start"
    ):
        compare_dossiers(small, drug, AS_OF, draws=0)
    with pytest.raises(InvalidInput, match="as_of: received 3 dates"):
        compare_dossiers(small, small, (AS_OF, AS_OF, AS_OF))  # type: ignore[arg-type]


def test_a_grid_that_ends_sooner_bounds_what_is_compared(small: Dossier, tmp_path: Path) -> None:
    short = edited(tmp_path, {"roadmap.toml": ("months = 180", "months = 120")})
    found = compare_dossiers(small, short, AS_OF, draws=0)
    assert found.horizon == "2029-12" and max(by for _, by in lines(found)) == "2029-12"
    assert found.notes[-1].startswith("The horizons differ")
    line = lines(found)["launch", "2029-12"]
    assert line.b.mean == short.belief(AS_OF).prob("launch", by="2029-12") and abs(line.points) < 1.0


def test_without_a_market_the_price_says_so(small: Dossier, tmp_path: Path) -> None:
    bare = {name: FILES[name] for name in ("kinds.toml", "roadmap.toml", "announcements.csv")}
    found = compare_dossiers(small, load(write(tmp_path, bare)), AS_OF, draws=0)
    assert found.b.silent == "The dossier has no market." and math.isnan(found.b.model_value)
    page = as_text(contrast_page(found), width=80)
    assert "B: The dossier has no market." in page and "It is read about launch by 2034-12 in A." in page


# The command.


def test_the_command_says_what_the_library_says(
    apart: Contrast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["compare", f"phase2_drug@{EARLY}", f"phase2_drug@{LATE}", "--draws", str(DRAWS), "--seed", "3"]
    assert run([*asked, "--json", "--out", str(tmp_path / "out")]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(to_json(apart)))
    text = (tmp_path / "out" / "compare.txt").read_text()
    assert "5. What moved it in between" in text and "Phase 2 met its primary endpoint" in text
    rows = list(csv.DictReader((tmp_path / "out" / "compare.csv").read_text().splitlines()))
    assert [float(row["bits"]) for row in rows] == [line.bits for line in lines(apart).values()]
    assert rows[0]["even_odds_b"] == apart.milestones[0].month_b


def test_it_fits_80_columns(apart: Contrast) -> None:
    assert max(map(len, as_text(contrast_page(apart), width=80).splitlines())) <= 80


def test_a_date_holds_for_the_side_that_names_none(small: Dossier, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(small.path)
    sides = []
    for arguments in ([place, f"{place}@2024-03-31"], [place, f"{place}@2024-03-31", "--as-of", "2024-01-31"]):
        assert run(["compare", *arguments, "--draws", "0", "--json", "--set", "dossier.hype=1.2"]) == 0
        said = json.loads(capsys.readouterr().out)
        sides.append((said["a"]["as_of"], said["b"]["as_of"], said["a"]["changes"], said["b"]["changes"]))
    assert sides == [
        (AS_OF, "2024-03-31", [], ["dossier.hype=1.2"]),
        ("2024-01-31", "2024-03-31", [], ["dossier.hype=1.2"]),
    ]


def test_a_folder_with_an_at_is_a_folder(small: Dossier, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "mine@2024-03-31"
    small.path.rename(place)
    try:
        assert run(["compare", str(place), f"{place}@2024-05-31", "--draws", "0", "--json"]) == 0
    finally:
        place.rename(small.path)
    said = json.loads(capsys.readouterr().out)
    assert (said["a"]["as_of"], said["b"]["as_of"]) == (AS_OF, "2024-05-31")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["phase2_drug@2025-13", "phase2_drug"], "A, the date of phase2_drug@2025-13: received '2025-13'"),
        (["phase2_drug", "phase2_drug@"], "B, the date of phase2_drug@: received ''"),
        (["phase2drug", "phase2_drug"], "bundled phase2_drug, quantumscape; did you mean phase2_drug?"),
        (["phase2_drug", "phase2_drug", "--as-of", "2025-01", "--as-of", "2026-01"], "write A@2025-01 B@2026-01"),
        (["phase2_drug", "phase2_drug", "--set", "dossier.hyp=1"], "did you mean dossier.hype"),
        (["phase2_drug", "phase2_drug@2090-01"], "as-of date: received 2090-01; allowed are dates from"),
        (["phase2_drug", "phase2_drug", "--draws", "7"], "draws: received 7"),
    ],
)
def test_what_cannot_be_used_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", *arguments]) == 2
    printed = capsys.readouterr()
    assert message in printed.err and printed.err.count("\n") == 1 and not printed.out


def test_hostile_text_stays_text(small: Dossier, tmp_path: Path) -> None:
    mine = edited(tmp_path, {"announcements.csv": ("The deal signed", "[red]signed[/red] <b>")})
    found = compare_dossiers(small, mine, ("2023-03-31", AS_OF), draws=0)
    line = replace(
        found.input.news_b[0], headline="[red]signed[/red] \x1b[31m \u202e"
    )  # a file that says so is refused
    hostile = replace(found, input=replace(found.input, news_b=(line,)))
    assert "[red]signed[/red] <b>" in as_text(contrast_page(found), width=80)
    assert "[red]signed[/red] <U+001B>[31m <U+202E>" in as_text(contrast_page(hostile), width=80)


def test_the_public_name_is_the_function() -> None:
    assert bm.compare_dossiers is compare_dossiers

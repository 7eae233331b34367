"""Parameters of a dossier: every uncertain number once, by the name that `set` takes, with its curve."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bayesmile import Dossier, Parameter, Prior, check, load, parameters_of
from bayesmile.files.numbers import Number, numbers_of
from bayesmile.parameters import LABELS, VARIABLES, parameters_table
from tests.dossier_folder import FILES, replaced, write

BUNDLED = ("phase2_drug", "quantumscape")
DELAY_PRIOR = """
[milestone.delay.prior]
median = [12, 27]
sigma = [0.4, 0.7]
rationale = "typical, within a half"
source = "a study"
"""
DESIGN = 'sigma = 0.5\nrationale = "assumed"\nsource = "assumption"\n'


@pytest.fixture(scope="module", params=BUNDLED)
def bundled(request: pytest.FixtureRequest) -> Dossier:
    return load(request.param)


@pytest.fixture
def small(tmp_path: Path) -> Dossier:
    """Return the small dossier with intervals for two of its numbers."""
    text = replaced(FILES["roadmap.toml"], DESIGN, DESIGN + DELAY_PRIOR)
    return load(write(tmp_path, {**FILES, "roadmap.toml": text}))


def by_field(dossier: Dossier) -> dict[str, Parameter]:
    return {one.field: one for one in parameters_of(dossier)}


# What is listed.


def test_every_number_stands_once_in_the_order_of_the_variables(bundled: Dossier) -> None:
    found = parameters_of(bundled)
    assert len({one.field for one in found}) == len(found)
    assert len({(one.variable, one.coord) for one in found}) == len(found)
    places = [VARIABLES.index(one.variable) for one in found]
    assert places == sorted(places)
    assert parameters_of(bundled) == found


def test_every_delay_slip_and_active_kind_is_there(bundled: Dossier) -> None:
    found, kinds = set(by_field(bundled)), {stream.kind for stream in bundled.streams}
    for name in bundled.roadmap.names:
        family = bundled.milestones[name].delay
        numbers = [key for key in ("median", "mean", "sigma", "sd", "shape", "never") if hasattr(family, key)]
        assert {f"milestone.{name}.delay.{key}" for key in numbers} <= found
    assert {f"slip.{slip.lead_from}.{key}" for slip in bundled.slips for key in ("mean", "sd")} <= found
    assert {f"kind.{kind}.lift" for kind in kinds} <= found
    rates = ("yes_if_near", "yes_otherwise")
    for kind in kinds:
        names = bundled.kinds[kind].attributes
        assert {f"kind.{kind}.attributes.{name}.{rate}" for name in names for rate in rates} <= found
    assert "dossier.hype" in found
    assert not any(field.endswith(("base_rate", "lead", "hype_shape")) for field in found)


def test_kinds_that_the_dossier_does_not_use_are_left_out(bundled: Dossier) -> None:
    used = {stream.kind for stream in bundled.streams} | {row.kind for row in bundled.items.values()}
    kinds = {one.coord.split(".")[0].split(" ")[0] for one in parameters_of(bundled) if one.field.startswith("kind.")}
    assert kinds == used - {None, ""}


def test_every_field_can_be_set_and_every_value_is_the_dossier_s(bundled: Dossier) -> None:
    for one in parameters_of(bundled):
        assert by_field(bundled.set(one.field, one.value))[one.field] == one


def test_the_small_dossier_in_full(small: Dossier) -> None:
    assert [(one.field, one.variable, one.coord, one.value) for one in parameters_of(small)] == [
        ("milestone.design.delay.median", "delay_median", "design", 18.0),
        ("milestone.launch.delay.median", "delay_median", "launch", 12.0),
        ("milestone.plant.delay.mean", "delay_mean", "plant", 20.0),
        ("milestone.design.delay.sigma", "delay_sigma", "design", 0.5),
        ("milestone.plant.delay.sd", "delay_sd", "plant", 8.0),
        ("milestone.launch.delay.shape", "delay_shape", "launch", 1.5),
        ("milestone.design.delay.never", "never", "design", 0.0),
        ("milestone.plant.delay.never", "never", "plant", 0.1),
        ("milestone.launch.delay.never", "never", "launch", 0.2),
        ("kind.deal.lift", "lift", "deal", 2.0),
        ("kind.mood.lift", "lift", "mood", 1.0),
        ("kind.deal.attributes.binding.yes_if_near", "yes_if_near", "deal.binding", 0.6),
        ("kind.deal.attributes.binding.yes_otherwise", "yes_otherwise", "deal.binding", 0.3),
        ("slip.0.mean", "slip_mean", "0", 0.2),
        ("slip.24.mean", "slip_mean", "24", 0.5),
        ("slip.0.sd", "slip_sd", "0", 0.4),
        ("slip.24.sd", "slip_sd", "24", 0.6),
        ("dossier.hype", "hype", "", 1.0),
    ]


def test_only_stated_intervals_become_curves(small: Dossier) -> None:
    found = by_field(small)
    assert {field for field, one in found.items() if one.prior is not None} == {
        "milestone.design.delay.median",
        "milestone.design.delay.sigma",
    }
    median = found["milestone.design.delay.median"]
    assert median.prior == Prior.lognormal(18, 12, 27)
    assert (median.rationale, median.source) == ("typical, within a half", "a study")
    assert (found["milestone.launch.delay.median"].rationale, median.label) == (
        "assumed",
        "median delay of design in months",
    )


def test_a_stream_s_own_lift_is_a_parameter_of_its_own(tmp_path: Path) -> None:
    own = 'covers = ["2020-01", ""]\nlift = 3.0\nrationale = "complete"\n'
    own += '[stream.prior]\nlift = [1.5, 6.0]\nrationale = "felt"\nsource = "x"\n'
    text = replaced(FILES["roadmap.toml"], 'covers = ["2020-01", ""]\nrationale = "complete"\n', own)
    found = by_field(load(write(tmp_path, {**FILES, "roadmap.toml": text})))
    assert "kind.deal.lift" not in found
    one = found["stream.deal.launch.lift"]
    assert (one.variable, one.coord, one.value) == ("lift", "deal on launch", 3.0)
    assert one.prior == Prior.lognormal(3.0, 1.5, 6.0)
    assert one.label == "rate ratio (lift) of deal on launch when the milestone is near"


def test_the_hype_prior_has_the_hype_as_its_mean(small: Dossier) -> None:
    assert by_field(small)["dossier.hype"].prior is None
    hype = by_field(small.set("dossier.hype_shape", 4).set("dossier.hype", 1.5))["dossier.hype"]
    assert hype.prior == Prior.gamma(4, 1.5)
    assert hype.prior.mean == hype.value == 1.5


def test_laws_suit_their_numbers(bundled: Dossier) -> None:
    laws = {"never": "beta", "yes_if_near": "beta", "yes_otherwise": "beta", "slip_mean": "normal", "hype": "gamma"}
    for one in parameters_of(bundled):
        if one.prior is not None:
            assert one.prior.law == laws.get(one.variable, "lognormal")
            by_mean = one.prior.law in ("beta", "gamma")
            centre = one.prior.mean if by_mean else one.prior.quantile(0.5)
            assert centre == pytest.approx(one.value, rel=1e-12)


def test_labels_are_words_for_people(bundled: Dossier) -> None:
    assert set(LABELS) == set(VARIABLES)
    for one in parameters_of(bundled):
        assert "{" not in one.label and one.label
    assert by_field(load("quantumscape"))["slip.14.sd"].label.endswith("targets stated 14 to 30 months ahead")


# The table.


def test_the_table_shows_stated_and_fitted_quantiles(bundled: Dossier) -> None:
    table, found = parameters_table(bundled), by_field(bundled)
    assert list(table.index) == list(found)
    for field, row in table.iterrows():
        one = found[str(field)]
        assert (row["rationale"], row["source"], row["value"]) == (one.rationale, one.source, one.value)
        if one.prior is None:
            assert row["law"] == "fixed" and math.isnan(row["q50"]) and math.isnan(row["stated_low"])
        else:
            assert row[["q05", "q50", "q95"]].tolist() == one.prior.quantile([0.05, 0.5, 0.95]).tolist()
            assert row["mean"] == one.prior.mean
            assert one.variable == "hype" or one.prior.stated == (one.value, row["stated_low"], row["stated_high"])


# A changed centre takes its interval along.


def test_the_interval_keeps_its_shape_about_a_new_centre(bundled: Dossier) -> None:
    for one in parameters_of(bundled):
        if one.prior is None or one.prior.stated is None:
            continue
        value = 0.5 * (one.value + 0.3) if one.prior.law == "beta" else one.value + 0.25
        moved = by_field(bundled.set(one.field, value))[one.field].prior
        assert moved is not None and moved.stated is not None
        scale = {"lognormal": math.log, "normal": float, "beta": lambda p: math.log(p / (1.0 - p))}[one.prior.law]
        before, after = ([scale(x) for x in prior.stated or ()] for prior in (one.prior, moved))
        np.testing.assert_allclose(np.diff(after), np.diff(before), rtol=1e-9)
        assert after[0] == pytest.approx(scale(value))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("milestone.packs.delay.never", 0.0),
        ("milestone.packs.delay.never", 1),
        ("kind.funding.lift", 0.0),
        ("kind.regulatory_designation.lift", 1.0),
        ("milestone.giga_yield.delay.median", 1.7e308),
    ],
)
def test_a_settled_number_loses_its_interval(field: str, value: float) -> None:
    settled = load("quantumscape").set(field, value)
    [(number, other)] = [
        (number, other)
        for number, other in zip(numbers_of(settled.content), numbers_of(load("quantumscape").content), strict=True)
        if number != other
    ]
    assert other.interval is not None
    assert number == replace(other, value=value, interval=None, rationale=number.rationale, source=number.source)


def test_an_interval_is_set_by_its_own_name() -> None:
    dossier = load("quantumscape").set("milestone.packs.delay.prior.mean", "[25, 32]")
    assert by_field(dossier)["milestone.packs.delay.mean"].prior == Prior.lognormal(28, 25, 32)
    fixed = dossier.set("milestone.packs.delay.prior.mean", None)
    assert by_field(fixed)["milestone.packs.delay.mean"].prior is None


def test_intervals_move_no_belief() -> None:
    dossier = load("phase2_drug")
    wider = dossier.set("milestone.filing.delay.prior.never", [0.2, 0.8])
    assert (wider.belief("2025-12-31").pmf("filing") == dossier.belief("2025-12-31").pmf("filing")).all()


# What check says.


def test_a_number_without_an_interval_is_named_beside_others_that_have_one(small: Dossier) -> None:
    warnings = [problem.message for problem in check(small.path) if "taken as known exactly" in problem.message]
    assert warnings == [
        "dossier.hype: no hype_shape: taken as known exactly",
        "milestone plant, delay: no 90% interval for mean, sd and never, which others have: taken as known exactly",
        "milestone launch, delay: no 90% interval for median, shape and never, which others have:"
        " taken as known exactly",
        "slip 1: no 90% interval for mean and sd, which others have: taken as known exactly",
        "slip 2: no 90% interval for mean and sd, which others have: taken as known exactly",
    ]


def test_a_dossier_without_intervals_is_not_asked_for_them(tmp_path: Path) -> None:
    assert check(write(tmp_path)) == []


def test_a_lopsided_interval_is_shown_with_its_curve(tmp_path: Path) -> None:
    text = replaced(FILES["roadmap.toml"], DESIGN, DESIGN + DELAY_PRIOR.replace("[12, 27]", "[17, 60]"))
    folder = write(tmp_path, {**FILES, "roadmap.toml": text})
    [lopsided] = [problem for problem in check(folder) if "lopsided" in problem.message]
    assert lopsided.level == "warning"
    assert lopsided.place.line == text[: text.index("median = [17, 60]")].count("\n") + 1
    assert lopsided.message == (
        "milestone design, delay.prior.median: lopsided for its centre; taken as log-normal with median 18,"
        " 90% between 16.7 and 19.4 for a stated 17 to 60 (mean 18)"
    )


# The bundled dossiers.


def test_every_uncertain_number_of_the_bundled_dossiers_has_a_curve(bundled: Dossier) -> None:
    inert = {name for name, kind in bundled.kinds.items() if kind.inert}
    fixed = {one.field for one in parameters_of(bundled) if one.prior is None}
    assert fixed == {f"kind.{name}.lift" for name in inert} & set(by_field(bundled))
    assert not any("known exactly" in p.message or "lopsided" in p.message for p in check(bundled.name))


def test_intervals_of_the_bundled_dossiers_are_neither_points_nor_anything_goes(bundled: Dossier) -> None:
    for one in parameters_of(bundled):
        if one.prior is None:
            continue
        assert one.prior.misfit < 0.1, one.field
        low, high = one.prior.interval()
        if one.prior.law == "lognormal":
            assert 1.2**2 < high / low < 2.0**2, one.field
        if one.prior.law == "beta":
            assert 0.05 < high - low < 0.35, one.field


def test_answers_of_the_bundled_kinds_keep_their_ratios(rng: np.random.Generator) -> None:
    pairs: dict[tuple[str | int, ...], dict[str, Prior]] = {}
    for number in numbers_of(load("quantumscape").content):
        prior = number.prior()
        if "attributes" in number.keys and prior is not None:
            pairs.setdefault(number.keys[:-1], {})[str(number.keys[-1])] = prior
    assert len(pairs) == 19
    for keys, pair in pairs.items():
        near, other = (pair[name].sample(40_000, rng) for name in ("yes_if_near", "yes_otherwise"))
        for yes in (True, False):
            ratio = near / other if yes else (1.0 - near) / (1.0 - other)
            spread = np.quantile(ratio, [0.05, 0.95]) / np.median(ratio)
            assert 1.0 / 1.5 < spread[0] and spread[1] < 1.5, keys


def test_the_drug_s_never_holds_the_counting_error_of_the_published_rates() -> None:
    found = by_field(load("phase2_drug"))
    for name, n in (("phase3_start", 1732), ("filing", 495), ("approval", 324)):
        one = found[f"milestone.{name}.delay.never"]
        assert one.prior is not None
        assert one.prior.sd > math.sqrt(one.value * (1.0 - one.value) / n)


def test_a_number_says_whether_it_is_settled() -> None:
    def number(value: float, law: str) -> Number:
        return Number("roadmap.toml", ("slip", 0, "mean"), value, law, None, "", "")  # type: ignore[arg-type]

    assert [number(value, "beta").settled for value in (0.0, 0.5, 1.0)] == [True, False, True]
    assert [number(value, "lognormal").settled for value in (0.0, 1.0)] == [True, False]
    assert not number(0.0, "normal").settled

"""Slip classes that differ by postponements, met targets and *whether*: read, chosen, swept, learned and simulated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bayesmile as bm
from bayesmile.assumptions import assumptions_of
from bayesmile.dossier import Dossier, load
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Guidance, SlipNumbers
from bayesmile.files.items import slip_of
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.parameters import parameters_of
from bayesmile.simulated import Simulated, simulate
from bayesmile.variants import Variants
from tests.calibration.worlds import AS_OF as SIMULATED_AS_OF
from tests.calibration.worlds import small_dossier
from tests.dossier_folder import FILES, replaced, write
from tests.likelihoods.test_likelihood import assert_belief, assert_gradient, prior_draws

AS_OF = "2024-06-30"
BASIS = 'rationale = "assumed"\nsource = "assumption"\n'
HEAD, _, _ = FILES["roadmap.toml"].partition("[[slip]]")


def entry(keys: str, mean: float) -> str:
    prior = f"[slip.prior]\nmean = [{mean - 0.3}, {mean + 0.3}]\nsd = [0.25, 0.8]\n{BASIS}"
    return f"[[slip]]\n{keys}\nmean = {mean}\nsd = 0.45\n{BASIS}{prior}"


FIRST = entry("lead_from = 0\nlead_to = 60\npostponements_to = 1\nwhether = 0.8", 0.2)
LATER = entry("lead_from = 0\nlead_to = 60\npostponements_from = 1\non_time = 0.23\nwhether = 0.6", 0.1)
FAR = entry("lead_from = 60", 0.5)
NEWS = FILES["announcements.csv"] + "moved,2024-01-15,,,guidance,launch,,,2027-06,,,On sale in 2027,,letter,\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path, {**FILES, "roadmap.toml": HEAD + FIRST + LATER + FAR, "announcements.csv": NEWS})


@pytest.fixture
def dossier(folder: Path) -> Dossier:
    return load(folder)


def in_force(dossier: Dossier, as_of: str) -> tuple[str, SlipNumbers]:
    """Class and numbers of the guidance about the launch."""
    known = dossier.known_by(as_of)
    (item,) = [item for item in known.items if isinstance(item, Guidance)]
    return slip_of(dossier.slips, item, known).name, known.slip(item)


# Chosen.


def test_a_class_is_chosen_by_lead_and_postponements(dossier: Dossier) -> None:
    assert in_force(dossier, "2023-12-31") == ("0", SlipNumbers(0.2, 0.45, 0.0, 0.8))
    assert in_force(dossier, AS_OF) == ("0.p1", SlipNumbers(0.1, 0.45, 0.23, 0.6))


def test_a_retracted_target_was_never_put_off(folder: Path) -> None:
    text = replaced(NEWS, "target,2023-02,,,", "target,2023-02,,2024-03-10,")
    (folder / "announcements.csv").write_text(text)
    dossier = load(folder)
    assert [in_force(dossier, day)[0] for day in ("2024-03-09", "2024-03-10")] == ["0.p1", "0"]


def test_a_class_without_these_keys_holds_any_number(folder: Path) -> None:
    (folder / "roadmap.toml").write_text(HEAD + entry("lead_from = 0", 0.2))
    dossier = load(folder)
    assert dossier.slips[0].name == "0"
    assert [item.postponed for item in dossier.ledger if isinstance(item, Guidance)] == [{}, {}]


def test_the_belief_is_that_of_the_class_alone(dossier: Dossier, folder: Path) -> None:
    text = HEAD + entry("lead_from = 0\non_time = 0.23\nwhether = 0.6", 0.1)
    (folder / "roadmap.toml").write_text(text)
    alone = load(folder)
    np.testing.assert_array_equal(dossier.belief(AS_OF).solution.pmf, alone.belief(AS_OF).solution.pmf)
    assert not np.array_equal(dossier.belief("2023-12-31").solution.pmf, alone.belief("2023-12-31").solution.pmf)


# Set by name.


@pytest.mark.parametrize(
    ("field", "acts"),
    [
        ("slip.0.mean", False),
        ("slip.0.whether", False),
        ("slip.0.p1.mean", True),
        ("slip.0.p1.sd", True),
        ("slip.0.p1.on_time", True),
        ("slip.0.p1.whether", True),
        ("slip.60.on_time", False),
    ],
)
def test_each_number_is_set_by_its_name(dossier: Dossier, field: str, acts: bool) -> None:
    other = dossier.set(field, "0.35")
    name, _, key = field.removeprefix("slip.").rpartition(".")
    assert getattr({slip.name: slip for slip in other.slips}[name], key) == 0.35
    same = np.array_equal(other.belief(AS_OF).solution.pmf, dossier.belief(AS_OF).solution.pmf)
    assert same == (not acts)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("slip.0.p1.on_time", "1.2", "on_time: received 1.2; allowed is a probability"),
        ("slip.0.p1.whether", "0", "whether: received 0.0; allowed is a number above 0"),
        ("slip.0.postponements_to", "2", "received 0 after at least 1 postponement; the class from 0 after 0 to 1"),
        ("slip.0.p1.postponements_from", "2", "postponements_from: received 2, and no class holds 1 postponement"),
        ("slip.0.p1.lead_to", "70", "received 60; the class from 0 after at least 1 postponement covers it already"),
        ("slip.0.p2.mean", "0.1", "did you mean slip.0.p1.mean"),
    ],
)
def test_values_that_do_not_fit_are_refused(dossier: Dossier, field: str, value: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says.replace(".", r"\.")):
        dossier.set(field, value)


@pytest.mark.parametrize(
    ("slips", "says"),
    [
        (LATER + FAR, "received 1, and no class holds 0 postponements of targets 0 to 60 months ahead"),
        (FIRST + FAR, "postponements_to: received 1, and no class holds 1 postponement or more"),
        (FIRST + LATER.replace("_from = 1", "_from = 4"), "received 4, and no class holds 1 to 3 postponements"),
        (
            FIRST + LATER.replace("lead_to = 60", "lead_to = 30") + FAR,
            "no class holds 1 postponement or more of targets 0 to 60 months ahead",
        ),
        (FIRST + LATER + entry("lead_from = 40", 0.1), "received 40; the class from 0 without a postponement covers"),
        (LATER.replace("= 1\n", "= 1\npostponements_to = 1\n"), "postponements_to: received 1; allowed is more than"),
        (LATER.replace("= 1\n", "= -1\n"), "postponements_from: received -1; allowed is a number of at least 0"),
        (LATER.replace("= 1\n", "= 1.5\n"), "postponements_from: received 1.5; allowed is a whole number"),
        (FAR.replace("mean = [", "whether = [0.2, 2]\nmean = ["), "prior.whether: not allowed: it is fixed"),
        (FAR.replace("mean = [", "on_time = [0.1, 0.2]\nmean = ["), "prior.on_time: not allowed: it is fixed"),
    ],
)
def test_classes_that_leave_a_gap_or_overlap_are_refused(folder: Path, slips: str, says: str) -> None:
    (folder / "roadmap.toml").write_text(HEAD + slips)
    with pytest.raises(InvalidInput, match=says.replace("[", r"\[")) as error:
        load(folder)
    line = int(str(error.value).split(":")[1])
    assert line > HEAD.count("\n")


def test_classes_may_split_by_lead_and_by_postponements_at_once(folder: Path) -> None:
    near = entry("lead_from = 0\nlead_to = 30\npostponements_from = 2\npostponements_to = 5", 0.1)
    pieces = [
        entry("lead_from = 0\nlead_to = 60\npostponements_to = 2", 0.2),
        near,
        entry("lead_from = 30\nlead_to = 60\npostponements_from = 2", 0.3),
        entry("lead_from = 0\nlead_to = 30\npostponements_from = 5", 0.4),
        FAR,
    ]
    (folder / "roadmap.toml").write_text(HEAD + "".join(pieces))
    assert [slip.name for slip in load(folder).slips] == ["0", "0.p2", "30.p2", "0.p5", "60"]
    assert [slip.after for slip in load(folder).slips] == [
        "after 0 to 1 postponements",
        "after 2 to 4 postponements",
        "after at least 2 postponements",
        "after at least 5 postponements",
        "",
    ]


# Learned and swept.


def test_parameters_have_unambiguous_names(dossier: Dossier) -> None:
    found = {one.field: one for one in parameters_of(dossier) if one.variable.startswith("slip")}
    assert list(found) == [f"slip.{name}.{key}" for key in ("mean", "sd") for name in ("0", "0.p1", "60")]
    assert [found[f"slip.{name}.sd"].coord for name in ("0", "0.p1", "60")] == ["0", "0.p1", "60"]
    assert found["slip.0.mean"].label.endswith("of targets stated 0 to 60 months ahead without a postponement")
    assert found["slip.0.p1.sd"].label.endswith("of targets stated 0 to 60 months ahead after at least 1 postponement")
    assert found["slip.60.sd"].label.endswith("of targets stated at least 60 months ahead")


@pytest.mark.parametrize("as_of", ["2023-12-31", AS_OF])
def test_the_likelihood_reads_each_statement_by_its_class(dossier: Dossier, as_of: str) -> None:
    likelihood = Likelihood(dossier, as_of)
    theta = prior_draws(likelihood, 1, seed=4)[0]
    assert_belief(dossier, likelihood, theta)
    assert_gradient(likelihood, theta)
    _, slopes = likelihood.gradient(theta[None])
    fields = [one.field for one, slope in zip(likelihood.parameters, slopes[0], strict=True) if slope]
    moving = {field for field in fields if field.startswith("slip")}
    name = "0" if as_of < AS_OF else "0.p1"
    assert moving == {f"slip.{name}.mean", f"slip.{name}.sd"}


def test_what_a_class_says_beyond_its_slip_is_swept(dossier: Dossier) -> None:
    found = {one.field: one for one in assumptions_of(dossier, dossier.known_by(AS_OF), ["launch"])}
    swept = [field for field in found if field.startswith("slip")]
    assert swept == ["slip.0.p1.mean", "slip.0.p1.on_time", "slip.0.p1.whether"]
    one = found["slip.0.p1.on_time"]
    assert one.label == (
        "chance that targets stated 0 to 60 months ahead after at least 1 postponement are met in their very month"
    )
    assert (one.scale, one.value) == ("logit", 0.23) and 0.0 < one.low < 0.23 < one.high < 0.5
    assert found["slip.0.p1.whether"].high / 0.6 == pytest.approx(np.exp(0.25 * 1.6448536))
    earlier = [one.field for one in assumptions_of(dossier, dossier.known_by("2023-12-31"), ["launch"])]
    assert [field for field in earlier if field.startswith("slip")] == ["slip.0.mean", "slip.0.whether"]


def test_a_variant_is_the_dossier_with_that_number_set(dossier: Dossier) -> None:
    variants = Variants(dossier, AS_OF)
    for one in assumptions_of(dossier, variants.known, dossier.roadmap.names):
        if not one.field.startswith(("slip.", "milestone.")):
            continue
        belief, _ = variants.at(one.field, one.high)
        other = dossier.set(one.field, one.high).belief(AS_OF)
        np.testing.assert_allclose(belief.solution.pmf, other.solution.pmf, rtol=0, atol=1e-12)
        assert belief.log_marginal == pytest.approx(other.log_marginal, abs=1e-9)


# Simulated.


def simulated(dossier: Dossier, number: int, schedule: list[tuple[str, str]]) -> list[Simulated]:
    theta = [one.value for one in parameters_of(dossier) if one.prior is not None]
    rng = np.random.default_rng(11)
    return [simulate(dossier, SIMULATED_AS_OF, theta, rng, schedule=schedule) for _ in range(number)]


def statements(one: Simulated) -> list[Guidance]:
    return [item for item in (*one.known.items, *one.known.superseded) if isinstance(item, Guidance)]


def test_statements_are_met_and_made_as_often_as_their_class_says(tmp_path: Path) -> None:
    dossier = small_dossier(tmp_path).set("slip.0.on_time", 0.4).set("slip.0.whether", 0.3)
    drawn = [one for one in simulated(dossier, 500, [("launch", "2021-03")]) if one.months[2] >= 14]
    beyond = [one for one in drawn if one.months[2] == 72]
    reached = [one for one in drawn if one.months[2] < 72]
    assert all(statements(one) for one in reached)
    made = np.mean([bool(statements(one)) for one in beyond])
    assert made == pytest.approx(0.3, abs=4.0 * np.sqrt(0.21 / len(beyond)))
    met = [dossier.grid.index(statements(one)[0].target) == one.months[2] for one in reached]
    assert np.mean(met) > 0.4 + 0.01  # some more by the slip itself
    assert np.mean(met) < 0.6
    surprise = []  # of what is beyond, given all that is known: on average none
    for one in drawn:
        if statements(one):
            chance = bm.infer(dossier.roadmap, one.known, dossier.grid).pmf("launch")[-1]
            surprise.append(((one.months[2] == 72) - chance, chance * (1.0 - chance)))
    difference, variance = np.sum(surprise, axis=0)
    assert abs(difference) < 3.5 * np.sqrt(variance)


def test_simulated_statements_have_the_numbers_of_their_class(dossier: Dossier) -> None:
    theta = np.array([one.value for one in parameters_of(dossier) if one.prior is not None])
    names = [one.field for one in parameters_of(dossier) if one.prior is not None]
    theta[names.index("slip.0.p1.mean")] = -0.35
    rng, seen = np.random.default_rng(3), set()
    for _ in range(40):
        one = simulate(dossier, AS_OF, theta, rng, schedule=[("launch", f"{year}-02") for year in (2021, 2022, 2023)])
        for item in statements(one):
            name = slip_of(dossier.slips, item, one.known).name
            numbers = next(slip.numbers for slip in dossier.slips if slip.name == name)
            expected = numbers._replace(mean=-0.35) if name == "0.p1" else numbers
            assert one.known.slip(item) == expected
            seen.add(name)
    assert seen == {"0", "0.p1", "60"}


def test_a_simulated_statement_is_of_the_class_that_its_own_target_makes_it(dossier: Dossier) -> None:
    """A class whose targets are always met, and those of the others hardly ever: only what is put off is met."""
    dossier = dossier.set("slip.0.p1.on_time", 1.0).set("slip.0.whether", 1.0).set("slip.0.p1.whether", 1.0)
    theta = [one.value for one in parameters_of(dossier) if one.prior is not None]
    rng, found = np.random.default_rng(5), {"0": list[bool](), "0.p1": list[bool](), "60": list[bool]()}
    for _ in range(60):
        one = simulate(dossier, AS_OF, theta, rng, schedule=[("launch", f"{year}-02") for year in (2021, 2022, 2023)])
        month = int(one.months[2])
        for item in statements(one) if month < dossier.grid.months else ():
            name = slip_of(dossier.slips, item, one.known).name
            found[name].append(dossier.grid.index(item.target) == month)
    assert all(found["0.p1"]) and len(found["0.p1"]) > 20
    assert np.mean(found["0"]) < 0.3


def test_a_lead_that_no_class_holds_ends_the_drawing(tmp_path: Path) -> None:
    dossier = small_dossier(tmp_path).set("slip.0.lead_to", 2).set("slip.0.on_time", 1.0)
    theta = [one.value for one in parameters_of(dossier) if one.prior is not None]
    with pytest.raises(InvalidInput, match=r"guidance on launch of 2020-02: in 10000 tries no target"):
        simulate(dossier, SIMULATED_AS_OF, theta, np.random.default_rng(1), schedule=[("launch", "2020-02")])

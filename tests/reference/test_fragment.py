"""Learned numbers as tables, and as a fragment that a dossier takes in."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special

import bayesmile as bm
from bayesmile.errors import InvalidInput
from bayesmile.parameters import parameters_of
from bayesmile.reference.fragment import delay_table, fragment, levels_named, slip_table
from bayesmile.reference.learned import LEAD_EDGES, POSTPONEMENT_EDGES, LearnedClass
from bayesmile.reference.table import Provenance
from tests.dossier_folder import FILES, HEADER, write
from tests.reference.test_learned import CHAIN, a_class, slips

HEAD = """
[dossier]
name = "small"
title = "A small dossier"
start = "2020-01"
months = 180
default_as_of = ["2024-06-30"]
headline = ["opening"]
summary = "A summary."
"""
FILLED = 'title = "T"\nreached_when = "r"\nresolved_by = "b"\ndeadline = "2028"\nrisk = "technical"\n'


def learned_class(draws: int = 101, **more: Any) -> LearnedClass:
    """Class whose draws spread about known numbers."""
    rng = np.random.default_rng(3)
    plain = a_class(draws=draws, instant=0.04, patience=20.0, levels={"region": ("north", "south")})
    delays = {name: values + rng.normal(0.0, 0.1, values.shape) for name, values in plain.delays.items()}
    for name in ("median", "never", "shape"):
        delays[f"{name}_effect_region"] = np.tile([0.3, -0.3], (draws, 3, 1))
        delays[f"{name}_spread_region"] = delays[f"{name}_own_spread_region"] = np.full(draws, 0.3)
    spoken = {name: values + rng.normal(0.0, 0.05, draws) for name, values in slips(draws).items()}
    spoken["mean_lead"] = np.tile(np.linspace(-0.2, 0.2, len(LEAD_EDGES)), (draws, 1))
    spoken["log_whether_postponements"] = np.tile(np.linspace(0.1, -0.1, len(POSTPONEMENT_EDGES)), (draws, 1))
    return replace(plain, delays=delays, slips=spoken, **more)


def dossier_of(folder: Path, text: str) -> bm.Dossier:
    """Dossier of a fragment and of what it leaves to be filled in."""
    filled = text.replace("[milestone.delay]\n", FILLED + "[milestone.delay]\n")
    files = {"roadmap.toml": HEAD + filled, "announcements.csv": HEADER + "\n", "kinds.toml": FILES["kinds.toml"]}
    return bm.load(write(folder, files))


def test_a_dossier_takes_the_fragment_in(tmp_path: Path) -> None:
    learned, group = learned_class(), {"region": "south"}
    dossier = dossier_of(tmp_path, fragment(learned, group))
    assert dossier.roadmap.names == CHAIN
    delays = delay_table(learned, group).set_index(["milestone", "number"])
    laws = {"plan": bm.Weibull, "permit": bm.LogNormal, "opening": bm.LogLogistic}
    stated = {one.field: one.prior.stated for one in parameters_of(dossier) if one.prior is not None}
    for milestone, law in laws.items():
        delay = dossier.roadmap[milestone].delay
        assert isinstance(delay, law)
        shape = "sigma" if law is bm.LogNormal else "shape"
        for number in ("median", shape, "never"):
            row = delays.loc[(milestone, number)]
            assert getattr(delay, number) == pytest.approx(row["median"], rel=5e-3)
            expected = row[["median", "low", "high"]].tolist()
            assert stated[f"milestone.{milestone}.delay.{number}"] == pytest.approx(expected, rel=5e-3)
    assert dossier.belief("2024-06-30").prob("opening", by="2028") > 0.0
    row = slip_table(learned, group).iloc[-1]
    expected = [row["mean"], row["mean low"], row["mean high"]]
    assert stated[f"slip.{LEAD_EDGES[-1]}.p{POSTPONEMENT_EDGES[-1]}.mean"] == pytest.approx(expected, rel=5e-3)


def test_each_number_and_interval_of_the_fragment_is_that_of_the_tables() -> None:
    learned, group = learned_class(), {"region": "north"}
    document = tomllib.loads(fragment(learned, group))
    delays = delay_table(learned, group).set_index(["milestone", "number"])
    for entry, after in zip(document["milestone"], ([], ["plan"], ["permit"]), strict=True):
        assert entry["after"] == after
        law, shown = entry["delay"], delays.loc[entry["name"]]
        assert law["family"] == learned.families[entry["name"]]
        for number, interval in law["prior"].items():
            if number in ("rationale", "source"):
                continue
            expected = shown.loc[number, ["low", "median", "high"]].to_numpy(dtype=float)
            np.testing.assert_allclose([interval[0], law[number], interval[1]], expected, rtol=5e-3)
            assert interval[0] < law[number] < interval[1]
    spoken = slip_table(learned, group).to_dict("records")
    assert len(document["slip"]) == len(spoken) == len(LEAD_EDGES) * len(POSTPONEMENT_EDGES)
    for entry, row in zip(document["slip"], spoken, strict=True):
        for number in ("mean", "sd", "on_time", "whether"):
            assert entry[number] == pytest.approx(row[number], rel=5e-3)
        for number in ("mean", "sd"):
            expected = [row[f"{number} low"], row[f"{number} high"]]
            np.testing.assert_allclose(entry["prior"][number], expected, rtol=5e-3)


def test_numbers_of_the_tables_are_quantiles_of_the_draws() -> None:
    learned = learned_class()
    table = delay_table(learned, {"region": "south"}).set_index(["milestone", "number"])
    medians = np.exp(learned.delays["log_median"][:, 0] - 0.3)
    np.testing.assert_allclose(
        table.loc[("plan", "median")].iloc[1:].astype(float), np.quantile(medians, [0.05, 0.5, 0.95])
    )
    sigmas = np.exp(-(learned.delays["log_shape"][:, 1] - 0.3))
    np.testing.assert_allclose(
        table.loc[("permit", "sigma")].iloc[1:].astype(float), np.quantile(sigmas, [0.05, 0.5, 0.95])
    )
    patience = np.exp(learned.delays["log_patience"][:, 2])
    assert table.loc[("opening", "patience"), "median"] == pytest.approx(np.median(patience))
    spoken = slip_table(learned)
    far = spoken[(spoken["lead from"] == 31) & (spoken["postponements from"] == 0)].iloc[0]
    assert far["mean"] == pytest.approx(np.median(learned.slips["mean"]) + 0.2)
    assert far["on_time"] == pytest.approx(special.expit(np.median(learned.slips["logit_on_time"])))
    assert np.isnan(far["lead to"])


def test_a_group_not_seen_has_wider_intervals() -> None:
    learned = learned_class()
    one, none = (
        delay_table(learned, group).set_index(["milestone", "number"]) for group in ({"region": "north"}, None)
    )
    for name in CHAIN:
        assert (none["high"] / none["low"])[name, "median"] > 1.5 * (one["high"] / one["low"])[name, "median"]


def test_every_class_of_statements_is_there_once() -> None:
    spoken = slip_table(learned_class())
    leads = spoken.loc[spoken["postponements from"] == 0, ["lead from", "lead to"]].to_numpy()
    assert leads[0, 0] == 0 and np.isnan(leads[-1, 1])
    assert (leads[1:, 0] == leads[:-1, 1]).all()
    assert not spoken.duplicated(["lead from", "postponements from"]).any()
    assert len(slip_table(replace(learned_class(), slips={}))) == 0
    assert "slip" not in tomllib.loads(fragment(replace(learned_class(), slips={})))


NASTY = 'He said "never"\n[dossier]\nname = \'x\'\r\n\\u0041 \\ """ # \x00\x1b[31m \u2028 \u202e end\\'


def test_text_of_the_class_is_data(tmp_path: Path) -> None:
    about = Provenance(source=NASTY, licence=NASTY, as_of=NASTY)
    text = fragment(learned_class(provenance=about, title=NASTY))
    document = tomllib.loads(text)
    assert set(document) == {"milestone", "slip"}
    source = document["milestone"][0]["delay"]["source"]
    assert source.startswith("He said \"never\" [dossier] name = 'x'") and source.endswith("end\\")
    assert dossier_of(tmp_path, text).name == "small"
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_where_the_numbers_come_from_is_said() -> None:
    about = Provenance(source="register", licence="CC0", as_of="2022-01")
    document = tomllib.loads(fragment(learned_class(provenance=about, entities=1234), {"region": "south"}))
    for entry in (document["milestone"][0]["delay"], document["slip"][0]):
        said = "Learned from 1,234 entities and 12 milestones reached of the class bridges (Bridges), for region south,"
        assert entry["rationale"].startswith(said + " licence: CC0, as of 2022-01.")
        assert entry["source"] == entry["prior"]["source"] == "register"


# Bad input.


def test_a_class_by_the_week_has_no_fragment() -> None:
    with pytest.raises(InvalidInput) as error:
        fragment(learned_class(period="week"))
    assert str(error.value) == "class bridges: received one by the week; allowed is months"


@pytest.mark.parametrize(
    ("group", "message"),
    [
        ({"colour": "blue"}, "group: received factor 'colour'; allowed are region"),
        ({"region": "west"}, "group region: received 'west'; allowed are north, south"),
    ],
)
def test_an_unknown_group_is_refused(group: dict[str, str], message: str) -> None:
    for reader in (delay_table, slip_table, fragment, levels_named):
        with pytest.raises(InvalidInput) as error:
            reader(learned_class(), group)
        assert str(error.value) == message


def test_a_class_without_factors_says_so() -> None:
    with pytest.raises(InvalidInput, match="allowed are none: the class has no factors"):
        levels_named(a_class(), {"region": "north"})

"""Stated dates at their issue and what came of them, against a walk entity by entity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bayesmile as bm
from bayesmile.dossier import load
from bayesmile.reference.reading import read_class
from bayesmile.reference.simulated import simulated_class
from bayesmile.reference.statedoutcomes import stated_outcomes, stated_outcomes_of
from bayesmile.reference.table import ReferenceClass

KLASS = simulated_class(entities=120, seed=4)
MONTHS = 12 * 2018, 12 * 2018 + 59


def walked(klass: ReferenceClass) -> list[tuple[object, ...]]:
    """Say the same slowly: entity by entity, statement by statement."""
    rows = []
    for entity, one in klass.entities.iterrows():
        of = klass.targets["entity"] == entity
        said = dict(zip(klass.targets["issued"][of], klass.targets["target"][of], strict=True))  # the later row stands
        here = klass.reached[(klass.reached["entity"] == entity) & (klass.reached["milestone"] == klass.milestones[-1])]
        before, put_off = None, 0
        for issued in sorted(said):
            target = said[issued]
            if before is None or target != before:
                met = None if here.empty else (here["first"].iloc[0], here["last"].iloc[0])
                if met is not None:
                    outcome = ("met", max(0.0, met[0] - issued), met[1] - issued)
                elif not np.isnan(one["ended_known"]):
                    given_up = 0.0 if np.isnan(one["ended"]) else max(0.0, one["ended"] - issued)
                    outcome = ("ended", given_up, one["ended_known"] - issued)
                else:
                    outcome = ("pending", 0.0, one["through"] - issued)
                if outcome[2] >= 0:
                    rows.append((entity, issued, target, target - issued, put_off, *outcome))
            put_off += before is not None and target > before
            before = target
    return sorted(rows)


def table_of(klass: ReferenceClass) -> list[tuple[object, ...]]:
    frame = stated_outcomes(klass)
    columns = ["entity", "issued", "target", "lead", "postponements", "kind", "low", "high"]
    return sorted(frame[columns].itertuples(index=False, name=None))


@given(st.integers(*MONTHS))
def test_as_the_walk_says_at_any_date(period: int):
    known = KLASS.known_at(period)
    assert table_of(known) == walked(known)


def test_random_statements_repeats_and_two_in_a_month(rng: np.random.Generator):
    some = KLASS.targets.sample(frac=0.7, random_state=1)
    again = some.assign(issued=some["issued"] + rng.integers(0, 3, len(some)), target=some["target"])
    targets = KLASS.targets.iloc[:0]
    for part in (some, again):
        targets = part if targets.empty else type(part)(np.concatenate([targets, part]), columns=part.columns)
    targets = targets.astype({"issued": int, "target": int, "line": int}).sample(frac=1.0, random_state=2)
    klass = replace(KLASS, targets=targets)
    # the walk keeps the last row of a month in the order of the file
    assert table_of(klass) == walked(klass)
    assert stated_outcomes(klass).attrs["late"] >= 0


def test_what_becomes_known_later_changes_nothing_before():
    early = stated_outcomes(KLASS.known_at(12 * 2020))
    later = stated_outcomes(KLASS.known_at(12 * 2022))
    both = early.merge(later, on=["entity", "issued"], suffixes=("", " later"))
    assert len(both) == len(early) > 30
    assert (both["lead"] == both["lead later"]).all() and (both["postponements"] == both["postponements later"]).all()
    met = both[both["kind"] == "met"]
    assert len(met) > 5 and (met["high"] == met["high later"]).all()
    assert (both[both["kind"] == "pending"]["kind later"] != "pending").any()


def test_a_dossier_counts_what_was_withdrawn_and_only_what_was_public():
    dossier = load("quantumscape")
    frame = stated_outcomes_of(dossier, "2026-07-02").set_index(["entity", "issued"])
    revenue = frame.loc[("commercialization", 12 * 2020 + 8)]  # withdrawn in July 2024
    assert (revenue["kind"], revenue["lead"], revenue["high"]) == ("pending", 51, 12 * 2026 + 2 - (12 * 2020 + 8))
    line = frame.loc["pilot_line"].iloc[0]
    assert (line["kind"], line["lead"], line["low"], line["high"]) == ("met", 27, 54, 54)
    assert frame.loc[("commercialization", 12 * 2025 + 9)]["postponements"] == 1
    before = stated_outcomes_of(dossier, "2025-06-23")
    assert "met" not in set(before["kind"]) and (before["issued"] <= 12 * 2025 + 5).all()


def test_a_corrected_statement_counts_as_corrected():
    dossier = load("quantumscape")
    wrong = bm.Guidance("packs", "2022-01-10", "2023", slip_mean=0.3, slip_sd=0.5, id="p", retracted="2022-03-01")
    right = bm.Guidance("packs", "2022-01-10", "2026", slip_mean=0.3, slip_sd=0.5, id="p", entered="2022-03-01")
    for items, targets in (((wrong, right), {24299, 12 * 2026 + 11}), ((wrong,), {24299, 12 * 2023 + 11})):
        changed = replace(dossier, ledger=dossier.ledger.add(*items))
        frame = stated_outcomes_of(changed, "2026-07-02")
        assert set(frame[frame["entity"] == "packs"]["target"]) == targets


@pytest.mark.parametrize("name", ["quantumscape", "solid_state_batteries"])
def test_bundled_tables_of_company_targets_are_read(name: str):
    from bayesmile.reference.reading import bundled_classes

    klass = read_class(bundled_classes()[name].with_suffix(".csv"), name)
    frame = stated_outcomes(klass)
    assert set(klass.entities.index) == set(frame["entity"]) and (frame["lead"] >= 0).all()
    if name == "quantumscape":  # every goal of its own year that it set itself was met within it
        year = frame[frame["lead"] < 14]
        assert len(year) == 7 and (year["kind"] == "met").all() and (year["high"] <= year["lead"]).all()
        assert frame[frame["lead"] >= 14]["kind"].to_list() == ["ended"]

"""The bundled class of power units on its real table, against what the table says when it is counted directly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesmile.reference.asof import snapshots
from bayesmile.reference.table import ReferenceClass
from tests.reference.tables import bundled, months, raw, reached


@pytest.fixture(scope="module")
def power(data_dir: Path) -> ReferenceClass:
    return bundled(data_dir, "us_power_units")


@pytest.fixture(scope="module")
def units(data_dir: Path) -> pd.DataFrame:
    return raw(data_dir, "us_power_units").set_index("unit_id")


def test_no_row_is_lost(power: ReferenceClass, units: pd.DataFrame, data_dir: Path):
    assert len(units) == 2_676 and len(raw(data_dir, "us_power_unit_events")) == 11_055
    assert len(power) + len(power.set_aside) == len(units)
    assert len(power.set_aside) == 9
    assert power.notes == ()
    assert power.correlation == 1.0


def test_impossible_units_are_those_set_aside(power: ReferenceClass, units: pd.DataFrame):
    early = months(units["operating_month"]) <= months(units["first_data_month"])
    wrong = set(units.index[early]) | set(units.index[units["first_status"] == "OP"])
    assert set(units.index) - set(power.entities.index) == wrong


def test_entry_end_and_operation_are_the_columns(power: ReferenceClass, units: pd.DataFrame):
    kept = units.loc[power.entities.index]
    assert power.entities["entered"].tolist() == months(kept["first_data_month"]).tolist()
    assert set(power.entities["through"]) == {12 * 2024 + 10}
    dropped = kept["outcome"] == "dropped"
    ended = (months(kept["last_report"]) - 1).where(dropped)
    np.testing.assert_array_equal(power.entities["ended"], ended)
    np.testing.assert_array_equal(power.entities["ended_known"], ended)
    operating = months(kept["operating_month"]).dropna()
    found = reached(power, "operating")
    assert found["last"].to_dict() == operating.to_dict()
    assert (found["first"] == found["last"]).all() and (found["known"] == found["last"]).all()


def test_stages_are_the_first_listing_at_or_beyond(power: ReferenceClass, data_dir: Path):
    order = {"L": 1, "T": 2, "U": 3, "V": 4, "TS": 5}
    events = raw(data_dir, "us_power_unit_events")
    events = events[events["unit_id"].isin(power.entities.index)]
    stage = events["status"].map(order).fillna(0)
    frame = pd.DataFrame({"unit": events["unit_id"], "stage": stage, "month": months(events["data_month"])})
    operating = reached(power, "operating")["last"]
    for number, name in enumerate(power.milestones[:-1], start=1):
        first = frame[frame["stage"] >= number].groupby("unit")["month"].min()
        both = pd.concat([first, operating], axis=1).min(axis=1)
        assert reached(power, name)["last"].to_dict() == both.to_dict()


def test_milestones_listed_at_entry_were_reached_by_then(power: ReferenceClass):
    entered = power.entities["entered"].loc[power.reached["entity"]].to_numpy()
    by_entry = np.isneginf(power.reached["first"])
    assert (power.reached["last"] >= entered).all()
    np.testing.assert_array_equal(by_entry, power.reached["last"] == entered)


def test_targets_are_the_planned_months_as_they_were_listed(power: ReferenceClass, data_dir: Path):
    events = raw(data_dir, "us_power_unit_events")
    events = events[events["unit_id"].isin(power.entities.index) & events["planned_month"].notna()]
    wanted = set(zip(events["unit_id"], months(events["data_month"]), months(events["planned_month"]), strict=True))
    found = power.targets[["entity", "issued", "target"]].itertuples(index=False)
    assert {tuple(row) for row in found} == wanted
    assert (power.targets["target"] >= power.targets["issued"]).all()


def test_factors_have_few_levels_and_small_technologies_are_pooled(
    power: ReferenceClass, units: pd.DataFrame
):
    sizes = power.entities["technology"].value_counts()
    assert sizes.drop("unknown").min() >= 40 and "other" in sizes
    assert sizes["Batteries"] == (units.loc[power.entities.index, "technology"] == "Batteries").sum()
    mw = units.loc[power.entities.index, "capacity_mw"].astype(float)
    assert (power.entities["size"] == "below 5 MW").tolist() == (mw < 5).tolist()
    assert (power.entities["size"] == "50 to 150 MW").tolist() == ((mw >= 50) & (mw < 150)).tolist()


def test_every_entity_was_pending_at_the_end_of_its_first_month(power: ReferenceClass):
    first = power.entities.reset_index()[["entity", "entered"]].rename(columns={"entered": "as_of"})
    assert snapshots(power, first)["first"].all()

"""The other bundled classes on their real tables, against what the tables say when they are counted directly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tests.reference.tables import bundled, months, raw, reached


def test_planning_counts_every_project_once(data_dir: Path):
    klass, table = bundled(data_dir, "uk_renewable_planning"), raw(data_dir, "uk_renewable_planning")
    assert len(klass) + len(klass.set_aside) == len(table) == 4_879
    aside = table[~table["ref_id"].isin(klass.entities.index)]
    assert aside["submitted"].isna().sum() == table["submitted"].isna().sum() == 126
    assert len(klass.set_aside) < 0.04 * len(table)
    assert klass.notes == ("17 dates left out: in the last month, which was not over when the table was made",)


def test_planning_dates_are_the_columns_up_to_the_last_whole_month(data_dir: Path):
    klass = bundled(data_dir, "uk_renewable_planning")
    table = raw(data_dir, "uk_renewable_planning").set_index("ref_id").loc[klass.entities.index]
    last = 12 * 2024 + 2
    assert set(klass.entities["through"]) == {last}
    for milestone, column in (("consent", "consent"), ("operating", "operational")):
        dated = months(table[column]).dropna()
        dated = dated[dated <= last]
        found = reached(klass, milestone)
        exact = found[found["first"] == found["last"]]["last"]
        assert exact.loc[dated.index].to_dict() == dated.to_dict()


def test_planning_has_ends_with_and_without_a_date(data_dir: Path):
    klass = bundled(data_dir, "uk_renewable_planning")
    table = raw(data_dir, "uk_renewable_planning").set_index("ref_id").loc[klass.entities.index]
    dated = months(table["never_date"]).where(table["never_kind"].notna())
    dated = dated[dated <= 12 * 2024 + 2]
    assert klass.entities["ended"].dropna().to_dict() == dated.to_dict()
    undated = table["never_kind"].notna() & table["never_date"].isna()
    shown = months(table["dead_by_snapshot"])[undated]
    shown = shown[shown <= 12 * 2024 + 2]
    assert klass.entities["ended_known"].loc[shown.index].to_dict() == shown.to_dict()
    assert klass.entities["ended"].loc[shown.index].isna().all()
    pending = table["never_kind"].isna()
    assert klass.entities["ended_known"][pending].isna().all()
    assert not set(reached(klass, "operating").index) & set(klass.entities.index[~pending])


def test_reactors_are_those_with_a_start_of_construction(data_dir: Path):
    klass, table = bundled(data_dir, "nuclear_reactors"), raw(data_dir, "nuclear_reactors").set_index("reactor_id")
    assert len(klass) + len(klass.set_aside) == len(table) == 384
    assert set(klass.entities.index) == set(table.index[table["construction_start"].notna()])
    kept, found = table.loc[klass.entities.index], reached(klass, "operating")
    operating = months(kept["operational_from"]).dropna()
    assert found["last"].loc[operating.index].to_dict() == operating.to_dict()
    undated = found.drop(index=operating.index)
    assert set(kept.loc[undated.index, "status"]) == {"Operational", "Shutdown", "Decommissioning Completed"}
    assert (undated["first"] < undated["last"]).all() and set(undated["last"]) == {12 * 2024 + 1}
    years = (operating - months(kept["construction_start"])).dropna() / 12
    assert abs(years.median() - 6.35) < 0.3  # both halves: 6.35 years
    assert klass.entities["ended_known"].notna().sum() == (kept["never"] == "1").sum()


def test_enhancements_state_releases_that_were_still_to_come(data_dir: Path):
    klass = bundled(data_dir, "kubernetes_enhancements", "kubernetes_keps")
    table = raw(data_dir, "kubernetes_keps").set_index("kep")
    assert len(klass) + len(klass.set_aside) == len(table) == 333
    assert (klass.targets["target"] >= klass.targets["issued"]).all()
    kept = table.loc[klass.entities.index]
    stable = months(kept["reached_stable_date"]).dropna()
    assert reached(klass, "stable")["last"].to_dict() == stable.to_dict()
    assert (kept["outcome"] == "stable").sum() == len(stable)
    first, stage = months(kept["first_commit"]), reached(klass, "alpha")
    assert (stage["last"] >= first.loc[stage.index]).all() and np.isneginf(stage["first"]).any()


def test_enhancement_targets_were_dated_without_later_releases(data_dir: Path):
    klass = bundled(data_dir, "kubernetes_enhancements", "kubernetes_keps")
    releases = raw(data_dir, "kubernetes_release_dates")
    days, events = pd.to_datetime(releases["release_date"]), raw(data_dir, "kubernetes_kep_events")
    events = events[(events["field"] == "stable") & events["value"].notna() & events["kep"].isin(klass.entities.index)]
    wanted = set()
    for kep, day, value in events[["kep", "date", "value"]].itertuples(index=False):
        out = days[days <= day]
        ahead = int(value.removeprefix("v1.")) - (15 + len(out))
        if ahead > 0:
            expected = out.iloc[-1] + pd.to_timedelta(float(ahead * out.diff().dropna().dt.days.median()), unit="D")
            expected = expected.round("D")
            wanted.add((kep, 12 * int(day[:4]) + int(day[5:7]) - 1, 12 * expected.year + expected.month - 1))
    through = klass.entities["through"].iloc[0]
    wanted = {one for one in wanted if one[1] <= through}
    assert {tuple(row) for row in klass.targets[["entity", "issued", "target"]].itertuples(index=False)} == wanted


def test_software_releases_are_counted_by_the_week(data_dir: Path):
    klass, table = bundled(data_dir, "software_releases", "software_cycles"), raw(data_dir, "software_cycles")
    table.index = table["project"] + "/" + table["release"]
    assert len(klass) + len(klass.set_aside) == len(table) == 511
    epoch = pd.Timestamp("1970-01-01")
    week = {name: (pd.to_datetime(table[name]) - epoch).dt.days // 7 for name in ("first_pre", "final_date")}
    kept = klass.entities.index
    assert set(table.index) - set(kept) == set(table.index[week["first_pre"] == week["final_date"]])
    assert klass.entities["entered"].to_dict() == week["first_pre"].loc[kept].to_dict()
    own = week["final_date"].loc[kept][table.loc[kept, "outcome"] == "released"]
    own = own[own <= klass.entities["through"].loc[own.index]]  # one came in the week that was not over
    assert reached(klass, "final")["last"].to_dict() == own.to_dict() and len(own) == 471

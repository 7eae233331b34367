"""News of power units: postponements and steps as announcements about operating, against plain counts of the table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesmile.reference.announcements import AnnouncementTable, read_announcements
from bayesmile.reference.contrasts import within_contrast
from bayesmile.reference.liftcounts import lift_counts
from bayesmile.reference.table import ReferenceClass
from tests.reference.tables import bundled, months, raw

ORDER = ["P", "L", "T", "U", "V", "TS"]
LEAD = 12


@pytest.fixture(scope="module")
def power(data_dir: Path) -> ReferenceClass:
    return bundled(data_dir, "us_power_units")


def kind_of(event: str, status: str, planned: str, previous: str) -> str:
    if event == "date_change":
        return "postponed" if planned > previous else "advanced"
    if status in ORDER and previous in ORDER:
        return "progress" if ORDER.index(status) > ORDER.index(previous) else "setback"
    return "other_status"


@pytest.fixture(scope="module")
def events(data_dir: Path) -> pd.DataFrame:
    found = raw(data_dir, "us_power_unit_events").query("event != 'first_listed'").copy()
    columns = (found[name] for name in ("event", "status", "planned_month", "previous"))
    found["kind"] = [kind_of(*cells) for cells in zip(*columns, strict=True)]
    return found


@pytest.fixture(scope="module")
def news(power: ReferenceClass, events: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> AnnouncementTable:
    path = tmp_path_factory.mktemp("news") / "news.csv"
    table = events.rename(columns={"unit_id": "entity", "data_month": "announced"})
    table[["entity", "announced", "kind"]].to_csv(path, index=False)
    return read_announcements(path, power, set_aside=True)


def test_every_event_is_an_arrival_or_told(power, news, events):
    held = events["unit_id"].isin(power.entities.index)
    assert len(events) == 8_379
    assert len(news) == held.sum() and len(news.set_aside) == (~held).sum() == 2


def test_counts_are_those_of_the_table_month_by_month(power: ReferenceClass, news, events, data_dir: Path):
    """Months of the units one by one: listed after the first report and before operating or vanishing."""
    counts = lift_counts(power, news, lead=LEAD, at_entry=False, at_end=False, by_cluster=False)
    units = raw(data_dir, "us_power_units").set_index("unit_id").loc[power.entities.index]
    first, operating = months(units["first_data_month"]), months(units["operating_month"])
    gone, end = months(units["last_report"]) - 1, months(units["censor_data_month"])
    postponed = events[events["kind"] == "postponed"]
    seen = {unit: set(part) for unit, part in months(postponed["data_month"]).groupby(postponed["unit_id"])}
    total = np.zeros((2, 2))
    for unit, fate in units["outcome"].items():
        stop = {"operating": operating[unit], "dropped": gone[unit], "open": end[unit] - LEAD + 1}[fate]
        for month in range(int(first[unit]) + 1, int(stop)):
            near = int(fate == "operating" and operating[unit] - month <= LEAD)
            total[near] += 1.0 / 12.0, month in seen.get(unit, ())
    part = counts.seen[counts.seen["kind"] == "postponed"]
    found = [[part[f"{name}"].sum(), part[f"arrivals_{name}"].sum()] for name in ("outside", "inside")]
    np.testing.assert_allclose(found, total, rtol=1e-9)


def test_postponements_are_commoner_in_the_last_year(power: ReferenceClass, news):
    """Without the model: rates by division, and within units alone."""
    counts = lift_counts(power, news, lead=LEAD, at_entry=False, at_end=False)
    number = counts.kinds.index("postponed")
    cells = counts.cell_group == counts.group[number]
    years = {name: (getattr(counts, name) * counts.weight)[cells].sum() for name in ("inside", "outside")}
    rate = counts.total_inside[number] / years["inside"]
    base = (counts.total - counts.total_inside)[number] / years["outside"]
    assert 2.2 < rate / base < 2.9
    part = counts.seen[counts.seen["kind"] == "postponed"]
    columns = ("arrivals_inside", "arrivals_outside", "inside", "outside")
    numbers = (part[name].to_numpy(dtype=float) for name in columns)
    within = within_contrast(*numbers, pd.factorize(part["cluster"])[0])
    assert 2.0 < within.low < within.lift < within.high < 2.5

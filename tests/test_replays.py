"""A replay is the beliefs of separate dates, and sees nothing early."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from bayesmile import InvalidInput, LikelihoodRatio, load, replay
from bayesmile.dossier import Dossier

DATES = ["2026-06-30", "2024-03", dt.date(2025, 11, 20)]


@pytest.fixture(scope="module")
def drug() -> Dossier:
    return load("phase2_drug")


@pytest.fixture(scope="module")
def beliefs(drug: Dossier) -> xr.Dataset:
    return replay(drug, DATES)


def test_dates_are_sorted(beliefs: xr.Dataset) -> None:
    assert beliefs.as_of.dt.strftime("%Y-%m-%d").values.tolist() == ["2024-02-29", "2025-11-20", "2026-06-30"]


def test_replay_equals_separate_beliefs(drug: Dossier, beliefs: xr.Dataset) -> None:
    for number, date in enumerate(["2024-03", "2025-11-20", "2026-06-30"]):
        belief, one = drug.belief(date), beliefs.isel(as_of=number)
        assert one.log_marginal.item() == pytest.approx(belief.log_marginal, abs=1e-10)
        for name in drug.roadmap.names:
            at = one.sel(milestone=name)
            np.testing.assert_allclose(at.pmf, belief.pmf(name)[:-1], rtol=0, atol=1e-14)
            assert at.by_deadline.item() == pytest.approx(belief.prob(name, by=at.deadline.item()), abs=1e-12)
            assert at.by_horizon.item() == pytest.approx(belief.prob(name, by=drug.grid.last), abs=1e-12)
            months = ["beyond" if np.isnat(m) else str(m)[:7] for m in at.quantile_month.values]
            assert months == [belief.quantile(name, q) for q in at["quantile"].values]


def test_an_item_announced_later_changes_nothing(drug: Dossier, beliefs: xr.Dataset) -> None:
    later = LikelihoodRatio("approval", "2030", 100.0, announced="2026-07-01")
    again = replay(replace(drug, ledger=drug.ledger.add(later)), DATES)
    xr.testing.assert_equal(again, beliefs)


def test_deadlines_are_the_dossiers_or_given(drug: Dossier, beliefs: xr.Dataset) -> None:
    assert beliefs.deadline.values.tolist() == ["2028-12", "2031-12", "2032-12"]
    other = replay(drug, DATES, deadlines={"approval": "2035-Q2"})
    assert other.deadline.values.tolist() == ["2028-12", "2031-12", "2035-06"]
    assert (other.by_deadline.sel(milestone="approval") > beliefs.by_deadline.sel(milestone="approval")).all()


def test_it_can_be_saved(beliefs: xr.Dataset, tmp_path: Path) -> None:
    beliefs.to_netcdf(tmp_path / "replay.nc")
    xr.testing.assert_equal(xr.load_dataset(tmp_path / "replay.nc"), beliefs)


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        ([], "at least one date"),
        ("2025-01-01", "a list of dates"),
        (["2025-01-31", "2025-02"], "both the end of 2025-01-31"),
        (["soon"], "received 'soon'"),
    ],
)
def test_bad_dates_are_refused(drug: Dossier, dates: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        replay(drug, dates)  # type: ignore[arg-type]


def test_bad_deadlines_are_refused(drug: Dossier) -> None:
    with pytest.raises(InvalidInput, match="milestone: received 'launch'"):
        replay(drug, DATES, deadlines={"launch": "2030"})
    with pytest.raises(InvalidInput, match="target approval, by: received '2090'"):
        replay(drug, DATES, deadlines={"approval": "2090"})

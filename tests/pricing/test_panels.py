"""Many prices at once are each what one price is; missing ones are missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import bayesmile as bm
from bayesmile.errors import InvalidInput
from bayesmile.pricing.distributions import implied_distribution
from bayesmile.pricing.panels import implied_panel

DATES = ["2025-06-15", "2026-06-12", "2026-06-15"]


@pytest.fixture(scope="module")
def panel() -> xr.Dataset:
    return implied_panel([bm.load("phase2_drug"), bm.load("quantumscape")], DATES, draws=100, seed=4, by="2035")


def test_each_cell_is_its_own_reading(panel: xr.Dataset) -> None:
    for company, date in (("phase2_drug", "2026-06-15"), ("quantumscape", "2025-06-15")):
        single = implied_distribution(bm.load(company), date, draws=100, seed=4, others=False, repeat=1)
        cell = panel.sel(company=company, date=date)
        count = len(single.ours)
        np.testing.assert_array_equal(cell.implied[:count], single.implied[:, 0])
        np.testing.assert_array_equal(cell.ours[:count], single.ours)
        assert np.isnan(cell.ours[count:]).all()
        assert float(cell.above_ours) == single.above_ours and float(cell.infeasible) == single.infeasible
        weight, implied = cell.weight[:count].to_numpy(), cell.implied[:count].to_numpy()
        assert float(cell.infeasible) == pytest.approx(weight[implied >= 1.0].sum())
        assert float(cell.above_ours) == pytest.approx(weight[implied > cell.ours[:count].to_numpy()].sum())
        np.testing.assert_array_equal(cell.market_by[:count], single.market(single.milestone, by="2035")[0][:, 0])
        tilted = cell.exponential[:count].to_numpy()
        law = single.tilts.pmf[:, :-1].sum(axis=1).reshape(single.implied.shape)[:, 0]
        np.testing.assert_array_equal(tilted, law)


def test_dimensions_and_laws(panel: xr.Dataset) -> None:
    assert dict(panel.sizes) == {"company": 2, "date": 3, "draw": 100}
    there = panel.sel(date="2026-06-15")
    np.testing.assert_allclose(there.weight.sum("draw"), 1.0)
    value = there.failure + there.implied * (there.success - there.failure)
    np.testing.assert_allclose(value, there.market_value, rtol=1e-9)
    inside = (there.implied > 0) & (there.implied < 1) & (there.ours > 0) & (there.ours < 1)
    implied, ours = there.implied.where(inside, 0.5), there.ours.where(inside, 0.5)
    bits = np.log2(implied / (1 - implied)) - np.log2(ours / (1 - ours))
    np.testing.assert_allclose(there.gap_bits.where(inside, 0.0), bits, atol=1e-9)
    assert int(inside.sum()) > 50
    assert (np.isposinf(there.gap_bits) == (there.implied >= 1.0)).all()


def test_a_company_without_a_price_by_then_is_missing(panel: xr.Dataset) -> None:
    cell = panel.sel(company="phase2_drug", date="2025-06-15")
    assert all(bool(np.isnan(cell[name]).all()) for name in cell.data_vars)


def test_adding_a_company_or_date_changes_no_other_cell(panel: xr.Dataset) -> None:
    alone = implied_panel(bm.load("phase2_drug"), DATES[2:], draws=100, seed=4, by="2035")
    xr.testing.assert_identical(alone, panel.sel(company=["phase2_drug"], date=DATES[2:]))


def test_refusals() -> None:
    dossier = bm.load("phase2_drug")
    for dossiers, dates, message in (
        ([], DATES, "no dossier or no date"),
        ([dossier], [], "no dossier or no date"),
        ([dossier, dossier], DATES, "twice"),
        ([dossier], [DATES[0], DATES[0]], "twice"),
        ([replace(dossier, market=None)], DATES, r"no market\.toml"),
    ):
        with pytest.raises(InvalidInput, match=message):
            implied_panel(dossiers, dates, draws=100)

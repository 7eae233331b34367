"""Beliefs and the first call: what is asked of a posterior, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import bayesmile as bm

GRID = bm.MonthGrid("2026-01", 24)


@pytest.fixture
def pair() -> bm.Roadmap:
    """Pilot, then launch; both delays tabulated so that every number can be read off."""
    return bm.Roadmap(
        [
            bm.Milestone("pilot", delay=bm.Tabulated([0.0, 0.5, 0.3])),
            bm.Milestone("launch", after="pilot", delay=bm.Tabulated([0.1, 0.9])),
        ]
    )


def test_numbers_by_hand(pair: bm.Roadmap):
    belief = bm.infer(pair, [], GRID)
    np.testing.assert_allclose(belief.pmf("pilot")[[0, 1, 2, 24]], [0.0, 0.5, 0.3, 0.2], atol=1e-15)
    np.testing.assert_allclose(belief.pmf("launch")[[1, 2, 3, 24]], [0.05, 0.48, 0.27, 0.2], atol=1e-15)
    assert belief.prob("launch", by="2026-02") == pytest.approx(0.05)
    assert belief.prob("launch", by="2026-03") == pytest.approx(0.53)
    assert belief.prob("launch", by="2026") == pytest.approx(0.80)
    assert belief.prob("launch", by="2025") == 0.0
    assert belief.log_marginal == 0.0


def test_quantiles_are_months(pair: bm.Roadmap):
    belief = bm.infer(pair, [], GRID)
    assert belief.quantile("pilot", 0.5) == "2026-02"
    assert belief.quantile("pilot", 0.51) == "2026-03"
    assert belief.quantile("pilot", 0.9) == "beyond"
    assert belief.quantile("launch", 0.0) == "2026-01"


def test_labelled_series(pair: bm.Roadmap):
    belief = bm.infer(pair, [], GRID)
    cdf, survival = belief.cdf("launch"), belief.survival("launch")
    assert cdf.dims == survival.dims == ("month",)
    assert cdf.sel(month="2026-03-01").item() == pytest.approx(0.53)
    assert survival.sel(month="2026-03-01").item() == pytest.approx(0.47)
    frame = belief.to_pandas()
    assert frame.loc["pilot", "50%"] == "2026-02"
    data = belief.to_dataset()
    assert data["beyond"].sel(milestone="launch").item() == pytest.approx(0.2)
    np.testing.assert_allclose(data["pmf"].sum("month") + data["beyond"], 1.0)


def test_dataset_survives_a_file(pair: bm.Roadmap, tmp_path):
    xr = pytest.importorskip("xarray")
    data = bm.infer(pair, [], GRID).to_dataset()
    data.to_netcdf(tmp_path / "belief.nc", engine="scipy")
    with xr.open_dataset(tmp_path / "belief.nc", engine="scipy") as again:
        xr.testing.assert_allclose(again.load(), data)


def test_the_labelled_joint_is_the_joint(pair: bm.Roadmap):
    belief = bm.infer(pair, [], GRID)
    labelled = belief.joint_xarray("pilot", "launch")
    np.testing.assert_array_equal(labelled.values, belief.joint("pilot", "launch"))
    assert labelled.sel(first="2026-02").sum().item() == pytest.approx(belief.pmf("pilot")[1])
    assert labelled["second"].values[-1] == "beyond" and labelled.attrs["second_milestone"] == "launch"


def test_joint_and_conditional_agree(pair: bm.Roadmap):
    belief = bm.infer(pair, [bm.LikelihoodRatio("launch", by="2026-03", ratio=2)], GRID)
    joint = belief.joint("pilot", "launch")
    assert joint.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(joint.sum(axis=1), belief.pmf("pilot"), atol=1e-14)
    np.testing.assert_allclose(joint.sum(axis=0), belief.pmf("launch"), atol=1e-14)
    late = belief.update(bm.NotYet("pilot", through="2026-02"))
    np.testing.assert_allclose(late.pmf("launch"), joint[2:].sum(axis=0) / joint[2:].sum(), atol=1e-14)


def test_samples_follow_the_joint(pair: bm.Roadmap):
    belief = bm.infer(pair, [], GRID)
    draws = belief.sample(20_000, rng=7)
    assert draws.dims == ("draw", "milestone")
    share = np.zeros((25, 25))
    np.add.at(share, (draws.sel(milestone="pilot").values, draws.sel(milestone="launch").values), 1 / 20_000)
    np.testing.assert_allclose(share, belief.joint("pilot", "launch"), atol=0.015)
    np.testing.assert_array_equal(draws, belief.sample(20_000, rng=7))


def test_update_adds_nothing_to_the_old_belief(pair: bm.Roadmap):
    before = bm.infer(pair, [], GRID)
    pmf = before.pmf("pilot")
    before.update(bm.Achieved("pilot", month="2026-02"))
    np.testing.assert_array_equal(before.pmf("pilot"), pmf)
    before.pmf("pilot")[:] = 7.0
    np.testing.assert_array_equal(before.pmf("pilot"), pmf)


def test_a_raw_ledger_is_refused(pair: bm.Roadmap):
    ledger = bm.Ledger([bm.Achieved("pilot", month="2026-02", announced="2026-03-01")])
    with pytest.raises(bm.InvalidInput, match="known_by"):
        bm.infer(pair, ledger, GRID)


@pytest.mark.parametrize("by", ["2028", "2028-01", "later", ""])
def test_deadlines_after_the_horizon_are_refused(pair: bm.Roadmap, by: str):
    with pytest.raises(bm.InvalidInput, match="received"):
        bm.infer(pair, [], GRID).prob("pilot", by=by)


def test_unknown_milestones_are_refused(pair: bm.Roadmap):
    with pytest.raises(bm.InvalidInput, match="pilot, launch"):
        bm.infer(pair, [], GRID).pmf("lunch")
    with pytest.raises(bm.InvalidInput, match="lunch"):
        bm.infer(pair, [bm.NotYet("lunch", through="2026-03")], GRID)


def test_impossible_evidence_names_a_smallest_set(pair: bm.Roadmap):
    items = [
        bm.LikelihoodRatio("pilot", by="2026", ratio=9),
        bm.Achieved("launch", month="2026-02"),
        bm.NotYet("pilot", through="2026-01"),
        bm.NotYet("pilot", through="2026-02"),
    ]
    with pytest.raises(bm.ImpossibleEvidence) as caught:
        bm.infer(pair, items, GRID)
    assert set(caught.value.items) == {items[1].label, items[3].label}
    with pytest.raises(bm.ImpossibleEvidence, match="probability zero"):
        bm.infer(pair, [bm.Achieved("pilot", month="2026-09")], GRID)


def test_too_wide_a_roadmap_is_refused_by_name():
    roots = [bm.Milestone(f"r{i}", delay=bm.LogNormal(30, 0.5)) for i in range(5)]
    pairs = [
        bm.Milestone(f"p{i}{j}", after=[f"r{i}", f"r{j}"], delay=bm.LogNormal(30, 0.5))
        for i in range(5)
        for j in range(i + 1, 5)
    ]
    with pytest.raises(bm.InvalidInput, match=r"the months of r\d, .*held jointly"):
        bm.infer(bm.Roadmap([*roots, *pairs]), [], bm.MonthGrid("2026-01", 240))


@pytest.mark.parametrize("draws", [0, -1, 2.5, True])
def test_bad_sample_sizes_are_refused(pair: bm.Roadmap, draws):
    with pytest.raises(bm.InvalidInput, match="sample draws"):
        bm.infer(pair, [], GRID).sample(draws, rng=1)


def test_rows_of_a_trillion_nats_still_sum_to_one(pair: bm.Roadmap):
    row = np.linspace(-1e12, 1e12, 25)
    belief = bm.infer(pair, [bm.Row("pilot", row), bm.Row("launch", -0.7 * row)], GRID)
    for name in pair.names:
        assert belief.pmf(name).sum() == pytest.approx(1.0, abs=1e-12)


def test_rows_can_be_looked_at(pair: bm.Roadmap):
    news = bm.LikelihoodRatio("pilot", by="2026-02", ratio=np.e)
    belief = bm.infer(pair, [news], GRID)
    (row,) = belief.rows
    assert row.items == (news,)
    np.testing.assert_allclose(row.loglik, [1.0, 1.0, *[0.0] * 23])


def test_unconnected_parts_may_be_improbable_together():
    """Each part has a mass that a double holds; their product has not."""
    grid = bm.MonthGrid("2026-01", 24)
    roadmap = bm.Roadmap([bm.Milestone(name, delay=bm.LogNormal(24, 0.15)) for name in "abcdef"])
    facts = [bm.Achieved(name, month="2026-01") for name in "abcd"]
    belief = bm.infer(roadmap, facts, grid)
    parts = [bm.infer(roadmap, [fact], grid).log_marginal for fact in facts]
    assert belief.log_marginal == pytest.approx(sum(parts), rel=1e-12)
    assert belief.sample(5, rng=1).shape == (5, 6)
    clash = [bm.NotYet("e", through="2026-05"), bm.Achieved("e", month="2026-03")]
    for items in ([*clash, *facts], [*facts, *clash]):
        with pytest.raises(bm.ImpossibleEvidence) as caught:
            bm.infer(roadmap, items, grid)
        assert set(caught.value.items) == {item.label for item in clash}


@pytest.mark.parametrize("size", [1e4, 1e6, 1e8, 1e9, 1e12])
def test_conflicting_rows_of_any_size_sum_to_one(size: float):
    grid = bm.MonthGrid("2026-01", 2)
    table = bm.Tabulated([0.3, 0.3, 0.4])
    roadmap = bm.Roadmap([bm.Milestone("a", delay=table), bm.Milestone("b", after="a", delay=table)])
    belief = bm.infer(roadmap, [bm.Row("a", [-size, 0, 0]), bm.Row("b", [0, -size, -size])], grid)
    for name in roadmap.names:
        assert belief.pmf(name).sum() == pytest.approx(1.0, abs=1e-14)


def test_ten_tenths_reach_one():
    grid = bm.MonthGrid("2026-01", 36)
    belief = bm.infer(bm.Roadmap([bm.Milestone("a", delay=bm.Tabulated([0.1] * 10))]), [], grid)
    assert [belief.quantile("a", k / 10) for k in range(1, 11)] == [grid.label(k) for k in range(10)]
    tail = bm.infer(bm.Roadmap([bm.Milestone("a", delay=bm.Tabulated([1 - 1e-14, 1e-14]))]), [], grid)
    assert tail.quantile("a", 1.0) == "2026-02"
    assert tail.prob("a", by=grid.last) <= 1.0


def test_draws_in_chunks_are_draws(pair: bm.Roadmap, monkeypatch):
    monkeypatch.setattr("bayesmile.core.sampling.CHUNK_CELLS", 500)
    belief = bm.infer(pair, [], GRID)
    draws = belief.sample(4001, rng=3)
    assert draws.sizes["draw"] == 4001
    share = (draws.sel(milestone="launch") <= 2).mean().item()
    assert share == pytest.approx(belief.prob("launch", by="2026-03"), abs=0.04)


@pytest.mark.parametrize("seed", [-1, "x", 1.5, True, None])
def test_bad_seeds_are_refused(pair: bm.Roadmap, seed):
    with pytest.raises(bm.InvalidInput, match="sample rng"):
        bm.infer(pair, [], GRID).sample(3, rng=seed)


@pytest.mark.parametrize("evidence", [None, 3, "pilot", bm.NotYet("pilot", through="2026-02")])
def test_what_is_no_list_of_items_is_refused(pair: bm.Roadmap, evidence):
    with pytest.raises(bm.InvalidInput, match="evidence: received"):
        bm.infer(pair, evidence, GRID)


def test_strict_floating_point_settings_of_the_caller_do_not_matter(pair: bm.Roadmap):
    rows = [bm.Row("pilot", np.linspace(-5e3, 5e3, 25)), bm.Row("launch", np.linspace(5e3, -5e3, 25))]
    calm = bm.infer(pair, rows, GRID)
    with np.errstate(all="raise"):
        strict = bm.infer(pair, rows, GRID)
        strict.sample(3, rng=1)
    np.testing.assert_array_equal(strict.pmf("launch"), calm.pmf("launch"))

"""Diagnostics of a sampler: ArviZ's numbers, and pictures that tell good chains from bad ones."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from arviz_stats.base import array_stats
from numpy.typing import NDArray

from bayesmile.errors import InvalidInput
from bayesmile.model.diagnostics import Diagnostics, diagnose
from bayesmile.plots import plot_draws, plot_energy, plot_ranks, plot_sizes

Array = NDArray[np.float64]


def tree_of(
    numbers: dict[str, Array], *, energy: Array | None = None, diverging: NDArray[np.bool_] | None = None
) -> xr.DataTree:
    """Tree of a fit with these draws, (chain, draw) or (chain, draw, milestone)."""
    shape = next(iter(numbers.values())).shape[:2]
    calm = np.random.default_rng(8).normal(size=shape)
    data = {
        name: (("chain", "draw", *([f"{name}_milestone"] * (draws.ndim - 2))), draws) for name, draws in numbers.items()
    }
    coords = {
        f"{name}_milestone": [f"step_{k}" for k in range(draws.shape[2])]
        for name, draws in numbers.items()
        if draws.ndim == 3
    }
    stats = {
        "energy": (("chain", "draw"), calm if energy is None else energy),
        "diverging": (("chain", "draw"), np.zeros(shape, dtype=bool) if diverging is None else diverging),
    }
    return xr.DataTree.from_dict({"posterior": xr.Dataset(data, coords=coords), "sample_stats": xr.Dataset(stats)})


def autoregressive(rng: np.random.Generator, chains: int, draws: int, rho: float) -> Array:
    out = rng.normal(size=(chains, draws))
    for at in range(1, draws):
        out[:, at] = rho * out[:, at - 1] + np.sqrt(1.0 - rho * rho) * out[:, at]
    return out


def outside(part: Diagnostics) -> bool:
    return "outside their bands" in plot_ranks(part).layout.meta["summary"]


@pytest.fixture(scope="module")
def part() -> Diagnostics:
    rng = np.random.default_rng(4)
    stuck = rng.normal(size=(4, 250))
    stuck[0] += 1.5
    gone = np.zeros((4, 250), dtype=bool)
    gone[2, 17] = gone[0, 3] = True
    return diagnose(tree_of({"hype": rng.normal(size=(4, 250)), "never": stuck[..., None]}, diverging=gone))


def test_numbers_are_those_of_arviz_worst_first(part: Diagnostics) -> None:
    assert [one.name for one in part.numbers] == ["never: step 0", "hype"]
    for one in part.numbers:
        assert one.rhat == float(array_stats.rhat(one.draws))
        assert one.bulk[-1] == float(array_stats.ess(one.draws, method="bulk"))
        assert one.tail[3] == float(
            array_stats.ess(one.draws[:, : int(one.kept[3])], method="tail", prob=(0.05, 0.95))
        )
        assert sorted(one.ranks.ravel()) == list(range(1, 1001))
        assert one.kept[-1] == 250


def test_every_number_of_a_variable_has_its_own_draws() -> None:
    draws = np.random.default_rng(1).normal(size=(2, 50, 3))
    found = {one.name: one for one in diagnose(tree_of({"delay_median": draws})).numbers}
    assert set(found) == {f"delay median: step {k}" for k in range(3)}
    assert (found["delay median: step 1"].draws == draws[..., 1]).all()


def test_chains_that_agree_stay_in_the_band_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    left = sum(outside(diagnose(tree_of({"hype": rng.normal(size=(4, 60))}))) for _ in range(60))
    assert 0 <= left <= 8  # of 60 at 5%: more has probability 0.001


def test_slow_chains_that_agree_are_not_blamed_for_their_slowness() -> None:
    rng = np.random.default_rng(6)
    left = sum(outside(diagnose(tree_of({"hype": autoregressive(rng, 4, 200, 0.8)}))) for _ in range(30))
    assert left <= 6


def test_a_chain_elsewhere_leaves_the_band(part: Diagnostics) -> None:
    figure = plot_ranks(part)
    assert "outside their bands: never: step 0." in figure.layout.meta["summary"]
    lines = {trace.name: np.array(trace.y) for trace in figure.data if trace.yaxis == "y" and trace.line.width}
    assert lines["chain 1"].min() < -0.3 and sum(lines.values()) == pytest.approx(np.zeros(39), abs=5e-3)
    assert len({trace.line.dash for trace in figure.data if trace.line.width}) == 4


def test_sizes_name_what_has_too_few_draws(part: Diagnostics) -> None:
    figure = plot_sizes(part)
    assert figure.data[0].y[-1] == pytest.approx(part.numbers[0].bulk[-1])
    assert figure.data[0].x[-1] == 1000
    assert "too few for never: step 0" in figure.layout.meta["summary"]
    good = diagnose(tree_of({"hype": np.random.default_rng(3).normal(size=(4, 400))}))
    assert "all numbers have enough" in plot_sizes(good).layout.meta["summary"]


def test_energy_tells_slow_walks() -> None:
    rng = np.random.default_rng(7)
    numbers = {"hype": rng.normal(size=(2, 300))}
    quick, slow = (diagnose(tree_of(numbers, energy=autoregressive(rng, 2, 300, rho))) for rho in (0.0, 0.95))
    for one in (quick, slow):
        steps = np.square(np.diff(one.energy, axis=1)).sum(axis=1)
        spread = np.square(one.energy - one.energy.mean(axis=1, keepdims=True)).sum(axis=1)
        assert one.bfmi == pytest.approx(steps / spread, rel=0.02)
    assert "none below 0.3" in plot_energy(quick).layout.meta["summary"]
    assert "too slowly" in plot_energy(slow).layout.meta["summary"]
    visited, stepped = plot_energy(slow).data
    assert max(stepped.y) > 2 * max(visited.y)


def test_divergent_transitions_stand_where_they_were(part: Diagnostics) -> None:
    draws, crosses = plot_draws(part, ["hype", "never: step 0"]).data
    hype, never = part.numbers[1].draws, part.numbers[0].draws
    assert set(zip(crosses.x, crosses.y, strict=True)) == {(hype[0, 3], never[0, 3]), (hype[2, 17], never[2, 17])}
    assert len(draws.x) == 998


@pytest.mark.parametrize("names", [["hype"], ["hype", "lift"], ["hype", "never: step 0", "hype"]])
def test_two_known_numbers_are_needed(part: Diagnostics, names: list[str]) -> None:
    with pytest.raises(InvalidInput, match="allowed are two of never: step 0, hype"):
        plot_draws(part, names)


def test_too_little_to_compare_is_refused() -> None:
    rng = np.random.default_rng(9)
    with pytest.raises(InvalidInput, match="received 1 chains of 50"):
        diagnose(tree_of({"hype": rng.normal(size=(1, 50))}))
    tree = tree_of({"hype": rng.normal(size=(2, 50))})
    del tree["sample_stats"]
    with pytest.raises(InvalidInput, match="without the group 'sample_stats'"):
        diagnose(tree)


def test_a_chain_that_never_moves_is_drawn_all_the_same() -> None:
    part = diagnose(tree_of({"hype": np.ones((2, 50))}, energy=np.ones((2, 50))))
    for figure in (plot_ranks(part), plot_sizes(part), plot_energy(part)):
        assert figure.layout.height > 0

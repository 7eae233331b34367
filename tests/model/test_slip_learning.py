"""The likelihood of stated dates, against the forecasts that are made of the same numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pymc as pm
import pytest

from bayesmile.model.learning import _cells
from bayesmile.model.slip_learning import SLIPS, SlipCells, slip_model
from bayesmile.reference.asof import every_period, outcomes, snapshots
from bayesmile.reference.learned import LearnedClass
from bayesmile.reference.simulated import simulated_class
from bayesmile.reference.table import ReferenceClass
from tests.reference.test_learned import a_class

SHARE = 0.5
Point = dict[str, np.ndarray]


class Worked:
    """A class, its origins with a stated date, and the model of them at some points."""

    def __init__(self) -> None:
        self.klass: ReferenceClass = simulated_class(entities=70, seed=8)
        chain, levels = self.klass.milestones, {"region": ("north", "south")}
        self.learned: LearnedClass = a_class(instant=0.05, patience=15.0, milestones=chain, levels=levels)
        self.learned = replace(self.learned, families=dict.fromkeys(chain, "weibull"))
        frame = snapshots(self.klass, every_period(self.klass, every=4))
        self.frame: pd.DataFrame = frame[frame["lead"] >= 1].reset_index(drop=True)
        self.cells: SlipCells = _cells(
            self.klass, self.learned, self.frame, np.where(self.frame["first"], 1.0, SHARE)
        )
        self.model = slip_model(self.cells)
        rng, initial = np.random.default_rng(6), self.model.initial_point()
        self.starts = [{name: rng.normal(value, 0.4) for name, value in initial.items()} for _ in range(3)]
        names = [one.name for one in self.model.unobserved_value_vars]
        values = self.model.compile_fn(self.model.unobserved_value_vars, mode="FAST_COMPILE")
        self.points: list[Point] = [dict(zip(names, values(start), strict=True)) for start in self.starts]
        self.logp = self.model.compile_logp(vars=self.model.potentials, jacobian=False, mode="FAST_COMPILE")

    def forecasts(self, point: Point) -> np.ndarray:
        """Return the forecast of each origin if these are the numbers of the slips."""
        slips = {
            name: np.asarray(value)[None]
            for name, value in point.items()
            if any(name == part or name.startswith(f"{part}_") for part in SLIPS)
        }
        return replace(self.learned, slips=slips).predict(self.frame, self.cells.prior.shape[1] - 1)


@pytest.fixture(scope="module")
def worked() -> Worked:
    return Worked()


def test_the_likelihood_is_that_of_the_forecasts(worked: Worked) -> None:
    known = outcomes(worked.klass, worked.frame, periods=worked.cells.prior.shape[1] - 1)
    first, last = known.cells()
    weight = np.where(worked.frame["first"], 1.0, SHARE)
    for start, point in zip(worked.starts, worked.points, strict=True):
        pmf = worked.forecasts(point)
        chance = [row[low : high + 1].sum() for row, low, high in zip(pmf, first, last, strict=True)]
        assert float(worked.logp(start)) == pytest.approx((weight * np.log(chance)).sum(), rel=1e-8)


def test_all_months_together_are_certain(worked: Worked) -> None:
    size = worked.cells.low.size
    with worked.model:
        pm.set_data({"low": np.zeros(size, np.int64), "high": np.full(size, worked.cells.prior.shape[1] - 1)})
        found = float(worked.logp(worked.starts[0]))
        pm.set_data({"low": worked.cells.low, "high": worked.cells.high})
    assert found == pytest.approx(0.0, abs=1e-9)


def test_origins_are_all_counted(worked: Worked) -> None:
    frame, cells = worked.frame, worked.cells
    assert cells.weight.sum() == pytest.approx(frame["first"].sum() + SHARE * (~frame["first"]).sum())
    assert len(cells.weight) < len(frame)
    np.testing.assert_allclose(cells.prior.sum(axis=1), 1.0, atol=1e-12)
    assert all(level.max() < len(cells.levels[name]) for name, level in cells.effect.items())
    assert set(cells.lead) == set(frame["lead"].astype(int))


def test_effects_add_to_nothing(worked: Worked) -> None:
    for point in worked.points:
        for name in SLIPS:
            for effect, levels in worked.cells.levels.items():
                assert point[f"{name}_{effect}"].shape == (len(levels),)
                assert point[f"{name}_{effect}"].sum() == pytest.approx(0.0, abs=1e-12)

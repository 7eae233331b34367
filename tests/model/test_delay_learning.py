"""The likelihood of spells, against sums over every month in which a delay or a failure may end."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pymc as pm
import pytest
from scipy import special, stats

from bayesmile.model.delay_families import choose_families
from bayesmile.model.delay_learning import FAMILIES, delay_model
from bayesmile.reference.simulated import simulated_class
from bayesmile.reference.spells import KINDS, Spells, spells

MILESTONES = ("plan", "permit", "opening")
LAWS = dict(zip(MILESTONES, FAMILIES, strict=True))
LEVELS = {"region": ("north", "south"), "size": ("small", "middle", "large")}
NUMBERS = ("median", "never", "shape")  # that differ by group
END = 7  # last period of the outcomes that are listed

Cell = tuple[int, int, int, int, int]  # stage, enter, low, high, kind


def all_outcomes(stage: int, enter: int) -> list[Cell]:
    """All that may be known at the end of period `END` of a delay pending since `enter`, each kept apart."""
    months = range(enter + 1, END + 1)
    ends = [(stage, enter, month, month, kind) for kind in (0, 1) for month in months]
    return [*ends, (stage, enter, END, END, 2)]


CELLS: list[Cell] = [
    cell
    for stage in range(3)
    for cell in (
        *(one for enter in (-1, 0, 3) for one in all_outcomes(stage, enter)),
        (stage, -1, 0, 4, 0),
        (stage, 2, 4, 9, 0),
        (stage, -1, 0, 6, 1),
        (stage, 1, 2, 30, 1),
    )
]


def as_spells(cells: list[Cell]) -> Spells:
    table = np.array(cells)
    place = np.arange(len(cells))
    return Spells(
        stage=table[:, 0],
        enter=table[:, 1],
        low=table[:, 2],
        high=table[:, 3],
        kind=table[:, 4],
        level=np.stack([place % 2, place // 5 % 3], axis=1),
        count=np.ones(len(cells), dtype=np.int64),
        weight=np.ones(len(cells)),
        levels=LEVELS,
        entities=len(cells),
        events=1,
    )


class Worked:
    """The model, its terms one by one at some points, and the parameters there."""

    def __init__(self) -> None:
        self.spells = as_spells(CELLS)
        self.model = delay_model(self.spells, MILESTONES, LAWS)
        rng = np.random.default_rng(5)
        initial = self.model.initial_point()
        self.starts = [{name: rng.normal(value, 0.7) for name, value in initial.items()} for _ in range(3)]
        names = [one.name for one in self.model.unobserved_value_vars]
        values = self.model.compile_fn(self.model.unobserved_value_vars, mode="FAST_COMPILE")
        self.points = [dict(zip(names, values(start), strict=True)) for start in self.starts]
        self.terms = [terms_of(self.model, start) for start in self.starts]


def terms_of(model: pm.Model, start: dict[str, np.ndarray]) -> np.ndarray:
    """Return the term of each spell at a point: the likelihood when it alone is counted."""
    logp = model.compile_logp(vars=model.potentials, jacobian=False, mode="FAST_COMPILE")
    number, found = model["weight"].get_value().size, []
    for spell in range(number):
        with model:
            pm.set_data({"weight": np.eye(number)[spell]})
        found.append(float(logp(start)))
    return np.array(found)


@pytest.fixture(scope="module")
def worked() -> Worked:
    return Worked()


def cdf(family: str, median: float, shape: float) -> Callable[[np.ndarray], np.ndarray]:
    """Distribution function of a delay, from scipy's own parameters."""
    match family:
        case "weibull":
            return stats.weibull_min(shape, scale=median / np.log(2.0) ** (1.0 / shape)).cdf
        case "loglogistic":
            return stats.fisk(shape, scale=median).cdf
        case _:
            return stats.lognorm(1.0 / shape, scale=median).cdf


def by_month(family: str, median: float, shape: float, months: int = 4000) -> np.ndarray:
    """Chance of each whole month after one that happened in the middle of its own; the last holds all later ones."""
    edges = np.maximum(np.arange(months + 1) - 0.5, 0.0)
    below = np.append(cdf(family, median, shape)(edges), 1.0)
    return np.diff(below)


def enumerated(cell: Cell, level: np.ndarray, point: dict[str, np.ndarray]) -> float:
    """Log-chance of a spell: months in which it may end so over all that it may still do at entry."""
    stage, enter, low, high, kind = cell
    at = dict(zip(LEVELS, level.tolist(), strict=True))
    shift = {name: sum(point[f"{name}_effect_{of}"][stage, at[of]] for of in LEVELS) for name in NUMBERS}
    never = special.expit(point["logit_never"][stage] + shift["never"])
    instant = special.expit(point["logit_instant"][stage])
    law = by_month(
        LAWS[MILESTONES[stage]],
        np.exp(point["log_median"][stage] + shift["median"]),
        np.exp(point["log_shape"][stage] + shift["shape"]),
    )
    alive = (1.0 - never) * (1.0 - instant) * law
    alive[0] += (1.0 - never) * instant
    dead = never * by_month("weibull", np.exp(point["log_patience"][stage]), np.exp(point["log_patience_shape"][stage]))
    whole = alive[enter + 1 :].sum() + dead[enter + 1 :].sum()
    match KINDS[kind]:
        case "reached":
            part = alive[low : high + 1].sum()
        case "ended":
            part = dead[low : high + 1].sum()
        case _:
            part = alive[high + 1 :].sum() + dead[high + 1 :].sum()
    return float(np.log(part / whole))


def test_each_spell_counts_what_enumeration_gives(worked: Worked) -> None:
    for point, terms in zip(worked.points, worked.terms, strict=True):
        expected = [enumerated(cell, level, point) for cell, level in zip(CELLS, worked.spells.level, strict=True)]
        np.testing.assert_allclose(terms, expected, rtol=1e-9, atol=1e-9)


def test_outcomes_of_a_spell_sum_to_one(worked: Worked) -> None:
    cells = [cell for stage, enter in product(range(3), (-1, 0, 3)) for cell in all_outcomes(stage, enter)]
    found = as_spells(cells)
    object.__setattr__(found, "level", np.zeros_like(found.level))
    model = delay_model(found, MILESTONES, LAWS)
    chance = np.exp(terms_of(model, worked.starts[0]))
    groups, member = np.unique(np.array(cells)[:, :2], axis=0, return_inverse=True)
    assert len(groups) == 9
    np.testing.assert_allclose(np.bincount(member.ravel(), weights=chance), 1.0, rtol=1e-12)


def test_effects_of_a_factor_add_to_nothing(worked: Worked) -> None:
    for point in worked.points:
        for name, factor in product(NUMBERS, LEVELS):
            effect = point[f"{name}_effect_{factor}"]
            assert effect.shape == (3, len(LEVELS[factor]))
            np.testing.assert_allclose(effect.sum(axis=1), 0.0, atol=1e-12)
            assert np.ptp(effect) > 0.0


def test_a_factor_of_one_level_has_no_effect() -> None:
    klass = simulated_class(entities=30, seed=1)
    found = spells(klass.subset(klass.entities.index[klass.entities["region"] == "north"]))
    model = delay_model(found, klass.milestones, dict.fromkeys(klass.milestones, "weibull"))
    assert not any("region" in one.name for one in model.free_RVs)


def test_slopes_are_finite_far_out() -> None:
    found = as_spells([(stage, -1, low, low, kind) for stage in range(3) for low, kind in ((2, 0), (90, 0), (40, 2))])
    object.__setattr__(found, "levels", {})
    model = delay_model(found, MILESTONES, LAWS)
    slope, start = model.compile_dlogp(mode="FAST_COMPILE"), model.initial_point()
    for log_median, log_shape in product((-8.0, 12.0), (-4.0, 3.0)):
        point = start | {"log_median": np.full(3, log_median), "log_shape": np.full(3, log_shape)}
        assert np.isfinite(slope(point)).all(), (log_median, log_shape)


def test_the_likelier_law_is_chosen() -> None:
    klass = simulated_class(entities=1500, seed=9)
    found = spells(klass)
    assert choose_families(found, klass.milestones, []) == {}
    nothing = spells(klass.subset([]), {"region": ("north", "south")})
    assert choose_families(nothing, klass.milestones, ["permit"]) == {"permit": "weibull"}

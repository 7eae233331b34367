"""Simulation-based calibration of learning: parameters from the prior, entities from them, the sampler, their ranks.

S. Talts et al., "Validating Bayesian inference algorithms with simulation-based calibration", arXiv:1804.06788 (2018).
Entities are simulated one by one from the laws themselves, apart from the likelihood of the models.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import numpy as np
import pymc as pm
import pytest
from scipy import special, stats

from bayesmile.model.delay_learning import delay_model
from bayesmile.model.learning import ACCEPT
from bayesmile.model.slip_learning import SlipCells, slip_model
from bayesmile.reference.spells import Spells
from tests.calibration.ranks import Ranks, least, place

SIMULATIONS, TUNE, DRAWS, THIN = 120, 300, 400, 4
Point = dict[str, np.ndarray]

pytestmark = pytest.mark.slow


def shown(point: Point) -> dict[str, float]:
    """Each number of a point, by its name and place; what is redundant or on an inner scale is left out."""
    return {
        f"{name}{list(at) if at else ''}": float(value)
        for name, values in point.items()
        if "_z_" not in name
        for at, value in np.ndenumerate(values)
    }


def sampled_ranks(
    model: pm.Model, simulate: Callable[[Point, np.random.Generator], Point], seed: int
) -> tuple[Ranks, int]:
    """Ranks of every number among the sampler's draws, and the number of divergent transitions."""
    import nutpie

    rng = np.random.default_rng(seed)
    variables = [*model.free_RVs, *model.deterministics]
    truths = pm.draw(variables, draws=SIMULATIONS, random_seed=seed)
    compiled = nutpie.compile_pymc_model(model)
    ranks: Ranks = {}
    divergent = 0
    for number, values in enumerate(zip(*truths, strict=True)):
        truth = {one.name: np.asarray(value) for one, value in zip(variables, values, strict=True)}
        data = compiled.with_data(**simulate(truth, rng))
        tree = nutpie.sample(
            data,
            draws=DRAWS,
            tune=TUNE,
            chains=1,
            cores=1,
            seed=1000 * seed + number,
            progress_bar=False,
            target_accept=ACCEPT,
        )
        divergent += int(tree["sample_stats"]["diverging"].sum())
        kept = {name: tree["posterior"][name].to_numpy()[0, ::THIN] for name in truth}
        rows = [shown(truth)] + [shown({n: v[d] for n, v in kept.items()}) for d in range(DRAWS // THIN)]
        for name, value in rows[0].items():
            believed = np.array([row[name] for row in rows])
            ranks.setdefault(name, []).append(place(value, believed, np.full(believed.size, 1.0 / believed.size), rng))
    return ranks, divergent


def judged(title: str, ranks: Ranks, divergent: int, started: float) -> None:
    probability, worst = least(ranks)
    minutes = (time.monotonic() - started) / 60.0
    told = f"{title}: {SIMULATIONS} simulations, {minutes:.1f} min, {divergent} divergent; {probability:.4f}, {worst}"
    print(told)
    assert probability > 0.01, told
    assert divergent < 0.01 * SIMULATIONS * DRAWS, told


# Delays.

FAMILIES = {"permit": "weibull", "opening": "lognormal"}
EDGES = [*range(13), 15, 20, 30]  # of the periods that are told apart; 30 on is pending
GROUPS = list(product(range(2), range(2), (-1, 5)))  # stage, level, entry
STARTS = 120


def cells() -> Spells:
    """All outcomes that are told apart, of each stage, level and entry."""
    rows = []
    for stage, level, enter in GROUPS:
        spans = [(low, high - 1) for low, high in pairwise(EDGES) if low > enter]
        rows += [(stage, level, enter, low, high, kind) for kind in range(2) for low, high in spans]
        rows.append((stage, level, enter, EDGES[-1] - 1, EDGES[-1] - 1, 2))
    stage, level, enter, low, high, kind = np.array(rows).T
    return Spells(
        stage=stage,
        level=level[:, None],
        enter=enter,
        low=low,
        high=high,
        kind=kind,
        count=np.zeros(len(rows), dtype=np.int64),
        weight=np.zeros(len(rows)),
        levels={"region": ("north", "south")},
        entities=1,
        events=1,
    )


def draw_delays(truth: Point, stage: int, level: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Periods after which the next milestone is reached, and after which it is given up; inf: not."""
    shift = {name: truth[f"{name}_effect_region"][stage, level] for name in ("median", "never", "shape")}
    median = np.exp(truth["log_median"][stage] + shift["median"])
    shape = np.exp(truth["log_shape"][stage] + shift["shape"])
    if stage == 0:
        months = median * (rng.exponential(size=STARTS) / np.log(2.0)) ** (1.0 / shape)
    else:
        months = median * np.exp(rng.normal(size=STARTS) / shape)
    at_once = rng.random(STARTS) < special.expit(truth["logit_instant"][stage])
    delay = np.where(at_once, 0.0, np.floor(months + 0.5))
    patience, steep = np.exp(truth["log_patience"][stage]), np.exp(truth["log_patience_shape"][stage])
    given_up = np.floor(patience * (rng.exponential(size=STARTS) / np.log(2.0)) ** (1.0 / steep) + 0.5)
    never = rng.random(STARTS) < special.expit(truth["logit_never"][stage] + shift["never"])
    return np.where(never, np.inf, delay), np.where(never, given_up, np.inf)


def simulate_delays(found: Spells, truth: Point, rng: np.random.Generator) -> Point:
    count = np.zeros(len(found), dtype=np.int64)
    for stage, level, enter in GROUPS:
        ends = draw_delays(truth, stage, level, rng)
        seen = np.minimum(*ends) > enter
        here = (found.stage == stage) & (found.level[:, 0] == level) & (found.enter == enter)
        for kind, end in enumerate(ends):
            for at in np.flatnonzero(here & (found.kind == kind)):
                count[at] = (seen & (end >= found.low[at]) & (end <= found.high[at])).sum()
        count[here & (found.kind == 2)] = (seen & (np.minimum(*ends) >= EDGES[-1])).sum()
        assert count[here].sum() == seen.sum()
    return {"weight": count.astype(np.float64)}


def test_delays_fall_evenly_among_the_draws() -> None:
    started, found = time.monotonic(), cells()
    model = delay_model(found, tuple(FAMILIES), FAMILIES)  # type: ignore[arg-type]
    ranks, divergent = sampled_ranks(model, lambda truth, rng: simulate_delays(found, truth, rng), seed=11)
    judged("delays", ranks, divergent, started)


# Stated dates.

LEADS, PERIODS, ORIGINS = (1, 4, 9, 20), 36, 60
STATEMENTS = list(product(range(len(LEADS)), range(2)))


def origins() -> SlipCells:
    """Statements of each lead and number of postponements, the laws before them taking turns."""
    row = np.repeat(np.arange(len(STATEMENTS)), ORIGINS)
    laws = []
    for number in range(row.size):
        law = np.diff(stats.weibull_min(1.3, scale=(6.0, 15.0, 40.0)[number % 3]).cdf(np.arange(PERIODS + 1)))
        laws.append([*(0.9 * law), 1.0 - 0.9 * law.sum()])
    lead, late = np.array(STATEMENTS).T
    return SlipCells(
        lead=np.array(LEADS)[lead],
        effect={"lead": lead, "postponements": late},
        levels={"lead": tuple(map(str, LEADS)), "postponements": ("0", "1 or more")},
        row=row,
        prior=np.array(laws),
        low=np.zeros(row.size, dtype=np.int64),
        high=np.full(row.size, PERIODS),
        weight=np.ones(row.size),
    )


def number_of(truth: Point, name: str, lead: int, late: int) -> float:
    return float(truth[name] + truth[f"{name}_lead"][lead] + truth[f"{name}_postponements"][late])


def simulate_months(told: SlipCells, truth: Point, rng: np.random.Generator) -> Point:
    """Months drawn by the definition: prior times the chance of the statement, beyond at its average chance."""
    ahead = np.arange(1, PERIODS + 1)
    low, high = np.empty_like(told.low), np.empty_like(told.high)
    for at, (number, law) in enumerate(zip(told.row, told.prior, strict=True)):
        place_, stated = STATEMENTS[number], LEADS[STATEMENTS[number][0]]
        slip: Any = stats.norm(-number_of(truth, "mean", *place_), np.exp(number_of(truth, "log_sd", *place_)))
        on_time = special.expit(number_of(truth, "logit_on_time", *place_))
        real = np.log(ahead + 0.5)
        chance = (1.0 - on_time) * (slip.cdf(np.log(stated + 1.0) - real) - slip.cdf(np.log(stated) - real))
        chance = chance + on_time * (ahead == stated)
        weight = law[:-1] * chance
        beyond = law[-1] * weight.sum() / law[:-1].sum() * np.exp(number_of(truth, "log_whether", *place_))
        month = rng.choice(PERIODS + 1, p=np.append(weight, beyond) / (weight.sum() + beyond))
        through = int(rng.integers(5, PERIODS)) if rng.random() < 0.3 else PERIODS - 1
        low[at], high[at] = (month, month) if month <= through else (through + 1, PERIODS)
    return {"low": low, "high": high}


def test_slips_fall_evenly_among_the_draws() -> None:
    started, told = time.monotonic(), origins()
    ranks, divergent = sampled_ranks(slip_model(told), lambda truth, rng: simulate_months(told, truth, rng), seed=12)
    judged("slips", ranks, divergent, started)

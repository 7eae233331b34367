"""Tilts that meet a price: many at once, against entropy pooling on sampled scenarios, in the same run."""

from __future__ import annotations

import numpy as np
import pytest
from rich.table import Table

import bayesmile as bm
from bayesmile.core.batched_tilts import solve_tilts
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.market import present_values
from bayesmile.model.mixture import from_prior
from bayesmile.pricing.distributions import drawn_reading
from bayesmile.pricing.draws import draw_payoffs
from tests.benchmarks.timing import Timing, duration, measure

AS_OF, PRICED, OTHER = "2025-10-16", "commercialization", "field_testing"
SCENARIOS, DRAWS = 100_000, 10_000


@pytest.fixture(scope="module")
def dossier() -> bm.Dossier:
    return bm.load("quantumscape")


def pooled(samples, values, price):
    """Weights of the scenarios by entropy pooling; values in units of the price, as its optimiser needs."""
    from entropy_pooling import ep  # only where benchmarks are run

    prior = np.full((len(samples), 1), 1.0 / len(samples))
    left = np.vstack((np.ones(len(samples)), values / price))
    return ep(prior, left, np.array([[1.0], [1.0]]))[:, 0]


def test_one_tilt(dossier, show):
    """One price, one belief: time and error of P(priced by 2030) and of the price itself."""
    belief, price = dossier.belief(AS_OF), dossier.market.capitalisation(AS_OF).value
    payoffs = dossier.market.payoffs
    present = present_values(belief, payoffs, AS_OF)
    exact = bm.implied(belief, payoffs, price=price, as_of=AS_OF)
    pmf, row = belief.pmf(PRICED), present.rows[PRICED]
    sampled = belief.sample(SCENARIOS, rng=1)
    months = sampled.sel(milestone=PRICED).to_numpy()
    values = row[months]
    weights = pooled(months, values, price)
    last = belief.grid.deadline("2030")
    right = {name: exact.belief.prob(name, by="2030") for name in (PRICED, OTHER)}
    theirs = {name: float(weights[sampled.sel(milestone=name).to_numpy() <= last].sum()) for name in right}
    one = solve_tilts(pmf[None], row[None], np.array([price]))
    ours = float(one.pmf[0, : last + 1].sum())
    table = Table(title=f"One tilt of QuantumScape's belief as of {AS_OF} to its price")
    for title in ("", "time", "x ours", "error, priced by 2030", "error, field testing by 2030", "E[PV] / price - 1"):
        table.add_column(title, justify="left" if not title else "right")
    times = {
        "the priced milestone's law": measure(lambda: solve_tilts(pmf[None], row[None], np.array([price]))),
        "whole roadmap (implied)": measure(lambda: bm.implied(belief, payoffs, price=price, as_of=AS_OF)),
        f"entropy pooling, {SCENARIOS:,} scenarios": measure(lambda: pooled(months, values, price), most=5),
        "their sampling alone": measure(lambda: belief.sample(SCENARIOS, rng=1), most=5),
    }
    base = times["the priced milestone's law"].best
    errors = [
        (abs(ours - right[PRICED]), None, float(one.pmf[0] @ row) / price - 1.0),
        (0.0, 0.0, bm.fair_price(exact.belief, payoffs, as_of=AS_OF) / price - 1.0),
        (abs(theirs[PRICED] - right[PRICED]), abs(theirs[OTHER] - right[OTHER]), float(weights @ values) / price - 1.0),
        (None, None, None),
    ]
    for (name, timing), cells in zip(times.items(), errors, strict=True):
        said = ["" if cell is None else f"{cell:.1e}" for cell in cells]
        table.add_row(name, duration(timing.best), f"{timing.best / base:,.0f}", *said)
    show(table)


def test_many_tilts(dossier, show):
    """Ten thousand joint draws of parameters and payoffs: a tilt each, a second."""
    market, belief = dossier.market, dossier.belief(AS_OF)
    price = market.capitalisation(AS_OF).value
    likelihood = Likelihood(dossier, AS_OF)
    mixture = from_prior(dossier, AS_OF, draws=DRAWS // 8, seed=1, likelihood=likelihood)
    paid = draw_payoffs(market, 8 * len(mixture.theta), np.random.default_rng(1))
    found = drawn_reading(belief, mixture, None, PRICED, price, paid)
    pmf = np.repeat(mixture.pmf_draws[:, mixture.roadmap.number(PRICED)], 8, axis=0)
    row, goal = found.drawn.rows[PRICED], price * paid.share_factor - found.drawn.floor
    answer = solve_tilts(pmf, row, goal)
    met = answer.feasible
    error = np.abs((answer.pmf[met] * row[met]).sum(axis=1) / goal[met] - 1.0).max()
    table = Table(title=f"{len(pmf):,} tilts of one priced milestone, {pmf.shape[1]} outcomes, at once")
    for title in ("", "time", "a second", "largest |E[PV] / price - 1|"):
        table.add_column(title, justify="left" if not title else "right")

    def add(name: str, timing: Timing, said: str) -> None:
        table.add_row(name, duration(timing.best), f"{len(pmf) / timing.best:,.0f}", said)

    add("exponential tilts", measure(lambda: solve_tilts(pmf, row, goal), seconds=2.0), f"{error:.1e}")
    reach = measure(lambda: drawn_reading(belief, mixture, None, PRICED, price, paid), seconds=2.0)
    add("payoffs drawn, discounted, two-state and reach", reach, "")
    whole = measure(lambda: drawn_reading(belief, mixture, likelihood, PRICED, price, paid), seconds=4.0, most=3)
    add("the same, carried to every milestone by the engine", whole, "")
    show(table)
    assert error < 1e-9

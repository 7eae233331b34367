"""Simulated ledgers against the model's formulas, truths against what is believed of them, and predictive checks."""

from __future__ import annotations

import numpy as np
import pytest

import bayesmile as bm
from bayesmile.core.slip import slip_row
from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Achieved, Announcement, Guidance, NotYet
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.mixture import prior_draws
from bayesmile.predictive import predictive_check, replicate
from bayesmile.simulated import Simulated, simulate
from tests.calibration.ranks import Reader, evenness, least, simulated_ranks
from tests.calibration.worlds import AS_OF, SCHEDULE, small_dossier

SIMULATIONS, DRAWS, SEED = 300, 80, 1
ALLOWED = 1e-3
"""Of the smallest probability of all quantities times their number; what is mis-specified falls below it."""


@pytest.fixture(scope="module")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    return small_dossier(tmp_path_factory.mktemp("calibration"))


@pytest.fixture(scope="module")
def nothing(dossier: Dossier) -> Likelihood:
    return Likelihood(dossier, AS_OF)


@pytest.fixture(scope="module")
def ledgers(dossier: Dossier, nothing: Likelihood) -> list[Simulated]:
    rng = np.random.default_rng(5)
    return [simulate(dossier, AS_OF, nothing.centre, rng, schedule=SCHEDULE) for _ in range(1000)]


# What is simulated.


def test_event_months_follow_the_roadmap(nothing: Likelihood, ledgers: list[Simulated]):
    exact = np.cumsum(nothing.prior(nothing.centre[None])[0], axis=1)
    months = np.stack([one.months for one in ledgers])
    for k, cdf in enumerate(exact):
        share = (months[:, k, None] <= np.arange(cdf.size)).mean(axis=0)
        assert np.abs(share - cdf).max() < 0.06  # 1.63 / sqrt(1000) at the 1% level


def test_facts_are_what_was_reported_by_the_date(dossier: Dossier, ledgers: list[Simulated]):
    for one in ledgers[:200]:
        month = dict(zip(dossier.roadmap.names, one.months.tolist(), strict=True))
        achieved = {item.milestone: item.month for item in one.known.items if isinstance(item, Achieved)}
        open_through = {item.milestone: item.through for item in one.known.items if isinstance(item, NotYet)}
        for name in ("pilot", "launch"):  # observed, reported a month after: the last closed month is 2023-11
            if month[name] <= 46:
                assert achieved.pop(name) == dossier.grid.label(month[name])
            else:
                assert open_through[name] == "2023-11"
        assert not achieved


def test_arrivals_and_answers_come_at_the_rates_of_the_window(dossier: Dossier, ledgers: list[Simulated]):
    for stream in dossier.ledger.streams:
        k = dossier.roadmap.number(stream.milestone)
        near, far, exposed, elsewhere = [], [], 0, 0
        for one in ledgers:
            covered = np.arange(dossier.grid.index(stream.first), 48)
            inside = (covered <= one.months[k]) & (covered >= one.months[k] - stream.lead) & (one.months[k] < 72)
            exposed, elsewhere = exposed + int(inside.sum()), elsewhere + int((~inside).sum())
            for arrival in one.known.arrivals(stream):
                ahead = one.months[k] - (arrival.ordinal - dossier.grid.origin)
                (near if 0 <= ahead <= stream.lead and one.months[k] < 72 else far).append(arrival.answers)
        rate = stream.base_rate / 12.0
        for found, expected in ((near, exposed * rate * stream.lift), (far, elsewhere * rate)):
            assert len(found) == pytest.approx(expected, abs=4.0 * np.sqrt(expected))
        ((name, rates),) = stream.attributes.items()
        for found, chance in zip((near, far), rates, strict=True):
            share = np.mean([answers[name] == "yes" for answers in found])
            assert share == pytest.approx(chance, abs=4.0 * np.sqrt(0.25 / len(found)))


@pytest.mark.parametrize("beyond", [False, True])
def test_stated_months_follow_the_slip(dossier: Dossier, nothing: Likelihood, ledgers: list[Simulated], beyond: bool):
    """Guidance about the launch from 2023-06 on: its place in P(D | T) is even, and none comes after the launch.

    Where the launch is *beyond*, P(D) is the mean over the months that the roadmap allows from then on.
    """
    rng = np.random.default_rng(0)
    issued, places = dossier.grid.index("2023-06"), []
    ahead = nothing.prior(nothing.centre[None])[0, 2, :-1] * (np.arange(72) >= issued)
    for one in ledgers:
        month = int(one.months[2])
        stated = [item for item in one.known.items if isinstance(item, Guidance) and item.milestone == "launch"]
        assert len(stated) == (month >= issued)
        if month >= issued and beyond == (month == 72):
            weight = ahead / ahead.sum() if beyond else np.eye(72)[month]
            target = dossier.grid.index(stated[0].target)
            chances = [np.exp(slip_row(issued, t, 0.2, 0.4, 72)) @ weight for t in range(issued, target + 1)]
            places.append(sum(chances[:-1]) + rng.random() * chances[-1])
    assert len(places) > 150
    assert evenness(places) > ALLOWED


def test_announcements_fill_the_part_of_a_month_that_has_elapsed(dossier: Dossier, nothing: Likelihood):
    busy = dossier.set("kind.hiring.base_rate", 600.0)
    theta = nothing.centre.copy()
    theta[[one.field for one in nothing.parameters].index("kind.hiring.lift")] = 1.0
    drawn = simulate(busy, "2023-11-10", theta, np.random.default_rng(2), schedule=SCHEDULE)
    days = [str(item.announced) for item in drawn.known.items if isinstance(item, Announcement)]
    assert min(days) >= "2019-07-01"
    assert max(days) == "2023-11-10"
    assert drawn.known.duplicates == ()
    last = sum(day >= "2023-11" for day in days)
    assert last == pytest.approx(50.0 / 3.0, abs=8.0)
    assert sum("2023-09" <= day < "2023-11" for day in days) == pytest.approx(100.0, abs=40.0)


def test_a_draw_is_checked(dossier: Dossier, nothing: Likelihood):
    with pytest.raises(InvalidInput, match=r"theta: received shape \(3,\); allowed is \(\.\.\., 14\)"):
        simulate(dossier, AS_OF, np.ones(3), np.random.default_rng(1))


# Truths against what is believed of them.


def half_lift(likelihood: Likelihood, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lifts = [column for column, one in enumerate(likelihood.parameters) if one.variable == "lift"]
    wrong = theta.copy()
    wrong[:, lifts] /= 2.0
    return likelihood.posterior(wrong)


def without_constants(likelihood: Likelihood, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    logs, pmf = likelihood.posterior(theta)
    return logs - sum(piece.constant for piece in likelihood.pieces(theta)), pmf


def less_slip(likelihood: Likelihood, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As if plans slipped less than they do."""
    wrong = theta.copy()
    wrong[:, [one.field for one in likelihood.parameters].index("slip.0.mean")] -= 0.5
    return likelihood.posterior(wrong)


def test_truths_fall_evenly(dossier: Dossier):
    probability, worst = least(simulated_ranks(dossier, SIMULATIONS, DRAWS, SEED))
    assert probability > ALLOWED, worst


@pytest.mark.parametrize("read", [half_lift, without_constants, less_slip])
def test_a_wrong_model_is_found_out(dossier: Dossier, read: Reader):
    probability, worst = least(simulated_ranks(dossier, SIMULATIONS, DRAWS, SEED, read))
    assert probability < ALLOWED, worst


# Predictive checks.


def test_replicates_have_the_expected_number(dossier: Dossier, nothing: Likelihood):
    """Draws at one theta with every month known: a Poisson of the exposure."""
    draws = 4000
    theta = np.repeat(nothing.centre[None], draws, axis=0)
    pmf = np.zeros((draws, 3, 73))
    pmf[:, :, 40] = 1.0
    again = replicate(nothing, theta, pmf, np.random.default_rng(3))
    for column, (label, lead, base, lift, months) in enumerate(
        [("deal", 10, 2.0, 3.0, 54), ("hiring", 8, 1.5, 2.5, 48)]
    ):
        assert again.streams[column].kind == label
        expected = base / 12.0 * (months + (lift - 1.0) * (lead + 1))
        counts = again.counts[:, column]
        assert counts.mean() == pytest.approx(expected, abs=4.0 * np.sqrt(expected / draws))
        assert counts.var() == pytest.approx(expected, rel=0.12)
        start = 48 - months
        whole = base / 12.0 * (np.arange(start, 48).sum() + (lift - 1.0) * np.arange(40 - lead, 41).sum())
        mean = np.nansum(again.mean_month[:, column] * counts) / counts.sum()
        assert mean == pytest.approx(whole / expected, abs=0.5)


def test_replicates_follow_hype_and_the_own_draw(nothing: Likelihood):
    fields = [one.field for one in nothing.parameters]
    theta = np.repeat(nothing.centre[None], 2000, axis=0)
    theta[1000:, fields.index("dossier.hype")] = 3.0
    pmf = np.zeros((2000, 3, 73))
    pmf[:, :, 72] = 1.0
    counts = replicate(nothing, theta, pmf, np.random.default_rng(4)).counts
    assert counts[1000:, 0].mean() / counts[:1000, 0].mean() == pytest.approx(3.0, rel=0.06)
    assert counts[1000:, 1].mean() / counts[:1000, 1].mean() == pytest.approx(1.0, rel=0.08)


def test_check_finds_a_flood_and_a_late_rush_of_news(dossier: Dossier, nothing: Likelihood):
    rng = np.random.default_rng(6)
    theta = prior_draws(nothing, 400, rng)
    drawn = simulate(dossier, AS_OF, nothing.centre, rng, schedule=[])
    quiet = predictive_check(Likelihood(dossier, AS_OF, known=drawn.known), theta, np.ones(400), rng)
    flood = [Announcement("plant", "hiring", "2023-12-15", f"no. {i}", {"senior": "yes"}) for i in range(80)]
    loud = Likelihood(dossier, AS_OF, known=drawn.known.plus(*flood))
    table = predictive_check(loud, theta, np.ones(400), rng)
    row = "hiring on plant"
    assert 0.01 < quiet.loc[row, "tail"] < 0.99
    assert table.loc[row, "observed"] == quiet.loc[row, "observed"] + 80
    assert table.loc[row, "tail"] < 0.005
    assert table.loc[row, "month_tail"] < 0.005
    assert table.loc[row, "observed_month"] > table.loc[row, "high_month"]


def test_check_weighs_the_draws(dossier: Dossier, nothing: Likelihood):
    """All the weight on draws of great hype: more deals are expected."""
    theta = np.repeat(nothing.centre[None], 400, axis=0)
    theta[200:, [one.field for one in nothing.parameters].index("dossier.hype")] = 4.0
    even, heavy = (
        predictive_check(nothing, theta, weights, np.random.default_rng(8)).loc["deal on launch", "median"]
        for weights in (np.repeat([1.0, 0.0], 200), np.repeat([0.0, 1.0], 200))
    )
    assert heavy > 2.5 * even


@pytest.mark.parametrize("weights", [np.ones(3), -np.ones(4), np.zeros(4), np.full(4, np.nan)])
def test_weights_are_checked(nothing: Likelihood, weights: np.ndarray):
    with pytest.raises(InvalidInput, match="weights: allowed is one number of at least 0 for each draw of theta"):
        predictive_check(nothing, np.repeat(nothing.centre[None], 4, axis=0), weights, np.random.default_rng(1))


def test_check_names_every_stream_of_a_real_dossier():
    likelihood = Likelihood(bm.load("quantumscape"), "2025-10-16")
    theta = np.repeat(likelihood.centre[None], 100, axis=0)
    table = predictive_check(likelihood, theta, np.ones(100), np.random.default_rng(1))
    assert table["observed"].sum() == sum(len(likelihood.known.arrivals(stream)) for stream in likelihood.known.streams)
    assert table["tail"].between(0.0, 1.0).all()
    assert table.loc[table["observed"] == 0, "observed_month"].isna().all()


def test_posteriors_at_hand_change_nothing() -> None:
    likelihood = Likelihood(bm.load("phase2_drug"), "2026-06-30")
    theta = prior_draws(likelihood, 60, np.random.default_rng(2))
    tables = [
        predictive_check(likelihood, theta, np.arange(60.0), np.random.default_rng(3), pmf=pmf)
        for pmf in (None, likelihood.posterior(theta)[1])
    ]
    assert tables[0].equals(tables[1])

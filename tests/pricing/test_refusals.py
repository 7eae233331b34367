"""What the functions on prices refuse: numbers of draws, seeds, names in place of dossiers; and what they bear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bayesmile as bm
from bayesmile.dossier import market_of
from bayesmile.market_report import build_market_report

DAY = "2026-10-31"


@pytest.fixture(scope="module")
def drug() -> bm.Dossier:
    return bm.load("phase2_drug")


@pytest.mark.parametrize(
    "ask",
    [
        lambda given: bm.implied_distribution(given, DAY, draws=100),
        lambda given: bm.implied_panel(given, [DAY], draws=100),
        lambda given: bm.implied_panel([given], [DAY], draws=100),
        lambda given: bm.history(given),
        lambda given: bm.event_days(given, DAY),
        lambda given: bm.run_up(given, DAY),
    ],
)
def test_a_name_is_no_dossier(ask: Callable[[Any], object]) -> None:
    with pytest.raises(bm.InvalidInput, match=r"dossier: received 'phase2_drug'; allowed is a Dossier"):
        ask("phase2_drug")


@pytest.mark.parametrize(("draws", "seed", "named"), [(10**9, 0, "draws"), ("9", 0, "draws"), (100, -1, "seed")])
def test_draws_and_seeds_are_whole_numbers_within_limits(
    drug: bm.Dossier, draws: Any, seed: int, named: str
) -> None:
    asks: list[Callable[[], object]] = [
        lambda: bm.implied_distribution(drug, DAY, draws=draws, seed=seed),
        lambda: bm.implied_panel(drug, [DAY], draws=draws, seed=seed),
        lambda: bm.history(drug, "2026-06", "2026-06", draws=draws, seed=seed),
        lambda: bm.run_up(drug, DAY, draws=draws, seed=seed),
    ]
    for ask in asks:
        with pytest.raises(bm.InvalidInput, match=rf"^{named}: received .*; allowed is a whole number"):
            ask()


def test_one_date_is_a_list_of_one(drug: bm.Dossier) -> None:
    one, listed = (bm.implied_panel(drug, dates, draws=100) for dates in (DAY, [DAY]))
    assert one.identical(listed)
    belief, payoffs = drug.belief(DAY), market_of(drug).payoffs
    asked = [bm.what_must_hold(belief, payoffs, price=4e8, as_of=DAY, dates=dates) for dates in ("2032", ["2032"])]
    assert [each.text for each in asked[0]] == [each.text for each in asked[1]]


def test_a_price_of_next_to_nothing_is_infinitely_exceeded(drug: bm.Dossier) -> None:
    payoffs = market_of(drug).payoffs
    grid = bm.worth_grid(drug.belief(DAY), payoffs, price=1e-302, as_of=DAY, values=[1e9], probabilities=[0.5])
    assert np.isinf(grid.over.values).all()


def test_a_required_return_beyond_belief_still_has_its_grids(drug: bm.Dossier) -> None:
    report = build_market_report(drug.set("payoffs.required_return", "50"), DAY, draws=0)
    assert report.iso is not None
    assert max(report.iso.by_return.columns) == 64.0


@pytest.mark.parametrize("value", [-1.0, float("nan"), "3e8"])
def test_spending_is_a_share_of_a_market_value(drug: bm.Dossier, value: Any) -> None:
    market = market_of(drug)
    with pytest.raises(bm.InvalidInput, match="price: received"):
        bm.share_growth(market, market.payoffs, DAY, value)
    assert bm.share_growth(market, market.payoffs, DAY, 0.0).spending_rate is None


def test_a_run_up_does_not_end_before_it_begins() -> None:
    with pytest.raises(bm.InvalidInput, match="run-up: received 2025-10-01 to 2025-06-01; dates are reversed"):
        bm.run_up(bm.load("quantumscape"), "2025-10-16", since="2025-10-01", until="2025-06-01")

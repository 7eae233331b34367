"""Pooling slips: the likelihood against scipy, limits of the pooling, recovery from simulated statements, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bayesmile.errors import InvalidInput
from bayesmile.model import slip_pooling
from bayesmile.model.slip_pooling import pool_slips
from bayesmile.reference.pooledslips import PooledSlips
from bayesmile.reference.statedoutcomes import OUTCOME_COLUMNS

ISSUED = 12 * 2020


def statements(rows: list[tuple[str, int, str, int, int]]) -> pd.DataFrame:
    """Table of statements: entity, lead, kind, low, high."""
    full = [(name, "c", ISSUED, ISSUED + lead, lead, 0, kind, low, high, 2) for name, lead, kind, low, high in rows]
    return pd.DataFrame(full, columns=list(OUTCOME_COLUMNS))


def simulated(
    rng: np.random.Generator, count: int, mean: float, sd: float, *, on_time: float = 0.0, never: float = 0.0
) -> pd.DataFrame:
    """Simulate statements of leads 3 to 13, followed for 6 to 36 months."""
    rows = []
    for number in range(count):
        lead, followed = int(rng.integers(3, 14)), int(rng.integers(6, 37))
        took = lead if rng.random() < on_time else int((lead + 0.5) * np.exp(rng.normal(mean, sd)))
        kind, high = ("met", took) if took <= followed else ("pending", followed)
        if rng.random() < never:
            gone = int(20.0 * np.exp(rng.normal(0.0, 0.5)))
            kind, high = ("ended", gone) if gone <= followed else ("pending", followed)
        rows.append((f"e{number}", lead, kind, 0 if kind == "pending" else high, high))
    return statements(rows)


# The likelihood.


def test_chances_are_those_of_the_law_far_into_both_tails():
    low, high = np.array([0, 0, 3, 40, 900]), np.array([0, 5, 3, 60, 1000])
    cells = np.zeros((5, 7))
    cells[:, 4], cells[:, 5] = low, high
    centre, sd = np.log(10.5) + 0.3, 0.5
    chances = slip_pooling._chances(cells, centre, np.float64(sd))
    inside, after = (value.eval({}, mode="FAST_COMPILE") for value in chances)
    law = stats.lognorm(s=sd, scale=np.exp(centre))
    expected = np.where(low > 10, law.sf(low) - law.sf(high + 1), law.cdf(high + 1) - law.cdf(low))
    expected[-1] = law.sf(900) - law.sf(1001)
    assert inside == pytest.approx(expected, rel=1e-9) and 0.0 < inside[-1] < 1e-15
    assert after == pytest.approx(law.sf(high + 1), rel=1e-9)


def test_log_likelihood_is_that_of_each_kind_of_outcome():
    table = statements(
        [("a", 10, "met", 10, 10), ("b", 10, "met", 12, 15), ("c", 10, "pending", 0, 14), ("d", 10, "ended", 3, 5)]
    )
    law, gone = stats.lognorm(s=0.5, scale=10.5 * np.exp(0.2)), stats.lognorm(s=0.9, scale=20.0)
    atom, never = 0.25, 0.1
    for coarse in (False, True):
        a = 0.0 if coarse else atom
        chances = [
            (1 - never) * (a + (1 - a) * (law.cdf(11) - law.cdf(10))),
            (1 - never) * (1 - a) * (law.cdf(16) - law.cdf(12)),
            never * gone.sf(15) + (1 - never) * (1 - a) * law.sf(15),
            never * (gone.cdf(6) - gone.cdf(3)),
        ]
        cells = slip_pooling._counted({"x": table}, (0,))
        model = slip_pooling._model(cells, ("x",), ("all",), [coarse])
        logit = lambda p: np.log(p / (1 - p))  # noqa: E731
        replaced = {"logit_never": logit(never), "log_patience": np.log(20.0), "patience_sd": 0.9}
        replaced |= {"mean": 0.2, "log_sd": np.log(0.5), "logit_on_time": logit(atom)}
        shapes = {"log_patience": (1,), "patience_sd": (1,)}
        given = {model[name]: np.full(shapes.get(name, (1, 1)), value) for name, value in replaced.items()}
        total = model["outcomes"].eval(given, mode="FAST_COMPILE")
        assert total == pytest.approx(np.log(chances).sum(), abs=1e-6)


def test_an_entity_counts_once_a_lead_class():
    table = statements([("a", 5, "met", 6, 6), ("a", 6, "met", 7, 7), ("a", 20, "met", 7, 7), ("b", 5, "met", 6, 6)])
    cells = slip_pooling._counted({"x": table, "none": statements([])}, (0, 14))
    assert cells[:, 6].tolist() == [1.5, 0.5, 1.0]  # the two of 5 months are one row
    assert slip_pooling._counted({"x": table}, (14,))[:, 6].tolist() == [1.0]


# What comes out, with the sampler replaced.


def fake_sample(model: object, **_: object) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Draws of two members and one lead class: numbers of members 0 and 1, the typical one 0.5, a spread of 0.2."""
    draws, shape = 4000, (4000, 2, 1)
    members = np.broadcast_to(np.array([0.0, 1.0])[:, None], shape)
    found = {"logit_never": np.full(shape, -30.0)}
    for name in ("mean", "log_sd", "logit_on_time"):
        found |= {name: members, f"{name}_typical": np.full((draws, 1), 0.5), f"{name}_spread": np.full(draws, 0.2)}
    return found, {"max_rhat": 1.0, "min_ess": 4000.0, "divergences": 0.0}


def test_a_member_not_seen_is_spread_as_the_members_are(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(slip_pooling, "sampled", fake_sample)
    one = statements([("a", 11, "met", 6, 6)])
    pooled = pool_slips({"x": one, "y": statements([])}, edges=[0])
    new = pooled.numbers(None, 5)
    assert new["mean"].mean() == pytest.approx(0.5, abs=0.02) and new["mean"].std() == pytest.approx(0.2, abs=0.02)
    assert np.log(new["sd"]).mean() == pytest.approx(0.5, abs=0.02)
    assert pooled.numbers("y", 5)["sd"] == pytest.approx(np.e) and pooled.numbers("x", 5)["never"].max() < 1e-9
    assert pooled.coarse == ("x",)  # its only date is a December
    assert pool_slips({"x": one, "y": one}, coarse=["y"], edges=[0]).coarse == ("y",)


@pytest.mark.parametrize(
    ("tables", "options", "said"),
    [
        ({}, {}, "received no statement"),
        ({"x": statements([])}, {}, "received no statement"),
        ({"x": statements([("a", 5, "met", 1, 1)])}, {"edges": (6,)}, "received no statement"),
        ({"x": statements([("a", 5, "late", 1, 1)])}, {}, "x: received 'a'"),
        ({"x": statements([("a", 5, "met", 1, 1)])}, {"edges": (6, 6)}, "edges"),
        ({"x": statements([("a", 5, "met", 1, 1)])}, {"coarse": ["z"]}, "coarse: received 'z'; allowed are x"),
    ],
)
def test_bad_input_is_refused(tables: dict[str, pd.DataFrame], options: dict[str, object], said: str):
    with pytest.raises(InvalidInput, match=said):
        pool_slips(tables, **options)  # type: ignore[arg-type]


# What is learned.


@pytest.fixture(scope="module")
def pooled() -> PooledSlips:
    rng = np.random.default_rng(5)
    tables = {
        "many": simulated(rng, 900, 0.6, 0.4, on_time=0.3, never=0.15),
        "early": simulated(rng, 500, -0.4, 0.6),
        "few": simulated(rng, 3, 0.6, 0.4),
        "none": statements([]),
    }
    return pool_slips(tables, edges=[0], coarse=[], draws=600, tune=800, seed=3)


@pytest.mark.slow
def test_known_numbers_are_recovered_through_censoring(pooled: PooledSlips):
    assert pooled.diagnostics["max_rhat"] < 1.03
    truth = {"many": (0.6, 0.4, 0.3, 0.15), "early": (-0.4, 0.6, 0.0, 0.0)}
    for member, numbers in truth.items():
        found = pooled.numbers(member, 5)
        for name, true in zip(("mean", "sd", "on_time", "never"), numbers, strict=True):
            low, high = np.quantile(found[name], [0.001, 0.999])
            assert low < true + 0.05 and true - 0.05 < high
            assert high - low < 0.3


@pytest.mark.slow
def test_many_keep_their_own_few_lean_on_the_rest_none_get_the_pool(pooled: PooledSlips):
    means = {member: pooled.numbers(member, 5)["mean"] for member in pooled.members}
    new = pooled.numbers(None, 5)["mean"]
    assert means["many"].mean() == pytest.approx(0.6, abs=0.06)
    assert means["early"].mean() == pytest.approx(-0.4, abs=0.08)
    assert means["none"].mean() == pytest.approx(new.mean(), abs=0.05)
    assert means["none"].std() == pytest.approx(new.std(), rel=0.15)
    assert means["few"].std() < 0.8 * means["none"].std()

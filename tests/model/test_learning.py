"""Learning finds the parameters of simulated classes, and agrees with other programs where they fit the same law."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from bayesmile.errors import InvalidInput
from bayesmile.model.delay_families import choose_families
from bayesmile.model.learning import learn
from bayesmile.reference import simulated
from bayesmile.reference.learned import LearnedClass
from bayesmile.reference.simulated import simulated_class
from bayesmile.reference.spells import Spells, spells
from bayesmile.reference.table import ReferenceClass

LAWS: dict[str, Any] = dict.fromkeys(simulated.MEDIAN, "weibull")


@cache
def projects() -> ReferenceClass:
    """Entities seen only if pending when the window opens, and followed to its end."""
    return simulated_class(entities=900, window=60, seed=21)


@pytest.fixture(scope="session")
def learned() -> LearnedClass:
    """Learn delays from them: compiled and sampled once."""
    return learn(projects(), families=LAWS, statements=False, draws=400, tune=300, seed=3)


def within(values: np.ndarray, truth: float, share: float = 0.99) -> bool:
    """Whether the central interval of the draws holds the truth."""
    low, high = np.quantile(values, [(1.0 - share) / 2.0, (1.0 + share) / 2.0])
    return bool(low <= truth <= high)


def distances(found: LearnedClass) -> dict[tuple[str, str, str], float]:
    """How far each true number lies from the posterior mean, in posterior sds, on the scale on which it is learned."""
    far = {}
    for level, region in enumerate(("north", "south")):
        for stage, milestone in enumerate(simulated.MEDIAN):
            numbers = found.delay_numbers({"region": level}, stage)
            for name, truth, scale in (
                ("median", simulated.MEDIAN[milestone] * np.exp(simulated.SLOW[region]), np.log),
                ("shape", simulated.SHAPE[milestone], np.log),
                ("never", simulated.NEVER[milestone], special.logit),
            ):
                draws = scale(numbers[name])
                far[region, milestone, name] = float((scale(truth) - draws.mean()) / draws.std())
            assert np.median(numbers["instant"]) < 0.08
    return far


def check_delays(found: LearnedClass) -> None:
    # Eighteen numbers at once: one may lie two or three sds off by chance, not four; and all of them together not far.
    far = distances(found)
    assert {key: value for key, value in far.items() if abs(value) > 3.5} == {}
    assert np.sqrt(np.mean(np.square(list(far.values())))) < 1.5
    assert np.quantile(found.delays["median_effect_region"][:, 0, 1], 0.01) > 0.0  # the south is slower


def test_known_delays_are_found_again(learned: LearnedClass) -> None:
    check_delays(learned)
    # Intervals are short enough for that to mean something.
    medians = learned.delay_numbers({"region": 0}, 0)["median"]
    assert np.ptp(np.quantile(medians, [0.05, 0.95])) < 0.35 * np.median(medians)
    never = learned.delay_numbers({"region": 0}, 0)["never"]
    assert np.ptp(np.quantile(never, [0.05, 0.95])) < 0.1


def test_the_patience_with_failed_ones_is_found_again(learned: LearnedClass) -> None:
    # Given up 1 + floor(exponential of mean 12) periods after the last milestone.
    truth = 0.5 + simulated.GIVE_UP * np.log(2.0)
    assert within(learned.delay_numbers({"region": 0}, 0)["patience"], truth, 0.999)


def test_what_was_learned_says_from_what(learned: LearnedClass) -> None:
    klass, found = projects(), spells(projects())
    assert (learned.entities, learned.events) == (len(klass), found.events)
    assert learned.levels == {"region": ("north", "south")}
    assert learned.families == LAWS
    assert learned.known_through == klass.entities["through"].max()
    assert learned.draws == 200  # thinned
    assert learned.slips == {}
    assert learned.diagnostics["delays max_rhat"] < 1.05
    assert learned.diagnostics["delays divergences"] < 5
    assert learned.diagnostics["seconds"] > 0.0


@pytest.mark.slow
def test_known_slips_are_found_again_and_the_law_is_chosen() -> None:
    found = learn(simulated_class(entities=350, window=48, seed=22), every=12, draws=250, tune=300, seed=4)
    assert found.families == LAWS
    check_delays(found)
    numbers = found.slip_numbers({})
    assert within(numbers["mean"], simulated.SLIP_MEAN)
    assert within(numbers["sd"], simulated.SLIP_SD)
    assert within(numbers["on_time"], simulated.ON_TIME)
    assert found.diagnostics["statements max_rhat"] < 1.1


# Other programs.


def left_truncated(entities: int = 4000, seed: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whole periods of entry, of the end or of the last look, and whether it ended: Weibull, without never."""
    rng = np.random.default_rng(seed)
    delay = np.floor(14.0 * (rng.exponential(size=entities) / np.log(2.0)) ** (1.0 / 1.5) + 0.5).astype(int)
    enter, stop = rng.integers(0, 12, entities), rng.integers(18, 40, entities)
    seen = delay > enter
    return enter[seen], np.minimum(delay, stop)[seen], (delay <= stop)[seen]


def as_spells(enter: np.ndarray, end: np.ndarray, ended: np.ndarray) -> Spells:
    zero = np.zeros(enter.size, dtype=np.int64)
    return Spells(
        stage=zero,
        level=zero[:, None][:, :0],
        enter=enter.astype(np.int64),
        low=end.astype(np.int64),
        high=end.astype(np.int64),
        kind=np.where(ended, 0, 2),
        count=zero + 1,
        weight=np.ones(zero.size),
        levels={},
        entities=enter.size,
        events=int(ended.sum()),
    )


def test_truncated_weibull_delays_are_those_of_lifelines() -> None:
    from bayesmile.model.delay_families import _log_likelihood

    enter, end, ended = left_truncated()
    rows = as_spells(enter, end, ended)
    lifelines = pytest.importorskip("lifelines")
    law = lifelines.WeibullFitter().fit_interval_censoring(
        np.where(ended, np.maximum(end - 0.5, 1e-9), end + 0.5), np.where(ended, end + 0.5, np.inf), entry=enter + 0.5
    )
    theirs = np.array([law.lambda_ * np.log(2.0) ** (1.0 / law.rho_), law.rho_])
    assert theirs == pytest.approx([14.0, 1.5], rel=0.08)

    def likelihood(median: float, shape: float) -> float:
        never, instant = -40.0, -40.0
        x = np.array([np.log(median), np.log(shape), never, instant, 2.0, 0.0])
        return _log_likelihood(rows, np.ones(len(rows), dtype=bool), "weibull", x)

    assert likelihood(*theirs) == pytest.approx(law.log_likelihood_, abs=1e-4)
    for factor in (0.97, 1.03):
        assert likelihood(theirs[0] * factor, theirs[1]) < likelihood(*theirs)
        assert likelihood(theirs[0], theirs[1] * factor) < likelihood(*theirs)


@pytest.mark.parametrize("family", ["weibull", "loglogistic", "lognormal"])
def test_the_law_that_made_the_delays_is_chosen(family: str) -> None:
    rng = np.random.default_rng(1)
    draw = {
        "weibull": stats.weibull_min(1.5, scale=18.0),
        "loglogistic": stats.fisk(2.5, scale=14.0),
        "lognormal": stats.lognorm(0.7, scale=14.0),
    }[family]
    delay = np.floor(draw.rvs(4000, random_state=rng) + 0.5).astype(int)
    rows = as_spells(np.full(4000, -1), np.minimum(delay, 80), delay <= 80)
    assert choose_families(rows, ("opening",), ["opening"]) == {"opening": family}


# Bad input.


@pytest.mark.parametrize(
    ("families", "message"),
    [
        ({"start": "weibull"}, "families: received milestone 'start'; allowed are design, permit, opening"),
        ({"permit": "gamma"}, "families permit: received 'gamma'; allowed are weibull, loglogistic, lognormal"),
    ],
)
def test_unknown_laws_are_refused(families: Any, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        learn(projects(), families=families)
    assert str(error.value) == message


def test_too_little_to_learn_from_is_refused() -> None:
    klass = projects()
    with pytest.raises(InvalidInput, match="learn: received 1 entities; allowed are at least 2"):
        learn(klass.subset(klass.entities.index[:1]))
    first = klass.known_at(int(klass.entities["entered"].min()))
    assert len(first) >= 2
    nothing = first.subset(first.entities.index[first.entities["entered"] == first.entities["through"]])
    with pytest.raises(InvalidInput, match="learn: received no spell at any stage"):
        learn(nothing)

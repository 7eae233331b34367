"""Forecasts of a learned class, against the roadmap engine itself and against sums over what may happen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

import bayesmile as bm
from bayesmile.delays import Delay
from bayesmile.errors import InvalidInput
from bayesmile.reference.learned import AGE_EDGES, LEAD_EDGES, LearnedClass
from bayesmile.reference.table import Provenance

CHAIN = ("plan", "permit", "opening")
FAMILIES = {"plan": "weibull", "permit": "lognormal", "opening": "loglogistic"}
MEDIAN, SHAPE, NEVER = (5.0, 7.0, 4.0), (1.4, 1.9, 2.2), (0.1, 0.2, 0.05)
ORIGIN = 12 * 2020


def a_class(
    *, draws: int = 1, instant: float = 1e-300, patience: float = 1e30, levels: Any = None, **more: Any
) -> LearnedClass:
    """Class of known numbers, the same in every draw; without instant passage or giving up unless asked for."""
    same = {
        "log_median": np.log(MEDIAN),
        "log_shape": np.log(SHAPE),
        "logit_never": special.logit(NEVER),
        "logit_instant": special.logit([instant] * 3),
        "log_patience": np.log([patience] * 3),
        "log_patience_shape": np.log([1.3] * 3),
    }
    fields = {
        "name": "bridges",
        "title": "Bridges",
        "milestones": CHAIN,
        "families": FAMILIES,
        "levels": levels or {},
        "period": "month",
        "provenance": Provenance(source="made up"),
        "entities": 9,
        "events": 12,
        "known_through": ORIGIN,
        "delays": {name: np.tile(values, (draws, 1)) for name, values in same.items()},
    }
    return LearnedClass(**(fields | more))


def slips(
    draws: int = 1, *, mean: float = 0.3, sd: float = 0.5, on_time: float = 0.2, whether: float = 1.7
) -> dict[str, Any]:
    numbers = {
        "mean": mean,
        "log_sd": np.log(sd),
        "logit_on_time": special.logit(on_time),
        "log_whether": np.log(whether),
    }
    return {name: np.full(draws, float(value)) for name, value in numbers.items()}


def states(*rows: tuple[int, int], **columns: Any) -> pd.DataFrame:
    """Snapshots with these stages and times since."""
    frame = pd.DataFrame(rows, columns=["stage", "since"])
    plain = {"lead": np.nan, "postponements": 0, "age": 3, "stated": np.nan}
    return frame.assign(**(plain | columns))


def laws() -> list[Delay]:
    weibull = bm.Weibull(median=MEDIAN[0], shape=SHAPE[0], never=NEVER[0])
    lognormal = bm.LogNormal(median=MEDIAN[1], sigma=1.0 / SHAPE[1], never=NEVER[1])
    return [weibull, lognormal, bm.LogLogistic(median=MEDIAN[2], shape=SHAPE[2], never=NEVER[2])]


def by_roadmap(stage: int, since: int, periods: int) -> np.ndarray:
    """Return the engine's own law of the last milestone, every milestone so far being a fact."""
    names = ("entry", *CHAIN)
    roadmap = bm.Roadmap(
        [bm.Milestone("entry", delay=bm.Tabulated([1.0]))]
        + [
            bm.Milestone(name, after=[names[k]], delay=law)
            for k, (name, law) in enumerate(zip(CHAIN, laws(), strict=True))
        ]
    )
    reached = [2 * k for k in range(stage + 1)]  # the entry in month 0, the next ones two months apart
    as_of = reached[-1] + since
    grid = bm.MonthGrid("2020-01", as_of + periods + 1)
    facts: list[Any] = [bm.Achieved(name, grid.label(month)) for name, month in zip(names, reached, strict=False)]
    facts.append(bm.NotYet(CHAIN[stage], through=grid.label(as_of)))
    pmf = bm.infer(roadmap, facts, grid).solution.pmf[-1]
    assert not pmf[: as_of + 1].any()
    return pmf[as_of + 1 :]


STATES = [(0, 0), (0, 1), (0, 9), (1, 0), (1, 12), (2, 0), (2, 30)]


@pytest.mark.parametrize("state", STATES, ids=str)
def test_the_law_before_statements_is_the_engines(state: tuple[int, int]) -> None:
    pmf, row = a_class().before_statements(states((1, 3), state), 40)
    np.testing.assert_allclose(pmf[row[1], 0], by_roadmap(*state, 40), rtol=1e-10, atol=1e-14)


def by_month(
    number: int, stage: int, instant: float, patience: float, months: int = 3000
) -> tuple[np.ndarray, np.ndarray]:
    """Chance to reach the next milestone, and to be given up, in each month after the last one."""
    edges = np.maximum(np.arange(months + 1) - 0.5, 0.0)
    match FAMILIES[CHAIN[stage]]:
        case "weibull":
            law = stats.weibull_min(SHAPE[stage], scale=MEDIAN[stage] / np.log(2.0) ** (1.0 / SHAPE[stage]))
        case "lognormal":
            law = stats.lognorm(1.0 / SHAPE[stage], scale=MEDIAN[stage])
        case _:
            law = stats.fisk(SHAPE[stage], scale=MEDIAN[stage])
    alive = (1.0 - NEVER[stage]) * (1.0 - instant) * np.diff(law.cdf(edges))
    alive[0] += (1.0 - NEVER[stage]) * instant
    given_up = stats.weibull_min(1.3, scale=patience / np.log(2.0) ** (1.0 / 1.3))
    return alive, NEVER[stage] * np.diff(given_up.cdf(edges))


def by_sums(stage: int, since: int, periods: int, instant: float, patience: float) -> np.ndarray:
    """Law of the last milestone by sums over what each delay may be, given that nothing has ended yet."""
    alive, dead = by_month(0, stage, instant, patience)
    left = 1.0 - NEVER[stage] - alive[: since + 1].sum() + NEVER[stage] - dead[: since + 1].sum()
    law = alive[since + 1 : since + 1 + periods] / left
    for later in range(stage + 1, 3):
        law = np.convolve(law, by_month(0, later, instant, patience)[0])[:periods]
    return np.append(law, 1.0 - law.sum())


@pytest.mark.parametrize("state", STATES, ids=str)
def test_what_is_still_listed_is_a_condition(state: tuple[int, int]) -> None:
    pmf, _ = a_class(instant=0.15, patience=8.0).before_statements(states(state), 40)
    expected = by_sums(*state, 40, 0.15, 8.0)
    np.testing.assert_allclose(pmf[0, 0], expected, rtol=1e-9, atol=1e-12)
    endless, _ = a_class(instant=0.15).before_statements(states(state), 40)
    assert pmf[0, 0, -1] <= endless[0, 0, -1] + 1e-12  # to be listed still is a good sign


@pytest.mark.parametrize(("lead", "periods"), [(1, 40), (7, 40), (39, 40), (40, 40), (41, 40), (60, 40), (3, 2)])
def test_a_statement_is_the_engines_guidance(lead: int, periods: int) -> None:
    numbers = {"mean": 0.3, "sd": 0.5, "on_time": 0.2, "whether": 1.7}
    learned = a_class(instant=0.15, patience=8.0, slips=slips(**numbers))
    frame = states((1, 4), lead=lead, stated=0)
    before = learned.predict(frame, periods, statements=False)[0]
    grid = bm.MonthGrid("2020-01", periods + 1)
    roadmap = bm.Roadmap([bm.Milestone("opening", delay=bm.Tabulated([0.0, *before[:-1]]))])
    said = bm.Guidance(
        "opening",
        "2020-01",
        bm.MonthGrid("2020-01", 100).label(lead),
        slip_mean=0.3,
        slip_sd=0.5,
        on_time=0.2,
        whether=1.7,
    )
    pmf = bm.infer(roadmap, [said], grid).solution.pmf[0]
    np.testing.assert_allclose(
        learned.predict(frame, periods)[0], pmf[1:], rtol=0.0, atol=2e-9
    )  # of 1e-12 is every month's least


@pytest.mark.parametrize("lead", [np.nan, -3, 0])
def test_a_date_that_is_over_says_nothing(lead: float) -> None:
    learned = a_class(slips=slips())
    frame = states((1, 4), lead=lead)
    np.testing.assert_array_equal(learned.predict(frame, 30), learned.predict(frame, 30, statements=False))


def test_a_date_of_what_hardly_can_come_any_more_still_gives_a_forecast() -> None:
    """The law before it leaves nothing on the grid: what is said of *when* cannot matter, and it stays *beyond*."""
    learned = a_class(families=dict.fromkeys(CHAIN, "weibull"), slips=slips())
    pmf = learned.predict(states((0, 900), lead=5, stated=0), 12)
    np.testing.assert_array_equal(pmf, [[0.0] * 12 + [1.0]])


def test_what_has_outlasted_every_law_is_never() -> None:
    # Steep laws: after 60 periods neither a pending entity nor an unlisted failure has any probability in a double.
    learned = a_class(families=dict.fromkeys(CHAIN, "weibull"), patience=5.0)
    steep = {name: np.full((1, 3), 6.0) for name in ("log_shape", "log_patience_shape")}
    learned = replace(learned, delays=learned.delays | steep)
    np.testing.assert_array_equal(learned.predict(states((0, 60)), 30), [[0.0] * 30 + [1.0]])


def test_forecasts_average_the_draws() -> None:
    apart = [a_class(instant=i, patience=8.0, slips=slips(mean=m)) for i, m in ((0.1, 0.2), (0.3, 0.6))]
    both = replace(
        apart[0],
        delays={name: np.concatenate([one.delays[name] for one in apart]) for name in apart[0].delays},
        slips={name: np.concatenate([one.slips[name] for one in apart]) for name in apart[0].slips},
    )
    frame = states((0, 4), (1, 2), (2, 0), lead=[5, np.nan, 12], stated=0)
    average = np.mean([one.predict(frame, 30) for one in apart], axis=0)
    np.testing.assert_allclose(both.predict(frame, 30), average, rtol=1e-12)
    np.testing.assert_array_equal(both.thinned(1).predict(frame, 30), apart[0].predict(frame, 30))
    assert both.thinned(5) is both


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 300)), min_size=1, max_size=8),
    st.integers(1, 60),
    st.integers(-5, 200),
)
def test_rows_sum_to_one(rows: list[tuple[int, int]], periods: int, lead: int) -> None:
    learned = a_class(instant=0.1, patience=8.0, slips=slips())
    pmf = learned.predict(states(*rows, lead=lead, stated=0), periods)
    assert pmf.shape == (len(rows), periods + 1)
    assert (pmf >= 0.0).all()
    np.testing.assert_allclose(pmf.sum(axis=1), 1.0, atol=1e-12)


@pytest.mark.parametrize("patience", [8.0, 1e30])
@pytest.mark.parametrize("state", STATES, ids=str)
def test_the_average_of_next_months_forecasts_is_todays(state: tuple[int, int], patience: float) -> None:
    stage, since = state
    learned, periods = a_class(instant=0.15, patience=patience), 30
    today = np.cumsum(learned.before_statements(states(state), periods)[0][0, 0, :-1])
    alive, dead = by_month(0, stage, 0.15, patience)
    left = 1.0 - alive[: since + 1].sum() - dead[: since + 1].sum()
    moves, lost = alive[since + 1] / left, dead[since + 1] / left
    chances = {(stage, since + 1): 1.0 - moves - lost}  # a failed one that is given up never comes
    for later in range(stage + 1, 3):
        at_once = by_month(0, later, 0.15, patience)
        chances[later, 0] = moves * (1.0 - at_once[0][0] - at_once[1][0])
        moves *= at_once[0][0]
    average = np.full(periods, moves)  # reached next month
    for one, chance in chances.items():
        pmf = learned.before_statements(states(one), periods)[0][0, 0]
        average[1:] += chance * np.cumsum(pmf[: periods - 1])
    np.testing.assert_allclose(average, today, rtol=1e-9)


# Groups.

REGIONS = {"region": ("north", "south"), "colour": ("blue", "green")}


def grouped(draws: int = 4000) -> LearnedClass:
    learned = a_class(draws=draws, instant=0.05, patience=8.0, levels=REGIONS)
    effects: dict[str, np.ndarray] = {}
    for name, factor in ((name, factor) for name in ("median", "never", "shape") for factor in REGIONS):
        effects[f"{name}_effect_{factor}"] = np.tile([0.3, -0.3], (draws, 3, 1))
        effects[f"{name}_spread_{factor}"] = np.full(draws, 0.4)
        effects[f"{name}_own_spread_{factor}"] = np.full(draws, 0.3)
    return replace(learned, delays=learned.delays | effects)


def test_a_known_group_has_its_own_numbers() -> None:
    numbers = grouped(1).delay_numbers({"region": 0, "colour": 0}, 1)
    np.testing.assert_allclose(numbers["median"], MEDIAN[1] * np.exp(0.6))
    np.testing.assert_allclose(numbers["shape"], SHAPE[1] * np.exp(0.6))
    np.testing.assert_allclose(numbers["never"], special.expit(special.logit(NEVER[1]) + 0.6))
    opposite = grouped(1).delay_numbers({"region": 0, "colour": 1}, 1)
    np.testing.assert_allclose(opposite["median"], MEDIAN[1])


def unseen(learned: LearnedClass, level: dict[str, int], stage: int) -> dict[str, np.ndarray]:
    """Shifts of a group on the working scales, over the draws."""
    numbers = learned.delay_numbers(level, stage)
    return {
        "median": np.log(numbers["median"] / MEDIAN[stage]),
        "never": special.logit(numbers["never"]) - special.logit(NEVER[stage]),
        "shape": np.log(numbers["shape"] / SHAPE[stage]),
    }


def test_a_group_not_seen_has_the_spread_that_groups_have() -> None:
    learned = grouped()
    for shift in unseen(learned, {"colour": 0}, 1).values():
        assert shift.mean() == pytest.approx(0.3, abs=0.04)
        assert shift.std() == pytest.approx(0.5, rel=0.05)
    for shift in unseen(learned, {}, 1).values():
        assert shift.std() == pytest.approx(0.5 * np.sqrt(2.0), rel=0.05)  # of two factors, apart from one another


def test_numbers_of_a_group_not_seen_are_drawn_apart_but_stages_share() -> None:
    learned = grouped()
    first, second = unseen(learned, {}, 0), unseen(learned, {}, 2)
    assert np.corrcoef([first["median"], first["never"], first["shape"]]) == pytest.approx(np.eye(3), abs=0.06)
    for name, shift in first.items():
        assert np.corrcoef(shift, second[name])[0, 1] == pytest.approx(0.16 / 0.25, abs=0.05)
        np.testing.assert_array_equal(shift, unseen(learned, {}, 0)[name])  # the same on every call


def test_an_unseen_level_in_a_snapshot_is_a_group_not_seen() -> None:
    learned = grouped(200)
    frame = states((1, 4), (1, 4), (1, 4), region=["north", "west", "east"], colour="blue")
    pmf, state = learned.before_statements(frame, 30)
    assert state[1] == state[2] != state[0]
    np.testing.assert_allclose(pmf[state[1]], learned._remaining(1, np.array([4]), {"colour": 0}, 30)[0])
    early = pmf[..., :12].sum(axis=-1)
    assert early[state[1]].std() > early[state[0]].std() + 0.05


def test_slip_numbers_add_up() -> None:
    learned = a_class(slips=slips() | {"mean_lead": np.array([[0.1] * 8]), "log_sd_age": np.array([[0.2, 0, 0, 0]])})
    numbers = learned.slip_numbers({"lead": 2, "age": 0, "postponements": 1})
    assert numbers["mean"] == pytest.approx(0.4)
    assert numbers["sd"] == pytest.approx(0.5 * np.exp(0.2))
    assert learned.slip_numbers({"lead": -1})["mean"] == pytest.approx(0.3)  # not seen
    assert len(LEAD_EDGES) == 8 and len(AGE_EDGES) == 4


# Bad input.


@pytest.mark.parametrize("column", ["stage", "since", "lead", "postponements", "age", "stated"])
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(InvalidInput, match=f"snapshots: received no column '{column}'; allowed is a table with"):
        a_class().predict(states((0, 0)).drop(columns=column), 5)


@pytest.mark.parametrize("periods", [0, -1, 2.0, True, "9"])
def test_periods_are_a_whole_number(periods: Any) -> None:
    with pytest.raises(InvalidInput, match=r"periods: received .*; allowed is a whole number from 1"):
        a_class().predict(states((0, 0)), periods)

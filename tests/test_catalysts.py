"""Dated catalysts: stated targets against updates, simulated days against a closed form and today's belief."""

from __future__ import annotations

import numpy as np
import pytest

import bayesmile as bm
from bayesmile import Announcement, Guidance, InvalidInput, Ledger, LikelihoodRatio, Stream
from bayesmile.catalysts import dated_catalysts, simulated_beliefs
from bayesmile.items import Item
from bayesmile.steps import targets_of
from bayesmile.watch import watch_list

GRID = bm.MonthGrid("2024-01", 72)
TARGETS = [("launch", "2027-06"), ("pilot", "2026-06")]
ROADMAP = bm.Roadmap(
    [
        bm.Milestone("pilot", delay=bm.LogNormal(median=24, sigma=0.5, never=0.1), reporting_lag=2),
        bm.Milestone("launch", after="pilot", delay=bm.LogNormal(median=14, sigma=0.4, never=0.2)),
    ]
)
STREAM = Stream(
    "deal", "launch", base_rate=2.0, lift=3.0, lead=12, covers=("2024-01", None), attributes={"binding": (0.7, 0.2)}
)
SAID = Guidance("pilot", "2025-03-04", "2026-03", slip_mean=0.3, slip_sd=0.5)


def believed(*items: Item, streams: tuple[Stream, ...] = (STREAM,)) -> bm.Belief:
    news = Announcement("launch", "deal", "2025-02-10") if streams else None
    ledger = Ledger([*items, *([news] if news else [])], streams)
    return bm.infer(ROADMAP, ledger.known_by("2025-07-12"), GRID)


def test_a_stated_target_is_the_two_ways_it_may_go() -> None:
    belief = believed(SAID)
    [found] = dated_catalysts(belief, TARGETS)
    assert (found.date, found.milestone, found.errors) == ("2026-03", "pilot", (0.0, 0.0))
    missed = belief.update(bm.NotYet("pilot", "2026-03"))
    met = belief.update(LikelihoodRatio("pilot", "2026-03", 1e12))
    assert found.probability == pytest.approx(belief.prob("pilot", by="2026-03"), abs=1e-12)
    for number, (name, by) in enumerate(TARGETS):
        now = belief.prob(name, by=by)
        assert found.missed[number] == pytest.approx(missed.prob(name, by=by), abs=1e-12)
        assert found.met[number] == pytest.approx(met.prob(name, by=by), abs=1e-9)
        expected = found.probability * found.met[number] + (1 - found.probability) * found.missed[number]
        assert expected == pytest.approx(now, abs=1e-12)
        movement = 2 * found.probability * abs(found.met[number] - now)  # both ways move alike on average
        assert found.movements[number] == pytest.approx(100 * movement, abs=1e-9)


def test_targets_that_are_over_and_milestones_that_are_known_are_no_catalysts() -> None:
    old = Guidance("launch", "2024-03-04", "2025-03", slip_mean=0.3, slip_sd=0.5)
    reached = bm.Achieved("pilot", "2025-05", announced="2025-06-01")
    assert dated_catalysts(believed(old), TARGETS) == ()
    assert dated_catalysts(believed(SAID, reached), TARGETS) == ()


def test_the_mean_of_simulated_beliefs_is_todays(rng: np.random.Generator) -> None:
    belief = believed(SAID)
    asked = targets_of(ROADMAP, GRID, TARGETS)
    later = simulated_beliefs(belief, "2026-03-20", asked, draws=3000, rng=rng)
    off = later.mean(axis=0) - [belief.prob(name, by=by) for name, by in TARGETS]
    assert (np.abs(off) < 4 * later.std(axis=0) / np.sqrt(3000)).all()
    assert (later.std(axis=0) > 0.02).all()


def test_what_happens_is_known_after_its_reporting_lag(rng: np.random.Generator) -> None:
    belief = believed(streams=())
    later = simulated_beliefs(belief, "2026-02-28", targets_of(ROADMAP, GRID, TARGETS), draws=4000, rng=rng)
    pmf, through, last = belief.pmf("pilot"), GRID.index("2025-12"), GRID.index("2026-06")
    known, now = pmf[: through + 1].sum(), pmf[: last + 1].sum()
    assert sorted(set(np.round(later[:, 1], 6))) == pytest.approx([(now - known) / (1 - known), 1.0], abs=1e-6)
    share = (later[:, 1] > 1 - 1e-9).mean()
    assert abs(share - known) < 4 * np.sqrt(known * (1 - known) / 4000)


def test_simulated_news_tells_as_much_as_the_watch_list_says(rng: np.random.Generator) -> None:
    hidden = bm.Roadmap([bm.Milestone("launch", delay=bm.LogNormal(median=30, sigma=0.5), observed=False)])
    belief = bm.infer(hidden, Ledger([], [STREAM]).known_by("2025-07"), GRID)
    asked = [("launch", "2026-06")]
    entry = next(one for one in watch_list(belief, asked, months=(6,)).entries if not one.answer)
    later = simulated_beliefs(belief, "2025-12-31", targets_of(hidden, GRID, asked), draws=6000, rng=rng)[:, 0]
    now = belief.prob("launch", by="2026-06")
    gains = later * np.log2(later / now) + (1 - later) * np.log2((1 - later) / (1 - now))
    error = gains.std() / np.sqrt(6000)
    # The watch list leaves out in which month each came, which tells a little more.
    assert -4 * error < gains.mean() - entry.spans[0].gains[0] < 0.1 * entry.spans[0].gains[0] + 4 * error


def test_impossible_answers_stay_impossible(rng: np.random.Generator) -> None:
    answers = {"x": (1.0, 0.0), "y": (0.0, 1.0)}
    sure = Stream("deal", "launch", base_rate=3, lift=2, lead=6, covers=("2024", None), attributes=answers)
    never = Stream("caution", "launch", base_rate=3, lift=0.0, lead=6, covers=("2024", None))
    belief = bm.infer(ROADMAP, Ledger([], [sure, never]).known_by("2025-07-12"), GRID)
    later = simulated_beliefs(belief, "2026-01-20", targets_of(ROADMAP, GRID, TARGETS), draws=2000, rng=rng)
    assert not np.isnan(later).any()
    off = later.mean(axis=0) - [belief.prob(name, by=by) for name, by in TARGETS]
    assert (np.abs(off) < 4 * later.std(axis=0) / np.sqrt(2000)).all()


def test_days_are_listed_among_the_targets_by_date_and_are_seeded() -> None:
    days = {"2026-01-20": "earnings call", "2026-05-20": "shareholders' meeting"}
    first, again, other = (
        dated_catalysts(believed(SAID), TARGETS, dates=days, draws=50, seed=seed) for seed in (1, 1, 2)
    )
    assert [one.label for one in first] == ["earnings call", "target of pilot", "shareholders' meeting"]
    assert [one.movements for one in first] == [one.movements for one in again] != [one.movements for one in other]
    assert first[0].errors[0] > 0.0 and first[0].movements[0] < first[2].movements[0]


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("2025-07-12", "allowed is a day after 2025-07-12"),
        ("2030-01-05", "up to 2029-12"),
        ("2029-06-30", "the stream deal on launch reaches past the horizon"),
        ("soon", "soon"),
    ],
)
def test_bad_days_are_refused(day: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        dated_catalysts(believed(SAID), TARGETS, dates={day: "call"})


def test_a_belief_without_a_date_is_refused() -> None:
    with pytest.raises(InvalidInput, match="as-of date"):
        dated_catalysts(bm.infer(ROADMAP, [], GRID), TARGETS)

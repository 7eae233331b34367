"""What must hold for every roadmap and every evidence; one law per test."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import bayesmile as bm
from tests.properties.worlds import GRID, MONTHS, World, day, delays, items, month, roadmaps, worlds


def same(left: bm.Belief, right: bm.Belief, *, marginal: bool = True) -> None:
    """Assert that two beliefs are equal to rounding."""
    for name in left.roadmap.names:
        np.testing.assert_allclose(left.pmf(name), right.pmf(name), rtol=1e-9, atol=1e-13)
    if marginal:
        assert left.log_marginal == pytest.approx(right.log_marginal, rel=1e-10, abs=1e-9)


def odds(belief: bm.Belief, name: str, by: int) -> float:
    """Odds of "by then", both sides summed: one minus a probability near one has lost its digits."""
    pmf = belief.pmf(name)
    return pmf[: by + 1].sum() / pmf[by + 1 :].sum()


@given(worlds())
def test_pmf_sums_to_one_and_survival_never_rises(world: World):
    belief = bm.infer(world.roadmap, world.items, GRID)
    for name in world.roadmap.names:
        pmf, survival = belief.pmf(name), belief.survival(name).values
        assert (pmf >= 0.0).all()
        assert pmf.sum() == pytest.approx(1.0, abs=1e-12)
        assert (np.diff(survival) <= 1e-15).all()
        np.testing.assert_allclose(belief.cdf(name).values + survival, 1.0, atol=1e-12)


@given(worlds())
def test_child_never_before_what_it_needs(world: World):
    belief = bm.infer(world.roadmap, world.items, GRID)
    months = belief.sample(50, rng=1).to_pandas()
    for milestone in world.roadmap:
        if milestone.after:
            parents = months[list(milestone.after)]
            ready = parents.max(axis=1) if milestone.needs == "all" else parents.min(axis=1)
            assert (months[milestone.name] >= ready).all()
        if milestone.needs == "all" or len(milestone.after) == 1:
            for parent in milestone.after:
                joint = belief.joint(parent, milestone.name)
                assert np.tril(joint, -1).sum() == 0.0


@given(worlds(), st.integers(0, MONTHS - 1), st.floats(-6, 6))
def test_posterior_odds_are_prior_odds_times_ratio(world: World, by: int, log_ratio: float):
    name = world.roadmap.names[-1]
    before = bm.infer(world.roadmap, world.items, GRID)
    p = before.prob(name, by=month(by))
    assume(1e-200 < p and before.pmf(name)[by + 1 :].sum() > 1e-200)
    after = before.update(bm.LikelihoodRatio(name, by=month(by), ratio=math.exp(log_ratio)))
    assert odds(after, name, by) == pytest.approx(odds(before, name, by) * math.exp(log_ratio), rel=1e-9)


@given(worlds(), st.randoms(use_true_random=False))
def test_order_changes_nothing(world: World, random):
    shuffled = list(world.items)
    random.shuffle(shuffled)
    as_of = "2026-12-31"
    one = bm.infer(world.roadmap, bm.Ledger(world.items).known_by(as_of), GRID)
    two = bm.infer(world.roadmap, bm.Ledger(shuffled).known_by(as_of), GRID)
    same(one, two)


@given(worlds())
def test_one_by_one_equals_all_at_once(world: World):
    at_once = bm.infer(world.roadmap, world.items, GRID)
    belief = bm.infer(world.roadmap, [], GRID)
    for item in world.items:
        belief = belief.update(item)
    same(belief, at_once)


@given(worlds(), st.integers(0, 5))
def test_batches_change_nothing(world: World, cut: int):
    at_once = bm.infer(world.roadmap, world.items, GRID)
    first = bm.infer(world.roadmap, world.items[:cut], GRID)
    same(first.update(*world.items[cut:]), at_once)


@given(worlds(), st.floats(0.05, 0.95))
def test_splitting_a_ratio_changes_nothing(world: World, share: float):
    name, by = world.roadmap.names[0], month(9)
    whole = bm.LikelihoodRatio(name, by=by, ratio=5.0)
    parts = [bm.LikelihoodRatio(name, by=by, ratio=5.0**power) for power in (share, 1.0 - share)]
    base = bm.infer(world.roadmap, world.items, GRID)
    same(base.update(whole), base.update(*parts))


@given(worlds())
def test_ratio_one_and_flat_rows_are_no_ops(world: World):
    name = world.roadmap.names[-1]
    base = bm.infer(world.roadmap, world.items, GRID)
    same(base, base.update(bm.LikelihoodRatio(name, by="2026", ratio=1)))
    flat = base.update(bm.Row(name, np.full(MONTHS + 1, 3.5)))
    same(base, flat, marginal=False)
    assert flat.log_marginal == pytest.approx(base.log_marginal + 3.5, abs=1e-9)


@given(worlds(), st.data())
def test_news_after_the_as_of_date_changes_nothing(world: World, data):
    as_of = "2026-04-15"
    later = data.draw(st.lists(items(world.roadmap.names), max_size=3))
    later = [item for item in later if item.public.isoformat() > as_of]
    one = bm.infer(world.roadmap, bm.Ledger(world.items).known_by(as_of), GRID)
    two = bm.infer(world.roadmap, bm.Ledger([*world.items, *later]).known_by(as_of), GRID)
    same(one, two)


@given(worlds(), st.floats(-4, 4), st.floats(0.01, 3))
def test_probability_rises_with_the_ratio(world: World, log_ratio: float, step: float):
    name, by = world.roadmap.names[-1], month(MONTHS // 2)
    base = bm.infer(world.roadmap, world.items, GRID)
    probs = [
        base.update(bm.LikelihoodRatio(name, by=by, ratio=math.exp(x))).prob(name, by=by)
        for x in (log_ratio, log_ratio + step)
    ]
    assert probs[1] >= probs[0] - 1e-12


@given(worlds(), st.integers(6, MONTHS - 2))
def test_contradiction_always_raises_and_is_named(world: World, at: int):
    name = world.roadmap.names[0]
    fact, denial = bm.Achieved(name, month=month(at)), bm.NotYet(name, through=month(at))
    with pytest.raises(bm.ImpossibleEvidence) as caught:
        bm.infer(world.roadmap, [*world.items, fact, denial], GRID)
    assert {fact.label, denial.label} <= set(caught.value.items)


def stream(**changes) -> bm.Stream:
    fields = {
        "base_rate": 3.0,
        "lift": 2.5,
        "lead": 4,
        "covers": ("2026-02", None),
        "attributes": {"binding": (0.7, 0.4)},
        "promotional": True,
    }
    return bm.Stream("deal", "a", **{**fields, **changes})


def deal(when: str, *, story: str = "", **attributes: str) -> bm.Announcement:
    return bm.Announcement("a", "deal", when, story=story, attributes=attributes)


@given(roadmaps(), st.lists(st.integers(1, 28), min_size=1, max_size=6))
def test_a_story_counts_once(roadmap: bm.Roadmap, days: list[int]):
    first = day(5, min(days))
    retold = [deal(day(5, number), story="one deal") for number in days]
    known = [
        bm.Ledger(news, streams=[stream()]).known_by("2026-08-31")
        for news in ([deal(first, story="one deal")], [deal(first, story="one deal"), *retold])
    ]
    same(*(bm.infer(roadmap, evidence, GRID) for evidence in known))


@given(roadmaps(), st.floats(0.3, 3.0))
def test_silence_is_evidence(roadmap: bm.Roadmap, lift: float):
    """With nothing announced the row is the expected number of missing arrivals, and no more."""
    known = bm.Ledger([], streams=[stream(lift=lift)], hype=1.3).known_by("2026-07-31")
    belief = bm.infer(roadmap, known, GRID)
    rate = 1.3 * 3.0 / 12.0
    row = np.zeros(MONTHS + 1)
    for t in range(MONTHS):
        row[t] = -rate * (lift - 1.0) * sum(0 <= t - u <= 4 for u in range(1, 7))
    by_hand = bm.infer(roadmap, [bm.Row("a", row)], GRID)
    same(belief, by_hand, marginal=False)
    assert belief.log_marginal == pytest.approx(by_hand.log_marginal - 6 * rate, abs=1e-9)


def marked_months(most: int):
    """Every count of arrivals with and without the mark, with the number of orderings divided out."""
    for count in range(most + 1):
        for marks in combinations_with_replacement(("yes", "no"), count):
            repeats = math.prod(math.factorial(n) for n in Counter(marks).values())
            yield marks, 1.0 / repeats


@settings(max_examples=8)
@given(roadmaps(), st.sampled_from([0.4, 1.0, 2.5]), st.sampled_from([0.5, 1.0, 1.6]))
def test_beliefs_are_a_martingale(roadmap: bm.Roadmap, lift: float, hype: float):
    """Summed over a month's Poisson counts and marks, silence included, the expected posterior is today's."""
    declared, past = stream(lift=lift), [deal("2026-03-10", binding="yes"), deal("2026-05-02", binding="no")]

    def belief(news: list[bm.Announcement], as_of: str) -> bm.Belief:
        return bm.infer(roadmap, bm.Ledger(news, streams=[declared], hype=hype).known_by(as_of), GRID)

    today = belief(past, "2026-06-30")
    expected, total = {name: np.zeros(MONTHS + 1) for name in roadmap.names}, 0.0
    for marks, weight in marked_months(most=14):
        news = [deal(day(6, 1 + i), binding=mark) for i, mark in enumerate(marks)]
        then = belief([*past, *news], "2026-07-31")
        chance = weight * math.exp(then.log_marginal - today.log_marginal)
        total += chance
        for name in roadmap.names:
            expected[name] += chance * then.pmf(name)
    assert total == pytest.approx(1.0, abs=1e-10)
    for name in roadmap.names:
        np.testing.assert_allclose(expected[name], today.pmf(name), atol=1e-10)


@given(worlds())
def test_guidance_says_when_not_whether(world: World):
    """One piece of guidance on a milestone without other news leaves its chance on the grid where it was."""
    name = world.roadmap.names[0]
    prior = bm.infer(world.roadmap, [], GRID)
    said = prior.update(bm.Guidance(name, "2026-01-10", "2026-12", slip_mean=0.3, slip_sd=0.5))
    assert said.pmf(name)[-1] == pytest.approx(prior.pmf(name)[-1], rel=1e-9)


@given(delays, st.integers(0, MONTHS - 1))
def test_achieved_settles_the_month(delay, at: int):
    roadmap = bm.Roadmap([bm.Milestone("a", delay=delay)])
    prior = bm.infer(roadmap, [], GRID)
    assume(prior.pmf("a")[at] > 0.0)
    fact = prior.update(bm.Achieved("a", month=month(at)))
    assert fact.pmf("a")[at] == 1.0
    assert fact.log_marginal == pytest.approx(math.log(prior.pmf("a")[at]), abs=1e-9)

"""The watch list against the engine: every next month enumerated, every belief inferred from its own ledger."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from itertools import combinations_with_replacement, product

import numpy as np
import pytest

import bayesmile as bm
from bayesmile import Announcement, Belief, InvalidInput, Ledger, Stream
from bayesmile.dossier import load
from bayesmile.watch import watch_list

GRID = bm.MonthGrid("2024-01", 72)
NOW, END, MOST = "2025-07", "2025-07-31", 7
TARGETS = [("launch", "2027-06"), ("pilot", "2026-06")]
ROADMAP = bm.Roadmap(
    [
        bm.Milestone("pilot", delay=bm.LogNormal(median=24, sigma=0.5, never=0.1)),
        bm.Milestone("launch", after="pilot", delay=bm.LogNormal(median=14, sigma=0.4, never=0.2)),
    ]
)
DEAL = Stream(
    "deal",
    "launch",
    base_rate=0.9,
    lift=2.5,
    lead=18,
    covers=("2024-01", None),
    attributes={"binding": (0.6, 0.3), "volume": (0.5, 0.45)},
    promotional=True,
)
HYPE = 1.3


def believed(as_of: str, *more: Announcement) -> Belief:
    old = Announcement("launch", "deal", "2025-02-10", attributes={"binding": "no"})
    ledger = Ledger([old, *more], [DEAL], hype=HYPE)
    return bm.infer(ROADMAP, ledger.known_by(as_of), GRID)


def next_months() -> Iterator[tuple[tuple[tuple[str, str], ...], float, Belief]]:
    """Every set of answers that the next month may bring, its probability by the engine, and the belief after it."""
    before = believed(NOW).log_marginal
    marks = list(product(("yes", "no"), repeat=2))
    for n in range(MOST + 1):
        for answers in combinations_with_replacement(marks, n):
            news = [
                Announcement("launch", "deal", f"2025-07-{day + 1:02d}", attributes={"binding": a, "volume": b})
                for day, (a, b) in enumerate(answers)
            ]
            belief = believed(END, *news)
            orders = math.prod(math.factorial(m) for m in Counter(answers).values())
            yield answers, math.exp(belief.log_marginal - before) / orders, belief


@pytest.fixture(scope="module")
def outcomes() -> list[tuple[tuple[tuple[str, str], ...], float, Belief]]:
    return list(next_months())


def prob(belief: Belief, number: int) -> float:
    milestone, by = TARGETS[number]
    return belief.prob(milestone, by=by)


def test_the_expected_belief_over_the_next_month_is_todays(
    outcomes: list[tuple[tuple[tuple[str, str], ...], float, Belief]],
) -> None:
    assert math.fsum(chance for _, chance, _ in outcomes) == pytest.approx(1.0, abs=1e-10)
    for number in range(2):
        expected = math.fsum(chance * prob(belief, number) for _, chance, belief in outcomes)
        assert expected == pytest.approx(prob(believed(NOW), number), abs=1e-10)


def test_the_next_month_is_what_the_engine_makes_of_it(
    outcomes: list[tuple[tuple[tuple[str, str], ...], float, Belief]],
) -> None:
    found = watch_list(believed(NOW), TARGETS, months=(1,))
    entries = {one.answer: one for one in found.entries if one.kind == "deal"}
    assert set(entries) == {"", "binding=yes", "binding=no", "volume=yes", "volume=no"}
    for answer, entry in entries.items():
        name, _, word = answer.partition("=")
        place = ("binding", "volume").index(name) if name else 0
        counted = [sum(1 for one in said if not name or one[place] == word) for said, _, _ in outcomes]
        [span] = entry.spans
        none = math.fsum(p for n, (_, p, _) in zip(counted, outcomes, strict=True) if n == 0)
        assert span.probability == pytest.approx(1.0 - none, abs=1e-9)
        for number in range(2):
            for asked, value in ((0, span.unseen[number]), (1, entry.seen[number])):
                chosen = [(p, prob(b, number)) for n, (_, p, b) in zip(counted, outcomes, strict=True) if n == asked]
                expected = math.fsum(p * q for p, q in chosen) / math.fsum(p for p, _ in chosen)
                assert value == pytest.approx(expected, abs=1e-9)


def entropy(p: float) -> float:
    return -p * math.log2(p) - (1 - p) * math.log2(1 - p)


def test_the_gain_is_the_expected_fall_of_entropy(
    outcomes: list[tuple[tuple[tuple[str, str], ...], float, Belief]],
) -> None:
    found = watch_list(believed(NOW), TARGETS, months=(1,))
    entry = next(one for one in found.entries if one.kind == "deal" and not one.answer)
    for number in range(2):
        left = math.fsum(chance * entropy(prob(belief, number)) for _, chance, belief in outcomes)
        assert entry.spans[0].gains[number] == pytest.approx(entropy(prob(believed(NOW), number)) - left, abs=1e-9)


def test_silence_to_come_is_what_silence_will_have_been() -> None:
    found = watch_list(believed("2025-07-12"), TARGETS, months=(3,))
    entry = next(one for one in found.entries if one.kind == "deal" and not one.answer)
    assert entry.month == "2025-08"
    # Three months on it is 12 October, with as large a share of a month of 31 days elapsed as on 12 July.
    assert entry.spans[0].unseen[0] == pytest.approx(believed("2025-10-12").prob("launch", by="2027-06"), abs=1e-12)


def test_happenings_are_what_the_posterior_says() -> None:
    belief = believed("2025-07-12").update(bm.NotYet("pilot", "2025-06"))
    found = watch_list(belief, TARGETS, months=(2, 6))
    entry = next(one for one in found.entries if (one.kind, one.milestone) == ("achieved", "pilot"))
    last = GRID.index("2026-01")
    pmf = belief.pmf("pilot")
    assert entry.spans[1].probability == pytest.approx(pmf[: last + 1].sum(), abs=1e-12)
    not_yet = belief.update(bm.NotYet("pilot", "2026-01"))
    at = belief.update(bm.Achieved("pilot", "2025-08"))
    for number in range(2):
        assert entry.spans[1].unseen[number] == pytest.approx(prob(not_yet, number), abs=1e-12)
        assert entry.seen[number] == pytest.approx(prob(at, number), abs=1e-12)


def test_more_months_make_news_likelier_and_tell_more() -> None:
    found = watch_list(load("quantumscape").belief("2026-07-02"), [("commercialization", "2035")])
    assert [one.gain for one in found.entries] == sorted((one.gain for one in found.entries), reverse=True)
    for one in found.entries:
        chances = [span.probability for span in one.spans]
        assert chances == sorted(chances)
        if not one.answer and one.kind != "achieved":
            assert one.spans[0].gains[0] <= one.spans[-1].gains[0] + 1e-12
    frame = found.to_pandas()
    assert len(frame) == 3 * len(found.entries) and frame.gain.min() >= 0.0


def test_settled_milestones_are_not_watched() -> None:
    belief = load("quantumscape").belief("2026-07-02")
    watched = {one.milestone for one in watch_list(belief, [("commercialization", "2035")]).entries}
    assert not watched & {"separator_pilot", "cell_samples", "pilot_line"}
    assert "cell_integration" not in watched  # nobody would see it happen


def test_a_stream_whose_lead_leaves_the_grid_is_named() -> None:
    far = Ledger([], [DEAL]).known_by("2028-01")
    found = watch_list(bm.infer(ROADMAP, far, GRID), TARGETS, months=(12,))
    assert found.left_out == ("deal on launch: 12 months and its lead of 18 reach past the horizon 2029-12",)
    assert {one.kind for one in found.entries} == {"achieved"}


def test_a_question_that_is_settled_stays_so() -> None:
    belief = believed(NOW).update(bm.NotYet("launch", "2027-06"))
    found = watch_list(belief, TARGETS, months=(3,))
    for one in found.entries:
        assert one.spans[0].gains[0] == 0.0 and one.spans[0].unseen[0] == 0.0
        assert one.seen[0] == 0.0 or math.isnan(one.seen[0])


@pytest.mark.parametrize(
    ("months", "message"),
    [((), "months: received"), ((3, 3), "increasing"), ((6, 3), "increasing"), ((0,), "months")],
)
def test_bad_lengths_are_refused(months: tuple[int, ...], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        watch_list(believed(NOW), TARGETS, months=months)


def test_a_belief_without_a_date_and_no_targets_are_refused() -> None:
    with pytest.raises(InvalidInput, match="as-of date"):
        watch_list(bm.infer(ROADMAP, [], GRID), TARGETS)
    with pytest.raises(InvalidInput, match="targets"):
        watch_list(believed(NOW), [])


def test_impossible_answers_are_left_out() -> None:
    stream = Stream(
        "deal", "launch", base_rate=1, lift=2, lead=12, covers=("2024", None), attributes={"signed": (1.0, 1.0)}
    )
    belief = bm.infer(ROADMAP, Ledger([], [stream]).known_by(NOW), GRID)
    answers = {one.answer for one in watch_list(belief, TARGETS).entries if one.kind == "deal"}
    assert answers == {"", "signed=yes"}
    assert not np.isnan([one.gain for one in watch_list(belief, TARGETS).entries]).any()

"""Laws of arrivals and their marks: they add up, agree with each other, and the expected belief is today's."""

from __future__ import annotations

from itertools import product
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesmile.core.counts import count_law, gain_in_bits, marked_law, posteriors_of

rates = st.floats(0.0, 6.0)


@given(st.lists(rates, min_size=1, max_size=4))
def test_counts_are_poisson_and_add_up_to_one(expected: list[float]) -> None:
    law = count_law(np.array(expected))
    assert law.sum(axis=0) == pytest.approx(np.ones(len(expected)), abs=1e-12)
    for n in range(min(4, len(law) - 1)):
        assert law[n] == pytest.approx([np.exp(-x) * x**n / factorial(n) for x in expected], abs=1e-12)


@st.composite
def marked(draw: st.DrawFn) -> np.ndarray:
    marks, states = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    return np.array(draw(st.lists(rates, min_size=marks * states, max_size=marks * states))).reshape(marks, states)


@given(marked())
def test_sets_of_marked_arrivals_add_up_to_one(expected: np.ndarray) -> None:
    assert marked_law(expected).sum(axis=0) == pytest.approx(np.ones(expected.shape[1]), abs=1e-12)


def test_sets_are_independent_counts_of_each_mark() -> None:
    expected = np.array([[0.3], [0.8]])
    law = marked_law(expected)
    counts = [count_law(row)[:, 0] for row in expected]
    numbers = [(a, b) for a, b in product(range(4), repeat=2) if a + b <= 3]
    by_definition = sorted(counts[0][a] * counts[1][b] for a, b in numbers)
    assert sorted(law[: len(numbers), 0]) == pytest.approx(by_definition, abs=1e-14)


@given(marked(), st.data())
def test_the_expected_belief_is_todays(expected: np.ndarray, data: st.DataObject) -> None:
    states = expected.shape[1]
    parts = data.draw(st.lists(st.floats(0.001, 1.0), min_size=2 * states, max_size=2 * states))
    joint = np.array(parts).reshape(2, states) / sum(parts)  # yes and no to one question
    for law in (marked_law(expected), count_law(expected.sum(axis=0))):
        probability, given_it = posteriors_of(law, joint.sum(axis=0), joint)
        seen = probability > 0.0
        assert given_it[:, seen] @ probability[seen] == pytest.approx(joint.sum(axis=1), abs=1e-10)


@given(marked(), st.floats(0.01, 0.99))
def test_marks_tell_no_less_than_the_count_and_no_more_than_the_question(expected: np.ndarray, split: float) -> None:
    state = np.full(expected.shape[1], 1.0 / expected.shape[1])
    joint = (state * np.linspace(split, 1.0 - split, len(state)))[None]
    now = joint.sum(axis=1)
    by_count, by_marks = (
        gain_in_bits(*posteriors_of(law, state, joint), now)[0]
        for law in (count_law(expected.sum(axis=0)), marked_law(expected))
    )
    entropy = -(now * np.log2(now) + (1 - now) * np.log2(1 - now))[0]
    assert -1e-12 <= by_count <= by_marks + 1e-12
    assert by_marks <= entropy + 1e-12


def test_the_gain_is_the_mutual_information_of_a_table(rng: np.random.Generator) -> None:
    table = rng.dirichlet(np.ones(12)).reshape(2, 6)  # P(question, outcome)
    now = table.sum(axis=1)
    probability = table.sum(axis=0)
    expected = (table * np.log2(table / np.outer(now, probability))).sum()
    assert gain_in_bits(probability, (table / probability)[:1], now[:1])[0] == pytest.approx(expected, abs=1e-12)


def test_a_certain_question_gains_nothing() -> None:
    gains = gain_in_bits(np.array([0.5, 0.5]), np.array([[1.0, 1.0], [0.0, 0.0]]), np.array([1.0, 0.0]))
    assert gains.tolist() == [0.0, 0.0]

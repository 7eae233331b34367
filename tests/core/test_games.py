"""Shapley values: the definition over all orders, the laws that single them out, and sampling within its error."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesmile.core.games import all_coalitions, exact_values, paired_orders, sampled_values

Array = npt.NDArray[np.float64]

worth = st.floats(-10.0, 10.0)
players = st.integers(1, 5)


@st.composite
def games(draw: st.DrawFn, players: st.SearchStrategy[int] = players) -> Array:
    n = draw(players)
    return np.array(draw(st.lists(worth, min_size=2**n, max_size=2**n)))[:, None]


def by_definition(worths: Array) -> Array:
    """Average over every order of what each player adds when it joins."""
    n = (len(worths) - 1).bit_length()
    total = np.zeros((n, worths.shape[1]))
    orders = list(permutations(range(n)))
    for order in orders:
        mask = 0
        for player in order:
            total[player] += worths[mask | (1 << player)] - worths[mask]
            mask |= 1 << player
    return total / len(orders)


@given(games())
def test_exact_values_are_the_average_over_all_orders(worths: Array) -> None:
    assert exact_values(worths) == pytest.approx(by_definition(worths), abs=1e-9)


@given(games())
def test_they_add_up_to_the_worth_of_all(worths: Array) -> None:
    assert exact_values(worths).sum() == pytest.approx(float(worths[-1, 0] - worths[0, 0]), abs=1e-9)


@given(games(st.integers(2, 5)))
def test_players_that_move_alike_get_the_same(worths: Array) -> None:
    numbers = np.arange(len(worths))
    swapped = (numbers & ~3) | ((numbers & 1) << 1) | ((numbers & 2) >> 1)  # players 0 and 1 change places
    values = exact_values(worths + worths[swapped])
    assert values[0] == pytest.approx(values[1], abs=1e-9)


@given(games())
def test_a_player_that_adds_nothing_gets_nothing_and_takes_nothing(worths: Array) -> None:
    n = (len(worths) - 1).bit_length()
    doubled = np.concatenate([worths, worths])  # the last player changes nothing
    values = exact_values(doubled)
    assert values[n] == pytest.approx(0.0, abs=1e-9)
    assert values[:n] == pytest.approx(exact_values(worths), abs=1e-9)


@given(games(st.just(4)), games(st.just(4)))
def test_the_values_of_a_sum_are_the_sum_of_the_values(first: Array, second: Array) -> None:
    assert exact_values(first + second) == pytest.approx(exact_values(first) + exact_values(second), abs=1e-9)


def test_one_player_and_none() -> None:
    assert exact_values(np.array([[1.0], [4.0]])).tolist() == [[3.0]]
    assert exact_values(np.array([[1.0]])).shape == (0, 1)
    assert all_coalitions(0).shape == (1, 0)


def lookup(worths: Array) -> object:
    return lambda masks: worths[masks @ (1 << np.arange(masks.shape[1]))]


def test_sampling_agrees_with_the_exact_values_within_its_error(rng: np.random.Generator) -> None:
    worths = rng.normal(size=(2**6, 2)).cumsum(axis=0)
    values = sampled_values(lookup(worths), paired_orders(6, 4000, rng))
    errors = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    off = (values.mean(axis=0) - exact_values(worths)) / errors
    assert np.abs(off).max() < 4.0
    assert np.abs(off).max() > 0.1  # an error far too large would hide anything


def test_every_pair_of_orders_adds_up(rng: np.random.Generator) -> None:
    worths = rng.normal(size=(2**5, 1))
    values = sampled_values(lookup(worths), paired_orders(5, 7, rng))
    assert values.sum(axis=1).ravel() == pytest.approx(np.full(7, worths[-1, 0] - worths[0, 0]), abs=1e-12)


def test_one_pair_is_exact_where_at_most_two_players_interact(rng: np.random.Generator) -> None:
    masks = all_coalitions(6).astype(float)
    pairwise = rng.normal(size=(6, 6))
    worths = np.einsum("ci,ij,cj->c", masks, pairwise, masks)[:, None]
    values = sampled_values(lookup(worths), paired_orders(6, 1, rng))
    assert values[0] == pytest.approx(exact_values(worths), abs=1e-9)

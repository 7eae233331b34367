"""Shapley values of a game whose worth is computed for many coalitions at once: exactly, or from random orders."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Worth", "all_coalitions", "exact_values", "paired_orders", "sampled_values"]

Array = NDArray[np.float64]
Coalitions = NDArray[np.bool_]
Worth = Callable[[Coalitions], Array]
"""From coalitions, shape (coalition, player), to what each is worth, shape (coalition, question)."""


def all_coalitions(players: int) -> Coalitions:
    """All subsets of the players, shape (2 ** players, players): player i is in coalition c where bit i of c is set.

    Examples
    --------
    >>> all_coalitions(2).astype(int).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return np.asarray((np.arange(2**players)[:, None] >> np.arange(players)) & 1, dtype=np.bool_)


def exact_values(worths: Array) -> Array:
    """Shapley values from the worth of every coalition.

    phi_i = sum over coalitions S without i of |S|! (n - |S| - 1)! / n! (v(S with i) - v(S)).

    Parameters
    ----------
    worths : array, shape (2 ** n, question)
        In the order of `all_coalitions`.

    Returns
    -------
    array, shape (n, question)

    References
    ----------
    .. [1] L. S. Shapley, "A value for n-person games", Contributions to the Theory of Games II (1953) 307-317.

    Examples
    --------
    >>> exact_values(np.array([[0.0], [1.0], [1.0], [4.0]])).ravel().tolist()
    [2.0, 2.0]
    """
    n = (len(worths) - 1).bit_length()
    numbers = np.arange(len(worths))
    sizes = np.bitwise_count(numbers)
    weights = _weights(n)[sizes]
    values = np.empty((n, worths.shape[1]))
    for i in range(n):
        without = numbers[(numbers >> i) & 1 == 0]
        values[i] = weights[without] @ (worths[without | (1 << i)] - worths[without])
    return values


def _weights(n: int) -> Array:
    """Return |S|! (n - |S| - 1)! / n! for sizes 0 .. n - 1; a last entry, for the whole, is never used."""
    weights = np.ones(n + 1)
    for size in range(n):
        weights[size] = 1.0 / n if size == 0 else weights[size - 1] * size / (n - size)
    return weights


def paired_orders(players: int, pairs: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Random orders of the players, each followed by its reverse, shape (pairs, 2, players).

    Examples
    --------
    >>> orders = paired_orders(4, 3, np.random.default_rng(1))
    >>> orders.shape, bool((orders[:, 0] == orders[:, 1, ::-1]).all())
    ((3, 2, 4), True)
    """
    orders = rng.permuted(np.tile(np.arange(players), (pairs, 1)), axis=1)
    return np.stack([orders, orders[:, ::-1]], axis=1)


def sampled_values(worth: Worth, orders: NDArray[np.int64]) -> Array:
    """Average what each player adds when it joins over each pair of orders.

    Where worth holds no interaction of more than two players, every pair gives the Shapley values themselves.

    Parameters
    ----------
    worth : callable
    orders : int array, shape (pairs, 2, players)
        As `paired_orders` gives them.

    Returns
    -------
    array, shape (pairs, player, question)
        Their mean over pairs estimates the Shapley values; each pair's values add up to what all players are worth,
        less what none is.

    References
    ----------
    .. [1] R. Mitchell, J. Cooper, E. Frank, G. Holmes, "Sampling permutations for Shapley value estimation", Journal of
       Machine Learning Research 23 (2022) 1-46: antithetic sampling.
    """
    pairs, _, n = orders.shape
    joined = np.empty((pairs, 2, n + 1, n), dtype=np.bool_)
    joined[:, :, 0] = False
    place = np.argsort(orders, axis=2)
    joined[:, :, 1:] = place[:, :, None, :] <= np.arange(n)[:, None]
    worths = worth(joined.reshape(-1, n)).reshape(pairs, 2, n + 1, -1)
    added = np.diff(worths, axis=2)  # by place in the order
    by_player = np.take_along_axis(added, place[..., None], axis=2)
    return np.asarray(by_player.mean(axis=1))

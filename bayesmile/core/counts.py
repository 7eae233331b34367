"""Laws of how many arrivals a stretch of time brings, and with which marks, for each month of the milestone."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, pdtrc, xlogy

__all__ = ["count_law", "gain_in_bits", "marked_law", "posteriors_of"]

Array = NDArray[np.float64]

_OUTCOMES = 1000  # sets of marks that are told apart
_TAIL = 1e-15  # probability of more arrivals than are counted one by one


def count_law(rates: Array) -> Array:
    """P(n arrivals) for n = 0, 1, .. and for more than those, shape (outcome, state).

    Parameters
    ----------
    rates : array, shape (state,)
        Expected arrivals.

    Examples
    --------
    >>> law = count_law(np.array([0.5, 2.0]))
    >>> law[:2].round(4).tolist(), law.sum(axis=0).round(12).tolist()
    ([[0.6065, 0.1353], [0.3033, 0.2707]], [1.0, 1.0])
    """
    most = 0
    while pdtrc(most, rates.max(initial=0.0)) > _TAIL:
        most += 1
    numbers = np.arange(most + 1)[:, None]
    law = np.exp(xlogy(numbers, rates) - rates - gammaln(numbers + 1.0))
    return np.asarray(np.concatenate([law, pdtrc(most, rates)[None]]))


def marked_law(rates: Array) -> Array:
    """Probability of every set of marked arrivals, shape (outcome, state).

    Arrivals of each mark are Poisson and independent. As long as there are at most a thousand sets, arrivals are told
    apart by their marks; of more arrivals at once only the number counts.

    Parameters
    ----------
    rates : array, shape (mark, state)
        Expected arrivals of each mark.

    Examples
    --------
    >>> law = marked_law(np.array([[0.2, 0.5], [0.1, 0.1]]))
    >>> law.sum(axis=0).round(12).tolist(), bool(abs(law[1, 0] - 0.2 * np.exp(-0.3)) < 1e-12)
    ([1.0, 1.0], True)
    """
    total = rates.sum(axis=0)
    none = np.exp(-total)
    parts, told = [none[None]], 1
    counted = 1
    marks = np.arange(len(rates))
    while True:
        sets = np.array(list(combinations_with_replacement(marks, counted)))
        if told + len(sets) > _OUTCOMES or counted > len(count_law(total)) - 2:
            break
        repeats = np.array([np.exp(gammaln(np.bincount(one, minlength=len(marks)) + 1.0).sum()) for one in sets])
        parts.append(rates[sets].prod(axis=1) / repeats[:, None] * none)
        told, counted = told + len(sets), counted + 1
    return np.concatenate([*parts, count_law(total)[counted:]])


def posteriors_of(law: Array, state: Array, joint: Array) -> tuple[Array, Array]:
    """Probability of each outcome, and of a question given it.

    Parameters
    ----------
    law : array, shape (outcome, state)
        P(outcome | state).
    state : array, shape (state,)
        P(state).
    joint : array, shape (question, state)
        P(state and yes to the question).

    Returns
    -------
    probability : array, shape (outcome,)
    given : array, shape (question, outcome)
        NaN for an outcome of probability zero.

    Examples
    --------
    >>> law, state = np.array([[0.9, 0.2], [0.1, 0.8]]), np.array([0.5, 0.5])
    >>> probability, given = posteriors_of(law, state, np.array([[0.5, 0.0]]))
    >>> probability.round(3).tolist(), given.round(3).tolist()
    ([0.55, 0.45], [[0.818, 0.111]])
    """
    probability = law @ state
    with np.errstate(invalid="ignore", divide="ignore"):
        given = (joint @ law.T) / probability
    return probability, np.clip(given, 0.0, 1.0)


def gain_in_bits(probability: Array, given: Array, now: Array) -> Array:
    """Mutual information of an outcome and each question, shape (question,): the expected relative entropy.

    Parameters
    ----------
    probability : array, shape (outcome,)
    given : array, shape (question, outcome)
        As `posteriors_of` returns them.
    now : array, shape (question,)
        Probability of each question today.

    References
    ----------
    .. [1] D. V. Lindley, "On a measure of the information provided by an experiment", Annals of Mathematical Statistics
       27 (1956) 986-1005.

    Examples
    --------
    >>> gain_in_bits(np.array([0.5, 0.5]), np.array([[1.0, 0.0]]), np.array([0.5])).tolist()
    [1.0]
    """
    seen = probability > 0.0
    after, weight, before = given[:, seen], probability[seen], now[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = xlogy(after, after) - xlogy(after, before) + xlogy(1.0 - after, 1.0 - after)
        parts -= xlogy(1.0 - after, 1.0 - before)
    gains = np.where(np.isfinite(parts), parts, 0.0) @ weight / np.log(2.0)
    return np.asarray(np.maximum(gains, 0.0))

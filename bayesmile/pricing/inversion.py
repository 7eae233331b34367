"""A price inverted for every joint draw at once: the values of failure and success, and the implied probability."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bayesmile.model.mixture import Mixture
from bayesmile.pricing.draws import DrawnValues

__all__ = ["implied_of", "joint_states", "two_states", "worths"]

Array = NDArray[np.float64]


def two_states(pmf: Array, row: Array, floor: Array, price: Array) -> tuple[Array, Array, Array]:
    """F, S and p* of one priced milestone; pmf (draw, month), row (draw, repeat, month), each draw axis of 1 or all."""
    with np.errstate(invalid="ignore", divide="ignore"):
        timing = pmf[:, :-1] / pmf[:, :-1].sum(axis=1, keepdims=True)
    success = floor + np.einsum("dt,drt->dr", *_same(timing, row[..., :-1]))
    failure = np.broadcast_to(floor + row[..., -1], success.shape)
    return failure, success, implied_of(failure, success, price)


def _same(timing: Array, row: Array) -> tuple[Array, Array]:
    draws = max(len(timing), len(row))
    return np.broadcast_to(timing, (draws, *timing.shape[1:])), np.broadcast_to(row, (draws, *row.shape[1:]))


def joint_states(
    mixture: Mixture, reached: Array, number: int, drawn: DrawnValues, floor: Array
) -> tuple[Array, Array]:
    """F and S where other milestones are paid too: their months given that the named one is reached, or is not."""
    chance, every = mixture.pmf_draws[:, number, :-1].sum(axis=1), np.arange(len(floor))
    success = worths(mixture, reached, drawn, floor, every)
    whole = worths(mixture, mixture.pmf_draws, drawn, floor, every)
    with np.errstate(invalid="ignore", divide="ignore"):
        failure = (whole - chance[:, None] * success) / mixture.pmf_draws[:, number, -1][:, None]
    return failure, success


def worths(mixture: Mixture, laws: Array, drawn: DrawnValues, floor: Array, draws: NDArray[np.intp]) -> Array:
    """E[PV] in some of the draws, (draw, repeat), if every milestone has these laws, (draw, milestone, months + 1)."""
    out = floor[draws]
    for name, rows in drawn.rows.items():
        paid = rows.reshape(*floor.shape, -1)[draws]
        out = out + np.einsum("dt,drt->dr", laws[:, mixture.roadmap.number(name)], paid)
    return out


def implied_of(failure: Array, success: Array, price: Array) -> Array:
    """p* unclipped; where success is worth no more than failure, +-inf unless the price lies between them.

    Examples
    --------
    >>> implied_of(np.array([10.0, 10.0, 10.0]), np.array([110.0, 60.0, 5.0]), np.array([60.0, 110.0, 60.0])).tolist()
    [0.5, 2.0, inf]
    """
    gain = success - failure
    with np.errstate(invalid="ignore", divide="ignore"):
        plain = (price - failure) / gain
    outside = np.where(price > failure, np.inf, -np.inf)
    return np.where((gain > 0.0) | ((plain > 0.0) & (plain < 1.0)), plain, outside)

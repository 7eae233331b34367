"""All laws of the price at expiry that fit the quotes, as a linear programme: exact, with no fitted curve and no grid.

A law may put its mass anywhere on [0, infinity). Every payoff here is linear between neighbouring strikes, so mass
between two strikes can be moved to both of them without changing what any option is worth: laws on the strikes, on
zero and on the ends of the event in question do what any law can do. Beyond the last strike a ray carries mean without
mass: the limit of ever less mass ever farther out. This is the duality of moment problems (Isii 1963; for options
Bertsimas and Popescu 2002), with bids and asks in the place of exact prices (Davis and Hobson 2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from bayesmile.errors import BayesmileError
from bayesmile.options.quotes import Quote
from bayesmile.options.terms import Terms

__all__ = ["Extreme", "LawSet", "extreme", "law_set", "least_changes", "least_widening", "payoff"]

Array = NDArray[np.float64]
ROUNDING = 1e-8  # of the largest price at expiry considered: smaller contradictions are the solver's own
_ROUNDS, _DEAR = 6, 1e-4  # of reweighting; a change of that size, in units of the scale, halves a weight
_PRICED = 1e-9  # of probability for a unit of price: a smaller dual is rounding
_SOLVED, _INFEASIBLE = 0, 2  # of the solver
_EXACT = 1e-10  # tolerance of the solver; its own default, 1e-7 of a price, is seen in probabilities


@dataclass(frozen=True, slots=True, eq=False)
class LawSet:
    """Laws on the knots and the ray that price every quote within its limits; prices are undiscounted.

    Attributes
    ----------
    knots : array, (knot,)
        Prices at expiry that may carry mass, rising.
    payoffs : array, (quote, knot + 1)
        Payoff of each option at each knot, and along the ray, in units of `scale`.
    low, high : array, (quote,)
        Limits of what each option is worth, in units of `scale`; infinite where there is none.
    equal, equal_to : array, (1 or 2, knot + 1), (1 or 2,)
        Total mass and, where the forward is known, the mean.
    scale : float
        Money.
    """

    knots: Array
    payoffs: Array
    low: Array
    high: Array
    equal: Array
    equal_to: Array
    scale: float


def payoff(quotes: Sequence[Quote], prices: Array) -> Array:
    """Payoff of options at expiry, shape (quote, price)."""
    strikes = np.array([quote.strike for quote in quotes])[:, None]
    signs = np.array([1.0 if quote.kind == "call" else -1.0 for quote in quotes])[:, None]
    worth: Array = np.maximum(signs * (prices[None, :] - strikes), 0.0)
    return worth


def law_set(
    quotes: Sequence[Quote], terms: Terms, *, ends: Sequence[float] = (), empty: tuple[float, float] | None = None
) -> LawSet:
    """Set up the laws for quotes that have a bid or an ask.

    Parameters
    ----------
    quotes : sequence of Quote
    terms : Terms
    ends : sequence of float
        Ends of the event in question.
    empty : (float, float), optional
        Prices strictly between these carry no mass.
    """
    strikes = [quote.strike for quote in quotes]
    knots = np.unique([0.0, *strikes, *ends, *(empty or ())])
    if empty is not None:
        knots = knots[(knots <= empty[0]) | (knots >= empty[1])]
    scale = float(max(knots[-1], terms.forward or 0.0))
    ray = np.array([float(quote.kind == "call") for quote in quotes])
    mass, mean = np.append(np.ones(len(knots)), 0.0), np.append(knots / scale, 1.0)
    known = terms.forward is not None
    return LawSet(
        knots=knots,
        payoffs=np.column_stack([payoff(quotes, knots) / scale, ray]),
        low=_limits(quotes, terms, scale, side="bid"),
        high=_limits(quotes, terms, scale, side="ask"),
        equal=np.array([mass, mean] if known else [mass]),
        equal_to=np.array([1.0, (terms.forward or 0.0) / scale] if known else [1.0]),
        scale=scale,
    )


def _limits(quotes: Sequence[Quote], terms: Terms, scale: float, *, side: str) -> Array:
    """Limits of undiscounted values; an early exercise makes the bid for a put no limit."""
    sign = -1.0 if side == "bid" else 1.0
    limits = np.full(len(quotes), sign * np.inf)
    for row, quote in enumerate(quotes):
        price = quote.bid if side == "bid" else quote.ask
        early = side == "bid" and terms.american and quote.kind == "put"
        if price is not None and not early:
            limits[row] = (price + sign * terms.widen) / terms.discount / scale
    return limits


def _inequalities(laws: LawSet) -> tuple[Array, Array, Array]:
    """Rows A q <= b for the finite limits, and the quote and side (+1 ask, -1 bid) of each, as signed row numbers."""
    asks, bids = np.isfinite(laws.high), np.isfinite(laws.low)
    rows = np.vstack([laws.payoffs[asks], -laws.payoffs[bids]])
    limits = np.concatenate([laws.high[asks], -laws.low[bids]])
    owners = np.concatenate([np.flatnonzero(asks) + 1, -(np.flatnonzero(bids) + 1)]).astype(np.float64)
    return rows, limits, owners


class _Solution(NamedTuple):
    """Least cost, where it is attained, and the price of each inequality."""

    cost: float
    point: Array
    duals: Array


def _solve(costs: Array, rows: Array, limits: Array, equal: Array, equal_to: Array) -> _Solution | None:
    """Least cost over q >= 0; None where no q fits."""
    solved = linprog(
        costs,
        A_ub=rows,
        b_ub=limits,
        A_eq=equal,
        b_eq=equal_to,
        bounds=[(0.0, None)],
        method="highs",
        options={"primal_feasibility_tolerance": _EXACT, "dual_feasibility_tolerance": _EXACT},
    )
    if solved.status == _INFEASIBLE:
        return None
    if solved.status != _SOLVED or solved.fun is None or solved.x is None:
        raise BayesmileError(f"the linear programme of the quotes could not be solved: {solved.message}")
    return _Solution(float(solved.fun), np.asarray(solved.x), -np.asarray(solved.ineqlin.marginals))


def least_widening(laws: LawSet) -> tuple[float, Array]:
    """Smallest widening of every quote, on both sides, that lets some law price them all.

    Returns
    -------
    widening : float
        Undiscounted money; 0 where no widening is needed.
    positions : array, (quote,)
        Options bought (positive, at the ask) and sold (negative, at the bid), one in all, that with the forward and
        cash lock in that amount whatever the price at expiry: the dual solution. Zero where nothing is locked in.
    """
    rows, limits, owners = _inequalities(laws)
    costs = np.zeros(laws.equal.shape[1] + 1)
    costs[-1] = 1.0
    widened = np.column_stack([rows, -np.ones(len(rows))])
    equal = np.column_stack([laws.equal, np.zeros(len(laws.equal))])
    solved = _solve(costs, widened, limits, equal, laws.equal_to)
    positions = np.zeros(len(laws.payoffs))
    if solved is None:  # mass at zero and the ray meet any forward: some widening is enough
        raise BayesmileError("no widening of the quotes was found; at least one exists: please report the chain")
    if solved.cost <= ROUNDING:
        return 0.0, positions
    np.add.at(positions, (np.abs(owners) - 1).astype(int), np.sign(owners) * solved.duals)
    return solved.cost * laws.scale, positions


def least_changes(laws: LawSet) -> Array:
    """Return changes of few single quotes that let some law price them all, (quote,), undiscounted.

    The fewest would be a combinatorial search; a weighted sum of changes is minimised instead, and the quotes that need
    none are made dearer to change, a few times over (Candes and others 2008).
    """
    rows, limits, owners = _inequalities(laws)
    size, number = laws.equal.shape[1], len(laws.payoffs)
    relief = np.zeros((len(rows), number))
    relief[np.arange(len(rows)), (np.abs(owners) - 1).astype(int)] = -1.0
    relieved = np.column_stack([rows, relief])
    equal = np.column_stack([laws.equal, np.zeros((len(laws.equal), number))])
    weights, best = np.ones(number), np.full(number, np.inf)
    for _ in range(_ROUNDS):
        solved = _solve(np.concatenate([np.zeros(size), weights]), relieved, limits, equal, laws.equal_to)
        if solved is None:
            break
        changes = solved.point[size:]
        changes = np.where(changes > ROUNDING, changes, 0.0)
        if np.count_nonzero(changes) < np.count_nonzero(best):
            best = changes
        weights = _DEAR / (changes + _DEAR)
    return best * laws.scale


class Extreme(NamedTuple):
    """A largest or smallest value, and which quotes hold it there: without any of the others it is the same."""

    value: float
    binding: NDArray[np.bool_]


def extreme(laws: LawSet, weights: Array, *, largest: bool) -> Extreme | None:
    """Largest or smallest sum of mass times `weights`, (knot,); None where no law prices the quotes."""
    rows, limits, owners = _inequalities(laws)
    sign = -1.0 if largest else 1.0
    costs = np.append(sign * weights, 0.0)
    for slack in (0.0, ROUNDING):  # what `least_widening` passes as rounding must not make the quotes impossible here
        solved = _solve(costs, rows, limits + slack, laws.equal, laws.equal_to)
        if solved is not None:
            binding = np.zeros(len(laws.payoffs), dtype=bool)
            binding[(np.abs(owners[solved.duals > _PRICED]) - 1).astype(int)] = True
            return Extreme(sign * solved.cost, binding)
    return None

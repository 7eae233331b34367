"""The price equation solved for any one of its numbers, each root put back, no root said in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bayesmile.belief import Belief
from bayesmile.breakevens import arrival_label, check_value, price_equation
from bayesmile.checks import probability as checked_probability
from bayesmile.errors import BayesmileError, InvalidInput
from bayesmile.grid import When
from bayesmile.market import checked_price, two_state
from bayesmile.payoffs import Payoffs
from bayesmile.pricing.axes import arrival_years
from bayesmile.pricing.roots import SOLVERS, Question, Root

__all__ = ["UNKNOWNS", "Solved", "Unknown", "solve_for"]

Unknown = Literal["price", "probability", "success_value", "required_return", "dilution", "burn", "arrival"]
UNKNOWNS: tuple[Unknown, ...] = (
    "price",
    "probability",
    "success_value",
    "required_return",
    "dilution",
    "burn",
    "arrival",
)
"""What `solve_for` solves for."""

Array = NDArray[np.float64]

_OWN = ("success_value", "arrival")  # ask about the milestone's own value
_NOTHING = 1e-100  # of money: prices below it underflow on the way back
_EXACT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """One number of the price equation, given all others.

    Attributes
    ----------
    unknown : str
        One of `UNKNOWNS`.
    milestone : str
        The milestone in question.
    value : float
        The root, never clipped: for ``"arrival"`` in years from the as-of moment. Where `possible` is false it is what
        the equation alone asks for, such as a probability of 1.4 or a required return below zero; NaN where there is
        no such number at all.
    possible : bool
        Whether the root is a number that the unknown may take; then it meets the price.
    why : str
        In words, why there is none; empty where there is.
    reason : str
        The same as one word: ``"dear"`` (the price asks for more than any value gives), ``"cheap"`` (for less),
        ``"silent"`` (the price does not depend on it), ``"late"`` (an arrival after the horizon); empty where possible.
    month : str
        For ``"arrival"``: the latest month in which success may come, ``"beyond"`` or ``"never early enough"``; else
        empty.
    price, probability : float
        Both sides of the equation as asked or found.
    held : mapping of str to float
        What was held fixed.
    """

    unknown: str
    milestone: str
    value: float
    possible: bool
    why: str
    reason: str
    month: str
    price: float
    probability: float
    held: Mapping[str, float]


def solve_for(
    unknown: Unknown,
    belief: Belief,
    payoffs: Payoffs,
    *,
    as_of: When,
    price: float | None = None,
    probability: float | None = None,
    arrival: When | None = None,
    milestone: str | None = None,
) -> Solved:
    """Solve price = (1 - p) F + p S for one number, all others held.

    Parameters
    ----------
    unknown : str
        ``"price"``, ``"probability"``, ``"success_value"``, ``"required_return"``, ``"dilution"``, ``"burn"`` (a year,
        until success) or ``"arrival"``.
    belief, payoffs, as_of
        As in `fair_price`.
    price : float, optional
        Price in the currency of the payoffs; needed unless it is the unknown.
    probability : float, optional
        p; ours if left out.
    arrival : str or date, optional
        Month in which the milestone is reached if it is; our dates if left out. Of a year or a quarter the last month.
    milestone : str, optional
        The milestone in question; needed where several are priced. What the others are worth given that it is reached
        or not enters S and F as in `two_state`, at the dates we believe in.

    Returns
    -------
    Solved
        Also where there is no root: then `why` says so, and nothing is clipped.

    Raises
    ------
    InvalidInput
        If the unknown is not one of these or was given as well, the milestone has no value of its own where one is
        asked about, or its success has no date because our belief excludes it.

    Notes
    -----
    Each root is checked by putting it back: it must give the price to 1e-9, relative to the largest of the price, F
    and S.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 24))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, floor=10.0, required_return=0.10)
    >>> round(solve_for("success_value", belief, payoffs, price=85.0, as_of="2026-01", arrival="2026-01").value, 9)
    150.0
    >>> none = solve_for("probability", belief, payoffs, price=111.0, as_of="2026-01")
    >>> none.possible, none.value > 1.0, none.why
    (False, True, 'no probability is enough: even certain success is worth 109.585, less than the price of 111')
    """
    _check(unknown, price, probability, arrival)
    equation = price_equation(belief, payoffs, as_of=as_of, milestone=milestone)
    state = two_state(belief, payoffs, as_of=as_of, milestone=milestone)
    if unknown in _OWN or arrival is not None:
        check_value(belief, payoffs, as_of, state)
    _check_funding(unknown, payoffs)
    p = equation.probability if probability is None else checked_probability("probability", probability)
    years = None if arrival is None else float(arrival_years(belief, as_of, arrival))
    question = Question(
        belief, payoffs, as_of, state.milestone, equation, math.nan if price is None else price, p, years
    )
    root = SOLVERS[unknown](question)
    _put_back(unknown, question, root)
    return Solved(
        unknown=unknown,
        milestone=state.milestone,
        value=root.value,
        possible=root.reason == "",
        why=root.why,
        reason=root.reason,
        month=arrival_label(belief, as_of, root.value) if unknown == "arrival" else "",
        price=root.value if unknown == "price" else question.price,
        probability=root.value if unknown == "probability" else p,
        held=_held(unknown, question),
    )


def _check(unknown: object, price: float | None, probability: float | None, arrival: When | None) -> None:
    if unknown not in UNKNOWNS:
        raise InvalidInput(f"unknown: received {unknown!r}; allowed are {', '.join(UNKNOWNS)}")
    given = {"price": price, "probability": probability, "arrival": arrival}
    if given.get(str(unknown)) is not None:
        raise InvalidInput(f"{unknown}: received {given[str(unknown)]!r} although it is the unknown; leave it out")
    if price is None and unknown != "price":
        raise InvalidInput("price: received none; allowed is a number of at least 0")
    if price is not None:
        checked_price(price)


def _check_funding(unknown: str, payoffs: Payoffs) -> None:
    """Refuse the number of a funding contract that is not in force."""
    if unknown not in {"dilution", "burn"}:
        return
    if not all(isinstance(value, float) for value in payoffs.values.values()):
        raise InvalidInput(f"{unknown}: a row of present values is priced, and its funding is inside it")
    if unknown == "dilution" and payoffs.has_cash_contract:
        raise InvalidInput("dilution: funding is by cash and burn; allowed is the unknown 'burn'")
    if unknown == "burn" and payoffs.dilution > 0.0:
        raise InvalidInput("burn: funding is by dilution; allowed is the unknown 'dilution'")


def _put_back(unknown: str, ask: Question, root: Root) -> None:
    """Reprice with the root, through the payoffs themselves where no date is fixed: a wrong reduction would be seen."""
    if root.reason or unknown == "price":
        return
    p = root.value if unknown == "probability" else ask.probability
    failure, success = _sides(unknown, ask, root.value)
    got = failure if p == 0.0 else success if p == 1.0 else (1.0 - p) * failure + p * success
    sides = (abs(side) for side in (failure, success) if not math.isnan(side))
    size = max(ask.price, ask.payoffs.cash, *sides)  # what is burnt can cancel the cash to the last digit but one
    if not abs(got - ask.price) <= _EXACT * size + _NOTHING:
        raise BayesmileError(
            f"solve_for {unknown}: the root {root.value!r} put back gives {got!r}, not the price {ask.price!r}"
        )


def _sides(unknown: str, ask: Question, root: float) -> tuple[float, float]:
    """F and S with the root in its place."""
    if ask.years is None and unknown != "arrival":
        payoffs = _with(unknown, ask, root)
        state = two_state(ask.belief, payoffs, as_of=ask.as_of, milestone=ask.milestone)
        return state.failure, state.success
    numbers = {"required_return": ask.equation.required_return, "dilution": ask.equation.dilution, unknown: root}
    rate = numbers["required_return"] + numbers["dilution"]
    years = root if unknown == "arrival" else ask.years
    value = root if unknown == "success_value" else None
    burn = root if unknown == "burn" else None
    return float(ask.equation.failure(rate, burn)), float(ask.equation.success(value, rate, years, burn))


def _with(unknown: str, ask: Question, value: float) -> Payoffs:
    if unknown == "success_value":
        return ask.payoffs.with_value(ask.milestone, value)
    if unknown == "required_return":
        return replace(ask.payoffs, required_return=value)
    if unknown == "burn":
        return replace(ask.payoffs, burn=value)
    return replace(ask.payoffs, dilution=value) if unknown == "dilution" else ask.payoffs


def _held(unknown: str, ask: Question) -> dict[str, float]:
    numbers = {
        "price": ask.price,
        "probability": ask.probability,
        "success_value": ask.equation.value,
        "required_return": ask.equation.required_return,
        "dilution": ask.equation.dilution,
        "burn": ask.equation.burn,
    }
    if ask.years is not None:
        numbers["arrival"] = ask.years
    return {name: value for name, value in numbers.items() if name != unknown}

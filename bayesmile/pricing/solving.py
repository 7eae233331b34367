"""The price equation solved for any one of its numbers, each root put back, no root said in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.belief import Belief
from bayesmile.breakevens import (
    LARGEST_RETURN,
    arrival_label,
    check_value,
    own_worth,
    price_equation,
    rates_between,
    root_rate,
    years_until,
)
from bayesmile.checks import probability as checked_probability
from bayesmile.core.equation import PriceEquation
from bayesmile.errors import BayesmileError, InvalidInput
from bayesmile.grid import When
from bayesmile.market import checked_price, two_state
from bayesmile.payoffs import Payoffs

__all__ = ["UNKNOWNS", "Solved", "Unknown", "arrival_years", "solve_for"]

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
_EXACT = 1e-9
_LOWEST_RATE = -1.0  # -100% a year: how far below zero a formal rate is looked for


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


@dataclass(frozen=True, slots=True)
class _Question:
    """Everything that is held fixed."""

    belief: Belief
    payoffs: Payoffs
    as_of: When
    milestone: str
    equation: PriceEquation
    price: float
    probability: float
    years: float | None

    def worth(self, rate: ArrayLike | None = None, burn: float | None = None) -> Array:
        """(1 - p) F + p S."""
        return self.equation.worth(self.probability, rate=rate, years=self.years, burn=burn)


@dataclass(frozen=True, slots=True)
class _Root:
    value: float
    reason: str = ""
    why: str = ""


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
    question = _Question(
        belief, payoffs, as_of, state.milestone, equation, math.nan if price is None else price, p, years
    )
    root = _SOLVERS[unknown](question)
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


def arrival_years(belief: Belief, as_of: When, arrival: When) -> float:
    """Years from the as-of moment to the start of the last month of a period, at least 0.

    Raises
    ------
    InvalidInput
        If that month is over as of the date, or lies after the horizon.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.5]))])
    >>> arrival_years(bm.infer(roadmap, [], bm.MonthGrid("2026-01", 24)), "2026-07", "2027")
    1.4166666666666667
    """
    index, (month, fraction) = belief.grid.deadline(arrival), belief.grid.moment(as_of)
    first = max(0, month)
    if not first <= index < belief.grid.months:
        raise InvalidInput(
            f"arrival: received {arrival!r}; allowed are dates from {belief.grid.label(first)} to {belief.grid.last}"
        )
    return max(0.0, (index - month - fraction) / 12.0)


def _price(ask: _Question) -> _Root:
    value = float(ask.worth())
    return _Root(value) if math.isfinite(value) else _Root(value, "silent", _undefined(ask))


def _undefined(ask: _Question) -> str:
    return f"our belief leaves no doubt whether {ask.milestone} is reached, so the other case has no value"


def _probability(ask: _Question) -> _Root:
    failure = float(ask.equation.failure())
    success = float(ask.equation.success(years=ask.years))
    p = float(ask.equation.implied(ask.price, years=ask.years))
    if math.isnan(failure) or math.isnan(success):
        return _Root(math.nan, "silent", _undefined(ask))
    if failure == success:
        return _Root(p, "silent", f"no price says how likely it is: success and failure are both worth {success:,.6g}")
    if ask.price > max(failure, success):
        better = "certain success" if success > failure else "certain failure"
        why = f"even {better} is worth {max(failure, success):,.6g}, less than the price of {ask.price:,.6g}"
        return _Root(p, "dear", f"no probability is enough: {why}")
    if ask.price < min(failure, success):
        worse = "failure leaves" if success > failure else "success is worth"
        why = f"{worse} {min(failure, success):,.6g}, more than the price of {ask.price:,.6g}"
        return _Root(p, "cheap", f"no probability is low enough: {why}")
    return _Root(p)


def _success_value(ask: _Question) -> _Root:
    p, equation = ask.probability, ask.equation
    unit = float(equation.unit(years=ask.years))
    if p == 0.0 or unit == 0.0:
        return _Root(math.nan, "silent", "success that never comes has no bearing on the price, whatever it is worth")
    rest = float(equation.worth(p, value=0.0, years=ask.years))
    if math.isnan(rest):
        return _Root(math.nan, "silent", _undefined(ask))
    value = (ask.price - rest) / (p * unit)
    if value < 0.0:
        why = f"the rest alone is worth {rest:,.6g}, more than the price of {ask.price:,.6g}"
        return _Root(value, "cheap", f"no success value is low enough: {why}")
    return _Root(value)


def _total_rate(ask: _Question, fixed: float, name: str) -> _Root:
    """Find the rate k that meets the price, less its fixed part."""
    values = ask.worth(rates_between(fixed, fixed + LARGEST_RETURN))
    least, most = float(values.min()), float(values.max())
    if math.isnan(most):
        return _Root(math.nan, "silent", _undefined(ask))
    if least == most:
        return _Root(math.nan, "silent", f"nothing is discounted, so no {name} changes the value of {most:,.6g}")
    root = root_rate(ask.worth, ask.price, fixed, fixed + LARGEST_RETURN)
    if not math.isnan(root):
        return _Root(max(0.0, root - fixed))
    if most < ask.price:
        below = root_rate(ask.worth, ask.price, fixed + _LOWEST_RATE, fixed) - fixed
        return _Root(below, "dear", f"no {name} makes it worth the price: the most that any leaves is {most:,.6g}")
    why = f"the least that any up to {LARGEST_RETURN:,.0%} a year leaves is {least:,.6g}"
    return _Root(math.nan, "cheap", f"no {name} is high enough: {why}")


def _required_return(ask: _Question) -> _Root:
    return _total_rate(ask, ask.equation.dilution, "required return")


def _dilution(ask: _Question) -> _Root:
    return _total_rate(ask, ask.equation.required_return, "dilution")


def _burn(ask: _Question) -> _Root:
    free = float(ask.worth(burn=0.0))
    each = float(ask.equation.spending(ask.probability, years=ask.years))
    if math.isnan(free):
        return _Root(math.nan, "silent", _undefined(ask))
    if each <= 0.0:
        return _Root(math.nan, "silent", "nothing is spent before the success that would end the burn")
    burn = (free - ask.price) / each
    if burn < 0.0:
        return _Root(burn, "dear", f"no burn is low enough: even none at all leaves a value of {free:,.6g}")
    return _Root(burn)


def _arrival(ask: _Question) -> _Root:
    p, value = ask.probability, ask.equation.value
    if p == 0.0:
        return _Root(math.nan, "silent", "success that never comes has no date")
    worth = own_worth(ask.equation, ask.price, p) / p
    if math.isnan(worth):
        return _Root(math.nan, "silent", _undefined(ask))
    years = years_until(value, worth, ask.equation.rate, ask.equation.burn if ask.equation.ends_burn else 0.0)
    if worth == value:
        return _Root(0.0)
    if math.isnan(years):
        most = float(ask.equation.worth(p, years=0.0))
        return _Root(years, "dear", f"no date is early enough: even today it leaves a value of {most:,.6g}")
    if math.isinf(years):
        return _Root(years, "cheap", "any date is early enough: however late, the value stays above the price")
    if arrival_label(ask.belief, ask.as_of, years) == "beyond":
        return _Root(years, "late", f"any date by the horizon, {ask.belief.grid.last}, is early enough")
    return _Root(years)


_SOLVERS: Mapping[str, Callable[[_Question], _Root]] = {
    "price": _price,
    "probability": _probability,
    "success_value": _success_value,
    "required_return": _required_return,
    "dilution": _dilution,
    "burn": _burn,
    "arrival": _arrival,
}


def _put_back(unknown: str, ask: _Question, root: _Root) -> None:
    """Reprice with the root, through the payoffs themselves where no date is fixed: a wrong reduction would be seen."""
    if root.reason or unknown == "price":
        return
    p = root.value if unknown == "probability" else ask.probability
    failure, success = _sides(unknown, ask, root.value)
    got = failure if p == 0.0 else success if p == 1.0 else (1.0 - p) * failure + p * success
    size = max(ask.price, *(abs(side) for side in (failure, success) if not math.isnan(side)))
    if not abs(got - ask.price) <= _EXACT * size:
        raise BayesmileError(
            f"solve_for {unknown}: the root {root.value!r} put back gives {got!r}, not the price {ask.price!r}"
        )


def _sides(unknown: str, ask: _Question, root: float) -> tuple[float, float]:
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


def _with(unknown: str, ask: _Question, value: float) -> Payoffs:
    if unknown == "success_value":
        return ask.payoffs.with_value(ask.milestone, value)
    if unknown == "required_return":
        return replace(ask.payoffs, required_return=value)
    if unknown == "burn":
        return replace(ask.payoffs, burn=value)
    return replace(ask.payoffs, dilution=value) if unknown == "dilution" else ask.payoffs


def _held(unknown: str, ask: _Question) -> dict[str, float]:
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

"""Each number of the price equation as a root of it, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.belief import Belief
from bayesmile.breakevens import (
    LARGEST_RETURN,
    arrival_label,
    own_worth,
    rates_between,
    root_rate,
    years_until,
)
from bayesmile.core.equation import PriceEquation
from bayesmile.grid import When
from bayesmile.payoffs import Payoffs

__all__ = ["SOLVERS", "Question", "Root"]

Array = NDArray[np.float64]

_LOWEST_RATE = -1.0  # -100% a year: how far below zero a formal rate is looked for


@dataclass(frozen=True, slots=True)
class Question:
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
class Root:
    """A root, never clipped; why it is none that the unknown may take, as a word and in a sentence."""

    value: float
    reason: str = ""
    why: str = ""


def _price(ask: Question) -> Root:
    value = float(ask.worth())
    return Root(value) if math.isfinite(value) else Root(value, "silent", _undefined(ask))


def _undefined(ask: Question) -> str:
    return f"our belief leaves no doubt whether {ask.milestone} is reached, so the other case has no value"


def _probability(ask: Question) -> Root:
    failure = float(ask.equation.failure())
    success = float(ask.equation.success(years=ask.years))
    p = float(ask.equation.implied(ask.price, years=ask.years))
    if math.isnan(failure) or math.isnan(success):
        return Root(math.nan, "silent", _undefined(ask))
    if failure == success:
        return Root(p, "silent", f"no price says how likely it is: success and failure are both worth {success:,.6g}")
    if ask.price > max(failure, success):
        better = "certain success" if success > failure else "certain failure"
        why = f"even {better} is worth {max(failure, success):,.6g}, less than the price of {ask.price:,.6g}"
        return Root(p, "dear", f"no probability is enough: {why}")
    if ask.price < min(failure, success):
        worse = "failure leaves" if success > failure else "success is worth"
        why = f"{worse} {min(failure, success):,.6g}, more than the price of {ask.price:,.6g}"
        return Root(p, "cheap", f"no probability is low enough: {why}")
    return Root(p)


def _success_value(ask: Question) -> Root:
    p, equation = ask.probability, ask.equation
    unit = float(equation.unit(years=ask.years))
    if p == 0.0 or unit == 0.0:
        return Root(math.nan, "silent", "success that never comes has no bearing on the price, whatever it is worth")
    rest = float(equation.worth(p, value=0.0, years=ask.years))
    if math.isnan(rest):
        return Root(math.nan, "silent", _undefined(ask))
    value = (ask.price - rest) / (p * unit)
    if value < 0.0:
        why = f"the rest alone is worth {rest:,.6g}, more than the price of {ask.price:,.6g}"
        return Root(value, "cheap", f"no success value is low enough: {why}")
    return Root(value)


def _total_rate(ask: Question, fixed: float, name: str) -> Root:
    """Find the rate k that meets the price, less its fixed part."""
    values = ask.worth(rates_between(fixed, fixed + LARGEST_RETURN))
    least, most = float(values.min()), float(values.max())
    if math.isnan(most):
        return Root(math.nan, "silent", _undefined(ask))
    if least == most:
        return Root(math.nan, "silent", f"nothing is discounted, so no {name} changes the value of {most:,.6g}")
    root = root_rate(ask.worth, ask.price, fixed, fixed + LARGEST_RETURN)
    if not math.isnan(root):
        return Root(max(0.0, root - fixed))
    if most < ask.price:
        below = root_rate(ask.worth, ask.price, fixed + _LOWEST_RATE, fixed) - fixed
        return Root(below, "dear", f"no {name} makes it worth the price: the most that any leaves is {most:,.6g}")
    why = f"the least that any up to {LARGEST_RETURN:,.0%} a year leaves is {least:,.6g}"
    return Root(math.nan, "cheap", f"no {name} is high enough: {why}")


def _required_return(ask: Question) -> Root:
    return _total_rate(ask, ask.equation.dilution, "required return")


def _dilution(ask: Question) -> Root:
    return _total_rate(ask, ask.equation.required_return, "dilution")


def _burn(ask: Question) -> Root:
    free = float(ask.worth(burn=0.0))
    each = float(ask.equation.spending(ask.probability, years=ask.years))
    if math.isnan(free):
        return Root(math.nan, "silent", _undefined(ask))
    if each <= 0.0:
        return Root(math.nan, "silent", "nothing is spent before the success that would end the burn")
    burn = (free - ask.price) / each
    if burn < 0.0:
        return Root(burn, "dear", f"no burn is low enough: even none at all leaves a value of {free:,.6g}")
    return Root(burn)


def _arrival(ask: Question) -> Root:
    p, value = ask.probability, ask.equation.value
    if p == 0.0:
        return Root(math.nan, "silent", "success that never comes has no date")
    worth = own_worth(ask.equation, ask.price, p) / p
    if math.isnan(worth):
        return Root(math.nan, "silent", _undefined(ask))
    years = years_until(value, worth, ask.equation.rate, ask.equation.burn if ask.equation.ends_burn else 0.0)
    if worth == value:
        return Root(0.0)
    if math.isnan(years):
        most = float(ask.equation.worth(p, years=0.0))
        return Root(years, "dear", f"no date is early enough: even today it leaves a value of {most:,.6g}")
    if math.isinf(years):
        return Root(years, "cheap", "any date is early enough: however late, the value stays above the price")
    if arrival_label(ask.belief, ask.as_of, years) == "beyond":
        return Root(years, "late", f"any date by the horizon, {ask.belief.grid.last}, is early enough")
    return Root(years)


SOLVERS: Mapping[str, Callable[[Question], Root]] = {
    "price": _price,
    "probability": _probability,
    "success_value": _success_value,
    "required_return": _required_return,
    "dilution": _dilution,
    "burn": _burn,
    "arrival": _arrival,
}

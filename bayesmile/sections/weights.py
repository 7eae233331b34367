"""Report section on the assumptions that matter most, with their break-evens."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bayesmile.sections.basis import Basis, Target, open_steps, phrase
from bayesmile.sensitivity import Sensitivity
from bayesmile.wording import implied, money, percent, sentence, words

__all__ = ["Weights", "amount", "weights"]

_MOST = 3
_MONEY = ("payoffs.values.", "payoffs.floor", "payoffs.beyond")
_RATES = ("payoffs.required_return", "payoffs.dilution")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Section: the assumptions that matter most.

    Attributes
    ----------
    lead : str
    target : Target
        What our probability is of.
    top : tuple of Sensitivity
        The weightiest first.
    """

    lead: str
    target: Target
    top: tuple[Sensitivity, ...]


def weights(view: Basis, *, readable: bool = True) -> Weights:
    """Build the section on the assumptions that matter most; `readable` says whether the price can be read.

    A milestone about which nothing is open gives way to the first headline milestone about which something is.
    """
    asked = (view.priced or view.targets[0], *view.targets)
    ahead = [one for one in asked if one.milestone in open_steps(view.belief) and view.prob(one) > 0.0]
    if not ahead:
        return Weights(lead=_lead(view, asked[0], ()), target=asked[0], top=())
    target = ahead[0]
    price = None if view.price is None or view.price.value <= 0.0 or not readable else view.price.value
    top = tuple(view.sweep.top((target.milestone, target.by), price=price, n=_MOST))
    return Weights(lead=_lead(view, target, top), target=target, top=top)


def _lead(view: Basis, target: Target, top: tuple[Sensitivity, ...]) -> str:
    if not top and not view.prob(target) > 0.0:
        return f"{sentence(phrase(target))} is impossible as things stand, and no single assumption can be weighed."
    if not top:
        return f"No numeric assumption is left open behind {phrase(target)}."
    first = top[0]
    currency = "" if view.price is None else view.price.currency
    low, high = (amount(first.assumption.field, end, currency) for end in (first.assumption.low, first.assumption.high))
    lead = (
        f"Each is moved alone from the low to the high end of its 90% interval. The weightiest is the"
        f" {words(first.assumption.label)}: from {low} to {high}"
    )
    if math.isnan(first.now.gap):
        return f"{lead}, {phrase(target)} goes from {percent(first.low.ours)} to {percent(first.high.ours)}."
    return (
        f"{lead}, what the price implies {_change(implied(first.low.implied), implied(first.high.implied))} and"
        f" ours {_change(percent(first.low.reached), percent(first.high.reached))}."
    )


def _change(low: str, high: str) -> str:
    return f"stays {low}" if low == high else f"goes from {low} to {high}"


def amount(field: str, value: float, currency: str) -> str:
    """Value of an assumption for people, by its field.

    Examples
    --------
    >>> amount("payoffs.values.launch", 35e9, "USD"), amount("milestone.launch.delay.never", 0.12, "")
    ('$35 billion', '12%')
    >>> amount("payoffs.required_return", 0.131, ""), amount("milestone.launch.delay.median", 9.04, "")
    ('13.1%', '9.04')
    """
    if field.startswith(_MONEY):
        return money(value, currency)
    if field.startswith(_RATES):
        return f"{100.0 * value:.3g}%"
    return percent(value) if field.endswith(".never") else f"{round(value, 12) + 0.0:.3g}"

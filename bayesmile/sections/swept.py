"""Report section on sensitivity: a tornado for each headline probability, and how far each prior is from the price."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bayesmile.sections.basis import Basis, open_steps, phrase
from bayesmile.sections.weights import amount
from bayesmile.sensitivity import Sensitivity
from bayesmile.swings import Tornado
from bayesmile.wording import count, percent, words

__all__ = ["Swept", "Threshold", "distance", "swept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """How far one assumption must move to close the gap with the market, all others as they are.

    Attributes
    ----------
    field, label : str
    value, low, high : float
        The number and its 90% interval.
    meets : float or None
        Value nearest to the present one at which ours is what the price implies; None where no value looked at does it.
    move : float or None
        How far that is, in the number's own units.
    move_sd : float or None
        The same in standard deviations of its prior, on the scale on which it is swept.
    lowest, highest : float
        Range that was looked at.
    """

    field: str
    label: str
    value: float
    low: float
    high: float
    meets: float | None
    move: float | None
    move_sd: float | None
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """Section: sensitivity.

    Attributes
    ----------
    lead : str
    tornadoes : tuple of Tornado
        One a headline target.
    thresholds : tuple of Threshold
        The nearest first, then those that no value meets; empty without a price.
    """

    lead: str
    tornadoes: tuple[Tornado, ...]
    thresholds: tuple[Threshold, ...]


def swept(view: Basis, *, readable: bool = True) -> Swept:
    """Build the section; `readable` says whether the price can be read."""
    asked = [(target.milestone, target.by) for target in view.targets]
    found = view.sweep.tornadoes(asked)
    thresholds = _thresholds(view) if readable else ()
    return Swept(lead=_lead(view, found, thresholds), tornadoes=found, thresholds=thresholds)


def _thresholds(view: Basis) -> tuple[Threshold, ...]:
    """Thresholds of every assumption behind the priced milestone."""
    priced, price = view.priced, view.price
    if priced is None or price is None or price.value <= 0.0 or priced.milestone not in open_steps(view.belief):
        return ()
    every = view.sweep.sensitivities((priced.milestone, priced.by), price=price.value)
    return tuple(sorted((_threshold(one) for one in every), key=_near)) if not math.isnan(every[0].now.gap) else ()


def _threshold(one: Sensitivity) -> Threshold:
    about = one.assumption
    return Threshold(
        field=about.field,
        label=about.label,
        value=about.value,
        low=about.low,
        high=about.high,
        meets=one.break_even,
        move=one.move,
        move_sd=one.move_sd,
        lowest=about.lowest,
        highest=about.highest,
    )


def _near(one: Threshold) -> float:
    return math.inf if one.move_sd is None or math.isnan(one.move_sd) else abs(one.move_sd)


def distance(one: Threshold, currency: str) -> str:
    """Words for a threshold.

    Examples
    --------
    >>> base = {"field": "milestone.a.delay.never", "label": "", "value": 0.4, "low": 0.2, "high": 0.6}
    >>> distance(Threshold(meets=None, move=None, move_sd=None, lowest=0.02, highest=0.9, **base), "")
    'no value from 2% to 90% does'
    """
    if one.meets is None:
        low, high = (amount(one.field, end, currency) for end in (one.lowest, one.highest))
        return f"no value from {low} to {high} does"
    return f"{'within' if _inside(one) else 'outside'} its 90% interval"


def _inside(one: Threshold) -> bool:
    return one.meets is not None and min(one.low, one.high) <= one.meets <= max(one.low, one.high)


def _lead(view: Basis, found: tuple[Tornado, ...], thresholds: tuple[Threshold, ...]) -> str:
    parts = []
    for target, tornado in zip(view.targets, found, strict=True):
        if tornado.swings and abs(tornado.swings[0].points) > 0.0:
            first = tornado.swings[0]
            parts.append(
                f"{phrase(target)} follows the {words(first.assumption.label)} most"
                f" ({percent(first.low)} to {percent(first.high)})"
            )
    lead = "Each assumption is moved alone over its 90% interval."
    if parts:
        lead += f" {'; '.join(parts)[:1].upper()}{'; '.join(parts)[1:]}."
    if not thresholds:
        return lead
    able = [one for one in thresholds if one.meets is not None]
    near = sum(_inside(one) for one in able)
    about = phrase(view.priced or view.targets[0])
    return (
        f"{lead} To close the gap with the market for {about} by one number alone: {count(near, 'assumption')} could"
        f" within the 90% interval, {len(able) - near} by leaving it, and {len(thresholds) - len(able)} at no value"
        " that was looked at."
    )

"""The first two sentences of the page: what we believe, and what the price assumes and why the two differ."""

from __future__ import annotations

import math

from bayesmile.report import View
from bayesmile.sections.answer import place_of_doubt
from bayesmile.sections.basis import phrase
from bayesmile.sections.uncertainty import Chance
from bayesmile.wording import interval, listed, money, percent, words

__all__ = ["caveat", "opening", "verdict"]

_NO_PRICE = "No market value is known as of this date: nothing is said about what the market assumes."
_CLOSE = 0.25  # bits: nearer than that the price and we say the same
_POINTS = 0.05  # and nearer than that where the draws cannot tell which is greater
_VERDICTS = {
    "noise": "the gap is within the noise",
    "edge": "the gap is at the edge of the noise",
    "more than noise": "the gap is more than noise",
}
_OPEN = {"noise": ": which of the two is greater stays open"}


def opening(view: View) -> tuple[str, ...]:
    """Write the sentences from the numbers of a view; one where no price can be read.

    Ours is the mean over the uncertain numbers wherever it is named, so that no event has two numbers here.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.report import build_view
    >>> for text in opening(build_view(load("phase2_drug"), "2026-06-30", draws=0)):
    ...     print(text[:96])
    As of 2026-06-30 we believe that phase3 start by 2028-12 has a chance of 29% and approval by 204
    If success is worth $3 billion, the company's market value of $354 million assumes a chance of 3
    """
    first = f"As of {view.as_of} we believe that {listed(_ours(view))}."
    second = _market(view)
    return (first, second) if second else (first, *(view.today[1:] or (_NO_PRICE,)))


def _ours(view: View) -> list[str]:
    """Headline probabilities with their intervals."""
    lines = {line.name: line for line in view.milestones.lines}
    told: list[str] = []
    label = "90% interval "  # said once
    for target in view.chain.targets:
        line = lines[target.milestone]
        if line.reached is not None:
            told.append(f"{words(target.milestone)} was reached in {line.reached}")
            continue
        found = view.uncertainty.targets.get(phrase(target))
        central = line.by_horizon if target.by == view.milestones.horizon else line.by_deadline
        told.append(f"{phrase(target)} has a chance of {percent(central) if found is None else _chance(found, label)}")
        label = "" if "interval" in told[-1] else label
    return told


def _chance(found: Chance, label: str) -> str:
    if found.low == found.high:
        return percent(found.mean)
    return f"{percent(found.mean)} ({label}{interval(found.low, found.high)})"


def _market(view: View) -> str:
    gap, price = view.gap, view.price
    if gap is None or price is None:
        return ""
    if not 0.0 < gap.implied < 1.0:
        return _out_of_reach(view)
    ours, what = _priced(view), f"{words(gap.milestone)} by {gap.by}"
    worth = None if view.valuation is None else view.valuation.success_value
    given = "The" if worth is None else f"If success is worth {money(worth, price.currency)}, the"
    text = (
        f"{given} company's market value of {money(price.value, price.currency)} assumes a chance of"
        f" {percent(gap.implied)} for {what}"
    )
    if _close(view, gap.implied, ours):
        return f"{text}, close to our {percent(ours)}."
    if gap.implied < ours:
        reasons = f"sees more risk than we do, or expects success later or worth less{_worth(view)}"
        return f"{text}, less than our {percent(ours)}: the market {reasons}."
    place = place_of_doubt([one for one in view.doubts if one.target.milestone == gap.milestone])
    risk = f"less {place.risk} risk than we do ({place.of_our_doubt})" if place else "less risk than we do"
    reasons = f"sees {risk}, or expects success sooner or worth more{_worth(view)}"
    return f"{text}, more than our {percent(ours)}: the market {reasons}."


def _close(view: View, market: float, ours: float) -> bool:
    """Whether there is nothing to explain: a small difference, or one not much larger that is noise."""
    noise = view.assumed is not None and view.assumed.verdict == "noise"
    apart = abs(_bits(market) - _bits(ours))
    return apart < _CLOSE or (noise and apart < 2.0 * _CLOSE and abs(market - ours) < _POINTS)


def _priced(view: View) -> float:
    """Our probability of what is priced: the mean where our numbers are uncertain, as in the first sentence."""
    assert view.gap is not None
    for line in view.assumed.lines if view.assumed else ():
        if (line.milestone, line.by) == (view.gap.milestone, view.gap.by) and line.ours is not None:
            return line.ours.mean
    return view.gap.ours


def _bits(probability: float) -> float:
    if not 0.0 < probability < 1.0:
        return math.copysign(math.inf, probability - 0.5)
    return math.log2(probability / (1.0 - probability))


def _worth(view: View) -> str:
    """Say at which success value the price would be right at our probability.

    That value is a + b / probability, the price being what failure leaves times one less the probability and what
    success is worth times the probability: two probabilities for which it is known give a and b.
    """
    found = {} if view.valuation is None else view.valuation.break_evens
    if view.price is None or not {"certain", "even odds"} <= set(found):
        return ""
    ours, sure, even = _priced(view), found["certain"].success_value, found["even odds"].success_value
    needed = sure + (even - sure) * (1.0 / ours - 1.0)
    return "" if needed < 0.0 else f" ({money(needed, view.price.currency)} would do at our {percent(ours)})"


def _out_of_reach(view: View) -> str:
    """Say that no probability gives the price, or none at all."""
    gap, price, levels, value = view.gap, view.price, view.levels, view.valuation
    assert gap is not None and price is not None
    what, ours = f"{words(gap.milestone)} by {gap.by}", percent(_priced(view))
    valued = money(price.value, price.currency)
    if levels is not None and levels.success < levels.failure:
        return f"No chance of {what} gives the company's market value of {valued}; ours is {ours}."
    if gap.implied <= 0.0:
        return (
            f"The company's market value of {valued} is no more than failure leaves: it assumes no chance at all of"
            f" {what}, against our {ours}."
        )
    certain = None if value is None else value.break_evens.get("certain")
    text = f"No chance of {what} justifies the company's market value of {valued}, not even certainty"
    if certain is None or value is None or value.success_value is None:
        return f"{text}; ours is {ours}."
    least, own = money(certain.success_value, price.currency), money(value.success_value, price.currency)
    return (
        f"{text} (ours is {ours}): the market expects success sooner than we do, or worth at least {least} where we say"
        f" {own}, or asks for a lower return."
    )


def verdict(view: View) -> str:
    """Say in one sentence whether the gap is noise; empty where no interval is known."""
    if view.assumed is None:
        return ""
    above = percent(view.assumed.above_ours)
    return f"In {above} of the draws the price assumes more than we believe: {_VERDICTS[view.assumed.verdict]}."


def caveat(view: View) -> str:
    """Say how firm the gap is; empty where no interval is known."""
    if view.assumed is None:
        return ""
    both, never = view.assumed.varied[-1], percent(view.assumed.infeasible)
    low, high = ("more than certainty" if end >= 1.0 else percent(max(end, 0.0)) for end in (both.low, both.high))
    span = low if low == high else f"{low} to {high}"
    text = (
        "How firm is that? The payoffs and our own numbers are uncertain: drawn at random from their ranges, they make"
        f" the price assume {span} (90% interval), and more than we believe in {percent(view.assumed.above_ours)} of"
        f" the draws. So {_VERDICTS[view.assumed.verdict]}{_OPEN.get(view.assumed.verdict, '')}."
    )
    if both.high < 1.0:
        return text
    return f"{text} More than certainty means that no chance is enough for the price, as in {never} of the draws."

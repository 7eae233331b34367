"""The first two sentences of the page: what we believe, and what the price assumes and why the two differ."""

from __future__ import annotations

from bayesmile.report import View
from bayesmile.sections.answer import where
from bayesmile.sections.basis import phrase
from bayesmile.sections.uncertainty import Chance
from bayesmile.wording import interval, listed, money, percent, words

__all__ = ["caveat", "opening"]

_CLOSE = 0.25  # bits: nearer than that the price and we say the same
_VERDICTS = {
    "noise": "the gap is within the noise",
    "edge": "the gap is at the edge of the noise",
    "more than noise": "the gap is more than noise",
}


def opening(view: View) -> tuple[str, ...]:
    """Write the sentences from the numbers of a view; one where no price can be read.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.report import build_view
    >>> for text in opening(build_view(load("phase2_drug"), "2026-06-30", draws=0)):
    ...     print(text[:86])
    As of 2026-06-30 we believe phase3 start by 2028-12 has a chance of 29% and approval b
    The market, at $354 million, assumes 32% for approval by 2048-12, more than we believe
    """
    first = f"As of {view.as_of} we believe {listed(_ours(view))}."
    second = _market(view)
    return (first, second) if second else (first, *view.today[1:])


def _ours(view: View) -> list[str]:
    """Headline probabilities with their intervals."""
    lines = {line.name: line for line in view.milestones.lines}
    told = []
    for target in view.chain.targets:
        line = lines[target.milestone]
        if line.reached is not None:
            told.append(f"{words(target.milestone)} was reached in {line.reached}")
            continue
        found = view.uncertainty.targets.get(phrase(target))
        central = line.by_horizon if target.by == view.milestones.horizon else line.by_deadline
        told.append(f"{phrase(target)} has a chance of {percent(central) if found is None else _chance(found)}")
    return told


def _chance(found: Chance) -> str:
    if found.low == found.high:
        return percent(found.mean)
    return f"{percent(found.mean)} (90% interval {interval(found.low, found.high)})"


def _market(view: View) -> str:
    gap, price = view.gap, view.price
    if gap is None or price is None:
        return ""
    what = f"{words(gap.milestone)} by {gap.by}"
    assumes = f"The market, at {money(price.value, price.currency)}, assumes {_implied(gap.implied)} for {what}"
    worth = None if view.valuation is None else view.valuation.success_value
    if abs(gap.bits) < _CLOSE:
        given = "" if worth is None else f", if success is then worth {money(worth, price.currency)}"
        return f"{assumes}, close to the {percent(gap.ours)} of our own central numbers{given}."
    side, other = ("more", "less") if gap.bits > 0.0 else ("less", "more")
    reasons = f"it doubts {other} than we do{_place(view)}"
    if worth is None:
        return f"{assumes}, {side} than we believe: {reasons}, or values success otherwise."
    return (
        f"{assumes}, {side} than we believe, because {reasons} or because it values success at {side} than our"
        f" {money(worth, price.currency)}{_needed(view, price.currency)}."
    )


def _implied(probability: float) -> str:
    if probability < 0.0:
        return "no chance at all"
    return "more than certainty" if probability > 1.0 else percent(probability)


def _place(view: View) -> str:
    mine = [one for one in view.doubts if view.gap is not None and one.target.milestone == view.gap.milestone]
    place = where(mine)
    return f" ({place})" if place else ""


def _needed(view: View, currency: str) -> str:
    """Say what success would have to be worth for the price to be right."""
    needed = None if view.valuation is None else view.valuation.break_evens.get("ours")
    if needed is None or needed.success_value < 0.0:
        return ""
    return f"; at our probability the price takes {money(needed.success_value, currency)}"


def caveat(view: View) -> str:
    """Say how firm the gap is; empty where no interval is known."""
    if view.assumed is None:
        return ""
    both = view.assumed.varied[-1]
    low, high = ("more than certainty" if end >= 1.0 else percent(max(end, 0.0)) for end in (both.low, both.high))
    span = low if low == high else f"{low} to {high}"
    verdict = _VERDICTS[view.assumed.verdict]
    above = percent(view.assumed.above_ours)
    return (
        f"How firm is that? With the payoffs and our own numbers both uncertain the price assumes {span} (90%"
        f" interval), and more than we believe in {above} of the draws: {verdict}."
    )

"""The answer in a few sentences: what we believe, what the price assumes, and why they differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bayesmile.market import two_state
from bayesmile.sections.assumed import Assumed, enough
from bayesmile.sections.basis import Basis, Target, phrase
from bayesmile.sections.gap import Gap
from bayesmile.sections.milestones import Doubt
from bayesmile.sections.price import Levels, Reading, Valuation
from bayesmile.sections.settled import settled
from bayesmile.sections.uncertainty import chance
from bayesmile.wording import bits, count, listed, money, percent, points, sentence, words

__all__ = ["Place", "answer", "place_of_doubt", "where"]

_MEAN = (
    "Each is the mean over the dossier's uncertain numbers, with its 90% interval; 'central' is the probability at the"
    " dossier's own numbers, with which the rest is worked out except where draws or intervals are named."
)
_CLOSE = 0.25  # bits: nearer than that the price and we say the same


def answer(
    view: Basis,
    found: Reading | None,
    doubts: Sequence[Doubt],
    *,
    market: tuple[Levels, Gap, Valuation] | None,
    sure: Assumed | None = None,
) -> tuple[str, ...]:
    """Write the answer from the numbers of the other sections."""
    sentences = [_ours(view)]
    if found is not None and market is not None:
        levels, gap, values = market
        sentences.append(_assumes(view, found, levels, values) + _over_the_range(view, found))
        if sure is not None:
            sentences.append(_sure(sure))
        sentences.append(_why(view, found, gap, doubts))
    elif reason := settled(view):
        sentences.append(reason)
    return tuple(_explained(sentences))


def _explained(sentences: list[str]) -> Iterator[str]:
    """Say at the first use what a bit is."""
    told = False
    for text in sentences:
        yield text if told else text.replace(" bits", " bits (1 bit doubles the odds)", 1)
        told = told or " bits" in text


def _ours(view: Basis) -> str:
    parts = []
    for target in view.targets:
        text = f"{phrase(target)} has {_probability(view, target)}"
        own = view.deadline(target.milestone)
        if own != target:
            text += _too(_probability(view, own), own, brackets=view.mixture is None)
        parts.append(text)
    said = f"With what was public by {view.as_of} we believe that"
    return f"{said} {listed(parts)}." if view.mixture is None else f"{said} {'; '.join(parts)}. {_MEAN}"


def _too(probability: str, own: Target, *, brackets: bool) -> str:
    """Probability by the milestone's own deadline, after that by the horizon."""
    return f" ({probability} by {own.by})" if brackets else f", and {probability} by {own.by}"


def _probability(view: Basis, target: Target) -> str:
    found = chance(view, target.milestone, target.by)
    return percent(view.prob(target)) if found is None else found.text


def _assumes(view: Basis, found: Reading, levels: Levels, values: Valuation) -> str:
    currency, price = found.price.currency, found.price.value
    what = f"{words(found.state.milestone)} by {view.horizon}"
    if found.state.success < found.state.failure and not 0.0 < found.implied < 1.0:
        side = "above" if price >= found.state.failure else "below"
        both = f"{money(found.state.success, currency)} with {what} and {money(found.state.failure, currency)} without"
        return (
            f"The market value of {money(price, currency)} lies {side} what either outcome is worth, {both}: no"
            " probability of it gives that value."
        )
    if found.implied >= 1.0:
        return _too_dear(found, what, levels, values)
    if found.implied <= 0.0:
        return (
            f"The market value of {money(price, currency)} is no more than failure leaves,"
            f" {money(found.state.failure, currency)}: it assumes no chance of {what} at all."
        )
    text = f"The market value of {money(price, currency)} assumes {percent(found.implied)} for {what}"
    needed = values.break_evens.get("ours")
    if needed is None or values.success_value is None or abs(found.bits) < _CLOSE:
        return f"{text}, at the success value of the dossier."
    text += f" if success is then worth {money(values.success_value, currency)}"
    ours = view.our(found.state.probability)
    if needed.success_value < 0.0:
        return f"{text}; at {ours} no value of it is low enough."
    return f"{text}; at {ours} it would have to be worth {money(needed.success_value, currency)}."


def _over_the_range(view: Basis, found: Reading) -> str:
    """Say what the price assumes at both ends of the range that market.toml gives the success value."""
    name, currency = found.state.milestone, found.price.currency
    value = view.market.amounts.get(f"values.{name}")
    if value is None or value.low is None or value.high is None or found.implied <= 0.0:
        return ""
    first, last = (_assumed(view, found, end) for end in (value.low, value.high))
    that, it = ("that value", "it") if found.implied < 1.0 else ("the success value", "what the price assumes")
    change = f"stays {first}" if first == last else f"goes from {first} to {last}"
    ends = f"{money(value.low, currency)} to {money(value.high, currency)}"
    return f" Over the dossier's 90% range of {that}, {ends}, {it} {change}."


def _sure(part: Assumed) -> str:
    """Say whether the gap is more than what payoffs and our own numbers leave open."""
    why = f", in {percent(part.infeasible)} because no probability is enough" if part.infeasible > 0.0 else ""
    both = part.varied[-1]
    span = f"{enough(both.low)} to {enough(both.high) if both.high < 1.0 else 'more than certainty'}"
    span = "more than certainty" if both.low >= 1.0 else "no chance at all" if both.high <= 0.0 else span
    verdict = {
        "noise": "the gap is within the noise, and which of the two is greater stays open",
        "edge": "the gap is at the edge of the noise",
        "more than noise": "the gap is more than noise",
    }[part.verdict]
    return (
        f"With payoffs and our own numbers both uncertain the price assumes {span}, and more than we believe in"
        f" {percent(part.above_ours)} of the draws{why}: {verdict}."
    )


def _assumed(view: Basis, found: Reading, value: float) -> str:
    payoffs, name = view.payoffs.with_value(found.state.milestone, value), found.state.milestone
    state = two_state(view.belief, payoffs, as_of=view.as_of, milestone=name)
    if not state.failure < state.success and state.side(found.price.value) != 0:
        return "no probability"
    probability = state.implied_probability(found.price.value)
    return "more than any probability" if probability > 1.0 else percent(max(probability, 0.0))


def _too_dear(found: Reading, what: str, levels: Levels, values: Valuation) -> str:
    currency, price = found.price.currency, found.price.value
    text = (
        f"No probability justifies the market value of {money(price, currency)}: even certainty of {what}, at the dates"
        f" we believe in, is worth {money(found.state.success, currency)} today"
    )
    certain = values.break_evens.get("certain")
    if certain is not None and values.success_value is not None:
        text += (
            f"; success would have to be worth at least {money(certain.success_value, currency)} when it comes, not"
            f" {money(values.success_value, currency)}"
        )
    below = [line for line in levels.lines if line.price < price and 0.0 < line.implied < 1.0][-2:]
    steps = [f"{money(line.price, currency)} assumes {percent(line.implied)}" for line in below]
    return f"{text}. A value of {listed(steps)}." if steps else f"{text}."


def _why(view: Basis, found: Reading, gap: Gap | None, doubts: Sequence[Doubt]) -> str:
    distance = found.bits
    if abs(distance) < _CLOSE:
        return (
            f"Price and belief agree: {percent(found.implied)} against {view.our(found.state.probability)} differ by"
            f" {points(found.implied - found.state.probability)} points, {bits(distance)} bits."
        )
    who = "The price asks for more than we believe" if distance > 0.0 else "The price asks for less than we believe"
    amount = f" by {bits(abs(distance))[1:]} bits" if math.isfinite(distance) else ""
    link = ": " if distance > 0.0 else "; for all that, "
    place = where([doubt for doubt in doubts if doubt.target.milestone == found.state.milestone])
    return f"{who}{amount}{link if place else ''}{place}.{_news(gap)}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where most of our doubt lies.

    Attributes
    ----------
    risk : str
        Kind of risk.
    share : float
        Its share of the doubt.
    steps : str
        The largest open steps of that kind, in words.
    """

    risk: str
    share: float
    steps: str

    @property
    def of_our_doubt(self) -> str:
        """Share and steps."""
        return f"{percent(self.share)} of our doubt, {self.steps}"


def place_of_doubt(doubts: Sequence[Doubt]) -> Place | None:
    """Find the kind of risk with the most doubt, and the largest open steps of that kind."""
    if not doubts:
        return None
    risk, share = next(iter(doubts[0].by_risk.items()))
    steps = sorted((step for step in doubts[0].steps if step.risk == risk and step.bits > 0.0), key=lambda s: -s.bits)
    largest = listed([words(step.milestone) for step in steps[:2]])
    return Place(risk, share, f"{'above all' if len(steps) > 2 else 'namely'} {largest}")


def where(doubts: Sequence[Doubt]) -> str:
    """Words for `place_of_doubt`; empty without doubt."""
    place = place_of_doubt(doubts)
    return "" if place is None else f"{percent(place.share)} of our doubt is {place.risk}, {place.steps}"


def _news(gap: Gap | None) -> str:
    like = [] if gap is None else [kind for kind in gap.kinds if kind.like and kind.gap.bits_each * gap.bits > 0.0]
    if gap is None or not like:
        return ""
    kind = like[0]
    reach = (
        f"{kind.gap.count:.0f} of them would close the gap"
        if kind.gap.suffices
        else f"even {words(kind.gap.milestone)} made certain within {count(kind.lead, 'month')} would take us to"
        f" {percent(kind.gap.ceiling)} only"
    )
    return f" {sentence(f'an announcement {kind.label}')} is worth {bits(kind.gap.bits_each)} bits, and {reach}."

"""The answer in a few sentences: what we believe, what the price assumes, and why they differ."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bayesmile.sections.basis import Basis, phrase
from bayesmile.sections.gap import Gap
from bayesmile.sections.milestones import Doubt
from bayesmile.sections.price import Levels, Reading, Valuation
from bayesmile.wording import bits, count, listed, money, percent, points, sentence, words

__all__ = ["answer"]

_CLOSE = 0.25  # bits: nearer than that the price and we say the same


def answer(
    view: Basis, found: Reading | None, doubts: Sequence[Doubt], *, market: tuple[Levels, Gap, Valuation] | None
) -> tuple[str, ...]:
    """Write the answer from the numbers of the other sections."""
    sentences = [_ours(view)]
    if found is not None and market is not None:
        levels, gap, values = market
        sentences.append(_assumes(view, found, levels, values))
        sentences.append(_why(found, gap, doubts))
    return tuple(sentences)


def _ours(view: Basis) -> str:
    parts = []
    for target in view.targets:
        text = f"{phrase(target)} has {percent(view.prob(target))}"
        own = view.deadline(target.milestone)
        if own != target:
            text += f" ({percent(view.prob(own))} by {own.by})"
        parts.append(text)
    return f"With what was public by {view.as_of} we believe that {listed(parts)}."


def _assumes(view: Basis, found: Reading, levels: Levels, values: Valuation) -> str:
    currency, price = found.price.currency, found.price.value
    what = f"{words(found.state.milestone)} by {view.horizon}"
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
    return (
        f"{text} if success is then worth {money(values.success_value, currency)}; at our probability it would have to"
        f" be worth {money(needed.success_value, currency)}."
    )


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


def _why(found: Reading, gap: Gap | None, doubts: Sequence[Doubt]) -> str:
    distance = found.bits
    if abs(distance) < _CLOSE:
        return (
            f"Price and belief agree: they differ by {points(found.implied - found.state.probability)} points,"
            f" {bits(distance)} bits."
        )
    who = "The price asks for more than we believe" if distance > 0.0 else "The price asks for less than we believe"
    amount = f" by {bits(abs(distance))[1:]} bits" if math.isfinite(distance) else ""
    link = ": " if distance > 0.0 else "; for all that, "
    place = _where([doubt for doubt in doubts if doubt.target.milestone == found.state.milestone])
    return f"{who}{amount}{link if place else ''}{place}.{_news(gap)}"


def _where(doubts: Sequence[Doubt]) -> str:
    if not doubts:
        return ""
    risk, share = next(iter(doubts[0].by_risk.items()))
    most = sorted(doubts[0].steps, key=lambda step: -step.bits)[:2]
    return f"{percent(share)} of our doubt is {risk}, above all {listed([words(step.milestone) for step in most])}"


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

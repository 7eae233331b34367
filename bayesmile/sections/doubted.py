"""Report section on each step's share of the doubt: ours beside the market's."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bayesmile.doubts import doubt_shares, doubts_beside
from bayesmile.sections.basis import Basis, Target, phrase
from bayesmile.sections.price import Reading
from bayesmile.wording import percent, sentence, words

__all__ = ["Doubted", "DoubtedStep", "doubted"]

_NO_BITS = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtedStep:
    """One step that the priced milestone needs.

    Attributes
    ----------
    milestone, risk : str
        Its kind of risk is the one declared in the dossier.
    ours_bits, market_bits : float
        -log2 P(step by the horizon | the steps before); the market's is undefined where no belief of this kind meets
        the price.
    ours, market : float
        Those probabilities themselves.
    less_bits : float
        Bits by which the market doubts the step less than we do; negative where it doubts it more.
    """

    milestone: str
    risk: str
    ours_bits: float
    market_bits: float
    ours: float
    market: float
    less_bits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """Section: where the market is more confident than we are.

    Attributes
    ----------
    lead : str
    milestone, by : str
        The priced milestone and the horizon.
    ours_bits, market_bits : float
        The whole doubt, to which the steps add up.
    steps : tuple of DoubtedStep
        In the order of the roadmap.
    """

    lead: str
    milestone: str
    by: str
    ours_bits: float
    market_bits: float
    steps: tuple[DoubtedStep, ...]


def doubted(view: Basis, found: Reading) -> Doubted:
    """Build the section: our doubt beside that of the belief that meets the price by reaching alone."""
    target = Target(found.state.milestone, view.horizon)
    if found.reach is None:
        shares = doubt_shares(view.belief, target.milestone, by=target.by)
        steps = tuple(_step(view, name, bits, math.nan) for name, bits in shares.items())
    else:
        beside = doubts_beside(view.belief, found.reach.belief, target.milestone, by=target.by)
        steps = tuple(_step(view, one.milestone, one.ours, one.market) for one in beside)
    ours, market = (math.fsum(getattr(step, name) for step in steps) for name in ("ours_bits", "market_bits"))
    return Doubted(
        lead=_lead(view, target, found, steps, ours, market),
        milestone=target.milestone,
        by=target.by,
        ours_bits=ours,
        market_bits=market,
        steps=steps,
    )


def _step(view: Basis, name: str, ours: float, market: float) -> DoubtedStep:
    return DoubtedStep(
        milestone=name,
        risk=view.dossier.milestones[name].risk,
        ours_bits=ours,
        market_bits=market,
        ours=2.0**-ours,
        market=2.0**-market,
        less_bits=ours - market,
    )


def _lead(
    view: Basis, target: Target, found: Reading, steps: tuple[DoubtedStep, ...], ours: float, market: float
) -> str:
    what = phrase(target)
    text = f"{sentence(view.our(found.state.probability))} for {what} is {ours:.2f} bits of doubt (-log2 of it)"
    if found.reach is None:
        side = "above" if found.price.value >= max(found.state.success, found.state.failure) else "below"
        none = f"no amount of it gives the price, which lies {side} what either outcome is worth"
        return f"{text}; {none}. So there is no market belief to compare the steps with."
    text += f"; the {percent(found.implied)} that the price implies is {market:.2f}."
    less = ours - market
    if abs(less) < _NO_BITS:
        return f"{text} The two doubt alike."
    sign = math.copysign(1.0, less)
    top = max(steps, key=lambda step: sign * step.less_bits)
    verb = "leaves out" if less > 0.0 else "adds"
    return (
        f"{text} The price {verb} {abs(less):.2f} bits, {percent(top.less_bits / less)} of them on"
        f" {words(top.milestone)}: {percent(top.ours)} by us and {percent(top.market)} by the market, given the steps"
        " before it. Dates given success are ours in both."
    )

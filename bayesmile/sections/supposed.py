"""Report section on what if: today's answers beside those that supposed news would leave."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bayesmile.belief import Belief
from bayesmile.core.tilting import log_odds
from bayesmile.errors import InvalidInput
from bayesmile.market import fair_price, two_state
from bayesmile.sections.basis import Basis, Target, phrase
from bayesmile.suppositions import suppose
from bayesmile.wording import bits, listed, percent

__all__ = ["Supposed", "SupposedLine", "supposed"]

_LN2 = math.log(2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupposedLine:
    """One probability, now and if.

    Attributes
    ----------
    target : Target
    now, then : float
    bits : float
        Change of the log-odds; NaN where it was certain and stays so.
    month_now, month_then : str
        Month by whose end the milestone has happened at even odds; ``"beyond"`` for none on the grid.
    """

    target: Target
    now: float
    then: float
    bits: float
    month_now: str
    month_then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """Section: what if.

    Attributes
    ----------
    lead : str
    suppositions : tuple of str
        As they were given.
    headline : tuple of SupposedLine
        Headline targets.
    lines : tuple of SupposedLine
        Every milestone by its own deadline.
    value_now, value_then : float
        Model value; NaN without payoffs.
    implied_now, implied_then : float
        Probability of the priced milestone that the price implies, two-state: what is supposed may change timing, and
        with it what reaching is worth. NaN without a price.
    """

    lead: str
    suppositions: tuple[str, ...]
    headline: tuple[SupposedLine, ...]
    lines: tuple[SupposedLine, ...]
    value_now: float
    value_then: float
    implied_now: float
    implied_then: float


def supposed(view: Basis, suppositions: Sequence[str]) -> Supposed | None:
    """Build the section; None where nothing is supposed.

    Raises
    ------
    InvalidInput
        If a supposition cannot be read.
    ImpossibleEvidence
        If one contradicts what is known.
    """
    if not suppositions:
        return None
    now, then = view.belief, suppose(view.dossier, view.as_of, suppositions)
    headline = tuple(_line(target, now, then) for target in view.targets)
    values = [_value(view, belief) for belief in (now, then)]
    return Supposed(
        lead=_lead(suppositions, headline),
        suppositions=tuple(suppositions),
        headline=headline,
        lines=tuple(_line(view.deadline(name), now, then) for name in now.roadmap.names),
        value_now=values[0][0],
        value_then=values[1][0],
        implied_now=values[0][1],
        implied_then=values[1][1],
    )


def _line(target: Target, now: Belief, then: Belief) -> SupposedLine:
    last = now.grid.deadline(target.by)
    before, after = (log_odds(belief.pmf(target.milestone), last) for belief in (now, then))
    return SupposedLine(
        target=target,
        now=now.prob(target.milestone, by=target.by),
        then=then.prob(target.milestone, by=target.by),
        bits=math.nan if before == after and math.isinf(before) else (after - before) / _LN2,
        month_now=now.quantile(target.milestone, 0.5),
        month_then=then.quantile(target.milestone, 0.5),
    )


def _value(view: Basis, belief: Belief) -> tuple[float, float]:
    """Model value and implied probability under a belief; NaN where there is none."""
    market = view.dossier.market
    if market is None:
        return math.nan, math.nan
    try:
        value = fair_price(belief, market.payoffs, as_of=view.as_of)
        state = two_state(belief, market.payoffs, as_of=view.as_of, milestone=market.priced)
    except InvalidInput:
        return math.nan, math.nan
    return value, math.nan if view.price is None else state.implied_probability(view.price.value)


def _lead(suppositions: Sequence[str], headline: Sequence[SupposedLine]) -> str:
    moved = "; ".join(
        f"{phrase(one.target)} {percent(one.now)} becomes {percent(one.then)}"
        f"{'' if math.isnan(one.bits) else f' ({bits(one.bits)} bits)'}"
        for one in headline
    )
    return (
        f"If this were known too, {listed([f"'{one}'" for one in suppositions])}: {moved}. Nothing else is supposed of"
        " the time until then, neither other news nor its absence, and the dossier's own numbers are taken as known."
    )

"""Where a price says nothing about its milestone: it is reached, impossible, certain, or worth nothing more."""

from __future__ import annotations

import math

from bayesmile.market import fair_price, present_values, two_state
from bayesmile.sections.basis import Basis, Target, phrase, reached_month
from bayesmile.wording import money, sentence, words

__all__ = ["settled"]

_LEFT_OUT = "The sections about the market are left out."


def settled(view: Basis) -> str:
    """Say why the price cannot be read; empty where it can, or where there is none.

    Odds of zero or without end cannot be compared with those of a price, whatever it is.
    """
    target = view.priced
    if view.price is None or target is None:
        return ""
    present = present_values(view.belief, view.payoffs, view.as_of)
    month = reached_month(view.belief, target.milestone)
    if month is not None and (not present.priced or month <= view.belief.grid.label(_now(view))):
        return sentence(
            f"{words(target.milestone)} was reached in {month}; the sections about the market are left out."
        )
    if not present.priced:
        return f"All that is priced was reached. {_LEFT_OUT}"
    what = _unreadable(view, target)
    return f"{sentence(what)}. {_LEFT_OUT}" if what else ""


def _now(view: Basis) -> int:
    return view.belief.grid.moment(view.as_of)[0]


def _unreadable(view: Basis, target: Target) -> str:
    """Why two-state odds do not exist, as a clause."""
    state = two_state(view.belief, view.payoffs, as_of=view.as_of, milestone=target.milestone)
    currency = view.market.currency
    if state.log_odds == -math.inf:
        value = fair_price(view.belief, view.payoffs, as_of=view.as_of)
        return (
            f"{phrase(target)} is impossible under this roadmap; no price above {money(value, currency)} can be read"
            " through it"
        )
    if state.log_odds == math.inf:
        value = fair_price(view.belief, view.payoffs, as_of=view.as_of)
        return (
            f"{phrase(target)} is certain under this roadmap; no price but {money(value, currency)} can be read"
            " through it"
        )
    if math.isnan(state.implied_probability(view.payoffs.floor)):
        return f"to reach {phrase(target)} is worth what it is worth not to reach it, so no price says how likely it is"
    return ""

"""Section on all days with announcements: each one's event study, and their part of the run-up."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bayesmile.dossier import Dossier
from bayesmile.grid import When
from bayesmile.pricing.eventdays import EventDays, event_days
from bayesmile.pricing.runup import RunUp, RunUpShare, run_up
from bayesmile.sections.basis import Target, phrase
from bayesmile.wording import count, percent

__all__ = ["NewsDays", "news_days"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsDays:
    """Section: what the days with announcements did to the price, all together.

    Attributes
    ----------
    lead : str
        How many stand out, and how many would by chance.
    days : EventDays
    run_up_lead : str
        Their part of the run-up; empty without daily closes.
    run_up : RunUp or None
    """

    lead: str
    days: EventDays
    run_up_lead: str
    run_up: RunUp | None


def news_days(dossier: Dossier, as_of: When, *, seed: int = 0) -> NewsDays | None:
    """Build the section; None for a dossier without a market.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date
    seed : int
        Where the randomness of the random days starts.
    """
    if dossier.market is None:
        return None
    days, whole = event_days(dossier, as_of), run_up(dossier, as_of, seed=seed)
    return NewsDays(lead=_lead(days), days=days, run_up_lead="" if whole is None else _run_up(whole), run_up=whole)


def _lead(days: EventDays) -> str:
    if not days.rows:
        return f"No announcement up to {days.as_of} has daily closes around it."
    text = (
        f"Daily closes stand around {count(len(days.rows), 'announcement day')} up to {days.as_of};"
        f" {count(len(days.left_out), 'item')} cannot be studied for want of closes or of a known day."
    )
    if not days.tested or math.isnan(days.expected):
        return f"{text} No return can be set against ordinary days: too few closes before."
    return (
        f"{text} Of {days.tested} with enough closes before, {days.outside} moved more than the noise band;"
        f" {days.expected:.1f} would by chance, at the rate of the days without announcements ({days.ordinary_outside}"
        f" of {days.ordinary} single days), and at least as many with a probability of {percent(days.chance)}. Each is"
        f" read as if all of it were about {phrase(Target(days.milestone, days.horizon))}."
    )


def _run_up(whole: RunUp) -> str:
    verb = "rose" if whole.log_return >= 0.0 else "fell"
    text = (
        f"From {whole.first} to {whole.last}, {count(whole.days, 'trading day')}, the price {verb} by"
        f" {abs(100.0 * math.expm1(whole.log_return)):.0f}% (log return {whole.log_return:+.2f})."
    )
    part = whole.shares[0]
    low, high = part.random_low, part.random_high
    if part.share is not None and whole.log_return < 0.0:
        low, high = high, low  # as shares of a fall
    text += (
        f" {count(part.days, 'day')} that may hold the answer to an item that acts made"
        f" {_amount(part.log_return, part)} of that; as many random days make {_amount(part.random_mean, part, whole)}"
        f" on average, and between {_amount(low, part, whole)} and {_amount(high, part, whole)} in 95 of 100 draws."
    )
    if part.share is None:
        text += (
            f" The whole is smaller than what a price without direction moves by ({whole.scatter:.2f}), so that shares"
            " of it say nothing; log returns are given."
        )
    return text


def _amount(log_return: float, part: RunUpShare, whole: RunUp | None = None) -> str:
    """Share of the whole where that says something, else a log return."""
    if part.share is None:
        return f"{log_return:+.2f}"
    return f"{100.0 * (part.share if whole is None else log_return / whole.log_return):.0f}%"

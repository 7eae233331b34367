"""Report section on days on which news met the market: the price's move beside the model's own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bayesmile.attribution import belief_without, item_effect
from bayesmile.belief import Belief
from bayesmile.errors import InvalidInput
from bayesmile.events import EventStudy, MarketMove, daily_volatility, event_study
from bayesmile.files.market_schema import MarketEvent
from bayesmile.grid import parse_moment
from bayesmile.periods import parse_period
from bayesmile.sections.basis import Basis, Target, phrase
from bayesmile.steps import Move
from bayesmile.wording import bits, percent, times

__all__ = ["DayMove", "EventDay", "events"]

_LN2 = math.log(2.0)
_QUIET_DAYS, _FEWEST_DAYS, _LONGEST_GAP = 120, 30, 6
_SHARES = (0.25, 0.5, 1.0)
_SAME_MOVE = 5e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class DayMove:
    """One account of the day's return.

    Attributes
    ----------
    source : str
    simple_return : float
        As a fraction.
    study : EventStudy
        Its logs are in nats.
    bound_bits : float
        The price's move is at least this, whatever success is worth.
    bits : float
        The move at our payoffs, if all of it is about the priced milestone; NaN where it is undefined.
    noise_bits : tuple of float
        What an ordinary day would give, 95% of the time; NaN without daily prices.
    bits_by_share : mapping of str to float
        The move if only a share of the return is about the milestone.
    """

    source: str
    simple_return: float
    study: EventStudy
    bound_bits: float
    bits: float
    noise_bits: tuple[float, float]
    bits_by_share: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDay:
    """Section: one day.

    Attributes
    ----------
    lead : str
    date, title, item, headline, note : str
    milestone : str
        What the announcement is about.
    model_bits : float
        What the announcement meant to the model for the priced milestone by the horizon.
    effects : mapping of str to Move
        The same for each headline target and for the announcement's own milestone, with against without it.
    moves : tuple of DayMove
    """

    lead: str
    date: str
    title: str
    item: str
    headline: str
    note: str
    milestone: str
    model_bits: float
    effects: Mapping[str, Move]
    moves: tuple[DayMove, ...]


def events(view: Basis) -> tuple[EventDay, ...]:
    """Build the section on every event up to the as-of date."""
    market, day = view.dossier.market, parse_moment(view.as_of).day.isoformat()
    if market is None:
        return ()
    found = (_event(view, event) for event in market.events if event.date <= day)
    return tuple(event for event in found if event is not None)


def _event(view: Basis, event: MarketEvent) -> EventDay | None:
    dossier, priced = view.dossier, view.priced
    row = dossier.items[event.item]
    if priced is None or parse_period(row.announced).last.isoformat() > event.date:
        return None
    try:
        belief, without = dossier.belief(event.date), belief_without(dossier, event.date, event.item)
        moves = tuple(
            _move(view, event, belief, without, (value, source)) for value, source in _returns(view, event).items()
        )
    except InvalidInput:  # no price or share count on that day, or nothing left to be paid
        return None
    if not moves or math.isnan(moves[0].study.failure) or math.isnan(moves[0].study.success):
        return None  # on that day the priced milestone was certain or impossible, and no price could speak of it
    targets = dict.fromkeys((*view.targets, *((view.deadline(row.milestone),) if row.milestone else ())))
    step = item_effect(dossier, event.date, event.item, [(target.milestone, target.by) for target in targets])
    return EventDay(
        lead=_lead(priced, event, moves),
        date=event.date,
        title=event.title,
        item=event.item,
        headline=row.headline,
        note=event.note,
        milestone=row.milestone or "",
        model_bits=moves[0].study.model / _LN2,
        effects={phrase(target): move for target, move in zip(targets, step.moves, strict=True)},
        moves=moves,
    )


def _returns(view: Basis, event: MarketEvent) -> dict[float, str]:
    """Return of the day by every account: as reported, and by the price file where it says something else."""
    found = {move.value: move.source for move in event.reported_moves}
    closes = {row.date: row.close for row in view.market.prices}
    if event.date in closes and event.previous_close_date in closes:
        filed = closes[event.date] / closes[event.previous_close_date] - 1.0
        if all(abs(filed - value) > _SAME_MOVE for value in found):
            found[filed] = "prices.csv"
    return found


def _move(view: Basis, event: MarketEvent, belief: Belief, without: Belief, account: tuple[float, str]) -> DayMove:
    value, source = account
    before = view.market.capitalisation(event.previous_close_date).value
    move = MarketMove(before, before * (1.0 + value), volatility=_volatility(view, event))
    study = event_study(
        belief, view.payoffs, move=move, as_of=event.date, milestone=view.market.priced, without=without
    )
    low, high = study.noise
    return DayMove(
        source=source,
        simple_return=value,
        study=study,
        bound_bits=study.bound / _LN2,
        bits=study.log_bayes_factor / _LN2,
        noise_bits=(low / _LN2, high / _LN2),
        bits_by_share={f"{share:.0%}": study.at_share(share) / _LN2 for share in _SHARES},
    )


def _volatility(view: Basis, event: MarketEvent) -> float | None:
    """Volatility of the days before; None where the file does not hold enough days in a row."""
    last = parse_period(event.previous_close_date).last
    closes: list[float] = []
    for row in reversed([row for row in view.market.prices if row.date <= event.previous_close_date]):
        day = parse_period(row.date).last
        if (last - day).days > _LONGEST_GAP or len(closes) > _QUIET_DAYS:
            break
        closes.append(row.close)
        last = day
    return daily_volatility(closes[::-1]) if len(closes) > _FEWEST_DAYS else None


def _lead(priced: Target, event: MarketEvent, moves: tuple[DayMove, ...]) -> str:
    first = moves[0]
    study = first.study
    at_payoffs = (
        f"and cannot be put into bits at our payoffs, because {study.undefined}"
        if study.undefined
        else f"and {bits(first.bits)} bits at our payoffs, from {percent(study.probability_before)} to"
        f" {percent(study.probability_after)}"
    )
    verb = "rose" if first.simple_return >= 0.0 else "fell"
    return (
        f"On {event.date} ({event.title}) the price {verb} by {abs(100.0 * first.simple_return):.2f}%. If all of it was"
        f" about {phrase(priced)}, that is at least {first.bound_bits:.2f} bits (odds {times(math.exp(study.bound))}"
        f" as high) whatever success is worth, {at_payoffs}; the announcement itself meant"
        f" {bits(study.model / _LN2)} bits to the model: {study.verdict}."
    )

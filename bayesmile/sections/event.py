"""Report section on days on which news met the market: the price's move beside the model's own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bayesmile.attribution import belief_without, item_effect
from bayesmile.belief import Belief
from bayesmile.errors import InvalidInput
from bayesmile.events import EventStudy, MarketMove, event_study
from bayesmile.files.market_schema import MarketEvent
from bayesmile.grid import parse_moment
from bayesmile.periods import parse_period
from bayesmile.pricing.announced import announced_days, overlapping
from bayesmile.pricing.benchmarks import Benchmark, benchmark_over
from bayesmile.pricing.sessions import DayReturn, TradingDays, reaction_to
from bayesmile.sections.basis import Basis, Target, phrase
from bayesmile.steps import Move
from bayesmile.wording import bits, count, percent, sentence, times

__all__ = ["DayMove", "EventDay", "events", "timing"]

_LN2 = math.log(2.0)
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
    excess_return : float
        The same less the benchmark's part, as a fraction.
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
    excess_return: float
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
        Every account of the day; the headline uses the first.
    used : str
        Which account that is, and why.
    announced : str
        When the announcement became public.
    session : str or None
        When on that day; None if not known.
    timing : str
        Which return holds the answer by the session, and whether the event names it.
    benchmark : Benchmark
    overlaps : tuple of str
        Headlines of other items, of any kind, whose answer may lie in the same return.
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
    used: str
    announced: str
    session: str | None
    timing: str
    benchmark: Benchmark
    overlaps: tuple[str, ...]


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
    day = parse_moment(view.as_of).day.isoformat()
    share = TradingDays.of(view.market.prices, day)
    over, accounts = _benchmark(view, event, share), _accounts(view, event, share)
    try:
        belief, without = dossier.belief(event.date), belief_without(dossier, event.date, event.item)
        moves = tuple(_move(view, event, (belief, without), over, account) for account in accounts)
    except InvalidInput:  # no price or share count on that day, or nothing left to be paid
        return None
    if not moves or math.isnan(moves[0].study.failure) or math.isnan(moves[0].study.success):
        return None  # on that day the priced milestone was certain or impossible, and no price could speak of it
    targets = dict.fromkeys((*view.targets, *((view.deadline(row.milestone),) if row.milestone else ())))
    step = item_effect(dossier, event.date, event.item, [(target.milestone, target.by) for target in targets])
    others = overlapping(share, announced_days(dossier, day), event.previous_close_date, event.date, [event.item])
    return EventDay(
        lead=_lead(priced, event, moves, over),
        date=event.date,
        title=event.title,
        item=event.item,
        headline=row.headline,
        note=event.note,
        milestone=row.milestone or "",
        model_bits=moves[0].study.model / _LN2,
        effects={phrase(target): move for target, move in zip(targets, step.moves, strict=True)},
        moves=moves,
        used=_used(event, share, moves),
        announced=row.announced,
        session=event.session,
        timing=timing(share, event, row.announced),
        benchmark=over,
        overlaps=tuple(one.headline for one in others),
    )


def _benchmark(view: Basis, event: MarketEvent, share: TradingDays) -> Benchmark:
    closes = view.market.benchmark
    index = TradingDays.of(closes, event.date) if closes else None
    given = None if event.benchmark_return is None else math.log1p(event.benchmark_return)
    return benchmark_over(share, index, event.previous_close_date, event.date, log_return=given, beta=event.beta)


def _accounts(view: Basis, event: MarketEvent, share: TradingDays) -> list[tuple[float, str]]:
    """Return of the day by every account: by the price file where it holds both closes, then as reported.

    The closes can be checked, day and all; a report is what someone wrote of them.
    """
    reported = [(move.value, move.source) for move in event.reported_moves]
    moved = share.between(event.previous_close_date, event.date)
    if moved is None:
        return reported
    filed = math.expm1(moved)
    first, last = (view.market.price_at(day).close for day in (event.previous_close_date, event.date))
    source = f"prices.csv: {first:g} on {event.previous_close_date}, {last:g} on {event.date}"
    return [(filed, source), *((value, by) for value, by in reported if abs(value - filed) > _SAME_MOVE)]


def _used(event: MarketEvent, share: TradingDays, moves: tuple[DayMove, ...]) -> str:
    """Which account the headline uses, and why."""
    if share.between(event.previous_close_date, event.date) is None:
        return (
            f"prices.csv does not hold the closes of both {event.previous_close_date} and {event.date}: the headline"
            " uses the first account reported."
        )
    agree = sum(abs(move.value - moves[0].simple_return) <= _SAME_MOVE for move in event.reported_moves)
    text = "The headline uses prices.csv, which holds both closes; the other accounts are what was written of the day"
    return f"{text}, and {count(agree, 'reported return')} {_AGREES[agree == 1]} with it." if agree else f"{text}."


_AGREES = {True: "agrees", False: "agree"}


def timing(share: TradingDays, event: MarketEvent, announced: str) -> str:
    """Say which return holds the answer to an announcement by its session, and whether the event names that one."""
    named = f"from the close of {event.previous_close_date} to that of {event.date}"
    period = parse_period(announced)
    if period.first < period.last:
        return f"The day of the announcement is not known ({announced}); the event names the return {named}."
    reaction = reaction_to(share, announced, event.session)
    if reaction is None:
        return f"Announced on {announced}; prices.csv lacks closes around it, and the event names the return {named}."
    if event.session is not None or len(reaction.parts) == 1:
        if (reaction.previous, reaction.date) == (event.previous_close_date, event.date):
            return f"{sentence(reaction.why)}; the event names it, {named}."
        return (
            f"Dates do not fit: {reaction.why}, which is the return from the close of {reaction.previous} to that of"
            f" {reaction.date}, but the event names the one {named}, which is used."
        )
    same, after = reaction.parts
    fits = any((part.previous, part.date) == (event.previous_close_date, event.date) for part in reaction.parts)
    return (
        f"Announced on {announced}, at a time not known: before or during trading its answer is the return of"
        f" {same.date} ({_signed(same)}), after trading that of {after.date} ({_signed(after)})."
        f" {'Used' if fits else 'Neither is used, but'}: the one that the event names, {named}; a day picked by those"
        " who saw the price."
    )


def _signed(part: DayReturn) -> str:
    return f"{100.0 * part.simple_return:+.2f}%"


def _move(
    view: Basis, event: MarketEvent, beliefs: tuple[Belief, Belief], over: Benchmark, account: tuple[float, str]
) -> DayMove:
    value, source = account
    before = view.market.capitalisation(event.previous_close_date).value
    move = MarketMove(
        before,
        before * (1.0 + value),
        benchmark_return=over.log_return,
        beta=over.beta,
        volatility=over.volatility,
    )
    study = event_study(
        beliefs[0], view.payoffs, move=move, as_of=event.date, milestone=view.market.priced, without=beliefs[1]
    )
    low, high = study.noise
    return DayMove(
        source=source,
        simple_return=value,
        excess_return=math.expm1(move.log_return),
        study=study,
        bound_bits=study.bound / _LN2,
        bits=study.log_bayes_factor / _LN2,
        noise_bits=(low / _LN2, high / _LN2),
        bits_by_share={f"{share:.0%}": study.at_share(share) / _LN2 for share in _SHARES},
    )


def _lead(priced: Target, event: MarketEvent, moves: tuple[DayMove, ...], over: Benchmark) -> str:
    first = moves[0]
    study = first.study
    at_payoffs = (
        f"and cannot be put into bits at our payoffs, because {study.undefined}"
        if study.undefined
        else f"and {bits(first.bits)} bits at our payoffs, from {percent(study.probability_before)} to"
        f" {percent(study.probability_after)}"
    )
    verb = "rose" if first.simple_return >= 0.0 else "fell"
    bound = math.copysign(study.bound, study.move.log_return)
    beside = "" if not over.known else f", {100.0 * first.excess_return:+.2f}% in excess of the benchmark's part"
    return (
        f"On {event.date} ({event.title}) the price {verb} by {abs(100.0 * first.simple_return):.2f}%{beside}."
        f" If all of it was about {phrase(priced)}, that is at least {first.bound_bits:.2f} bits"
        f"{'' if bound >= 0.0 else ' down'} (odds {times(math.exp(bound))} as high) whatever success is worth,"
        f" {at_payoffs}; the announcement itself"
        f" meant {bits(study.model / _LN2)} bits to the model: {study.verdict}."
    )

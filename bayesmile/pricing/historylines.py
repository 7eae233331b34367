"""One day of prices through time: what we believed and what its close said, from what was public by then."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bayesmile.belief import Belief
from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.files.market_page import Market, ShareCount
from bayesmile.files.rows import PriceRow
from bayesmile.known import Known
from bayesmile.market import TwoState, fair_price, present_values, two_state
from bayesmile.payoffs import Payoffs
from bayesmile.periods import parse_period
from bayesmile.views import believe, standing, why_still

__all__ = ["HistoryLine", "history_line"]

_LN2 = math.log(2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """What we believed and what the price said on one day, from what was public by then and nothing later.

    Attributes
    ----------
    date : str
    close : float
        Per share.
    shares : float or None
        Latest filed count of all classes public on the day, as in a report; None where none was.
    shares_as_of, shares_filed, shares_kind : str or None
        Day that the count is about, day on which it was public, ``"filed"`` or ``"implied"``.
    value : float
        Market value of the equity: close times shares; NaN without a count.
    later_shares, later_implied : float or None
        A later count that other figures of the day imply, and the p* that it would make; None where there is none.
    ours, ours_by_deadline : float
        Our probability of the priced milestone by the horizon and by its deadline.
    failure, success : float
        Present values if it is not reached by the horizon and if it is, at the dates we believed in.
    implied : float
        p* = (value - failure) / (success - failure), never clipped; NaN where no price speaks of the milestone.
    feasible : bool
        Whether p* lies strictly between 0 and 1, so that some probability justifies the price.
    reach_by_deadline : float
        Probability by the deadline that the price implies if it changes only whether the milestone is reached (reach
        tilt); NaN where not feasible.
    model_value : float
        What the payoffs were worth at our probabilities.
    gap_points, gap_bits : float
        p* less ours in percentage points, and their log-odds in bits; infinite where no probability is enough.
    news, withdrawn : tuple of str
        Ids of the items that act and became public, or were withdrawn, since the close before.
    note : str
        Why a number is missing; empty if none is.
    """

    date: str
    close: float
    shares: float | None
    shares_as_of: str | None
    shares_filed: str | None
    shares_kind: str | None
    value: float
    later_shares: float | None
    later_implied: float | None
    ours: float
    ours_by_deadline: float
    failure: float
    success: float
    implied: float
    feasible: bool
    reach_by_deadline: float
    model_value: float
    gap_points: float
    gap_bits: float
    news: tuple[str, ...]
    withdrawn: tuple[str, ...]
    note: str


def history_line(dossier: Dossier, market: Market, row: PriceRow, since: str | None, deadline: str) -> HistoryLine:
    """Read the price of one day beside our belief of that day.

    Parameters
    ----------
    dossier : Dossier
    market : Market
    row : PriceRow
        The close.
    since : str or None
        Day of the close before, after which news counts as new; None for the first of the file.
    deadline : str
        Month by which the priced milestone is asked for, besides the horizon.
    """
    known = dossier.ledger.known_by(row.date)
    belief = believe(dossier, known)
    name, payoffs = market.priced, market.payoffs
    ours, by_deadline = belief.prob(name, by=dossier.grid.last), belief.prob(name, by=deadline)
    count, later, note = _counts(market, row.date)
    value = math.nan if count is None else row.close * count.shares
    state, unread = _state(belief, payoffs, row.date, name)
    note = note or unread
    implied = math.nan if state is None else state.implied_probability(value)
    feasible = 0.0 < implied < 1.0
    return HistoryLine(
        date=row.date,
        close=row.close,
        shares=None if count is None else count.shares,
        shares_as_of=None if count is None else count.as_of,
        shares_filed=None if count is None else count.filed,
        shares_kind=None if count is None else count.kind,
        value=value,
        later_shares=None if later is None else later.shares,
        later_implied=None if later is None or state is None else state.implied_probability(row.close * later.shares),
        ours=ours,
        ours_by_deadline=by_deadline,
        failure=math.nan if state is None else state.failure,
        success=math.nan if state is None else state.success,
        implied=implied,
        feasible=feasible,
        reach_by_deadline=implied * by_deadline / ours if feasible and ours > 0.0 else math.nan,
        model_value=fair_price(belief, payoffs, as_of=row.date),
        gap_points=100.0 * (implied - ours),
        gap_bits=math.nan if state is None or math.isnan(implied) else _bits(state, value),
        news=_news(dossier, known, since, row.date),
        withdrawn=_withdrawn(dossier, since, row.date),
        note=note,
    )


def _bits(state: TwoState, value: float) -> float:
    return (state.implied_log_odds(value) - state.log_odds) / _LN2


def _counts(market: Market, date: str) -> tuple[ShareCount | None, ShareCount | None, str]:
    """Count used, a later one that other figures imply, and why there is none."""
    try:
        count, latest = market.shares_at(date), market.shares_at(date, implied=True)
    except InvalidInput:
        return None, None, "no share count was public"
    return count, latest if latest.as_of > count.as_of else None, ""


def _state(belief: Belief, payoffs: Payoffs, date: str, name: str) -> tuple[TwoState | None, str]:
    """Two-state reading; None and why where no price speaks of the milestone."""
    if not present_values(belief, payoffs, date).priced:
        return None, "all that is priced was reached"
    state = two_state(belief, payoffs, as_of=date, milestone=name)
    if not math.isfinite(state.log_odds):
        what = "certain" if state.log_odds > 0.0 else "impossible"
        return None, f"{name} was {what}: no price can be read through it"
    if not math.isfinite(state.implied_probability(payoffs.floor)):
        return None, f"{name} is worth nothing more than its absence: no price speaks of it"
    return state, ""


def _news(dossier: Dossier, known: Known, since: str | None, date: str) -> tuple[str, ...]:
    """Items that act and became public after the close before."""
    if since is None:
        return ()
    items = [dossier.ledger.items[number] for number in standing(dossier, known)]
    new = [item for item in items if item.public is not None and since < item.public.isoformat() <= date]
    return tuple(item.id for item in new if not why_still(dossier, item, known))


def _withdrawn(dossier: Dossier, since: str | None, date: str) -> tuple[str, ...]:
    if since is None:
        return ()
    gone = [(parse_period(item.retracted).last.isoformat(), item) for item in dossier.ledger if item.retracted]
    return tuple(item.id for day, item in gone if since < day <= date)

"""Ours and the market's probability at every date with a price: each as it would have been read on that day."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from bayesmile.belief import Belief
from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.files.market_page import Market, ShareCount
from bayesmile.files.rows import PriceRow
from bayesmile.grid import When
from bayesmile.known import Known
from bayesmile.market import TwoState, fair_price, present_values, two_state
from bayesmile.payoffs import Payoffs
from bayesmile.periods import parse_period
from bayesmile.pricing.sessions import TradingDays
from bayesmile.views import believe, standing, why_still

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["History", "HistoryInterval", "HistoryLine", "history", "last_of_months"]

_LN2 = math.log(2.0)
_FEWEST_CLOSES = 30  # of a stretch of trading days that is a story of its own


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


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryInterval:
    """Our probability as of one day under uncertain parameters.

    Attributes
    ----------
    mean, low, high : float
        By the horizon: averaged over the uncertain numbers, and where 90% of it lies as they vary.
    mean_by_deadline, low_by_deadline, high_by_deadline : float
        The same by the deadline.
    khat, ess : float
        Tail index of the weights, and effective draws.
    trusted : bool
        Whether the weights can be trusted.
    """

    mean: float
    low: float
    high: float
    mean_by_deadline: float
    low_by_deadline: float
    high_by_deadline: float
    khat: float
    ess: float
    trusted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Ours and the market's probability of the priced milestone through time.

    Attributes
    ----------
    milestone, horizon, deadline : str
        What is asked: the priced milestone, by the last month of the grid and by its deadline.
    currency : str
    through, why : str
        Last day on which the ledger still has news for us, and how that was found, as a sentence.
    lines, appendix : tuple of HistoryLine
        Days up to `through`, and later ones, the earliest first.
    intervals : mapping of str to HistoryInterval
        By date, for the last price of each month, where draws were asked for.
    """

    milestone: str
    horizon: str
    deadline: str
    currency: str
    through: str
    why: str
    lines: tuple[HistoryLine, ...]
    appendix: tuple[HistoryLine, ...]
    intervals: Mapping[str, HistoryInterval]

    def to_pandas(self) -> pd.DataFrame:
        """One row a date: the fields of the line, `appendix`, and the interval of ours where there is one."""
        import pandas as pd

        rows = []
        for later, lines in ((False, self.lines), (True, self.appendix)):
            for line in lines:
                record: dict[str, object] = {name: getattr(line, name) for name in HistoryLine.__slots__}
                record |= {"news": "; ".join(line.news), "withdrawn": "; ".join(line.withdrawn), "appendix": later}
                between = self.intervals.get(line.date)
                for name in HistoryInterval.__slots__ if self.intervals else ():
                    record[f"ours_{name}"] = None if between is None else getattr(between, name)
                rows.append(record)
        return pd.DataFrame(rows).set_index("date")


def history(
    dossier: Dossier,
    first: When | None = None,
    last: When | None = None,
    *,
    through: When | None = None,
    draws: int | None = None,
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> History:
    """Read the price of every day with a close, beside our belief of that day.

    Shares, ledger and the fraction of the month elapsed are those known on the day; nothing later moves a line.

    Parameters
    ----------
    dossier : Dossier
        One with a market.
    first, last : str or date, optional
        Days between which closes are read, both included, a month from its first or to its last day. Unless given, the
        longest stretch of neighbouring trading days if it has 30 closes, else all closes on the grid.
    through : str or date, optional
        Last day of the main part, after which a line belongs to the appendix. Unless given, the last day on which
        evidence became public, or the end of the latest coverage of a stream if that is later: after it neither news
        nor its absence tells us anything, while the market still learns.
    draws : int, optional
        Draws of the uncertain numbers, at least 100: adds the interval of ours at the last close of each month.
    seed : int
    tell : callable
        Is told what is being done.

    Returns
    -------
    History

    Raises
    ------
    InvalidInput
        If the dossier has no market, a date cannot be used, or no close lies between them.
    ImpossibleEvidence
        If the evidence as of a date has zero probability.

    Notes
    -----
    With priors that were written later this is an illustration, not a backtest. p* of a day is read through our dates
    of that day: it moves with the price, the share count, the passage of time and what we believe about timing.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> told = history(load("phase2_drug"), "2026-06-01", "2026-06-30")
    >>> [(line.date, round(line.ours, 2), round(line.implied, 2), line.news) for line in told.lines]
    [('2026-06-12', 0.1, 0.2, ('interim-2026',)), ('2026-06-15', 0.16, 0.32, ('readout-2026',))]
    """
    market = _market(dossier)
    closes = _closes(dossier, market, first, last)
    before = {row.date: old.date for old, row in pairwise(market.prices)}
    deadline = dossier.grid.label(dossier.grid.deadline(dossier.milestones[market.priced].deadline))
    lines = []
    for number, row in enumerate(closes, start=1):
        tell(f"{row.date}: {number} of {len(closes)}")
        lines.append(_line(dossier, market, row, before.get(row.date), deadline))
    end, why = _through(dossier, closes[-1].date, through)
    main = tuple(line for line in lines if line.date <= end)
    return History(
        milestone=market.priced,
        horizon=dossier.grid.last,
        deadline=deadline,
        currency=market.currency,
        through=end,
        why=why,
        lines=main,
        appendix=tuple(lines[len(main) :]),
        intervals={} if draws is None else _intervals(dossier, lines, market.priced, deadline, draws, seed, tell),
    )


def _market(dossier: Dossier) -> Market:
    if dossier.market is None:
        raise InvalidInput(f"dossier {dossier.name}: it has no market.toml, prices.csv and shares.csv")
    return dossier.market


def _closes(dossier: Dossier, market: Market, first: When | None, last: When | None) -> list[PriceRow]:
    """Pick the closes asked for, all within the grid."""
    usual = _usual(dossier, market)
    start = usual[0] if first is None else parse_period(first, "first").first.isoformat()
    end = usual[1] if last is None else parse_period(last, "last").last.isoformat()
    if start > end:
        raise InvalidInput(f"history: received {first or start} to {last or end}; dates are reversed")
    found = [row for row in market.prices if start <= row.date <= end]
    if not found:
        raise InvalidInput(
            f"history: received {first or start} to {last or end}, with no close between;"
            f" allowed are dates from {market.prices[0].date} to {market.prices[-1].date}"
        )
    for row in (found[0], found[-1]):
        if not 0 <= dossier.grid.index(row.date) < dossier.grid.months:
            raise InvalidInput(
                f"history: received {row.date}; allowed are dates from {dossier.grid.label(0)} to {dossier.grid.last}"
            )
    return found


def _usual(dossier: Dossier, market: Market) -> tuple[str, str]:
    """First and last day where none are given."""
    longest = TradingDays.of(market.prices).longest()
    if longest is not None and sum(longest[0] <= row.date <= longest[1] for row in market.prices) >= _FEWEST_CLOSES:
        return longest
    begin, end = (parse_period(dossier.grid.label(at)) for at in (0, dossier.grid.months - 1))
    return begin.first.isoformat(), end.last.isoformat()


def _line(dossier: Dossier, market: Market, row: PriceRow, since: str | None, deadline: str) -> HistoryLine:
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


def _through(dossier: Dossier, last: str, given: When | None) -> tuple[str, str]:
    """Last day of the main part, and why."""
    if given is not None:
        return parse_period(given, "through").last.isoformat(), "As asked for."
    if any(stream.covers[1] is None for stream in dossier.ledger.streams):
        return last, "The ledger claims to be complete up to any date."
    known = dossier.ledger.known_by(last)
    days = [item.public.isoformat() for item in known.items if item.public is not None]
    ends = [parse_period(str(stream.covers[1])).last.isoformat() for stream in dossier.ledger.streams]
    end = max([*days, *ends], default=last)
    if end >= last:
        return last, f"The ledger has news, or claims to be complete, up to {end}."
    return end, (
        f"After {end} the ledger holds no evidence and no stream of it claims to be complete, so that neither news nor"
        " its absence tells us anything while the market still learns: later prices stand in an appendix."
    )


def last_of_months(dates: Sequence[str]) -> tuple[str, ...]:
    """Last of the dates in each month.

    Examples
    --------
    >>> last_of_months(["2025-06-02", "2025-06-30", "2025-07-01"])
    ('2025-06-30', '2025-07-01')
    """
    return tuple({date[:7]: date for date in sorted(dates)}.values())


def _intervals(
    dossier: Dossier,
    lines: Sequence[HistoryLine],
    name: str,
    deadline: str,
    draws: int,
    seed: int,
    tell: Callable[[str], None],
) -> dict[str, HistoryInterval]:
    """Reweigh one pool of draws as of the last close of each month."""
    from bayesmile.model.replaying import replay_draws

    horizon = dossier.grid.last
    found = replay_draws(
        dossier,
        last_of_months([line.date for line in lines]),
        draws=draws,
        deadlines=sorted({deadline, horizon}),
        seed=seed,
        tell=tell,
    ).sel(milestone=name)
    out = {}
    for number, when in enumerate(found["as_of"].values):
        one = found.isel(as_of=number)
        by, end = one.sel(deadline=deadline), one.sel(deadline=horizon)
        out[str(when)[:10]] = HistoryInterval(
            mean=float(end["mean"]),
            low=float(end["probability"][0]),
            high=float(end["probability"][-1]),
            mean_by_deadline=float(by["mean"]),
            low_by_deadline=float(by["probability"][0]),
            high_by_deadline=float(by["probability"][-1]),
            khat=float(one["khat"]),
            ess=float(one["ess"]),
            trusted=bool(one["trusted"]),
        )
    return out

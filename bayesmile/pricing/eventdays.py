"""An event study of every announcement with daily closes around it, and how many ordinary days stand out as much."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from bayesmile.dossier import Dossier, market_of
from bayesmile.errors import InvalidInput
from bayesmile.events import EventStudy, MarketMove, event_study
from bayesmile.files.market_page import Market
from bayesmile.grid import When, parse_moment
from bayesmile.periods import parse_period
from bayesmile.pricing.announced import Announced, announced_days, answer_to, overlapping
from bayesmile.pricing.benchmarks import Benchmark, benchmark_over
from bayesmile.pricing.sessions import Reaction, TradingDays
from bayesmile.views import believe, standing, view, why_still

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventDays", "NewsDay", "event_days"]

_LN2 = math.log(2.0)
_NOISE = 1.96  # a band that 95% of ordinary days stay in, were they normal


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsDay:
    """The market's answer to what became public on one day, beside the model's.

    Attributes
    ----------
    date : str
        Day on which it became public.
    items, headlines : tuple of str
        What became public: the return cannot be divided among them.
    session : str or None
        When on that day; None if not known.
    previous, close : str
        Days of the closes around the answer.
    why : str
        Why these.
    day_returns : tuple of float
        Return of each day between them, as a fraction; two where the session is not known.
    simple_return, excess : float
        Return between the closes as a fraction, and log return in excess of the benchmark's part.
    benchmark : Benchmark
    standard : float
        Excess over what an ordinary time as long scatters by; NaN with too few days before.
    outside : bool
        Whether that is beyond 1.96, so that the return lies outside the noise band.
    bound_bits : float
        The answer is at least this for the priced milestone, whatever success is worth.
    bits : float
        The answer at our payoffs, if all of it is about the priced milestone; NaN where undefined.
    noise_bits : tuple of float
        What an ordinary time as long would give, 95% of the time.
    model_bits : float
        What the items together meant to the model, with against without them at the close.
    verdict, undefined : str
        The price against the model, and why bits are undefined; empty where there is nothing to say.
    overlaps : tuple of str
        Headlines of other items, of any kind, whose answer may lie in the same returns.
    """

    date: str
    items: tuple[str, ...]
    headlines: tuple[str, ...]
    session: str | None
    previous: str
    close: str
    why: str
    day_returns: tuple[float, ...]
    simple_return: float
    excess: float
    benchmark: Benchmark
    standard: float
    outside: bool
    bound_bits: float
    bits: float
    noise_bits: tuple[float, float]
    model_bits: float
    verdict: str
    undefined: str
    overlaps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDays:
    """Event studies of all announcements, and what chance alone would show.

    Attributes
    ----------
    milestone, horizon, as_of : str
        The priced milestone, which each answer is read as being about, by the horizon.
    rows : tuple of NewsDay
        By date.
    tested, outside : int
        Rows with a noise band, and those of them that lie outside it.
    ordinary, ordinary_outside : int
        Days with a noise band that answer no announcement, and those of them outside it.
    expected : float
        Rows that would lie outside if each were an ordinary time of its length.
    chance : float
        Probability that at least as many would; NaN without ordinary days.
    left_out : tuple of str
        Ids of the items that cannot be studied: not public on a known day, or without daily closes around it.
    """

    milestone: str
    horizon: str
    as_of: str
    rows: tuple[NewsDay, ...]
    tested: int
    outside: int
    ordinary: int
    ordinary_outside: int
    expected: float
    chance: float
    left_out: tuple[str, ...]

    def to_pandas(self) -> pd.DataFrame:
        """One row an announcement day."""
        import pandas as pd

        plain = ("date", "session", "previous", "close", "simple_return", "excess", "standard", "outside")
        more = ("bound_bits", "bits", "model_bits", "verdict", "undefined")
        rows = [
            {
                **{name: getattr(row, name) for name in (*plain, *more)},
                "benchmark_return": row.benchmark.log_return if row.benchmark.known else math.nan,
                "beta": row.benchmark.beta if row.benchmark.known else math.nan,
                "noise_low": row.noise_bits[0],
                "noise_high": row.noise_bits[1],
                **{name: "; ".join(getattr(row, name)) for name in ("items", "headlines", "overlaps")},
            }
            for row in self.rows
        ]
        return pd.DataFrame(rows)


def event_days(dossier: Dossier, as_of: When, *, inert: bool = False) -> EventDays:
    """Study every announcement with daily closes around it.

    Items of one day are one event. Their answer lies between the closes that an event of the dossier names, else in the
    return that holds it by their session (see `bayesmile.pricing.sessions.reaction_to`); payoffs, share count and as-of
    date are held fixed across it.

    Parameters
    ----------
    dossier : Dossier
        One with a market.
    as_of : str or date
        No later item and no later close is looked at.
    inert : bool
        Whether to study items that do not act as well. Those that record a move of the price are no news: they were
        written because of the return that they would be tested on.

    Returns
    -------
    EventDays

    Raises
    ------
    InvalidInput
        If the dossier has no market.

    Notes
    -----
    Of many days some stand out by chance. An ordinary day is measured by the same rule as a row: its excess return over
    the volatility of the days before it. Returns have heavier tails than a normal law, so that more or fewer than 5% of
    the ordinary days may lie outside; `expected` takes their own rate, for returns over as many days.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> found = event_days(load("quantumscape"), "2025-10-16")
    >>> [(row.date, row.close, round(row.simple_return, 3)) for row in found.rows][-2:]
    [('2025-10-13', '2025-10-14', 0.148), ('2025-10-15', '2025-10-16', -0.084)]
    """
    market = market_of(dossier)
    day = parse_moment(as_of).day.isoformat()
    share = TradingDays.of(market.prices, day)
    index = TradingDays.of(market.benchmark, day) if market.benchmark else None
    found = announced_days(dossier, as_of)
    rows = []
    for _, group in groupby((one for one in found if one.acts or inert), key=lambda one: one.day):
        row = _row(dossier, market, share, index, tuple(group), found)
        rows += [] if row is None else [row]
    held = {one for row in rows for one in row.items}
    left = tuple(one.id for one in found if (one.acts or inert) and one.id not in held)
    return _counted(dossier, market, share, index, tuple(rows), (*_vague(dossier, day), *left), day)


def _vague(dossier: Dossier, day: str) -> tuple[str, ...]:
    """Ids of the items that act and are known only to the month, quarter or year."""
    known = dossier.ledger.known_by(day)
    periods = ((item, parse_period(str(item.announced))) for item in known.items)
    return tuple(x.id for x, period in periods if period.first < period.last and not why_still(dossier, x, known))


def _row(
    dossier: Dossier,
    market: Market,
    share: TradingDays,
    index: TradingDays | None,
    group: Sequence[Announced],
    found: Sequence[Announced],
) -> NewsDay | None:
    reaction = answer_to(share, group)
    if reaction is None:
        return None
    ids = tuple(one.id for one in group)
    over = _benchmark(market, share, index, ids, reaction)
    study, undefined = _study(dossier, market, ids, reaction, over)
    spread = over.volatility
    excess = reaction.log_return - over.beta * over.log_return
    return NewsDay(
        date=group[0].day,
        items=ids,
        headlines=tuple(one.headline for one in group),
        session=reaction.session,
        previous=reaction.previous,
        close=reaction.date,
        why=reaction.why,
        day_returns=tuple(part.simple_return for part in reaction.parts),
        simple_return=math.expm1(reaction.log_return),
        excess=excess,
        benchmark=over,
        standard=math.nan if spread is None else excess / spread,
        outside=spread is not None and abs(excess) > _NOISE * spread,
        bound_bits=(abs(excess) if study is None else study.bound) / _LN2,
        bits=math.nan if study is None else study.log_bayes_factor / _LN2,
        noise_bits=(math.nan, math.nan) if study is None else (study.noise[0] / _LN2, study.noise[1] / _LN2),
        model_bits=math.nan if study is None else study.model / _LN2,
        verdict="" if study is None else study.verdict,
        undefined=undefined,
        overlaps=tuple(
            one.headline for one in overlapping(share, found, reaction.previous, reaction.date, ids)
        ),
    )


def _benchmark(
    market: Market, share: TradingDays, index: TradingDays | None, ids: Sequence[str], reaction: Reaction
) -> Benchmark:
    """Benchmark over a reaction: as market.toml gives it for an event of the same item and closes, else estimated."""
    closes = (reaction.previous, reaction.date)
    named = (one for one in market.events if one.item in ids and (one.previous_close_date, one.date) == closes)
    event = next(named, None)
    if event is None:
        return benchmark_over(share, index, *closes)
    given = None if event.benchmark_return is None else math.log1p(event.benchmark_return)
    return benchmark_over(share, index, *closes, log_return=given, beta=event.beta)


def _study(
    dossier: Dossier, market: Market, ids: Iterable[str], reaction: Reaction, over: Benchmark
) -> tuple[EventStudy | None, str]:
    """Event study of some items at the close that holds their answer; None and why where the price cannot be read."""
    own, known = set(ids), dossier.ledger.known_by(reaction.date)
    rest = [n for n in standing(dossier, known) if dossier.ledger.items[n].id not in own]
    belief = believe(dossier, known)
    without = believe(dossier, view(dossier, rest, parse_moment(reaction.date)))
    try:
        before = market.capitalisation(reaction.previous).value
        move = MarketMove(
            before,
            before * math.exp(reaction.log_return),
            benchmark_return=over.log_return,
            beta=over.beta,
            volatility=over.volatility,
        )
        study = event_study(
            belief, market.payoffs, move=move, as_of=reaction.date, milestone=market.priced, without=without
        )
    except InvalidInput as error:  # no share count on that day, or nothing left to be paid
        return None, str(error)
    if math.isnan(study.failure) or math.isnan(study.success):
        return None, f"{market.priced} was certain or impossible on that day, and no price could speak of it"
    return study, study.undefined


def _counted(
    dossier: Dossier,
    market: Market,
    share: TradingDays,
    index: TradingDays | None,
    rows: tuple[NewsDay, ...],
    left_out: tuple[str, ...],
    day: str,
) -> EventDays:
    """Count what lies outside its band, among the rows and among ordinary days."""
    tested = [row for row in rows if not math.isnan(row.standard)]
    answers = {date for row in rows for date in share.dates if row.previous < date <= row.close}
    lengths = sorted({len(row.day_returns) for row in tested} | {1})
    ordinary = {length: _ordinary(share, index, answers, length) for length in lengths}
    rates = [_rate(ordinary[len(row.day_returns)]) for row in tested]
    outside = sum(row.outside for row in tested)
    return EventDays(
        milestone=market.priced,
        horizon=dossier.grid.last,
        as_of=day,
        rows=rows,
        tested=len(tested),
        outside=outside,
        ordinary=len(ordinary[1]),
        ordinary_outside=sum(ordinary[1]),
        expected=math.fsum(rates),
        chance=_at_least(outside, rates),
        left_out=left_out,
    )


def _rate(outside: Sequence[bool]) -> float:
    return sum(outside) / len(outside) if outside else math.nan


def _ordinary(share: TradingDays, index: TradingDays | None, answers: set[str], length: int) -> list[bool]:
    """Whether each time of so many days that answers nothing lies outside its own band."""
    out = []
    for at in range(length, len(share.dates)):
        parts = [share.part(number) for number in range(at - length + 1, at + 1)]
        if any(part is None or part.date in answers for part in parts):
            continue
        previous, date = share.dates[at - length], share.dates[at]
        over = benchmark_over(share, index, previous, date)
        moved = share.between(previous, date)
        if over.volatility is not None and moved is not None:
            out.append(abs(moved - over.beta * over.log_return) > _NOISE * over.volatility)
    return out


def _at_least(count: int, rates: Sequence[float]) -> float:
    """P(at least so many) for independent events of these probabilities, by convolution."""
    law = np.ones(1)
    for rate in rates:
        law = np.convolve(law, [1.0 - rate, rate])
    return float(law[count:].sum())

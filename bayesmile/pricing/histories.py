"""Ours and the market's probability at every date with a price: each as it would have been read on that day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from bayesmile.checks import whole
from bayesmile.dossier import Dossier, market_of
from bayesmile.errors import InvalidInput
from bayesmile.files.market_page import Market
from bayesmile.files.rows import PriceRow
from bayesmile.grid import When
from bayesmile.periods import parse_period
from bayesmile.pricing.distributions import ImpliedDistribution, implied_distribution
from bayesmile.pricing.historylines import HistoryLine, history_line
from bayesmile.pricing.sessions import TradingDays

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["History", "HistoryInterval", "history", "interval_column", "last_of_months"]

_LEAST_DRAWS, _MOST_DRAWS = 100, 50_000  # below, weights say nothing; above, their tables fill the memory
_FEWEST_CLOSES = 30  # of a stretch of trading days that is a story of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryInterval:
    """Ours and the implied probability as of one day under uncertain parameters and payoffs.

    Attributes
    ----------
    mean, low, high : float
        Ours by the horizon: averaged over the uncertain numbers, and where 90% of it lies as they vary.
    mean_by_deadline, low_by_deadline, high_by_deadline : float
        The same by the deadline.
    implied_median, implied_low, implied_high : float
        Implied by the horizon: 50, 5 and 95% points over payoffs and numbers, unclipped.
    above_ours, infeasible : float
        P(market > ours) by the horizon, and the share of draws in which no probability is enough, which it holds.
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
    implied_median: float
    implied_low: float
    implied_high: float
    above_ours: float
    infeasible: float
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
                    record[interval_column(name)] = None if between is None else getattr(between, name)
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
        Draws of the uncertain numbers, 100 to 50000: adds the interval of ours at the last close of each month.
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
    market = market_of(dossier)
    closes = _closes(dossier, market, first, last)
    before = {row.date: old.date for old, row in pairwise(market.prices)}
    deadline = dossier.grid.label(dossier.grid.deadline(dossier.milestones[market.priced].deadline))
    lines = []
    for number, row in enumerate(closes, start=1):
        tell(f"{row.date}: {number} of {len(closes)}")
        lines.append(history_line(dossier, market, row, before.get(row.date), deadline))
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


def interval_column(name: str) -> str:
    """Column of a field of `HistoryInterval` in a table, where a mean or an end has to say that it is of ours.

    Examples
    --------
    >>> interval_column("low_by_deadline"), interval_column("implied_low")
    ('ours_low_by_deadline', 'implied_low')
    """
    return f"ours_{name}" if name.startswith(("mean", "low", "high")) else name


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
    """Both distributions as of the last close of each month, as a report of that day draws them."""
    whole("draws", draws, least=_LEAST_DRAWS, most=_MOST_DRAWS)
    whole("seed", seed, least=0)
    out = {}
    for date in last_of_months([line.date for line in lines]):
        tell(f"{date}: intervals")
        found = _drawn(dossier, date, draws, seed)
        if found is not None:
            out[date] = _interval(found, name, deadline, dossier.grid.last)
    return out


def _drawn(dossier: Dossier, date: str, draws: int, seed: int) -> ImpliedDistribution | None:
    """Joint draws as of a day; None where nothing is left to be paid or the milestone was certain or impossible."""
    market = dossier.market
    alone = market is not None and len(market.payoffs.values) == 1
    try:
        return implied_distribution(dossier, date, draws=draws, seed=seed, others=not alone)
    except InvalidInput:
        return None


def _interval(found: ImpliedDistribution, name: str, deadline: str, horizon: str) -> HistoryInterval:
    ours, soon, implied = found.mixture.prob(name, by=horizon), found.mixture.prob(name, by=deadline), found.interval
    return HistoryInterval(
        mean=float(ours),
        low=ours.low,
        high=ours.high,
        mean_by_deadline=float(soon),
        low_by_deadline=soon.low,
        high_by_deadline=soon.high,
        implied_median=implied.median,
        implied_low=implied.low,
        implied_high=implied.high,
        above_ours=found.above_ours,
        infeasible=found.infeasible,
        khat=found.mixture.khat,
        ess=found.mixture.ess,
        trusted=found.mixture.trusted,
    )

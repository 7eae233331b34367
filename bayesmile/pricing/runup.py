"""How much of a run-up fell on days with announcements, beside what as many random days would have had."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.checks import whole
from bayesmile.dossier import Dossier, market_of
from bayesmile.errors import InvalidInput
from bayesmile.grid import When, parse_moment
from bayesmile.periods import parse_period
from bayesmile.pricing.announced import Announced, announced_days, answer_to
from bayesmile.pricing.sessions import DayReturn, TradingDays

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LargeDay", "RunUp", "RunUpShare", "run_up"]

Array = NDArray[np.float64]

_LARGEST = 5
_DRAWS, _MOST_DRAWS = 10_000, 100_000
_FEWEST_DAYS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RunUpShare:
    """The part of a run-up that fell on some days.

    Attributes
    ----------
    label : str
        Which days.
    days : int
    log_return : float
        Sum over these days.
    share : float or None
        Of the whole; None where the whole is too small for a share of it to say anything (see `RunUp`).
    random_mean : float
        Expected sum of as many days drawn at random without replacement: days / all days times the whole.
    random_low, random_high : float
        2.5% and 97.5% points of that sum.
    chance : float
        Share of the random sets whose sum goes at least as far the way the whole goes: up in a rise, down in a fall.
    """

    label: str
    days: int
    log_return: float
    share: float | None
    random_mean: float
    random_low: float
    random_high: float
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeDay:
    """One of the days on which the price moved most.

    Attributes
    ----------
    move : DayReturn
    acting, others : tuple of str
        Headlines of the announcements whose answer may lie in this return: those that act, and the others.
    """

    move: DayReturn
    acting: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunUp:
    """A span of daily closes and how its return divides between days with announcements and the others.

    Attributes
    ----------
    first, last : str
        Days of the first and the last close.
    days : int
        Daily returns between them.
    log_return : float
    scatter : float
        Standard deviation of a day times the root of the days: what a price without direction moves by. A whole smaller
        than that is not divided into shares, only into log returns.
    shares : tuple of RunUpShare
    largest : tuple of LargeDay
        The five largest moves, up or down.
    draws, seed : int
        Random sets behind the intervals.
    """

    first: str
    last: str
    days: int
    log_return: float
    scatter: float
    shares: tuple[RunUpShare, ...]
    largest: tuple[LargeDay, ...]
    draws: int
    seed: int

    def to_pandas(self) -> pd.DataFrame:
        """One row a choice of days."""
        import pandas as pd

        return pd.DataFrame([{name: getattr(x, name) for name in RunUpShare.__slots__} for x in self.shares])


def run_up(
    dossier: Dossier,
    as_of: When,
    *,
    since: When | None = None,
    until: When | None = None,
    draws: int = _DRAWS,
    seed: int = 0,
) -> RunUp | None:
    """Divide a run-up between days with announcements and the others.

    Parameters
    ----------
    dossier : Dossier
        One with a market.
    as_of : str or date
        Nothing later is looked at.
    since, until : str or date, optional
        Days of the first and the last close; the longest stretch of neighbouring trading days unless given.
    draws, seed : int
        Random sets of days, and where their randomness starts.

    Returns
    -------
    RunUp or None
        None with fewer than 20 daily returns. An announcement counts with the return that holds its answer; with
        two returns where its session is not known, and, as another choice, with that of its own day alone.

    Raises
    ------
    InvalidInput
        If the dossier has no market, the days are reversed, a close between them is missing, or there are not 1 to
        100000 draws.

    Notes
    -----
    Log returns add up, so that the parts do. That more of a run-up falls on days with announcements than on as many
    random days does not say that the announcements caused it: companies also announce when the price has moved, and
    items that only record a move of the price, which do not act, were written because of it.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> found = run_up(load("quantumscape"), "2025-10-16")
    >>> found.first, found.last, found.days, round(found.log_return, 3)
    ('2025-05-30', '2025-10-16', 96, 1.352)
    >>> [(part.label, part.days) for part in found.shares][0]
    ('items that act, the day and the next', 11)
    """
    market = market_of(dossier)
    whole("draws", draws, least=1, most=_MOST_DRAWS)
    whole("seed", seed, least=0)
    days = TradingDays.of(market.prices, parse_moment(as_of).day.isoformat())
    span = _span(days, since, until)
    parts = [] if span is None else _parts(days, *span)
    if span is None or len(parts) < _FEWEST_DAYS:
        return None
    moves = np.array([part.log_return for part in parts])
    sets = _sets(dossier, days, as_of)
    scatter = float(np.std(moves, ddof=1)) * math.sqrt(len(moves))
    return RunUp(
        first=span[0],
        last=span[1],
        days=len(parts),
        log_return=math.fsum(moves),
        scatter=scatter,
        shares=tuple(
            _share(label, np.array([part.date in held for part in parts]), moves, scatter, (draws, seed))
            for label, held in sets.items()
        ),
        largest=_largest(dossier, days, as_of, parts),
        draws=draws,
        seed=seed,
    )


def _span(days: TradingDays, since: When | None, until: When | None) -> tuple[str, str] | None:
    if since is not None and until is not None and parse_period(since).first > parse_period(until).last:
        raise InvalidInput(f"run-up: received {since} to {until}; dates are reversed")
    longest = days.longest()
    first = None if longest is None else longest[0]
    last = None if longest is None else longest[1]
    if since is not None:
        first = next((date for date in days.dates if date >= parse_period(since).first.isoformat()), None)
        last = days.dates[-1] if until is None and days.dates else last
    if until is not None:
        last = next((date for date in days.dates[::-1] if date <= parse_period(until).last.isoformat()), None)
    return None if first is None or last is None or first >= last else (first, last)


def _parts(days: TradingDays, first: str, last: str) -> list[DayReturn]:
    begin, end = days.dates.index(first), days.dates.index(last)
    parts = []
    for at in range(begin + 1, end + 1):
        part = days.part(at)
        if part is None:
            raise InvalidInput(
                f"run-up: received {first} to {last}; prices.csv lacks the close of the trading day before"
                f" {days.dates[at]}; allowed is a span of daily closes"
            )
        parts.append(part)
    return parts


def _sets(dossier: Dossier, days: TradingDays, as_of: When) -> dict[str, Collection[str]]:
    """Days with announcements, by label; a choice that holds the same days as the one before is left out."""
    found = announced_days(dossier, as_of)
    labels: Mapping[str, tuple[bool, bool]] = {
        "items that act, the day and the next": (True, True),
        "items that act, their own day": (True, False),
        "all items, the day and the next": (False, True),
        "all items, their own day": (False, False),
    }
    sets: dict[str, Collection[str]] = {}
    for label, (acting, both) in labels.items():
        held = frozenset(date for one in found if one.acts or not acting for date in _dates(days, one, both))
        if held not in sets.values():
            sets[label] = held
    return sets


def _dates(days: TradingDays, one: Announced, both: bool) -> list[str]:
    """Days of the returns that may hold the answer."""
    reaction = answer_to(days, [one if both or one.session else replace(one, session="during")])
    return [] if reaction is None else [part.date for part in reaction.parts]


def _share(
    label: str, chosen: NDArray[np.bool_], moves: Array, scatter: float, random: tuple[int, int]
) -> RunUpShare:
    count, total = int(chosen.sum()), math.fsum(moves)
    draws, rng = random[0], np.random.default_rng(random[1])
    order = np.argsort(rng.random((draws, len(moves))), axis=1)[:, :count]
    sums = moves[order].sum(axis=1)
    low, high = (float(x) for x in np.quantile(sums, (0.025, 0.975)))
    part, sign = math.fsum(moves[chosen]), math.copysign(1.0, total)
    return RunUpShare(
        label=label,
        days=count,
        log_return=part,
        share=part / total if abs(total) > scatter else None,
        random_mean=total * count / len(moves),
        random_low=low,
        random_high=high,
        chance=float((sign * sums >= sign * part - 1e-12).mean()),
    )


def _largest(dossier: Dossier, days: TradingDays, as_of: When, parts: list[DayReturn]) -> tuple[LargeDay, ...]:
    chosen = sorted(parts, key=lambda part: -abs(part.log_return))[:_LARGEST]
    held = [(one, _dates(days, one, True)) for one in announced_days(dossier, as_of)]
    return tuple(
        LargeDay(
            move=part,
            acting=tuple(one.headline for one, dates in held if part.date in dates and one.acts),
            others=tuple(one.headline for one, dates in held if part.date in dates and not one.acts),
        )
        for part in chosen
    )

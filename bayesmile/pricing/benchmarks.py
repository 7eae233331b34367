"""What a benchmark did over an event, and how the share usually follows it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmile.errors import InvalidInput
from bayesmile.pricing.sessions import TradingDays

__all__ = ["Benchmark", "MarketModel", "benchmark_over", "market_model"]

Array = NDArray[np.float64]

_FEWEST_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketModel:
    """Ordinary least squares of a share's daily log returns on a benchmark's: r = alpha + beta r_m + residual.

    Attributes
    ----------
    alpha, beta, beta_error : float
        Intercept and slope, and the standard error of the slope.
    volatility : float
        Standard deviation of the residuals, with two degrees of freedom less.
    days : int
    """

    alpha: float
    beta: float
    beta_error: float
    volatility: float
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """The part of an event's return that the benchmark explains, and what an ordinary time as long scatters by.

    Attributes
    ----------
    log_return : float
        Of the benchmark; 0 without one.
    beta : float
        How much of it the share is expected to do.
    beta_error : float
        Its standard error; NaN where it was given.
    volatility : float or None
        Standard deviation of ordinary returns over a time as long as the event; None with too few days before it.
    days : int
        Daily returns that it was measured on.
    known : bool
        Whether there is a benchmark.
    note : str
        Where the numbers come from, as a sentence.
    """

    log_return: float
    beta: float
    beta_error: float
    volatility: float | None
    days: int
    known: bool
    note: str


def market_model(returns: Sequence[float] | Array, benchmark: Sequence[float] | Array) -> MarketModel | None:
    """Fit a share's daily returns to a benchmark's of the same days.

    Parameters
    ----------
    returns, benchmark : sequence of float, shape (days,)
        Log returns.

    Returns
    -------
    MarketModel or None
        None with fewer than 30 days, or a benchmark that did not move.

    Raises
    ------
    InvalidInput
        If they are not of one length, or a number is not finite.

    References
    ----------
    MacKinlay (1997), "Event studies in economics and finance", Journal of Economic Literature 35.

    Examples
    --------
    >>> r_m = 0.01 * np.sin(np.arange(40.0))
    >>> model = market_model(0.001 + 1.5 * r_m, r_m)
    >>> round(model.beta, 9), round(model.alpha, 9), round(model.volatility, 9)
    (1.5, 0.001, 0.0)
    """
    y, x = (np.asarray(one, dtype=np.float64) for one in (returns, benchmark))
    if x.ndim != 1 or x.shape != y.shape or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InvalidInput(
            f"market_model: received returns of shapes {y.shape} and {x.shape}; allowed are finite numbers, one a day"
        )
    if len(x) < _FEWEST_DAYS or np.ptp(x) == 0.0:
        return None
    from scipy.stats import linregress

    fit = linregress(x, y)
    residual = y - fit.intercept - fit.slope * x
    return MarketModel(
        alpha=float(fit.intercept),
        beta=float(fit.slope),
        beta_error=float(fit.stderr),
        volatility=math.sqrt(float(residual @ residual) / (len(x) - 2)),
        days=len(x),
    )


def benchmark_over(
    share: TradingDays,
    index: TradingDays | None,
    previous: str,
    date: str,
    *,
    log_return: float | None = None,
    beta: float | None = None,
) -> Benchmark:
    """Say what the benchmark did between two closes, and how the share usually follows it.

    Parameters
    ----------
    share, index : TradingDays
        Closes of the share and of the benchmark; no index, no benchmark but a given one.
    previous, date : str
        Days of the closes.
    log_return, beta : float, optional
        Log return of the benchmark and beta as given, which come first. A beta that is not given is estimated on the
        daily returns up to `previous`, 30 to 120 of them; where that cannot be done it is 1.

    Returns
    -------
    Benchmark
        The alpha of the fit is left out of what is expected: a trend of the days before is no part of the benchmark.
        The volatility is that of the residuals where the days before give a fit, with the doubt about beta in it, else
        that of the returns; over an event of several days it grows with the root of their number.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> days = TradingDays.of(load("quantumscape").market.prices)
    >>> found = benchmark_over(days, None, "2025-10-10", "2025-10-13")
    >>> found.known, found.note
    (False, "no benchmark: the whole return is read as the company's own")
    """
    quiet = share.quiet(previous)
    length = max(1, sum(previous < day <= date for day in share.dates))
    own = float(np.std([part.log_return for part in quiet], ddof=1)) if quiet else 0.0
    moved = log_return if log_return is not None else None if index is None else index.between(previous, date)
    if moved is None:
        note = "no benchmark: the whole return is read as the company's own"
        if index is not None:
            note = f"the benchmark has no close on {previous} or {date}: {note.partition(': ')[2]}"
        return _found(0.0, 0.0, math.nan, own * math.sqrt(length), len(quiet), False, note)
    model = None if index is None else _model(share, index, previous)
    error = 0.0 if beta is not None or model is None else model.beta_error
    used = beta if beta is not None else 1.0 if model is None else model.beta
    spread = math.hypot((own if model is None else model.volatility) * math.sqrt(length), error * moved)
    source = _source(beta, model)
    note = f"the benchmark {_verb(moved)} over the same time; beta {used:.2f}, {source}"
    return _found(
        moved, used, error if error > 0.0 else math.nan, spread, len(quiet) if model is None else model.days, True, note
    )


def _source(beta: float | None, model: MarketModel | None) -> str:
    if beta is not None:
        return "as given"
    if model is None:
        return "assumed, since too few days before have both closes to estimate it"
    return f"estimated on the {model.days} days before, standard error {model.beta_error:.2f}"


def _verb(log_return: float) -> str:
    return f"{'rose' if log_return >= 0.0 else 'fell'} by {abs(100.0 * math.expm1(log_return)):.2f}%"


def _model(share: TradingDays, index: TradingDays, previous: str) -> MarketModel | None:
    """Fit on the quiet days of the share on which the benchmark has both closes."""
    closes = {row.date: at for at, row in enumerate(index.closes)}
    pairs = []
    for part in share.quiet(previous):
        if part.previous in closes and part.date in closes:
            moved = index.between(part.previous, part.date)
            if moved is not None:
                pairs.append((part.log_return, moved))
    return market_model([pair[0] for pair in pairs], [pair[1] for pair in pairs]) if pairs else None


def _found(
    log_return: float, beta: float, error: float, volatility: float, days: int, known: bool, note: str
) -> Benchmark:
    return Benchmark(
        log_return=log_return,
        beta=beta,
        beta_error=error,
        volatility=volatility if volatility > 0.0 else None,
        days=days,
        known=known,
        note=note,
    )

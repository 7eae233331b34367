"""Posterior predictive checks: whether the model would have produced as much news, and when it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bayesmile.core import arrivals
from bayesmile.errors import InvalidInput
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.periods import month_label
from bayesmile.rows import coverage
from bayesmile.simulated import Rates
from bayesmile.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Replicates", "predictive_check", "replicate"]

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

_LEVELS = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """News that the model would have produced, one history a draw.

    Attributes
    ----------
    streams : tuple of Stream
        Those that cover any month by the as-of date.
    counts : int array (draw, stream)
        Arrivals.
    mean_month : array (draw, stream)
        Mean month of the arrivals as a grid index; NaN where there is none.
    """

    streams: tuple[Stream, ...]
    counts: Whole
    mean_month: Array


def replicate(likelihood: Likelihood, theta: npt.ArrayLike, pmf: Array, rng: np.random.Generator) -> Replicates:
    """Draw the announcements of every stream again, given what is believed of its milestone's month.

    Parameters
    ----------
    likelihood : Likelihood
    theta : array (draw, parameter)
    pmf : array (draw, milestone, months + 1)
        Belief about the event months under each draw, as `Likelihood.posterior` gives it.
    rng : numpy.random.Generator

    Returns
    -------
    Replicates

    Raises
    ------
    InvalidInput
        If `theta` and `pmf` do not fit each other.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> likelihood = Likelihood(load("quantumscape"), "2025-10-16")
    >>> theta = np.repeat(likelihood.centre[None], 50, axis=0)
    >>> again = replicate(likelihood, theta, likelihood.posterior(theta)[1], np.random.default_rng(1))
    >>> again.counts.shape == (50, len(again.streams))
    True
    """
    rates = Rates(likelihood.dossier, theta, likelihood.parameters)
    draws = np.asarray(theta, dtype=np.float64)
    if draws.ndim != 2 or pmf.shape[:1] != draws.shape[:1]:
        raise InvalidInput(f"pmf: received shape {pmf.shape} for theta of shape {draws.shape}; allowed is a row a draw")
    covered = _covered(likelihood)
    counts = np.zeros((len(draws), len(covered)), dtype=np.int64)
    mean_month = np.full(counts.shape, np.nan)
    for column, (stream, weight, first) in enumerate(covered):
        event = _draw(pmf[:, likelihood.dossier.roadmap.number(stream.milestone)], rng)
        news = _news(rates, stream, event, weight, first, rng)
        counts[:, column] = news.sum(axis=1)
        some = counts[:, column] > 0
        mean_month[some, column] = first + news[some] @ np.arange(weight.size) / counts[some, column]
    return Replicates(tuple(stream for stream, _, _ in covered), counts, mean_month)


def _covered(likelihood: Likelihood) -> list[tuple[Stream, Array, int]]:
    """Streams with the covered part of each month and the grid index of the first one."""
    as_of = likelihood.known.as_of
    found = []
    for stream in likelihood.known.streams if as_of is not None else ():
        assert as_of is not None
        until = likelihood.known.complete_to.get(stream.label)
        weight, first, _ = coverage(stream, as_of, likelihood.dossier.grid, until)
        if weight.size:
            found.append((stream, weight, first))
    return found


def _draw(pmf: Array, rng: np.random.Generator) -> Whole:
    """One month from each row."""
    cdf = np.cumsum(pmf, axis=1)
    return np.asarray((cdf < rng.random(len(cdf))[:, None] * cdf[:, -1:]).sum(axis=1), dtype=np.int64)


def _news(rates: Rates, stream: Stream, event: Whole, weight: Array, first: int, rng: np.random.Generator) -> Whole:
    """Arrivals of one stream by month, (draw, covered month)."""
    months = first + np.arange(weight.size)
    hits = arrivals.windows(months, weight, first, stream.lead, rates.dossier.grid.months).hits
    lift = np.where(hits[:, event].T, np.asarray(rates.lift(stream))[:, None], 1.0)
    rate = np.broadcast_to(rates.rate(stream), event.shape)
    return np.asarray(rng.poisson(rate[:, None] * weight * lift), dtype=np.int64)


def predictive_check(
    likelihood: Likelihood,
    theta: npt.ArrayLike,
    weights: npt.ArrayLike,
    rng: np.random.Generator,
    *,
    pmf: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Compare the announcements of every stream with those that the fitted model would have produced.

    Parameters
    ----------
    likelihood : Likelihood
    theta : array (draw, parameter)
        Draws of the parameters.
    weights : array (draw,)
        Their weights, at least 0: all equal for draws of a sampler.
    rng : numpy.random.Generator
    pmf : array (draw, milestone, months + 1), optional
        Posteriors under the draws, where they are at hand.

    Returns
    -------
    DataFrame
        One row a stream, ``"KIND on MILESTONE"``. ``observed``: arrivals in the ledger; ``low``, ``median``, ``high``:
        5%, 50% and 95% points of replicated ones; ``tail``: share of replicates with more, half of those with as many.
        The same of the arrivals' mean month, as ``"YYYY-MM"``, among replicates with any: ``observed_month``,
        ``low_month``, ``median_month``, ``high_month``, ``month_tail`` (share of later ones); missing without arrivals.

    Raises
    ------
    InvalidInput
        If the weights are not one a draw, at least 0 and not all 0.

    Notes
    -----
    Tails near 0 or 1 speak against the model. As the ledger has already shaped the belief that is replicated, tails
    of a true model crowd about one half [1]_: one of 0.02 says more than a p-value of 0.02 would.

    References
    ----------
    .. [1] A. Gelman, X.-L. Meng, H. Stern, "Posterior predictive assessment of model fitness via realized
       discrepancies", Statistica Sinica 6 (1996) 733-807.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> likelihood = Likelihood(load("quantumscape"), "2025-10-16")
    >>> theta = np.repeat(likelihood.centre[None], 200, axis=0)
    >>> table = predictive_check(likelihood, theta, np.ones(200), np.random.default_rng(1))
    >>> table.columns.tolist()[:5]
    ['observed', 'low', 'median', 'high', 'tail']
    """
    import pandas as pd

    draws, chances = np.asarray(theta, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if chances.shape != draws.shape[:1] or not (chances >= 0.0).all() or not 0.0 < chances.sum() < np.inf:
        raise InvalidInput("weights: allowed is one number of at least 0 for each draw of theta, not all 0")
    chosen = rng.choice(len(draws), size=len(draws), p=chances / chances.sum())
    months = likelihood.posterior(draws[chosen])[1] if pmf is None else np.asarray(pmf, dtype=np.float64)[chosen]
    again = replicate(likelihood, draws[chosen], months, rng)
    rows = {}
    for column, stream in enumerate(again.streams):
        found = [arrival.ordinal for arrival in likelihood.known.arrivals(stream)]
        later = likelihood.dossier.grid.origin + again.mean_month[:, column]
        counts = _compared(len(found), again.counts[:, column].astype(np.float64))
        timing = _compared(float(np.mean(found)) if found else np.nan, later[~np.isnan(later)])
        tail = timing.pop("tail")
        dates = {f"{name}_month": None if np.isnan(one) else month_label(round(one)) for name, one in timing.items()}
        rows[stream.label] = {**counts, **dates, "month_tail": tail}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("stream")


def _compared(observed: float, values: Array) -> dict[str, float]:
    """Observed value, quantiles of the replicated ones, and the share of these above it; NaN where there is none."""
    if not values.size:
        return dict.fromkeys(("observed", "low", "median", "high", "tail"), np.nan) | {"observed": observed}
    low, median, high = np.quantile(values, _LEVELS, method="inverted_cdf").tolist()
    above = np.asarray(values > observed).mean() + 0.5 * np.asarray(values == observed).mean()
    tail = np.nan if np.isnan(observed) else float(above)
    return {"observed": observed, "low": low, "median": median, "high": high, "tail": tail}

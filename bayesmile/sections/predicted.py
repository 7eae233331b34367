"""Whether the fitted model would have produced as much news as there was, and when there was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.mixture import Mixture
from bayesmile.predictive import predictive_check

__all__ = ["RARE", "Predicted", "Surprise", "predicted"]

RARE = 0.025  # a tail that is worth naming
_REPLICATES = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprise:
    """A stream whose announcements the model would rarely have produced.

    Attributes
    ----------
    stream : str
    observed : float
        Arrivals in the ledger.
    low, high : float
        5% and 95% points of replicated arrivals.
    tail, month_tail : float
        Share of replicates with more arrivals, and with a later mean month; NaN for the month without arrivals.
    """

    stream: str
    observed: float
    low: float
    high: float
    tail: float
    month_tail: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """Posterior predictive check of all streams.

    Attributes
    ----------
    streams, replicates : int
    surprises : tuple of Surprise
        Streams with a tail of 2.5% or less on either side, the most surprising first.
    """

    streams: int
    replicates: int
    surprises: tuple[Surprise, ...]


def predicted(likelihood: Likelihood, mixture: Mixture, seed: int) -> Predicted | None:
    """Replicate the announcements of every stream; None where there is no stream."""
    rng = np.random.default_rng([seed, 2])
    chosen = rng.choice(len(mixture.theta), size=_REPLICATES, p=mixture.weights)
    rows = predictive_check(
        likelihood, mixture.theta[chosen], np.ones(_REPLICATES), rng, pmf=mixture.pmf_draws[chosen]
    )
    if rows.empty:
        return None
    found = [
        Surprise(
            stream=str(stream),
            observed=float(observed),
            low=float(low),
            high=float(high),
            tail=float(tail),
            month_tail=float(month),
        )
        for stream, observed, low, high, tail, month in zip(
            rows.index, *(rows[name] for name in ("observed", "low", "high", "tail", "month_tail")), strict=True
        )
    ]
    strange = sorted((one for one in found if _rarity(one) <= RARE), key=_rarity)
    return Predicted(streams=len(found), replicates=_REPLICATES, surprises=tuple(strange))


def _rarity(one: Surprise) -> float:
    tails = [one.tail, 1.0 - one.tail, one.month_tail, 1.0 - one.month_tail]
    return min(tail for tail in tails if tail == tail)

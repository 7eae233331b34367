"""Pareto-smoothed importance weights: draws made under one distribution, read under another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from bayesmile.errors import ImpossibleEvidence

__all__ = ["Weights", "mixture_log_weights", "weigh"]

Array = NDArray[np.float64]

_FEWEST = 25  # draws from which on the tail's five largest weights, a fifth of the draws, can be fitted
_ROUNDS, _SETTLED = 200, 1e-10  # of the iteration for the proposals' constants


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Weights of draws, with what they are worth.

    Attributes
    ----------
    weights : array (draw,)
        Smoothed, at least 0; they sum to one.
    khat : float
        Tail index of the raw weights: below 0.7 the answers can be trusted, above it too few draws carry them. NaN of
        fewer than 25 draws, whose weights are not smoothed.
    ess : float
        Effective number of draws, 1 / sum of squared weights.
    """

    weights: Array
    khat: float
    ess: float


def weigh(log_weights: Array) -> Weights:
    """Smooth the largest of some importance weights and normalise them.

    Parameters
    ----------
    log_weights : array (draw,)
        Logarithms of raw weights, up to a constant; -inf is a weight of zero.

    Raises
    ------
    ImpossibleEvidence
        If all weights are zero.

    References
    ----------
    .. [1] A. Vehtari, D. Simpson, A. Gelman, Y. Yao, J. Gabry, "Pareto smoothed importance sampling", Journal of
       Machine Learning Research 25 (2024).

    Examples
    --------
    >>> even = weigh(np.zeros(1000))
    >>> round(even.ess), even.khat < 0.7
    (1000, True)
    """
    from arviz_stats.base import array_stats

    if not np.isfinite(log_weights).any():
        raise ImpossibleEvidence("the evidence has probability zero under every draw of the parameters")
    spread = float(np.ptp(log_weights)) if np.isfinite(log_weights).all() else np.inf
    if spread < 1e-12:
        return Weights(np.full(len(log_weights), 1.0 / len(log_weights)), 0.0, float(len(log_weights)))
    if len(log_weights) < _FEWEST:
        raw = np.exp(log_weights - logsumexp(log_weights))
        return Weights(raw, np.nan, float(1.0 / np.sum(raw**2)))
    least = log_weights[np.isfinite(log_weights)].min() - 700.0
    smoothed, khat = array_stats.psislw(-np.maximum(log_weights, least))
    weights = np.exp(np.asarray(smoothed) - logsumexp(smoothed))
    return Weights(weights, float(khat), float(1.0 / np.sum(weights**2)))


def mixture_log_weights(target: Array, proposals: Array, counts: Sequence[int]) -> Array:
    """Log weights, for a target, of draws from several posteriors of one model pooled together.

    All densities are the prior times a likelihood. The draws are read as coming from the mixture of all proposals in
    the shares in which they were drawn (balance heuristic); the proposals' unknown constants are found by the
    multistate Bennett acceptance ratio [1]_, whose first proposal, the prior, has constant one.

    Parameters
    ----------
    target : array (draw,)
        Log likelihood of each draw under the target's evidence.
    proposals : array (proposal, draw)
        The same under each proposal's evidence: zeros for the prior.
    counts : sequence of int
        Draws made from each proposal, which add up to the draws.

    Returns
    -------
    array (draw,)

    References
    ----------
    .. [1] M. R. Shirts, J. D. Chodera, "Statistically optimal analysis of samples from multiple equilibrium states",
       Journal of Chemical Physics 129 (2008) 124105; E. Veach, L. Guibas, SIGGRAPH 1995, for the mixture.

    Examples
    --------
    >>> mixture_log_weights(np.array([0.0, 1.0]), np.zeros((1, 2)), [2]).tolist()
    [0.0, 1.0]
    """
    shares = np.log(np.asarray(counts, dtype=np.float64) / sum(counts))
    constants = np.zeros(len(counts))
    for _ in range(_ROUNDS):
        mixed = logsumexp(shares[:, None] + proposals - constants[:, None], axis=0)
        fresh = logsumexp(proposals - mixed, axis=1) - np.log(proposals.shape[1])
        fresh -= fresh[0]
        settled = np.max(np.abs(fresh - constants)) < _SETTLED
        constants = fresh
        if settled:
            break
    return np.asarray(target - logsumexp(shares[:, None] + proposals - constants[:, None], axis=0))

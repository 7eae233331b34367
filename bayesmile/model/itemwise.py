"""Log-likelihood of each piece of evidence given all the others, under every draw of the parameters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bayesmile.likelihoods.likelihood import Likelihood, Piece

__all__ = ["item_log_likelihood"]

Array = NDArray[np.float64]


def item_log_likelihood(
    likelihood: Likelihood, theta: Array, log_marginal: Array, pmf: Array
) -> tuple[list[str], Array]:
    """Log P(item | all other evidence, theta): items are not independent once the months are summed out [1]_.

    For a row that leaves every month possible that the others leave possible, the evidence without it has probability
    Z E[exp(-row)] under the posterior, at no further pass; a row that rules months out needs one pass without it.

    Parameters
    ----------
    likelihood : Likelihood
    theta : array (draw, parameter)
    log_marginal : array (draw,)
    pmf : array (draw, milestone, months + 1)
        Both as `Likelihood.posterior` gives them.

    Returns
    -------
    labels : list of str
        One a piece of evidence, told apart by a number where two read alike.
    values : array (draw, item)

    References
    ----------
    .. [1] P.-C. Buerkner, J. Gabry, A. Vehtari, "Leave-one-out cross-validation for non-factorized normal models",
       Computational Statistics 36 (2021).

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> likelihood = Likelihood(load("phase2_drug"), "2025-12-31")
    >>> theta = likelihood.centre[None]
    >>> labels, values = item_log_likelihood(likelihood, theta, *likelihood.posterior(theta))
    >>> len(labels) == values.shape[1]
    True
    """
    pieces = likelihood.pieces(theta)
    labels: list[str] = []
    values = np.empty((theta.shape[0], len(pieces)))
    for column, piece in enumerate(pieces):
        labels.append(piece.label if piece.label not in labels else f"{piece.label} [{column}]")
        if piece.items and _rules_out(piece, [one for one in pieces if one.k == piece.k and one is not piece]):
            values[:, column] = log_marginal - likelihood.without(piece.items).log_marginal(theta)
        else:
            with np.errstate(divide="ignore", under="ignore", invalid="ignore"):
                weight = np.log(pmf[:, piece.k])
                terms = np.where(np.isneginf(weight), -np.inf, weight - piece.rows)
            values[:, column] = piece.constant - np.logaddexp.reduce(terms, axis=-1)
    return labels, values


def _rules_out(piece: Piece, others: list[Piece]) -> bool:
    """Whether a row rules out a month that no other row about the milestone does."""
    gone = np.isneginf(piece.rows[0])
    return bool((gone & ~np.any([np.isneginf(one.rows[0]) for one in others], axis=0)).any())

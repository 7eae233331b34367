"""Belief under uncertain parameters: the mixture of exact posteriors, with an interval for every probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.checks import probability, whole
from bayesmile.core.quantiles import quantile_months
from bayesmile.dossier import Dossier
from bayesmile.errors import ImpossibleEvidence, InvalidInput
from bayesmile.grid import MonthGrid, When
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.importance import Weights, weigh
from bayesmile.roadmap import Roadmap

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = [
    "Estimate",
    "Mixture",
    "from_prior",
    "from_prior_if",
    "prior_draws",
    "reweighted",
    "weighted",
    "weighted_quantiles",
]

Array = NDArray[np.float64]

MASS = 0.9
_MOST_BYTES = 2**30  # of the months of all draws
_KHAT, _LEAST = 0.7, 100.0  # of the weights: beyond these too few draws carry the answer


class Estimate(float):
    """A probability with its interval: a float, so that it can be used wherever a probability is.

    Attributes
    ----------
    low, high : float
        90% interval for parameter uncertainty: where the probability lies as the parameters vary.
    error : float
        Monte Carlo standard error of the mean, from the finite number of draws.

    Examples
    --------
    >>> Estimate(0.42, 0.3, 0.55, 0.001)
    0.420 (0.300 to 0.550)
    """

    __slots__ = ("error", "high", "low")

    low: float
    high: float
    error: float

    def __new__(cls, mean: float, low: float, high: float, error: float) -> Estimate:
        """Make one from its numbers."""
        made = super().__new__(cls, mean)
        made.low, made.high, made.error = low, high, error
        return made

    def __repr__(self) -> str:
        """Mean and interval."""
        return f"{float(self):.3f} ({self.low:.3f} to {self.high:.3f})"

    __str__ = __repr__


def weighted_quantiles(values: Array, weights: Array, levels: NDArray[np.float64] | list[float]) -> Array:
    """Quantiles of weighted draws along the first axis; shape (level, ...).

    Examples
    --------
    >>> weighted_quantiles(np.array([3.0, 1.0, 2.0]), np.array([0.25, 0.25, 0.5]), [0.5]).tolist()
    [2.0]
    """
    order = np.argsort(values, axis=0, kind="stable")
    ranked = np.take_along_axis(values, order, axis=0)
    reached = np.cumsum(weights[order], axis=0)
    out = []
    for level in levels:
        at = np.minimum((reached < level * reached[-1] - 1e-12).sum(axis=0), len(values) - 1)
        out.append(np.take_along_axis(ranked, at[None], axis=0)[0])
    return np.array(out)


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Belief of every milestone's month with the parameters' uncertainty in it.

    Made by `from_prior`, or by `bayesmile.model.fitting.mixture_of` from a fit.

    Attributes
    ----------
    roadmap : Roadmap
    grid : MonthGrid
    as_of : str
        Date of the evidence.
    fields : tuple of str
        Parameters, as `Dossier.set` takes them: the columns of `theta`.
    theta : array (draw, parameter)
    weights : array (draw,)
        They sum to one.
    log_marginal : array (draw,)
        log P(evidence | theta).
    pmf_draws : array (draw, milestone, months + 1)
        Exact posterior under each draw; *beyond* is last.
    khat : float
        Tail index of the importance weights; NaN for draws of a sampler.
    ess : float
        Effective number of draws.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> mixture = from_prior(load("phase2_drug"), "2025-12-31", draws=400, seed=1)
    >>> chance = mixture.prob("approval", by="2035")
    >>> bool(chance.low < chance < chance.high)
    True
    """

    roadmap: Roadmap
    grid: MonthGrid
    as_of: str
    fields: tuple[str, ...]
    theta: Array
    weights: Array
    log_marginal: Array
    pmf_draws: Array
    khat: float
    ess: float

    @property
    def trusted(self) -> bool:
        """Whether enough draws carry the answer: k-hat up to 0.7, where there is one, and 100 effective draws."""
        return not self.khat > _KHAT and self.ess >= _LEAST

    def pmf(self, name: str) -> Array:
        """Probability of each month under the mixture, shape (months + 1,); *beyond* is last."""
        return np.asarray(self.weights @ self.pmf_draws[:, self.roadmap.number(name)])

    def draws(self, name: str, *, by: When) -> Array:
        """Probability that a milestone has happened by the end of a period, under each draw, shape (draw,)."""
        index = self.grid.deadline(by)
        if index >= self.grid.months:
            raise InvalidInput(f"by: received {by!r}; allowed are dates up to the horizon, {self.grid.last}")
        upto = self.pmf_draws[:, self.roadmap.number(name), : max(index, -1) + 1]
        return np.minimum(1.0, upto.sum(axis=1))

    def prob(self, name: str, *, by: When) -> Estimate:
        """Probability that a milestone has happened by the end of a period, with its 90% interval.

        Parameters
        ----------
        name : str
        by : str or date
            ``"2026"``, ``"2026-Q3"``, ``"2026-12"`` or a date.

        Returns
        -------
        Estimate
            The mixture's probability, which is a float, with ``low``, ``high`` and Monte Carlo ``error``.

        Raises
        ------
        InvalidInput
            If the milestone is unknown, or `by` is not a period or lies after the horizon.
        """
        return self.estimate(self.draws(name, by=by))

    def estimate(self, values: Array) -> Estimate:
        """Weighted mean of one number a draw, with its 90% interval and Monte Carlo error."""
        mean = float(self.weights @ values)
        tail = (1.0 - MASS) / 2.0
        low, high = weighted_quantiles(values, self.weights, [tail, 1.0 - tail])
        variance = float(self.weights @ (values - mean) ** 2)
        error = np.sqrt(variance / self.ess)
        return Estimate(mean, float(low), float(high), float(error))

    def quantile(self, name: str, q: float) -> str:
        """First month by whose end the milestone has happened with probability `q` under the mixture."""
        return self.grid.label(int(quantile_months(self.pmf(name), [probability("quantile q", q)])[0]))

    def to_dataset(self) -> xr.Dataset:
        """Label the answers: ``pmf``, ``cdf`` with ``cdf_low`` and ``cdf_high`` (milestone, month), ``beyond``."""
        import xarray as xr

        cdf = np.cumsum(self.pmf_draws[..., :-1], axis=-1)
        tail = (1.0 - MASS) / 2.0
        low, high = weighted_quantiles(cdf, self.weights, [tail, 1.0 - tail])
        pmf = np.einsum("d,dkt->kt", self.weights, self.pmf_draws)
        dims, unit = ("milestone", "month"), {"units": "1"}
        return xr.Dataset(
            {
                "pmf": (dims, pmf[:, :-1], unit),
                "cdf": (dims, np.cumsum(pmf[:, :-1], axis=1), unit),
                "cdf_low": (dims, low, {"long_name": "5% point over the uncertain numbers", **unit}),
                "cdf_high": (dims, high, {"long_name": "95% point over the uncertain numbers", **unit}),
                "beyond": (("milestone",), pmf[:, -1], unit),
            },
            coords={
                "milestone": list(self.roadmap.names),
                "month": self.grid.starts(),
                "label": ("month", [self.grid.label(index) for index in range(self.grid.months)]),
            },
            attrs={"as_of": self.as_of, "horizon": self.grid.last, "khat": self.khat, "ess": self.ess},
        )

    def parameters(self) -> pd.DataFrame:
        """One row per parameter: mean and the 5, 50 and 95% points of the weighted draws."""
        import pandas as pd

        low, middle, high = weighted_quantiles(self.theta, self.weights, [0.05, 0.5, 0.95])
        columns = {"mean": self.weights @ self.theta, "5%": low, "50%": middle, "95%": high}
        return pd.DataFrame(columns, index=pd.Index(self.fields, name="field"))

    def __repr__(self) -> str:
        """Size and worth of the draws."""
        size = f"{len(self.roadmap)} milestones as of {self.as_of}, {len(self.theta)} draws"
        return f"Mixture({size}, ESS {self.ess:.0f})"


def prior_draws(likelihood: Likelihood, draws: int, rng: np.random.Generator) -> Array:
    """Independent draws of all parameters from their priors, shape (draw, parameter)."""
    whole("draws", draws, least=1)
    priors = [one.prior for one in likelihood.parameters if one.prior is not None]
    if not priors:
        return np.empty((draws, 0))
    return np.stack([prior.sample(draws, rng) for prior in priors], axis=1)


def from_prior(
    dossier: Dossier, as_of: When, *, draws: int = 2000, seed: int = 0, likelihood: Likelihood | None = None
) -> Mixture:
    """Belief under uncertain parameters by reweighting draws from the prior with the exact probability of the evidence.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date
    draws : int
        As many as have their months of every milestone within 1 GiB.
    seed : int
    likelihood : Likelihood, optional
        That of the dossier as of the date, where it is at hand.

    Returns
    -------
    Mixture
        Look at ``khat`` and ``ess``: above 0.7, or with few effective draws, the evidence says too much about the
        parameters for draws from the prior, and a fit is needed.

    Raises
    ------
    InvalidInput, ImpossibleEvidence
        As in `Dossier.belief`, or if the draws or the seed are no such number.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from_prior(load("phase2_drug"), "2025-12-31", draws=400, seed=1).khat < 0.7
    True
    """
    return from_prior_if(likelihood or Likelihood(dossier, as_of), [], draws=draws, seed=seed)[0]


def from_prior_if(
    likelihood: Likelihood, rows: Sequence[Array], *, draws: int = 2000, seed: int = 0
) -> tuple[Mixture, list[Array]]:
    """Return what `from_prior` does, and what each draw would believe if more were known, in the same pass.

    Parameters
    ----------
    likelihood : Likelihood
    rows : sequence of array (milestone, months + 1)
        Log-likelihoods added to those of the evidence, one array for each what-if.
    draws, seed : int

    Returns
    -------
    mixture : Mixture
    posteriors : list of array (draw, milestone, months + 1)
        One for each what-if, for the draws of the mixture.

    Raises
    ------
    InvalidInput, ImpossibleEvidence
        As in `from_prior`.
    """
    dossier = likelihood.dossier
    months = len(dossier.roadmap) * (dossier.grid.months + 1)
    whole("draws", draws, least=1, most=_MOST_BYTES // (8 * months))
    theta = prior_draws(likelihood, draws, np.random.default_rng(whole("seed", seed, least=0)))
    log_marginal, [pmf, *others] = likelihood.posteriors(theta, [None, *rows])
    found = weigh(log_marginal)
    kept = _kept(log_marginal, found)
    return weighted(likelihood, theta, log_marginal, pmf, found), [other[kept] for other in others]


def _kept(log_marginal: Array, found: Weights) -> NDArray[np.bool_]:
    """Mark the draws that count."""
    return np.isfinite(log_marginal) & (found.weights > 0.0)


def weighted(likelihood: Likelihood, theta: Array, log_marginal: Array, pmf: Array, found: Weights) -> Mixture:
    """Mixture of draws with their weights; draws under which the evidence is impossible are left out."""
    kept = _kept(log_marginal, found)
    weights = found.weights[kept] / found.weights[kept].sum()
    dossier = likelihood.dossier
    return Mixture(
        roadmap=dossier.roadmap,
        grid=dossier.grid,
        as_of=str(likelihood.as_of),
        fields=tuple(one.field for one in likelihood.parameters),
        theta=theta[kept],
        weights=weights,
        log_marginal=log_marginal[kept],
        pmf_draws=pmf[kept],
        khat=found.khat,
        ess=found.ess,
    )


def reweighted(mixture: Mixture, likelihood: Likelihood) -> Mixture:
    """Mixture of the same draws under other evidence: each weight times what that makes of the draw's probability.

    With w the weights and Z(theta) the exact probability of the evidence, w' is proportional to
    w(theta) * Z'(theta) / Z(theta). Where the other evidence is the same and some news besides, the chance-weighted
    average over all that the news might have been is the mixture itself, draw by draw: a martingale.

    Parameters
    ----------
    mixture : Mixture
    likelihood : Likelihood
        Of the other evidence: same parameters.

    Returns
    -------
    Mixture
        Draws under which the other evidence is impossible are left out. ``khat`` is that of all weights together, and
        ``ess`` the effective number that is left: look at both.

    Raises
    ------
    ImpossibleEvidence
        If it is impossible under every draw.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> likelihood = Likelihood(load("phase2_drug"), "2025-12-31")
    >>> mixture = from_prior(load("phase2_drug"), "2025-12-31", draws=400, seed=1, likelihood=likelihood)
    >>> bool(abs(reweighted(mixture, likelihood).weights - mixture.weights).max() < 1e-12)
    True
    """
    log_marginal, pmf = likelihood.posterior(mixture.theta)
    kept = np.isfinite(log_marginal)
    if not kept.any():
        raise ImpossibleEvidence("what is supposed has probability zero under every draw of the parameters")
    log_weights = np.log(mixture.weights[kept]) + log_marginal[kept] - mixture.log_marginal[kept]
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    return replace(
        mixture,
        theta=mixture.theta[kept],
        weights=weights,
        log_marginal=log_marginal[kept],
        pmf_draws=pmf[kept],
        khat=float(np.fmax(mixture.khat, weigh(log_weights).khat)),
        ess=float(1.0 / np.sum(weights**2)),
    )

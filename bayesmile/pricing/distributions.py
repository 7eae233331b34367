"""What a price implies when neither the payoffs nor our own numbers are known exactly: distributions on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.belief import Belief
from bayesmile.core.batched_tilts import BatchedTilts, solve_tilts
from bayesmile.dossier import Dossier, market_of
from bayesmile.errors import InvalidInput
from bayesmile.grid import When
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.market import by_row, checked_price, present_values
from bayesmile.model.mixture import Mixture, from_prior, weighted_quantiles
from bayesmile.pricing.draws import DrawnValues, PayoffDraws, draw_payoffs
from bayesmile.pricing.inversion import implied_of, joint_states, two_states, worths

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ImpliedDistribution", "Interval", "drawn_reading", "implied_distribution", "side_rows"]

Array = NDArray[np.float64]

_REPEAT = 8  # draws of the payoffs beside each draw of the parameters: they cost little and steady the tails
_LEVELS = (0.05, 0.5, 0.95)
_DECIDED = 0.05
_TIE = 1e-12  # whether the priced milestone is reached moves another's probability by no more than rounding
_SMALL = 1e-6  # chance of failure below which what is left after success has lost its digits: it is asked for anew


@dataclass(frozen=True, slots=True)
class Interval:
    """The 5, 50 and 95% points of an implied probability, unclipped: above 1 no probability is enough.

    Attributes
    ----------
    low, median, high : float
    """

    low: float
    median: float
    high: float


@dataclass(frozen=True, eq=False)
class ImpliedDistribution:
    """Implied and our own probability of a milestone under each joint draw of parameters and payoffs.

    Attributes
    ----------
    belief : Belief
        Ours at the central numbers.
    mixture : Mixture
        Ours with the parameters' uncertainty.
    milestone : str
        The milestone that the price is read as being about, by the horizon.
    price : float
        Market value at the count of shares used, before it is multiplied by a drawn ``share_factor``.
    payoffs : PayoffDraws
        `repeat` draws beside each of the mixture's, in its order.
    ours : array (draw,)
        P(milestone by the horizon) under each draw of the parameters.
    failure, success : array (draw, repeat)
        F = E[PV | not reached] and S = E[PV | reached].
    implied : array (draw, repeat)
        p* = (price - F) / (S - F), never clipped; +-inf where reaching it is worth no more than not reaching it and no
        probability meets the price.
    reached : array (draw, milestone, months + 1) or None
        Posterior of every milestone given that this one is reached; None if only this one was asked for.
    scarce : array of int
        Draws that leave so little chance of not reaching it that the rest cannot be taken by difference.
    missed : array (scarce draw, milestone, months + 1)
        Posterior of every milestone in these draws, given that this one is not reached.
    """

    belief: Belief
    mixture: Mixture
    milestone: str
    price: float
    payoffs: PayoffDraws
    drawn: DrawnValues
    ours: Array
    failure: Array
    success: Array
    implied: Array
    reached: Array | None
    scarce: NDArray[np.intp]
    missed: Array

    @cached_property
    def weights(self) -> Array:
        """Weights of the joint draws, (draw, repeat); they sum to one."""
        repeat = self.implied.shape[1]
        return np.repeat(self.mixture.weights[:, None] / repeat, repeat, axis=1)

    @property
    def infeasible(self) -> float:
        """Share of draws in which no probability is enough; they count as the market above us."""
        return float(self.weights[self.implied >= 1.0].sum())

    @property
    def below(self) -> float:
        """Share of draws in which the price is no more than failure leaves; they count as the market below us."""
        return float(self.weights[self.implied <= 0.0].sum())

    @property
    def above_ours(self) -> float:
        """P(market > ours) for the milestone by the horizon, after both uncertainties."""
        return float(self.weights[self.implied > self.ours[:, None]].sum())

    @property
    def above_error(self) -> float:
        """Monte Carlo standard error of `above_ours`, from the effective number of draws of the parameters."""
        share = (self.implied > self.ours[:, None]).mean(axis=1)
        variance = float(self.mixture.weights @ (share - self.above_ours) ** 2)
        return float(np.sqrt(variance / self.mixture.ess))

    @property
    def within_noise(self) -> bool:
        """Whether the 90% interval of implied less ours holds zero: the gap may be noise of payoffs and parameters."""
        return _DECIDED <= self.above_ours <= 1.0 - _DECIDED

    @property
    def interval(self) -> Interval:
        """Of the implied probability, both uncertainties together."""
        return _interval(self.implied, self.weights)

    @cached_property
    def alone(self) -> tuple[Interval, Interval]:
        """Of the implied probability, as the payoffs alone vary, and as the parameters alone do.

        The latter is NaN where several milestones are priced and the others were left out.
        """
        return self._by_payoffs(), self._by_numbers()

    def _by_payoffs(self) -> Interval:
        """Every draw of the payoffs at our central belief."""
        last, sides = self.mixture.grid.months - 1, []
        if not 0.0 < self.belief.pmf(self.milestone)[-1] < 1.0:
            return Interval(np.nan, np.nan, np.nan)  # one of the two values is of what cannot happen
        for reached in (False, True):
            given = self.belief.update(by_row(self.belief, self.milestone, last, reached=reached))
            sides.append(self.drawn.floor + sum(rows @ given.pmf(name) for name, rows in self.drawn.rows.items()))
        failure, success = sides
        implied = implied_of(failure, success, self.price * self.payoffs.share_factor)
        return _interval(implied, np.full(implied.shape, 1.0 / implied.size))

    def _by_numbers(self) -> Interval:
        """Every draw of the parameters at the central payoffs."""
        mixture, draws = self.mixture, len(self.ours)
        central = present_values(self.belief, self.payoffs.payoffs, mixture.as_of)
        number = mixture.roadmap.number(self.milestone)
        if set(central.rows) == {self.milestone}:
            row = central.rows[self.milestone][None, None]
            floor, price = np.array([[central.floor]]), np.array([[self.price]])
            implied = two_states(mixture.pmf_draws[:, number], row, floor, price)[2]
        elif self.reached is None:
            return Interval(np.nan, np.nan, np.nan)
        else:
            rows = {name: np.repeat(row[None], draws, axis=0) for name, row in central.rows.items()}
            floor = np.full((draws, 1), central.floor)
            fixed = DrawnValues(floor[:, 0], rows, central.priced)
            failure, success = joint_states(mixture, self.reached, number, fixed, floor)
            failure[self.scarce] = worths(mixture, self.missed, fixed, floor, self.scarce)
            implied = implied_of(failure, success, np.full((draws, 1), self.price))
        return _interval(implied, mixture.weights[:, None])

    def market(self, name: str, *, by: When) -> tuple[Array, Array]:
        """Probability of a milestone by a date that the price implies through the reach tilt, and ours.

        Returns
        -------
        market : array (draw, repeat)
            NaN where no probability meets the price.
        ours : array (draw,)

        Raises
        ------
        InvalidInput
            If the milestone or the date is not on the roadmap, or other milestones were left out.
        """
        given, other, ours = self._conditionals(name, by)
        q = np.where((self.implied > 0.0) & (self.implied < 1.0), self.implied, np.nan)
        return q * given[:, None] + (1.0 - q) * other[:, None], ours

    def _conditionals(self, name: str, by: When) -> tuple[Array, Array, Array]:
        """P(name by then | reached), P(.. | not reached), and P(..), each (draw,)."""
        ours = self.mixture.draws(name, by=by)
        last = self.mixture.grid.deadline(by)
        if name == self.milestone:
            with np.errstate(invalid="ignore", divide="ignore"):
                given = np.where(self.ours > 0.0, ours / self.ours, 0.0)
            return given, np.zeros_like(ours), ours
        if self.reached is None:
            raise InvalidInput("milestone: the other milestones were left out of this reading; ask for them")
        number = self.mixture.roadmap.number(name)
        given = self.reached[:, number, : last + 1].sum(axis=1)
        given = np.where(self.ours > 0.0, given, ours)
        lost = self.mixture.pmf_draws[:, self.mixture.roadmap.number(self.milestone), -1]
        with np.errstate(invalid="ignore", divide="ignore"):
            other = np.where(lost > 0.0, np.clip((ours - self.ours * given) / lost, 0.0, 1.0), given)
        other[self.scarce] = self.missed[:, number, : last + 1].sum(axis=1)
        return given, other, ours

    def above(self, name: str, *, by: When) -> float:
        """P(market > ours) for a milestone by a date; draws in which no probability is enough count as above."""
        given, other, _ = self._conditionals(name, by)
        moved = np.where(np.abs(given - other) > _TIE, np.sign(given - other), 0.0)
        return float(self.weights[moved[:, None] * np.sign(self.implied - self.ours[:, None]) > 0.0].sum())

    def quantiles(self, name: str, *, by: When) -> Interval:
        """Return the 5, 50 and 95% points of `market` over the draws in which a probability meets the price."""
        return _interval(self.market(name, by=by)[0], self.weights)

    @cached_property
    def tilts(self) -> BatchedTilts | None:
        """Exponential tilt of the milestone's month under each joint draw, in the order of `weights.ravel()`.

        None where several milestones are priced: their months are tilted jointly there.
        """
        if set(self.drawn.rows) != {self.milestone}:
            return None
        pmf = self.mixture.pmf_draws[:, self.mixture.roadmap.number(self.milestone)]
        price = self.price * self.payoffs.share_factor - self.drawn.floor
        return solve_tilts(np.repeat(pmf, self.implied.shape[1], axis=0), self.drawn.rows[self.milestone], price)

    def exponential(self, *, by: When) -> Interval:
        """Return the 5, 50 and 95% points of the milestone's probability by a date under the exponential tilt."""
        if self.tilts is None:
            return Interval(np.nan, np.nan, np.nan)
        chance = self.tilts.pmf[:, : self.mixture.grid.deadline(by) + 1].sum(axis=1)
        return _interval(chance, self.weights.ravel())

    def to_pandas(self) -> pd.DataFrame:
        """One row per joint draw: weight, ours, implied, failure, success."""
        import pandas as pd

        columns = {"weight": self.weights, "ours": np.broadcast_to(self.ours[:, None], self.implied.shape)}
        columns |= {"implied": self.implied, "failure": self.failure, "success": self.success}
        return pd.DataFrame({name: values.ravel() for name, values in columns.items()})


def implied_distribution(
    dossier: Dossier,
    as_of: str,
    *,
    price: float | None = None,
    draws: int = 2000,
    seed: int = 0,
    mixture: Mixture | None = None,
    others: bool = True,
    repeat: int = _REPEAT,
) -> ImpliedDistribution:
    """Read a price under uncertain payoffs and uncertain parameters: one inversion for each joint draw.

    Parameters
    ----------
    dossier : Dossier
        With a market page; every number of it that has a 90% interval is drawn, independently of the others.
    as_of : str
    price : float, optional
        Market value of the equity; that of the dossier's files if left out.
    draws, seed : int
        Draws of the parameters, each with several of the payoffs, and where their randomness starts.
    mixture : Mixture, optional
        Ours, where it is at hand; `draws` are then its own.
    others : bool
        Whether to carry the price to the other milestones as well.
    repeat : int
        Draws of the payoffs beside each draw of the parameters.

    Returns
    -------
    ImpliedDistribution

    Raises
    ------
    InvalidInput
        If the dossier has no market page or no price by then, or nothing is left to be paid.

    Notes
    -----
    The prior of a success value is uncertainty about its *mean*; the dispersion of outcomes around it is not
    uncertainty about the probability and must not be in it. Draws are independent across numbers.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> found = implied_distribution(load("phase2_drug"), "2026-10-31", draws=200, seed=1)
    >>> 0.0 <= found.above_ours <= 1.0, found.implied.shape[1]
    (True, 8)
    """
    market = market_of(dossier)
    value = market.capitalisation(as_of).value if price is None else checked_price(price)
    likelihood = Likelihood(dossier, as_of)
    if mixture is None:
        mixture = from_prior(dossier, as_of, draws=draws, seed=seed, likelihood=likelihood)
    rng = np.random.default_rng([seed, 1])  # apart from the parameters' own draws
    paid = draw_payoffs(market, len(mixture.theta) * repeat, rng)
    return drawn_reading(dossier.belief(as_of), mixture, likelihood if others else None, market.priced, value, paid)


def drawn_reading(
    belief: Belief,
    mixture: Mixture,
    likelihood: Likelihood | None,
    milestone: str,
    price: float,
    payoffs: PayoffDraws,
    *,
    reached: Array | None = None,
) -> ImpliedDistribution:
    """Invert a price for every joint draw; `likelihood` carries it to the other milestones, None leaves them out.

    `reached` is the posterior of every milestone in each draw given that the priced one is reached, where it is at
    hand.
    """
    central = present_values(belief, payoffs.payoffs, mixture.as_of)
    if not central.priced:
        raise InvalidInput(
            "Payoffs: every priced milestone was reached before the as-of date; nothing is left to be paid"
        )
    gone = set(payoffs.payoffs.values) - set(central.rows)
    drawn = payoffs.present_values(mixture.grid, mixture.as_of, gone)
    number, shape = mixture.roadmap.number(milestone), (len(mixture.theta), -1)
    pmf = mixture.pmf_draws[:, number]
    alone = set(drawn.rows) == {milestone}
    scarce = np.empty(0, dtype=np.intp)
    missed = np.empty((0, *mixture.pmf_draws.shape[1:]))
    if likelihood is not None:
        if reached is None:
            reached = likelihood.posterior(mixture.theta, side_rows(belief, milestone, reached=True))[1]
        scarce = np.flatnonzero((pmf[:, -1] > 0.0) & (pmf[:, -1] < _SMALL))
        if scarce.size:
            missed = likelihood.posterior(mixture.theta[scarce], side_rows(belief, milestone, reached=False))[1]
    elif not alone:
        raise InvalidInput("milestone: several milestones are priced; their values need the whole roadmap")
    floor = drawn.floor.reshape(shape)
    paid = (price * payoffs.share_factor).reshape(shape)
    if alone or reached is None:
        row = drawn.rows[milestone].reshape(*shape, mixture.grid.months + 1)
        failure, success, implied = two_states(pmf, row, floor, paid)
    else:
        failure, success = joint_states(mixture, reached, number, drawn, floor)
        failure[scarce] = worths(mixture, missed, drawn, floor, scarce)
        implied = implied_of(failure, success, paid)
    ours = np.minimum(1.0, pmf[:, :-1].sum(axis=1))
    return ImpliedDistribution(
        belief, mixture, milestone, price, payoffs, drawn, ours, failure, success, implied, reached, scarce, missed
    )


def side_rows(belief: Belief, milestone: str, *, reached: bool) -> Array:
    """Log-likelihoods that a milestone is reached by the horizon, or is not, (milestone, months + 1)."""
    rows = np.zeros((len(belief.roadmap), belief.grid.months + 1))
    rows[belief.roadmap.number(milestone)] = by_row(belief, milestone, belief.grid.months - 1, reached=reached).loglik
    return rows


def _interval(values: Array, weights: Array) -> Interval:
    """Weighted quantiles of those entries that are numbers; NaN where there are none."""
    values, weights = (np.broadcast_to(x, np.broadcast_shapes(values.shape, weights.shape)) for x in (values, weights))
    there = ~np.isnan(values)
    if not weights[there].sum() > 0.0:
        return Interval(np.nan, np.nan, np.nan)
    found = weighted_quantiles(values[there], weights[there] / weights[there].sum(), list(_LEVELS))
    return Interval(*(float(x) for x in found))

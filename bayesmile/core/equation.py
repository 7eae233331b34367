"""The price equation with every number in it free: arrays instead of a belief, so that grids take no loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["PriceEquation", "Side", "spent"]

Array = NDArray[np.float64]


def spent(years: ArrayLike, rate: ArrayLike) -> Array:
    """Present value of one unit of money a year, spent evenly over some years: (1 - exp(-rate years)) / rate.

    Examples
    --------
    >>> spent(2.0, [0.0, 0.1]).round(4).tolist()
    [2.0, 1.8127]
    """
    span = np.asarray(years, dtype=np.float64)
    power = np.asarray(rate, dtype=np.float64) * span
    return np.asarray(span * np.divide(-np.expm1(-power), power, out=np.ones_like(power), where=power != 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """What all but the milestone's own success is worth, given that it is reached or that it is not.

    Attributes
    ----------
    kept : float
        What does not depend on the rate: floor, cash, *beyond*, rows of present values.
    weights : array, shape (months,)
        Values of the other milestones times their probabilities by month, discounted from there.
    burnt : array, shape (months,)
        Probability of each month in which another milestone's success ends the burn.
    """

    kept: float
    weights: Array
    burnt: Array


@dataclass(frozen=True, slots=True, eq=False)
class PriceEquation:
    """price = (1 - p) F + p S, where one milestone is reached (S) or not (F), and all else is as believed.

    With the rate k = required return + dilution, tau_t the years to month t and A(tau) = (1 - exp(-k tau)) / k,

        S = rest given reached + E[V exp(-k tau) - burn A(tau) | reached],   F = rest given not reached;

    the burn enters the first where this milestone's success ends it, else the rests. Methods take arrays that
    broadcast against each other; what is left out is ours.

    Attributes
    ----------
    probability, value : float
        P(reached by the horizon), ours, and the success value V; 0 where the milestone has none of its own.
    required_return, dilution, burn : float
        As in the payoffs.
    years : array, shape (months,)
        tau_t, at least 0.
    own : array, shape (months,)
        P(month t | reached), zero where the milestone has no value of its own. NaN where that side is impossible.
    ends_burn : bool
        Whether reaching this milestone ends the burn.
    reached, missed : Side
        The rests.

    Examples
    --------
    >>> rest = Side(10.0, np.zeros(2), np.zeros(2))
    >>> half = np.array([0.5, 0.5])
    >>> law = dict(probability=0.5, value=100.0, required_return=0.0, dilution=0.0, burn=0.0, years=half, own=half)
    >>> equation = PriceEquation(**law, ends_burn=False, reached=rest, missed=rest)
    >>> equation.implied(60.0, value=[50.0, 100.0, 200.0]).tolist()
    [1.0, 0.5, 0.25]
    """

    probability: float
    value: float
    required_return: float
    dilution: float
    burn: float
    years: Array
    own: Array
    ends_burn: bool
    reached: Side
    missed: Side

    @property
    def rate(self) -> float:
        """k, by which payoffs are discounted."""
        return self.required_return + self.dilution

    def unit(self, rate: ArrayLike | None = None, years: ArrayLike | None = None) -> Array:
        """Value today of one unit of success value if reached; `years` gives the date, else as believed."""
        k = self._rate(rate)
        return self._sum(self.own, k) if years is None else np.exp(-k * np.asarray(years))

    def rest(self, rate: ArrayLike | None = None, burn: ArrayLike | None = None) -> Array:
        """S without anything of the milestone's own."""
        return self._side(self.reached, rate, burn)

    def failure(self, rate: ArrayLike | None = None, burn: ArrayLike | None = None) -> Array:
        """F."""
        return self._side(self.missed, rate, burn)

    def success(
        self,
        value: ArrayLike | None = None,
        rate: ArrayLike | None = None,
        years: ArrayLike | None = None,
        burn: ArrayLike | None = None,
    ) -> Array:
        """S."""
        own = np.asarray(self.value if value is None else value, dtype=np.float64) * self.unit(rate, years)
        return np.asarray(self.rest(rate, burn) + own - self._burn(burn) * self.own_spent(rate, years))

    def own_spent(self, rate: ArrayLike | None = None, years: ArrayLike | None = None) -> Array:
        """Present value of a burn of 1 until this milestone's success; 0 where that does not end it."""
        if not self.ends_burn:
            return np.zeros(())
        k = self._rate(rate)
        return self._until(self.own, k) if years is None else spent(np.asarray(years), k)

    def worth(
        self,
        probability: ArrayLike | None = None,
        *,
        value: ArrayLike | None = None,
        rate: ArrayLike | None = None,
        years: ArrayLike | None = None,
        burn: ArrayLike | None = None,
    ) -> Array:
        """(1 - p) F + p S. A side without probability needs no value."""
        p = np.asarray(self.probability if probability is None else probability, dtype=np.float64)
        failure, success = self.failure(rate, burn), self.success(value, rate, years, burn)
        return np.where(p == 0.0, failure, np.where(p == 1.0, success, (1.0 - p) * failure + p * success))

    def spending(self, probability: ArrayLike | None = None, *, years: ArrayLike | None = None) -> Array:
        """Return the expected present value of a burn of 1: what `worth` loses for each unit of burn."""
        p = np.asarray(self.probability if probability is None else probability, dtype=np.float64)
        missed, reached = (self._until(side.burnt, self._rate(None)) for side in (self.missed, self.reached))
        spent_first = reached + self.own_spent(None, years)
        return np.where(p == 0.0, missed, np.where(p == 1.0, spent_first, (1.0 - p) * missed + p * spent_first))

    def implied(
        self,
        price: ArrayLike,
        *,
        value: ArrayLike | None = None,
        rate: ArrayLike | None = None,
        years: ArrayLike | None = None,
    ) -> Array:
        """(price - F) / (S - F), never clipped; NaN where S = F, so that no price speaks of the milestone."""
        failure = self.failure(rate)
        gain = self.success(value, rate, years) - failure
        over = np.asarray(price, dtype=np.float64) - failure
        shape = np.broadcast(over, gain).shape
        return np.asarray(np.divide(over, gain, out=np.full(shape, np.nan), where=gain != 0.0))

    def _side(self, side: Side, rate: ArrayLike | None, burn: ArrayLike | None) -> Array:
        k = self._rate(rate)
        discounted = self._sum(side.weights, k)
        return np.asarray(side.kept + discounted - self._burn(burn) * self._until(side.burnt, k))

    def _burn(self, burn: ArrayLike | None) -> Array:
        return np.asarray(self.burn if burn is None else burn, dtype=np.float64)

    def _rate(self, rate: ArrayLike | None) -> Array:
        return np.asarray(self.rate if rate is None else rate, dtype=np.float64)

    def _sum(self, weights: Array, rate: Array) -> Array:
        held = np.flatnonzero(weights)  # NaN is not zero
        return np.asarray(np.exp(-rate[..., None] * self.years[held]) @ weights[held])

    def _until(self, weights: Array, rate: Array) -> Array:
        held = np.flatnonzero(weights)
        return np.asarray(spent(self.years[held], rate[..., None]) @ weights[held])

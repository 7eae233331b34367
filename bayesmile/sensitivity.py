"""Which assumption matters: our probability and the implied one as each is swept, and where they would meet."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from bayesmile.assumptions import Assumption, assumptions_of
from bayesmile.belief import Belief
from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.grid import When
from bayesmile.market import checked_price, fair_price, two_state
from bayesmile.payoffs import Payoffs
from bayesmile.steps import Target, targets_of
from bayesmile.variants import Variants

__all__ = ["Reading", "Sensitivity", "Study", "sensitivities", "top_assumptions"]

_INTERVAL = 3.2897072539029444  # standard deviations of a normal in its 90% interval
_TOLERANCE = 1e-10  # on the scale of the assumption: its logarithm, log-odds or itself


@dataclass(frozen=True, slots=True)
class Reading:
    """What follows from one set of assumptions.

    Attributes
    ----------
    ours : float
        Our probability of the target.
    reached : float
        Our probability that the priced milestone is reached by the horizon; NaN without a price.
    implied : float
        The probability of that which the price implies, two-state, never clipped; NaN without a price.
    excess : float
        Model value over price, less 1; zero exactly where `reached` and `implied` meet.
    """

    ours: float
    reached: float = math.nan
    implied: float = math.nan
    excess: float = math.nan

    @property
    def gap(self) -> float:
        """Implied less ours, in percentage points."""
        return 100.0 * (self.implied - self.reached)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """One assumption swept, all others as they are.

    Attributes
    ----------
    assumption : Assumption
        Its field, words, value, interval and the convention behind it.
    low, now, high : Reading
        At the low end, as it is, and at the high end.
    break_even : float or None
        Value nearest to the present one at which our probability of the priced milestone is the implied one, and the
        price is the model value; None where no value from `assumption.lowest` to `assumption.highest` makes it so.
    """

    assumption: Assumption
    low: Reading
    now: Reading
    high: Reading
    break_even: float | None = None

    @property
    def swing(self) -> float:
        """Change of our probability of the target from low to high, in percentage points, unsigned."""
        return 100.0 * abs(self.high.ours - self.low.ours)

    @property
    def gap_swing(self) -> float:
        """Change of the gap between implied and ours from low to high, in percentage points, unsigned."""
        return abs(self.high.gap - self.low.gap)

    @property
    def move(self) -> float | None:
        """How far the assumption must go to break even, in its own units, with its sign."""
        return None if self.break_even is None else self.break_even - self.assumption.value

    @property
    def move_sd(self) -> float | None:
        """The same in standard deviations of its prior: on its scale, with the 90% interval taken as 3.29 of them."""
        if self.break_even is None:
            return None
        one = self.assumption
        with np.errstate(divide="ignore", invalid="ignore"):
            low, now, high, end = (one.to_scale(x) for x in (one.low, one.value, one.high, self.break_even))
        return (end - now) * _INTERVAL / (high - low) if math.isfinite(high - low) and high > low else math.nan

    @property
    def weight(self) -> float:
        """What assumptions are ranked by: `gap_swing`, or `swing` without a price."""
        return self.swing if math.isnan(self.gap_swing) else self.gap_swing


def sensitivities(
    dossier: Dossier, as_of: When, target: tuple[str, When], *, price: float | None = None
) -> list[Sensitivity]:
    """Sweep every numeric assumption behind a probability and a price, one at a time.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date
    target : (str, str or date)
        Milestone and deadline.
    price : float, optional
        In the currency of the payoffs; the dossier's capitalisation as of the date if left out.

    Returns
    -------
    list of Sensitivity
        The ones that matter most for the gap first; those that matter most for our probability without a price.

    Raises
    ------
    InvalidInput
        If a date, the target or the price cannot be accepted.
    ImpossibleEvidence
        If the evidence as of the date has zero probability.

    Notes
    -----
    Ranges are described under `bayesmile.assumptions.assumptions_of`. Where nothing is priced, no price is known by the
    date or nothing is left to be paid, only our probability is swept. One assumption at a time understates what
    several can do together.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> first = sensitivities(load("phase2_drug"), "2026-06-30", ("approval", "2032"))[0]
    >>> first.assumption.field, round(first.break_even / 1e9, 1)
    ('payoffs.values.approval', 6.0)
    """
    return Study(Variants(dossier, as_of), as_of, target, price).found()


def top_assumptions(
    dossier: Dossier, as_of: When, target: tuple[str, When], *, price: float | None = None, n: int = 3
) -> list[Sensitivity]:
    """Find the assumptions that matter most: the first `n` of `sensitivities`, at a fraction of its cost.

    Parameters
    ----------
    dossier, as_of, target, price
        As in `sensitivities`.
    n : int
        How many.

    Raises
    ------
    InvalidInput
        As in `sensitivities`.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> found = top_assumptions(load("phase2_drug"), "2026-06-30", ("approval", "2032"))
    >>> len(found), found[0].assumption.field
    (3, 'payoffs.values.approval')
    """
    return Study(Variants(dossier, as_of), as_of, target, price).found(n)


class Study:
    """One target and one price, under any value of any one assumption; every assumption is swept and solved for once.

    Parameters
    ----------
    variants : Variants
    as_of : str or date
        That of the variants.
    target, price
        As in `sensitivities`.
    """

    def __init__(self, variants: Variants, as_of: When, target: tuple[str, When], price: float | None) -> None:
        self.variants, self.as_of = variants, as_of
        dossier = variants.dossier
        self.target: Target = targets_of(dossier.roadmap, dossier.grid, [target])[0]
        self.priced, self.price = _priced(variants, as_of, price)
        self.now = self.reading(variants.belief, variants.payoffs)
        self._solved: dict[str, Sensitivity] = {}

    def found(self, n: int | None = None) -> list[Sensitivity]:
        """Return the first `n` assumptions by weight, or all, with their break-evens."""
        return [self._with_break_even(one) for one in self.ranked[:n]]

    def _with_break_even(self, swept: Sensitivity) -> Sensitivity:
        field = swept.assumption.field
        if field not in self._solved:
            self._solved[field] = replace(swept, break_even=self.break_even(swept))
        return self._solved[field]

    def reading(self, belief: Belief, payoffs: Payoffs | None) -> Reading:
        """Read the target and the price from a belief and payoffs."""
        ours = self.target.probability(belief.solution.pmf)
        if self.price is None or payoffs is None:
            return Reading(ours)
        state = two_state(belief, payoffs, as_of=self.as_of, milestone=self.priced)
        excess = fair_price(belief, payoffs, as_of=self.as_of) / self.price - 1.0
        return Reading(ours, state.probability, state.implied_probability(self.price), excess)

    def at(self, assumption: Assumption, value: float) -> Reading:
        """Read them with one assumption changed."""
        return self.reading(*self.variants.at(assumption.field, value))

    def end(self, assumption: Assumption, value: float) -> Reading:
        """Read them at the end of an interval, which others ask for too."""
        return self.reading(*self.variants.kept(assumption.field, value))

    @cached_property
    def ranked(self) -> list[Sensitivity]:
        """All assumptions without break-evens, the weightiest first, ties in the order of the dossier."""
        roadmap, names = self.variants.dossier.roadmap, {self.target.milestone}
        if self.price is not None and self.variants.payoffs is not None:
            names |= {self.priced, *self.variants.payoffs.values}
        names |= {ancestor for name in names for ancestor in roadmap.ancestors(name)}
        found = assumptions_of(self.variants.dossier, self.variants.known, names)
        if self.price is None:
            found = [one for one in found if not one.field.startswith("payoffs.")]
        swept = [
            Sensitivity(assumption=one, low=self.end(one, one.low), now=self.now, high=self.end(one, one.high))
            for one in found
        ]
        return sorted(swept, key=lambda one: -one.weight)

    def break_even(self, swept: Sensitivity) -> float | None:
        """Solve for the nearest value at which the model value is the price."""
        one, here = swept.assumption, swept.now.excess
        if self.price is None or math.isnan(here):
            return None
        if here == 0.0:
            return one.value
        start, found = one.to_scale(one.value), list[float]()
        for near, far in ((swept.low, one.lowest), (swept.high, one.highest)):
            end, value = (one.low, near.excess) if near is swept.low else (one.high, near.excess)
            if here * value > 0.0:
                end, value = far, self.at(one, far).excess
            if here * value <= 0.0:
                found.append(self._root(one, start, one.to_scale(end)))
        return min((one.from_scale(x) for x in found), key=lambda v: abs(one.to_scale(v) - start), default=None)

    def _root(self, one: Assumption, start: float, end: float) -> float:
        low, high = sorted((start, end))
        excess = lambda x: self.at(one, one.from_scale(x)).excess  # noqa: E731
        return float(brentq(excess, low, high, xtol=_TOLERANCE))


def _priced(variants: Variants, as_of: When, price: float | None) -> tuple[str, float | None]:
    """Priced milestone and the price to read; no price where nothing is left to be paid or none is known."""
    market = variants.dossier.market
    if market is None or variants.payoffs is None:
        if price is not None:
            raise InvalidInput(f"price: received {price!r}, but the dossier has no payoffs; allowed is none")
        return "", None
    try:
        two_state(variants.belief, variants.payoffs, as_of=as_of, milestone=market.priced)
        asked = market.capitalisation(as_of).value if price is None else checked_price(price)
    except InvalidInput:
        if price is not None:
            raise
        return market.priced, None
    return market.priced, asked if asked > 0.0 else None

"""What a price says about a roadmap: fair price, and the two-state reading of a price.

A price pins down one number, the expected present value. Everything else it seems to assume is our roadmap read through
that number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmile.belief import Belief
from bayesmile.checks import finite
from bayesmile.core.tilting import log_odds
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Row
from bayesmile.grid import When
from bayesmile.payoffs import Payoffs, PresentValues

__all__ = ["TwoState", "fair_price", "implied_probability", "two_state"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TwoState:
    """A belief and its payoffs reduced to one question, whether a milestone is reached by the horizon.

    Attributes
    ----------
    milestone : str
        The milestone in question.
    probability : float
        P(reached on the grid), ours.
    log_odds : float
        Its log-odds in nats, from both tails.
    failure : float
        F = E[PV | not reached].
    success : float
        S = E[PV | reached], timing as believed.
    """

    milestone: str
    probability: float
    log_odds: float
    failure: float
    success: float

    def implied_probability(self, price: float) -> float:
        """p* = (price - F) / (S - F), never clipped; NaN where S = F, so that no price speaks of the milestone."""
        gain = self.success - self.failure
        return (price - self.failure) / gain if gain != 0.0 else math.nan

    def side(self, price: float) -> int:
        """Return 1 where the price is above both values, -1 where it is below both, 0 between them or with one of NaN.

        Off 0 no probability gives the price: above, none is enough, and below, none is low enough. Where failure is
        worth more than success, p* alone does not tell which.
        """
        low, high = sorted((self.failure, self.success))
        return int(price > high) - int(price < low) if low <= high else 0

    def implied_log_odds(self, price: float) -> float:
        """Log-odds of p* in nats; where no probability gives the price +inf if none is enough, -inf if none is low."""
        won, lost = price - self.failure, self.success - price  # both negative where failure is worth more
        if not won * lost > 0.0:
            return math.copysign(math.inf, self.side(price) or self.implied_probability(price) - 0.5)
        return math.log(abs(won)) - math.log(abs(lost))


def fair_price(belief: Belief, payoffs: Payoffs, *, as_of: When) -> float:
    """Model value under these assumptions: E[PV] = floor + sum over milestones of sum_t P(T_k = t) c_k[t].

    Parameters
    ----------
    belief : Belief
        Posterior of every milestone.
    payoffs : Payoffs
        What each milestone is worth.
    as_of : str or date
        Moment to which payoffs are discounted.

    Raises
    ------
    InvalidInput
        If a priced milestone is not on the roadmap, or `as_of` lies past the horizon.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> fair_price(belief, bm.Payoffs({"approval": 100.0}, floor=10.0, required_return=0.0), as_of="2026-01")
    60.0
    """
    return expected_value(belief, present_values(belief, payoffs, as_of))


def present_values(belief: Belief, payoffs: Payoffs, as_of: When) -> PresentValues:
    """Present value rows on the belief's grid; what is certain to be reached before `as_of` has been paid.

    A milestone counts as reached before if the belief leaves no other month; of the as-of month itself that is said
    only once a part of it has elapsed.
    """
    month, fraction = belief.grid.moment(as_of)
    last = month if fraction > 0.0 else month - 1
    for name in payoffs.values:
        if name not in belief.roadmap.names:
            allowed = ", ".join(belief.roadmap.names)
            raise InvalidInput(f"Payoffs: received the milestone {name!r}; allowed are those of the roadmap: {allowed}")
    reached = [name for name in payoffs.values if last >= 0 and not belief.pmf(name)[last + 1 :].any()]
    return payoffs.present_values(belief.grid, as_of, reached)


def expected_value(belief: Belief, present: PresentValues) -> float:
    """E[PV] under a belief."""
    return present.floor + math.fsum(float(belief.pmf(name) @ row) for name, row in present.rows.items())


def by_row(belief: Belief, milestone: str, last: int, *, reached: bool) -> Row:
    """Return the exact row that the milestone was reached by month `last`, or that it was not."""
    loglik = np.zeros(belief.grid.months + 1)
    loglik[last + 1 :] = -np.inf
    if not reached:
        loglik = np.where(np.isneginf(loglik), 0.0, -np.inf)
    return Row(milestone, loglik)


def two_state(belief: Belief, payoffs: Payoffs, *, as_of: When, milestone: str | None = None) -> TwoState:
    """Reduce a belief and its payoffs to reached or not reached.

    Parameters
    ----------
    belief, payoffs, as_of
        As in `fair_price`.
    milestone : str, optional
        The milestone in question; needed where several are priced. It may also be one that is not priced itself: then F
        and S say what it is worth through the others.

    Returns
    -------
    TwoState
        With one priced milestone F = floor + beyond exactly. A side of probability zero has NaN for its value, except
        F of the only priced milestone, which does not depend on the belief.

    Raises
    ------
    InvalidInput
        If several milestones are priced and none is named, or nothing is left to be paid.
    """
    present = present_values(belief, payoffs, as_of)
    name = _named(belief, present, milestone)
    pmf = belief.pmf(name)
    probability = float(pmf[:-1].sum())
    if set(present.rows) == {name}:
        row = present.rows[name]
        failure = present.floor + float(row[-1])
        success = present.floor + float(pmf[:-1] @ row[:-1]) / probability if probability > 0.0 else math.nan
    else:
        failure, success = (_conditional(belief, present, name, reached=side) for side in (False, True))
    return TwoState(name, probability, log_odds(pmf, belief.grid.months - 1), failure, success)


def _named(belief: Belief, present: PresentValues, milestone: str | None) -> str:
    if not present.priced:
        raise InvalidInput(
            "Payoffs: every priced milestone was reached before the as-of date; nothing is left to be paid"
        )
    if milestone is None:
        if len(present.priced) > 1:
            raise InvalidInput(
                f"milestone: several milestones are priced ({', '.join(present.priced)}), and one price cannot give a"
                " probability to each; name the one whose reaching is in question"
            )
        return present.priced[0]
    if milestone not in belief.roadmap.names:
        raise InvalidInput(f"milestone: received {milestone!r}; allowed are {', '.join(belief.roadmap.names)}")
    return milestone


def _conditional(belief: Belief, present: PresentValues, milestone: str, *, reached: bool) -> float:
    pmf = belief.pmf(milestone)
    if not (pmf[:-1].any() if reached else pmf[-1] > 0.0):
        return math.nan
    given = belief.update(by_row(belief, milestone, belief.grid.months - 1, reached=reached))
    return expected_value(given, present)


def implied_probability(
    belief: Belief, payoffs: Payoffs, *, price: float, as_of: When, milestone: str | None = None
) -> float:
    """Two-state probability that the price implies, p* = (price - F) / (S - F); never clipped.

    Above 1, no probability justifies the price: it needs a greater success value (see `break_even`). Below 0, the price
    is less than what failure leaves.

    Parameters
    ----------
    belief, payoffs, as_of
        As in `fair_price`; the timing of success is as believed.
    price : float
        Price in the currency of the payoffs.
    milestone : str, optional
        The milestone in question; needed where several are priced.

    Returns
    -------
    float
        p*, any real number; NaN where S = F or one of them is undefined.

    Raises
    ------
    InvalidInput
        As in `two_state`, or if the price is not a number of at least 0.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, floor=10.0, required_return=0.0)
    >>> implied_probability(belief, payoffs, price=85.0, as_of="2026-01")
    0.75
    """
    price = checked_price(price)
    return two_state(belief, payoffs, as_of=as_of, milestone=milestone).implied_probability(price)


def checked_price(price: float, name: str = "price") -> float:
    """Return the price as a finite float of at least 0; anything else raises InvalidInput."""
    number = finite(name, price)
    if number < 0.0:
        raise InvalidInput(f"{name}: received {price!r}; allowed is a number of at least 0")
    return number

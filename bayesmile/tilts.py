"""Beliefs changed just enough to meet a price: the reach tilt, and the exponential tilt of least relative entropy.

An implied belief is the price read through our roadmap. It is never evidence: its rows carry no announced date, so that
no ledger takes them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayesmile.belief import Belief
from bayesmile.core.tilting import bernoulli_divergence
from bayesmile.errors import InfeasiblePrice
from bayesmile.evidence import Row
from bayesmile.exponential import ExponentialTilt
from bayesmile.grid import When
from bayesmile.market import TwoState, checked_price, expected_value, present_values, two_state
from bayesmile.payoffs import Payoffs

__all__ = ["Implied", "ReachTilt", "attainable_range", "implied", "reach_tilt"]


@dataclass(frozen=True, slots=True)
class ReachTilt:
    """The belief that meets a price by changing only whether a milestone is reached.

    Attributes
    ----------
    belief : Belief
        Q proportional to P * exp(log_ratio * 1[reached on the grid]).
    milestone : str
        The milestone whose reaching is in question.
    price : float
        The price met.
    probability, implied_probability : float
        P(reached by the horizon), ours and the price's (p*).
    log_ratio : float
        Log-odds of p* less ours, in nats: one likelihood ratio.
    notes : tuple of str
        What a reader should be told.
    """

    belief: Belief
    milestone: str
    price: float
    probability: float
    implied_probability: float
    log_ratio: float
    notes: tuple[str, ...]

    @property
    def bits(self) -> float:
        """The same log ratio in bits: doublings of the odds."""
        return self.log_ratio / math.log(2.0)


@dataclass(frozen=True, slots=True)
class Implied:
    """The belief closest to ours, in relative entropy, that meets a price.

    Attributes
    ----------
    belief : Belief
        Q proportional to P * exp(tilt * PV).
    price : float
        The price met.
    tilt : float
        Lambda, per unit of currency.
    span : float
        tilt * (highest - lowest): nats by which the best outcome gains on the worst. Show this one.
    relative_entropy : float
        KL(Q || P) in nats.
    whether, when : float
        Its split, adding up: the change of P(reached), and the change of timing given reached or not. NaN where several
        milestones are priced and none was named.
    lowest, highest : float
        Attainable range of prices: least and greatest PV in the support of our belief.
    notes : tuple of str
        What a reader should be told.
    """

    belief: Belief
    price: float
    tilt: float
    span: float
    relative_entropy: float
    whether: float
    when: float
    lowest: float
    highest: float
    notes: tuple[str, ...]


def reach_tilt(
    belief: Belief, payoffs: Payoffs, *, price: float, as_of: When, milestone: str | None = None
) -> ReachTilt:
    """Meet a price by one likelihood ratio on whether the milestone is reached; timing given success stays ours.

    The ratio is odds(p*) / odds(p); the roadmap carries it to every other milestone and date.

    Parameters
    ----------
    belief, payoffs, as_of
        As in `fair_price`.
    price : float
        Price in the currency of the payoffs.
    milestone : str, optional
        The milestone in question; needed where several are priced.

    Returns
    -------
    ReachTilt

    Raises
    ------
    InfeasiblePrice
        If p* is not strictly between 0 and 1; its range is E[PV | not reached] to E[PV | reached], ends excluded. A
        price equal to the model value is met by no change, whatever the belief.
    InvalidInput
        As in `implied_probability`.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, floor=10.0, required_return=0.0)
    >>> tilted = reach_tilt(belief, payoffs, price=90.0, as_of="2026-01")
    >>> round(tilted.bits, 9), round(tilted.belief.prob("approval", by="2026-12"), 9)
    (2.0, 0.8)
    """
    price = checked_price(price)
    state = two_state(belief, payoffs, as_of=as_of, milestone=milestone)
    present = present_values(belief, payoffs, as_of)
    fair = expected_value(belief, present)
    if price == fair:
        return ReachTilt(belief, state.milestone, price, state.probability, state.probability, 0.0, present.notes)
    goal = state.implied_log_odds(price)
    if not (math.isfinite(goal) and math.isfinite(state.log_odds)):
        raise _out_of_reach(price, fair, state)
    loglik = np.zeros(belief.grid.months + 1)
    loglik[:-1] = goal - state.log_odds
    row = Row(state.milestone, loglik, note="implied by the price; not evidence")
    probability = state.implied_probability(price)
    return ReachTilt(
        belief.update(row), state.milestone, price, state.probability, probability, goal - state.log_odds, present.notes
    )


def _out_of_reach(price: float, fair: float, state: TwoState) -> InfeasiblePrice:
    certain = not math.isfinite(state.log_odds)
    values = (fair,) if certain else (state.failure, state.success)
    allowed = f"changing only the probability of reaching {state.milestone}"
    error = InfeasiblePrice(price, min(values), max(values), allowed=allowed)
    error.add_note(
        f"our belief leaves no doubt whether {state.milestone} is reached"
        if certain
        else f"only whether {state.milestone} is reached may change here, its timing stays ours"
    )
    return error


def implied(belief: Belief, payoffs: Payoffs, *, price: float, as_of: When, milestone: str | None = None) -> Implied:
    """Smallest change of belief that meets a price: Q proportional to P * exp(tilt * PV).

    Among all laws with E[PV] = price, Q has the least relative entropy to P. It also moves dates: a higher price makes
    success more likely and earlier.

    Parameters
    ----------
    belief, payoffs, as_of
        As in `fair_price`.
    price : float
        Price in the currency of the payoffs.
    milestone : str, optional
        The milestone that splits the relative entropy into whether and when; the only priced one by default.

    Returns
    -------
    Implied

    Raises
    ------
    InfeasiblePrice
        If the price is not strictly between the least and the greatest PV that our belief allows: at an end the tilt
        would be infinite. Where all outcomes are worth the same, that price alone is met, by no change.
    InvalidInput
        As in `fair_price`, or if the price is not a number of at least 0.

    References
    ----------
    Meucci (2008), "Fully flexible views: theory and practice", Risk 21 (10).

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, floor=10.0, required_return=0.0)
    >>> market = implied(belief, payoffs, price=90.0, as_of="2026-01")
    >>> round(market.span, 9) == round(math.log(4), 9), round(market.belief.prob("approval", by="2026-12"), 9)
    (True, 0.8)
    """
    price = checked_price(price)
    present = present_values(belief, payoffs, as_of)
    law = ExponentialTilt(belief, present)
    lowest, highest = law.ends()
    scale = law.solve(price, lowest, highest)
    if not math.isfinite(scale):
        raise InfeasiblePrice(price, lowest, highest)
    entropy = law.divergence(scale)
    name = milestone or (next(iter(present.rows)) if len(present.rows) == 1 else None)
    whether = _whether(law.at(scale), belief, name) if name else math.nan
    tilt = scale / law.width if law.width > 0.0 else 0.0
    return Implied(
        law.at(scale),
        price=price,
        tilt=tilt,
        span=tilt * (highest - lowest),
        relative_entropy=entropy,
        whether=whether,
        when=max(0.0, entropy - whether) if name else math.nan,
        lowest=lowest,
        highest=highest,
        notes=(*present.notes, *_timing_notes(belief, payoffs, price, as_of, name)),
    )


def attainable_range(belief: Belief, payoffs: Payoffs, *, as_of: When) -> tuple[float, float]:
    """Least and greatest present value in the joint support of a belief: the open range of prices that `implied` meets.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> attainable_range(belief, bm.Payoffs({"approval": 100.0}, floor=10.0, required_return=0.0), as_of="2026-01")
    (10.0, 110.0)
    """
    return ExponentialTilt(belief, present_values(belief, payoffs, as_of)).ends()


def _whether(tilted: Belief, belief: Belief, milestone: str) -> float:
    q, p = ((float(pmf[:-1].sum()), float(pmf[-1])) for pmf in (tilted.pmf(milestone), belief.pmf(milestone)))
    return bernoulli_divergence(q, p)


def _timing_notes(
    belief: Belief, payoffs: Payoffs, price: float, as_of: When, milestone: str | None
) -> tuple[str, ...]:
    if milestone is None:
        return ()
    state = two_state(belief, payoffs, as_of=as_of, milestone=milestone)
    side = state.side(price)
    if side > 0:
        return (f"no probability of {state.milestone} justifies this price, only arriving earlier than we believe",)
    if side < 0:
        left = "failure leaves" if state.failure < state.success else "either outcome leaves"
        return (f"the price is less than {left}, met only by {state.milestone} arriving later than we believe",)
    return ()

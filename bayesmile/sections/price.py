"""Report sections about one price: what it assumes, and where it would be right."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bayesmile.breakevens import BreakEven, break_even
from bayesmile.errors import InfeasiblePrice
from bayesmile.market import TwoState, fair_price, present_values, two_state
from bayesmile.sections.basis import Basis, Price
from bayesmile.sections.settled import settled
from bayesmile.tilts import Implied, ReachTilt, implied, reach_tilt
from bayesmile.wording import listed, money, sentence, words

__all__ = ["Levels", "PriceLevel", "Reading", "Valuation", "levels", "reading", "round_levels", "valuation"]

_LN2 = math.log(2.0)
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """A price read through our roadmap; what the market sections share.

    Attributes
    ----------
    state : TwoState
        The priced milestone as reached or not, with the values of both.
    price : Price
    model_value : float
        What the payoffs are worth at our probabilities.
    implied : float
        Two-state probability that the price implies, never clipped.
    reach : ReachTilt or None
        None where no probability justifies the price.
    exponential : Implied or None
        None where no belief does.
    attainable : tuple of float
        Prices that some change of belief can reach.
    """

    state: TwoState
    price: Price
    model_value: float
    implied: float
    reach: ReachTilt | None
    exponential: Implied | None
    attainable: tuple[float, float]

    @property
    def bits(self) -> float:
        """Implied less our log-odds, in bits; infinite where no probability justifies the price."""
        return (self.state.implied_log_odds(self.price.value) - self.state.log_odds) / _LN2


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLevel:
    """What one price assumes.

    Attributes
    ----------
    price : float
    actual : bool
        Whether it is the price in question, rather than a round one near it.
    implied : float
        Probability that it implies, unclipped: above 1, none justifies it.
    bits : float
        Its log-odds less ours, in bits; infinite where no probability justifies it.
    """

    price: float
    actual: bool
    implied: float
    bits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Section: what the price, and round prices near it, assume.

    Attributes
    ----------
    lead : str
    ours : float
        Our probability of the priced milestone by the horizon.
    failure, success : float
        Present values if it is not reached by then, and if it is.
    lines : tuple of PriceLevel
        The lowest price first.
    """

    lead: str
    ours: float
    failure: float
    success: float
    lines: tuple[PriceLevel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """Section: where the price would be right.

    Attributes
    ----------
    lead : str
    model_value : float
    price : float
    success_value : float
        Value when the priced milestone is reached, as assumed.
    break_evens : mapping of str to BreakEven
        At certainty, even odds and our probability.
    """

    lead: str
    model_value: float
    price: float
    success_value: float | None
    break_evens: Mapping[str, BreakEven]


def reading(view: Basis) -> Reading | None:
    """Read the price; None without a price, or where it says nothing: see `bayesmile.sections.settled`."""
    if view.price is None or view.priced is None or settled(view):
        return None
    belief, payoffs, name, as_of = view.belief, view.payoffs, view.priced.milestone, view.as_of
    state = two_state(belief, payoffs, as_of=as_of, milestone=name)
    price = view.price.value
    reach, exponential, low, high = None, None, math.nan, math.nan
    try:
        reach = reach_tilt(belief, payoffs, price=price, as_of=as_of, milestone=name)
    except InfeasiblePrice:
        pass
    try:
        exponential = implied(belief, payoffs, price=price, as_of=as_of, milestone=name)
        low, high = exponential.lowest, exponential.highest
    except InfeasiblePrice as error:
        low, high = error.lowest, error.highest
    return Reading(
        state=state,
        price=view.price,
        model_value=fair_price(belief, payoffs, as_of=as_of),
        implied=state.implied_probability(price),
        reach=reach,
        exponential=exponential,
        attainable=(low, high),
    )


def round_levels(price: float) -> tuple[float, ...]:
    """Six round prices below and above a price.

    Examples
    --------
    >>> [level / 1e9 for level in round_levels(10.09e9)]
    [7.0, 8.0, 9.0, 10.0, 11.0, 12.0]
    >>> [level / 1e6 for level in round_levels(4.0e6)]
    [2.5, 3.0, 3.5, 4.0, 4.5, 5.0]
    """
    if price <= 0.0:
        return ()
    decade = 10.0 ** math.floor(math.log10(price / 8.0))
    step = max(size * decade for size in _STEPS if size * decade <= price / 8.0 * (1.0 + 1e-9))
    return tuple(float(f"{step * (round(price / step) + k):.12g}") for k in range(-3, 3))


def levels(view: Basis, found: Reading) -> Levels:
    """Build the section on what prices assume."""
    price, state = found.price.value, found.state
    prices = sorted({*round_levels(price), price})
    lines = tuple(
        PriceLevel(
            price=level,
            actual=level == price,
            implied=state.implied_probability(level),
            bits=(state.implied_log_odds(level) - state.log_odds) / _LN2,
        )
        for level in prices
    )
    return Levels(
        lead=_levels_lead(view, found, lines),
        ours=state.probability,
        failure=state.failure,
        success=state.success,
        lines=lines,
    )


def _levels_lead(view: Basis, found: Reading, lines: tuple[PriceLevel, ...]) -> str:
    currency, state = found.price.currency, found.state
    what = f"{words(state.milestone)} by {view.horizon}"
    return (
        f"A price is an average of two values: {money(state.failure, currency)} today if {what} does not happen and"
        f" {money(state.success, currency)} if it does, at the dates we believe in; so each price implies one"
        f" probability of it, against {view.our(state.probability)}."
        f" Above {money(max(state.failure, state.success), currency)} none is enough."
    )


def valuation(view: Basis, found: Reading) -> Valuation:
    """Build the section on where the price would be right."""
    belief, payoffs, price, name = view.belief, view.payoffs, found.price.value, found.state.milestone
    value = payoffs.values.get(name)
    questions = {"certain": 1.0, "even odds": 0.5, "ours": found.state.probability}
    payable = name in present_values(belief, payoffs, view.as_of).priced and found.state.probability > 0.0
    answers = {
        label: break_even(belief, payoffs, price=price, as_of=view.as_of, probability=p, milestone=name)
        for label, p in questions.items()
        if p > 0.0 and payable and isinstance(value, float)
    }
    return Valuation(
        lead=_valuation_lead(found, answers),
        model_value=found.model_value,
        price=price,
        success_value=value if isinstance(value, float) else None,
        break_evens=answers,
    )


def _valuation_lead(found: Reading, answers: Mapping[str, BreakEven]) -> str:
    currency = found.price.currency
    lead = (
        f"Model value under these assumptions is {money(found.model_value, currency)} against a price of"
        f" {money(found.price.value, currency)}."
    )
    if not answers:
        return lead
    found_values = {label: answer.success_value for label, answer in answers.items()}
    needs = [f"{money(value, currency)} {_AT[label]}" for label, value in found_values.items() if value >= 0.0]
    never = [_WITH[label] for label, value in found_values.items() if value < 0.0]
    if needs:
        lead += f" The price is right, all else unchanged, if success is worth {', '.join(needs)}."
    return f"{lead} {sentence(listed(never))} no value of success is low enough." if never else lead


_AT = {"certain": "and is certain", "even odds": "and has even odds", "ours": "and has our probability"}
_WITH = {"certain": "with certain success", "even odds": "at even odds", "ours": "at our probability"}

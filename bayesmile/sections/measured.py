"""Report section on the two ways to read a price: at the required return, and at the risk-free rate."""

from __future__ import annotations

from dataclasses import dataclass

from bayesmile.pricing.measures import AtPremium, Measures, two_measures
from bayesmile.sections.basis import Basis, Target, phrase
from bayesmile.sections.price import Reading
from bayesmile.wording import percent

__all__ = ["Measured", "measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Section: physical and risk-neutral side by side.

    Attributes
    ----------
    lead : str
    explanation : str
        What the two are, in plain words.
    milestone, by : str
    ours : float
        Our probability, which only the physical number is compared with.
    risk_free, required_return, premium : float
        Continuous yearly rates; the premium is the second less the first.
    physical, risk_neutral : AtPremium
        What the price implies at the required return, and at the risk-free rate.
    sweep : tuple of AtPremium
        By premium, from 0 to beyond ours.
    """

    lead: str
    explanation: str
    milestone: str
    by: str
    ours: float
    risk_free: float
    required_return: float
    premium: float
    physical: AtPremium
    risk_neutral: AtPremium
    sweep: tuple[AtPremium, ...]


def measured(view: Basis, found: Reading) -> Measured | None:
    """Build the section; None where the dossier has no risk-free rate."""
    rate = view.market.risk_free
    if rate is None:
        return None
    both = two_measures(
        view.belief,
        view.payoffs,
        price=found.price.value,
        as_of=view.as_of,
        risk_free=rate.value,
        milestone=found.state.milestone,
    )
    return Measured(
        lead=_lead(view, both),
        explanation=_explanation(both),
        milestone=both.milestone,
        by=view.horizon,
        ours=both.ours,
        risk_free=both.risk_free,
        required_return=both.required_return,
        premium=both.premium,
        physical=both.physical,
        risk_neutral=both.risk_neutral,
        sweep=both.sweep,
    )


def _lead(view: Basis, both: Measures) -> str:
    what = phrase(Target(both.milestone, view.horizon))
    text = (
        f"At the required return of {_rate(both.required_return)} a year {_clause(both.physical, what)}; that is the"
        f" physical reading, to be compared with our {percent(both.ours)}. At the risk-free {_rate(both.risk_free)}"
        f" {_clause(both.risk_neutral, 'it')}: the risk-neutral reading, which stands beside ours and is not compared"
        " with it."
    )
    if not both.rate_matters:
        return f"{text} The payoffs are present values already, so that no return changes them here."
    return text


def _explanation(both: Measures) -> str:
    text = (
        "A physical probability is one that events can prove right or wrong, as ours: the premium that holders want for"
        " bearing risk is in the return. A risk-neutral one discounts at the safe rate, as if nobody wanted a premium,"
        " so that the premium hides in the probability: it is what a claim on success would cost, not how likely"
        " success is."
    )
    readable = both.physical.state == both.risk_neutral.state == "possible"
    if both.premium > 0.0 and both.rate_matters and readable:
        text += " With a smaller return success is worth more today, so that a smaller probability gives the price."
    return f"{text} Floor, beyond and dilution stay as they are; rates are continuous."


def _clause(line: AtPremium, what: str) -> str:
    return {
        "possible": f"the price implies {percent(line.implied)} for {what}",
        "too dear": f"no probability of {what} is enough for the price",
        "too cheap": f"no probability of {what} is low enough for the price",
        "silent": f"the price says nothing about {what}",
    }[line.state]


def _rate(rate: float) -> str:
    return f"{100.0 * rate:.3g}%"

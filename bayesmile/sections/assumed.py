"""Report section on how sure one can be of what a price assumes: two distributions, ours and the market's."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.mixture import Mixture
from bayesmile.pricing.distributions import ImpliedDistribution, Interval, drawn_reading
from bayesmile.pricing.draws import PayoffDraws, draw_payoffs
from bayesmile.sections.basis import Basis, Target, open_steps, phrase
from bayesmile.sections.price import Reading
from bayesmile.sections.uncertainty import Chance, chance
from bayesmile.wording import listed, money, percent, words

__all__ = ["Assumed", "AssumedLine", "Varied", "assumed", "enough"]

_LEAST = 2000  # joint draws at least
_REPEAT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Varied:
    """Implied probability of the priced milestone by the horizon, as some of the numbers vary.

    Attributes
    ----------
    what : str
        Which numbers vary.
    low, median, high : float
        5, 50 and 95% points; unclipped: from 1 on no probability is enough.
    """

    what: str
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumedLine:
    """The market's and our distribution for one milestone and date.

    Attributes
    ----------
    milestone, by : str
    ours : Chance or None
        With its 90% interval; None where none of our own numbers is uncertain.
    low, median, high : float
        Of the market's by the reach tilt, over the draws in which a probability meets the price; NaN if none.
    above_ours : float
        P(market > ours) after both uncertainties; draws in which no probability is enough count as above.
    within_noise : bool
        Whether that leaves it open which is greater: neither above 95% nor below 5%.
    """

    milestone: str
    by: str
    ours: Chance | None
    low: float
    median: float
    high: float
    above_ours: float
    within_noise: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """Section: how sure one can be of what the price assumes.

    Attributes
    ----------
    lead, flag : str
        The flag says whether the gap lies within the noise.
    varied : tuple of Varied
        Payoffs alone, our numbers alone, both.
    lines : tuple of AssumedLine
        Open milestones at their deadline and at the horizon.
    infeasible, below : float
        Share of draws in which no probability is enough, and in which the price is no more than failure leaves.
    above_ours, above_error : float
        P(market > ours) of the priced milestone by the horizon, and its Monte Carlo standard error.
    verdict : str
        ``"noise"``, ``"more than noise"``, or ``"edge"`` where the draws are too few to tell which.
    market_value : Varied or None
        Of the drawn market value, where the count of shares is uncertain.
    drawn : tuple of str
        Which payoffs were drawn, as market.toml names them.
    draws : int
        Joint draws.
    exponential : Varied or None
        The same by the exponential tilt, over the draws in which one exists; None where several milestones are priced:
        their months would have to be tilted jointly, an engine pass for every step of every draw.
    exponential_missing : float
        Share of the draws in which none exists.
    """

    lead: str
    flag: str
    varied: tuple[Varied, ...]
    lines: tuple[AssumedLine, ...]
    infeasible: float
    below: float
    above_ours: float
    above_error: float
    verdict: str
    market_value: Varied | None
    drawn: tuple[str, ...]
    draws: int
    exponential: Varied | None
    exponential_missing: float


def assumed(view: Basis, found: Reading) -> Assumed | None:
    """Build the section; None where intervals were left out, or nothing about the price or about us is uncertain."""
    if view.draws == 0 or not (view.market.priors or view.mixture):
        return None
    result, drawn = _result(view, found)
    target = Target(result.milestone, view.horizon)
    return Assumed(
        lead=_lead(view, found, result, target),
        flag=_flag(result, target),
        varied=_varied(result),
        lines=tuple(_lines(view, result)),
        infeasible=result.infeasible,
        below=result.below,
        above_ours=result.above_ours,
        above_error=result.above_error,
        verdict=_verdict(result),
        market_value=_market_value(result),
        drawn=tuple(drawn.numbers),
        draws=result.implied.size,
        exponential=_exponential(result),
        exponential_missing=_missing(result),
    )


def _result(view: Basis, found: Reading) -> tuple[ImpliedDistribution, PayoffDraws]:
    likelihood = view.likelihood or Likelihood(view.dossier, view.as_of)
    mixture = view.mixture or _certain(view)
    repeat = max(_REPEAT, math.ceil(_LEAST / len(mixture.theta)))
    rng = np.random.default_rng([view.seed, 1])  # apart from the draws of our own numbers
    drawn = draw_payoffs(view.market, repeat * len(mixture.theta), rng)
    if found.price.per_share is None:  # a market value that was given as such holds its own count of shares
        numbers = {name: values for name, values in drawn.numbers.items() if name != "share_factor"}
        drawn = PayoffDraws(drawn.payoffs, numbers, drawn.size)
    result = drawn_reading(
        view.belief, mixture, likelihood, found.state.milestone, found.price.value, drawn, reached=view.reached
    )
    return result, drawn


def _certain(view: Basis) -> Mixture:
    """Our belief as a mixture of one, where none of our numbers is uncertain."""
    belief = view.belief
    return Mixture(
        roadmap=belief.roadmap,
        grid=belief.grid,
        as_of=view.as_of,
        fields=(),
        theta=np.empty((1, 0)),
        weights=np.ones(1),
        log_marginal=np.array([belief.log_marginal]),
        pmf_draws=np.array([[belief.pmf(name) for name in belief.roadmap.names]]),
        khat=math.nan,
        ess=1.0,
    )


def _varied(result: ImpliedDistribution) -> tuple[Varied, ...]:
    by_payoffs, by_numbers = result.alone
    named = (
        ("the payoffs alone", by_payoffs),
        ("our numbers alone", by_numbers),
        ("both", result.interval),
    )
    return tuple(_points(what, found) for what, found in named if not math.isnan(found.median))


def _points(what: str, found: Interval) -> Varied:
    return Varied(what=what, low=found.low, median=found.median, high=found.high)


def _exponential(result: ImpliedDistribution) -> Varied | None:
    if result.tilts is None:
        return None
    return _points("exponential tilt, both", result.exponential(by=result.mixture.grid.last))


def _market_value(result: ImpliedDistribution) -> Varied | None:
    if "share_factor" not in result.payoffs.numbers:
        return None
    low, median, high = np.quantile(result.price * result.payoffs.share_factor, [0.05, 0.5, 0.95])
    return Varied(what="market value", low=float(low), median=float(median), high=float(high))


def _missing(result: ImpliedDistribution) -> float:
    return math.nan if result.tilts is None else float(result.weights.ravel()[~result.tilts.feasible].sum())


def _lines(view: Basis, result: ImpliedDistribution) -> list[AssumedLine]:
    lines = []
    for name in open_steps(view.belief):
        for by in dict.fromkeys((view.deadline(name).by, view.horizon)):
            found, above = result.quantiles(name, by=by), result.above(name, by=by)
            lines.append(
                AssumedLine(
                    milestone=name,
                    by=by,
                    ours=chance(view, name, by),
                    low=found.low,
                    median=found.median,
                    high=found.high,
                    above_ours=above,
                    within_noise=0.05 <= above <= 0.95,
                )
            )
    return lines


def enough(probability: float) -> str:
    """Words for an implied probability, which may leave 0 to 1.

    Examples
    --------
    >>> enough(0.31), enough(1.2), enough(-0.1)
    ('31%', 'none is enough', 'below 0%')
    """
    if math.isnan(probability):
        return "undefined"
    return "none is enough" if probability >= 1.0 else "below 0%" if probability < 0.0 else percent(probability)


def _lead(view: Basis, found: Reading, result: ImpliedDistribution, target: Target) -> str:
    price, points = money(found.price.value, found.price.currency), result.interval
    ours = chance(view, target.milestone, target.by)
    said = percent(found.state.probability) if ours is None else ours.text
    numbers = listed([_named(name) for name in result.payoffs.numbers]) or "no payoff"
    above = f"in {percent(result.above_ours)} of the draws the market is above us"
    if result.infeasible > 0.0:
        above += f", in {percent(result.infeasible)} because no probability is enough"
    what = f"{price} implies {_span(points)} for {phrase(target)}, median {enough(points.median)}"
    if points.low >= 1.0:
        what = f"no probability of {phrase(target)} is enough for {price} in at least 95% of the draws"
    elif points.high < 0.0:
        what = f"no probability of {phrase(target)} is low enough for {price} in at least 95% of the draws"
    return f"With {numbers} drawn from their priors, {what}; ours is {said}. Over both uncertainties {above}."


def _named(number: str) -> str:
    """Words for a number of the payoffs.

    Examples
    --------
    >>> _named("values.approval"), _named("beyond"), _named("required_return")
    ('the value of approval', 'the value of failure', 'the required return')
    """
    if number.startswith("values."):
        return f"the value of {words(number.removeprefix('values.'))}"
    return {"beyond": "the value of failure", "share_factor": "the share count"}.get(number, f"the {words(number)}")


def _span(points: Interval) -> str:
    low, high = enough(points.low), enough(points.high)
    if low == high:
        return low
    return f"anything from {low} to more than certainty" if points.high >= 1.0 else f"{low} to {high}"


def _verdict(result: ImpliedDistribution) -> str:
    """Say whether the gap is noise; two standard errors of the draws around the line are too near to tell."""
    away = min(abs(result.above_ours - line) for line in (0.05, 0.95))
    if 0.0 < away <= 2.0 * result.above_error:
        return "edge"
    return "noise" if result.within_noise else "more than noise"


def _flag(result: ImpliedDistribution, target: Target) -> str:
    verdict = _verdict(result)
    if verdict == "edge":
        return (
            f"The gap is at the edge of the noise: {100.0 * result.above_ours:.1f}% of the draws, give or take"
            f" {100.0 * result.above_error:.1f} for their number, have the market above us on {phrase(target)}; 5% to"
            " 95% is called noise."
        )
    if verdict == "noise":
        return (
            f"The gap is within the noise: what the payoffs and our own numbers leave open does not decide whether the"
            f" market is above us on {phrase(target)}."
        )
    side = "above" if result.above_ours > 0.5 else "below"
    return f"The gap is more than noise: the market is {side} us on {phrase(target)} in at least 95% of the draws."

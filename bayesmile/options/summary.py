"""Everything that is said of one chain: checks, bounds, and the two-state answer of the share price beside them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bayesmile.checks import positive
from bayesmile.errors import InvalidInput
from bayesmile.options.arbitrage import Change, Checked, Position, check_chain
from bayesmile.options.bounds import Bounds, dropping, probability_bounds
from bayesmile.options.comparing import DensityComparison, Sides, SweepLine, compare_density, least_downside, sweep
from bayesmile.options.findings import Finding
from bayesmile.options.quote_fits import QuoteFit, fit_quotes
from bayesmile.options.quotes import Chain
from bayesmile.options.terms import Terms
from bayesmile.wording import implied, interval, percent, sentence

__all__ = ["BoundsLine", "OptionsPart", "Question", "options_part"]

_AROUND = 0.05  # of the offer: what "about the offer" means
_SWEEP = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a chain.

    Attributes
    ----------
    offer, downside : float or None
        Price at expiry of success and failure; a downside needs an offer.
    above : tuple of float
        Prices whose exceeding is in question.
    fitted : bool
        Whether to compare with a curve fitted by the optional library.
    """

    offer: float | None = None
    downside: float | None = None
    above: tuple[float, ...] = ()
    fitted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundsLine:
    """Bounds of one probability, and how they move when a strike is left out.

    Attributes
    ----------
    bounds : Bounds
    dropped_low, dropped_high : float or None
        Least and greatest bound when any one strike is left out.
    """

    bounds: Bounds
    dropped_low: float | None
    dropped_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsPart:
    """What is said of one chain.

    Attributes
    ----------
    lead : str
        The verdict.
    chain, currency, file : str
    quotes, used, aside : int
        Quotes read, used and set aside.
    usable : bool
    spot : float or None
    terms : Terms
    basis : str
        The terms in a sentence.
    findings : tuple of Finding
    widening : float
    trade : tuple of Position
    changes : tuple of Change
        As in `Checked`.
    bounds : tuple of BoundsLine
        Empty where the chain is not usable.
    bounds_lead : str
    sides_lead : str
        On the share price; empty without offer and downside.
    sweep : tuple of SweepLine
    least_downside : float or None
        Least downside that fits with nothing between it and the offer; None without offer and downside, or where none
        fits.
    least_lead : str
    fit : QuoteFit or None
    fit_lead : str
    density : DensityComparison or None
    density_lead : str
        Also says why there is no comparison where one was asked for.
    notes : tuple of str
    """

    lead: str
    chain: str
    currency: str
    file: str
    quotes: int
    used: int
    aside: int
    usable: bool
    spot: float | None
    terms: Terms
    basis: str
    findings: tuple[Finding, ...]
    widening: float
    trade: tuple[Position, ...]
    changes: tuple[Change, ...]
    bounds: tuple[BoundsLine, ...]
    bounds_lead: str
    sides_lead: str
    sweep: tuple[SweepLine, ...]
    least_downside: float | None
    least_lead: str
    fit: QuoteFit | None
    fit_lead: str
    density: DensityComparison | None
    density_lead: str
    notes: tuple[str, ...]


def options_part(
    chain: Chain,
    terms: Terms,
    question: Question,
    *,
    file: str = "",
    others: Sequence[Chain] = (),
    leave_out: Collection[int] = (),
) -> OptionsPart:
    """Check a chain and answer what it can answer; one that is not usable gets its verdict and nothing more.

    Raises
    ------
    InvalidInput
        If a number of the question is not allowed, or the optional library is asked for and absent.
    """
    sides = _sides(question)
    for price in question.above:
        positive("above", price)
    checked = check_chain(chain, terms, others=others, leave_out=leave_out)
    lines = _bounds(checked, question, sides) if checked.usable else ()
    fit = fit_quotes(checked, offer=question.offer) if checked.usable and question.offer is not None else None
    swept = _swept(checked, sides) if checked.usable and sides is not None else ()
    least = least_downside(checked, offer=sides.success) if swept and sides is not None else None
    density, density_lead = _density(checked, question, sides)
    return OptionsPart(
        lead=checked.verdict,
        chain=chain.title,
        currency=chain.currency or "USD",
        file=file,
        quotes=len(chain.quotes),
        used=len(checked.used),
        aside=checked.aside,
        usable=checked.usable,
        spot=chain.spot,
        terms=terms,
        basis=_basis(terms),
        findings=checked.findings,
        widening=checked.widening,
        trade=checked.trade,
        changes=checked.changes,
        bounds=lines,
        bounds_lead=_bounds_lead(lines),
        sides_lead=_sides_lead(checked, sides, lines) if lines and sides is not None else "",
        sweep=swept,
        least_downside=least,
        least_lead=_least_lead(least, sides) if swept and sides is not None else "",
        fit=fit,
        fit_lead="" if fit is None else _fit_lead(fit, _at_offer(lines, question)),
        density=density,
        density_lead=density_lead,
        notes=_notes(checked),
    )


def _sides(question: Question) -> Sides | None:
    if question.offer is not None:
        positive("offer", question.offer)
    if question.downside is None:
        return None
    if question.offer is None:
        raise InvalidInput(f"downside: received {question.downside!r} without an offer; allowed are both, or the offer")
    return Sides(failure=question.downside, success=question.offer)


def _bounds(checked: Checked, question: Question, sides: Sides | None) -> tuple[BoundsLine, ...]:
    events = list[tuple[float, float | None]]()
    if sides is not None:
        events.append((sides.midpoint, None))
    if question.offer is not None:
        events.append((question.offer, None))
        events.append(((1.0 - _AROUND) * question.offer, (1.0 + _AROUND) * question.offer))
    events.extend((price, None) for price in question.above)
    if not events:
        middle = checked.terms.forward or sorted(quote.strike for quote in checked.used)[len(checked.used) // 2]
        events.append((middle, None))
    return tuple(_bounds_line(checked, above, below) for above, below in events)


def _bounds_line(checked: Checked, above: float, below: float | None) -> BoundsLine:
    without = dropping(checked, above=above, below=below)
    return BoundsLine(
        bounds=probability_bounds(checked, above=above, below=below),
        dropped_low=min((one.low for one in without), default=None),
        dropped_high=max((one.high for one in without), default=None),
    )


def event(bounds: Bounds) -> str:
    """Event in words: ``"at least 50"``."""
    return f"at least {bounds.above:,.6g}" if bounds.below is None else f"{bounds.above:,.6g} to {bounds.below:,.6g}"


def _bounds_lead(lines: Sequence[BoundsLine]) -> str:
    if not lines:
        return "Bounds: none, since the chain is not usable."
    bounds = lines[0].bounds
    if bounds.low is None or bounds.high is None:
        return "Bounds: none."
    return (
        f"A price at expiry of {event(bounds)} has a risk-neutral probability of {interval(bounds.low, bounds.high)}:"
        " every number in between agrees with some law that puts each quote within its bid and ask. A single number"
        " would be the work of a fitted curve, not of the quotes."
    )


def _swept(checked: Checked, sides: Sides) -> tuple[SweepLine, ...]:
    spot = checked.chain.spot or checked.terms.forward or sides.success
    downsides = [sides.failure * factor for factor in _SWEEP if 0.0 < sides.failure * factor < min(spot, sides.success)]
    return sweep(checked, offer=sides.success, downsides=downsides or [sides.failure])


def _sides_lead(checked: Checked, sides: Sides, lines: Sequence[BoundsLine]) -> str:
    spot, halfway, offer = checked.chain.spot, lines[0].bounds, lines[1].bounds
    price = spot if spot is not None else checked.terms.forward
    if price is None:
        return "The chain has neither a spot nor a forward, so the share price says nothing here."
    answer = sides.implied_probability(price)
    text = (
        f"The share price alone, read as {sides.failure:,.6g} or {sides.success:,.6g} at expiry, implies"
        f" ({price:,.6g} - {sides.failure:,.6g}) / ({sides.success:,.6g} - {sides.failure:,.6g}) = {implied(answer)}"
    )
    against = [f"{_held(answer, bounds)} for a price of {event(bounds)}" for bounds in (halfway, offer)]
    return (
        f"{text}. The options allow {against[0]}, half-way or above, and {against[1]}. The share's answer rests on the"
        " downside, which nobody quotes; the options do not need it."
    )


def _held(answer: float, bounds: Bounds) -> str:
    if bounds.low is None or bounds.high is None:
        return "nothing"
    held = "which holds it" if bounds.low <= answer <= bounds.high else "which does not hold it"
    return f"{interval(bounds.low, bounds.high)} ({held})"


def _at_offer(lines: Sequence[BoundsLine], question: Question) -> Bounds:
    return next(line.bounds for line in lines if line.bounds.above == question.offer)


def _least_lead(least: float | None, sides: Sides) -> str:
    offer = f"{sides.success:,.6g}"
    if least is None:
        return f"Whatever the downside, the quotes contradict a price that cannot end just below {offer}."
    if least == 0.0:
        return f"Every downside agrees with the quotes, with no price between it and {offer}."
    return (
        f"A downside below {least:,.4g} contradicts the quotes unless prices between it and {offer} are possible:"
        " whatever the probabilities, two such states cannot be what the options are about."
    )


def _fit_lead(fit: QuoteFit, bounds: Bounds) -> str:
    mixture = fit.mixture
    text = (
        f"Fitted for comparison, success at exactly {mixture.success:,.6g} and failure log-normal: weight"
        f" {percent(mixture.weight)} on success ({interval(fit.low, fit.high)} leaving out one strike at a time),"
        f" failure at {mixture.failure:,.4g} on average; {fit.inside} of {fit.used} quotes hold it"
    )
    if fit.missed:
        text += f", {fit.missed} misses it by {fit.miss:,.3g}"
    if fit.fits_low is not None and fit.fits_high is not None:
        text += f"; within this family weights of {interval(fit.fits_low, fit.fits_high)} fit every quote"
    elif fit.inside < fit.used:
        text += "; this shape is not what the quotes describe"
    if bounds.low is None or bounds.high is None:
        return f"{text}."
    return (
        f"{text}. Most of that precision is the assumed shape: without it the quotes say"
        f" {interval(bounds.low, bounds.high)} for a price of {event(bounds)}."
    )


def _density(checked: Checked, question: Question, sides: Sides | None) -> tuple[DensityComparison | None, str]:
    if not question.fitted:
        return None, ""
    from bayesmile.options.library import NoFit, library_density

    if sides is None:
        raise InvalidInput("fitted: it is compared with success and failure; allowed with an offer and a downside")
    if not checked.usable:
        return None, "No curve is fitted to a chain that is not usable."
    try:
        compared = compare_density(library_density(checked), sides, checked=checked)
    except NoFit as error:
        return None, sentence(str(error))
    return compared, compared.lead


def _basis(terms: Terms) -> str:
    forward = "is left free" if terms.forward is None else f"is {terms.forward:,.6g}"
    whence = {"given": " (given)", "spot": " (spot / discount factor, no dividends)", "free": ""}[terms.origin]
    years = "" if terms.years is None else f" over {terms.years:.2f} years"
    style = "may be exercised early" if terms.american else "are read as European"
    return f"Rate {100.0 * terms.rate:.4g}% a year{years}; the forward {forward}{whence}; options {style}."


def _notes(checked: Checked) -> tuple[str, ...]:
    notes = [
        "All probabilities of this page are risk-neutral: they contain the price of risk, and differ from a belief even"
        " where nobody is wrong."
    ]
    if checked.terms.rate == 0.0:
        notes.append("The rate is 0: give one, or deep options will seem to contradict each other.")
    if not checked.terms.american and any(quote.kind == "put" for quote in checked.used):
        notes.append("Puts that may be exercised early are worth more than their payoff at expiry: say so if they may.")
    if checked.terms.american and checked.terms.origin != "spot":
        notes.append(
            "A call on a share without dividends is never worth exercising early (Merton 1973); one on a future or"
            " before a large dividend may be: then its bid too may exceed what its payoff at expiry is worth."
        )
    if checked.chain.ignored:
        notes.append(f"Columns not read: {', '.join(checked.chain.ignored)}.")
    return tuple(notes)

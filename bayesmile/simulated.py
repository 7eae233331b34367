"""Ledgers drawn from the model itself: event months from the roadmap, then news, guidance and facts about them."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bayesmile.core import arrivals
from bayesmile.core.posterior import posterior
from bayesmile.core.sampling import draw_months
from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Achieved, Announcement, Guidance, SlipNumbers
from bayesmile.files.items import slip_for, slips_for, stated
from bayesmile.files.schema import Slip
from bayesmile.grid import Moment, When, parse_moment
from bayesmile.items import Item
from bayesmile.known import Known, postponements
from bayesmile.ledger import Ledger
from bayesmile.likelihoods.laws import Laws
from bayesmile.parameters import Parameter, parameters_of
from bayesmile.periods import month_label, parse_period
from bayesmile.rows import coverage, monthly_rate
from bayesmile.streams import Stream

__all__ = ["Rates", "Simulated", "simulate"]

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Schedule = Sequence[tuple[str, When]]
"""Milestones with the dates on which guidance about them is due."""

_MOST_TRIES = 10_000  # of drawing a target: classes whose leads they hardly ever draw are at fault
_LAST_TARGET = 12 * 2200 + 11  # no date of a dossier lies later


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """One history drawn from a dossier's model, and what of it was public by the as-of date.

    Attributes
    ----------
    months : int array (milestone,)
        Event month of each milestone as a grid index; the number of months means *beyond*.
    known : Known
        Evidence, as `Likelihood` takes it.
    """

    months: Whole
    known: Known


class Rates:
    """Numbers of one or many draws of the parameters, by the part of the model that uses them.

    Parameters
    ----------
    dossier : Dossier
    theta : array (..., parameter)
        Draws, in the order of `Likelihood.parameters`.
    parameters : sequence of Parameter, optional
        What the columns of `theta` are; by default the dossier's parameters that have a prior.

    Raises
    ------
    InvalidInput
        If `theta` has another number of columns.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> dossier = load("phase2_drug")
    >>> theta = [one.value for one in parameters_of(dossier) if one.prior is not None]
    >>> stream = dossier.ledger.streams[0]
    >>> bool(Rates(dossier, theta).lift(stream) == stream.lift)
    True
    """

    def __init__(self, dossier: Dossier, theta: npt.ArrayLike, parameters: Sequence[Parameter] | None = None) -> None:
        self.dossier = dossier
        everything = parameters_of(dossier)
        self._columns = {one.field: place for place, one in enumerate(everything)}
        named = [one for one in everything if one.prior is not None] if parameters is None else parameters
        free = [self._columns[one.field] for one in named]
        draws = np.asarray(theta, dtype=np.float64)
        if draws.ndim == 0 or draws.shape[-1] != len(free):
            raise InvalidInput(
                f"theta: received shape {draws.shape}; allowed is (..., {len(free)}), a column a parameter"
            )
        self._numbers = np.empty((*draws.shape[:-1], len(everything)))
        self._numbers[:] = [one.value for one in everything]
        self._numbers[..., free] = draws

    def _number(self, field: str) -> Array:
        return np.asarray(self._numbers[..., self._columns[field]])

    def tables(self) -> tuple[Array, Array]:
        """Log pmf and log survival of every delay, each (..., milestone, months)."""
        flat = self._numbers.reshape(-1, self._numbers.shape[-1])
        pmf, survival = Laws(self.dossier, self._columns).tables(flat)
        shape = (*self._numbers.shape[:-1], *pmf.shape[1:])
        return pmf.reshape(shape), survival.reshape(shape)

    def rate(self, stream: Stream) -> Array:
        """Arrivals a month outside the window, hype included, (...)."""
        return np.multiply(monthly_rate(stream, 1.0), self._number("dossier.hype") if stream.promotional else 1.0)

    def lift(self, stream: Stream) -> Array:
        """Rate ratio inside the window, (...): the stream's own, or its kind's."""
        own = f"stream.{stream.kind}.{stream.milestone}.lift"
        return self._number(own if own in self._columns else f"kind.{stream.kind}.lift")

    def yes(self, stream: Stream, attribute: str, near: bool) -> Array:
        """Chance that an attribute of an arrival is answered yes, (...)."""
        side = "yes_if_near" if near else "yes_otherwise"
        return self._number(f"kind.{stream.kind}.attributes.{attribute}.{side}")

    def slip(self, name: str) -> tuple[Array, Array]:
        """Mean and standard deviation of a class of slips, each (...)."""
        return self._number(f"slip.{name}.mean"), self._number(f"slip.{name}.sd")

    def numbers(self, slip: Slip) -> SlipNumbers:
        """Numbers of a class of slips, of a single draw."""
        mean, sd = self.slip(slip.name)
        return slip.numbers._replace(mean=float(mean), sd=float(sd))


def simulate(
    dossier: Dossier,
    as_of: When,
    theta: npt.ArrayLike,
    rng: np.random.Generator,
    *,
    schedule: Schedule | None = None,
) -> Simulated:
    """Draw event months and a ledger from the model that the likelihood assumes.

    Parameters
    ----------
    dossier : Dossier
        Roadmap, streams with their coverage, slips and reporting lags; its items are not used.
    as_of : str or date
    theta : array (parameter,)
        One draw, in the order of `Likelihood.parameters`.
    rng : numpy.random.Generator
    schedule : sequence of (str, date), optional
        When guidance is due, in order of the dates of each milestone: it is stated if the milestone has not happened
        before. By default, what the dossier's own ledger holds by the as-of date.

    Returns
    -------
    Simulated

    Raises
    ------
    InvalidInput
        If `theta` has another length, a milestone is unknown, or a date cannot be read.

    Notes
    -----
    Arrivals are Poisson in each covered month, each attribute is answered, stories are single items. A stated month
    is the true one with the class's `on_time`, else it comes from the slip's log-normal about the true one; about a
    milestone that is *beyond*, the true one is drawn from the roadmap without evidence. Where the class's `whether` is
    not 1, a part of its statements is not made, of those about *beyond* `whether` times as large a part is made as of
    the others; the likelihood draws nothing from a statement that is not made. With several slip classes a
    statement is drawn in proportion to the classes' probabilities of it; these do not sum to one exactly, so the
    likelihood is that of the simulation only where there is one class. An observed milestone is reported at the end of
    the month that is its lag after the event.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> dossier = load("phase2_drug")
    >>> theta = [one.value for one in parameters_of(dossier) if one.prior is not None]
    >>> drawn = simulate(dossier, "2027-12-31", theta, np.random.default_rng(1))
    >>> drawn.months.shape, len(drawn.known.streams) == len(dossier.ledger.streams)
    ((3,), True)
    """
    moment, rates = parse_moment(as_of), Rates(dossier, np.asarray(theta, dtype=np.float64).reshape(-1))
    tables = rates.tables()
    flat = np.zeros((len(dossier.roadmap), dossier.grid.months + 1))
    months = draw_months(*tables, flat, dossier.roadmap.graph, draws=1, rng=rng)[0]
    items: list[Item] = [*_achieved(dossier, months)]
    for stream in dossier.ledger.streams:
        items += _news(rates, stream, int(months[dossier.roadmap.number(stream.milestone)]), moment, rng)
    due = _due(dossier, moment) if schedule is None else schedule
    if due:
        log_pmf, log_survival = (table[None] for table in tables)
        marginals = posterior(log_pmf, log_survival, flat[None], dossier.roadmap.graph).pmf[0]
        said: list[Guidance] = []
        for name, issued in due:
            k = dossier.roadmap.number(name)
            ahead = _true_month(dossier, months[k], marginals[k], issued, rng)
            if ahead is not None and dossier.slips:
                chosen, item = _statement(rates, (name, issued), ahead, said, rng)
                if _is_made(chosen.whether, bool(months[k] == dossier.grid.months), rng):
                    said.append(item)
        items += said
    ledger = Ledger(items, dossier.ledger.streams, hype=dossier.ledger.hype, inert_kinds=dossier.ledger.inert_kinds)
    return Simulated(months, dossier.with_not_yet(ledger.known_by(as_of)))


def _due(dossier: Dossier, moment: Moment) -> list[tuple[str, When]]:
    """Milestones and dates of the guidance that the dossier's own ledger holds."""
    items = [item for item in dossier.ledger if isinstance(item, Guidance)]
    return [(str(item.milestone), item.issued) for item in items if item.public and item.public <= moment.day]


def _achieved(dossier: Dossier, months: Whole) -> Iterator[Achieved]:
    """Report what happens on the grid, each its lag after the event; the ledger tells what is public by a date."""
    for milestone, month in zip(dossier.roadmap, months.tolist(), strict=True):
        if milestone.observed and month < dossier.grid.months:
            reported = _last_day(dossier.grid.origin + month + milestone.reporting_lag)
            yield Achieved(milestone.name, dossier.grid.label(month), announced=reported)


def _last_day(ordinal: int) -> dt.date:
    year, month = ordinal // 12, ordinal % 12 + 1
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def _news(rates: Rates, stream: Stream, event: int, moment: Moment, rng: np.random.Generator) -> Iterator[Announcement]:
    """Arrivals of one stream given the month of its milestone."""
    grid = rates.dossier.grid
    weight, first, _ = coverage(stream, moment, grid)
    months = first + np.arange(weight.size)
    near = arrivals.windows(months, weight, first, stream.lead, grid.months).hits[:, event]
    counts = rng.poisson(weight * rates.rate(stream) * np.where(near, rates.lift(stream), 1.0))
    for month in np.flatnonzero(counts).tolist():
        for number in range(int(counts[month])):
            answers = {
                name: "yes" if rng.random() < rates.yes(stream, name, bool(near[month])) else "no"
                for name in stream.attributes
            }
            day = _some_day(grid.origin + first + month, float(weight[month]), rng)
            story = f"simulated {stream.label} {month}-{number + 1}"
            yield Announcement(stream.milestone, stream.kind, day, story, answers)


def _some_day(ordinal: int, elapsed: float, rng: np.random.Generator) -> dt.date:
    """Any day of the part of a month that has elapsed."""
    last = _last_day(ordinal)
    return last.replace(day=1 + int(rng.random() * max(1, round(elapsed * last.day))))


def _true_month(dossier: Dossier, event: int, marginal: Array, issued: When, rng: np.random.Generator) -> int | None:
    """Month that a statement is about; None where the milestone has happened before, or never could from then on."""
    said = parse_period(issued).ordinal - dossier.grid.origin
    if event < dossier.grid.months:
        return int(event) - said if event >= said else None
    chances = marginal[max(said, 0) : -1]
    if chances.sum() <= 0.0:
        return None
    return int(rng.choice(chances.size, p=chances / chances.sum())) + max(-said, 0)


def _statement(
    rates: Rates, due: tuple[str, When], ahead: int, said: Sequence[Guidance], rng: np.random.Generator
) -> tuple[Slip, Guidance]:
    """Guidance about a milestone that comes `ahead` months after it, and its class, after what was said before."""
    slips, (name, issued) = rates.dossier.slips, due
    for _ in range(_MOST_TRIES):
        tried = slips[int(rng.integers(len(slips)))]
        lead = _stated_lead(rates, tried, ahead, rng)
        if lead < tried.lead_from or (tried.lead_to is not None and lead >= tried.lead_to):
            continue
        numbers = stated([(one.postponements_from, rates.numbers(one)) for one in slips_for(slips, lead)])
        target = month_label(min(parse_period(issued).ordinal + lead, _LAST_TARGET))
        item = Guidance(name, issued, target, **numbers)
        if slip_for(slips, lead, postponements(said, item)) is tried:
            return tried, item
    raise InvalidInput(
        f"guidance on {name} of {issued}: in {_MOST_TRIES} tries no target was drawn that a [[slip]] class holds;"
        " allowed are classes that hold the leads which they make likely"
    )


def _stated_lead(rates: Rates, slip: Slip, ahead: int, rng: np.random.Generator) -> int:
    if slip.on_time and rng.random() < slip.on_time:
        return ahead
    mean, sd = rates.slip(slip.name)
    return int(np.exp(np.log(ahead + 0.5) - mean + sd * rng.standard_normal()))


def _is_made(whether: float, beyond: bool, rng: np.random.Generator) -> bool:
    """Whether a statement is made: `whether` times as often about what is *beyond* as about the rest."""
    return whether == 1.0 or rng.random() < min(1.0, whether if beyond else 1.0 / whether)

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
from bayesmile.evidence import Achieved, Announcement, Guidance
from bayesmile.grid import Moment, When, parse_moment
from bayesmile.items import Item
from bayesmile.known import Known
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

    def slip(self, lead_from: int) -> tuple[Array, Array]:
        """Mean and standard deviation of the slip of the class from a lead on, each (...)."""
        return self._number(f"slip.{lead_from}.mean"), self._number(f"slip.{lead_from}.sd")


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
        When guidance is due: it is stated if the milestone has not happened before. By default, what the dossier's
        own ledger holds by the as-of date.

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
    comes from the slip's log-normal about the true one; about a milestone that is *beyond*, from a month drawn from
    the roadmap without evidence, as guidance is taken to say when and not whether. With several slip classes a
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
        for name, issued in due:
            k = dossier.roadmap.number(name)
            items += _statement(rates, name, issued, _true_month(dossier, months[k], marginals[k], issued, rng), rng)
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
    rates: Rates, name: str, issued: When, ahead: int | None, rng: np.random.Generator
) -> Iterator[Guidance]:
    """Guidance about a milestone that comes `ahead` months after it; nothing where that is None."""
    slips = rates.dossier.slips
    while ahead is not None and slips:
        tried = slips[int(rng.integers(len(slips)))]
        mean, sd = rates.slip(tried.lead_from)
        lead = int(np.exp(np.log(ahead + 0.5) - mean + sd * rng.standard_normal()))
        if tried.lead_from <= lead and (tried.lead_to is None or lead < tried.lead_to):
            period = parse_period(issued)
            target = month_label(min(period.ordinal + lead, _LAST_TARGET))
            yield Guidance(name, issued, target, slip_mean=float(mean), slip_sd=float(sd))
            return

"""The iso-price curve: every success value, probability and date of arrival that give one price."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.belief import Belief
from bayesmile.breakevens import arrival_label, check_value, price_equation, years_until
from bayesmile.core.equation import PriceEquation
from bayesmile.grid import When, parse_moment
from bayesmile.market import checked_price, two_state
from bayesmile.payoffs import Payoffs
from bayesmile.periods import parse_period
from bayesmile.pricing.axes import BELIEVED, Labels, around, arrival_months, arrival_years, cells, numbers

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Comparable", "IsoPrice", "Placed", "iso_price"]

Array = NDArray[np.float64]

class Comparable(Protocol):
    """A documented market value, such as an entry of a dossier's market page."""

    @property
    def name(self) -> str:
        """Name of the company."""

    @property
    def value(self) -> float:
        """Market value, in the currency of the payoffs."""

    @property
    def date(self) -> str:
        """Day, month, quarter or year of that value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What the price implies if success makes the company worth what another one was.

    Attributes
    ----------
    name, date : str
        The comparable and the date of its market value.
    value : float
        That market value, taken as the success value as it stands: as money of the day on which success comes, on top
        of the floor, neither grown nor discounted from its own date to that day.
    implied : float
        Probability that the price then implies, timing as believed; never clipped, NaN where S = F.
    state : str
        See `cells`.
    """

    name: str
    date: str
    value: float
    implied: float
    state: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IsoPrice:
    """All (success value, probability, arrival) that give one price.

    Attributes
    ----------
    milestone : str
    price : float
    values : array, shape (value,)
        Success values V, ascending.
    arrivals : tuple of str
        Months of a success whose date is certain.
    years : array, shape (arrival,)
        From the as-of moment to the start of each of them.
    probability : array, shape (value, arrival)
        p = (price - F) / (S(V, arrival) - F), never clipped: above 1 no probability is enough, below 0 the price is
        less than failure leaves; where S < F the other way round, see `state`. NaN where S = F, so that no price speaks
        of the milestone, or where our belief excludes a side that other priced milestones need. Never infinite.
    believed : array, shape (value,)
        The same with the dates of success as we believe them.
    state, believed_state : array of str
        Of every cell, see `cells`.
    ours : tuple of float
        Our success value and probability: the point of our belief.
    implied : float
        Probability on the curve at our success value, the two-state p*.
    foregone : float
        Success value at which the price is that of certain success, timing as believed: below it no probability is
        enough. NaN where there is none of at least 0.
    equivalent_years, equivalent_arrival : float, str
        Certain date of success that is worth what our dates are worth: the third coordinate of our belief. NaN without
        discounting, where all dates are worth the same, with an empty month.
    placed : tuple of Placed
        Comparables of dates up to the as-of date.
    later : tuple of str
        Comparables left out because their market value is of a later date.
    """

    milestone: str
    price: float
    values: Array
    arrivals: tuple[str, ...]
    years: Array
    probability: Array
    believed: Array
    state: Labels
    believed_state: Labels
    ours: tuple[float, float]
    implied: float
    foregone: float
    equivalent_years: float
    equivalent_arrival: str
    placed: tuple[Placed, ...]
    later: tuple[str, ...]

    def to_xarray(self) -> xr.Dataset:
        """Label the curve: ``probability`` and ``state`` (value, arrival), the first arrival being "as believed"."""
        import xarray as xr

        data = {
            "probability": (("value", "arrival"), np.column_stack([self.believed, self.probability])),
            "state": (("value", "arrival"), np.column_stack([self.believed_state, self.state])),
        }
        coords = {"value": self.values, "arrival": [BELIEVED, *self.arrivals]}
        return xr.Dataset(data, coords=coords, attrs={"milestone": self.milestone, "price": self.price})

    def to_pandas(self) -> pd.DataFrame:
        """One row per success value and arrival: ``value``, ``arrival``, ``probability``, ``state``."""
        frame = self.to_xarray().to_dataframe(dim_order=["value", "arrival"])
        return frame.reset_index()[["value", "arrival", "probability", "state"]]


def iso_price(
    belief: Belief,
    payoffs: Payoffs,
    *,
    price: float,
    as_of: When,
    milestone: str | None = None,
    values: ArrayLike | None = None,
    arrivals: Iterable[When] | None = None,
    comparables: Sequence[Comparable] = (),
) -> IsoPrice:
    """Find the probability that gives a price at every success value and date of arrival.

    p = (price - F) / (V exp(-(r + d) tau) + S0 - F), with S0 what is left of S without the milestone's own value: the
    floor, and the other priced milestones given that this one is reached, at the dates we believe in, as F has them
    given that it is not.

    Parameters
    ----------
    belief, payoffs, as_of, price, milestone
        As in `implied_probability`.
    values : array_like, shape (value,), optional
        Success values of at least 0; 25 from a quarter to four times ours if left out, ours among them.
    arrivals : iterable of str or date, optional
        Months of success, of a longer period its last one; December of every year and the horizon if left out.
    comparables : sequence
        Documented market values to place on the curve: anything with ``name``, ``value`` and ``date``, such as
        ``dossier.market.comparables``. Those of later dates than `as_of` are only named.

    Returns
    -------
    IsoPrice

    Raises
    ------
    InvalidInput
        As in `solve_for` with the success value as the unknown, or if a value or an arrival cannot be used.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 24))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, required_return=0.10)
    >>> curve = iso_price(belief, payoffs, price=60.0, as_of="2026-01", values=[50, 100, 200], arrivals=["2026-01"])
    >>> curve.probability[:, 0].tolist(), curve.state[:, 0].tolist()
    ([1.2, 0.6, 0.3], ['too dear', 'possible', 'possible'])
    """
    price = checked_price(price)
    state = two_state(belief, payoffs, as_of=as_of, milestone=milestone)
    check_value(belief, payoffs, as_of, state)
    equation = price_equation(belief, payoffs, as_of=as_of, milestone=milestone)
    success_values = numbers("values", around(equation.value) if values is None else values)
    labels = arrival_months(belief, as_of, arrivals)
    years = np.array([arrival_years(belief, as_of, label) for label in labels])
    probability = equation.implied(price, value=success_values[:, None], years=years)
    believed = equation.implied(price, value=success_values)
    same = _equivalent(equation)
    placed, later = _place(equation, price, as_of, comparables)
    return IsoPrice(
        milestone=state.milestone,
        price=price,
        values=success_values,
        arrivals=labels,
        years=years,
        probability=probability,
        believed=believed,
        state=cells(price, equation.failure(), equation.success(success_values[:, None], years=years)),
        believed_state=cells(price, equation.failure(), equation.success(success_values)),
        ours=(equation.value, equation.probability),
        implied=float(equation.implied(price)),
        foregone=_foregone(equation, price),
        equivalent_years=same,
        equivalent_arrival="" if math.isnan(same) else _nearest(belief, as_of, same),
        placed=placed,
        later=later,
    )


def _foregone(equation: PriceEquation, price: float) -> float:
    worth, unit = price - float(equation.success(0.0)), float(equation.unit())
    return worth / unit if worth >= 0.0 and unit > 0.0 else math.nan


def _equivalent(equation: PriceEquation) -> float:
    """Certain date of a success that is worth what it is worth at our dates."""
    if equation.ends_burn and equation.burn > 0.0:
        own = float(equation.value * equation.unit() - equation.burn * equation.own_spent())
        return years_until(equation.value, own, equation.rate, equation.burn)
    unit = float(equation.unit())
    if equation.rate == 0.0 or unit == 0.0:
        return math.nan
    return max(0.0, -math.log(unit) / equation.rate)


def _nearest(belief: Belief, as_of: When, years: float) -> str:
    """Month whose beginning is nearest to a date so many years from the as-of moment."""
    return arrival_label(belief, as_of, years + 0.5 / 12.0 if math.isfinite(years) else years)


def _place(
    equation: PriceEquation, price: float, as_of: When, comparables: Sequence[Comparable]
) -> tuple[tuple[Placed, ...], tuple[str, ...]]:
    today = parse_moment(as_of).day
    ordered = sorted(comparables, key=lambda entry: -entry.value)
    known = [entry for entry in ordered if parse_period(entry.date).last <= today]
    placed = tuple(
        Placed(
            name=entry.name,
            date=entry.date,
            value=entry.value,
            implied=float(equation.implied(price, value=entry.value)),
            state=str(cells(price, equation.failure(), equation.success(entry.value))),
        )
        for entry in known
    )
    return placed, tuple(entry.name for entry in ordered if parse_period(entry.date).last > today)

"""Report section on everything that gives the same price: success values, probabilities, dates and returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesmile.breakevens import LARGEST_RETURN
from bayesmile.market import present_values
from bayesmile.pricing.axes import year_months
from bayesmile.pricing.grids import implied_grid, worth_grid
from bayesmile.pricing.isoprice import IsoPrice, iso_price
from bayesmile.pricing.requirements import Requirement, what_must_hold
from bayesmile.pricing.solving import Solved, solve_for
from bayesmile.sections.basis import Basis, Target, phrase
from bayesmile.sections.price import Reading
from bayesmile.wording import listed, money, percent

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Cell", "Grid", "Iso", "IsoComparable", "iso", "ladder"]

_LADDER = (1.0, 2.0, 3.0, 5.0, 7.0)
_PROBABILITIES = (0.1, 0.25, 0.5, 1.0)
_DATES = 5
_NEAR = 0.005  # of the price: nearer than that the model value is the price
_SAME = 0.004  # rates nearer than this are one column


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a grid.

    Attributes
    ----------
    value : float
        Implied probability, never clipped, or an amount of money.
    state : str
        ``"possible"``, ``"too dear"``, ``"too cheap"`` or ``"silent"``; empty for an amount of money.
    here : bool
        Whether it is the cell of our own numbers.
    """

    value: float
    state: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table of two assumptions.

    Attributes
    ----------
    row_axis, column_axis : str
        ``"success_value"``, ``"required_return"``, ``"probability"`` or ``"arrival"``.
    rows, columns : tuple of float or str
        Their numbers or months.
    cells : tuple of tuple of Cell
        By row.
    """

    row_axis: str
    column_axis: str
    rows: tuple[float | str, ...]
    columns: tuple[float | str, ...]
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IsoComparable:
    """What the price implies if success makes the company worth what another one was.

    Attributes
    ----------
    name, date : str
    value : float
        Its market value on that date.
    implied : float
        Unclipped.
    state : str
    """

    name: str
    date: str
    value: float
    implied: float
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Iso:
    """Section: everything that gives the price.

    Attributes
    ----------
    lead : str
    price, model_value : float
    ours_value, ours : float
        Our success value and probability.
    implied : float
        Probability on the curve at our success value and dates, unclipped.
    foregone : float
        Success value at which the price is that of certain success at our dates; undefined where there is none.
    equivalent : str
        Month of a certain success that is worth what our dates are worth; empty where all dates are worth the same.
    curve : Grid
        Implied probability by success value and date of success, our dates first.
    worth : Grid
        Model value by success value and probability.
    by_return : Grid
        Implied probability by success value and required return.
    by_date : Grid
        Implied probability by required return and date of success, at our success value.
    comparables : tuple of IsoComparable
        The greatest first.
    later : tuple of str
        Comparables whose value is of a later date than the view's: left out.
    requirements : tuple of Requirement
        What would have to be true.
    """

    lead: str
    price: float
    model_value: float
    ours_value: float
    ours: float
    implied: float
    foregone: float
    equivalent: str
    curve: Grid
    worth: Grid
    by_return: Grid
    by_date: Grid
    comparables: tuple[IsoComparable, ...]
    later: tuple[str, ...]
    requirements: tuple[Requirement, ...]


def iso(view: Basis, found: Reading) -> Iso | None:
    """Build the section; None where the priced milestone has no success value of its own or has been paid for."""
    name, belief, payoffs = found.state.milestone, view.belief, view.payoffs
    own = payoffs.values.get(name)
    if not isinstance(own, float) or name not in present_values(belief, payoffs, view.as_of).priced:
        return None
    price, as_of = found.price.value, view.as_of
    dates, values, returns = _dates(view), _values(view, own, price), _returns(view)
    comparables = view.market.comparables
    curve = iso_price(
        belief, payoffs, price=price, as_of=as_of, milestone=name, arrivals=dates, comparables=comparables
    )

    def grid(**over: tuple[float, ...] | tuple[str, ...]) -> Grid:
        return _grid(implied_grid(belief, payoffs, over, price=price, as_of=as_of, milestone=name), "implied")

    worth = worth_grid(
        belief, payoffs, price=price, as_of=as_of, values=values, probabilities=_PROBABILITIES, milestone=name
    )
    return Iso(
        lead=_lead(view, found, curve),
        price=price,
        model_value=found.model_value,
        ours_value=own,
        ours=found.state.probability,
        implied=curve.implied,
        foregone=curve.foregone,
        equivalent=curve.equivalent_arrival,
        curve=grid(success_value=values, arrival=dates),
        worth=_grid(worth, "worth"),
        by_return=grid(success_value=values, required_return=returns),
        by_date=grid(required_return=returns, arrival=dates),
        comparables=tuple(
            IsoComparable(name=one.name, date=one.date, value=one.value, implied=one.implied, state=one.state)
            for one in curve.placed
        ),
        later=curve.later,
        requirements=what_must_hold(
            belief, payoffs, price=price, as_of=as_of, milestone=name, currency=found.price.currency, dates=_asked(view)
        ),
    )


def ladder(low: float, high: float) -> tuple[float, ...]:
    """Round numbers between two amounts, their ends included.

    Examples
    --------
    >>> [level / 1e9 for level in ladder(8e9, 100e9)]
    [10.0, 20.0, 30.0, 50.0, 70.0, 100.0]
    """
    if not 0.0 < low <= high:
        return ()
    decades = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    found = (float(f"{size * 10.0**decade:.12g}") for decade in decades for size in _LADDER)
    return tuple(level for level in found if low * (1.0 - 1e-9) <= level <= high * (1.0 + 1e-9))


def _values(view: Basis, own: float, price: float) -> tuple[float, ...]:
    """Round success values over the interval of the dossier, with a little to each side; else about ours."""
    amount = view.market.amounts.get(f"values.{view.market.priced}")
    if amount is not None and amount.low is not None and amount.high is not None and amount.low > 0.0:
        return ladder(amount.low / 1.5, amount.high * 1.5) or (own,)
    centre = max(own, price)
    return ladder(centre / 4.0, centre * 4.0) or (own,)


def _returns(view: Basis) -> tuple[float, ...]:
    """List the risk-free rate, the ends of our interval, and round rates on both sides of ours."""
    market, ours = view.market, view.payoffs.required_return
    amount = market.amounts["required_return"]
    ends = [market.risk_free.value if market.risk_free is not None else None, amount.low, amount.high]
    wanted = [rate for rate in ends if rate is not None]
    wanted += [min(round(factor * ours, 2), LARGEST_RETURN) for factor in (0.5, 1.5, 2.0)]
    kept: list[float] = []
    for rate in wanted:
        if all(abs(rate - other) > _SAME for other in (ours, *kept)):
            kept.append(rate)
    return tuple(sorted(kept)) or (ours,)


def _dates(view: Basis) -> tuple[str, ...]:
    """Pick a handful of year ends up to the horizon, evenly spread."""
    months = year_months(view.belief.grid, view.as_of)
    places = np.unique(np.linspace(0, len(months) - 1, _DATES + 1).round().astype(int))
    return tuple(months[place] for place in (places[1:] if len(places) > 1 else places))


def _asked(view: Basis) -> tuple[str, ...]:
    """Our date for success, as a certain one, and the deadline of the milestone where it is another."""
    grid, name = view.belief.grid, view.market.priced
    first = max(0, grid.moment(view.as_of)[0])
    pmf = view.belief.pmf(name)[:-1]
    middle = int(np.searchsorted(np.cumsum(pmf), 0.5 * pmf.sum()))
    months = {middle, grid.deadline(view.dossier.milestones[name].deadline), grid.months - 1}
    return tuple(grid.label(month) for month in sorted(months) if first <= month < grid.months)


def _grid(data: xr.Dataset, what: str) -> Grid:
    rows, columns = data[what].dims
    numbers, here = data[what].values, data["here"].values
    states = data["state"].values if "state" in data else np.full(numbers.shape, "")
    lines = (zip(*parts, strict=True) for parts in zip(numbers, states, here, strict=True))
    cells = (
        tuple(Cell(value=float(value), state=str(state), here=bool(mine)) for value, state, mine in line)
        for line in lines
    )
    return Grid(
        row_axis=str(rows),
        column_axis=str(columns),
        rows=_labels(data, str(rows)),
        columns=_labels(data, str(columns)),
        cells=tuple(cells),
    )


def _labels(data: xr.Dataset, name: str) -> tuple[float | str, ...]:
    return tuple(str(one) if name == "arrival" else float(one) for one in data[name].values)


def _lead(view: Basis, found: Reading, curve: IsoPrice) -> str:
    currency, (value, ours) = found.price.currency, curve.ours
    price = money(curve.price, currency)
    text = f"{price} is one number, given by many pairs: at our dates {_at_ours(view, found, curve)}"
    others = [
        f"{label} at {money(solved.value, currency)}"
        for p, label in ((0.5, "even odds"), (ours, f"{percent(ours)}, which is ours,"))
        if (solved := _value_at(view, curve, p)).possible
    ]
    text += f"; the price is also given by {listed(others)}." if others else "."
    if curve.price > found.state.failure and not math.isnan(curve.foregone):
        text += f" Below {money(curve.foregone, currency)} no probability is enough."
    if abs(found.model_value - curve.price) > _NEAR * curve.price:
        side = "more" if found.model_value > curve.price else "less"
        own = f"{percent(ours)} at {money(value, currency)}"
        text += f" Our own pair, {own}, is worth {money(found.model_value, currency)}, {side} than the price."
    if curve.equivalent_arrival not in ("", view.belief.grid.label(view.belief.grid.months)):
        text += f" Our dates are worth what a success certain to come in {curve.equivalent_arrival} is worth."
    return text


def _at_ours(view: Basis, found: Reading, curve: IsoPrice) -> str:
    """Say what the price takes at our success value, as a clause."""
    currency, value = found.price.currency, curve.ours[0]
    at = f"a success value of {money(value, currency)}, ours,"
    what = phrase(Target(curve.milestone, view.horizon))
    if 0.0 <= curve.implied <= 1.0:
        return f"{at} takes {percent(curve.implied)} for {what}"
    if curve.price > max(found.state.failure, found.state.success):
        return f"{at} has no probability of {what} that is enough"
    return f"{at} has no probability of {what} that is low enough"


def _value_at(view: Basis, curve: IsoPrice, probability: float) -> Solved:
    return solve_for(
        "success_value",
        view.belief,
        view.payoffs,
        as_of=view.as_of,
        price=curve.price,
        probability=probability,
        milestone=curve.milestone,
    )

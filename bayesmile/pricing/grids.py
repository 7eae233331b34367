"""Grids of the price equation: what is implied, and what the model says, over ranges of two or more assumptions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.belief import Belief
from bayesmile.breakevens import LARGEST_RETURN, check_value, price_equation
from bayesmile.core.equation import PriceEquation
from bayesmile.errors import InvalidInput
from bayesmile.grid import When
from bayesmile.market import TwoState, checked_price, two_state
from bayesmile.payoffs import Payoffs
from bayesmile.pricing.axes import BELIEVED, arrival_months, arrival_years, cells, numbers

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["AXES", "implied_grid", "worth_grid"]

Array = NDArray[np.float64]

AXES = ("success_value", "required_return", "dilution", "arrival", "price")
"""What a grid of implied probabilities may run over."""

_MOST_CELLS = 10_000_000


def implied_grid(
    belief: Belief,
    payoffs: Payoffs,
    over: Mapping[str, ArrayLike | Sequence[When]],
    *,
    price: float,
    as_of: When,
    milestone: str | None = None,
) -> xr.Dataset:
    """Probability that a price implies, over any ranges of what it is read with.

    Parameters
    ----------
    belief, payoffs, price, as_of, milestone
        As in `implied_probability`.
    over : mapping
        Axes by name, in order: ``"success_value"``, ``"required_return"``, ``"dilution"``, ``"price"`` with numbers of
        at least 0, ``"arrival"`` with months of a success whose date is certain. Our own number is added to each axis;
        to arrivals "as believed", our dates, as the first.

    Returns
    -------
    Dataset, dims in the order of `over`
        ``implied`` (p*, never clipped; NaN where F = S), ``state`` (what `cells` says: "possible" or why not) and
        ``here``, true in the one cell of our own numbers.

    Raises
    ------
    InvalidInput
        If an axis is unknown, empty or out of range, or the milestone has no value of its own where one is asked about.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, floor=10.0, required_return=0.0)
    >>> over = {"success_value": [40, 200], "price": [85]}
    >>> grid = implied_grid(belief, payoffs, over, price=60.0, as_of="2026-01")
    >>> grid.implied.values.tolist()
    [[1.25, 1.875], [0.5, 0.75], [0.25, 0.375]]
    >>> grid.here.values.tolist()
    [[False, False], [True, False], [False, False]]
    """
    ours = checked_price(price)
    if not over:
        raise InvalidInput(f"over: received no axis; allowed are {', '.join(AXES)}")
    state = two_state(belief, payoffs, as_of=as_of, milestone=milestone)
    _check_axes(belief, payoffs, as_of, state, over)
    equation = price_equation(belief, payoffs, as_of=as_of, milestone=milestone)
    axes = {name: _axis(name, values, equation, ours) for name, values in over.items() if name != "arrival"}
    if "arrival" in over:
        axes["arrival"] = _dates(belief, as_of, over["arrival"])
    axes = {name: axes[name] for name in over}
    if math.prod(len(axis) for axis in axes.values()) > _MOST_CELLS:
        raise InvalidInput(f"over: received more than {_MOST_CELLS:,} cells; give fewer numbers")
    spread = {name: _along(axis, place, len(axes)) for place, (name, axis) in enumerate(axes.items())}
    parts = np.broadcast_arrays(*_sides(equation, belief, as_of, ours, spread))
    here = np.ones(parts[0].shape, dtype=bool)
    for name, axis in spread.items():
        here &= axis == _ours(equation, ours)[name]
    variables = {"implied": _implied(*parts), "state": cells(*parts), "here": here}
    return _dataset(variables, axes, {"milestone": state.milestone, "price": ours, "ours": state.probability})


def _dataset(
    variables: Mapping[str, NDArray[Any]], axes: Mapping[str, NDArray[Any]], attrs: Mapping[str, object]
) -> xr.Dataset:
    import xarray as xr

    return xr.Dataset({name: (tuple(axes), part) for name, part in variables.items()}, coords=dict(axes), attrs=attrs)


def _check_axes(belief: Belief, payoffs: Payoffs, as_of: When, state: TwoState, over: Mapping[str, object]) -> None:
    if {"success_value", "arrival"} & set(over):
        check_value(belief, payoffs, as_of, state)
    has_rows = not all(isinstance(value, float) for value in payoffs.values.values())
    if "dilution" in over and (has_rows or payoffs.has_cash_contract):
        where = "inside the row that is priced" if has_rows else "by cash and burn"
        raise InvalidInput(f"over dilution: funding is {where}")


def _ours(equation: PriceEquation, price: float) -> dict[str, Any]:
    return {
        "success_value": equation.value,
        "required_return": equation.required_return,
        "dilution": equation.dilution,
        "arrival": BELIEVED,
        "price": price,
    }


def _axis(name: str, values: Any, equation: PriceEquation, price: float) -> NDArray[Any]:
    """Numbers of an axis, our own among them."""
    if name not in AXES:
        raise InvalidInput(f"over: received {name!r}; allowed are {', '.join(AXES)}")
    most = LARGEST_RETURN if name in {"required_return", "dilution"} else math.inf
    return np.union1d(numbers(f"over {name}", values, most=most), [_ours(equation, price)[name]])


def _dates(belief: Belief, as_of: When, arrivals: Any) -> NDArray[Any]:
    return np.array([BELIEVED, *arrival_months(belief, as_of, arrivals)])


def _along(axis: NDArray[Any], place: int, size: int) -> NDArray[Any]:
    return axis.reshape([-1 if at == place else 1 for at in range(size)])


def _sides(
    equation: PriceEquation, belief: Belief, as_of: When, price: float, spread: Mapping[str, NDArray[Any]]
) -> tuple[NDArray[Any], Array, Array]:
    """Price, F and S along every axis."""
    rate = spread.get("required_return", equation.required_return) + spread.get("dilution", equation.dilution)
    value = spread.get("success_value")
    success = equation.success(value, rate)
    if "arrival" in spread:
        labels = spread["arrival"]
        years = [0.0 if label == BELIEVED else arrival_years(belief, as_of, str(label)) for label in labels.ravel()]
        certain = equation.success(value, rate, np.reshape(years, labels.shape))
        success = np.where(labels == BELIEVED, success, certain)
    return spread.get("price", np.asarray(price)), equation.failure(rate), success


def _implied(price: Array, failure: Array, success: Array) -> Array:
    gain = success - failure
    return np.asarray(np.divide(price - failure, gain, out=np.full(gain.shape, np.nan), where=gain != 0.0))


def worth_grid(
    belief: Belief,
    payoffs: Payoffs,
    *,
    price: float,
    as_of: When,
    values: ArrayLike,
    probabilities: ArrayLike,
    milestone: str | None = None,
) -> xr.Dataset:
    """Model value over success values and probabilities, beside the price.

    Parameters
    ----------
    belief, payoffs, price, as_of, milestone
        As in `implied_probability`; timing as believed.
    values, probabilities : array_like
        Success values of at least 0, probabilities from 0 to 1; ours are added.

    Returns
    -------
    Dataset, dims (success_value, probability)
        ``worth`` = (1 - p) F + p S, ``over`` = worth / price - 1 (infinite or NaN at a price of 0), and ``here``, true
        in the cell of our own numbers.

    Raises
    ------
    InvalidInput
        As in `solve_for` with the success value as the unknown, or if a number is out of range.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, floor=10.0, required_return=0.0)
    >>> at = {"price": 60.0, "as_of": "2026-01"}
    >>> worth_grid(belief, payoffs, values=[200], probabilities=[0, 1], **at).worth.values.tolist()
    [[10.0, 60.0, 110.0], [10.0, 110.0, 210.0]]
    """
    price = checked_price(price)
    state = two_state(belief, payoffs, as_of=as_of, milestone=milestone)
    check_value(belief, payoffs, as_of, state)
    equation = price_equation(belief, payoffs, as_of=as_of, milestone=milestone)
    axes = {
        "success_value": np.union1d(numbers("values", values), [equation.value]),
        "probability": np.union1d(numbers("probabilities", probabilities, most=1.0), [equation.probability]),
    }
    worth = equation.worth(axes["probability"], value=axes["success_value"][:, None])
    ours = (axes["success_value"] == equation.value, axes["probability"] == equation.probability)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # a price of next to nothing
        over = worth / price - 1.0
    variables = {"worth": worth, "over": over, "here": np.logical_and.outer(*ours)}
    return _dataset(variables, axes, {"milestone": state.milestone, "price": price})

"""Draws of uncertain payoffs, and their present values for every month, all draws at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.funding import annuity
from bayesmile.core.tilting import discount
from bayesmile.errors import InvalidInput
from bayesmile.files.market_page import Market
from bayesmile.grid import MonthGrid, When
from bayesmile.payoffs import Payoffs

__all__ = ["DrawnValues", "PayoffDraws", "draw_payoffs"]

Array = NDArray[np.float64]

_PLAIN = ("floor", "beyond", "required_return", "dilution", "cash", "burn", "net_cash")


@dataclass(frozen=True, slots=True, eq=False)
class DrawnValues:
    """Present value by outcome under each draw: PV = floor + sum over milestones of rows[k][T_k].

    Attributes
    ----------
    floor : array (draw,)
    rows : dict of str to array (draw, months + 1)
        The last cell is *beyond*.
    priced : tuple of str
        Milestones that still pay when they are reached.
    """

    floor: Array
    rows: Mapping[str, Array]
    priced: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PayoffDraws:
    """Payoffs with their uncertain numbers drawn.

    Attributes
    ----------
    payoffs : Payoffs
        The payoffs at their central numbers.
    numbers : mapping of str to array (draw,)
        By the name that the number has in ``market.amounts``: ``"floor"``, ``"values.commercialization"``, ...; numbers
        without a prior are not among them.
    size : int
        Number of draws.
    """

    payoffs: Payoffs
    numbers: Mapping[str, Array]
    size: int

    @property
    def share_factor(self) -> Array:
        """Shares truly outstanding over those counted, (draw,): what the market value is multiplied by."""
        return self.numbers.get("share_factor", np.ones(self.size))

    def _number(self, name: str) -> Array:
        fixed = np.full(self.size, getattr(self.payoffs, name) if name in _PLAIN else 1.0)
        return self.numbers.get(name, fixed)

    def present_values(self, grid: MonthGrid, as_of: When, reached: Iterable[str] = ()) -> DrawnValues:
        """Present value of every payoff by event month under each draw; see `Payoffs.present_values`.

        Raises
        ------
        InvalidInput
            If `as_of` lies past the horizon.
        """
        month, fraction = grid.moment(as_of)
        if month >= grid.months:
            raise InvalidInput(f"as_of: received {as_of!r}; allowed are dates up to the horizon {grid.last}")
        central = self.payoffs.present_values(grid, as_of, reached)
        rate = (self._number("required_return") + self._number("dilution"))[:, None]
        factors = discount(grid.months, month, fraction, rate)
        spent = self._funding(grid.months, month, fraction)
        named = self.payoffs.funding_milestone
        rows = {}
        for name in central.rows:
            value = self.payoffs.values[name]
            if isinstance(value, float):
                drawn = np.zeros((self.size, grid.months + 1))
                drawn[:, :-1] = self.numbers.get(f"values.{name}", np.full(self.size, value))[:, None] * factors
            else:  # present values as they were given
                drawn = np.repeat(np.asarray(value)[None], self.size, axis=0)
            if name == named:
                drawn[:, :-1] += spent
                drawn[:, -1] += self._number("beyond")
            rows[name] = drawn
        floor = self._number("floor") + self._number("net_cash")
        if named not in rows:
            floor = floor + self._number("cash")  # the burn ended with that success: what is left is kept
        return DrawnValues(floor, rows, central.priced)

    def _funding(self, months: int, month: int, fraction: float) -> Array:
        """Cash of today less the burn until success, (draw, months)."""
        cash, burn = self._number("cash")[:, None], self._number("burn")[:, None]
        if not (cash.any() or burn.any()):
            return np.zeros((self.size, 1))
        return cash - burn * annuity(months, month, fraction, self._number("required_return")[:, None])


def draw_payoffs(market: Market, draws: int, rng: np.random.Generator) -> PayoffDraws:
    """Draw every number of a market page that has a prior, each independently of the others.

    Parameters
    ----------
    market : Market
    draws : int
    rng : numpy Generator

    Raises
    ------
    InvalidInput
        If `draws` is below 1.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> drawn = draw_payoffs(load("phase2_drug").market, 400, np.random.default_rng(1))
    >>> sorted(drawn.numbers), drawn.numbers["values.approval"].shape
    (['beyond', 'dilution', 'required_return', 'values.approval'], (400,))
    """
    if draws < 1:
        raise InvalidInput(f"draws: received {draws}; allowed is at least 1")
    numbers = {name: prior.sample(draws, rng) for name, prior in market.priors.items()}
    return PayoffDraws(market.payoffs, numbers, draws)

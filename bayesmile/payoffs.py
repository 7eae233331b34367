"""What reaching each milestone is worth: payoffs, and their present value for every month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from bayesmile.checks import finite
from bayesmile.core.funding import annuity
from bayesmile.core.tilting import discount
from bayesmile.errors import InvalidInput
from bayesmile.grid import MonthGrid, When
from bayesmile.wording import words

__all__ = ["Payoffs", "PresentValues"]

Array = NDArray[np.float64]

_HIGH_RETURN = 0.20
_MISSING = cast(float, ...)


@dataclass(frozen=True, slots=True)
class PresentValues:
    """Present value by outcome: PV = floor + sum over milestones of rows[k][T_k].

    Attributes
    ----------
    floor : float
        Present value kept in every state.
    rows : dict of str to array, shape (months + 1,)
        Present value by event month; the last cell is *beyond*.
    priced : tuple of str
        Milestones that still pay when they are reached, in the order of the payoffs.
    notes : tuple of str
        What a reader should be told, those of the payoffs included.
    """

    floor: float
    rows: Mapping[str, Array]
    priced: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Payoffs:
    """What a holder gets, milestone by milestone, in one currency.

    PV = floor + beyond * 1[every priced milestone is beyond] + sum_k V_k exp(-(r + d) tau_k) 1[T_k on the grid], with
    tau_k = max(0, months from the as-of moment to the month of k) / 12 years.

    The years until success must be paid for, by one of two contracts. *Dilution*: new shares are sold, and the holders
    of today keep a share exp(-d tau) of a success. *Cash*: nobody buys new shares, and the row of the milestone that
    ends the need for money holds today's cash less the burn to come: d = 0, and a success after tau years is worth

        V exp(-r tau) + cash - burn (1 - exp(-r tau)) / r.

    In *beyond* the cash is spent: there only `beyond` is left. Where the burn outruns the cash, a late success may be
    worth less than failure; nothing is clipped, and the `notes` say from which month on.

    Parameters
    ----------
    values : mapping of str to float or sequence of float
        V_k: total diluted equity value created when milestone k is reached, in money of that day, in excess of the
        floor. Advanced: a row of months + 1 present values (the last is *beyond*), taken as it is, without discount.
    floor : float
        Present value kept in every state.
    beyond : float
        Present value of failure and of success after the horizon together: (1 - w) F + w PV(success after the horizon),
        F what abandonment leaves to the holders of today, w = P(later | beyond).
    required_return : float
        Yearly continuous rate r for the risk that is left when failure, which the roadmap carries, is taken out.
        It has no default.
    dilution : float
        Yearly continuous growth d of the share count until success; not with `cash` or `burn`.
    cash : float
        Cash of today less debt, negative for a net debt; not with `dilution`.
    burn : float
        Cash spent a year, at a constant pace, until success; not with `dilution`.
    net_cash : float
        Cash less debt held today, for payoffs that are stated for the operations rather than the equity: kept in every
        state, on top of `floor`. Not with `cash` or `burn`, which carry the cash already.
    beyond_milestone : str, optional
        The one priced milestone whose *beyond* pays `beyond`, and whose success ends the burn; needed where several are
        priced.
    unpaid : sequence of str
        Milestones that still pay although they are already reached; the others have been paid for.

    Raises
    ------
    InvalidInput
        If a number is missing, not finite or negative (`cash` and `net_cash` may be), or the parts contradict each
        other.

    Examples
    --------
    >>> payoffs = Payoffs({"approval": 1200.0}, floor=50.0, beyond=30.0, required_return=0.10, dilution=0.02)
    >>> present = payoffs.present_values(MonthGrid("2026-01", 24), "2026-01")
    >>> present.rows["approval"].round(1)[[0, 12, 23, 24]].tolist()
    [1200.0, 1064.3, 953.4, 30.0]

    The same success paid for out of 200 in cash, of which 150 a year are spent:

    >>> funded = Payoffs({"approval": 1200.0}, beyond=30.0, required_return=0.10, cash=200.0, burn=150.0)
    >>> funded.present_values(MonthGrid("2026-01", 24), "2026-01").rows["approval"].round(1)[[0, 12, 23, 24]].tolist()
    [1400.0, 1143.1, 929.1, 30.0]
    """

    values: Mapping[str, float | Sequence[float] | Array]
    floor: float = field(default=0.0, kw_only=True)
    beyond: float = field(default=0.0, kw_only=True)
    required_return: float = field(default=_MISSING, kw_only=True)  # refused below
    dilution: float = field(default=0.0, kw_only=True)
    cash: float = field(default=0.0, kw_only=True)
    burn: float = field(default=0.0, kw_only=True)
    net_cash: float = field(default=0.0, kw_only=True)
    beyond_milestone: str | None = field(default=None, kw_only=True)
    unpaid: tuple[str, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        """Check every field."""
        if not isinstance(self.values, Mapping) or not self.values:
            raise InvalidInput(
                f"Payoffs values: received {self.values!r}; allowed is a mapping of milestones to values"
            )
        object.__setattr__(self, "values", {name: _value(name, value) for name, value in self.values.items()})
        if self.required_return is _MISSING:
            raise InvalidInput(
                "Payoffs required_return: it has no default, since every value rests on it; allowed is a yearly rate"
                " such as 0.10"
            )
        for name in ("floor", "beyond", "required_return", "dilution", "burn"):
            object.__setattr__(self, name, _amount(name, getattr(self, name)))
        for name in ("cash", "net_cash"):
            object.__setattr__(self, name, finite(f"Payoffs {name}", getattr(self, name)))
        object.__setattr__(self, "unpaid", (self.unpaid,) if isinstance(self.unpaid, str) else tuple(self.unpaid))
        self._check_parts()

    def _check_parts(self) -> None:
        self._check_funding()
        pays = ("beyond", self.beyond > 0.0), ("cash and burn", self.has_cash_contract)
        for part, given in pays:
            if given and len(self.values) > 1 and self.beyond_milestone is None:
                raise InvalidInput(
                    f"Payoffs {part}: several milestones are priced ({', '.join(self.values)});"
                    " name the one whose row carries it in beyond_milestone"
                )
        named = [("unpaid", name) for name in self.unpaid]
        if self.beyond_milestone is not None:
            named.append(("beyond_milestone", self.beyond_milestone))
        for part, name in named:
            if name not in self.values:
                raise InvalidInput(
                    f"Payoffs {part}: received {name!r}; allowed are the priced {', '.join(self.values)}"
                )

    def _check_funding(self) -> None:
        """Refuse what would count the same money twice."""
        has_rows = any(isinstance(value, np.ndarray) for value in self.values.values())
        cash = f"cash {self.cash:g} and burn {self.burn:g}"
        if self.dilution > 0.0 and self.has_cash_contract:
            raise InvalidInput(
                f"Payoffs dilution: received dilution {self.dilution:g} with {cash}; funding is either a dilution or"
                " cash and burn, not both"
            )
        if has_rows and (self.dilution > 0.0 or self.has_cash_contract):
            part, given = ("cash", cash) if self.has_cash_contract else ("dilution", "a dilution")
            raise InvalidInput(
                f"Payoffs {part}: received both {given} and a row of present values; funding is either given or inside"
                " the rows, not both"
            )
        if self.net_cash != 0.0 and self.has_cash_contract:
            raise InvalidInput(
                f"Payoffs net_cash: received net_cash {self.net_cash:g} with {cash}; the cash is counted once, either"
                " kept in every state or spent by the burn, not both"
            )

    @property
    def has_cash_contract(self) -> bool:
        """Whether the years until success are paid for out of cash, rather than by new shares."""
        return self.cash != 0.0 or self.burn != 0.0

    @property
    def funding_milestone(self) -> str:
        """The priced milestone whose *beyond* pays `beyond`, and whose success ends the burn."""
        return self.beyond_milestone or next(iter(self.values))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should be told about these assumptions; empty if nothing."""
        if self.required_return <= _HIGH_RETURN:
            return ()
        return (
            f"the required return of {self.required_return:.0%} a year exceeds {_HIGH_RETURN:.0%}: it should not"
            " contain the risk of failure, which the roadmap carries already",
        )

    def scaled(self, factor: float) -> Payoffs:
        """Return the same payoffs in another unit of currency, every amount times `factor`.

        Examples
        --------
        >>> Payoffs({"approval": 1.2e9}, required_return=0.1).scaled(1e-6).values
        {'approval': 1200.0}
        """
        values = {name: value * factor for name, value in self._checked().items()}
        amounts = {name: getattr(self, name) * factor for name in ("floor", "beyond", "cash", "burn", "net_cash")}
        return replace(self, values=values, **amounts)

    def with_value(self, milestone: str, value: float) -> Payoffs:
        """Return the same payoffs with another value for one priced milestone.

        Raises
        ------
        InvalidInput
            If the milestone is not priced.
        """
        if milestone not in self.values:
            raise InvalidInput(f"Payoffs: received {milestone!r}; allowed are the priced {', '.join(self.values)}")
        return replace(self, values={**self.values, milestone: value})

    def _checked(self) -> Mapping[str, float | Array]:
        return cast(Mapping[str, float | Array], self.values)

    def present_values(self, grid: MonthGrid, as_of: When, reached: Iterable[str] = ()) -> PresentValues:
        """Present value of every payoff by event month, seen from `as_of`.

        Parameters
        ----------
        grid : MonthGrid
            Months of the roadmap.
        as_of : str or date
            ``"YYYY-MM"`` is the first moment of the month, a day counts as elapsed.
        reached : iterable of str
            Milestones known to have been reached before; they pay only if they are `unpaid`.

        Raises
        ------
        InvalidInput
            If `as_of` lies past the horizon or a row has the wrong length.
        """
        month, fraction = grid.moment(as_of)
        if month >= grid.months:
            raise InvalidInput(f"as_of: received {as_of!r}; allowed are dates up to the horizon {grid.last}")
        paid = set(reached) - set(self.unpaid)
        factors = discount(grid.months, month, fraction, self.required_return + self.dilution)
        rows = {name: _row(name, value, factors) for name, value in self._checked().items() if name not in paid}
        floor, last = self.floor + self.net_cash, self.funding_milestone
        if last in paid:
            floor += self.cash  # the burn ended with that success: what is left is kept
        else:
            rows[last][:-1] += self.cash - self.burn * annuity(grid.months, month, fraction, self.required_return)
            rows[last][-1] += self.beyond
        priced = tuple(name for name in self.values if name not in paid)
        return PresentValues(floor, rows, priced, (*self.notes, *self._late_notes(grid, month, rows)))

    def _late_notes(self, grid: MonthGrid, month: int, rows: Mapping[str, Array]) -> Iterator[str]:
        """Say from which month on a success paid for out of cash is worth less than failure."""
        row = rows.get(self.funding_milestone)
        if row is None or not self.has_cash_contract:
            return
        first = max(0, month)
        below = np.flatnonzero(row[first:-1] < row[-1])  # the row falls: what is below stays below
        if below.size:
            yield (
                f"from {grid.label(first + int(below[0]))} on, reaching {words(self.funding_milestone)} is worth less"
                " than not reaching it: by then the burn has outrun the cash and the value of success"
            )


def _amount(name: str, value: object) -> float:
    number = finite(f"Payoffs {name}", value)
    if number < 0.0:
        raise InvalidInput(f"Payoffs {name}: received {value!r}; allowed is a number of at least 0")
    return number


def _value(name: object, value: object) -> float | Array:
    if not isinstance(name, str):
        raise InvalidInput(f"Payoffs values: received the milestone {name!r}; allowed are names")
    if isinstance(value, str) or not isinstance(value, (Sequence, np.ndarray)):
        return _amount(f"value of {name}", value)
    try:
        row = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        row = np.empty((0, 0))
    if row.ndim != 1 or not np.isfinite(row).all() or (row < 0.0).any():
        raise InvalidInput(f"Payoffs row of {name}: received {value!r}; allowed are finite numbers of at least 0")
    row.flags.writeable = False
    return row


def _row(name: str, value: float | Array, factors: Array) -> Array:
    if not isinstance(value, np.ndarray):
        return np.append(value * factors, 0.0)
    if len(value) != len(factors) + 1:
        raise InvalidInput(
            f"Payoffs row of {name}: received {len(value)} numbers; allowed are {len(factors) + 1}, months + 1"
        )
    return value.copy()

"""Physical and risk-neutral probabilities side by side, and the premium between them swept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.belief import Belief
from bayesmile.breakevens import LARGEST_RETURN, price_equation
from bayesmile.checks import finite
from bayesmile.errors import InvalidInput
from bayesmile.grid import When
from bayesmile.market import checked_price, two_state
from bayesmile.payoffs import Payoffs
from bayesmile.pricing.axes import cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AtPremium", "Measures", "two_measures"]

_STEPS = (0.005, 0.01, 0.02, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LINES = 8  # about as many as a table of premiums should have
_LEAST_SWEEP = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class AtPremium:
    """What the price implies at one risk premium.

    Attributes
    ----------
    premium, required_return : float
        A year; the return is the risk-free rate plus the premium.
    implied : float
        Probability that the price implies at that return, never clipped; NaN where success and failure are worth the
        same.
    state : str
        ``"possible"``, ``"too dear"``, ``"too cheap"`` or ``"silent"``; see `bayesmile.pricing.axes.cells`.
    """

    premium: float
    required_return: float
    implied: float
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """A price read at the required return and at the risk-free rate.

    Only the physical number is a probability in the sense in which ours is one. The risk-neutral number is what a
    probability would have to be if nobody asked for a premium: it weighs the good outcomes down by what bearing their
    risk costs, so that its distance from ours mixes belief with the price of risk and is given nowhere.

    Attributes
    ----------
    milestone : str
    price, ours : float
        The price, and our probability of the milestone by the horizon.
    risk_free, required_return : float
        Yearly continuous rates.
    physical, risk_neutral : AtPremium
        At the required return, and at the risk-free rate.
    sweep : tuple of AtPremium
        By premium, from 0 to beyond ours; both of the above among them.
    rate_matters : bool
        Whether anything is discounted at all: rows of present values are taken as they are.
    """

    milestone: str
    price: float
    ours: float
    risk_free: float
    required_return: float
    physical: AtPremium
    risk_neutral: AtPremium
    sweep: tuple[AtPremium, ...]
    rate_matters: bool

    @property
    def premium(self) -> float:
        """Required return less risk-free rate; negative where less than the safe rate is asked for."""
        return self.required_return - self.risk_free

    def to_pandas(self) -> pd.DataFrame:
        """One row per premium: ``premium``, ``required_return``, ``implied``, ``state``."""
        import pandas as pd

        names = ("premium", "required_return", "implied", "state")
        return pd.DataFrame([{name: getattr(line, name) for name in names} for line in self.sweep])


def two_measures(
    belief: Belief,
    payoffs: Payoffs,
    *,
    price: float,
    as_of: When,
    risk_free: float,
    milestone: str | None = None,
    premiums: Sequence[float] | None = None,
) -> Measures:
    """Read a price at the required return and at the risk-free rate, and at premiums between and beyond.

    Parameters
    ----------
    belief, payoffs, price, as_of, milestone
        As in `implied_probability`. Only the return changes: floor, *beyond* and rows are present values already and
        stay as they are, and so does dilution, which is no premium.
    risk_free : float
        Yearly continuous rate of a safe investment, at least 0.
    premiums : sequence of float, optional
        Those of the sweep; if left out, round ones from 0 to half as much again as ours, at least to 10%.

    Returns
    -------
    Measures

    Raises
    ------
    InvalidInput
        As in `implied_probability`, or if the rate is negative or a premium takes it below 0.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.0] * 12 + [0.5]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 24))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, required_return=0.12)
    >>> found = two_measures(belief, payoffs, price=40.0, as_of="2026-01", risk_free=0.04)
    >>> round(found.physical.implied, 3), round(found.risk_neutral.implied, 3), found.ours
    (0.451, 0.416, 0.5)
    """
    price = checked_price(price)
    rate = finite("risk_free", risk_free)
    if rate < 0.0:
        raise InvalidInput(f"risk_free: received {risk_free!r}; allowed is a yearly rate of at least 0")
    state = two_state(belief, payoffs, as_of=as_of, milestone=milestone)
    equation = price_equation(belief, payoffs, as_of=as_of, milestone=milestone)
    own = payoffs.required_return - rate
    wanted = _premiums(own) if premiums is None else [_premium(premium, rate) for premium in premiums]
    by_premium = {premium: rate + premium for premium in wanted} | {0.0: rate, own: payoffs.required_return}
    swept = np.array(sorted(by_premium))
    returns = np.array([by_premium[premium] for premium in swept])
    rates = returns + payoffs.dilution
    implied = equation.implied(price, rate=rates)
    states = cells(price, equation.failure(rates), equation.success(rate=rates))
    lines = tuple(_lines(swept, returns, implied, states))
    return Measures(
        milestone=state.milestone,
        price=price,
        ours=state.probability,
        risk_free=rate,
        required_return=payoffs.required_return,
        physical=next(line for line in lines if line.premium == own),
        risk_neutral=next(line for line in lines if line.premium == 0.0),
        sweep=lines,
        rate_matters=any(isinstance(value, float) for value in payoffs.values.values()),
    )


def _lines(
    premiums: NDArray[np.float64], returns: NDArray[np.float64], implied: ArrayLike, states: NDArray[np.str_]
) -> list[AtPremium]:
    return [
        AtPremium(premium=float(premium), required_return=float(rate), implied=float(p), state=str(state))
        for premium, rate, p, state in zip(premiums, returns, np.asarray(implied), states, strict=True)
    ]


def _premium(premium: object, risk_free: float) -> float:
    number = finite("premiums", premium)
    if not 0.0 <= risk_free + number <= LARGEST_RETURN:
        raise InvalidInput(
            f"premiums: received {premium!r}; allowed are numbers that make a return from 0 to {LARGEST_RETURN:g} with"
            f" the risk-free {risk_free:g}"
        )
    return number


def _premiums(own: float) -> list[float]:
    """Round premiums from 0 to half as much again as ours."""
    most = max(_LEAST_SWEEP, 1.5 * own)
    step = next((size for size in _STEPS if most / size <= _LINES), _STEPS[-1])
    return [round(step * k, 6) for k in range(int(np.ceil(most / step - 1e-9)) + 1)]

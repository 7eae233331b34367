"""How long a milestone takes once it is ready: delay laws in months, each with a probability of never."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from scipy import special

from bayesmile.checks import positive, probability
from bayesmile.core import lifetime
from bayesmile.errors import InvalidInput

__all__ = ["Delay", "Gamma", "LogLogistic", "LogNormal", "Tabulated", "Weibull", "typical_months"]

Floats = npt.NDArray[np.float64]

_LEAKAGE = 1e-12  # a tabulated pmf this close to one leaves nothing for never
_LEVELS, _TABLE_MONTHS = (0.05, 0.5, 0.95), 1200
_SHARPEST = 1e-4  # sd over mean of the sharpest gamma whose tails keep their digits


@runtime_checkable
class Delay(Protocol):
    """Anything that gives the log pmf and log survival of a delay in whole months."""

    def log_delay(self, months: int, has_parents: bool) -> tuple[Floats, Floats]:
        """Return log P(L = l) and log P(L > l) for l = 0 to months - 1, never included in the survival."""
        ...


def _set(law: object, **values: float) -> None:
    for name, value in values.items():
        object.__setattr__(law, name, value)


def _quantile(q: float, never: float, ended: Callable[[float], float]) -> float:
    """Quantile of the law with never, from `ended`, the quantile function of the law without, inside (0, 1)."""
    q = probability("quantile q", q)
    share = q / (1.0 - never) if never < 1.0 else math.inf
    if share >= 1.0:
        return math.inf
    try:
        return ended(share) if share > 0.0 else 0.0
    except OverflowError:
        return math.inf


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Log-normal delay: log L is normal with mean log(median) and standard deviation sigma.

    Parameters
    ----------
    median : float
        Median of the delay in months, given that it ends.
    sigma : float
        Standard deviation of its natural logarithm.
    never : float
        Probability that it never ends.

    Raises
    ------
    InvalidInput
        If `median` or `sigma` is not above 0 or `never` not a probability.

    Examples
    --------
    >>> LogNormal(median=12, sigma=0.5, never=0.1).quantile(0.45)
    12.0

    References
    ----------
    .. [1] N. L. Johnson, S. Kotz, N. Balakrishnan, "Continuous Univariate Distributions", vol. 1, Wiley, 1994, ch. 14.
    """

    median: float
    sigma: float
    never: float = 0.0

    def __post_init__(self) -> None:
        """Check the fields."""
        _set(
            self,
            median=positive("LogNormal median", self.median),
            sigma=positive("LogNormal sigma", self.sigma),
            never=probability("LogNormal never", self.never),
        )

    def log_delay(self, months: int, has_parents: bool) -> tuple[Floats, Floats]:
        """Log pmf and log survival, each of shape (months,); see `Delay`."""
        return lifetime.lognormal_log_delay(self.median, self.sigma, self.never, months, has_parents)

    def quantile(self, q: float) -> float:
        """Months by which the delay has ended with probability `q`; ``inf`` where it never has."""
        return _quantile(q, self.never, lambda p: self.median * math.exp(self.sigma * float(special.ndtri(p))))


@dataclass(frozen=True, slots=True)
class Gamma:
    """Gamma delay, by its mean and standard deviation.

    Parameters
    ----------
    mean, sd : float
        Mean and standard deviation of the delay in months, given that it ends.
    never : float
        Probability that it never ends.

    Raises
    ------
    InvalidInput
        If `mean` or `sd` is not above 0, `sd` not within 1e-4 to 1e4 times the mean, or `never` not a probability.

    Examples
    --------
    >>> round(Gamma(mean=10, sd=10).quantile(0.5), 6)
    6.931472

    References
    ----------
    .. [1] N. L. Johnson, S. Kotz, N. Balakrishnan, "Continuous Univariate Distributions", vol. 1, Wiley, 1994, ch. 17.
    """

    mean: float
    sd: float
    never: float = 0.0

    def __post_init__(self) -> None:
        """Check the fields."""
        _set(
            self,
            mean=positive("Gamma mean", self.mean),
            sd=positive("Gamma sd", self.sd),
            never=probability("Gamma never", self.never),
        )
        if not _SHARPEST <= self.sd / self.mean <= 1.0 / _SHARPEST:
            raise InvalidInput(
                f"Gamma sd: received {self.sd!r} for mean {self.mean!r}; allowed is from {_SHARPEST:g} times to"
                f" {1.0 / _SHARPEST:g} times the mean"
            )

    def log_delay(self, months: int, has_parents: bool) -> tuple[Floats, Floats]:
        """Log pmf and log survival, each of shape (months,); see `Delay`."""
        return lifetime.gamma_log_delay(self.mean, self.sd, self.never, months, has_parents)

    def quantile(self, q: float) -> float:
        """Months by which the delay has ended with probability `q`; ``inf`` where it never has."""
        shape, scale = (self.mean / self.sd) ** 2, self.sd * (self.sd / self.mean)
        return _quantile(q, self.never, lambda p: float(special.gammaincinv(shape, p)) * scale)


@dataclass(frozen=True, slots=True)
class Weibull:
    """Weibull delay: S(x) = 2 ** -((x / median) ** shape).

    Parameters
    ----------
    median : float
        Median of the delay in months, given that it ends.
    shape : float
        Above 1 the hazard rises with time, below 1 it falls.
    never : float
        Probability that it never ends.

    Raises
    ------
    InvalidInput
        If `median` or `shape` is not above 0 or `never` not a probability.

    Examples
    --------
    >>> Weibull(median=12, shape=2).quantile(0.9375)
    24.0

    References
    ----------
    .. [1] N. L. Johnson, S. Kotz, N. Balakrishnan, "Continuous Univariate Distributions", vol. 1, Wiley, 1994, ch. 21.
    """

    median: float
    shape: float
    never: float = 0.0

    def __post_init__(self) -> None:
        """Check the fields."""
        _set(
            self,
            median=positive("Weibull median", self.median),
            shape=positive("Weibull shape", self.shape),
            never=probability("Weibull never", self.never),
        )

    def log_delay(self, months: int, has_parents: bool) -> tuple[Floats, Floats]:
        """Log pmf and log survival, each of shape (months,); see `Delay`."""
        return lifetime.weibull_log_delay(self.median, self.shape, self.never, months, has_parents)

    def quantile(self, q: float) -> float:
        """Months by which the delay has ended with probability `q`; ``inf`` where it never has."""
        doublings = 1.0 / math.log(2.0)
        return _quantile(q, self.never, lambda p: self.median * (-math.log1p(-p) * doublings) ** (1.0 / self.shape))


@dataclass(frozen=True, slots=True)
class LogLogistic:
    """Log-logistic delay: F(x) / S(x) = (x / median) ** shape.

    Parameters
    ----------
    median : float
        Median of the delay in months, given that it ends.
    shape : float
        Steepness; the hazard rises and then falls when it is above 1.
    never : float
        Probability that it never ends.

    Raises
    ------
    InvalidInput
        If `median` or `shape` is not above 0 or `never` not a probability.

    Examples
    --------
    >>> LogLogistic(median=14, shape=2).quantile(0.8)
    28.0

    References
    ----------
    .. [1] N. L. Johnson, S. Kotz, N. Balakrishnan, "Continuous Univariate Distributions", vol. 2, Wiley, 1995, ch. 23.
    """

    median: float
    shape: float
    never: float = 0.0

    def __post_init__(self) -> None:
        """Check the fields."""
        _set(
            self,
            median=positive("LogLogistic median", self.median),
            shape=positive("LogLogistic shape", self.shape),
            never=probability("LogLogistic never", self.never),
        )

    def log_delay(self, months: int, has_parents: bool) -> tuple[Floats, Floats]:
        """Log pmf and log survival, each of shape (months,); see `Delay`."""
        return lifetime.loglogistic_log_delay(self.median, self.shape, self.never, months, has_parents)

    def quantile(self, q: float) -> float:
        """Months by which the delay has ended with probability `q`; ``inf`` where it never has."""
        return _quantile(q, self.never, lambda p: self.median * (p / (1.0 - p)) ** (1.0 / self.shape))


@dataclass(frozen=True, slots=True)
class Tabulated:
    """Delay given as a table of probabilities by whole month; what the table lacks to one is never.

    Parameters
    ----------
    pmf : sequence of float
        P(L = l) for l = 0, 1, ...; shorter or longer than any grid. The table is used as it stands,
        with or without parents: the half month of the other laws is not added.

    Raises
    ------
    InvalidInput
        If an entry is not a probability or the sum exceeds 1 by more than 1e-12.

    Examples
    --------
    >>> delay = Tabulated([0.5, 0.25])
    >>> delay.never, delay.quantile(0.6), delay.quantile(0.8)
    (0.25, 1.0, inf)
    """

    pmf: tuple[float, ...]

    def __init__(self, pmf: Sequence[float] | Floats) -> None:
        """Check the table."""
        if isinstance(pmf, str) or not isinstance(pmf, Iterable) or np.ndim(pmf) == 0:
            raise InvalidInput(f"Tabulated pmf: received {pmf!r}; allowed is a sequence of probabilities by month")
        entries = tuple(probability(f"Tabulated pmf[{month}]", entry) for month, entry in enumerate(pmf))
        if not entries or math.fsum(entries) > 1.0 + _LEAKAGE:
            raise InvalidInput(
                f"Tabulated pmf: received {len(entries)} entries with sum {math.fsum(entries)!r};"
                " allowed is at least one entry and a sum of at most 1"
            )
        object.__setattr__(self, "pmf", entries)

    @property
    def never(self) -> float:
        """Probability that the delay never ends: the missing mass, or 0 within 1e-12 of none."""
        missing = 1.0 - math.fsum(self.pmf)
        return missing if missing > _LEAKAGE else 0.0

    def log_delay(self, months: int, has_parents: bool) -> tuple[Floats, Floats]:
        """Log pmf and log survival, each of shape (months,); see `Delay`."""
        return lifetime.tabulated_log_delay(np.array(self.pmf), self.never, months)

    def quantile(self, q: float) -> float:
        """First whole month by which the delay has ended with probability `q`; ``inf`` where it never has."""
        reached = np.cumsum(self.pmf) >= probability("quantile q", q) - 1e-15
        return float(np.argmax(reached)) if reached.any() else math.inf


def typical_months(delay: Delay, *, has_parents: bool) -> tuple[float, float, float, float]:
    """Months at 5, 50 and 95 percent given that the delay ends, and the probability of never.

    Laws of the package give theirs exactly; of any other the whole months of its own table are taken, 100 years long.

    Parameters
    ----------
    delay : Delay
    has_parents : bool
        As `Delay.log_delay` takes it; only for other laws.

    Returns
    -------
    tuple of float
        NaN months where it never ends.

    Examples
    --------
    >>> [round(number, 3) for number in typical_months(LogNormal(12, 0.5, never=0.25), has_parents=True)]
    [5.272, 12.0, 27.312, 0.25]
    """
    law: object = delay
    if not isinstance(law, _LAWS):
        log_pmf, _ = delay.log_delay(_TABLE_MONTHS, has_parents)
        law = Tabulated(np.minimum(np.exp(log_pmf), 1.0))
    ends = 1.0 - law.never
    if ends <= 0.0:
        return math.nan, math.nan, math.nan, 1.0
    low, middle, high = (law.quantile(level * ends) for level in _LEVELS)
    return low, middle, high, law.never


_LAWS = (LogNormal, Gamma, Weibull, LogLogistic, Tabulated)

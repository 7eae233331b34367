"""Any law of a price at expiry that someone has fitted: two questions it must answer, and checks that it does so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from bayesmile.checks import positive
from bayesmile.errors import InvalidInput

__all__ = ["Density", "DensityCheck", "check_density"]

Array = NDArray[np.float64]
_LEVELS = np.concatenate([[0.001, 0.005], np.linspace(0.01, 0.99, 99), [0.995, 0.999]])
_PRICES = 8000
_TAIL, _ROOM = 0.9999, 1.5  # the mean is summed up to that quantile times the second number
_ROUNDING = 1e-9


@runtime_checkable
class Density(Protocol):
    """Law of a price at expiry, whoever fitted it.

    Any object with these two methods is one; nothing needs to be inherited.
    """

    def prob_above(self, price: float, /) -> float:
        """P(price at expiry > price)."""
        ...

    def quantile(self, q: float, /) -> float:
        """Price at which P(price at expiry <= price) reaches q."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityCheck:
    """Whether an object behaves as a law of a price.

    Attributes
    ----------
    failures : tuple of str
        Each thing that is wrong, in one sentence; empty if nothing is.
    mean : float
        Its mean, summed from `prob_above`; NaN where its answers cannot be summed.
    """

    failures: tuple[str, ...]
    mean: float

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.failures


def check_density(density: Density, *, forward: float | None = None, tolerance: float = 0.01) -> DensityCheck:
    """Check a law: monotone, from 0 to 1, its quantiles the inverse of its probabilities, its mean near the forward.

    Parameters
    ----------
    density : Density
    forward : float, optional
        What the mean should be.
    tolerance : float
        Error allowed: of probabilities as such, of the mean in relation to the forward.

    Raises
    ------
    InvalidInput
        If the object lacks `prob_above` or `quantile`.

    Examples
    --------
    >>> from bayesmile.options.mixtures import Mixture
    >>> law = Mixture(weight=0.4, failure=25.0, success=55.0, failure_spread=0.2, success_spread=0.01)
    >>> check_density(law, forward=37.0).failures
    ()
    >>> check_density(law, forward=30.0).failures
    ('mean: 37 where the forward is 30',)
    """
    if not isinstance(density, Density):
        raise InvalidInput(
            f"density: received a {type(density).__name__}; allowed is an object with prob_above(price) and quantile(q)"
        )
    if forward is not None:
        positive("forward", forward)
    quantiles = np.array([float(density.quantile(float(level))) for level in _LEVELS])
    if not np.isfinite(quantiles).all():
        return DensityCheck(failures=("quantile: not every answer is a finite number",), mean=math.nan)
    prices = price_grid(density)
    above = probabilities(density, prices)
    if not np.isfinite(above).all():
        return DensityCheck(failures=("prob_above: not every answer is a finite number",), mean=math.nan)
    mean = float(np.trapezoid(above, prices))
    failures = [*_shape(prices, above, tolerance), *_inverse(density, quantiles, tolerance)]
    if forward is not None and abs(mean - forward) > tolerance * forward:
        failures.append(f"mean: {mean:,.4g} where the forward is {forward:,.4g}")
    return DensityCheck(failures=tuple(failures), mean=mean)


def price_grid(density: Density) -> Array:
    """Prices from zero to well beyond all but a ten-thousandth of the mass."""
    top = max(float(density.quantile(_TAIL)), float(density.quantile(0.5)), np.finfo(np.float64).tiny)
    return np.linspace(0.0, _ROOM * top, _PRICES + 1)


def probabilities(density: Density, prices: Sequence[float] | Array) -> Array:
    """P(price at expiry > price) at each of these prices."""
    return np.array([float(density.prob_above(float(price))) for price in prices])


def _shape(prices: Array, above: Array, tolerance: float) -> list[str]:
    failures = []
    worst = int(np.argmax(np.maximum(above - 1.0, -above)))
    if above[worst] > 1.0 + _ROUNDING or above[worst] < -_ROUNDING:
        failures.append(f"range: prob_above({prices[worst]:,.6g}) is {above[worst]:.6g}, not from 0 to 1")
    rises = np.diff(above)
    worst = int(np.argmax(rises))
    if rises[worst] > _ROUNDING:
        failures.append(
            f"order: prob_above rises by {rises[worst]:.3g} from {prices[worst]:,.6g} to {prices[worst + 1]:,.6g}"
        )
    if above[-1] > tolerance:
        failures.append(f"tail: prob_above({prices[-1]:,.6g}) is still {above[-1]:.3g}")
    return failures


def _inverse(density: Density, quantiles: Array, tolerance: float) -> list[str]:
    failures = []
    falls = np.diff(quantiles)
    worst = int(np.argmin(falls))
    span = max(1.0, float(np.abs(quantiles).max()))
    if falls[worst] < -_ROUNDING * span:
        failures.append(
            f"order: quantile falls by {-falls[worst]:.3g} from {_LEVELS[worst]:.3g} to {_LEVELS[worst + 1]:.3g}"
        )
    if quantiles[0] < -_ROUNDING * span:
        failures.append(f"range: quantile({_LEVELS[0]:g}) is {quantiles[0]:,.6g}, below 0")
    # At a price that carries mass itself, the level lies between the probabilities just below and just above it.
    near = 1e-6 * span
    below, beyond = probabilities(density, quantiles - near), probabilities(density, quantiles + near)
    misses = np.maximum(beyond - (1.0 - _LEVELS), (1.0 - _LEVELS) - below)
    worst = int(np.argmax(misses))
    if misses[worst] > tolerance:
        failures.append(
            f"inverse: quantile({_LEVELS[worst]:.3g}) is {quantiles[worst]:,.6g}, but prob_above there is"
            f" {beyond[worst]:.3g}"
        )
    return failures

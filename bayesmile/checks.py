"""Checks of single numbers, shared by every class that people fill in."""

from __future__ import annotations

import math
from numbers import Integral, Real

from bayesmile.errors import InvalidInput

__all__ = ["finite", "positive", "probability", "whole"]


def finite(field: str, value: object) -> float:
    """Return `value` as a finite float.

    Parameters
    ----------
    field : str
        What the number is, for the message: ``"Gamma mean"``.
    value : object
        What was received.

    Raises
    ------
    InvalidInput
        If it is not a finite number; text and truth values are not numbers.

    Examples
    --------
    >>> finite("Gamma mean", 3)
    3.0
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise InvalidInput(f"{field}: received {value!r}; allowed is a finite number")
    return float(value)


def positive(field: str, value: object) -> float:
    """Return `value` as a finite float above zero.

    Raises
    ------
    InvalidInput
        If it is anything else.

    Examples
    --------
    >>> positive("Gamma sd", 0.5)
    0.5
    """
    number = finite(field, value)
    if number <= 0.0:
        raise InvalidInput(f"{field}: received {value!r}; allowed is a number above 0")
    return number


def probability(field: str, value: object) -> float:
    """Return `value` as a float from 0 to 1, both included.

    Raises
    ------
    InvalidInput
        If it is anything else.

    Examples
    --------
    >>> probability("Gamma never", 0)
    0.0
    """
    number = finite(field, value)
    if not 0.0 <= number <= 1.0:
        raise InvalidInput(f"{field}: received {value!r}; allowed is a probability from 0 to 1")
    return number


def whole(field: str, value: object, *, least: int, most: int | None = None) -> int:
    """Return `value` as a whole number between limits, both included.

    Raises
    ------
    InvalidInput
        If it is anything else; text and truth values are not numbers.

    Examples
    --------
    >>> whole("draws", 500, least=100, most=50_000)
    500
    """
    number = int(value) if isinstance(value, Integral) and not isinstance(value, bool) else None
    if number is None or number < least or (most is not None and number > most):
        limits = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise InvalidInput(f"{field}: received {value!r}; allowed is a whole number {limits}")
    return number

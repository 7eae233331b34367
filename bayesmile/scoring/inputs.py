"""Checks of whole columns: the message names the first entry at fault, by its position from 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmile.checks import whole
from bayesmile.errors import InvalidInput

__all__ = ["binary_outcomes", "cluster_codes", "generator", "probabilities", "same_length", "scores_column"]

Array = NDArray[np.float64]

_MOST_SEED = 2**128


def probabilities(field: str, values: ArrayLike) -> Array:
    """Return `values` as floats from 0 to 1.

    Parameters
    ----------
    field : str
        What they are, for the message.
    values : array_like, shape (forecast,)
        What was received.

    Raises
    ------
    InvalidInput
        If it is not one column of at least one number, or one of them is not a probability (NaN is none).

    Examples
    --------
    >>> probabilities("probability", [0, 0.25])
    array([0.  , 0.25])
    """
    column = _column(field, values)
    _refuse(field, column, ~((column >= 0.0) & (column <= 1.0)), "a probability from 0 to 1")
    return column


def binary_outcomes(field: str, values: ArrayLike) -> Array:
    """Return `values` as floats, each 0 (did not happen) or 1 (happened).

    Raises
    ------
    InvalidInput
        If it is not one column of at least one number, or one of them is neither.

    Examples
    --------
    >>> binary_outcomes("outcome", [True, False])
    array([1., 0.])
    """
    column = _column(field, values)
    _refuse(field, column, ~((column == 0.0) | (column == 1.0)), "0 (did not happen) or 1 (happened)")
    return column


def scores_column(field: str, values: ArrayLike) -> Array:
    """Return `values` as scores: any number or inf, but not NaN or -inf.

    Raises
    ------
    InvalidInput
        If it is not one column of at least one number, or one of them is no score.
    """
    column = _column(field, values)
    _refuse(field, column, np.isnan(column) | np.isneginf(column), "a number, or inf")
    return column


def same_length(**columns: Sequence[Any] | NDArray[Any]) -> int:
    """Return the length that all columns share.

    Raises
    ------
    InvalidInput
        If they differ.

    Examples
    --------
    >>> same_length(probability=[0.1, 0.2], outcome=[0, 1])
    2
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        received = ", ".join(f"{count} of {name}" for name, count in lengths.items())
        raise InvalidInput(f"lengths: received {received}; allowed is one entry of each per forecast")
    return next(iter(lengths.values()))


def cluster_codes(
    cluster: Sequence[Any] | NDArray[Any] | None, size: int, *, field: str = "cluster"
) -> NDArray[np.int64]:
    """Return cluster numbers 0, 1, ... in order of first appearance.

    Parameters
    ----------
    cluster : sequence or None, shape (forecast,)
        Label of the plant, project or season to which each forecast belongs; None: each forecast is its own.
    size : int
        Number of forecasts.
    field : str
        What the labels are, for the message.

    Raises
    ------
    InvalidInput
        If the length differs or a label is missing.

    Examples
    --------
    >>> cluster_codes(["b", "a", "b"], 3)
    array([0, 1, 0])
    """
    if cluster is None:
        return np.arange(size)
    import pandas as pd  # late: single forecasts are scored without it

    labels = pd.Series(list(cluster), dtype=object)
    same_length(scores=range(size), **{field: range(len(labels))})
    codes, _ = pd.factorize(labels)
    if (codes < 0).any():
        row = int(np.argmax(codes < 0))
        raise InvalidInput(f"{field}[{row}]: received {labels.iloc[row]!r}; allowed is a label")
    return np.asarray(codes, dtype=np.int64)


def generator(seed: int) -> np.random.Generator:
    """Return the random generator of a seed.

    Raises
    ------
    InvalidInput
        If `seed` is not a whole number from 0.
    """
    return np.random.default_rng(whole("seed", seed, least=0, most=_MOST_SEED))


def _column(field: str, values: ArrayLike) -> Array:
    try:
        column = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(f"{field}: received {values!r:.200}; allowed is a column of numbers") from None
    if column.ndim != 1 or not column.size:
        raise InvalidInput(f"{field}: received shape {column.shape}; allowed is one column of at least one number")
    return column


def _refuse(field: str, column: Array, bad: NDArray[np.bool_], allowed: str) -> None:
    if bad.any():
        row, more = int(np.argmax(bad)), int(bad.sum()) - 1
        others = f" ({more} more like it)" if more else ""
        raise InvalidInput(f"{field}[{row}]: received {column[row]:g}{others}; allowed is {allowed}")

"""Levels of the grouping factors of a reference class."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from bayesmile.errors import InvalidInput
from bayesmile.files.text import nearest
from bayesmile.reference.classfile import FactorEntry
from bayesmile.reference.dates import read_span

__all__ = ["OTHER", "UNKNOWN", "level_of", "pooled"]

OTHER, UNKNOWN = "other", "unknown"


def level_of(cells: Mapping[str, str], factor: FactorEntry) -> str:
    """Return the level of a row before small levels are pooled; an empty cell is ``"unknown"``.

    Raises
    ------
    InvalidInput
        If the level is not one of those listed, or is no number although there are edges.

    Examples
    --------
    >>> level_of({"mw": "7.5"}, FactorEntry(name="size", column="mw", edges=[5, 50], unit="MW"))
    '5 to 50 MW'
    """
    column = factor.column or factor.year_of or ""
    text = cells[column]
    if not text:
        return UNKNOWN
    if factor.year_of is not None:
        text = str(read_span(text, column).last.year)
    if factor.edges is not None:
        return _bin(text, column, factor.edges, factor.unit)
    if factor.levels is not None and text not in factor.levels:
        raise InvalidInput(f"{column}: received {text!r}, which is unknown{nearest(text, factor.levels)}")
    return text


def _bin(text: str, column: str, edges: list[float], unit: str | None) -> str:
    """Return the label of the bin of a number; a bin holds its lower edge."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidInput(f"{column}: received {text!r}; allowed is a finite number")
    end = f" {unit}" if unit else ""
    above = [edge for edge in edges if edge <= number]
    if not above:
        return f"below {edges[0]:g}{end}"
    if len(above) == len(edges):
        return f"{edges[-1]:g}{end} or more"
    return f"{above[-1]:g} to {edges[len(above)]:g}{end}"


def pooled(levels: list[str], least: int | None) -> list[str]:
    """Return the levels with those of fewer than `least` entities as ``"other"``.

    Examples
    --------
    >>> pooled(["solar", "solar", "wave", "unknown"], 2)
    ['solar', 'solar', 'other', 'unknown']
    """
    if least is None:
        return levels
    size = Counter(levels)
    return [level if level == UNKNOWN or size[level] >= least else OTHER for level in levels]

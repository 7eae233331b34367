"""The trace of a price: where every number about the market comes from."""

from __future__ import annotations

import math

import numpy as np
from rich.console import RenderableType

from bayesmile.pages.layout import paragraph, table
from bayesmile.pricing.lines import TraceLine
from bayesmile.pricing.trace import Trace
from bayesmile.wording import count

__all__ = ["trace_page"]

_LONGEST = 240
_WHOLE = ("1 or 0", "announcements", "days", "draws", "shares")


def trace_page(trace: Trace) -> list[RenderableType]:
    """Show inputs, numbers of the engine and formulas, in the order in which each follows from earlier ones."""
    lines = list(trace.lines)
    rows = [(line.name, _value(line), _origin(line)) for line in lines]
    return [paragraph(_lead(trace)), table(("<Name", ">Value", "Formula, or where it comes from"), rows, title=_KEY)]


_KEY = "Rows of numbers are shown by their count; trace.csv, trace.json and the workbook hold every one of them."


def _lead(trace: Trace) -> str:
    kinds = [line.kind for line in trace.lines]
    apart = trace.lines.difference()
    return (
        f"{count(kinds.count('formula'), 'formula')}"
        f" from {count(kinds.count('input'), 'input')} and {count(kinds.count('engine'), 'line')} of the engine."
        f" Worked out from these alone, the formulas are within {apart:.0e} of every number that the report states."
    )


def _value(line: TraceLine) -> str:
    if line.rows:
        return f"row of {len(np.asarray(line.value)):,d}"
    value = float(line.value)
    if not math.isfinite(value):
        return "none" if math.isnan(value) else "inf" if value > 0.0 else "-inf"
    shown = f"{value:,.0f}" if line.unit in _WHOLE or abs(value) >= 1e6 else f"{value:.6g}"
    return f"{shown} {line.unit}"


def _origin(line: TraceLine) -> str:
    if line.kind != "formula":
        return line.source
    text = line.formula if len(line.formula) <= _LONGEST else f"{line.formula[:_LONGEST]} ..."
    return f"= {text}"

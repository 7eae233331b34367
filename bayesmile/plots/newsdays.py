"""Days with news: how far the price moved, beside how far the model did."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bayesmile.plots.canvas import (
    BLUE,
    GREY,
    GRID,
    INK,
    VERMILION,
    Trace,
    above_rows,
    draw,
    one_line,
    row_axis,
    several_lines,
    worded,
)
from bayesmile.pricing.eventdays import EventDays, NewsDay
from bayesmile.wording import bits, words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["plot_news_days"]

_ROW, _ENDS = 46, 120  # pixels of a row, and of legend and axis
_MARKET, _MODEL = 0.56, 0.82


def plot_news_days(part: EventDays) -> Figure:
    """Draw what the days with announcements meant to the price and to the model, in bits about the priced milestone.

    Parameters
    ----------
    part : EventDays

    Returns
    -------
    plotly.graph_objects.Figure
        A row a day. The grey band holds 95% of what an ordinary time as long would give; the upright tick is the least
        that the price moved, whatever success is worth.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.pricing.eventdays import event_days
    >>> figure = plot_news_days(event_days(load("phase2_drug"), "2026-06-30"))
    >>> figure.layout.xaxis.title.text
    'Bits about approval by 2048-12'
    """
    rows = part.rows
    told = [_said(row) for row in rows]
    low = [-math.copysign(row.bound_bits, -row.excess) for row in rows]
    traces = [
        _noise(rows),
        _marks("the price, at our payoffs", [row.bits for row in rows], _MARKET, told, VERMILION, "diamond-open"),
        _marks("the price, at least", low, _MARKET, told, VERMILION, "line-ns-open"),
        _marks("the model", [row.model_bits for row in rows], _MODEL, told, BLUE, "circle"),
    ]
    about = f"{words(part.milestone)} by {part.horizon}"
    layout = {
        "xaxis": {
            "title": worded(f"Bits about {about}"),
            "gridcolor": GRID,
            "zerolinecolor": INK,
            "automargin": True,
        },
        "yaxis": row_axis(len(rows)),
        "annotations": above_rows(one_line(f"{row.date} {row.headlines[0]}") for row in rows),
    }
    return draw(
        traces,
        title="Days with news: what the price moved, and what the model did",
        summary=_summary(part),
        height=_ENDS + _ROW * len(rows),
        layout=layout,
    )


def _noise(rows: Sequence[NewsDay]) -> Trace:
    held = [(number, row.noise_bits) for number, row in enumerate(rows) if all(map(math.isfinite, row.noise_bits))]
    return {
        "type": "bar",
        "orientation": "h",
        "name": "an ordinary time",
        "y": [number + _MARKET for number, _ in held],
        "base": [low for _, (low, _) in held],
        "x": [high - low for _, (low, high) in held],
        "width": 0.3,
        "marker": {"color": GREY},
        "customdata": [f"95% of ordinary times: {bits(low)} to {bits(high)} bits" for _, (low, high) in held],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _marks(name: str, values: Sequence[float], at: float, told: Sequence[str], color: str, symbol: str) -> Trace:
    held = [number for number, value in enumerate(values) if math.isfinite(value)]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [values[number] for number in held],
        "y": [number + at for number in held],
        "marker": {"color": color, "symbol": symbol, "size": 11, "line": {"width": 2, "color": color}},
        "customdata": [told[number] for number in held],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _said(row: NewsDay) -> str:
    lines = [f"{row.date}, closes {row.previous} to {row.close}", *map(several_lines, row.headlines)]
    lines.append(f"return {100.0 * row.simple_return:+.2f}%, in excess of the benchmark {100.0 * row.excess:+.2f}% log")
    lines.append(f"the price {bits(row.bits)} bits, at least {row.bound_bits:.2f} whatever success is worth")
    lines.append(f"the model {bits(row.model_bits)} bits")
    return "<br>".join([*lines, several_lines(row.verdict or row.undefined)])


def _summary(part: EventDays) -> str:
    told = [f"{row.date}: the price {bits(row.bits)}, the model {bits(row.model_bits)}" for row in part.rows]
    outside = f"{part.outside} of {part.tested} days lie outside what an ordinary time would give"
    return f"Marks in bits, a row a day; {outside}. {'; '.join(told)}."

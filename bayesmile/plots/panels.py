"""Panels below each other on one axis, each with its name above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bayesmile.plots.canvas import GRID, Trace, draw, one_line

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["axis_of", "stacked"]

_PANEL, _ENDS = 132, 100  # pixels of a panel, and of legend and axis


def axis_of(number: int) -> str:
    """Axis of a panel, in Plotly's words."""
    return "y" if number == 0 else f"y{number + 1}"


def stacked(traces: Sequence[Trace], names: Sequence[str], *, title: str, summary: str, below: str) -> Figure:
    """Draw panels below each other; traces name their panel by `axis_of`."""
    panels = max(len(names), 1)
    layout: Trace = {}
    notes = list[Trace]()
    for number, name in enumerate(names):
        top = 1.0 - number / panels
        layout[f"yaxis{'' if number == 0 else number + 1}"] = {
            "domain": [max(top - 0.76 / panels, 0.0), top - 0.18 / panels],
            "gridcolor": GRID,
            "zeroline": False,
            "nticks": 4,
            "fixedrange": True,
            "automargin": True,
        }
        place = {"xref": "paper", "yref": "paper", "x": 0.0, "xanchor": "left", "y": top, "yanchor": "top"}
        notes.append({**place, "text": f"<b>{one_line(name)}</b>", "showarrow": False, "font": {"size": 12}})
    anchor = axis_of(len(names) - 1) if names else "y"
    layout["xaxis"] = {"title": {"text": below}, "anchor": anchor, "gridcolor": GRID, "zeroline": False}
    whole = {**layout, "annotations": notes}
    return draw(traces, title=title, summary=summary, height=_ENDS + _PANEL * panels, layout=whole)

"""The price through time, with the announcements that met it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bayesmile.plots.canvas import GRID, INK, VERMILLION, Trace, date_axis, draw, several_lines
from bayesmile.sections.history import HistoryPart
from bayesmile.wording import money

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["plot_prices"]

_HEIGHT = 360


def plot_prices(told: HistoryPart, headlines: Mapping[str, str]) -> Figure:
    """Draw the closes per share, and mark those after news that acts.

    Parameters
    ----------
    told : HistoryPart
    headlines : mapping of str to str
        Headline by id of item.

    Returns
    -------
    plotly.graph_objects.Figure
        Price per share on a log scale, as it was on its day: neither splits nor dividends are taken out.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.sections.history import told_history
    >>> figure = plot_prices(told_history(load("phase2_drug"), "2026-06-01", "2026-06-30"), {})
    >>> len(figure.data[0].x)
    2
    """
    lines = (*told.lines, *told.appendix)
    closes: Trace = {
        "type": "scatter",
        "mode": "lines",
        "name": "close",
        "x": [line.date for line in lines],
        "y": [line.close for line in lines],
        "line": {"color": VERMILLION, "width": 2},
        "customdata": [
            f"{line.date}<br>{money(line.close, told.currency)} a share<br>market value"
            f" {money(line.value, told.currency)}"
            for line in lines
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    met = [line for line in lines if line.news]
    news: Trace = {
        "type": "scatter",
        "mode": "markers",
        "name": "first close after news that acts",
        "x": [line.date for line in met],
        "y": [line.close for line in met],
        "marker": {"color": INK, "size": 8, "symbol": "circle-open", "line": {"width": 2, "color": INK}},
        "customdata": [
            "<br>".join([line.date, *(several_lines(headlines.get(one, one)) for one in line.news)]) for line in met
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    axis = {"title": {"text": f"{told.currency} a share"}, "type": "log", "gridcolor": GRID, "automargin": True}
    first, last = lines[0], lines[-1]
    low, high = (pick(lines, key=lambda line: line.close) for pick in (min, max))
    ends = "; ".join(f"{money(one.close, told.currency)} on {one.date}" for one in (first, low, high, last))
    return draw(
        [closes, news],
        title="The price through time",
        summary=f"Price per share, first, lowest, highest and last: {ends}.",
        height=_HEIGHT,
        layout={"xaxis": date_axis("Day"), "yaxis": {**axis, "nticks": 6, "dtick": "D2"}},
    )

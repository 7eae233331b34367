"""The price through time, with the announcements that met it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bayesmile.plots.canvas import (
    INK,
    VERMILION,
    Trace,
    date_axis,
    draw,
    money_ticks,
    several_lines,
    with_gaps,
    worded,
)
from bayesmile.pricing.historylines import HistoryLine
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
    days = [line.date for line in lines]
    closes: Trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "close",
        "x": with_gaps(days, days),
        "y": with_gaps([line.close for line in lines], days),
        "line": {"color": VERMILION, "width": 1.6},
        "marker": {"color": VERMILION, "size": 3},
        "customdata": with_gaps([_said(line, told.currency) for line in lines], days),
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
    first, last = lines[0], lines[-1]
    low, high = (pick(lines, key=lambda line: line.close) for pick in (min, max))
    title = worded(f"{told.currency} a share")
    axis = money_ticks(0.8 * low.close, 1.25 * high.close, told.currency)
    ends = "; ".join(f"{money(one.close, told.currency)} on {one.date}" for one in (first, low, high, last))
    return draw(
        [closes, news],
        title="The price through time",
        summary=f"Price per share, first, lowest, highest and last: {ends}.",
        height=_HEIGHT,
        layout={"xaxis": date_axis("Day"), "yaxis": {**axis, "title": title, "automargin": True}},
    )


def _said(line: HistoryLine, currency: str) -> str:
    value = f"market value {money(line.value, currency)}"
    return f"{line.date}<br>{money(line.close, currency)} a share<br>{value}"

"""When each milestone happens: one curve with its band for each, on one axis of dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesmile.plots.canvas import BLUE, GRID, INK, PURPLE, VERMILION, Trace, date_axis, draw, exact, one_line
from bayesmile.sections.fans import Fan, Fans
from bayesmile.wording import percent, sentence, words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["plot_fans"]

_PANEL, _ENDS = 132, 100  # pixels of a panel, and of legend and axis
_BAND, _IF_SO = "rgba(0,114,178,0.25)", "rgba(204,121,167,0.3)"


def plot_fans(part: Fans, then: Fans | None = None) -> Figure:
    """Draw the probability of each open milestone by the end of each month.

    Parameters
    ----------
    part : Fans
        See `bayesmile.sections.fans.fans`.
    then : Fans, optional
        The same if what is supposed were known too: a line of dashes and dots with a band of its own.

    Returns
    -------
    plotly.graph_objects.Figure
        One panel a milestone, from 0% to 100%; the band is the 90% interval, the dashed line what the price implies
        (reach tilt, at the central numbers), the vertical line the deadline.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.sections.basis import basis
    >>> from bayesmile.sections.fans import fans
    >>> figure = plot_fans(fans(basis(load("phase2_drug"), "2025-12-31")))
    >>> sorted({trace.yaxis for trace in figure.data})
    ['y', 'y2', 'y3']
    """
    count = max(len(part.fans), 1)
    others = {} if then is None else {fan.milestone: fan for fan in then.fans}
    traces, layout = list[Trace](), dict[str, object]()
    notes, shapes = list[Trace](), list[Trace]()
    for number, fan in enumerate(part.fans):
        key = "" if number == 0 else str(number + 1)
        traces += _panel(part, fan, f"y{key}", first=number == 0)
        if fan.milestone in others:
            traces += _if_so(part, others[fan.milestone], f"y{key}", first=not any(map(_is_if_so, traces)))
        top = 1.0 - number / count
        layout[f"yaxis{key}"] = _axis(top - 0.74 / count, top - 0.16 / count if count > 1 else top)
        notes.append(_name(fan, top - 0.02 / count))
        shapes.append(_deadline(fan, f"y{key}"))
    last = "" if count == 1 else str(count)
    layout["xaxis"] = {**date_axis("End of month"), "anchor": f"y{last}", "ticks": "outside", "tickcolor": GRID}
    return draw(
        traces,
        title="When each milestone happens: probability by the end of each month",
        summary=_summary(part) + ("" if then is None else f" If what is supposed were known too: {_ends(then)}."),
        height=_ENDS + _PANEL * count,
        layout={**layout, "annotations": notes, "shapes": shapes},
    )


def _axis(low: float, high: float) -> Trace:
    return {
        "domain": [max(low, 0.0), min(high, 1.0)],
        "range": [-0.02, 1.02],
        "tickvals": [0.0, 0.5, 1.0],
        "tickformat": ".0%",
        "gridcolor": GRID,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }


def _panel(part: Fans, fan: Fan, axis: str, *, first: bool) -> list[Trace]:
    months = [f"{month}-01" for month in part.months]
    common: Trace = {"type": "scatter", "mode": "lines", "x": months, "yaxis": axis, "showlegend": first}
    quiet: Trace = {"hoverinfo": "skip", "line": {"width": 0, "simplify": False}, "legendgroup": "band"}
    name = one_line(words(fan.milestone))
    traces: list[Trace] = []
    if fan.low != fan.high:
        low = {**common, **quiet, "y": list(fan.low), "showlegend": False}
        high = {**common, **quiet, "y": list(fan.high), "fill": "tonexty", "fillcolor": _BAND, "name": "90% interval"}
        traces += [low, high]
    told = [
        f"{name} by the end of {month}<br>ours {exact(p)}{_span(a, b)}"
        for month, p, a, b in zip(part.months, fan.cdf, fan.low, fan.high, strict=True)
    ]
    line = {"color": BLUE, "width": 2.5, "simplify": False}
    ours = {"y": list(fan.cdf), "name": "ours", "legendgroup": "ours", "line": line}
    traces.append({**common, **ours, "customdata": told, "hovertemplate": "%{customdata}<extra></extra>"})
    if fan.market:
        told = [
            f"{name} by the end of {month}<br>the market {exact(p)}"
            for month, p in zip(part.months, fan.market, strict=True)
        ]
        line = {"color": VERMILION, "width": 2, "dash": "dash", "simplify": False}
        market = {"y": list(fan.market), "name": "the market, by its price", "legendgroup": "market", "line": line}
        traces.append({**common, **market, "customdata": told, "hovertemplate": "%{customdata}<extra></extra>"})
    return traces


def _if_so(part: Fans, fan: Fan, axis: str, *, first: bool) -> list[Trace]:
    """Draw what would be, over its own band."""
    months = [f"{month}-01" for month in part.months]
    common: Trace = {"type": "scatter", "mode": "lines", "x": months, "yaxis": axis, "legendgroup": "if so"}
    bare: Trace = {"hoverinfo": "skip", "line": {"width": 0, "simplify": False}, "showlegend": False}
    traces: list[Trace] = []
    if fan.low != fan.high:
        traces = [{**common, **bare, "y": list(fan.low)}, {**common, **bare, "y": list(fan.high), **_FILLED}]
    told = [
        f"{one_line(words(fan.milestone))} by the end of {month}<br>if so {exact(p)}{_span(a, b)}"
        for month, p, a, b in zip(part.months, fan.cdf, fan.low, fan.high, strict=True)
    ]
    line = {"color": PURPLE, "width": 2.5, "dash": "dashdot", "simplify": False}
    shown = {"y": list(fan.cdf), "name": "ours, if so", "line": line, "showlegend": first, "customdata": told}
    return [*traces, {**common, **shown, "hovertemplate": "%{customdata}<extra></extra>"}]


_FILLED: Trace = {"fill": "tonexty", "fillcolor": _IF_SO}


def _is_if_so(trace: Trace) -> bool:
    return bool(trace.get("name") == "ours, if so")


def _span(low: float, high: float) -> str:
    return "" if low == high else f" (90% interval: {exact(low)} to {exact(high)})"


def _name(fan: Fan, y: float) -> Trace:
    text = one_line(f"{sentence(words(fan.milestone))} (deadline {fan.deadline})")
    place = {"xref": "paper", "yref": "paper", "x": 0.0, "xanchor": "left", "y": y, "yanchor": "top"}
    return {**place, "text": f"<b>{text}</b>", "showarrow": False, "font": {"size": 12}}


def _deadline(fan: Fan, axis: str) -> Trace:
    when = f"{fan.deadline}-01"
    line = {"color": INK, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": when, "x1": when, "y0": 0.0, "y1": 1.0, "xref": "x", "yref": axis, "line": line}


def _summary(part: Fans) -> str:
    return f"Rising curves, one a milestone. {_ends(part)}."


def _ends(part: Fans) -> str:
    told = []
    for fan in part.fans:
        ends = f"{percent(fan.cdf[-1])} by {part.months[-1]}"
        if fan.deadline in part.months:
            ends = f"{percent(fan.cdf[part.months.index(fan.deadline)])} by {fan.deadline}, {ends}"
        told.append(f"{words(fan.milestone)} {ends}")
    return "; ".join(told)

"""Curves: everything that gives one price, and stated probabilities against what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesmile.plots.canvas import (
    BLUE,
    DASHES,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    VERMILION,
    Trace,
    draw,
    exact,
    money_ticks,
    one_line,
    probability_axis,
    worded,
)
from bayesmile.pricing.isoprice import IsoPrice
from bayesmile.scoring.calibration import CalibrationCurve
from bayesmile.wording import count, implied, money, percent, words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["plot_calibration", "plot_iso_price"]

_HEIGHT = 470
_ARRIVALS = 4  # certain dates drawn beside the dates as believed
_COLORS = (VERMILION, GREEN, PURPLE, ORANGE)


def plot_iso_price(part: IsoPrice, horizon: str, currency: str = "") -> Figure:
    """Draw every success value and probability that give one price.

    Parameters
    ----------
    part : IsoPrice
    horizon : str
        Last month of the grid.
    currency : str
        Of the price.

    Returns
    -------
    plotly.graph_objects.Figure
        Success value along x on a log scale, probability along y: one curve at the dates as believed, others for a
        success whose date is certain. Below the value where a curve leaves 100% no probability is enough.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.pricing.isoprice import iso_price
    >>> dossier = load("phase2_drug")
    >>> value = dossier.capitalisation("2026-06-30").value
    >>> belief, payoffs = dossier.belief("2026-06-30"), dossier.market.payoffs
    >>> curve = iso_price(belief, payoffs, price=value, as_of="2026-06-30")
    >>> plot_iso_price(curve, belief.grid.last, "USD").data[0].name
    'at our dates'
    """
    value, ours = part.ours
    pair = {
        "type": "scatter",
        "mode": "markers",
        "name": "our own pair",
        "x": [value],
        "y": [ours],
        "marker": {"color": BLUE, "size": 13, "symbol": "star", "line": {"width": 1, "color": INK}},
        "customdata": [f"ours: {exact(ours)} at {money(value, currency)}<br>the price takes {implied(part.implied)}"],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    traces = [_curve(part, "at our dates", part.believed.tolist(), BLUE, 0, currency)]
    for number, column in enumerate(_chosen(len(part.arrivals))):
        name = f"success certain to come in {part.arrivals[column]}"
        one = _curve(part, name, part.probability[:, column].tolist(), _COLORS[number], number + 1, currency)
        traces.append({**one, "line": {**one["line"], "width": 1.6}})
    layout = {
        "xaxis": _values(part, currency),
        "yaxis": {**probability_axis(f"Probability by {horizon}"), "range": [0.0, 1.05]},
    }
    return draw(
        [*traces, _comparables(part, currency), pair],
        title=f"Every pair that gives the price of {money(part.price, currency)}",
        summary=_iso_summary(part, currency),
        height=_HEIGHT,
        layout=layout,
    )


def _chosen(number: int) -> list[int]:
    """Positions of a few certain dates, spread evenly."""
    most = min(_ARRIVALS, number)
    return sorted({round(step * (number - 1) / max(most - 1, 1)) for step in range(most)})


def _curve(
    part: IsoPrice, name: str, probabilities: list[float], color: str, dash: int, currency: str
) -> Trace:
    held = [(v, p) for v, p in zip(part.values.tolist(), probabilities, strict=True) if 0.0 <= p <= 1.5]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [v for v, _ in held],
        "y": [p for _, p in held],
        "line": {"color": color, "dash": DASHES[dash], "width": 2.5},
        "customdata": [f"{name}<br>success worth {money(v, currency)}: {_needs(p)}" for v, p in held],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _needs(probability: float) -> str:
    return "no probability is enough" if probability > 1.0 else exact(probability)


def _comparables(part: IsoPrice, currency: str) -> Trace:
    low, high = part.values[0], part.values[-1]
    held = [one for one in part.placed if 0.0 <= one.implied <= 1.0 and low <= one.value <= high]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "worth as much as a documented company",
        "x": [one.value for one in held],
        "y": [one.implied for one in held],
        "marker": {"color": INK, "size": 9, "symbol": "diamond-open", "line": {"width": 2, "color": INK}},
        "customdata": [
            f"{one_line(one.name)} ({one.date})<br>{money(one.value, currency)}: {exact(one.implied)}" for one in held
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _values(part: IsoPrice, currency: str) -> Trace:
    return {
        "title": worded(f"Success value of {words(part.milestone)}"),
        **money_ticks(float(part.values[0]), float(part.values[-1]), currency),
        "automargin": True,
    }


def _iso_summary(part: IsoPrice, currency: str) -> str:
    value, ours = part.ours
    return (
        f"A falling curve: at our dates the price of {money(part.price, currency)} takes {implied(part.implied)} if"
        f" success is worth {money(value, currency)}, against our {percent(ours)}; below"
        f" {money(part.foregone, currency)} no probability is enough."
    )


def plot_calibration(curve: CalibrationCurve, *, title: str = "Calibration: stated against what happened") -> Figure:
    """Draw how often things happened against the probability stated for them.

    Parameters
    ----------
    curve : CalibrationCurve
    title : str

    Returns
    -------
    plotly.graph_objects.Figure
        The diagonal is perfect calibration; the grey band is where calibrated forecasts would lie if outcomes were
        independent, the bars are confidence intervals of the frequencies.

    Examples
    --------
    >>> from bayesmile.scoring.calibration import calibration_bins
    >>> figure = plot_calibration(calibration_bins([0.1, 0.2, 0.7, 0.9], [0, 0, 1, 1], bins=2, draws=100))
    >>> [trace.name for trace in figure.data][-1]
    'happened'
    """
    p, happened = curve.probability.tolist(), curve.frequency.tolist()
    low, high = curve.low.tolist(), curve.high.tolist()
    band: Trace = {"type": "scatter", "mode": "lines", "x": p, "line": {"width": 0}, "hoverinfo": "skip"}
    told = [
        f"stated {exact(a)}, happened {exact(b)} ({100.0 * curve.level:.0f}% interval: {exact(c)} to {exact(d)})"
        f"<br>{count(n, 'forecast')}"
        for a, b, c, d, n in zip(p, happened, low, high, curve.count.tolist(), strict=True)
    ]
    errors = {
        "type": "data",
        "array": [max(top - mid, 0.0) for top, mid in zip(high, happened, strict=True)],
        "arrayminus": [max(mid - bottom, 0.0) for bottom, mid in zip(low, happened, strict=True)],
        "color": BLUE,
        "thickness": 1.5,
    }
    points = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "happened",
        "x": p,
        "y": happened,
        "error_y": errors,
        "line": {"color": BLUE, "width": 2},
        "marker": {"color": BLUE, "size": 8},
        "customdata": told,
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    perfect = {"x": [0.0, 1.0], "y": [0.0, 1.0], "name": "calibrated", "line": {"color": INK, "dash": "dash"}}
    traces = [
        {**band, "y": curve.consistent_low.tolist(), "showlegend": False},
        {**band, "y": curve.consistent_high.tolist(), "fill": "tonexty", "fillcolor": GREY, "name": "by chance alone"},
        {"type": "scatter", "mode": "lines", "hoverinfo": "skip", **perfect},
        points,
    ]
    pairs = "; ".join(f"{percent(a)} stated, {percent(b)} happened" for a, b in zip(p, happened, strict=True))
    return draw(
        traces,
        title=title,
        summary=f"Curve of {count(curve.forecasts, 'forecast')} in {count(curve.clusters, 'cluster')}: {pairs}.",
        height=_HEIGHT,
        layout={"xaxis": probability_axis("Stated probability"), "yaxis": probability_axis("Share that happened")},
    )

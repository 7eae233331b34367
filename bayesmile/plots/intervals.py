"""Ours against the market's: two intervals for every milestone and deadline."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayesmile.plots.canvas import (
    BLUE,
    GREY,
    ORANGE,
    PURPLE,
    VERMILION,
    Trace,
    above_rows,
    draw,
    exact,
    one_line,
    probability_axis,
    row_axis,
)
from bayesmile.sections.assumed import Assumed
from bayesmile.sections.compared import Compared
from bayesmile.sections.supposed import Supposed
from bayesmile.wording import percent, sentence, words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["plot_comparison"]

_ROW, _ENDS = 44, 110  # pixels of a row, and of legend and axis
_MORE = 30  # pixels of a row that two more marks take


@dataclass(frozen=True, slots=True)
class _Places:
    """Where in a row the label and the marks stand, from 0 at its top to 1."""

    label: float = 0.22
    ours: float = 0.56
    market: float = 0.82
    band: float = 0.69
    width: float = 0.52


_TWO, _FOUR = _Places(), _Places(label=0.13, ours=0.38, market=0.74, band=0.65, width=0.66)
_NEXT = 0.16  # from a mark to what it would be, if so


@dataclass(frozen=True, slots=True)
class _Point:
    """One probability; without an interval both of its ends are the point."""

    middle: float
    low: float
    high: float

    @property
    def text(self) -> str:
        if self.low == self.high:
            return exact(self.middle)
        return f"{exact(self.middle)} (90% interval: {exact(self.low)} to {exact(self.high)})"


@dataclass(frozen=True, slots=True)
class _Line:
    milestone: str
    by: str
    ours: _Point
    market: _Point | None
    span: tuple[float, float] | None

    @property
    def label(self) -> str:
        return f"{sentence(words(self.milestone))} by {self.by}"


def plot_comparison(
    part: Compared,
    sure: Assumed | None,
    deadlines: Mapping[str, str],
    horizon: str,
    then: Supposed | None = None,
) -> Figure:
    """Draw our probability and the market's, with 90% intervals, for every open milestone.

    Parameters
    ----------
    part : Compared
        Ours and the market's at the central numbers, and the range that any price could imply.
    sure : Assumed or None
        The same with the uncertainty of payoffs and parameters; None for points without intervals.
    deadlines : mapping of str to str
        Deadline by milestone.
    horizon : str
    then : Supposed, optional
        What if: two more rows of marks a milestone and date.

    Returns
    -------
    plotly.graph_objects.Figure
        Probability along x; two rows of marks a milestone and date. The grey band is what any price could imply, with
        the dates given success left as ours.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.sections.basis import basis
    >>> from bayesmile.sections.compared import compared
    >>> from bayesmile.sections.price import reading
    >>> view = basis(load("phase2_drug"), "2026-06-30")
    >>> ends = {name: view.deadline(name).by for name in view.belief.roadmap.names}
    >>> figure = plot_comparison(compared(view, reading(view)), None, ends, view.horizon)
    >>> [trace.name for trace in figure.data]
    ['what any price could imply', 'ours', 'the market, by its price']
    """
    lines, at = list(_lines(part, sure, deadlines, horizon)), _TWO if then is None else _FOUR
    ours: list[_Point | None] = [line.ours for line in lines]
    market = [line.market for line in lines]
    traces = [
        _band(lines, at),
        _marks(lines, ours, "ours", BLUE, "circle", at.ours),
        _marks(lines, market, "the market, by its price", VERMILION, "diamond-open", at.market),
    ]
    so = [] if then is None else [_if_so(line, then) for line in lines]
    if so:
        ours, market = [one for one, _ in so], [one for _, one in so]
        more = [
            _marks(lines, ours, "ours, if so", PURPLE, "square", at.ours + _NEXT),
            _marks(lines, market, "the market, if so", ORANGE, "triangle-up-open", at.market + _NEXT),
        ]
        traces += [{**trace, "cliponaxis": False} for trace in more]
    layout = {
        "xaxis": {**probability_axis("Probability of having happened by the date"), "side": "bottom"},
        "yaxis": row_axis(len(lines)),
        "annotations": above_rows((one_line(line.label) for line in lines), at=at.label),
    }
    return draw(
        traces,
        title="Ours against the market's, by milestone and date",
        summary=_summary(lines, so),
        height=_ENDS + (_ROW + (_MORE if so else 0)) * len(lines),
        layout=layout,
    )


def _lines(
    part: Compared, sure: Assumed | None, deadlines: Mapping[str, str], horizon: str
) -> Iterable[_Line]:
    drawn = {} if sure is None else {(line.milestone, line.by): line for line in sure.lines}
    for line in part.lines:
        if line.by not in (horizon, deadlines[line.milestone]):
            continue
        one = drawn.get((line.milestone, line.by))
        ours, market = _Point(line.ours, line.ours, line.ours), None
        if line.reach is not None:
            market = _Point(line.reach, line.reach, line.reach)
        if one is not None:
            chance = one.ours
            ours = ours if chance is None else _Point(chance.mean, chance.low, chance.high)
            market = None if math.isnan(one.median) else _Point(one.median, one.low, one.high)
        span = None if line.low is None or line.high is None else (line.low, line.high)
        yield _Line(line.milestone, line.by, ours, market, span)


def _if_so(line: _Line, then: Supposed) -> tuple[_Point | None, _Point | None]:
    """Ours and the market's, if so; no market's where the price could not be read."""
    p, chance = then.prob(line.milestone, line.by), then.chance(line.milestone, line.by)
    ours = _Point(p, p, p) if chance is None else _Point(chance.mean, chance.low, chance.high)
    lines = () if then.compared is None else then.compared.lines
    market = None
    for one in lines:
        if (one.milestone, one.by) == (line.milestone, line.by) and one.reach is not None:
            market = _Point(one.reach, one.reach, one.reach)
    for other in () if then.assumed is None else then.assumed.lines:
        if (other.milestone, other.by) == (line.milestone, line.by):
            market = None if math.isnan(other.median) else _Point(other.median, other.low, other.high)
    return ours, market


def _band(lines: Sequence[_Line], at: _Places) -> Trace:
    """Grey band from the lowest to the highest price."""
    held = [(number + at.band, line, line.span) for number, line in enumerate(lines) if line.span is not None]
    return {
        "type": "bar",
        "orientation": "h",
        "name": "what any price could imply",
        "y": [y for y, _, _ in held],
        "base": [span[0] for _, _, span in held],
        "x": [span[1] - span[0] for _, _, span in held],
        "width": at.width,
        "marker": {"color": GREY},
        "customdata": [f"{one_line(line.label)}<br>any price: {exact(a)} to {exact(b)}" for _, line, (a, b) in held],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _marks(
    lines: Sequence[_Line], points: Sequence[_Point | None], name: str, color: str, symbol: str, at: float
) -> Trace:
    held = [
        (number + at, line, point)
        for number, (line, point) in enumerate(zip(lines, points, strict=True))
        if point is not None
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [point.middle for _, _, point in held],
        "y": [y for y, _, _ in held],
        "error_x": {
            "type": "data",
            "array": [max(point.high - point.middle, 0.0) for _, _, point in held],
            "arrayminus": [max(point.middle - point.low, 0.0) for _, _, point in held],
            "thickness": 3,
            "width": 0,
            "color": color,
        },
        "marker": {"color": color, "symbol": symbol, "size": 10, "line": {"width": 2, "color": color}},
        "customdata": [f"{one_line(line.label)}<br>{name}: {point.text}" for _, line, point in held],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _summary(lines: Sequence[_Line], so: Sequence[tuple[_Point | None, _Point | None]]) -> str:
    told = [
        f"{line.label}: ours {percent(line.ours.middle)}, the market {_said(line.market)}"
        + (f"; if so {_said(so[number][0])} and {_said(so[number][1])}" if so else "")
        for number, line in enumerate(lines)
    ]
    return f"Intervals of probabilities. {'; '.join(told)}."


def _said(point: _Point | None) -> str:
    return "none" if point is None else percent(point.middle)

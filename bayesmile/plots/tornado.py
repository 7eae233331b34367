"""Which assumption matters: what each one's interval does to ours and to what the price implies."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bayesmile.plots.canvas import (
    BLUE,
    INK,
    VERMILION,
    Trace,
    above_rows,
    draw,
    exact,
    one_line,
    probability_axis,
    row_axis,
    several_lines,
)
from bayesmile.sections.weights import amount
from bayesmile.sensitivity import Sensitivity
from bayesmile.wording import implied, percent, sentence, words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["plot_tornado"]

_ROW, _ENDS = 48, 120  # pixels of a row, and of legend and axis
_OURS, _MARKET = 0.54, 0.8
_TOP = 1.06  # where more than certainty is drawn


def plot_tornado(lines: Sequence[Sensitivity], about: str, currency: str = "", *, most: int = 12) -> Figure:
    """Draw ours and the implied probability as each assumption goes from the low to the high end of its interval.

    Parameters
    ----------
    lines : sequence of Sensitivity
        The weightiest first.
    about : str
        What the probabilities are of, in words.
    currency : str
        Of amounts of money.
    most : int
        Assumptions shown.

    Returns
    -------
    plotly.graph_objects.Figure
        Filled marks are the high end of the assumption, open ones the low end; upright lines are as things stand.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.sensitivity import sensitivities
    >>> lines = sensitivities(load("phase2_drug"), "2026-06-30", ("approval", "2032"))
    >>> [trace.name for trace in plot_tornado(lines, "approval by 2032-12").data]
    ['ours', 'the price implies']
    """
    shown = list(lines[:most])
    priced = any(not math.isnan(line.now.implied) for line in shown)
    ours = [(line.low.reached if priced else line.low.ours, _of(line, priced)) for line in shown]
    traces = [_bars("ours", shown, ours, _OURS, BLUE, currency)]
    if priced:
        ends = [(line.low.implied, line.high.implied) for line in shown]
        traces.append(_bars("the price implies", shown, ends, _MARKET, VERMILION, currency))
    layout = {
        "xaxis": {**probability_axis(f"Probability of {one_line(about)}"), "range": [-0.02, _TOP + 0.03]},
        "yaxis": row_axis(len(shown)),
        "annotations": above_rows(one_line(_label(line, currency)) for line in shown),
        "shapes": _now(shown, priced),
    }
    return draw(
        traces,
        title="Which assumption matters: each moved alone over its 90% interval",
        summary=_summary(shown, priced, about, currency),
        height=_ENDS + _ROW * len(shown),
        layout=layout,
    )


def _of(line: Sensitivity, priced: bool) -> float:
    return line.high.reached if priced else line.high.ours


def _label(line: Sensitivity, currency: str) -> str:
    about = line.assumption
    low, high = (amount(about.field, end, currency) for end in (about.low, about.high))
    name = textwrap.shorten(sentence(words(about.label)), 58 - len(f"{low} to {high}"), placeholder="...")
    return f"{name}: {low} to {high}"


def _bars(
    name: str,
    lines: Sequence[Sensitivity],
    ends: Sequence[tuple[float, float]],
    at: float,
    color: str,
    currency: str,
) -> Trace:
    """One line a row from low to high, as one trace with gaps."""
    x: list[float | None] = []
    y: list[float | None] = []
    symbols, told = list[str](), list[str]()
    for number, (line, (low, high)) in enumerate(zip(lines, ends, strict=True)):
        if math.isnan(low) or math.isnan(high):
            continue
        x += [_within(low), _within(high), None]
        y += [number + at, number + at, None]
        symbols += ["circle-open", "circle", "circle"]
        told += [_said(name, line, end, currency, p) for end, p in (("low", low), ("high", high))] + [""]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": x,
        "y": y,
        "line": {"color": color, "width": 5},
        "marker": {"color": color, "size": 9, "symbol": symbols, "line": {"width": 2, "color": color}},
        "customdata": told,
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _within(probability: float) -> float:
    """Where it is drawn: beyond certainty and below nothing at the edges."""
    return min(max(probability, 0.0), _TOP)


def _said(name: str, line: Sensitivity, end: str, currency: str, probability: float) -> str:
    about = line.assumption
    value = amount(about.field, about.low if end == "low" else about.high, currency)
    says = exact(probability) if 0.0 <= probability <= 1.0 else implied(probability)
    return f"{several_lines(sentence(words(about.label)))}<br>at {value}, its {end} end: {name} {says}"


def _now(lines: Sequence[Sensitivity], priced: bool) -> list[Trace]:
    if not lines:
        return []
    now = lines[0].now
    stands = [now.reached, now.implied] if priced else [now.ours]
    common: Trace = {"type": "line", "y0": 0.0, "y1": float(len(lines)), "layer": "below"}
    line = {"color": INK, "width": 1, "dash": "dot"}
    return [{**common, "x0": x, "x1": x, "line": line} for x in map(_within, stands) if not math.isnan(x)]


def _summary(lines: Sequence[Sensitivity], priced: bool, about: str, currency: str) -> str:
    told = []
    for line in lines[:5]:
        low = line.low.reached if priced else line.low.ours
        text = f"{_label(line, currency)}: ours {percent(low)} to {percent(_of(line, priced))}"
        if priced:
            text += f", the price implies {implied(line.low.implied)} to {implied(line.high.implied)}"
        told.append(text)
    return f"Ranges of the probability of {about}, the weightiest first. {'; '.join(told)}."

"""Belief through time, every announcement marked, and what the price said beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain as joined
from itertools import pairwise
from typing import TYPE_CHECKING

from bayesmile.errors import InvalidInput
from bayesmile.plots.canvas import (
    BLUE,
    GREEN,
    INK,
    PURPLE,
    VERMILION,
    Trace,
    date_axis,
    draw,
    exact,
    one_line,
    probability_axis,
    several_lines,
    with_gaps,
)
from bayesmile.pricing.historylines import HistoryLine
from bayesmile.sections.basis import phrase
from bayesmile.sections.chain import ChainPart
from bayesmile.sections.history import HistoryPart
from bayesmile.steps import Step
from bayesmile.wording import bits, implied, percent

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["plot_timeline", "whole_chain"]

_HEIGHT = 470
_LINES = ((BLUE, "solid"), (GREEN, "dash"), (PURPLE, "dashdot"))
_SEEN = 0.005  # bits: an announcement that moved less is marked below the lines


def whole_chain(parts: Sequence[ChainPart]) -> tuple[ChainPart, ...]:
    """Chains that go on from each other, the last of which ends the story; earlier ones of other questions are left.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    if not parts:
        raise InvalidInput("chains of belief: received none; allowed is at least one")
    story = [parts[-1]]
    for before, after in reversed(list(pairwise(parts))):
        if after is not story[0] or before.as_of != after.since or before.targets != after.targets:
            break
        story.insert(0, before)
    return tuple(story)


def plot_timeline(parts: Sequence[ChainPart], told: HistoryPart | None = None) -> Figure:
    """Draw our probability of each headline target through time.

    Parameters
    ----------
    parts : sequence of ChainPart
        Chains of belief, each going on where the one before ended.
    told : HistoryPart, optional
        What the price implied on each day with a close.

    Returns
    -------
    plotly.graph_objects.Figure
        Lines at the central numbers. Triangles: announcements that moved a line, up or down; crosses below: those that
        moved none. The market's line is that of the priced milestone by the horizon; where no probability is enough
        for the price, it stands above 100%.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.sections.basis import basis
    >>> from bayesmile.sections.chain import chain
    >>> figure = plot_timeline([chain(basis(load("phase2_drug"), "2026-06-30"))])
    >>> figure.data[0].name
    'ours: phase3 start by 2028-12'
    """
    story = whole_chain(parts)
    steps = tuple(joined.from_iterable(part.steps for part in story))
    traces = [_belief(story, steps, number) for number in range(len(story[0].targets))]
    traces += [trace for number in range(len(story[0].targets)) for trace in [_movers(story, steps, number)]]
    traces.append(_still(steps))
    if told is not None:
        traces.insert(len(story[0].targets), _market(told))
    layout = {
        "xaxis": date_axis("What was public by"),
        "yaxis": {**probability_axis(), "range": [-0.09, 1.09], "fixedrange": True},
    }
    return draw(
        [trace for trace in traces if trace["x"]],
        title="Belief through time, with every announcement",
        summary=_summary(story, told),
        height=_HEIGHT,
        layout=layout,
    )


def _style(number: int) -> tuple[str, str]:
    return _LINES[number % len(_LINES)]


def _belief(story: Sequence[ChainPart], steps: Sequence[Step], number: int) -> Trace:
    color, dash = _style(number)
    name = phrase(story[0].targets[number])
    first = story[0].total[number].before
    path = [(story[0].since, first), *((step.date, step.moves[number].after) for step in steps)]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"ours: {name}",
        "legendgroup": name,
        "x": [date for date, _ in path],
        "y": [p for _, p in path],
        "line": {"color": color, "dash": dash, "width": 2.2},
        "customdata": [f"{date}<br>ours: {one_line(name)} {exact(p)}" for date, p in path],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _movers(story: Sequence[ChainPart], steps: Sequence[Step], number: int) -> Trace:
    """News that moved one line, on it."""
    color, _ = _style(number)
    name = phrase(story[0].targets[number])
    held = [step for step in steps if step.kind != "time" and abs(step.moves[number].bits) >= _SEEN]
    ups = [step.moves[number].points > 0.0 for step in held]
    return {
        "type": "scatter",
        "mode": "markers",
        "legendgroup": name,
        "showlegend": False,
        "x": [step.date for step in held],
        "y": [step.moves[number].after for step in held],
        "marker": {"color": color, "size": 9, "symbol": ["triangle-up" if up else "triangle-down" for up in ups]},
        "customdata": [_said(step, number, name) for step in held],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _said(step: Step, number: int, name: str) -> str:
    move = step.moves[number]
    what = "withdrawn: " if step.kind == "withdrawal" else ""
    return (
        f"{step.date} {several_lines(what + (step.headline or step.label))}<br>{one_line(name)}:"
        f" {exact(move.before)} to {exact(move.after)}, {bits(move.bits)} bits"
    )


def _still(steps: Sequence[Step]) -> Trace:
    """News that moved no line, below them."""
    held = [step for step in steps if step.kind != "time" and all(abs(move.bits) < _SEEN for move in step.moves)]
    told = [
        f"{step.date} {several_lines(step.headline or step.label)}<br>{several_lines(step.note) or 'too little to see'}"
        for step in held
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "news that moved neither",
        "x": [step.date for step in held],
        "y": [-0.05] * len(held),
        "marker": {"color": INK, "size": 6, "symbol": "x-thin", "line": {"width": 1.3, "color": INK}},
        "customdata": told,
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _market(told: HistoryPart) -> Trace:
    lines = [line for line in (*told.lines, *told.appendix) if not math.isnan(line.implied)]
    days = [line.date for line in lines]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": f"the price implies: {told.milestone.replace('_', ' ')} by {told.horizon}",
        "x": with_gaps(days, days),
        "y": with_gaps([min(max(line.implied, -0.05), 1.05) for line in lines], days),
        "line": {"color": VERMILION, "dash": "dot", "width": 2.0},
        "marker": {"color": VERMILION, "size": 4, "symbol": "diamond"},
        "customdata": with_gaps(_read(lines), days),
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _read(lines: Sequence[HistoryLine]) -> list[str]:
    return [
        f"{line.date}, close {line.close:,.2f}<br>the price implies"
        f" {'more than certainty' if line.implied > 1.0 else exact(line.implied)}<br>ours {exact(line.ours)}"
        for line in lines
    ]


def _summary(story: Sequence[ChainPart], told: HistoryPart | None) -> str:
    lines = [
        f"{phrase(target)} from {percent(story[0].total[number].before)} on {story[0].since} to"
        f" {percent(story[-1].total[number].after)} on {story[-1].as_of}"
        for number, target in enumerate(story[0].targets)
    ]
    said = f"Lines through time: {'; '.join(lines)}."
    read = [] if told is None else [line for line in told.lines if not math.isnan(line.implied)]
    if not read:
        return said
    ends = f"{implied(read[0].implied)} on {read[0].date} and {implied(read[-1].implied)} on {read[-1].date}"
    return f"{said} The price implied {ends}."

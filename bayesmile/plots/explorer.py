"""A figure to play with: two sliders and a choice of what-ifs, which work in a page without Python behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from bayesmile.plots.canvas import (
    BLUE,
    INK,
    VERMILION,
    Trace,
    date_axis,
    draw,
    one_line,
    probability_axis,
)
from bayesmile.sections.explored import Explored, Varied
from bayesmile.sections.weights import amount
from bayesmile.wording import percent, sentence, words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["plot_explorer"]

_HEIGHT = 620
_DIGITS = 4  # of a probability in a curve: a page carries every curve
_SHOWN, _HIDDEN = {"opacity": 1.0, "hoverinfo": "all"}, {"opacity": 0.0, "hoverinfo": "skip"}


def plot_explorer(part: Explored) -> Figure:
    """Draw one milestone's months, to be moved by two numbers and by news that is only supposed.

    The upper slider moves the first number, the lower one the second, the list chooses what is supposed. Every curve
    is computed beforehand and travels with the figure, so that it moves in any browser, offline.

    Parameters
    ----------
    part : Explored
        See `bayesmile.sections.explored.explore`.

    Returns
    -------
    plotly.graph_objects.Figure
        Blue: as things stand, at the values of the sliders; dashed: with the supposed news as well; thin: the dossier
        as it is, which never moves. Dots and percentages stand at the deadline and at the last month.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.sections.explored import explore
    >>> asked = {"milestone.filing.delay.mean": None, "milestone.filing.delay.never": None}
    >>> figure = plot_explorer(explore(load("phase2_drug"), "2026-06-30", "approval", asked))
    >>> [len(slider.steps) for slider in figure.layout.sliders]
    [9, 9]
    """
    curves = list(_curves(part))
    fixed = [_dossier(part), *_legend(part)]
    news = [number for number, (case, _) in enumerate(_order(part)) if case > 0]
    name = f"{sentence(words(part.milestone))}: probability by the end of each month"
    layout = {
        "xaxis": date_axis("End of month"),
        "yaxis": {**probability_axis(), "range": [-0.08, 1.04], "fixedrange": True},
        "sliders": [_first(part, len(curves)), _second(part, len(curves))],
        "updatemenus": [_menu(part, news)] if news else [],
        "shapes": [_deadline(part)],
        "legend": {"orientation": "v", "x": 0.01, "y": 0.99, "yanchor": "top", "bgcolor": "rgba(0,0,0,0)"},
        "margin": {"l": 12, "r": 22, "t": 86 if news else 48, "b": 210},
    }
    return draw([*curves, *fixed], title=name, summary=_summary(part), height=_HEIGHT, layout=layout)


def _order(part: Explored) -> Iterator[tuple[int, int]]:
    """Case and value of the second number of every curve."""
    return ((case, row) for case in range(len(part.cases)) for row in range(len(part.second.values)))


def _curves(part: Explored) -> Iterator[Trace]:
    for case, row in _order(part):
        color, dash = (BLUE, "solid") if case == 0 else (VERMILION, "dash")
        text = one_line(part.cases[case])
        yield {
            "type": "scatter",
            "mode": "lines+markers+text",
            "name": text,
            "x": [f"{month}-01" for month in part.months],
            "y": _rounded(part, case, row, part.first.own),
            "text": _labels(part, case, row, part.first.own),
            "textposition": _places(part, case),
            "textfont": {"color": color, "size": 13},
            "line": {"color": color, "width": 2.5, "dash": dash},
            "marker": {"color": color, "size": [10 if month in _marked(part) else 0 for month in part.months]},
            "hovertemplate": f"{text}<br>by the end of %{{x|%Y-%m}}: %{{y:.2%}}<extra></extra>",
            "visible": row == part.second.own,
            "showlegend": False,
            **(_SHOWN if case == 0 else _HIDDEN),
        }


def _rounded(part: Explored, case: int, row: int, column: int) -> list[float]:
    values: list[float] = np.round(part.cdf[case, row, column], _DIGITS).tolist()
    return values


def _marked(part: Explored) -> tuple[str, str]:
    """Months whose percentages stand in the figure."""
    return part.deadline, part.months[-1]


def _labels(part: Explored, case: int, row: int, column: int) -> list[str]:
    """Percentages at the deadline and at the end, nothing elsewhere."""
    told = zip(part.months, part.cdf[case, row, column].tolist(), strict=True)
    return [f"<b>{percent(chance)}</b>" if month in _marked(part) else "" for month, chance in told]


def _places(part: Explored, case: int) -> list[str]:
    """Where the percentages stand: those of a what-if above the curve, the others below it."""
    if case > 0:
        return ["top left"] * len(part.months)
    return ["bottom right" if month == part.deadline else "bottom left" for month in part.months]


def _dossier(part: Explored) -> Trace:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "the dossier as it is",
        "x": [f"{month}-01" for month in part.months],
        "y": _rounded(part, 0, part.second.own, part.first.own),
        "line": {"color": INK, "width": 1.2},
        "hoverinfo": "skip",
    }


def _legend(part: Explored) -> Iterator[Trace]:
    """Entries for curves that come and go."""
    common: Trace = {"type": "scatter", "mode": "lines", "x": [None], "y": [None]}
    yield {**common, "name": "with the values below", "line": {"color": BLUE, "width": 2.5}}
    if len(part.cases) > 1:
        yield {
            **common,
            "name": "and with the supposed news",
            "line": {"color": VERMILION, "width": 2.5, "dash": "dash"},
        }


def _first(part: Explored, count: int) -> Trace:
    """Slider that gives every curve its values at another value of the first number."""
    order = list(_order(part))
    steps = []
    for column, value in enumerate(part.first.values):
        change = {
            "y": [_rounded(part, case, row, column) for case, row in order],
            "text": [_labels(part, case, row, column) for case, row in order],
        }
        steps.append(_step(part.first, column, value, [change, list(range(count))]))
    return _slider(part.first, steps, y=-0.16)


def _second(part: Explored, count: int) -> Trace:
    """Slider that chooses which curves are there."""
    order = list(_order(part))
    steps = []
    for chosen, value in enumerate(part.second.values):
        change = {"visible": [row == chosen for _, row in order]}
        steps.append(_step(part.second, chosen, value, [change, list(range(count))]))
    return _slider(part.second, steps, y=-0.46)


def _step(varied: Varied, number: int, value: float, args: list[object]) -> Trace:
    own = " (dossier)" if number == varied.own else ""
    return {"method": "restyle", "label": f"{amount(varied.field, value, '')}{own}", "args": args}


def _slider(varied: Varied, steps: list[Trace], *, y: float) -> Trace:
    return {
        "active": varied.own,
        "steps": steps,
        "currentvalue": {"prefix": f"{one_line(varied.label)}: ", "font": {"size": 13}},
        "x": 0.02,
        "len": 0.96,
        "y": y,
        "pad": {"t": 0, "b": 0},
        "font": {"size": 10},
        "tickcolor": INK,
        "activebgcolor": BLUE,
    }


def _menu(part: Explored, news: list[int]) -> Trace:
    """List of what is supposed; it shows and hides by opacity, so that the slider keeps its say over what is there."""
    order = list(_order(part))
    buttons = []
    for chosen, text in enumerate(part.cases):
        states = [_SHOWN if order[number][0] == chosen else _HIDDEN for number in news]
        change = {key: [state[key] for state in states] for key in _SHOWN}
        label = "suppose nothing" if chosen == 0 else f"suppose: {one_line(text)}"
        buttons.append({"method": "restyle", "label": label, "args": [change, news]})
    place = {"x": 0.0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", "direction": "down", "active": 0}
    return {**place, "type": "dropdown", "buttons": buttons, "font": {"size": 12}, "showactive": True}


def _deadline(part: Explored) -> Trace:
    when = f"{part.deadline}-01"
    line = {"color": INK, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": when, "x1": when, "y0": 0.0, "y1": 1.0, "line": line}


def _summary(part: Explored) -> str:
    chances = part.by_deadline()
    now = percent(float(chances[0, part.second.own, part.first.own]))
    told = [_span(one) for one in (part.first, part.second)]
    low, high = percent(float(chances[0].min())), percent(float(chances[0].max()))
    return (
        f"Rising curve of {words(part.milestone)}: {now} by {part.deadline} as the dossier is; {low} to {high} over"
        f" {' and '.join(told)}."
    )


def _span(one: Varied) -> str:
    low, high = (amount(one.field, value, "") for value in (one.values[0], one.values[-1]))
    return f"{one.label[:1].lower()}{one.label[1:]} from {low} to {high}"

"""What every figure shares: colours, ink that reads on light and on dark, text that is data, and the figure itself."""

from __future__ import annotations

import datetime as dt
import html
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bayesmile.wording import money, plain

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = [
    "BLUE",
    "DASHES",
    "GREEN",
    "GREY",
    "GRID",
    "INK",
    "ORANGE",
    "PURPLE",
    "VERMILION",
    "Trace",
    "above_rows",
    "date_axis",
    "draw",
    "exact",
    "money_ticks",
    "one_line",
    "probability_axis",
    "row_axis",
    "several_lines",
    "with_gaps",
    "worded",
]

Trace = dict[str, Any]
"""One trace, axis or annotation as Plotly has them."""

# Okabe and Ito's colours, which the colour-blind tell apart; markers and dashes say the same again.
BLUE, VERMILION, GREEN, PURPLE, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
GREY = "rgba(127,127,127,0.35)"
# Contrast of 4.5 on white and on black, since figures carry no background; a page may put its own ink in its place.
INK, GRID = "#777777", "rgba(127,127,127,0.25)"
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")

_TITLE, _LABEL, _AXIS = 76, 60, 46  # characters that a line holds; of a label and an axis on a phone
_MOST = 400  # characters of what is said when a mark is touched
_APART = 45  # days: closes further apart are not joined by a line


def exact(probability: float) -> str:
    """Probability to two decimals of a percent, for hovering.

    Examples
    --------
    >>> exact(0.34561), exact(1.4)
    ('34.56%', '140.00%')
    """
    return f"{100.0 * probability:.2f}%"


def one_line(text: str, *, most: int = _LABEL) -> str:
    """Text of a ledger as one line of a figure: shortened, and no character of it is markup.

    Examples
    --------
    >>> one_line("<b>Deal</b> & more"), one_line("a very long headline " * 9, most=20)
    ('&lt;b&gt;Deal&lt;/b&gt; &amp; more', 'a very long...')
    """
    said = plain(text)
    return _escaped(_shortened(said, most))


def _shortened(said: str, most: int) -> str:
    """Text cut after a word, or within one that is too long to be left out."""
    if len(said) <= most:
        return said
    short = textwrap.shorten(said, most, placeholder="...")
    return short if 2 * len(short) > most else f"{said[: most - 3]}..."


def several_lines(text: str, *, width: int = _LABEL, most: int = _MOST) -> str:
    """Text of a ledger as lines of a figure, long words folded, cut after so many characters.

    Examples
    --------
    >>> several_lines("one two three", width=8)
    'one two<br>three'
    """
    return "<br>".join(_escaped(line) for line in textwrap.wrap(_shortened(plain(text), most), width))


def with_gaps[T](values: Sequence[T], dates: Sequence[str]) -> list[T | None]:
    """Values of dated closes with a gap wherever they lie too far apart to draw a line between them.

    Examples
    --------
    >>> with_gaps([1.0, 2.0, 3.0], ["2026-01-05", "2026-01-06", "2026-06-01"])
    [1.0, 2.0, None, 3.0]
    """
    days = [dt.date.fromisoformat(date) for date in dates]
    out: list[T | None] = list(values[:1])
    for value, (before, after) in zip(values[1:], pairwise(days), strict=True):
        out += [None, value] if (after - before).days > _APART else [value]
    return out


def money_ticks(low: float, high: float, currency: str) -> Trace:
    """Make the marks of a log axis of money from `low` to `high`."""
    steps = [base * 10.0**power for power in range(-3, 16) for base in (1.0, 2.0, 5.0)]
    ticks = [step for step in steps if low <= step <= high]
    return {"type": "log", "gridcolor": GRID, "tickvals": ticks, "ticktext": [money(tick, currency) for tick in ticks]}


def worded(title: str) -> Trace:
    """Title of an axis, on as many lines as a phone needs."""
    return {"text": several_lines(title, width=_AXIS), "standoff": 6}


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def draw(
    traces: Sequence[Trace],
    *,
    title: str,
    summary: str,
    height: int,
    layout: Mapping[str, Any] | None = None,
) -> Figure:
    """Make a figure.

    Parameters
    ----------
    traces : sequence of dict
    title : str
        What is shown; text, not markup.
    summary : str
        The same in a sentence with its numbers, for those who cannot see it: ``figure.layout.meta["summary"]``.
    height : int
        Pixels; the width is that of the page.
    layout : mapping, optional
        Axes, annotations and the like, in Plotly's words.
    """
    from plotly.graph_objects import Figure

    said = several_lines(title, width=_TITLE)
    common: Trace = {
        "template": {},
        "title": {
            "text": said,
            "x": 0.0,
            "xref": "container",
            "xanchor": "left",
            "pad": {"l": 8},
            "font": {"size": 15},
            "yref": "container",
            "y": 0.99,
            "yanchor": "top",
        },
        "meta": {"title": plain(title), "summary": plain(summary)},
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": INK, "size": 12, "family": "system-ui, sans-serif"},
        "margin": {"l": 12, "r": 22, "t": 62 + 20 * said.count("<br>"), "b": 40},
        "legend": {"orientation": "h", "x": 0.0, "y": 1.0, "yanchor": "bottom", "yref": "paper"},
        "hovermode": "closest",
        "hoverlabel": {"align": "left"},
    }
    given = layout or {}
    whole = {**common, **given, "margin": {**common["margin"], **given.get("margin", {})}}
    whole = {**_without_formulas(whole), "meta": whole["meta"]}
    return Figure({"data": _without_formulas(list(traces)), "layout": whole})


def _without_formulas(value: Any) -> Any:
    """Write every dollar so that two of them are no formula: text between dollars would be set as one."""
    if isinstance(value, str):
        return value.replace("$", "&#36;")
    if isinstance(value, dict):
        return {key: _without_formulas(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_formulas(entry) for entry in value]
    return value


def probability_axis(title: str = "Probability", *, most: float = 1.0) -> Trace:
    """Axis from 0% to 100%."""
    return {
        "title": worded(title),
        "range": [-0.01, most + 0.01],
        "tickformat": ".0%",
        "tickvals": [0.0, 0.25, 0.5, 0.75, 1.0],
        "gridcolor": GRID,
        "zeroline": False,
        "automargin": True,
    }


def date_axis(title: str) -> Trace:
    """Axis of dates."""
    return {
        "title": worded(title),
        "type": "date",
        "gridcolor": GRID,
        "zeroline": False,
        "automargin": True,
        "nticks": 8,
        "hoverformat": "%Y-%m-%d",
    }


def row_axis(rows: int) -> Trace:
    """Axis of rows from top to bottom, without marks of its own: see `above_rows`."""
    return {"range": [float(rows), 0.0], "visible": False, "fixedrange": True}


def above_rows(texts: Iterable[str], *, at: float = 0.22) -> list[Trace]:
    """Labels that stand above what they are about, so that a narrow page has its whole width for the marks.

    `texts` are escaped already; `at` is where in a row they stand.
    """
    common: Trace = {"xref": "paper", "x": 0.0, "xanchor": "left", "yanchor": "middle", "showarrow": False}
    return [
        {**common, "y": number + at, "text": text, "align": "left", "font": {"size": 12}}
        for number, text in enumerate(texts)
    ]

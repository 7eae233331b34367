"""What each announcement changed: one after the other as a waterfall, or each one's share as bars."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain as joined
from itertools import groupby
from typing import TYPE_CHECKING

from bayesmile.plots.canvas import (
    BLUE,
    GRID,
    INK,
    VERMILION,
    Trace,
    above_rows,
    draw,
    exact,
    one_line,
    row_axis,
    worded,
)
from bayesmile.plots.canvas import several_lines as lines_of
from bayesmile.plots.timeline import whole_chain
from bayesmile.sections.basis import phrase
from bayesmile.sections.chain import ChainPart
from bayesmile.steps import Step
from bayesmile.wording import bits, count, percent, sentence

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["plot_credits", "plot_waterfall"]

_ROW, _ENDS = 38, 100  # pixels of a row, and of title and axis
_MOST = 18  # announcements with a row of their own
_WIDE = 0.38  # of a bar, in rows
_AT = 0.7  # where the bar stands in its row


@dataclass(frozen=True, slots=True)
class _Row:
    """One bar: its label, what it adds and what to say when it is touched."""

    label: str
    amount: float
    said: str


def plot_waterfall(parts: Sequence[ChainPart], number: int = 0, *, most: int = _MOST) -> Figure:
    """Draw how announcements, time and silence moved one target, in the order of time.

    Parameters
    ----------
    parts : sequence of ChainPart
        Chains of belief, each going on where the one before ended.
    number : int
        Which of their targets.
    most : int
        Announcements with a bar of their own, those that moved it most; the others join time and silence of their year.

    Returns
    -------
    plotly.graph_objects.Figure
        Bits of log-odds from the first belief on; percentage points where a target has become certain, or impossible.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.sections.basis import basis
    >>> from bayesmile.sections.chain import chain
    >>> part = chain(basis(load("phase2_drug"), "2026-06-30"))
    >>> figure = plot_waterfall([part])
    >>> abs(sum(sum(bars.x) for bars in figure.data) - part.total[0].bits) < 1e-9
    True
    """
    story = whole_chain(parts)
    steps = tuple(joined.from_iterable(part.steps for part in story))
    certain = not all(math.isfinite(step.moves[number].bits) for step in steps)
    unit = "points" if certain else "bits"
    rows = list(_rows(steps, number, unit, most))
    target, before = phrase(story[0].targets[number]), story[0].total[number].before
    after = story[-1].total[number].after
    ends = (f"{percent(before)} on {story[0].since}", f"{percent(after)} on {story[-1].as_of}")
    return draw(
        _bars(rows, unit),
        title=f"What moved {target}, in order: from {ends[0]} to {ends[1]}",
        summary=_summary(rows, unit, f"{sentence(target)}, from {ends[0]} to {ends[1]}"),
        height=_ENDS + _ROW * len(rows),
        layout=_layout(rows, f"Change since {story[0].since}, {_words(unit)}"),
    )


def plot_credits(
    labels: Sequence[str], amounts: Sequence[float], errors: Sequence[float] | None = None, *, about: str
) -> Figure:
    """Draw each announcement's share of the whole move, whatever their order.

    Parameters
    ----------
    labels : sequence of str
    amounts : sequence of float
        Bits of log-odds.
    errors : sequence of float, optional
        Standard errors, where the shares were sampled.
    about : str
        The target, in words.

    Examples
    --------
    >>> figure = plot_credits(["deal", "delay"], [0.5, -0.25], about="launch by 2030-12")
    >>> figure.data[0].base
    (0.0,)
    """
    scatter = [0.0] * len(labels) if errors is None else errors
    rows = [
        _Row(label, amount, f"{lines_of(label)}<br>{bits(amount)} bits{_error(error)}")
        for label, amount, error in zip(labels, amounts, scatter, strict=True)
    ]
    base = [0.0] * len(rows)
    return draw(
        _bars(rows, "bits", base, errors),
        title=f"Each announcement's share of the move of {about}, whatever the order",
        summary=_summary(rows, "bits", sentence(about)),
        height=_ENDS + _ROW * len(rows),
        layout=_layout(rows, "Share of the move, bits of log-odds", base),
    )


def _error(error: float) -> str:
    return f" (standard error {error:.2g})" if error else ""


def _words(unit: str) -> str:
    return "bits (1 bit doubles the odds)" if unit == "bits" else "percentage points"


def _rows(steps: Iterable[Step], number: int, unit: str, most: int) -> Iterator[_Row]:
    """Largest announcements in order, and at the end of each year all the rest of it in one."""
    steps = tuple(steps)
    news = [step for step in steps if step.kind != "time" and step.moved]
    ranked = sorted(news, key=lambda step: -abs(_amount(step, number, unit)))
    own = {id(step) for step in ranked[:most]}
    for year, group in groupby(steps, key=lambda step: step.date[:4]):
        rest = []
        for step in group:
            if id(step) in own:
                yield _row(step, number, unit)
            else:
                rest.append(step)
        amount = math.fsum(_amount(step, number, unit) for step in rest)
        small = sum(step.moved and step.kind != "time" for step in rest)
        if small or any(step.moved for step in rest):
            also = f" and {count(small, 'smaller item')}" if small else ""
            label = f"{year}: time, silence{also}"
            yield _Row(label, amount, f"{label}<br>{_told(amount, unit)}")


def _amount(step: Step, number: int, unit: str) -> float:
    move = step.moves[number]
    return move.bits if unit == "bits" else move.points


def _row(step: Step, number: int, unit: str) -> _Row:
    move = step.moves[number]
    what = f"{'withdrawn: ' if step.kind == 'withdrawal' else ''}{step.headline or step.label}"
    said = f"{step.date} {lines_of(what)}<br>{exact(move.before)} to {exact(move.after)}, {bits(move.bits)} bits"
    return _Row(f"{step.date} {what}", _amount(step, number, unit), said)


def _told(amount: float, unit: str) -> str:
    return f"{bits(amount)} bits" if unit == "bits" else f"{amount:+.2f} points"


def _bars(
    rows: Sequence[_Row], unit: str, base: list[float] | None = None, errors: Sequence[float] | None = None
) -> list[Trace]:
    """Bars upwards and downwards, the latter hatched."""
    start = _starts(rows) if base is None else base
    traces = []
    for up in (True, False):
        held = [number for number, row in enumerate(rows) if (row.amount >= 0.0) == up]
        shown = [rows[number] for number in held]
        pattern = {"shape": "" if up else "/", "size": 6, "fillmode": "overlay", "fgcolor": "rgba(255,255,255,0.7)"}
        trace: Trace = {
            "type": "bar",
            "orientation": "h",
            "name": "up" if up else "down",
            "base": [start[number] for number in held],
            "x": [row.amount for row in shown],
            "y": [number + _AT for number in held],
            "width": _WIDE,
            "text": [_told(row.amount, unit).removesuffix(" bits").removesuffix(" points") for row in shown],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {"color": BLUE if up else VERMILION, "pattern": pattern},
            "customdata": [row.said for row in shown],
            "hovertemplate": "%{customdata}<extra></extra>",
        }
        if errors is not None:
            scatter = [errors[number] for number in held]
            trace["error_x"] = {"type": "data", "array": scatter, "color": INK, "thickness": 1.5, "width": 4}
        traces.append(trace)
    return traces


def _starts(rows: Sequence[_Row]) -> list[float]:
    return [math.fsum(row.amount for row in rows[:number]) for number in range(len(rows))]


def _range(rows: Sequence[_Row], base: list[float] | None) -> list[float]:
    """Find the ends of the axis, with room for the numbers beside the bars."""
    start = _starts(rows) if base is None else base
    stops = [0.0, *start, *(at + row.amount for at, row in zip(start, rows, strict=True))]
    room = 0.16 * (max(stops) - min(stops)) or 1.0
    return [min(stops) - room, max(stops) + room]


def _layout(rows: Sequence[_Row], title: str, base: list[float] | None = None) -> Trace:
    return {
        "xaxis": {
            "title": worded(title),
            "range": _range(rows, base),
            "gridcolor": GRID,
            "zerolinecolor": INK,
            "automargin": True,
        },
        "yaxis": row_axis(len(rows)),
        "annotations": above_rows((one_line(row.label) for row in rows), at=0.28),
        "margin": {"r": 34},
        "showlegend": False,
    }


def _summary(rows: Sequence[_Row], unit: str, lead: str) -> str:
    told = "; ".join(f"{row.label} {_told(row.amount, unit)}" for row in _largest(rows))
    return f"{lead}. Bars, in order. The largest: {told}."


def _largest(rows: Sequence[_Row]) -> list[_Row]:
    return sorted(rows, key=lambda row: -abs(row.amount))[:5]

"""The roadmap as a graph, with its probabilities and months."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from bayesmile.plots.canvas import BLUE, GREY, INK, PURPLE, Trace, draw, exact, one_line, several_lines
from bayesmile.plots.layering import Layers, place
from bayesmile.sections.drawing import Drawing, Node
from bayesmile.wording import percent, sentence

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["plot_roadmap"]

_LAYER, _ENDS = 112, 40  # pixels of a layer, and of the margins
_MORE = 26  # pixels of the line that a second number takes
_HALF = 0.32  # of a box, in layers
_STROKE = 0.3  # of that, which a stroke at its edge takes


def plot_roadmap(part: Drawing, then: Drawing | None = None) -> Figure:
    """Draw milestones as boxes, each below those that it waits for.

    Parameters
    ----------
    part : Drawing
        See `bayesmile.sections.drawing.drawing`.
    then : Drawing, optional
        The same if what is supposed were known too: a second number in each box, with strokes where it ends.

    Returns
    -------
    plotly.graph_objects.Figure
        The shaded part of a box is the probability by the milestone's deadline. A dashed arrow marks a milestone that
        waits for any one of its parents only.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.sections.basis import basis
    >>> from bayesmile.sections.drawing import drawing
    >>> figure = plot_roadmap(drawing(basis(load("phase2_drug"), "2025-12-31")))
    >>> figure.layout.annotations[-1].text.split("<br>")[0]
    '<b>Approval</b>'
    """
    layers = place({node.name: node.after for node in part.nodes})
    half = min(0.46 / max(layers.width, 1), 0.23)
    others = {} if then is None else {node.name: node for node in then.nodes}
    boxes = [shape for node in part.nodes for shape in _boxes(node, layers, half)]
    boxes += [
        one for node in part.nodes if _open(node, others) for one in _marks(node, others[node.name], layers, half)
    ]
    arrows = [arrow for node in part.nodes for arrow in _arrows(node, layers)]
    bends = [line for node in part.nodes for line in _bends(node, layers)]
    layout = {
        "xaxis": {"range": [0.0, 1.0], "visible": False, "fixedrange": True},
        "yaxis": {"range": [layers.depth - 1 + 0.45, -0.45], "visible": False, "fixedrange": True},
        "shapes": [*bends, *boxes],
        "annotations": [*arrows, *(_label(node, layers, half, others) for node in part.nodes)],
        "showlegend": False,
        "margin": {"l": 2, "r": 2, "t": 40, "b": 6},
    }
    return draw(
        [_hover(part, layers, others)],
        title="The roadmap: each milestone waits for those above it",
        summary=_summary(part, others),
        height=_ENDS + (_LAYER + (_MORE if others else 0)) * layers.depth,
        layout=layout,
    )


def _boxes(node: Node, layers: Layers, half: float) -> list[Trace]:
    """Outline, and the part of it that is the probability by the deadline."""
    x, y = layers.places[node.name]
    box: Trace = {"type": "rect", "x0": x - half, "y0": y - _HALF, "y1": y + _HALF}
    filled = {**box, "x1": x - half + 2.0 * half * node.by_deadline, "fillcolor": BLUE, "opacity": 0.28}
    width = 3 if node.headline else 1
    return [
        {**filled, "line": {"width": 0}, "layer": "below"},
        {**box, "x1": x + half, "line": {"color": INK, "width": width}},
    ]


def _open(node: Node, others: Mapping[str, Node]) -> bool:
    """Whether a node has a second number: it is open, and something is supposed."""
    return node.reached is None and node.name in others


def _marks(node: Node, then: Node, layers: Layers, half: float) -> list[Trace]:
    """Strokes at both edges of a box, at the probability by the deadline if what is supposed were known too."""
    x, y = layers.places[node.name]
    at = x - half + 2.0 * half * then.by_deadline
    line = {"color": PURPLE, "width": 4}
    ends = ((y - _HALF, y - (1.0 - _STROKE) * _HALF), (y + (1.0 - _STROKE) * _HALF, y + _HALF))
    return [{"type": "line", "x0": at, "x1": at, "y0": low, "y1": high, "line": line} for low, high in ends]


def _label(node: Node, layers: Layers, half: float, others: Mapping[str, Node]) -> Trace:
    x, y = layers.places[node.name]
    narrow = 17 if half < 0.2 else 26
    when = f"reached {node.reached}" if node.reached else f"{percent(node.by_deadline)} by {node.deadline}"
    last = "" if node.reached else f"even odds {node.median}"
    title = several_lines(sentence(node.words), width=narrow, most=2 * narrow)
    so = f"if so {percent(others[node.name].by_deadline)}" if _open(node, others) else ""
    return {
        "x": x,
        "y": y,
        "text": "<br>".join(part for part in (f"<b>{title}</b>", when, so, last) if part),
        "showarrow": False,
        "font": {"size": 11},
    }


def _arrows(node: Node, layers: Layers) -> list[Trace]:
    """Draw the last stretch of every edge into a milestone."""
    x, y = layers.places[node.name]
    ends = []
    for parent, child, bends in layers.routes:
        if child != node.name:
            continue
        start = (*bends[-1],) if bends else (layers.places[parent][0], layers.places[parent][1] + _HALF)
        ends.append(
            {
                "x": x,
                "y": y - _HALF,
                "ax": start[0],
                "ay": start[1],
                "xref": "x",
                "yref": "y",
                "axref": "x",
                "ayref": "y",
                "text": "",
                "showarrow": True,
                "arrowhead": 5 if node.needs == "any" else 2,
                "arrowwidth": 1.5,
                "arrowcolor": INK,
            }
        )
    return ends


def _bends(node: Node, layers: Layers) -> list[Trace]:
    """Draw what comes before the last stretch of an edge that passes layers."""
    lines = []
    for parent, child, bends in layers.routes:
        if child != node.name or not bends:
            continue
        x, y = layers.places[parent]
        stops = [(x, y + _HALF), *bends]
        for (x0, y0), (x1, y1) in pairwise(stops):
            line = {"color": INK, "width": 1.5}
            lines.append({"type": "line", "x0": x0, "y0": y0, "x1": x1, "y1": y1, "line": line, "layer": "below"})
    return lines


def _hover(part: Drawing, layers: Layers, others: Mapping[str, Node]) -> Trace:
    """Points behind the boxes, which say more when they are touched."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [layers.places[node.name][0] for node in part.nodes],
        "y": [layers.places[node.name][1] for node in part.nodes],
        "marker": {"size": 40, "opacity": 0.01, "color": GREY, "symbol": "square"},
        "customdata": [_more(node, part.horizon, others) for node in part.nodes],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _more(node: Node, horizon: str, others: Mapping[str, Node]) -> str:
    lines = [several_lines(node.title), f"kind of risk: {one_line(node.risk)}"]
    if node.reached:
        return "<br>".join([*lines, f"reached {node.reached}"])
    span = "" if node.low == node.high else f" (90% interval: {exact(node.low)} to {exact(node.high)})"
    lines += [f"by {node.deadline}: {exact(node.by_deadline)}{span}", f"by {horizon}: {exact(node.by_horizon)}"]
    if node.market is not None:
        lines.append(f"the market, by {horizon}: {exact(node.market)}")
    if _open(node, others):
        so = others[node.name]
        lines.append(f"if so: {exact(so.by_deadline)} and {exact(so.by_horizon)}, even odds {so.median}")
    return "<br>".join([*lines, f"even odds: {node.median}", f"waits for {node.needs} of those above it"])


def _summary(part: Drawing, others: Mapping[str, Node]) -> str:
    told = []
    for node in part.nodes:
        state = f"reached {node.reached}" if node.reached else f"{percent(node.by_deadline)} by {node.deadline}"
        state += f", if so {percent(others[node.name].by_deadline)}" if _open(node, others) else ""
        after = f" after {', '.join(name.replace('_', ' ') for name in node.after)}" if node.after else ""
        told.append(f"{node.words}{after}: {state}")
    return f"Graph of {len(part.nodes)} milestones. {'; '.join(told)}."

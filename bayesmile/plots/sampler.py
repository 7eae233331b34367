"""Whether chains can be believed: effective draws, energies and divergent transitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bayesmile.errors import InvalidInput
from bayesmile.model.diagnostics import Array, Diagnostics, Traced
from bayesmile.plots.canvas import BLUE, GRID, INK, VERMILION, Trace, draw, one_line
from bayesmile.plots.panels import axis_of, stacked
from bayesmile.wording import count

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["plot_draws", "plot_energy", "plot_sizes"]

_BINS = 40
_NAMED = 4  # numbers named in a sentence


def plot_sizes(part: Diagnostics, *, most: int = 6) -> Figure:
    """Draw how the effective draws grow with the draws.

    Parameters
    ----------
    part : Diagnostics
    most : int
        Numbers shown, the fewest effective draws first.

    Returns
    -------
    plotly.graph_objects.Figure
        A panel a number. Lines that rise steadily belong to chains that mix; one that levels off, to chains that have
        yet to find something. Below the dotted line a number should not be believed.

    Examples
    --------
    >>> import numpy as np
    >>> from bayesmile.model.diagnostics import Diagnostics, Traced
    >>> draws, many = np.arange(80.0).reshape(2, 40), np.array([20.0, 40.0])
    >>> one = Traced(name="hype", draws=draws, ranks=draws + 1, rhat=3.0, alone=many, kept=many, bulk=many, tail=many)
    >>> calm = np.zeros((2, 40))
    >>> part = Diagnostics(numbers=(one,), energy=calm, bfmi=calm[:, 0], diverging=calm > 0, wanted=200.0)
    >>> plot_sizes(part).data[0].x
    (40.0, 80.0)
    """
    shown = sorted(part.numbers, key=_fewest)[:most]
    chains = part.energy.shape[0]
    traces = [trace for number, one in enumerate(shown) for trace in _size_panel(one, number, chains, part.wanted)]
    few = [one.name for one in part.numbers if _fewest(one) < part.wanted]
    named = ", ".join(few) if len(few) <= _NAMED else f"{len(few)} of {count(len(part.numbers), 'number')}"
    said = f"too few for {named}" if few else "all numbers have enough"
    least = f"The fewest effective draws are {_fewest(shown[0]):.0f}" if shown else "Nothing was sampled"
    return stacked(
        traces,
        [f"{one.name} ({_fewest(one):.0f} effective)" for one in shown],
        title="Are there draws enough? Effective draws as the chains grow",
        summary=f"{least}, of {part.wanted:.0f} wanted; {said}.",
        below="Draws of all chains",
    )


def _fewest(one: Traced) -> float:
    return float(min(one.bulk[-1], one.tail[-1]))


def _size_panel(one: Traced, number: int, chains: int, wanted: float) -> list[Trace]:
    x = (one.kept * chains).tolist()
    common: Trace = {"type": "scatter", "x": x, "yaxis": axis_of(number), "showlegend": number == 0}
    lines = (
        ("in the middle", one.bulk, BLUE, "solid", "circle"),
        ("in the tails", one.tail, VERMILION, "dash", "diamond"),
    )
    told = [
        {
            **common,
            "mode": "lines+markers",
            "y": size.tolist(),
            "name": name,
            "legendgroup": name,
            "line": {"color": color, "dash": dash, "width": 1.8},
            "marker": {"color": color, "size": 6, "symbol": symbol},
            "hovertemplate": f"{name}: %{{y:.0f}} effective of %{{x:.0f}}<extra></extra>",
        }
        for name, size, color, dash, symbol in lines
    ]
    line = {"color": INK, "dash": "dot", "width": 1}
    least = {**common, "mode": "lines", "y": [wanted] * len(x), "name": "wanted", "legendgroup": "wanted", "line": line}
    return [*told, {**least, "hoverinfo": "skip"}]


def plot_energy(part: Diagnostics) -> Figure:
    """Draw the energies that the chains visit, and how far one step goes.

    Parameters
    ----------
    part : Diagnostics

    Returns
    -------
    plotly.graph_objects.Figure
        Two histograms about their means. Steps much narrower than the energies mean chains that walk slowly and may
        have missed the tails: a Bayesian fraction of missing information (BFMI) below 0.3.

    Examples
    --------
    >>> import numpy as np
    >>> from bayesmile.model.diagnostics import Diagnostics
    >>> energy = np.random.default_rng(1).normal(size=(2, 100))
    >>> part = Diagnostics(numbers=(), energy=energy, bfmi=np.ones(2), diverging=energy > 9, wanted=200.0)
    >>> [trace.name for trace in plot_energy(part).data]
    ['energies visited', 'steps between them']
    """
    visited = (part.energy - part.energy.mean(axis=1, keepdims=True)).ravel()
    steps = np.diff(part.energy, axis=1).ravel()
    far = max(float(np.abs(visited).max()), float(np.abs(steps).max()), 1e-12)
    edges = np.linspace(-far, far, _BINS + 1)
    traces = [
        _histogram("energies visited", visited, edges, BLUE, "solid"),
        _histogram("steps between them", steps, edges, VERMILION, "dash"),
    ]
    told = ", ".join(f"{value:.2f}" for value in part.bfmi)
    verdict = "none below 0.3" if (part.bfmi >= 0.3).all() else "below 0.3: the chains walk too slowly"
    axis: Trace = {"gridcolor": GRID, "zeroline": False, "automargin": True}
    return draw(
        traces,
        title="Do the chains reach everywhere? Energies and steps",
        summary=f"Two histograms; the fractions of missing information by chain are {told}, {verdict}.",
        height=340,
        layout={
            "xaxis": {**axis, "title": {"text": f"Energy about its mean, nats (BFMI by chain: {told})"}},
            "yaxis": {**axis, "visible": False},
        },
    )


def _histogram(name: str, values: Array, edges: Array, color: str, dash: str) -> Trace:
    height, _ = np.histogram(values, edges, density=True)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": ((edges[1:] + edges[:-1]) / 2.0).tolist(),
        "y": height.tolist(),
        "line": {"color": color, "dash": dash, "width": 2, "shape": "hvh"},
        "hovertemplate": f"{name}: density %{{y:.3f}} at %{{x:.2f}}<extra></extra>",
    }


def plot_draws(part: Diagnostics, names: Sequence[str] = ()) -> Figure:
    """Draw two numbers against each other, and mark where transitions diverged.

    Parameters
    ----------
    part : Diagnostics
    names : sequence of str
        Two of its numbers; the two with the largest R-hat if left out.

    Returns
    -------
    plotly.graph_objects.Figure
        A dot a draw. Crosses that crowd in one corner mark a place that the sampler cannot enter.

    Raises
    ------
    InvalidInput
        If there are no two such numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from bayesmile.model.diagnostics import Diagnostics, Traced
    >>> draws, many = np.arange(80.0).reshape(2, 40), np.array([40.0])
    >>> one, two = (
    ...     Traced(name=name, draws=draws, ranks=draws + 1, rhat=3.0, alone=many, kept=many, bulk=many, tail=many)
    ...     for name in ("hype", "never: launch")
    ... )
    >>> part = Diagnostics(numbers=(one, two), energy=draws, bfmi=many, diverging=draws > 78, wanted=200.0)
    >>> [(trace.name, len(trace.x)) for trace in plot_draws(part).data]
    [('draws', 79), ('divergent transitions', 1)]
    """
    one, two = _two(part, names)
    gone = part.diverging.ravel()
    common: Trace = {"type": "scatter", "mode": "markers"}
    x, y = one.draws.ravel(), two.draws.ravel()
    told = f"{one_line(one.name)} %{{x:.4g}}<br>{one_line(two.name)} %{{y:.4g}}<extra></extra>"
    dots = {"color": BLUE, "size": 5, "opacity": 0.35}
    crosses = {"color": VERMILION, "size": 10, "symbol": "x-thin", "line": {"width": 2, "color": VERMILION}}
    traces = [
        {
            **common,
            "name": "draws",
            "x": x[~gone].tolist(),
            "y": y[~gone].tolist(),
            "marker": dots,
            "hovertemplate": told,
        },
        {
            **common,
            "name": "divergent transitions",
            "x": x[gone].tolist(),
            "y": y[gone].tolist(),
            "marker": crosses,
            "hovertemplate": told,
        },
    ]
    axis: Trace = {"gridcolor": GRID, "zeroline": False, "automargin": True}
    return draw(
        traces,
        title="Where did transitions diverge?",
        summary=f"{count(int(gone.sum()), 'divergent transition')} among {count(gone.size, 'draw')}.",
        height=440,
        layout={
            "xaxis": {**axis, "title": {"text": one_line(one.name)}},
            "yaxis": {**axis, "title": {"text": one_line(two.name)}},
        },
    )


def _two(part: Diagnostics, names: Sequence[str]) -> tuple[Traced, Traced]:
    held = {one.name: one for one in part.numbers}
    wanted = list(names) or list(held)[:2]
    if len(wanted) != 2 or not set(wanted) <= set(held):
        raise InvalidInput(
            f"names: received {', '.join(wanted) or 'none'}; allowed are two of {', '.join(held) or 'none'}"
        )
    return held[wanted[0]], held[wanted[1]]

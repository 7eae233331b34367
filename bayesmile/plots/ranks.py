"""Whether chains agree: how each chain's draws rank among those of all."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from bayesmile.model.diagnostics import Array, Diagnostics, Traced
from bayesmile.plots.canvas import BLUE, DASHES, GREEN, GREY, ORANGE, PURPLE, VERMILION, Trace
from bayesmile.plots.panels import axis_of, stacked

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["plot_ranks"]

_COLORS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE)
_SHARES = np.linspace(0.0, 1.0, 41)[1:-1]
_RUNS, _DRAWS, _MASS = 400, 200, 0.95  # of the simulation behind a band


def plot_ranks(part: Diagnostics, *, most: int = 6) -> Figure:
    """Draw how each chain's draws rank among those of all chains.

    Parameters
    ----------
    part : Diagnostics
        See `bayesmile.model.diagnostics.diagnose`.
    most : int
        Numbers shown, the largest R-hat first.

    Returns
    -------
    plotly.graph_objects.Figure
        A panel a number: the share of a chain's draws up to each rank, less the share that chains which agree would
        have. The band holds all chains of 95% of runs that agree, with as many effective draws as these.

    Examples
    --------
    >>> import numpy as np
    >>> from bayesmile.model.diagnostics import Diagnostics, Traced
    >>> draws, many = np.arange(80.0).reshape(2, 40), np.array([40.0])
    >>> one = Traced(name="hype", draws=draws, ranks=draws + 1, rhat=3.0, alone=many, kept=many, bulk=many, tail=many)
    >>> calm = np.zeros((2, 40))
    >>> part = Diagnostics(numbers=(one,), energy=calm, bfmi=calm[:, 0], diverging=calm > 0, wanted=200.0)
    >>> [trace.name for trace in plot_ranks(part).data]
    ['chains that agree', None, 'chain 1', 'chain 2']

    References
    ----------
    .. [1] T. Säilynoja, P.-C. Bürkner, A. Vehtari, "Graphical test for discrete uniformity and its applications in
       goodness-of-fit evaluation and multiple sample comparison", Statistics and Computing 32 (2022).
    """
    shown = part.numbers[:most]
    chains = part.energy.shape[0]
    traces, outside = list[Trace](), list[str]()
    for number, one in enumerate(shown):
        wide = _band(chains) * _deviation(one)
        lines = _apart(one)
        if (np.abs(lines) > wide).any():
            outside.append(one.name)
        traces += _rank_panel(lines, wide, number)
    said = "all chains stay in their bands" if not outside else f"outside their bands: {', '.join(outside)}"
    worst = f"The largest R-hat is {shown[0].rhat:.3f}" if shown else "Nothing was sampled"
    return stacked(
        traces,
        [f"{one.name} (R-hat {one.rhat:.3f})" for one in shown],
        title="Do the chains agree? Ranks of each chain among all",
        summary=f"{worst}; {said}.",
        below="Share of all draws",
    )


def _apart(one: Traced) -> Array:
    """Share of each chain's draws up to each rank, less what is due, (chain, share)."""
    shares = (one.ranks - 0.5) / one.ranks.size
    return np.array([np.searchsorted(np.sort(chain), _SHARES, side="right") / chain.size for chain in shares]) - _SHARES


def _deviation(one: Traced) -> Array:
    """Give the standard deviation of what `_apart` finds for a chain of several that agree, by share.

    Chains count for their effective draws by themselves: those of all together are few where they disagree.
    """
    chains, draws = one.ranks.shape
    each = float(np.clip(one.alone.mean(), 1.0, draws))
    spread: Array = np.sqrt(_SHARES * (1.0 - _SHARES) * (1.0 - 1.0 / chains) / each)
    return spread


@cache
def _band(chains: int) -> float:
    """Simulate the standard deviations that no chain leaves, at any rank, in 95% of runs that agree; seeded."""
    rng, farthest = np.random.default_rng(2022), np.empty(_RUNS)
    for run in range(_RUNS):
        order = rng.permutation(np.arange(1.0, chains * _DRAWS + 1.0)).reshape(chains, _DRAWS)
        many = np.full(chains, float(_DRAWS))
        one = Traced(name="", draws=order, ranks=order, rhat=1.0, alone=many, kept=many, bulk=many, tail=many)
        farthest[run] = (np.abs(_apart(one)) / _deviation(one)).max()
    return float(np.quantile(farthest, _MASS))


def _rank_panel(lines: Array, wide: Array, number: int) -> list[Trace]:
    first, axis = number == 0, axis_of(number)
    common: Trace = {"type": "scatter", "mode": "lines", "x": _SHARES.tolist(), "yaxis": axis}
    quiet: Trace = {**common, "hoverinfo": "skip", "line": {"width": 0}}
    band = [
        {**quiet, "y": (-wide).tolist(), "name": "chains that agree", "showlegend": False},
        {**quiet, "y": wide.tolist(), "fill": "tonexty", "fillcolor": GREY, "showlegend": False},
    ]
    chains = [
        {
            **common,
            "y": line.tolist(),
            "name": f"chain {chain + 1}",
            "legendgroup": f"chain {chain + 1}",
            "showlegend": first,
            "line": {"color": _COLORS[chain % len(_COLORS)], "dash": DASHES[chain % len(DASHES)], "width": 1.8},
            "hovertemplate": f"chain {chain + 1}: %{{y:+.3f}} at share %{{x:.2f}}<extra></extra>",
        }
        for chain, line in enumerate(lines)
    ]
    return [*band, *chains]

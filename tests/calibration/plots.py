"""Pictures of ranks: the empirical distribution less the even one, with its simultaneous band."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy import stats

from tests.calibration.ranks import POINTS, even_extremes, evenness


def band(total: int, level: float = 0.99) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of the simultaneous band of the difference, at the inner ends of the parts."""
    points = np.arange(1, POINTS) / POINTS
    pointwise = float(np.quantile(even_extremes(total), 1.0 - level))
    law = stats.binom(total, points)
    return law.ppf(pointwise / 2.0) / total - points, law.isf(pointwise / 2.0) / total - points


def save_plot(ranks: Mapping[str, Sequence[float]], path: Path, title: str) -> None:
    """Save one panel a quantity."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = math.ceil(len(ranks) / 3)
    figure = Figure(figsize=(12, 2.2 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    points = np.arange(1, POINTS) / POINTS
    for place, (name, values) in enumerate(ranks.items()):
        axes = figure.add_subplot(rows, 3, place + 1)
        ordered = np.sort(values)
        axes.fill_between(points, *band(len(values)), color="0.85")
        axes.step(ordered, (np.arange(len(values)) + 1) / len(values) - ordered, where="post")
        axes.set_title(f"{name}: n = {len(values)}, p = {evenness(values):.3f}", fontsize=8)
    figure.suptitle(title, fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)

"""The picture of the growth benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = ["draw_panels"]

# Okabe and Ito's colours, which colour-blind readers tell apart; markers and line styles say the same once more.
STYLES = (("#0072B2", "o", "-"), ("#D55E00", "s", "--"))
NOTES = {
    "months": "flat is quadratic: the unit itself grows with its months",
    "milestones": "120 months",
    "draws": "all draws together, 120 months",
    "announcements": "one stream, 120 months",
}


def draw_panels(curves: Sequence, path: Path) -> None:
    """Save one panel for each axis of growth, both scales logarithmic, with the exponent of every curve."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11.5, 8.5), layout="constrained")
    FigureCanvasAgg(figure)
    for panel, axis in zip(figure.subplots(2, 2).flat, NOTES, strict=True):
        for curve, style in zip([c for c in curves if c.axis == axis], STYLES, strict=False):
            draw_curve(panel, curve, style)
        finish(panel, axis)
    title = "Time, in dense matrix-vector products of months x (months + 1); exponents from the last three points"
    figure.suptitle(title, fontsize=13)
    figure.savefig(path, dpi=120)


def draw_curve(panel, curve, style: tuple[str, str, str]) -> None:
    """Draw one curve, labelled with the exponent that its last three points show."""
    colour, marker, line = style
    sizes = [point.size for point in curve.points]
    label = f"{curve.name}: time $\\propto$ {curve.axis}$^{{{curve.exponent(3):.1f}}}$"
    units = [point.units for point in curve.points]
    panel.loglog(sizes, units, color=colour, marker=marker, linestyle=line, linewidth=2, markersize=7, label=label)


def finish(panel, axis: str) -> None:
    """Label a panel."""
    from matplotlib.ticker import NullFormatter, NullLocator, ScalarFormatter

    panel.set_xlabel(axis, fontsize=12)
    panel.set_title(f"Growth in {axis} ({NOTES[axis]})", fontsize=11)
    panel.set_ylabel("dense products", fontsize=12)
    panel.tick_params(labelsize=11)
    panel.grid(which="major", color="#D0D0D0", linewidth=0.8)
    panel.set_axisbelow(True)
    sizes = sorted({size for line in panel.lines for size in line.get_xdata()})
    panel.set_xticks(sizes)
    panel.xaxis.set_major_formatter(ScalarFormatter())
    panel.xaxis.set_minor_locator(NullLocator())
    panel.yaxis.set_minor_formatter(NullFormatter())
    panel.spines[["top", "right"]].set_visible(False)
    if panel.lines:
        panel.legend(fontsize=11, frameon=False, loc="upper left")
        low, high = panel.get_ylim()
        panel.set_ylim(low, high * (high / low) ** 0.3)

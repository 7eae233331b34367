"""Figures: each a pure function from a result or a section of a report to a Plotly figure; no file is touched.

Examples
--------
>>> from bayesmile import plots
>>> "plot_fans" in plots.__all__
True
"""

from bayesmile.plots.curves import plot_calibration, plot_iso_price
from bayesmile.plots.explorer import plot_explorer
from bayesmile.plots.fans import plot_fans
from bayesmile.plots.graph import plot_roadmap
from bayesmile.plots.intervals import plot_comparison
from bayesmile.plots.newsdays import plot_news_days
from bayesmile.plots.prices import plot_prices
from bayesmile.plots.ranks import plot_ranks
from bayesmile.plots.sampler import plot_draws, plot_energy, plot_sizes
from bayesmile.plots.timeline import plot_timeline
from bayesmile.plots.tornado import plot_tornado
from bayesmile.plots.waterfalls import plot_credits, plot_waterfall

__all__ = [
    "plot_calibration",
    "plot_comparison",
    "plot_credits",
    "plot_draws",
    "plot_energy",
    "plot_explorer",
    "plot_fans",
    "plot_iso_price",
    "plot_news_days",
    "plot_prices",
    "plot_ranks",
    "plot_roadmap",
    "plot_sizes",
    "plot_timeline",
    "plot_tornado",
    "plot_waterfall",
]

"""Figures show the numbers of their results, whole and in order, and text in them stays text."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib
import json
import math
import pkgutil
import subprocess
import sys
import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesmile.dossier import load
from bayesmile.errors import InvalidInput
from bayesmile.plots.canvas import INK, draw, one_line, several_lines, with_gaps
from bayesmile.plots.curves import plot_calibration, plot_iso_price
from bayesmile.plots.fans import plot_fans
from bayesmile.plots.graph import plot_roadmap
from bayesmile.plots.intervals import plot_comparison
from bayesmile.plots.layering import place
from bayesmile.plots.newsdays import plot_news_days
from bayesmile.plots.timeline import plot_timeline, whole_chain
from bayesmile.plots.tornado import plot_tornado
from bayesmile.plots.waterfalls import plot_credits, plot_waterfall
from bayesmile.pricing.eventdays import event_days
from bayesmile.pricing.isoprice import iso_price
from bayesmile.scoring.calibration import calibration_bins
from bayesmile.sections.assumed import assumed
from bayesmile.sections.basis import Basis, Target, basis
from bayesmile.sections.chain import ChainPart
from bayesmile.sections.compared import compared
from bayesmile.sections.drawing import drawing
from bayesmile.sections.fans import fans
from bayesmile.sections.price import reading
from bayesmile.sections.supposed import supposed
from bayesmile.sensitivity import sensitivities
from bayesmile.steps import Move, Step
from bayesmile.wording import percent

DAY = "2026-06-30"


@pytest.fixture(scope="module")
def view() -> Basis:
    return basis(load("phase2_drug"), DAY, draws=200, seed=1)


def move(before: float, after: float) -> Move:
    bits = math.log2(after / (1 - after)) - math.log2(before / (1 - before))
    return Move(before=before, after=after, points=100.0 * (after - before), bits=bits)


def story(levels: list[float], kinds: list[str]) -> ChainPart:
    """Chain of belief through these probabilities, a step a month."""
    steps = tuple(
        Step(
            kind=kind,
            date=f"{2020 + n // 12}-{n % 12 + 1:02d}-15",
            label=f"step {n}",
            moves=(move(levels[n], levels[n + 1]),),
            headline=f"news {n}",
        )
        for n, kind in enumerate(kinds)
    )
    total = move(levels[0], levels[-1])
    end = "2039-12-31"
    asked = (Target("launch", "2040-12"),)
    return ChainPart(lead="", since="2019-12-31", as_of=end, targets=asked, steps=steps, total=(total,), still={})


STORIES = st.lists(st.floats(0.02, 0.98), min_size=2, max_size=60).flatmap(
    lambda levels: st.tuples(
        st.just(levels),
        st.lists(st.sampled_from(["news", "time", "withdrawal"]), min_size=len(levels) - 1, max_size=len(levels) - 1),
    )
)


@given(STORIES, st.integers(0, 20))
def test_waterfall_adds_up_and_joins(told: tuple[list[float], list[str]], most: int) -> None:
    part = story(*told)
    traces = plot_waterfall([part], most=most).data
    bars = sorted(bar for trace in traces for bar in zip(trace.y, trace.base, trace.x, strict=True))
    assert math.isclose(math.fsum(x for _, _, x in bars), part.total[0].bits, abs_tol=1e-6)
    for (_, base, x), (_, after, _) in pairwise(bars):
        assert math.isclose(base + x, after, abs_tol=1e-9)
    assert len(bars) <= most + len({step.date[:4] for step in part.steps})


def test_waterfall_in_points_where_a_target_became_certain() -> None:
    part = story([0.2, 0.5], ["news"])
    sure = Move(before=0.5, after=1.0, points=50.0, bits=math.inf)
    last = dataclasses.replace(part.steps[0], moves=(sure,), date="2020-05-01")
    whole = dataclasses.replace(part, steps=(*part.steps, last), total=(Move(0.2, 1.0, 80.0, math.inf),))
    figure = plot_waterfall([whole])
    assert sum(sum(trace.x) for trace in figure.data) == pytest.approx(80.0)
    assert "percentage points" in figure.layout.xaxis.title.text


def test_waterfall_marks_down_by_more_than_colour() -> None:
    up, down = plot_waterfall([story([0.2, 0.6, 0.3], ["news", "news"])]).data
    assert (up.marker.pattern.shape, down.marker.pattern.shape) == ("", "/")
    assert min(up.x) >= 0.0 > max(down.x)


def test_credits_start_at_nothing_and_keep_their_errors() -> None:
    figure = plot_credits(["deal", "delay", "talk"], [0.5, -0.25, 0.0], [0.1, 0.2, 0.3], about="launch by 2030-12")
    assert [list(trace.base) for trace in figure.data] == [[0.0, 0.0], [0.0]]
    assert [list(trace.error_x.array) for trace in figure.data] == [[0.1, 0.3], [0.2]]


def test_chains_that_do_not_go_on_are_left_out() -> None:
    one, two = story([0.2, 0.5], ["news"]), story([0.5, 0.6], ["news"])
    goes_on = dataclasses.replace(two, since=one.as_of, as_of="2041-01-01")
    assert whole_chain([one, goes_on]) == (one, goes_on)
    assert whole_chain([one, two]) == (two,)
    with pytest.raises(InvalidInput, match="received none"):
        whole_chain([])


@given(STORIES)
def test_timeline_goes_through_every_step(told: tuple[list[float], list[str]]) -> None:
    part = story(*told)
    line = plot_timeline([part]).data[0]
    assert list(line.y) == pytest.approx(told[0])
    assert list(line.x) == [part.since, *(step.date for step in part.steps)]


@given(st.dictionaries(st.integers(0, 11), st.sets(st.integers(0, 11), max_size=4), max_size=12))
def test_layers_put_children_below_parents_and_apart(wanted: dict[int, set[int]]) -> None:
    ordered = sorted(wanted.items())
    parents = {f"m{n}": [f"m{p}" for p in sorted(above) if p < n and p in wanted] for n, above in ordered}
    found = place(parents)
    assert set(found.places) == set(parents)
    assert len(set(found.places.values())) == len(parents)
    assert len(found.routes) == sum(map(len, parents.values()))
    for parent, child, bends in found.routes:
        heights = [found.places[parent][1], *(layer for _, layer in bends), found.places[child][1]]
        assert heights == list(range(heights[0], heights[-1] + 1))
        assert not {*bends} & set(found.places.values())


def test_roadmap_shades_what_it_says(view: Basis) -> None:
    part = drawing(view, reading(view))
    figure = plot_roadmap(part)
    boxes = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    for node, filled, outline in zip(part.nodes, boxes[::2], boxes[1::2], strict=True):
        share = (filled.x1 - filled.x0) / (outline.x1 - outline.x0)
        assert share == pytest.approx(node.by_deadline)
        assert node.by_deadline == view.mixture.prob(node.name, by=node.deadline)
    arrows = [note for note in figure.layout.annotations if note.showarrow]
    assert len(arrows) == sum(len(node.after) for node in part.nodes)


def test_fans_agree_with_the_mixture(view: Basis) -> None:
    part = fans(view, reading(view))
    data = view.mixture.to_dataset()
    for fan in part.fans:
        one = data.sel(milestone=fan.milestone, month=[f"{month}-01" for month in part.months])
        for curve, name in ((fan.cdf, "cdf"), (fan.low, "cdf_low"), (fan.high, "cdf_high")):
            np.testing.assert_allclose(curve, one[name].values, atol=1e-12)
        assert fan.market[-1] == pytest.approx(reading(view).reach.belief.prob(fan.milestone, by=view.horizon))
    lines = [trace for trace in plot_fans(part).data if trace.name == "ours"]
    assert [list(trace.y) for trace in lines] == [list(fan.cdf) for fan in part.fans]


def test_comparison_shows_both_intervals(view: Basis) -> None:
    found = reading(view)
    sure = assumed(view, found)
    ends = {name: view.deadline(name).by for name in view.belief.roadmap.names}
    band, ours, market = plot_comparison(compared(view, found), sure, ends, view.horizon).data
    assert list(ours.x) == [line.ours.mean for line in sure.lines]
    assert np.allclose(np.add(ours.x, ours.error_x.array), [line.ours.high for line in sure.lines])
    assert np.allclose(np.subtract(market.x, market.error_x.arrayminus), [line.low for line in sure.lines])
    assert ours.marker.symbol != market.marker.symbol
    assert len(band.x) == len(ours.x)


@pytest.fixture(scope="module")
def if_so() -> Basis:
    said = ["trial readout on phase3 start in 2026-12 [primary_endpoint_met=yes]", "filing not reached by 2029-06"]
    return basis(load("phase2_drug"), DAY, draws=200, seed=1, suppositions=said)


def test_what_if_is_a_second_line_and_band_in_fans(if_so: Basis) -> None:
    assert if_so.then is not None
    part, then = fans(if_so), fans(if_so.then)
    figure = plot_fans(part, then)
    second = [trace for trace in figure.data if trace.name == "ours, if so"]
    assert [list(trace.y) for trace in second] == [list(fan.cdf) for fan in then.fans]
    assert [trace.showlegend for trace in second] == [True, False, False]
    bands = [list(trace.y) for trace in figure.data if trace.legendgroup == "if so" and trace.name is None]
    assert bands == [list(end) for fan in then.fans for end in (fan.low, fan.high)]
    assert "If what is supposed were known too: phase3 start" in figure.layout.meta["summary"]
    assert plot_fans(part).to_json() == plot_fans(part, None).to_json() != figure.to_json()


def test_what_if_is_a_second_number_in_each_box(if_so: Basis) -> None:
    assert if_so.then is not None
    part, then = drawing(if_so), drawing(if_so.then)
    figure = plot_roadmap(part, then)
    outlines = [shape for shape in figure.layout.shapes if shape.type == "rect"][1::2]
    strokes = [shape for shape in figure.layout.shapes if shape.type == "line" and shape.line.width == 4]
    for node, box, stroke in zip(then.nodes, outlines, strokes[::2], strict=True):
        assert (stroke.x0 - box.x0) / (box.x1 - box.x0) == pytest.approx(node.by_deadline)
    texts = [note.text for note in figure.layout.annotations if not note.showarrow]
    for node, text in zip(then.nodes, texts, strict=True):
        assert f"<br>if so {percent(node.by_deadline)}<br>" in text


def test_what_if_is_two_more_rows_of_marks(if_so: Basis) -> None:
    found, then = reading(if_so), supposed(if_so)
    assert found is not None and then is not None and then.assumed is not None
    ends = {name: if_so.deadline(name).by for name in if_so.belief.roadmap.names}
    traces = plot_comparison(compared(if_so, found), assumed(if_so, found), ends, if_so.horizon, then).data
    assert [trace.name for trace in traces[3:]] == ["ours, if so", "the market, if so"]
    assert list(traces[3].x) == [line.ours.mean for line in then.assumed.lines]
    assert list(traces[4].x) == [line.median for line in then.assumed.lines]
    assert np.allclose(np.add(traces[4].x, traces[4].error_x.array), [line.high for line in then.assumed.lines])
    ys = np.array([trace.y for trace in traces[1:]]) % 1.0
    assert len(np.unique(ys.round(6))) == 4 and ys.max() < 0.95


def test_iso_price_curve_is_the_price(view: Basis) -> None:
    curve = iso_price(view.belief, view.payoffs, price=view.price.value, as_of=DAY)
    figure = plot_iso_price(curve, view.horizon, "USD")
    shown = dict(zip(figure.data[0].x, figure.data[0].y, strict=True))
    for value, p in zip(curve.values, curve.believed, strict=True):
        assert (value in shown) == (0.0 <= p <= 1.5)
        assert shown.get(value, p) == p
    star = figure.data[-1]
    assert (star.x[0], star.y[0]) == curve.ours


def test_tornado_ends_are_those_of_the_sweep(view: Basis) -> None:
    lines = sensitivities(view.dossier, DAY, ("approval", "2032"))[:5]
    ours, market = plot_tornado(lines, "approval by 2032-12", "USD", most=5).data
    assert list(ours.x)[::3] == [line.low.reached for line in lines]
    assert list(market.x)[1::3] == [min(max(line.high.implied, 0.0), 1.06) for line in lines]


def test_news_days_keep_the_sign_of_the_least_move(view: Basis) -> None:
    part = event_days(view.dossier, DAY)
    least = next(trace for trace in plot_news_days(part).data if trace.name == "the price, at least")
    assert list(least.x) == [math.copysign(row.bound_bits, row.excess) for row in part.rows]


def test_calibration_shows_frequencies() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(300)
    curve = calibration_bins(p, rng.random(300) < p, draws=100)
    points = plot_calibration(curve).data[-1]
    assert list(points.x) == curve.probability.tolist() and list(points.y) == curve.frequency.tolist()


@given(st.text(max_size=200))
def test_text_of_a_ledger_is_no_markup(text: str) -> None:
    for said in (one_line(text), several_lines(text, width=20).replace("<br>", " ")):
        assert "<" not in said and ">" not in said
        assert not {unicodedata.category(c) for c in said} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert len(one_line(text, most=30).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")) <= 30


@given(st.text(max_size=50))
def test_no_dollar_of_a_figure_begins_a_formula(text: str) -> None:
    said = f"${text}$"
    figure = draw([{"type": "bar", "x": [1.0], "name": said}], title=said, summary=said, height=300)
    told = figure.to_plotly_json()
    meta = told["layout"].pop("meta")
    assert "$" not in json.dumps(told) and meta["summary"].count("$") >= 2


@given(st.lists(st.dates(dt.date(2000, 1, 1), dt.date(2010, 1, 1)), unique=True, max_size=30).map(sorted))
def test_gaps_lose_no_value(days: list[dt.date]) -> None:
    dates = [day.isoformat() for day in days]
    shown = with_gaps(dates, dates)
    assert [one for one in shown if one is not None] == dates
    assert shown.count(None) == sum((b - a).days > 45 for a, b in pairwise(days))


def test_ink_reads_on_white_and_on_black() -> None:
    channel = int(INK[1:3], 16) / 255.0
    light = ((channel + 0.055) / 1.055) ** 2.4
    assert INK[1:3] == INK[3:5] == INK[5:7]
    assert (1.05) / (light + 0.05) > 4.4 and (light + 0.05) / 0.05 > 4.4


def test_every_figure_is_at_hand_under_one_name() -> None:
    from bayesmile import plots

    found = set()
    for module in pkgutil.iter_modules(plots.__path__):
        names = getattr(importlib.import_module(f"bayesmile.plots.{module.name}"), "__all__", [])
        found |= {name for name in names if name.startswith("plot_")}
    assert set(plots.__all__) == found
    assert all(">>>" in getattr(plots, name).__doc__ for name in found)


def test_importing_figures_loads_no_plotting_library() -> None:
    code = "import bayesmile.page.building, sys; print({'plotly', 'jinja2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.strip() == "set()"

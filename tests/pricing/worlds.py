"""Random small roadmaps with payoffs, and the value of both sides by enumeration of months."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from bayesmile.belief import Belief
from bayesmile.delays import Tabulated
from bayesmile.errors import ImpossibleEvidence
from bayesmile.evidence import Row
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.payoffs import Payoffs
from bayesmile.roadmap import Milestone, Roadmap
from tests.strategies import graphs

START = "2026-01"


@st.composite
def beliefs(draw: st.DrawFn) -> Belief:
    """Roadmap of up to four milestones over up to eight months, some of them ruled out by news."""
    graph, months = draw(graphs(max_milestones=4)), draw(st.integers(2, 8))
    cells = st.lists(st.sampled_from([0.0, 0.05, 0.3, 1.0]), min_size=months + 1, max_size=months + 1)
    milestones = []
    for k, parents in enumerate(graph.parents):
        weights = np.array(draw(cells.filter(any)))
        milestones.append(
            Milestone(
                f"m{k}",
                after=[f"m{parent}" for parent in parents],
                needs="any" if graph.earliest[k] else "all",
                delay=Tabulated(weights[:-1] / weights.sum()),
            )
        )
    entry = st.one_of(st.floats(-3.0, 3.0), st.just(-math.inf), st.just(0.0))
    rows = draw(
        st.dictionaries(st.integers(0, len(milestones) - 1), st.lists(entry, min_size=months + 1, max_size=months + 1))
    )
    try:
        return infer(Roadmap(milestones), [Row(f"m{k}", row) for k, row in rows.items()], MonthGrid(START, months))
    except ImpossibleEvidence:
        assume(False)
        raise


@st.composite
def payoffs_of(draw: st.DrawFn, belief: Belief, most: int = 2) -> tuple[Payoffs, str]:
    """Payoffs of one or two milestones, and the one in question: open either way by our belief."""
    open_ones = [name for name in belief.roadmap.names if 1e-6 < belief.pmf(name)[-1] < 1.0 - 1e-6]
    assume(open_ones)
    name = draw(st.sampled_from(open_ones))
    others = [other for other in belief.roadmap.names if other != name]
    more = draw(st.lists(st.sampled_from(others), max_size=most - 1, unique=True)) if others else []
    values = {one: draw(st.floats(1.0, 100.0)) for one in (name, *more)}
    if draw(st.booleans()):
        funding = {"cash": draw(st.floats(-5.0, 20.0)), "burn": draw(st.floats(0.0, 30.0))}
    else:
        funding = {"dilution": draw(st.floats(0.0, 0.1)), "net_cash": draw(st.floats(-2.0, 5.0))}
    return (
        Payoffs(
            values,
            floor=draw(st.floats(0.0, 5.0)),
            beyond=draw(st.floats(0.0, 5.0)),
            beyond_milestone=draw(st.sampled_from(sorted(values))),
            required_return=draw(st.floats(0.0, 0.4)),
            **funding,
        ),
        name,
    )


def sides(belief: Belief, payoffs: Payoffs, name: str, *, years: float | None = None) -> tuple[float, float]:
    """F and S by summing over joint laws of two months: no conditioning, no matrix of the package's equation."""
    months, last = belief.grid.months, payoffs.beyond_milestone or next(iter(payoffs.values))
    rate = payoffs.required_return + payoffs.dilution
    totals = []
    for reached in (False, True):
        total = payoffs.floor + payoffs.net_cash
        for other, value in payoffs.values.items():
            law = np.diag(belief.pmf(name)) if other == name else belief.joint(name, other)
            law = law[:months] if reached else law[months:]
            for t, weight in enumerate(law.sum(axis=0) / law.sum()):
                if t == months:
                    total += weight * payoffs.beyond * (other == last)
                    continue
                tau = years if other == name and years is not None else t / 12.0
                total += weight * float(value) * math.exp(-rate * tau)
                if other == last:
                    total += weight * (payoffs.cash - payoffs.burn * spent(tau, payoffs.required_return))
        totals.append(total)
    return totals[0], totals[1]


def spent(years: float, rate: float) -> float:
    """Present value of one unit a year by the midpoints of ten thousand steps."""
    middles = (np.arange(10_000) + 0.5) / 10_000 * years
    return float(np.exp(-rate * middles).mean() * years)

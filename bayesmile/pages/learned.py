"""What a reference class taught, as tables."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.reference.fragment import delay_table, rationale, slip_table
from bayesmile.reference.learned import LearnedClass
from bayesmile.wording import percent

if TYPE_CHECKING:
    from bayesmile.reference.table import ReferenceClass

__all__ = ["learned_page"]

_SHARES = ("never", "instant")
_WORST_RHAT, _LEAST_ESS = 1.05, 100.0


def learned_page(
    learned: LearnedClass, klass: ReferenceClass, group: Mapping[str, str] | None = None
) -> list[RenderableType]:
    """Show learned delays, slips, what they rest on and how far the sampler can be believed.

    Parameters
    ----------
    learned : LearnedClass
    klass : ReferenceClass
        Which it was learned from.
    group : mapping of str to str, optional
        Level of each factor.
    """
    period = learned.period
    blocks: list[RenderableType] = [paragraph(rationale(learned, group), "bold"), paragraph("")]
    blocks += [_delays(learned, group, period), paragraph("")]
    if learned.slips:
        blocks += [_slips(learned, group, period), paragraph("")]
    blocks.append(bullets(_notes(learned, klass)))
    return blocks


def _delays(learned: LearnedClass, group: Mapping[str, str] | None, period: str) -> RenderableType:
    rows = []
    found = delay_table(learned, group).to_dict("records")
    for milestone, numbers in groupby(found, key=lambda row: row["milestone"]):
        cells = {str(row["number"]): _cell(str(row["number"]), row) for row in numbers}
        shape = cells.get("shape") or f"sigma {cells['sigma']}"
        family = learned.families[str(milestone)]
        rows.append(
            (str(milestone), family, cells["median"], shape, cells["never"], cells["instant"], cells["patience"])
        )
    header = ("milestone", "<law", f"<median, {period}s", "<shape", "<never", "<at once", f"<given up after, {period}s")
    return table(header, rows, title="Delays: middle of the posterior, and 90% interval")


def _cell(number: str, row: Mapping[Hashable, float]) -> str:
    show = percent if number in _SHARES else (lambda value: f"{value:.3g}")
    return f"{show(row['median'])} ({show(row['low'])} to {show(row['high'])})"


def _slips(learned: LearnedClass, group: Mapping[str, str] | None, period: str) -> RenderableType:
    rows = []
    for row in slip_table(learned, group).to_dict("records"):
        cells = [f"{row[name]:.2f} ({row[f'{name} low']:.2f} to {row[f'{name} high']:.2f})" for name in ("mean", "sd")]
        cells.append(f"{percent(row['on_time'])} ({percent(row['on_time low'])} to {percent(row['on_time high'])})")
        cells.append(f"{row['whether']:.2f} ({row['whether low']:.2f} to {row['whether high']:.2f})")
        lead = _range(row["lead from"], row["lead to"])
        rows.append((lead, _range(row["postponements from"], row["postponements to"]), *cells))
    header = (f"lead, {period}s", "<put off", "<mean slip (log)", "<sd (log)", "<on time", "<whether")
    return table(header, rows, title="Stated dates, by lead and by how often they had been put off")


def _range(low: float, high: float) -> str:
    if high != high:  # no end
        return f"{low:.0f} or more"
    return f"{low:.0f}" if high - low <= 1 else f"{low:.0f} to {high - 1:.0f}"


def _notes(learned: LearnedClass, klass: ReferenceClass) -> list[str]:
    """Say what to know before a number is used."""
    seen = learned.diagnostics
    notes = [
        "never: chance that the step does not happen at all; at once: in the period in which it begins; given up: until"
        " a failed one is known to be so.",
    ]
    if learned.slips:
        notes.append(
            "whether: how much likelier such a date is if the milestone never comes (or after the horizon) than if it"
            " does. Dates are taken as restated in every period, and the delays as given."
        )
    for part in ("delays", "statements"):
        if f"{part} max_rhat" in seen:
            rhat, ess = seen[f"{part} max_rhat"], seen[f"{part} min_ess"]
            good = rhat < _WORST_RHAT and ess > _LEAST_ESS and not seen[f"{part} divergences"]
            state = "" if good else ": run with more --draws and --tune before a number is relied on"
            notes.append(
                f"Sampler, {part}: largest R-hat {rhat:.3f}, least effective draws {ess:.0f},"
                f" {seen[f'{part} divergences']:.0f} divergent transitions{state}."
            )
    if klass.set_aside:
        notes.append(f"Rows set aside: {len(klass.set_aside)}; the first: {klass.set_aside[0]}")
    return [*notes, *klass.notes]

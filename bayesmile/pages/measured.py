"""Tables of physical and risk-neutral readings, and of each step's share of the doubt by us and by the market."""

from __future__ import annotations

import math

from rich.console import RenderableType

from bayesmile.pages.layout import paragraph, table
from bayesmile.sections.doubted import Doubted
from bayesmile.sections.measured import Measured
from bayesmile.wording import bits, percent, words

__all__ = ["doubted_page", "measured_page"]

_STATES = {"too dear": "none is enough", "too cheap": "below 0%", "silent": "-"}


def measured_page(part: Measured) -> list[RenderableType]:
    """Show what the price implies by premium."""
    marks = {part.premium: "physical: to compare with ours", 0.0: "risk-neutral: beside ours, not compared"}
    if part.premium == 0.0:
        marks = {0.0: "both readings: no premium is asked for"}
    rows = [
        (
            f"{100.0 * line.premium:.3g}%",
            f"{100.0 * line.required_return:.3g}%",
            _STATES.get(line.state) or percent(line.implied),
            marks.get(line.premium, ""),
        )
        for line in part.sweep
    ]
    columns = ("<Premium a year", ">Return asked", ">Implied", "Reading")
    return [paragraph(part.lead), table(columns, rows), paragraph(""), paragraph(part.explanation)]


def doubted_page(part: Doubted) -> list[RenderableType]:
    """Show each step's chance given the steps before it, and its bits of doubt, by us and by the market."""
    rows = [
        (
            words(step.milestone),
            step.risk,
            percent(step.ours),
            _bits(step.ours_bits),
            "-" if math.isnan(step.market) else percent(step.market),
            _bits(step.market_bits),
            bits(step.less_bits),
        )
        for step in part.steps
    ]
    whole = bits(part.ours_bits - part.market_bits)
    rows.append(("all steps", "", "", _bits(part.ours_bits), "", _bits(part.market_bits), whole))
    columns = ("<Step, given those before", "Risk", ">Ours", ">Bits", ">Market's", ">Bits", ">Less doubt")
    return [paragraph(part.lead), table(columns, rows)]


def _bits(doubt: float) -> str:
    return "-" if math.isnan(doubt) else f"{doubt:.2f}"


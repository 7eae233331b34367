"""Page on how sure the probabilities are."""

from __future__ import annotations

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.sections.uncertainty import Uncertainty
from bayesmile.wording import interval, percent, sentence

__all__ = ["uncertainty_page"]


def uncertainty_page(part: Uncertainty) -> list[RenderableType]:
    """Say what the intervals rest on, and show those of the headline probabilities."""
    blocks: list[RenderableType] = [paragraph(part.lead)]
    if part.targets:
        rows = [
            (
                sentence(name),
                percent(one.mean),
                interval(one.low, one.high),
                percent(one.central),
                f"{100.0 * one.error:.1f}",
            )
            for name, one in part.targets.items()
        ]
        columns = ("Probability of", ">Mean", ">90% interval", ">Central", ">Monte Carlo error, points")
        blocks += [table(columns, rows), paragraph("")]
    notes = [f"{sentence(warning)}." for warning in part.warnings]
    return [*blocks, bullets(notes)] if notes else blocks

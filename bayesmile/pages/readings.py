"""Page on the three readings of a price."""

from __future__ import annotations

import math

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, doubled, paragraph, table
from bayesmile.sections.readings import ReadingLine, Readings
from bayesmile.wording import percent, sentence

__all__ = ["readings_page"]

_STATES = {"too dear": "none is enough", "too cheap": "none is low enough"}


def readings_page(part: Readings, then: Readings | None = None) -> list[RenderableType]:
    """Show what each reading says of the priced milestone, and what it changes; `then`: the same, if so."""
    rows = doubled(map(_row, part.lines), () if then is None else map(_row, then.lines))
    columns = ("<Reading", f">By {part.horizon}", f">By {part.deadline}", ">Median", ">Whether", ">When")
    key = "Whether and when: relative entropy from our belief in bits, of being reached at all and of the date."
    notes = [f"{sentence(line.name)}: {line.says}." for line in part.lines[1:]]
    flag = [paragraph(part.flag, "bold")] if part.flag else []
    return [paragraph(part.lead), *flag, table(columns, rows, title=key), bullets(notes)]


def _row(line: ReadingLine) -> tuple[str, ...]:
    return (
        sentence(line.name),
        _chance(line),
        "-" if line.by_deadline is None else percent(line.by_deadline),
        line.median or "-",
        _bits(line.whether_bits),
        _bits(line.when_bits),
    )


def _chance(line: ReadingLine) -> str:
    if line.by_horizon is None:
        return "none"
    return _STATES.get(line.state) or percent(line.by_horizon)


def _bits(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.2f}"

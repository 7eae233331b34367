"""A replay as a table and as CSV."""

from __future__ import annotations

import csv
import io

from rich.console import RenderableType

from bayesmile.pages.layout import paragraph, table
from bayesmile.sections.replay import ReplayPart
from bayesmile.wording import percent, words

__all__ = ["replay_csv", "replay_page"]


def replay_page(part: ReplayPart) -> list[RenderableType]:
    """Probability of each milestone by its deadline, one row a date."""
    names = list(part.deadlines)
    letters = [chr(ord("A") + number) if number < 26 else str(number + 1) for number in range(len(names))]
    named = "; ".join(
        f"{letter} {words(name)} by {part.deadlines[name]}" for letter, name in zip(letters, names, strict=True)
    )
    rows = [(row.as_of, *(percent(row.by_deadline[name]) for name in names)) for row in part.rows]
    lead = "What would have been believed on each date, from what was public by then: probability by the deadline."
    blocks: list[RenderableType] = [
        paragraph(part.title, "bold"),
        paragraph(lead),
        table(("<As of", *(f">{letter}" for letter in letters)), rows, title=f"{named}."),
    ]
    return [*blocks, paragraph(""), paragraph(part.hindsight)] if part.hindsight else blocks


def replay_csv(part: ReplayPart) -> str:
    """One row a date and milestone: as_of, milestone, deadline, by_deadline, by_horizon, with full digits."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("as_of", "milestone", "deadline", "by_deadline", "by_horizon"))
    for row in part.rows:
        for name, deadline in part.deadlines.items():
            writer.writerow((row.as_of, name, deadline, repr(row.by_deadline[name]), repr(row.by_horizon[name])))
    return file.getvalue()

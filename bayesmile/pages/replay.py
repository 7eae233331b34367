"""A replay as tables and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from rich.console import RenderableType

from bayesmile.pages.layout import paragraph, table
from bayesmile.sections.replay import DrawnPart, ReplayPart
from bayesmile.wording import percent, words

__all__ = ["replay_csv", "replay_page"]

_LEAD = "What would have been believed on each date, from what was public by then: probability by the deadline"
_VARYING = ", averaged over the uncertain numbers, and in brackets where 90% of it lies as they vary."
_BESIDE = 3  # milestones with their intervals that fit beside each other into 80 columns
_VERDICTS = {True: "yes", False: "no"}
_ADDED = {"no": "nothing", "prior": "draws from the prior", "fit": "a fit"}


def replay_page(part: ReplayPart) -> list[RenderableType]:
    """Probability of each milestone by its deadline, one row a date; with intervals, in several tables."""
    names = list(part.deadlines)
    letters = [chr(ord("A") + number) if number < 26 else str(number + 1) for number in range(len(names))]
    named = "; ".join(
        f"{letter} {words(name)} by {part.deadlines[name]}" for letter, name in zip(letters, names, strict=True)
    )
    pairs = list(zip(letters, names, strict=True))
    blocks: list[RenderableType] = [paragraph(part.title, "bold")]
    if isinstance(part, DrawnPart):
        blocks.append(paragraph(f"{_LEAD}{_VARYING}"))
        groups = [pairs[at : at + _BESIDE] for at in range(0, len(pairs), _BESIDE)]
        blocks += [_probabilities(part, group, f"{named}." if group[0] == pairs[0] else "") for group in groups]
        blocks.append(_worth(part))
    else:
        blocks += [paragraph(f"{_LEAD}."), _probabilities(part, pairs, f"{named}.")]
    return [*blocks, paragraph(""), paragraph(part.hindsight)] if part.hindsight else blocks


def _probabilities(part: ReplayPart, pairs: Sequence[tuple[str, str]], title: str) -> RenderableType:
    if isinstance(part, DrawnPart):
        rows = [
            (row.as_of, *(_cell(row.by_deadline[one], *row.intervals[one]) for _, one in pairs)) for row in part.rows
        ]
    else:
        rows = [(row.as_of, *(percent(row.by_deadline[one]) for _, one in pairs)) for row in part.rows]
    return table(("<As of", *(f">{letter}" for letter, _ in pairs)), rows, title=title)


def _cell(mean: float, low: float, high: float) -> str:
    """Write a probability with its interval, which is left out where it holds no second number."""
    ends = [percent(end).rstrip("%") for end in (low, high)]
    return percent(mean) if percent(low) == percent(high) == percent(mean) else f"{percent(mean)} ({' to '.join(ends)})"


def _worth(part: DrawnPart) -> RenderableType:
    rows = [
        (
            row.as_of,
            f"{row.draws:,d}",
            f"{row.ess:,.0f}",
            f"{row.khat:.2f}",
            _ADDED[row.refreshed],
            _VERDICTS[row.trusted],
        )
        for row in part.rows
    ]
    title = "What the draws are worth: trusted up to a k-hat of 0.7 and with 100 effective draws or more."
    return table(("<As of", ">Draws", ">ESS", ">K-hat", "Added", "Trusted"), rows, title=title)


def replay_csv(part: ReplayPart) -> str:
    """One row a date and milestone, with full digits: as_of, milestone, deadline, by_deadline, by_horizon.

    Under uncertain parameters also low, high, error, khat and ess.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    more = ("low", "high", "error", "khat", "ess") if isinstance(part, DrawnPart) else ()
    writer.writerow(("as_of", "milestone", "deadline", "by_deadline", "by_horizon", *more))
    for number, row in enumerate(part.rows):
        for name, deadline in part.deadlines.items():
            chances = (row.by_deadline[name], row.by_horizon[name], *_more(part, number, name))
            writer.writerow((row.as_of, name, deadline, *map(repr, chances)))
    return file.getvalue()


def _more(part: ReplayPart, number: int, name: str) -> tuple[float, ...]:
    if not isinstance(part, DrawnPart):
        return ()
    row = part.rows[number]
    return (*row.intervals[name], row.errors[name], row.khat, row.ess)

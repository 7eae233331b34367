"""What a notebook shows of a roadmap, a ledger and a belief: one small table each."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.quantiles import quantile_months
from bayesmile.delays import Delay, typical_months
from bayesmile.evidence import Achieved, Announcement, Guidance, LikelihoodRatio, NotYet, Row
from bayesmile.grid import Moment, MonthGrid
from bayesmile.items import Item
from bayesmile.markup import Cell, html_table, shortened, web_link
from bayesmile.wording import count, percent, words

__all__ = ["belief_card", "ledger_card", "next_year_ends", "roadmap_card"]

_MOST = 30  # rows of a ledger
_YEARS = 3
_TYPES = {
    Achieved: "achieved",
    NotYet: "not yet",
    LikelihoodRatio: "likelihood ratio",
    Guidance: "guidance",
    Row: "row",
}


class Step(Protocol):
    """A milestone, as far as its row needs it: what shows itself with this module stands above it."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def delay(self) -> Delay:
        """How long it takes once ready."""

    @property
    def after(self) -> Sequence[str]:
        """What it waits for."""

    @property
    def needs(self) -> str:
        """Whether for all of these or for any."""


def roadmap_card(roadmap: Collection[Step]) -> str:
    """Milestones in topological order: what each waits for, and how long it takes then."""
    columns = ("Milestone", "Waits for", "Needs", ">Delay", ">90% range", ">Never")
    return html_table(
        f"Roadmap of {count(len(roadmap), 'milestone')}; delays in months, given that they end",
        columns,
        [_milestone_row(one) for one in roadmap],
        notes=("Delay: the median. A milestone that waits for none counts from the first month of the grid.",),
    )


def _milestone_row(one: Step) -> tuple[str, ...]:
    low, middle, high, never = typical_months(one.delay, has_parents=bool(one.after))
    needs = one.needs if len(one.after) > 1 else ""
    span = "-" if math.isnan(middle) else f"{low:.3g} to {high:.3g}"
    delay = "-" if math.isnan(middle) else f"{middle:.3g}"
    return words(one.name), ", ".join(map(words, one.after)), needs, delay, span, percent(never)


def ledger_card(items: Sequence[Item], duplicates: Collection[Item], streams: int, inert: Collection[str]) -> str:
    """Items by public day, long ledgers without their middle."""
    repeats = {id(item) for item in duplicates}
    first, last, left_out = shortened(items, _MOST, "item")
    middle = [["...", "", "", left_out, "", ""]] if left_out else []
    top, bottom = ([_item_row(x, _standing(x, inert, repeats)) for x in part] for part in (first, last))
    retracted = sum(item.retracted is not None for item in items)
    size = f"{count(len(items), 'item')}, of which {retracted:,} retracted and {len(repeats):,} repeated"
    caption = f"Ledger of {size}; {count(streams, 'stream')}"
    columns = ("<Public", "Kind", "About", "Says", "Source", "Standing")
    return html_table(caption, columns, [*top, *middle, *bottom])


def _item_row(item: Item, standing: str) -> list[str | Cell]:
    kind = words(item.kind) if isinstance(item, Announcement) else _TYPES.get(type(item), type(item).__name__)
    text, address = web_link(item.source)
    return [
        str(item.announced),
        kind,
        words(item.milestone or ""),
        "; ".join(filter(None, (_said(item), item.note))),
        Cell(text, address),
        standing,
    ]


def _standing(item: Item, inert: Collection[str], repeats: set[int]) -> str:
    if item.retracted is not None:
        return f"retracted {item.retracted}"
    if id(item) in repeats:
        return "repeats another item"
    idle = isinstance(item, Announcement) and item.kind in inert
    return "moves nothing, by assumption" if idle else "stands"


def _said(item: Item) -> str:
    match item:
        case Achieved():
            return f"in {item.month}"
        case NotYet():
            return f"through {item.through}"
        case LikelihoodRatio():
            return f"{item.ratio:g} times as likely if by {item.by}"
        case Guidance():
            return f"stated {item.issued}: {item.target}"
        case Announcement():
            answers = [f"{words(name)} {answer}" for name, answer in item.attributes.items()]
            return ", ".join([*([f"story {words(item.story)}"] if item.story else []), *answers])
        case Row():
            return count(item.loglik.size, "number")
    return ""


def belief_card(
    pmfs: Mapping[str, NDArray[np.float64]], grid: MonthGrid, *, moment: Moment | None, effective: int, nominal: int
) -> str:
    """Even odds, range and chances of every milestone; the bar is the chance by the horizon."""
    as_of = "" if moment is None else f" as of {moment.day}"
    first = max(grid.origin if moment is None else moment.ordinal, grid.origin) - grid.origin
    years = next_year_ends(grid, first)
    columns = ("Milestone", "<Even odds", "<5% to 95%", *(f">By {year}" for year in years), f">By {grid.last}")
    pieces = f"{count(effective, 'piece')} of evidence ({count(nominal, 'item')})"
    return html_table(
        f"Belief{as_of} from {pieces}",
        columns,
        [_chance_row(name, pmf, grid, years) for name, pmf in pmfs.items()],
        notes=(f"Beyond: after {grid.last}, or never.",),
    )


def next_year_ends(grid: MonthGrid, first: int, most: int = _YEARS) -> tuple[str, ...]:
    """Last months of the next years from a grid index on; the horizon is not among them.

    Examples
    --------
    >>> next_year_ends(MonthGrid("2026-07", 30), 6)
    ('2027-12',)
    """
    labels = (grid.label(index) for index in range(max(first, 0), grid.months - 1))
    return tuple(label for label in labels if label.endswith("-12"))[:most]


def _chance_row(
    name: str, pmf: NDArray[np.float64], grid: MonthGrid, years: Sequence[str]
) -> list[str | Cell]:
    low, even, high = (grid.label(int(i)) for i in quantile_months(pmf, [0.05, 0.5, 0.95]))
    chances = [percent(float(pmf[: grid.index(year) + 1].sum())) for year in years]
    reached = float(pmf[: grid.months].sum())
    span = low if low == high else f"{low} to {high}"
    return [words(name), even, span, *chances, Cell(percent(reached), share=reached)]

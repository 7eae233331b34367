"""Table of order-free credit."""

from __future__ import annotations

from rich.console import RenderableType

from bayesmile.pages.layout import paragraph, table
from bayesmile.sections.basis import phrase
from bayesmile.sections.credited import Credited
from bayesmile.shapley import Credit
from bayesmile.wording import bits, count, points

__all__ = ["credited_page"]

_SHOWN = 12


def credited_page(part: Credited) -> list[RenderableType]:
    """Items with the largest shares, and the rest in one line."""
    if not part.credits:
        return [paragraph(part.lead)]
    letters = [chr(ord("A") + number) for number in range(len(part.targets))]
    named = "; ".join(f"{letter} is {phrase(target)}" for letter, target in zip(letters, part.targets, strict=True))
    columns = ["<Date", "Item or story", *(f">{letter} {unit}" for letter in letters for unit in ("points", "bits"))]
    rows = [(one.date, _name(one), *_cells(one.points, one.bits)) for one in part.credits[:_SHOWN]]
    rest = part.credits[_SHOWN:]
    if rest:
        moved, bitten = (zip(*(getattr(one, unit) for one in rest), strict=True) for unit in ("points", "bits"))
        added = _cells(tuple(map(sum, moved)), tuple(map(sum, bitten)))
        rows.append(("", f"{count(len(rest), 'other')} together", *added))
    whole = _cells(tuple(move.points for move in part.total), tuple(move.bits for move in part.total))
    rows.append(("", "all of them", *whole))
    return [paragraph(part.lead), table(columns, rows, title=f"{named}.")]


def _name(one: Credit) -> str:
    more = f" (and {count(len(one.ids) - 1, 'more item')} of its story)" if len(one.ids) > 1 else ""
    return f"{one.headline or one.label}{more}"


def _cells(moved: tuple[float, ...], bitten: tuple[float, ...]) -> list[str]:
    return [cell for pair in zip(moved, bitten, strict=True) for cell in (points(pair[0] / 100.0), bits(pair[1]))]

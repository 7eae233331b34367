"""What a page is made of: parts with a title, of paragraphs, lists, tables and figures; plain data, no HTML."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bayesmile.markup import web_link
from bayesmile.wording import plain

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = [
    "Block",
    "Bullets",
    "Cell",
    "Entries",
    "Paragraph",
    "Part",
    "Picture",
    "Table",
    "beside",
    "cells",
    "linked",
    "table",
]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph.

    Attributes
    ----------
    text : str
    strong : bool
        Whether it is what a hurried reader should see.
    """

    text: str
    strong: bool = False
    kind: str = field(default="paragraph", init=False)


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list.

    Attributes
    ----------
    texts : tuple of str
    """

    texts: tuple[str, ...]
    kind: str = field(default="bullets", init=False)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes
    ----------
    text : str
        As people read it.
    value : float or str or None
        What a downloaded table holds in its place, with all digits; None for the text itself.
    links : tuple of (str, str)
        Text and address; an empty address stands for none.
    """

    text: str
    value: float | str | None = None
    links: tuple[tuple[str, str], ...] = ()

    @property
    def raw(self) -> str:
        """Content of a downloaded table."""
        if self.value is None:
            return " ".join(filter(None, [plain(self.text), *(plain(address or text) for text, address in self.links)]))
        if isinstance(self.value, str):
            return plain(self.value)
        return repr(float(self.value)) if math.isfinite(self.value) else ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, whose first column names its rows.

    Attributes
    ----------
    name : str
        Of the file it is downloaded as.
    caption : str
    columns : tuple of str
        Headers; one that begins with ``>`` is of numbers.
    rows : tuple of tuple of Cell
    folded : bool
        Whether it is closed until a reader opens it.
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    folded: bool = False
    kind: str = field(default="table", init=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure.

    Attributes
    ----------
    name : str
        Unique on the page.
    figure : plotly.graph_objects.Figure
        With title and summary in ``layout.meta``, as `bayesmile.plots.canvas.draw` puts them.
    note : str
        How to read it.
    """

    name: str
    figure: Figure
    note: str = ""
    kind: str = field(default="picture", init=False)


type Entries = list[str | Cell | tuple[str, float | str | None]]
"""One row of a table before it is made: texts, pairs of text and exact value, or cells."""

type Block = Paragraph | Bullets | Table | Picture


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page, with its own heading and place in the contents.

    Attributes
    ----------
    name : str
        Unique on the page: the end of its address.
    title : str
    blocks : tuple of Block
    """

    name: str
    title: str
    blocks: tuple[Block, ...]


def cells(row: Entries) -> tuple[Cell, ...]:
    """Cells of texts, or of pairs of text and exact value.

    Examples
    --------
    >>> cells(["launch", ("35%", 0.3512)])[1].raw
    '0.3512'
    """
    return tuple(
        one if isinstance(one, Cell) else Cell(one) if isinstance(one, str) else Cell(one[0], one[1]) for one in row
    )


def table(
    name: str,
    columns: Sequence[str],
    rows: Iterable[Entries],
    *,
    caption: str,
    folded: bool = False,
) -> Table:
    """Table of rows as `cells` takes them."""
    return Table(name, caption, tuple(columns), tuple(cells(row) for row in rows), folded)


def beside(
    columns: Sequence[str], rows: Sequence[Entries], then: Sequence[Entries | None], groups: Sequence[range]
) -> tuple[list[str], list[Entries]]:
    """Put what some columns would be, if what is supposed were known too, beside them.

    Parameters
    ----------
    columns : sequence of str
    rows, then : sequence of Entries
        Of one table, now and if so; None for a row of which nothing is said.
    groups : sequence of range
        Numbers of columns that stay together, the first group first; the same numbers of `then` come after each.

    Examples
    --------
    >>> beside(["Milestone", ">By 2030", "Note"], [["packs", "35%", "x"]], [["packs", "41%", "x"]], [range(1, 2)])
    (['Milestone', '>By 2030', '>By 2030, if so', 'Note'], [['packs', '35%', '41%', 'x']])
    """
    after = {group[-1]: group for group in groups}
    names: list[str] = []
    made: list[Entries] = [[] for _ in rows]
    for number, name in enumerate(columns):
        names.append(name)
        for out, row in zip(made, rows, strict=True):
            out.append(row[number])
        for other in after.get(number, ()):
            names.append(f"{columns[other]}, if so")
            for out, so in zip(made, then, strict=True):
                out.append("" if so is None else so[other])
    return names, made


def linked(sources: Iterable[str]) -> Cell:
    """Put sources into a cell: a link where one is an address of the web, text where it is not.

    Examples
    --------
    >>> linked(["https://example.org/a?b=1", "javascript:alert(1)"]).links
    (('example.org', 'https://example.org/a?b=1'), ('javascript:alert(1)', ''))
    """
    return Cell("", links=tuple(web_link(source) for source in sources))

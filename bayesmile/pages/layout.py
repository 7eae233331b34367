"""Paragraphs and tables that fit a terminal of 80 columns or more and need no colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import StringIO

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bayesmile.wording import plain

__all__ = ["IF_SO", "as_text", "bullets", "doubled", "heading", "paragraph", "section", "table", "terminal"]

_LONGEST = 30  # a word of more cells than that, such as an address, may be folded
IF_SO = "if so"  # what heads a number, or begins a row, that holds if what is supposed were known too
_GAP = 2  # blanks between columns: the padding of one and the divider


def paragraph(text: str, style: str = "") -> Text:
    """One paragraph; its text is data, never markup, and no character of it is obeyed by the terminal."""
    return Text(plain(text), style=style)


def bullets(texts: Iterable[str]) -> Group:
    """Paragraphs marked as a list, with hanging indents."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for text in texts:
        grid.add_row("-", paragraph(text))
    return Group(grid)


def heading(text: str) -> Group:
    """Title of a view."""
    return Group(Text(""), Rule(characters="="), paragraph(text, "bold"), Rule(characters="="))


def section(number: int, title: str, *parts: RenderableType) -> Group:
    """Numbered section: its title, then its parts."""
    blocks: list[RenderableType] = [Text(""), paragraph(f"{number}. {title}", "bold"), Rule(characters="-")]
    return Group(*blocks, *parts)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> Group:
    """Table whose first column is text; a header that begins with ``>`` is aligned right and never wrapped.

    Parameters
    ----------
    columns : sequence of str
        Headers; ``"<"`` before a header keeps its column on one line, left-aligned.
    rows : iterable of sequence of str
    title : str
        Line above it.
    """
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="")
    for column in columns:
        right, whole = column.startswith(">"), column[:1] in "<>"
        made.add_column(
            paragraph(column.lstrip("<>")), justify="right" if right else "left", no_wrap=whole, overflow="fold"
        )
    for row in rows:
        made.add_row(*(paragraph(cell) for cell in row))
    parts: list[RenderableType] = [Text("")]
    if title:
        parts.append(paragraph(title))
    return Group(*parts, _Whole(made))


def doubled(rows: Iterable[Sequence[str]], then: Iterable[Sequence[str]], *, names: int = 1) -> list[tuple[str, ...]]:
    """Rows, each followed by what it would be if what is supposed were known too.

    Parameters
    ----------
    rows, then : iterable of sequence of str
        Of one table, now and if so; rows that begin alike belong together, and one without the other stands alone.
    names : int
        How many first cells say what a row is about.

    Examples
    --------
    >>> doubled([("packs", "35%"), ("yield", "2%")], [("packs", "41%")])
    [('packs', '35%'), ('if so', '41%'), ('yield', '2%')]
    """
    others = {tuple(row[:names]): row for row in then}
    found: list[tuple[str, ...]] = []
    for row in rows:
        found.append(tuple(row))
        if (other := others.get(tuple(row[:names]))) is not None:
            found.append((IF_SO, *row[1:names], *other[names:]))
    return found


class _Whole:
    """Table of which nothing is cut: where its words do not fit into the console, it is wider than that."""

    def __init__(self, made: Table) -> None:
        self.made = made

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = self.made.columns
        gaps = _GAP * (len(columns) - 1)
        cells = [(column.no_wrap, [str(cell) for cell in (column.header, *column.cells)]) for column in columns]
        widths = _widths(cells, options.max_width - gaps)
        for column, width in zip(columns, widths, strict=True):
            column.width = width
        yield from console.render(self.made, options.update(max_width=sum(widths) + gaps + _GAP))


def _widths(columns: Sequence[tuple[bool, list[str]]], room: int) -> list[int]:
    """Widths of columns: all they want where there is room, else the widest give way, down to their longest word."""
    wanted = [max(map(cell_len, cells)) for _, cells in columns]
    least = [
        want if whole else min(_LONGEST, max(cell_len(word) for cell in cells for word in cell.split() or [""]))
        for want, (whole, cells) in zip(wanted, columns, strict=True)
    ]
    for most in range(max(wanted, default=0), 0, -1):
        widths = [max(low, min(want, most)) for low, want in zip(least, wanted, strict=True)]
        if sum(widths) <= room:
            return widths
    return least


def as_text(blocks: Iterable[RenderableType], *, width: int = 100) -> str:
    """Text of a page as a file or a pipe holds it: no colour, no terminal codes, no blanks at the ends of lines."""
    file = StringIO()
    console = Console(
        file=file, width=width, force_terminal=False, color_system=None, markup=False, emoji=False, highlight=False
    )
    for block in blocks:
        console.print(block, crop=False)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def terminal(*, width: int) -> Console:
    """Console for a terminal: nothing in the text is taken for markup."""
    return Console(width=width, markup=False, emoji=False, highlight=False)

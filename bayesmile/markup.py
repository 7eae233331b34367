"""Tables of HTML as a notebook shows them: text escaped, and neither script nor style sheet nor id in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bayesmile.wording import count, plain

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["Cell", "foldable", "html_table", "shortened", "web_link"]

_FOLD = 40  # characters of a word that a cell holds

# Colours are those of the page around it, so that light and dark look both work; the bar's blue stands out on either.
_TEMPLATE = """\
<div style="overflow-x:auto" tabindex="0" role="region" aria-label="{{ caption|plain }}">
<table style="border-collapse:collapse;color:inherit;background:transparent">
<caption style="caption-side:top;text-align:left;color:inherit;padding:.3em 0">{{ caption|plain }}</caption>
<thead><tr>
{% for column in columns %}
<th scope="col" style="text-align:{{ column.side }};vertical-align:bottom;\
white-space:{{ column.space }};border-bottom:1px solid currentColor;\
padding:.2em .7em .2em 0">{{ column.title|plain }}</th>
{% endfor %}
</tr></thead>
<tbody>
{% for row in rows %}
<tr>
{% for cell in row %}
<{{ "th scope=row" if loop.first else "td" }} style="text-align:{{ columns[loop.index0].side }};vertical-align:top;\
white-space:{{ columns[loop.index0].space }};font-weight:normal;max-width:28em;padding:.2em .7em .2em 0">\
{% if cell.share is not none %}
<span aria-hidden="true" style="display:inline-block;vertical-align:middle;width:5em;height:.6em;margin-right:.5em;\
text-align:left;border:1px solid currentColor"><span style="display:block;height:100%;background:#3d85c6;\
width:{{ "%.1f"|format(100 * cell.share) }}%"></span></span>\
{% endif %}
{% if cell.address %}
<a href="{{ cell.address }}" rel="noopener noreferrer" target="_blank">{{ cell.text|foldable }}</a>\
{% else %}
{{ cell.text|foldable }}\
{% endif %}
</{{ "th" if loop.first else "td" }}>
{% endfor %}
</tr>
{% endfor %}
</tbody>
</table>
{% for note in notes %}
<p style="margin:.3em 0">{{ note|plain }}</p>
{% endfor %}
</div>
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes
    ----------
    text : str
    address : str
        Where a link leads, as `web_link` gives it; empty for no link.
    share : float or None
        Length of a bar beside the text, 0 to 1; None for no bar.
    """

    text: str
    address: str = ""
    share: float | None = None


def html_table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[str | Cell]], *, notes: Sequence[str] = ()
) -> str:
    """Table whose first column names its rows.

    Parameters
    ----------
    caption : str
        Also read out by a screen reader where the table is scrolled.
    columns : sequence of str
        Headers; one that begins with ``>`` is of numbers, ``<`` keeps its column on one line.
    rows : iterable of sequence of str or Cell
    notes : sequence of str
        Paragraphs below it.

    Examples
    --------
    >>> text = html_table("News", ("What", ">Bits"), [("<b>deal</b>", "+1.2")])
    >>> "&lt;b&gt;deal&lt;/b&gt;" in text, text.count("<th scope="), "<script" in text
    (True, 3, False)
    """
    made = [[Cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    text: str = _template().render(caption=caption, columns=[_head(one) for one in columns], rows=made, notes=notes)
    return text


def _head(column: str) -> dict[str, str]:
    side, space = "right" if column.startswith(">") else "left", "nowrap" if column[:1] in "<>" else "normal"
    return {"title": column.lstrip("<>"), "side": side, "space": space}


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    about = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    about.filters["plain"] = plain
    about.filters["foldable"] = lambda text: Markup(foldable(text))
    return about.from_string(_TEMPLATE)


def foldable(text: str) -> str:
    """Escaped text whose long words may be folded: else one of them would make its table as wide.

    Examples
    --------
    >>> foldable("<b> " + "x" * 41)
    '&lt;b&gt; xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx<wbr>x'
    """
    from markupsafe import escape

    words = plain(text).split(" ")
    pieces = ([word[at : at + _FOLD] for at in range(0, len(word), _FOLD)] for word in words)
    return " ".join("<wbr>".join(str(escape(piece)) for piece in parts) for parts in pieces)


def shortened(rows: Sequence[Any], most: int, noun: str) -> tuple[list[Any], list[Any], str]:
    """Return the first rows, the last ones, and words for those left out between them; none where there is room.

    Examples
    --------
    >>> shortened([1, 2, 3, 4, 5], 4, "item")
    ([1, 2], [4, 5], '1 item left out here')
    >>> shortened([1, 2], 4, "item")
    ([1, 2], [], '')
    """
    if len(rows) <= most:
        return list(rows), [], ""
    half = most // 2
    return list(rows[:half]), list(rows[-half:]), f"{count(len(rows) - 2 * half, noun)} left out here"


def web_link(source: str) -> tuple[str, str]:
    """Text and address of a link to a source; an empty address where it is no plain address of the web.

    Examples
    --------
    >>> web_link("https://www.example.org/a?b=1"), web_link("javascript:alert(1)")
    (('example.org', 'https://www.example.org/a?b=1'), ('javascript:alert(1)', ''))
    """
    try:
        parts = urlsplit(source)
        host = parts.hostname or ""
    except ValueError:
        return source, ""
    whole = source.isprintable() and not any(c.isspace() or c in "\"'<>\\`" for c in source)
    if whole and parts.scheme in ("http", "https") and host and parts.username is None:
        return host.removeprefix("www."), source
    return source, ""

"""The page as one text of HTML: the same bytes for the same parts, nothing fetched, text escaped."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from bayesmile.markup import foldable
from bayesmile.page.blocks import Part, Picture
from bayesmile.wording import plain

__all__ = ["embedded", "page_text"]

_DIGITS = 9  # of a number in a figure: what a screen or a hovering label can use, and free of summation order


def page_text(parts: Sequence[Part], *, title: str, summary: str) -> str:
    """Fill the template.

    Parameters
    ----------
    parts : sequence of Part
    title, summary : str
        Of the dossier.

    Notes
    -----
    Its content security policy allows the two scripts of the page, by their hashes, and no request at all.

    Examples
    --------
    >>> from bayesmile.page.blocks import Paragraph
    >>> part = Part("answer", "The answer", (Paragraph("<script>alert(1)</script>"),))
    >>> text = page_text([part], title="X", summary="")
    >>> "<script>alert" in text, "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    (False, True)
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    about = Environment(
        loader=PackageLoader("bayesmile.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    about.filters["plain"] = plain
    about.filters["foldable"] = _as_markup(foldable)
    about.filters["embedded"] = _as_markup(embedded)
    library, script = _library(), _asset("script.js")
    text: str = about.get_template("page.html").render(
        title=title,
        summary=summary,
        parts=parts,
        style=Markup(_asset("style.css")),
        library=Markup(library),
        script=Markup(script),
        policy=" ".join(f"'sha256-{_digest(one)}'" for one in (library, script)),
    )
    return text


def _as_markup[T](make: Callable[[T], str]) -> Callable[[T], str]:
    """Filter whose answer is HTML already."""
    from markupsafe import Markup

    return lambda value: Markup(make(value))


def embedded(picture: Picture) -> str:
    r"""Figure as JSON that cannot end the element that it stands in.

    The title is left out: it stands above the figure as a heading.

    Examples
    --------
    >>> from bayesmile.plots.canvas import draw
    >>> figure = draw([{"type": "bar", "x": [1.0 / 3.0], "name": "</script>"}], title="T", summary="S", height=300)
    >>> embedded(Picture("one", figure))[:50]
    '{"data":[{"name":"\\u003c/script>","x":[0.333333333'
    """
    made: dict[str, Any] = _rounded(picture.figure.to_plotly_json())
    layout = dict(made["layout"])
    layout.pop("title", None)
    layout["margin"] = {**layout.get("margin", {}), "t": 8}
    record = {"data": made["data"], "layout": layout}
    text = json.dumps(record, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("&", "\\u0026")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None  # nothing is drawn there
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(entry) for entry in value]
    return value


@cache
def _library() -> str:
    """Read Plotly's own script, as its package brings it."""
    from plotly.offline import get_plotlyjs

    # An element of a script ends at the first "</script", wherever that stands; inside a string this means the same.
    text: str = get_plotlyjs()
    return text.replace("</script", "<\\/script")


@cache
def _asset(name: str) -> str:
    return files("bayesmile.page").joinpath("templates", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

"""Executed notebooks as pages of HTML that need nothing else: `python .ci/pages.py build/notebooks/*.ipynb`.

Every page stands alone, opens from disk and asks nothing of the network: figures are drawn by Plotly's own script,
which is on the page once. Code is folded away, since readers come for the text and the figures.
"""

from __future__ import annotations

import html
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from markdown_it import MarkdownIt
from plotly.offline import get_plotlyjs
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

PLOTLY = "application/vnd.plotly.v1+json"
CODE = HtmlFormatter(style="friendly", nobackground=True)
WORDS = MarkdownIt("commonmark", {"html": False}).enable("table")

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1f23; --soft: #5b626b; --line: #d6d9dd; --link: #0a58a8; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181c; --ink: #e8eaed; --soft: #a9b0b8; --line: #3a4149; --link: #7db8f0; }
  .highlight { color: #1c1f23; filter: invert(1) hue-rotate(180deg); }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 0 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.3rem; margin: 3rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
p, ul, ol, blockquote { max-width: 46rem; }
blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 4px solid var(--line); color: var(--soft); }
a, summary { color: var(--link); }
summary { cursor: pointer; font-size: .85rem; }
details { margin: .5rem 0; }
pre { overflow-x: auto; white-space: pre-wrap; font: .85rem/1.45 ui-monospace, Menlo, Consolas, monospace;
  overflow-wrap: normal; padding: .6rem .8rem; border: 1px solid var(--line); border-radius: .3rem; }
.highlight pre { margin: .3rem 0; white-space: pre; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .88rem; line-height: 1.4; font-variant-numeric: tabular-nums;
  overflow-wrap: normal; }
th, td { text-align: left; vertical-align: top; padding: .35rem .9rem .35rem 0; border: 0;
  border-bottom: 1px solid var(--line); }
table { border: 0; }
thead th { text-align: left !important; }
tbody th { vertical-align: top !important; }
td { max-width: 26rem; }
thead th { vertical-align: bottom; color: var(--soft); font-weight: 600; }
figure { margin: 1.5rem 0; }
figcaption { font-weight: 600; margin: 0 0 .5rem; }
img { max-width: 100%; height: auto; background: #fff; }
"""

DRAW = """
for (const place of document.querySelectorAll(".plot")) {
  const figure = JSON.parse(place.nextElementSibling.textContent);
  const config = { responsive: true, displayModeBar: false };
  Plotly.newPlot(place, figure.data, figure.layout, config).then(() => {
    if (figure.frames.length) Plotly.addFrames(place, figure.frames);
    place.dataset.drawn = "yes";
  });
}
"""


def page(notebook: nbformat.NotebookNode) -> str:
    """Whole page of an executed notebook."""
    cells = "\n".join(part for cell in notebook.cells for part in parts(cell))
    drawn = 'class="plot"' in cells
    # An element of a script ends at the first "</script", wherever that stands; inside a string this means the same.
    library = get_plotlyjs().replace("</script", "<\\/script") if drawn else ""
    scripts = f"<script>{library}</script>\n<script>{DRAW}</script>" if drawn else ""
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:"
    heading = next(re.finditer(r"^# (.+)$", "\n".join(cell.source for cell in notebook.cells), re.MULTILINE), None)
    title = html.escape(heading[1] if heading else "Notebook")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}{CODE.get_style_defs('.highlight')}</style>\n</head>\n"
        f"<body>\n<main>\n{cells}\n</main>\n{scripts}\n</body>\n</html>\n"
    )


def parts(cell: nbformat.NotebookNode) -> Iterator[str]:
    """Pieces of the page that one cell makes."""
    if cell.cell_type == "markdown":
        yield scrolled(WORDS.render(cell.source))
    elif cell.cell_type == "code":
        yield f"<details><summary>Code</summary>{highlight(cell.source, PythonLexer(), CODE)}</details>"
        yield from map(shown, cell.outputs)


def shown(output: nbformat.NotebookNode) -> str:
    """One output, in the richest form that needs no network."""
    data = output.get("data", {})
    if PLOTLY in data:
        return figure(data[PLOTLY])
    if "text/html" in data:
        return scrolled(data["text/html"])
    if "image/png" in data:
        source = f"data:image/png;base64,{data['image/png'].strip()}"
        return f'<figure><img alt="Figure; the text beside it says what it shows" src="{source}"></figure>'
    if "text/markdown" in data:
        return scrolled(WORDS.render(data["text/markdown"]))
    return f"<pre>{html.escape(output.get('text') or data.get('text/plain', ''))}</pre>"


def figure(drawing: dict[str, Any]) -> str:
    """Place of a Plotly figure, with its numbers; the figure's own summary is what a screen reader says."""
    layout = {**drawing.get("layout", {})}
    said = html.escape((layout.get("meta") or {}).get("summary", "Figure"))
    title = (layout.pop("title", None) or {}).get("text", "")
    if title:  # in the page's own words it breaks into lines on a phone
        title = f"<figcaption>{html.escape(html.unescape(re.sub(r'<[^>]*>', ' ', title)))}</figcaption>"
        layout["margin"] = {**layout.get("margin", {}), "t": 8}
    kept = {"data": drawing.get("data", []), "layout": layout, "frames": drawing.get("frames", [])}
    text = json.dumps(kept, separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")
    height = float(layout.get("height", 450))
    place = f'<div class="plot" role="img" aria-label="{said}" style="height:{height:.0f}px"></div>'
    return f'<figure>{title}{place}<script type="application/json">{text}</script></figure>'


def scrolled(text: str) -> str:
    """Wide tables scroll by themselves, so that the page does not."""
    return re.sub(r"(<table.*?</table>)", r'<div class="scroll" tabindex="0">\1</div>', text, flags=re.DOTALL)


def main(names: list[str]) -> None:
    """Write a page beside each notebook."""
    for name in names:
        path = Path(name)
        target = path.with_suffix(".html")
        target.write_text(page(nbformat.read(path, as_version=4)), encoding="utf-8")
        print(target)


if __name__ == "__main__":
    main(sys.argv[1:])

"""Pages made of executed notebooks: whole, self-contained, and text in them stays text."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from bayesmile.dossier import load
from bayesmile.plots.canvas import draw
from bayesmile.plots.explorer import plot_explorer
from bayesmile.sections.explored import explore
from tests.browsing import CHROMIUM, look_at

SCRIPT = Path(__file__).parents[1] / ".ci" / "pages.py"
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="needs the whole repository")


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pages", SCRIPT)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def notebook() -> nbformat.NotebookNode:
    """One output of every form."""
    bars = {"type": "bar", "x": [1.0, 2.0], "y": [3.0, 4.0], "name": "</script><script>window.intruder = 1</script>"}
    figure = draw([bars], title="Bars <2> & $5", summary='Two "bars"', height=300).to_dict()
    figure["frames"] = [{"name": "later", "data": [{"y": [4.0, 3.0]}]}]
    outputs = [
        new_output("stream", text="a < b & c"),
        new_output("display_data", {"text/markdown": "**bold** and \\$5, <img src=x>", "text/plain": "left out"}),
        new_output("display_data", {"text/html": "<table><tr><td>cell</td></tr></table>", "text/plain": "left out"}),
        new_output("display_data", {"image/png": DOT, "text/plain": "left out"}),
        new_output("display_data", {"application/vnd.plotly.v1+json": figure, "text/plain": "left out"}),
        new_output("execute_result", {"text/plain": "'<Object>'"}),
    ]
    words = new_markdown_cell("# Prices & odds\n\n| a | b |\n|---|---|\n| one | two |\n")
    return new_notebook(cells=[words, new_code_cell("value = 1 < 2", outputs=outputs)])


def test_page_holds_every_output_in_its_richest_form(pages: ModuleType) -> None:
    text = pages.page(notebook())
    body = text[text.index("<main>") : text.index("</main>")]
    assert "<title>Prices &amp; odds</title>" in text
    assert "<pre>a &lt; b &amp; c</pre>" in body
    assert "<strong>bold</strong> and $5, &lt;img src=x&gt;" in body
    assert body.count('<div class="scroll" tabindex="0"><table>') == 2
    assert f"data:image/png;base64,{DOT}" in body
    assert 'aria-label="Two &quot;bars&quot;"' in body and "height:300px" in body
    assert "&#x27;&lt;Object&gt;&#x27;" in body
    assert "<figcaption>Bars &lt;2&gt; &amp; $5</figcaption>" in body
    assert "left out" not in body
    assert "</script><script>" not in body


def test_plotly_is_there_once_and_only_where_it_draws(pages: ModuleType) -> None:
    plain = notebook()
    plain.cells = plain.cells[:1]
    assert len(pages.page(plain)) < 10_000
    assert pages.page(notebook()).count("Plotly.newPlot(place") == 1


def test_page_stands_beside_its_notebook(pages: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nbformat.write(notebook(), tmp_path / "one.ipynb")
    pages.main([str(tmp_path / "one.ipynb")])
    assert capsys.readouterr().out == f"{tmp_path / 'one.html'}\n"
    assert (tmp_path / "one.html").read_text(encoding="utf-8") == pages.page(notebook())


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install it to open the page in a browser")
def test_page_draws_in_a_browser_without_network(pages: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(pages.page(notebook()), encoding="utf-8")
    look = look_at(tmp_path / "page.html", "typeof window.intruder", "document.querySelectorAll('.bars .point').length")
    assert (look.said, look.asked, look.found) == ([], [], ["undefined", 2])
    assert len(look.marks) == 1 and look.marks[0] > 0


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install it to open the page in a browser")
def test_sliders_move_curves_without_python(pages: ModuleType, tmp_path: Path) -> None:
    asked = {"milestone.filing.delay.mean": [30.0, 45.0], "milestone.filing.delay.never": [0.4, 0.6]}
    part = explore(load("phase2_drug"), "2026-06-30", "approval", asked, suppositions=["achieved on filing in 2026-09"])
    figure = plot_explorer(part).to_dict()
    output = new_output("display_data", {"application/vnd.plotly.v1+json": figure})
    page = pages.page(new_notebook(cells=[new_code_cell("", outputs=[output])]))
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    move = """async () => {
        const place = document.querySelector(".plot"), [first, second] = place.layout.sliders;
        const menu = place.layout.updatemenus[0];
        const chosen = [first.steps[2], second.steps[0], menu.buttons[1]];
        for (const step of chosen) await Plotly[step.method](place, ...step.args);
        const seen = place.data.filter(one => one.visible === true && one.opacity === 1);
        return seen.map(one => [one.name, one.y[one.y.length - 1]]);
    }"""
    look = look_at(tmp_path / "page.html", move)
    exact = [[case, pytest.approx(part.cdf[number, 0, 2, -1], abs=1e-4)] for number, case in enumerate(part.cases)]
    assert look.found == [exact] and look.said == []

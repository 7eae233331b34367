"""The page in a real browser: nothing is fetched, nothing complains, every figure is drawn, hostile text stays text."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bayesmile.dossier import load
from tests.page.pages import BIDI, FORMULA, LONG, SCRIPT, hostile_page, page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 60.0  # seconds: a shared machine stalls

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install it to open the page in a browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@dataclass
class Visit:
    """An opened page, and what it said and asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def count(self, expression: str) -> int:
        return int(self.page.evaluate(expression))


type Visitor = Callable[..., Visit]


@pytest.fixture(scope="module")
def visit(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Open a text of HTML from a file and wait until every figure is drawn."""
    contexts = []

    def opened(text: str, **options: Any) -> Visit:
        path = tmp_path_factory.mktemp("page") / "page.html"
        path.write_text(text, encoding="utf-8")
        context = browser.new_context(accept_downloads=True, **options)
        contexts.append(context)
        made = Visit(context.new_page())
        made.page.on("console", lambda message: made.said.append(message.text))
        made.page.on("pageerror", lambda error: made.said.append(str(error)))
        made.page.on("request", lambda request: made.asked.append(request.url))
        made.page.goto(path.as_uri())
        wait_until_drawn(made)
        return made

    yield opened
    for context in contexts:
        context.close()


def wait_until_drawn(made: Visit) -> None:
    """Its policy forbids the evaluation that waiting in the browser would take."""
    end = time.monotonic() + PATIENCE
    left = '[...document.querySelectorAll(".plot")].filter(one => !one.querySelector(".main-svg")).length'
    while made.count(left):
        assert time.monotonic() < end, f"{made.count(left)} figures are not drawn; the page said {made.said}"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def desk(visit: Visitor) -> Visit:
    return visit(page(), viewport={"width": 1200, "height": 900})


@pytest.fixture(scope="module")
def spoilt(visit: Visitor) -> Visit:
    return visit(hostile_page(), viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)


def test_page_opens_quietly_and_asks_for_nothing(desk: Visit) -> None:
    assert desk.said == []
    assert len(desk.asked) == 1 and desk.asked[0].startswith("file:")


def test_the_text_is_there_before_the_library_that_draws_runs(browser: Browser, tmp_path: Path) -> None:
    """What loads is text; figures follow. The library runs once, however many figures there are."""
    path = tmp_path / "page.html"
    path.write_text(page(), encoding="utf-8")
    context = browser.new_context()
    made = Visit(context.new_page())
    made.page.add_init_script("addEventListener('load', () => { window.atLoad = typeof window.Plotly; })")
    made.page.goto(path.as_uri(), wait_until="load")
    assert made.page.evaluate("window.atLoad") == "undefined"
    wait_until_drawn(made)
    assert made.count("[...document.scripts].filter((one) => !one.type && one.textContent.length > 1e6).length") == 1
    context.close()


def test_the_policy_is_in_force(desk: Visit) -> None:
    """A script that is not the page's own does not run, nor does a request leave."""
    told = desk.page.evaluate(
        """async () => {
            const script = document.createElement("script");
            script.textContent = "window.intruder = 1";
            document.head.append(script);
            let fetched = "refused";
            try { await fetch("https://example.org/"); fetched = "sent"; } catch { /* as it should */ }
            return [typeof window.intruder, fetched];
        }"""
    )
    assert told == ["undefined", "refused"]
    assert not [url for url in desk.asked if not url.startswith("file:")]
    desk.said.clear()


def test_every_figure_has_marks(desk: Visit) -> None:
    marks = desk.page.evaluate(
        """[...document.querySelectorAll(".plot")].map((one) => [one.dataset.name, one.querySelectorAll(
            ".points path, .lines path, .scatterlayer path, .barlayer path, .shapelayer path, .errorbars path"
        ).length, one.getBoundingClientRect().width])"""
    )
    assert len(marks) >= 9
    assert [name for name, number, width in marks if number < 1 or width < 300] == []


def test_figures_say_exact_numbers_when_touched(desk: Visit) -> None:
    dot = desk.page.locator('[data-name="comparison"] .scatterlayer .trace').first.locator("path.point").first
    dot.scroll_into_view_if_needed()
    box = dot.bounding_box()
    assert box is not None
    desk.page.mouse.move(box["x"] + box["width"] / 2 - 3, box["y"] + box["height"] / 2)
    desk.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    label = desk.page.locator('[data-name="comparison"] .hoverlayer').first
    end = time.monotonic() + PATIENCE
    while "%" not in (label.text_content() or "") and time.monotonic() < end:
        time.sleep(0.02)
    assert "90% interval" in (label.text_content() or "")


def test_tables_are_copied_and_downloaded(desk: Visit) -> None:
    with desk.page.expect_download() as found:
        desk.page.locator('[data-csv="milestones"]').click()
    assert found.value.suggested_filename == "milestones.csv"
    text = Path(found.value.path()).read_text(encoding="utf-8-sig")
    assert text.splitlines()[0].startswith("Milestone,Kind of risk,Deadline,By deadline")
    assert any(len(cell) > 12 and cell.startswith("0.") for cell in text.splitlines()[-1].split(","))
    desk.page.locator('[data-copy="milestones"]').click()
    status = desk.page.locator('[data-copy="milestones"] ~ [role=status]')
    end = time.monotonic() + PATIENCE
    while status.text_content() != "Copied." and time.monotonic() < end:
        time.sleep(0.02)
    assert status.text_content() == "Copied."


def test_keyboard_reaches_the_answer_first(desk: Visit) -> None:
    desk.page.evaluate("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')")
    desk.page.keyboard.press("Tab")
    assert desk.page.evaluate("document.activeElement.className") == "skip"
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.press("Tab")
    assert desk.page.evaluate("document.activeElement.closest('#answer') !== null")


def test_dark_page_gives_its_figures_light_ink(browser: Browser, visit: Visitor) -> None:
    dark = visit(page(0), viewport={"width": 900, "height": 700}, color_scheme="dark")
    colour = 'getComputedStyle(document.querySelector(".plot .xtick text")).fill'
    assert dark.page.evaluate(colour) == "rgb(232, 234, 237)"
    assert dark.said == []
    dark.page.emulate_media(color_scheme="light")
    end = time.monotonic() + PATIENCE
    while dark.page.evaluate(colour) != "rgb(28, 31, 35)" and time.monotonic() < end:
        time.sleep(0.02)
    assert dark.page.evaluate(colour) == "rgb(28, 31, 35)"


def test_hostile_text_does_nothing_and_is_shown(spoilt: Visit) -> None:
    assert spoilt.said == []
    assert [url for url in spoilt.asked if not url.startswith("file:")] == []
    assert spoilt.page.evaluate("typeof window.hacked") == "undefined"
    assert spoilt.page.locator("h1").text_content() == SCRIPT
    shown = spoilt.page.evaluate("document.body.innerText")
    assert FORMULA in shown and "<U+202E>" in shown and "\u202e" not in shown
    assert BIDI not in shown
    assert spoilt.count('document.querySelectorAll("main img, main iframe, .plot a").length') == 0


def test_what_if_stands_on_the_first_screen_and_its_text_stays_text(desk: Visit, spoilt: Visit) -> None:
    told = "If this were known too, 'achieved on phase3_start in 2026-09':"
    assert told in desk.page.locator("#answer").inner_text()
    assert "ours, if so" in desk.page.locator("#when .plot .legendtext").all_text_contents()
    spoken = spoilt.page.locator("#answer").inner_text()
    assert SCRIPT in spoken and FORMULA in spoken and "<U+202E>" in spoken
    assert spoilt.page.evaluate("typeof window.hacked") == "undefined"


def test_hostile_text_keeps_the_page_as_narrow_as_a_phone(spoilt: Visit) -> None:
    assert LONG[:40] in spoilt.page.evaluate("document.body.innerText")
    assert spoilt.count("document.documentElement.scrollWidth") <= 390
    assert spoilt.count('Math.max(...[...document.querySelectorAll("table")].map(one => one.offsetWidth))') < 4000


def test_hostile_text_is_no_formula_in_a_download(spoilt: Visit) -> None:
    with spoilt.page.expect_download() as found:
        spoilt.page.locator('[data-csv="ledger"]').dispatch_event("click")
    import csv

    with Path(found.value.path()).open(encoding="utf-8-sig", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    assert not [cell for cell in cells if cell[:1] in "=@\t\r" and cell]
    assert not [cell for cell in cells if cell[:1] in "+-" and any(c.isalpha() for c in cell)]


def test_prints_with_every_figure(browser: Browser, desk: Visit, tmp_path: Path) -> None:
    data = desk.page.pdf(path=str(tmp_path / "page.pdf"), format="A4")
    assert data.startswith(b"%PDF") and len(data) > 50_000
    wait_until_drawn(desk)


@pytest.mark.skipif("BAYESMILE_SHOTS" not in os.environ, reason="BAYESMILE_SHOTS names no folder for screenshots")
def test_screenshots_to_look_at(visit: Visitor) -> None:
    folder = Path(os.environ["BAYESMILE_SHOTS"])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("page", page()), ("hostile", hostile_page())):
        for look, options in (
            ("light", {"viewport": {"width": 1200, "height": 900}}),
            ("dark", {"viewport": {"width": 1200, "height": 900}, "color_scheme": "dark"}),
            ("phone", {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}),
        ):
            visit(text, **options).page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)


# Tables of objects, as a notebook shows them.


@pytest.mark.parametrize("look", ["light", "dark"])
def test_objects_show_themselves_in_both_looks(visit: Visitor, look: str) -> None:
    dossier = load("quantumscape")
    shown = (dossier.roadmap, dossier.ledger, dossier.belief("2025-10-16"))
    head = '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
    made = visit(f"{head}<title>T</title>{''.join(one._repr_html_() for one in shown)}", color_scheme=look)
    assert made.said == [] and len(made.asked) == 1
    assert made.count("document.querySelectorAll('table').length") == 3
    assert made.count("document.querySelectorAll('script, style, [id]').length") == 0
    ink = {"light": "rgb(0, 0, 0)", "dark": "rgb(255, 255, 255)"}[look]
    assert made.page.evaluate("getComputedStyle(document.querySelector('caption')).color") == ink
    bars = "[...document.querySelectorAll('td span span')].map(bar => bar.getBoundingClientRect().width)"
    assert max(made.page.evaluate(bars)) > 50.0

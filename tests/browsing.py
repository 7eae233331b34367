"""Pages of HTML in a real browser."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["CHROMIUM", "Look", "look_at"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 60_000  # milliseconds: a shared machine stalls


@dataclass(frozen=True)
class Look:
    """What an opened page said and asked for, and how many marks each of its figures has.

    Attributes
    ----------
    said, asked : list of str
        Messages of the console and errors; addresses outside the page itself.
    marks : list of int
        Lines, dots, bars and shapes drawn, by figure.
    found : list of object
        What the scripts gave that were asked for.
    """

    said: list[str]
    asked: list[str]
    marks: list[int]
    found: list[object]


def look_at(path: Path, *scripts: str) -> Look:
    """Open a file, wait until its figures are drawn, and run scripts in it; skips where there is no browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    said, asked = list[str](), list[str]()
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri(), timeout=PATIENCE)
        for place in page.locator(".plot").all():
            place.locator("xpath=self::*[@data-drawn='yes']").wait_for(state="attached", timeout=PATIENCE)
        counted = ".scatterlayer path, .bars path, .shapelayer path"
        marks = [place.locator(counted).count() for place in page.locator(".plot").all()]
        found = [page.evaluate(script) for script in scripts]
        browser.close()
    return Look(said, [url for url in asked if not url.startswith(("file:", "data:", "blob:"))], marks, found)

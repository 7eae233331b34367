"""A dossier whose text is hostile, and its page, built once a session."""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from bayesmile.dossier import Dossier, load
from bayesmile.page.building import build_page
from bayesmile.page.contents import parts_of
from bayesmile.page.material import Material, gather
from bayesmile.page.rendering import page_text
from bayesmile.report import Report, View, build_report
from bayesmile.sections.basis import Basis, basis
from bayesmile.sections.credited import Credited
from bayesmile.sections.records import Record
from bayesmile.sections.supposed import Supposed

AS_OF = ("2025-12-31", "2026-06-30")
DRAWS = 200
SUPPOSED, CALL = "achieved on phase3_start in 2026-09", "2026-10-21"

SCRIPT = "<script>window.hacked = 1</script></script><img src=x onerror='window.hacked=1'>"
FORMULA = '=HYPERLINK("http://evil.example/","x")'
BIDI = "safe \u202e\u2066evil\u2069 text \x1b[31m"
LONG = "x" * 3000
DOLLARS = "$a$ {{ 7 * 7 }} {% raw %} %{customdata} ]]> --> \u2028"
HOSTILE = (SCRIPT, FORMULA, BIDI, LONG, DOLLARS, "@SUM(1)", "+1+cmd|' /C calc'!A0", "-2+3", "<b>bold</b> & co")


@functools.cache
def made(draws: int = DRAWS) -> tuple[Dossier, Report, Basis]:
    """Small dossier with its report and the belief behind the last view."""
    dossier = load("phase2_drug")
    asked = {"explore": draws > 0, "suppositions": (SUPPOSED,), "catalysts": {CALL: "the call"}}
    return (
        dossier,
        build_report(dossier, AS_OF, draws=draws, seed=1, **asked),
        basis(dossier, AS_OF[-1], draws=draws, seed=1, suppositions=(SUPPOSED,)),
    )


@functools.cache
def page(draws: int = DRAWS) -> str:
    """Page of the small dossier."""
    _, report, behind = made(draws)
    return build_page(report, behind)


def material() -> Material:
    """Gather what the page is made from."""
    _, report, behind = made()
    return gather(report, behind)


@functools.cache
def hostile_page() -> str:
    """Page in which headlines, notes, sources, names and rationales are as bad as text can be."""
    good = material()
    rows = tuple(_spoilt(row, number) for number, row in enumerate(good.records.rows))
    bad = {name: HOSTILE[number % len(HOSTILE)] for number, name in enumerate(good.headlines)}
    chains = [view.chain for view in good.report.views]
    spoilt = [
        replace(
            part,
            steps=tuple(
                replace(step, headline=HOSTILE[number % len(HOSTILE)], label=SCRIPT, note=DOLLARS)
                for number, step in enumerate(part.steps)
            ),
        )
        for part in chains
    ]
    views = tuple(replace(view, chain=part) for view, part in zip(good.report.views, spoilt, strict=True))
    views = tuple(replace(view, answer=(*view.answer, *HOSTILE), credited=_discredited(view)) for view in views)
    views = tuple(replace(view, supposed=_beyond_belief(view)) for view in views)
    report = replace(good.report, title=SCRIPT, summary=BIDI, views=views)
    nodes = tuple(replace(node, title=SCRIPT, words=LONG) for node in good.drawing.nodes)
    assumptions = tuple(
        replace(line, assumption=replace(line.assumption, label=HOSTILE[number % len(HOSTILE)]))
        for number, line in enumerate(good.tornado)
    )
    worst = replace(
        good,
        report=report,
        view=views[-1],
        records=replace(good.records, rows=rows),
        headlines=bad,
        drawing=replace(good.drawing, nodes=nodes),
        tornado=assumptions,
    )
    return page_text(parts_of(worst), title=report.title, summary=report.summary)


def _discredited(view: View) -> Credited | None:
    if view.credited is None:
        return None
    credits = [replace(one, headline=SCRIPT, label=FORMULA) for one in view.credited.credits]
    return replace(view.credited, credits=tuple(credits))


def _beyond_belief(view: View) -> Supposed | None:
    if view.supposed is None:
        return None
    return replace(view.supposed, answer=SCRIPT, lead=BIDI, warning=DOLLARS, settled=FORMULA, suppositions=HOSTILE)


def _spoilt(row: Record, number: int) -> Record:
    text = HOSTILE[number % len(HOSTILE)]
    sources = ("javascript:alert(1)", "https://example.org/?q=<script>", "data:text/html,x", f"https://a@evil.example/{LONG}")
    return replace(row, headline=text, note=SCRIPT, story=FORMULA, counterparty=BIDI, says=LONG, sources=sources)


def without_scripts(text: str) -> str:
    """HTML without the contents of its scripts, and without the style."""
    return re.sub(r"<(script|style)\b[^>]*>.*?</\1>", "", text, flags=re.DOTALL)

"""The page: self-contained, the same every time, and text in it stays text."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesmile.breakevens import break_even
from bayesmile.cli import run as main
from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.markup import foldable
from bayesmile.page.blocks import Cell, Part, Picture, Table, linked
from bayesmile.page.building import build_page
from bayesmile.page.contents import parts_of
from bayesmile.page.opening import caveat, opening
from bayesmile.page.rendering import embedded, page_text
from bayesmile.plots.canvas import draw
from bayesmile.report import Report, build_report, build_view
from bayesmile.sections.basis import Basis, basis
from bayesmile.wording import money, percent, plain, words
from tests.page.pages import AS_OF, CALL, DRAWS, LONG, SUPPOSED, hostile_page, made, material, page, without_scripts

VOID = {"meta", "img", "br", "hr", "wbr", "input", "link"}


class Outline(HTMLParser):
    """Elements of a page with their attributes, and whether every one is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_page_is_the_same_every_time() -> None:
    dossier, report, _ = made()
    again = build_page(report, basis(dossier, AS_OF[-1], draws=DRAWS, seed=1, suppositions=(SUPPOSED,)))
    assert again == page()


def test_page_is_below_six_megabytes() -> None:
    assert len(page().encode()) < 6_000_000


def test_page_asks_for_nothing_from_outside() -> None:
    outline = Outline(without_scripts(page()))
    assert not outline.named("link") and not outline.named("img") and not outline.named("iframe")
    assert not [one for _, one in outline.elements if {"src", "srcset", "action", "background"} & set(one)]
    assert not re.search(r"@import|url\(", re.search(r"<style>(.*?)</style>", page(), re.DOTALL)[1])


def test_policy_allows_exactly_the_scripts_of_the_page() -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page())[1]
    scripts = re.findall(r'<script(?: type="text/plain" id="library")?>(.*?)</script>', page(), re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts]
    assert len(scripts) == 2
    assert f"script-src {' '.join(f"'sha256-{one}'" for one in digests)};" in policy
    assert policy.startswith("default-src 'none';") and "http" not in policy and "unsafe-eval" not in policy


def test_outline_has_landmarks_headings_in_order_and_named_figures() -> None:
    outline = Outline(without_scripts(page()))
    tags = [tag for tag, _ in outline.elements]
    assert not outline.open
    assert {"header", "nav", "main"} <= set(tags) and tags.count("h1") == 1
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    names = [one["id"] for _, one in outline.elements if "id" in one]
    assert len(names) == len(set(names))
    for figure in [one for one in outline.named("div") if one.get("role") == "img"]:
        assert figure["aria-labelledby"] in names and figure["aria-describedby"] in names
    assert all(one.get("scope") in ("row", "col") for one in outline.named("th"))
    assert all(one["href"].removeprefix("#") in names for one in outline.named("a") if one["href"].startswith("#"))


def test_opening_is_two_sentences_of_the_numbers_shown() -> None:
    view = made()[1].views[-1]
    first, second = opening(view)
    assert first.count(". ") == 0 and second.count(". ") == 0
    assert all(percent(one.mean) in first for name, one in view.uncertainty.targets.items() if name in first)
    assert f"assumes a chance of {percent(view.gap.implied)} for" in second
    assert first in page() and percent(view.assumed.above_ours) in caveat(view)


def test_opening_gives_one_number_of_ours_to_the_priced_milestone() -> None:
    view = made()[1].views[-1]
    name = f"{words(view.gap.milestone)} by {view.gap.by}"
    mean = replace(view.uncertainty.targets[name], mean=0.08)
    priced = [replace(one, ours=mean) if one.by == view.gap.by else one for one in view.assumed.lines]
    targets = {**view.uncertainty.targets, name: mean}
    first, second = opening(
        replace(
            view,
            uncertainty=replace(view.uncertainty, targets=targets),
            assumed=replace(view.assumed, lines=tuple(priced)),
        )
    )
    assert f"{name} has a chance of 8%" in first and second.count("our 8%") == 2
    belief, price = made()[0].belief(AS_OF[-1]), view.price.value
    needed = break_even(belief, made()[0].market.payoffs, price=price, as_of=AS_OF[-1], probability=0.08)
    assert f"{money(needed.success_value)} would do" in second
    assert percent(mean.central) == "16%" and "16%" not in first + second


def test_opening_names_the_side_of_the_gap() -> None:
    dossier = made()[0]
    dear, cheap = (
        opening(build_view(dossier, AS_OF[-1], price=price, draws=0))[1] for price in ("6e8", "9e7")
    )
    assert "more than our 16%: the market sees less technical risk" in dear and "sooner or worth more" in dear
    assert "less than our 16%: the market sees more risk" in cheap and "later or worth less" in cheap
    above = opening(build_view(dossier, AS_OF[-1], price="9e9", draws=0))[1]
    assert above.startswith("No chance of") and "not even certainty" in above
    below = opening(build_view(dossier, AS_OF[-1], price="1e6", draws=0))[1]
    assert "no chance at all" in below


def test_without_draws_and_without_a_price_the_page_still_stands() -> None:
    Outline(without_scripts(page(0)))
    dossier = made()[0]
    early = build_page(*_view(dossier, "2024-01-31"))
    assert "<h2" in early and "No price" in without_scripts(early)


def _view(dossier: Dossier, as_of: str) -> tuple[Report, Basis]:
    return build_report(dossier, [as_of], draws=0), basis(dossier, as_of)


def test_page_refuses_a_belief_of_another_date() -> None:
    dossier, report, _ = made()
    with pytest.raises(InvalidInput, match="2025-12-31; allowed is that of the report, 2026-06-30"):
        build_page(report, basis(dossier, "2025-12-31"))


def test_hostile_text_stays_text() -> None:
    text = hostile_page()
    outline = Outline(without_scripts(text))
    assert not outline.named("img") and not outline.named("b")
    assert text.count("<script>") == text.count('<script type="text/plain" id="library">') == 1
    assert "\u202e" not in text and "\u2066" not in text and "\x1b" not in text
    links = [one["href"] for one in outline.named("a") if not one["href"].startswith("#")]
    assert all(link.startswith(("https://", "http://")) for link in links)
    assert not any("evil.example" in link for link in links)
    assert "{{ 7 * 7 }}" in text and "49 {%" not in text


def test_figures_keep_markup_of_headlines_as_text() -> None:
    for data in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', hostile_page(), re.DOTALL):
        assert "<" not in data
        for text in _texts(json.loads(data)):
            assert not re.search(r"<(?!/?(br|b|extra)>)", text), text
            assert text.count("$") == 0


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, entry in value.items():
            if key != "meta":
                yield from _texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _texts(entry)


@given(st.text(max_size=90))
def test_no_text_ends_the_element_of_a_figure(text: str) -> None:
    figure = draw([{"type": "bar", "x": [1.0], "name": text}], title=text, summary=text, height=300)
    made_of = embedded(Picture("one", figure))
    assert "<" not in made_of
    assert json.loads(made_of)["data"][0]["x"] == [1.0]


@given(st.text(max_size=120))
def test_foldable_text_is_the_same_text(text: str) -> None:
    assert unescape(foldable(text).replace("<wbr>", "")) == plain(text)


@pytest.mark.parametrize(
    "source",
    [
        "javascript:alert(1)",
        "JAVASCRIPT://example.org/%0aalert(1)",
        "data:text/html,x",
        "https://",
        "https://user@example.org/",
        'https://example.org/" onclick="x',
        "https://example.org/a b",
        "https://example.org/<script>",
        "https://[::1",
        "//example.org/",
        "ftp://example.org/",
    ],
)
def test_only_plain_addresses_of_the_web_become_links(source: str) -> None:
    assert linked([source]).links == ((source, ""),)


def test_downloads_hold_all_digits() -> None:
    tables = {block.name: block for part in parts_of(material()) for block in part.blocks if isinstance(block, Table)}
    view = made()[1].views[-1]
    line = next(line for line in view.milestones.lines if line.name == "approval")
    row = next(row for row in tables["milestones"].rows if row[0].text.startswith("Approval"))
    assert float(row[3].raw) == line.mixture.by_deadline.mean
    steps = [step for one in made()[1].views for step in one.chain.steps if step.moved]
    assert len(tables["chain_of_belief"].rows) == len(steps)


def test_page_repeats_every_option_in_its_recipe() -> None:
    blocks = next(part for part in parts_of(material()) if part.name == "recipe").blocks
    [rows] = [block.rows for block in blocks if isinstance(block, Table)]
    words = shlex.split(rows[0][1].text)
    assert words[:3] == ["bayesmile", "report", "phase2_drug"]
    said = list(pairwise(words))
    assert ("--suppose", SUPPOSED) in said and ("--catalyst", f"{CALL}=the call") in said
    assert [("--as-of", day) in said for day in AS_OF] == [True, True]
    assert ("--draws", str(DRAWS)) in said and ("--seed", "1") in said


def test_credits_watch_list_and_what_if_show_their_numbers() -> None:
    view = made()[1].views[-1]
    tables = {block.name: block for part in parts_of(material()) for block in part.blocks if isinstance(block, Table)}
    shares = [float(row[3].raw) for row in tables["credits"].rows]
    assert math.isclose(math.fsum(shares), view.credited.total[0].bits, abs_tol=1e-9)
    first = tables["watch_list"].rows[0]
    assert [float(cell.raw) for cell in first[1:4]] == [span.probability for span in view.ahead.entries[0].spans]
    watched = [row for name in ("watch_list", "watch_list_rest") if name in tables for row in tables[name].rows]
    assert len(watched) == len(view.ahead.entries)  # what tells less is folded, not left out
    line = tables["what_if"].rows[0]
    first = view.supposed.headline[0]
    assert (float(line[1].raw), float(line[3].raw)) == (first.chance_now.mean, first.chance_then.mean)
    assert (float(line[5].raw), float(line[6].raw)) == (first.now, first.then)
    assert len(tables["thresholds"].rows) == len(view.swept.thresholds)


def test_tables_hold_now_and_if_so_side_by_side() -> None:
    view = made()[1].views[-1]
    tables = {block.name: block for part in parts_of(material()) for block in part.blocks if isinstance(block, Table)}
    for name in ("milestones", "ours_against_market", "readings", "price_levels"):
        columns = tables[name].columns
        assert [one for one in columns if one.endswith(", if so")], name
        assert all(len(row) == len(columns) for row in tables[name].rows)
    milestones = tables["milestones"]
    at = milestones.columns.index(">By deadline, if so")
    raws = [float(row[at].raw) for row in milestones.rows]
    assert raws == [line.mixture.by_deadline.mean for line in view.supposed.milestones.lines]
    market = tables["ours_against_market"]
    at = market.columns.index(">Ours, if so")
    sure = {(line.milestone, line.by): line.ours.mean for line in view.supposed.assumed.lines}
    lines = [line for line in view.compared.lines if (line.milestone, line.by) in sure]
    assert [float(row[at].raw) for row in market.rows if row[0].text != "Phase3 start"] == [
        sure[line.milestone, line.by] for line in lines
    ]
    views = tables["views"].rows
    assert views[0][-1].raw == "" and float(views[1][-1].raw) == view.supposed.implied_then
    assert len(tables["by_year"].rows) == 2 * len(view.milestones.lines)


def test_a_belief_that_supposes_otherwise_is_refused() -> None:
    dossier, report, _ = made()
    with pytest.raises(InvalidInput, match="supposes"):
        build_page(report, basis(dossier, AS_OF[-1], draws=DRAWS, seed=1))


def test_a_cell_says_nothing_for_what_is_not_finite() -> None:
    assert Cell("none", float("inf")).raw == "" and Cell("x", float("nan")).raw == ""


def test_figures_of_a_page_have_distinct_names_and_summaries() -> None:
    pictures = [block for part in parts_of(material()) for block in part.blocks if isinstance(block, Picture)]
    assert len({one.name for one in pictures}) == len(pictures) >= 9
    assert all(len(one.figure.layout.meta["summary"]) > 20 for one in pictures)


def test_very_long_words_can_be_folded() -> None:
    text = page_text([Part("answer", "X", (Table("t", "T", ("A",), ((Cell(LONG),),)),))], title="X", summary="")
    words = re.split(r"<|>|\s", without_scripts(text))
    assert max(len(word) for word in words if word.startswith("x")) <= 40


def test_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "page.html"
    said = ["report", "phase2_drug", "--as-of", "2026-06-30", "--draws", "0", "--html", str(target)]
    assert main(said) == 0
    assert capsys.readouterr().out.endswith(f"wrote {target}\n")
    first = target.read_bytes()
    assert main([*said, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "phase2_drug"
    assert target.read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize("place", [".", "nowhere/page.html"])
def test_command_refuses_a_bad_place_before_it_computes(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "phase2_drug", "--html", str(tmp_path / place)]) == 2
    error = capsys.readouterr().err
    assert "--html: received" in error and "allowed is" in error

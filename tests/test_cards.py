"""Tables that a notebook shows: what they say is what the objects say, and no text is obeyed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bayesmile.belief import Belief
from bayesmile.cards import next_year_ends
from bayesmile.comparison import compare
from bayesmile.core.lifetime import lognormal_log_delay
from bayesmile.delays import Gamma, LogLogistic, LogNormal, Tabulated, Weibull, typical_months
from bayesmile.evidence import Achieved, Announcement, Guidance, LikelihoodRatio, NotYet, Row
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.ledger import Ledger
from bayesmile.markup import Cell, html_table, shortened
from bayesmile.roadmap import Milestone, Roadmap
from bayesmile.streams import Stream
from bayesmile.wording import percent, plain

STEP = LogNormal(12, 0.5, never=0.1)
ROADMAP = Roadmap([
    Milestone("pilot_line", delay=STEP),
    Milestone("packs", after="pilot_line", delay=Gamma(10, 5)),
    Milestone("launch", after=["pilot_line", "packs"], needs="any", delay=Tabulated([0.0])),
])  # fmt: skip
ALLOWED = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "a", "p", "wbr"}
WITHIN = {"style", "scope", "role", "aria-label", "aria-hidden", "tabindex", "href", "rel", "target"}


@dataclass
class Read(HTMLParser):
    """A table as a reader of HTML sees it."""

    caption: str = ""
    rows: list[list[str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    widths: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    below: str = ""
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED and {name for name, _ in attrs} <= WITHIN
        given = dict(attrs)
        if tag == "wbr":
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
            self.scopes += [str(given["scope"])] if tag == "th" else []
        if tag == "a":
            self.links.append(str(given["href"]))
        if "width:" in str(given.get("style")) and "block;height" in str(given["style"]):
            self.widths.append(str(given["style"]).rpartition("width:")[2])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "caption" in self.open:
            self.caption += data
        elif self.open[-1:] == ["p"]:
            self.below += data
        elif {"th", "td"} & set(self.open):
            self.rows[-1][-1] += data.strip("\n")
        else:
            assert not data.strip()


def read(text: str) -> Read:
    found = Read()
    found.feed(text)
    found.close()
    assert not found.open and found.caption
    columns, *rows = found.rows
    assert all(len(row) == len(columns) for row in rows)
    assert found.scopes == ["col"] * len(columns) + ["row"] * len(rows)
    return found


def test_a_roadmap_says_what_waits_for_what_and_how_long() -> None:
    found = read(ROADMAP._repr_html_())
    assert found.caption == "Roadmap of 3 milestones; delays in months, given that they end"
    assert found.rows[1] == ["pilot line", "", "", "12", "5.27 to 27.3", "10%"]
    assert found.rows[2][:3] == ["packs", "pilot line", ""]
    assert found.rows[3] == ["launch", "pilot line, packs", "any", "-", "-", "100%"]


@pytest.mark.parametrize("law", [STEP, Gamma(20, 7, 0.2), Weibull(12, 2, 0.3), LogLogistic(9, 3, 0.05)])
def test_typical_months_are_where_the_law_that_ends_has_them(law: LogNormal | Gamma | Weibull | LogLogistic) -> None:
    low, middle, high, never = typical_months(law, has_parents=False)
    assert never == law.never and low < middle < high
    log_pmf, _ = law.log_delay(400, False)
    ended = np.concatenate([[0.0], np.cumsum(np.exp(log_pmf))]) / (1.0 - never)  # by the start of each month
    for months, level in ((low, 0.05), (middle, 0.5), (high, 0.95)):
        assert ended[math.floor(months)] - 1e-12 <= level <= ended[math.ceil(months)] + 1e-12


def test_a_law_of_ones_own_is_read_from_its_table() -> None:
    class Own:
        def log_delay(self, months: int, has_parents: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            return lognormal_log_delay(12.0, 0.5, 0.1, months, has_parents)

    months = typical_months(Own(), has_parents=True)
    assert months == (5.0, 12.0, 27.0, pytest.approx(0.1))


def test_a_belief_shows_the_numbers_that_it_gives() -> None:
    book = Ledger([Achieved("pilot_line", "2026-04", announced="2026-05-02"),
                   NotYet("packs", "2026-08", announced="2026-09-01")])  # fmt: skip
    belief = infer(ROADMAP, book.known_by("2026-09-15"), MonthGrid("2026-01", 54))
    found = read(belief._repr_html_())
    assert found.caption == "Belief as of 2026-09-15 from 2 pieces of evidence (2 items)"
    assert found.rows[0] == [
        "Milestone", "Even odds", "5% to 95%", "By 2026-12", "By 2027-12", "By 2028-12", "By 2030-06",
    ]  # fmt: skip
    assert found.rows[1] == ["pilot line", "2026-04", "2026-04", "100%", "100%", "100%", "100%"]
    packs = [percent(belief.prob("packs", by=by)) for by in ("2026", "2027", "2028")]
    assert found.rows[2][:2] == ["packs", belief.quantile("packs", 0.5)] and found.rows[2][3:6] == packs
    assert found.widths == ["100.0%", f"{100 * belief.prob('packs', by='2030-06'):.1f}%", "0.0%"]


def test_year_ends_are_those_ahead() -> None:
    assert next_year_ends(MonthGrid("2026-01", 48), 0) == ("2026-12", "2027-12", "2028-12")
    assert next_year_ends(MonthGrid("2026-01", 48), 12) == ("2027-12", "2028-12")
    assert next_year_ends(MonthGrid("2026-01", 6), 0) == ()


STREAMS = [
    Stream(
        "deal", "packs", base_rate=1, lift=2, lead=6, covers=("2020", None), attributes={"binding_offer": (0.7, 0.4)}
    )
]
ITEMS = [
    Achieved("pilot_line", "2026-04", announced="2026-05-02", source="https://example.org/a"),
    NotYet("packs", "2026", announced="2027-01-05", retracted="2027-03-01"),
    NotYet("launch", "2026", announced="2027-01-05", entered="2027-01-06"),
    NotYet("launch", "2026", announced="2027-01-05", entered="2027-01-07"),
    LikelihoodRatio("launch", "2028", 2.5, announced="2027-01-06"),
    Guidance("launch", "2027-02-01", "2029", slip_mean=0.3, slip_sd=0.5, note="by the end of the year"),
    Announcement("packs", "deal", "2027-03-01", "acme_order", {"binding_offer": "no"}),
    Announcement(None, "mood", "2027-04-01"),
    Row("launch", [0.0] * 13, announced="2027-05-01"),
]


def test_a_ledger_says_what_each_item_says_and_whether_it_stands() -> None:
    found = read(Ledger(ITEMS, STREAMS, inert_kinds=["mood"])._repr_html_())
    assert found.caption == "Ledger of 9 items, of which 1 retracted and 1 repeated; 1 stream"
    assert found.rows[1] == ["2026-05-02", "achieved", "pilot line", "in 2026-04", "example.org", "stands"]
    assert sorted(row[5] for row in found.rows[2:5]) == ["repeats another item", "retracted 2027-03-01", "stands"]
    assert [row[1:4] for row in found.rows[5:]] == [
        ["likelihood ratio", "launch", "2.5 times as likely if by 2028-12"],
        ["guidance", "launch", "stated 2027-02-01: 2029-12; by the end of the year"],
        ["deal", "packs", "story acme order, binding offer no"],
        ["mood", "", ""],
        ["row", "launch", "13 numbers"],
    ]
    assert found.rows[8][5] == "moves nothing, by assumption" and found.links == ["https://example.org/a"]


def test_a_long_ledger_loses_its_middle_and_says_how_much() -> None:
    items = [NotYet("pilot_line", f"20{year}", announced=f"20{year + 1}-01-05") for year in range(20, 61)]
    found = read(Ledger(items)._repr_html_())
    assert len(found.rows) == 32 and found.rows[16] == ["...", "", "", "11 items left out here", "", ""]
    assert found.rows[15][3] == "through 2034-12" and found.rows[17][3] == "through 2046-12"
    assert shortened([1, 2, 3], 3, "item") == ([1, 2, 3], [], "")


HOSTILE = "</td><script>alert(1)</script>\"' onload=x \u202e\x1b[31m"


def test_hostile_text_stays_text() -> None:
    book = Ledger([Achieved(HOSTILE, "2026-01", announced="2026-02-01", note=HOSTILE, source="javascript:alert(1)"),
                   Achieved("b", "2026-01", announced="2026-02-01", source='https://a.b/" onclick="x')])  # fmt: skip
    roadmap = Roadmap([Milestone(HOSTILE, delay=STEP), Milestone("b", after=HOSTILE, delay=STEP)])
    belief: Belief = infer(roadmap, [], MonthGrid("2026-01", 24))
    shown = [read(one._repr_html_()) for one in (book, roadmap, belief, compare(belief, belief))]
    assert all(any(plain(HOSTILE) in cell for row in one.rows for cell in row) for one in shown)
    assert all(one.links == [] for one in shown)


@given(st.text(), st.text(), st.floats(0.0, 1.0))
def test_every_text_is_shown_as_it_is(caption: str, text: str, share: float) -> None:
    found = read(html_table(f"C{caption}", ("A", ">B"), [(text, Cell(text, share=share))], notes=(text,)))
    assert found.caption == plain(f"C{caption}")
    assert found.rows[1] == [plain(text), plain(text)] and found.below == plain(text)

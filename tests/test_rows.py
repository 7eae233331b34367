"""Evidence becomes rows: the formula of every kind, streams, stories and silence."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesmile.errors import InvalidInput
from bayesmile.evidence import Achieved, Announcement, Guidance, LikelihoodRatio, NotYet, Row
from bayesmile.grid import MonthGrid
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.ledger import Ledger
from bayesmile.rows import CompiledRow, compile_rows
from bayesmile.streams import Stream, arrivals_of

VECTORS = json.loads((Path(__file__).parent / "vectors" / "evidence_rows.json").read_text(encoding="utf-8"))
GRID = MonthGrid("2025-01", 12)
SLIP = {"slip_mean": 0.3, "slip_sd": 0.5}


def row_of(item: Item, grid: MonthGrid = GRID, pmf: np.ndarray | None = None) -> np.ndarray:
    (row,) = compile_rows([item], grid, marginals=None if pmf is None else lambda name: pmf)
    assert row.milestone == item.milestone and row.items == (item,) and row.constant == 0.0
    return row.loglik


def add(rows: list[CompiledRow]) -> tuple[np.ndarray, float]:
    return sum((row.loglik for row in rows), np.zeros(rows[0].loglik.size)), sum(row.constant for row in rows)


def deals(**changes: object) -> Stream:
    fields = {"base_rate": 2.0, "lift": 3.0, "lead": 4, "covers": ("2024-06", None), **changes}
    return Stream("deal", "launch", **fields)


def deal(announced: str, story: str = "", **answers: str) -> Announcement:
    return Announcement("launch", "deal", announced, story, answers)


def test_a_row_is_taken_as_it_is() -> None:
    loglik = np.linspace(-700, 700, 13)
    np.testing.assert_array_equal(row_of(Row("launch", loglik)), loglik)


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"Row launch: loglik has 12 entries; allowed is months [+] 1 = 13"):
        compile_rows([Row("launch", np.zeros(12))], GRID)


@pytest.mark.parametrize(
    ("by", "months"),
    [
        ("2024-12", 0),
        ("2024-11", 0),
        ("2025-01", 1),
        ("2025-Q1", 3),
        ("2025-03-01", 3),
        ("2025", 12),
        ("2001", 0),
    ],
)
def test_likelihood_ratio_acts_on_the_months_up_to_its_date(by: str, months: int) -> None:
    expected = np.where(np.arange(13) < months, math.log(2.5), 0.0)
    np.testing.assert_array_equal(row_of(LikelihoodRatio("launch", by, 2.5)), expected)


@pytest.mark.parametrize("by", ["2026-01", "2031"])
def test_a_likelihood_ratio_past_the_horizon_is_refused(by: str) -> None:
    says = r"LikelihoodRatio launch by 20\d\d-\d\d: 2[.]5: 20\d\d-\d\d lies past the horizon; .* up to 2025-12"
    with pytest.raises(InvalidInput, match=says):
        compile_rows([LikelihoodRatio("launch", by, 2.5)], GRID)


def test_a_ratio_of_zero_rules_the_months_out() -> None:
    assert row_of(LikelihoodRatio("launch", "2025-02", 0)).tolist() == [-math.inf] * 2 + [0.0] * 11


def test_achieved_leaves_one_month() -> None:
    expected = np.where(np.arange(13) == 4, 0.0, -math.inf)
    np.testing.assert_array_equal(row_of(Achieved("launch", "2025-05-09")), expected)


@pytest.mark.parametrize("month", ["2024-12", "2026-01"])
def test_achieved_off_the_grid_names_the_grid(month: str) -> None:
    with pytest.raises(InvalidInput, match=f"Achieved launch {month}: .* allowed is 2025-01 to 2025-12"):
        compile_rows([Achieved("launch", month)], GRID)


@pytest.mark.parametrize(
    ("through", "months"), [("2024", 0), ("2024-11", 0), ("2025-01", 1), ("2025-Q2", 6), ("2025", 12), ("2027", 12)]
)
def test_not_yet_rules_out_the_months_up_to_it(through: str, months: int) -> None:
    expected = np.where(np.arange(13) < months, -math.inf, 0.0)
    np.testing.assert_array_equal(row_of(NotYet("launch", through)), expected)


@pytest.mark.parametrize("case", [case for case in VECTORS if case["type"] == "guidance"])
def test_guidance_matches_the_worked_cases(case: dict) -> None:
    grid = MonthGrid("2020-01", case["months"])
    long = MonthGrid("2020-01", 999)
    item = Guidance(
        "launch",
        long.label(case["issued"]),
        long.label(case["target"]),
        slip_mean=case["slip_mean"],
        slip_sd=case["slip_sd"],
    )
    expected = [float(value) for value in case["expected"]]
    pmf = np.array([float(value) for value in case["prior_pmf"]])
    np.testing.assert_allclose(row_of(item, grid, pmf), expected, rtol=1e-9)


def test_guidance_asks_for_the_marginals() -> None:
    item = Guidance("launch", "2025-01", "2025-06", **SLIP)
    with pytest.raises(InvalidInput, match="needs the no-evidence marginals"):
        compile_rows([item], GRID)


def test_only_the_guidance_in_force_counts() -> None:
    old = Guidance("launch", "2024-05-03", "2025-06", entered="2025-09-01", **SLIP)
    new = Guidance("launch", "2025-01-09", "2025-11", source="a", **SLIP)
    other = Guidance("flight", "2023-01-09", "2025-11", **SLIP)
    for items in itertools.permutations([old, new, other]):
        known = Known.of(items)
        assert set(known.items) == {new, other} and known.superseded == (old,)
    assert {row.items for row in compile_rows([old, new, other], GRID, marginals=lambda name: np.ones(13) / 13)} == {
        (new,),
        (other,),
    }


def test_of_guidance_issued_on_one_day_the_later_entered_counts() -> None:
    first = Guidance("launch", "2025-01-09", "2025-06", entered="2025-01-10", source="zz", **SLIP)
    second = Guidance("launch", "2025-01-09", "2025-05", entered="2025-02-01", **SLIP)
    for items in ([first, second], [second, first]):
        assert Known.of(items).items == (second,)
    unsaid = [Guidance("launch", "2025-01-09", target, **SLIP) for target in ("2025-05", "2025-06")]
    assert Known.of(unsaid).items == Known.of(unsaid[::-1]).items


@pytest.mark.parametrize("case", [case for case in VECTORS if case["type"] == "announcement"])
def test_announcements_match_the_worked_cases(case: dict) -> None:
    # a fraction of a month is not a day: the moment is given as computed there
    grid, hype = MonthGrid("2020-01", case["months"]), case["hype"]
    stream = Stream(
        "deal",
        "launch",
        base_rate=case["base_rate_per_year"],
        lift=case["lift"],
        lead=case["lead"],
        covers=(grid.label(case["coverage_start"]), None),
        attributes={name: tuple(rates) for name, rates in case["attributes"].items()},
        promotional=True,
    )
    news = [
        Announcement("launch", "deal", f"{grid.label(item['month'])}-01", attributes=item["attributes"], source=str(k))
        for k, item in enumerate(case["announcements"])
    ]
    known = Ledger(news, [stream], hype=hype).known_by(f"{grid.label(case['as_of'])}-28")
    moment = type(known.as_of)(known.as_of.day, known.as_of.ordinal, case["as_of_fraction"])
    context = type(known.context)(streams=(stream,), hype=hype, as_of=moment)
    loglik, constant = add(compile_rows(Known.of(known.items, context), grid))
    np.testing.assert_allclose(loglik, case["expected"]["row"], rtol=1e-9, atol=1e-12)
    assert constant == pytest.approx(case["expected"]["constant"], rel=1e-9)


def test_hype_multiplies_promotional_streams_only() -> None:
    for promotional, hype in ((True, 4.0), (False, 1.0)):
        hyped = Ledger([], [deals(promotional=promotional)], hype=4.0).known_by("2025-03-31")
        plain = Ledger([], [deals(base_rate=2.0 * hype)]).known_by("2025-03-31")
        for one, other in zip(add(compile_rows(hyped, GRID)), add(compile_rows(plain, GRID)), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-14)


def test_silence_is_evidence_against_the_months_just_ahead() -> None:
    (row,) = compile_rows(Ledger([], [deals()]).known_by("2025-02-14"), GRID)
    assert row.items == () and row.label == "silence of deal on launch, 2024-06 to 2025-02"
    # month 2025-01 has 5 covered months in its window, 2025-07 none after the as-of month's lead
    exposure = [5.0, 4.5, 3.5, 2.5, 1.5, 0.5] + [0.0] * 7
    np.testing.assert_allclose(row.loglik, -2.0 / 12 * 2.0 * np.array(exposure), atol=1e-15)
    assert row.constant == pytest.approx(-2.0 / 12 * 8.5)


def test_a_bare_month_is_its_first_moment() -> None:
    news = deal("2025-01-31")
    known = Ledger([news, deal("2025-02-01")], [deals()]).known_by("2025-02")
    assert known.items == (news,)
    silence = compile_rows(known, GRID)[0]
    assert silence.constant == pytest.approx(-2.0 / 12 * 8)


def test_a_stream_that_has_not_begun_says_nothing() -> None:
    assert compile_rows(Ledger([], [deals(covers=("2025-06", None))]).known_by("2025-05-31"), GRID) == []


def test_coverage_that_has_ended_counts_in_full() -> None:
    known = Ledger([], [deals(covers=("2024-06", "2024-12"))]).known_by("2025-12-31")
    (row,) = compile_rows(known, GRID)
    assert row.constant == pytest.approx(-2.0 / 12 * 7)


def test_items_outside_the_coverage_give_no_row_and_are_reported() -> None:
    early, late, inside = deal("2024-05-31"), deal("2025-01-01"), deal("2024-06-01")
    known = Ledger([early, late, inside], [deals(covers=("2024-06", "2024-12"))]).known_by("2025-03-31")
    assert known.outside == (early, late) and known.items == (inside,)
    assert [row.items for row in compile_rows(known, GRID)] == [(), (inside,)]


@pytest.mark.parametrize(("as_of", "fits"), [("2025-08-31", True), ("2025-09-01", False), ("2026-02-01", False)])
def test_a_window_past_the_horizon_is_refused(as_of: str, fits: bool) -> None:
    known = Ledger([], [deals()]).known_by(as_of)
    if fits:
        assert len(compile_rows(known, GRID)) == 1
    else:
        with pytest.raises(InvalidInput, match=r"stream deal on launch: .* past the horizon 2025-12"):
            compile_rows(known, GRID)


def test_a_story_is_one_arrival_dated_by_its_first_item() -> None:
    stream = deals(attributes={"binding": (0.7, 0.2)})
    story = [deal("2025-03-05", "acme"), deal("2025-01-20", "acme"), deal("2025-02-02", "acme", binding="yes")]
    single = deal("2025-01-20", binding="yes")
    for items in itertools.permutations(story):
        known = Ledger(items, [stream]).known_by("2025-04-30")
        rows = compile_rows(known, GRID)
        alone = compile_rows(Ledger([single], [stream]).known_by("2025-04-30"), GRID)
        for one, other in zip(add(rows), add(alone), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-14)
        assert len(rows) == 2 and set(rows[1].items) == set(story)
        assert rows[1].label == "Announcement launch deal 2025-01-20 (story acme, 3 items)"
        assert (known.nominal, known.effective) == (3, 1)


def test_the_first_item_of_a_story_is_the_first_public_one() -> None:
    vague, exact = deal("2025", "acme"), deal("2025-02-03", "acme")
    (arrival,) = arrivals_of(deals(), [vague, exact])
    assert arrival.items == (exact, vague)


def test_a_story_begun_before_the_coverage_stays_outside() -> None:
    story = [deal("2024-05-20", "acme"), deal("2025-01-20", "acme")]
    known = Ledger(story, [deals()]).known_by("2025-03-31")
    assert known.outside == tuple(story) and known.items == ()


def test_a_story_that_contradicts_itself_is_refused() -> None:
    stream = deals(attributes={"binding": (0.7, 0.2)})
    story = [deal("2025-01-20", "acme", binding="yes"), deal("2025-03-05", "acme", binding="no")]
    ledger = Ledger(story, [stream])
    assert len(ledger.known_by("2025-02-28").items) == 1
    with pytest.raises(InvalidInput, match=r"'binding' is 'no', but the story 'acme' said 'yes' .* retract it"):
        ledger.known_by("2025-03-31")


def test_a_story_in_two_streams_is_refused() -> None:
    caution = Stream("caution", "launch", base_rate=1, lift=1, lead=3, covers=("2024", None))
    ledger = Ledger(
        [deal("2025-01-20", "acme"), Announcement("launch", "caution", "2025-02-01", "acme")], [deals(), caution]
    )
    with pytest.raises(InvalidInput, match="the story 'acme' spans two streams"):
        ledger.known_by("2025-03-31")


def test_attributes_weigh_as_their_likelihood_ratio() -> None:
    stream = deals(lift=1.0, attributes={"binding": (0.8, 0.2), "volume": (0.5, 0.1)})
    for answers, ratio in (
        ({"binding": "yes"}, 4.0),
        ({"binding": "no"}, 0.25),
        ({"binding": "unknown"}, 1.0),
        ({"binding": "yes", "volume": "no"}, 4.0 * 0.5 / 0.9),
    ):
        row = compile_rows(Ledger([deal("2025-02-03", **answers)], [stream]).known_by("2025-02-28"), GRID)[1]
        inside = (np.arange(13) >= 1) & (np.arange(13) <= 5)
        np.testing.assert_allclose(row.loglik, np.where(inside, math.log(ratio), 0.0), atol=1e-15)


def test_an_attribute_that_neither_rate_allows_is_refused() -> None:
    stream = deals(attributes={"binding": (0.0, 0.0), "volume": (0.5, 1.0)})
    known = Ledger([deal("2025-02-03", binding="yes")], [stream]).known_by("2025-02-28")
    with pytest.raises(InvalidInput, match=r"Announcement launch deal 2025-02-03: .* probability 0 both"):
        compile_rows(known, GRID)
    row = compile_rows(Ledger([deal("2025-02-03", volume="no")], [stream]).known_by("2025-02-28"), GRID)[1]
    inside = (np.arange(13) >= 1) & (np.arange(13) <= 5)
    assert np.isneginf(row.loglik[~inside]).all() and np.isfinite(row.loglik[inside]).all()
    assert math.isfinite(row.constant)


def test_an_undeclared_attribute_is_refused() -> None:
    with pytest.raises(InvalidInput, match="attribute 'colour' is not declared in the stream deal on launch"):
        Ledger([deal("2025-02-03", colour="yes")], [deals()])


def test_an_announcement_outside_a_ledger_is_refused() -> None:
    with pytest.raises(InvalidInput, match="put it in a Ledger and call known_by"):
        compile_rows([deal("2025-02-03")], GRID)


def test_unknown_milestones_are_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="NotYet lunch through 2025-01: unknown milestone 'lunch'; allowed: launch"):
        compile_rows([NotYet("lunch", "2025-01")], GRID, names=["launch"])
    with pytest.raises(InvalidInput, match="stream deal on launch: unknown milestone 'launch'"):
        compile_rows(Ledger([], [deals()]).known_by("2025-01-31"), GRID, names=["flight"])
    inert = Ledger([Announcement("lunch", "mood", "2025-01-03")], inert_kinds=["mood"]).known_by("2025-01-31")
    with pytest.raises(InvalidInput, match="unknown milestone 'lunch'"):
        compile_rows(inert, GRID, names=["launch"])


def test_what_is_not_evidence_is_refused() -> None:
    with pytest.raises(InvalidInput, match="evidence: received 3"):
        compile_rows([3], GRID)


@given(st.lists(st.sampled_from(["2024-07-01", "2024-11-15", "2025-01-20", "2025-02-03"]), max_size=5))
def test_rows_do_not_depend_on_the_order_of_entry(days: list[str]) -> None:
    news = [Announcement("launch", "deal", day, source=str(k)) for k, day in enumerate(days)]
    one, other = (
        add(compile_rows(Ledger(items, [deals()]).known_by("2025-02-14"), GRID)) for items in (news, news[::-1])
    )
    np.testing.assert_array_equal(one[0], other[0])
    assert one[1] == other[1]


def test_expected_likelihood_over_the_next_month_is_one() -> None:
    # summed over Poisson counts and marks of January, row and constant are a probability for every event month
    stream = deals(lead=3, attributes={"binding": (0.8, 0.3)}, covers=("2025-01", None))
    total = np.zeros(13)
    for count in range(25):
        for yes in range(count + 1):
            news = [
                Announcement(
                    "launch", "deal", "2025-01-10", source=str(k), attributes={"binding": "yes" if k < yes else "no"}
                )
                for k in range(count)
            ]
            loglik, constant = add(compile_rows(Ledger(news, [stream]).known_by("2025-01-31"), GRID))
            total += np.exp(loglik + constant) * math.comb(count, yes) / math.factorial(count)
    np.testing.assert_allclose(total, 1.0, rtol=1e-10)


def test_warns_where_coverage_is_shorter_than_the_lead() -> None:
    short = deals(lead=4, covers=("2025-01", None))
    (warning,) = Ledger([], [short]).known_by("2025-04-30").warnings
    assert "stream deal on launch covers from 2025-01, less than its lead of 4 months" in warning
    assert Ledger([], [short]).known_by("2025-05-31").warnings == ()


def test_knowledge_grows_by_plain_items_and_by_guidance() -> None:
    known = Ledger([Guidance("launch", "2025-01-09", "2025-06", **SLIP)], [deals()]).known_by("2025-02-28")
    ratio = LikelihoodRatio("launch", "2025-06", 2)
    grown = known.plus(ratio, ratio)
    assert grown.items[-2:] == (ratio, ratio) and known.items == grown.items[:-2]
    newer = Guidance("launch", "2025-02-20", "2025-08", **SLIP)
    assert known.plus(newer).superseded == known.items and known.plus(newer).items == (newer,)
    with pytest.raises(InvalidInput, match="after the as-of date 2025-02-28"):
        known.plus(NotYet("launch", "2024", announced="2025-03-01"))


def test_arrivals_keep_answers_of_a_later_item() -> None:
    stream = deals(attributes={"binding": (0.7, 0.2), "volume": (0.5, 0.5)})
    story = [deal("2025-01-20", "acme", binding="unknown", volume="no"), deal("2025-03-05", "acme", binding="yes")]
    (arrival,) = arrivals_of(stream, story[::-1])
    assert arrival.answers == {"binding": "yes", "volume": "no"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"base_rate": 0}, "base_rate: received 0"),
        ({"base_rate": -1}, "base_rate: received -1"),
        ({"lift": -0.5}, "lift: received -0.5"),
        ({"lift": math.nan}, "lift: received nan"),
        ({"lead": 2.5}, "lead: received 2.5"),
        ({"lead": -1}, "lead: received -1"),
        ({"lead": "12"}, "lead: received '12'"),
        ({"covers": "2024"}, "covers: received '2024'"),
        ({"covers": ("2025", "2024")}, "dates are reversed"),
        ({"covers": ("2024-06-02", None)}, "coverage begins with a month"),
        ({"covers": ("2024-06", "2025-01-15")}, "ends within a month"),
        ({"attributes": {"binding": (0.5, 1.5)}}, "attribute binding otherwise: received 1.5"),
        ({"attributes": {"binding": 0.5}}, "attribute binding: received 0.5"),
        ({"attributes": ["binding"]}, "attributes: received"),
        ({"promotional": "yes"}, "promotional: received 'yes'"),
    ],
)
def test_a_bad_stream_is_refused_by_field(changes: dict, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        deals(**changes)
    assert message in str(caught.value) and "Stream deal on launch" in str(caught.value)

"""Prices through time: each line is what a report of that day would say, and nothing later moves it."""

from __future__ import annotations

import csv
import io
import json
import math
from functools import cache
from pathlib import Path

import pytest

from bayesmile.cli import run
from bayesmile.dossier import Dossier, load
from bayesmile.errors import InfeasiblePrice, InvalidInput
from bayesmile.market import fair_price
from bayesmile.pages.history import history_csv, history_page
from bayesmile.pages.layout import as_text
from bayesmile.pricing.distributions import implied_distribution
from bayesmile.pricing.histories import History, history, last_of_months
from bayesmile.pricing.historylines import HistoryLine
from bayesmile.sections.basis import basis
from bayesmile.sections.history import told_history
from bayesmile.sections.price import reading
from bayesmile.tilts import reach_tilt
from bayesmile.wording import implied, percent
from tests.dossier_folder import FILES, write

FIRST, LAST = "2025-09-25", "2025-11-05"
NUMBERS = ("value", "ours", "ours_by_deadline", "failure", "success", "implied", "model_value", "gap_bits")


@cache
def dossier() -> Dossier:
    return load("quantumscape")


@cache
def told() -> History:
    return history(dossier(), FIRST, LAST)


def test_every_close_between_the_dates_has_a_line() -> None:
    closes = [row for row in dossier().market.prices if FIRST <= row.date <= LAST]  # type: ignore[union-attr]
    assert [(line.date, line.close) for line in told().lines] == [(row.date, row.close) for row in closes]
    assert len(closes) == 30


@pytest.mark.parametrize("day", ["2025-09-30", "2025-10-16", "2025-10-22", "2025-10-31"])
def test_line_is_the_report_s_view_of_the_day(day: str) -> None:
    (line,) = (line for line in told().lines if line.date == day)
    view = basis(dossier(), day)
    found = reading(view)
    assert found is not None
    assert (line.value, line.shares_filed) == (found.price.value, found.price.shares_filed)
    expected = (found.price.value, found.state.probability, view.belief.prob(told().milestone, by=told().deadline))
    more = (found.state.failure, found.state.success, found.implied, found.model_value, found.bits)
    assert [getattr(line, name) for name in NUMBERS] == pytest.approx([*expected, *more], rel=1e-12, abs=1e-12)
    assert line.gap_points == pytest.approx(100.0 * (found.implied - found.state.probability), abs=1e-10)


def test_implied_by_the_deadline_is_that_of_the_reach_tilt() -> None:
    for line in told().lines[::5]:
        belief = dossier().belief(line.date)
        asked = {"price": line.value, "as_of": line.date, "milestone": told().milestone}
        if not line.feasible:
            with pytest.raises(InfeasiblePrice):
                reach_tilt(belief, dossier().market.payoffs, **asked)  # type: ignore[union-attr]
            continue
        tilted = reach_tilt(belief, dossier().market.payoffs, **asked).belief  # type: ignore[union-attr]
        assert line.reach_by_deadline == pytest.approx(tilted.prob(told().milestone, by=told().deadline), rel=1e-10)


def test_infeasible_days_keep_their_unclipped_number() -> None:
    over = [line for line in told().lines if line.implied > 1.0]
    assert over
    for line in over:
        assert not line.feasible
        assert line.gap_bits == math.inf
        assert math.isnan(line.reach_by_deadline)


def test_model_value_and_price_agree_on_the_side_of_the_gap() -> None:
    for line in told().lines:
        assert (line.value > line.model_value) == (line.gap_points > 0.0)
        assert line.implied * (line.success - line.failure) + line.failure == pytest.approx(line.value, rel=1e-12)


def test_news_is_what_acts_and_became_public_since_the_close_before() -> None:
    news = {line.date: line.news for line in told().lines if line.news}
    assert news == {
        "2025-09-30": ("corning-2025",),
        "2025-10-13": ("murata-2025",),
        "2025-10-15": ("scaling-caution-2025",),
        "2025-10-22": ("b1-samples-2025", "target-production-2025"),
    }


def copy(folder: Path, name: str = "phase2_drug") -> Path:
    source = load(name).path
    folder.mkdir()
    for path in (*source.iterdir(), source.parent / "kinds.toml"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def lines_of(found: History) -> dict[str, HistoryLine]:
    return {line.date: line for line in (*found.lines, *found.appendix)}


LATER = {
    "announcements.csv": "late-2026,2026-09-01,,,announcement,phase3_start,delay_notice,,,,,A hold,,invented,\n",
    "prices.csv": "2026-09-02,9.99,invented\n",
    "shares.csv": "2026-08-15,2026-09-01,99000000,common,filed,invented\n",
}


@pytest.mark.parametrize("name", LATER)
def test_nothing_later_moves_a_line(tmp_path: Path, name: str) -> None:
    before = lines_of(history(load("phase2_drug")))
    folder = copy(tmp_path / "copy")
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(LATER[name])
    after = lines_of(history(load(folder)))
    early = [date for date in before if date < "2026-09-01"]
    assert early
    for date in early:
        assert after[date] == before[date]
    changed = [date for date in after if after[date] != before.get(date)]
    assert changed  # else the later row would have been no test
    assert min(changed) > "2026-09-01"


def test_order_of_the_ledger_does_not_matter(tmp_path: Path) -> None:
    folder = copy(tmp_path / "copy")
    head, *rows = (folder / "announcements.csv").read_text(encoding="utf-8").splitlines()
    (folder / "announcements.csv").write_text("\n".join([head, *rows[::-1]]) + "\n", encoding="utf-8")
    before, after = (lines_of(history(one)) for one in (load("phase2_drug"), load(folder)))
    for date, line in before.items():
        assert after[date].ours == pytest.approx(line.ours, rel=1e-12)
        assert sorted(after[date].news) == sorted(line.news)


def test_line_does_not_depend_on_the_dates_asked_for() -> None:
    (line,) = history(dossier(), "2025-10-13", "2025-10-13").lines
    assert line == lines_of(told())["2025-10-13"]


def test_days_after_the_last_coverage_stand_in_the_appendix() -> None:
    found = history(dossier(), "2026-06-29", "2026-07")
    assert [line.date for line in found.lines] == ["2026-06-29", "2026-06-30"]
    assert [line.date for line in found.appendix] == ["2026-07-01", "2026-07-02"]
    assert found.through == "2026-06-30"
    assert "appendix" in found.why
    assert found.appendix[0].ours == found.appendix[1].ours  # no news, and no silence either
    asked = history(dossier(), "2026-06-29", "2026-07", through="2026-06-29")
    assert [line.date for line in asked.lines] == ["2026-06-29"]


def test_open_coverage_has_no_appendix(tmp_path: Path) -> None:
    found = history(load(write(tmp_path)))
    assert (found.appendix, found.through) == ((), "2024-06-28")
    assert [line.date for line in found.lines] == ["2023-03-01", "2023-03-03", "2024-06-28"]


def test_day_without_a_share_count_says_so(tmp_path: Path) -> None:
    shares = FILES["shares.csv"].replace("2021-06-30,2021-06-30", "2023-03-02,2023-03-02")
    shares = shares.replace(",2023-02-15,", ",2023-03-02,")
    first, second, *_ = history(load(write(tmp_path, {**FILES, "shares.csv": shares}))).lines
    assert first.note == "no share count was public"
    assert math.isnan(first.value) and math.isnan(first.implied) and not first.feasible
    assert 0.0 < first.ours < 1.0
    assert second.note == ""


def test_shares_are_the_latest_filed_and_a_later_count_stands_beside(tmp_path: Path) -> None:
    line = history(load(write(tmp_path))).lines[-1]
    assert (line.date, line.shares, line.shares_filed, line.shares_kind) == ("2024-06-28", 100.0, "2024-03-01", "filed")
    assert line.value == 500.0
    assert line.later_shares == 110.0
    assert line.later_implied == pytest.approx((550.0 - line.failure) / (line.success - line.failure), rel=1e-12)


def test_reached_milestone_leaves_the_price_unread(tmp_path: Path) -> None:
    done = "sold,2023-03-02,,,achieved,launch,,,2023-02,,,On sale,,letter,\n"
    plant = "built,2023-03-02,,,achieved,plant,,,2022-12,,,Built,,letter,\n"
    items = FILES["announcements.csv"]
    found = history(load(write(tmp_path, {**FILES, "announcements.csv": items + plant + done})))
    assert found.lines[0].note == ""
    assert [line.note for line in found.lines[1:]] == ["all that is priced was reached"] * 2
    assert math.isnan(found.lines[1].implied)
    market = load(write(tmp_path / "again", {**FILES, "announcements.csv": items + plant + done})).market
    assert found.lines[1].model_value == market.payoffs.floor  # type: ignore[union-attr]


def test_withdrawn_items_are_named(tmp_path: Path) -> None:
    line = history(load(write(tmp_path))).lines[-1]
    assert line.withdrawn == ("deal-3",)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2025-11-05", "2025-09-25", "reversed"),
        ("2025-10-04", "2025-10-05", "no close between"),
        ("soon", "2025-10-05", "first"),
    ],
)
def test_bad_dates_are_refused(first: str, last: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        history(dossier(), first, last)


def test_dossier_without_a_market_is_refused(tmp_path: Path) -> None:
    plain = {name: text for name, text in FILES.items() if name not in ("market.toml", "prices.csv", "shares.csv")}
    with pytest.raises(InvalidInput, match="no market"):
        history(load(write(tmp_path, plain)))


def test_table_has_one_row_a_date() -> None:
    frame = told().to_pandas()
    assert len(frame) == len(told().lines)
    assert frame.loc["2025-10-16", "implied"] == lines_of(told())["2025-10-16"].implied
    assert frame.loc["2025-10-13", "news"] == "murata-2025"
    assert frame["feasible"].dtype == bool


def test_last_of_months_does_not_need_order() -> None:
    assert last_of_months(["2025-07-01", "2025-06-30", "2025-06-02"]) == ("2025-06-30", "2025-07-01")


def test_intervals_are_those_of_the_last_close_of_each_month() -> None:
    found = history(load("phase2_drug"), "2026-06-12", "2026-09-08", draws=200)
    assert list(found.intervals) == ["2026-06-15", "2026-09-08"]
    for one in found.intervals.values():
        assert 0.0 < one.low < one.mean < one.high < 1.0
        assert one.mean_by_deadline < one.mean
        assert one.trusted
        assert one.implied_low < one.implied_median < one.implied_high
    columns = set(found.to_pandas().columns)
    assert {"ours_mean", "ours_low", "implied_low", "above_ours", "khat"} <= columns
    single = implied_distribution(load("phase2_drug"), "2026-06-15", draws=200, others=False)
    first = found.intervals["2026-06-15"]
    assert (first.above_ours, first.infeasible) == (single.above_ours, single.infeasible)
    assert (first.mean, first.implied_median) == (single.mixture.prob("approval", by="2048-12"), single.interval.median)
    assert history(load("phase2_drug"), "2026-06-12", "2026-09-08", draws=200).intervals == found.intervals


class TestPage:
    def test_lead_and_label_are_generated_from_the_numbers(self) -> None:
        part = told_history(dossier(), FIRST, LAST)
        first, last = part.lines[0], part.lines[-1]
        assert f"on {first.date} ours was {round(100 * first.ours)}%" in part.lead
        assumed = f"ours was {percent(last.ours)} and the price assumed {implied(last.implied)}."
        assert f"on {last.date} {assumed}" in part.lead
        over = sum(line.implied >= 1.0 for line in part.lines)
        assert f"On {over} days no probability was enough" in part.lead
        assert "not a backtest" in part.label and "hindsight" in part.label

    def test_page_shows_the_last_close_of_each_month(self) -> None:
        text = as_text(history_page(told_history(dossier(), FIRST, LAST)), width=80)
        assert max(map(len, text.splitlines())) <= 80
        for date in ("2025-09-30", "2025-10-31", "2025-11-05"):
            assert text.count(f"\n{date}") == 2
        assert "over 100%" in text and "not a backtest" in text
        assert "2025-10-30" not in text

    def test_csv_holds_every_day_with_full_digits(self) -> None:
        part = told_history(dossier(), "2026-06-30", "2026-07-02")
        rows = list(csv.DictReader(io.StringIO(history_csv(part))))
        assert [row["appendix"] for row in rows] == ["no", "yes", "yes"]
        assert float(rows[0]["implied"]) == part.lines[0].implied
        assert not [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "@")]

    def test_dossier_whose_price_says_nothing_says_why(self, tmp_path: Path) -> None:
        shares = FILES["shares.csv"].splitlines()
        late = [shares[0], "2024-12-31,2025-02-15,60,A,filed,report"]
        part = told_history(load(write(tmp_path, {**FILES, "shares.csv": "\n".join(late) + "\n"})))
        assert "no share count was public" in part.lead
        assert "no share count was public" in as_text(history_page(part))


class TestCommand:
    def test_three_forms(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        dates = ["--from", "2026-06-01", "--to", "2026-06"]
        assert run(["history", "phase2_drug", *dates]) == 0
        assert "2026-06-15" in capsys.readouterr().out
        assert run(["history", "phase2_drug", *dates, "--json"]) == 0
        part = json.loads(capsys.readouterr().out)
        assert [line["date"] for line in part["lines"]] == ["2026-06-12", "2026-06-15"]
        assert run(["history", "phase2_drug", *dates, "--out", str(tmp_path / "h")]) == 0
        assert (tmp_path / "h" / "history.csv").read_text().count("\n") == 3
        assert json.loads((tmp_path / "h" / "history.json").read_text()) == part
        assert "2026-06-15" in (tmp_path / "h" / "history.txt").read_text()

    @pytest.mark.parametrize(
        ("more", "words"),
        [(["--from", "soon"], "--from"), (["--to", "2026"], "--to"), (["--draws", "3"], "draws"), ([], "")],
    )
    def test_bad_options_exit_with_two(
        self, more: list[str], words: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["history", "phase2_drug", *more]) == (2 if more else 0)
        assert words in capsys.readouterr().err


def test_model_value_is_the_fair_price() -> None:
    line = lines_of(told())["2025-10-16"]
    payoffs = dossier().market.payoffs  # type: ignore[union-attr]
    assert line.model_value == fair_price(dossier().belief(line.date), payoffs, as_of=line.date)

"""Event studies of dated announcements: numbers by hand, sessions, benchmarks, the run-up, and what chance shows."""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bayesmile.attribution import belief_without
from bayesmile.dossier import Dossier, load
from bayesmile.errors import InvalidInput
from bayesmile.files.market_schema import MarketEvent
from bayesmile.files.rows import PriceRow
from bayesmile.market import two_state
from bayesmile.pages.event import events_page
from bayesmile.pages.layout import as_text
from bayesmile.pages.newsdays import news_days_page
from bayesmile.pricing.announced import Announced, announced_days, overlapping
from bayesmile.pricing.benchmarks import benchmark_over, market_model
from bayesmile.pricing.eventdays import EventDays, _at_least, event_days
from bayesmile.pricing.runup import RunUp, run_up
from bayesmile.pricing.sessions import TradingDays, reaction_to
from bayesmile.sections.basis import basis
from bayesmile.sections.event import events, timing
from bayesmile.sections.newsdays import _run_up, news_days
from tests.dossier_folder import FILES, replaced, write

LN2 = math.log(2.0)
MONDAY = dt.date(2023, 1, 2)


def weekdays(count: int, first: dt.date = MONDAY) -> list[str]:
    days = (first + dt.timedelta(days=at) for at in range(2 * count))
    return [day.isoformat() for day in days if day.weekday() < 5][:count]


def trading(closes: list[float], dates: list[str] | None = None) -> TradingDays:
    dates = dates or weekdays(len(closes))
    return TradingDays.of([PriceRow(date=d, close=c, source="s") for d, c in zip(dates, closes, strict=True)])


def walk(count: int, seed: int = 0, scale: float = 0.03) -> list[float]:
    steps = np.random.default_rng(seed).normal(0.0, scale, count)
    return [float(x) for x in 10.0 * np.exp(np.cumsum(steps))]


@cache
def dossier() -> Dossier:
    return load("quantumscape")


@cache
def studied(as_of: str = "2025-10-16") -> EventDays:
    return event_days(dossier(), as_of)


class TestSessions:
    week = trading([10.0, 11.0, 12.0, 13.0, 14.0, 15.0])  # Monday 2 to Friday 6 January, Monday 9

    @pytest.mark.parametrize(
        ("announced", "session", "previous", "date"),
        [
            ("2023-01-04", "before", "2023-01-03", "2023-01-04"),
            ("2023-01-04", "during", "2023-01-03", "2023-01-04"),
            ("2023-01-04", "after", "2023-01-04", "2023-01-05"),
            ("2023-01-04", None, "2023-01-03", "2023-01-05"),
            ("2023-01-06", "after", "2023-01-06", "2023-01-09"),
            ("2023-01-07", None, "2023-01-06", "2023-01-09"),
            ("2023-01-08", "after", "2023-01-06", "2023-01-09"),
        ],
    )
    def test_session_decides_which_return_counts(
        self, announced: str, session: str | None, previous: str, date: str
    ) -> None:
        found = reaction_to(self.week, announced, session)
        assert found is not None
        assert (found.previous, found.date) == (previous, date)
        closes = {row.date: row.close for row in self.week.closes}
        assert found.log_return == pytest.approx(math.log(closes[date] / closes[previous]), rel=1e-12)
        assert len(found.parts) == (2 if session is None and announced == "2023-01-04" else 1)

    @pytest.mark.parametrize(
        ("announced", "session"), [("2023-01-02", "before"), ("2023-01-09", "after"), ("2023-01-09", None)]
    )
    def test_answer_that_no_close_holds_yet_is_none(self, announced: str, session: str | None) -> None:
        assert reaction_to(self.week, announced, session) is None
        assert reaction_to(self.week, "2023-02-01") is None

    def test_unknown_session_is_refused(self) -> None:
        with pytest.raises(InvalidInput, match="session: received 'noon'"):
            reaction_to(self.week, "2023-01-04", "noon")

    def test_gap_between_closes_ends_a_stretch(self) -> None:
        dates = ["2023-01-02", "2023-01-03", "2023-01-10", "2023-01-11", "2023-01-12"]
        days = trading([1.0, 2.0, 3.0, 4.0, 5.0], dates)
        assert days.longest() == ("2023-01-10", "2023-01-12")
        assert days.part(2) is None
        assert reaction_to(days, "2023-01-10", "before") is None
        assert days.between("2023-01-03", "2023-01-10") == pytest.approx(math.log(1.5))
        assert days.between("2023-01-03", "2023-01-09") is None

    def test_adjusted_closes_give_the_return(self) -> None:
        rows = [
            PriceRow(date="2023-01-02", close=20.0, adjusted=10.0, source="s"),
            PriceRow(date="2023-01-03", close=11.0, adjusted=11.0, source="s"),
        ]
        part = TradingDays.of(rows).part(1)
        assert part is not None
        assert part.simple_return == pytest.approx(0.1)

    def test_quiet_days_end_before_the_event(self) -> None:
        days = trading(walk(40))
        quiet = days.quiet(days.dates[35])
        assert (len(quiet), quiet[-1].date) == (35, days.dates[35])
        assert days.quiet(days.dates[29]) == ()
        assert len(trading(walk(200)).quiet("2030-01-01")) == 120


class TestBenchmark:
    @staticmethod
    def pair(count: int = 60) -> tuple[TradingDays, TradingDays, np.ndarray, np.ndarray]:
        rng = np.random.default_rng(3)
        index = rng.normal(0.0, 0.01, count)
        share = 0.001 + 1.7 * index + rng.normal(0.0, 0.02, count)
        made = [trading([float(x) for x in 10.0 * np.exp(np.cumsum(one))]) for one in (share, index)]
        return made[0], made[1], share, index

    def test_beta_is_ordinary_least_squares_on_the_quiet_days(self) -> None:
        share, index, r, m = self.pair()
        previous, date = share.dates[-2], share.dates[-1]
        found = benchmark_over(share, index, previous, date)
        x, y = m[1:-1], r[1:-1]  # daily returns up to the close before
        design = np.column_stack([np.ones_like(x), x])
        (alpha, beta), *_ = np.linalg.lstsq(design, y, rcond=None)
        residual = y - alpha - beta * x
        variance = residual @ residual / (len(x) - 2)
        error = math.sqrt(variance * np.linalg.inv(design.T @ design)[1, 1])
        assert found.beta == pytest.approx(beta, rel=1e-9)
        assert found.beta_error == pytest.approx(error, rel=1e-9)
        assert found.log_return == pytest.approx(m[-1], rel=1e-9)
        assert found.volatility == pytest.approx(math.hypot(math.sqrt(variance), error * m[-1]), rel=1e-9)
        assert found.days == len(x)
        assert f"{len(x)} days before" in found.note

    def test_given_numbers_come_first(self) -> None:
        share, index, *_ = self.pair()
        found = benchmark_over(share, index, share.dates[-2], share.dates[-1], log_return=0.02, beta=2.0)
        assert (found.log_return, found.beta) == (0.02, 2.0)
        assert math.isnan(found.beta_error)
        alone = benchmark_over(share, None, share.dates[-2], share.dates[-1], log_return=0.02)
        assert alone.beta == 1.0 and "assumed" in alone.note and alone.known

    def test_without_one_the_whole_return_is_the_company_s(self) -> None:
        share, index, r, _ = self.pair()
        found = benchmark_over(share, None, share.dates[-2], share.dates[-1])
        assert (found.log_return, found.known) == (0.0, False)
        assert found.note == "no benchmark: the whole return is read as the company's own"
        assert found.volatility == pytest.approx(np.std(r[1:-1], ddof=1), rel=1e-9)
        short = TradingDays.of(index.closes[:-1])
        lacking = benchmark_over(share, short, share.dates[-2], share.dates[-1])
        assert not lacking.known and "no close" in lacking.note

    def test_noise_grows_with_the_root_of_the_days(self) -> None:
        share, *_ = self.pair()
        one, two = (benchmark_over(share, None, share.dates[-3], share.dates[at]) for at in (-2, -1))
        assert two.volatility == pytest.approx(math.sqrt(2.0) * one.volatility)  # type: ignore[operator]

    def test_too_few_days_or_a_still_benchmark_give_no_fit(self) -> None:
        assert market_model([0.1] * 29, list(np.arange(29.0))) is None
        assert market_model(list(np.arange(40.0)), [0.0] * 40) is None
        with pytest.raises(InvalidInput, match="shapes"):
            market_model([0.1] * 40, [0.1] * 41)


def folder(tmp_path: Path, closes: list[float], **files: str) -> Path:
    """Small dossier with a weekday close each day from 2 January 2023."""
    dates = weekdays(len(closes))
    prices = "date,close,source\n" + "".join(
        f"{day},{close!r},exchange\n" for day, close in zip(dates, closes, strict=True)
    )
    return write(tmp_path, {**FILES, "prices.csv": prices, **files})


class TestListedEvent:
    def day(self, where: Path, as_of: str = "2024-06-30") -> object:
        (found,) = events(basis(load(where), as_of))
        return found

    def test_price_file_comes_first_and_says_why(self, tmp_path: Path) -> None:
        found = self.day(write(tmp_path, {**FILES, "market.toml": replaced(FILES["market.toml"], "0.1,", "0.13,")}))
        assert [move.source[:10] for move in found.moves] == ["prices.csv", "paper"]  # type: ignore[attr-defined]
        assert found.moves[0].simple_return == pytest.approx(0.1)  # type: ignore[attr-defined]
        assert "holds both closes" in found.used and "10.00%" in found.lead  # type: ignore[attr-defined]

    def test_account_that_agrees_is_counted_not_repeated(self, tmp_path: Path) -> None:
        found = self.day(write(tmp_path))
        assert len(found.moves) == 1  # type: ignore[attr-defined]
        assert "1 reported return agrees" in found.used  # type: ignore[attr-defined]

    def test_report_serves_where_a_close_is_missing(self, tmp_path: Path) -> None:
        prices = FILES["prices.csv"].replace("2023-03-03", "2023-03-06")
        found = self.day(write(tmp_path, {**FILES, "prices.csv": prices}))
        assert [move.source for move in found.moves] == ["paper"]  # type: ignore[attr-defined]
        assert "first account reported" in found.used  # type: ignore[attr-defined]

    def test_fall_lowers_the_odds(self, tmp_path: Path) -> None:
        prices = FILES["prices.csv"].replace("2023-03-03,4.4", "2023-03-03,3.6")
        found = self.day(write(tmp_path, {**FILES, "prices.csv": prices}))
        assert "fell by 10.00%" in found.lead  # type: ignore[attr-defined]
        assert "at least 0.15 bits down (odds 0.9 times as high)" in found.lead  # type: ignore[attr-defined]

    def test_numbers_are_those_of_the_formula(self, tmp_path: Path) -> None:
        title = 'title = "Deal day"'
        market = replaced(FILES["market.toml"], title, f"{title}\nbenchmark_return = 0.02\nbeta = 1.5")
        where = write(tmp_path, {**FILES, "market.toml": market})
        found, small = self.day(where), load(where)
        belief, without = small.belief("2023-03-03"), belief_without(small, "2023-03-03", "deal-1")
        state = two_state(belief, small.market.payoffs, as_of="2023-03-03")  # type: ignore[union-attr]
        before, after = 4.0 * 90.0 * 1.02**1.5, 4.4 * 90.0
        won = (after - state.failure) / (before - state.failure)
        lost = (state.success - after) / (state.success - before)
        move = found.moves[0]  # type: ignore[attr-defined]
        assert move.bits == pytest.approx(math.log2(won / lost), rel=1e-9)
        assert move.bound_bits == pytest.approx(math.log2(after / before), rel=1e-9)
        assert abs(move.bits) >= move.bound_bits
        assert move.excess_return == pytest.approx(1.1 / 1.02**1.5 - 1.0, rel=1e-9)
        other = two_state(without, small.market.payoffs, as_of="2023-03-03")  # type: ignore[union-attr]
        assert found.model_bits == pytest.approx((state.log_odds - other.log_odds) / LN2, rel=1e-9)  # type: ignore[attr-defined]
        assert "in excess of the benchmark" in found.lead  # type: ignore[attr-defined]
        # The section on every announcement day reads the same day the same way.
        same = [row for row in event_days(small, "2023-03-31").rows if "deal-1" in row.items]
        assert [row.close for row in same] == ["2023-03-03"]
        assert same[0].benchmark.beta == 1.5
        assert same[0].excess == pytest.approx(math.log(move.excess_return + 1.0), rel=1e-9)

    def test_benchmark_file_gives_beta_and_residual_noise(self, tmp_path: Path) -> None:
        closes = walk(60)
        index = "date,close,source\n" + "".join(
            f"{day},{close!r},exchange\n" for day, close in zip(weekdays(60), walk(60, seed=1, scale=0.01), strict=True)
        )
        market = replaced(FILES["market.toml"], "2023-03-01", "2023-03-02")
        found = self.day(folder(tmp_path, closes, **{"benchmark.csv": index, "market.toml": market}))
        assert found.benchmark.known and found.benchmark.days > 30  # type: ignore[attr-defined]
        assert "estimated" in found.benchmark.note  # type: ignore[attr-defined]
        move = found.moves[0].study.move  # type: ignore[attr-defined]
        assert move.beta == found.benchmark.beta != 1.0  # type: ignore[attr-defined]
        assert "the benchmark" in as_text(events_page((found,))).lower()  # type: ignore[arg-type]

    def test_overlapping_items_of_any_kind_are_named(self) -> None:
        (found,) = events(basis(dossier(), "2025-10-16"))
        assert any("options flow" in text for text in found.overlaps)
        assert not any("Murata" in text or text == found.headline for text in found.overlaps)
        assert "options flow" in as_text(events_page((found,)))


class TestTiming:
    days = trading([10.0, 11.0, 12.0, 13.0, 14.0, 15.0])

    def told(self, announced: str, **more: str) -> str:
        event = MarketEvent(date="2023-01-05", title="t", item="i", previous_close_date="2023-01-04", **more)
        return timing(self.days, event, announced)

    def test_matching_session_is_confirmed(self) -> None:
        assert "the event names it" in self.told("2023-01-04", session="after")
        assert "the event names it" in self.told("2023-01-05", session="before")

    def test_mismatch_is_a_warning(self) -> None:
        text = self.told("2023-01-05", session="after")
        assert text.startswith("Dates do not fit")
        assert "2023-01-06" in text

    def test_unknown_session_shows_both_returns(self) -> None:
        text = self.told("2023-01-04")
        assert "2023-01-04 (+9.09%)" in text and "2023-01-05 (+8.33%)" in text and "Used" in text
        assert "Neither is used" in self.told("2023-01-03")

    def test_day_not_known(self) -> None:
        assert "day of the announcement is not known (2023-01)" in self.told("2023-01")
        assert "lacks closes" in self.told("2023-02-02")


class TestEventDays:
    def test_each_row_is_the_study_of_its_items_together(self) -> None:
        for row in studied().rows:
            market, payoffs = dossier().market, dossier().market.payoffs  # type: ignore[union-attr]
            belief = dossier().belief(row.close)
            state = two_state(belief, payoffs, as_of=row.close, milestone="commercialization")
            closes = {one.date: one.close for one in market.prices}  # type: ignore[union-attr]
            shares = market.shares_at(row.previous).shares  # type: ignore[union-attr]
            odds = [
                (value - state.failure) / (state.success - value)
                for value in (closes[row.previous] * shares, closes[row.close] * shares)
            ]
            assert row.bits == pytest.approx(math.log2(odds[1] / odds[0]), rel=1e-9)
            assert row.bound_bits == pytest.approx(abs(math.log2(closes[row.close] / closes[row.previous])), rel=1e-12)
            assert abs(row.bits) >= row.bound_bits

    def test_model_s_move_is_that_of_the_item(self) -> None:
        (row,) = (row for row in studied().rows if row.items == ("murata-2025",))
        without = belief_without(dossier(), row.close, "murata-2025")
        with_it = dossier().belief(row.close)
        odds = [b.pmf("commercialization")[:-1].sum() / b.pmf("commercialization")[-1] for b in (with_it, without)]
        assert row.model_bits == pytest.approx(math.log2(odds[0] / odds[1]), rel=1e-6)

    def test_rows_are_sorted_and_leave_out_what_moves_nothing(self) -> None:
        dates = [row.date for row in studied().rows]
        assert dates == sorted(set(dates))
        held = {one for row in studied().rows for one in row.items}
        assert {"corning-2025", "murata-2025"} <= held
        assert not {"momentum-2025", "move-2025-10-13"} & held
        everything = {one for row in event_days(dossier(), "2025-10-16", inert=True).rows for one in row.items}
        assert "move-2025-10-13" in everything

    def test_closes_that_the_dossier_names_come_first(self) -> None:
        (row,) = (row for row in studied().rows if "corning-2025" in row.items)
        assert (row.previous, row.close, row.why) == ("2025-09-30", "2025-10-01", "named by the dossier")

    def test_nothing_later_changes_a_row(self) -> None:
        later = {row.date: row for row in studied("2026-07-02").rows}
        assert studied().rows
        for row in studied().rows:
            assert repr(later[row.date]) == repr(row)  # every digit, and undefined numbers are equal

    def test_band_is_counted_among_ordinary_days_too(self) -> None:
        found = studied("2026-07-02")
        assert found.tested == sum(not math.isnan(row.standard) for row in found.rows)
        assert found.outside == sum(abs(row.standard) > 1.96 for row in found.rows)
        prices = TradingDays.of(dossier().market.prices)  # type: ignore[union-attr]
        answers = {d for row in found.rows for d in prices.dates if row.previous < d <= row.close}
        outside = total = 0
        for at, date in enumerate(prices.dates):
            part = prices.part(at)
            quiet = [] if part is None else prices.quiet(part.previous)
            if part is not None and quiet and date not in answers:
                spread = np.std([one.log_return for one in quiet], ddof=1)
                outside, total = outside + (abs(part.log_return) > 1.96 * spread), total + 1
        assert (found.ordinary, found.ordinary_outside) == (total, outside)
        assert 0.0 < found.expected < found.tested

    def test_chance_of_several_is_a_sum_of_independent_ones(self) -> None:
        assert _at_least(2, [0.1] * 7) == pytest.approx(stats.binom.sf(1, 7, 0.1))
        assert _at_least(0, [0.3, 0.4]) == pytest.approx(1.0)
        assert _at_least(1, [0.3, 0.4]) == pytest.approx(1.0 - 0.7 * 0.6)

    def test_day_without_a_share_count_keeps_its_bound(self, tmp_path: Path) -> None:
        shares = "as_of,filed,shares,class,kind,source\n2023-12-31,2024-02-15,60,A,filed,report\n"
        found = event_days(load(folder(tmp_path, walk(60), **{"shares.csv": shares})), "2023-06-30")
        (row,) = (row for row in found.rows if row.items == ("deal-1",))
        assert math.isnan(row.bits) and "no share count" in row.undefined and row.bound_bits > 0.0
        assert found.to_pandas()["undefined"].str.contains("no share count").any()

    def test_dossier_without_a_market_is_refused(self, tmp_path: Path) -> None:
        plain = {k: v for k, v in FILES.items() if k not in ("market.toml", "prices.csv", "shares.csv")}
        for call in (event_days, run_up):
            with pytest.raises(InvalidInput, match="no market"):
                call(load(write(tmp_path / call.__name__, plain)), "2024-06-30")
        assert news_days(load(tmp_path / "run_up" / "small"), "2024-06-30") is None

    def test_order_of_the_ledger_does_not_matter(self, tmp_path: Path) -> None:
        head, *rows = FILES["announcements.csv"].splitlines()
        turned = "\n".join([head, *rows[::-1]]) + "\n"
        closes = walk(100)
        one = event_days(load(folder(tmp_path / "a", closes)), "2023-06-30")
        other = event_days(load(folder(tmp_path / "b", closes, **{"announcements.csv": turned})), "2023-06-30")
        assert [row.items for row in one.rows] == [row.items for row in other.rows] != []
        for a, b in zip(one.rows, other.rows, strict=True):
            assert a.model_bits == pytest.approx(b.model_bits, abs=1e-12)

    def test_items_known_to_the_month_are_left_out(self, tmp_path: Path) -> None:
        found = event_days(load(folder(tmp_path, walk(60))), "2023-06-30")
        assert "target" in found.left_out
        assert "target" not in {one.id for one in announced_days(load(tmp_path / "small"), "2023-06-30")}

    @given(st.lists(st.sampled_from(weekdays(40)), min_size=1, max_size=4, unique=True))
    def test_overlap_is_mutual(self, chosen: list[str]) -> None:
        items = [Announced(id=day, headline="", day=day, session=None, named=None, acts=True) for day in sorted(chosen)]
        days = trading(walk(41))
        meets = {}
        for one in items:
            answer = reaction_to(days, one.day)
            if answer is not None:
                meets[one.id] = {x.id for x in overlapping(days, items, answer.previous, answer.date, [one.id])}
        assert all(b not in meets or a in meets[b] for a, held in meets.items() for b in held)


class TestRunUp:
    def test_parts_by_hand(self, tmp_path: Path) -> None:
        closes = walk(60)
        found = run_up(load(folder(tmp_path, closes)), "2023-06-30")
        assert found is not None
        moves = dict(zip(weekdays(60)[1:], np.diff(np.log(closes)), strict=True))
        assert found.log_return == pytest.approx(math.log(closes[-1] / closes[0]), rel=1e-12)
        # open on Friday 20 January: it and Monday; deal-1 on 2 March: the event's closes of 1 and 3 March
        held = ["2023-01-20", "2023-01-23", "2023-03-03"]
        (acting, *_) = found.shares
        days = TradingDays.of(load(tmp_path / "small").market.prices)  # type: ignore[union-attr]
        assert days.between("2023-03-01", "2023-03-03") is not None
        assert acting.days == len(held)
        assert acting.log_return == pytest.approx(sum(moves[day] for day in held), rel=1e-12)

    @cache  # noqa: B019  one object
    def found(self) -> RunUp:
        found = run_up(dossier(), "2025-10-16")
        assert found is not None
        return found

    def test_shares_and_random_days(self) -> None:
        found = self.found()
        assert found.days == 96
        for part in found.shares:
            assert part.random_mean == pytest.approx(found.log_return * part.days / found.days, rel=1e-12)
            assert part.share == pytest.approx(part.log_return / found.log_return)
            assert part.random_low < part.random_mean < part.random_high

    def test_fall_is_counted_downwards(self) -> None:
        found = run_up(dossier(), "2026-07-02", since="2025-10-15", until="2026-04-01")
        assert found is not None and found.log_return < -found.scatter
        part = next(one for one in found.shares if one.label == "all items, their own day")
        assert part.log_return < part.random_mean and part.chance < 0.1
        said = re.search(r"between (-?\d+)% and (-?\d+)%", _run_up(found))
        assert said is not None and int(said[1]) < int(said[2])

    def test_random_interval_has_the_variance_of_sampling_without_replacement(self) -> None:
        closes = [row.close for row in dossier().market.prices if "2025-05-30" <= row.date <= "2025-10-16"]  # type: ignore[union-attr]
        moves, found = np.diff(np.log(closes)), self.found()
        for part in found.shares:
            k, n = part.days, len(moves)
            spread = math.sqrt(k * (n - k) / (n - 1) * np.var(moves))
            assert part.random_high - part.random_low == pytest.approx(2 * 1.96 * spread, rel=0.1)

    def test_same_seed_same_answer(self) -> None:
        assert run_up(dossier(), "2025-10-16") == self.found()
        assert run_up(dossier(), "2025-10-16", seed=1) != self.found()

    def test_small_whole_has_no_shares(self) -> None:
        found = run_up(dossier(), "2026-07-02")
        assert found is not None
        assert abs(found.log_return) < found.scatter
        assert all(part.share is None for part in found.shares)
        assert "log returns are given" in news_days(dossier(), "2026-07-02").run_up_lead  # type: ignore[union-attr]

    def test_largest_days_name_their_announcements(self) -> None:
        sizes = [abs(day.move.log_return) for day in self.found().largest]
        assert sizes == sorted(sizes, reverse=True)
        by_date = {day.move.date: day for day in self.found().largest}
        assert any("Corning" in text for text in by_date["2025-10-01"].acting)
        assert by_date["2025-07-17"].acting == by_date["2025-07-17"].others == ()

    def test_span_that_was_asked_for(self) -> None:
        found = run_up(dossier(), "2026-07-02", since="2025-06-30", until="2025-10-15")
        assert found is not None
        assert (found.first, found.last) == ("2025-06-30", "2025-10-15")
        assert sum(abs(part.log_return) for part in found.shares) > 0.0

    def test_gaps_short_spans_and_bad_draws_are_refused(self) -> None:
        with pytest.raises(InvalidInput, match="lacks the close"):
            run_up(dossier(), "2026-07-02", since="2024-01-01")
        with pytest.raises(InvalidInput, match="draws"):
            run_up(dossier(), "2026-07-02", draws=0)
        assert run_up(load("phase2_drug"), "2026-10-30") is None
        assert run_up(dossier(), "2026-07-02", since="2026-06-29") is None


def test_page_says_what_chance_would_show() -> None:
    part = news_days(dossier(), "2026-07-02")
    assert part is not None
    text = as_text(news_days_page(part), width=80)
    assert max(map(len, text.splitlines())) <= 80
    flat = " ".join(text.split())
    assert f"{part.days.outside} moved more than the noise band" in flat
    assert f"({part.days.ordinary_outside} of {part.days.ordinary} single days)" in flat
    assert "no announcement that acts" in flat


def test_page_of_a_dossier_without_daily_closes() -> None:
    part = news_days(load("phase2_drug"), "2025-12-31")
    assert part is not None
    assert "No announcement up to 2025-12-31 has daily closes around it." in as_text(news_days_page(part))

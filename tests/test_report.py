"""The report: its numbers are the library's, its sections are all there, and borrowed text stays data."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bayesmile.attribution import chain_of_belief
from bayesmile.breakevens import break_even
from bayesmile.dossier import Dossier, load
from bayesmile.doubts import doubt_shares
from bayesmile.errors import InvalidInput
from bayesmile.market import fair_price, implied_probability
from bayesmile.model.mixture import from_prior
from bayesmile.pages.layout import as_text
from bayesmile.pages.price import price_line
from bayesmile.report import Report, build_report, to_json
from bayesmile.report_text import report_blocks
from bayesmile.sections.answer import where
from bayesmile.sections.basis import basis
from bayesmile.sections.milestones import DoubtStep, later_than_horizon
from bayesmile.sections.replay import every, replayed
from bayesmile.tilts import implied, reach_tilt
from bayesmile.wording import interval, money, percent, plain

NAME, DAY, DRAWS = "quantumscape", "2025-10-16", 400
SECTIONS = (
    "The answer",
    "How likely is each milestone, and when",
    "How sure",
    "Chain of belief: what each announcement changed",
    "What the price assumes, read in three ways",
    "How sure that is",
    "Ours against the market's",
    "The gap, in evidence",
    "What each price assumes, and where the price would be right",
    "Where the doubt sits",
    "What the day of the news meant",
    "What sentiment, scores and the price itself moved",
    "The assumptions that matter most",
    "What this depends on",
)


@cache
def dossier() -> Dossier:
    return load(NAME)


@cache
def report() -> Report:
    return build_report(dossier(), draws=DRAWS)


@cache
def data() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(json.dumps(to_json(report()), allow_nan=False))
    return read


def page(made: Report, width: int = 100) -> str:
    return as_text(report_blocks(made), width=width)


def test_views_are_the_default_dates_in_their_order() -> None:
    assert tuple(view["as_of"] for view in data()["views"]) == dossier().default_as_of
    assert data()["views"][0]["as_of"] == DAY


def test_milestones_are_those_of_the_belief() -> None:
    belief = dossier().belief(DAY)
    for line in data()["views"][0]["milestones"]["lines"]:
        name = line["name"]
        assert line["by_horizon"] == belief.prob(name, by=belief.grid.last)
        assert line["by_deadline"] == belief.prob(name, by=dossier().milestones[name].deadline)
        assert line["by_year"] == {year: belief.prob(name, by=year) for year in line["by_year"]}
        assert line["median"] == belief.quantile(name, 0.5)
        assert line["later"] + line["never"] == pytest.approx(belief.pmf(name)[-1], abs=1e-15)


def test_intervals_are_the_mixture_s() -> None:
    mixture = from_prior(dossier(), DAY, draws=DRAWS, seed=0)
    view = data()["views"][0]
    about = view["uncertainty"]
    assert (about["draws"], about["seed"], about["khat"], about["ess"]) == (DRAWS, 0, mixture.khat, mixture.ess)
    for line in view["milestones"]["lines"]:
        found, mixed = mixture.prob(line["name"], by=line["deadline"]), line["mixture"]
        shown = mixed["by_deadline"]
        assert (shown["mean"], shown["low"], shown["high"], shown["error"]) == (
            float(found),
            found.low,
            found.high,
            found.error,
        )
        assert shown["central"] == line["by_deadline"]
        assert mixed["median"] == mixture.quantile(line["name"], 0.5)
        assert mixed["by_year"]["2030"]["mean"] == mixture.prob(line["name"], by="2030")
    answer, chance = view["answer"][0], about["targets"]["field testing by 2026-12"]
    shown = (
        f"{percent(chance['mean'])} ({interval(chance['low'], chance['high'])}; central {percent(chance['central'])})"
    )
    assert f"field testing by 2026-12 has {shown}" in answer


def test_a_dossier_without_priors_has_no_intervals(tmp_path: Path) -> None:
    for path in (dossier().path.parent / "kinds.toml", *dossier().path.iterdir()):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".toml":
            text = re.sub(r"^\[[^\n]*\bprior\]\n(?:(?!\[).*\n?)*|^hype_shape.*\n", "", text, flags=re.MULTILINE)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    made = build_report(load(tmp_path), [DAY])
    about = made.views[0].uncertainty
    assert about.lead.startswith("No number has an interval: no parameter uncertainty.")
    assert math.isnan(about.khat)
    assert not about.targets
    assert all(line.mixture is None for line in made.views[0].milestones.lines)
    assert "central" not in made.views[0].answer[0]


@pytest.mark.parametrize("draws", [-1, 3, 10**9])
def test_draws_that_cannot_be_used_are_refused(draws: int) -> None:
    with pytest.raises(InvalidInput, match=f"draws: received {draws}; allowed are 0 and"):
        basis(dossier(), DAY, draws=draws)


def test_price_is_the_bridge_of_the_files() -> None:
    price, cap = data()["views"][0]["price"], dossier().capitalisation(DAY)
    assert price["value"] == price["per_share"] * price["shares"] == cap.value
    assert (price["date"], price["shares_as_of"]) == (cap.price.date, cap.shares.as_of)


def test_market_sections_are_the_library_s_numbers() -> None:
    view, belief, payoffs = data()["views"][0], dossier().belief(DAY), dossier().market.payoffs  # type: ignore[union-attr]
    price = dossier().capitalisation(DAY).value
    p = implied_probability(belief, payoffs, price=price, as_of=DAY)
    reach = reach_tilt(belief, payoffs, price=price, as_of=DAY)
    tilt = implied(belief, payoffs, price=price, as_of=DAY)
    assert view["gap"]["implied"] == p
    assert view["gap"]["bits"] == pytest.approx(reach.bits, abs=1e-12)
    assert view["gap"]["points"] == pytest.approx(100 * (p - reach.probability), abs=1e-12)
    assert view["valuation"]["model_value"] == fair_price(belief, payoffs, as_of=DAY)
    certain = break_even(belief, payoffs, price=price, as_of=DAY, probability=1.0)
    assert view["valuation"]["break_evens"]["certain"]["success_value"] == certain.success_value
    assert view["compared"]["relative_entropy_nats"] == tilt.relative_entropy
    for line in view["compared"]["lines"]:
        assert line["reach"] == reach.belief.prob(line["milestone"], by=line["by"])
        assert line["exponential"] == tilt.belief.prob(line["milestone"], by=line["by"])
        assert line["low"] - 1e-12 <= line["reach"] <= line["high"] + 1e-12


def test_levels_meet_the_price_and_rise_with_it() -> None:
    lines = report().views[0].levels.lines  # type: ignore[union-attr]
    assert sum(line.actual for line in lines) == 1
    assert all(a.price < b.price and a.implied < b.implied for a, b in pairwise(lines))


def test_chain_is_the_library_s_and_adds_up() -> None:
    part, view = report().views[0].chain, report().views[0]
    asked = [(target.milestone, target.by) for target in part.targets]
    assert part.steps == chain_of_belief(dossier(), DAY, asked).steps
    for number, total in enumerate(part.total):
        assert math.fsum(step.moves[number].points for step in part.steps) == pytest.approx(total.points, abs=1e-9)
        assert math.fsum(step.moves[number].bits for step in part.steps) == pytest.approx(total.bits, abs=1e-9)
        assert total.after == basis(dossier(), view.as_of).prob(part.targets[number])


def test_second_view_goes_on_from_the_first() -> None:
    first, second = (view.chain for view in report().views)
    assert second.since == first.as_of
    assert [move.before for move in second.total] == [move.after for move in first.total]


def test_doubt_adds_up() -> None:
    belief = dossier().belief(DAY)
    for part in report().views[0].doubts:
        assert {step.milestone: step.bits for step in part.steps} == doubt_shares(
            belief, part.target.milestone, by=part.target.by
        )
        assert math.fsum(part.by_risk.values()) == pytest.approx(1.0)
        assert 2.0**-part.bits == pytest.approx(part.probability)


def test_event_says_the_bound_and_the_model_s_move() -> None:
    (event,) = report().views[0].events
    filed, article = event.moves
    assert filed.simple_return == pytest.approx(14.59 / 12.32 - 1.0)
    assert article.simple_return == 0.1632
    for move in event.moves:
        assert move.bound_bits == pytest.approx(math.log2(1.0 + move.simple_return))
        assert abs(move.bits) >= move.bound_bits
    assert "18.43%" in event.lead and "prices.csv" in event.used
    assert "moved more than the model" in event.lead
    assert event.model_bits == pytest.approx(event.effects["commercialization by 2040-12"].bits, abs=1e-9)


def test_event_without_any_account_of_the_day_is_left_out(tmp_path: Path) -> None:
    for path in dossier().path.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    page_of = tmp_path / "market.toml"
    text = page_of.read_text(encoding="utf-8")
    head, _, tail = text.partition("reported_moves = [")
    page_of.write_text(head + tail.partition("\n]\n")[2], encoding="utf-8")
    prices = tmp_path / "prices.csv"
    kept = [line for line in prices.read_text(encoding="utf-8").splitlines() if not line.startswith("2025-10-01")]
    prices.write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert build_report(load(tmp_path), [DAY], draws=0).views[0].events == ()


def test_announcement_like_the_event_s_has_a_ceiling() -> None:
    kind = report().views[0].gap.kinds[0]  # type: ignore[union-attr]
    assert "Corning" in kind.label
    assert kind.gap.bits_each > 0.0
    assert not kind.gap.suffices
    assert report().views[0].gap.ours < kind.gap.ceiling < 1.0  # type: ignore[union-attr]


def test_sections_are_all_there_and_in_order() -> None:
    text = page(report())
    for title, after in pairwise(f"{number}. {title}" for number, title in enumerate(SECTIONS, start=1)):
        assert 0 < text.index(title) < text.index(after)
    assert "by 2040-12" in text
    assert not re.search(r"\bever\b", text)
    assert "not investment advice" in text


@pytest.mark.parametrize("width", [80, 100])
def test_page_fits_and_cuts_nothing(width: int) -> None:
    text = page(report(), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert not any(line.endswith(" ") for line in text.splitlines())


def test_same_input_gives_the_same_bytes() -> None:
    again = build_report(load(NAME), draws=DRAWS)
    assert json.dumps(to_json(again)) == json.dumps(to_json(report()))
    assert page(again) == page(report())


@pytest.mark.parametrize(
    ("price", "words"), [("20e9", "No probability justifies"), ("2e8", "no more than failure leaves")]
)
def test_infeasible_price_is_an_answer(price: str, words: str) -> None:
    made = build_report(dossier(), [DAY], price=price, draws=0)
    assert words in made.views[0].answer[1]
    assert all(line.reach is None for line in made.views[0].compared.lines)  # type: ignore[union-attr]
    json.dumps(to_json(made), allow_nan=False)
    assert re.search(r"none is enough +-$" if "justifies" in words else "Bits above", page(made), re.MULTILINE)


def test_price_at_the_model_value_agrees() -> None:
    made = build_report(dossier(), [DAY], price=report().views[0].valuation.model_value, draws=0)  # type: ignore[union-attr]
    assert "agree" in made.views[0].answer[2]


def test_price_per_share_takes_the_filed_count() -> None:
    view = basis(dossier(), DAY, price="10/share")
    assert view.price is not None
    assert view.price.value == 10.0 * dossier().shares_at(DAY).shares


@pytest.mark.parametrize("price", ["-1", "nan", "inf", "abc", "3/pound", ""])
def test_bad_price_is_refused(price: str) -> None:
    with pytest.raises(InvalidInput, match="price"):
        basis(dossier(), DAY, price=price)


def test_dossier_without_market_has_no_price_sections(tmp_path: Path) -> None:
    for name in ("roadmap.toml", "announcements.csv"):
        (tmp_path / name).write_bytes((dossier().path / name).read_bytes())
    made = build_report(load(tmp_path), [DAY], draws=0)
    assert made.views[0].price is made.views[0].levels is made.views[0].gap is None
    assert "Ours against the market" not in page(made)
    with pytest.raises(InvalidInput, match=r"market\.toml"):
        build_report(load(tmp_path), [DAY], price=1e9, draws=0)


def test_before_any_price_there_is_still_a_report() -> None:
    made = build_report(dossier(), ["2020-02-01"], draws=0)
    assert made.views[0].price is None
    assert "No price" in page(made)


def test_hostile_text_is_shown_and_not_obeyed() -> None:
    hostile = "[red]deal[/red] \x1b[31m\u202egnihton :smile: \x07"
    first, *rest = report().views
    made = replace(report(), title=hostile, views=(replace(first, answer=(hostile,)), *rest))
    text = page(made)
    assert "[red]deal[/red]" in text
    assert ":smile:" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\x07" not in text
    assert "<U+202E>" in text


def test_later_and_never_split_beyond_on_the_belief_s_own_rows() -> None:
    belief = dossier().belief(DAY)
    later = later_than_horizon(belief)
    assert set(later) == set(belief.roadmap.names)
    assert all(0.0 <= later[name] <= belief.pmf(name)[-1] + 1e-15 for name in later)


def test_percent_is_never_rounded_to_certainty() -> None:
    assert [percent(p) for p in (0.0, 1e-300, 0.004999, 0.9951, 1 - 1e-9, 1.0)] == [
        "0%",
        "<1%",
        "<1%",
        ">99%",
        ">99%",
        "100%",
    ]


def test_money_carries_into_the_next_unit() -> None:
    assert [money(x) for x in (999.6e6, 999.4e6, 1e3, 0.0)] == ["$1 billion", "$999 million", "$1,000.00", "$0"]


def test_plain_leaves_ordinary_text_alone() -> None:
    assert plain("Déjà vu, 50 % «x»") == "Déjà vu, 50 % «x»"


@pytest.mark.parametrize(
    ("first", "last", "step"),
    [("2025-02-01", "2025-01-01", "month"), ("2025", "2026-01-01", "month"), ("2025-01-01", "2026-01-01", "week")],
)
def test_bad_schedules_are_refused(first: str, last: str, step: str) -> None:
    with pytest.raises(InvalidInput):
        every(first, last, step)


def test_a_later_implied_share_count_is_named_beside_the_filed_one():
    dossier = load(NAME)
    price = basis(dossier, "2026-07-02").price
    assert (price.shares_kind, price.later_as_of) == ("filed", "2026-02-16")
    assert price.later_value == pytest.approx(price.per_share * price.later_shares)
    assert "$4.27 billion" in price_line(price)
    assert basis(dossier, DAY).price.later_shares is None


# Where a price says nothing, and what the sentences claim.

IMPOSSIBLE = (
    ("milestone.giga_yield.delay.never", "1"),
    ("slip.0.mean", "-1000"),
    ("milestone.giga_yield.delay.median", "1e300"),
)


NARROW = {
    "LogNormal": {"median": "1", "sigma": "0.01"},
    "Gamma": {"mean": "1", "sd": "0.01"},
    "Weibull": {"median": "1", "shape": "1000"},
    "LogLogistic": {"median": "1", "shape": "1000"},
}


def copied(folder: Path, *rows: str, name: str = NAME) -> Dossier:
    """Copy of a bundled dossier with rows added to its announcements."""
    for path in (Path(__file__).parents[1] / "priors" / name).iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    with (folder / "announcements.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{row}\n" for row in rows)
    return load(folder)


def achieved(milestone: str, month: str) -> str:
    return f"done-{milestone},{month}-25,{month}-25,,achieved,{milestone},,,{month},,,Done: {milestone},,invented,"


def numbers(value: object) -> str:
    return json.dumps(to_json(value), allow_nan=False)


@pytest.mark.parametrize(("field", "value"), IMPOSSIBLE)
def test_an_impossible_priced_milestone_is_an_answer(field: str, value: str) -> None:
    made = build_report(dossier().set(field, value), [DAY], draws=100)
    view = made.views[0]
    assert view.answer[1] == (
        "Commercialization by 2040-12 is impossible under this roadmap; no price above $350 million can be read"
        " through it. The sections about the market are left out."
    )
    assert not any((view.levels, view.compared, view.gap, view.valuation))
    assert view.events == ()
    for width in (80, 100):
        text = page(made, width)
        assert not re.search(r"\bnan\b|undefined|: \.", text, re.IGNORECASE)
        assert max(map(len, text.splitlines())) <= width
    assert "Ours against the market's" not in text
    numbers(made)


def test_a_certain_priced_milestone_is_an_answer(tmp_path: Path) -> None:
    made = build_report(copied(tmp_path, achieved("giga_yield", "2025-09")), [DAY], draws=0)
    assert made.views[0].gap is not None
    surely = dossier()
    for name in surely.roadmap.names:
        narrow = NARROW[type(dossier().roadmap[name].delay).__name__]
        for part, value in narrow.items():
            surely = surely.set(f"milestone.{name}.delay.{part}", value)
        surely = surely.set(f"milestone.{name}.delay.never", "0")
    made = build_report(surely, ["2020-01"], price=2e9, draws=0)
    assert "2040-12 is certain under this roadmap; no price but $" in made.views[0].answer[1]
    assert made.views[0].gap is None
    assert not re.search(r"\bnan\b|undefined", page(made), re.IGNORECASE)


def test_no_price_speaks_where_success_is_worth_what_failure_is() -> None:
    equal = dossier().set("payoffs.values.commercialization", "0").set("payoffs.beyond", "0")
    made = build_report(equal, [DAY], price=2e9, draws=0)
    assert "is worth what it is worth not to reach it" in made.views[0].answer[1]
    assert not re.search(r"\bnan\b|undefined", page(made), re.IGNORECASE)


def test_a_reached_priced_milestone_still_has_its_report(tmp_path: Path) -> None:
    made = build_report(copied(tmp_path, achieved("commercialization", "2026-05")), ["2026-07-02"], draws=0)
    view = made.views[0]
    assert view.answer[1] == "Commercialization was reached in 2026-05; the sections about the market are left out."
    text = page(made)
    assert "4. Chain of belief" in text
    assert "market's" not in text
    assert "5. Where the doubt sits" in text
    assert not re.search(r"\bnan\b|undefined", text, re.IGNORECASE)
    assert view.weights.target.milestone != "commercialization" or not view.weights.top
    numbers(made)


def test_a_report_on_a_roadmap_that_is_all_done(tmp_path: Path) -> None:
    rows = (achieved("phase3_start", "2026-01"), achieved("filing", "2026-02"), achieved("approval", "2026-03"))
    made = build_report(copied(tmp_path, *rows, name="phase2_drug"), ["2026-10-31"], draws=0)
    assert made.views[0].answer[1].startswith("Approval was reached in 2026-03;")
    assert "No numeric assumption is left open" in page(made)


def test_causes_of_doubt_are_of_their_kind_and_open() -> None:
    for view in report().views:
        [doubt] = [part for part in view.doubts if part.target.milestone == "commercialization"]
        named = re.search(r"of our doubt is (\w+)(?:: |, above all |, namely )([^.]*)\.", " ".join(view.answer))
        if named is not None:
            of_kind = {s.milestone for s in doubt.steps if s.risk == named[1] and s.bits > 0.0}
            assert set(re.split(" and |, ", named[2].replace(" ", "_").replace("_and_", " and "))) <= of_kind
    steps = [DoubtStep(milestone=n, risk=r, bits=b, share=b) for n, r, b in SHARES]
    doubt = replace(report().views[0].doubts[0], steps=tuple(steps), by_risk={"regulatory": 0.6, "technical": 0.4})
    assert where([doubt]) == "60% of our doubt is regulatory, namely certificate"


SHARES = (("first_flight", "technical", 0.4), ("papers", "regulatory", 0.0), ("certificate", "regulatory", 0.6))


def test_json_says_which_numbers_are_nats() -> None:
    compared = data()["views"][0]["compared"]
    assert {"span_nats", "relative_entropy_nats", "whether_nats", "when_nats"} <= set(compared)
    assert not {"span", "relative_entropy", "whether", "when"} & set(compared)
    study = data()["views"][0]["events"][0]["moves"][0]["study"]
    assert {"log_bayes_factor_nats", "bound_nats", "noise_nats", "model_nats"} <= set(study)
    assert not {"log_bayes_factor", "bound", "noise", "model"} & set(study)
    part = to_json(replayed(dossier(), [DAY]))
    assert "log_marginal_nats" in part["rows"][0]  # type: ignore[index]


def test_answer_sweeps_the_success_value() -> None:
    belief, payoffs = dossier().belief(DAY), dossier().market.payoffs  # type: ignore[union-attr]
    price = dossier().capitalisation(DAY).value
    high = implied_probability(belief, payoffs.with_value("commercialization", 90e9), price=price, as_of=DAY)
    assert (
        report()
        .views[0]
        .answer[1]
        .endswith(
            "Over the dossier's 90% range of that value, $12 billion to $90 billion, it goes from more than any"
            f" probability to {percent(high)}."
        )
    )


def test_every_account_of_a_day_is_set_against_an_ordinary_day() -> None:
    text = " ".join(page(report()).split())
    assert (
        "(95%): the account of +18.43% (+1.22 bits) lies outside that,"
        " the account of +16.32% (+1.04 bits) lies inside that." in text
    )


def test_bits_are_explained_once_at_their_first_use() -> None:
    for view in report().views:
        assert " ".join(view.answer).count("(1 bit doubles the odds)") == 1
        assert "doubles the odds" not in view.chain.lead
    plain_page = page(build_report(dossier(), ["2020-02-01"], draws=0))
    assert plain_page.count("1 bit doubles the odds") == 1


def test_chain_names_the_largest_mover_of_each_target() -> None:
    both = report().views[0].chain.lead
    targets = "field testing by 2026-12 and commercialization by 2040-12"
    assert f"moved {targets} most was 'Goals of 2024: prepare Cobra" in both
    shorter = dossier()  # with shorter slips one item moves the one most, another the other
    for field, value in (("0.mean", -0.35), ("0.sd", 0.45), ("14.mean", 0.2), ("14.sd", 0.5)):
        shorter = shorter.set(f"slip.{field}", value)
    lead = build_report(shorter, [DAY], draws=0).views[0].chain.lead
    assert "most moved by" not in lead
    assert "moved field testing by 2026-12 most was 'Goals of 2024: prepare Cobra" in lead
    assert re.search(
        r"-2\.8\d bits: a stated date later than believed, even odds of separator pilot went from \d{4}-\d\d to \d{4}",
        lead,
    )
    assert "moved commercialization by 2040-12 most was 'Cobra separator process" in lead
    one = build_report(replace(shorter, headline=("commercialization",)), [DAY], draws=0).views[0].chain.lead
    assert "The item that moved it most was 'Cobra" in one


def test_words_of_the_tables() -> None:
    text = page(report()) + page(build_report(dossier(), [DAY], price="20e9", draws=0))
    for old in ("Any price could imply", "or all of it by", "endless ", "of the market page", "last of these"):
        assert old not in text
    for new in ("Any price, at our dates", "or success by", "interval of market.toml", "Reach: ", "Exp.: "):
        assert new in text


def test_evidence_is_counted_apart_from_what_is_not_yet_reported() -> None:
    part, known = report().views[0].foundation, dossier().belief(DAY).evidence
    silent = sum(not item.id for item in known.items)
    assert (part.effective, part.unreported) == (known.effective - silent, silent)
    assert f"{part.items} items, of which {part.effective} count as evidence" in " ".join(page(report()).split())


def test_no_label_says_none() -> None:
    assert not re.search(r"\bNone\b", numbers(report()))

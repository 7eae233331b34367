"""Report sections on credit, what lies ahead, what if and sensitivity: the library's numbers, in words that fit."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from functools import cache

import pytest
from rich.console import RenderableType

from bayesmile import Achieved, InvalidInput, Ledger, load
from bayesmile.catalysts import dated_catalysts
from bayesmile.core.power_scaling import power_sensitivity
from bayesmile.dossier import Dossier
from bayesmile.files.schema import CatalystEntry
from bayesmile.items import Item
from bayesmile.pages.ahead import ahead_page
from bayesmile.pages.credited import credited_page
from bayesmile.pages.layout import as_text
from bayesmile.pages.milestones import milestones_page
from bayesmile.pages.supposed import supposed_page
from bayesmile.pages.swept import swept_page
from bayesmile.pages.uncertainty import uncertainty_page
from bayesmile.report import build_report, to_json
from bayesmile.report_text import report_blocks
from bayesmile.sections.ahead import Ahead, ahead
from bayesmile.sections.basis import Basis, basis
from bayesmile.sections.credited import Credited, credited
from bayesmile.sections.milestones import milestones
from bayesmile.sections.supposed import supposed
from bayesmile.sections.swept import Swept, distance, swept
from bayesmile.sections.uncertainty import uncertainty
from bayesmile.sensitivity import sensitivities
from bayesmile.shapley import shapley_attribution
from bayesmile.suppositions import suppose
from bayesmile.swings import tornadoes
from bayesmile.watch import watch_list
from bayesmile.wording import percent

AS_OF = "2026-10-31"


@cache
def drug() -> Dossier:
    return load("phase2_drug")


@cache
def view() -> Basis:
    return basis(drug(), AS_OF)


def what_if(*said: str, draws: int = 0) -> Basis:
    return basis(drug(), AS_OF, draws=draws, suppositions=said)


def asked(of: Basis) -> list[tuple[str, str]]:
    return [(target.milestone, target.by) for target in of.targets]


@cache
def parts() -> tuple[Credited, Ahead, Swept]:
    found = credited(view())
    assert found is not None
    return found, ahead(view()), swept(view())


def text(blocks: list[RenderableType], width: int = 100) -> str:
    return as_text(blocks, width=width)


def with_items(*items: Item) -> Basis:
    return basis(replace(drug(), ledger=drug().ledger.add(*items)), AS_OF)


def test_credits_are_the_library_s_the_largest_first() -> None:
    part, found = parts()[0], shapley_attribution(drug(), AS_OF, asked(view()))
    assert sorted(part.credits, key=lambda one: one.ids) == sorted(found.credits, key=lambda one: one.ids)
    sizes = [max(map(abs, one.bits)) for one in part.credits]
    assert sizes == sorted(sizes, reverse=True)
    shown = text(credited_page(part))
    assert "7 items or stories together take phase3 start by 2028-12 from" in part.lead
    assert "Phase 2 met its primary endpoint" in shown and "1 more item of" in shown
    assert "random order" not in part.lead  # every coalition was computed


def test_sampled_credits_say_how_far_they_are_off() -> None:
    part = credited(basis(load("quantumscape"), "2026-07-02"))
    assert part is not None and not part.exact and 0.0 < part.error < 0.02
    assert f"Averaged over {2 * part.pairs} random orders, each beside its reverse" in part.lead
    rest = part.credits[12:]
    assert f"{len(rest)} others together" in text(credited_page(part))


def test_a_view_without_items_has_no_credits() -> None:
    part = credited(basis(drug(), "2024-01"))
    assert part is not None and part.credits == ()
    assert part.lead in " ".join(text(credited_page(part)).split())


def test_the_watch_list_is_the_library_s() -> None:
    part, found = parts()[1], watch_list(view().belief, asked(view()))
    assert part.entries == found.entries and part.now == found.now and part.left_out == ()
    shown = " ".join(text(ahead_page(part)).split())
    assert "Readout of a clinical trial on phase3 start" in shown and "Phase3 start reached" in shown
    assert "By what it says:" in shown and "binding: yes" in shown


def test_days_ahead_are_the_library_s_and_others_may_be_named() -> None:
    part = ahead(view(), dates={"2026-11-20": "earnings call"})
    day = next(one for one in part.catalysts if one.label == "earnings call")
    [expected] = [
        one
        for one in dated_catalysts(view().belief, asked(view()), dates={"2026-11-20": "earnings call"}, draws=200)
        if one.label == "earnings call"
    ]
    assert (day.date, day.movements, day.errors) == (expected.date, expected.movements, expected.errors)
    assert [one.date for one in part.catalysts] == sorted(one.date for one in part.catalysts)
    assert {"2027-01-31", "2027-04-30", "2027-10-31"} <= {one.date for one in part.catalysts}
    with pytest.raises(InvalidInput, match="allowed is a day after"):
        ahead(view(), dates={"2026-10-01": "earnings call"})


def test_spans_that_leave_the_grid_are_named_not_watched() -> None:
    part = ahead(basis(load("quantumscape"), "2035-06-30"))
    assert part.left_out
    assert "Not watched:" in text(ahead_page(part))


def test_what_if_is_the_library_s_beside_today() -> None:
    said = ["trial_readout on phase3_start in 2026-12 [primary_endpoint_met=yes]", "lr on filing by 2031 ratio=2"]
    part, after = supposed(what_if(*said)), suppose(drug(), AS_OF, said)
    assert part is not None and part.suppositions == tuple(said)
    assert {one.target.milestone for one in part.lines} == set(drug().roadmap.names)
    for one in (*part.headline, *part.lines):
        name, by = one.target.milestone, one.target.by
        assert (one.now, one.then) == (view().belief.prob(name, by=by), after.prob(name, by=by))
        odds = [math.log2(p / (1 - p)) for p in (one.now, one.then)]
        assert one.bits == pytest.approx(odds[1] - odds[0], abs=1e-9)
        assert (one.month_now, one.month_then) == (view().belief.quantile(name, 0.5), after.quantile(name, 0.5))
    assert part.value_then > part.value_now > 0.0 and not math.isnan(part.implied_then)
    shown = text(supposed_page(part, "USD"))
    assert "Model value" in shown and "Even odds now" in shown
    assert supposed(view()) is None


def test_every_section_in_the_terminal_shows_both_columns() -> None:
    said = ("trial readout on phase3 start in 2026-12 [primary_endpoint_met=yes]", "filing not reached by 2029-06")
    report = build_report(drug(), [AS_OF], draws=200, seed=1, explore=True, suppositions=said)
    shown = as_text(report_blocks(report), width=80)
    assert [line for line in shown.splitlines() if len(line) > 80] == []
    sections = re.split(r"\n\d+\. ", shown)
    plain = ("Chain", "What each announcement is", "Where", "What the day", "What sentiment", "The assumptions")
    plain += ("How far", "What this depends", "How sure\n")
    for one in sections[1:]:
        if not one.startswith(plain):
            assert re.search("if so|if this were known too", one, re.IGNORECASE), one[:60]
    without = as_text(report_blocks(build_report(drug(), [AS_OF], draws=200, seed=1, explore=True)), width=80)
    assert "if so" not in without.lower() and "What if" not in without


def test_what_if_shows_means_with_intervals_and_says_when_draws_are_few() -> None:
    drawn = what_if("trial readout on phase3 start in 2026-12", draws=100)
    part = supposed(drawn)
    assert part is not None and drawn.then is not None and drawn.then.mixture is not None
    one = part.headline[0]
    estimate = drawn.then.mixture.prob(one.target.milestone, by=one.target.by)
    assert one.chance_then is not None
    assert (one.chance_then.mean, one.chance_then.low) == (float(estimate), estimate.low)
    shown = f"{percent(one.chance_then.mean)} ({percent(one.chance_then.low)} to {percent(one.chance_then.high)})"
    assert f"would have {shown}" in part.answer
    assert part.ess < 100.0 and part.warning in " ".join(text(supposed_page(part, "USD")).split()).replace("Too", "too")


def test_a_price_that_could_not_be_read_is_said() -> None:
    part = supposed(what_if("approval reached in 2031-03"))
    assert part is not None and part.readings is None and part.levels is None
    assert "is certain under this roadmap" in " ".join(text(supposed_page(part, "USD")).split())
    report = build_report(drug(), [AS_OF], draws=100, suppositions=["approval reached in 2031-03"])
    shown = as_text(report_blocks(report), width=80)
    assert "nan" not in shown and "None" not in shown
    *_, line = (line for line in shown.splitlines() if line.startswith("approval") and "2048-12" in line)
    assert re.match(r"approval +2048-12 +\d+% +100% +\d+% +- ", line)
    json.dumps(to_json(report), allow_nan=False)


def test_what_is_supposed_to_come_late_is_not_reached_by_the_deadline() -> None:
    part = supposed(what_if("approval reached in 2031-03", "phase3 start reached in 2029-11"))
    assert part is not None and part.prob("phase3_start", "2028-12") == 0.0
    assert part.prob("phase3_start", "2048-12") == 1.0
    shown = text(milestones_page(milestones(view()), part.milestones))
    assert re.search(r"2028-12 +\d+% +0% ", shown)


def test_text_of_a_supposition_is_not_obeyed() -> None:
    said = "trial_readout on\u2028phase3_start in 2026-12"
    report = build_report(drug(), [AS_OF], draws=0, suppositions=[said])
    shown = as_text(report_blocks(report))
    assert "\u2028" not in shown and "'trial_readout on phase3_start in 2026-12'" in " ".join(shown.split())
    part = supposed(what_if(said))
    assert part is not None
    worse = replace(part, lead="\x1b[31m \u202eoffer [bold]x[/bold]")
    shown = text(supposed_page(worse, "USD"))
    assert "<U+001B>[31m <U+202E>offer [bold]x[/bold]" in shown and "\x1b" not in shown


def test_the_watch_list_is_that_of_what_is_supposed() -> None:
    silence = "no trial readout on phase3 start by 2027-06"
    drawn = what_if("phase3 start not reached by 2026-12", silence)
    part = supposed(drawn, explore=True)
    assert part is not None and drawn.then is not None
    assert not [one for one in part.watched if one.kind == "trial_readout"]  # supposed to bring nothing
    started = next(one for one in part.watched if one.kind == "achieved" and one.milestone == "phase3_start")
    expected = drawn.then.belief.prob("phase3_start", by="2027-01")
    assert started.spans[0].probability == pytest.approx(expected, abs=1e-12)
    shown = text(ahead_page(parts()[1], part.watched))
    assert "Rows 'if so': what would come besides what is supposed." in " ".join(shown.split())


def test_tornadoes_and_thresholds_are_the_library_s() -> None:
    part = parts()[2]
    assert part.tornadoes == tornadoes(drug(), AS_OF, asked(view()))
    priced, price = view().priced, view().price
    assert priced is not None and price is not None
    every = sensitivities(drug(), AS_OF, (priced.milestone, priced.by), price=price.value)
    by_field = {one.assumption.field: one for one in every}
    assert {one.field for one in part.thresholds} == set(by_field)
    for one in part.thresholds:
        assert (one.meets, one.move) == (by_field[one.field].break_even, by_field[one.field].move)
    moves = [abs(one.move_sd) for one in part.thresholds if one.move_sd is not None]
    assert moves == sorted(moves)
    assert all(one.meets is None for one in part.thresholds[len(moves) :])


def test_what_no_value_does_is_said() -> None:
    part = parts()[2]
    none = [one for one in part.thresholds if one.meets is None]
    assert none and all(distance(one, "USD").startswith("no value from ") for one in none)
    shown = " ".join(text(swept_page(part, "USD")).split())
    assert "at no value that was looked at" in shown and "To close the gap with the market" in shown


def test_without_a_price_there_are_no_thresholds() -> None:
    plain = replace(drug(), market=None)
    part = swept(basis(plain, AS_OF))
    assert part.thresholds == () and part.tornadoes
    assert "gap with the market" not in text(swept_page(part, ""))
    some = supposed(basis(plain, AS_OF, suppositions=["lr on filing by 2031 ratio=2"]))
    assert some is not None and "Model value" not in text(supposed_page(some, ""))


def test_all_of_it_is_json_and_fits_eighty_columns_or_says_so() -> None:
    some = supposed(what_if("achieved on phase3_start in 2027-03"))
    assert some is not None
    written = json.loads(json.dumps(to_json((*parts(), some)), allow_nan=False))
    assert written[3]["headline"][0]["bits"] == "inf"
    pages = [*credited_page(parts()[0]), *ahead_page(parts()[1]), *swept_page(parts()[2], "USD")]
    wide = [line for line in text([*pages, *supposed_page(some, "USD")], width=100).splitlines() if len(line) > 100]
    assert wide == []


def test_a_settled_headline_leaves_points_and_no_bits() -> None:
    done = with_items(Achieved("phase3_start", "2026-08", announced="2026-09-20", id="begun"))
    found, some, other = credited(done), ahead(done), swept(done)
    assert found is not None
    pages = [*credited_page(found), *ahead_page(some), *swept_page(other, "USD")]
    assert "nan" not in text(pages)
    assert json.dumps(to_json((found, some, other)), allow_nan=False)


def test_text_of_a_ledger_is_not_obeyed() -> None:
    row = drug().items["enrolled-2025"].model_copy(update={"headline": "Full\x1b[31m \u202eoffer"})
    hostile = replace(drug(), items={**drug().items, "enrolled-2025": row})
    part = credited(basis(hostile, AS_OF))
    assert part is not None
    shown = text(credited_page(part))
    assert "\x1b" not in shown and "\u202e" not in shown and "<U+202E>" in shown


def test_power_scaling_is_told_with_what_it_means() -> None:
    drawn = basis(drug(), AS_OF, draws=400)
    part = uncertainty(drawn)
    assert drawn.mixture is not None and drawn.likelihood is not None
    one = part.scalings[0]
    values, weights = drawn.mixture.draws(one.target.milestone, by=one.target.by), drawn.mixture.weights
    expected = power_sensitivity(values, weights, drawn.mixture.log_marginal)
    assert one.evidence_sense == pytest.approx(expected, abs=1e-12)
    senses = [each.sense for each in one.each]
    assert senses == sorted(senses, reverse=True) and senses[0] > 0.0
    shown = " ".join(text(uncertainty_page(part)).split())
    assert f"{one.diagnosis} (power-scaling sensitivity {one.prior_sense:.2f} to the priors" in shown


def with_days(*days: tuple[str, str, str]) -> Dossier:
    """Return the dossier with days that are known to come: date, title, announced."""
    entries = tuple(
        CatalystEntry(date=date, title=title, announced=announced, source="letter") for date, title, announced in days
    )
    return replace(drug(), catalysts=entries)


def test_the_dossier_s_own_days_are_listed_from_when_they_were_announced() -> None:
    dossier = with_days(
        ("2027-02-01", "hearing", "2026-10-31"),
        ("2027-02-01", "call", "2026-01-01"),
        ("2027-03-01", "not announced yet", "2026-11-01"),
        ("2026-10-31", "over", "2026-01-01"),
    )
    assert dossier.catalysts_ahead(AS_OF) == {"2027-02-01": "hearing; call"}
    here = replace(view(), dossier=dossier)
    found, asked_for = ahead(here), ahead(view(), dates={"2027-02-01": "hearing; call"})
    assert repr(found.catalysts) == repr(asked_for.catalysts)  # as if named by hand; NaN is not itself
    named_again = ahead(here, dates={"2027-02-01": "mine"}).catalysts
    assert [one.label for one in named_again if one.date == "2027-02-01"] == ["mine"]
    assert "Hearing; call" in as_text(ahead_page(found), width=100)


def test_a_day_from_which_a_lead_reaches_past_the_horizon_is_a_note() -> None:
    last = f"{drug().grid.last}-28"
    found = ahead(replace(view(), dossier=with_days((last, "too far", "2026-01-01"))))
    assert any("reaches past the horizon" in note for note in found.left_out)
    assert all(one.label != "too far" for one in found.catalysts)


def test_a_roadmap_whose_end_is_known_has_nothing_ahead() -> None:
    months = {"phase3_start": "2026-03", "filing": "2026-06", "approval": "2026-09"}
    facts = [Achieved(name, month, announced="2026-10-01", id=name) for name, month in months.items()]
    old = drug().ledger
    dossier = replace(drug(), ledger=Ledger(facts, old.streams, hype=old.hype, inert_kinds=old.inert_kinds))
    done = basis(dossier, AS_OF)
    part = ahead(done)
    assert part.entries == () and "Nothing is left to watch for" in text(ahead_page(part))
    assert swept(done).thresholds == ()

"""What if: the same as a ledger that holds the news, whatever the date; and conditional questions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayesmile as bm
from bayesmile import Achieved, Announcement, ImpossibleEvidence, InvalidInput, NotYet, load
from bayesmile.dossier import Dossier
from bayesmile.items import Item
from bayesmile.phrases import parse_supposition
from bayesmile.suppositions import suppose

AS_OF = "2026-06-30"


@pytest.fixture(scope="module")
def drug() -> Dossier:
    return load("phase2_drug")


@pytest.fixture(scope="module")
def cells() -> Dossier:
    return load("quantumscape")


def held(dossier: Dossier, *items: Item) -> np.ndarray:
    """Posterior with the items in the ledger itself."""
    return replace(dossier, ledger=dossier.ledger.add(*items)).belief(AS_OF).solution.pmf


def test_news_of_a_past_month_is_what_the_ledger_would_say_with_it(cells: Dossier) -> None:
    item = Announcement("packs", "customer_agreement", "2026-05-20", attributes={"binding": "yes", "timeline": "no"})
    found = suppose(cells, AS_OF, ["customer_agreement on packs in 2026-05 [binding=yes, timeline=no]"])
    assert found.solution.pmf == pytest.approx(held(cells, item), abs=1e-12)
    assert suppose(cells, AS_OF, [item]).solution.pmf == pytest.approx(held(cells, item), abs=1e-12)


def test_news_of_a_coming_month_is_one_more_arrival_and_nothing_else(cells: Dossier) -> None:
    now, later = cells.belief(AS_OF), suppose(cells, AS_OF, ["partner_deal on partner_separators in 2026-12"])
    stream = next(one for one in now.evidence.streams if one.kind == "partner_deal")
    first, grid = cells.grid.index("2026-12"), np.arange(cells.grid.months + 1)
    inside = (grid >= first) & (grid <= first + stream.lead) & (grid < cells.grid.months)
    expected = now.pmf("partner_separators") * np.where(inside, stream.lift, 1.0)
    assert later.pmf("partner_separators") == pytest.approx(expected / expected.sum(), abs=1e-12)
    assert later.prob("commercialization", by="2035") > now.prob("commercialization", by="2035")


def test_an_achievement_ahead_is_a_fact(cells: Dossier) -> None:
    found = suppose(cells, AS_OF, ["achieved on field_testing in 2026-12"])
    expected = cells.belief(AS_OF).update(Achieved("field_testing", "2026-12"))
    assert found.solution.pmf == pytest.approx(expected.solution.pmf, abs=1e-12)
    dated = Achieved("field_testing", "2026-12", announced="2027-01-10")
    assert suppose(cells, AS_OF, [dated]).solution.pmf == pytest.approx(expected.solution.pmf, abs=1e-12)


def test_guidance_ahead_supersedes_and_slips_by_its_class(drug: Dossier) -> None:
    found = suppose(drug, AS_OF, ["guidance on phase3_start in 2026-06 target=2029-12"])
    row = next(item for item in drug.belief(AS_OF).evidence.items if isinstance(item, bm.Guidance))
    assert [item.target for item in found.evidence.items if isinstance(item, bm.Guidance)] == ["2029-12"]
    assert row in found.evidence.superseded
    in_force = next(item for item in found.evidence.items if isinstance(item, bm.Guidance))
    assert found.solution.pmf == pytest.approx(held(drug, in_force), abs=1e-12)
    assert found.prob("phase3_start", by="2028") < drug.belief(AS_OF).prob("phase3_start", by="2028")
    ahead = suppose(drug, AS_OF, ["guidance on phase3_start in 2027-01 target=2029-12"])
    assert ahead.prob("phase3_start", by="2026-12") == 0.0


def test_several_suppositions_add_up_and_none_changes_nothing(drug: Dossier) -> None:
    one, other = "lr on filing by 2031-12 ratio=3", "not_yet on phase3_start by 2027-03"
    both = suppose(drug, AS_OF, [one, other]).solution.pmf
    assert both == pytest.approx(suppose(drug, AS_OF, [other, one]).solution.pmf, abs=1e-12)
    expected = drug.belief(AS_OF).update(bm.LikelihoodRatio("filing", "2031-12", 3), NotYet("phase3_start", "2027-03"))
    assert both == pytest.approx(expected.solution.pmf, abs=1e-12)
    assert suppose(drug, AS_OF, []).solution.pmf == pytest.approx(drug.belief(AS_OF).solution.pmf, abs=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "achieved approval 2030",
        "trial_readout on phase3_start by 2026-08",
        "no trial_readout on phase3_start in 2026-08",
        "no trial_readout on phase3_start by 2026-08 primary_endpoint_met=yes",
        "approval not reached in 2030-01",
        "approval reached by soon",
        "lr on approval in 2030-01 ratio=2",
        "lr on approval by 2030-01",
        "achieved on approval in 2030-01 ratio=2",
        "guidance on approval in 2027-01",
        "trial_readout on phase3_start in 2026-08 [positive]",
        "trial_readout on phase3_start in 2026-08 a=yes a=no",
        "trial_readout on phase3_start in 2026-08 [primary_endpoint_met=yes",
        "trial_readout on phase3_start in 2026-08 primary_endpoint_met=yes]",
        "trial_readout on phase3_start in 2026-08 =yes",
        "\x1b[31m on approval",
    ],
)
def test_texts_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="suppose: received"):
        parse_supposition(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("trial_readout on nowhere in 2026-08", "nowhere"),
        ("trial_redout on phase3_start in 2026-08", r"unknown.*trial_readout"),
        ("trial_readout on approval in 2026-08", "no stream of kind 'trial_readout' on milestone 'approval'"),
        ("trial_readout on phase3_start in 2026-08 loud=yes", "loud"),
        ("trial_readout on phase3_start in soon", "soon"),
        ("trial_readout on phase3_start in 2048-01", "past the horizon"),
        ("guidance on approval in 2027-01 target=2026-01", "dates are reversed"),
        ("lr on approval by 2030-01 ratio=many", "ratio: received 'many'"),
        ("lr on approval by 2090 ratio=2", "past the horizon"),
    ],
)
def test_what_cannot_be_supposed_is_refused(drug: Dossier, text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        suppose(drug, AS_OF, [text])


def test_kinds_that_move_nothing_and_contradictions_are_refused(cells: Dossier) -> None:
    kind = cells.ledger.inert_kinds[0]
    with pytest.raises(InvalidInput, match="moves nothing, by assumption"):
        suppose(cells, AS_OF, [f"{kind} on packs in 2026-12"])
    with pytest.raises(ImpossibleEvidence):
        suppose(cells, AS_OF, ["achieved on field_testing in 2024-01"])
    with pytest.raises(InvalidInput, match="a list of texts"):
        suppose(cells, AS_OF, "achieved on field_testing in 2026-12")


def test_conditional_probabilities_are_those_of_the_joint(drug: Dossier) -> None:
    belief = drug.belief(AS_OF)
    joint = belief.joint("phase3_start", "approval")
    first, last = drug.grid.index("2028-06"), drug.grid.index("2035-12")
    expected = joint[: first + 1, : last + 1].sum() / joint[: first + 1].sum()
    assert belief.prob("approval", by="2035", given={"phase3_start": "2028-06"}) == pytest.approx(expected, abs=1e-12)
    late = joint[first + 1 :, : last + 1].sum() / joint[first + 1 :].sum()
    not_by = NotYet("phase3_start", "2028-06")
    assert belief.prob("approval", by="2035", given=not_by) == pytest.approx(late, abs=1e-12)
    assert belief.prob("approval", by="2035", given=[not_by]) == pytest.approx(late, abs=1e-12)
    assert belief.prob("approval", by="2035", given={}) == belief.prob("approval", by="2035")


def test_conditions_that_cannot_be_met_are_refused(drug: Dossier) -> None:
    belief = drug.belief(AS_OF)
    with pytest.raises(ImpossibleEvidence):
        belief.prob("approval", by="2035", given={"phase3_start": "2024-06"})
    with pytest.raises(InvalidInput, match="given"):
        belief.prob("approval", by="2035", given="phase3_start")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="nowhere"):
        belief.given({"nowhere": "2028"})
    with pytest.raises(InvalidInput, match="horizon"):
        belief.given({"filing": "2300"})

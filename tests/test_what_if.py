"""What if, over the uncertain numbers too: supposed news is evidence, and nothing is won by supposing."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from bayesmile import Announcement, ImpossibleEvidence, InvalidInput, Ledger, NotYet, load
from bayesmile.dossier import Dossier
from bayesmile.grid import parse_moment
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.mixture import from_prior, reweighted
from bayesmile.parameters import parameters_of
from bayesmile.report import build_report, build_view, to_json
from bayesmile.sections.basis import Basis, basis
from bayesmile.sections.supposed import supposed
from bayesmile.suppositions import suppose, with_supposed
from bayesmile.watch import watch_list
from bayesmile.wording import percent

AS_OF = "2026-06-30"
STEP, END = "phase3_start", ("approval", "2035-12")


@cache
def drug() -> Dossier:
    return load("phase2_drug")


@cache
def now() -> Basis:
    return basis(drug(), AS_OF, draws=100, seed=1)


def then(*said: str) -> Basis:
    """Suppose on the same draws, without drawing them again."""
    known = with_supposed(drug(), now().belief.evidence, said)
    likelihood = Likelihood(drug(), AS_OF, known=known)
    assert now().mixture is not None
    return replace(
        now(),
        belief=suppose(drug(), AS_OF, said),
        likelihood=likelihood,
        mixture=reweighted(now().mixture, likelihood),
    )


def chances(view: Basis) -> tuple[float, float]:
    """How probable the supposed news was: at the central numbers, and over the draws."""
    ours = now().mixture
    assert ours is not None and view.likelihood is not None
    change = view.likelihood.log_marginal(ours.theta) - ours.log_marginal
    return math.exp(view.belief.log_marginal - now().belief.log_marginal), float(ours.weights @ np.exp(change))


def answers(view: Basis) -> np.ndarray:
    """Every month of every milestone, at the central numbers and as the mean over the draws."""
    assert view.mixture is not None
    mean = np.einsum("d,dkt->kt", view.mixture.weights, view.mixture.pmf_draws)
    return np.stack([view.belief.solution.pmf, mean])


def averaged(cases: list[tuple[float, Basis]]) -> tuple[np.ndarray, np.ndarray]:
    """Total chance of some cases, and their chance-weighted average."""
    weights = [np.array(chances(view)) * factor for factor, view in cases]
    total = sum(weights, np.zeros(2))
    parts = [weight[:, None, None] * answers(view) for weight, (_, view) in zip(weights, cases, strict=True)]
    return total, np.sum(parts, axis=0)


def test_the_basis_holds_both_columns() -> None:
    said = [f"trial readout on {STEP} in 2026-12"]
    both, alone = basis(drug(), AS_OF, draws=100, seed=1, suppositions=said), then(*said)
    assert both.then is not None and both.suppositions == tuple(said)
    np.testing.assert_array_equal(answers(both), answers(now()))
    np.testing.assert_allclose(answers(both.then), answers(alone), atol=1e-14)
    assert now().then is None and now().suppositions == ()


@pytest.mark.parametrize("by", ["2026-07", "2027-06", "2040-12"])
def test_reached_or_not_averages_to_now(by: str) -> None:
    total, mean = averaged([(1.0, then(f"{STEP} reached by {by}")), (1.0, then(f"{STEP} not reached by {by}"))])
    np.testing.assert_allclose(total, 1.0, atol=1e-12)
    np.testing.assert_allclose(mean, answers(now()), atol=1e-12)


@pytest.mark.parametrize(
    "text", [f"{STEP} reached by 2028-12", f"{STEP} reached in 2027-03", "approval not reached by 2040"]
)
def test_the_chance_of_a_supposed_fact_is_ours(text: str) -> None:
    part = supposed(basis(drug(), AS_OF, suppositions=[text]))
    ours = now().belief
    expected = {
        f"{STEP} reached by 2028-12": ours.prob(STEP, by="2028-12"),
        f"{STEP} reached in 2027-03": float(ours.pmf(STEP)[drug().grid.index("2027-03")]),
        "approval not reached by 2040": 1.0 - ours.prob("approval", by="2040"),
    }
    assert part is not None and part.probability == pytest.approx(expected[text], abs=1e-12)
    assert f"It has a chance of {percent(part.probability)}" in part.lead


def test_the_chance_of_silence_is_that_of_the_watch_list() -> None:
    part = supposed(basis(drug(), AS_OF, suppositions=[f"no trial readout on {STEP} by 2026-12"]))
    found = watch_list(now().belief, [END], months=[6])
    [news] = [one for one in found.entries if one.kind == "trial_readout" and not one.answer]
    assert part is not None and part.probability == pytest.approx(1.0 - news.spans[0].probability, abs=1e-12)
    assert part.headline[-1].then != part.headline[-1].now
    several = [f"trial readout on {STEP} in 2026-12", f"{STEP} reached by 2028-12"]
    told = supposed(basis(drug(), AS_OF, suppositions=several))
    assert told is not None and math.isnan(told.probability) and "a chance of" not in told.lead


def test_news_or_none_of_a_month_averages_to_now() -> None:
    """Over the number of announcements that a month brings, none to eight, the expected belief is today's."""
    news, rest = f"trial_readout on {STEP} in 2026-07", f"no trial_readout on {STEP} by 2026-07"
    cases = [(1.0 / math.factorial(n), then(*[news] * n, rest)) for n in range(9)]
    total, mean = averaged(cases)
    np.testing.assert_allclose(total, 1.0, atol=1e-10)
    np.testing.assert_allclose(mean, answers(now()), atol=1e-10)


def test_what_it_says_averages_to_its_being_said() -> None:
    news = f"trial_readout on {STEP} in 2026-12"
    said = [then(f"{news} primary_endpoint_met={answer}") for answer in ("yes", "no")]
    total, mean = averaged([(1.0, view) for view in said])
    untold = then(news)
    np.testing.assert_allclose(total, chances(untold), rtol=1e-12)
    np.testing.assert_allclose(mean / total[:, None, None], answers(untold), atol=1e-12)


def test_weights_of_draws_are_those_of_the_enumerated_news() -> None:
    """Each draw's weight times P(news | draw), summed month by month from that draw's own numbers."""
    found = then(f"trial_readout on {STEP} in 2026-12 primary_endpoint_met=yes").mixture
    ours = now().mixture
    assert ours is not None and found is not None and now().likelihood is not None
    value = {one.field: np.full(len(ours.theta), one.value) for one in parameters_of(drug())}
    value |= {name: ours.theta[:, column] for column, name in enumerate(ours.fields)}
    kind = "kind.trial_readout"
    own = f"stream.trial_readout.{STEP}.lift"
    lift = value[own if own in value else f"{kind}.lift"]
    near, other = (value[f"{kind}.attributes.primary_endpoint_met.yes_{which}"] for which in ("if_near", "otherwise"))
    [stream] = [one for one in now().belief.evidence.streams if one.label == f"trial_readout on {STEP}"]
    first, months = drug().grid.index("2026-12"), np.arange(drug().grid.months + 1)
    inside = (months >= first) & (months <= first + stream.lead) & (months < drug().grid.months)
    pmf = ours.pmf_draws[:, drug().roadmap.number(STEP)]
    news = stream.base_rate / 12.0 * np.where(inside, (lift * near)[:, None], other[:, None])
    chance = (pmf * news).sum(axis=1)
    expected = ours.weights * chance
    np.testing.assert_allclose(found.weights, expected / expected.sum(), rtol=1e-9)
    given = pmf * news / chance[:, None]
    np.testing.assert_allclose(found.pmf_draws[:, drug().roadmap.number(STEP)], given, atol=1e-12)
    assert found.ess == pytest.approx(1.0 / np.sum(found.weights**2))


def test_the_second_column_is_the_first_of_a_dossier_that_holds_the_news() -> None:
    """Few draws are not smoothed, so that both ways of weighing them are exact."""
    item = Announcement(STEP, "trial_readout", "2026-05-20", attributes={"primary_endpoint_met": "no"}, id="told")
    more = replace(drug(), ledger=drug().ledger.add(item))
    few = from_prior(drug(), AS_OF, draws=24, seed=3)
    known = with_supposed(
        drug(), drug().known_by(AS_OF), [f"trial readout on {STEP} in 2026-05 primary_endpoint_met=no"]
    )
    found, expected = reweighted(few, Likelihood(drug(), AS_OF, known=known)), from_prior(more, AS_OF, draws=24, seed=3)
    np.testing.assert_allclose(found.weights, expected.weights, rtol=1e-9)
    np.testing.assert_allclose(found.pmf_draws, expected.pmf_draws, atol=1e-12)
    np.testing.assert_allclose(found.log_marginal, expected.log_marginal, atol=1e-9)


def test_every_section_is_that_of_a_dossier_that_holds_the_news() -> None:
    item = Announcement(STEP, "trial_readout", "2026-05-20", attributes={"primary_endpoint_met": "yes"}, id="told")
    entered = build_view(replace(drug(), ledger=drug().ledger.add(item)), AS_OF, draws=0)
    said = [f"trial readout on {STEP} in 2026-05 [primary_endpoint_met=yes]"]
    part = build_view(drug(), AS_OF, draws=0, suppositions=said).supposed
    assert part is not None and part.assumed is entered.assumed is None
    for name in ("milestones", "readings", "levels", "compared", "gap", "valuation"):
        close(to_json(getattr(part, name)), to_json(getattr(entered, name)))


def close(found: object, expected: object) -> None:
    """Two JSON values are the same but for rounding."""
    if isinstance(found, dict) and isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name in found:
            close(found[name], expected[name])
    elif isinstance(found, list) and isinstance(expected, list):
        for one, other in zip(found, expected, strict=True):
            close(one, other)
    elif isinstance(found, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
    else:
        assert found == expected


def test_order_makes_no_difference() -> None:
    said = [
        f"trial_readout on {STEP} in 2026-12",
        f"no trial_readout on {STEP} by 2027-01",
        "lr on filing by 2031-12 ratio=3",
        f"guidance on {STEP} in 2026-08 target=2027-10",
        f"trial_readout on {STEP} in 2026-12",
    ]
    one, other = then(*said), then(*reversed(said))
    np.testing.assert_allclose(answers(one), answers(other), atol=1e-12)
    np.testing.assert_allclose(chances(one), chances(other), rtol=1e-10)
    once = then(*said[:-1])
    assert np.abs(answers(one) - answers(once)).max() > 1e-3  # the same text twice is two announcements


@pytest.mark.parametrize("as_of", ["2026-06-30", "2026-06-14", "2026-06"])
def test_silence_is_what_a_later_day_without_news_would_tell(as_of: str) -> None:
    public = [item for item in drug().ledger.items if item.public and item.public <= parse_moment(as_of).day]
    old = drug().ledger
    quiet = replace(drug(), ledger=Ledger(public, old.streams, hype=old.hype, inert_kinds=old.inert_kinds))
    later = quiet.belief("2026-09-30")
    said = [f"no {stream.label} by 2026-09" for stream in old.streams]
    missing = [item for item in later.evidence.items if isinstance(item, NotYet) and item.announced == "2026-09-30"]
    found = suppose(quiet, as_of, [*said, *missing])
    assert len(missing) == 3
    np.testing.assert_allclose(found.solution.pmf, later.solution.pmf, atol=1e-12)
    assert found.log_marginal == pytest.approx(later.log_marginal, abs=1e-9)


def test_silence_before_its_time_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"received 2026-05, before the as-of date 2026-06-30"):
        suppose(drug(), AS_OF, [f"no trial_readout on {STEP} by 2026-05"])
    with pytest.raises(InvalidInput, match="past the horizon"):
        suppose(drug(), AS_OF, [f"no trial_readout on {STEP} by 2047-05"])


def test_a_condition_is_a_supposition() -> None:
    name, by = END
    found = suppose(drug(), AS_OF, [f"{STEP} reached by 2028-06"]).prob(name, by=by)
    assert found == pytest.approx(now().belief.prob(name, by=by, given={STEP: "2028-06"}), abs=1e-14)
    found = suppose(drug(), AS_OF, [f"{STEP} not reached by 2028-06"]).prob(name, by=by)
    assert found == pytest.approx(now().belief.prob(name, by=by, given=NotYet(STEP, "2028-06")), abs=1e-14)


@pytest.mark.parametrize(
    ("plain", "strict"),
    [
        ("Trial readout on Phase3 start in 2026-12", f"trial_readout on {STEP} in 2026-12"),
        ("readout of a clinical trial on phase3-start IN 2026-12", f"trial_readout on {STEP} in 2026-12"),
        ("phase3 start reached in 2027-03", f"achieved on {STEP} in 2027-03"),
        ("phase3 start achieved by 2027-03", f"achieved on {STEP} by 2027-03"),
        ("Phase3 start not reached by 2027-03", f"not_yet on {STEP} by 2027-03"),
        ("not yet on phase3 start by 2027-03", f"not_yet on {STEP} by 2027-03"),
        ("likelihood ratio on filing by 2031 ratio=2", "lr on filing by 2031 ratio=2"),
    ],
)
def test_plain_words_mean_the_names(plain: str, strict: str) -> None:
    one, other = (suppose(drug(), AS_OF, [text]).solution.pmf for text in (plain, strict))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("trial redout on phase3 start in 2026-12", "did you mean 'trial_readout'"),
        ("trial readout on phase3 starrt in 2026-12", "did you mean 'phase3_start'"),
        ("no trial redout on phase3 start by 2026-12", "did you mean 'trial_readout'"),
        ("phase4 start reached by 2027", "did you mean 'phase3_start'"),
        ("phase3 start reached by 2099", "horizon"),
    ],
)
def test_errors_name_what_is_near(text: str, hint: str) -> None:
    with pytest.raises(InvalidInput, match=hint):
        suppose(drug(), AS_OF, [text])


def test_one_more_like_one_in_the_ledger() -> None:
    cells, day = load("quantumscape"), "2026-07-02"
    part = supposed(basis(cells, day, suppositions=["like Corning in 2026-12 [volume_target=yes]"]))
    assert part is not None and "field testing by 2026-12 would have 38% as before; commerc" in part.answer
    strict = suppose(cells, day, ["partner_deal on partner_separators in 2026-12 [volume_target=yes]"])
    for name in ("Corning", "corning-2025", "murata manufacturing"):
        found = suppose(cells, day, [f"like {name} in 2026-12 [volume_target=yes]"])
        np.testing.assert_array_equal(found.solution.pmf, strict.solution.pmf)
    with pytest.raises(InvalidInput, match="which is no announcement known by then; did you mean 'Corning'"):
        suppose(cells, day, ["like Cornin in 2026-12"])
    with pytest.raises(InvalidInput, match="no announcement known by then"):
        suppose(cells, "2025-06-30", ["like Corning in 2026-12"])  # the ledger did not hold it yet
    with pytest.raises(InvalidInput, match="name one of these, or an id"):
        suppose(cells, day, ["like Volkswagen in 2026-12"])
    with pytest.raises(InvalidInput, match="suppose: received"):
        suppose(cells, day, ["like Corning by 2026-12"])


def test_what_cannot_be_is_said_to_be_supposed() -> None:
    with pytest.raises(ImpossibleEvidence, match="what is supposed is impossible: "):
        basis(drug(), AS_OF, draws=100, suppositions=[f"{STEP} reached by 2025-06"])


def test_further_news_leaves_what_is_supposed() -> None:
    found = suppose(drug(), AS_OF, [f"trial_readout on {STEP} in 2026-12", f"no trial_readout on {STEP} by 2026-12"])
    item = Announcement(STEP, "trial_readout", dt.date(2026, 6, 30), id="today")
    more = found.update(item)
    assert (more.evidence.supposed, more.evidence.complete_to) == (found.evidence.supposed, found.evidence.complete_to)
    expected = suppose(
        replace(drug(), ledger=drug().ledger.add(item)),
        AS_OF,
        [f"no trial_readout on {STEP} by 2026-12", f"trial_readout on {STEP} in 2026-12"],
    )
    np.testing.assert_allclose(more.solution.pmf, expected.solution.pmf, atol=1e-12)


def test_only_the_last_view_supposes() -> None:
    said = [f"{STEP} reached by 2027-12"]
    first, last = build_report(drug(), ["2025-12-31", AS_OF], draws=0, suppositions=said).views
    assert first.supposed is None and last.supposed is not None
    assert last.answer[-1] == last.supposed.answer and last.today == last.answer[:-1]
    plain = build_view(drug(), AS_OF, draws=0)
    assert plain.answer == last.today and plain.supposed is None
    assert to_json(replace(last, supposed=None, answer=last.today, chain=plain.chain)) == to_json(plain)

"""Learned lifts against the engine's own likelihood, closed forms, and known parameters."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pandas as pd
import pytensor
import pytest
from scipy import integrate, stats

import bayesmile as bm
from bayesmile.core.arrivals import arrival_rows, silence_row, windows
from bayesmile.errors import InvalidInput
from bayesmile.model.lift_learning import learn_lifts, lift_model
from bayesmile.reference.announcements import AnnouncementTable
from bayesmile.reference.learnedlifts import LearnedLifts, lift_fragment, lift_table, mark_table
from bayesmile.reference.liftcounts import LiftCounts, lift_counts
from bayesmile.reference.table import ReferenceClass
from tests import dossier_folder
from tests.reference.announced import history, simulated_news

HORIZON = 48
ROWS = [
    {"entered": 0, "through": 40, "first": 20, "last": 20},
    {"entered": 6, "through": 40, "first": 12, "last": 12},
    {"entered": 2, "through": 40, "ended": 25},
    {"entered": 11, "through": 40, "first": 40, "last": 40},
]
NEWS = [(0, 3, "deal", True), (0, 15, "deal", False), (0, 20, "delay", None), (1, 6, "deal", None)]
NEWS += [(2, 25, "deal", True), (2, 4, "deal", True), (3, 12, "delay", False), (3, 35, "deal", False)]
LEAD = 8


def table_of(rows: list[tuple[int, int, str, bool | None]]) -> AnnouncementTable:
    frame = pd.DataFrame(rows, columns=["entity", "announced", "kind", "binding"]).astype({"binding": object})
    frame["entity"] = [f"e{number:04d}" for number in frame["entity"]]
    return AnnouncementTable(table=frame.assign(line=range(2, len(frame) + 2)), attributes=("binding",))


def log_likelihood(counts: LiftCounts, *, heterogeneous: bool):
    """Model's log-likelihood as a function of its parameters by name."""
    model = lift_model(counts, heterogeneous=heterogeneous)
    total = model.logp(vars=model.potentials, jacobian=False)
    run = pytensor.function(model.value_vars, total, mode="FAST_COMPILE", on_unused_input="ignore")
    start = model.initial_point()

    def at(**values: object) -> float:
        point = start | {name: np.asarray(value, dtype=float) for name, value in values.items()}
        return float(run(*(point[variable.name] for variable in model.value_vars)))

    return at


def engine(row: dict[str, float], news: list[tuple[int, bool | None]], rate: float, lift: float, p1: float, p0: float):
    """Log-likelihood of one entity's announcements of one kind at its known month, as a dossier's stream has it."""
    month = int(row.get("last", HORIZON))
    end = int(row.get("last", row.get("ended", 0)))
    view = windows(np.array([u for u, _ in news], dtype=int), np.ones(end - int(row["entered"]) + 1),
                   int(row["entered"]), LEAD, HORIZON)  # fmt: skip
    logs = [[np.log(p if x else 1 - p) if x is not None else 0.0 for _, x in news] for p in (p1, p0)]
    silence, empty = silence_row(view, rate / 12.0, lift)
    rows, constants = arrival_rows(view, rate / 12.0, lift, np.array(logs[0]), np.array(logs[1]))
    return silence[month] + empty + rows[:, month].sum() + constants.sum()


def of_entity(number: int, kind: str) -> list[tuple[int, bool | None]]:
    return [(u, x) for entity, u, name, x in NEWS if entity == number and name == kind]


def test_likelihood_is_that_of_the_engine_at_known_months():
    counts = lift_counts(history(ROWS), table_of(NEWS), lead=LEAD, by_cluster=False)
    assert counts.kinds == ("deal", "delay") and counts.notes == ()
    at, found = log_likelihood(counts, heterogeneous=False), []
    for base, lift, p1, p0 in [((0.5, 1.0), (2.0, 0.5), 0.6, 0.3), ((1.5, 0.2), (0.7, 3.0), 0.2, 0.9)]:
        wanted = sum(
            engine(row, of_entity(number, kind), base[k], lift[k], p1, p0)
            for number, row in enumerate(ROWS)
            for k, kind in enumerate(counts.kinds)
        )
        logit = [np.log(p0 / (1 - p0))] * 2
        ratio = [np.log(p1 / (1 - p1)) - logit[0]] * 2
        ours = at(log_base=np.log(base), log_lift=np.log(lift), logit_otherwise=logit, log_odds_ratio=ratio)
        found.append(ours - wanted)
    assert found[0] == pytest.approx(found[1], abs=1e-10)


def mixed(number: int, group: tuple[int, ...], base: tuple[float, ...], lift: tuple[float, ...], shape: float) -> float:
    """Log-likelihood of the kinds of a group of one entity, its multiplier integrated out by quadrature."""

    def density(h: float) -> float:
        news = [of_entity(number, ("deal", "delay")[k]) for k in group]
        parts = [engine(ROWS[number], one, h * base[k], lift[k], 0.5, 0.5) for k, one in zip(group, news, strict=True)]
        return float(np.exp(sum(parts)) * stats.gamma.pdf(h, shape, scale=1.0 / shape))

    return float(np.log(integrate.quad(density, 0.0, np.inf, epsabs=0.0, epsrel=1e-9)[0]))


def test_hype_is_summed_out_as_an_integral_over_the_engine():
    """Both kinds share the multiplier of an entity where they are promotional, and have one each where they are not."""
    found = []
    for promotional in (("deal", "delay"), ()):
        counts = lift_counts(history(ROWS), table_of(NEWS), lead=LEAD, promotional=promotional, by_cluster=False)
        at, offsets = log_likelihood(counts, heterogeneous=True), []
        for base, lift, shape in [((0.5, 1.0), (2.0, 0.5), 0.8), ((1.5, 0.2), (0.7, 3.0), 4.0)]:
            groups = [(0, 1)] if promotional else [(0,), (1,)]
            wanted = sum(mixed(number, group, base, lift, shape) for number in range(4) for group in groups)
            shapes = np.full(len(groups), np.log(shape))
            zero = {"logit_otherwise": [0.0, 0.0], "log_odds_ratio": [0.0, 0.0]}
            offsets.append(at(log_base=np.log(base), log_lift=np.log(lift), log_hype_shape=shapes, **zero) - wanted)
        assert offsets[0] == pytest.approx(offsets[1], abs=1e-6)
        found.append(offsets[0])
    assert found[0] == pytest.approx(found[1], abs=1e-6)


def test_without_multipliers_a_rate_is_gamma_and_with_them_counts_are_negative_binomial():
    counts = lift_counts(history(ROWS), table_of(NEWS), lead=LEAD, by_cluster=False)
    seen = counts.seen[counts.seen["kind"] == "deal"]
    lift, rates = 1.7, np.array([0.1, 0.6, 2.0])
    due = (seen["outside"] + lift * seen["inside"]).to_numpy()
    number = (seen["arrivals_inside"] + seen["arrivals_outside"]).to_numpy()
    poisson, mixed = (log_likelihood(counts, heterogeneous=flag) for flag in (False, True))

    def ours(at, rate: float, **more: object) -> float:
        return at(log_base=[np.log(rate), 0.0], log_lift=[np.log(lift), 0.0], **more)

    exact = stats.gamma(number.sum() + 1, scale=1.0 / due.sum()).logpdf(rates)
    got = [ours(poisson, rate) for rate in rates]
    np.testing.assert_allclose(np.diff(got), np.diff(exact), rtol=1e-10)
    for shape in (0.5, 3.0):
        exact = [stats.nbinom.logpmf(number, shape, shape / (shape + rate * due)).sum() for rate in rates]
        got = [ours(mixed, rate, log_hype_shape=np.log([shape, 1.0])) for rate in rates]
        np.testing.assert_allclose(np.diff(got), np.diff(exact), rtol=1e-10)
    assert ours(mixed, 0.6, log_hype_shape=[18.0, 18.0]) == pytest.approx(ours(poisson, 0.6), abs=1e-5)


def test_merging_entities_changes_no_likelihood():
    rows, news = ROWS * 3, [(entity + 4 * copy, u, kind, x) for copy in range(3) for entity, u, kind, x in NEWS]
    one, three = (
        lift_counts(history(r), table_of(n), lead=LEAD, by_cluster=False) for r, n in ((ROWS, NEWS), (rows, news))
    )
    assert len(one.weight) == len(three.weight) and three.weight.sum() == 3 * one.weight.sum()
    numbers = {"log_base": [-0.4, 0.3], "log_lift": [0.5, -0.2], "log_hype_shape": [0.1, 0.7]}
    small, large = (log_likelihood(counts, heterogeneous=True)(**numbers) for counts in (one, three))
    assert large == pytest.approx(3 * small, rel=1e-12)


def test_cluster_counts_as_one_entity():
    rows = [{**row, "cluster": number % 2} for number, row in enumerate(ROWS * 2)]
    news = [(entity + 4 * copy, u, kind, x) for copy in range(2) for entity, u, kind, x in NEWS]
    counts = lift_counts(history(rows), table_of(news), lead=LEAD)
    assert counts.weight.sum() == pytest.approx(2 * len(counts.groups))
    plain = lift_counts(history(rows), table_of(news), lead=LEAD, by_cluster=False)
    np.testing.assert_allclose(counts.total, plain.total / 4.0)


@functools.cache
def world() -> tuple[ReferenceClass, AnnouncementTable]:
    return simulated_news(
        entities=700,
        lead=18,
        base={"deal": 0.4, "delay": 0.8, "award": 0.2},
        lift={"deal": 2.5, "delay": 0.6, "award": 1.0},
        promotional=("deal", "award"),
        shape=1.5,
        marks=(0.6, 0.35),
        seed=2,
    )


@pytest.fixture(scope="module")
def learned() -> LearnedLifts:
    return learn_lifts(*world(), lead=18, promotional=("deal", "award"), draws=200, tune=300, seed=2)


def test_known_parameters_are_recovered(learned: LearnedLifts):
    table = lift_table(learned).set_index("kind")
    for kind, base, lift in (("deal", 0.4, 2.5), ("delay", 0.8, 0.6), ("award", 0.2, 1.0)):
        for name, true in (("base rate", base), ("lift", lift)):
            low, middle, high = np.log(table.loc[kind, [f"{name} low", name, f"{name} high"]].astype(float))
            assert abs(np.log(true) - middle) < 1.2 * (high - low) / 2 * 1.645, (kind, name)
            assert high - low < 0.6, (kind, name)
    assert table["hype shape"].between(1.5 / 1.35, 1.5 * 1.35).all()
    marks = mark_table(learned)
    assert (marks["near"] - 0.6).abs().max() < 0.08 and (marks["otherwise"] - 0.35).abs().max() < 0.08
    assert learned.diagnostics["max_rhat"] < 1.05 and learned.diagnostics["divergences"] == 0


def test_within_entities_the_lift_is_the_same_where_nothing_tells_them_apart(learned: LearnedLifts):
    table = lift_table(learned)
    assert (table["within low"] < np.array([1.0, 2.5, 0.6])).all() and (table["within high"] > [1.0, 2.5, 0.6]).all()


def test_what_nobody_can_place_is_left_out_without_bias():
    """Rates by division, many entities, no multipliers: near the truth; late months taken as outside: far from it."""
    klass, news = simulated_news(entities=3000, lead=24, base={"deal": 1.0}, lift={"deal": 3.0}, seed=5)
    counts = lift_counts(klass, news, lead=24, by_cluster=False)
    seen = counts.seen
    near, far = seen["arrivals_inside"].sum(), seen["arrivals_outside"].sum()
    base, lift = far / seen["outside"].sum(), near / seen["inside"].sum() / (far / seen["outside"].sum())
    assert abs(np.log(lift / 3.0)) < 3.5 * np.sqrt(1 / near + 1 / far)
    assert abs(np.log(base)) < 3.5 / np.sqrt(far)
    pending = klass.entities.index[~klass.entities.index.isin(klass.reached["entity"]) & klass.entities["ended"].isna()]
    late = news.table["entity"].isin(pending).sum() - seen.loc[seen["entity"].isin(pending), "arrivals_outside"].sum()
    months = (klass.entities["through"] - klass.entities["entered"] + 1)[pending].clip(upper=24).sum()
    wrong = (far + late) / (seen["outside"].sum() + months / 12.0)
    assert np.log(wrong) > 3.5 / np.sqrt(far)


def test_fragment_is_a_kinds_file_that_a_dossier_loads(learned: LearnedLifts, tmp_path: Path):
    text = lift_fragment(learned)
    assert "# In [dossier] of roadmap.toml: hype_shape = 1." in text
    files = {**dossier_folder.FILES, "kinds.toml": text + dossier_folder.KINDS.split("\n\n")[1]}
    dossier = bm.load(dossier_folder.write(tmp_path, files))
    stream = dossier.ledger.streams[0]
    row = lift_table(learned).set_index("kind").loc["deal"]
    assert stream.lift == pytest.approx(row["lift"], rel=5e-3) and stream.lead == 18 and stream.promotional
    assert stream.base_rate == pytest.approx(row["base rate"], rel=5e-3)
    near, otherwise = (mark_table(learned).set_index("kind").loc["deal", name] for name in ("near", "otherwise"))
    assert stream.attributes["binding"] == pytest.approx((near, otherwise), rel=5e-3)
    prior = {parameter.field: parameter for parameter in bm.parameters_of(dossier)}["kind.deal.lift"].prior
    assert prior.interval() == pytest.approx((row["lift low"], row["lift high"]), rel=0.1)


def test_class_by_the_week_gives_no_fragment(learned: LearnedLifts):
    from dataclasses import replace

    with pytest.raises(InvalidInput, match="received one by the week"):
        lift_fragment(replace(learned, period="week"))


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"promotional": ("fame",)}, "promotional: received 'fame'; allowed are deal, delay"),
        ({"milestone": "closing"}, "milestone: received 'closing'"),
        ({"lead": -2}, "lead: received -2"),
    ],
)
def test_bad_choice_is_refused(bad, says):
    with pytest.raises(InvalidInput, match=says):
        learn_lifts(history(ROWS), table_of(NEWS), **{"lead": LEAD, **bad})


def test_table_without_a_usable_arrival_or_entity_is_refused():
    with pytest.raises(InvalidInput, match="no arrival or no period within 8 periods"):
        learn_lifts(history(ROWS), table_of([(0, -5, "deal", None)]), lead=LEAD)
    with pytest.raises(InvalidInput, match="no arrival or no period within 8 periods"):
        learn_lifts(history([ROWS[2]]), table_of([(0, 12, "deal", None)]), lead=LEAD)
    with pytest.raises(InvalidInput, match="received entity 'e0009'"):
        learn_lifts(history(ROWS), table_of([(9, 12, "deal", None)]), lead=LEAD)

"""Forecasts that could have seen the future are refused, and honest ones cannot see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayesmile.backtest.boosting import GradientBoosting
from bayesmile.backtest.designs import HeldOut, Rolling, even_cuts
from bayesmile.backtest.facevalue import FaceValue
from bayesmile.backtest.frequencies import aalen_johansen, constant, kaplan_meier, lead_bins
from bayesmile.backtest.guards import LeakedFuture, frozen_snapshots
from bayesmile.backtest.running import run_backtest
from bayesmile.backtest.scores import Scoring
from bayesmile.errors import InvalidInput
from bayesmile.reference.asof import KNOWN_COLUMNS, every_period, snapshots
from bayesmile.reference.table import ReferenceClass
from tests.backtest.worlds import START, few, projects

QUICK = Scoring(periods=60, draws=100)
CUT = START + 30
Seen = list[tuple[pd.DataFrame, Any]]


@dataclass(frozen=True)
class Spy:
    """Forecasts with another forecaster, may learn from a class of its own, and keeps what it saw and said."""

    inner: Any
    learns_from: Callable[[ReferenceClass], ReferenceClass] = lambda klass: klass
    seen: Seen = field(default_factory=list)
    claims: str = "the truth"

    @property
    def name(self) -> str:
        return "spy"

    @property
    def known_through(self) -> int | None:
        return None if self.claims == "nothing" else self.inner.known_through

    @property
    def trained_on(self) -> frozenset[str]:
        return self.inner.trained_on  # type: ignore[no-any-return]

    def fit(self, klass: ReferenceClass) -> Spy:
        return replace(self, inner=self.inner.fit(self.learns_from(klass)))

    def predict(self, frame: pd.DataFrame, periods: int) -> Any:
        table = self.inner.predict(frame, periods)
        self.seen.append((frame, table))
        return table


def everything(_: ReferenceClass) -> ReferenceClass:
    return projects()


# What leaks is caught.


def test_rolling_forecaster_that_learns_from_later_outcomes_is_refused():
    with pytest.raises(LeakedFuture, match=r"spy: received a fit to .*, which it was not handed"):
        run_backtest(projects(), [Spy(constant(), everything)], design=Rolling((CUT,)), origins=few(), scoring=QUICK)


def test_rolling_forecaster_that_learns_later_outcomes_of_entities_it_was_handed_is_refused():
    def later(klass: ReferenceClass) -> ReferenceClass:
        return projects().subset(klass.entities.index)  # the right entities, with all that came of them

    with pytest.raises(LeakedFuture, match=rf"spy: .* at period \d+, to forecast as of period {CUT}"):
        run_backtest(projects(), [Spy(constant(), later)], design=Rolling((CUT,)), origins=few(), scoring=QUICK)


def test_forecaster_fitted_beforehand_is_refused():
    class Prefitted(Spy):
        def fit(self, klass: ReferenceClass) -> Spy:
            return self

    spy = Prefitted(constant().fit(projects()))
    with pytest.raises(LeakedFuture, match="which it was not handed"):
        run_backtest(projects(), [spy], design=Rolling((CUT,)), origins=few(), scoring=QUICK)
    with pytest.raises(LeakedFuture, match="both to learn from and to forecast"):
        run_backtest(projects(), [spy], design=HeldOut(), origins=few(), scoring=QUICK)


def test_held_out_entity_must_not_teach():
    with pytest.raises(LeakedFuture, match=r"spy: received 'e.*' both to learn from and to forecast"):
        run_backtest(projects(), [Spy(constant(), everything)], design=HeldOut(), origins=few(), scoring=QUICK)


def test_fit_must_say_through_which_period_it_knows():
    spy = Spy(constant(), claims="nothing")
    with pytest.raises(LeakedFuture, match="does not say through which period"):
        run_backtest(projects(), [spy], design=Rolling((CUT,)), origins=few(), scoring=QUICK)


@pytest.mark.parametrize("column", ["ended", "outcome", "operating_month", "through"])
def test_column_that_could_tell_the_outcome_is_refused(column: str):
    origins = few().assign(**{column: 1})
    with pytest.raises(LeakedFuture, match=f"received column '{column}', which is none of what was known"):
        run_backtest(projects(), [constant()], origins=origins, scoring=QUICK)


def test_factor_that_is_an_outcome_is_refused():
    with pytest.raises(LeakedFuture, match="factors: received 'ended'"):
        frozen_snapshots(replace(projects(), factors=("ended",)), every_period(projects()))


@pytest.mark.parametrize("column", ["stage", "lead", "postponements"])
def test_snapshot_that_knows_more_than_was_known_is_refused(column: str):
    brought = snapshots(projects(), few())
    assert run_backtest(projects(), [constant()], origins=brought, scoring=QUICK).questions == len(brought)
    brought.loc[3, column] = 99
    with pytest.raises(LeakedFuture, match=rf"received {column} .*99.* at period \d+; known then was"):
        run_backtest(projects(), [constant()], origins=brought, scoring=QUICK)


# What is honest cannot leak.


def test_snapshots_of_the_class_as_known_then_equal_those_of_the_whole_class():
    origins = every_period(projects())
    pd.testing.assert_frame_equal(frozen_snapshots(projects(), origins), snapshots(projects(), origins))
    shuffled = origins.sample(frac=1.0, random_state=1)
    pd.testing.assert_frame_equal(frozen_snapshots(projects(), shuffled), snapshots(projects(), shuffled))


def test_predict_sees_what_was_known_and_nothing_else():
    spy = Spy(lead_bins())
    run_backtest(projects(), [spy], scoring=QUICK)
    for frame, _ in spy.seen:
        assert tuple(frame.columns) == (*KNOWN_COLUMNS, "region")


def changed_after(klass: ReferenceClass, period: int) -> ReferenceClass:
    """Return a class with the same past: everything known later is something else."""
    entities, reached, targets = klass.entities.copy(), klass.reached.copy(), klass.targets.copy()
    gone = entities["ended_known"] > period
    entities.loc[gone, ["ended", "ended_known"]] = np.nan
    reached = reached[reached["known"] <= period]
    targets.loc[targets["issued"] > period, "target"] += 17
    return replace(klass, entities=entities, reached=reached, targets=targets)


@pytest.mark.parametrize(
    "forecaster",
    [constant(), lead_bins(), kaplan_meier("region"), aalen_johansen("region"), FaceValue(), GradientBoosting()],
    ids=lambda one: one.name,
)
def test_what_came_later_changes_no_rolling_forecast(forecaster: Any):
    origins = every_period(projects())
    origins = origins[origins["as_of"] == CUT]
    said = []
    for klass in (projects(), changed_after(projects(), CUT)):
        spy = Spy(forecaster)
        run_backtest(klass, [spy], design=Rolling((CUT,)), origins=origins, scoring=replace(QUICK, marks=(5,)))
        said.append(spy.seen[0][1])
    np.testing.assert_array_equal(*said)


def test_folds_share_no_cluster_and_ask_each_question_once():
    frame = frozen_snapshots(projects(), every_period(projects()))
    parts = list(HeldOut(folds=3, seed=5).parts(projects(), frame))
    assert sorted(np.concatenate([part.rows for part in parts]).tolist()) == list(range(len(frame)))
    for part in parts:
        assert not set(part.taught.entities["cluster"]) & set(frame.iloc[part.rows]["cluster"])
    again = list(HeldOut(folds=3, seed=5).parts(projects(), frame))
    assert all(np.array_equal(one.rows, two.rows) for one, two in zip(parts, again, strict=True))
    other = list(HeldOut(folds=3, seed=6).parts(projects(), frame))
    assert not all(np.array_equal(one.rows, two.rows) for one, two in zip(parts, other, strict=True))


def test_folds_do_not_depend_on_the_order_of_the_table():
    klass, frame = projects(), frozen_snapshots(projects(), every_period(projects()))
    mixed = replace(klass, entities=klass.entities.sample(frac=1.0, random_state=2))
    for one, two in zip(HeldOut().parts(klass, frame), HeldOut().parts(mixed, frame), strict=True):
        assert np.array_equal(one.rows, two.rows)


def test_each_cut_teaches_what_was_known_and_asks_until_the_next():
    klass, cuts = projects(), (CUT, CUT + 12)
    frame = frozen_snapshots(klass, every_period(klass))
    first, second = Rolling(cuts).parts(klass, frame)
    assert set(frame.iloc[first.rows]["as_of"]) == set(range(CUT, CUT + 12))
    assert frame.iloc[second.rows]["as_of"].min() == CUT + 12
    for part, cut in ((first, CUT), (second, CUT + 12)):
        assert part.taught.reached["known"].max() <= cut
        assert part.taught.entities["through"].max() == cut


# Bad input.


def test_bad_input_is_refused_by_name():
    klass, origins = projects(), few()
    with pytest.raises(InvalidInput, match=r"origins: received entity 'e.*' at period .* twice"):
        frozen_snapshots(klass, pd.concat([origins, origins.iloc[:1]]))
    with pytest.raises(InvalidInput, match="origins: received no column 'as_of'"):
        frozen_snapshots(klass, origins[["entity"]])
    with pytest.raises(InvalidInput, match="origins: received none"):
        frozen_snapshots(klass, origins.iloc[:0])
    with pytest.raises(InvalidInput, match="folds: received 1"):
        run_backtest(klass, [constant()], design=HeldOut(folds=1), origins=few(), scoring=QUICK)
    with pytest.raises(InvalidInput, match="folds: received 9000 for"):
        run_backtest(klass, [constant()], design=HeldOut(folds=9000), origins=few(), scoring=QUICK)
    for cuts in ((), (5, 5), (5, 4)):
        with pytest.raises(InvalidInput, match="cuts: received"):
            Rolling(cuts)
    with pytest.raises(InvalidInput, match="cuts: received none that is followed"):
        run_backtest(klass, [constant()], design=Rolling((START + 900,)), origins=few(), scoring=QUICK)
    with pytest.raises(InvalidInput, match="every: received 0"):
        even_cuts(klass, every=0)

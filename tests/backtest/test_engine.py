"""The engine as a forecaster: what it learned from, what it says, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bayesmile.backtest.designs import HeldOut
from bayesmile.backtest.engine import DRAWS, engine
from bayesmile.backtest.running import run_backtest
from bayesmile.backtest.scores import Scoring
from bayesmile.errors import InvalidInput
from bayesmile.reference.asof import snapshots
from bayesmile.reference.learned import LearnedClass
from bayesmile.reference.table import ReferenceClass
from tests.backtest.worlds import few, projects
from tests.reference.test_learned import a_class, slips


def known_numbers(klass: ReferenceClass) -> LearnedClass:
    """Class of known numbers on the chain of another one."""
    plain = a_class(draws=100, instant=0.05, patience=15.0, milestones=klass.milestones, slips=slips(100))
    rng = np.random.default_rng(4)
    delays = {name: values + rng.normal(0.0, 0.3, values.shape) for name, values in plain.delays.items()}
    return replace(plain, families=dict.fromkeys(klass.milestones, "weibull"), delays=delays)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[ReferenceClass, dict[str, Any]]]:
    """Have known numbers taken for learned ones; what was asked for is listed."""
    found: list[tuple[ReferenceClass, dict[str, Any]]] = []

    def learn(klass: ReferenceClass, **options: Any) -> LearnedClass:
        found.append((klass, options))
        return known_numbers(klass)

    monkeypatch.setattr("bayesmile.model.learning.learn", learn)
    return found


def test_it_keeps_what_it_was_trained_on(asked: list[tuple[ReferenceClass, dict[str, Any]]]) -> None:
    part = projects().known_at(24220)
    fitted = engine(statements=False, draws=70, seed=9).fit(part)
    assert fitted.trained_on == frozenset(part.entities.index)
    assert fitted.known_through is not None and fitted.known_through <= 24220
    ((klass, options),) = asked
    assert klass is part
    assert options.pop("tell")("x") is None
    assert options == {"statements": False, "draws": 70, "seed": 9}


def test_its_forecasts_are_those_of_a_few_of_the_draws(asked: list[Any]) -> None:
    frame = snapshots(projects(), few())
    for statements in (True, False):
        fitted = engine(statements=statements).fit(projects())
        expected = known_numbers(projects()).thinned(DRAWS).predict(frame, 24, statements=statements)
        np.testing.assert_array_equal(fitted.predict(frame, 24), expected)


def test_a_backtest_of_it(asked: list[Any]) -> None:
    design = HeldOut(folds=2, seed=1)
    told = run_backtest(
        projects(), [engine()], design=design, origins=few(), scoring=Scoring(periods=36, marks=(11,), draws=100)
    )
    assert len(asked) == 2
    first, second = (frozenset(klass.entities.index) for klass, _ in asked)
    assert not first & second and first | second == frozenset(projects().entities.index)
    assert np.isfinite(told.losses["engine"]["log score"]).all()


def test_it_says_nothing_before_it_is_fitted() -> None:
    with pytest.raises(InvalidInput) as error:
        engine(name="ours").predict(snapshots(projects(), few()), 12)
    assert str(error.value) == "ours: asked to forecast before it was fitted; call fit first"

"""The figure to play with: every curve is the belief under its numbers, and every control shows what it says."""

from __future__ import annotations

import dataclasses
from itertools import product

import numpy as np
import pytest

from bayesmile.dossier import Dossier, load
from bayesmile.errors import ImpossibleEvidence, InvalidInput
from bayesmile.plots.explorer import plot_explorer
from bayesmile.sections.explored import Explored, explore
from bayesmile.suppositions import suppose
from bayesmile.wording import percent

DAY = "2026-06-30"
MEAN, NEVER = "milestone.filing.delay.mean", "milestone.filing.delay.never"
LATE, SOON = "guidance on filing in 2026-08 target=2031-06", "achieved on phase3_start in 2026-09"


@pytest.fixture(scope="module")
def dossier() -> Dossier:
    return load("phase2_drug")


@pytest.fixture(scope="module")
def part(dossier: Dossier) -> Explored:
    return explore(dossier, DAY, "approval", {MEAN: [30.0, 45.0], NEVER: [0.4, 0.6]}, suppositions=[LATE, SOON])


def test_every_curve_is_the_belief_under_its_numbers(dossier: Dossier, part: Explored) -> None:
    pairs = product(enumerate(part.second.values), enumerate(part.first.values))
    for (row, never), (column, mean) in pairs:
        changed = dossier.set(MEAN, mean).set(NEVER, never)
        for case, texts in enumerate([[], [LATE], [SOON]]):
            exact = suppose(changed, DAY, texts).cdf("approval").to_numpy()[-len(part.months) :]
            assert part.cdf[case, row, column] == pytest.approx(exact, abs=1e-12)


def test_supposed_announcements_follow_the_numbers_of_their_stream(dossier: Dossier) -> None:
    lift, news = "kind.trial_readout.lift", "trial_readout on phase3_start in 2026-09"
    found = explore(dossier, DAY, "approval", {lift: [1.2, 2.4], NEVER: [0.4]}, suppositions=[news])
    for column, value in enumerate(found.first.values):
        exact = suppose(dossier.set(lift, value), DAY, [news]).cdf("approval").to_numpy()[-len(found.months) :]
        assert found.cdf[1, found.second.own, column] == pytest.approx(exact, abs=1e-12)


def test_own_numbers_are_among_the_values(dossier: Dossier, part: Explored) -> None:
    assert (part.first.values[part.first.own], part.second.values[part.second.own]) == (37.2, 0.523)
    whole = explore(dossier, DAY, "approval", {MEAN: None, NEVER: None})
    for varied in (whole.first, whole.second):
        assert len(varied.values) == 9 and varied.own == 4 and list(varied.values) == sorted(varied.values)
    own = whole.by_deadline()[0, 4, 4]
    assert own == pytest.approx(dossier.belief(DAY).prob("approval", by=whole.deadline), abs=1e-12)


def test_controls_show_what_they_say(part: Explored) -> None:
    """As a browser would: each step sets its attributes on the traces that it names."""
    figure = plot_explorer(part)
    traces = [trace.to_plotly_json() for trace in figure.data]
    first, second, [menu] = *figure.layout.sliders, figure.layout.updatemenus
    for column, row, case in product(range(3), range(3), range(3)):
        for step in (menu.buttons[case], first.steps[column], second.steps[row]):
            change, where = step.args
            for name, values in change.items():
                for number, value in zip(where, values, strict=True):
                    traces[number][name] = value
        shown = [one for one in traces if one.get("visible") is True and one.get("opacity") == 1.0]
        assert [one["name"] for one in shown] == list(dict.fromkeys([part.cases[0], part.cases[case]]))
        for one in shown:
            exact = part.cdf[part.cases.index(one["name"]), row, column]
            assert list(one["y"]) == pytest.approx(exact, abs=5.1e-5)
            assert [text for text in one["text"] if text][-1] == f"<b>{percent(float(exact[-1]))}</b>"


def test_figure_starts_at_the_dossier(part: Explored) -> None:
    figure = plot_explorer(part)
    still = next(trace for trace in figure.data if trace.name == "the dossier as it is")
    shown = [trace for trace in figure.data if trace.visible is True and trace.opacity == 1.0]
    assert [list(trace.y) for trace in shown] == [list(still.y)]
    assert [slider.active for slider in figure.layout.sliders] == [1, 1]
    assert "30 to 45" in figure.layout.meta["summary"]


def test_without_suppositions_there_is_no_list(dossier: Dossier) -> None:
    figure = plot_explorer(explore(dossier, DAY, "approval", {MEAN: [30.0], NEVER: [0.4]}))
    assert figure.layout.updatemenus == ()
    assert len([trace for trace in figure.data if trace.x == (None,)]) == 1


def test_text_of_a_supposition_is_no_markup(part: Explored) -> None:
    hostile = dataclasses.replace(part, cases=(part.cases[0], "<b>$x$</b>", part.cases[2]))
    text = plot_explorer(hostile).to_json()
    assert "<b>$" not in text and "&lt;b&gt;&#36;x" in text


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({MEAN: None}, "received 1; allowed are two"),
        ({MEAN: None, "milestone.filing.delay.meen": None}, r"did you mean 'milestone\.filing\.delay\.mean'"),
        ({MEAN: [0.0], NEVER: None}, "received 0; allowed is a value that its prior gives a chance"),
        ({MEAN: [float("nan")], NEVER: None}, "received nan"),
        ({MEAN: None, NEVER: [1.5]}, r"received 1\.5"),
        ({MEAN: np.linspace(20, 40, 200).tolist(), NEVER: np.linspace(0.1, 0.9, 200).tolist()}, "at most 20,000"),
    ],
)
def test_unusable_numbers_are_refused(dossier: Dossier, numbers: dict[str, list[float] | None], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        explore(dossier, DAY, "approval", numbers)


def test_unusable_suppositions_and_milestones_are_refused(dossier: Dossier) -> None:
    asked = {MEAN: [30.0], NEVER: [0.4]}
    with pytest.raises(InvalidInput, match="suppose"):
        explore(dossier, DAY, "approval", asked, suppositions=["nonsense"])
    with pytest.raises(ImpossibleEvidence):
        explore(dossier, DAY, "approval", asked, suppositions=["achieved on phase3_start in 2025-12"])
    with pytest.raises(InvalidInput, match="launch"):
        explore(dossier, DAY, "launch", asked)

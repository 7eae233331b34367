"""A replay under uncertain parameters equals separate beliefs, sees nothing early and says what its draws are worth."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesmile import InvalidInput, LikelihoodRatio, load
from bayesmile.cli import run
from bayesmile.dossier import Dossier
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.archive import load_replay, save_replay
from bayesmile.model.fitting import fit, mixture_of
from bayesmile.model.importance import weigh
from bayesmile.model.mixture import Mixture, from_prior, prior_draws, weighted
from bayesmile.model.replaying import replay_draws

DATES = ["2026-06-30", "2024-03", "2025-11-20"]
FEW = 200


@pytest.fixture(scope="module")
def drug() -> Dossier:
    return load("phase2_drug")


@pytest.fixture(scope="module")
def beliefs(drug: Dossier) -> xr.Dataset:
    return replay_draws(drug, DATES, draws=FEW, least_ess=0.0)


def differences(beliefs: xr.Dataset, mixture: Mixture, as_of: str) -> np.ndarray:
    """Differences of all probabilities from those of a mixture, in standard errors of the two together."""
    one = beliefs.sel(as_of=np.datetime64(as_of, "ns"))
    found = []
    for name in beliefs.milestone.values:
        for by in beliefs.deadline.values:
            at, other = one.sel(milestone=name, deadline=by), mixture.prob(str(name), by=str(by))
            error = math.hypot(float(at["error"]), other.error)
            found.append(abs(float(at["mean"]) - other) / (error + 1e-9))
    return np.array(found)


def test_dates_are_sorted(beliefs: xr.Dataset) -> None:
    assert beliefs.as_of.dt.strftime("%Y-%m-%d").values.tolist() == ["2024-02-29", "2025-11-20", "2026-06-30"]


@pytest.mark.parametrize("as_of", ["2024-02-29", "2026-06-30"])
def test_a_date_equals_many_draws_from_the_prior(drug: Dossier, beliefs: xr.Dataset, as_of: str) -> None:
    away = differences(beliefs, from_prior(drug, as_of, draws=4000, seed=9), as_of)
    assert away.max() < 4.0
    assert away.max() > 0.01, "errors so wide that nothing could differ"


def test_a_date_equals_the_mixture_of_the_same_draws(drug: Dossier, beliefs: xr.Dataset) -> None:
    likelihood = Likelihood(drug, "2026-06-30")
    theta = prior_draws(likelihood, FEW, np.random.default_rng([0, 0]))
    log_marginal, pmf = likelihood.posterior(theta)
    mixture = weighted(likelihood, theta, log_marginal, pmf, weigh(log_marginal))
    one = beliefs.isel(as_of=-1)
    assert (one.khat.item(), one.ess.item()) == (pytest.approx(mixture.khat), pytest.approx(mixture.ess))
    for name in drug.roadmap.names:
        for by in beliefs.deadline.values:
            at, chance = one.sel(milestone=name, deadline=by), mixture.prob(name, by=str(by))
            assert at["mean"].item() == pytest.approx(chance, abs=1e-9)
            assert at.probability.values[[0, 2]] == pytest.approx([chance.low, chance.high], abs=1e-9)


def test_log_marginal_averages_the_parameters_out(drug: Dossier, beliefs: xr.Dataset) -> None:
    logs = from_prior(drug, "2026-06-30", draws=4000, seed=9).log_marginal
    expected = np.logaddexp.reduce(logs) - np.log(4000)
    assert float(beliefs.log_marginal[-1]) == pytest.approx(expected, abs=0.4)


def test_the_order_of_dates_changes_nothing(drug: Dossier, beliefs: xr.Dataset) -> None:
    xr.testing.assert_identical(replay_draws(drug, sorted(DATES), draws=FEW, least_ess=0.0), beliefs)


@settings(max_examples=5)
@given(
    ratio=st.floats(1e-3, 1e3),
    by=st.sampled_from(["2027", "2030-06", "2034"]),
    announced=st.dates(min_value=np.datetime64("2025-11-21").item(), max_value=np.datetime64("2026-06-30").item()),
)
def test_nothing_after_a_date_changes_its_answer(ratio: float, by: str, announced: object) -> None:
    drug = load("phase2_drug")
    later = LikelihoodRatio("approval", by, ratio, announced=str(announced))
    told = replace(drug, ledger=drug.ledger.add(later))
    dates = ["2025-11-20", "2024-03"]
    # All three dates are in the second replay: a refreshed later date must not touch the earlier ones either.
    before = replay_draws(drug, dates, draws=100, least_ess=60.0)
    after = replay_draws(told, [*dates, "2026-06-30"], draws=100, least_ess=60.0).isel(as_of=slice(0, 2))
    for name in ("mean", "probability", "error", "khat", "ess", "log_marginal", "draws"):
        xr.testing.assert_equal(after[name], before[name])


def test_too_few_effective_draws_are_refreshed(drug: Dossier, beliefs: xr.Dataset) -> None:
    told: list[str] = []
    more = replay_draws(drug, DATES, draws=FEW, least_ess=1e9, tell=told.append)
    assert more.draws.values.tolist() == [4 * FEW] * 3
    assert set(more.refreshed.values) == {"prior"}
    assert not more.trusted.any()
    assert (more.ess > beliefs.ess).all()
    assert sum("not to be trusted" in text for text in told) == 6


@pytest.mark.parametrize("name", ["replay.nc", "replay.zarr"])
def test_saved_and_loaded_it_is_the_same(beliefs: xr.Dataset, tmp_path: Path, name: str) -> None:
    for _ in range(2):  # the second replaces the first
        save_replay(beliefs, tmp_path / name)
    xr.testing.assert_identical(load_replay(tmp_path / name), beliefs)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["replay.nc", "replay.zarr"])
def test_a_failed_save_leaves_what_was_there(beliefs: xr.Dataset, tmp_path: Path, name: str) -> None:
    save_replay(beliefs, tmp_path / name)
    broken = beliefs.assign(wrong=("as_of", np.array([object()] * 3)))
    with pytest.raises((TypeError, ValueError)):
        save_replay(broken, tmp_path / name)
    xr.testing.assert_identical(load_replay(tmp_path / name), beliefs)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_places_that_cannot_be_used_are_refused(beliefs: xr.Dataset, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="a folder that exists"):
        save_replay(beliefs, tmp_path / "no" / "replay.nc")
    with pytest.raises(InvalidInput, match="not found"):
        load_replay(tmp_path / "replay.nc")
    (tmp_path / "text.nc").write_text("no replay")
    with pytest.raises(InvalidInput, match="cannot be read"):
        load_replay(tmp_path / "text.nc")
    beliefs[["khat"]].to_netcdf(tmp_path / "part.nc")
    with pytest.raises(InvalidInput, match="ess, mean, probability missing"):
        load_replay(tmp_path / "part.nc")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"as_ofs": []}, "as_ofs: received none"),
        ({"as_ofs": "2025-01-01"}, "a list of dates"),
        ({"as_ofs": ["2025-01-31", "2025-02"]}, "both the end of 2025-01-31"),
        ({"draws": 99}, "draws: received 99"),
        ({"least_ess": math.nan}, "least_ess: received nan"),
        ({"deadlines": ["2090"]}, "deadlines: received '2090'"),
        ({"deadlines": []}, "deadlines: received none"),
        ({"deadlines": "2030"}, "a list of periods"),
    ],
)
def test_what_cannot_be_used_is_refused(drug: Dossier, options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        replay_draws(drug, **{"as_ofs": DATES, **options})  # type: ignore[arg-type]


ASKED = ["replay", "phase2_drug", "--dates", "2025-11-20,2026-06-30", "--draws", str(FEW), "--seed", "4"]


def test_the_command_prints_what_the_library_says(
    drug: Dossier, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "replay.nc"
    assert run([*ASKED, "--json", "--save", str(place)]) == 0
    said = json.loads(capsys.readouterr().out)
    beliefs = replay_draws(drug, ["2025-11-20", "2026-06-30"], draws=FEW, seed=4)
    xr.testing.assert_identical(load_replay(place), beliefs)
    at = beliefs.isel(as_of=1).sel(milestone="approval", deadline=said["deadlines"]["approval"])
    row = said["rows"][1]
    assert row["by_deadline"]["approval"] == float(at["mean"])
    assert row["intervals"]["approval"] == at.probability.values[[0, 2]].tolist()
    assert row["errors"]["approval"] == float(at["error"])
    assert (row["khat"], row["ess"]) == (float(at["khat"]), float(at["ess"]))
    assert said["seed"] == 4
    chance = float(beliefs["mean"].isel(as_of=1).sel(milestone="approval", deadline=drug.grid.last))
    assert row["by_horizon"]["approval"] == chance


def test_the_page_fits_and_carries_intervals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run(ASKED) == 0
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 80
    assert page.count("2026-06-30") == 2
    assert "K-hat" in page
    assert "% (" in page
    assert run([*ASKED, "--out", str(tmp_path / "r")]) == 0
    lines = (tmp_path / "r" / "replay.csv").read_text().splitlines()
    assert lines[0] == "as_of,milestone,deadline,by_deadline,by_horizon,low,high,error,khat,ess"
    assert len(lines) == 1 + 2 * 3
    for line in lines[1:]:
        mean, _, low, high, error, khat, ess = map(float, line.split(",")[3:])
        assert low < mean < high
        assert 0.0 < error < 0.1
        assert khat < 0.7
        assert ess < FEW


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--save", "replay.nc"], "--save"),
        (["--draws", "200", "--save", "replay.csv"], ".nc or .zarr"),
        (["--draws", "200", "--save", "no/replay.nc"], "a folder that exists"),
        (["--draws", "5"], "draws: received 5"),
    ],
)
def test_the_command_refuses(
    options: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["replay", "phase2_drug", "--dates", "2025-12-31", *options]) == 2
    told = capsys.readouterr()
    assert message in told.err
    assert told.out == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "as_of"),
    [
        ("phase2_drug", "2024-12-31"),
        ("phase2_drug", "2026-06-30"),
        ("quantumscape", "2025-10-16"),
        ("quantumscape", "2026-06-30"),
    ],
)
def test_a_date_equals_a_full_fit(name: str, as_of: str) -> None:
    dossier = load(name)
    beliefs = replay_draws(dossier, [as_of], draws=2000)
    assert beliefs.trusted.all()
    # So short a fit need not reach the R-hat of 1.01 that results are held to; its own error allows for that.
    tree = fit(dossier, as_of, draws=400, tune=300, chains=2, items=False, seed=3, allow_unconverged=True)
    assert tree.attrs["max_rhat"] < 1.04
    away = differences(beliefs, mixture_of(tree, dossier), as_of)
    assert away.max() < 4.0
    assert away.max() > 0.1, "errors so wide that nothing could differ"


@pytest.mark.slow
def test_a_fit_serves_its_date_and_later_ones_only() -> None:
    drug = load("phase2_drug")
    plain = replay_draws(drug, DATES, draws=400, least_ess=0.0)
    anchored = replay_draws(drug, DATES, draws=400, least_ess=0.0, anchors=["2025-11-20"])
    assert anchored.anchors.values.tolist() == [0, 1, 1]
    xr.testing.assert_equal(anchored.isel(as_of=[0])[["mean", "khat"]], plain.isel(as_of=[0])[["mean", "khat"]])
    assert (anchored.ess[1:] / anchored.draws[1:] > plain.ess[1:] / plain.draws[1:]).all()
    mixture = from_prior(drug, "2026-06-30", draws=8000, seed=9)
    assert differences(anchored, mixture, "2026-06-30").max() < 4.0


@pytest.mark.slow
def test_a_date_that_more_draws_do_not_help_is_fitted_if_asked() -> None:
    beliefs = replay_draws(load("phase2_drug"), ["2025-11-20"], draws=100, least_ess=1e9, refit=True)
    assert beliefs.refreshed.item() == "fit"
    assert beliefs.anchors.item() == 1
    assert beliefs.draws.item() > 400

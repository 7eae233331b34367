"""A fit holds the draws with all that is needed to judge them, and agrees with reweighted draws from the prior."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import bayesmile as bm
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.fitting import Unconverged, contraction, fit, mixture_of, theta_of
from bayesmile.model.itemwise import item_log_likelihood
from bayesmile.model.mixture import from_prior

pytest.importorskip("pymc")

AS_OF = "2025-12-31"
TARGETS = [("phase3_start", "2030"), ("filing", "2033"), ("approval", "2035"), ("approval", "2040")]


@pytest.fixture(scope="module")
def dossier():
    return bm.load("phase2_drug")


@pytest.fixture(scope="module")
def tree(dossier):
    return fit(dossier, AS_OF, draws=150, tune=150, chains=2, seed=3, allow_unconverged=True)


def test_it_has_every_group_and_says_where_it_comes_from(tree, dossier):
    groups = {"posterior", "prior", "prior_predictive", "posterior_predictive", "log_likelihood", "sample_stats"}
    assert groups | {"log_prior"} <= set(tree.children)
    assert tree.attrs["dossier_hash"] == dossier.hash
    assert tree.attrs["seed"] == 3
    assert {"version_pymc", "version_nutpie", "max_rhat", "min_ess", "divergences", "converged"} <= set(tree.attrs)
    assert tree.attrs["divergences"] == 0


def test_the_draws_agree_with_the_reweighted_prior(tree, dossier):
    sampled, weighed = mixture_of(tree, dossier), from_prior(dossier, AS_OF, draws=4000, seed=1)
    for name, by in TARGETS:
        one, other = sampled.prob(name, by=by), weighed.prob(name, by=by)
        assert abs(one - other) < 5.0 * np.hypot(one.error, other.error) + 1e-9, (name, by, one, other)


def test_predictions_are_the_exact_posteriors_of_the_draws(tree, dossier):
    likelihood = Likelihood(dossier, AS_OF)
    theta = theta_of(tree, likelihood)
    reached = tree["posterior_predictive"]["reached_by"].sel(milestone="approval", year=2035).to_numpy().ravel()
    mixture = mixture_of(tree, dossier)
    assert reached == pytest.approx(mixture.draws("approval", by="2035"), abs=1e-12)
    evidence = tree["log_likelihood"]["evidence"].to_numpy().ravel()
    assert evidence[:3] == pytest.approx(likelihood.log_marginal(theta[:3]), abs=1e-9)


def test_an_item_is_worth_what_leaving_it_out_costs(dossier):
    likelihood = Likelihood(dossier, AS_OF)
    theta = likelihood.centre[None]
    log_marginal, pmf = likelihood.posterior(theta)
    labels, values = item_log_likelihood(likelihood, theta, log_marginal, pmf)
    assert len(labels) == len(set(labels)) == values.shape[1]
    for piece, label, value in zip(likelihood.pieces(theta), labels, values[0], strict=True):
        if not piece.items:
            continue
        if not isinstance(piece.items[0], bm.Announcement):  # without its items, a story's months of silence remain
            rest = likelihood.without(piece.items).log_marginal(theta)[0]
            assert value == pytest.approx(log_marginal[0] - rest, abs=1e-9), label
        else:
            assert value == pytest.approx(
                log_marginal[0] - likelihood.without(piece.items).log_marginal(theta)[0], abs=1e-9
            ), label


def test_contraction_tells_what_the_evidence_moved(tree, dossier):
    table = contraction(tree, dossier)
    assert len(table) == len(Likelihood(dossier, AS_OF).parameters)
    assert set(table.verdict) <= {"prior only", "informed"}
    assert table.loc["dossier.hype", "contraction"] > 0.1


def test_an_unconverged_fit_says_so_and_keeps_its_draws(dossier):
    with pytest.raises(Unconverged, match="not converged") as caught:
        fit(dossier, AS_OF, draws=20, tune=40, chains=2, seed=1, items=False)
    assert caught.value.tree["posterior"].sizes["draw"] == 20


@pytest.mark.parametrize(
    ("option", "value"), [("draws", 0), ("tune", -1), ("chains", 1.5), ("sampler", "stan"), ("cores", 0)]
)
def test_options_are_checked_by_name(dossier, option, value):
    with pytest.raises(bm.InvalidInput, match=option):
        fit(dossier, AS_OF, **{option: value})


def test_a_fit_of_another_dossier_is_refused(tree, dossier):
    with pytest.raises(bm.InvalidInput, match="other content"):
        mixture_of(tree, dossier.set("milestone.filing.delay.never", 0.5))


def test_it_survives_a_file(tree, tmp_path, dossier):
    import xarray as xr

    tree.to_netcdf(tmp_path / "fit.nc", engine="h5netcdf")
    with xr.open_datatree(tmp_path / "fit.nc", engine="h5netcdf") as again:
        assert mixture_of(again, dossier).prob("approval", by="2035") == pytest.approx(
            float(mixture_of(tree, dossier).prob("approval", by="2035")), abs=1e-12
        )


@pytest.mark.slow
def test_both_samplers_give_the_same_answer(dossier):
    trees = [
        fit(dossier, AS_OF, draws=1000, tune=1000, chains=4, seed=5, sampler=sampler, items=False)
        for sampler in ("nutpie", "pymc")
    ]
    one, other = (mixture_of(tree, dossier) for tree in trees)
    for name, by in TARGETS:
        a, b = one.prob(name, by=by), other.prob(name, by=by)
        assert abs(a - b) < 5.0 * np.hypot(a.error, b.error), (name, by, a, b)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "as_of"), [("phase2_drug", AS_OF), ("quantumscape", "2025-10-16")])
def test_bundled_dossiers_converge_without_a_divergence(name, as_of):
    tree = fit(bm.load(name), as_of, draws=1000, tune=500, chains=4, seed=2, items=False)
    assert tree.attrs["converged"] and tree.attrs["divergences"] == 0


@pytest.mark.slow
@pytest.mark.usefixtures("interrupts")
def test_ctrl_c_keeps_nothing(tmp_path):
    code = """
        import bayesmile as bm
        from bayesmile.model.fitting import fit
        say = lambda text: print(text, flush=True)
        tree = fit(bm.load("phase2_drug"), "2025-12-31", draws=200_000, tell=say)
        tree.to_netcdf("fit.nc", engine="h5netcdf")
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    while b"sampling" not in process.stdout.readline():
        pass
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode != 0 and b"KeyboardInterrupt" in said
    assert list(tmp_path.iterdir()) == []

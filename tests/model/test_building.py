"""The PyMC model is the prior times the exact probability of the evidence, in value and in gradient."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats as st

import bayesmile as bm
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.building import model_of, variables_of
from bayesmile.model.mixture import prior_draws

pm = pytest.importorskip("pymc")

AS_OF = "2025-12-31"


@pytest.fixture(scope="module")
def likelihood() -> Likelihood:
    return Likelihood(bm.load("phase2_drug"), AS_OF)


@pytest.fixture(scope="module")
def model(likelihood):
    return model_of(likelihood)


def point_of(likelihood, theta):
    values = dict(zip((one.field for one in likelihood.parameters), theta, strict=True))
    point = {}
    for variable in variables_of(likelihood.parameters):
        entries = np.array([values[one.field] for one in variable.parameters])
        point[variable.name] = entries if variable.dim else entries[0]
    return point


def log_prior(one, value):
    prior = one.prior
    match prior.law:
        case "lognormal":
            return st.lognorm.logpdf(value, s=prior.second, scale=np.exp(prior.first))
        case "normal":
            return st.norm.logpdf(value, prior.first, prior.second)
        case "beta":
            return st.beta.logpdf(value, prior.first, prior.second)
        case "gamma":
            return st.gamma.logpdf(value, prior.first, scale=1.0 / prior.second)
    raise AssertionError(prior.law)


def unconstrained(model, point):
    return {
        model.rvs_to_values[rv].name: np.asarray(
            model.rvs_to_transforms[rv].forward(point[rv.name], *rv.owner.inputs).eval()
            if model.rvs_to_transforms[rv] is not None
            else point[rv.name]
        )
        for rv in model.free_RVs
    }


def test_every_parameter_has_a_place_with_its_name(likelihood, model):
    labels = {label for variable in variables_of(likelihood.parameters) for label in variable.coords}
    assert {"phase3_start", "filing", "approval"} <= labels
    sizes = [np.size(value) for value in model.initial_point().values()]
    assert sum(sizes) == len(likelihood.parameters)
    for rv in model.free_RVs:
        dims = model.named_vars_to_dims.get(rv.name)
        assert (dims is None) == (rv.ndim == 0)


def test_density_is_prior_times_evidence(likelihood, model):
    function = model.compile_logp(jacobian=False, mode="FAST_COMPILE")
    for theta in prior_draws(likelihood, 3, np.random.default_rng(1)):
        truth = likelihood.log_marginal(theta[None])[0]
        truth += sum(log_prior(one, value) for one, value in zip(likelihood.parameters, theta, strict=True))
        given = unconstrained(model, point_of(likelihood, theta))
        assert float(function(given)) == pytest.approx(truth, abs=1e-9)


def test_gradient_of_the_model_is_that_of_its_density(likelihood, model):
    names = [value.name for value in model.continuous_value_vars]
    density = model.compile_logp(mode="FAST_COMPILE")
    slope = model.compile_dlogp(mode="FAST_COMPILE")
    (theta,) = prior_draws(likelihood, 1, np.random.default_rng(2))
    given = unconstrained(model, point_of(likelihood, theta))
    exact = np.asarray(slope(given))
    place = 0
    for name in names:
        for entry in np.ndindex(given[name].shape):
            ends = []
            for step in (-2e-3, -1e-3, 1e-3, 2e-3):
                moved = {key: np.array(value, dtype=float) for key, value in given.items()}
                moved[name][entry] += step
                ends.append(float(density(moved)))
            difference = (ends[0] - 8.0 * ends[1] + 8.0 * ends[2] - ends[3]) / 12e-3
            assert exact[place] == pytest.approx(difference, rel=1e-6, abs=1e-6), (name, entry)
            place += 1
    assert place == exact.size


def test_a_prior_of_ones_own_takes_the_place_of_the_dossiers():
    dossier = bm.load("phase2_drug")
    field = "milestone.filing.delay.never"
    own = Likelihood(dossier, AS_OF, priors={field: bm.Prior.beta(0.4, 0.3, 0.5)})
    (filing,) = (one for one in own.parameters if one.field == field)
    assert filing.prior is not None and filing.prior.mean == pytest.approx(0.4)
    with pytest.raises(bm.InvalidInput, match=r"milestone\.filing\.delay\.never"):
        Likelihood(dossier, AS_OF, priors={field: bm.Prior.normal(0.4, 0.3, 0.5)})
    with pytest.raises(bm.InvalidInput, match=r"milestone\.nowhere"):
        Likelihood(dossier, AS_OF, priors={"milestone.nowhere": bm.Prior.beta(0.4, 0.3, 0.5)})


def test_a_dossier_without_priors_is_refused(likelihood):
    class Bare:
        parameters = ()
        dossier = likelihood.dossier

    with pytest.raises(bm.InvalidInput, match="no number has a prior"):
        model_of(Bare())  # type: ignore[arg-type]

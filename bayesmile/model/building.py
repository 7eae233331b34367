"""From a dossier to a PyMC model of its parameters, all event months summed out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesmile.dossier import Dossier
from bayesmile.elicitation import Law, Prior
from bayesmile.errors import InvalidInput
from bayesmile.grid import When
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.parameters import Parameter

if TYPE_CHECKING:
    import pymc as pm

__all__ = ["Variable", "build", "model_of", "variables_of"]

_ABOUT = {
    "delay_median": "milestone",
    "delay_mean": "milestone",
    "delay_sigma": "milestone",
    "delay_sd": "milestone",
    "delay_shape": "milestone",
    "never": "milestone",
    "lift": "kind",
    "yes_if_near": "attribute",
    "yes_otherwise": "attribute",
    "slip_mean": "lead",
    "slip_sd": "lead",
}
_ARGUMENTS: dict[Law, tuple[str, str]] = {
    "lognormal": ("mu", "sigma"),
    "normal": ("mu", "sigma"),
    "beta": ("alpha", "beta"),
    "gamma": ("alpha", "beta"),
}


@dataclass(frozen=True, slots=True)
class Variable:
    """One random variable of the model: all parameters of one sort whose priors have one law.

    Attributes
    ----------
    name : str
    law : {"lognormal", "normal", "beta", "gamma"}
    dim : str or None
        Name of its dimension; None for a single number.
    parameters : tuple of Parameter
        In the order of its entries.
    """

    name: str
    law: Law
    dim: str | None
    parameters: tuple[Parameter, ...]

    @property
    def coords(self) -> list[str]:
        """Labels along the dimension."""
        return [one.coord for one in self.parameters]


def variables_of(parameters: Sequence[Parameter]) -> list[Variable]:
    """Group parameters into the model's random variables, in order of first appearance.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> found = variables_of([one for one in Likelihood(load("phase2_drug"), "2025-12-31").parameters])
    >>> found[0].name, found[0].dim, found[0].coords[0]
    ('delay_mean', 'delay_mean_milestone', 'phase3_start')
    """
    groups: dict[tuple[str, Law], list[Parameter]] = {}
    for one in parameters:
        if one.prior is not None:
            groups.setdefault((one.variable, one.prior.law), []).append(one)
    names = [variable for variable, _ in groups]
    found = []
    for (variable, law), members in groups.items():
        name = variable if names.count(variable) == 1 else f"{variable}_{law}"
        dim = f"{name}_{_ABOUT[variable]}" if variable in _ABOUT else None
        found.append(Variable(name, law, dim, tuple(members)))
    return found


def build(dossier: Dossier, as_of: When, *, priors: Mapping[str, Prior] | None = None) -> pm.Model:
    """PyMC model of a dossier's parameters given what was public by the as-of date.

    Parameters
    ----------
    dossier : Dossier
        Numbers with a prior are parameters, the others are constants.
    as_of : str or date
    priors : mapping of str to Prior, optional
        By field, priors in place of the dossier's own (from PreliZ: `Prior.from_preliz`).

    Returns
    -------
    pymc.Model
        One random variable for each sort of parameter (``delay_median``, ``never``, ``lift``, ...) with named dims and
        coords, and the potential ``evidence``: log P(evidence | theta), constants included.

    Raises
    ------
    InvalidInput
        If no number has a prior, or a date or the roadmap cannot be accepted.

    Notes
    -----
    Every event month is summed out exactly by the engine, so the density is smooth in the parameters; its gradient
    comes from the posterior marginals and the expected delay counts of the same pass.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> model = build(load("phase2_drug"), "2025-12-31")
    >>> [variable.name for variable in model.free_RVs][:2]
    ['delay_mean', 'delay_sd']
    """
    return model_of(Likelihood(dossier, as_of, priors=priors))


def model_of(likelihood: Likelihood) -> pm.Model:
    """PyMC model of a likelihood's parameters; see `build`."""
    import pymc as pm
    import pytensor.tensor as pt

    from bayesmile.model.op import LogMarginal

    variables = variables_of(likelihood.parameters)
    if not variables:
        raise InvalidInput(
            f"dossier {likelihood.dossier.name}: no number has a prior; allowed is at least one `prior` table"
        )
    with pm.Model(coords={one.dim: one.coords for one in variables if one.dim}) as model:
        parts = [pt.atleast_1d(_random(one)) for one in variables]
        order = [one.field for variable in variables for one in variable.parameters]
        wanted = {field: place for place, field in enumerate(order)}
        columns = [wanted[one.field] for one in likelihood.parameters]
        theta: Any = pt.concatenate(parts)
        if columns != list(range(len(columns))):
            theta = theta[np.array(columns)]
        evidence: Any = LogMarginal(likelihood)(theta)  # value and gradient
        pm.Potential("evidence", evidence[0])
    return model


def _random(variable: Variable) -> Any:
    import pymc as pm

    laws = {"lognormal": pm.LogNormal, "normal": pm.Normal, "beta": pm.Beta, "gamma": pm.Gamma}
    priors = [one.prior for one in variable.parameters if one.prior is not None]
    numbers = [np.array([getattr(prior, side) for prior in priors]) for side in ("first", "second")]
    if variable.dim is None:
        numbers = [x[0] for x in numbers]
    arguments = dict(zip(_ARGUMENTS[variable.law], numbers, strict=True))
    return laws[variable.law](variable.name, **arguments, dims=variable.dim)

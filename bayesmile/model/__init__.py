"""The PyMC model of a dossier's parameters, its fit, and beliefs with intervals; PyMC is imported only when called."""

from bayesmile.model.building import build
from bayesmile.model.diagnostics import Diagnostics, diagnose
from bayesmile.model.fitting import Unconverged, contraction, fit, mixture_of
from bayesmile.model.mixture import Estimate, Mixture, from_prior

__all__ = [
    "Diagnostics",
    "Estimate",
    "Mixture",
    "Unconverged",
    "build",
    "contraction",
    "diagnose",
    "fit",
    "from_prior",
    "mixture_of",
]

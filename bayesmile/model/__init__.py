"""The PyMC model of a dossier's parameters, and its fit; PyMC itself is imported only when one of them is called."""

from bayesmile.model.building import build

__all__ = ["build"]

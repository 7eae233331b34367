"""Exact beliefs about a company's roadmap, and the probability that its price implies.

Every public name is imported when it is first used, so that ``import bayesmile`` is quick and light.

Examples
--------
>>> import bayesmile as bm
>>> bm.MonthGrid("2026-01", 24).last
'2027-12'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bayesmile.delays import Gamma, LogLogistic, LogNormal, Tabulated, Weibull
    from bayesmile.errors import BayesmileError, ImpossibleEvidence, InfeasiblePrice, InvalidInput
    from bayesmile.grid import MonthGrid
    from bayesmile.payoffs import Payoffs

__all__ = [
    "BayesmileError",
    "Gamma",
    "ImpossibleEvidence",
    "InfeasiblePrice",
    "InvalidInput",
    "LogLogistic",
    "LogNormal",
    "MonthGrid",
    "Payoffs",
    "Tabulated",
    "Weibull",
]

_HOME = {
    "BayesmileError": "errors",
    "Gamma": "delays",
    "ImpossibleEvidence": "errors",
    "InfeasiblePrice": "errors",
    "InvalidInput": "errors",
    "LogLogistic": "delays",
    "LogNormal": "delays",
    "MonthGrid": "grid",
    "Payoffs": "payoffs",
    "Tabulated": "delays",
    "Weibull": "delays",
}
"""Module of each public name; no public name may also be the name of a module, which would shadow it."""


def __getattr__(name: str) -> object:
    """Import a public name from its module on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'bayesmile' has no attribute {name!r}")
    value: object = getattr(import_module(f"bayesmile.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Public names, imported or not yet."""
    return sorted({*globals(), *__all__})

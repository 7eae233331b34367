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
    from bayesmile.belief import Belief
    from bayesmile.comparison import compare
    from bayesmile.delays import Gamma, LogLogistic, LogNormal, Tabulated, Weibull
    from bayesmile.dossier import Dossier, load
    from bayesmile.errors import BayesmileError, ImpossibleEvidence, InfeasiblePrice, InvalidInput
    from bayesmile.evidence import Achieved, Announcement, Guidance, LikelihoodRatio, NotYet, Row
    from bayesmile.grid import MonthGrid
    from bayesmile.inference import infer
    from bayesmile.ledger import Ledger
    from bayesmile.market import fair_price, implied_probability
    from bayesmile.payoffs import Payoffs
    from bayesmile.replays import replay
    from bayesmile.roadmap import Milestone, Roadmap
    from bayesmile.streams import Stream
    from bayesmile.tilts import implied, reach_tilt

__all__ = [
    "Achieved",
    "Announcement",
    "BayesmileError",
    "Belief",
    "Dossier",
    "Gamma",
    "Guidance",
    "ImpossibleEvidence",
    "InfeasiblePrice",
    "InvalidInput",
    "Ledger",
    "LikelihoodRatio",
    "LogLogistic",
    "LogNormal",
    "Milestone",
    "MonthGrid",
    "NotYet",
    "Payoffs",
    "Roadmap",
    "Row",
    "Stream",
    "Tabulated",
    "Weibull",
    "compare",
    "fair_price",
    "implied",
    "implied_probability",
    "infer",
    "load",
    "reach_tilt",
    "replay",
]

_HOME = {
    "Achieved": "evidence",
    "Announcement": "evidence",
    "BayesmileError": "errors",
    "Belief": "belief",
    "Dossier": "dossier",
    "Gamma": "delays",
    "Guidance": "evidence",
    "ImpossibleEvidence": "errors",
    "InfeasiblePrice": "errors",
    "InvalidInput": "errors",
    "Ledger": "ledger",
    "LikelihoodRatio": "evidence",
    "LogLogistic": "delays",
    "LogNormal": "delays",
    "Milestone": "roadmap",
    "MonthGrid": "grid",
    "NotYet": "evidence",
    "Payoffs": "payoffs",
    "Roadmap": "roadmap",
    "Row": "evidence",
    "Stream": "streams",
    "Tabulated": "delays",
    "Weibull": "delays",
    "compare": "comparison",
    "fair_price": "market",
    "implied": "tilts",
    "implied_probability": "market",
    "infer": "inference",
    "load": "dossier",
    "reach_tilt": "tilts",
    "replay": "replays",
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

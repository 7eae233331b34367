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
    from bayesmile.attribution import chain_of_belief, item_effect
    from bayesmile.belief import Belief
    from bayesmile.breakevens import break_even
    from bayesmile.comparison import compare
    from bayesmile.delays import Gamma, LogLogistic, LogNormal, Tabulated, Weibull
    from bayesmile.dossier import Dossier, load
    from bayesmile.dossier_check import check
    from bayesmile.doubts import doubt_shares
    from bayesmile.elicitation import Prior
    from bayesmile.errors import BayesmileError, ImpossibleEvidence, InfeasiblePrice, InvalidInput
    from bayesmile.events import MarketMove, daily_volatility, event_study
    from bayesmile.evidence import Achieved, Announcement, Guidance, LikelihoodRatio, NotYet, Row
    from bayesmile.gaps import evidence_gap
    from bayesmile.grid import MonthGrid
    from bayesmile.inference import infer
    from bayesmile.known import Known
    from bayesmile.ledger import Ledger
    from bayesmile.market import fair_price, implied_probability, two_state
    from bayesmile.model.fitting import Unconverged, fit
    from bayesmile.model.mixture import Estimate, Mixture
    from bayesmile.model.replaying import replay_draws
    from bayesmile.parameters import Parameter, parameters_of
    from bayesmile.payoffs import Payoffs
    from bayesmile.replays import replay
    from bayesmile.roadmap import Milestone, Roadmap
    from bayesmile.sensitivity import sensitivities, top_assumptions
    from bayesmile.silence import price_silence
    from bayesmile.skeleton import append_announcement, new
    from bayesmile.streams import Stream
    from bayesmile.tilts import attainable_range, implied, reach_tilt

__all__ = [
    "Achieved",
    "Announcement",
    "BayesmileError",
    "Belief",
    "Dossier",
    "Estimate",
    "Gamma",
    "Guidance",
    "ImpossibleEvidence",
    "InfeasiblePrice",
    "InvalidInput",
    "Known",
    "Ledger",
    "LikelihoodRatio",
    "LogLogistic",
    "LogNormal",
    "MarketMove",
    "Milestone",
    "Mixture",
    "MonthGrid",
    "NotYet",
    "Parameter",
    "Payoffs",
    "Prior",
    "Roadmap",
    "Row",
    "Stream",
    "Tabulated",
    "Unconverged",
    "Weibull",
    "append_announcement",
    "attainable_range",
    "break_even",
    "chain_of_belief",
    "check",
    "compare",
    "daily_volatility",
    "doubt_shares",
    "event_study",
    "evidence_gap",
    "fair_price",
    "fit",
    "implied",
    "implied_probability",
    "infer",
    "item_effect",
    "load",
    "new",
    "parameters_of",
    "price_silence",
    "reach_tilt",
    "replay",
    "replay_draws",
    "sensitivities",
    "top_assumptions",
    "two_state",
]

_HOME = {
    "Achieved": "evidence",
    "Announcement": "evidence",
    "BayesmileError": "errors",
    "Belief": "belief",
    "Dossier": "dossier",
    "Estimate": "model.mixture",
    "Gamma": "delays",
    "Guidance": "evidence",
    "ImpossibleEvidence": "errors",
    "InfeasiblePrice": "errors",
    "InvalidInput": "errors",
    "Known": "known",
    "Ledger": "ledger",
    "LikelihoodRatio": "evidence",
    "LogLogistic": "delays",
    "LogNormal": "delays",
    "MarketMove": "events",
    "Milestone": "roadmap",
    "Mixture": "model.mixture",
    "MonthGrid": "grid",
    "NotYet": "evidence",
    "Parameter": "parameters",
    "Payoffs": "payoffs",
    "Prior": "elicitation",
    "Roadmap": "roadmap",
    "Row": "evidence",
    "Stream": "streams",
    "Tabulated": "delays",
    "Unconverged": "model.fitting",
    "Weibull": "delays",
    "append_announcement": "skeleton",
    "attainable_range": "tilts",
    "break_even": "breakevens",
    "chain_of_belief": "attribution",
    "check": "dossier_check",
    "compare": "comparison",
    "daily_volatility": "events",
    "doubt_shares": "doubts",
    "event_study": "events",
    "evidence_gap": "gaps",
    "fair_price": "market",
    "fit": "model.fitting",
    "implied": "tilts",
    "implied_probability": "market",
    "infer": "inference",
    "item_effect": "attribution",
    "load": "dossier",
    "new": "skeleton",
    "parameters_of": "parameters",
    "price_silence": "silence",
    "reach_tilt": "tilts",
    "replay": "replays",
    "replay_draws": "model.replaying",
    "sensitivities": "sensitivity",
    "top_assumptions": "sensitivity",
    "two_state": "market",
}
"""Module of each public name; no public name may also be the name of a module, which would shadow it."""


def __getattr__(name: str) -> object:
    """Import a public name, or the package `model`, on first use (PEP 562)."""
    if name == "model":
        return import_module("bayesmile.model")
    if name not in _HOME:
        raise AttributeError(f"module 'bayesmile' has no attribute {name!r}")
    value: object = getattr(import_module(f"bayesmile.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Public names, imported or not yet."""
    return sorted({*globals(), *__all__, "model"})

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
    from bayesmile.backtest.designs import HeldOut, Rolling
    from bayesmile.backtest.guards import LeakedFuture
    from bayesmile.backtest.results import Backtest
    from bayesmile.backtest.running import run_backtest
    from bayesmile.backtest.scores import Scoring
    from bayesmile.belief import Belief
    from bayesmile.breakevens import break_even
    from bayesmile.catalysts import dated_catalysts
    from bayesmile.comparison import Comparison, compare
    from bayesmile.delays import Gamma, LogLogistic, LogNormal, Tabulated, Weibull
    from bayesmile.dossier import Dossier, load
    from bayesmile.dossier_check import check
    from bayesmile.doubts import doubt_shares, doubts_beside
    from bayesmile.downloads.companyfacts import read_companyfacts
    from bayesmile.downloads.quotes import read_prices
    from bayesmile.elicitation import Prior
    from bayesmile.errors import BayesmileError, ImpossibleEvidence, InfeasiblePrice, InvalidInput
    from bayesmile.events import MarketMove, daily_volatility, event_study
    from bayesmile.evidence import Achieved, Announcement, Guidance, LikelihoodRatio, NotYet, Row
    from bayesmile.forecasts.making import log_forecasts
    from bayesmile.forecasts.reading import read_log
    from bayesmile.forecasts.resolving import resolve
    from bayesmile.forecasts.scores import score_log
    from bayesmile.gaps import evidence_gap
    from bayesmile.grid import MonthGrid
    from bayesmile.inference import infer
    from bayesmile.known import Known
    from bayesmile.ledger import Ledger
    from bayesmile.market import fair_price, implied_probability, two_state
    from bayesmile.model.fitting import Unconverged, fit
    from bayesmile.model.learning import learn
    from bayesmile.model.lift_learning import learn_lifts
    from bayesmile.model.mixture import Estimate, Mixture
    from bayesmile.model.replaying import replay_draws
    from bayesmile.parameters import Parameter, parameters_of
    from bayesmile.payoffs import Payoffs
    from bayesmile.pricing.bridge import bridge
    from bayesmile.pricing.distributions import ImpliedDistribution, implied_distribution
    from bayesmile.pricing.eventdays import event_days
    from bayesmile.pricing.grids import implied_grid, worth_grid
    from bayesmile.pricing.histories import history
    from bayesmile.pricing.isoprice import iso_price
    from bayesmile.pricing.measures import two_measures
    from bayesmile.pricing.panels import implied_panel
    from bayesmile.pricing.requirements import what_must_hold
    from bayesmile.pricing.runup import run_up
    from bayesmile.pricing.sharegrowth import share_growth
    from bayesmile.pricing.solving import solve_for
    from bayesmile.pricing.trace import trace_price
    from bayesmile.pricing.workbook import write_workbook
    from bayesmile.reference.announcements import read_announcements
    from bayesmile.reference.learned import LearnedClass
    from bayesmile.reference.reading import read_class
    from bayesmile.reference.table import ReferenceClass
    from bayesmile.replays import replay
    from bayesmile.roadmap import Milestone, Roadmap
    from bayesmile.saved import load_belief, save_belief
    from bayesmile.scoring.outcomes import month_outcomes
    from bayesmile.scoring.skill import paired_skill
    from bayesmile.scoring.summaries import score_binary, score_months
    from bayesmile.sections.contrast import compare_dossiers
    from bayesmile.sensitivity import sensitivities, top_assumptions
    from bayesmile.shapley import shapley_attribution
    from bayesmile.silence import price_silence
    from bayesmile.skeleton import append_announcement, new
    from bayesmile.streams import Stream
    from bayesmile.suppositions import suppose
    from bayesmile.swings import tornadoes
    from bayesmile.tilts import attainable_range, implied, reach_tilt
    from bayesmile.watch import watch_list

__all__ = [
    "Achieved",
    "Announcement",
    "Backtest",
    "BayesmileError",
    "Belief",
    "Comparison",
    "Dossier",
    "Estimate",
    "Gamma",
    "Guidance",
    "HeldOut",
    "ImpliedDistribution",
    "ImpossibleEvidence",
    "InfeasiblePrice",
    "InvalidInput",
    "Known",
    "LeakedFuture",
    "LearnedClass",
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
    "ReferenceClass",
    "Roadmap",
    "Rolling",
    "Row",
    "Scoring",
    "Stream",
    "Tabulated",
    "Unconverged",
    "Weibull",
    "append_announcement",
    "attainable_range",
    "break_even",
    "bridge",
    "chain_of_belief",
    "check",
    "compare",
    "compare_dossiers",
    "daily_volatility",
    "dated_catalysts",
    "doubt_shares",
    "doubts_beside",
    "event_days",
    "event_study",
    "evidence_gap",
    "fair_price",
    "fit",
    "history",
    "implied",
    "implied_distribution",
    "implied_grid",
    "implied_panel",
    "implied_probability",
    "infer",
    "iso_price",
    "item_effect",
    "learn",
    "learn_lifts",
    "load",
    "load_belief",
    "log_forecasts",
    "month_outcomes",
    "new",
    "paired_skill",
    "parameters_of",
    "price_silence",
    "reach_tilt",
    "read_announcements",
    "read_class",
    "read_companyfacts",
    "read_log",
    "read_prices",
    "replay",
    "replay_draws",
    "resolve",
    "run_backtest",
    "run_up",
    "save_belief",
    "score_binary",
    "score_log",
    "score_months",
    "sensitivities",
    "shapley_attribution",
    "share_growth",
    "solve_for",
    "suppose",
    "top_assumptions",
    "tornadoes",
    "trace_price",
    "two_measures",
    "two_state",
    "watch_list",
    "what_must_hold",
    "worth_grid",
    "write_workbook",
]

_HOME = {
    "Achieved": "evidence",
    "Announcement": "evidence",
    "Backtest": "backtest.results",
    "BayesmileError": "errors",
    "Belief": "belief",
    "Comparison": "comparison",
    "Dossier": "dossier",
    "Estimate": "model.mixture",
    "Gamma": "delays",
    "Guidance": "evidence",
    "HeldOut": "backtest.designs",
    "ImpliedDistribution": "pricing.distributions",
    "ImpossibleEvidence": "errors",
    "InfeasiblePrice": "errors",
    "InvalidInput": "errors",
    "Known": "known",
    "LeakedFuture": "backtest.guards",
    "LearnedClass": "reference.learned",
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
    "ReferenceClass": "reference.table",
    "Roadmap": "roadmap",
    "Rolling": "backtest.designs",
    "Row": "evidence",
    "Scoring": "backtest.scores",
    "Stream": "streams",
    "Tabulated": "delays",
    "Unconverged": "model.fitting",
    "Weibull": "delays",
    "append_announcement": "skeleton",
    "attainable_range": "tilts",
    "break_even": "breakevens",
    "bridge": "pricing.bridge",
    "chain_of_belief": "attribution",
    "check": "dossier_check",
    "compare": "comparison",
    "compare_dossiers": "sections.contrast",
    "daily_volatility": "events",
    "dated_catalysts": "catalysts",
    "doubt_shares": "doubts",
    "doubts_beside": "doubts",
    "event_days": "pricing.eventdays",
    "event_study": "events",
    "evidence_gap": "gaps",
    "fair_price": "market",
    "fit": "model.fitting",
    "history": "pricing.histories",
    "implied": "tilts",
    "implied_distribution": "pricing.distributions",
    "implied_grid": "pricing.grids",
    "implied_panel": "pricing.panels",
    "implied_probability": "market",
    "infer": "inference",
    "iso_price": "pricing.isoprice",
    "item_effect": "attribution",
    "learn": "model.learning",
    "learn_lifts": "model.lift_learning",
    "load": "dossier",
    "load_belief": "saved",
    "log_forecasts": "forecasts.making",
    "month_outcomes": "scoring.outcomes",
    "new": "skeleton",
    "paired_skill": "scoring.skill",
    "parameters_of": "parameters",
    "price_silence": "silence",
    "reach_tilt": "tilts",
    "read_announcements": "reference.announcements",
    "read_class": "reference.reading",
    "read_companyfacts": "downloads.companyfacts",
    "read_log": "forecasts.reading",
    "read_prices": "downloads.quotes",
    "replay": "replays",
    "replay_draws": "model.replaying",
    "resolve": "forecasts.resolving",
    "run_backtest": "backtest.running",
    "run_up": "pricing.runup",
    "save_belief": "saved",
    "score_binary": "scoring.summaries",
    "score_log": "forecasts.scores",
    "score_months": "scoring.summaries",
    "sensitivities": "sensitivity",
    "shapley_attribution": "shapley",
    "share_growth": "pricing.sharegrowth",
    "solve_for": "pricing.solving",
    "suppose": "suppositions",
    "top_assumptions": "sensitivity",
    "tornadoes": "swings",
    "trace_price": "pricing.trace",
    "two_measures": "pricing.measures",
    "two_state": "market",
    "watch_list": "watch",
    "what_must_hold": "pricing.requirements",
    "worth_grid": "pricing.grids",
    "write_workbook": "pricing.workbook",
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

"""The public names, and what importing the package costs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import bayesmile as bm
from bayesmile import _HOME

PACKAGE = Path(bm.__file__).parent

PROMISED = {
    "BayesmileError": "errors",
    "ImpossibleEvidence": "errors",
    "InfeasiblePrice": "errors",
    "InvalidInput": "errors",
    "MonthGrid": "grid",
    "Gamma": "delays",
    "LogLogistic": "delays",
    "LogNormal": "delays",
    "Tabulated": "delays",
    "Weibull": "delays",
    "Achieved": "evidence",
    "Announcement": "evidence",
    "Guidance": "evidence",
    "LikelihoodRatio": "evidence",
    "NotYet": "evidence",
    "Row": "evidence",
    "Stream": "streams",
    "Ledger": "ledger",
    "Milestone": "roadmap",
    "Roadmap": "roadmap",
    "Belief": "belief",
    "load_belief": "saved",
    "save_belief": "saved",
    "infer": "inference",
    "Parameter": "parameters",
    "Prior": "elicitation",
    "parameters_of": "parameters",
    "Payoffs": "payoffs",
    "fair_price": "market",
    "implied": "tilts",
    "implied_probability": "market",
    "reach_tilt": "tilts",
    "Comparison": "comparison",
    "compare": "comparison",
    "compare_dossiers": "sections.contrast",
    "Dossier": "dossier",
    "load": "dossier",
    "replay": "replays",
    "Known": "known",
    "MarketMove": "events",
    "attainable_range": "tilts",
    "break_even": "breakevens",
    "chain_of_belief": "attribution",
    "check": "dossier_check",
    "daily_volatility": "events",
    "doubt_shares": "doubts",
    "event_study": "events",
    "evidence_gap": "gaps",
    "item_effect": "attribution",
    "new": "skeleton",
    "append_announcement": "skeleton",
    "price_silence": "silence",
    "sensitivities": "sensitivity",
    "top_assumptions": "sensitivity",
    "two_state": "market",
    "Estimate": "model/mixture",
    "Mixture": "model/mixture",
    "replay_draws": "model/replaying",
    "Unconverged": "model/fitting",
    "fit": "model/fitting",
    "ImpliedDistribution": "pricing.distributions",
    "bridge": "pricing.bridge",
    "event_days": "pricing.eventdays",
    "history": "pricing.histories",
    "implied_distribution": "pricing.distributions",
    "implied_panel": "pricing.panels",
    "iso_price": "pricing.isoprice",
    "read_companyfacts": "downloads.companyfacts",
    "read_prices": "downloads.quotes",
    "run_up": "pricing.runup",
    "share_growth": "pricing.sharegrowth",
    "solve_for": "pricing.solving",
    "two_measures": "pricing.measures",
    "what_must_hold": "pricing.requirements",
    "write_workbook": "pricing.workbook",
    "doubts_beside": "doubts",
    "implied_grid": "pricing.grids",
    "trace_price": "pricing.trace",
    "worth_grid": "pricing.grids",
    "log_forecasts": "forecasts.making",
    "read_log": "forecasts.reading",
    "resolve": "forecasts.resolving",
    "score_log": "forecasts.scores",
    "month_outcomes": "scoring.outcomes",
    "paired_skill": "scoring.skill",
    "score_binary": "scoring.summaries",
    "score_months": "scoring.summaries",
    "Backtest": "backtest.results",
    "HeldOut": "backtest.designs",
    "LeakedFuture": "backtest.guards",
    "LearnedClass": "reference.learned",
    "ReferenceClass": "reference.table",
    "Rolling": "backtest.designs",
    "Scoring": "backtest.scores",
    "learn": "model.learning",
    "read_class": "reference.reading",
    "run_backtest": "backtest.running",
    "dated_catalysts": "catalysts",
    "shapley_attribution": "shapley",
    "suppose": "suppositions",
    "tornadoes": "swings",
    "watch_list": "watch",
    "learn_lifts": "model.lift_learning",
    "read_announcements": "reference.announcements",
}
"""Public names and the modules that hold them; a name is public as soon as its module exists."""

HEAVY = {"arviz", "matplotlib", "numba", "pandas", "plotly", "pydantic", "pymc", "pytensor", "rich", "typer", "xarray"}


def modules_after(statement: str) -> tuple[set[str], float]:
    """Top-level modules loaded by a fresh interpreter that ran the statement, and the seconds that it took."""
    code = (
        "import json, sys, time; start = time.perf_counter()\n"
        f"{statement}\n"
        "print(json.dumps([time.perf_counter() - start, sorted({name.split('.')[0] for name in sys.modules})]))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    seconds, names = json.loads(shown.stdout)
    return set(names), seconds


def test_promised_names_of_existing_modules_are_public() -> None:
    existing = {name for name, module in PROMISED.items() if (PACKAGE / f"{module.replace('.', '/')}.py").exists()}
    missing = existing - set(bm.__all__)
    assert set(bm.__all__) <= set(PROMISED), "list the new public name here as well"
    assert not missing, f"add to __all__, _HOME and the TYPE_CHECKING imports of bayesmile/__init__.py: {missing}"


def test_all_is_sorted_and_is_the_table() -> None:
    assert bm.__all__ == sorted(_HOME)
    assert set(bm.__all__) <= set(dir(bm))


@pytest.mark.parametrize("name", bm.__all__)
def test_every_public_name_resolves_to_its_module(name: str) -> None:
    module = import_module(f"bayesmile.{_HOME[name]}")
    assert getattr(bm, name) is getattr(module, name)
    assert name in module.__all__
    assert getattr(bm, name).__doc__


def test_no_public_name_is_also_a_module() -> None:
    # Importing bayesmile.compare would put the module in the place of a function of the same name.
    assert [name for name in bm.__all__ if find_spec(f"bayesmile.{name}") is not None] == []


def test_the_model_is_at_hand_without_its_libraries() -> None:
    loaded, _ = modules_after("import bayesmile as bm\nbm.model.build, bm.fit, bm.Mixture")
    assert loaded & {"arviz", "arviz_stats", "nutpie", "pymc", "pytensor"} == set()
    assert "build" in bm.model.__all__


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'forecast'"):
        _ = bm.forecast


def test_import_is_light_and_quick() -> None:
    loaded, _ = modules_after("import bayesmile")
    assert loaded & HEAVY == set()
    assert min(modules_after("import bayesmile")[1] for _ in range(3)) < 1.0


def test_naming_the_roadmap_loads_no_heavy_library() -> None:
    modules = {"errors", "elicitation", "grid", "delays", "evidence", "streams", "roadmap"}
    light = [name for name in bm.__all__ if _HOME[name] in modules]
    loaded, _ = modules_after("import bayesmile as bm\n" + "\n".join(f"bm.{name}" for name in light))
    assert loaded & HEAVY == set()


@pytest.mark.skipif(not (PACKAGE / "cli.py").exists(), reason="the command does not exist yet")
def test_help_is_quick() -> None:
    def seconds() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "bayesmile", "--help"], capture_output=True, check=True, timeout=60)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(3)) < 1.0

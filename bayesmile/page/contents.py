"""The parts of the page, in the order in which people read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bayesmile.page.blocks import Block, Part
from bayesmile.page.exploring import credit_blocks, suppose_blocks, threshold_blocks, watch_blocks
from bayesmile.page.grounding import assumption_blocks, diagnostic_blocks, recipe_blocks, sensitivity_blocks
from bayesmile.page.market import comparison_blocks, event_blocks, iso_blocks
from bayesmile.page.material import Material
from bayesmile.page.news import attribution_blocks, ledger_blocks, timeline_blocks
from bayesmile.page.roadmap import answer_blocks, fan_blocks, graph_blocks

__all__ = ["parts_of"]

def _answer(made: Material) -> Iterator[Block]:
    yield from answer_blocks(made)
    yield from suppose_blocks(made)


def _attribution(made: Material) -> Iterator[Block]:
    yield from attribution_blocks(made)
    yield from credit_blocks(made)


def _sensitivity(made: Material) -> Iterator[Block]:
    yield from sensitivity_blocks(made)
    yield from threshold_blocks(made.view.swept, made.currency)


_PARTS: tuple[tuple[str, str, Callable[[Material], Iterator[Block]]], ...] = (
    ("answer", "The answer", _answer),
    ("market", "Ours against the market's", comparison_blocks),
    ("roadmap", "The roadmap", graph_blocks),
    ("when", "When each milestone happens", fan_blocks),
    ("time", "Belief through time", timeline_blocks),
    ("attribution", "What each announcement changed", _attribution),
    ("price", "What gives the price", iso_blocks),
    ("days", "What the day of the news meant", event_blocks),
    ("sensitivity", "Which assumption matters", _sensitivity),
    ("watch", "What to watch for", watch_blocks),
    ("ledger", "The ledger", ledger_blocks),
    ("assumptions", "Assumptions, with rationale and source", assumption_blocks),
    ("diagnostics", "How sure: diagnostics", diagnostic_blocks),
    ("recipe", "How to make this page again", recipe_blocks),
)


def parts_of(made: Material) -> tuple[Part, ...]:
    """Every part with its blocks."""
    return tuple(Part(name, title, tuple(build(made))) for name, title, build in _PARTS)

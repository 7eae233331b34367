"""How sure the answer is, traced: numbers over draws of the payoffs and of our own numbers."""

from __future__ import annotations

from bayesmile.pricing.lines import Lines, look_up
from bayesmile.sections.assumed import Assumed
from bayesmile.sections.basis import Basis
from bayesmile.sections.origins import engine_source
from bayesmile.wording import words

__all__ = ["add_assumed"]

_POINTS = (("low", "5% point"), ("median", "50% point"), ("high", "95% point"))
_SHARES = (
    ("infeasible", "Share of draws in which no probability is enough"),
    ("below", "Share of draws in which the price is no more than failure leaves"),
    ("above_ours", "Probability that the market's exceeds ours"),
    ("above_error", "Its Monte Carlo standard error"),
    ("exponential_missing", "Share of draws in which no exponential tilt exists"),
)
_CHANCE = (
    ("central", "Ours at the dossier's own numbers"),
    ("mean", "Ours, mean over the uncertain numbers"),
    ("low", "Ours, 5% point"),
    ("high", "Ours, 95% point"),
    ("error", "Monte Carlo standard error of our mean"),
)


def add_assumed(lines: Lines, view: Basis, part: Assumed) -> dict[str, tuple[str, ...]]:
    """Add what the draws say; return the labels of their rows."""
    drawn = f"{part.draws} joint draws, seed {view.seed}, of {', '.join(part.drawn) or 'no payoffs'}"
    source = engine_source(view.dossier, f"belief as of {view.as_of}, {drawn}")
    for name, title in _SHARES:
        value, paths = getattr(part, name), (f"assumed.{name}",)
        lines.engine(f"drawn_{name}", value, "probability", title, source=source, paths=paths)
    lines.input(
        "drawn_draws", part.draws, "draws", "Joint draws", source="number of draws asked for", paths=["assumed.draws"]
    )
    if part.exponential is not None:
        for end, title in _POINTS:
            value, paths = getattr(part.exponential, end), (f"assumed.exponential.{end}",)
            what = f"Probability by the exponential tilt, {title}"
            lines.engine(f"drawn_exponential_{end}", value, "probability", what, source=source, paths=paths)
    found = [(f"varied[*].{end}", f"drawn_{end}", f"Implied probability, {title}", "varied") for end, title in _POINTS]
    found += [(f"lines[*].{end}", f"market_{end}", f"The market's, {title}", "assumed") for end, title in _POINTS]
    found += [("lines[*].above_ours", "market_above_ours", "Probability that the market's exceeds ours", "assumed")]
    if part.lines and part.lines[0].ours is not None:
        found += [(f"lines[*].ours.{end}", f"ours_{end}", title, "assumed") for end, title in _CHANCE]
    for place, name, title, rows in found:
        value = look_up({"assumed": part}, f"assumed.{place}")
        lines.engine(name, value, "probability", title, source=source, paths=(f"assumed.{place}",), rows=rows)
    return {
        "varied": tuple(one.what for one in part.varied),
        "assumed": tuple(f"{words(line.milestone)} by {line.by}" for line in part.lines),
    }

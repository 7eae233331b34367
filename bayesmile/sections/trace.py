"""Report section that traces every number about the market to the dossier's files and to the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bayesmile.errors import InvalidInput
from bayesmile.files.market_schema import Amount
from bayesmile.pricing.lines import Lines
from bayesmile.pricing.states import State, add_state, identifier
from bayesmile.pricing.trace import (
    AMOUNTS,
    Grounds,
    Trace,
    add_break_evens,
    add_payoffs,
    add_reading,
)
from bayesmile.sections.assumed import Assumed, assumed
from bayesmile.sections.assumed_trace import add_assumed
from bayesmile.sections.basis import Basis
from bayesmile.sections.compared import Compared, compared
from bayesmile.sections.compared_trace import add_compared, add_readings, add_tilt
from bayesmile.sections.event import EventDay, events
from bayesmile.sections.event_trace import add_event
from bayesmile.sections.gap import Gap, gap
from bayesmile.sections.origins import amount_sources, engine_source
from bayesmile.sections.price import Levels, Reading, Valuation, levels, reading, valuation
from bayesmile.sections.price_trace import add_kinds, add_levels, add_price
from bayesmile.sections.readings import readings
from bayesmile.sections.settled import settled

__all__ = ["trace"]

Labels = tuple[str, ...]

_PATHS: Mapping[str, Labels] = {
    "probability": ("levels.ours", "gap.ours", "readings.lines[0].by_horizon"),
    "failure": ("levels.failure",),
    "success": ("levels.success",),
    "implied": ("gap.implied", "readings.lines[1].by_horizon"),
    "gap_bits": ("gap.bits",),
    "gap_points": ("gap.points",),
}


def trace(view: Basis, *, sure: Assumed | None = None) -> Trace:
    """Trace the market sections of a view.

    Parameters
    ----------
    view : Basis
    sure : Assumed, optional
        The section on how sure the answer is, where it has been built already: its draws take seconds.

    Returns
    -------
    Trace
        Values are those that the report states; `Lines.difference` says how far the formulas are from them.

    Raises
    ------
    InvalidInput
        If there is no price, or it says nothing of its milestone.
    """
    found = reading(view)
    if found is None:
        why = settled(view) or f"received no price as of {view.as_of}; allowed is a view with one"
        raise InvalidInput(f"trace: {why}")
    days = events(view)
    lines, rows = _lines(view, found, days, sure or assumed(view, found))
    return Trace(
        lines=lines,
        rows=rows,
        grounds=_grounds(view.market.amounts, lines),
        events={f"_event{number}": f"{day.date}, {day.title}" for number, day in enumerate(days, start=1)},
        name=view.dossier.name,
        title=view.dossier.title,
        hash=view.dossier.hash,
        changes=view.dossier.changes,
        as_of=view.as_of,
        milestone=found.state.milestone,
        horizon=view.horizon,
        currency=found.price.currency,
        notes=view.payoffs.notes,
    )


def _lines(
    view: Basis, found: Reading, days: Sequence[EventDay], sure: Assumed | None
) -> tuple[Lines, dict[str, Labels]]:
    level, gaps, value = levels(view, found), gap(view, found), valuation(view, found)
    both = compared(view, found)
    said = {"price": found.price, "levels": level, "gap": gaps, "valuation": value, "compared": both, "events": days}
    lines = Lines(said={**said, "readings": readings(view, found)})
    months = _add_price(lines, view, found, value)
    rows = {"months": months, **_add_market(lines, view, found, (level, both, gaps))}
    if sure is not None:
        rows |= add_assumed(lines, view, sure)
    for number, day in enumerate(days):
        rows |= add_event(lines, view, day, number)
    return lines, rows


def _add_price(lines: Lines, view: Basis, found: Reading, value: Valuation) -> Labels:
    """Add the payoffs, the market value, and what they say of each other."""
    name, currency = found.state.milestone, found.price.currency
    paths = {f"values.{name}": ("valuation.success_value",)}
    add_payoffs(lines, view.payoffs, currency, amount_sources(view.dossier), paths)
    add_price(lines, view, found.price)
    state = State(
        belief=view.belief,
        payoffs=view.payoffs,
        as_of=view.as_of,
        milestone=name,
        engine=engine_source(view.dossier, f"belief as of {view.as_of}"),
        paths=_PATHS,
    )
    months = add_state(lines, state, currency, ("valuation.model_value",))
    add_reading(lines, _PATHS)
    if value.break_evens:
        add_break_evens(lines, state, currency, "valuation.break_evens")
    return months


def _add_market(lines: Lines, view: Basis, found: Reading, parts: tuple[Levels, Compared, Gap]) -> dict[str, Labels]:
    """Add what the price says of levels, milestones and announcements."""
    level, both, gaps = parts
    rows = {"levels": add_levels(lines, level.lines, found.price.currency)}
    rows["targets"] = add_compared(lines, view, found, both.lines)
    add_tilt(lines, view, found)
    add_readings(lines, view, found)
    if gaps.kinds:
        rows["kinds"] = add_kinds(lines, view, gaps.kinds)
    return rows


def _grounds(amounts: Mapping[str, Amount], lines: Lines) -> dict[str, Grounds]:
    """List what each input rests on; amounts that the market value does not use are left out."""
    found = {}
    for field, amount in amounts.items():
        name = AMOUNTS[field][0] if field in AMOUNTS else identifier(field.replace("values.", "value_", 1))
        if name in lines:
            found[name] = Grounds(low=amount.low, high=amount.high, rationale=amount.rationale, source=amount.source)
    return found

"""A belief and its payoffs as of a moment, as lines: timing, present values by month, F, S and model value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bayesmile.belief import Belief
from bayesmile.grid import When
from bayesmile.market import by_row, present_values
from bayesmile.payoffs import Payoffs
from bayesmile.pricing.lines import Lines
from bayesmile.wording import words

__all__ = ["State", "add_state", "identifier"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A belief and its payoffs as of a moment, and by what names its lines are called.

    Attributes
    ----------
    belief : Belief
    payoffs : Payoffs
    as_of : str or date
    milestone : str
        The milestone in question.
    suffix : str
        Added to every name; empty for the view itself, ``"_event1"`` for the day of the first event.
    engine : str
        What the engine was asked, for the source of its numbers.
    paths : mapping of str to tuple of str
        Places in the report by the name of a line, without the suffix.
    """

    belief: Belief
    payoffs: Payoffs
    as_of: When
    milestone: str
    suffix: str = ""
    engine: str = "belief"
    paths: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def names(self, text: str) -> str:
        """Put the suffix to the names in braces."""
        return re.sub(r"\{(\w+)\}", lambda found: found.group(1) + self.suffix, text)

    def formula(self, lines: Lines, name: str, text: str, unit: str, title: str) -> None:
        """Add a line to this state."""
        lines.formula(name + self.suffix, self.names(text), unit, title, paths=self.paths.get(name, ()))

    def numbers(self, lines: Lines, name: str, value: Array | float, title: str) -> None:
        """Add probabilities of the engine to this state."""
        source, paths = f"{self.engine}: {title[:1].lower()}{title[1:]}", self.paths.get(name, ())
        rows = self.months if np.ndim(value) else ""
        lines.engine(name + self.suffix, value, "probability", title, source=source, paths=paths, rows=rows)

    @property
    def months(self) -> str:
        """Name of the rows by month."""
        return f"months{self.suffix}"


def identifier(name: str) -> str:
    """Name of a milestone as a formula can hold it.

    Examples
    --------
    >>> identifier("first-flight 2")
    'first_flight_2'
    """
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def add_state(lines: Lines, state: State, currency: str, paths_of_value: Sequence[str] = ()) -> tuple[str, ...]:
    """Add the timing of the priced milestones, their present values, and F, S and the model value.

    Returns
    -------
    tuple of str
        Labels of the months that the rows stand for: from the as-of month, or the first one with mass, to the horizon.
    """
    present = present_values(state.belief, state.payoffs, state.as_of)
    first = _first_month(state, present.priced)
    _add_months(lines, state, first)
    if "burn_a_year" in lines:
        text = "IF(required_return > 0, (1 - EXP(-required_return * {tau})) / required_return, {tau})"
        state.formula(lines, "annuity", text, "years", "Present value of one unit spent a year until then")
    for name in present.priced:
        _add_row(lines, state, name, present.rows[name], first, currency)
    _add_laws(lines, state, present.priced, first)
    _add_values(lines, state, present.priced, currency, paths_of_value)
    return tuple(state.belief.grid.label(index) for index in range(first, state.belief.grid.months))


def _first_month(state: State, priced: Sequence[str]) -> int:
    month = max(0, state.belief.grid.moment(state.as_of)[0])
    held = (np.flatnonzero(state.belief.pmf(name)) for name in (state.milestone, *priced))
    return min([month, *(int(cells[0]) for cells in held if cells.size)])


def _add_months(lines: Lines, state: State, first: int) -> None:
    month, fraction = state.belief.grid.moment(state.as_of)
    source = f"calendar: {state.as_of} on a grid from {state.belief.grid.label(0)}"
    suffix, months = state.suffix, np.arange(first, state.belief.grid.months)
    lines.input(f"as_of_month{suffix}", float(month), "months", "As-of month, counted from the first", source=source)
    lines.input(f"as_of_part{suffix}", fraction, "months", "Part of the as-of month that has elapsed", source=source)
    title = "Month, counted from the first"
    lines.input(f"month{suffix}", months, "months", title, source=source, rows=state.months)
    state.formula(lines, "tau", "MAX(0, ({month} - {as_of_month} - {as_of_part}) / 12)", "years", "Years until then")
    text = "EXP(-(required_return + dilution) * {tau})"
    state.formula(lines, "factor", text, "present value of 1", "Discount factor, with dilution")


def _add_row(lines: Lines, state: State, name: str, row: Array, first: int, currency: str) -> None:
    """Present value of one priced milestone by month: a formula, or a row that was given as numbers."""
    key, title = identifier(name), f"Present value if {words(name)} is reached in that month"
    if not isinstance(state.payoffs.values[name], float):
        lines.input(f"pv_{key}{state.suffix}", row[first:-1], currency, title, source="given", rows=state.months)
        late = float(np.asarray(state.payoffs.values[name])[-1])
        title = f"Present value without {words(name)} by the horizon"
        lines.input(f"late_{key}{state.suffix}", late, currency, title, source="given")
        return
    text = f"value_{key} * {{factor}}"
    if name == _carrier(state.payoffs):
        text += " + cash_today" if "cash_today" in lines else ""
        text += " - burn_a_year * {annuity}" if "burn_a_year" in lines else ""
    state.formula(lines, f"pv_{key}", text, currency, title)


def _carrier(payoffs: Payoffs) -> str:
    """Milestone whose beyond pays `beyond`, and whose success ends the burn."""
    return payoffs.beyond_milestone or next(iter(payoffs.values))


def _add_laws(lines: Lines, state: State, priced: Sequence[str], first: int) -> None:
    """Law of the milestone in question, and of the further priced ones given that it is reached or not."""
    belief, name = state.belief, state.milestone
    law = belief.pmf(name)
    title = f"Probability that {words(name)} is reached"
    state.numbers(lines, "pmf", law[first:-1], f"{title} in that month")
    state.numbers(lines, "missed", float(law[-1]), f"Probability that {words(name)} is not reached")
    state.formula(lines, "probability", "SUM({pmf})", "probability", f"{title} by the horizon, ours")
    others = [other for other in priced if other != name]
    if not others:
        return
    last = belief.grid.months - 1
    given = {side: belief.update(by_row(belief, name, last, reached=side)) for side in (True, False)}
    for other in others:
        key, what = identifier(other), words(other)
        for ending, of, when in (
            ("", belief, ""),
            ("_if_reached", given[True], f", given {words(name)}"),
            ("_if_missed", given[False], f", given no {words(name)}"),
        ):
            pmf = of.pmf(other)
            state.numbers(lines, f"pmf_{key}{ending}", pmf[first:-1], f"Law of {what}{when}")
            state.numbers(lines, f"missed_{key}{ending}", float(pmf[-1]), f"No {what}{when}")


def _add_values(
    lines: Lines, state: State, priced: Sequence[str], currency: str, paths_of_value: Sequence[str]
) -> None:
    """F, S and the model value as sums over months."""
    name, own = state.milestone, identifier(state.milestone)
    kept = _kept(lines, state, priced)
    sides: dict[str, list[str]] = {"": list(kept), "_if_reached": list(kept), "_if_missed": list(kept)}
    if name in priced:
        sides[""].append(f"SUMPRODUCT({{pmf}}, {{pv_{own}}})")
        sides["_if_reached"].append(f"SUMPRODUCT({{pmf}}, {{pv_{own}}}) / {{probability}}")
        for value in _beyond(lines, state, name):
            sides[""].append(f"{value} * {{missed}}")
            sides["_if_missed"].append(value)
    for other in (other for other in priced if other != name):
        key = identifier(other)
        for ending, terms in sides.items():
            terms.append(f"SUMPRODUCT({{pmf_{key}{ending}}}, {{pv_{key}}})")
            terms += [f"{value} * {{missed_{key}{ending}}}" for value in _beyond(lines, state, other)]
    what = f"{words(name)} by {state.belief.grid.last}"
    text = {side: " + ".join(terms) for side, terms in sides.items()}
    state.formula(lines, "failure", text["_if_missed"], currency, f"F, present value without {what}")
    state.formula(lines, "success", text["_if_reached"], currency, f"S, present value with {what}, dates as believed")
    if name in priced and isinstance(state.payoffs.values[name], float):
        _add_others(lines, state, sides["_if_reached"], currency)
    title = "Model value under these assumptions"
    lines.formula(f"model_value{state.suffix}", state.names(text[""]), currency, title, paths=paths_of_value)


def _beyond(lines: Lines, state: State, name: str) -> list[str]:
    """List what is paid if a priced milestone is not reached by the horizon."""
    late = f"late_{identifier(name)}{state.suffix}"
    return [*(["beyond_value"] if name == _carrier(state.payoffs) else []), *([late] if late in lines else [])]


def _add_others(lines: Lines, state: State, terms: Sequence[str], currency: str) -> None:
    """S without its own part, which is added up apart: as a difference it would lose its digits."""
    own = f"SUMPRODUCT({{pmf}}, {{pv_{identifier(state.milestone)}}}) / {{probability}}"
    parts = [term for term in terms if term != own]
    if state.milestone == _carrier(state.payoffs):
        parts += ["cash_today"] if "cash_today" in lines else []
        if "burn_a_year" in lines:
            text = "burn_a_year * SUMPRODUCT({pmf}, {annuity}) / {probability}"
            state.formula(lines, "burnt", text, currency, "Present value of the burn until success")
    title = "S without what success itself pays and costs"
    state.formula(lines, "others", " + ".join(parts), currency, title)
    text = "SUMPRODUCT({pmf}, {factor}) / {probability}"
    title = "Value today of one unit of success value if reached"
    state.formula(lines, "unit_value", text, "present value of 1", title)


def _kept(lines: Lines, state: State, priced: Sequence[str]) -> tuple[str, ...]:
    """List what is held in every state; the cash too once the success that ends the burn has been paid for."""
    paid = _carrier(state.payoffs) not in priced
    names = ("floor_value", "net_cash", *(("cash_today",) if paid else ()))
    return tuple(name for name in names if name in lines)

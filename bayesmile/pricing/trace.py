"""A price traced to what it is read through: every number of the two-state reading as a line with its formula."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bayesmile.belief import Belief
from bayesmile.grid import When
from bayesmile.market import checked_price, two_state
from bayesmile.payoffs import Payoffs
from bayesmile.pricing.lines import Lines
from bayesmile.pricing.states import State, add_state, identifier
from bayesmile.wording import words

__all__ = [
    "AMOUNTS",
    "Grounds",
    "Trace",
    "add_break_evens",
    "add_payoffs",
    "add_reading",
    "return_excess",
    "trace_price",
]

AMOUNTS: Mapping[str, tuple[str, str, str]] = {
    "floor": ("floor_value", "money", "Present value kept in every state"),
    "beyond": ("beyond_value", "money", "Present value if it is not reached by the horizon"),
    "required_return": ("required_return", "a year", "Required return, continuous, without the risk of failure"),
    "dilution": ("dilution", "a year", "Dilution until success, continuous"),
    "cash": ("cash_today", "money", "Cash of today less debt, spent by the burn"),
    "burn": ("burn_a_year", "money a year", "Cash spent a year until success"),
    "net_cash": ("net_cash", "money", "Cash less debt of today, kept in every state"),
}
"""Numbers of the payoffs: name of the line, unit and title."""

_QUESTIONS = {"certain": "1", "even odds": "0.5", "ours": "probability"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What an assumption rests on.

    Attributes
    ----------
    low, high : float or None
        90% interval.
    rationale, source : str
    """

    low: float | None
    high: float | None
    rationale: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trace:
    """Every number about a price, and what it comes from.

    Attributes
    ----------
    lines : Lines
    rows : mapping of str to tuple of str
        Labels of the rows of numbers: ``"months"``, ``"levels"``, ``"targets"``, ...
    grounds : mapping of str to Grounds
        What inputs rest on, by the name of the line.
    name, title, hash : str
        Of the dossier; empty where there is none.
    events : mapping of str to str
        Day and title of each event, by the suffix of its lines.
    changes : tuple of str
        Assumptions changed, as ``"FIELD=VALUE"``.
    as_of, milestone, horizon, currency : str
    notes : tuple of str
        What a reader should be told.
    """

    lines: Lines
    rows: Mapping[str, tuple[str, ...]]
    as_of: str
    milestone: str
    horizon: str
    currency: str
    grounds: Mapping[str, Grounds] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    title: str = ""
    hash: str = ""
    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def add_payoffs(
    lines: Lines,
    payoffs: Payoffs,
    currency: str,
    sources: Mapping[str, str] | None = None,
    paths: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Add the numbers of the payoffs as inputs; sources and paths are by field, such as ``"values.approval"``."""
    known, places = sources or {}, paths or {}
    for part, (name, unit, title) in AMOUNTS.items():
        if part in ("floor", "beyond", "required_return", "dilution") or getattr(payoffs, part, 0.0) != 0.0:
            source, of = known.get(part, "given"), unit.replace("money", currency)
            lines.input(name, getattr(payoffs, part), of, title, source=source, paths=places.get(part, ()))
    for milestone, value in payoffs.values.items():
        if isinstance(value, float):
            title = f"Value when {words(milestone)} is reached, in money of that day"
            field = f"values.{milestone}"
            source, name = known.get(field, "given"), f"value_{identifier(milestone)}"
            lines.input(name, value, currency, title, source=source, paths=places.get(field, ()))


def add_reading(lines: Lines, paths: Mapping[str, Sequence[str]]) -> None:
    """Add p*, log-odds and bits of `market_value`."""
    inside = "(market_value - failure) * (success - market_value)"
    text = "(market_value - failure) / (success - failure)"
    title = "Two-state probability that the price implies, never clipped"
    lines.formula("implied", text, "probability", title, paths=paths.get("implied", ()))
    lines.formula("readable", f"IF({inside} > 0, 1, 0)", "1 or 0", "Whether a probability justifies the price")
    lines.formula("our_log_odds", "LN(probability / missed)", "nats", "Our log-odds")
    odds = "LN((market_value - failure) / (success - market_value))"
    text = f"IF(readable > 0, {odds}, IF(implied > 0.5, MORE_THAN_ANY, LESS_THAN_ANY))"
    lines.formula("implied_log_odds", text, "nats", "Log-odds that the price implies")
    text = f"IF(readable > 0, ({odds} - our_log_odds) / LN(2), IF(implied > 0.5, MORE_THAN_ANY, LESS_THAN_ANY))"
    lines.formula("gap_bits", text, "bits", "Implied less our log-odds", paths=paths.get("gap_bits", ()))
    text = "100 * (implied - probability)"
    lines.formula("gap_points", text, "points", "Implied less our probability", paths=paths.get("gap_points", ()))


def add_break_evens(lines: Lines, state: State, currency: str, root: str = "") -> None:
    """Add what makes the price right at certainty, even odds and our probability; `root` is the place in the report."""
    for label, text in _QUESTIONS.items():
        end = label.split()[0]

        def add(name: str, text: str, unit: str, title: str, part: str = "", *, label: str = label) -> None:
            paths = (f"{root}.{label}.{part}",) if root and part else ()
            lines.formula(f"{name}_{label.split()[0]}", text, unit, f"{title} ({label})", paths=paths)

        add("p", text, "probability", "Probability of success", "probability")
        odds = f"p_{end}"
        text = f"(market_value - (1 - {odds}) * failure - {odds} * others) / {odds}"
        add("worth", text, currency, "What success itself must be worth today")
        text = f"(worth_{end}{' + burnt' if 'burnt' in lines else ''}) / unit_value"
        add("value_needed", text, currency, "Success value at which the price is right", "success_value")
        text = f"ROOT(rate, {return_excess(lines, odds)})"
        add("return_needed", text, "a year", "Required return at which the price is right", "required_return")
        text = _years(f"value_{identifier(state.milestone)}", f"worth_{end}", burns="burnt" in lines)
        add("years", text, "years", "Years to a success that comes with certainty of its date", "years")


def _years(value: str, worth: str, *, burns: bool) -> str:
    """Years at which value * exp(-rate * years) less what is burnt until then is the worth."""
    rate = "(required_return + dilution)"
    if burns:
        below = f"({worth} * {rate} + burn_a_year)"
        late = f"IF({below} > 0, LN(1 + ({value} - {worth}) * {rate} / {below}) / {rate}, MORE_THAN_ANY)"
        text = f"IF({rate} > 0, {late}, ({value} - {worth}) / burn_a_year)"
    else:
        text = f"IF({worth} > 0, IF({rate} > 0, LN({value} / {worth}) / {rate}, MORE_THAN_ANY), MORE_THAN_ANY)"
    return f"IF({worth} > {value}, UNDEFINED, {text})"


def return_excess(lines: Lines, odds: str, rate: str = "rate") -> str:
    """Value at a probability and a required return, less the price: what is zero at the return that is looked for."""
    failure, success = (lines.inline(name, stop=("tau", "probability")) for name in ("failure", "success"))
    text = f"{odds} * ({success}) + (1 - {odds}) * ({failure}) - market_value"
    return re.sub(r"\brequired_return\b", rate, text)


def trace_price(
    belief: Belief, payoffs: Payoffs, *, price: float, as_of: When, milestone: str | None = None, currency: str = "USD"
) -> Trace:
    """Trace the two-state reading of a price: every number with its formula and what it takes its numbers from.

    Parameters
    ----------
    belief, payoffs, as_of, milestone
        As in `two_state`.
    price : float
        Market value in the currency of the payoffs.
    currency : str
        For the units.

    Raises
    ------
    InvalidInput
        As in `implied_probability`.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, floor=10.0, required_return=0.0)
    >>> trace = trace_price(belief, payoffs, price=85.0, as_of="2026-01")
    >>> line = trace.lines["implied"]
    >>> line.value, line.formula, trace.lines.evaluated({"market_value": 60.0})["implied"]
    (0.75, '(market_value - failure) / (success - failure)', 0.5)
    """
    name = two_state(belief, payoffs, as_of=as_of, milestone=milestone).milestone
    lines = Lines()
    add_payoffs(lines, payoffs, currency)
    lines.input("market_value", checked_price(price), currency, "Market value of the equity", source="given")
    state = State(belief=belief, payoffs=payoffs, as_of=as_of, milestone=name)
    months = add_state(lines, state, currency)
    add_reading(lines, {})
    if isinstance(payoffs.values.get(name), float) and f"pv_{identifier(name)}" in lines:
        add_break_evens(lines, state, currency)
    return Trace(
        lines=lines,
        rows={"months": months},
        as_of=str(as_of),
        milestone=name,
        horizon=belief.grid.last,
        currency=currency,
        notes=payoffs.notes,
    )

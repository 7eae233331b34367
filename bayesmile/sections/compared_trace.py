"""Ours against the market's traced: the reach tilt as a mixture of two laws of ours, and the exponential tilt."""

from __future__ import annotations

from collections.abc import Sequence

from bayesmile.belief import Belief
from bayesmile.market import by_row
from bayesmile.pricing.lines import Lines
from bayesmile.pricing.states import identifier
from bayesmile.sections.basis import Basis
from bayesmile.sections.compared import ComparedLine
from bayesmile.sections.origins import engine_source
from bayesmile.sections.price import Reading
from bayesmile.wording import words

__all__ = ["add_compared", "add_readings", "add_tilt"]

Labels = tuple[str, ...]

_LINES = "compared.lines[*]"
_MODERATE = 500.0  # nats: exponentials of more than some 700 overflow


def add_compared(lines: Lines, view: Basis, found: Reading, both: Sequence[ComparedLine]) -> Labels:
    """Add ours and the market's for every open milestone and date: the reach tilt is a mixture of two laws of ours."""
    belief, name, last = view.belief, found.state.milestone, view.belief.grid.months - 1
    source, what = engine_source(view.dossier, f"belief as of {view.as_of}"), words(name)
    laws = {
        "ours_by": (belief, "", f"{_LINES}.ours"),
        "by_if_missed": (belief.update(by_row(belief, name, last, reached=False)), f", given no {what}", ""),
        "by_if_reached": (belief.update(by_row(belief, name, last, reached=True)), f", given {what}", ""),
    }
    for line, (law, given, path) in laws.items():
        by, after = _tails(law, both)
        title, paths = f"Probability by the date{given}", [path] if path else []
        lines.engine(line, by, "probability", title, source=f"{source}{given}", paths=paths, rows="targets")
        title = f"Probability after the date{given}"
        lines.engine(f"{line}_not", after, "probability", title, source=f"{source}{given}", rows="targets")
    _add_reach(lines)
    _add_exponential(lines, view, found, both)
    return tuple(f"{words(line.milestone)} by {line.by}" for line in both)


def _tails(belief: Belief, both: Sequence[ComparedLine]) -> tuple[list[float], list[float]]:
    """P(by the date) and P(after it), each from its own tail."""
    cuts = [(belief.pmf(line.milestone), belief.grid.deadline(line.by) + 1) for line in both]
    return [float(pmf[:cut].sum()) for pmf, cut in cuts], [float(pmf[cut:].sum()) for pmf, cut in cuts]


def _add_reach(lines: Lines) -> None:
    for end, path in (("", (f"{_LINES}.reach",)), ("_not", ())):
        text = f"IF(readable > 0, implied * by_if_reached{end} + (1 - implied) * by_if_missed{end}, UNDEFINED)"
        when = "after" if end else "by"
        title = f"Probability {when} the date that the price implies, by the reach tilt"
        lines.formula(f"reach_by{end}", text, "probability", title, paths=path)
    text = "(LN(reach_by / reach_by_not) - LN(ours_by / ours_by_not)) / LN(2)"
    text = f"IF(readable > 0, IF(ours_by * ours_by_not > 0, {text}, 0), UNDEFINED)"
    lines.formula("reach_bits", text, "bits", "The same, log-odds less ours", paths=(f"{_LINES}.reach_bits",))
    for name, text, place, title in (
        ("range_low", "MIN(by_if_reached, by_if_missed)", "low", "Least that any price could imply, at our dates"),
        ("range_high", "MAX(by_if_reached, by_if_missed)", "high", "Most that any price could imply, at our dates"),
    ):
        lines.formula(name, text, "probability", title, paths=(f"{_LINES}.{place}",))


def _add_exponential(lines: Lines, view: Basis, found: Reading, both: Sequence[ComparedLine]) -> None:
    if found.exponential is None:
        return
    by, after = _tails(found.exponential.belief, both)
    source = engine_source(view.dossier, f"belief as of {view.as_of} tilted exponentially to the price")
    title, place = "date that the price implies, by the exponential tilt", f"{_LINES}.exponential"
    lines.engine(
        "exponential_by", by, "probability", f"Probability by the {title}", source=source, paths=[place], rows="targets"
    )
    lines.engine(
        "exponential_by_not", after, "probability", f"Probability after the {title}", source=source, rows="targets"
    )
    text = "(LN(exponential_by / exponential_by_not) - LN(ours_by / ours_by_not)) / LN(2)"
    text = f"IF(ours_by * ours_by_not > 0, {text}, 0)"
    lines.formula("exponential_bits", text, "bits", "The same, log-odds less ours", paths=(f"{place}_bits",))


def add_tilt(lines: Lines, view: Basis, found: Reading) -> None:
    """Add the exponential tilt: its one parameter is the engine's root, its entropy follows where one payoff is priced.

    E_Q[PV] is the price, so that KL(Q || P) = -log E_P[exp(tilt * (PV - price))].
    """
    tilt = found.exponential
    if tilt is None:
        return
    source = engine_source(view.dossier, "exponential tilt, root of E[PV] = price")
    where, currency = "compared.", found.price.currency
    lines.engine(
        "tilt_span", tilt.span, "nats", "Span of the exponential tilt", source=source, paths=(f"{where}span_nats",)
    )
    pv = f"pv_{identifier(found.state.milestone)}"
    alone = len(view.payoffs.values) == 1 and abs(tilt.span) < _MODERATE
    if not alone:
        for name, value in (("relative_entropy", tilt.relative_entropy), ("whether", tilt.whether)):
            title = f"{words(name).capitalize()} of the exponential tilt"
            lines.engine(f"tilt_{name}", value, "nats", title, source=source, paths=(f"{where}{name}_nats",))
    else:
        width = found.attainable[1] - found.attainable[0]
        lines.engine(
            "tilt_width", width, currency, "Most less least that any belief could make it worth", source=source
        )
        lines.formula(
            "tilt", "IF(tilt_width > 0, tilt_span / tilt_width, 0)", f"nats per {currency}", "Exponential tilt"
        )
        kept = "market_value - failure + beyond_value"  # what success adds to is failure without `beyond`
        text = f"-LN(SUMPRODUCT(pmf, EXP(tilt * ({pv} - ({kept})))) + missed * EXP(tilt * (failure - market_value)))"
        lines.formula(
            "tilt_relative_entropy", text, "nats", "Relative entropy", paths=(f"{where}relative_entropy_nats",)
        )
        text = f"SUMPRODUCT(pmf, EXP(tilt * ({pv} - ({kept})))) * EXP(tilt_relative_entropy)"
        lines.formula(
            "tilt_probability", text, "probability", "Probability of the milestone under the exponential tilt"
        )
        text = "missed * EXP(tilt * (failure - market_value)) * EXP(tilt_relative_entropy)"
        lines.formula("tilt_missed", text, "probability", "Probability that it is not reached, under the same")
        text = "tilt_probability * LN(tilt_probability / probability) + tilt_missed * LN(tilt_missed / missed)"
        lines.formula("tilt_whether", text, "nats", "Part of it on whether", paths=(f"{where}whether_nats",))
    text = "MAX(0, tilt_relative_entropy - tilt_whether)"
    lines.formula("tilt_when", text, "nats", "Part of it on when", paths=(f"{where}when_nats",))


def add_readings(lines: Lines, view: Basis, found: Reading) -> None:
    """Add three readings of the price side by side: two-state, reach tilt and exponential tilt."""
    name = found.state.milestone
    deadline = view.deadline(name).by
    source = engine_source(view.dossier, f"belief as of {view.as_of}")
    title = f"Probability of {words(name)} by its deadline, {deadline}"
    ours = view.belief.prob(name, by=deadline)
    place = "readings.lines"
    lines.engine("by_deadline", ours, "probability", title, source=source, paths=(f"{place}[0].by_deadline",))
    text = "IF(readable > 0, by_deadline * implied / probability, UNDEFINED)"
    title = f"{title}, by the reach tilt"
    lines.formula("reach_by_deadline", text, "probability", title, paths=(f"{place}[2].by_deadline",))
    text = "IF(readable > 0, implied, UNDEFINED)"
    title = f"Probability of {words(name)} by the horizon, by the reach tilt"
    lines.formula("reach_by_horizon", text, "probability", title, paths=(f"{place}[2].by_horizon",))
    text = "implied * LN(implied / probability) + (1 - implied) * LN((1 - implied) / missed)"
    text, title = f"IF(readable > 0, ({text}) / LN(2), UNDEFINED)", "Relative entropy of the reach tilt, on whether"
    lines.formula("reach_whether", text, "bits", title, paths=(f"{place}[2].whether_bits",))
    title = "Relative entropy of the reach tilt, on when: dates given success stay ours"
    lines.formula("reach_when", "IF(readable > 0, 0, UNDEFINED)", "bits", title, paths=(f"{place}[2].when_bits",))
    if found.exponential is not None:
        _add_exponential_reading(lines, view, found.exponential.belief, deadline)


def _add_exponential_reading(lines: Lines, view: Basis, tilted: Belief, deadline: str) -> None:
    place, name = "readings.lines[3]", view.market.priced
    source = engine_source(view.dossier, f"belief as of {view.as_of} tilted exponentially to the price")
    for end, by in (("horizon", view.horizon), ("deadline", deadline)):
        value, title = tilted.prob(name, by=by), f"Probability of {words(name)} by {by}, by the exponential tilt"
        line, paths = f"exponential_by_{end}", (f"{place}.by_{end}",)
        lines.engine(line, value, "probability", title, source=source, paths=paths)
    for part in ("whether", "when"):
        title, paths = f"Relative entropy of the exponential tilt, on {part}", (f"{place}.{part}_bits",)
        lines.formula(f"tilt_{part}_bits", f"tilt_{part} / LN(2)", "bits", title, paths=paths)

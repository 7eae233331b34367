"""The numeric assumptions of a dossier: each with the range in which it is swept, and the rule that gives the range."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.special import expit, logit

from bayesmile.dossier import Dossier
from bayesmile.evidence import Guidance
from bayesmile.files.items import slip_of
from bayesmile.files.schema import Kind, Slip, StreamEntry
from bayesmile.known import Known
from bayesmile.parameters import Parameter, ahead, parameters_of

__all__ = ["Assumption", "assumptions_of", "slip_of"]

Scale = Literal["log", "logit", "linear"]

_Z = 1.6448536269514722  # 95% point of the standard normal: low and high are a 90% interval
_SCALES: dict[str, tuple[Scale, float]] = {
    "delay_median": ("log", 0.35),
    "delay_mean": ("log", 0.35),
    "delay_sigma": ("log", 0.2),
    "delay_sd": ("log", 0.2),
    "delay_shape": ("log", 0.2),
    "never": ("logit", 0.5),
    "lift": ("log", 0.25),
    "base_rate": ("log", 0.5),
    "hype": ("log", 0.5),
    "slip_mean": ("linear", 0.25),
    "on_time": ("logit", 0.5),
    "whether": ("log", 0.25),
}
"""By variable: its scale, and the standard deviation on it that stands for what is open where there is no prior."""

_OF_PRIOR = "90% interval of its prior"
_FACTOR, _STEP = 20.0, 3.0  # how far a break-even is looked for: times and divided by, plus and minus (log-odds, slip)
_MONEY_FACTOR = 1000.0
_OF_THE_PRICE = ("share_factor",)  # they move the price, not what the payoffs are worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One number of a dossier and the range in which it is swept.

    Attributes
    ----------
    field : str
        Dotted name, as `Dossier.set` takes it.
    label : str
        Words for people.
    value, low, high : float
        The number and its 90% interval.
    convention : str
        Where the interval comes from.
    scale : {"log", "logit", "linear"}
        Scale on which the number is swept and solved for.
    lowest, highest : float
        Range in which a break-even is looked for.
    """

    field: str
    label: str
    value: float
    low: float
    high: float
    convention: str
    scale: Scale
    lowest: float
    highest: float

    def to_scale(self, value: float) -> float:
        """Put a value on the scale."""
        return math.log(value) if self.scale == "log" else float(logit(value)) if self.scale == "logit" else value

    def from_scale(self, x: float) -> float:
        """Take a value back from the scale."""
        return math.exp(x) if self.scale == "log" else float(expit(x)) if self.scale == "logit" else x


def assumptions_of(dossier: Dossier, known: Known, milestones: Collection[str]) -> list[Assumption]:
    """List the assumptions that a belief about some milestones, and a price, rest on.

    Parameters
    ----------
    dossier : Dossier
    known : Known
        Evidence as of the date: only streams that cover it by then and slips of guidance in force count.
    milestones : collection of str
        Their delays are listed.

    Returns
    -------
    list of Assumption
        Delays, kinds and streams, slips, hype, payoffs. A chance of exactly 0 or 1, a lift of 0 and a payoff without an
        interval are taken as settled. Ranges are 90% intervals: the 5% and 95% points of the prior where a number has
        one. Elsewhere, of a log-normal with log-sd 0.35 for medians and means, 0.2 for spreads, 0.25 for lifts and for
        what a date says of whether, and 0.5 for rates and hype; of log-odds with sd 0.5 for chances; of sd 0.25 for
        slips; those of the market page for payoffs.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> dossier = load("phase2_drug")
    >>> found = assumptions_of(dossier, dossier.known_by("2025-12-31"), ["filing"])
    >>> [(one.field, round(one.low, 3), one.value, round(one.high, 3)) for one in found][2]
    ('milestone.filing.delay.never', 0.44, 0.523, 0.605)
    """
    parameters = {one.field: one for one in parameters_of(dossier)}
    return [
        *_delays(dossier, parameters, milestones),
        *_rates(dossier, known, parameters),
        *_slips(dossier.slips, known, parameters),
        *_hype(dossier, parameters),
        *_payoffs(dossier),
    ]


def _swept(one: Parameter) -> Assumption:
    """Assumption of a parameter: swept over its prior, or over what its kind of number usually leaves open."""
    scale, sd = _SCALES[one.variable]
    low, high, rule = _range(one.value, scale, _Z * sd)
    if one.prior is not None:
        (low, high), rule = one.prior.interval(), _OF_PRIOR
    ends = {
        "log": (one.value / _FACTOR, one.value * _FACTOR),
        "logit": (_moved_odds(one.value, -_STEP), _moved_odds(one.value, _STEP)),
        "linear": (one.value - _STEP, one.value + _STEP),
    }[scale]
    return Assumption(
        field=one.field,
        label=one.label,
        value=one.value,
        low=low,
        high=high,
        convention=rule,
        scale=scale,
        lowest=min(ends[0], low),
        highest=max(ends[1], high),
    )


def _range(value: float, scale: Scale, reach: float) -> tuple[float, float, str]:
    """Find the ends of a 90% interval by convention, and the convention in words."""
    factor = math.exp(reach)
    if scale == "log":
        return value / factor, value * factor, f"times and divided by {factor:.2f}"
    if scale == "logit":
        rule = f"odds times and divided by {factor:.2f}"
        return _moved_odds(value, -reach), _moved_odds(value, reach), rule
    return value - reach, value + reach, f"plus and minus {reach:.2f}"


def _moved_odds(probability: float, by: float) -> float:
    return float(expit(logit(probability) + by))


def _delays(dossier: Dossier, parameters: Mapping[str, Parameter], milestones: Collection[str]) -> Iterator[Assumption]:
    for name in dossier.roadmap.names:
        for one in parameters.values() if name in milestones else ():
            is_settled = one.variable == "never" and not 0.0 < one.value < 1.0
            if one.field.startswith(f"milestone.{name}.") and not is_settled:
                yield _swept(one)


def _rates(dossier: Dossier, known: Known, parameters: Mapping[str, Parameter]) -> Iterator[Assumption]:
    """Rates of kinds with an active stream, and of streams that have their own."""
    as_of = "9999-12" if known.as_of is None else known.as_of.day.isoformat()[:7]
    active = {(stream.kind, stream.milestone) for stream in known.streams if stream.first <= as_of}
    entries = [entry for entry in dossier.streams if (entry.kind, entry.milestone) in active]
    for kind in dict.fromkeys(entry.kind for entry in entries):
        for name in ("lift", "base_rate"):
            if any(getattr(entry, name) is None for entry in entries if entry.kind == kind):
                yield from _rate(dossier.kinds[kind], name, f"kind.{kind}", kind, parameters)
    for entry in entries:
        for name in ("lift", "base_rate"):
            table = f"stream.{entry.kind}.{entry.milestone}"
            yield from _rate(entry, name, table, f"{entry.kind} on {entry.milestone}", parameters)


def _rate(
    entry: Kind | StreamEntry, name: str, table: str, about: str, parameters: Mapping[str, Parameter]
) -> Iterator[Assumption]:
    """Lift or base rate of one table, if it has one above 0; a base rate is no parameter: it is never learned."""
    value, field = getattr(entry, name), f"{table}.{name}"
    if not value:
        return
    rate = _unlearned(field, name, about, f"base rate of {about} a year", value, entry.rationale)
    yield _swept(parameters.get(field, rate))


def _slips(slips: Sequence[Slip], known: Known, parameters: Mapping[str, Parameter]) -> Iterator[Assumption]:
    used = [slip_of(slips, item, known) for item in known.items if isinstance(item, Guidance)]
    for slip in slips:
        if slip in used:
            yield _swept(parameters[f"slip.{slip.name}.mean"])
            yield from _of_class(slip)


def _of_class(slip: Slip) -> Iterator[Assumption]:
    """Sweep what a slip class says beyond the slip itself; no parameters: it is never learned."""
    stated = f"targets stated {ahead(slip)}"
    for name, value, label in (
        ("on_time", slip.on_time, f"chance that {stated} are met in their very month"),
        ("whether", slip.whether, f"likelihood ratio, for beyond, of {stated}"),
    ):
        if value not in (0.0, 1.0):
            yield _swept(_unlearned(f"slip.{slip.name}.{name}", name, slip.name, label, value, slip.rationale))


def _unlearned(field: str, variable: str, coord: str, label: str, value: float, rationale: str) -> Parameter:
    """Make a parameter of a number without a prior that is swept all the same."""
    return Parameter(
        field=field,
        variable=variable,
        coord=coord,
        label=label,
        value=value,
        prior=None,
        rationale=rationale,
        source="",
    )


def _hype(dossier: Dossier, parameters: Mapping[str, Parameter]) -> Iterator[Assumption]:
    if any(stream.promotional for stream in dossier.ledger.streams):
        yield _swept(parameters["dossier.hype"])


def _payoffs(dossier: Dossier) -> Iterator[Assumption]:
    for name, amount in dossier.market.amounts.items() if dossier.market is not None else ():
        if amount.low is None or amount.high is None or name in _OF_THE_PRICE:
            continue
        rate = name in ("required_return", "dilution")
        logs = not rate and amount.low > 0.0
        most = 1.0 if rate else amount.value * _MONEY_FACTOR
        if amount.low < 0.0:
            most = max(-amount.low, abs(amount.high)) * _MONEY_FACTOR
        yield Assumption(
            field=f"payoffs.{name}",
            label=f"value of {name.removeprefix('values.')}" if name.startswith("values.") else name.replace("_", " "),
            value=amount.value,
            low=amount.low,
            high=amount.high,
            convention="90% interval of market.toml",
            scale="log" if logs else "linear",
            lowest=amount.value / _MONEY_FACTOR if logs else -most if amount.low < 0.0 else 0.0,
            highest=most,
        )

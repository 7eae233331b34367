"""The numeric assumptions of a dossier: each with the range in which it is swept, and the rule that gives the range."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.special import expit, logit

from bayesmile.dossier import Dossier
from bayesmile.evidence import Guidance
from bayesmile.files.items import slip_for
from bayesmile.files.schema import Slip
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.periods import parse_period

__all__ = ["Assumption", "assumptions_of", "slip_of"]

Scale = Literal["log", "logit", "linear"]

_Z = 1.6448536269514722  # 95% point of the standard normal: low and high are a 90% interval
_WORDS: dict[str, tuple[str, Scale, float]] = {
    "median": ("median delay of {} in months", "log", 0.35),
    "mean": ("mean delay of {} in months", "log", 0.35),
    "sigma": ("spread (sigma) of the delay of {}", "log", 0.2),
    "sd": ("spread (standard deviation) of the delay of {} in months", "log", 0.2),
    "shape": ("shape of the delay of {}", "log", 0.2),
    "never": ("chance that {} never happens once it is ready", "logit", 0.5),
    "lift": ("rate ratio (lift) of {} when the milestone is near", "log", 0.25),
    "base_rate": ("base rate of {} a year", "log", 0.5),
    "hype": ("hype, the rate multiplier of promotional news{}", "log", 0.5),
    "slip": ("mean slip (log scale) of targets stated {} months ahead", "linear", 0.25),
}
"""By parameter: words, scale, and the standard deviation on that scale that stands for what its prior leaves open."""

_FACTOR, _STEP = 20.0, 3.0  # how far a break-even is looked for: times and divided by, plus and minus (log-odds, slip)
_MONEY_FACTOR = 1000.0


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
        interval are taken as settled. Ranges are 90% intervals: of a log-normal with log-sd 0.35 for medians and means,
        0.2 for spreads, 0.25 for lifts and 0.5 for rates and hype; of log-odds with sd 0.5 for chances; of sd 0.25 for
        slips; the market page's own for payoffs.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> dossier = load("phase2_drug")
    >>> found = assumptions_of(dossier, dossier.known_by("2025-12-31"), ["filing"])
    >>> [(one.field, round(one.low, 3), one.value, round(one.high, 3)) for one in found][2]
    ('milestone.filing.delay.never', 0.325, 0.523, 0.714)
    """
    return [
        *_delays(dossier, milestones),
        *_rates(dossier, known),
        *_slips(dossier.slips, known.items),
        *_hype(dossier),
        *_payoffs(dossier),
    ]


def _swept(field: str, parameter: str, about: str, value: float) -> Assumption:
    words, scale, sd = _WORDS[parameter]
    reach = _Z * sd
    if scale == "log":
        low, high = value * math.exp(-reach), value * math.exp(reach)
        rule, ends = f"times and divided by {math.exp(reach):.2f}", (value / _FACTOR, value * _FACTOR)
    elif scale == "logit":
        low, high = float(expit(logit(value) - reach)), float(expit(logit(value) + reach))
        rule = f"odds times and divided by {math.exp(reach):.2f}"
        ends = float(expit(logit(value) - _STEP)), float(expit(logit(value) + _STEP))
    else:
        low, high, rule, ends = (
            value - reach,
            value + reach,
            f"plus and minus {reach:.2f}",
            (value - _STEP, value + _STEP),
        )
    return Assumption(
        field=field,
        label=words.format(about),
        value=value,
        low=low,
        high=high,
        convention=rule,
        scale=scale,
        lowest=ends[0],
        highest=ends[1],
    )


def _delays(dossier: Dossier, milestones: Collection[str]) -> Iterator[Assumption]:
    for name in dossier.roadmap.names:
        entry = dossier.milestones[name].delay
        for parameter in type(entry).model_fields if name in milestones else ():
            value = getattr(entry, parameter)
            settled = not isinstance(value, float) or (parameter == "never" and not 0.0 < value < 1.0)
            if parameter in _WORDS and not settled:
                yield _swept(f"milestone.{name}.delay.{parameter}", parameter, name, value)


def _rates(dossier: Dossier, known: Known) -> Iterator[Assumption]:
    """Rates of kinds with an active stream, and of streams that have their own."""
    as_of = "9999-12" if known.as_of is None else known.as_of.day.isoformat()[:7]
    active = {(stream.kind, stream.milestone) for stream in known.streams if stream.first <= as_of}
    entries = [entry for entry in dossier.streams if (entry.kind, entry.milestone) in active]
    for kind in dict.fromkeys(entry.kind for entry in entries):
        for parameter in ("lift", "base_rate"):
            value = getattr(dossier.kinds[kind], parameter)
            shared = any(getattr(entry, parameter) is None for entry in entries if entry.kind == kind)
            if shared and value:
                yield _swept(f"kind.{kind}.{parameter}", parameter, kind, value)
    for entry in entries:
        for parameter in ("lift", "base_rate"):
            if getattr(entry, parameter):
                field = f"stream.{entry.kind}.{entry.milestone}.{parameter}"
                yield _swept(field, parameter, f"{entry.kind} on {entry.milestone}", getattr(entry, parameter))


def slip_of(slips: Sequence[Slip], item: Guidance) -> Slip:
    """Slip class that a statement of guidance belongs to."""
    return slip_for(slips, parse_period(item.target).ordinal - parse_period(item.issued).ordinal)


def _slips(slips: Sequence[Slip], items: Sequence[Item]) -> Iterator[Assumption]:
    used = [slip_of(slips, item) for item in items if isinstance(item, Guidance)]
    for slip in slips:
        if slip in used:
            ahead = f"at least {slip.lead_from}" if slip.lead_to is None else f"{slip.lead_from} to {slip.lead_to}"
            yield _swept(f"slip.{slip.lead_from}.mean", "slip", ahead, slip.mean)


def _hype(dossier: Dossier) -> Iterator[Assumption]:
    if any(stream.promotional for stream in dossier.ledger.streams):
        yield _swept("dossier.hype", "hype", "", dossier.ledger.hype)


def _payoffs(dossier: Dossier) -> Iterator[Assumption]:
    for name, amount in dossier.market.amounts.items() if dossier.market is not None else ():
        if amount.low is None or amount.high is None:
            continue
        rate = name in ("required_return", "dilution")
        logs = not rate and amount.low > 0.0
        most = 1.0 if rate else amount.value * _MONEY_FACTOR
        yield Assumption(
            field=f"payoffs.{name}",
            label=f"value of {name.removeprefix('values.')}" if name.startswith("values.") else name.replace("_", " "),
            value=amount.value,
            low=amount.low,
            high=amount.high,
            convention="90% interval of market.toml",
            scale="log" if logs else "linear",
            lowest=amount.value / _MONEY_FACTOR if logs else 0.0,
            highest=most,
        )

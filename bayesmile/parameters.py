"""The uncertain numbers of a dossier as parameters: each with its prior, or fixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayesmile.dossier import Dossier
from bayesmile.elicitation import Prior
from bayesmile.files.folder import KINDS
from bayesmile.files.numbers import Number, numbers_of
from bayesmile.files.schema import Slip

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LABELS", "VARIABLES", "Parameter", "numbers_in_use", "parameters_of", "parameters_table"]

LABELS = {
    "delay_median": "median delay of {} in months",
    "delay_mean": "mean delay of {} in months",
    "delay_sigma": "spread (sigma) of the delay of {}",
    "delay_sd": "spread (standard deviation) of the delay of {} in months",
    "delay_shape": "shape of the delay of {}",
    "never": "chance that {} never happens once it is ready",
    "lift": "rate ratio (lift) of {} when the milestone is near",
    "yes_if_near": "chance of yes to {} when the milestone is near",
    "yes_otherwise": "chance of yes to {} when it is not near",
    "slip_mean": "mean slip (log scale) of targets stated {}",
    "slip_sd": "spread of the slip (log scale) of targets stated {}",
    "hype": "hype, the rate multiplier of promotional news{}",
}
"""Words for people by variable; the gap is for what the number is about."""

VARIABLES = tuple(LABELS)
"""Names of the variables, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number of a dossier that could be other than it is.

    Attributes
    ----------
    field : str
        Dotted name, as `Dossier.set` takes it.
    variable : str
        What kind of number it is: one of delay_median, delay_mean, delay_sigma, delay_sd, delay_shape (months, but for
        sigma and shape), never, lift, yes_if_near, yes_otherwise, slip_mean, slip_sd, hype.
    coord : str
        Which of them: a milestone, a kind, ``"KIND on MILESTONE"`` for a stream's own lift, ``"KIND.ATTRIBUTE"``,
        the name of a slip class, which is its first month, as in ``"14"``, and the postponements from which it holds
        where these are not 0, as in ``"14.p2"``; empty for hype.
    label : str
        Words for people.
    value : float
        The dossier's number: median of the prior, or its mean for a probability and for hype.
    prior : Prior or None
        None for a number that is fixed.
    rationale, source : str
        What the prior rests on; what the number rests on where it is fixed.
    """

    field: str
    variable: str
    coord: str
    label: str
    value: float
    prior: Prior | None
    rationale: str
    source: str


def parameters_of(dossier: Dossier) -> tuple[Parameter, ...]:
    """List the numbers that the evidence, delays and streams of a dossier rest on, each with its prior.

    Parameters
    ----------
    dossier : Dossier

    Returns
    -------
    tuple of Parameter
        By variable, then in the order of the files. Kinds are those of its streams, and the inert ones of its items; a
        kind's lift stands only where a stream takes it. `base_rate`, `lead` and `hype_shape` are never learned and do
        not appear.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> first = parameters_of(load("quantumscape"))[0]
    >>> first.field, first.variable, first.coord, first.value
    ('milestone.separator_pilot.delay.median', 'delay_median', 'separator_pilot', 54.0)
    >>> first.prior.describe()
    'log-normal with median 54, 90% between 34 and 85.9 (mean 56.2)'
    """
    found = [_parameter(dossier, number) for number in numbers_in_use(dossier)]
    return tuple(sorted([*found, _hype(dossier)], key=lambda one: VARIABLES.index(one.variable)))


def numbers_in_use(dossier: Dossier) -> list[Number]:
    """List the uncertain numbers of the files that something in the dossier can depend on, in the order of the files.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> {number.keys[1] for number in numbers_in_use(load("phase2_drug")) if number.keys[0] == "milestone"}
    {0, 1, 2}
    """
    return [number for number in numbers_of(dossier.content) if _is_used(dossier, number)]


def parameters_table(dossier: Dossier) -> pd.DataFrame:
    """Table of the parameters: stated and fitted 5%, 50% and 95% points, mean, rationale and source.

    Parameters
    ----------
    dossier : Dossier

    Returns
    -------
    DataFrame
        One row a parameter, its field the index. Stated low and high are NaN where no interval was stated, and the
        curve's columns where the number is fixed.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> table = parameters_table(load("quantumscape"))
    >>> stated = table.loc["milestone.separator_pilot.delay.median", ["stated_low", "stated_high"]]
    >>> [float(value) for value in stated]
    [34.0, 86.0]
    """
    import pandas as pd

    return pd.DataFrame([_row(one) for one in parameters_of(dossier)]).set_index("field")


def _row(one: Parameter) -> dict[str, object]:
    nan = float("nan")
    _, low, high = (nan, nan, nan) if one.prior is None or one.prior.stated is None else one.prior.stated
    fitted = [nan] * 3 if one.prior is None else one.prior.quantile([0.05, 0.5, 0.95])
    return {
        "field": one.field,
        "label": one.label,
        "value": one.value,
        "law": "fixed" if one.prior is None else one.prior.law,
        "stated_low": low,
        "stated_high": high,
        **dict(zip(("q05", "q50", "q95"), fitted, strict=True)),
        "mean": nan if one.prior is None else one.prior.mean,
        "rationale": one.rationale,
        "source": one.source,
    }


def _is_used(dossier: Dossier, number: Number) -> bool:
    """Whether something in the dossier can depend on a number of kinds.toml; its own numbers always count."""
    if number.file != KINDS:
        return True
    name = str(number.keys[1])
    streams = [stream for stream in dossier.streams if stream.kind == name]
    if dossier.kinds[name].inert:
        return any(row.kind == name for row in dossier.items.values())
    return any(number.keys[-1] != "lift" or stream.lift is None for stream in streams)


def _parameter(dossier: Dossier, number: Number) -> Parameter:
    table, last = number.keys[0], str(number.keys[-1])
    if table == "kind":
        names = [str(key) for key in number.keys[1:-1]]
        variable, coord = last, ".".join(name for name in names if name != "attributes")
        about, prefix = " of ".join(reversed(coord.split("."))), ".".join(["kind", *names])
    else:
        variable, coord, about, prefix = _own(dossier, str(table), int(number.keys[1]), last)
    return Parameter(
        field=f"{prefix}.{last}",
        variable=variable,
        coord=coord,
        label=LABELS[variable].format(about),
        value=number.value,
        prior=number.prior(),
        rationale=number.rationale,
        source=number.source,
    )


def _own(dossier: Dossier, table: str, position: int, last: str) -> tuple[str, str, str, str]:
    """Variable, coordinate, what the number is about, and the field without its last part, of roadmap.toml."""
    if table == "milestone":
        name = dossier.content.roadmap.milestone[position].name
        return (last if last == "never" else f"delay_{last}"), name, name, f"milestone.{name}.delay"
    if table == "stream":
        stream = dossier.streams[position]
        label = f"{stream.kind} on {stream.milestone}"
        return last, label, label, f"stream.{stream.kind}.{stream.milestone}"
    slip = dossier.slips[position]
    return f"slip_{last}", slip.name, ahead(slip), f"slip.{slip.name}"


def ahead(slip: Slip) -> str:
    """Targets of a slip class in words.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> [ahead(slip) for slip in load("quantumscape").slips]
    ['0 to 14 months ahead', '14 to 30 months ahead', 'at least 30 months ahead']
    """
    return f"{slip.ahead} months ahead {slip.after}".strip()


def _hype(dossier: Dossier) -> Parameter:
    head = dossier.content.roadmap.dossier
    return Parameter(
        field="dossier.hype",
        variable="hype",
        coord="",
        label=LABELS["hype"].format(""),
        value=head.hype,
        prior=None if head.hype_shape is None else Prior.gamma(head.hype_shape, head.hype),
        rationale=head.hype_rationale,
        source="",
    )

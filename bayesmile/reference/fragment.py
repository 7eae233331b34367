"""Learned numbers as tables and as a fragment of a dossier."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.errors import InvalidInput
from bayesmile.reference.learned import LEAD_EDGES, POSTPONEMENT_EDGES, LearnedClass
from bayesmile.reference.tomltext import quoted, short

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["delay_table", "fragment", "levels_named", "slip_table"]

Array = NDArray[np.float64]

_QUANTILES = (0.05, 0.5, 0.95)
_OPEN = ("title", "reached_when", "resolved_by", "deadline", "risk")
"""What a dossier says of a milestone and no class can teach."""


def levels_named(learned: LearnedClass, group: Mapping[str, str] | None) -> dict[str, int]:
    """Return the number of the level of each factor that is named.

    Raises
    ------
    InvalidInput
        If a factor or a level is unknown.
    """
    found = {}
    for factor, level in (group or {}).items():
        if factor not in learned.levels:
            allowed = ", ".join(learned.levels) or "none: the class has no factors"
            raise InvalidInput(f"group: received factor {factor!r}; allowed are {allowed}")
        if level not in learned.levels[factor]:
            raise InvalidInput(f"group {factor}: received {level!r}; allowed are {', '.join(learned.levels[factor])}")
        found[factor] = learned.levels[factor].index(level)
    return found


def delay_table(learned: LearnedClass, group: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Delays of one group: median, shape, never, instant passage and time until a failed one is given up.

    Parameters
    ----------
    learned : LearnedClass
    group : mapping of str to str, optional
        Level of each factor; a factor left out means a group not seen, with the spread that groups have.

    Returns
    -------
    DataFrame
        One row a milestone and number: `milestone`, `family`, `number`, `low`, `median`, `high` (5%, 50%, 95% of the
        posterior). Times are in periods; the shape of a log-normal is given as its `sigma`.
    """
    import pandas as pd

    level, rows = levels_named(learned, group), []
    for stage, milestone in enumerate(learned.milestones):
        for number, values in _shown(learned, level, stage).items():
            low, middle, high = np.quantile(values, _QUANTILES)
            rows.append((milestone, learned.families[milestone], number, low, middle, high))
    return pd.DataFrame(rows, columns=["milestone", "family", "number", "low", "median", "high"])


def _shown(learned: LearnedClass, level: Mapping[str, int], stage: int) -> dict[str, Array]:
    numbers = learned.delay_numbers(level, stage)
    shape = ("shape", numbers["shape"])
    if learned.families[learned.milestones[stage]] == "lognormal":
        shape = ("sigma", 1.0 / numbers["shape"])
    kept = {name: numbers[name] for name in ("never", "instant", "patience")}
    return {"median": numbers["median"], shape[0]: shape[1], **kept}


def slip_table(learned: LearnedClass, group: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Slip of stated dates by lead and postponements, for the typical stage.

    Parameters
    ----------
    learned : LearnedClass
    group : mapping of str to str, optional

    Returns
    -------
    DataFrame
        One row a class of lead and postponements: its bounds (NaN: no end), and for `mean`, `sd`, `on_time` and
        `whether` the 5%, 50% and 95% of the posterior, columns such as `mean low`, `mean`, `mean high`.
    """
    import pandas as pd

    level = levels_named(learned, group)
    rows = []
    for (lead, lead_from, lead_to), (late, from_, to) in _classes() if learned.slips else ():
        row: dict[str, float] = {"lead from": lead_from, "lead to": lead_to}
        row |= {"postponements from": from_, "postponements to": to}
        numbers = learned.slip_numbers({"lead": lead, "postponements": late, **level})
        for name, values in numbers.items():
            low, middle, high = np.quantile(values, _QUANTILES)
            row |= {f"{name} low": low, name: middle, f"{name} high": high}
        rows.append(row)
    return pd.DataFrame(rows)


def _classes() -> Iterator[tuple[tuple[int, float, float], tuple[int, float, float]]]:
    """Yield number and bounds of each class of leads and of postponements."""
    for lead, lead_from in enumerate(LEAD_EDGES):
        lead_to = LEAD_EDGES[lead + 1] if lead + 1 < len(LEAD_EDGES) else np.nan
        for late, from_ in enumerate(POSTPONEMENT_EDGES):
            to = POSTPONEMENT_EDGES[late + 1] if late + 1 < len(POSTPONEMENT_EDGES) else np.nan
            yield (lead, 0 if lead == 0 else lead_from, lead_to), (late, from_, to)


def fragment(learned: LearnedClass, group: Mapping[str, str] | None = None) -> str:
    """Write the learned numbers as the `[[milestone]]` and `[[slip]]` tables of a dossier.

    Parameters
    ----------
    learned : LearnedClass
    group : mapping of str to str, optional
        Level of each factor; a factor left out means a group not seen: intervals then hold the spread too.

    Returns
    -------
    str
        TOML. Each number is the middle of its posterior, its `prior` the 90% interval.

    Raises
    ------
    InvalidInput
        If the class is by the week (dossiers are by the month), or the group is unknown.
    """
    if learned.period != "month":
        raise InvalidInput(f"class {learned.name}: received one by the {learned.period}; allowed is months")
    level, who = levels_named(learned, group), rationale(learned, group)
    parts = [
        f"# {quoted(who)[1:-1]}\n"
        "# What a group not seen before may be like is in the intervals, if no group is named.\n"
        f"# To be filled in for each milestone: {', '.join(_OPEN)}.\n"
    ]
    for stage, milestone in enumerate(learned.milestones):
        parts.append(_milestone(learned, level, stage, milestone, who))
    parts += [_slip(row, who, learned.provenance.source) for row in slip_table(learned, group).to_dict("records")]
    return "\n".join(parts)


def rationale(learned: LearnedClass, group: Mapping[str, str] | None = None) -> str:
    """Say in one sentence what the numbers were learned from."""
    what = "; ".join(f"{factor} {level}" for factor, level in (group or {}).items()) or "a group not seen"
    licence = f", licence: {learned.provenance.licence}" if learned.provenance.licence else ""
    as_of = f", as of {learned.provenance.as_of}" if learned.provenance.as_of else ""
    return (
        f"Learned from {learned.entities:,} entities and {learned.events:,} milestones reached of the class"
        f" {learned.name} ({learned.title}), for {what}{licence}{as_of}."
    )


def _milestone(learned: LearnedClass, level: Mapping[str, int], stage: int, milestone: str, who: str) -> str:
    numbers = _shown(learned, level, stage)
    instant, patience = (float(np.median(numbers.pop(name))) for name in ("instant", "patience"))
    after = f"[{quoted(learned.milestones[stage - 1])}]" if stage else "[]"
    lines = ["[[milestone]]", f"name = {quoted(milestone)}", f"after = {after}", "[milestone.delay]"]
    lines.append(f'family = "{learned.families[milestone]}"')
    lines += [f"{name} = {short(np.median(values))}" for name, values in numbers.items()]
    note = (
        f"{who} In {instant:.1%} of cases the step is passed in the month in which it begins, which this law leaves"
        f" out; a failed one is known to be given up after {patience:.0f} months in the middle."
    )
    lines += [f"rationale = {quoted(note)}", f"source = {quoted(learned.provenance.source)}", "[milestone.delay.prior]"]
    for name, values in numbers.items():
        low, _, high = np.quantile(values, _QUANTILES)
        lines.append(f"{name} = [{short(low)}, {short(high)}]")
    lines.append(f"rationale = {quoted('The 5% and 95% points of the posterior. ' + who)}")
    lines.append(f"source = {quoted(learned.provenance.source)}\n")
    return "\n".join(lines)


def _slip(row: Mapping[Hashable, float], who: str, source: str) -> str:
    lines = ["[[slip]]", f"lead_from = {row['lead from']:.0f}"]
    for key, name in (("lead_to", "lead to"), ("postponements_from", "postponements from")):
        if not np.isnan(row[name]):
            lines.append(f"{key} = {row[name]:.0f}")
    if not np.isnan(row["postponements to"]):
        lines.append(f"postponements_to = {row['postponements to']:.0f}")
    lines += [f"{name} = {short(row[name])}" for name in ("mean", "sd", "on_time", "whether")]
    note = f"{who} Dates restated in a register are taken as stated anew each month."
    lines += [f"rationale = {quoted(note)}", f"source = {quoted(source)}", "[slip.prior]"]
    lines += [f"{name} = [{short(row[f'{name} low'])}, {short(row[f'{name} high'])}]" for name in ("mean", "sd")]
    lines.append(f"rationale = {quoted('The 5% and 95% points of the posterior. ' + who)}")
    lines.append(f"source = {quoted(source)}\n")
    return "\n".join(lines)

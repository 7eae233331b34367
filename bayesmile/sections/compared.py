"""Report section on ours against the market's: two tilts, and what no price could say."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bayesmile.belief import Belief
from bayesmile.comparison import compare
from bayesmile.market import present_values
from bayesmile.sections.basis import Basis, open_steps
from bayesmile.sections.price import Reading
from bayesmile.silence import price_silence
from bayesmile.tilts import Implied, ReachTilt
from bayesmile.wording import bits, money, percent, points, words

__all__ = ["Compared", "ComparedLine", "compared"]

_LN2 = math.log(2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedLine:
    """Ours against the market's for one milestone and date.

    Attributes
    ----------
    milestone, by : str
    ours : float
    reach, exponential : float or None
        What the price implies by each tilt; None where that tilt does not exist.
    reach_bits, exponential_bits : float or None
        Their log-odds less ours, in bits.
    low, high : float or None
        Range that any price could imply; None for the priced milestone at the horizon, where a price can say anything.
    silent : bool
        Whether that range is below ten points.
    """

    milestone: str
    by: str
    ours: float
    reach: float | None
    exponential: float | None
    reach_bits: float | None
    exponential_bits: float | None
    low: float | None
    high: float | None
    silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Section: ours against the market's.

    Attributes
    ----------
    lead : str
    reach_note, exponential_note : str
        What each tilt does here, or why it does not exist.
    lines : tuple of ComparedLine
        Every open milestone at its deadline, every year's end and the horizon.
    span_nats, relative_entropy_nats, whether_nats, when_nats : float or None
        Of the exponential tilt.
    notes : tuple of str
    """

    lead: str
    reach_note: str
    exponential_note: str
    lines: tuple[ComparedLine, ...]
    span_nats: float | None
    relative_entropy_nats: float | None
    whether_nats: float | None
    when_nats: float | None
    notes: tuple[str, ...]


def compared(view: Basis, found: Reading) -> Compared:
    """Build the section on ours against the market's."""
    exponential = found.exponential
    return Compared(
        lead=_compared_lead(view, found),
        reach_note=_reach_note(view, found),
        exponential_note=_exponential_note(view, found),
        lines=tuple(_compared_lines(view, found)),
        span_nats=None if exponential is None else exponential.span,
        relative_entropy_nats=None if exponential is None else exponential.relative_entropy,
        whether_nats=None if exponential is None else exponential.whether,
        when_nats=None if exponential is None else exponential.when,
        notes=present_values(view.belief, view.payoffs, view.as_of).notes if exponential is None else exponential.notes,
    )


def _compared_lines(view: Basis, found: Reading) -> list[ComparedLine]:
    priced, belief = found.state.milestone, view.belief
    dates = _dates(view)
    ranges = {
        (row["milestone"], row["deadline"]): (row["not_reached"], row["reached"], bool(row["silent"]))
        for row in price_silence(belief, priced, deadlines=dates).to_dict("records")
    }
    ranges |= {(priced, by): _own_range(belief, priced, by) for by in dates}
    reach, exponential = (_tilted(belief, tilt, dates) for tilt in (found.reach, found.exponential))
    lines = []
    for name in open_steps(belief):
        for by in dates:
            low, high, silent = ranges[name, by]
            r, e = reach.get((name, by)), exponential.get((name, by))
            lines.append(
                ComparedLine(
                    milestone=name,
                    by=by,
                    ours=belief.prob(name, by=by),
                    reach=None if r is None else r[0],
                    exponential=None if e is None else e[0],
                    reach_bits=None if r is None else r[1],
                    exponential_bits=None if e is None else e[1],
                    low=min(low, high),
                    high=max(low, high),
                    silent=silent,
                )
            )
    return lines


def _dates(view: Basis) -> tuple[str, ...]:
    """Year ends and deadlines from the as-of month on, and the horizon."""
    grid = view.belief.grid
    first = max(grid.moment(view.as_of)[0], 0)
    months = {index for index in range(first, grid.months) if grid.label(index).endswith("-12")}
    months |= {grid.deadline(entry.deadline) for entry in view.dossier.milestones.values()}
    return tuple(grid.label(index) for index in sorted(months | {grid.months - 1}) if index >= first)


def _own_range(belief: Belief, name: str, by: str) -> tuple[float, float, bool]:
    """Range of the priced milestone itself: a price may exclude it, or make sure of it at the dates we believe in."""
    whole = belief.prob(name, by=belief.grid.last)
    high = belief.prob(name, by=by) / whole if whole > 0.0 else 0.0
    return 0.0, high, high < 0.1


def _tilted(
    belief: Belief, tilt: ReachTilt | Implied | None, dates: tuple[str, ...]
) -> dict[tuple[str, str], tuple[float, float]]:
    if tilt is None:
        return {}
    rows = compare(belief, tilt, deadlines=dates)
    return {(row.milestone, row.deadline): (row.market, row.bits) for row in rows}


def _compared_lead(view: Basis, found: Reading) -> str:
    what, price = f"{words(found.state.milestone)} by {view.horizon}", money(found.price.value, found.price.currency)
    ours = view.our(found.state.probability)
    side, least = found.state.side(found.price.value), min(found.state.failure, found.state.success)
    if side > 0:
        says = f"no probability of {what} justifies {price} at the dates we believe in, against {ours}"
    elif side < 0:
        leaves = "failure leaves" if least == found.state.failure else "either outcome leaves"
        says = f"{price} is less than {leaves}, so it implies no probability of {what} at all, against {ours}"
    else:
        says = f"{price} implies {percent(found.implied)} for {what}, against {ours}"
    return (
        f"Read through our roadmap, {says}. A price is one number: what it says about other milestones is our roadmap"
        " speaking, within the range shown."
    )


def _reach_note(view: Basis, found: Reading) -> str:
    what = f"{words(found.state.milestone)} by {view.horizon}"
    if found.reach is None:
        sides = sorted((found.state.failure, found.state.success))
        ends = " to ".join(money(value, found.price.currency) for value in sides)
        return f"Reach tilt: none exists. It can only change whether {what} happens, which meets prices from {ends}."
    return (
        f"Reach tilt: {bits(found.reach.bits)} bits on whether {what} happens,"
        f" {points(found.implied - found.state.probability)} points; dates given success stay ours."
    )


def _exponential_note(view: Basis, found: Reading) -> str:
    if found.exponential is None:
        low, high = (money(end, found.price.currency) for end in found.attainable)
        return (
            "Exponential tilt: none exists. No change of belief that our roadmap allows meets this price;"
            f" what it can meet lies between {low} and {high}."
        )
    tilt = found.exponential
    return (
        "Exponential tilt: the smallest change of belief that meets the price, which also moves dates:"
        f" {tilt.relative_entropy / _LN2:.2f} bits of relative entropy, {tilt.whether / _LN2:.2f} of them on whether"
        f" and {tilt.when / _LN2:.2f} on when; the best outcome gains {tilt.span / _LN2:+.1f} bits on the worst."
        " It may leave the range that any price could imply, which takes dates as we believe them."
    )

"""Report section on one price read in three ways, side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bayesmile.belief import Belief
from bayesmile.sections.basis import Basis, Target, phrase
from bayesmile.sections.price import Reading
from bayesmile.wording import bits, implied, money, percent, words

__all__ = ["ReadingLine", "Readings", "readings"]

_LN2 = math.log(2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingLine:
    """One reading of the price.

    Attributes
    ----------
    name : str
        ``"ours"``, ``"two-state"``, ``"reach tilt"`` or ``"exponential tilt"``.
    by_horizon : float or None
        Probability of the priced milestone by the horizon, unclipped for the two-state reading; None where the reading
        does not exist.
    state : str
        Of the two-state reading: ``"too dear"`` where no probability is enough for the price, ``"too cheap"`` where
        none is low enough, else ``"possible"``.
    by_deadline : float or None
        The same by the milestone's own deadline; None too where the reading does not speak of dates.
    median : str
        Month by which it has happened with probability one half; empty where the reading has none.
    whether_bits, when_bits : float or None
        What it changes, as relative entropy from our belief: of whether the milestone is reached, and of when.
    says : str
        What it asks and what it leaves alone.
    """

    name: str
    by_horizon: float | None
    state: str
    by_deadline: float | None
    median: str
    whether_bits: float | None
    when_bits: float | None
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Section: three readings of one price.

    Attributes
    ----------
    lead : str
    milestone, horizon, deadline : str
    lines : tuple of ReadingLine
        Ours first.
    only_earlier : bool
        Whether the price can be met, but by no probability at our dates: only by arriving earlier than we believe.
    flag : str
        That, in a sentence; empty otherwise.
    """

    lead: str
    milestone: str
    horizon: str
    deadline: str
    lines: tuple[ReadingLine, ...]
    only_earlier: bool
    flag: str


def readings(view: Basis, found: Reading) -> Readings:
    """Build the section on the three readings."""
    target = Target(found.state.milestone, view.horizon)
    deadline = view.deadline(target.milestone).by
    only = found.state.side(found.price.value) > 0 and found.exponential is not None
    return Readings(
        lead=_lead(view, found, target),
        milestone=target.milestone,
        horizon=view.horizon,
        deadline=deadline,
        lines=tuple(_lines(view, found, target, deadline)),
        only_earlier=only,
        flag=_flag(found, target) if only else "",
    )


def _lines(view: Basis, found: Reading, target: Target, deadline: str) -> list[ReadingLine]:
    reach, exponential, name = found.reach, found.exponential, target.milestone
    state = found.state
    return [
        _of(view.belief, "ours", name, deadline, (None, None), "our belief, before the price is asked"),
        ReadingLine(
            name="two-state",
            by_horizon=found.implied,
            state={1: "too dear", -1: "too cheap", 0: "possible"}[state.side(found.price.value)],
            by_deadline=None,
            median="",
            whether_bits=None,
            when_bits=None,
            says="how likely it must be, if success and failure are worth what they are worth at our dates",
        ),
        _of(
            None if reach is None else reach.belief,
            "reach tilt",
            name,
            deadline,
            (None if reach is None else _whether(found.implied, state.probability), 0.0),
            "the same as one likelihood ratio on our roadmap: dates given success stay ours",
        ),
        _of(
            None if exponential is None else exponential.belief,
            "exponential tilt",
            name,
            deadline,
            (None, None) if exponential is None else (exponential.whether / _LN2, exponential.when / _LN2),
            "the smallest change of belief that meets the price: it also moves dates",
        ),
    ]


def _whether(q: float, p: float) -> float:
    """Relative entropy in bits of a chance q from a chance p, both strictly between 0 and 1."""
    return (q * math.log(q / p) + (1.0 - q) * math.log((1.0 - q) / (1.0 - p))) / _LN2


def _of(
    belief: Belief | None,
    label: str,
    name: str,
    deadline: str,
    change: tuple[float | None, float | None],
    says: str,
) -> ReadingLine:
    whether, when = change if belief is not None else (None, None)
    return ReadingLine(
        name=label,
        by_horizon=None if belief is None else belief.prob(name, by=belief.grid.last),
        state="possible",
        by_deadline=None if belief is None else belief.prob(name, by=deadline),
        median="" if belief is None else belief.quantile(name, 0.5),
        whether_bits=whether,
        when_bits=when,
        says=says,
    )


def _lead(view: Basis, found: Reading, target: Target) -> str:
    price = money(found.price.value, found.price.currency)
    reach = (
        f"as one likelihood ratio that is {bits(found.reach.bits)} bits"
        if found.reach is not None
        else "as one likelihood ratio there is none"
    )
    whole = (
        "no change of belief at all meets it"
        if found.exponential is None
        else f"the smallest change of belief that meets it makes that"
        f" {percent(found.exponential.belief.prob(target.milestone, by=target.by))}"
    )
    state, said = found.state, implied(found.implied)
    if state.side(found.price.value) != 0 and state.success < state.failure:
        said = "no probability at all"
    return (
        f"{price} implies {said} for {phrase(target)} by its two-state value, against"
        f" {view.our(found.state.probability)}; {reach}; {whole}."
    )


def _flag(found: Reading, target: Target) -> str:
    return (
        f"No probability of {phrase(target)} justifies {money(found.price.value, found.price.currency)} at our dates:"
        f" only {words(target.milestone)} arriving earlier than we believe does."
    )

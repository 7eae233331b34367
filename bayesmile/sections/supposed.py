"""Report section on what if: the sections of today beside those that supposed news would leave."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bayesmile.core.tilting import log_odds
from bayesmile.errors import InvalidInput
from bayesmile.market import fair_price, two_state
from bayesmile.phrases import parse_supposition
from bayesmile.sections.assumed import Assumed, assumed
from bayesmile.sections.basis import Basis, Target, phrase
from bayesmile.sections.compared import Compared, compared
from bayesmile.sections.gap import Gap, gap
from bayesmile.sections.milestones import Milestones, milestones
from bayesmile.sections.price import Levels, Reading, Valuation, levels, reading, valuation
from bayesmile.sections.readings import Readings, readings
from bayesmile.sections.settled import settled
from bayesmile.sections.uncertainty import Chance, chance
from bayesmile.watch import watch_list
from bayesmile.watched import Watched
from bayesmile.wording import count, implied, interval, listed, money, percent

__all__ = ["Supposed", "SupposedLine", "supposed"]

_LN2 = math.log(2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupposedLine:
    """One probability, now and if.

    Attributes
    ----------
    target : Target
    now, then : float
        At the central numbers, as `bits` and the months are.
    bits : float
        Change of the log-odds; NaN where it was certain and stays so.
    month_now, month_then : str
        Month by whose end the milestone has happened at even odds; ``"beyond"`` for none on the grid.
    chance_now, chance_then : Chance or None
        Mean over the uncertain numbers with its 90% interval; None without draws.
    """

    target: Target
    now: float
    then: float
    bits: float
    month_now: str
    month_then: str
    chance_now: Chance | None
    chance_then: Chance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """Section: what if. Every section about the belief and the price once more, with what is supposed as evidence.

    Attributes
    ----------
    answer : str
        What it changes, in one sentence.
    lead : str
    suppositions : tuple of str
        As they were given.
    headline : tuple of SupposedLine
        Headline targets.
    lines : tuple of SupposedLine
        Every milestone by its own deadline.
    value_now, value_then : float
        Model value; NaN without payoffs.
    implied_now, implied_then : float
        Probability of the priced milestone that the price implies, two-state: what is supposed may change timing, and
        with it what reaching is worth. NaN without a price.
    probability : float
        How likely what is supposed is by now, at the central numbers, where it is of milestones reached or not, or that
        nothing comes; NaN for news of a month, of which no such chance is claimed.
    khat, ess : float
        Tail index of the draws' weights, if so, and their effective number; NaN without draws.
    warning : str
        That too few draws carry the intervals; empty otherwise.
    targets : mapping of str to Chance
        Headline targets and the same by their own deadlines, in words; empty without draws.
    milestones : Milestones
    settled : str
        Why the price could not be read, if so; empty where it could, or where there is none.
    readings, assumed, levels, compared, gap, valuation : sections about the price
        None where the view has none, or where the price could not be read.
    watched : tuple of Watched
        What would be left to watch for: further announcements, what tells most first; empty unless asked for.
    """

    answer: str
    lead: str
    suppositions: tuple[str, ...]
    headline: tuple[SupposedLine, ...]
    lines: tuple[SupposedLine, ...]
    value_now: float
    value_then: float
    implied_now: float
    implied_then: float
    probability: float
    khat: float
    ess: float
    warning: str
    targets: Mapping[str, Chance]
    milestones: Milestones
    settled: str
    readings: Readings | None
    assumed: Assumed | None
    levels: Levels | None
    compared: Compared | None
    gap: Gap | None
    valuation: Valuation | None
    watched: tuple[Watched, ...]

    def prob(self, milestone: str, by: str) -> float:
        """Probability of a milestone by its deadline or the horizon, if so, at the central numbers."""
        line = next(line for line in self.milestones.lines if line.name == milestone)
        return line.by_deadline if by == line.deadline else line.by_horizon

    def chance(self, milestone: str, by: str) -> Chance | None:
        """Give the same over the uncertain numbers; None without draws."""
        line = next(line for line in self.milestones.lines if line.name == milestone)
        if line.mixture is None:
            return None
        return line.mixture.by_deadline if by == line.deadline else line.mixture.by_horizon


def supposed(view: Basis, *, explore: bool = False) -> Supposed | None:
    """Build the section; None where nothing is supposed.

    Parameters
    ----------
    view : Basis
        With what is supposed: see `bayesmile.sections.basis.basis`.
    explore : bool
        Whether to look at what would be left to watch for.
    """
    then = view.then
    if then is None:
        return None
    headline = tuple(_line(view, then, target) for target in view.targets)
    (value_now, implied_now), (value_then, implied_then) = _value(view), _value(then)
    found = reading(then)

    def read[T](build: Callable[[Basis, Reading], T]) -> T | None:
        return None if found is None else build(then, found)

    return Supposed(
        answer=_answer(view, headline, (implied_now, implied_then), (value_now, value_then)),
        lead=_lead(view, then),
        suppositions=view.suppositions,
        headline=headline,
        lines=tuple(_line(view, then, view.deadline(name)) for name in view.belief.roadmap.names),
        value_now=value_now,
        value_then=value_then,
        implied_now=implied_now,
        implied_then=implied_then,
        probability=_probability(view, then),
        khat=math.nan if then.mixture is None else then.mixture.khat,
        ess=math.nan if then.mixture is None else then.mixture.ess,
        warning=_warning(then),
        targets=_targets(then),
        milestones=milestones(then),
        settled=settled(then),
        readings=read(readings),
        assumed=read(assumed),
        levels=read(levels),
        compared=read(compared),
        gap=read(gap),
        valuation=read(valuation),
        watched=_watched(then) if explore else (),
    )


def _line(view: Basis, then: Basis, target: Target) -> SupposedLine:
    name, last = target.milestone, view.belief.grid.deadline(target.by)
    before, after = (log_odds(belief.pmf(name), last) for belief in (view.belief, then.belief))
    return SupposedLine(
        target=target,
        now=view.prob(target),
        then=then.prob(target),
        bits=math.nan if before == after and math.isinf(before) else (after - before) / _LN2,
        month_now=view.belief.quantile(name, 0.5),
        month_then=then.belief.quantile(name, 0.5),
        chance_now=chance(view, name, target.by),
        chance_then=chance(then, name, target.by),
    )


def _targets(then: Basis) -> dict[str, Chance]:
    asked = dict.fromkeys([*then.targets, *(then.deadline(one.milestone) for one in then.targets)])
    found = {phrase(one): chance(then, one.milestone, one.by) for one in asked}
    return {name: one for name, one in found.items() if one is not None}


def _value(view: Basis) -> tuple[float, float]:
    """Model value and implied probability under a belief; NaN where there is none."""
    market = view.dossier.market
    if market is None:
        return math.nan, math.nan
    try:
        value = fair_price(view.belief, market.payoffs, as_of=view.as_of)
        state = two_state(view.belief, market.payoffs, as_of=view.as_of, milestone=market.priced)
    except InvalidInput:
        return math.nan, math.nan
    return value, math.nan if view.price is None else state.implied_probability(view.price.value)


def _watched(then: Basis) -> tuple[Watched, ...]:
    """Entries of the watch list, without streams that are supposed to bring nothing more for a while."""
    found = watch_list(then.belief, [(one.milestone, one.by) for one in then.targets])
    silent = then.belief.evidence.complete_to
    return tuple(one for one in found.entries if f"{one.kind} on {one.milestone}" not in silent)


def _answer(
    view: Basis, headline: Sequence[SupposedLine], assumes: tuple[float, float], worth: tuple[float, float]
) -> str:
    told = [f"{phrase(one.target)} would {_moved(one)}" for one in headline]
    if not math.isnan(assumes[0]) and not math.isnan(assumes[1]):
        now, then = (implied(one) for one in assumes)
        told.append(f"the price would {f'assume {then}, not {now}' if now != then else f'assume {now} as before'}")
    if not any(map(math.isnan, worth)) and view.price is not None:
        now, then = (money(one, view.price.currency) for one in worth)
        told.append(f"the model value would be {then}, not {now}" if now != then else f"the model value stays {now}")
    return f"If this were known too, {_quoted(view.suppositions)}: {'; '.join(told)}."


def _moved(one: SupposedLine) -> str:
    after = one.then if one.chance_then is None else one.chance_then.mean
    same = percent(after) == _now(one)
    return f"have {_then(one)} as before" if same else f"have {_then(one)}, not {_now(one)}"


def _then(one: SupposedLine) -> str:
    chance = one.chance_then
    return percent(one.then) if chance is None else f"{percent(chance.mean)} ({interval(chance.low, chance.high)})"


def _now(one: SupposedLine) -> str:
    return percent(one.now) if one.chance_now is None else percent(one.chance_now.mean)


def _quoted(suppositions: Sequence[str]) -> str:
    return listed([f"'{one}'" for one in suppositions])


def _lead(view: Basis, then: Basis) -> str:
    rest = (
        "Nothing else is supposed of the time ahead."
        if then.belief.evidence.complete_to
        else "Nothing else is supposed of the time until then, neither other news nor its absence."
    )
    likely = _probability(view, then)
    chance = "" if math.isnan(likely) else f" It has a chance of {percent(likely)} at the dossier's own numbers."
    text = (
        f"Now, and if this were known too: {_quoted(view.suppositions)}.{chance} It is evidence like any other. {rest}"
    )
    if then.mixture is None:
        return f"{text} The dossier's own numbers are taken as known."
    return (
        f"{text} Each draw of the uncertain numbers weighs as much more as it makes this more probable; the weights are"
        f" then worth {count(then.mixture.ess, 'draw')}."
    )


def _probability(view: Basis, then: Basis) -> float:
    said = map(parse_supposition, view.suppositions)
    if not all(one.none or one.what in ("achieved", "not_yet") for one in said):
        return math.nan
    return min(1.0, math.exp(then.belief.log_marginal - view.belief.log_marginal))


def _warning(then: Basis) -> str:
    if then.mixture is None or then.mixture.trusted:
        return ""
    return "too few draws carry the intervals of what is supposed: take more (--draws)"

"""The report on a dossier: every number and sentence, as plain data that a page or a JSON file can show."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from itertools import pairwise
from types import MappingProxyType

from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.events import EventStudy
from bayesmile.grid import parse_moment
from bayesmile.sections.ahead import Ahead, ahead
from bayesmile.sections.answer import answer
from bayesmile.sections.assumed import Assumed, assumed
from bayesmile.sections.basis import Basis, Price, basis
from bayesmile.sections.chain import ChainPart, Inert, chain, inert
from bayesmile.sections.compared import Compared, compared
from bayesmile.sections.credited import Credited, credited
from bayesmile.sections.event import EventDay, events
from bayesmile.sections.foundation import Foundation, foundation
from bayesmile.sections.gap import Gap, gap
from bayesmile.sections.milestones import Doubt, Milestones, doubts, milestones
from bayesmile.sections.price import Levels, Valuation, levels, reading, valuation
from bayesmile.sections.readings import Readings, readings
from bayesmile.sections.supposed import Supposed, supposed
from bayesmile.sections.swept import Swept, swept
from bayesmile.sections.uncertainty import Uncertainty, uncertainty
from bayesmile.sections.weights import Weights, weights

__all__ = ["Report", "View", "build_report", "build_view", "to_json"]

DRAWS = 2000
_NATS = ("log_bayes_factor", "bound", "noise", "model")  # of an event study


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One dossier as of one date.

    Attributes
    ----------
    as_of : str
    price : Price or None
        None where there is no market or no price was public.
    answer : tuple of str
        What we believe, what the price assumes and why they differ, in plain sentences.
    milestones : Milestones
    uncertainty : Uncertainty
        How sure the probabilities are.
    chain : ChainPart
    readings, levels, compared, gap, valuation : sections about the price; None without one, or where it says nothing
    assumed : Assumed or None
        How sure what the price assumes is; None too without draws, or where nothing about it is uncertain.
    doubts : tuple of Doubt
        One a headline target.
    events : tuple of EventDay
    inert : Inert
    weights : Weights
        The assumptions that matter most.
    foundation : Foundation
    supposed : Supposed or None
        What if; None where nothing is supposed.
    credited : Credited or None
        Order-free credit; None unless asked for, and where what is left without some items is impossible.
    ahead : Ahead or None
        What to watch for; None unless asked for.
    swept : Swept or None
        Tornadoes and thresholds; None unless asked for.
    """

    as_of: str
    price: Price | None
    answer: tuple[str, ...]
    milestones: Milestones
    uncertainty: Uncertainty
    chain: ChainPart
    readings: Readings | None
    assumed: Assumed | None
    levels: Levels | None
    compared: Compared | None
    gap: Gap | None
    valuation: Valuation | None
    doubts: tuple[Doubt, ...]
    events: tuple[EventDay, ...]
    inert: Inert
    weights: Weights
    foundation: Foundation
    supposed: Supposed | None = None
    credited: Credited | None = None
    ahead: Ahead | None = None
    swept: Swept | None = None

    @property
    def today(self) -> tuple[str, ...]:
        """Answer without the sentence on what if."""
        return self.answer if self.supposed is None else tuple(x for x in self.answer if x != self.supposed.answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Report on a dossier, one view for each as-of date.

    Attributes
    ----------
    name, title, summary : str
    hash : str
        Of the dossier's files and changes: equal hashes mean equal input.
    changes : tuple of str
        Assumptions changed, as ``"FIELD=VALUE"``.
    views : tuple of View
    """

    name: str
    title: str
    summary: str
    hash: str
    changes: tuple[str, ...]
    views: tuple[View, ...]


def build_report(
    dossier: Dossier,
    as_of: Iterable[str] = (),
    *,
    price: str | float | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    parity: bool = False,
    explore: bool = False,
    suppositions: Sequence[str] = (),
    catalysts: Mapping[str, str] = MappingProxyType({}),
    keep: Callable[[Basis], None] | None = None,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Build the report.

    Parameters
    ----------
    dossier : Dossier
    as_of : iterable of str
        As-of dates; those that the dossier shows by default if there are none.
    price : str or float, optional
        Market value of the equity, or ``"17.85/share"``; that of the dossier's files at each date if left out.
    draws, seed : int
        Draws of the uncertain numbers behind the intervals, and where their randomness starts; 0 draws for none.
    parity : bool
        Whether to compare the last view's probabilities with those of the no-U-turn sampler, which takes a minute.
    explore : bool
        Whether to add order-free credit, the watch list and sensitivity, which take a second or two a view.
    suppositions : sequence of str
        What to suppose besides as of the last date, as `bayesmile.phrases.parse_supposition` reads it: a second column
        of answers in its view.
    catalysts : mapping of str to str
        Words for days ahead, by day, for the watch list of the last view.
    keep : callable, optional
        Given the belief and price behind each view, so that a page need not work them out again.
    progress : callable, optional
        Told what is being worked on.

    Raises
    ------
    InvalidInput
        If there is no date, or a date or the price cannot be used.
    """
    dates = tuple(as_of) or dossier.default_as_of
    if not dates:
        raise InvalidInput(f"dossier {dossier.name}: it names no default_as_of; give an as-of date")
    return Report(
        name=dossier.name,
        title=dossier.title,
        summary=dossier.summary,
        hash=dossier.hash,
        changes=dossier.changes,
        views=tuple(
            build_view(
                dossier,
                date,
                price=price,
                draws=draws,
                seed=seed,
                parity=parity and number == len(dates),
                explore=explore,
                suppositions=suppositions if number == len(dates) else (),
                catalysts=catalysts if number == len(dates) else {},
                since=since,
                keep=keep,
                progress=progress,
            )
            for number, (date, since) in enumerate(zip(dates, _before(dates), strict=True), start=1)
        ),
    )


def _before(dates: tuple[str, ...]) -> list[str | None]:
    """For each view the one before it, from which its chain of belief goes on; None where that is not earlier."""
    earlier = [parse_moment(old).day < parse_moment(new).day for old, new in pairwise(dates)]
    return [None, *(old if goes_on else None for old, goes_on in zip(dates, earlier, strict=False))]


def build_view(
    dossier: Dossier,
    as_of: str,
    *,
    price: str | float | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    parity: bool = False,
    explore: bool = False,
    suppositions: Sequence[str] = (),
    catalysts: Mapping[str, str] = MappingProxyType({}),
    since: str | None = None,
    keep: Callable[[Basis], None] | None = None,
    progress: Callable[[str], None] | None = None,
) -> View:
    """Build one view; see `build_report`. Its chain of belief begins with `since`, or with the ledger."""
    tell = progress or (lambda _: None)
    tell(f"{as_of}: belief and its intervals")
    view = basis(dossier, as_of, price=price, draws=draws, seed=seed, suppositions=suppositions)
    if keep is not None:
        keep(view)
    tell(f"{as_of}: the price")
    found = reading(view)
    market = None if found is None else (levels(view, found), gap(view, found), valuation(view, found))
    doubt = doubts(view)
    sure = None if found is None else assumed(view, found)
    what_if = supposed(view, explore=explore)
    said = answer(view, found, doubt, market=market, sure=sure)
    tell(f"{as_of}: credit, what lies ahead, sensitivity" if explore else f"{as_of}: chain of belief")
    return View(
        as_of=as_of,
        price=view.price,
        answer=said if what_if is None else (*said, what_if.answer),
        milestones=milestones(view),
        uncertainty=uncertainty(view, compare=tell if parity else None),
        chain=chain(view, since=since, explain=not any(" bits" in text for text in said)),
        readings=None if found is None else readings(view, found),
        assumed=sure,
        levels=None if market is None else market[0],
        compared=None if found is None else compared(view, found),
        gap=None if market is None else market[1],
        valuation=None if market is None else market[2],
        doubts=doubt,
        events=() if found is None else events(view),
        inert=inert(view),
        weights=weights(view, readable=found is not None),
        foundation=foundation(view),
        supposed=what_if,
        credited=credited(view) if explore else None,
        ahead=ahead(view, dates=catalysts) if explore else None,
        swept=swept(view, readable=found is not None) if explore else None,
    )


def to_json(value: object) -> object:
    """Numbers, text, lists and tables of a report, as JSON has them.

    Every field keeps its name, but those of the library in nats, which end in ``_nats`` here; every number keeps its
    digits. An infinite number becomes the text ``"inf"`` or ``"-inf"``,
    an undefined one null.

    Examples
    --------
    >>> to_json(Price(value=math.inf, currency="USD", given=True))["value"]
    'inf'
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else "inf" if value > 0.0 else "-inf"
    if is_dataclass(value):
        nats = _NATS if isinstance(value, EventStudy) else ()
        names = [field.name for field in fields(value)]
        return {f"{name}_nats" if name in nats else name: to_json(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): to_json(entry) for key, entry in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(entry) for entry in value]
    return value

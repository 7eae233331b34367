"""Report section on the evidence gap: points, bits and announcements between our belief and the price's."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bayesmile.belief import Belief
from bayesmile.evidence import Announcement
from bayesmile.gaps import EvidenceGap, KindGap, evidence_gap
from bayesmile.periods import parse_period
from bayesmile.sections.basis import Basis
from bayesmile.sections.price import Reading
from bayesmile.streams import Stream
from bayesmile.wording import bits, count, money, percent, points, words

__all__ = ["Gap", "GapKind", "gap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GapKind:
    """The gap in announcements of one sort.

    Attributes
    ----------
    label : str
        Words for a reader.
    like : str
        Headline of the announcement in the ledger that it repeats; empty for a made-up one.
    dated : str
        Day from which it would count: the as-of day, or the last one that its stream covers.
    lead : int
        Months within which its milestone would have to follow.
    gap : KindGap
        Bits each, how many would close the gap, and the ceiling.
    """

    label: str
    like: str
    dated: str
    lead: int
    gap: KindGap


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Section: how much evidence would justify the price.

    Attributes
    ----------
    lead : str
    milestone, by : str
    ours, implied : float
        The latter unclipped.
    points, bits : float
        Implied less ours, in percentage points and in bits of log-odds; bits are infinite where no evidence suffices.
    kinds : tuple of GapKind
        Announcements like those of the events first, then those of each stream, the strongest first.
    """

    lead: str
    milestone: str
    by: str
    ours: float
    implied: float
    points: float
    bits: float
    kinds: tuple[GapKind, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    label: str
    like: str
    item: Announcement
    lead: int

    def with_gap(self, gap: KindGap) -> GapKind:
        named, dated = replace(gap, label=self.label), str(self.item.announced)
        return GapKind(label=self.label, like=self.like, dated=dated, lead=self.lead, gap=named)


def gap(view: Basis, found: Reading) -> Gap:
    """Build the section on the evidence gap."""
    candidates = {str(number): entry for number, entry in enumerate(_candidates(view))}
    result = evidence_gap(
        view.belief,
        found.implied if found.reach is None else found.reach.belief,
        milestone=found.state.milestone,
        by=view.horizon,
        announcements={key: entry.item for key, entry in candidates.items()},
    )
    kinds = [candidates[kind.label].with_gap(kind) for kind in result.kinds]
    kinds.sort(key=lambda kind: (not kind.like, -abs(kind.gap.bits_each), kind.label))
    return Gap(
        lead=_lead(view, found, result, kinds),
        milestone=result.milestone,
        by=result.by,
        ours=result.ours,
        implied=found.implied,
        points=100.0 * (found.implied - result.ours),
        bits=result.bits,
        kinds=tuple(kinds),
    )


def _candidates(view: Basis) -> Iterator[_Candidate]:
    """Announcements like those that met the market, and the typical and best ones of every stream."""
    evidence = view.belief.evidence
    known = {item.id: item for item in evidence.items if isinstance(item, Announcement)}
    streams = {(stream.kind, stream.milestone): stream for stream in evidence.streams}
    for identifier in dict.fromkeys(event.item for event in view.market.events):
        item = known.get(identifier)
        if item is None or item.milestone is None:
            continue
        stream = streams[item.kind, item.milestone]
        again = _dated(stream, view.belief, dict(item.attributes))
        if again is not None:
            row = view.dossier.items[identifier]
            label = f"like '{row.counterparty or row.headline}' ({item.announced})"
            yield _Candidate(label, row.headline, again, stream.lead)
    for stream in evidence.streams:
        yield from _of_stream(view, stream)


def _of_stream(view: Basis, stream: Stream) -> Iterator[_Candidate]:
    name = f"{words(stream.kind)} on {words(stream.milestone)}"
    best = {mark: "yes" if inside >= outside else "no" for mark, (inside, outside) in stream.attributes.items()}
    for label, answers in ((name, dict[str, str]()), (f"{name}, at its best", best)):
        item = _dated(stream, view.belief, answers)
        if item is not None and (answers or not label.endswith("best")):
            yield _Candidate(label, "", item, stream.lead)


def _dated(stream: Stream, belief: Belief, attributes: dict[str, str]) -> Announcement | None:
    """Announcement of today, or of the last day that the stream covers; None before its coverage."""
    as_of = belief.evidence.as_of
    if as_of is None:
        return None
    day = as_of.day
    if stream.last is not None and parse_period(stream.last).last < day:
        last = parse_period(stream.last).last
        day = dt.date(last.year, last.month, calendar.monthrange(last.year, last.month)[1])
    if not stream.covered(12 * day.year + day.month - 1):
        return None
    return Announcement(stream.milestone, stream.kind, day, attributes=attributes)


def _lead(view: Basis, found: Reading, result: EvidenceGap, kinds: list[GapKind]) -> str:
    price, what = money(found.price.value, found.price.currency), f"{words(result.milestone)} by {result.by}"
    failure, success = found.state.failure, found.state.success
    if found.reach is None and found.price.value >= max(failure, success):
        best = f"even certainty of {what}" if success > failure else f"even its failure, the better outcome of {what},"
        lead = f"{price} lies above what {best} is worth, so no evidence closes the gap."
    elif found.reach is None:
        least = "failure leaves" if failure < success else f"{what}, the worse outcome, is worth"
        lead = f"{price} lies below what {least}, so no evidence closes the gap."
    else:
        lead = (
            f"Between {view.our(result.ours)} for {what} and the price's {percent(result.implied)} lie"
            f" {points(result.implied - result.ours)} points or {bits(result.bits)} bits."
        )
    like = [kind for kind in kinds if kind.like and kind.gap.bits_each * result.bits > 0.0]
    return f"{lead} {_like(like[0])}" if like else lead


def _like(kind: GapKind) -> str:
    needed = (
        "none is needed"
        if kind.gap.count == 0
        else f"{count(kind.gap.count, 'such announcement')} would close it"
        if kind.gap.suffices
        else "no number of them suffices"
    )
    return (
        f"One more announcement {kind.label} is worth {bits(kind.gap.bits_each)} bits; {needed}, and even"
        f" {words(kind.gap.milestone)} made certain within {count(kind.lead, 'month')} would give"
        f" {percent(kind.gap.ceiling)}."
    )

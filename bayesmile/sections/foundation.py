"""Report section on what a view rests on: hindsight, assumptions about value, evidence, warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bayesmile.files.market_schema import Comparable
from bayesmile.sections.basis import Basis
from bayesmile.wording import count

__all__ = ["Amount", "Foundation", "foundation"]

_NOT_ADVICE = "This is the output of research software, not investment advice."


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number of market.toml.

    Attributes
    ----------
    name : str
    value : float
    low, high : float or None
        Its 90% interval where one is given.
    rationale, source : str
    """

    name: str
    value: float
    low: float | None
    high: float | None
    rationale: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """Section: what a view depends on.

    Attributes
    ----------
    lead : str
    hindsight : str
    assumptions : tuple of Amount
        Of market.toml; empty without one.
    market_note : str
    comparables : mapping of str to Comparable
    items, effective, unreported, sources : int
        Items known, those that count as evidence (stories once), milestones that nothing reports and that count as not
        yet reached, and distinct sources.
    outside : tuple of str
        Items outside the months for which their stream claims to be complete: they gave no evidence.
    warnings : tuple of str
    disclaimer : str
    """

    lead: str
    hindsight: str
    assumptions: tuple[Amount, ...]
    market_note: str
    comparables: Mapping[str, Mapping[str, object]]
    items: int
    effective: int
    unreported: int
    sources: int
    outside: tuple[str, ...]
    warnings: tuple[str, ...]
    disclaimer: str


def foundation(view: Basis) -> Foundation:
    """Build the section on what a view depends on."""
    market, known = view.dossier.market, view.belief.evidence
    listed = (*known.items, *known.outside, *known.superseded, *known.inert, *known.duplicates)
    items = [item for item in listed if item.id]
    unreported = sum(not item.id for item in known.items)
    sources = {part.strip() for item in items for part in item.source.split(" ; ") if part.strip()}
    return Foundation(
        lead=(
            f"Behind it stand {count(len(items), 'item')} of news from {count(len(sources), 'source')}, read against"
            f" {count(len(view.belief.roadmap), 'milestone')} whose delays are argued one by one in the dossier; the"
            " milestones' probabilities are as good as those."
        ),
        hindsight=view.dossier.hindsight,
        assumptions=tuple(_assumptions(view)),
        market_note="" if market is None else market.note,
        comparables={} if market is None else {row.name: _comparable(row) for row in market.comparables},
        items=len(items),
        effective=known.effective - unreported,
        unreported=unreported,
        sources=len(sources),
        outside=tuple(_headline(view, item.id, item.label) for item in known.outside),
        warnings=tuple(_warnings(view)),
        disclaimer=_NOT_ADVICE,
    )


def _assumptions(view: Basis) -> Iterator[Amount]:
    market = view.dossier.market
    for name, amount in {} if market is None else market.amounts.items():
        yield Amount(
            name=name,
            value=amount.value,
            low=amount.low,
            high=amount.high,
            rationale=amount.rationale,
            source=amount.source,
        )


def _comparable(row: Comparable) -> Mapping[str, object]:
    return {"value": row.value, "date": row.date, "note": row.note, "source": row.source}


def _headline(view: Basis, identifier: str, label: str) -> str:
    row = view.dossier.items.get(identifier)
    return label if row is None else f"{row.headline} ({row.announced})"


def _warnings(view: Basis) -> Iterator[str]:
    yield from view.belief.evidence.warnings
    as_of = view.belief.evidence.as_of
    ended = [
        stream.label
        for stream in view.belief.evidence.streams
        if as_of is not None and not stream.covered(12 * as_of.day.year + as_of.day.month - 1)
    ]
    if ended:
        yield (
            f"{count(len(ended), 'stream')} of announcements ended before {view.as_of} or had not begun: their silence"
            f" then counts for nothing ({', '.join(ended[:3])}{' and others' if len(ended) > 3 else ''})"
        )
    if view.price is not None and view.price.date is not None and view.price.date < str(as_of.day if as_of else ""):
        yield f"the latest price known is of {view.price.date}"
    if view.price is not None and view.price.shares_kind == "implied":
        yield "the share count is implied by other figures, not filed"

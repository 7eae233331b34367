"""What the page is made from: the report, and what its pictures and tables need beyond it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bayesmile.errors import InvalidInput
from bayesmile.grid import parse_moment
from bayesmile.pricing.isoprice import IsoPrice, iso_price
from bayesmile.report import Report, View
from bayesmile.sections.basis import Basis
from bayesmile.sections.drawing import Drawing, drawing
from bayesmile.sections.fans import Fans, fans
from bayesmile.sections.grounds import Grounds, grounds_of
from bayesmile.sections.history import HistoryPart, told_history
from bayesmile.sections.iso import Iso, iso
from bayesmile.sections.newsdays import NewsDays, news_days
from bayesmile.sections.price import Reading, reading
from bayesmile.sections.records import Records, records_of
from bayesmile.sensitivity import Sensitivity
from bayesmile.wording import plain

__all__ = ["Material", "gather"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """Everything that is on the page, before it is put into words and pictures.

    Attributes
    ----------
    report : Report
    view : View
        Its last: the page is about that date.
    basis : Basis
        Belief and price as of that date.
    drawing, fans, records, grounds : sections
    drawing_then, fans_then : Drawing, Fans or None
        The same if what is supposed were known too; None where nothing is supposed.
    iso, curve, told, days : Iso, IsoPrice, HistoryPart, NewsDays or None
        None where the price cannot be read, or says nothing.
    tornado : tuple of Sensitivity
        The weightiest assumption first; empty where nothing is open.
    headlines : mapping of str to str
        By id of item.
    """

    report: Report
    view: View
    basis: Basis
    drawing: Drawing
    fans: Fans
    drawing_then: Drawing | None
    fans_then: Fans | None
    records: Records
    grounds: Grounds
    iso: Iso | None
    curve: IsoPrice | None
    told: HistoryPart | None
    days: NewsDays | None
    tornado: tuple[Sensitivity, ...]
    headlines: Mapping[str, str]

    @property
    def currency(self) -> str:
        """Of the price; empty without one."""
        return "" if self.view.price is None else self.view.price.currency


def gather(report: Report, basis: Basis, *, tell: Callable[[str], None] = lambda _: None) -> Material:
    """Compute what the page needs beyond the report.

    Parameters
    ----------
    report : Report
    basis : Basis
        That of its last view.
    tell : callable
        Told what is being worked on.

    Raises
    ------
    InvalidInput
        If the basis is of another date than the report's last view, or of other suppositions.
    """
    view = report.views[-1]
    if basis.as_of != view.as_of or basis.dossier.hash != report.hash:
        raise InvalidInput(f"page: received a belief as of {basis.as_of}; allowed is that of the report, {view.as_of}")
    said = () if view.supposed is None else view.supposed.suppositions
    if basis.suppositions != said:
        raise InvalidInput(
            f"page: received a belief that supposes {basis.suppositions}; allowed is the report's, {said}"
        )
    tell(f"{view.as_of}: pictures")
    found = reading(basis)
    ready = None if found is None else iso(basis, found)
    return Material(
        report=report,
        view=view,
        basis=basis,
        drawing=drawing(basis, found),
        fans=fans(basis, found),
        drawing_then=None if basis.then is None else drawing(basis.then),
        fans_then=None if basis.then is None else fans(basis.then),
        records=records_of(basis),
        grounds=grounds_of(basis.dossier),
        iso=ready,
        curve=None if ready is None or found is None else _curve(basis, found),
        told=None if found is None else _told(basis),
        days=None if found is None else news_days(basis.dossier, basis.as_of, seed=basis.seed),
        tornado=_tornado(basis, view, found),
        headlines={name: plain(row.headline) for name, row in basis.dossier.items.items()},
    )


def _curve(basis: Basis, found: Reading) -> IsoPrice:
    return iso_price(
        basis.belief,
        basis.payoffs,
        price=found.price.value,
        as_of=basis.as_of,
        milestone=found.state.milestone,
        comparables=basis.market.comparables,
    )


def _told(basis: Basis) -> HistoryPart | None:
    """History of the price from its first close on the grid; None where no close can be read."""
    first, last = parse_moment(basis.dossier.grid.start).day.isoformat(), parse_moment(basis.as_of).day.isoformat()
    closes = [row.date for row in basis.market.prices if first <= row.date <= last]
    return told_history(basis.dossier, closes[0], closes[-1]) if closes else None


def _tornado(basis: Basis, view: View, found: Reading | None) -> tuple[Sensitivity, ...]:
    if not view.weights.top:
        return ()
    target, price = view.weights.target, None if found is None else found.price.value
    return tuple(basis.sweep.sensitivities((target.milestone, target.by), price=price))

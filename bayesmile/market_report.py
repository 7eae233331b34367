"""All that a price says, for one date: every market section in full, as plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bayesmile.dossier import Dossier, market_of
from bayesmile.errors import InvalidInput
from bayesmile.sections.assumed import Assumed, assumed
from bayesmile.sections.basis import Basis, Price, basis
from bayesmile.sections.bridge import Bridged, bridged
from bayesmile.sections.compared import Compared, compared
from bayesmile.sections.doubted import Doubted, doubted
from bayesmile.sections.event import EventDay, events
from bayesmile.sections.gap import Gap, gap
from bayesmile.sections.iso import Iso, iso
from bayesmile.sections.measured import Measured, measured
from bayesmile.sections.newsdays import NewsDays, news_days
from bayesmile.sections.price import Levels, Reading, Valuation, levels, reading, valuation
from bayesmile.sections.readings import Readings, readings
from bayesmile.sections.settled import settled

__all__ = ["MarketReport", "build_market_report", "market_report_of", "market_view"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketReport:
    """What a price assumes, how sure that is, and what would justify it.

    Attributes
    ----------
    name, title, hash : str
        Of the dossier; equal hashes mean equal input.
    changes : tuple of str
        Assumptions changed, as ``"FIELD=VALUE"``.
    as_of : str
    deadlines : dict of str to str
        The date that people ask about, by milestone.
    horizon : str
    price : Price
    silent : str
        Why the price cannot be read; empty where it can. Then only the bridge is there.
    bridge : Bridged or None
    readings, compared, levels, valuation, gap, doubted : sections; None where the price cannot be read
    assumed : Assumed or None
        None too without draws.
    iso, measured : Iso or None, Measured or None
        None too where the milestone has no value of its own, or market.toml names no risk-free rate.
    events : tuple of EventDay
        Days that market.toml names.
    news_days : NewsDays or None
        Every day with an announcement and a price; None without enough daily prices.
    """

    name: str
    title: str
    hash: str
    changes: tuple[str, ...]
    as_of: str
    deadlines: dict[str, str]
    horizon: str
    price: Price
    silent: str
    bridge: Bridged | None
    readings: Readings | None
    assumed: Assumed | None
    compared: Compared | None
    levels: Levels | None
    iso: Iso | None
    measured: Measured | None
    gap: Gap | None
    doubted: Doubted | None
    valuation: Valuation | None
    events: tuple[EventDay, ...]
    news_days: NewsDays | None


def build_market_report(
    dossier: Dossier,
    as_of: str | None = None,
    *,
    price: str | float | None = None,
    draws: int = 2000,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> MarketReport:
    """Build every section about the price as of one date.

    Parameters
    ----------
    dossier : Dossier
    as_of : str, optional
        The last of the dossier's own dates if left out.
    price : str or float, optional
        Market value of the equity, or ``"17.85/share"``; that of the dossier's files if left out.
    draws, seed : int
        Draws of the uncertain numbers, and where their randomness starts; 0 draws for none.
    progress : callable, optional
        Told what is being worked on.

    Raises
    ------
    InvalidInput
        If the dossier has no market page or no price by then, or a date or the price cannot be used.
    """
    return market_report_of(market_view(dossier, as_of, price=price, draws=draws, seed=seed, progress=progress))


def market_view(
    dossier: Dossier,
    as_of: str | None = None,
    *,
    price: str | float | None = None,
    draws: int = 2000,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Basis:
    """Belief and price that a market report is about; see `build_market_report`."""
    tell = progress or (lambda _: None)
    date = as_of or (dossier.default_as_of[-1] if dossier.default_as_of else None)
    if date is None:
        raise InvalidInput(f"dossier {dossier.name}: it names no default_as_of; give an as-of date")
    tell(f"{date}: belief and its intervals")
    view = basis(dossier, date, price=price, draws=draws, seed=seed)
    if view.price is None:
        try:
            market_of(dossier).capitalisation(date)
        except InvalidInput as error:
            raise InvalidInput(f"a market value as of {date}: {error}") from None
    tell(f"{date}: the price")
    return view


def market_report_of(view: Basis) -> MarketReport:
    """Build every section about the price of a view.

    Raises
    ------
    InvalidInput
        If the view has no price.
    """
    price, dossier = view.price, view.dossier
    if price is None:
        raise InvalidInput(f"dossier {dossier.name}: received a view without a price; allowed is one with a price")
    found = reading(view)

    def read[T](build: Callable[[Basis, Reading], T]) -> T | None:
        return None if found is None else build(view, found)

    return MarketReport(
        name=dossier.name,
        title=dossier.title,
        hash=dossier.hash,
        changes=dossier.changes,
        as_of=view.as_of,
        deadlines={name: view.deadline(name).by for name in view.belief.roadmap.names},
        horizon=view.horizon,
        price=price,
        silent=settled(view),
        bridge=bridged(view),
        readings=read(readings),
        assumed=read(assumed),
        compared=read(compared),
        levels=read(levels),
        iso=read(iso),
        measured=read(measured),
        gap=read(gap),
        doubted=read(doubted),
        valuation=read(valuation),
        events=() if found is None else events(view),
        news_days=None if found is None else news_days(dossier, view.as_of, seed=view.seed),
    )

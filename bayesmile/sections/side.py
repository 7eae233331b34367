"""One dossier as of one date, and what it says of its price: a side of a comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bayesmile.market import fair_price
from bayesmile.sections.basis import Basis, Price, phrase
from bayesmile.sections.price import reading
from bayesmile.sections.settled import settled
from bayesmile.sections.uncertainty import Chance, chance

__all__ = ["Side", "exact_or_mixed", "side"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One dossier as of one date, and what it says of its price.

    Attributes
    ----------
    name, title, as_of, hash : str
    changes : tuple of str
        Assumptions changed, as ``"FIELD=VALUE"``.
    horizon : str
    items, pieces : int
        Items of the ledger known by then, and independent pieces of evidence among them.
    khat, ess : float
        What the draws behind the intervals are worth; NaN without intervals.
    currency : str
        Of the market page; empty without one.
    price : Price or None
    silent : str
        Why the price says nothing; empty where it says something.
    priced : str
        The priced milestone by the horizon, in words; empty without a market.
    ours : Chance or None
        Our probability of that.
    model_value : float
        What the payoffs are worth at the dossier's own numbers; NaN without a market.
    implied : float
        Two-state probability that the price implies, never clipped; NaN where the price says nothing.
    gap_bits : float
        Its log-odds less ours at the dossier's own numbers; infinite where no probability is enough.
    """

    name: str
    title: str
    as_of: str
    hash: str
    changes: tuple[str, ...]
    horizon: str
    items: int
    pieces: int
    khat: float
    ess: float
    currency: str
    price: Price | None
    silent: str
    priced: str
    ours: Chance | None
    model_value: float
    implied: float
    gap_bits: float


def side(view: Basis) -> Side:
    """Sum up one side."""
    dossier, known, found = view.dossier, view.dossier.ledger.known_by(view.as_of), reading(view)
    target, mixture = view.priced, view.mixture
    return Side(
        name=dossier.name,
        title=dossier.title,
        as_of=view.as_of,
        hash=dossier.hash,
        changes=dossier.changes,
        horizon=view.horizon,
        items=known.nominal,
        pieces=known.effective,
        khat=math.nan if mixture is None else mixture.khat,
        ess=math.nan if mixture is None else mixture.ess,
        currency="" if dossier.market is None else dossier.market.currency,
        price=view.price,
        silent=_silent(view),
        priced="" if target is None else phrase(target),
        ours=None if target is None else exact_or_mixed(view, target.milestone, target.by),
        model_value=math.nan if target is None else fair_price(view.belief, view.payoffs, as_of=view.as_of),
        implied=math.nan if found is None else found.implied,
        gap_bits=math.nan if found is None else found.bits,
    )


def _silent(view: Basis) -> str:
    if view.dossier.market is None:
        return "The dossier has no market."
    return "No price was public yet." if view.price is None else settled(view)


def exact_or_mixed(view: Basis, name: str, by: str) -> Chance:
    """Probability with its interval, or the exact one where no number is uncertain."""
    p = view.belief.prob(name, by=by)
    return chance(view, name, by) or Chance(central=p, mean=p, low=p, high=p, error=0.0)

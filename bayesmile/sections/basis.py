"""What every section of a report starts from: a dossier, a date, the belief as of it and the price in question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesmile.belief import Belief
from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.files.market_page import Market
from bayesmile.grid import MonthGrid
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.market import checked_price
from bayesmile.model.mixture import Mixture, from_prior_if, reweighted
from bayesmile.parameters import parameters_of
from bayesmile.payoffs import Payoffs
from bayesmile.pricing.distributions import side_rows
from bayesmile.suppositions import concluded, with_supposed
from bayesmile.sweeps import Sweep
from bayesmile.wording import percent, words

__all__ = ["Basis", "Price", "Target", "basis", "open_steps", "phrase", "reached_month"]

_LEAST_DRAWS, _MOST_DRAWS = 100, 50_000  # below, weights say nothing; above, their tables fill the memory
_MOST_MONEY = 1e18  # in any currency far beyond all there is; what lies above is a slip of the pen


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Market value of the equity that a view reads, and how it comes about.

    Attributes
    ----------
    value : float
        In the currency of market.toml.
    currency : str
        Its currency.
    given : bool
        Whether it was given, rather than read from the dossier's prices and share counts.
    per_share, date : float or None, str or None
        Price per share, and the day of its close where it is one.
    shares, shares_as_of, shares_filed, shares_kind : float or None, str or None
        Share count of all classes, the day it is about, the day it became public, ``"filed"`` or ``"implied"``.
    later_shares, later_as_of, later_value : float or None, str or None
        A later count that other figures imply, the day it is about, and the market value that it would make.
    """

    value: float
    currency: str
    given: bool
    per_share: float | None = None
    date: str | None = None
    shares: float | None = None
    shares_as_of: str | None = None
    shares_filed: str | None = None
    shares_kind: str | None = None
    later_shares: float | None = None
    later_as_of: str | None = None
    later_value: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A milestone and the last month that counts.

    Attributes
    ----------
    milestone, by : str
    """

    milestone: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Basis:
    """What the sections of one view are computed from.

    Attributes
    ----------
    dossier : Dossier
    as_of : str
        As-of date as given.
    belief : Belief
        Ours, as of that date.
    price : Price or None
        None where the dossier has no market, or none of its prices is public yet.
    likelihood : Likelihood or None
        None where no number of the dossier has a prior.
    mixture : Mixture or None
        The belief with the parameters' uncertainty in it; None where no number has a prior or none was drawn.
    reached : array (draw, milestone, months + 1) or None
        What each draw of the mixture would believe if the priced milestone were reached by the horizon; None where no
        price asks.
    draws, seed : int
        Of the mixture.
    sweep : Sweep
        The assumptions as of the date, to be swept by whoever asks; without what is supposed.
    suppositions : tuple of str
        What is supposed besides, in `then`.
    then : Basis or None
        The same if that were known too; None where nothing is supposed.
    """

    dossier: Dossier
    as_of: str
    belief: Belief
    price: Price | None
    likelihood: Likelihood | None
    mixture: Mixture | None
    reached: NDArray[np.float64] | None
    draws: int
    seed: int
    sweep: Sweep
    suppositions: tuple[str, ...] = ()
    then: Basis | None = None

    @property
    def horizon(self) -> str:
        """Last month of the grid."""
        return self.belief.grid.last

    @property
    def payoffs(self) -> Payoffs:
        """Payoffs of market.toml."""
        return self.market.payoffs

    @property
    def market(self) -> Market:
        """Market page; only asked for where there is one."""
        if self.dossier.market is None:
            raise InvalidInput(f"dossier {self.dossier.name}: it has no market.toml, prices.csv and shares.csv")
        return self.dossier.market

    @property
    def priced(self) -> Target | None:
        """Milestone that the price is read as being about, by the horizon; None without a market."""
        market = self.dossier.market
        return None if market is None else Target(market.priced, self.horizon)

    @property
    def targets(self) -> tuple[Target, ...]:
        """Headline milestones: the priced one by the horizon, which a price is about, others by their own deadlines."""
        names = self.dossier.headline or (self.belief.roadmap.names[-1],)
        priced = self.priced
        return tuple(
            priced if priced is not None and name == priced.milestone else self.deadline(name) for name in names
        )

    def deadline(self, name: str) -> Target:
        """Return a milestone with its own deadline."""
        grid = self.belief.grid
        return Target(name, grid.label(grid.deadline(self.dossier.milestones[name].deadline)))

    def prob(self, target: Target) -> float:
        """Our probability of a target."""
        return self.belief.prob(target.milestone, by=target.by)

    def our(self, probability: float) -> str:
        """Words for a probability at the dossier's own numbers: central where it stands beside means."""
        return f"our {'' if self.mixture is None else 'central '}{percent(probability)}"


def basis(
    dossier: Dossier,
    as_of: str,
    *,
    price: str | float | None = None,
    draws: int = 0,
    seed: int = 0,
    suppositions: Sequence[str] = (),
) -> Basis:
    """Belief and price as of a date.

    Parameters
    ----------
    dossier : Dossier
    as_of : str
        As-of date.
    price : str or float, optional
        Market value of the equity, or ``"17.85/share"`` for a price per share; that of the dossier's files if left out.
    draws, seed : int
        Draws of the uncertain numbers from their priors, and where their randomness starts; 0 for no mixture.
    suppositions : sequence of str
        What to suppose besides, as `bayesmile.phrases.parse_supposition` reads it: the second column of answers.

    Raises
    ------
    InvalidInput
        If the date, the price, the number of draws or a supposition cannot be used.
    ImpossibleEvidence
        If a supposition contradicts what is known.
    """
    if draws != 0 and not _LEAST_DRAWS <= draws <= _MOST_DRAWS:
        raise InvalidInput(f"draws: received {draws}; allowed are 0 and {_LEAST_DRAWS} to {_MOST_DRAWS}")
    _check_date(dossier.grid, as_of)
    belief, value = dossier.belief(as_of), _price(dossier, as_of, price)
    uncertain = any(one.prior is not None for one in parameters_of(dossier))
    likelihood = Likelihood(dossier, as_of) if uncertain else None
    mixture, reached = None, None
    if likelihood is not None and draws:
        priced = dossier.market.priced if dossier.market is not None and value is not None else None
        if_reached = [] if priced is None or not _open(belief, priced) else [side_rows(belief, priced, reached=True)]
        mixture, others = from_prior_if(likelihood, if_reached, draws=draws, seed=seed)
        reached = others[0] if others else None
    now = Basis(
        dossier=dossier,
        as_of=as_of,
        belief=belief,
        price=value,
        likelihood=likelihood,
        mixture=mixture,
        reached=reached,
        draws=draws,
        seed=seed,
        sweep=Sweep(dossier, as_of),
    )
    return replace(now, suppositions=tuple(suppositions), then=_then(now, suppositions)) if suppositions else now


def _then(now: Basis, suppositions: Sequence[str]) -> Basis:
    """Add what is supposed as evidence: on the central numbers, on every draw, and on the draws' weights."""
    known = with_supposed(now.dossier, now.belief.evidence, suppositions)
    belief = concluded(now.belief, known)
    likelihood = None if now.likelihood is None else Likelihood(now.dossier, now.as_of, known=known)
    mixture = None
    if now.mixture is not None and likelihood is not None:
        mixture = reweighted(now.mixture, likelihood)
    return replace(now, belief=belief, likelihood=likelihood, mixture=mixture, reached=None)


def _open(belief: Belief, name: str) -> bool:
    return 0.0 < float(belief.pmf(name)[-1]) < 1.0


def _check_date(grid: MonthGrid, as_of: str) -> None:
    month, _ = grid.moment(as_of)
    if not 0 <= month < grid.months:
        raise InvalidInput(f"as-of date: received {as_of}; allowed are dates from {grid.label(0)} to {grid.last}")


def _price(dossier: Dossier, as_of: str, given: str | float | None) -> Price | None:
    market = dossier.market
    if given is not None and market is None:
        raise InvalidInput(f"price: dossier {dossier.name} has no market.toml, so nothing says what its milestones pay")
    if market is None:
        return None
    if given is None:
        return _from_files(market, as_of)
    number, slash, unit = str(given).partition("/")
    try:
        amount = checked_price(float(number))
    except ValueError:
        amount = -1.0
    if amount < 0.0 or (slash and unit.strip() != "share"):
        raise InvalidInput(f"price: received {given!r}; allowed is a market value such as 9e9, or 17.85/share")
    if slash:
        price = _per_share(market, as_of, amount, None)
    else:
        price = Price(value=amount, currency=market.currency, given=True)
    if price.value > _MOST_MONEY:
        raise InvalidInput(f"price: received {given!r}; allowed is a market value up to 1e18")
    return price


def _from_files(market: Market, as_of: str) -> Price | None:
    try:
        close = market.price_at(as_of)
        return _per_share(market, as_of, close.close, close.date)
    except InvalidInput:
        return None


def _per_share(market: Market, as_of: str, amount: float, date: str | None) -> Price:
    shares, latest = market.shares_at(as_of), market.shares_at(as_of, implied=True)
    newer = latest if latest.as_of > shares.as_of else None
    return Price(
        value=amount * shares.shares,
        currency=market.currency,
        given=date is None,
        per_share=amount,
        date=date,
        shares=shares.shares,
        shares_as_of=shares.as_of,
        shares_filed=shares.filed,
        shares_kind=shares.kind,
        later_shares=None if newer is None else newer.shares,
        later_as_of=None if newer is None else newer.as_of,
        later_value=None if newer is None else amount * newer.shares,
    )


def phrase(target: Target) -> str:
    """Words for a sentence.

    Examples
    --------
    >>> phrase(Target("field_testing", "2026-12"))
    'field testing by 2026-12'
    """
    return f"{words(target.milestone)} by {target.by}"


def reached_month(belief: Belief, name: str) -> str | None:
    """Month of a milestone that is known exactly; None where any doubt is left."""
    months = np.flatnonzero(belief.pmf(name))
    return belief.grid.label(int(months[0])) if len(months) == 1 and months[0] < belief.grid.months else None


def open_steps(belief: Belief) -> tuple[str, ...]:
    """Milestones whose month is not known."""
    return tuple(name for name in belief.roadmap.names if reached_month(belief, name) is None)

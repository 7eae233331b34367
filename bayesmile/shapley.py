"""Order-free credit: how the move of a belief is shared among the items that made it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from bayesmile.checks import whole
from bayesmile.coalitions import Coalitions, Player
from bayesmile.core.games import all_coalitions, exact_values, paired_orders, sampled_values
from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Announcement
from bayesmile.grid import When, parse_moment
from bayesmile.items import Item
from bayesmile.steps import Move, Target, targets_of
from bayesmile.views import Array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Credit", "Shapley", "shapley_attribution"]

_EXACT = 12  # players up to which every coalition is computed
_FIRST, _MOST = 16, 128  # pairs of orders: at first, and in all
_ENOUGH = 0.02  # bits: a hundredth of the odds, and a little more


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What one item, or story, is credited with.

    Attributes
    ----------
    label, headline, date, milestone, source : str
        Of the item; of a story's first one, but for the headline, which is that of the item that answers most. The date
        is the day on which it became public.
    ids : tuple of str
        Items of the ledger that it stands for.
    points, bits : tuple of float
        Share of the move of each target's probability, and of its log-odds to base 2.
    point_errors, bit_errors : tuple of float
        Monte Carlo standard errors of these; 0 where they are exact.
    """

    label: str
    headline: str
    date: str
    milestone: str
    source: str
    ids: tuple[str, ...]
    points: tuple[float, ...]
    bits: tuple[float, ...]
    point_errors: tuple[float, ...]
    bit_errors: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapley:
    """A move shared out, as of one date.

    Attributes
    ----------
    as_of : str
    targets : tuple of Target
        What was asked.
    credits : tuple of Credit
        In the order of the ledger. Points and bits of a target add up to those of `total`.
    total : tuple of Move
        From the belief without any of these items to the belief with all of them, one a target. Bits are NaN where a
        target is certain with some of them: an infinite move cannot be shared out.
    exact : bool
        Whether every coalition was computed.
    pairs : int
        Pairs of random orders otherwise; 0 if exact.
    evaluations : int
        Beliefs that were computed.
    """

    as_of: str
    targets: tuple[Target, ...]
    credits: tuple[Credit, ...]
    total: tuple[Move, ...]
    exact: bool
    pairs: int
    evaluations: int

    @property
    def error(self) -> float:
        """Largest standard error of a credit in bits."""
        return max((error for one in self.credits for error in one.bit_errors if error == error), default=0.0)

    def to_pandas(self) -> pd.DataFrame:
        """One row a credit and target: date, label, headline, target, points, bits and their standard errors."""
        import pandas as pd

        columns = ["date", "ids", "label", "headline", "target", "points", "bits", "point_error", "bit_error"]
        rows = [
            (one.date, " ".join(one.ids), one.label, one.headline, target.label, *numbers)
            for one in self.credits
            for target, *numbers in zip(
                self.targets, one.points, one.bits, one.point_errors, one.bit_errors, strict=True
            )
        ]
        return pd.DataFrame(rows, columns=columns)


def shapley_attribution(
    dossier: Dossier,
    as_of: When,
    targets: Iterable[tuple[str, When]],
    *,
    by: Literal["story", "item"] = "story",
    facts: bool = False,
    items: Collection[str] | None = None,
    pairs: int | None = None,
    seed: int = 0,
) -> Shapley:
    """Share the move from a belief without some items to the belief with all of them, whatever the order they came in.

    The credit of an item is what it adds to the belief as of the date, averaged over all orders in which the items
    could have joined. What would be known without the others is what counts: guidance is in force unless a later
    statement is among those that have joined. Everything else stays throughout: the roadmap, what has happened and what
    has *not yet*, the silence of the streams, and the items that were not asked about.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date
        One date for all beliefs.
    targets : iterable of (str, str or date)
        Milestone and deadline of each probability.
    by : {"story", "item"}
        Whether the items of a story share one credit.
    facts : bool
        Whether reports of achieved milestones are credited too; without its report a milestone counts as not yet
        happened. Then a target that was met is credited as one that was missed would be, in part, since it joins some
        of the orders before the fact.
    items : collection of str, optional
        Ids of the items to credit; all that the ledger holds as of the date if left out. An item that moves nothing
        whatever the others (of a milestone whose month is known, say) is not listed.
    pairs : int, optional
        Pairs of orders, each with its reverse, where there are more than 12 to credit. If left out, 16 to 128: as many
        as bring every standard error to 0.02 bits, if that is enough.
    seed : int
        Where the randomness of the orders starts.

    Returns
    -------
    Shapley
        Exact for up to 12 items or stories, with standard errors above. Credits add up to the move in either case.

    Raises
    ------
    InvalidInput
        If a date, a target, an id or a number cannot be accepted.
    ImpossibleEvidence
        If what is left when some of the items are taken out has zero probability.

    Notes
    -----
    The worth of a set of items is the log-odds (or the probability) of the target given them and what stays. Credit is
    the Shapley value [1]_: the one rule that adds up to the whole move, treats alike what moves alike, gives nothing to
    what moves nothing, and is additive.

    References
    ----------
    .. [1] L. S. Shapley, "A value for n-person games", Contributions to the Theory of Games II (1953) 307-317.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> found = shapley_attribution(load("phase2_drug"), "2026-06-30", [("approval", "2032")])
    >>> found.exact, max(found.credits, key=lambda one: one.bits[0]).headline
    (True, 'Phase 2 met its primary endpoint')
    >>> abs(sum(one.bits[0] for one in found.credits) - found.total[0].bits) < 1e-9
    True
    """
    if by not in ("story", "item"):
        raise InvalidInput(f"by: received {by!r}; allowed is 'story' or 'item'")
    asked = targets_of(dossier.roadmap, dossier.grid, targets)
    rng = np.random.default_rng(whole("seed", seed, least=0))
    game = Coalitions(dossier, as_of, asked, by=by, facts=facts, items=items)
    count = len(game.players)
    if count <= _EXACT and pairs is None:
        values = exact_values(game.worth(all_coalitions(count)))[None]
    else:
        values = _sampled(game, rng, None if pairs is None else whole("pairs", pairs, least=2))
    ends = game.worth(np.array([[False] * count, [True] * count]))
    shares, errors = _mean(values)
    return Shapley(
        as_of=parse_moment(as_of).day.isoformat(),
        targets=asked,
        credits=tuple(_credit(*one, dossier) for one in zip(game.players, shares, errors, strict=True)),
        total=_total(ends),
        exact=len(values) == 1,
        pairs=0 if len(values) == 1 else len(values),
        evaluations=game.evaluations,
    )


def _sampled(game: Coalitions, rng: np.random.Generator, pairs: int | None) -> Array:
    """Values of each pair of orders, shape (pairs, player, 2 * target): as many as are asked for, or as are needed."""
    n = len(game.players)
    values = sampled_values(game.worth, paired_orders(n, pairs or _FIRST, rng))
    while pairs is None and len(values) < _MOST:
        bits = _mean(values)[1][:, values.shape[2] // 2 :]
        worst = np.nanmax(bits) / _ENOUGH if np.isfinite(bits).any() else 0.0
        if worst <= 1.0:
            break
        more = min(math.ceil(len(values) * worst**2) + 1, 2 * len(values), _MOST) - len(values)
        values = np.concatenate([values, sampled_values(game.worth, paired_orders(n, more, rng))])
    return values


def _mean(values: Array) -> tuple[Array, Array]:
    """Mean over pairs and its standard error; no error of a single, exact set of values."""
    mean = values.mean(axis=0)
    if len(values) == 1:
        return mean, np.where(np.isnan(mean), np.nan, 0.0)
    return mean, values.std(axis=0, ddof=1) / math.sqrt(len(values))


def _credit(player: Player, shares: Array, errors: Array, dossier: Dossier) -> Credit:
    first = player.items[0]
    row = dossier.items.get(max(player.items, key=_answered).id)
    (points, bits), (point_errors, bit_errors) = (np.split(part, 2) for part in (shares, errors))
    return Credit(
        label=player.label,
        headline="" if row is None else row.headline,
        date=str(first.public),
        milestone=first.milestone or "",
        source=first.source,
        ids=tuple(item.id for item in player.items),
        points=tuple(points.tolist()),
        bits=tuple(bits.tolist()),
        point_errors=tuple(point_errors.tolist()),
        bit_errors=tuple(bit_errors.tolist()),
    )


def _answered(item: Item) -> int:
    """Attributes that an item answers: what a story is known by is what its fullest item says."""
    return sum(said != "unknown" for said in item.attributes.values()) if isinstance(item, Announcement) else 0


def _total(ends: Array) -> tuple[Move, ...]:
    points, bits = np.split(ends, 2, axis=1)
    return tuple(
        Move(before=low / 100.0, after=high / 100.0, points=high - low, bits=there - here)
        for low, high, here, there in zip(*points.tolist(), *bits.tolist(), strict=True)
    )

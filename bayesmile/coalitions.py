"""Coalitions of items: what would be known, and believed, as of a date with only some of them, many at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.posterior import posterior
from bayesmile.dossier import Dossier
from bayesmile.errors import ImpossibleEvidence, InvalidInput
from bayesmile.evidence import Achieved, Announcement, Guidance, NotYet
from bayesmile.grid import Moment, When, parse_moment
from bayesmile.items import Item
from bayesmile.known import Context, Known
from bayesmile.rows import compile_rows
from bayesmile.steps import Target
from bayesmile.views import delays_of, standing

__all__ = ["Coalitions", "Player"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_BATCH = 512
_SMALL = 1e-120  # the engine's faster mode is right to 1e-160; what comes near is computed anew


@dataclass(frozen=True, slots=True)
class Player:
    """An item, or all items of a story, that is in or out as one.

    Attributes
    ----------
    items : sequence of Item
    """

    items: Sequence[Item]

    @property
    def label(self) -> str:
        """Short text for people."""
        first = self.items[0]
        story = first.story if isinstance(first, Announcement) else ""
        return f"{first.label} (story {story}, {len(self.items)} items)" if len(self.items) > 1 else first.label


@dataclass(slots=True)
class _Group:
    """Items whose rows depend on each other and on no others: guidance of a milestone, a story, all facts.

    Attributes
    ----------
    rows : callable
        From the items of the group that are in to their rows together, shape (milestone, months + 1).
    always : list of Item
        Items that are in every coalition.
    columns : list of int
        Numbers of its players.
    """

    rows: Callable[[Sequence[Item]], Array]
    always: list[Item] = field(default_factory=list)
    players: list[Player] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    made: dict[bytes, Array] = field(default_factory=dict)

    def at(self, mask: Mask) -> Array:
        """Rows with those of its players in that the mask names; kept for reuse."""
        key = mask.tobytes()
        if key not in self.made:
            chosen = [item for one, there in zip(self.players, mask, strict=True) if there for item in one.items]
            self.made[key] = self.rows([*self.always, *chosen])
        return self.made[key]

    def idle(self, settled: Mapping[int, int]) -> bool:
        """Whether no player changes anything: by its rows, or since its milestone's month is settled without it."""
        count = len(self.players)
        states = [self.at(state) for state in np.eye(count, dtype=np.bool_)]
        if not states:
            return False
        states += [self.at(np.zeros(count, dtype=np.bool_)), self.at(np.ones(count, dtype=np.bool_))]
        touched = {int(k) for rows in states for k in np.flatnonzero(rows.any(axis=1))}
        if touched <= set(settled):
            return all(rows[k, settled[k]] > -np.inf for rows in states for k in touched)
        return count == 1 and bool(np.array_equal(states[0], states[1]))


class Coalitions:
    """What is believed with only some of the items that a dossier holds as of a date.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date
    targets : sequence of Target
    by : {"story", "item"}
        Whether the items of a story are in or out together.
    facts : bool
        Whether milestones reported as achieved may be out too.
    items : collection of str, optional
        Ids of the items that may be out; all but *not yet* if left out.

    Attributes
    ----------
    players : list of Player
        In the order of the ledger, without those that change nothing.
    evaluations : int
        Beliefs computed so far.

    Raises
    ------
    InvalidInput
        If there is no such item, or it does not stand as of the date.
    """

    def __init__(
        self,
        dossier: Dossier,
        as_of: When,
        targets: Sequence[Target],
        *,
        by: Literal["story", "item"] = "story",
        facts: bool = False,
        items: Collection[str] | None = None,
    ) -> None:
        self.dossier, self.targets = dossier, targets
        self.moment: Moment = parse_moment(as_of)
        self.delays = delays_of(dossier)
        self.evaluations = 0
        known = dossier.ledger.known_by(as_of)
        found = [dossier.ledger.items[number] for number in standing(dossier, known)]
        acting = [item for item in found if not any(item is other for other in known.inert)]
        _check_ids(dossier, acting, items, as_of)
        stays = (NotYet,) if facts else (NotYet, Achieved)
        free = [not isinstance(item, stays) if items is None else item.id in items for item in acting]
        self.base = self._compiled(Known.of([], self._context(dossier.ledger.streams)))  # the silence of all streams
        self.groups, order = self._divide(acting, free, by)
        self.players = self._numbered(order)

    def _divide(self, acting: Sequence[Item], free: Sequence[bool], by: str) -> tuple[list[_Group], list[Player]]:
        """Divide the items into groups, that of the facts first, and list all players in the order of the ledger."""
        groups: dict[tuple[str, str], _Group] = {("facts", ""): _Group(self._facts)}
        joined: dict[tuple[str, str], list[Item]] = {}
        for number, (item, may_be_out) in enumerate(zip(acting, free, strict=True)):
            key = _group_of(item, number)
            group = groups.setdefault(key, _Group(self._news if isinstance(item, Announcement) else self._plain))
            as_one = key if by == "story" and key[0] == "story" else ("item", str(number))
            if not may_be_out:
                group.always.append(item)
            elif as_one in joined:
                joined[as_one].append(item)
            else:
                joined[as_one] = [item]
                group.players.append(Player(joined[as_one]))
        return list(groups.values()), [Player(items) for items in joined.values()]

    def _numbered(self, order: Sequence[Player]) -> list[Player]:
        """Put what is always in into the base, with players that change nothing, and number the others."""
        for group in self.groups:
            if not group.players:
                self.base = self.base + group.at(np.zeros(0, dtype=np.bool_))
        open_cells = self.base > -np.inf
        settled = {int(k): int(np.argmax(open_cells[k])) for k in np.flatnonzero(open_cells.sum(axis=1) == 1)}
        for group in self.groups:
            if group.idle(settled):  # they have no share, and take none from the others
                self.base = self.base + group.at(np.zeros(len(group.players), dtype=np.bool_))
                group.players = []
        left = {id(player.items[0]) for group in self.groups for player in group.players}
        players = [player for player in order if id(player.items[0]) in left]
        place = {id(player.items[0]): number for number, player in enumerate(players)}
        for group in self.groups:
            group.columns = [place[id(player.items[0])] for player in group.players]
        return players

    def _context(self, streams: Sequence[object]) -> Context:
        ledger = self.dossier.ledger
        return Context(streams=tuple(streams), hype=ledger.hype, inert_kinds=ledger.inert_kinds, as_of=self.moment)  # type: ignore[arg-type]

    def _plain(self, items: Sequence[Item]) -> Array:
        return self._compiled(Known.of(items, self._context(())))

    def _facts(self, items: Sequence[Item]) -> Array:
        return self._compiled(self.dossier.with_not_yet(Known.of(items, self._context(()))))

    def _news(self, items: Sequence[Item]) -> Array:
        streams = [s for s in self.dossier.ledger.streams if items and _is_of(s.kind, s.milestone, items[0])]
        return self._compiled(Known.of(items, self._context(streams)), silent=False)

    def _compiled(self, known: Known, *, silent: bool = True) -> Array:
        """Sum of rows, shape (milestone, months + 1); `silent` tells whether the silence of streams counts."""
        roadmap, grid = self.dossier.roadmap, self.dossier.grid
        total = np.zeros((len(roadmap), grid.months + 1))
        for row in compile_rows(known, grid, marginals=self.delays.prior, names=roadmap.names):
            if row.items or silent:
                total[roadmap.number(row.milestone)] += row.loglik
        return total

    def worth(self, coalitions: Mask) -> Array:
        """Each target's probability in points and its log-odds in bits.

        Parameters
        ----------
        coalitions : bool array, shape (coalition, player)

        Returns
        -------
        array, shape (coalition, 2 * target)
            Points of all targets, then bits; bits are NaN where a target is certain.

        Raises
        ------
        ImpossibleEvidence
            If what a coalition leaves known has zero probability.
        """
        out = np.empty((len(coalitions), 2 * len(self.targets)))
        for part in self._batches(coalitions):
            loglik = np.repeat(self.base[None], len(part), axis=0)
            for group in (group for group in self.groups if group.players):
                kinds, which = np.unique(coalitions[part][:, group.columns], axis=0, return_inverse=True)
                rows = np.stack([group.at(kind) for kind in kinds])
                touched = np.flatnonzero(rows.any(axis=(0, 2)))
                loglik[:, touched] += rows[:, touched][which.ravel()]
            out[part] = self._asked(loglik, coalitions[part])
            self.evaluations += len(part)
        return out

    def _batches(self, coalitions: Mask) -> Iterator[NDArray[np.intp]]:
        """Numbers of coalitions with the same facts, which leave the same months open."""
        facts = coalitions[:, self.groups[0].columns]
        kinds, which = np.unique(facts, axis=0, return_inverse=True)
        for number in range(len(kinds)):
            same = np.flatnonzero(which.ravel() == number)
            yield from (same[at : at + _BATCH] for at in range(0, len(same), _BATCH))

    def _asked(self, loglik: Array, coalitions: Mask) -> Array:
        by, after = self._tails(loglik, strict=False)
        if np.isnan(by).any():
            self._refuse(coalitions[int(np.argmax(np.isnan(by).any(axis=1)))])
        if min(by.min(initial=1.0), after.min(initial=1.0)) < _SMALL:
            by, after = self._tails(loglik, strict=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            bits = (np.log(by) - np.log(after)) / math.log(2.0)
        return np.concatenate([100.0 * by, np.where(np.isfinite(bits), bits, np.nan)], axis=1)

    def _tails(self, loglik: Array, *, strict: bool) -> tuple[Array, Array]:
        """P(by the deadline) and P(after it), shape (coalition, target) each."""
        graph = self.dossier.roadmap.graph
        pmf = posterior(self.delays.log_pmf, self.delays.log_survival, loglik, graph, strict=strict).pmf
        by = [pmf[:, one.row, : one.last + 1].sum(axis=1) for one in self.targets]
        after = [pmf[:, one.row, one.last + 1 :].sum(axis=1) for one in self.targets]
        return np.stack(by, axis=1), np.stack(after, axis=1)

    def _refuse(self, mask: Mask) -> None:
        labels = [player.label for player, there in zip(self.players, mask, strict=True) if there]
        raise ImpossibleEvidence(
            f"with only {', '.join(labels) or 'none'} of the items asked about, what is known has zero probability;"
            " credit those that belong together in one story, or leave them out",
            labels,
        )


def _group_of(item: Item, number: int) -> tuple[str, str]:
    if isinstance(item, (Achieved, NotYet)):
        return "facts", ""
    if isinstance(item, Guidance):
        return "guidance", str(item.milestone)
    if isinstance(item, Announcement) and item.story:
        return "story", item.story
    return "item", str(number)


def _is_of(kind: str, milestone: str, item: Item) -> bool:
    return isinstance(item, Announcement) and (item.kind, item.milestone) == (kind, milestone)


def _check_ids(dossier: Dossier, acting: Sequence[Item], items: Collection[str] | None, as_of: When) -> None:
    if items is None:
        return
    if isinstance(items, str):
        raise InvalidInput(f"items: received {items!r}; allowed is a list of ids")
    there = {item.id for item in acting}
    for name in items:
        if name not in there:
            raise InvalidInput(
                f"items: received {name!r}; allowed are the ids of items of {dossier.name} that stand as of {as_of} and"
                " are not of a kind that moves nothing"
            )

"""The order of operations that sums out all event months exactly: variable elimination, joins kept folded.

A plan is a list of steps on tensors. A tensor has *open* axes (months of milestones that several branches share, and
that are therefore held jointly) and at most one *live* axis (the month that the next step consumes). Steps:

- `Transit`: ready month -> event month through a milestone's delay, times the milestone's row;
- `Join`: two ready times -> their maximum or minimum, folded pairwise with nonnegative terms;
- `Meet`: a join of an open axis with a month that does not depend on it, and the transit after it, in one;
- `Open`: the event month becomes an axis, because several branches share it;
- `Close`: sum over an open axis once every branch below it has been joined or summed out;
- `Sum`: sum over an event month that nothing else uses.

A milestone whose month is known needs no axis either: whatever it precedes starts from that one month.
Milestones that hang off the rest as trees need no axis: one message per edge goes up before the steps and one comes
down after. The scheme is bucket elimination [1]_ with the deterministic max/min factors never expanded into tables.

References
----------
.. [1] R. Dechter, "Bucket elimination: a unifying framework for reasoning", Artificial Intelligence 113, 1999.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, islice

from bayesmile.core.structure import Graph, hanging, needed_parents

__all__ = ["Close", "Join", "Meet", "Open", "Plan", "Step", "Sum", "Tensor", "Transit", "make_plan"]

NOMINAL_MONTHS = 120
ORDERS_TRIED = 48


@dataclass(frozen=True, slots=True)
class Tensor:
    """Shape of one message: open axes (milestone numbers, sorted) and what its live axis counts.

    `live` is None (no live axis), ``("event", k)``: month of milestone k, or ``("ready", k)``: a ready time of k.
    `identity` marks the message that merely copies open axis k to the live axis, `point` the one month of a known
    milestone.
    """

    axes: tuple[int, ...]
    live: tuple[str, int] | None
    identity: bool = False
    point: bool = False


@dataclass(frozen=True, slots=True)
class Transit:
    """Tensor `target` = delay of milestone `k` applied to `source` (None: ready at month 0), times the row of k."""

    k: int
    source: int | None
    target: int


@dataclass(frozen=True, slots=True)
class Join:
    """Tensor `target` = maximum (or minimum, `earliest`) of the live months of `left` and `right`."""

    earliest: bool
    left: int
    right: int
    target: int


@dataclass(frozen=True, slots=True)
class Meet:
    """Tensor `target` = delay of milestone `k` after the maximum (or minimum) of `axis` and `source`, times its row.

    `source` does not have the axis, which makes the work a fixed amount for each month of the axis and of the event.
    """

    k: int
    earliest: bool
    axis: int
    source: int
    target: int


@dataclass(frozen=True, slots=True)
class Open:
    """Tensor `target` = `source` with its live month kept as an open axis, for several branches to share."""

    k: int
    source: int
    target: int


@dataclass(frozen=True, slots=True)
class Sum:
    """Tensor `target` = `source` summed over its live month, which nothing else uses."""

    source: int
    target: int


@dataclass(frozen=True, slots=True)
class Close:
    """Tensor `target` = sum over `axis` of the product of `weights` (no live axis) and `rows` (live, or None)."""

    axis: int
    weights: tuple[int, ...]
    rows: int | None
    target: int


Step = Transit | Join | Meet | Open | Sum | Close


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Everything the message pass needs to know about a graph; it depends on nothing else.

    Attributes
    ----------
    parents : tuple of tuple of int
        Needed parents (see `needed_parents`).
    earliest : tuple of bool
        Joins by minimum.
    hanging : tuple of bool
        Milestones summed out by an upward message.
    tensors : tuple of Tensor
    steps : tuple of Step
    results : tuple of int
        Tensors without axes whose product is the marginal likelihood.
    event : dict of int to int
        For every milestone that does not hang, the tensor whose live axis is its month.
    """

    parents: tuple[tuple[int, ...], ...]
    earliest: tuple[bool, ...]
    hanging: tuple[bool, ...]
    tensors: tuple[Tensor, ...]
    steps: tuple[Step, ...]
    results: tuple[int, ...]
    event: dict[int, int]

    def held(self) -> tuple[int, ...]:
        """Milestones held jointly in the widest tensor, in row order."""
        widest = max(self.tensors, key=lambda tensor: len(tensor.axes), default=Tensor((), None))
        return widest.axes


class _Builder:
    """Elimination in one given topological order; keeps which tensors are still to be consumed."""

    def __init__(self, graph: Graph, core: Sequence[int], known: frozenset[int]) -> None:
        self.parents, self.earliest, self.known = graph.parents, graph.earliest, known
        self.children = {k: 0 if k in known else sum(k in graph.parents[c] for c in core) for k in core}
        self.pending = dict(self.children)
        self.tensors: list[Tensor] = []
        self.steps: list[Step] = []
        self.waiting: list[int] = []
        self.event: dict[int, int] = {}
        self.successor: dict[int, int] = {}
        self.cost = 0.0

    def add(self, k: int) -> None:
        """Eliminate what milestone k makes possible: join its parents, pass its delay, close what is done."""
        sources = self._join(k, [self._input(p) for p in self.parents[k]])
        axes = self._union(*sources)
        target = self._new(axes, ("event", k), tuple(sources))
        self.steps.append(self._pass(k, sources, target))
        self.event[k] = target
        if self.children[k] == 0:
            self.steps.append(Sum(target, self._new(axes, None, (target,))))
        elif self.children[k] > 1:
            self.steps.append(Open(k, target, self._new(tuple(sorted((*axes, k))), None, (target,))))
        self._close()

    def _pass(self, k: int, sources: Sequence[int], target: int) -> Transit | Meet:
        axes = len(self.tensors[target].axes)
        if len(sources) == 2:
            axis, other = sorted(sources, key=lambda number: not self.tensors[number].identity)
            self._spend(axes, 2 * NOMINAL_MONTHS)
            return Meet(k, self.earliest[k], self.tensors[axis].axes[0], other, target)
        cheap = not sources or self.tensors[sources[0]].identity or self.tensors[sources[0]].point
        self._spend(axes, NOMINAL_MONTHS if cheap else NOMINAL_MONTHS**2)
        return Transit(k, sources[0] if sources else None, target)

    def _new(self, axes: tuple[int, ...], live: tuple[str, int] | None, consumed: tuple[int, ...] = ()) -> int:
        for number in consumed:
            self.waiting.remove(number)
        known = live is not None and not consumed and live[1] in self.known
        self.tensors.append(Tensor(axes, live, identity=live is not None and live[1] in axes, point=known))
        self.waiting.append(len(self.tensors) - 1)
        return len(self.tensors) - 1

    def _spend(self, axes: int, live: int) -> None:
        self.cost += float(NOMINAL_MONTHS) ** axes * live

    def _input(self, p: int) -> int:
        if p in self.known:
            return self._new((), ("event", p))
        self.pending[p] -= 1
        return self.event[p] if self.children[p] == 1 else self._new((p,), ("event", p))

    def _join(self, k: int, inputs: list[int]) -> list[int]:
        """Fold the parents' months into one, or into two that can meet."""
        while True:
            self._close()
            inputs = [self._current(number) for number in inputs]
            if len(inputs) < 2 or (len(inputs) == 2 and self._can_meet(*inputs)):
                return inputs
            left, right = min(combinations(inputs, 2), key=self._width)
            axes = self._union(left, right)
            target = self._new(axes, ("ready", k), (left, right))
            self.steps.append(Join(self.earliest[k], left, right, target))
            self._spend(len(axes), 4 * NOMINAL_MONTHS)
            inputs = [*(number for number in inputs if number not in (left, right)), target]

    def _can_meet(self, left: int, right: int) -> bool:
        one, other = self.tensors[left], self.tensors[right]
        return (one.identity or other.identity) and not set(one.axes) & set(other.axes)

    def _width(self, pair: tuple[int, int]) -> tuple[int, int]:
        """Open axes of a join; among equals an axis itself comes last, for it may then meet the rest."""
        return len(self._union(*pair)), sum(self.tensors[number].identity for number in pair)

    def _union(self, *numbers: int) -> tuple[int, ...]:
        return tuple(sorted({axis for number in numbers for axis in self.tensors[number].axes}))

    def _current(self, number: int) -> int:
        """Find the tensor that stands for `number` after the closings so far."""
        while number in self.successor:
            number = self.successor[number]
        return number

    def _close(self) -> None:
        """Sum over every open axis below which at most one branch is still live."""
        while (axis := self._closable()) is not None:
            holders = [number for number in self.waiting if axis in self.tensors[number].axes]
            rows = next((number for number in holders if self.tensors[number].live is not None), None)
            axes = tuple(a for a in self._union(*holders) if a != axis)
            target = self._new(axes, None if rows is None else self.tensors[rows].live, tuple(holders))
            weights = tuple(number for number in holders if number != rows)
            self.steps.append(Close(axis, weights, rows, target))
            self._spend(len(axes) + 1, 1 if rows is None or self.tensors[rows].identity else NOMINAL_MONTHS)
            if rows is not None:
                self.successor[rows] = target

    def _closable(self) -> int | None:
        for axis in sorted({axis for number in self.waiting for axis in self.tensors[number].axes}):
            live = sum(axis in (t := self.tensors[number]).axes and t.live is not None for number in self.waiting)
            if not self.pending[axis] and live <= 1:
                return axis
        return None


def _orders(parents: tuple[tuple[int, ...], ...], core: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Topological orders of the core milestones, depth first: finish a branch before opening the next."""

    def extend(done: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(done) == len(core):
            yield done
            return
        ready = [k for k in core if k not in done and all(p in done for p in parents[k])]
        ready.sort(key=lambda k: -max((done.index(p) for p in parents[k]), default=-1))
        for k in ready:
            yield from extend((*done, k))

    return extend(())


@lru_cache(maxsize=256)
def make_plan(graph: Graph, known: frozenset[int] = frozenset()) -> Plan:
    """Cheapest of a few dozen elimination orders for a graph (cached).

    Parameters
    ----------
    graph : Graph
        Parents and joins, topologically ordered.
    known : frozenset of int
        Milestones with one possible month.

    Returns
    -------
    Plan
        Cost counted at 120 months; the choice is deterministic.
    """
    parents = needed_parents(graph)
    hangs = hanging(parents)
    core = [k for k in range(len(parents)) if not hangs[k]]
    best: _Builder | None = None
    for order in islice(_orders(parents, core), ORDERS_TRIED):
        builder = _Builder(Graph(parents, graph.earliest), core, known)
        for k in order:
            builder.add(k)
        if best is None or builder.cost < best.cost:
            best = builder
    assert best is not None
    return Plan(
        parents=parents,
        earliest=graph.earliest,
        hanging=hangs,
        tensors=tuple(best.tensors),
        steps=tuple(best.steps),
        results=tuple(best.waiting),
        event=best.event,
    )

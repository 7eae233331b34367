"""What a pass will cost, counted before it starts: the impossible is refused by name, batches fit in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

from bayesmile.core.plan import Close, Join, Meet, Plan, Sum, Transit
from bayesmile.core.windows import Window

__all__ = ["CHUNK_BYTES", "MAX_BYTES", "MAX_MULTIPLY_ADDS", "Cost", "TooCostly", "count_cost"]

MAX_BYTES = 1 << 30
MAX_MULTIPLY_ADDS = 1e10
CHUNK_BYTES = 3 << 24
"""Messages and derivatives of one chunk of a batch: about what a processor's last cache holds."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of the forward pass for one draw.

    Attributes
    ----------
    multiply_adds : float
        Multiply-adds of the forward pass; the backward pass costs about twice as many.
    bytes : int
        Memory of all messages and of the derivatives of the backward pass, about two numbers more for each.
    held : tuple of int
        Milestones whose months the largest message holds jointly.
    """

    multiply_adds: float
    bytes: int
    held: tuple[int, ...]

    @property
    def excessive(self) -> bool:
        """Whether the pass would need more than 1 GiB or 1e10 multiply-adds."""
        return self.bytes > MAX_BYTES or self.multiply_adds > MAX_MULTIPLY_ADDS

    def chunk(self) -> int:
        """Return the number of draws to pass at once."""
        return max(1, CHUNK_BYTES // max(1, self.bytes))


class TooCostly(Exception):
    """The pass is refused before it starts; carries its `Cost`."""

    def __init__(self, cost: Cost) -> None:
        super().__init__(f"{cost.bytes / 2**30:.1f} GiB and {cost.multiply_adds:.1e} multiply-adds in one pass")
        self.cost = cost


@lru_cache(maxsize=256)
def count_cost(plan: Plan, windows: tuple[Window, ...]) -> Cost:
    """Count multiply-adds and bytes of one draw from the windows that still have mass (cached).

    Parameters
    ----------
    plan : Plan
    windows : tuple of Window
        One per milestone (see `bayesmile.core.windows.windows`).
    """
    cells = [window.cells for window in windows]
    live = _live_cells(plan, windows)
    size = [prod(cells[axis] for axis in t.axes) * n for t, n in zip(plan.tensors, live, strict=True)]
    work = sum(0.5 * cells[k] * cells[plan.parents[k][0]] for k, hangs in enumerate(plan.hanging) if hangs)
    for step in plan.steps:
        held = prod(cells[axis] for axis in plan.tensors[step.target].axes)
        match step:
            case Transit(k=k, source=source):
                ready = 1 if source is None or plan.tensors[source].identity else live[source]
                work += 0.5 * held * ready * cells[k] if ready > 1 else held * cells[k]
            case Join():
                work += 3.0 * held * live[step.target]
            case Meet(k=k):
                work += 3.0 * held * cells[k]
            case Close(rows=rows):
                copies = rows is None or plan.tensors[rows].identity
                work += float(held) * cells[step.axis] * (1 if copies else live[step.target])
            case Sum():
                work += size[step.source]
    widest = max(range(len(size)), key=lambda number: size[number], default=None)
    return Cost(work, 3 * 8 * sum(size), () if widest is None else plan.tensors[widest].axes)


def _live_cells(plan: Plan, windows: Sequence[Window]) -> list[int]:
    live = []
    for tensor in plan.tensors:
        if tensor.live is None:
            live.append(1)
        elif tensor.live[0] == "event":
            live.append(windows[tensor.live[1]].cells)
        else:
            parents = [windows[p] for p in plan.parents[tensor.live[1]]]
            live.append(max(w.hi for w in parents) - min(w.lo for w in parents) + 1)
    return live

"""Announcements and silence as functions of a batch of parameter draws, with derivatives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmile.core import arrivals
from bayesmile.dossier import Dossier
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.rows import coverage
from bayesmile.streams import Arrival, Stream

__all__ = ["Announcements"]

Array = NDArray[np.float64]
Numbers = Mapping[str, int]
"""From a parameter's field to its column among all numbers."""

_SMALLEST = 1e-300  # where the log of a probability that a draw has rounded to zero is taken


@dataclass(slots=True)
class _Marks:
    """Products of attribute probabilities, as powers of p and 1 - p of each rate: log product = power * log."""

    yes: Array  # (arrival, number): power of p
    no: Array  # power of 1 - p


class Announcements:
    """Rows and constants of all announcements and of the silence between them.

    The rows are linear in a few coefficients: log ratio of each arrival, and the excess rate of each stream.

    Parameters
    ----------
    dossier : Dossier
    known : Known
    numbers : mapping of str to int
    """

    def __init__(self, dossier: Dossier, known: Known, numbers: Numbers) -> None:
        self.months, self.size = dossier.grid.months, len(numbers)
        self.hype = numbers["dossier.hype"]
        self.fixed = np.zeros((len(dossier.roadmap), self.months + 1))
        streams = [stream for stream in known.streams if known.as_of is not None]
        parts = [part for stream in streams if (part := _Part.of(dossier, known, stream, numbers))]
        self.parts = parts
        self.lift = np.array([part.lift for part in parts], dtype=np.int64)
        self.base = np.array([part.stream.base_rate / 12.0 for part in parts])
        self.promoted = np.array([part.stream.promotional for part in parts], dtype=bool)
        self.total = np.array([part.view.total for part in parts])
        self.count = np.array([len(part.found) for part in parts], dtype=np.float64)
        self.k = np.array([dossier.roadmap.number(part.stream.milestone) for part in parts], dtype=np.int64)
        self.exposure = np.array([part.view.exposure for part in parts]).reshape(-1, self.months + 1)
        flat = [(s, i, arrival) for s, part in enumerate(parts) for i, arrival in enumerate(part.found)]
        self.of = np.array([s for s, _, _ in flat], dtype=np.int64)  # stream of each arrival
        self.hits = np.array([parts[s].view.hits[i] for s, i, _ in flat], dtype=np.float64).reshape(-1, self.months + 1)
        self.inside, self.outside = (self._marks(dossier, flat, numbers, side) for side in (0, 1))
        self.lifted = np.ones(len(flat))
        self._settle(dossier, flat)
        self.member = (self.of[:, None] == np.arange(len(parts))).astype(np.float64)  # (arrival, stream)
        self.lift_of = (self.lift[:, None] == np.arange(self.size)).astype(np.float64)  # (stream, number)
        self.at = [np.flatnonzero(self.k == k) for k in range(len(dossier.roadmap))]
        self.arrived = [np.flatnonzero(self.k[self.of] == k) for k in range(len(dossier.roadmap))]

    def _marks(self, dossier: Dossier, flat: Sequence[tuple[int, int, Arrival]], numbers: Numbers, side: int) -> _Marks:
        marks = _Marks(np.zeros((len(flat), self.size)), np.zeros((len(flat), self.size)))
        name = ("yes_if_near", "yes_otherwise")[side]
        for row, (_, _, arrival) in enumerate(flat):
            for attribute, answer in arrival.answers.items():
                column = numbers[f"kind.{arrival.stream.kind}.attributes.{attribute}.{name}"]
                (marks.yes if answer == "yes" else marks.no)[row, column] += 1.0
        return marks

    def _settle(self, dossier: Dossier, flat: Sequence[tuple[int, int, Arrival]]) -> None:
        """Put what is impossible on one side of the window into the fixed rows as -inf, and out of all else."""
        for row, (s, _, arrival) in enumerate(flat):
            inside, outside = arrival.log_marks()
            hit = self.hits[row] > 0.0
            if outside == -np.inf:
                self.fixed[self.k[s], ~hit] = -np.inf
                self.outside.yes[row] = self.outside.no[row] = 0.0
            if inside == -np.inf or arrival.stream.lift == 0.0:
                self.fixed[self.k[s], hit] = -np.inf
                self.inside.yes[row] = self.inside.no[row] = 0.0
                self.hits[row], self.lifted[row] = 0.0, 0.0

    def _rates(self, draws: Array) -> tuple[Array, Array]:
        """Arrivals a month outside the window, and the lift, each (draw, stream)."""
        hype = np.where(self.promoted, draws[:, self.hype, None], 1.0)
        return self.base * hype, draws[:, self.lift]

    def _log_marks(self, logs: tuple[Array, Array], marks: _Marks) -> Array:
        return np.asarray(logs[0] @ marks.yes.T + logs[1] @ marks.no.T)

    def _logs(self, draws: Array) -> tuple[Array, Array]:
        """Take logs of all numbers, and of what they lack to one, where some arrival uses them; 0 elsewhere."""
        out = []
        for values, power in ((draws, "yes"), (1.0 - draws, "no")):
            used = (getattr(self.inside, power) + getattr(self.outside, power)).any(axis=0)
            out.append(np.where(used, np.log(np.maximum(np.where(used, values, 1.0), _SMALLEST)), 0.0))
        return out[0], out[1]

    def rows(self, draws: Array) -> tuple[Array, Array]:
        """Rows (draw, milestone, months + 1) and constants (draw,)."""
        rate, lift = self._rates(draws)
        logs = self._logs(draws)
        inside, outside = self._log_marks(logs, self.inside), self._log_marks(logs, self.outside)
        ratio = np.log(np.maximum(lift, _SMALLEST))[:, self.of] * self.lifted + inside - outside
        excess = rate * (lift - 1.0)
        rows = np.empty((draws.shape[0], *self.fixed.shape))
        for k, fixed in enumerate(self.fixed):
            rows[:, k] = fixed + ratio[:, self.arrived[k]] @ self.hits[self.arrived[k]]
            rows[:, k] -= excess[:, self.at[k]] @ self.exposure[self.at[k]]
        constant = np.log(rate) @ self.count + outside.sum(axis=1) - rate @ self.total
        return rows, constant

    def pieces(self, draws: Array) -> Iterator[tuple[str, int, Array, Array, tuple[Item, ...]]]:
        """Label, milestone, rows (draw, months + 1), constant (draw,) and items of each arrival and each silence."""
        rate, lift = self._rates(draws)
        logs = self._logs(draws)
        inside, outside = self._log_marks(logs, self.inside), self._log_marks(logs, self.outside)
        ratio = np.log(np.maximum(lift, _SMALLEST))[:, self.of] * self.lifted + inside - outside
        for s, part in enumerate(self.parts):
            silence = -(rate * (lift - 1.0))[:, s, None] * self.exposure[s]
            yield f"silence of {part.stream.label}", int(self.k[s]), silence, -rate[:, s] * self.total[s], ()
            for i, row in enumerate(np.flatnonzero(self.of == s)):
                constant = np.log(rate[:, s]) + outside[:, row]
                rows = ratio[:, row, None] * self.hits[row]
                yield part.found[i].label, int(self.k[s]), rows, constant, part.found[i].items

    def back(self, draws: Array, pmf: Array, out: Array) -> None:
        """Add to `out` what derivatives `pmf` by the rows, and 1 by the constant, are by the parameters."""
        rate, lift = self._rates(draws)
        by_ratio, exposed = np.empty((draws.shape[0], len(self.of))), np.empty(rate.shape)
        for k in range(len(self.fixed)):
            by_ratio[:, self.arrived[k]] = pmf[:, k] @ self.hits[self.arrived[k]].T
            exposed[:, self.at[k]] = pmf[:, k] @ self.exposure[self.at[k]].T
        by_lift = -rate * exposed
        by_rate = self.count / rate - self.total - (lift - 1.0) * exposed
        by_lift += ((by_ratio * self.lifted) @ self.member) / lift
        out += by_lift @ self.lift_of
        out[:, self.hype] += (by_rate * self.base)[:, self.promoted].sum(axis=1)
        by_yes = by_ratio @ self.inside.yes + (1.0 - by_ratio) @ self.outside.yes
        by_no = by_ratio @ self.inside.no + (1.0 - by_ratio) @ self.outside.no
        with np.errstate(divide="ignore", invalid="ignore"):
            out += np.where(by_yes == 0.0, 0.0, by_yes / draws) - np.where(by_no == 0.0, 0.0, by_no / (1.0 - draws))


@dataclass(frozen=True, slots=True)
class _Part:
    """One stream with its coverage as of the date and its arrivals."""

    stream: Stream
    found: tuple[Arrival, ...]
    view: arrivals.Windows
    lift: int

    @classmethod
    def of(cls, dossier: Dossier, known: Known, stream: Stream, numbers: Numbers) -> _Part | None:
        assert known.as_of is not None
        weight, first, _ = coverage(stream, known.as_of, dossier.grid, known.complete_to.get(stream.label))
        found = tuple(known.arrivals(stream))
        if not weight.size and not found:
            return None
        months = np.array([arrival.ordinal - dossier.grid.origin for arrival in found], dtype=np.int64)
        view = arrivals.windows(months, weight, first, stream.lead, dossier.grid.months)
        own = f"stream.{stream.kind}.{stream.milestone}.lift"
        return cls(stream, found, view, numbers[own if own in numbers else f"kind.{stream.kind}.lift"])

"""Guidance in force as a function of a batch of parameter draws, with derivatives."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmile.core import slip
from bayesmile.core.segments import Segments
from bayesmile.dossier import Dossier
from bayesmile.evidence import Guidance
from bayesmile.files.items import slip_of
from bayesmile.known import Known
from bayesmile.periods import parse_period

__all__ = ["Ahead", "Statements"]

Array = NDArray[np.float64]
Numbers = Mapping[str, int]
"""From a parameter's field to its column among all numbers."""

_LEAST = 1e-290  # chance of any month from a statement on below which its cell for *beyond* is taken as settled


@dataclass(frozen=True, slots=True)
class Ahead:
    """What statements of guidance say for one batch of draws.

    Attributes
    ----------
    rows : array (draw, statement, months)
    tables : pair of array (draw, link, months)
        Laws of the segments before any evidence; empty where no cell for *beyond* is needed.
    from_then : array (draw, open statement, months)
        Probability of each month before any evidence; 0 before the statement.
    beyond : array (draw, open statement)
        Cell for *beyond*.
    """

    rows: Array
    tables: tuple[Array, Array]
    from_then: Array
    beyond: Array


class Statements:
    """Rows of the guidance in force.

    Parameters
    ----------
    dossier : Dossier
    known : Known
    numbers : mapping of str to int
    settled : collection of int
        Milestones that are known not to be *beyond*: no cell for it is needed.
    """

    def __init__(self, dossier: Dossier, known: Known, numbers: Numbers, settled: Collection[int]) -> None:
        items = [item for item in known.items if isinstance(item, Guidance)]
        self.months = dossier.grid.months
        self.k = [dossier.roadmap.number(str(item.milestone)) for item in items]
        self.issued = [parse_period(item.issued).ordinal - dossier.grid.origin for item in items]
        self.target = [dossier.grid.index(item.target) for item in items]
        classes = [slip_of(dossier.slips, item, known) for item in items]
        self.mean = [numbers[f"slip.{one.name}.mean"] for one in classes]
        self.sd = [numbers[f"slip.{one.name}.sd"] for one in classes]
        self.on_time = [one.on_time for one in classes]
        self.open = [g for g, k in enumerate(self.k) if k not in settled and self.issued[g] < self.months]
        self.log_whether = np.log([classes[g].whether for g in self.open])
        first = np.array([max(self.issued[g], 0) for g in self.open])
        self.later = np.arange(self.months) >= first[:, None]  # months from each open statement on
        self.segments = Segments(dossier.roadmap.graph, [self.k[g] for g in self.open]) if self.open else None

    def ahead(self, draws: Array, tables: tuple[Array, Array]) -> Ahead:
        """Rows of all statements, and their cells for *beyond*."""
        rows = np.empty((draws.shape[0], len(self.k), self.months))
        for g in range(len(self.k)):
            mean, sd = draws[:, self.mean[g]], draws[:, self.sd[g]]
            rows[:, g] = slip.slip_row(
                self.issued[g], self.target[g], mean, sd, self.months, on_time=self.on_time[g]
            )
        if self.segments is None:
            return Ahead(rows, (np.empty(0), np.empty(0)), np.empty(0), np.empty(0))
        links = self.segments.tables(*tables)
        from_then = self.segments.laws(links)[..., :-1] * self.later
        with np.errstate(divide="ignore", invalid="ignore"):
            beyond = np.logaddexp.reduce(np.log(from_then) + rows[:, self.open], axis=-1)
            beyond -= np.log(from_then.sum(axis=-1))
        return Ahead(rows, links, from_then, np.where(np.isnan(beyond), 0.0, beyond) + self.log_whether)

    def pieces(self, ahead: Ahead) -> Iterator[tuple[int, Array]]:
        """Milestone and rows (draw, months + 1) of each statement; the cell for *beyond* is 0 where none is needed."""
        for g, k in enumerate(self.k):
            rows = np.append(ahead.rows[:, g], np.zeros((ahead.rows.shape[0], 1)), axis=1)
            if g in self.open:
                rows[:, -1] = ahead.beyond[:, self.open.index(g)]
            yield k, rows

    def add(self, ahead: Ahead, rows: Array) -> None:
        """Add the rows of all statements to those of their milestones, (draw, milestone, months + 1)."""
        for g, k in enumerate(self.k):
            rows[:, k, :-1] += ahead.rows[:, g]
        for row, g in enumerate(self.open):
            rows[:, self.k[g], -1] += ahead.beyond[:, row]

    def back(
        self, draws: Array, tables: tuple[Array, Array], ahead: Ahead, pmf: Array, out: Array
    ) -> tuple[Array, Array]:
        """Add to `out` the derivatives by the slips; return those by the tables of the delays."""
        by_rows = pmf[:, self.k, :-1]
        weight = pmf[:, [self.k[g] for g in self.open], -1]
        stated = self._stated(ahead) if self.open else np.empty(0)
        for row, g in enumerate(self.open):
            by_rows[:, g] += weight[:, row, None] * stated[:, row] * ahead.from_then[:, row]
        for g in range(len(self.k)):
            mean, sd = draws[:, self.mean[g]], draws[:, self.sd[g]]
            slopes = slip.slip_slopes(
                self.issued[g], self.target[g], mean, sd, ahead.rows[:, g], on_time=self.on_time[g]
            )
            for column, slope in zip((self.mean[g], self.sd[g]), slopes, strict=True):
                out[:, column] += np.einsum("bt,bt->b", by_rows[:, g], slope)
        return self._by_tables(tables, ahead, weight, stated)

    def _stated(self, ahead: Ahead) -> Array:
        """Probability of the stated target in each month, over its mean from the statement on: exp(row) / N."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            log_total = ahead.beyond - self.log_whether + np.log(ahead.from_then.sum(axis=-1))
            share = np.exp(ahead.rows[:, self.open] - log_total[..., None])
        return np.where(self.later & np.isfinite(share), share, 0.0)

    def _by_tables(
        self, tables: tuple[Array, Array], ahead: Ahead, weight: Array, stated: Array
    ) -> tuple[Array, Array]:
        """Differentiate the cells for *beyond*, log N - log M + log whether, by the tables of the delays.

        With p the law before any evidence, N = sum p exp(row) and M = sum p over the months from the statement on, the
        derivative by p is exp(row) / N - 1 / M there. Since p sums to one whatever the parameters, 1 / M may be added
        everywhere: then nothing is negative, and it is the derivative of an expectation that one pass gives.
        """
        if self.segments is None:
            return np.zeros(tables[0].shape), np.zeros(tables[0].shape)
        mass = ahead.from_then.sum(axis=-1)
        known = mass > _LEAST
        elsewhere = 1.0 / np.where(known, mass, 1.0)
        with np.errstate(divide="ignore"):
            rows = np.log(np.append(np.where(self.later, stated, elsewhere[..., None]), elsewhere[..., None], axis=-1))
        answer = self.segments.conditioned(ahead.tables, rows, lags=True)
        weight = np.where(known, weight * elsewhere, 0.0)
        return self.segments.back(*tables, ahead.tables, answer, weight)

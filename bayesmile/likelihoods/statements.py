"""Guidance in force as a function of a batch of parameter draws, with derivatives."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmile.assumptions import slip_of
from bayesmile.core import slip
from bayesmile.core.segments import Segments
from bayesmile.dossier import Dossier
from bayesmile.evidence import Guidance
from bayesmile.known import Known
from bayesmile.periods import parse_period

__all__ = ["Ahead", "Statements"]

Array = NDArray[np.float64]
Numbers = Mapping[str, int]
"""From a parameter's field to its column among all numbers."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What statements of guidance say for one batch of draws.

    Attributes
    ----------
    rows : array (draw, statement, months)
    tables : pair of array (draw, link, months)
        Laws of the segments before any evidence; empty where no cell for *beyond* is needed.
    from_then : array (draw, open statement, months)
        Probability of each month before any evidence, from the statement on.
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
        classes = [slip_of(dossier.slips, item).lead_from for item in items]
        self.mean = [numbers[f"slip.{lead}.mean"] for lead in classes]
        self.sd = [numbers[f"slip.{lead}.sd"] for lead in classes]
        self.open = [g for g, k in enumerate(self.k) if k not in settled and self.issued[g] < self.months]
        self.segments = Segments(dossier.roadmap.graph, [self.k[g] for g in self.open]) if self.open else None

    def ahead(self, draws: Array, tables: tuple[Array, Array]) -> Ahead:
        """Rows of all statements, and their cells for *beyond*."""
        rows = np.empty((draws.shape[0], len(self.k), self.months))
        for g in range(len(self.k)):
            mean, sd = draws[:, self.mean[g]], draws[:, self.sd[g]]
            rows[:, g] = slip.slip_row(self.issued[g], self.target[g], mean, sd, self.months)
        if self.segments is None:
            return Ahead(rows, (np.empty(0), np.empty(0)), np.empty(0), np.empty(0))
        links = self.segments.tables(*tables)
        from_then = self.segments.conditioned(links, self._from_statement()).pmf[:, self.segments.last, :-1]
        with np.errstate(divide="ignore"):
            beyond = np.logaddexp.reduce(np.log(from_then) + rows[:, self.open], axis=-1)
        return Ahead(rows, links, from_then, beyond)

    def _from_statement(self) -> Array:
        """Rows that leave the months from each open statement on, shape (1, open statement, months + 1)."""
        rows = np.full((1, len(self.open), self.months + 1), -np.inf)
        for row, g in enumerate(self.open):
            rows[:, row, max(self.issued[g], 0) : -1] = 0.0
        return rows

    def add(self, ahead: Ahead, rows: Array) -> None:
        """Add the rows of all statements to those of their milestones, (draw, milestone, months + 1)."""
        for g, k in enumerate(self.k):
            rows[:, k, :-1] += ahead.rows[:, g]
        for row, g in enumerate(self.open):
            rows[:, self.k[g], -1] += ahead.beyond[:, row]

    def back(
        self, draws: Array, tables: tuple[Array, Array], ahead: Ahead, pmf: Array, out: Array
    ) -> tuple[Array, Array]:
        """Add to `out` what derivatives `pmf` by the rows are by the slips; return those by the tables of the delays."""
        weight = np.array([pmf[:, self.k[g], -1] for g in self.open]).reshape(len(self.open), -1).T
        by_rows = pmf[:, self.k, :-1]
        for row, g in enumerate(self.open):
            with np.errstate(invalid="ignore"):
                stated = ahead.from_then[:, row] * np.exp(ahead.rows[:, g] - ahead.beyond[:, row, None])
            by_rows[:, g] += np.where(weight[:, row, None] > 0.0, weight[:, row, None] * stated, 0.0)
        for g in range(len(self.k)):
            mean, sd = draws[:, self.mean[g]], draws[:, self.sd[g]]
            slopes = slip.slip_slopes(self.issued[g], self.target[g], mean, sd, ahead.rows[:, g])
            for column, slope in zip((self.mean[g], self.sd[g]), slopes, strict=True):
                out[:, column] += np.einsum("bt,bt->b", by_rows[:, g], slope)
        return self._by_tables(tables, ahead, weight)

    def _by_tables(self, tables: tuple[Array, Array], ahead: Ahead, weight: Array) -> tuple[Array, Array]:
        """Differentiate the cells for *beyond*: log N - log M, sums over the months from the statement on."""
        if self.segments is None:
            return np.zeros(tables[0].shape), np.zeros(tables[0].shape)
        batch = weight.shape[0]
        rows = np.repeat(self._from_statement(), 2 * batch, axis=0)
        rows[:batch, :, :-1] += ahead.rows[:, self.open]
        twice = [np.concatenate((x, x)) for x in (*ahead.tables, *tables)]
        answer = self.segments.conditioned((twice[0], twice[1]), rows, lags=True)
        signed = np.concatenate((weight, -weight))
        parts = self.segments.back(twice[2], twice[3], (twice[0], twice[1]), answer, signed)
        return parts[0][:batch] + parts[0][batch:], parts[1][:batch] + parts[1][batch:]

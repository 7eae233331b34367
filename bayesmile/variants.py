"""Beliefs of a dossier with one assumption changed: the same as after `Dossier.set`, without reading it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesmile.assumptions import slip_of
from bayesmile.belief import Belief, conclude
from bayesmile.core.posterior import posterior
from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Guidance
from bayesmile.files.items import stated
from bayesmile.grid import When
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.payoffs import Payoffs
from bayesmile.roadmap import Roadmap
from bayesmile.rows import CompiledRow, Parts, compile_parts
from bayesmile.solution import Delays, Solution, solve_rows
from bayesmile.streams import Stream
from bayesmile.views import delays_of

__all__ = ["Variants"]

Array = NDArray[np.float64]

# Past these the expected delay counts of one law say too little about another, and all is computed anew.
_LARGEST_RATIO = 300.0  # nats between the two laws
_LEAST, _ROUNDING = 1e-6, 1e-12  # change of probability, and what rounding may leave of a sum of counts


@dataclass(frozen=True, slots=True)
class _Statement:
    """Guidance in force about an open milestone: how its cell for *beyond* follows from a delay.

    The cell is log(N / M) + log whether with N = sum_t p(t) exp(row[t]), M = sum_t p(t) over the months from the
    statement on, p the no-evidence law of the milestone. Both are linear in the table of each delay, so the expected
    delay counts give them for any other table.
    """

    log_whether: float
    log_marginal: Array
    lags: Array
    outlived: Array

    def beyond(self, k: int, old: Delays, new: Delays) -> float | None:
        """Cell for *beyond* with the delay of milestone k replaced; None where the two laws are too far apart."""
        if not np.isfinite(self.log_marginal).all():
            return None
        factors = np.zeros(2)
        for counts, before, after in (
            (self.lags, old.log_pmf[k], new.log_pmf[k]),
            (self.outlived, old.log_survival[k], new.log_survival[k]),
        ):
            with np.errstate(invalid="ignore"):
                ratio = np.where(after == before, 0.0, after - before)
            if ratio.max() > _LARGEST_RATIO:
                return None
            factors += counts[:, k] @ np.exp(ratio)
        rest = 1.0 - self.lags[:, k].sum(axis=1) - self.outlived[:, k].sum(axis=1)  # k is never ready: no delay counts
        factors += np.where(rest > _ROUNDING, rest, 0.0)
        if not (factors > _LEAST).all():
            return None
        logs = np.log(factors) + self.log_marginal
        return float(logs[0] - logs[1] + self.log_whether)


class Variants:
    """One dossier as of one date, to be asked what changing one assumption would do.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> dossier = load("phase2_drug")
    >>> belief, _ = Variants(dossier, "2025-12-31").at("milestone.filing.delay.never", 0.4)
    >>> other = dossier.set("milestone.filing.delay.never", 0.4).belief("2025-12-31")
    >>> abs(belief.prob("approval", by="2035") - other.prob("approval", by="2035")) < 1e-12
    True
    """

    def __init__(self, dossier: Dossier, as_of: When) -> None:
        self.dossier = dossier
        self.known = dossier.known_by(as_of)
        self.delays = delays_of(dossier)
        self.belief = conclude(dossier.roadmap, dossier.grid, self.known, self.delays)
        self.payoffs = None if dossier.market is None else dossier.market.payoffs
        self._statements: dict[int, _Statement] = {}
        self._kept: dict[tuple[str, float], tuple[Belief, Payoffs | None]] = {}

    def kept(self, field: str, value: float) -> tuple[Belief, Payoffs | None]:
        """Return what `at` does, worked out once: for the ends of intervals, which every question is asked at."""
        if (field, value) not in self._kept:
            self._kept[field, value] = self.at(field, value)
        return self._kept[field, value]

    def at(self, field: str, value: float) -> tuple[Belief, Payoffs | None]:
        """Belief and payoffs with one field changed.

        Raises
        ------
        InvalidInput
            If it is not a numeric assumption, or the value is not allowed.
        """
        match field.split("."):
            case "milestone", name, "delay", parameter:
                return self._with_delay(name, parameter, value), self.payoffs
            case "kind", kind, ("lift" | "base_rate") as parameter:
                return self._with_kind(kind, parameter, value), self.payoffs
            case "stream", kind, milestone, ("lift" | "base_rate") as parameter:
                one = (kind, milestone)
                return self._with_streams(lambda s: (s.kind, s.milestone) == one, parameter, value), self.payoffs
            case "slip", *names, ("mean" | "on_time" | "whether") as parameter:
                return self._with_slip(".".join(names), parameter, value), self.payoffs
            case "dossier", "hype":
                return self._conclude(
                    replace(self.known, context=replace(self.known.context, hype=value))
                ), self.payoffs
            case "payoffs", *names if self.payoffs is not None:
                return self.belief, self._with_payoff(self.payoffs, names, value)
        raise InvalidInput(f"assumption: received {field!r}, which is not a number that can be swept")

    def _conclude(self, known: Known) -> Belief:
        """Posterior of other numbers behind the same news: only the rows that they enter are compiled again."""
        parts = self._compiled(known, self._parts)
        solution = solve_rows(self.delays, (row for rows in parts.rows for row in rows))
        return Belief(self.dossier.roadmap, self.dossier.grid, known, solution)

    def _compiled(self, known: Known, before: Parts | None = None) -> Parts:
        grid, names = self.dossier.grid, self.dossier.roadmap.names
        return compile_parts(known, grid, marginals=self.delays.prior, names=names, before=before)

    @cached_property
    def _parts(self) -> Parts:
        return self._compiled(self.known)

    def _with_kind(self, kind: str, parameter: str, value: float) -> Belief:
        own = {(e.kind, e.milestone) for e in self.dossier.streams if getattr(e, parameter) is not None}
        return self._with_streams(lambda s: s.kind == kind and (s.kind, s.milestone) not in own, parameter, value)

    def _with_streams(self, chosen: Callable[[Stream], bool], parameter: str, value: float) -> Belief:
        change = {parameter: value}
        streams = tuple(replace(s, **change) if chosen(s) else s for s in self.known.streams)  # type: ignore[arg-type]
        return self._conclude(replace(self.known, context=replace(self.known.context, streams=streams)))

    def _with_slip(self, name: str, parameter: str, value: float) -> Belief:
        items = (self._restated(item, name, parameter, value) for item in self.known.items)
        return self._conclude(replace(self.known, items=tuple(items)))

    def _restated(self, item: Item, name: str, parameter: str, value: float) -> Item:
        """Statement of the class of that name with one number changed; any other item as it is."""
        if not isinstance(item, Guidance) or slip_of(self.dossier.slips, item, self.known).name != name:
            return item
        change = {parameter: value}
        numbers = self.known.slip(item)._replace(**change)
        return replace(item, **stated([(0, numbers)]))

    def _with_payoff(self, payoffs: Payoffs, names: list[str], value: float) -> Payoffs:
        if names[0] == "values":
            return payoffs.with_value(names[1], value)
        change = {names[0]: value}
        return replace(payoffs, **change)  # type: ignore[arg-type]

    def _with_delay(self, name: str, parameter: str, value: float) -> Belief:
        """Rows stay as they are, but for what guidance says of *beyond*."""
        grid, changed = self.dossier.grid, self.dossier.roadmap[name]
        law = replace(changed.delay, **{parameter: value})  # type: ignore[type-var]
        roadmap = Roadmap(replace(m, delay=law) if m is changed else m for m in self.dossier.roadmap)
        delays, k = Delays(roadmap, grid), roadmap.number(name)
        rows = []
        for row in self.belief.solution.rows:
            cell = self._beyond(row, k, delays)
            if cell is None:
                return conclude(roadmap, grid, self.known, delays)
            rows.append(row if cell == row.loglik[-1] else replace(row, loglik=np.append(row.loglik[:-1], cell)))
        loglik = np.zeros_like(self.belief.solution.loglik)
        for row in rows:
            loglik[roadmap.number(row.milestone)] += row.loglik
        answer = delays.posterior(loglik)
        total = float(answer.log_marginal) + sum(row.constant for row in rows)
        return Belief(roadmap, grid, self.known, Solution(tuple(rows), delays, loglik, total, answer.pmf))

    def _beyond(self, row: CompiledRow, k: int, delays: Delays) -> float | None:
        """Last cell of a row with the delay of milestone k replaced; it matters only where *beyond* is possible."""
        number = self.dossier.roadmap.number(row.milestone)
        [item] = row.items[:1] or [None]
        settled = self.belief.solution.loglik[number, -1] == -np.inf
        if not isinstance(item, Guidance) or settled:
            return float(row.loglik[-1])
        if number not in self._statements:
            self._statements[number] = self._statement(item, row, number)
        return self._statements[number].beyond(k, self.delays, delays)

    def _statement(self, item: Guidance, row: CompiledRow, number: int) -> _Statement:
        grid = self.dossier.grid
        loglik = np.zeros((2, len(self.dossier.roadmap), grid.months + 1))
        loglik[:, number, -1] = -np.inf
        loglik[0, number, :-1] = row.loglik[:-1]
        loglik[1, number, :-1] = np.where(np.arange(grid.months) >= grid.index(item.issued), 0.0, -np.inf)
        answer = posterior(self.delays.log_pmf, self.delays.log_survival, loglik, self.dossier.roadmap.graph, lags=True)
        assert answer.lags is not None and answer.outlived is not None
        log_whether = float(np.log(self.known.slip(item).whether))
        return _Statement(log_whether, answer.log_marginal, answer.lags, answer.outlived)

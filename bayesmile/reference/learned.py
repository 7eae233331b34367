"""What a reference class teaches: draws of its parameters, and forecasts by the engine under them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.lifetime import log_difference, loglogistic_log_delay, lognormal_log_delay, weibull_log_delay
from bayesmile.core.posterior import posterior
from bayesmile.core.slip import slip_row
from bayesmile.core.structure import Graph
from bayesmile.errors import InvalidInput
from bayesmile.reference.table import Provenance

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AGE_EDGES",
    "LEAD_EDGES",
    "LEAST_MASS",
    "POSTPONEMENT_EDGES",
    "SINCE_EDGES",
    "STATED_EDGES",
    "LearnedClass",
    "classes_of",
    "level_index",
]

Array = NDArray[np.float64]
Index = NDArray[np.int64]

LEAD_EDGES = (1, 2, 3, 4, 7, 13, 19, 31)
"""First lead of each class of stated dates, in periods; a lead below the first says nothing (the date is overdue)."""
POSTPONEMENT_EDGES = (0, 1, 2, 4, 8)
"""Least number of earlier postponements of each class."""
AGE_EDGES = (0, 6, 12, 24)
"""Least number of periods since entry of each class: what has been pending for long is slow."""
SINCE_EDGES = (0, 3, 9, 18)
"""Least number of periods since the last milestone of each class: what has stood still goes on to."""
STATED_EDGES = (0, 1, 3, 6, 12)
"""Least number of periods for which the stated date has stood of each class: an old date is a stale one."""

LEAST_MASS = 1e-280
"""Probability below which a law leaves nothing on the grid: products with it would underflow."""

_CHUNK = 4_000  # engine problems at once: a few hundred megabytes at most


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LearnedClass:
    """Draws of the parameters of a reference class.

    Attributes
    ----------
    name, title : str
    milestones : tuple of str
    families : dict of str to str
        Law of each delay: weibull, loglogistic or lognormal.
    levels : dict of str to tuple of str
        Levels of each factor, in the order of the effects.
    period : str
    provenance : Provenance
    entities, events : int
        What it was learned from.
    known_through : int
        Last period of which anything was known: its forecasts from earlier dates are retrospective.
    delays : dict of str to array
        By variable, shape (draw, milestone) or, for effects, (draw, milestone, level).
    slips : dict of str to array
        By variable, shape (draw,) or, for effects, (draw, level); empty where no dates were stated.
    diagnostics : dict of str to float
        Largest R-hat, least ESS, divergent transitions and seconds, of both parts.
    """

    name: str
    title: str
    milestones: tuple[str, ...]
    families: dict[str, str]
    levels: dict[str, tuple[str, ...]]
    period: str
    provenance: Provenance
    entities: int
    events: int
    known_through: int
    delays: dict[str, Array]
    slips: dict[str, Array] = field(default_factory=dict)
    diagnostics: dict[str, float] = field(default_factory=dict)

    @property
    def draws(self) -> int:
        """Number of draws of the parameters."""
        return len(self.delays["log_median"])

    def delay_numbers(self, level: Mapping[str, int], stage: int) -> dict[str, Array]:
        """Median, shape, never, instant passage and patience of one stage for one group, each of shape (draw,).

        Parameters
        ----------
        level : mapping of str to int
            Number of the level of each factor; one that is left out, or -1, means one not seen: an effect drawn at
            random with the spread that the levels have.
        stage : int
            Milestones reached.
        """
        shifts = {name: self._shift(self.delays, name, stage, level) for name in ("median", "never", "shape")}
        at = {name: values[:, stage] for name, values in self.delays.items() if values.ndim == 2}
        return {
            "median": np.exp(at["log_median"] + shifts["median"]),
            "shape": np.exp(at["log_shape"] + shifts["shape"]),
            "never": _sigmoid(at["logit_never"] + shifts["never"]),
            "instant": _sigmoid(at["logit_instant"]),
            "patience": np.exp(at["log_patience"]),
            "patience_shape": np.exp(at["log_patience_shape"]),
        }

    def _shift(self, numbers: dict[str, Array], name: str, stage: int, level: Mapping[str, int]) -> Array:
        total = np.zeros(self.draws)
        for factor in self.levels:
            if f"{name}_effect_{factor}" not in numbers:
                continue
            if (at := level.get(factor, -1)) >= 0:
                total = total + numbers[f"{name}_effect_{factor}"][:, stage, at]
            else:
                shared = self._unseen(name, factor, 0) * numbers[f"{name}_spread_{factor}"]
                total = total + shared + self._unseen(name, factor, stage + 1) * numbers[f"{name}_own_spread_{factor}"]
        return total

    def _unseen(self, name: str, factor: str, part: int) -> Array:
        """Return standard normal deviates of a level not seen: the same on every call, others for all else."""
        rng = np.random.default_rng([part, crc32(f"{name} {factor}".encode())])
        return rng.normal(size=self.draws)

    def slip_numbers(self, effect: Mapping[str, int]) -> dict[str, Array]:
        """Mean, sd, on-time probability and likelihood ratio of *beyond* of one class of statements, shape (draw,)."""
        found = {}
        for name in ("mean", "log_sd", "logit_on_time", "log_whether"):
            total = self.slips[name]
            for of, at in effect.items():
                if at >= 0 and f"{name}_{of}" in self.slips:
                    total = total + self.slips[f"{name}_{of}"][:, at]
            found[name] = total
        return {
            "mean": found["mean"],
            "sd": np.exp(found["log_sd"]),
            "on_time": _sigmoid(found["logit_on_time"]),
            "whether": np.exp(found["log_whether"]),
        }

    def thinned(self, draws: int) -> LearnedClass:
        """Return the class with that many draws, evenly spaced; with all of them if it has fewer."""
        from dataclasses import replace

        if draws >= self.draws:
            return self
        at = np.linspace(0, self.draws - 1, draws).round().astype(np.int64)
        delays, slips = ({name: values[at] for name, values in part.items()} for part in (self.delays, self.slips))
        return replace(self, delays=delays, slips=slips)

    def before_statements(self, frame: pd.DataFrame, periods: int) -> tuple[Array, Index]:
        """Law of the last milestone given the stage and time of each row, without any stated date.

        Returns
        -------
        pmf : array, shape (state, draw, periods + 1)
            Of each distinct state; cell t is t + 1 periods after the as-of date, the last is *beyond*.
        state : array of int, shape (row,)
            State of each row.
        """
        factors = [name for name in self.levels if name in frame.columns]
        columns = [level_index(self.levels[name], frame[name]) for name in factors]
        keys = np.stack([frame["stage"].to_numpy(), frame["since"].to_numpy(), *columns], axis=1).astype(np.int64)
        states, inverse = np.unique(keys, axis=0, return_inverse=True)
        pmf = np.empty((len(states), self.draws, periods + 1))
        for stage in range(len(self.milestones)):
            groups, member = np.unique(states[states[:, 0] == stage, 2:], axis=0, return_inverse=True)
            rows = np.flatnonzero(states[:, 0] == stage)
            for number, group in enumerate(groups):
                at = rows[member.ravel() == number]
                level = dict(zip(factors, group.tolist(), strict=True))
                pmf[at] = self._remaining(stage, states[at, 1], level, periods)
        return pmf, inverse.ravel()

    def _remaining(self, stage: int, since: Index, level: Mapping[str, int], periods: int) -> Array:
        """Law of the last milestone, (since, draw, periods + 1), of one stage and group."""
        later = [self._fresh(k, level, periods + 1) for k in range(stage + 1, len(self.milestones))]
        now = self._pending(stage, since, level, periods + 1)
        count, chain = since.size * self.draws, len(self.milestones) - stage
        tables = [np.empty((count, chain, periods + 1)) for _ in range(2)]
        for part in range(2):
            tables[part][:, 0] = now[part].reshape(count, -1)
            for k, law in enumerate(later, start=1):
                tables[part][:, k] = np.tile(law[part], (since.size, 1))
        graph = Graph(((), *((k,) for k in range(chain - 1))), (False,) * chain)
        rows = np.zeros((1, chain, periods + 2))
        parts = [
            posterior(tables[0][at : at + _CHUNK], tables[1][at : at + _CHUNK], rows, graph, strict=False).pmf
            for at in range(0, count, _CHUNK)
        ]
        return np.concatenate([pmf[:, -1, 1:] for pmf in parts]).reshape(since.size, self.draws, periods + 1)

    def _law(self, numbers: Mapping[str, Array], stage: int, length: int) -> tuple[Array, Array]:
        """Log pmf and log survival by period, (draw, length), without never and instant passage."""
        median, shape, none = numbers["median"], numbers["shape"], np.zeros(self.draws)
        match self.families[self.milestones[stage]]:
            case "weibull":
                return weibull_log_delay(median, shape, none, length, True)
            case "loglogistic":
                return loglogistic_log_delay(median, shape, none, length, True)
            case _:
                return lognormal_log_delay(median, 1.0 / shape, none, length, True)

    def _fresh(self, stage: int, level: Mapping[str, int], length: int) -> tuple[Array, Array]:
        """Log pmf and log survival of a delay that has just begun, (draw, length)."""
        numbers = self.delay_numbers(level, stage)
        log_pmf, log_survival = self._law(numbers, stage, length)
        kept = np.log1p(-numbers["never"])[:, None]
        instant, slow = numbers["instant"][:, None], np.log1p(-numbers["instant"])[:, None]
        log_pmf = log_pmf + slow
        log_pmf[:, 0] = np.logaddexp(log_pmf[:, 0], np.log(instant[:, 0]))
        return log_pmf + kept, np.logaddexp(log_survival + slow + kept, np.log(numbers["never"])[:, None])

    def _pending(self, stage: int, since: Index, level: Mapping[str, int], length: int) -> tuple[Array, Array]:
        """Log pmf and log survival of what is left of a delay, (since, draw, length): none of it in the as-of period.

        It has lasted `since` periods and is not known to be given up: both are conditioned on.
        """
        numbers = self.delay_numbers(level, stage)
        _, long = self._law(numbers, stage, int(since.max()) + length + 1)
        ahead = since[:, None] + np.arange(length)
        begun = np.moveaxis(long[:, since], 0, 1)[..., None]
        # a law that had run out by then has no future of its own: all that is pending is then never
        survival = np.moveaxis(long[:, ahead], 0, 1) - np.where(np.isneginf(begun), 0.0, begun)
        zero = np.zeros(self.draws)
        _, listed = weibull_log_delay(
            numbers["patience"], numbers["patience_shape"], zero, int(since.max()) + 1, True
        )
        alive = np.log1p(-numbers["never"]) + np.log1p(-numbers["instant"]) + long[:, since].T
        dead = np.log(numbers["never"]) + listed[:, since].T
        total = np.logaddexp(alive, dead)
        # where both had run out long before, nothing is left to tell them apart: what has lasted so is taken as never
        gone, total = np.isneginf(total), np.where(np.isneginf(total), 0.0, total)
        kept, lost = (alive - total)[..., None], np.where(gone, 0.0, dead - total)[..., None]
        log_pmf = np.concatenate(
            [np.full((*survival.shape[:2], 1), -np.inf), log_difference(survival[..., :-1], survival[..., 1:])], axis=-1
        )
        return log_pmf + kept, np.logaddexp(survival + kept, lost)

    def predict(self, frame: pd.DataFrame, periods: int, *, statements: bool = True) -> Array:
        """Forecast the last milestone of each row: the mixture over the draws of the engine's posteriors.

        Parameters
        ----------
        frame : DataFrame
            As `bayesmile.reference.asof.snapshots` returns.
        periods : int
            Cells before *beyond*.
        statements : bool
            Whether stated dates count.

        Returns
        -------
        array, shape (row, periods + 1)
            Cell t is t + 1 periods after the as-of date; the last is *beyond*.

        Raises
        ------
        InvalidInput
            If a column is missing.
        """
        _check(frame, periods)
        pmf, state = self.before_statements(frame, periods)
        answer = np.empty((len(frame), periods + 1))
        lead = frame["lead"].to_numpy(dtype=np.float64)
        silent = np.isnan(lead) | (lead < LEAD_EDGES[0]) | (not self.slips) | (not statements)
        answer[silent] = pmf.mean(axis=1)[state[silent]]
        if (~silent).any():
            self._state(frame, lead, np.flatnonzero(~silent), pmf, state, answer)
        return answer

    def _state(self, frame: pd.DataFrame, lead: Array, rows: Index, pmf: Array, state: Index, answer: Array) -> None:
        """Add the row of the statement in force to the law of each of these rows."""
        spoken = frame.iloc[rows]
        effects = classes_of(spoken, self.levels)
        keys = np.stack([lead[rows].astype(np.int64), *effects.values()], axis=1)
        distinct, inverse = np.unique(keys, axis=0, return_inverse=True)
        order = np.argsort(inverse.ravel(), kind="stable")
        edges = np.searchsorted(inverse.ravel()[order], np.arange(len(distinct) + 1))
        for number, key in enumerate(distinct):
            at = rows[order[edges[number] : edges[number + 1]]]
            numbers = self.slip_numbers(dict(zip(effects, key[1:].tolist(), strict=True)))
            row = _stated_row(int(key[0]), numbers, pmf.shape[-1] - 1)
            law = pmf[state[at]]
            with np.errstate(under="ignore"):
                weight = law[..., :-1] * row
                total = weight.sum(axis=-1)
                share = _share_stated(total, law[..., :-1].sum(axis=-1))
                beyond = law[..., -1] * share * numbers["whether"]
                every = np.concatenate([weight, beyond[..., None]], axis=-1)
                mass = (total + beyond)[..., None]  # 0 where neither can be told from nothing: the law stays
                answer[at] = np.where(mass > 0.0, every / np.where(mass > 0.0, mass, 1.0), law).mean(axis=1)


def _stated_row(lead: int, numbers: Mapping[str, Array], periods: int) -> Array:
    """Chance of the stated month for each month that it may really be, (draw, periods); the first is one period on."""
    row = np.exp(slip_row(0, lead, numbers["mean"], numbers["sd"], periods + 1)[..., 1:])
    row *= (1.0 - numbers["on_time"])[:, None]
    if lead <= periods:
        row[:, lead - 1] += numbers["on_time"]
    return row + 1e-12  # as in the fit: one slip of the pen must not rule a month out


def _share_stated(total: Array, on_grid: Array) -> Array:
    """Average chance of a statement over the months of the grid; 1 where they have no mass, as in the engine."""
    return np.where(on_grid > LEAST_MASS, total / np.maximum(on_grid, LEAST_MASS), 1.0)


def classes_of(frame: pd.DataFrame, levels: Mapping[str, tuple[str, ...]]) -> dict[str, Index]:
    """Return the number of each row's classes of lead, postponements and times, its stage and factors' levels."""
    edges = {"lead": LEAD_EDGES, "postponements": POSTPONEMENT_EDGES, "age": AGE_EDGES}
    edges |= {"since": SINCE_EDGES, "stated": STATED_EDGES}
    found = {
        name: np.asarray(np.searchsorted(of, frame[name].to_numpy(), side="right") - 1, dtype=np.int64)
        for name, of in edges.items()
    }
    found["stage"] = frame["stage"].to_numpy(dtype=np.int64)
    return found | {name: level_index(names, frame[name]) for name, names in levels.items()}


def level_index(names: tuple[str, ...], values: Any) -> Index:
    """Return the number of each level, -1 for one that is not there."""
    place = {name: number for number, name in enumerate(names)}
    return np.array([place.get(str(value), -1) for value in values], dtype=np.int64)


def _check(frame: pd.DataFrame, periods: int) -> None:
    needed = ("stage", "since", "lead", "postponements", "age", "stated")
    if missing := [name for name in needed if name not in frame.columns]:
        raise InvalidInput(f"snapshots: received no column {missing[0]!r}; allowed is a table with {needed}")
    if isinstance(periods, bool) or not isinstance(periods, int) or periods < 1:
        raise InvalidInput(f"periods: received {periods!r}; allowed is a whole number from 1")


def _sigmoid(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))

"""What is believed about every milestone's month, given what is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.cards import belief_card
from bayesmile.checks import probability
from bayesmile.core.quantiles import quantile_months
from bayesmile.core.sampling import draw_months
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Announcement, Guidance, Row
from bayesmile.exports import belief_dataset, belief_frame, joint_array
from bayesmile.grid import MonthGrid, When
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.roadmap import Roadmap
from bayesmile.rows import CompiledRow
from bayesmile.solution import Delays, Solution, extend, solve

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Belief", "conclude"]

Array = NDArray[np.float64]

_JOINT_BATCH = 16


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """Exact posterior of every milestone's month; made by `bayesmile.infer`.

    Attributes
    ----------
    roadmap : Roadmap
    grid : MonthGrid
    evidence : Known
        What the belief is conditioned on.
    solution : Solution
        The arrays behind it: rows, delays, posterior.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("pilot", delay=bm.LogNormal(median=12, sigma=0.5))])
    >>> belief = bm.infer(roadmap, [bm.NotYet("pilot", through="2026-06")], bm.MonthGrid("2026-01", 60))
    >>> round(belief.prob("pilot", by="2026"), 3), belief.quantile("pilot", 0.5)
    (0.455, '2027-01')
    """

    roadmap: Roadmap
    grid: MonthGrid
    evidence: Known
    solution: Solution

    @property
    def log_marginal(self) -> float:
        """Logarithm of P(evidence) in nats, the constants of announcement streams included."""
        return self.solution.log_marginal

    @property
    def rows(self) -> tuple[CompiledRow, ...]:
        """Log-likelihood row of every item, story and stream's silence, with the items that each came from."""
        return self.solution.rows

    def pmf(self, name: str) -> Array:
        """Probability of each month.

        Parameters
        ----------
        name : str
            Milestone.

        Returns
        -------
        array, shape (months + 1,)
            Sums to one; the last cell is *beyond* (after the horizon, or never).

        Raises
        ------
        InvalidInput
            If there is no such milestone.
        """
        return np.array(self.solution.pmf[self.roadmap.number(name)])

    def prob(self, name: str, *, by: When, given: Mapping[str, When] | Item | Iterable[Item] = ()) -> float:
        """Probability that a milestone has happened by the end of a period.

        Parameters
        ----------
        name : str
            Milestone.
        by : str or date
            ``"2026"``, ``"2026-Q3"``, ``"2026-12"`` or a date; months up to and including its last month count.
        given : mapping of str to str or date, Item or iterable of Item, optional
            Condition, as in `given`.

        Raises
        ------
        InvalidInput
            If the milestone is unknown, `by` is not a period, or it lies after the horizon.
        ImpossibleEvidence
            If the condition has probability zero.

        Examples
        --------
        >>> import bayesmile as bm
        >>> coin = bm.Tabulated([0.5])
        >>> roadmap = bm.Roadmap([bm.Milestone("pilot", delay=coin), bm.Milestone("launch", after="pilot", delay=coin)])
        >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
        >>> belief.prob("launch", by="2026"), belief.prob("launch", by="2026", given={"pilot": "2026-06"})
        (0.25, 0.5)
        """
        if isinstance(given, Item) or given:
            return self.given(given).prob(name, by=by)
        return min(1.0, float(self.solution.pmf[self.roadmap.number(name), : self._deadline(by) + 1].sum()))

    def given(self, condition: Mapping[str, When] | Item | Iterable[Item]) -> Belief:
        """Belief on a condition, for questions such as "if the pilot runs by 2027, when is the launch?".

        Parameters
        ----------
        condition : mapping of str to str or date, Item or iterable of Item
            Milestones that have happened, each by the end of its period; or items, as `update` takes them: ``NotYet``
            for one that has not.

        Raises
        ------
        InvalidInput
            As in `prob`, or if the condition is neither.
        ImpossibleEvidence
            If the condition has probability zero.
        """
        if isinstance(condition, Mapping):
            return self.update(*(self._happened(name, by) for name, by in condition.items()))
        if isinstance(condition, str):
            raise InvalidInput(f"given: received {condition!r}; allowed are items, or deadlines by milestone")
        return self.update(*([condition] if isinstance(condition, Item) else condition))

    def _happened(self, name: str, by: When) -> Row:
        """Row of a milestone that has happened by the end of a period."""
        self.roadmap.number(name)
        loglik = np.zeros(self.grid.months + 1)
        loglik[self._deadline(by) + 1 :] = -np.inf
        return Row(name, loglik)

    def _deadline(self, by: When) -> int:
        index = self.grid.deadline(by)
        if index >= self.grid.months:
            raise InvalidInput(f"by: received {by!r}; allowed are dates up to the horizon, {self.grid.last}")
        return max(index, -1)

    def cdf(self, name: str) -> xr.DataArray:
        """P(T <= t): probability that the milestone has happened by the end of each month.

        Returns
        -------
        DataArray, dims (month,)
            Coordinate: first day of each month.
        """
        return self._series(np.cumsum(self.pmf(name)[:-1]), "cdf", name)

    def survival(self, name: str) -> xr.DataArray:
        """P(T > t): probability that the milestone has not happened by the end of each month.

        Returns
        -------
        DataArray, dims (month,)
            Coordinate: first day of each month. Summed from the far end, so small values are exact too.
        """
        return self._series(np.cumsum(self.pmf(name)[::-1])[::-1][1:], "survival", name)

    def _series(self, values: Array, what: str, name: str) -> xr.DataArray:
        import xarray as xr

        return xr.DataArray(
            values, dims="month", coords={"month": self.grid.starts()}, name=what, attrs={"milestone": name}
        )

    def quantile(self, name: str, q: float) -> str:
        """First month by whose end the milestone has happened with probability `q`.

        Parameters
        ----------
        name : str
            Milestone.
        q : float
            Level, 0 to 1.

        Returns
        -------
        str
            ``"YYYY-MM"``, or ``"beyond"`` where the level is not reached on the grid. A level counts as reached within
            1e-12, the rounding of a sum.
        """
        level = probability("quantile q", q)
        return self.grid.label(int(quantile_months(self.pmf(name), [level])[0]))

    def sample(self, draws: int, *, rng: np.random.Generator | int) -> xr.DataArray:
        """Joint draws of all months from the exact posterior.

        Parameters
        ----------
        draws : int
            Number of independent draws.
        rng : numpy.random.Generator or int
            Source of randomness, or its seed.

        Returns
        -------
        DataArray of int, dims (draw, milestone)
            Month indices; ``months`` means *beyond*.
        """
        import xarray as xr

        if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or draws < 1:
            raise InvalidInput(f"sample draws: received {draws!r}; allowed is a whole number of at least 1")
        solution = self.solution
        months = draw_months(
            solution.delays.log_pmf,
            solution.delays.log_survival,
            solution.loglik,
            self.roadmap.graph,
            draws=int(draws),
            rng=_generator(rng),
        )
        return xr.DataArray(months, dims=("draw", "milestone"), coords={"milestone": list(self.roadmap.names)})

    def update(self, *items: Item) -> Belief:
        """Belief after further evidence: the same as inferring from all of it at once.

        Parameters
        ----------
        *items : Item
            Rows, likelihood ratios, facts, announcements in the streams already declared, guidance.

        Raises
        ------
        ImpossibleEvidence
            If the items contradict what is known already.
        """
        known = self.evidence.plus(*items)
        if any(isinstance(item, (Announcement, Guidance)) for item in items):
            return conclude(self.roadmap, self.grid, known, self.solution.delays)
        return Belief(self.roadmap, self.grid, known, extend(self.solution, self.grid, items))

    def joint(self, first: str, second: str) -> Array:
        """Joint probability of two milestones' months.

        Returns
        -------
        array, shape (months + 1, months + 1)
            Rows: month of `first`; columns: month of `second`; last cells are *beyond*. Sums to one.
        """
        a, b = self.roadmap.number(first), self.roadmap.number(second)
        solution, months = self.solution, self.grid.months
        out = np.zeros((months + 1, months + 1))
        states = np.flatnonzero(solution.pmf[a] > 0.0)
        for at in range(0, len(states), _JOINT_BATCH):
            part = states[at : at + _JOINT_BATCH]
            loglik = np.repeat(solution.loglik[None], len(part), axis=0)
            keep = loglik[np.arange(len(part)), a, part]
            loglik[:, a, :] = -np.inf
            loglik[np.arange(len(part)), a, part] = keep
            answer = solution.delays.posterior(loglik)
            out[part] = solution.pmf[a, part, None] * answer.pmf[:, b]
        return out

    def joint_xarray(self, first: str, second: str) -> xr.DataArray:
        """Label the joint probability of two milestones' months.

        Returns
        -------
        DataArray, dims (first, second)
            Coordinates: months as text, and ``"beyond"``; the milestones are in its attributes.

        Examples
        --------
        >>> import bayesmile as bm
        >>> coin = bm.Tabulated([0.5])
        >>> roadmap = bm.Roadmap([bm.Milestone("a", delay=coin), bm.Milestone("b", after="a", delay=coin)])
        >>> joint = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12)).joint_xarray("a", "b")
        >>> joint.sel(first="2026-01", second=["2026-01", "beyond"]).values.tolist()
        [0.25, 0.25]
        """
        return joint_array(self, first, second)

    def to_dataset(self) -> xr.Dataset:
        """Label all posteriors: ``pmf`` and ``cdf`` (milestone, month), ``beyond`` (milestone).

        Coordinates: first day of each month, and as text ``label``; attributes: log marginal in nats, horizon, and the
        as-of day where there is one.
        """
        return belief_dataset(self)

    def to_pandas(self) -> pd.DataFrame:
        """One row per milestone: probability by the horizon and the months at 5, 50 and 95 percent."""
        return belief_frame(self)

    def _repr_html_(self) -> str:
        """Table for a notebook: even odds, range and chances of each milestone."""
        known = self.evidence
        pmfs = dict(zip(self.roadmap.names, self.solution.pmf, strict=True))
        return belief_card(
            pmfs, self.grid, moment=known.as_of, effective=known.effective, nominal=known.nominal
        )

    def __repr__(self) -> str:
        """Probability of each milestone by the horizon."""
        reached = 1.0 - self.solution.pmf[:, -1]
        parts = ", ".join(f"{name} {p:.3f}" for name, p in zip(self.roadmap.names, reached, strict=True))
        return f"Belief by {self.grid.last}: {parts}"


def _generator(rng: np.random.Generator | int) -> np.random.Generator:
    whole = isinstance(rng, (int, np.integer)) and not isinstance(rng, bool) and rng >= 0
    if isinstance(rng, np.random.Generator) or whole:
        return np.random.default_rng(rng)
    raise InvalidInput(f"sample rng: received {rng!r}; allowed is a numpy Generator or a seed, a whole number from 0")


def conclude(roadmap: Roadmap, grid: MonthGrid, known: Known, delays: Delays | None = None) -> Belief:
    """Solve and wrap: what `bayesmile.infer` and `Belief.update` share.

    Parameters
    ----------
    roadmap : Roadmap
    grid : MonthGrid
    known : Known
    delays : Delays, optional
        See `bayesmile.solution.solve`.

    """
    return Belief(roadmap, grid, known, solve(roadmap, grid, known, delays))

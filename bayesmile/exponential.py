"""The exponential tilt of a belief by its present value."""

from __future__ import annotations

import math

import numpy as np

from bayesmile.belief import Belief
from bayesmile.core.tilting import LARGEST_SPAN, solve_span
from bayesmile.evidence import Row
from bayesmile.market import expected_value
from bayesmile.payoffs import PresentValues

__all__ = ["ExponentialTilt"]

_FLAT = 1e-12  # outcomes that differ by less, relatively, are worth the same: prices are floats too
_FAR = 1e3  # bounds, in widths, what months that cannot happen are worth: no overflow


class ExponentialTilt:
    """A belief tilted by exp(tilt * PV), one engine pass for each span asked for.

    The span is tilt * width, in nats; the width sums the ranges of the rows: spans do not depend on the currency.

    Parameters
    ----------
    belief : Belief
        Ours.
    present : PresentValues
        What every month of every priced milestone is worth.

    Examples
    --------
    >>> import bayesmile as bm
    >>> from bayesmile.market import present_values
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, required_return=0.0)
    >>> tilt = ExponentialTilt(belief, present_values(belief, payoffs, "2026-01"))
    >>> tilt.ends(), round(tilt.expectation(math.log(4)), 9)
    ((0.0, 100.0), 80.0)
    """

    def __init__(self, belief: Belief, present: PresentValues) -> None:
        self.belief, self.present = belief, present
        self.fair = expected_value(belief, present)
        support = {name: row[belief.pmf(name) > 0.0] for name, row in present.rows.items()}
        width = math.fsum(float(np.ptp(values)) for values in support.values())
        scale = present.floor + math.fsum(float(values.max()) for values in support.values())
        self.width = width if width > _FLAT * scale else 0.0
        # Rows count from the value that gains most: what a great tilt leaves standing keeps all its digits.
        self.best = {1: {name: float(values.max()) for name, values in support.items()}}
        self.best[-1] = {name: float(values.min()) for name, values in support.items()}
        self._seen: dict[float, Belief] = {0.0: belief}

    def rows(self, span: float) -> dict[str, Row]:
        """Return one row per priced milestone."""
        best = self.best[1 if span > 0.0 else -1]
        note = "implied by the price; not evidence"
        gains = {name: (row - best[name]) / self.width for name, row in self.present.rows.items()}
        return {name: Row(name, span * np.clip(gain, -_FAR, _FAR), note=note) for name, gain in gains.items()}

    def at(self, span: float) -> Belief:
        """Tilted belief; computed once."""
        if span not in self._seen:
            self._seen[span] = self.belief.update(*self.rows(span).values())
        return self._seen[span]

    def expectation(self, span: float) -> float:
        """E[PV] of the tilted belief; of one priced milestone its own law says it, without an engine pass."""
        if len(self.present.rows) > 1 or span in self._seen:
            return expected_value(self.at(span), self.present)
        ((name, values),) = self.present.rows.items()
        pmf = self.belief.pmf(name)
        weights = pmf * np.exp(np.where(pmf > 0.0, self.rows(span)[name].loglik, -np.inf))
        return self.present.floor + float(weights @ values / weights.sum())

    def ends(self) -> tuple[float, float]:
        """Least and greatest PV in the joint support."""
        return (self.fair, self.fair) if self.width == 0.0 else (self._end(-1), self._end(1))

    def _end(self, sign: int) -> float:
        """Extreme PV of the joint support: of several priced milestones the best months may exclude each other.

        A tilt of 1e12 nats leaves only best outcomes; the likeliest month of one milestone among them is then
        held while the next one is asked.
        """
        if len(self.best[sign]) == 1:
            return self.present.floor + next(iter(self.best[sign].values()))
        rows, value = self.rows(sign * LARGEST_SPAN), self.present.floor
        for name, row in self.present.rows.items():
            month = int(self.belief.update(*rows.values()).pmf(name).argmax())
            value += float(row[month])
            rows[name] = Row(name, np.where(np.arange(len(row)) == month, 0.0, -np.inf))
        return value

    def solve(self, price: float, lowest: float, highest: float) -> float:
        """Tilt times width that meets the price; infinite where the price is at or past an end."""
        if price == self.fair:
            return 0.0
        if not lowest < price < highest:
            return math.inf
        return solve_span(self.expectation, price, lowest, highest)

    def divergence(self, span: float) -> float:
        """KL(Q || P) = E_Q[log Q / P], the log ratio being the rows less log E_P[exp(rows)]."""
        if span == 0.0:
            return 0.0
        tilted = self.at(span)
        gain = math.fsum(float(tilted.pmf(name) @ row.loglik) for name, row in self.rows(span).items())
        return max(0.0, gain - (tilted.log_marginal - self.belief.log_marginal))  # negative only by rounding

"""How much more evidence would justify a price: the gap in bits, and in announcements of each kind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.belief import Belief
from bayesmile.core.tilting import log_odds
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Announcement, Row
from bayesmile.grid import When

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EvidenceGap", "KindGap", "evidence_gap", "hypothetical_announcements"]

Array = NDArray[np.float64]

_SAME = 1e-9  # log-likelihoods closer than this are one value: the rows are read off posteriors
_MOST = 2**20


@dataclass(frozen=True, slots=True)
class KindGap:
    """The gap counted in announcements of one kind.

    Attributes
    ----------
    label : str
        The kind.
    milestone : str
        The milestone that its announcements address.
    bits_each : float
        Bits that the first one moves the target.
    count : float
        Least whole number of them that closes the gap, all in the same month; inf: no number of these suffices.
    ceiling : float
        Probability of the target that endless many would give: that of certain achievement of their milestone within
        their lead.
    ceiling_bits : float
        The same as a move in bits.
    """

    label: str
    milestone: str
    bits_each: float
    count: float
    ceiling: float
    ceiling_bits: float

    @property
    def suffices(self) -> bool:
        """Whether any number of them closes the gap."""
        return math.isfinite(self.count)


@dataclass(frozen=True, slots=True)
class EvidenceGap:
    """Implied less our log-odds that a milestone is reached by a date.

    Attributes
    ----------
    milestone, by : str
        The target: reached by the end of this month.
    ours, implied : float
        Both probabilities.
    bits : float
        Difference of their log-odds in bits; positive if the price asks for more than we believe.
    kinds : tuple of KindGap
        The same gap in announcements of each kind.
    """

    milestone: str
    by: str
    ours: float
    implied: float
    bits: float
    kinds: tuple[KindGap, ...]

    def to_pandas(self) -> pd.DataFrame:
        """One row per kind: bits of one announcement, how many would close the gap (inf if none), and the ceiling."""
        import pandas as pd

        names = ("label", "milestone", "bits_each", "count", "ceiling", "ceiling_bits")
        return pd.DataFrame([{name: getattr(kind, name) for name in names} for kind in self.kinds], columns=names)


def evidence_gap(
    belief: Belief,
    market: Belief | float,
    *,
    milestone: str,
    by: When,
    announcements: Mapping[str, Announcement] | None = None,
) -> EvidenceGap:
    """Count how much evidence lies between our belief and the price's.

    Parameters
    ----------
    belief : Belief
        Ours, as of a date.
    market : Belief or float
        The belief that the price implies, such as ``reach_tilt(...).belief``, or the implied probability p* itself.
    milestone : str
        Target milestone.
    by : str or date
        Its deadline; with p* the horizon.
    announcements : mapping of str to Announcement, optional
        One hypothetical announcement of each kind, dated as of the belief's date, by a label; if left out, those of
        `hypothetical_announcements`. None of them is entered anywhere.

    Returns
    -------
    EvidenceGap
        With p* outside [0, 1] its bits are infinite: no evidence at all suffices.

    Raises
    ------
    InvalidInput
        If the milestone is unknown, the deadline lies after the horizon, or an announcement is of no declared stream.

    Notes
    -----
    An announcement acts on its milestone by a row of two values: log r within its lead, 0 elsewhere (the
    streams' silence does not change). n of them act by n times the row, and P(target) moves steadily from ours to its
    ceiling, P(target | milestone reached within the lead), which no number passes.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> gap = evidence_gap(belief, 0.8, milestone="approval", by="2026-12")
    >>> round(gap.bits, 9), gap.kinds
    (2.0, ())
    """
    last = belief.grid.deadline(by)
    ours = belief.prob(milestone, by=by)
    here = log_odds(belief.pmf(milestone), last)
    if isinstance(market, Belief):
        implied, there = market.prob(milestone, by=by), log_odds(market.pmf(milestone), last)
    else:
        implied, there = float(market), _logit(float(market))
    if announcements is None:
        announcements = hypothetical_announcements(belief)
    target = _Target(belief, milestone, last, here, there)
    kinds = tuple(target.count(label, item) for label, item in announcements.items())
    bits = 0.0 if there == here else (there - here) / math.log(2.0)
    return EvidenceGap(milestone, belief.grid.label(last), ours, implied, bits, kinds)


def _logit(p: float) -> float:
    if math.isnan(p):
        raise InvalidInput("market: received nan; allowed is a belief or an implied probability")
    if not 0.0 < p < 1.0:
        return math.copysign(math.inf, p - 0.5)
    return math.log(p) - math.log1p(-p)


def hypothetical_announcements(belief: Belief) -> dict[str, Announcement]:
    """One announcement of every declared stream, as of the belief's date, by label: a typical and a best one.

    The typical one leaves all attributes unknown; the best one has every attribute answered the way that speaks most
    for its milestone. Streams that do not cover the date are left out.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> hypothetical_announcements(bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12)))
    {}
    """
    moment, items = belief.evidence.as_of, {}
    if moment is None:
        return {}
    for stream in belief.evidence.streams:
        if not stream.covered(12 * moment.day.year + moment.day.month - 1):
            continue
        best = {name: "yes" if inside >= outside else "no" for name, (inside, outside) in stream.attributes.items()}
        items[stream.label] = Announcement(stream.milestone, stream.kind, moment.day)
        if best:
            items[f"{stream.label}, best attributes"] = Announcement(
                stream.milestone, stream.kind, moment.day, attributes=best
            )
    return items


@dataclass(frozen=True, slots=True)
class _Target:
    """Ours and the wanted log-odds that a milestone is reached by a month, and what moves the one to the other."""

    belief: Belief
    milestone: str
    last: int
    here: float
    there: float

    def count(self, label: str, item: Announcement) -> KindGap:
        """Count announcements like this one."""
        name = str(item.milestone)
        row = self._row(name, self.belief.update(item))
        most = self._given(name, np.where(row < 0.0, -np.inf, 0.0))
        return KindGap(
            label=label,
            milestone=name,
            bits_each=self._bits(self._given(name, row)),
            count=self._least(name, row, self._odds(most)),
            ceiling=float(most.pmf(self.milestone)[: self.last + 1].sum()),
            ceiling_bits=self._bits(most),
        )

    def _row(self, name: str, updated: Belief) -> Array:
        """Row of one more announcement, read off the posteriors of its milestone; its greater value is 0."""
        old, new = self.belief.pmf(name), updated.pmf(name)
        row, possible = np.zeros_like(old), old > 0.0
        with np.errstate(divide="ignore"):
            row[possible] = np.log(new[possible]) - np.log(old[possible])
        row[possible] -= row[possible].max()
        row[row > -_SAME] = 0.0
        return row

    def _given(self, name: str, row: Array) -> Belief:
        return self.belief.update(Row(name, row)) if row.any() else self.belief

    def _odds(self, belief: Belief) -> float:
        return log_odds(belief.pmf(self.milestone), self.last)

    def _bits(self, belief: Belief) -> float:
        there = self._odds(belief)
        return 0.0 if there == self.here else (there - self.here) / math.log(2.0)

    def _least(self, name: str, row: Array, most: float) -> float:
        """Least whole number of rows that reaches the wanted log-odds: doubled, then halved in between."""
        sign = math.copysign(1.0, self.there - self.here) if self.there != self.here else 0.0

        def enough(odds: float) -> bool:
            return odds == self.there or sign * (odds - self.there) >= -_SAME

        if enough(self.here):
            return 0.0
        if math.isinf(self.there) or not enough(most):  # no number of odds makes certainty
            return math.inf
        low, high = 0, 1
        while not enough(self._odds(self._given(name, high * row))):
            low, high = high, 2 * high
            if high > _MOST:
                return math.inf
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if enough(self._odds(self._given(name, middle * row))) else (middle, high)
        return float(high)

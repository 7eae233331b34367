"""What each assumption does to several probabilities at once: a tornado for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayesmile.assumptions import Assumption, assumptions_of
from bayesmile.dossier import Dossier
from bayesmile.grid import When
from bayesmile.steps import Target, targets_of
from bayesmile.variants import Variants

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Swing", "Tornado", "swept_targets", "tornadoes"]


@dataclass(frozen=True, slots=True)
class Swing:
    """One probability as one assumption goes from the low to the high end of its 90% interval, all others as they are.

    Attributes
    ----------
    assumption : Assumption
    low, high : float
        Probability of the target at each end.
    """

    assumption: Assumption
    low: float
    high: float

    @property
    def points(self) -> float:
        """Change from low to high in percentage points, with its sign."""
        return 100.0 * (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Tornado:
    """One probability under each assumption moved alone.

    Attributes
    ----------
    target : Target
    now : float
        As things stand.
    swings : tuple of Swing
        The widest first.
    """

    target: Target
    now: float
    swings: tuple[Swing, ...]

    def to_pandas(self) -> pd.DataFrame:
        """One row an assumption: field, label, value, low and high with the probability at each, points."""
        import pandas as pd

        columns = ["field", "label", "value", "low", "high", "at_low", "at_high", "points"]
        rows = [
            (one.field, one.label, one.value, one.low, one.high, swing.low, swing.high, swing.points)
            for swing in self.swings
            for one in (swing.assumption,)
        ]
        return pd.DataFrame(rows, columns=columns)


def tornadoes(dossier: Dossier, as_of: When, targets: Iterable[tuple[str, When]]) -> tuple[Tornado, ...]:
    """Sweep every numeric assumption behind some probabilities, one at a time, over its 90% interval.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date
    targets : iterable of (str, str or date)
        Milestone and deadline of each.

    Returns
    -------
    tuple of Tornado
        One a target. Assumptions of the milestones that none of the targets needs are left out; those of the payoffs
        move no probability.

    Raises
    ------
    InvalidInput
        If a date or a target cannot be accepted.
    ImpossibleEvidence
        If the evidence as of the date has zero probability.

    Notes
    -----
    Ranges are described under `bayesmile.assumptions.assumptions_of`. One assumption at a time understates what several
    can do together.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> [found] = tornadoes(load("phase2_drug"), "2026-06-30", [("approval", "2032")])
    >>> found.swings[0].assumption.field
    'milestone.phase3_start.delay.never'
    """
    return swept_targets(Variants(dossier, as_of), targets)


def swept_targets(variants: Variants, targets: Iterable[tuple[str, When]]) -> tuple[Tornado, ...]:
    """Sweep as `tornadoes` does, from variants that are at hand."""
    dossier = variants.dossier
    asked = targets_of(dossier.roadmap, dossier.grid, targets)
    names = {one.milestone for one in asked}
    names |= {ancestor for name in names for ancestor in dossier.roadmap.ancestors(name)}
    swept = []
    for one in assumptions_of(dossier, variants.known, names):
        if not one.field.startswith("payoffs."):
            ends = [variants.kept(one.field, value)[0].solution.pmf for value in (one.low, one.high)]
            swept.append((one, [[target.probability(pmf) for pmf in ends] for target in asked]))
    found = []
    for number, target in enumerate(asked):
        swings = [Swing(one, *ends[number]) for one, ends in swept]
        ranked = tuple(sorted(swings, key=lambda swing: -abs(swing.points)))
        found.append(Tornado(target, target.probability(variants.belief.solution.pmf), ranked))
    return tuple(found)

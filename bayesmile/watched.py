"""Entries of a watch list: what may become public next, how likely it is and what it would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayesmile.steps import Target

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WatchList", "WatchSpan", "Watched"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSpan:
    """The coming months, up to a number of them.

    Attributes
    ----------
    months : int
        Months from the as-of moment.
    probability : float
        That there is at least one.
    unseen : tuple of float
        Probability of each target if there is none, and nothing else is learned.
    gains : tuple of float
        Expected information about each target in bits: the mutual information of what these months bring and the
        target.
    """

    months: int
    probability: float
    unseen: tuple[float, ...]
    gains: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One thing that may become public next.

    Attributes
    ----------
    kind : str
        Kind of announcement; ``"achieved"`` for the milestone itself.
    milestone : str
    answer : str
        ``"ATTRIBUTE=yes"`` or ``"ATTRIBUTE=no"``, where only announcements that say so are meant; empty otherwise.
    month : str
        The next month, in which `seen` dates it.
    seen : tuple of float
        Probability of each target if that month brings exactly one, and nothing else is learned; NaN where that is
        impossible.
    spans : tuple of WatchSpan
        One a number of months asked about.
    """

    kind: str
    milestone: str
    answer: str
    month: str
    seen: tuple[float, ...]
    spans: tuple[WatchSpan, ...]

    @property
    def label(self) -> str:
        """Short text for people: ``"deal on launch, binding=yes"``."""
        about = f"{self.kind} on {self.milestone}" if self.kind != "achieved" else f"{self.milestone} achieved"
        return f"{about}, {self.answer}" if self.answer else about

    @property
    def gain(self) -> float:
        """What it is ranked by: the largest gain about any target over the longest span."""
        return max(self.spans[-1].gains)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchList:
    """What may become public next, as of a date.

    Attributes
    ----------
    targets : tuple of Target
    now : tuple of float
        Today's probability of each.
    entries : tuple of Watched
        What tells most first.
    left_out : tuple of str
        Streams that cannot be watched, and why.
    """

    targets: tuple[Target, ...]
    now: tuple[float, ...]
    entries: tuple[Watched, ...]
    left_out: tuple[str, ...]

    def to_pandas(self) -> pd.DataFrame:
        """One row an entry, target and span: probability, belief now, if seen and if not, and gain in bits."""
        import pandas as pd

        columns = ["kind", "milestone", "answer", "target", "months", "probability", "now", "seen", "unseen", "gain"]
        rows = [
            (one.kind, one.milestone, one.answer, target.label, span.months, span.probability, now, seen, *numbers)
            for one in self.entries
            for span in one.spans
            for target, now, seen, *numbers in zip(
                self.targets, self.now, one.seen, span.unseen, span.gains, strict=True
            )
        ]
        return pd.DataFrame(rows, columns=columns)

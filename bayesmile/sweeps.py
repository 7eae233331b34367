"""All questions about the assumptions of one dossier as of one date: what they have in common is worked out once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from bayesmile.dossier import Dossier
from bayesmile.grid import When
from bayesmile.sensitivity import Sensitivity, Study
from bayesmile.swings import Tornado, swept_targets
from bayesmile.variants import Variants

__all__ = ["Sweep"]


class Sweep:
    """Sensitivity and tornadoes of one dossier as of one date; nothing is computed before it is asked for.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> sweep = Sweep(load("phase2_drug"), "2026-06-30")
    >>> first, [tornado] = sweep.top(("approval", "2032"))[0], sweep.tornadoes([("approval", "2032")])
    >>> first.assumption.field, tornado.swings[0].assumption.field
    ('payoffs.values.approval', 'milestone.phase3_start.delay.never')
    """

    def __init__(self, dossier: Dossier, as_of: When) -> None:
        self.dossier, self.as_of = dossier, as_of
        self._studies: dict[tuple[str, str, float | None], Study] = {}

    @cached_property
    def _variants(self) -> Variants:
        return Variants(self.dossier, self.as_of)

    def _study(self, target: tuple[str, When], price: float | None) -> Study:
        key = target[0], str(target[1]), price
        if key not in self._studies:
            self._studies[key] = Study(self._variants, self.as_of, target, price)
        return self._studies[key]

    def sensitivities(self, target: tuple[str, When], *, price: float | None = None) -> list[Sensitivity]:
        """Return what `bayesmile.sensitivities` does."""
        return self._study(target, price).found()

    def top(self, target: tuple[str, When], *, price: float | None = None, n: int = 3) -> list[Sensitivity]:
        """Return what `bayesmile.top_assumptions` does."""
        return self._study(target, price).found(n)

    def tornadoes(self, targets: Iterable[tuple[str, When]]) -> tuple[Tornado, ...]:
        """Return what `bayesmile.tornadoes` does."""
        return swept_targets(self._variants, targets)

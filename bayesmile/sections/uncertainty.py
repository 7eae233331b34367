"""Report section on how sure the probabilities are: their intervals, and what stands behind these."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bayesmile.model.mixture import Mixture
from bayesmile.sections.basis import Basis, Target, phrase
from bayesmile.sections.learning import Learned, learned
from bayesmile.sections.parity import Parity, parity
from bayesmile.sections.predicted import Predicted, predicted
from bayesmile.sections.scaling import Scaling, scalings
from bayesmile.wording import count, interval, percent

__all__ = ["Chance", "Uncertainty", "chance", "uncertainty"]

_SAME = 1e-12  # rounding of a weighted mean
_KHAT, _LEAST = 0.7, 100.0  # of the weights: beyond these too few draws carry the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """A probability of ours, with its 90% interval for parameter uncertainty.

    Attributes
    ----------
    central : float
        At the dossier's own numbers.
    mean : float
        Over the uncertain numbers.
    low, high : float
        Where the probability lies as they vary: 5% and 95% points.
    error : float
        Monte Carlo standard error of the mean.
    """

    central: float
    mean: float
    low: float
    high: float
    error: float

    @property
    def text(self) -> str:
        """Words for a sentence: mean, interval and central number, or one number where they are the same.

        Examples
        --------
        >>> Chance(central=0.37, mean=0.35, low=0.145, high=0.583, error=0.005).text
        '35% (14% to 58%; central 37%)'
        """
        if self.settled and abs(self.central - self.mean) < _SAME:
            return percent(self.central)
        return f"{percent(self.mean)} ({interval(self.low, self.high)}; central {percent(self.central)})"

    @property
    def cell(self) -> str:
        """Mean and interval for a table.

        Examples
        --------
        >>> Chance(central=0.04, mean=0.043, low=0.002, high=0.111, error=0.001).cell
        '4% (<1-11%)'
        """
        low, high = percent(self.low), percent(self.high)
        span = low if low == high else f"{low.removesuffix('%')}-{high}"
        return percent(self.mean) if self.settled else f"{percent(self.mean)} ({span})"

    @property
    def settled(self) -> bool:
        """Whether it is the same in every draw, but for rounding."""
        return max(abs(self.low - self.mean), abs(self.high - self.mean)) < _SAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """Section: how sure the probabilities are.

    Attributes
    ----------
    lead : str
    targets : mapping of str to Chance
        Headline targets, in words.
    draws, seed : int
        Draws of the uncertain numbers from their priors, and where their randomness starts; 0 draws without intervals.
    khat, ess : float
        Tail index of the weights of the draws, and their effective number; NaN without intervals.
    learned : tuple of Learned
        Every uncertain number before and after the evidence, the most informed first.
    scalings : tuple of Scaling
        Headline targets, as evidence or priors count a little more or less.
    predicted : Predicted or None
        Whether the model would have produced such news; None without streams or intervals.
    parity : Parity or None
        The same probabilities by the no-U-turn sampler; None where that was not asked for.
    warnings : tuple of str
    """

    lead: str
    targets: Mapping[str, Chance]
    draws: int
    seed: int
    khat: float
    ess: float
    learned: tuple[Learned, ...]
    scalings: tuple[Scaling, ...]
    predicted: Predicted | None
    parity: Parity | None
    warnings: tuple[str, ...]


def chance(view: Basis, name: str, by: str) -> Chance | None:
    """Probability of a milestone by a date with its interval; None where no number is uncertain."""
    if view.mixture is None:
        return None
    found = view.mixture.prob(name, by=by)
    return Chance(
        central=view.belief.prob(name, by=by), mean=float(found), low=found.low, high=found.high, error=found.error
    )


def uncertainty(view: Basis, *, compare: Callable[[str], None] | None = None) -> Uncertainty:
    """Build the section on how sure the probabilities are.

    Parameters
    ----------
    view : Basis
    compare : callable, optional
        If given, the sampler is run beside the draws, and this is told how far it is.
    """
    mixture, likelihood = view.mixture, view.likelihood
    if mixture is None or likelihood is None:
        return Uncertainty(
            lead=_without(view),
            targets={},
            draws=0,
            seed=view.seed,
            khat=math.nan,
            ess=math.nan,
            learned=(),
            scalings=(),
            predicted=None,
            parity=None,
            warnings=(),
        )
    asked = tuple(dict.fromkeys([*view.targets, *(view.deadline(one.milestone) for one in view.targets)]))
    found = {phrase(one): _chance(view, one) for one in asked}
    return Uncertainty(
        lead=_lead(view, mixture),
        targets={name: one for name, one in found.items() if one is not None},
        draws=view.draws,
        seed=view.seed,
        khat=mixture.khat,
        ess=mixture.ess,
        learned=learned(likelihood.parameters, mixture),
        scalings=scalings(likelihood.parameters, mixture, asked),
        predicted=predicted(likelihood, mixture, view.seed),
        parity=None if compare is None else parity(view, compare),
        warnings=tuple(_warnings(mixture)),
    )


def _lead(view: Basis, mixture: Mixture) -> str:
    khat = "too few to say" if math.isnan(mixture.khat) else f"{mixture.khat:.2f}"
    return (
        f"The dossier leaves {count(len(mixture.fields), 'number')} uncertain. {view.draws:,} draws from their priors"
        " were weighted by the exact probability of the evidence, which is worth"
        f" {count(mixture.ess, 'draw')} from the posterior (k-hat {khat}; up to {_KHAT} is good). The intervals hold"
        " what these numbers leave open, not whether the roadmap itself is right."
    )


def _warnings(mixture: Mixture) -> Iterator[str]:
    if not (mixture.khat <= _KHAT and mixture.ess >= _LEAST):  # of an undefined k-hat too
        yield "too few draws carry these intervals: take more (--draws), or fit the numbers (bayesmile fit)"


def _chance(view: Basis, target: Target) -> Chance | None:
    return chance(view, target.milestone, target.by)


def _without(view: Basis) -> str:
    why = (
        "No number has an interval: no parameter uncertainty" if view.likelihood is None else "Intervals were left out"
    )
    return f"{why}. Every probability takes the dossier's numbers as known."

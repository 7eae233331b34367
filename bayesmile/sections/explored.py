"""Section to play with: one milestone's months under every pair of values of two numbers, with and without what-ifs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bayesmile.dossier import Dossier
from bayesmile.errors import ImpossibleEvidence, InvalidInput
from bayesmile.files.text import nearest
from bayesmile.likelihoods.likelihood import Array, Likelihood
from bayesmile.parameters import Parameter
from bayesmile.suppositions import with_supposed
from bayesmile.wording import sentence, words

__all__ = ["Explored", "Varied", "explore"]

_STEPS = 9  # values of a number: its own, as many below it down to the low end of its interval, as many above
_MOST = 20_000  # posteriors: a minute of work, and more than a page should carry
_CLOSE = 1e-9  # relative distance below which two values are one


@dataclass(frozen=True, slots=True, kw_only=True)
class Varied:
    """A number and the values that it takes.

    Attributes
    ----------
    field, label : str
    values : tuple of float
        Rising; the dossier's own is among them.
    own : int
        Where.
    """

    field: str
    label: str
    values: tuple[float, ...]
    own: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explored:
    """Section: what one milestone's months would be.

    Attributes
    ----------
    as_of, milestone, deadline : str
    months : tuple of str
        ``"YYYY-MM"``, from the as-of month to the horizon.
    first, second : Varied
    cases : tuple of str
        ``"as things stand"``, then each supposition.
    cdf : array (case, second, first, month)
        Probability of having happened by the end of each month.
    """

    as_of: str
    milestone: str
    deadline: str
    months: tuple[str, ...]
    first: Varied
    second: Varied
    cases: tuple[str, ...]
    cdf: Array

    def by_deadline(self) -> Array:
        """Probability by the deadline, (case, second, first); of the last month where the deadline lies elsewhere."""
        at = self.months.index(self.deadline) if self.deadline in self.months else -1
        chances: Array = self.cdf[..., at]
        return chances


def explore(
    dossier: Dossier,
    as_of: str,
    milestone: str,
    numbers: Mapping[str, Sequence[float] | None],
    *,
    suppositions: Sequence[str] = (),
) -> Explored:
    """Compute a milestone's months for every pair of values of two numbers, all other numbers at their centres.

    Parameters
    ----------
    dossier : Dossier
    as_of : str
    milestone : str
    numbers : mapping of str to sequence of float or None
        Two fields that have priors, as `Dossier.set` names them, with the values to take; None for nine values over
        the 90% interval. The dossier's own value is always one of them.
    suppositions : sequence of str
        News as `bayesmile.suppose` reads it, each a case of its own.

    Raises
    ------
    InvalidInput
        If a name, a value or a supposition cannot be used.
    ImpossibleEvidence
        If a supposition contradicts what is known.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> asked = {"milestone.filing.delay.mean": None, "milestone.filing.delay.never": [0.2, 0.6]}
    >>> part = explore(load("phase2_drug"), "2026-06-30", "approval", asked)
    >>> part.cdf.shape[:3], part.second.values, part.second.own
    ((1, 3, 9), (0.2, 0.523, 0.6), 1)
    """
    plain = Likelihood(dossier, as_of)
    first, second = _pair(plain, numbers)
    k = dossier.roadmap.number(milestone)
    _check_size(len(first.values) * len(second.values) * (1 + len(suppositions)))
    theta = _theta(plain, first, second)
    news = [with_supposed(dossier, plain.known, [text]) for text in suppositions]
    likelihoods = [plain, *(Likelihood(dossier, as_of, known=known) for known in news)]
    grid = dossier.grid
    start = grid.moment(as_of)[0]
    shape = (len(second.values), len(first.values), grid.months - start)
    return Explored(
        as_of=as_of,
        milestone=milestone,
        deadline=grid.label(grid.deadline(dossier.milestones[milestone].deadline)),
        months=tuple(grid.label(index) for index in range(start, grid.months)),
        first=first,
        second=second,
        cases=("as things stand", *suppositions),
        cdf=np.stack([_cdf(one, theta, k, start).reshape(shape) for one in likelihoods]),
    )


def _pair(likelihood: Likelihood, numbers: Mapping[str, Sequence[float] | None]) -> tuple[Varied, Varied]:
    if len(numbers) != 2:
        raise InvalidInput(f"numbers: received {len(numbers)}; allowed are two fields with priors")
    first, second = (_varied(likelihood, field, values) for field, values in numbers.items())
    return first, second


def _varied(likelihood: Likelihood, field: str, values: Sequence[float] | None) -> Varied:
    found = {one.field: one for one in likelihood.parameters}
    if field not in found:
        raise InvalidInput(f"numbers: received {field!r}, which is no number with a prior{nearest(field, found)}")
    one = found[field]
    wanted = sorted({*_checked(one, values), one.value})
    apart = [wanted[0], *(b for a, b in pairwise(wanted) if b - a > _CLOSE * max(abs(b), _CLOSE))]
    own = int(np.argmin(np.abs(np.array(apart) - one.value)))
    return Varied(field=field, label=sentence(words(one.label)), values=tuple(apart), own=own)


def _checked(one: Parameter, values: Sequence[float] | None) -> list[float]:
    """Values as given, or over the interval; each must be one that the law of the prior can take."""
    assert one.prior is not None
    if values is None:
        low, high = one.prior.interval()
        half = _STEPS // 2 + 1
        return [*np.linspace(low, one.value, half).tolist(), *np.linspace(one.value, high, half).tolist()]
    given = [float(value) for value in values]
    for value in given:
        if not np.isfinite(value) or not np.isfinite(one.prior.log_density(np.array([value]))).all():
            raise InvalidInput(f"{one.field}: received {value:g}; allowed is a value that its prior gives a chance")
    return given


def _check_size(posteriors: int) -> None:
    if posteriors > _MOST:
        raise InvalidInput(f"numbers: received {posteriors:,} combinations; allowed are at most {_MOST:,}")


def _theta(likelihood: Likelihood, first: Varied, second: Varied) -> Array:
    """Every pair of values in a row, (second x first, parameter)."""
    fields = [one.field for one in likelihood.parameters]
    theta = np.repeat(likelihood.centre[None], len(first.values) * len(second.values), axis=0)
    theta[:, fields.index(first.field)] = np.tile(first.values, len(second.values))
    theta[:, fields.index(second.field)] = np.repeat(second.values, len(first.values))
    return theta


def _cdf(likelihood: Likelihood, theta: Array, k: int, start: int) -> Array:
    _, pmf = likelihood.posterior(theta)
    if not np.isfinite(pmf).all():
        raise ImpossibleEvidence("explore: what is supposed is impossible under one of the values")
    return np.minimum(np.cumsum(pmf[:, k, :-1], axis=-1)[:, start:], 1.0)

"""Log marginal likelihood of a dossier's evidence, as of a date, as a function of its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bayesmile.core.posterior import log_marginal, posterior
from bayesmile.core.threads import in_order
from bayesmile.dossier import Dossier
from bayesmile.elicitation import Law, Prior
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Announcement, Guidance
from bayesmile.grid import When
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.likelihoods.announcements import Announcements
from bayesmile.likelihoods.laws import Laws
from bayesmile.likelihoods.statements import Ahead, Statements
from bayesmile.parameters import Parameter, parameters_of
from bayesmile.rows import compile_rows

__all__ = ["Likelihood", "Piece"]

Array = npt.NDArray[np.float64]

_CHUNK = 32  # draws whose tables are made at once: about 10 MB for ten milestones and 250 months


_LAWS: dict[str, tuple[Law, ...]] = {
    "never": ("beta",),
    "yes_if_near": ("beta",),
    "yes_otherwise": ("beta",),
    "slip_mean": ("normal",),
}
"""Laws that a parameter's prior may have where it is not simply positive."""


def _replaced(parameters: Sequence[Parameter], priors: Mapping[str, Prior]) -> tuple[Parameter, ...]:
    known = {one.field: one for one in parameters}
    for field, prior in priors.items():
        if field not in known:
            raise InvalidInput(f"priors: received {field!r}, which is no number of this dossier")
        allowed = _LAWS.get(known[field].variable, ("lognormal", "gamma"))
        if prior.law not in allowed:
            raise InvalidInput(f"prior of {field}: received a {prior.law} law; allowed is {' or '.join(allowed)}")
    return tuple(replace(one, prior=priors.get(one.field, one.prior)) for one in parameters)


@dataclass(frozen=True, slots=True)
class _Arrays:
    """The engine's input for one chunk of draws."""

    numbers: Array
    tables: tuple[Array, Array]
    ahead: Ahead
    rows: Array
    constant: Array


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One piece of evidence under a batch of draws.

    Attributes
    ----------
    label : str
    k : int
        Row number of its milestone.
    rows : array (draw, months + 1)
    constant : array (draw,)
    items : tuple of Item
        None for the silence of a stream.
    """

    label: str
    k: int
    rows: Array
    constant: Array
    items: tuple[Item, ...]


class Likelihood:
    """log Z(theta): the probability of all evidence, every event month summed out exactly by the engine.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date
    known : Known, optional
        Evidence in place of what was public by the as-of date.
    priors : mapping of str to Prior, optional
        By field, priors in place of the dossier's own, or for numbers that it keeps fixed.

    Attributes
    ----------
    parameters : tuple of Parameter
        Those with a prior, in the order of a draw's columns.
    centre : array (parameter,)
        The dossier's own numbers.
    known : Known
        The evidence.

    Notes
    -----
    theta enters through the delays' tables, the rows of announcements (with the constants of their Poisson processes)
    and the rows of guidance, whose cell for *beyond* averages over the law before any evidence under the same theta.
    The gradient is the chain rule from posterior marginals (derivative by the rows) and expected delay counts
    (derivative by the delays) [1]_.

    References
    ----------
    .. [1] A. Darwiche, "A differential approach to inference in Bayesian networks", Journal of the ACM 50(3), 2003.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> likelihood = Likelihood(load("phase2_drug"), "2025-12-31")
    >>> exact = load("phase2_drug").belief("2025-12-31").log_marginal
    >>> bool(abs(likelihood.log_marginal(likelihood.centre[None])[0] - exact) < 1e-9)
    True
    """

    def __init__(
        self,
        dossier: Dossier,
        as_of: When,
        *,
        known: Known | None = None,
        priors: Mapping[str, Prior] | None = None,
    ) -> None:
        self.dossier, self.as_of = dossier, as_of
        self.known = dossier.known_by(as_of) if known is None else known
        self.priors = dict(priors or {})
        everything = _replaced(parameters_of(dossier), self.priors)
        self.parameters: tuple[Parameter, ...] = tuple(one for one in everything if one.prior is not None)
        numbers = {one.field: column for column, one in enumerate(everything)}
        self._numbers = np.array([one.value for one in everything])
        self._columns = np.array([numbers[one.field] for one in self.parameters], dtype=np.int64)
        self.centre = self._numbers[self._columns]
        self._facts = self._fixed_rows()
        settled = {k for k, row in enumerate(self._facts) if row[-1] == -np.inf}
        self._laws = Laws(dossier, numbers)
        self._news = Announcements(dossier, self.known, numbers)
        self._statements = Statements(dossier, self.known, numbers, settled)

    def _plain(self) -> list[Item]:
        return [item for item in self.known.items if not isinstance(item, (Announcement, Guidance))]

    def _fixed_rows(self) -> Array:
        """Rows of facts and given likelihood ratios, summed, (milestone, months + 1)."""
        roadmap, grid = self.dossier.roadmap, self.dossier.grid
        rows = np.zeros((len(roadmap), grid.months + 1))
        for row in compile_rows(self._plain(), grid, names=roadmap.names):
            rows[roadmap.number(row.milestone)] += row.loglik
        return rows

    def _full(self, theta: Array) -> Array:
        """Draws of the parameters as rows of all numbers."""
        numbers = np.repeat(self._numbers[None], theta.shape[0], axis=0)
        numbers[:, self._columns] = theta
        return numbers

    def _arrays(self, theta: Array) -> _Arrays:
        numbers = self._full(theta)
        tables = self._laws.tables(numbers)
        rows, constant = self._news.rows(numbers)
        ahead = self._statements.ahead(numbers, tables)
        rows += self._facts
        self._statements.add(ahead, rows)
        return _Arrays(numbers, tables, ahead, rows, constant)

    def _chunks(self, theta: npt.ArrayLike) -> Sequence[Array]:
        draws = np.asarray(theta, dtype=np.float64)
        if draws.ndim != 2 or draws.shape[1] != len(self.parameters):
            raise InvalidInput(
                f"theta: received shape {draws.shape}; allowed is (draws, {len(self.parameters)}), a column a parameter"
            )
        return [draws[at : at + _CHUNK] for at in range(0, max(len(draws), 1), _CHUNK)]

    def log_marginal(self, theta: npt.ArrayLike) -> Array:
        """Log P(evidence | theta), constants included.

        Parameters
        ----------
        theta : array (draw, parameter)
            In the parameters' own units.

        Returns
        -------
        array (draw,)
            -inf where the evidence is impossible.
        """
        return np.concatenate(in_order(self._value, self._chunks(theta), None))

    def _value(self, draws: Array) -> Array:
        given = self._arrays(draws)
        return given.constant + log_marginal(
            *given.tables, given.rows, self.dossier.roadmap.graph, threads=1, strict=False
        )

    def posterior(self, theta: npt.ArrayLike, rows: Array | None = None) -> tuple[Array, Array]:
        """Log P(evidence | theta), (draw,), and P(T = t | evidence, theta), (draw, milestone, months + 1).

        Parameters
        ----------
        theta : array (draw, parameter)
        rows : array (milestone, months + 1), optional
            Log-likelihoods added to those of the evidence: what if this were known too. Posteriors of draws under which
            that is impossible are NaN.
        """
        value, [pmf] = self.posteriors(theta, [rows])
        return value, pmf

    def posteriors(self, theta: npt.ArrayLike, rows: Sequence[Array | None]) -> tuple[Array, list[Array]]:
        """Return what `posterior` does for several what-ifs: what they have in common is computed once.

        Parameters
        ----------
        theta : array (draw, parameter)
        rows : sequence of array (milestone, months + 1) or None
            One for each what-if; None adds nothing.

        Returns
        -------
        value : array (draw,)
            Of the first.
        pmfs : list of array (draw, milestone, months + 1)
            One for each.
        """
        values, pmfs = zip(*in_order(lambda draws: self._months(draws, rows), self._chunks(theta), None), strict=True)
        return np.concatenate(values), [np.concatenate(parts) for parts in zip(*pmfs, strict=True)]

    def _months(self, draws: Array, rows: Sequence[Array | None]) -> tuple[Array, list[Array]]:
        given, graph = self._arrays(draws), self.dossier.roadmap.graph
        answers = []
        for extra in rows:
            known = given.rows if extra is None else given.rows + extra
            answers.append(posterior(*given.tables, known, graph, threads=1, strict=False))
        return given.constant + answers[0].log_marginal, [answer.pmf for answer in answers]

    def prior(self, theta: npt.ArrayLike) -> Array:
        """P(T = t | theta) before any evidence, (draw, milestone, months + 1)."""
        pmfs = []
        for draws in self._chunks(theta):
            tables = self._laws.tables(self._full(draws))
            flat = np.zeros((1, len(self._facts), self._facts.shape[1]))
            pmfs.append(posterior(*tables, flat, self.dossier.roadmap.graph, strict=False).pmf)
        return np.concatenate(pmfs)

    def pieces(self, theta: npt.ArrayLike) -> list[Piece]:
        """Every piece of evidence with its row and constant under each draw: together, all there is."""
        numbers = self._full(np.asarray(theta, dtype=np.float64))
        found = [Piece(*one) for one in self._news.pieces(numbers)]
        ahead = self._statements.ahead(numbers, self._laws.tables(numbers))
        nothing = np.zeros(numbers.shape[0])
        stated = [item for item in self.known.items if isinstance(item, Guidance)]
        for item, (k, rows) in zip(stated, self._statements.pieces(ahead), strict=True):
            found.append(Piece(item.label, k, rows, nothing, (item,)))
        roadmap, grid = self.dossier.roadmap, self.dossier.grid
        for row in compile_rows(self._plain(), grid, names=roadmap.names):
            rows = np.broadcast_to(row.loglik, (numbers.shape[0], row.loglik.size))
            found.append(Piece(row.label, roadmap.number(row.milestone), rows, nothing, row.items))
        return found

    def without(self, items: Sequence[Item]) -> Likelihood:
        """Likelihood of all evidence but these items."""
        gone = {id(item) for item in items}
        kept = tuple(item for item in self.known.items if id(item) not in gone)
        known = replace(self.known, items=kept)
        return Likelihood(self.dossier, self.as_of, known=known, priors=self.priors)

    def gradient(self, theta: npt.ArrayLike) -> tuple[Array, Array]:
        """Log P(evidence | theta), (draw,), and its derivative by each parameter, (draw, parameter).

        The derivative is zero where the evidence is impossible.
        """
        values, slopes = zip(*in_order(self._gradient, self._chunks(theta), None), strict=True)
        return np.concatenate(values), np.concatenate(slopes)

    def _gradient(self, theta: Array) -> tuple[Array, Array]:
        given = self._arrays(theta)
        answer = posterior(*given.tables, given.rows, self.dossier.roadmap.graph, lags=True, threads=1, strict=False)
        out = np.zeros(given.numbers.shape)
        self._news.back(given.numbers, answer.pmf, out)
        by_pmf, by_survival = self._statements.back(given.numbers, given.tables, given.ahead, answer.pmf, out)
        by_pmf += np.asarray(answer.lags)
        by_survival += np.asarray(answer.outlived)
        self._laws.back(given.numbers, given.tables, by_pmf, by_survival, out)
        value = given.constant + answer.log_marginal
        slope = np.where(np.isfinite(value)[:, None], out[:, self._columns], 0.0)
        return value, slope

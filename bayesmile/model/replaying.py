"""Beliefs as of each of several dates under uncertain parameters, from one pool of draws that each date weighs anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.grid import When, parse_moment
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.fitting import Unconverged, fit, theta_of
from bayesmile.model.importance import Weights, mixture_log_weights, weigh
from bayesmile.model.mixture import prior_draws, weighted_quantiles

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["LEVELS", "WORST_KHAT", "replay_draws"]

Array = NDArray[np.float64]

LEVELS = (0.05, 0.5, 0.95)
WORST_KHAT = 0.7  # tail index above which importance weights are not to be trusted (Vehtari et al. 2024)
_MOST = 4  # blocks of draws from the prior that a date may use
_ROUGHEST = 1.05  # R-hat of a fit whose draws still serve as proposals
_CHUNK = 256  # draws whose months are held at once: about 5 MB for ten milestones and 250 months


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """What a set of draws says as of one date.

    Attributes
    ----------
    log_marginal : array (draw,)
    reached : array (draw, milestone, deadline)
        Probability of having happened by each deadline; zeros where the evidence is impossible.
    mass : array (milestone, months)
        Whether a month is possible under some draw.
    """

    log_marginal: Array
    reached: Array
    mass: NDArray[np.bool_]

    @classmethod
    def joined(cls, parts: Sequence[_Answers]) -> _Answers:
        """Those of several sets of draws, one after the other."""
        return cls(
            np.concatenate([part.log_marginal for part in parts]),
            np.concatenate([part.reached for part in parts]),
            np.logical_or.reduce([part.mass for part in parts]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Anchor:
    """Draws from the posterior as of one date."""

    day: dt.date
    likelihood: Likelihood
    theta: Array


@dataclass(slots=True, eq=False)
class _Pool:
    """Draws that the dates share: blocks from the prior, made when first asked for, and fits.

    The draws of a block depend on its number and the seed alone, so that no date changes the answer of another.
    """

    dossier: Dossier
    draws: int
    seed: int
    blocks: list[Array] = field(default_factory=list)
    anchors: list[_Anchor] = field(default_factory=list)
    logs: dict[tuple[int, int], Array] = field(default_factory=dict)

    def prior(self, likelihood: Likelihood, blocks: int) -> list[Array]:
        """First blocks of draws from the prior."""
        for number in range(len(self.blocks), blocks):
            self.blocks.append(prior_draws(likelihood, self.draws, np.random.default_rng([self.seed, number])))
        return self.blocks[:blocks]

    def add_fit(self, as_of: When, tell: Callable[[str], None]) -> None:
        """Fit as of a date, for a quarter as many draws as a block of the prior or 200."""
        each = max(100, self.draws // 8)
        try:
            tree = fit(self.dossier, as_of, draws=4 * each, tune=400, chains=2, seed=self.seed, items=False, tell=tell)
        except Unconverged as error:  # what is only a proposal may be rougher than a result
            if error.tree.attrs["max_rhat"] > _ROUGHEST:
                raise
            tree = error.tree
        likelihood = Likelihood(self.dossier, as_of)
        theta = theta_of(tree, likelihood)[::4]  # neighbours in a chain say nearly the same
        self.anchors.append(_Anchor(parse_moment(as_of).day, likelihood, theta))
        self.anchors.sort(key=lambda anchor: anchor.day)

    def usable(self, day: dt.date) -> list[_Anchor]:
        """Fits as of no later date: a later one would let what was not known then move the draws."""
        return [anchor for anchor in self.anchors if anchor.day <= day]

    def log_marginal(self, anchor: _Anchor, theta: Array) -> Array:
        """Compute log P(evidence as of the anchor | theta), kept for the dates that ask again."""
        key = (id(anchor), id(theta))
        if key not in self.logs:
            self.logs[key] = anchor.likelihood.log_marginal(theta)
        return self.logs[key]


def replay_draws(
    dossier: Dossier,
    as_ofs: Iterable[When],
    *,
    draws: int = 1000,
    deadlines: Iterable[When] | None = None,
    anchors: Iterable[When] = (),
    seed: int = 0,
    least_ess: float = 100.0,
    refit: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> xr.Dataset:
    """Belief as of each date under uncertain parameters, without a fit for each date.

    Parameters
    ----------
    dossier : Dossier
    as_ofs : iterable of str or date
        As-of dates in any order.
    draws : int
        Draws of the parameters from their prior, which all dates share; at least 100.
    deadlines : iterable of str or date, optional
        Periods by whose end each milestone is asked for; the dossier's own and the horizon unless given.
    anchors : iterable of str or date
        Dates to fit, whose draws join the pool of every date from then on.
    seed : int
    least_ess : float
        Effective draws below which a date is refreshed.
    refit : bool
        Whether a date that more draws from the prior do not help is fitted.
    tell : callable
        Is told what is being done.

    Returns
    -------
    Dataset, dims (as_of, milestone, deadline, quantile)
        ``mean`` (as_of, milestone, deadline): probability of having happened by the deadline; ``error``: its Monte
        Carlo standard error; ``probability`` (..., quantile): the 5, 50 and 95% points as the parameters vary. By date:
        ``log_marginal`` (log P(evidence) in nats, the parameters averaged out), ``khat`` and ``ess`` of the weights,
        ``draws`` used, ``refreshed`` ("no", "prior" or "fit"), ``anchors`` (fits in the pool), ``trusted`` (k-hat at
        most 0.7 and enough effective draws). ``months`` (as_of, milestone): months still possible. Dates are sorted.

    Raises
    ------
    InvalidInput
        If there is no date, a date or deadline cannot be used, no number has a prior, or an option is not allowed.
    ImpossibleEvidence
        If the evidence as of a date has zero probability under all draws.
    Unconverged
        If the R-hat of a fit exceeds 1.05.

    Notes
    -----
    The evidence as of two dates is not nested (attributes, retractions, guidance in force), so every date weighs the
    draws by its whole likelihood, all event months summed out, over the mixture of what they were drawn from [1]_.
    Where the weights cannot be trusted the date is *refreshed*: twice, then four times as many draws from the prior,
    then, if asked, a fit, which serves the later dates too. Nothing that became public after a date moves its answer.
    A replay with priors that were written later is an illustration, not a backtest.

    References
    ----------
    .. [1] A. Vehtari, D. Simpson, A. Gelman, Y. Yao, J. Gabry, "Pareto smoothed importance sampling", Journal of
       Machine Learning Research 25 (2024); E. Veach, L. Guibas, SIGGRAPH 1995, for the mixture.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> beliefs = replay_draws(load("phase2_drug"), ["2026-06-30", "2025-12-31"], draws=400, deadlines=["2032"])
    >>> low, middle, high = beliefs.probability.sel(milestone="approval", deadline="2032-12").isel(as_of=1).values
    >>> bool(low < middle < high), bool(beliefs.khat.max() < 0.7)
    (True, True)
    """
    _check(draws, least_ess)
    days = _days(as_ofs, "as_ofs")
    ends = _ends(dossier, deadlines)
    pool = _Pool(dossier, draws, seed)
    for anchor in _days(anchors, "anchors", none=True).values():
        pool.add_fit(anchor, tell)
    rows = []
    for number, when in enumerate(days.values(), start=1):
        tell(f"date {number} of {len(days)}: {when}")
        rows.append(_at(pool, when, list(ends.values()), least_ess, refit, tell))
    return _dataset(dossier, list(days), ends, rows, {"seed": seed, "least_ess": least_ess})


def _check(draws: int, least_ess: float) -> None:
    if not isinstance(draws, int) or draws < 100:
        raise InvalidInput(f"draws: received {draws!r}; allowed is a whole number of at least 100")
    if not least_ess >= 0.0:
        raise InvalidInput(f"least_ess: received {least_ess!r}; allowed is a number of at least 0")


def _days(dates: Iterable[When], name: str, *, none: bool = False) -> dict[dt.date, When]:
    """Dates by day, sorted; each once."""
    if isinstance(dates, str):
        raise InvalidInput(f"{name}: received {dates!r}; allowed is a list of dates")
    days: dict[dt.date, When] = {}
    for when in dates:
        day = parse_moment(when).day
        if day in days:
            raise InvalidInput(
                f"{name}: received {days[day]} and {when}, both the end of {day}; allowed is each day once"
            )
        days[day] = when
    if not days and not none:
        raise InvalidInput(f"{name}: received none; allowed is at least one date")
    return dict(sorted(days.items()))


def _ends(dossier: Dossier, deadlines: Iterable[When] | None) -> dict[str, int]:
    """Last month of each deadline, as a label and as an index, the earliest first."""
    grid = dossier.grid
    if isinstance(deadlines, str):
        raise InvalidInput(f"deadlines: received {deadlines!r}; allowed is a list of periods")
    own = [*(dossier.milestones[name].deadline for name in dossier.roadmap.names), grid.last]
    found = set()
    for by in own if deadlines is None else deadlines:
        last = grid.deadline(by)
        if not 0 <= last < grid.months:
            raise InvalidInput(f"deadlines: received {by!r}; allowed are dates from {grid.label(0)} to {grid.last}")
        found.add(last)
    if not found:
        raise InvalidInput("deadlines: received none; allowed is at least one period")
    return {grid.label(last): last for last in sorted(found)}


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """Answer as of one date."""

    answers: _Answers
    weights: Weights
    log_marginal: float
    refreshed: str
    anchors: int
    trusted: bool


def _at(
    pool: _Pool, when: When, ends: Sequence[int], least_ess: float, refit: bool, tell: Callable[[str], None]
) -> _Row:
    """Belief as of one date, refreshed until its weights can be trusted or nothing is left to try."""
    likelihood, seen = Likelihood(pool.dossier, when), dict[int, _Answers]()
    if not likelihood.parameters:
        raise InvalidInput(f"dossier {pool.dossier.name}: no number has a prior; allowed is at least one `prior` table")
    blocks, refreshed = 1, "no"
    while True:
        row = _weighed(pool, likelihood, blocks, ends, seen, refreshed, least_ess)
        if row.trusted or (blocks == _MOST and (refreshed == "fit" or not refit)):
            return row
        if blocks < _MOST:
            blocks, refreshed = 2 * blocks, "prior"
            tell(f"{when}: weights not to be trusted; {blocks} times the draws from the prior")
        else:
            refreshed = "fit"
            tell(f"{when}: weights not to be trusted; a fit")
            pool.add_fit(when, tell)


def _weighed(
    pool: _Pool,
    likelihood: Likelihood,
    blocks: int,
    ends: Sequence[int],
    seen: dict[int, _Answers],
    refreshed: str,
    least_ess: float,
) -> _Row:
    anchors = pool.usable(parse_moment(likelihood.as_of).day)
    prior = pool.prior(likelihood, blocks)
    parts = [*prior, *(anchor.theta for anchor in anchors)]
    for theta in parts:
        if id(theta) not in seen:
            seen[id(theta)] = _asked(likelihood, theta, ends)
    answers = _Answers.joined([seen[id(theta)] for theta in parts])
    logs = [np.concatenate([pool.log_marginal(anchor, theta) for theta in parts]) for anchor in anchors]
    counts = [sum(map(len, prior)), *(len(anchor.theta) for anchor in anchors)]
    proposals = np.array([np.zeros(sum(counts)), *logs])
    log_weights = mixture_log_weights(answers.log_marginal, proposals, counts)
    found = weigh(log_weights)
    trusted = found.khat <= WORST_KHAT and found.ess >= least_ess
    evidence = float(logsumexp(log_weights) - np.log(len(log_weights)))
    return _Row(answers, found, evidence, refreshed, len(anchors), trusted)


def _asked(likelihood: Likelihood, theta: Array, ends: Sequence[int]) -> _Answers:
    """Ask some draws for their answers, no more at a time than need little memory."""
    parts = []
    for at in range(0, len(theta), _CHUNK):
        log_marginal, pmf = likelihood.posterior(theta[at : at + _CHUNK])
        pmf[~np.isfinite(log_marginal)] = 0.0
        reached = np.minimum(1.0, np.cumsum(pmf[..., :-1], axis=-1)[..., list(ends)])
        parts.append(_Answers(log_marginal, reached, (pmf[..., :-1] > 0.0).any(axis=0)))
    return _Answers.joined(parts)


def _dataset(
    dossier: Dossier, days: Sequence[dt.date], ends: Mapping[str, int], rows: Sequence[_Row], attrs: Mapping[str, Any]
) -> xr.Dataset:
    import xarray as xr

    where, by_date = ("as_of", "milestone", "deadline"), ("as_of",)
    means = [np.einsum("d,dke->ke", row.weights.weights, row.answers.reached) for row in rows]
    points = [
        np.moveaxis(weighted_quantiles(row.answers.reached, row.weights.weights, list(LEVELS)), 0, -1) for row in rows
    ]
    return xr.Dataset(
        {
            "mean": (where, np.array(means)),
            "error": (where, np.array([_error(row, mean) for row, mean in zip(rows, means, strict=True)])),
            "probability": ((*where, "quantile"), np.array(points)),
            "log_marginal": (by_date, np.array([row.log_marginal for row in rows])),
            "khat": (by_date, np.array([row.weights.khat for row in rows])),
            "ess": (by_date, np.array([row.weights.ess for row in rows])),
            "draws": (by_date, np.array([len(row.weights.weights) for row in rows])),
            "refreshed": (by_date, [row.refreshed for row in rows]),
            "anchors": (by_date, np.array([row.anchors for row in rows])),
            "trusted": (by_date, np.array([row.trusted for row in rows])),
            "months": (("as_of", "milestone"), np.array([row.answers.mass.sum(axis=1) for row in rows])),
        },
        coords={
            "as_of": np.array(days, dtype="datetime64[ns]"),
            "milestone": list(dossier.roadmap.names),
            "deadline": list(ends),
            "quantile": list(LEVELS),
        },
        attrs={
            "dossier": dossier.name,
            "hash": dossier.hash,
            "horizon": dossier.grid.last,
            **attrs,
            **{f"version_{name}": version(name) for name in ("bayesmile", "numpy", "numba", "arviz")},
        },
    )


def _error(row: _Row, mean: Array) -> Array:
    """Find the standard error of a weighted mean of independent draws, by the delta method."""
    variance = np.einsum("d,dke->ke", row.weights.weights**2, (row.answers.reached - mean) ** 2)
    return np.asarray(np.sqrt(variance))

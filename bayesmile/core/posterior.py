"""Exact log marginal likelihood and posterior of every milestone's event month, for a batch of parameter draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.arithmetic import LINEAR, log_space
from bayesmile.core.cost import TooCostly, count_cost
from bayesmile.core.derivatives import Backward, backward, results_back
from bayesmile.core.messages import Messages, Problem, forward, forward_in, make_problem
from bayesmile.core.plan import Sum, make_plan
from bayesmile.core.structure import Graph
from bayesmile.core.threads import in_order
from bayesmile.core.windows import known, windows

__all__ = ["Posterior", "laws_ahead", "log_marginal", "posterior"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Posterior:
    """Answer of the engine; the batch axis is absent where none was given.

    Attributes
    ----------
    log_marginal : array, shape (batch,)
        log P(evidence); -inf where the evidence is impossible.
    pmf : array, shape (batch, milestone, months + 1)
        P(T_k = t | evidence); the last cell is *beyond*. NaN where the evidence is impossible.
    lags : array or None, shape (batch, milestone, months)
        P(delay of k = l, ready on the grid | evidence): the derivative of `log_marginal` by the log pmf of the delay.
    outlived : array or None, shape (batch, milestone, months)
        P(ready at month H - 1 - l and the delay outlives the horizon | evidence): the derivative by the log survival.
    """

    log_marginal: Array
    pmf: Array
    lags: Array | None = None
    outlived: Array | None = None


_FIELDS = ("log_marginal", "pmf", "lags", "outlived")


def posterior(
    log_pmf: Array,
    log_survival: Array,
    loglik: Array,
    graph: Graph,
    *,
    lags: bool = False,
    threads: int | None = None,
    strict: bool = True,
) -> Posterior:
    """Exact log marginal likelihood and event-month posteriors on any directed acyclic graph.

    P(T = t | R = r) = pmf[t - r] on the grid and survival[H - 1 - r] for *beyond*, where R is the latest (or earliest)
    of the parents' months, 0 without parents; if R is beyond, so is T.

    Parameters
    ----------
    log_pmf : array, shape (milestone, months) or (batch, milestone, months)
        log P(delay = l months), l = 0 .. months - 1.
    log_survival : array, same shape
        log P(delay > l months), never included.
    loglik : array, shape (milestone, months + 1) or (batch, milestone, months + 1)
        Log-likelihood of all evidence on each month; -inf is legal, nothing is clipped. A batch of one broadcasts.
    graph : Graph
        Parents and joins, topologically ordered.
    lags : bool
        Whether to return the expected delay counts too (the gradient by the delays).
    threads : int, optional
        Most threads to pass the parts of a batch on; one for each processor unless given. Ask for one where several
        processes or threads call already. The answer does not depend on it.
    strict : bool
        Whether posteriors as small as 1e-300 keep their digits; if not, they are right to 1e-160 and long tails of
        delays do not cost log space, which is several times slower.

    Returns
    -------
    Posterior

    Raises
    ------
    TooCostly
        Above 1 GiB or 1e10 multiply-adds for one draw, before anything is computed.

    Notes
    -----
    Exact for chains, trees, diamonds and any mixture of ``all`` and ``any`` joins: open shared ancestors are held as
    axes, joins are folded pairwise, P(max = r) = f(r) H(r) + F(r - 1) h(r). Cost per draw grows with the square of the
    months for chains, trees and a diamond of single steps, as months^(1 + n) for a join under n open axes and as
    months^(2 + n) where a delay follows a join or another delay under n of them; as months^(1 + n) again where one of
    the joined is an axis itself, on which the other does not depend. Months without mass are left out, and a
    milestone with one possible month is no axis. The delay counts make the pass four to five times as long as
    `log_marginal`. Plain arithmetic where nothing that matters underflows, else log
    space; both agree to rounding.

    Examples
    --------
    A fair coin decides between month 0 and month 1; the news doubles the odds of month 0.

    >>> import numpy as np
    >>> with np.errstate(divide="ignore"):
    ...     log_pmf, log_survival = np.log([[0.5, 0.5]]), np.log([[0.5, 0.0]])
    >>> answer = posterior(log_pmf, log_survival, np.log([[2.0, 1.0, 1.0]]), Graph(((),), (False,)))
    >>> answer.pmf.round(4).tolist(), round(float(np.exp(answer.log_marginal)), 4)
    ([[0.6667, 0.3333, 0.0]], 1.5)
    """
    problems = _problems(log_pmf, log_survival, loglik, graph)
    answers = in_order(lambda part: _solve(*part, lags, strict), problems, threads)
    if len(answers) == 1:
        answer = answers[0]
    else:
        answer = Posterior(*(_stack([getattr(part, name) for part in answers]) for name in _FIELDS))
    if log_pmf.ndim == 3 or log_survival.ndim == 3 or loglik.ndim == 3:
        return answer
    first = [None if x is None else x[0] for x in (answer.lags, answer.outlived)]
    return Posterior(answer.log_marginal[0], answer.pmf[0], *first)


def log_marginal(
    log_pmf: Array,
    log_survival: Array,
    loglik: Array,
    graph: Graph,
    *,
    threads: int | None = None,
    strict: bool = True,
) -> Array:
    """Return the log marginal likelihood alone, by the forward pass of `posterior`: same arguments."""
    problems = _problems(log_pmf, log_survival, loglik, graph)
    call = lambda part: _for_all(forward(part[0], keep=False, strict=strict).log_marginal(), part[1])  # noqa: E731
    values = in_order(call, problems, threads)
    batched = log_pmf.ndim == 3 or log_survival.ndim == 3 or loglik.ndim == 3
    return np.concatenate(values) if batched else np.asarray(values[0][0])


def laws_ahead(log_pmf: Array, log_survival: Array, graph: Graph, ends: Sequence[int]) -> Array:
    """Laws of some milestones before any evidence: the same as `posterior` gives, by its forward pass where that does.

    Parameters
    ----------
    log_pmf, log_survival : array, shape (batch, milestone, months)
    graph : Graph
    ends : sequence of int
        Milestones that nothing follows; for any others the backward pass is made as well.

    Returns
    -------
    array, shape (batch, end, months + 1)

    Examples
    --------
    >>> with np.errstate(divide="ignore"):
    ...     log_pmf, log_survival = np.log([[[0.5, 0.5]] * 2]), np.log([[[0.5, 0.0]] * 2])
    >>> laws_ahead(log_pmf, log_survival, Graph(((), (0,)), (False, False)), [1]).tolist()
    [[[0.25, 0.5, 0.25]]]
    """
    flat = np.zeros((1, log_pmf.shape[1], log_pmf.shape[2] + 1))
    problems = _problems(log_pmf, log_survival, flat, graph)
    return np.concatenate(in_order(lambda part: _solve_ends(*part, ends), problems, None))


def _solve_ends(problem: Problem, batch: int, ends: Sequence[int]) -> Array:
    tensors = problem.plan.tensors
    last = {tensors[step.source].live: step for step in problem.plan.steps if isinstance(step, Sum)}
    sums = [last.get(("event", k)) for k in ends]
    if any(step is None or tensors[step.source].axes for step in sums):
        return _solve(problem, batch, False, False).pmf[:, ends]
    run = forward(problem, strict=False)
    with np.errstate(under="ignore"):
        bars = results_back(run)
        joint = [run.arithmetic.times(run.tensors[step.source], bars[step.target][:, None]) for step in sums if step]
        possible = _for_all(run.log_marginal(), batch) > -np.inf
        return _normalised(run, joint, ends, possible)


def _stack(parts: list[Array | None]) -> Array:
    return np.concatenate([part for part in parts if part is not None]) if parts[0] is not None else None  # type: ignore[return-value]


def _problems(log_pmf: Array, log_survival: Array, loglik: Array, graph: Graph) -> list[tuple[Problem, int]]:
    """Chunks of a batch, each with its number of draws; refuses by cost before anything is computed."""
    arrays = [x if x.ndim == 3 else x[None] for x in (log_pmf, log_survival, loglik)]
    cut = windows(graph, arrays[0], arrays[2])
    plan = make_plan(graph, known(cut))
    cost = count_cost(plan, cut)
    if cost.excessive:
        raise TooCostly(cost)
    batch, size = max(x.shape[0] for x in arrays), cost.chunk()
    return [
        (
            make_problem(plan, cut, *(x[first : first + size] if x.shape[0] > 1 else x for x in arrays)),
            min(size, batch - first),
        )
        for first in range(0, batch, size)
    ]


def _solve(problem: Problem, batch: int, lags: bool, strict: bool) -> Posterior:
    run: Messages | None = forward(problem, strict=strict)
    if strict and run is not None and run.arithmetic is LINEAR:
        try:
            with np.errstate(under="raise"):
                return _collect(run, backward(run, lags=lags), batch)
        except FloatingPointError:
            run = None
    with np.errstate(under="ignore"):
        if run is None:
            run = forward_in(log_space(), problem)
        return _collect(run, backward(run, lags=lags), batch)


def _for_all[T: np.generic](x: NDArray[T], batch: int) -> NDArray[T]:
    return x if x.shape[0] == batch else np.broadcast_to(x, batch)


def _collect(run: Messages, state: Backward, batch: int) -> Posterior:
    """Posteriors, and the delay counts where they are wanted."""
    arithmetic = run.arithmetic
    marginal = run.marginal()[:, None, None]
    months = run.problem.log_pmf.shape[-1]
    value = _for_all(run.log_marginal(), batch)
    joint = [state.joint[k] for k in range(len(run.problem.windows))]
    pmf = _normalised(run, joint, range(len(joint)), value > -np.inf)
    if not state.want_lags:
        return Posterior(value, pmf)
    counts = []
    for part in (state.lags, state.outlived):
        shares = np.empty((batch, pmf.shape[1], months))
        for k, share in part.items():
            shares[:, k] = share
        counts.append(arithmetic.decode(arithmetic.over(shares, marginal)))
    return Posterior(value, pmf, *counts)


def _normalised(run: Messages, joint: Sequence[Array], milestones: Sequence[int], possible: NDArray[np.bool_]) -> Array:
    """Put the windows of some milestones back on the grid and normalise each milestone by its own sum.

    Every such sum is the marginal likelihood, but with rows of 1e12 nats each has its own rounding error. The largest
    month is taken out first, so that a posterior adds up to one whatever the size of the rows.
    """
    problem, arithmetic = run.problem, run.arithmetic
    full = np.full((len(possible), len(milestones), problem.log_pmf.shape[-1] + 1), arithmetic.zero)
    for place, (part, k) in enumerate(zip(joint, milestones, strict=True)):
        window = problem.windows[k]
        full[:, place, window.lo : window.hi] = part[:, :-1]
        full[:, place, -1] = part[:, -1]
    pmf = np.asarray(arithmetic.decode(arithmetic.over(full, full.max(axis=-1, keepdims=True))))
    if not possible.all():
        pmf[~possible] = np.nan
    pmf /= pmf.sum(axis=-1, keepdims=True)
    return pmf

"""One pass of the engine in a given arithmetic, which the engine itself would choose."""

from __future__ import annotations

from bayesmile.core.arithmetic import Arithmetic
from bayesmile.core.derivatives import backward
from bayesmile.core.messages import forward_in, make_problem
from bayesmile.core.plan import make_plan
from bayesmile.core.posterior import Posterior, _collect
from bayesmile.core.windows import known, windows
from tests.strategies import Problem


def in_arithmetic(arithmetic: Arithmetic, problem: Problem, *, lags: bool = True, use_known: bool = True) -> Posterior:
    """Posterior of one draw; without `use_known`, known months are treated like any other."""
    arrays = [x if x.ndim == 3 else x[None] for x in (problem.log_pmf, problem.log_survival, problem.loglik)]
    cut = windows(problem.graph, arrays[0], arrays[2])
    plan = make_plan(problem.graph, known(cut) if use_known else frozenset())
    run = forward_in(arithmetic, make_problem(plan, cut, *arrays))
    return _collect(run, backward(run, lags=lags), max(x.shape[0] for x in arrays))

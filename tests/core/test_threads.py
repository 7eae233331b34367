"""Batches on several threads: the same answer, in order."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from bayesmile.core.posterior import log_marginal, posterior
from bayesmile.core.structure import Graph
from bayesmile.core.threads import in_order

GRAPH = Graph(((), (0,), (1,), (1,), (2, 3)), (False,) * 5)


def test_parts_run_at_the_same_time_and_keep_their_order():
    barrier = threading.Barrier(3, timeout=20)

    def call(part: int) -> tuple[int, int]:
        barrier.wait()
        return part, threading.get_ident()

    parts, idents = zip(*in_order(call, [2, 0, 1], 3), strict=True)
    assert parts == (2, 0, 1)
    assert len(set(idents)) == 3


@pytest.mark.parametrize(("parts", "threads"), [([1, 2], 1), ([1], 4), ([1], None)])
def test_one_part_or_one_thread_stays_where_it_is(parts, threads):
    assert set(in_order(lambda _: threading.get_ident(), parts, threads)) == {threading.get_ident()}


def test_a_failure_is_raised_and_the_caller_decides_about_underflow():
    tiny = np.full(1, 1e-300)
    with np.errstate(under="raise"), pytest.raises(FloatingPointError):
        in_order(lambda x: x * x, [tiny, tiny], 2)


def test_threads_do_not_change_the_answer(monkeypatch):
    """One draw needs log space; every part decides for itself."""
    monkeypatch.setattr("bayesmile.core.cost.CHUNK_BYTES", 1)
    rng, months = np.random.default_rng(2), 12
    log_pmf = np.log(rng.dirichlet(np.ones(months + 1), size=5))
    log_survival = np.logaddexp.accumulate(log_pmf[:, :0:-1], axis=1)[:, ::-1]
    loglik = rng.normal(size=(6, 5, months + 1))
    loglik[3, 2, 1:], loglik[3, 3, :5] = -650.0, -650.0
    arguments = log_pmf[:, :months], log_survival, loglik, GRAPH
    one, many = (posterior(*arguments, lags=True, threads=threads) for threads in (1, 4))
    for name in ("log_marginal", "pmf", "lags", "outlived"):
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))
    np.testing.assert_array_equal(log_marginal(*arguments, threads=4), log_marginal(*arguments, threads=1))
    alone = posterior(*arguments[:2], loglik[3], GRAPH)
    np.testing.assert_allclose(many.pmf[3], alone.pmf, rtol=1e-9, atol=1e-300)


def test_threads_are_kept_and_a_part_that_is_split_uses_no_more_of_them():
    def call(part: int) -> tuple[int, set[int]]:
        return threading.get_ident(), set(in_order(lambda _: threading.get_ident(), [1, 2, 3], 2))

    first, second = (in_order(call, range(4), 2) for _ in range(2))
    outer = {ident for ident, _ in (*first, *second)}
    assert len(outer) <= 2
    assert all(inner == {ident} for ident, inner in (*first, *second))
    assert threading.get_ident() not in outer


def test_nothing_is_left_running_after_a_failure():
    done: list[int] = []

    def call(part: int) -> None:
        if part == 0:
            raise ValueError("first")
        done.append(part)

    with pytest.raises(ValueError, match="first"):
        in_order(call, range(100), 2)
    seen = list(done)
    assert in_order(str, [1, 2], 2) == ["1", "2"]
    assert done == seen


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    in_order(str, [1, 2], 2)
    child = os.fork()
    if child == 0:
        os._exit(0 if in_order(str, [1, 2], 2) == ["1", "2"] else 1)
    assert os.waitpid(child, 0)[1] == 0

"""Slopes of the delay laws against differences of fifty digits and of the tables themselves."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp, mpf
from numpy.typing import NDArray

from bayesmile.core import lifetime
from bayesmile.core.lifetime_slopes import SLOPES, through_law, through_never

Array = NDArray[np.float64]

MONTHS = 40
TABLES = {
    "lognormal": lifetime.lognormal_log_delay,
    "gamma": lifetime.gamma_log_delay,
    "weibull": lifetime.weibull_log_delay,
    "loglogistic": lifetime.loglogistic_log_delay,
}
CASES = [
    ("lognormal", 12.0, 0.5),
    ("lognormal", 90.0, 0.9),
    ("lognormal", 3.0, 0.25),
    ("gamma", 20.0, 8.0),
    ("gamma", 4.0, 5.0),
    ("gamma", 37.2, 3.0),
    ("weibull", 12.0, 1.5),
    ("weibull", 30.0, 0.7),
    ("loglogistic", 10.0, 2.2),
    ("loglogistic", 60.0, 4.0),
]
NEVER = 0.15


def distribution(family: str, x: mpf, first: mpf, second: mpf) -> mpf:
    """F(x) without never, to the working precision of mpmath."""
    if family == "lognormal":
        return mp.ncdf(mp.log(x / first) / second)
    if family == "gamma":
        return mp.gammainc((first / second) ** 2, 0, x * first / second**2, regularized=True)
    if family == "weibull":
        return 1 - mp.power(2, -((x / first) ** second))
    return 1 / (1 + (x / first) ** -second)


@pytest.mark.parametrize(("family", "first", "second"), CASES)
@pytest.mark.parametrize("has_parents", [False, True])
def test_slopes_equal_those_of_fifty_digits(family: str, first: float, second: float, has_parents: bool):
    found = SLOPES[family](np.array(first), np.array(second), MONTHS, has_parents)
    edges = lifetime.month_edges(MONTHS, has_parents)
    with mp.workdps(50):
        for at in (1, 2, 9, MONTHS):
            x, point, step = mpf(float(edges[at])), (mpf(first), mpf(second)), mpf(10) ** -15
            for which, slope in enumerate(found):
                sides = [
                    distribution(family, x, *(value + side * step * (which == i) for i, value in enumerate(point)))
                    for side in (1, -1)
                ]
                exact = float((sides[0] - sides[1]) / (2 * step))
                assert slope[at] == pytest.approx(exact, rel=2e-9, abs=1e-13), (at, which)
    assert found[0][0] == found[1][0] == 0.0


def differences(family: str, weights: tuple[Array, Array], point: tuple[float, float, float], which: int) -> float:
    """Differentiate the weighted sum of both log tables by one of first, second and never."""
    step, total = 1e-4 * point[which], 0.0
    for reach, factor in ((1.0, 8.0), (-1.0, -8.0), (2.0, -1.0), (-2.0, 1.0)):
        moved = [value + reach * step * (which == i) for i, value in enumerate(point)]
        tables = TABLES[family](*moved, MONTHS, True)
        total += factor * sum(float(np.sum(w * t)) for w, t in zip(weights, tables, strict=True))
    return total / (12.0 * step)


@pytest.mark.parametrize(("family", "first", "second"), CASES)
def test_weights_on_the_tables_reach_the_parameters(
    family: str, first: float, second: float, rng: np.random.Generator
):
    point = (first, second, NEVER)
    tables = TABLES[family](*point, MONTHS, True)
    weights = tuple(rng.random(MONTHS) * (table > -80.0) for table in tables)
    slopes = SLOPES[family](np.array(first), np.array(second), MONTHS, True)
    found = (
        *through_law(*tables, np.array(NEVER), *weights, slopes),
        through_never(tables[1], np.array(NEVER), *weights),
    )
    for which, value in enumerate(found):
        assert float(value) == pytest.approx(differences(family, weights, point, which), rel=1e-6, abs=1e-7), which


def test_cells_of_no_weight_say_nothing():
    """A month that cannot be, log -inf, leaves the derivative finite."""
    tables = TABLES["lognormal"](200.0, 0.05, 0.0, MONTHS, False)
    assert tables[0].min() < -650.0
    slopes = SLOPES["lognormal"](np.array(200.0), np.array(0.05), MONTHS, False)
    weight = np.ones(MONTHS)
    found = through_law(*tables, np.array(0.0), weight, weight, slopes)
    assert np.isfinite(found).all()

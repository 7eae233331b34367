"""Hype: a company that announces much whatever happens is believed less; only a change of its rate tells.

With the rate multiplier h unknown, Gamma(a, a), everything is integrated exactly: the likelihood is a polynomial times
an exponential in h, for which Gauss-Laguerre quadrature is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

import bayesmile as bm
from bayesmile.likelihoods.likelihood import Likelihood
from tests.dossier_folder import HEADER, write

Array = NDArray[np.float64]

SHAPE, RATE, LIFT, LEAD = 4.0, 2.0, 2.0, 12
AS_OF, NEAR = "2025-12-31", "2026-12"  # news of the as-of month is about a launch by `NEAR`
GRID = bm.MonthGrid("2020-01", 120)
NOW = GRID.index("2025-12")
OPEN = slice(NOW + 1, None)  # months in which the launch may still come
LAUNCH = f"""\
[dossier]
name = "small"
title = "Small"
start = "2020-01"
months = 120
hype_shape = {SHAPE}
hype_rationale = "assumed"

[[milestone]]
name = "launch"
title = "Launch"
reached_when = "on sale"
resolved_by = "shop"
deadline = "2027"
risk = "commercial"
[milestone.delay]
family = "lognormal"
median = 96
sigma = 0.4
never = 0.3
rationale = "assumed"
source = "assumption"
"""
KIND = """\
[kind.{name}]
title = "{name}"
base_rate = {rate}
lift = {lift}
lead = {lead}
promotional = {promotional}
rationale = "assumed"
source = "assumption"
"""
KINDS = "\n".join(
    [
        KIND.format(name="release", rate=RATE, lift=LIFT, lead=LEAD, promotional="true"),
        KIND.format(name="delay", rate=RATE, lift=0.5, lead=LEAD, promotional="false"),
        KIND.format(name="caution", rate=RATE, lift=0.7, lead=6, promotional="false"),
        '[kind.sentiment]\ntitle = "sentiment"\nlift = 1.0\nrationale = "none"\nsource = "assumption"\n',
    ]
)


@dataclass(frozen=True)
class World:
    """What is believed of hype and of the month of the launch."""

    nodes: Array  # values of h
    joint: Array  # of h and the month of the launch given all news, (node, months + 1)

    def log_odds(self, by: str) -> float:
        """Log-odds in nats that the launch has happened by the end of a month."""
        upto = GRID.index(by) + 1
        return float(np.log(self.joint[:, :upto].sum()) - np.log(self.joint[:, upto:].sum()))

    @property
    def hype(self) -> float:
        """Posterior mean of h."""
        return float(self.nodes @ self.joint.sum(axis=1))

    @property
    def hype_by_month(self) -> Array:
        """Mean of h given the news and the month of the launch, from the as-of month's next on; *beyond* is last."""
        return self.nodes @ self.joint[:, OPEN] / self.joint[:, OPEN].sum(axis=0)


News = Sequence[tuple[str, str]]


def company(folder: Path, news: News, *, covers: str = "2020-01", kinds_file: str = KINDS) -> bm.Dossier:
    """Company with one step to its launch and news as (kind, month); all streams are complete from one month on."""
    kinds = ("release", "delay", "caution")
    streams = "".join(
        f'[[stream]]\nkind = "{kind}"\nmilestone = "launch"\ncovers = ["{covers}", ""]\nrationale = "complete"\n'
        for kind in kinds
    )
    ledger = [
        f"item-{n},{month}-10,,,announcement,{'launch' if kind in kinds else ''},{kind},,,,,News {n},,paper,"
        for n, (kind, month) in enumerate(news)
    ]
    files = {
        "kinds.toml": kinds_file,
        "roadmap.toml": LAUNCH + streams,
        "announcements.csv": "\n".join([HEADER, *ledger]) + "\n",
    }
    return bm.load(write(folder / str(len(list(folder.iterdir()))), files))


def known(dossier: bm.Dossier) -> World:
    """Belief with h fixed at its mean."""
    return World(np.ones(1), dossier.belief(AS_OF).pmf("launch")[None])


def unknown(dossier: bm.Dossier, *, points: int = 80) -> World:
    """Belief with h integrated over its prior."""
    likelihood = Likelihood(dossier, AS_OF)
    assert [one.field for one in likelihood.parameters] == ["dossier.hype"]
    nodes, weights = special.roots_genlaguerre(points, SHAPE - 1.0)
    log_z, pmf = likelihood.posterior((nodes / SHAPE)[:, None])
    kept = weights > 0.0
    posterior = special.softmax(np.log(weights[kept]) + log_z[kept])
    return World(nodes[kept] / SHAPE, posterior[:, None] * pmf[kept, 0])


def gain(folder: Path, view: Callable[[bm.Dossier], World], before: News, news: News, covers: str = "2020-01") -> float:
    """Change of the log-odds of a launch by `NEAR` that some news made, in nats."""
    with_news, without = (company(folder, items, covers=covers) for items in ([*before, *news], before))
    return view(with_news).log_odds(NEAR) - view(without).log_odds(NEAR)


def each(count: int, month: str, kind: str = "release") -> list[tuple[str, str]]:
    return [(kind, month)] * count


def monthly(first: int, last: int, *, times: int = 1) -> list[tuple[str, str]]:
    """Releases in each month from one year to another, ends included."""
    return [item for year in range(first, last + 1) for m in range(1, 13) for item in each(times, f"{year}-{m:02d}")]


def exposures(covers: str) -> Array:
    """Arrivals to expect at h = 1 by the as-of date, for each month of the launch in `OPEN`: month by month."""
    covered = range(GRID.index(covers), NOW + 1)
    open_months = range(NOW + 1, GRID.months + 1)
    near = [[0 <= month - u <= LEAD and month < GRID.months for u in covered] for month in open_months]
    return RATE / 12.0 * np.where(near, LIFT, 1.0).sum(axis=1)


def test_quadrature_has_converged(tmp_path: Path):
    dossier = company(tmp_path, monthly(2020, 2025))
    assert unknown(dossier).log_odds(NEAR) == pytest.approx(unknown(dossier, points=120).log_odds(NEAR), abs=1e-9)


@pytest.mark.parametrize("covers", ["2020-01", "2025-03"])
def test_given_the_month_hype_is_gamma_with_counts_and_exposure(tmp_path: Path, covers: str):
    """Gamma and Poisson are conjugate: (a + arrivals) / (a + exposure), for every month of the launch."""
    news = [*each(2, "2025-04"), *each(5, "2025-11")]
    found = unknown(company(tmp_path, news, covers=covers)).hype_by_month
    np.testing.assert_allclose(found, (SHAPE + len(news)) / (SHAPE + exposures(covers)), rtol=1e-9)


@pytest.mark.parametrize("count", [1, 10])
def test_months_weigh_as_the_integral_over_hype_says(tmp_path: Path, count: int):
    """With h integrated out, exp(-h E) h^N becomes (a + E)^-(a + N), relative to a launch beyond the grid."""
    dossier = company(tmp_path, each(count, "2025-12"))
    e = exposures("2020-01")
    expected = (SHAPE + count) * np.log((SHAPE + e[-1]) / (SHAPE + e)) + e - e[-1]
    log_odds = [np.log(world.joint[:, OPEN].sum(axis=0)) for world in (unknown(dossier), known(dossier))]
    found = log_odds[0] - log_odds[1]
    np.testing.assert_allclose(found - found[-1], expected, atol=1e-9)


def test_ten_releases_move_less_than_ten_times_one(tmp_path: Path):
    """One release is a factor of the lift where the rate is known; where it is not, much news may be the company's way.

    The shorter the months before the news, the less it is known, and the less the news moves.
    """
    one = gain(tmp_path, known, [], each(1, "2025-12"))
    assert one == pytest.approx(np.log(LIFT), abs=1e-9)
    assert gain(tmp_path, known, [], each(10, "2025-12")) == pytest.approx(10.0 * one, abs=1e-9)
    year = [("release", f"2025-{m:02d}") for m in range(3, 13)]
    for covers, most in (("2020-01", 0.85), ("2025-01", 0.7)):
        single = gain(tmp_path, unknown, [], each(1, "2025-12"), covers)
        assert single < 0.95 * one
        assert gain(tmp_path, unknown, [], each(10, "2025-12"), covers) < 0.95 * 10.0 * one
        assert gain(tmp_path, unknown, [], year, covers) < most * 10.0 * single


def test_a_company_that_always_announced_much_gains_little(tmp_path: Path):
    now = monthly(2025, 2025)
    quiet, loud = (gain(tmp_path, unknown, before, now) for before in ([], monthly(2020, 2024)))
    assert quiet > 5.0
    assert 0.0 < loud < 0.5 * quiet
    alike = [gain(tmp_path, known, before, now) for before in ([], monthly(2020, 2024))]
    assert alike[0] == pytest.approx(alike[1], abs=1e-9)  # at a known rate, the past of a company would say nothing


def test_a_company_that_goes_on_as_ever_gains_nothing(tmp_path: Path):
    """Six loud years leave the launch no nearer than six years at the average rate; taken at that rate, they would."""
    average, loud = company(tmp_path, monthly(2020, 2025)[::6]), company(tmp_path, monthly(2020, 2025))
    assert known(loud).log_odds(NEAR) > known(average).log_odds(NEAR) + 5.0
    assert unknown(loud).log_odds(NEAR) < unknown(average).log_odds(NEAR) + 0.5
    assert unknown(average).hype < 1.1 < 4.0 < unknown(loud).hype


def test_acceleration_counts(tmp_path: Path):
    """The same 36 releases: the later they came, the nearer the launch."""
    early = [*each(24, "2020-06"), *monthly(2021, 2024)[::4]]
    even = monthly(2020, 2025)[::2]
    late = [*monthly(2020, 2023)[::4], *each(24, "2025-06")]
    assert len(early) == len(even) == len(late) == 36
    odds = [unknown(company(tmp_path, news)).log_odds(NEAR) for news in (early, even, late)]
    assert odds[0] < odds[1] - 0.5
    assert odds[1] < odds[2] - 5.0


def test_sentiment_says_nothing_of_hype(tmp_path: Path):
    news = each(3, "2025-06")
    calm, excited = (unknown(company(tmp_path, [*news, *moods])) for moods in ([], each(20, "2025-12", "sentiment")))
    np.testing.assert_allclose(excited.joint, calm.joint, rtol=0.0, atol=1e-12)


@pytest.mark.parametrize("kind", ["delay", "caution"])
def test_delays_and_cautions_say_nothing_of_hype(tmp_path: Path, kind: str):
    """They move the month of the launch; given it, hype is what it was."""
    news = each(3, "2025-06")
    plain, troubled = (unknown(company(tmp_path, [*news, *more])) for more in ([], each(5, "2025-12", kind)))
    np.testing.assert_allclose(troubled.hype_by_month, plain.hype_by_month, rtol=1e-10)
    assert troubled.log_odds(NEAR) < plain.log_odds(NEAR) - 1.0
    vain = KINDS.replace("promotional = false", "promotional = true")
    boasts = [unknown(company(tmp_path, [*news, *more], kinds_file=vain)) for more in ([], each(5, "2025-12", kind))]
    assert (boasts[1].hype_by_month > 1.5 * boasts[0].hype_by_month).all()  # were they promotional, they would

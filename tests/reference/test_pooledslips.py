"""Tables of pooled slips: counts by hand, the overrun against lifelines, bad input."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from bayesmile.errors import InvalidInput
from bayesmile.reference.pooledslips import (
    PooledSlips,
    checked_edges,
    checked_statements,
    lead_class,
    lead_labels,
    mostly_year_ends,
    summary,
)
from bayesmile.reference.simulated import simulated_class
from bayesmile.reference.statedoutcomes import OUTCOME_COLUMNS, stated_outcomes

ISSUED = 12 * 2020


def statements(*rows: tuple[str, int, str, int, int]) -> pd.DataFrame:
    """Table of statements: entity, lead, kind, low, high."""
    full = [(name, "c", ISSUED, ISSUED + lead, lead, 0, kind, low, high, 2) for name, lead, kind, low, high in rows]
    return pd.DataFrame(full, columns=list(OUTCOME_COLUMNS))


def pooled_of(tables: dict[str, pd.DataFrame], edges: tuple[int, ...] = (0, 14, 30)) -> PooledSlips:
    """Make up a posterior whose draws are 0 to 100, scaled, plus ten times the member."""
    shape = (101, len(tables) + 1, len(edges))
    draws = np.broadcast_to(np.arange(101.0)[:, None, None] / 100.0, shape) + 10.0 * np.arange(shape[1])[:, None]
    return PooledSlips(
        members=tuple(tables), edges=edges, tables=tables, coarse=(), draws=dict.fromkeys(("mean", "sd"), draws)
    )


def test_counts_shares_and_quantiles():
    table = statements(
        ("a", 10, "met", 10, 10),  # by the date
        ("a", 4, "met", 6, 6),  # late
        ("b", 10, "pending", 0, 9),  # not over yet
        ("b", 10, "pending", 0, 10),  # over, and not met
        ("c", 3, "ended", 1, 1),  # given up
        ("c", 20, "met", 19, 22),  # around the date: not counted as met by it, nor as judged
        ("d", 40, "pending", 0, 50),
    )
    found = summary(pooled_of({"x": table, "none": statements()})).set_index(["member", "lead"])
    first = found.loc[("x", "0 to 13")]
    assert [first[name] for name in ("statements", "entities", "met", "pending", "ended")] == [5, 3, 2, 2, 1]
    assert first["by the date"] == pytest.approx(1 / 4)
    assert found.loc[("x", "14 to 29")]["entities"] == 1 and np.isnan(found.loc[("x", "14 to 29")]["by the date"])
    assert found.loc[("x", "30 or more")]["by the date"] == 0.0 and np.isnan(found.loc[("x", "30 or more")]["overrun"])
    assert found.loc[("none", "0 to 13")]["statements"] == 0
    assert [first[name] for name in ("mean low", "mean", "mean high")] == pytest.approx([0.05, 0.5, 0.95])
    unseen = found.loc[("", "30 or more")]
    assert unseen["sd"] == pytest.approx(20.5) and np.isnan(unseen["overrun"]) and np.isnan(unseen["lead to"])


def test_overrun_is_the_median_of_kaplan_and_meier():
    KaplanMeierFitter = pytest.importorskip("lifelines").KaplanMeierFitter

    table = stated_outcomes(simulated_class(entities=200, seed=2))
    kept = table[(table["kind"] != "ended") & (table["lead"] < 14)]
    ratio = np.where(kept["kind"] == "met", kept["high"] + 0.5, kept["high"] + 1.0) / (kept["lead"] + 0.5)
    expected = KaplanMeierFitter().fit(ratio, kept["kind"] == "met").median_survival_time_
    assert summary(pooled_of({"x": table}))["overrun"].iloc[0] == pytest.approx(expected)


def test_classes_and_names_of_leads():
    assert lead_labels((3,)) == ("3 or more",)
    assert lead_class(np.array([2, 3, 400]), (3,)).tolist() == [-1, 0, 0]
    assert mostly_year_ends(statements(("a", 11, "met", 1, 1))) and not mostly_year_ends(statements())
    assert not mostly_year_ends(statements(("a", 11, "met", 1, 1), ("b", 12, "met", 1, 1)))


@pytest.mark.parametrize("edges", [(), (14, 0), (0, 0), (-1,), (0.5,), (True,), ("0",)])
def test_bad_edges_are_refused(edges: tuple[int, ...]):
    with pytest.raises(InvalidInput, match="edges"):
        checked_edges(edges)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("a", 3, "maybe", 0, 1), "allowed are met, pending, ended"),
        (("a", -1, "met", 0, 1), "lead: allowed is at least 0"),
        (("a", 3, "met", 2, 1), "allowed is 0 <= low <= high"),
        (("a", 3, "met", -1, 1), "allowed is 0 <= low <= high"),
    ],
)
def test_bad_statements_are_refused_by_member_and_entity(row: tuple[str, int, str, int, int], said: str):
    with pytest.raises(InvalidInput, match=f"units: received 'a' .*{re.escape(said)}"):
        checked_statements("units", statements(row))
    with pytest.raises(InvalidInput, match="units: received no column 'kind'"):
        checked_statements("units", statements(row).drop(columns="kind"))


def test_numbers_of_a_member_a_new_one_and_none():
    pooled = pooled_of({"x": statements(), "y": statements()}, (6, 12))
    assert pooled.numbers("y", 11)["mean"][0] == 10.0 and pooled.numbers(None, 12)["mean"][0] == 20.0
    with pytest.raises(InvalidInput, match="allowed are x, y"):
        pooled.numbers("z", 11)
    with pytest.raises(InvalidInput, match="allowed is at least 6"):
        pooled.numbers("x", 5)

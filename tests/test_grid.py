"""Months, deadlines and as-of moments."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bayesmile as bm
from bayesmile.grid import parse_deadline, parse_moment, parse_month


@pytest.mark.parametrize(
    ("by", "last"),
    [
        ("2026", "2026-12"),
        ("2026-Q1", "2026-03"),
        ("2026-Q3", "2026-09"),
        ("2026Q4", "2026-12"),
        ("2026-07", "2026-07"),
        ("2026-07-15", "2026-07"),
        (dt.date(2026, 7, 1), "2026-07"),
        (pd.Timestamp("2026-07-31"), "2026-07"),
        (np.datetime64("2026-07-02"), "2026-07"),
    ],
)
def test_a_deadline_is_its_last_month(by, last: str):
    assert parse_deadline(by) == parse_month(last)


@pytest.mark.parametrize("text", ["", "2026-13", "2026-02-30", "26-01", "2026-Q5", "soon", "2026-1", "2026-00"])
def test_what_is_no_date_is_refused(text: str):
    with pytest.raises(bm.InvalidInput, match=r"received"):
        parse_deadline(text)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 12, 31)))
def test_a_day_counts_to_its_end(day: dt.date):
    moment = parse_moment(day)
    assert moment.day == day
    assert 0.0 < moment.fraction <= 1.0
    assert (moment.fraction == 1.0) == ((day + dt.timedelta(days=1)).day == 1)


@given(st.integers(1990, 2090), st.integers(1, 12))
def test_a_bare_month_is_its_first_moment(year: int, month: int):
    moment = parse_moment(f"{year}-{month:02d}")
    assert moment.fraction == 0.0
    assert moment.day == dt.date(year, month, 1) - dt.timedelta(days=1)


@given(st.integers(0, 400), st.integers(1, 400))
def test_labels_and_indices_are_inverse(start: int, months: int):
    grid = bm.MonthGrid(f"{1990 + start // 12}-{start % 12 + 1:02d}", months)
    for index in {0, months // 2, months - 1}:
        assert grid.index(grid.label(index)) == index
    assert grid.label(months) == "beyond"
    assert len(grid.starts()) == months
    assert str(grid.starts()[-1])[:7] == grid.last


@pytest.mark.parametrize(
    ("start", "months"),
    [("2026-01", 3600), ("9999-12", 2), ("2026", 12), ("2026-01", 0), ("2026-01", 1.5), ("2026-01", True)],
)
def test_bad_grids_are_refused(start, months):
    with pytest.raises(bm.InvalidInput):
        bm.MonthGrid(start, months)

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math

import numpy as np
import pytest

from bayesmile.dossier import load
from bayesmile.pages.layout import as_text
from bayesmile.pages.trace import trace_page
from bayesmile.pricing.lines import Lines
from bayesmile.pricing.tables import records, tables, trace_csv
from bayesmile.pricing.trace import Trace
from bayesmile.sections.basis import basis
from bayesmile.sections.trace import trace


@pytest.fixture(scope="module")
def found() -> Trace:
    return trace(basis(load("quantumscape"), "2025-10-16", price=3e10))


def test_tables_hold_every_number(found: Trace) -> None:
    made = tables(found)
    count = len(made["numbers"]) + sum(frame.size for name, frame in made.items() if name != "numbers")
    assert count == sum(np.size(line.value) for line in found.lines)
    assert made["months"].index[-1] == "2040-12"
    assert made["months"]["pmf"].sum() == pytest.approx(found.lines["probability"].value, rel=1e-12)


def test_csv_keeps_every_digit(found: Trace) -> None:
    rows = list(csv.DictReader(io.StringIO(trace_csv(found))))
    assert len(rows) == sum(np.size(line.value) for line in found.lines)
    for row in rows:
        line = found.lines[row["name"]]
        values = np.atleast_1d(np.asarray(line.value)).tolist()
        at = found.rows[line.rows].index(row["row"]) if line.rows else 0
        if not math.isnan(values[at]):
            assert float(row["value"]) == values[at] or line.rows.startswith(("accounts", "kinds"))


def test_json_has_no_number_that_json_lacks(found: Trace) -> None:
    text = json.dumps(records(found), allow_nan=False)
    back = {line["name"]: line for line in json.loads(text)}
    assert back["gap_bits"]["value"] == "inf"
    assert back["success"]["value"] == found.lines["success"].value
    assert back["implied"]["inputs"] == ["market_value", "failure", "success"]
    assert "levels.lines[*].implied" in back["level_implied"]["paths"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_begins_as_a_formula(found: Trace, text: str) -> None:
    lines = Lines(found={line.name: dataclasses.replace(line, title=text, source=text) for line in found.lines})
    rows = {name: tuple(text for _ in labels) for name, labels in found.rows.items()}
    for row in csv.DictReader(io.StringIO(trace_csv(dataclasses.replace(found, lines=lines, rows=rows)), newline="")):
        for name, cell in row.items():
            assert name == "value" or cell[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n"), (name, cell)


def test_page_names_inputs_engine_and_formulas(found: Trace) -> None:
    text = as_text(trace_page(found), width=120)
    assert "= (market_value - failure) / (success - failure)" in " ".join(text.split())
    assert "market.toml:" in text and f"engine, dossier {found.hash[:12]}" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 120

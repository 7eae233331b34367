from __future__ import annotations

import csv
import math
import re
import shutil
from dataclasses import fields
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bayesmile.breakevens import break_even
from bayesmile.dossier import Dossier, load
from bayesmile.errors import InvalidInput
from bayesmile.market import fair_price, two_state
from bayesmile.payoffs import Payoffs
from bayesmile.pricing.lines import Lines, look_up
from bayesmile.pricing.trace import Trace, trace_price
from bayesmile.pricing.workbook import workbook_bytes
from bayesmile.report import View, to_json
from bayesmile.sections.assumed import assumed
from bayesmile.sections.basis import basis
from bayesmile.sections.compared import compared
from bayesmile.sections.event import events
from bayesmile.sections.gap import gap
from bayesmile.sections.price import levels, reading, valuation
from bayesmile.sections.readings import readings
from bayesmile.sections.trace import trace
from tests.pricing.worlds import START, beliefs

Which = tuple[str, str, str | float | None] | tuple[str, str, str | float | None, int]
VIEWS: tuple[Which, ...] = (
    ("quantumscape", "2026-07-02", None),
    ("quantumscape", "2025-10-16", None),
    ("quantumscape", "2025-10-16", 3e10),  # no probability justifies it
    ("quantumscape", "2025-10-16", 1e8),  # less than failure leaves
    ("quantumscape", "2025-10-16", "17.85/share"),
    ("phase2_drug", "2026-06-30", None),
    ("phase2_drug", "2026-06-30", None, 100),  # with intervals
)


@cache
def traced(name: str, as_of: str, price: str | float | None, draws: int = 0) -> Trace:
    return trace(basis(load(name), as_of, price=price, draws=draws))


@pytest.mark.parametrize("view", VIEWS)
def test_formulas_give_the_numbers_of_the_report(view: Which) -> None:
    lines = traced(*view).lines
    assert lines.difference() < 1e-9
    assert sum(line.kind == "formula" for line in lines) > 40


@pytest.mark.parametrize("view", VIEWS)
def test_every_number_of_the_market_sections_is_traced(view: Which) -> None:
    numbers = dict(leaves(to_json(sections(*view)), ""))
    assert len(numbers) > 200
    covered: dict[str, float] = {}
    for line in traced(*view).lines:
        for path in line.paths:
            covered |= places(path, line.value, numbers)
    assert sorted(set(numbers) - set(covered)) == []
    for place, number in numbers.items():
        assert covered[place] == pytest.approx(number, rel=1e-9, abs=1e-12), place


def test_the_market_sections_are_those_of_the_report() -> None:
    """A new section about the price must be traced, or named here as one that is about the belief alone."""
    belief = {"as_of", "answer", "milestones", "uncertainty", "chain", "doubts", "inert", "weights", "foundation"}
    belief |= {"credited", "ahead", "supposed", "swept"}
    assert {field.name for field in fields(View)} == belief | set(sections(*VIEWS[0]))


def sections(name: str, as_of: str, price: str | float | None, draws: int = 0) -> dict[str, object]:
    """Market sections as the report has them."""
    view = basis(load(name), as_of, price=price, draws=draws)
    found = reading(view)
    assert found is not None
    parts = {build.__name__: build(view, found) for build in (readings, assumed, levels, compared, gap, valuation)}
    return {"price": view.price, **parts, "events": events(view)}


def leaves(value: object, path: str) -> list[tuple[str, float]]:
    """Numbers of a JSON value by their place; an infinite one is text there."""
    if isinstance(value, dict):
        return [leaf for key, entry in value.items() for leaf in leaves(entry, f"{path}.{key}".lstrip("."))]
    if isinstance(value, list):
        return [leaf for at, entry in enumerate(value) for leaf in leaves(entry, f"{path}[{at}]")]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return [(path, float(value))]
    return [(path, float(value))] if value in ("inf", "-inf") else []


def places(path: str, value: object, numbers: dict[str, float]) -> dict[str, float]:
    """Places of a path in the report, each with the number that a line has for it."""
    pattern = re.compile(re.escape(path).replace(r"\[\*\]", r"\[(\d+)\]"))
    found = {}
    for place in numbers:
        match = pattern.fullmatch(place)
        if match:
            row = np.asarray(value)
            found[place] = float(row[int(match.group(1))] if row.ndim else row)
    return found


@pytest.mark.parametrize("view", VIEWS)
def test_every_line_says_where_it_comes_from(view: Which) -> None:
    found = traced(*view)
    earlier: set[str] = set()
    for line in found.lines:
        assert line.title and line.unit
        assert bool(line.source) == (line.kind != "formula")
        assert set(line.inputs) <= earlier  # no cycle
        if np.ndim(line.value):
            assert len(found.rows[line.rows]) == len(np.asarray(line.value))
        earlier.add(line.name)


def test_inputs_name_the_file_the_line_and_the_field() -> None:
    lines = traced("quantumscape", "2025-10-16", None).lines
    dossier = load("quantumscape")
    for name, file, text in (
        ("required_return", "market.toml", "value = 0.13"),
        ("value_commercialization", "market.toml", "value = 35e9"),
        ("price_per_share", "prices.csv", "2025-10-16,15.46"),
        ("shares_class1", "shares.csv", "2025-06-30,"),
        ("return_event1", "prices.csv", "2025-09-30,12.32"),
        ("close_next_event1", "prices.csv", "2025-10-01,14.59"),
    ):
        found = re.match(rf"{file}:(\d+) ", lines[name].source)
        assert found is not None, lines[name].source
        assert text in (dossier.path / file).read_text().splitlines()[int(found.group(1)) - 1]
    assert dossier.hash[:12] in lines["pmf"].source


def test_a_changed_assumption_is_named() -> None:
    dossier = load("quantumscape").set("payoffs.required_return", "0.15")
    lines = trace(basis(dossier, "2025-10-16")).lines
    assert lines["required_return"].source.startswith("changed: payoffs.required_return=0.15")
    assert lines["dilution"].source.startswith("market.toml:")


@pytest.mark.parametrize(
    "change",
    [
        ("required_return", "payoffs.required_return", 0.09),
        ("dilution", "payoffs.dilution", 0.11),
        ("beyond_value", "payoffs.beyond", 2e9),
        ("floor_value", "payoffs.floor", 1e9),
        ("value_commercialization", "payoffs.values.commercialization", 6e10),
        ("value_commercialization", "payoffs.values.commercialization", 5e9),  # no probability justifies the price
    ],
)
def test_another_input_gives_what_the_dossier_would_say(change: tuple[str, str, float]) -> None:
    name, field, value = change
    found = traced("quantumscape", "2025-10-16", None)
    before = found.lines.evaluated({name: value})
    after = trace(basis(load("quantumscape").set(field, value), "2025-10-16"))
    for line in ("failure", "success", "model_value", "implied", "gap_bits", "value_needed_even", "reach_by"):
        assert before[line] == pytest.approx(after.lines[line].value, rel=1e-9, nan_ok=True), line
    assert before["implied"] != found.lines["implied"].value


def test_weights_of_classes_and_cash_of_another_dossier(tmp_path: Path) -> None:
    """Shares of unequal classes, and funding out of cash, through the files."""
    folder = tmp_path / "other"
    shutil.copytree(load("phase2_drug").path, folder)
    shares = (folder / "shares.csv").read_text().splitlines()
    header, first = shares[0], shares[1]
    cells = next(csv.reader([first]))
    at = header.split(",").index("class")
    more = [cell if number != at else "=HYPERLINK(1)" for number, cell in enumerate(cells)]
    rows = [",".join([*cells, "1"]), ",".join([*more, "2.5"])]
    (folder / "shares.csv").write_text("\n".join([f"{header},weight", *rows]) + "\n")
    market = (folder / "market.toml").read_text()
    number, why = 'value = {}\nrationale = "tested"\nsource = "test"\n', re.DOTALL
    funding = f"[payoffs.cash]\n{number.format('0.4e9')}\n[payoffs.burn]\n{number.format('0.1e9')}\n"
    (folder / "market.toml").write_text(re.sub(r"\[payoffs.dilution\].*?\n\n", funding, market, count=1, flags=why))
    view = basis(load(folder), "2026-06-30")
    found = trace(view)
    assert found.lines.difference() < 1e-9
    assert found.lines["shares"].formula == "shares_class1 + shares_class2 * shares_class2_weight"
    assert found.lines["shares"].value == pytest.approx(3.5 * float(found.lines["shares_class1"].value), rel=1e-15)
    assert found.lines["burn_a_year"].source.startswith("market.toml:")
    assert {"cash_today", "annuity", "burnt"} <= set(found.lines.found)
    assert workbook_bytes(found)[:2] == b"PK"


def test_no_price_no_trace() -> None:
    with pytest.raises(InvalidInput, match="received no price as of 2020-03"):
        trace(basis(load("quantumscape"), "2020-03"))


# Any roadmap and payoffs, without a dossier.


@st.composite
def payoffs_of(draw: st.DrawFn, names: tuple[str, ...]) -> Payoffs:
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    amount = st.floats(1.0, 1000.0)
    funding = draw(
        st.one_of(
            st.fixed_dictionaries({"dilution": st.floats(0.0, 0.2)}),
            st.fixed_dictionaries({"cash": st.floats(0.0, 50.0), "burn": st.floats(0.0, 50.0)}),
            st.fixed_dictionaries({"net_cash": st.floats(-5.0, 5.0)}),
        )
    )
    return Payoffs(
        {name: draw(amount) for name in chosen},
        floor=draw(st.floats(0.0, 5.0)),
        beyond=draw(st.floats(0.0, 5.0)),
        required_return=draw(st.sampled_from([0.0, 0.05, 0.3])),
        beyond_milestone=draw(st.sampled_from(chosen)) if len(chosen) > 1 else None,
        **funding,
    )


@settings(max_examples=25)
@given(st.data())
def test_lines_are_the_library_on_any_roadmap(data: st.DataObject) -> None:
    belief = data.draw(beliefs())
    payoffs = data.draw(payoffs_of(belief.roadmap.names))
    name = data.draw(st.sampled_from(belief.roadmap.names))
    as_of = data.draw(st.sampled_from([START, f"{START}-17", "2026-02"]))
    try:
        state = two_state(belief, payoffs, as_of=as_of, milestone=name)
    except InvalidInput:
        assume(False)
    assume(0.0 < state.probability < 1.0 and math.isfinite(state.log_odds))
    assume(abs(state.success - state.failure) > 1e-3)
    price = data.draw(st.floats(0.0, 500.0))
    lines = trace_price(belief, payoffs, price=price, as_of=as_of, milestone=name).lines
    assert lines["failure"].value == pytest.approx(state.failure, rel=1e-9, abs=1e-9)
    assert lines["success"].value == pytest.approx(state.success, rel=1e-9, abs=1e-9)
    assert lines["model_value"].value == pytest.approx(fair_price(belief, payoffs, as_of=as_of), rel=1e-9, abs=1e-9)
    assert lines["implied"].value == pytest.approx(state.implied_probability(price), rel=1e-9, abs=1e-9)
    if "value_needed_even" in lines:
        answer = break_even(belief, payoffs, price=price, as_of=as_of, probability=0.5, milestone=name)
        assert lines["value_needed_even"].value == pytest.approx(answer.success_value, rel=1e-9, abs=1e-7)
        assert lines["years_even"].value == pytest.approx(answer.years, rel=1e-6, abs=1e-9, nan_ok=True)


def test_rows_of_present_values_are_inputs() -> None:
    dossier: Dossier = load("quantumscape")
    belief = dossier.belief("2025-10-16")
    row = np.linspace(2e10, 1e9, belief.grid.months + 1)
    lines = trace_price(
        belief, Payoffs({"commercialization": row}, required_return=0.1), price=9e9, as_of="2025-10-16"
    ).lines
    assert lines["pv_commercialization"].kind == "input"
    state = two_state(belief, Payoffs({"commercialization": row}, required_return=0.1), as_of="2025-10-16")
    assert lines["implied"].value == pytest.approx(state.implied_probability(9e9), rel=1e-9)


# What holds lines together.


def test_lines_refuse_what_no_graph_may_hold() -> None:
    lines = Lines()
    lines.input("price", 1.0, "USD", "Price", source="given")
    with pytest.raises(InvalidInput, match="'later'; no line has it"):
        lines.formula("half", "later / 2", "USD", "Half")
    with pytest.raises(InvalidInput, match="'price' twice"):
        lines.input("price", 2.0, "USD", "Price", source="given")
    lines.formula("half", "price / 2", "USD", "Half")
    with pytest.raises(InvalidInput, match="'half'; allowed are inputs"):
        lines.evaluated({"half": 3.0})
    with pytest.raises(InvalidInput, match="received rows"):
        lines.input("row", [1.0, 2.0], "USD", "Row", source="given")


def test_a_number_that_its_formula_does_not_give_is_found() -> None:
    lines = Lines(said={"part": {"half": 0.5000001, "none": None}})
    lines.input("price", 1.0, "USD", "Price", source="given")
    lines.formula("half", "price / 2", "USD", "Half", paths=("part.half",))
    assert lines.difference() == pytest.approx(2e-7, rel=1e-3)
    lines.formula("none", "price", "USD", "Not undefined", paths=("part.none",))
    assert lines.difference() == math.inf


def test_look_up_follows_records_in_nats_and_rows() -> None:
    assert look_up({"a": [{"b": (1.0, 2.0)}, {"b": (3.0, None)}]}, "a[1].b[0]") == 3.0
    assert look_up({"a": [{"b": (1.0, 2.0)}, {"b": (3.0, 4.0)}]}, "a[*].b[1]").tolist() == [2.0, 4.0]

from __future__ import annotations

import dataclasses
import io
import math
import re
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from bayesmile.delays import Tabulated
from bayesmile.dossier import load
from bayesmile.errors import InvalidInput
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.payoffs import Payoffs
from bayesmile.pricing.lines import Lines, TraceLine
from bayesmile.pricing.trace import Grounds, Trace, trace_price
from bayesmile.pricing.workbook import workbook_bytes, write_workbook
from bayesmile.roadmap import Milestone, Roadmap
from bayesmile.sections.basis import basis
from bayesmile.sections.trace import trace
from tests.pricing.libreoffice import Numbers, needed, recalculated, stripped, with_inputs

WORDS = {math.inf: "more than any", -math.inf: "less than any"}
DATE = "2025-10-16"
CHANGES = {
    "value": {"value_commercialization": 6e10},
    "rates": {"required_return": 0.085, "dilution": 0.11},
    "price": {"price_per_share": 9.99, "shares_class2": 1e8},
    "dear": {"price_per_share": 40.0},  # no probability justifies it
    "cheap": {"price_per_share": 0.3},  # less than failure leaves
    "kept": {"floor_value": 5e8, "beyond_value": 1.2e9},
}


@cache
def quantumscape() -> Trace:
    return trace(basis(load("quantumscape"), DATE))


@cache
def hypothetical() -> Trace:
    return trace(basis(load("phase2_drug"), "2026-06-30"))


@cache
def staged() -> Trace:
    """Two priced milestones, paid for out of cash; not a dossier's."""
    roadmap = Roadmap(
        [
            Milestone("lot1", delay=Tabulated([0.1, 0.3, 0.2])),  # a name like that of a cell
            Milestone("launch-2", after="lot1", delay=Tabulated([0.1, 0.2, 0.3])),
        ]
    )
    belief = infer(roadmap, [], MonthGrid("2026-01", 12))
    payoffs = Payoffs(
        {"lot1": 40.0, "launch-2": 200.0},
        required_return=0.1,
        beyond=5.0,
        cash=30.0,
        burn=20.0,
        beyond_milestone="launch-2",
    )
    return trace_price(belief, payoffs, price=90.0, as_of="2026-01-10", milestone="launch-2")


SOURCES = {"quantumscape": quantumscape, "hypothetical": hypothetical, "staged": staged}


@pytest.fixture(scope="session")
def worked_out(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Numbers]:
    """Every workbook worked out from its formulas alone, in one start of LibreOffice."""
    folder = tmp_path_factory.mktemp("libreoffice")
    files = []
    for name, source in SOURCES.items():
        written = write_workbook(source(), folder / f"whole_{name}.xlsx")
        files.append(folder / f"{name}.xlsx")
        assert stripped(written, files[-1]) > 50
    for name, inputs in CHANGES.items():
        files.append(folder / f"{name}.xlsx")
        with_inputs(folder / "whole_quantumscape.xlsx", files[-1], inputs)
    return {file.stem: Numbers(file) for file in recalculated(files, folder)}


def compare(numbers: Numbers, line: TraceLine, wanted: object) -> None:
    found = numbers[line.name]
    cells = found if isinstance(found, list) else [found]
    values = np.atleast_1d(np.asarray(wanted)).tolist()
    assert len(cells) == len(values), line.name
    for cell, value in zip(cells, values, strict=True):
        if math.isfinite(value):
            assert cell == pytest.approx(value, rel=1e-9, abs=1e-12), line.name
        else:
            assert cell == WORDS.get(value, "none"), line.name


@needed
@pytest.mark.parametrize("name", list(SOURCES))
def test_recalculated_workbook_has_the_numbers_of_the_library(worked_out: Mapping[str, Numbers], name: str) -> None:
    for line in SOURCES[name]().lines:
        compare(worked_out[name], line, line.value)


@needed
@pytest.mark.parametrize("name", list(CHANGES))
def test_changed_inputs_recalculate_everything(worked_out: Mapping[str, Numbers], name: str) -> None:
    lines, numbers = quantumscape().lines, worked_out[name]
    values = lines.evaluated(CHANGES[name])
    for line in lines:
        compare(numbers, line, values[line.name])
    assert numbers["implied"] != pytest.approx(lines["implied"].value, rel=1e-3)


@needed
def test_a_changed_assumption_is_the_dossier_with_it(worked_out: Mapping[str, Numbers]) -> None:
    dossier = load("quantumscape").set("payoffs.values.commercialization", 6e10)
    lines = trace(basis(dossier, DATE)).lines
    for name in (
        "success",
        "model_value",
        "implied",
        "gap_bits",
        "value_needed_even",
        "return_needed_ours",
        "reach_by",
    ):
        compare(worked_out["value"], lines[name], lines[name].value)


@needed
def test_an_infeasible_price_is_said_and_not_clipped(worked_out: Mapping[str, Numbers]) -> None:
    dear, cheap = worked_out["dear"], worked_out["cheap"]
    assert float(str(dear["implied"])) > 2.0 and float(str(cheap["implied"])) < 0.0
    assert any("no probability justifies this price" in text for text in texts(dear, "Price"))
    assert any("the price is less than failure leaves" in text for text in texts(cheap, "Price"))
    assert not any("justifies this price" in text for text in texts(worked_out["value"], "Price"))


@needed
def test_ends_of_ranges_and_grids(worked_out: Mapping[str, Numbers]) -> None:
    """The sheet What if: every implied probability of it is what the library says with those assumptions."""
    lines, sheet = quantumscape().lines, worked_out["quantumscape"].book["What if"]
    rows = {str(row[0].value): [cell.value for cell in row] for row in sheet.iter_rows(min_row=6, max_row=12)}
    for name, grounds in quantumscape().grounds.items():
        if grounds.low is None:
            continue
        row = rows[lines[name].title]
        for at, end in enumerate((grounds.low, grounds.high)):
            values = lines.evaluated({name: float(end or 0.0)})
            assert row[3 + at] == pytest.approx(values["implied"], rel=1e-9)
            assert row[5 + at] == pytest.approx(values["model_value"], rel=1e-9)
    top = next(row for row in range(1, 60) if sheet.cell(row, 1).value == "What probability the price would imply") + 2
    for down in (1, 4, 7):
        for across in (2, 4, 7):
            inputs = {"value_commercialization": sheet.cell(top + down, 1).value}
            inputs["required_return"] = sheet.cell(top, across).value
            assert sheet.cell(top + down, across).value == pytest.approx(lines.evaluated(inputs)["implied"], rel=1e-9)


@needed
def test_worth_by_value_and_probability(worked_out: Mapping[str, Numbers]) -> None:
    lines, sheet = quantumscape().lines, worked_out["quantumscape"].book["What if"]
    top = next(row for row in range(1, 60) if sheet.cell(row, 1).value == "What the equity would be worth") + 2
    for down in range(1, 8):
        values = lines.evaluated({"value_commercialization": sheet.cell(top + down, 1).value})
        for across in range(2, 13):
            chance = sheet.cell(top, across).value
            wanted = (1.0 - chance) * float(values["failure"]) + chance * float(values["success"])
            assert sheet.cell(top + down, across).value == pytest.approx(wanted, rel=1e-9)


@needed
def test_no_cell_is_an_error(worked_out: Mapping[str, Numbers]) -> None:
    for name, numbers in worked_out.items():
        for sheet in numbers.book:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "e":
                        missing = cell.value == "#N/A" and sheet.title == "Timing"  # what a chart leaves out
                        assert missing, (name, sheet.title, cell.coordinate, cell.value)


@needed
def test_latest_months(worked_out: Mapping[str, Numbers]) -> None:
    """Dates beside the years are those of the library."""
    from bayesmile.breakevens import break_even

    dossier = load("quantumscape")
    belief, price = dossier.belief(DATE), float(quantumscape().lines["market_value"].value)
    sheet = worked_out["quantumscape"].book["Price"]
    months = {str(row[0].value): row[6].value for row in sheet.iter_rows()}
    for label, chance in (
        ("If success is certain", 1.0),
        ("If it has even odds", 0.5),
        ("If it has our probability", None),
    ):
        answer = break_even(belief, dossier.market.payoffs, price=price, as_of=DATE, probability=chance)
        found = months[label]
        assert (found if isinstance(found, str) else f"{found:%Y-%m}") == answer.arrival


def texts(numbers: Numbers, sheet: str) -> list[str]:
    return [cell.value for row in numbers.book[sheet].iter_rows() for cell in row if isinstance(cell.value, str)]


# Without LibreOffice.


def opened(found: Trace, *, values: bool = False) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(found)), data_only=values)


@pytest.mark.parametrize("name", list(SOURCES))
def test_values_are_written_beside_the_formulas(name: str) -> None:
    """A program that works nothing out shows the same numbers."""
    found = SOURCES[name]()
    book = opened(found, values=True)
    for line in found.lines:
        ((sheet, cells),) = book.defined_names[line.name].destinations
        area = book[sheet][cells.replace("$", "")]
        shown = [cell.value for row in area for cell in row] if isinstance(area, tuple) else [area.value]
        for cell, value in zip(shown, np.atleast_1d(np.asarray(line.value)).tolist(), strict=True):
            if math.isfinite(value):
                assert cell == pytest.approx(value, rel=1e-12, abs=1e-12), line.name
            else:
                assert cell == WORDS.get(value, "none"), line.name


def test_pricing_cells_are_formulas_and_inputs_are_numbers() -> None:
    found = quantumscape()
    book = opened(found)
    for line in found.lines:
        ((sheet, cells),) = book.defined_names[line.name].destinations
        area = book[sheet][cells.replace("$", "")]
        for cell in [cell for row in area for cell in row] if isinstance(area, tuple) else [area]:
            assert (cell.data_type == "f") == (line.kind == "formula"), line.name
            if line.kind == "input":
                assert isinstance(cell.value, (int, float))


def test_headers_of_the_returns_are_not_cut() -> None:
    sheet = opened(quantumscape())["Returns"]
    assert len(str(sheet["B4"].value)) > sheet.column_dimensions["B"].width
    assert sheet.row_dimensions[4].height == 30.0


def test_same_trace_same_bytes() -> None:
    assert workbook_bytes(quantumscape()) == workbook_bytes(trace(basis(load("quantumscape"), DATE)))


def test_no_macros_no_links_no_hidden_sheets() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(quantumscape()))) as archive:
        names = archive.namelist()
        text = b"".join(archive.read(name) for name in names if name.endswith(".rels")).decode()
    assert not [name for name in names if "vba" in name.lower() or "externalLink" in name or "connections" in name]
    assert 'TargetMode="External"' not in text
    assert all(sheet.sheet_state == "visible" for sheet in opened(quantumscape()))


HOSTILE = (
    '=HYPERLINK("http://x.y","z")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "{=1}",
    "http://x.y/z",
    "red\x1b[31m\x07",
    "a" * 40_000,
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_of_a_dossier_is_text(text: str) -> None:
    """Titles, reasons, sources and labels are written as they are: no more formulas, and no links."""
    found = staged()
    grounds = {name: Grounds(low=1.0, high=2.0, rationale=text, source=text) for name in ("dilution", "beyond_value")}
    lines = Lines(found={line.name: dataclasses.replace(line, title=text) for line in found.lines})
    one, other = (
        dataclasses.replace(found, title=what, name=what, changes=(what,), notes=(what,), grounds=grounds, lines=lines)
        for what in (text, "harmless")
    )
    before, after = opened(other), opened(one)
    for sheet in after:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.hyperlink is None
                assert (cell.data_type == "f") == (before[sheet.title][cell.coordinate].data_type == "f")
    assert any(text[:3] in str(cell.value) for row in after["Read me"].iter_rows() for cell in row)


@pytest.mark.parametrize("name", ["a.xls", "a.csv", "a"])
def test_refuses_other_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match=r"ends in \.xlsx"):
        write_workbook(staged(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_replaces_a_file_or_writes_none(tmp_path: Path) -> None:
    path = tmp_path / "price.xlsx"
    write_workbook(staged(), path)
    write_workbook(staged(), path)
    assert [file.name for file in tmp_path.iterdir()] == ["price.xlsx"]
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_workbook(staged(), tmp_path / "absent" / "price.xlsx")


def test_names_are_names_to_a_spreadsheet() -> None:
    """No name of a line may look like a cell, in either way of writing one."""
    for source in SOURCES.values():
        for line in source().lines:
            assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", line.name)
            assert not re.fullmatch(r"[A-Za-z]{1,3}[0-9]+|[Rr][0-9]*([Cc][0-9]*)?|[Cc][0-9]*", line.name)

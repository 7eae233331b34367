"""README stays true: its Python and its commands print what it shows, and its tables are those of the schema."""

from __future__ import annotations

import contextlib
import io
import itertools
import re
import shlex
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import bayesmile as bm
from bayesmile.cli import run
from bayesmile.dossier_check import check
from bayesmile.files import market_schema, rows, schema
from bayesmile.files.fields import Entry, Sourced
from bayesmile.model import from_prior
from bayesmile.reference import classfile

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"

pytestmark = pytest.mark.skipif(not README.exists(), reason="needs the whole repository")

TEXT = README.read_text(encoding="utf-8") if README.exists() else ""
FORMAT = TEXT.partition("\n## The dossier format\n")[2].partition("\n## ")[0]
CLASSES = TEXT.partition("\n## The class file format\n")[2].partition("\n## ")[0]
FORMATS = f"{FORMAT}\n{CLASSES}"
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what stands behind that, its text and the line on which it begins."""

    language: str
    title: str
    text: str
    line: int


def blocks(text: str) -> list[Block]:
    return [
        Block(match[1], match[2].strip(), match[3], text.count("\n", 0, match.start()) + 1)
        for match in FENCE.finditer(text)
    ]


# Python.


def test_python_prints_what_is_shown() -> None:
    found = blocks(TEXT)
    programs = [(block, after) for block, after in itertools.pairwise(found) if block.language == "python"]
    assert len(programs) >= 2
    for block, after in programs:
        assert after.language == "text", f"line {block.line}: no output is shown"
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block.text, f"README.md:{block.line}", "exec"), {"__name__": "__main__"})
        assert printed.getvalue() == after.text, f"line {block.line}"


def test_the_first_program_is_short_and_uses_the_main_verbs() -> None:
    program = next(block.text for block in blocks(TEXT) if block.language == "python")
    assert len(program.splitlines()) < 25
    for name in ("infer", "Payoffs", "implied_probability", "reach_tilt", "implied", "compare"):
        assert f"bm.{name}(" in program
    assert "ledger.known_by(" in program


def test_every_public_name_is_listed() -> None:
    section = TEXT.partition("\n## From Python\n")[2].partition("\n## ")[0]
    listed = re.findall(r"`(\w+)`", "\n".join(line for line in section.splitlines() if line.startswith("| ")))
    assert sorted(listed) == bm.__all__


# Commands.


@dataclass(frozen=True)
class Example:
    """A command as typed, its exit code, and the lines shown below it."""

    command: str
    code: int
    shown: tuple[str, ...]
    line: int


def examples() -> Iterator[Example]:
    for block in blocks(TEXT):
        if block.language != "console":
            continue
        typed = block.text.replace("\\\n", " ")
        for part in re.split(r"^\$ ", typed, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            stated = re.search(r"# exit code (\d+)$", command)
            code = int(stated[1]) if stated else 0
            yield Example(command, code, tuple(shown.splitlines()), block.line)


def pattern(shown: Sequence[str]) -> str:
    """Regular expression of an output, where a line ``...`` leaves lines out and ``...`` at its end the rest of it."""
    lines = (
        "(?:.*\n)*?" if line == "..." else re.escape(line.removesuffix(" ...")) + (".*" * line.endswith(" ...")) + "\n"
        for line in shown
    )
    return "".join(lines)


def test_commands_print_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    found = list(examples())
    used = {example.command.split()[1] for example in found}
    assert used >= {"report", "market", "history", "fit", "check", "new", "add", "replay", "list"}
    for example in found:
        name, *arguments = shlex.split(example.command, comments=True)
        assert name == "bayesmile", f"line {example.line}: {example.command}"
        code = run(arguments)
        printed = capsys.readouterr()
        assert code == example.code, f"{example.command}\n{printed.out}{printed.err}"
        assert re.fullmatch(pattern(example.shown), printed.out + printed.err), f"{example.command}\n{printed.out}"


def test_make_targets_exist() -> None:
    shell = "\n".join(block.text for block in blocks(TEXT) if block.language == "sh")
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^make (\S+)", shell, re.MULTILINE)
    assert {"report", "test", "bench"} <= set(targets)
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_files_and_anchors_named_exist() -> None:
    layout = next(block.text for block in blocks(TEXT) if "tests/" in block.text and block.language == "text")
    files = re.findall(r"\b\w+\.py\b", layout.partition("\npriors/")[0])
    assert files
    assert [name for name in files if not (ROOT / "bayesmile" / name).exists()] == []
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", TEXT), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert target.removeprefix("#") in anchors if target.startswith("#") else (ROOT / target).exists(), target


# Numbers in the text.


def test_the_example_at_the_top_is_the_dossier_s() -> None:
    dossier = bm.load("quantumscape")
    assert dossier.market is not None
    as_of, horizon, payoffs = dossier.default_as_of[0], dossier.grid.last, dossier.market.payoffs
    belief, value = dossier.belief(as_of), dossier.capitalisation(as_of).value
    assumed = bm.implied_probability(belief, payoffs, price=value, as_of=as_of)
    mixture = from_prior(dossier, as_of, draws=2000, seed=0)
    testing, soon, late = (
        mixture.prob(name, by=by)
        for name, by in [("field_testing", "2026"), ("commercialization", "2030"), ("commercialization", horizon)]
    )
    sentences = [
        f"With what was public by {as_of}, the bundled dossier gives field testing in vehicles"
        f" {float(testing):.0%} by the end of 2026 ({testing.low:.0%} to {testing.high:.0%} over its uncertain"
        f" numbers), commercialization {float(soon):.0%} by the end of 2030 ({soon.low:.0%} to {soon.high:.0%}) and"
        f" {float(late):.0%} by {horizon} ({late.low:.0%} to {late.high:.0%}).",
        f"A market value of ${value / 1e9:.2f} billion assumes {assumed:.0%} for commercialization by {horizon}.",
        f"a success value of ${payoffs.values['commercialization'] / 1e9:.0f} billion, a required return of"
        f" {payoffs.required_return:.0%} and a dilution of {payoffs.dilution:.0%} a year",
    ]
    plain = " ".join(TEXT.split())
    assert [sentence for sentence in sentences if sentence not in plain] == []


# The dossier format.

DELAYS = (
    schema.LogNormalEntry,
    schema.GammaEntry,
    schema.WeibullEntry,
    schema.LogLogisticEntry,
    schema.TabulatedEntry,
)
PRIORS = (
    schema.LogNormalPrior,
    schema.GammaPrior,
    schema.ShapePrior,
    schema.LiftPrior,
    schema.AttributePrior,
    schema.SlipPrior,
)
TABLES: dict[str, tuple[type[BaseModel], ...]] = {
    "`[dossier]`": (schema.DossierEntry,),
    "`[[milestone]]`": (schema.MilestoneEntry,),
    "`[milestone.delay]`": DELAYS,
    "`[[stream]]`": (schema.StreamEntry,),
    "`[[slip]]`": (schema.Slip,),
    "`[[catalyst]]`": (schema.CatalystEntry,),
    "Prior tables": PRIORS,
    "`[kind.NAME]`": (schema.Kind,),
    "`[kind.NAME.attributes.NAME]`": (schema.Attribute,),
    "Columns of announcements.csv": (rows.ItemRow,),
    "`[market]`": (market_schema.MarketEntry,),
    "`[payoffs]`": (market_schema.PayoffsEntry,),
    "An amount": (market_schema.Amount, market_schema.NetAmount),
    "`[spending]`": (market_schema.SpendingEntry,),
    "`[[comparable]]`": (market_schema.Comparable,),
    "`[[event]]`": (market_schema.MarketEvent,),
    "A reported move": (market_schema.ReportedMove,),
    "Columns of prices.csv": (rows.PriceRow,),
    "Columns of shares.csv": (rows.ShareRow,),
    "`[reference]`": (classfile.ClassEntry,),
    "`[entity]`": (classfile.EntityEntry,),
    "`[events]`": (classfile.EventsEntry,),
    "A condition": (classfile.WhereEntry,),
    "`[lookup]`": (classfile.LookupEntry,),
    "`[[factor]]`": (classfile.FactorEntry,),
    "`[[milestone]]` of a class": (classfile.ChainEntry,),
    "`[ended]`": (classfile.EndedEntry,),
    "`[[target]]`": (classfile.StatedEntry,),
}
"""Heading of each table of keys, and the part of the schema that it documents."""

WHOLE_FILES = (schema.KindsFile, schema.RoadmapFile, market_schema.MarketFile)
CLASS_FILES = (classfile.ClassFile,)


def documented(heading: str) -> dict[str, tuple[str, str]]:
    """Type and default by key, as the table below a heading says; in the order of the table."""
    below = FORMATS.partition(f"\n#### {heading}\n")[2].partition("\n#")[0]
    table = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in below.splitlines() if line[:2] == "| "]
    return {row[0].strip("` "): (row[1], row[2]) for row in table if row[0].startswith("`")}


def described(models: Sequence[type[BaseModel]]) -> dict[str, list[FieldInfo]]:
    found: dict[str, list[FieldInfo]] = {}
    for model in models:
        for name, field in model.model_fields.items():
            found.setdefault(field.alias or name, []).append(field)
    return found


def default_shown(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ("", [], {}):
        return "-"
    return "`" + ({True: "true", False: "false"}[value] if isinstance(value, bool) else f"{value!r}") + "`"


@pytest.mark.parametrize("heading", TABLES)
def test_tables_hold_every_key_with_its_default(heading: str) -> None:
    table, fields = documented(heading), described(TABLES[heading])
    assert set(table) == set(fields)
    shown = {name: default.replace('"', "'") for name, (_, default) in table.items()}
    assert shown == {name: default_shown(of[0]) for name, of in fields.items()}


def test_the_table_of_bundled_kinds_is_that_of_the_file() -> None:
    kinds = tomllib.loads((ROOT / "priors" / "kinds.toml").read_text(encoding="utf-8"))["kind"]
    expected = []
    for name, kind in kinds.items():
        attributes = ", ".join(f"`{attribute}`" for attribute in kind.get("attributes", {}))
        lift = "1, inert" if kind["lift"] == 1.0 and not attributes else f"{kind['lift']:g}"
        rate = f"{kind['base_rate']:g}" if "base_rate" in kind else "-"
        promotional = "yes" if kind.get("promotional") else "no"
        cells = [f"`{name}`", kind["title"], rate, lift, f"{kind.get('lead', '-')}", promotional, attributes or "-"]
        expected.append(f"| {' | '.join(cells)} |")
    below = FORMAT.partition("\n#### The bundled kinds\n")[2].partition("\n#")[0]
    assert [line for line in below.splitlines() if line.startswith("| `")] == expected


@pytest.mark.parametrize("heading", TABLES)
def test_tables_name_every_allowed_word(heading: str) -> None:
    for model in TABLES[heading]:
        for field in model.model_fields.values():
            words = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
            quoted = [f'`"{word}"`' if model not in (rows.ItemRow, rows.ShareRow) else f"`{word}`" for word in words]
            assert [word for word in quoted if word not in FORMATS] == []


def test_the_whole_schema_is_documented() -> None:
    def below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
        for one in model.__subclasses__():
            yield one
            yield from below(one)

    parts = set(below(Entry)) - {Sourced, schema.PriorEntry}
    assert parts == {model for models in TABLES.values() for model in models} | {*WHOLE_FILES, *CLASS_FILES}
    for model in (*WHOLE_FILES, *CLASS_FILES):
        assert [name for name in model.model_fields if f"[{name}" not in FORMATS] == []


@pytest.fixture
def skylark(tmp_path: Path) -> Path:
    """Folder with the whole example of the format section."""
    folder = tmp_path / "skylark"
    folder.mkdir()
    for block in blocks(FORMAT):
        if block.language in ("toml", "csv"):
            (folder / block.title).write_text(block.text, encoding="utf-8")
    return folder


def test_the_whole_example_passes_check_and_reports(skylark: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(list(skylark.iterdir())) == 6
    assert check(skylark) == []
    assert run(["report", str(skylark)]) == 0
    assert "certificate" in capsys.readouterr().out


def test_the_whole_example_has_every_table_and_type(skylark: Path) -> None:
    dossier = bm.load(skylark)
    assert {row.type for row in dossier.items.values()} == set(get_args(rows.ItemRow.model_fields["type"].annotation))
    names = ("kinds.toml", "roadmap.toml", "market.toml")
    tables = [set(tomllib.loads((skylark / name).read_text(encoding="utf-8"))) for name in names]
    assert tables == [set(model.model_fields) for model in WHOLE_FILES]

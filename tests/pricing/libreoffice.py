"""Recalculation of workbooks by LibreOffice, from the formulas alone: values that a file brings along are taken out."""

from __future__ import annotations

import re
import shutil
import subprocess
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")

needed = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed: no soffice on the PATH")

_CELL = re.compile(r"(<c [^>]*?)( t=\"\w+\")?([^>]*>)(<f[ >].*?</f>)<v>.*?</v></c>", re.S)


def stripped(source: Path, target: Path) -> int:
    """Copy a workbook without the values of its formulas; return how many there were."""
    count = 0
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/"):
                text, found = _CELL.subn(r"\1\3\4</c>", data.decode())
                count, data = count + found, text.encode()
            new.writestr(name, data)
    return count


def recalculated(files: Sequence[Path], folder: Path) -> list[Path]:
    """Work the workbooks out, all in one start of LibreOffice, with a profile of their own."""
    out = folder / "out"
    out.mkdir()
    command = [str(SOFFICE), f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "xlsx"]
    done = subprocess.run(
        [*command, "--outdir", str(out), *map(str, files)], capture_output=True, text=True, timeout=300, check=False
    )
    made = [out / file.name for file in files]
    assert all(file.exists() for file in made), done.stdout + done.stderr
    return made


def with_inputs(source: Path, target: Path, inputs: Mapping[str, float]) -> None:
    """Copy a workbook with other numbers in the cells of these names; openpyxl writes no values of formulas."""
    book = openpyxl.load_workbook(source)
    for name, value in inputs.items():
        ((sheet, cell),) = book.defined_names[name].destinations
        book[sheet][cell.replace("$", "")] = value
    book.save(target)


class Numbers:
    """What the cells of a workbook hold, by their names."""

    def __init__(self, file: Path) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Unable to read chart")  # as LibreOffice writes it
            self.book = openpyxl.load_workbook(file, data_only=True)

    def __getitem__(self, name: str) -> object:
        """Value of one cell, or a list of those of several."""
        ((sheet, cells),) = self.book.defined_names[name].destinations
        found = self.book[sheet][cells.replace("$", "")]
        if not isinstance(found, tuple):
            return found.value
        return [cell.value for row in found for cell in row]

    def __iter__(self):
        return iter(self.book.defined_names)

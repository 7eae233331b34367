"""Every notebook runs from an empty folder, says nothing on stderr, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from tests.browsing import CHROMIUM, look_at

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").glob("*.*") if path.suffix in {".md", ".py", ".ipynb"})

PLOTLY = "application/vnd.plotly.v1+json"
PATIENCE = 300  # seconds that a cell may take: a shared machine stalls

# What a reader should never meet in an output: errors, numbers and dates that are missing, objects without words.
UNWANTED = re.compile(r"Traceback|\bnan\b|\bNaN\b|\bNaT\b|object at 0x")

pytestmark = pytest.mark.skipif(not NOTEBOOKS, reason="needs the whole repository")


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[AsyncKernelManager]:
    """Kernel of the interpreter that runs the tests, whatever kernels and settings the machine has.

    It talks over sockets in a folder of its own: tests side by side cannot take each other's ports.
    """
    with tempfile.TemporaryDirectory(prefix="nb") as folder:
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
        monkeypatch.delenv("MPLBACKEND", raising=False)
        monkeypatch.delenv("BAYESMILE_DATA", raising=False)  # outside tables take a minute: a test of their own
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
            monkeypatch.setenv(name, folder)
        yield AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
            transport="ipc",
            connection_file=str(Path(folder) / "k.json"),
        )


def executed(path: Path, kernel: AsyncKernelManager, folder: Path) -> nbformat.NotebookNode:
    """Run a notebook as its reader would, but with warnings as errors."""
    notebook = jupytext.read(path)
    strict = nbformat.v4.new_code_cell(
        "import sys, warnings\n"
        "warnings.simplefilter('error')\n"
        f"assert sys.executable == {sys.executable!r}, sys.executable"
    )
    notebook.cells.insert(0, strict)
    client = NotebookClient(notebook, km=kernel, timeout=PATIENCE, resources={"metadata": {"path": str(folder)}})
    client.execute(cleanup_kc=True)
    return notebook


def texts(output: nbformat.NotebookNode) -> Iterator[str]:
    """Everything that an output says in words."""
    yield from (str(output.get(name, "")) for name in ("text", "ename", "evalue"))
    yield from (str(value) for kind, value in output.get("data", {}).items() if kind.startswith("text/"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_runs(path: Path, kernel: AsyncKernelManager, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    notebook = executed(path, kernel, tmp_path / "run")
    check(notebook, tmp_path / "run")
    if CHROMIUM is not None:
        check_page(notebook, tmp_path)


def check_page(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Open the page of a notebook: no network, no complaint, and every figure on it has marks."""
    nbformat.write(notebook, folder / "page.ipynb")
    done = [sys.executable, str(ROOT / ".ci" / "pages.py"), str(folder / "page.ipynb")]
    subprocess.run(done, check=True, capture_output=True, timeout=PATIENCE)
    look = look_at(folder / "page.html")
    drawn = [out for cell in notebook.cells for out in cell.get("outputs", []) if PLOTLY in out.get("data", {})]
    assert (look.said, look.asked, len(look.marks)) == ([], [], len(drawn))
    assert all(look.marks)


@pytest.mark.slow
def test_forecast_quality_runs_on_a_real_class(
    data_dir: Path, kernel: AsyncKernelManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAYESMILE_DATA", str(data_dir))
    notebook = executed(ROOT / "notebooks" / "forecast_quality.md", kernel, tmp_path)
    check(notebook, tmp_path)
    said = [text for cell in notebook.cells for output in cell.get("outputs", []) for text in texts(output)]
    assert any("Kubernetes enhancements**: mean scores" in text for text in said)


def check(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """No error, no warning, no missing number, no file left behind."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert outputs
    assert [output for output in outputs if output.output_type == "error"] == []
    assert [output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"] == []
    assert [text for output in outputs for text in texts(output) if UNWANTED.search(text)] == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_stores_no_output(path: Path) -> None:
    assert [cell.outputs for cell in jupytext.read(path).cells if cell.get("outputs")] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_numbers_of_the_prose_are_computed(path: Path) -> None:
    prose = [cell.source for cell in jupytext.read(path).cells if cell.cell_type == "markdown"]
    plain = [re.sub(r"^(#+ )?\d+\. |`[^`]*`", "", text, flags=re.MULTILINE) for text in prose]
    assert [found for text in plain for found in re.findall(r"\S*\d\S*", text)] == []

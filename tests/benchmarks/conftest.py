"""Tables of the benchmarks, printed after the run, and where the picture goes."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

TABLES = pytest.StashKey[list[Table]]()
CAVEAT = (
    "Times are the shortest of many repeats (of several milliseconds or more: of processor time, if shorter) on {cores}"
    " cores; load average now {load:.1f}. Other work on the machine still lengthens them, so compare the ratios, which"
    " are of times taken in this run."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where to save the picture of the growth."""
    default = str(Path(".benchmarks") / "growth.png")
    parser.addoption("--growth-plot", default=default, help=f"picture of the growth benchmarks (default: {default})")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TABLES] = []


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Callable[[Table], None]:
    """Print a table once all benchmarks have run."""
    return request.config.stash[TABLES].append


@pytest.fixture(scope="session")
def growth_plot(request: pytest.FixtureRequest) -> Path:
    """Path of the picture; its folder exists."""
    path = Path(request.config.getoption("--growth-plot"))
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    tables = config.stash[TABLES]
    if not tables:
        return
    console = Console(file=io.StringIO(), width=126)
    for table in tables:
        console.print(table)
    console.print(CAVEAT.format(cores=os.cpu_count(), load=os.getloadavg()[0]))
    terminalreporter.write("\n" + console.file.getvalue())

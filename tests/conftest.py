"""What every test shares: seeded randomness, Hypothesis profiles, markers by folder and the optional data folder."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent
MARKED_FOLDERS = {"benchmarks": "bench", "calibration": "slow"}

# Shared machines stall: no deadline anywhere. In CI the examples are the same in every run.
settings.register_profile("dev", deadline=None)
settings.register_profile(
    "ci", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whole folders, before the markers deselect."""
    for item in items:
        if not item.path.is_relative_to(HERE):
            continue
        marker = MARKED_FOLDERS.get(item.path.relative_to(HERE).parts[0])
        if marker is not None:
            item.add_marker(marker)


@pytest.fixture
def rng() -> np.random.Generator:
    """Random generator with the same seed in every test."""
    return np.random.default_rng(20_260_101)


@pytest.fixture(scope="session")
def vectors_dir() -> Path:
    """Folder of the worked cases computed by enumeration."""
    return HERE / "vectors"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of outside data, named by the environment variable BAYESMILE_DATA; tests skip where there is none."""
    folder = os.environ.get("BAYESMILE_DATA")
    if not folder:
        pytest.skip("BAYESMILE_DATA is not set")
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"BAYESMILE_DATA: received {folder!r}, which is not a folder")
    return path


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Let processes that a test starts be interrupted, even where a shell in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)

"""Compiled kernels survive many first runs at once, and a place where nothing can be written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import numpy as np
from bayesmile.core.posterior import posterior
from bayesmile.core.structure import Graph
pmf = np.log(np.full((2, 3), 0.25))
tail = np.log([[0.75, 0.5, 0.25]] * 2)
answer = posterior(pmf, tail, np.zeros((2, 4)), Graph(((), (0,)), (False, False)))
print(round(float(answer.pmf[1].sum()), 12))
"""


def start(folder: Path, program: str = PROGRAM) -> subprocess.Popen[str]:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def stamps(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in sorted(folder.rglob("*")) if path.is_file()}


def test_first_runs_side_by_side_leave_one_complete_cache(tmp_path: Path):
    for process in [start(tmp_path) for _ in range(3)]:
        out, err = process.communicate(timeout=300)
        assert (process.returncode, out.strip()) == (0, "1.0"), err
    kept = stamps(tmp_path)
    assert kept
    assert len([entry for entry in (tmp_path / "bayesmile").iterdir()]) == 1
    out, err = start(tmp_path).communicate(timeout=300)
    assert out.strip() == "1.0", err
    assert stamps(tmp_path) == kept, "a later run wrote into the finished cache"


def test_each_arithmetic_has_a_folder_of_its_own(tmp_path: Path):
    program = PROGRAM.replace("np.zeros((2, 4))", "np.array([[0.0, -800.0, 0.0, 0.0]] * 2)")
    out, err = start(tmp_path, program).communicate(timeout=300)
    assert out.strip() == "1.0", err
    assert len(list((tmp_path / "bayesmile").iterdir())) == 2


def test_without_a_writable_place_nothing_is_cached(tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    out, err = start(blocked).communicate(timeout=300)
    assert out.strip() == "1.0", err

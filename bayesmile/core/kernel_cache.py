"""Where the compiled kernels are kept between runs, so that only the first run after an installation waits for them.

Numba can cache compiled functions by itself, but it stores a kernel and its ufunc wrapper in two files that two
processes, compiling at the same time, can leave from different runs; loading such a pair crashes the interpreter. So a
folder is filled privately and put in place by one atomic rename, after which nobody writes to it: whoever comes second
discards its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numba

__all__ = ["is_open", "kernel_cache"]

_config: Any = numba.config
_state = {"open": False}


def is_open() -> bool:
    """Whether kernels that are compiled now may be cached."""
    return _state["open"]


@contextmanager
def kernel_cache(*sources: Path) -> Iterator[None]:
    """Cache the kernels that are compiled inside this block.

    Parameters
    ----------
    *sources : Path
        Source files of the kernels: another text, interpreter, Numba or processor means another folder.
    """
    final = _folder(sources)
    private = None if final.is_dir() else _private(final)
    before = _config.CACHE_DIR
    _config.CACHE_DIR = str(private or final)
    _state["open"] = final.is_dir() or private is not None
    try:
        yield
        if private is not None:
            _publish(private, final)
    finally:
        _config.CACHE_DIR, _state["open"] = before, False
        if private is not None:
            shutil.rmtree(private, ignore_errors=True)


def _folder(sources: tuple[Path, ...]) -> Path:
    key = hashlib.sha256()
    facts = (sys.version, numba.__version__, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    for part in (*(fact.encode() for fact in facts), *(bytes(path.resolve()) for path in sources)):
        key.update(part)
    for path in sources:
        key.update(path.read_bytes())
        # Numba distrusts an entry whose source file has another time stamp and would then write to the folder.
        key.update(str(path.stat().st_mtime_ns).encode())
    return _base() / "bayesmile" / key.hexdigest()[:16]


def _base() -> Path:
    if _config.CACHE_DIR:
        return Path(_config.CACHE_DIR)
    local = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    if local:
        return Path(local)
    try:
        return Path.home() / ".cache"
    except RuntimeError:  # an account without a home
        return Path(tempfile.gettempdir())


def _private(final: Path) -> Path | None:
    """Make an empty folder beside the final one; None where nothing can be written: then nothing is cached."""
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{final.name}-", dir=final.parent))
    except OSError:
        return None


def _publish(private: Path, final: Path) -> None:
    try:
        private.rename(final)
    except OSError:
        if not final.is_dir():
            raise

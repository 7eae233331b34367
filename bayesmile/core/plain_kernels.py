"""Compiled kernels of plain arithmetic, from their own cache."""

from __future__ import annotations

from pathlib import Path

from bayesmile.core.kernel_cache import kernel_cache

with kernel_cache(*(Path(__file__).with_name(name) for name in ("linear.py", "linear_delays.py"))):
    from bayesmile.core import linear, linear_delays

__all__ = ["linear", "linear_delays"]

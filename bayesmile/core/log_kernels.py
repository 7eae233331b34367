"""Compiled kernels of log space, from a cache of their own: most runs need none of them."""

from __future__ import annotations

from pathlib import Path

from bayesmile.core.kernel_cache import kernel_cache

with kernel_cache(*(Path(__file__).with_name(name) for name in ("logspace.py", "logspace_delays.py"))):
    from bayesmile.core import logspace, logspace_delays

__all__ = ["logspace", "logspace_delays"]

"""Replays and fits on disk; see `bayesmile.storage`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bayesmile.errors import InvalidInput
from bayesmile.storage import check_place, load_whole, save_whole

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["check_place", "load_replay", "save_replay", "save_whole"]

_NEEDED = {"mean", "probability", "khat", "ess"}
_WITHOUT_DRAWS = {"by_deadline", "by_horizon", "pmf"}


def save_replay(beliefs: xr.Dataset, path: str | Path) -> None:
    """Save a replay; see `save_whole`."""
    save_whole(beliefs, path)


def load_replay(path: str | Path) -> xr.Dataset:
    """Load what `save_replay` saved: of `bayesmile.replay_draws`, or of `bayesmile.replay`.

    Raises
    ------
    InvalidInput
        If it cannot be read or is no replay.
    """
    found = load_whole(path)
    missing = sorted(_NEEDED - set(found.data_vars))
    if missing and not set(found.data_vars) >= _WITHOUT_DRAWS:
        raise InvalidInput(f"{path}: no replay under uncertain parameters: {', '.join(missing)} missing")
    return found

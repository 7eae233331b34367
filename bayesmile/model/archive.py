"""Replays on disk: netCDF or Zarr, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bayesmile.errors import InvalidInput

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["check_place", "load_replay", "save_replay"]

_NEEDED = {"mean", "probability", "khat", "ess"}


def check_place(path: str | Path) -> None:
    """Refuse, before anything is computed, a place that `save_replay` would refuse by its name.

    Raises
    ------
    InvalidInput
        If the name ends neither in .nc nor in .zarr, or the folder does not exist.

    Examples
    --------
    >>> check_place("replay.nc")
    """
    _is_zarr(Path(path))
    if not Path(path).parent.is_dir():
        raise InvalidInput(f"path: received {str(path)!r}; allowed is a name in a folder that exists")


def save_replay(beliefs: xr.Dataset, path: str | Path) -> None:
    """Save a replay to a ``.nc`` file or a ``.zarr`` folder, in the place of what stood there.

    Parameters
    ----------
    beliefs : Dataset
        What `replay_draws` returned.
    path : str or Path

    Raises
    ------
    InvalidInput
        If the name ends otherwise or the place cannot be written to; what stood there then still does.

    Examples
    --------
    >>> import xarray as xr
    >>> save_replay(xr.Dataset(), "replay.csv")
    Traceback (most recent call last):
    bayesmile.errors.InvalidInput: path: received 'replay.csv'; allowed is a name that ends in .nc or .zarr
    """
    target = Path(path)
    zarr = _is_zarr(target)
    try:
        # Beside the target, so that the last step is a rename within one file system.
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".draft-") as folder:
            draft = Path(folder) / target.name
            if zarr:
                beliefs.to_zarr(draft, mode="w", consolidated=False)
            else:
                beliefs.to_netcdf(draft, engine="h5netcdf")
            _exchange(draft, target, Path(folder) / "old")
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be written: {error.strerror or error}") from None


def _exchange(draft: Path, target: Path, old: Path) -> None:
    """Put a draft in the place of what stands there; a folder has to be moved away first, and comes back on failure."""
    if not draft.is_dir():
        draft.replace(target)
        return
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(0, "it is a file")
    if target.exists():
        target.replace(old)
    try:
        draft.replace(target)
    except OSError:
        if old.exists():
            old.replace(target)
        raise


def load_replay(path: str | Path) -> xr.Dataset:
    """Load what `save_replay` saved.

    Raises
    ------
    InvalidInput
        If it cannot be read or is no replay.
    """
    import xarray as xr

    target, found = Path(path), xr.Dataset()
    zarr = _is_zarr(target)
    if not os.path.lexists(target):
        raise InvalidInput(f"{path}: not found")
    try:
        if zarr:
            with xr.open_zarr(target, consolidated=False, chunks=None) as opened:
                found = opened.load()
        else:
            found = xr.load_dataset(target, engine="h5netcdf")
    except (OSError, ValueError, KeyError) as error:
        raise InvalidInput(f"{path}: cannot be read: {error}") from None
    missing = sorted(_NEEDED - set(found.data_vars))
    if missing:
        raise InvalidInput(f"{path}: no replay under uncertain parameters: {', '.join(missing)} missing")
    return found


def _is_zarr(path: Path) -> bool:
    if path.suffix not in (".nc", ".zarr"):
        raise InvalidInput(f"path: received {str(path)!r}; allowed is a name that ends in .nc or .zarr")
    if path.suffix == ".zarr" and find_spec("zarr") is None:
        raise InvalidInput(f"path: received {str(path)!r}, for which the package zarr is needed; allowed is .nc")
    return path.suffix == ".zarr"

"""Labelled arrays on disk: netCDF or Zarr, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bayesmile.errors import InvalidInput

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["check_place", "load_whole", "save_whole"]


def check_place(path: str | Path, what: str = "path") -> None:
    """Refuse, before anything is computed, a place where `save_whole` could not write.

    Parameters
    ----------
    path : str or Path
    what : str
        Name of the option that gave it, for the message.

    Raises
    ------
    InvalidInput
        If the name ends neither in .nc nor in .zarr, the folder does not exist, or something of another sort stands
        there.

    Examples
    --------
    >>> check_place("replay.nc")
    """
    place, said = Path(path), f"{what}: received {str(path)!r}"
    zarr = _is_zarr(place, what)
    if not place.parent.is_dir():
        raise InvalidInput(f"{said}; allowed is a name in a folder that exists")
    if place.exists() and place.is_dir() != zarr:
        raise InvalidInput(f"{said}, which is a {'file' if zarr else 'folder'}; allowed is another name")


def save_whole(data: xr.Dataset | xr.DataTree, path: str | Path) -> None:
    """Save to a ``.nc`` file or a ``.zarr`` folder, in the place of what stood there: whole or not at all.

    Parameters
    ----------
    data : Dataset or DataTree
        What `replay_draws` or `fit` returned.
    path : str or Path

    Raises
    ------
    InvalidInput
        If the place cannot be written to; what stood there then still does.

    Examples
    --------
    >>> import xarray as xr
    >>> save_whole(xr.Dataset(), "replay.csv")
    Traceback (most recent call last):
    bayesmile.errors.InvalidInput: path: received 'replay.csv'; allowed is a name that ends in .nc or .zarr
    """
    target = Path(path)
    check_place(target)
    try:
        # Beside the target, so that the last step is a rename within one file system.
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".draft-") as folder:
            draft = Path(folder) / target.name
            if target.suffix == ".zarr":
                data.to_zarr(draft, mode="w", consolidated=False)
            else:
                data.to_netcdf(draft, engine="h5netcdf")
            _exchange(draft, target, Path(folder) / "old")
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be written: {error.strerror or error}") from None


def load_whole(path: str | Path) -> xr.Dataset:
    """Load what `save_whole` saved of one dataset, all of it at once.

    Raises
    ------
    InvalidInput
        If it is not there or cannot be read.

    Examples
    --------
    >>> load_whole("nothing.nc")
    Traceback (most recent call last):
    bayesmile.errors.InvalidInput: nothing.nc: not found
    """
    import xarray as xr

    target = Path(path)
    zarr = _is_zarr(target)
    if not os.path.lexists(target):
        raise InvalidInput(f"{path}: not found")
    try:
        if zarr:
            with xr.open_zarr(target, consolidated=False, chunks=None) as opened:
                found: xr.Dataset = opened.load()
                return found
        return xr.load_dataset(target, engine="h5netcdf")
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        raise InvalidInput(f"{path}: cannot be read: {error}") from None


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


def _is_zarr(path: Path, what: str = "path") -> bool:
    if path.suffix not in (".nc", ".zarr"):
        raise InvalidInput(f"{what}: received {str(path)!r}; allowed is a name that ends in .nc or .zarr")
    return path.suffix == ".zarr"

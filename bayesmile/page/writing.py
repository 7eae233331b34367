"""Where a page may be written."""

from __future__ import annotations

from pathlib import Path

from bayesmile.errors import InvalidInput

__all__ = ["check_file"]


def check_file(path: Path, what: str) -> None:
    """Refuse, before anything is computed, a place where a file could not be written.

    Parameters
    ----------
    path : Path
    what : str
        Name of the option that gave it, for the message.

    Raises
    ------
    InvalidInput
        If its folder does not exist, or it is a folder itself.

    Examples
    --------
    >>> check_file(Path("report.html"), "--html")
    """
    if path.is_dir():
        raise InvalidInput(f"{what}: received {str(path)!r}, which is a folder; allowed is the name of a file")
    if not path.parent.is_dir():
        raise InvalidInput(f"{what}: received {str(path)!r}; allowed is a name in a folder that exists")

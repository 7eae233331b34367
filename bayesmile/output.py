"""Where the command's answers go: a terminal, a pipe, or files written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bayesmile.errors import InvalidInput

if TYPE_CHECKING:
    from bayesmile.report import Report

__all__ = ["close_quietly", "json_text", "prepare", "progress", "show_report", "write_files"]

WIDTH, MOST_WIDTH = 100, 120


def prepare() -> None:
    """Let no character stop the output: what the stream's encoding lacks is printed as its escape."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def close_quietly() -> None:
    """Keep the interpreter from complaining at its end that the reader of a pipe has gone."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show on a terminal what is being worked on; nothing in a pipe."""
    if quiet or not (sys.stderr.isatty() and sys.stdout.isatty()):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text("reading")) as status:
        yield lambda text: status.update(Text(text))


def json_text(value: object) -> str:
    """JSON of plain data, in ASCII, the same bytes for the same data."""
    return json.dumps(value, indent=2, allow_nan=False) + "\n"


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, all of them or none; a new folder appears with them in it.

    Raises
    ------
    InvalidInput
        If they cannot be written.
    """
    from bayesmile.files.folder import write_folder

    if not os.path.lexists(folder):
        write_folder(folder, files)
        return
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".draft-") as draft:
            for name, data in files.items():
                _write_through(Path(draft) / name, data)
            for name in files:
                (Path(draft) / name).replace(folder / name)
    except OSError as error:
        raise InvalidInput(f"{folder}: cannot be written: {error.strerror}") from None


def _write_through(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def show_report(report: Report, *, as_json: bool, folder: Path | None) -> None:
    """Print a report, or write it to files."""
    from bayesmile.report import to_json

    if folder is not None:
        from bayesmile.pages.layout import as_text
        from bayesmile.report_text import report_blocks

        text = as_text(report_blocks(report))
        files = {"report.json": json_text(to_json(report)), "report.txt": text}
        write_files(folder, {name: content.encode() for name, content in files.items()})
    if as_json:
        sys.stdout.write(json_text(to_json(report)))
    elif folder is None:
        _print(report)
    else:
        print(f"wrote {folder / 'report.txt'} and {folder / 'report.json'}")


def _print(report: Report) -> None:
    from bayesmile.pages.layout import as_text, terminal
    from bayesmile.report_text import report_blocks

    width = min(shutil.get_terminal_size((WIDTH, 24)).columns, MOST_WIDTH)
    if not sys.stdout.isatty():
        sys.stdout.write(as_text(report_blocks(report), width=width))
        return
    console = terminal(width=width)
    for block in report_blocks(report):
        console.print(block)

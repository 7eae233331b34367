"""Where the command's answers go: a terminal, a pipe, or files written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TextIO

from bayesmile.errors import InvalidInput
from bayesmile.wording import plain

if TYPE_CHECKING:
    from rich.console import RenderableType

    from bayesmile.market_report import MarketReport
    from bayesmile.pricing.trace import Trace
    from bayesmile.report import Report
    from bayesmile.sections.fitted import Fitted
    from bayesmile.sections.replay import ReplayPart

__all__ = [
    "close_quietly",
    "complain",
    "interruptible",
    "json_text",
    "prepare",
    "progress",
    "save_texts",
    "show_blocks",
    "show_fit",
    "show_market",
    "show_replay",
    "show_report",
    "tell_done",
    "write_files",
]

LEAST_WIDTH, WIDTH, MOST_WIDTH = 80, 100, 120


def prepare() -> None:
    """Let neither a closed stream nor a character that its encoding lacks stop the output.

    What goes to a closed stream is dropped; a character that is lacking is printed as its escape.
    """
    if sys.stdout is None or sys.stderr is None:
        _replace_closed()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _replace_closed() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    while null <= 2:  # fills the gaps, or the next file that is opened would be taken for a standard stream
        null = os.dup(null)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(null, "w", encoding="utf-8", closefd=False))


def close_quietly(stream: TextIO) -> None:
    """Keep the interpreter from complaining at its end about what can no longer be written to a stream."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def complain(message: str, *, level: str = "bayesmile") -> None:
    """Say on stderr, in one line, what is wrong; where that cannot be said, the exit code must do."""
    try:
        print(f"{level}: {plain(message)}", file=sys.stderr, flush=True)
    except OSError:
        close_quietly(sys.stderr)


def tell_done(text: str) -> None:
    """Say what has been written: it is written, even where it can no longer be said.

    Raises
    ------
    BrokenPipeError
        If the reader of a pipe has gone, which is no error of this command.
    """
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError:
        close_quietly(sys.stdout)


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


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let no library swallow an interrupt: one that was comes again every second until it is caught.

    Compilers call back into Python in places where an exception can only be ignored.
    """
    usual = signal.getsignal(signal.SIGINT)
    alone = threading.current_thread() is threading.main_thread() and usual is signal.default_int_handler
    if not alone or not hasattr(signal, "setitimer"):
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, 1.0)
        raise KeyboardInterrupt

    def unless_interrupted(about: sys.UnraisableHookArgs) -> None:
        if about.exc_type is not KeyboardInterrupt:
            told(about)

    told, sys.unraisablehook = sys.unraisablehook, unless_interrupted
    signal.signal(signal.SIGINT, interrupt)
    alarm = signal.signal(signal.SIGALRM, interrupt)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, alarm)
        signal.signal(signal.SIGINT, usual)
        sys.unraisablehook = told


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
        with tempfile.TemporaryDirectory(dir=folder, prefix=".draft-") as made:
            draft, old = Path(made), Path(made) / "old"
            old.mkdir()
            for name, data in files.items():
                _write_through(draft / name, data)
            _exchange(folder, draft, old, list(files))
    except OSError as error:
        raise InvalidInput(f"{folder}: cannot be written: {error.strerror}") from None


def _exchange(folder: Path, draft: Path, old: Path, names: list[str]) -> None:
    """Put drafts in the place of files; if one cannot be put there, all of them are what they were."""
    try:
        for name in names:
            if (folder / name).is_dir():
                raise IsADirectoryError(errno.EISDIR, f"{name} is a folder")
            if os.path.lexists(folder / name):
                (folder / name).replace(old / name)
            (draft / name).replace(folder / name)
    except OSError:
        for name in names:
            if not (draft / name).exists():
                (folder / name).unlink()
            if os.path.lexists(old / name):
                (old / name).replace(folder / name)
        raise


def _write_through(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def show_fit(part: Fitted, *, as_json: bool) -> None:
    """Print a fit in short."""
    from bayesmile.pages.fitted import fitted_page
    from bayesmile.report import to_json

    if as_json:
        sys.stdout.write(json_text(to_json(part)))
    else:
        show_blocks(fitted_page(part))


def show_report(report: Report, *, as_json: bool, folder: Path | None) -> None:
    """Print a report, or write it to files."""
    from bayesmile.pages.layout import as_text
    from bayesmile.report import to_json
    from bayesmile.report_text import report_blocks

    if folder is not None:
        text = {"report.txt": as_text(report_blocks(report)), "report.json": json_text(to_json(report))}
        save_texts(folder, text, quiet=as_json)
    if as_json:
        sys.stdout.write(json_text(to_json(report)))
    elif folder is None:
        show_blocks(report_blocks(report))


def show_market(report: MarketReport, *, as_json: bool, folder: Path | None, trace: Trace | None = None) -> None:
    """Print a market report, or write it to files: text, JSON and tables as CSV; with the trace where one is given."""
    from bayesmile.market_text import market_blocks, market_tables
    from bayesmile.pages.layout import as_text
    from bayesmile.pricing.tables import records, trace_csv
    from bayesmile.report import to_json

    record = to_json(report)
    if trace is not None and isinstance(record, dict):
        record["trace"] = to_json(records(trace))
    data = json_text(record)
    if folder is not None:
        files = {"market.txt": as_text(market_blocks(report, trace)), "market.json": data, **market_tables(report)}
        files |= {} if trace is None else {"trace.csv": trace_csv(trace)}
        save_texts(folder, files, quiet=as_json)
    if as_json:
        sys.stdout.write(data)
    elif folder is None:
        show_blocks(market_blocks(report, trace))


def show_replay(part: ReplayPart, *, as_json: bool, folder: Path | None) -> None:
    """Print a replay, or write it to files."""
    from bayesmile.pages.replay import replay_csv, replay_page
    from bayesmile.report import to_json

    if folder is not None:
        files = {"replay.csv": replay_csv(part), "replay.json": json_text(to_json(part))}
        save_texts(folder, files, quiet=as_json)
    if as_json:
        sys.stdout.write(json_text(to_json(part)))
    elif folder is None:
        show_blocks(replay_page(part))


def save_texts(folder: Path, files: Mapping[str, str], *, quiet: bool) -> None:
    """Write texts into a folder, all of them or none, and say so unless JSON is printed."""
    write_files(folder, {name: text.encode() for name, text in files.items()})
    if not quiet:
        tell_done(f"wrote {' and '.join(plain(str(folder / name)) for name in files)}")


def show_blocks(blocks: Iterable[RenderableType]) -> None:
    """Print blocks as wide as the terminal, within limits; in a pipe as plain text."""
    from bayesmile.pages.layout import as_text, terminal

    # A narrower terminal wraps or scrolls the lines itself: less would cut words and numbers.
    width = max(LEAST_WIDTH, min(shutil.get_terminal_size((WIDTH, 24)).columns, MOST_WIDTH))
    if not sys.stdout.isatty():
        sys.stdout.write(as_text(blocks, width=width))
        return
    console = terminal(width=width)
    for block in blocks:
        console.print(block, crop=False)

"""The command from outside: exit codes, one clear line on errors, quiet interrupts, closed streams and broken pipes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Nothing else is imported before an interrupt can be caught: loading typer alone takes longer than starting Python.

__all__ = ["main", "run"]

USAGE, INTERRUPTED, BROKEN_PIPE = 2, 130, 141
_FROM_SYSTEM, _BACK_TO_SYSTEM = -3, -1  # M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of malloc.h


def main() -> None:
    """Run the command on the arguments of the process and exit."""
    try:
        _keep_memory()
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        _leave(code)
    sys.exit(code)


def _keep_memory() -> None:
    """Keep what is freed for the next pass of the engine, which takes the same hundred megabytes again and again.

    Pages taken anew from the system cost a report a fifth of its time. Only glibc lets itself be told; a process that
    merely imports the package decides for itself.
    """
    import ctypes

    try:
        tell = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    tell(_FROM_SYSTEM, 32 << 20)  # the most that it accepts
    tell(_BACK_TO_SYSTEM, 1 << 30)


def _leave(code: int) -> None:
    """Leave at once: threads of an interrupted sampler still call Python, which crashes while that is taken down."""
    import os

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # closed, or its reader has gone
            pass
    os._exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command.

    Returns
    -------
    int
        Exit code: 0 for an answer, whatever it says; 2 for input that cannot be used, after one line on stderr; 3 for
        a fit that has not converged; 130 after an interrupt; 141 where the reader of a pipe has gone.
    """
    try:
        return _with_streams(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED


def _with_streams(arguments: Sequence[str]) -> int:
    from bayesmile.output import close_quietly, prepare

    prepare()
    try:
        code = _refusing(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        close_quietly(sys.stdout)
        return BROKEN_PIPE
    except OSError as error:
        close_quietly(sys.stdout)
        return _refuse(f"{error.filename or 'output'}: {error.strerror or error}")
    return code


def _refusing(arguments: Sequence[str]) -> int:
    from typer.exceptions import TyperException

    from bayesmile.commands import perform
    from bayesmile.errors import BayesmileError

    try:
        return perform(arguments)
    except TyperException as error:
        return _refuse(error.format_message())
    except BayesmileError as error:
        return _refuse(str(error))


def _refuse(message: str) -> int:
    from bayesmile.output import complain

    complain(message)
    return USAGE

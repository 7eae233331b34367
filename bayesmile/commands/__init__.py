"""The commands: what people type, and what is done for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from typer.main import get_command

# Importing them registers their commands, listed by `--help` in this order.
from bayesmile.commands import (  # noqa: F401
    answers,
    classes,
    contrast,
    dossiers,
    downloads,
    forecasts,
    history,
    market,
    options,
    slips,
)
from bayesmile.commands.shared import app

__all__ = ["app", "perform"]


def perform(arguments: Sequence[str]) -> int:
    """Perform the command that is asked for.

    Typer's own entry would exit with 1 on a broken pipe; here every error is left to the caller.

    Returns
    -------
    int
        Exit code: 0 for an answer, 2 where `check` found an error, 3 where a fit has not converged.

    Raises
    ------
    BayesmileError, TyperException, OSError
        If the input cannot be used or the output cannot be written.
    """
    command = get_command(app)
    try:
        with command.make_context("bayesmile", list(arguments)) as context:
            code = command.invoke(context)
    except typer.Exit as left:
        return left.exit_code
    return code if isinstance(code, int) else 0


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    if version:
        from importlib.metadata import version as installed

        print(f"bayesmile {installed('bayesmile')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())

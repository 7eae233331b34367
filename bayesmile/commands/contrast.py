"""Command on two dossiers, or one at two dates."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayesmile.commands.shared import AsJson, Draws, Moments, Out, Seed, app, check_moments, load_changed
from bayesmile.errors import InvalidInput

if TYPE_CHECKING:
    from bayesmile.sections.contrast import Contrast

__all__: list[str] = []

_SIDE = "A bundled dossier or the folder of one, and perhaps its as-of date behind an @."


@app.command("compare")
def _compare(
    first: Annotated[str, typer.Argument(metavar="A[@DATE]", help=_SIDE)],
    second: Annotated[str, typer.Argument(metavar="B[@DATE]", help="The same for the other side.")],
    as_of: Annotated[
        list[str] | None,
        typer.Option("--as-of", metavar=Moments, help="Date of a side that names none; the dossier's own last."),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="Change one assumption of B; may be given several times."),
    ] = None,
    draws: Draws = 2000,
    seed: Seed = 0,
    json: AsJson = False,
    out: Out = None,
) -> None:
    """Compare two dossiers, or one at two dates: what differs in them, and what that does to every answer."""
    from bayesmile.output import interruptible, progress
    from bayesmile.sections.contrast import compare_dossiers

    check_moments("--as-of", as_of or ())
    if as_of and len(as_of) > 1:
        raise InvalidInput(f"--as-of: received {len(as_of)} dates; allowed is one; write A@{as_of[0]} B@{as_of[1]}")
    (where_a, date_a), (where_b, date_b) = _side("A", first), _side("B", second)
    both = as_of[0] if as_of else None
    a, b = load_changed(where_a, None), load_changed(where_b, changes)
    dates = tuple(_own(one.default_as_of, date or both, one.name) for one, date in ((a, date_a), (b, date_b)))
    with interruptible(), progress(quiet=json) as tell:
        part = compare_dossiers(a, b, (dates[0], dates[1]), draws=draws, seed=seed, progress=tell)
    _show(part, as_json=json, folder=out)


def _side(label: str, text: str) -> tuple[str, str | None]:
    """Dossier and date of a side; a folder whose own name holds an @ is a folder."""
    where, at, date = text.rpartition("@")
    if not at or os.path.lexists(text):
        return text, None
    check_moments(f"{label}, the date of {text}", [date])
    return where, date


def _own(default: tuple[str, ...], date: str | None, name: str) -> str:
    if date is None and not default:
        raise InvalidInput(f"dossier {name}: it names no default_as_of; give a date: {name}@DATE")
    return default[-1] if date is None else date


def _show(part: Contrast, *, as_json: bool, folder: Path | None) -> None:
    """Print the comparison, or write it to files."""
    from bayesmile.output import json_text, save_texts, show_blocks
    from bayesmile.pages.contrast import contrast_csv, contrast_page
    from bayesmile.pages.layout import as_text
    from bayesmile.report import to_json

    data = json_text(to_json(part))
    if folder is not None:
        files = {"compare.txt": as_text(contrast_page(part)), "compare.json": data, "compare.csv": contrast_csv(part)}
        save_texts(folder, files, quiet=as_json)
    if as_json:
        sys.stdout.write(data)
    elif folder is None:
        show_blocks(contrast_page(part))

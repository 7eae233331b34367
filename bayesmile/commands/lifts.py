"""What the command learn does with announcements: lifts and base rates of their kinds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bayesmile.errors import InvalidInput

if TYPE_CHECKING:
    from bayesmile.reference.learnedlifts import LearnedLifts
    from bayesmile.reference.table import ReferenceClass

__all__ = ["show_lifts"]


def show_lifts(
    read: Callable[[], ReferenceClass],
    announcements: Path,
    *,
    set_aside: bool,
    lead: int | None,
    milestone: str | None,
    promotional: tuple[str, ...],
    differences: bool,
    draws: int,
    tune: int,
    seed: int,
    fragment: Path | None,
    json: bool,
) -> None:
    """Learn from a table of announcements, print what was learned and write it as kinds of a dossier."""
    from bayesmile.files.folder import write_whole
    from bayesmile.model.lift_learning import learn_lifts
    from bayesmile.output import interruptible, progress, show_blocks, tell_done
    from bayesmile.pages.lifts import lifts_page
    from bayesmile.reference.announcements import read_announcements
    from bayesmile.reference.learnedlifts import lift_fragment

    if lead is None:
        raise InvalidInput("--lead: received none; allowed with --announcements is a whole number of periods")
    with interruptible(), progress(quiet=json) as tell:
        tell("reading")
        klass = read()
        news = read_announcements(announcements, klass, set_aside=set_aside)
        learned = learn_lifts(
            klass,
            news,
            lead=lead,
            milestone=milestone,
            promotional=promotional,
            at_entry=not differences,
            at_end=not differences,
            draws=draws,
            tune=tune,
            seed=seed,
            tell=tell,
        )
    if fragment is not None:
        write_whole(fragment, lift_fragment(learned).encode())
    if json:
        _print(learned, klass)
        return
    show_blocks(lifts_page(learned))
    if fragment is not None:
        tell_done(f"wrote {fragment}")


def _print(learned: LearnedLifts, klass: ReferenceClass) -> None:
    from bayesmile.output import json_text
    from bayesmile.reference.learnedlifts import lift_rationale, lift_table, mark_table

    kinds, marks = (
        [{str(name): _plain(value) for name, value in row.items()} for row in table.to_dict("records")]
        for table in (lift_table(learned), mark_table(learned))
    )
    told = {
        "class": learned.name,
        "rationale": lift_rationale(learned),
        "milestone": learned.milestone,
        "lead": learned.lead,
        "period": learned.period,
        "kinds": kinds,
        "attributes": marks,
        "diagnostics": learned.diagnostics,
        "set_aside": [*klass.set_aside, *learned.set_aside],
        "notes": [*klass.notes, *learned.notes],
    }
    sys.stdout.write(json_text(told))


def _plain(value: object) -> object:
    """Return a number that JSON has; None for one that is not known."""
    return None if isinstance(value, float) and value != value else value

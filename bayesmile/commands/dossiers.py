"""Commands on dossiers as such: check, new, add and list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bayesmile.commands.shared import WITH_ERRORS, Where, app
from bayesmile.errors import InvalidInput
from bayesmile.wording import plain

__all__: list[str] = []


@app.command("check")
def _check(where: Where) -> int:
    """Check a dossier: all errors and warnings, each with its file and line. Exit code 2 if there is an error."""
    from bayesmile.dossier_check import check

    found = check(where)
    for problem in found:
        print(f"{problem.level}: {plain(str(problem))}")
    errors = sum(problem.level == "error" for problem in found)
    print(f"{plain(where)}: errors {errors}, warnings {len(found) - errors}")
    return WITH_ERRORS if errors else 0


@app.command("new")
def _new(
    name: Annotated[str, typer.Argument(help="Name of the dossier and of its folder.")],
    directory: Annotated[Path, typer.Option("--in", metavar="DIR", help="Where the folder is made.")] = Path("."),
) -> None:
    """Make a commented skeleton of a dossier that already passes `check`."""
    from bayesmile.output import tell_done
    from bayesmile.skeleton import new

    folder = new(name, directory)
    tell_done(f"made {plain(str(folder))}; next: edit its files, then: bayesmile check {plain(str(folder))}")


@app.command("add")
def _add(
    where: Where,
    announced: Annotated[str, typer.Option(metavar="DATE", help="When it became public.")],
    headline: Annotated[str, typer.Option(help="What was said, in one line.")],
    source: Annotated[str, typer.Option(help="Where it was read.")],
    kind_of_row: Annotated[
        str, typer.Option("--type", help="announcement, achieved, not_yet, guidance or likelihood_ratio.")
    ] = "announcement",
    milestone: Annotated[str, typer.Option(help="Milestone that it is about.")] = "",
    kind: Annotated[str, typer.Option(help="Kind of announcement.")] = "",
    story: Annotated[str, typer.Option(help="Story that it belongs to; a story counts once.")] = "",
    when: Annotated[str, typer.Option(metavar="DATE", help="Month achieved, target of guidance, and the like.")] = "",
    ratio: Annotated[str, typer.Option(help="Likelihood ratio.")] = "",
    attributes: Annotated[str, typer.Option(help="Such as 'binding=no; timeline=yes'.")] = "",
    counterparty: Annotated[str, typer.Option(help="Who else is in it.")] = "",
    note: Annotated[str, typer.Option(help="Anything worth keeping beside it.")] = "",
    entered: Annotated[str, typer.Option(metavar="DAY", help="When it was recorded.")] = "",
    retracted: Annotated[str, typer.Option(metavar="DAY", help="From when on it no longer counts.")] = "",
    identifier: Annotated[str, typer.Option("--id", help="Name of the record; made up if left out.")] = "",
) -> None:
    """Append one row to a dossier's announcements, checked first: whole or not at all."""
    from bayesmile.dossier_check import row_warnings
    from bayesmile.files.folder import bundled, find
    from bayesmile.output import complain, tell_done
    from bayesmile.skeleton import append_announcement

    folder = find(where)
    if where in bundled():
        raise InvalidInput(f"{where} is bundled: copy its folder and give the path; its folder is {folder.resolve()}")
    cells = {"announced": announced, "headline": headline, "source": source, "type": kind_of_row}
    cells |= {"milestone": milestone, "kind": kind, "story": story, "when": when, "ratio": ratio, "note": note}
    cells |= {"attributes": attributes, "counterparty": counterparty, "entered": entered, "retracted": retracted}
    dossier = append_announcement(where, {**cells, "id": identifier})
    last = dossier.content.items[-1].row
    tell_done(f"added {plain(last.id)} to {plain(str(dossier.path / 'announcements.csv'))}")
    for problem in row_warnings(dossier, last.id):
        complain(str(problem), level="warning")


@app.command("list")
def _list() -> None:
    """List the bundled dossiers."""
    from bayesmile.dossier import load
    from bayesmile.files.folder import bundled

    for name in bundled():
        print(f"{plain(name)}: {plain(load(name).title)}")

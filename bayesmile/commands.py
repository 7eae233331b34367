"""The commands: what people type, and what is done for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from typer.main import get_command

from bayesmile.errors import InvalidInput
from bayesmile.wording import plain

if TYPE_CHECKING:
    from bayesmile.dossier import Dossier
    from bayesmile.sections.replay import DrawnPart

# Everything else is imported by the command that needs it: `bayesmile --help` loads neither pandas nor the engine.

__all__ = ["app", "perform"]

app = typer.Typer(
    name="bayesmile",
    help="Exact beliefs about a roadmap from dated announcements, and the probability that its price implies.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Where = Annotated[str, typer.Argument(metavar="NAME|PATH", help="A bundled dossier, or the folder of one.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON only, with full digits.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write files into this folder instead.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Change one assumption; may be given several times."),
]

Seed = Annotated[int, typer.Option(metavar="N", min=0, help="Where the randomness of the draws starts.")]

Moments = "DAY|MONTH"
WITH_ERRORS, UNCONVERGED = 2, 3


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


@app.command("report")
def _report(
    where: Where,
    as_of: Annotated[
        list[str] | None,
        typer.Option("--as-of", metavar=Moments, help="What was public by then; the dossier's own dates if left out."),
    ] = None,
    price: Annotated[
        str | None,
        typer.Option("--price", metavar="X", help="Market value such as 9e9, or a price per share: 17.85/share."),
    ] = None,
    draws: Annotated[
        int, typer.Option(metavar="N", help="Draws of the uncertain numbers behind the intervals; 0 for none.")
    ] = 2000,
    seed: Seed = 0,
    parity: Annotated[
        bool, typer.Option(help="Compare with a short run of the no-U-turn sampler at the last date: about 40 s.")
    ] = False,
    changes: Changes = None,
    json: AsJson = False,
    out: Out = None,
) -> None:
    """Report on a dossier: what we believe, what the price assumes, and why they differ."""
    from bayesmile.output import interruptible, progress, show_report
    from bayesmile.report import build_report

    _check_moments("--as-of", as_of or ())
    dossier = _load(where, changes)
    with interruptible(), progress(quiet=json) as tell:
        report = build_report(dossier, as_of or (), price=price, draws=draws, seed=seed, parity=parity, progress=tell)
    show_report(report, as_json=json, folder=out)


@app.command("fit")
def _fit(
    where: Where,
    as_of: Annotated[str, typer.Option("--as-of", metavar=Moments, help="What was public by then.")],
    draws: Annotated[int, typer.Option(metavar="N", min=4, help="Kept draws of each chain.")] = 1000,
    tune: Annotated[int, typer.Option(metavar="N", min=1, help="Warm-up steps of each chain.")] = 500,
    chains: Annotated[int, typer.Option(metavar="N", min=2, help="Chains.")] = 4,
    sampler: Annotated[Literal["nutpie", "pymc"], typer.Option(help="Whose no-U-turn sampler.")] = "nutpie",
    seed: Seed = 0,
    allow_unconverged: Annotated[
        bool, typer.Option("--allow-unconverged", help="Answer even if the chains do not agree.")
    ] = False,
    changes: Changes = None,
    json: AsJson = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Save the fit too, as FILE.nc or FILE.zarr.")
    ] = None,
) -> int:
    """Fit the uncertain numbers of a dossier by sampling. Exit code 3 if the chains do not agree."""
    from bayesmile.model.archive import check_place, save_whole
    from bayesmile.model.fitting import Unconverged, fit
    from bayesmile.output import complain, interruptible, progress, show_fit
    from bayesmile.sections.fitted import fitted

    _check_moments("--as-of", [as_of])
    if out is not None:
        check_place(out, "--out")
    dossier = _load(where, changes)
    try:
        with interruptible(), progress(quiet=json) as tell:
            tree = fit(
                dossier,
                as_of,
                draws=draws,
                tune=tune,
                chains=chains,
                sampler=sampler,
                seed=seed,
                items=out is not None,
                allow_unconverged=allow_unconverged,
                tell=tell,
            )
            part = fitted(tree, dossier, as_of)
            if out is not None:
                tell("saving")
                save_whole(tree, out)
    except Unconverged as error:
        complain(f"{error}, or --allow-unconverged")
        return UNCONVERGED
    show_fit(part, as_json=json)
    return 0


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


@app.command("replay")
def _replay(
    where: Where,
    first: Annotated[str | None, typer.Option("--from", metavar=Moments, help="First as-of date.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar=Moments, help="Last as-of date.")] = None,
    every: Annotated[str, typer.Option(help="month, quarter, year or a number of months.")] = "quarter",
    dates: Annotated[str | None, typer.Option(metavar=f"{Moments},...", help="As-of dates, one by one.")] = None,
    draws: Annotated[
        int | None, typer.Option(metavar="N", help="Draws of the uncertain numbers: adds intervals; 100 or more.")
    ] = None,
    seed: Seed = 0,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Save the answer of --draws as .nc or .zarr too.")
    ] = None,
    changes: Changes = None,
    json: AsJson = False,
    out: Out = None,
) -> None:
    """Replay the belief as of a series of dates: what would have been forecast then."""
    from bayesmile.output import progress, show_replay
    from bayesmile.sections.replay import every as between
    from bayesmile.sections.replay import replayed

    if (dates is None) == (first is None or last is None) or (dates is not None and (first or last)):
        raise InvalidInput("replay: allowed are --from and --to, or --dates, and one of them is needed")
    if save is not None and draws is None:
        raise InvalidInput("--save: allowed with --draws only")
    parts = [] if dates is None else [part.strip() for part in dates.split(",")]
    _check_moments("--dates", parts)
    if first is not None and last is not None:
        _check_moments("--from", [first])
        _check_moments("--to", [last])
    chosen = between(str(first), str(last), every) if dates is None else parts
    dossier = _load(where, changes)
    with progress(quiet=json) as tell:
        tell("replay")
        part = replayed(dossier, chosen) if draws is None else _drawn(dossier, chosen, draws, seed, save, tell)
    show_replay(part, as_json=json, folder=out)


def _drawn(
    dossier: Dossier, dates: Sequence[str], draws: int, seed: int, save: Path | None, tell: Callable[[str], None]
) -> DrawnPart:
    """Replay under uncertain parameters, saved where that is asked for."""
    from bayesmile.model.archive import check_place, save_replay
    from bayesmile.model.replaying import replay_draws
    from bayesmile.sections.replay import drawn

    if save is not None:
        check_place(save, "--save")
    beliefs = replay_draws(dossier, dates, draws=draws, seed=seed, tell=tell)
    if save is not None:
        save_replay(beliefs, save)
    return drawn(dossier, beliefs)


@app.command("list")
def _list() -> None:
    """List the bundled dossiers."""
    from bayesmile.dossier import load
    from bayesmile.files.folder import bundled

    for name in bundled():
        print(f"{plain(name)}: {plain(load(name).title)}")


def _check_moments(option: str, texts: Sequence[str]) -> None:
    from bayesmile.grid import parse_moment

    for text in texts:
        try:
            parse_moment(text)
        except InvalidInput:
            allowed = "allowed is a day (2025-10-16) or a month (2025-10)"
            raise InvalidInput(f"{option}: received {text!r}; {allowed}") from None


def _load(where: str, changes: list[str] | None) -> Dossier:
    from bayesmile.dossier import load

    dossier = load(where)
    for change in changes or ():
        field, equals, value = change.partition("=")
        if not equals or not field.strip():
            raise InvalidInput(
                f"--set: received {change!r}; allowed is FIELD=VALUE, such as payoffs.required_return=0.15"
            )
        dossier = dossier.set(field.strip(), value.strip())
    return dossier
